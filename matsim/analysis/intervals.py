"""Intervals of means and shares over futures that share points of the design and luck.

A future is a point of the design on one draw of luck. Everything said of futures rests on the draws: however many
points meet the same luck, it is drawn once. So one draw supports no interval, and shares weigh as many draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, t

type Floats = NDArray[np.float64]


class Spread(NamedTuple):
    """Variance of a mean, and its degrees of freedom; both nan when it cannot be told."""

    variance: float
    freedom: float


NINE_IN_TEN = 19
"""Draws of luck from which the middle nine in ten futures can be told (future_quantile)."""

ROUNDING = 1e-9
"""By so much a rank may lie beyond the outermost draw: 19 draws are to be enough for nine in ten, whatever rounds."""

UNKNOWN = Spread(float("nan"), float("nan"))


def spread_of_mean(grid: Floats) -> Spread:
    """Variance of the mean of a grid of futures (replicates, points), as a sample of luck and of points both.

    Futures at one point share its parameter values and futures of one replicate share its luck, so neither rows
    nor columns are independent. The variance is that of the two-way random model, (rows' + columns' − rest's
    mean square) over the number of cells, with Satterthwaite's degrees of freedom (1946, Biometrics Bulletin
    2, 110–114); never less than either way alone gives. With one point it is the ordinary s²/n over replicates; unknown
    with one replicate, whose points say nothing of other luck. nan cells are filled by what their row and column say
    together and the cells counted are those there. In simulations with normal effects 95% intervals covered 94 to 96%
    on grids of 5 by 40, 8 by 12 and 20 by 5, and up to 99% where nothing is shared or the grid is 3 by 3.
    """
    filled, there = _filled(grid)
    rows, columns = filled.shape
    if rows < 2:
        return UNKNOWN
    if columns == 1:
        return Spread(float(filled.var(ddof=1)) / there, there - 1.0)
    by_row, by_column, rest = mean_squares(filled)
    parts = np.array([by_row, by_column, rest])
    freedom = np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)], dtype=np.float64)
    least = max(by_row, by_column)
    total = max(by_row + by_column - rest, least)
    if total <= 0:
        return Spread(0.0, float(freedom.min()))
    satterthwaite = total**2 / float(np.sum(parts**2 / freedom))
    return Spread(total / there, max(satterthwaite, float(freedom[:2].min())))


def spread_of_luck(grid: Floats) -> Spread:
    """Variance of the mean of a grid of futures (replicates, points) from luck alone, the points as they are.

    The mean over points of each replicate is one draw of luck: s²/n over replicates. This is what more
    replicates narrow; unknown with fewer than two.
    """
    filled, _ = _filled(grid)
    if len(filled) < 2:
        return UNKNOWN
    return Spread(float(filled.mean(axis=1).var(ddof=1)) / len(filled), len(filled) - 1.0)


def _filled(grid: Floats) -> tuple[Floats, int]:
    """The grid without empty rows and columns, its nan cells filled by row and column; and the cells that were there.

    The fill is the additive one, found by repeated sweeps.
    """
    known = ~np.isnan(grid)
    grid = grid[known.any(axis=1)][:, known.any(axis=0)]
    known = ~np.isnan(grid)
    if known.all() or not grid.size:
        return grid, grid.size
    filled = np.where(known, grid, np.nanmean(grid))
    for _ in range(50):
        additive = filled.mean(axis=1, keepdims=True) + filled.mean(axis=0, keepdims=True) - filled.mean()
        filled = np.where(known, grid, additive)
    return filled, int(known.sum())


def half_width(spread: Spread, confidence: float, statements: int = 1) -> float:
    """Half the width of Student's interval; nan when the spread is unknown.

    With several `statements` every interval is widened so that all hold together with the confidence
    (Bonferroni).
    """
    if not np.isfinite(spread.variance):
        return float("nan")
    tail = (1 - confidence) / (2 * statements)
    return float(t.ppf(1 - tail, spread.freedom) * np.sqrt(spread.variance))


def share_interval(hits: Floats, confidence: float, statements: int = 1) -> tuple[float, float, float]:
    """Share of 1s in a grid (replicates, points) of 0, 1 and nan, and its limits as in share_limits; nan when empty."""
    known = ~np.isnan(hits)
    if not known.any():
        return float("nan"), float("nan"), float("nan")
    share = float(np.nanmean(hits))
    return share, *share_limits(share, int(known.any(axis=1).sum()), confidence, statements)


def share_limits(share: float, lucks: int, confidence: float, statements: int = 1) -> tuple[float, float]:
    """Limits of a share of futures on so many draws of luck, at the points that were run.

    Clopper and Pearson's (1934, Biometrika 26, 404–413) with the draws as trials, so many of which came out as the
    share says; a number in between is interpolated by the beta distribution. That is exact where luck decides alone,
    and wider than need be where points decide too: 60 of 60 futures on 5 draws weigh as 5 of 5. The limits rise with
    the share, whatever it is made of. Coverage in simulations: docs/analysis.md.
    """
    if lucks < 1 or not np.isfinite(share):
        return float("nan"), float("nan")
    # at 0 and 1 the beta distribution has no such limit: it is the end itself
    tail, hit = (1 - confidence) / (2 * statements), share * lucks
    low = 0.0 if share == 0 else float(beta.ppf(tail, hit, lucks - hit + 1))
    high = 1.0 if share == 1 else float(beta.ppf(1 - tail, hit + 1, lucks - hit))
    return low, high


def future_quantile(values: Floats, share: float, lucks: int) -> float:
    """The value that a new future lies below with that probability, from futures on so many draws of luck.

    nan where the draws are too few to say: a new draw lies beyond the outermost of n with probability 1/(n + 1) on
    either side, so nine in ten takes 19 draws. The order statistic is Weibull's (Hyndman and Fan 1996, type 6) over
    draws, taken at the same rank of all futures; it is wider than the plain quantile, and holds what it says.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan")
    if share == 0.5:
        return float(np.median(known))
    if lucks < 2:
        return float("nan")
    rank = (share * (lucks + 1) - 1) / (lucks - 1)
    if not -ROUNDING <= rank <= 1 + ROUNDING:
        return float("nan")
    return float(np.quantile(known, min(max(rank, 0.0), 1.0)))


def mean_squares(grid: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean squares of rows, columns and what neither explains, of a full grid (rows, columns) of at least 2 by 2."""
    rows, columns = grid.shape
    middle = grid.mean()
    by_row, by_column = grid.mean(axis=1) - middle, grid.mean(axis=0) - middle
    rest = grid - middle - by_row[:, None] - by_column[None, :]
    return (
        float(columns * np.sum(by_row**2) / (rows - 1)),
        float(rows * np.sum(by_column**2) / (columns - 1)),
        float(np.sum(rest**2) / ((rows - 1) * (columns - 1))),
    )
