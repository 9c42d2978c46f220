"""Proper scores of forecasts given as samples: the truth told as it is believed scores best, on average.

Log scores are sums of logarithms of probabilities, so nearer 0 is better; they are given per case, negated, in nats
(lower is better), as is the energy score. A probability is that of the samples, smoothed by as much as one more
sample would say that is spread over the outcomes by `prior`: (count + prior) / (samples + 1). The prior is the same
for every forecaster. The log score falls with more samples for every forecaster that is drawn; a jackknife was tried
against that and left out, as it took off more than the bias. The energy score compares pairs of different samples
only (Ferro 2014), so its expectation does not depend on how many there are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


def surprise(samples: Ints, observed: Ints, prior: Floats) -> Floats:
    """−log of the smoothed probability of what was observed, for each case: (count + prior) / (samples + 1).

    samples (r, n): outcome codes by sample and case; observed (n,); prior (n,): the prior probability of each case's
    observed outcome. Returns (n,) in nats. The prior weighs as much as one more sample.
    """
    count = (samples == observed).sum(axis=0)
    return np.asarray(-np.log((count + prior) / (len(samples) + 1.0)))


def energy(samples: Floats, observed: Floats) -> float:
    """Energy score of samples (r, d) for an observed vector (d,): mean distance to it less half that between pairs.

    Pairs are of different samples. In one dimension this is the fair continuous ranked probability score (Gneiting
    and Raftery 2007; Ferro 2014). It may come out a little below 0 by luck.
    """
    r = len(samples)
    away = np.linalg.norm(samples - observed, axis=1).mean()
    apart = np.linalg.norm(samples[:, None, :] - samples[None, :, :], axis=2).sum() / max(r * (r - 1), 1)
    return float(away - 0.5 * apart)


def discrimination(belief: Floats, happened: NDArray[np.bool_]) -> float:
    """Chance that a case in which it happened had the higher belief (area under ROC): 0.5 is no better than a guess."""
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return float("nan")
    order = np.argsort(belief, kind="stable")
    _, first, inverse, counts = np.unique(belief[order], return_index=True, return_inverse=True, return_counts=True)
    ranks = np.empty(len(belief))
    ranks[order] = (first + (counts - 1) / 2.0 + 1.0)[inverse]
    return float((ranks[happened].sum() - yes * (yes + 1) / 2.0) / (yes * no))
