"""Medians with bands, and how much of the spread is luck and how much what is uncertain.

Bands are quantiles of the runs, never a mean plus and minus two standard deviations: measures are skewed and
bounded, and a symmetric band would promise futures that the model does not have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
"""The 90% band runs from q05 to q95, the 50% band from q25 to q75."""


def bands(frame: pd.DataFrame, by: Sequence[str] = ("arm",), column: str = "value") -> pd.DataFrame:
    """One row per group: `by`, n, missing, mean, q05, q25, median, q75, q95.

    `frame` holds `by` and `column`, as from frame.values or frame.by_year; groups keep the order in which they
    first appear. n counts the values used, missing the nan among them. Quantiles interpolate linearly
    (Hyndman & Fan 1996, type 7), so with few runs the outer ones lie near the extremes and say little.
    """
    grouped = frame.groupby(list(by), sort=False, observed=True)[column]
    out = pd.DataFrame({"n": grouped.count(), "missing": grouped.size() - grouped.count(), "mean": grouped.mean()})
    for name, share in QUANTILES.items():
        out[name] = grouped.quantile(share)
    return out.reset_index()


def luck_and_points(frame: pd.DataFrame) -> pd.DataFrame:
    """How each arm's variance divides into what is uncertain (points) and luck (replicates).

    `frame` is as from frame.values. One row per arm: points, replicates, left_out (replicates with a missing
    run), variance, from_points, from_luck, share_luck. Replicate r has the same luck at every point, so points
    and replicates are crossed, and the parts are those of the two-way random model without repetition (Searle,
    Casella & McCulloch 1992, Variance Components, ch. 4), by analysis of variance: the noise that a finite
    number of replicates leaves in points' means is taken off, and parts that come out negative are 0. Luck is
    all that differs between replicates at one point, whether or not it does so alike at every point. With one
    replicate luck cannot be told (nan); with one point all is luck.
    """
    rows = [_split(str(arm), part) for arm, part in frame.groupby("arm", sort=False, observed=True)]
    columns = ["arm", "points", "replicates", "left_out", "variance", "from_points", "from_luck", "share_luck"]
    return pd.DataFrame(rows, columns=columns)


def _split(arm: str, part: pd.DataFrame) -> tuple[str, int, int, int, float, float, float, float]:
    grid = part.pivot(index="replicate", columns="point", values="value")
    whole = grid.dropna().to_numpy(dtype=np.float64)
    left_out = len(grid) - len(whole)
    replicates, points = whole.shape
    if replicates < 2:
        return arm, points, replicates, left_out, np.nan, np.nan, np.nan, np.nan
    if points < 2:
        luck = float(whole.var(ddof=1))
        return arm, points, replicates, left_out, luck, 0.0, luck, 1.0 if luck > 0 else np.nan
    by_replicate, by_point, rest = mean_squares(whole)
    from_points = max(0.0, (by_point - rest) / replicates)
    from_luck = max(0.0, (by_replicate - rest) / points) + rest
    total = from_points + from_luck
    return arm, points, replicates, left_out, total, from_points, from_luck, _over(from_luck, total)


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


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan
