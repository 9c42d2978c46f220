"""Proper scores of forecasts given as samples: the truth told as it is believed scores best, on average.

Log scores are sums of logarithms of probabilities, so nearer 0 is better; they are given per case, negated, in nats
(lower is better), as is the energy score. What is scored is the forecaster's own belief with a small share of a
`prior` mixed in, the same for every forecaster, since what no sample showed would else be held impossible.

Where there are few outcomes (`fair_surprise`, `energy`) the expectation of the estimate does not depend on how many
samples there are, nearly: the energy score compares pairs of different samples only (Ferro 2014), and the logarithm's
bias is taken off by the jackknife (Quenouille 1956). Where there are thousands (`surprise`) no estimate from tens of
samples can do that: it falls with more samples, for all forecasters that are drawn, so all get the same number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]


PRIOR_SHARE = 0.05
"""Share of the prior in the probability that `fair_surprise` scores."""


def surprise(samples: Ints, observed: Ints, prior: Floats) -> Floats:
    """−log of the smoothed probability of what was observed, for each case: (count + prior) / (samples + 1).

    samples (r, n): outcome codes by sample and case; observed (n,); prior (n,): the prior probability of each case's
    observed outcome. Returns (n,) in nats. The prior weighs as much as one more sample.
    """
    count = (samples == observed).sum(axis=0)
    return np.asarray(-np.log((count + prior) / (len(samples) + 1.0)))


def fair_surprise(samples: Ints, observed: Ints, prior: Floats) -> Floats:
    """−log of the probability of what was observed, for each case, as it would be with endless samples.

    As `surprise` (r of 2 or more), with a fixed share of the prior, and less the bias of few samples, of the order of
    one over their number, by the jackknife. One case may come out below 0; means over cases are what counts.
    """
    r = len(samples)
    count = (samples == observed).sum(axis=0).astype(float)

    def told(hits: Floats, of: int) -> Floats:
        return np.asarray(-np.log((1.0 - PRIOR_SHARE) * hits / of + PRIOR_SHARE * prior))

    # without one sample: for `count` of the r choices it was a hit, and then there are fewer hits by one
    hit, miss = told(np.maximum(count - 1.0, 0.0), r - 1), told(np.minimum(count, r - 1.0), r - 1)
    without = (count * hit + (r - count) * miss) / r
    return np.asarray(r * told(count, r) - (r - 1) * without)


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
