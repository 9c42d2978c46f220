"""A trust watched in every copy of a world: what `option_year` says of its years, and who has it when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.board.tables import YEAR_COLUMNS
from matsim.core.columns import Array
from matsim.mechanisms.spending import gross_income
from matsim.results.tables import AREA_NAMES, BREAK_POINTS
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, Phase, SchoolState
from matsim.world.copies import UID_STEP

type Floats = NDArray[np.float64]

_STILL = ("pupils", "outcome_first", "isolated", "joining_cost", "deficits")
"""Numbers of `option_year` that a trust without schools has: nought, and the results of those it once had."""

_UNKNOWN = tuple(c.name for c in YEAR_COLUMNS if c.dtype == "float64" and c.name not in _STILL)
"""Numbers that it does not have: there is nothing to measure."""


class Watched:
    """The trust in each copy, its UID there moved: its row, or once it has been taken in that of the one it is in now.

    `begin` is called before each year and `end` after it. Of copy k every array has element k.
    """

    def __init__(self, state: State, uid: int) -> None:
        self._state = state
        self.rows = np.flatnonzero(state.trusts.uid % UID_STEP == uid)
        self._itself = np.ones(len(self.rows), bool)
        home = self._home()
        self._first = np.flatnonzero(home >= 0)
        self._first_copy = home[self._first]
        self._years: list[Mapping[str, Any]] = []

    def _home(self) -> Rows:
        """For each school the copy whose trust it is in; −1 for all that are in none of them."""
        schools = self._state.schools
        copy = np.full(len(self._state.trusts) + 1, -1)  # the last is for row −1
        copy[self.rows] = np.arange(len(self.rows))
        return np.where(schools.state == SchoolState.OPEN, copy[schools.trust], -1)

    def begin(self) -> None:
        """Note what there is as a year begins."""
        state = self._state
        self._was, self._reserves = self._home(), state.schools.reserves.copy()
        self._central, self._year = state.trusts.reserves[self.rows], state.year

    def end(self) -> None:
        """Note the year that has just ended."""
        state = self._state
        trusts = state.trusts
        gone = ~trusts.active[self.rows]
        if gone.any():
            self._itself[gone] = False
            self.rows[gone] = _followers(state, self.rows[gone], self._year)
            self._central[gone] = np.nan
        home = self._home()
        # that it is in another trust now brings that trust no school
        was = np.where(gone[state.schools.copy], home, self._was)
        values = {"year": np.full(len(self.rows), self._year), **self._row(home, was), "itself": self._itself.copy()}
        closed = ~trusts.active[self.rows]
        values["trust"] = np.where(closed, -1, values["trust"])
        values |= {name: np.where(closed, np.nan, values[name]) for name in _UNKNOWN}
        self._years.append(values)

    def years(self) -> pd.DataFrame:
        """All years noted, by `copy`, then year: `copy` and the columns of `option_year` but for option and future."""
        count = len(self._years)
        frame = pd.DataFrame({"copy": np.repeat(np.arange(len(self.rows)), count)})
        noted = [c for c in YEAR_COLUMNS if c.name not in ("option", "future")]
        return frame.assign(
            **{c.name: np.array([y[c.name] for y in self._years]).T.ravel().astype(c.dtype) for c in noted}
        )

    def _row(self, home: Rows, was: Rows) -> dict[str, Any]:
        """The trust at the end of a year; `home` and `was` say whose each school is now and was a year ago."""
        state, copies, rows = self._state, len(self.rows), self.rows
        schools, t = state.schools, state.trusts
        now = np.flatnonzero(home >= 0)  # schools are in order of their copies, so this is too
        of, grade = home[now], schools.grade[now]

        def count(pick: NDArray[np.bool_]) -> Rows:
            return np.bincount(of[pick], minlength=copies)

        new = was[now] != of
        came, size = count(new), np.bincount(of, minlength=copies)
        income, supply = t.income[rows], t.posts[rows] + t.bought[rows] + t.helped[rows]
        balances = _sums(gross_income(state, now) * schools.balance[now], of, copies)
        with np.errstate(invalid="ignore", divide="ignore"):
            balance = (balances + (t.reserves[rows] - self._central)) / income
        out: dict[str, Any] = {
            "trust": t.uid[rows] % UID_STEP,
            "schools": size,
            "primary_schools": count(schools.phase[now] == Phase.PRIMARY),
            "pupils": _sums(schools.pupils[now], of, copies),
            "came": came,
            "left": np.bincount(was[(was >= 0) & (was != home)], minlength=copies),
            "below_good": count(grade >= Grade.REQUIRES_IMPROVEMENT),
            "inadequate": count(grade == Grade.INADEQUATE),
            "outcome": np.where(t.tested[rows] > 0, t.outcome[rows], np.nan),
            "outcome_first": self._outcome_first(),
            "isolated": t.isolated[rows] * size,
            "spread_km": t.spread[rows],
            "central_charge": t.top_slice[rows],
            "income": income,
            "central_cost": t.central_cost[rows],
            "joining_cost": came * state.model.settings.joining.integration,
            "deficits": _sums(np.maximum(-self._reserves[now[new]], 0.0), of[new], copies),
            "balance": np.where(income > 0, balance, np.nan),
            "reserves": t.reserves[rows] + _sums(schools.reserves[now], of, copies),
        }
        for name in ("capacity", "bench", "buyin", "coherence", "clustered", "record", "reserves_share"):
            out[name] = t[name][rows]
        for i, name in enumerate(AREA_NAMES):
            out[f"need_{name}"], out[f"supply_{name}"] = t.need[rows, i], supply[:, i]
        for i, name in enumerate(BREAK_POINTS):
            out[f"pressure_{name}"], out[f"rung_{name}"] = t.pressure[rows, i], t.rung[rows, i]
        return out

    def _outcome_first(self) -> Floats:
        """Mean outcome of the open mainstream schools that it had at the start, weighted by pupils; nan for none."""
        schools = self._state.schools
        there = schools.state[self._first] == SchoolState.OPEN
        still, of = self._first[there], self._first_copy[there]
        pupils, copies = schools.pupils[still] * self._state.world.mainstream[still], len(self.rows)
        weights = _sums(pupils, of, copies)
        with np.errstate(invalid="ignore"):
            return np.where(weights > 0, _sums(schools.outcome[still] * pupils, of, copies) / weights, np.nan)


def _sums(values: Array, of: Rows, copies: int) -> Floats:
    """Sum of the values of each copy, given the copy `of` each, ascending: in the order in which it would be alone."""
    ends = np.searchsorted(of, np.arange(copies + 1))
    return np.array([values[begin:end].sum() for begin, end in pairwise(ends.tolist())], np.float64)


def _followers(state: State, rows: Rows, year: int) -> list[int]:
    """The trusts that took closed ones in: the one each merged into; its own row where it closed without a merger."""
    gone, into = (state.log.rows("merge", column, year).tolist() for column in ("trust", "other"))
    pairs = dict(zip(gone, into, strict=True))
    return [_follower(state, row, pairs) for row in rows.tolist()]


def _follower(state: State, row: int, pairs: Mapping[int, int]) -> int:
    while not state.trusts.active[row] and row in pairs:
        row = pairs[row]
    return row
