"""How much of the variance of a single run is due to the parameters, to luck, and to both together.

A run's value at point p on the luck of replicate s is taken as mean + P(p) + L(s) + I(p, s): a two-way layout with
random effects and one run in each cell (Searle, Casella and McCulloch 1992, ch. 4). The replicates' luck is the
same at all points, so luck's own share L can be told from its interaction I with the parameters; on separate luck
at every point it could not (compare Marrel, Iooss, Da Veiga and Ribatet 2012; Hart, Alexanderian and Gremaud 2017).
The variances are half the mean squared differences between pairs of runs:

    same replicate, other point:   V(P) + V(I)
    same point, other replicate:   V(L) + V(I)
    both other:                    V(P) + V(L) + V(I)

Each is unbiased, and so are their differences. With independent points this is the classical analysis of variance.
Points drawn together (a trajectory, a block of Saltelli's scheme) share coordinates; pairs within them are left out,
without which V(P) would be biased.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.analysis.problem import Crossed, Floats

SOURCES = ("parameters", "luck", "parameters and luck together")
DRAWS = 4000


@dataclass(frozen=True)
class Variance:
    """Shares of the variance of one run.

    `frame`: source, variance (in the measure's unit, squared), share (0 to 1), low, high, clipped. `error` is the
    share of the variance between the points' means that is still luck and not the parameters.
    """

    frame: pd.DataFrame
    total: float
    error: float
    replicates: int

    def share(self, source: str) -> float:
        """Share of one source."""
        return float(self.frame.set_index("source")["share"][source])


def variance(runs: Crossed, *, confidence: float = 0.9, seed: int = 1) -> Variance | None:
    """The decomposition, or None when there is one replicate: then luck cannot be told apart.

    Estimates below zero are set to zero and marked as `clipped`. The intervals are generalised confidence intervals
    (Weerahandi 1993): exact mean squares replaced by their distribution under normal effects, with the number of
    blocks drawn independently as the parameters' sample size. They are reproducible by `seed`. Raises ValueError for
    fewer than two blocks.
    """
    count, replicates = runs.y.shape
    if replicates < 2:
        return None
    independent = len(np.unique(runs.blocks))
    if independent < 2:
        raise ValueError("needs two points that were drawn independently")
    estimates = _estimates(runs.y, runs.blocks)
    drawn = _drawn(estimates, count, replicates, independent, np.random.default_rng(seed))
    tail = (1 - confidence) / 2
    low, high = np.quantile(_shares(drawn), [tail, 1 - tail], axis=0)
    clipped = np.maximum(estimates, 0.0)
    shares = _shares(estimates[None, :])[0]
    columns = {"variance": clipped, "share": shares, "low": low, "high": high, "clipped": estimates < 0}
    frame = pd.DataFrame({"source": SOURCES, **columns})
    left = clipped[2] / replicates
    between = clipped[0] + left
    return Variance(frame, float(clipped.sum()), float(left / between) if between else 0.0, replicates)


def _estimates(y: Floats, blocks: NDArray[np.int64]) -> Floats:
    """V(P), V(L), V(I): unbiased, so possibly below zero."""
    centred = y - y.mean()
    whole = np.array(_squares(centred))
    _, place, sizes = np.unique(blocks, return_inverse=True, return_counts=True)
    within = np.sum([_squares(centred[place == block]) for block in range(len(sizes))], axis=0)
    pairs = y.shape[0] ** 2 - int((sizes**2).sum())
    replicates = y.shape[1]
    same, both = whole - within
    same_luck = same / (2 * pairs * replicates)
    other_luck = both / (2 * pairs * replicates * (replicates - 1))
    same_point = float(y.var(axis=1, ddof=1).mean())
    return np.array([other_luck - same_point, other_luck - same_luck, same_luck + same_point - other_luck])


def _squares(y: Floats) -> tuple[float, float]:
    """Sums of squared differences over ordered pairs of points: on the same replicate, and on two others."""
    count, replicates = y.shape
    each = 2 * count * (y**2).sum(axis=0) - 2 * y.sum(axis=0) ** 2
    every = 2 * count * replicates * (y**2).sum() - 2 * y.sum() ** 2
    # pairs of the same point on two replicates are in `every`; they cancel between the whole and the blocks
    return float(each.sum()), float(every - each.sum())


def _drawn(estimates: Floats, count: int, replicates: int, independent: int, rng: np.random.Generator) -> Floats:
    """Variances (draws, 3) that would give the mean squares found."""
    parameters, luck, both = estimates
    both = max(both, 0.0)
    degrees = np.array([independent - 1, replicates - 1, (independent - 1) * (replicates - 1)])
    squares = np.array([max(replicates * parameters + both, 0.0), max(count * luck + both, 0.0), both])
    spread = squares * degrees / rng.chisquare(degrees, size=(DRAWS, 3))
    left = spread[:, 2]
    return np.column_stack([(spread[:, 0] - left) / replicates, (spread[:, 1] - left) / count, left])


def _shares(variances: Floats) -> Floats:
    positive = np.maximum(variances, 0.0)
    total = positive.sum(axis=1, keepdims=True)
    shares: Floats = np.divide(positive, total, out=np.zeros_like(positive), where=total > 0)
    return shares
