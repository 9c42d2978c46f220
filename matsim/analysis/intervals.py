"""Intervals of means and shares over futures that share points of the design and luck."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from matsim.analysis.bands import mean_squares

type Floats = NDArray[np.float64]


class Spread(NamedTuple):
    """Variance of a mean, and its degrees of freedom; both nan when it cannot be told."""

    variance: float
    freedom: float


UNKNOWN = Spread(float("nan"), float("nan"))


def spread_of_mean(grid: Floats) -> Spread:
    """Variance of the mean of a grid of futures (replicates, points), as a sample of luck and of points both.

    Futures at one point share its parameter values and futures of one replicate share its luck, so neither rows
    nor columns are independent. The variance is that of the two-way random model, (rows' + columns' − rest's
    mean square) over the number of cells, with Satterthwaite's degrees of freedom (1946, Biometrics Bulletin
    2, 110–114); never less than either way alone gives. With one point it is the ordinary s²/n over replicates;
    with one replicate s²/n over points, which leaves luck out. Unknown for a single future. nan cells are filled
    by what their row and column say together and the cells counted are those there. In simulations with normal
    effects 95% intervals covered 94 to 96% on grids of 5 by 40, 8 by 12 and 20 by 5, and up to 99% where nothing is
    shared or the grid is 3 by 3.
    """
    filled, there = _filled(grid)
    rows, columns = filled.shape
    if there < 2:
        return UNKNOWN
    if columns == 1 or rows == 1:
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
    """Share of 1s in a grid (replicates, points) of 0, 1 and nan, with Wilson's interval (1927, JASA 22, 209–212).

    Futures that share luck or a point count for less: the number in Wilson's formula is the effective one,
    p(1−p) over the variance of the share (Korn & Graubard 1998, Survey Methodology 24, 193–201), at most the
    number of futures. Where all agree that variance says nothing, and the shorter side of the grid is taken.
    """
    there = int((~np.isnan(hits)).sum())
    if there == 0:
        return float("nan"), float("nan"), float("nan")
    share = float(np.nanmean(hits))
    filled, _ = _filled(hits)
    count = float(there)
    if min(filled.shape) > 1:
        if 0 < share < 1:
            variance = spread_of_mean(hits).variance
            count = min(count, share * (1 - share) / variance) if variance > 0 else count
        else:
            count = float(min(filled.shape))
    z = float(norm.ppf(1 - (1 - confidence) / (2 * statements)))
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    # at 0 and 1 the limit is exact; rounding must not push it past
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return share, 0.0 if share == 0 else low, 1.0 if share == 1 else high
