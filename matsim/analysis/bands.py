"""Medians with bands, and how much of the spread is luck and how much what is uncertain.

Bands are quantiles of the runs, never a mean plus and minus two standard deviations: measures are skewed and
bounded, and a symmetric band would promise futures that the model does not have.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from matsim.analysis.intervals import future_quantile, mean_squares

QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
"""The 90% band runs from q05 to q95, the 50% band from q25 to q75."""


def bands(frame: pd.DataFrame, by: Sequence[str] = ("arm",), column: str = "value") -> pd.DataFrame:
    """One row per group: `by`, n, missing, lucks, mean, least, q05, q25, median, q75, q95, most.

    `frame` holds `by`, `replicate` and `column`, as from frame.values or frame.by_year; groups keep the order in which
    they first appear. n counts the values used, missing the nan among them, lucks the replicates that the values used
    come from. Quantiles are those of a new future (intervals.future_quantile): nan where so few draws of luck cannot
    say, which for q05 and q95 is below 19. least and most are what was seen.
    """
    rows = [_band(name, part, column) for name, part in frame.groupby(list(by), sort=False, observed=True)]
    return pd.DataFrame(rows, columns=[*by, "n", "missing", "lucks", "mean", "least", *QUANTILES, "most"])


def _band(name: tuple[Hashable, ...], part: pd.DataFrame, column: str) -> tuple[object, ...]:
    used = part[part[column].notna()]
    values, lucks = used[column].to_numpy(dtype=np.float64), used["replicate"].nunique()
    ends = (values.mean(), values.min(), values.max()) if len(values) else (np.nan,) * 3
    inner = (future_quantile(values, share, lucks) for share in QUANTILES.values())
    return (*name, len(used), len(part) - len(used), lucks, ends[0], ends[1], *inner, ends[2])


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
    if points < 2:  # of one point nothing is uncertain but luck
        luck = float(whole.var(ddof=1))
        return arm, points, replicates, left_out, luck, 0.0, luck, 1.0 if luck > 0 else np.nan
    by_replicate, by_point, rest = mean_squares(whole)
    from_points = max(0.0, (by_point - rest) / replicates)
    from_luck = max(0.0, (by_replicate - rest) / points) + rest
    total = from_points + from_luck
    return arm, points, replicates, left_out, total, from_points, from_luck, _over(from_luck, total)


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


def outer(rows: pd.DataFrame) -> tuple[str, list[tuple[float, float]]]:
    """The widest range that each row of bands can give, and what it is: nine in ten futures, or all that were run.

    The second for all rows as soon as one has too few draws of luck for the first.
    """
    known = rows[rows["n"] > 0]
    if len(known) and known[["q05", "q95"]].notna().all(axis=None):
        return "nine in ten futures", list(zip(rows["q05"], rows["q95"], strict=True))
    return "all futures run", list(zip(rows["least"], rows["most"], strict=True))
