"""Which trust each school was in at the end of every year, from what a result stores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

CLOSED, UNOPENED, MAINTAINED = -3, -2, -1
"""What stands in place of a trust's number."""

MOVES = ("open", "join", "convert", "transfer", "found", "close", "merge")
"""Events that change which trust a school is in."""


def memberships(schools: pd.DataFrame, events: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """One row per school (the index, in the order of `schools`), one column per year: the trust's number.

    Made again from `first_trust` and the events, in their order; maintained −1, not yet open −2, closed −3.
    The year before the first stands for the beginning.
    """
    urns = schools["school"].to_numpy()
    row = {int(u): i for i, u in enumerate(urns)}
    now = schools["first_trust"].to_numpy(dtype=np.int64, copy=True)
    moves = events[events["event"].isin(MOVES)]
    opened = moves.loc[moves["event"] == "open", "school"]
    now[[row[int(u)] for u in opened if int(u) in row]] = UNOPENED
    out = {min(years) - 1: now.copy()} if len(years) else {}
    by_year = dict(tuple(moves.groupby("year", sort=True)))
    for year in years:
        if year in by_year:
            _apply(now, row, by_year[year])
        out[int(year)] = now.copy()
    return pd.DataFrame(out, index=pd.Index(urns, name="school"))


def _apply(now: np.ndarray, row: dict[int, int], moves: pd.DataFrame) -> None:
    """One year's moves, in their order."""
    for event, school, trust, other in zip(
        moves["event"].astype(str), moves["school"], moves["trust"], moves["other"], strict=True
    ):
        if event == "merge":
            now[now == trust] = other
        elif school in row:
            now[row[school]] = CLOSED if event == "close" else trust
