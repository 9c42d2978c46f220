"""One run, watched: its tables, and every school that comparisons count (see `population`) at the end of every year.

The stored tables leave out who was inspected without a change of grade, so a run that is to be compared with
inspection records is watched from inside. Nothing here changes the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.scenario.schema import Scenario
from matsim.simulation.recorder import in_order
from matsim.simulation.simulate import side_by_side
from matsim.state.state import SEPTEMBER, State
from matsim.validation.movement import COLUMNS, METRES, Change, pairs
from matsim.validation.population import counted
from matsim.world.base import World
from matsim.world.codes import Route

TABLES = {
    "trust_year": ("year", "trust", "kind", "mainstream_schools", "central_charge", "income", "reserves_share"),
    "events": ("year", "event", "reason", "school", "trust", "value", "margin"),
}
"""What is made of the run's tables, and of their columns; making the rest would take as long as the run."""


@dataclass(frozen=True)
class Watched:
    """What a run looked like from outside.

    `tables`: those of TABLES. `panel`: one row per open mainstream school and year end
    (`year` is the academic year that has ended; the first is the year before the run began), year by year: school,
    year, phase (0 primary, 1 other), la (code), easting, northing, route, grade, inspected and joined (decimal calendar
    years, nan unknown), trust (UID, −1 none), kind (0 single, 1 multi, −1 none), size (open schools of its trust,
    specialist ones too; 0 none), mate_km (to the nearest of these other than itself; nan none), pupils, outcome,
    quality, head, head_years, head_id, executive, vacancy and turnover (of teachers) as in `agents.school`, balance
    (share of income), reserves (£), pooled (its trust pools reserves), backoffice (£ per pupil) and trouble (its
    trust's; 0 none). `start` is the first academic year simulated; `authorities` are names by code.
    """

    start: int
    tables: dict[str, pd.DataFrame]
    panel: pd.DataFrame
    authorities: Mapping[int, str]

    @cached_property
    def last(self) -> int:
        """The last academic year simulated."""
        return int(self.panel.year.iloc[-1])

    @cached_property
    def _by_year(self) -> dict[int, pd.DataFrame]:
        years, begins = np.unique(self.panel.year.to_numpy(), return_index=True)
        ends = [*begins[1:].tolist(), len(self.panel)]
        return {int(year): self.panel.iloc[a:b] for year, a, b in zip(years, begins.tolist(), ends, strict=True)}

    def at(self, year: int) -> pd.DataFrame:
        """Open mainstream schools at the end of an academic year. KeyError for a year that was not simulated."""
        return self._by_year[year]

    def members(self, year: int) -> pd.DataFrame:
        """The schools of a year end as a membership frame (see `movement`)."""
        return self.at(year)[[*COLUMNS]]

    @cached_property
    def kept(self) -> dict[tuple[Any, ...], Any]:
        """What several quantities ask for, once it has been worked out (see `once`)."""
        return {}

    @cached_property
    def _changes(self) -> dict[int, Change]:
        return {}

    def change(self, year: int) -> Change:
        """What happened to trusts during an academic year."""
        if year not in self._changes:
            self._changes[year] = Change(self.members(year - 1), self.members(year))
        return self._changes[year]

    @cached_property
    def _history(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the panel school by school, each in order of years; and for each the school's row before, or −1."""
        school = self.panel.school.to_numpy()
        order = np.argsort(school, kind="stable")  # years are in order as they are
        known = np.diff(school[order], prepend=-1) == 0
        return order, np.where(known, np.roll(order, 1), -1)

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Graded inspections during the run: school, year, phase, before, after (grades), wait (years since the
        last one, nan unknown), route, kind and size, date, opened (as an academy, nan if not)."""
        rows, last = self._history
        date, grade = self.panel.inspected.to_numpy(), self.panel.grade.to_numpy()
        # the first row of a school is what it came with, not a visit
        seen = np.flatnonzero((last >= 0) & ~np.isnan(date[rows]) & (date[rows] != date[last]))
        rows, last = rows[seen], last[seen]
        return (
            self.panel[["school", "year", "phase", "route", "kind", "size", "joined"]]
            .iloc[rows]
            .assign(before=grade[last], after=grade[rows], date=date[rows], wait=date[rows] - date[last])
        )

    @cached_property
    def openings(self) -> pd.DataFrame:
        """Schools that became academies or opened as free schools: school, year, phase, route, kind, joined, and
        the grade and inspected that they came with."""
        rows, last = self._history
        route, grade, date = (self.panel[name].to_numpy() for name in ("route", "grade", "inspected"))
        new = (route[rows] > Route.MAINTAINED) & ((last < 0) | (route[last] == Route.MAINTAINED))
        began = np.flatnonzero(new & (self.panel.year.to_numpy()[rows] > self.start - 1))
        rows, last = rows[began], last[began]
        return (
            self.panel[["school", "year", "phase", "route", "kind", "joined"]]
            .iloc[rows]
            .assign(grade=np.where(last < 0, 0, grade[last]), inspected=np.where(last < 0, np.nan, date[last]))
        )


def once[**P, T](part: Callable[Concatenate[Watched, P], T]) -> Callable[Concatenate[Watched, P], T]:
    """A part of several quantities that is worked out once for a run and what else it is given."""

    @wraps(part)
    def kept(watched: Watched, /, *args: P.args, **more: P.kwargs) -> T:
        key = (part.__module__, part.__name__, *args, *more.items())
        if key not in watched.kept:
            watched.kept[key] = part(watched, *args, **more)
        return watched.kept[key]  # type: ignore[no-any-return]

    return kept


def watch(scenario: Scenario, world: World, seeds: Sequence[int], years: int) -> list[Watched]:
    """Run a scenario on a world with some seeds side by side, and look at every school at the end of each year."""
    model = side_by_side(scenario, world, seeds)
    model.recorder.only(TABLES, TABLES)
    panel = [_snapshot(model.state, model.state.year - 1)]
    for _ in range(years):
        year = model.state.year
        model.run_years(1)
        panel.append(_snapshot(model.state, year))
    made = model.recorder.side_by_side()
    made["panel"] = in_order({name: np.concatenate([year[name] for year in panel]) for name in panel[0]}, len(seeds))
    model.let_go()
    ends = {name: np.searchsorted(of["copy"], np.arange(len(seeds) + 1)).tolist() for name, of in made.items()}
    frames = {name: pd.DataFrame(columns, copy=False).drop(columns="copy") for name, columns in made.items()}
    runs = []
    for k in range(len(seeds)):
        tables = {name: frame.iloc[ends[name][k] : ends[name][k + 1]] for name, frame in frames.items()}
        tables = {name: frame.reset_index(drop=True) for name, frame in tables.items()}
        runs.append(Watched(world.year, tables, tables.pop("panel"), world.la_names))
    return runs


def _snapshot(state: State, year: int) -> dict[str, Any]:
    s, t = state.schools, state.trusts
    rows = state.open_rows()
    rows = rows[counted(state.world)[rows]]
    of = s.trust[rows]
    return {
        "copy": s.copy[rows],
        "school": s.urn[rows],
        "year": np.full(len(rows), year),
        "phase": state.world.sector[rows].astype(np.int64),
        "la": state.places.code[s.place[rows]],
        "easting": s.easting[rows],
        "northing": s.northing[rows],
        "route": s.route[rows].astype(np.int64),
        "grade": s.grade[rows].astype(np.int64),
        "inspected": s.inspected[rows] + SEPTEMBER,
        "joined": s.joined[rows] + SEPTEMBER,
        "trust": np.append(t.uid, -1)[of],
        "kind": np.append(t.kind, -1).astype(np.int64)[of],
        "size": np.append(t.schools, 0).astype(np.int64)[of],
        "mate_km": _mate_km(state)[rows],
        "pupils": s.pupils[rows],
        "outcome": s.outcome[rows],
        "quality": s.quality[rows],
        "head": s.head[rows],
        "head_years": s.head_years[rows],
        "head_id": s.head_id[rows],
        "executive": s.executive[rows],
        "vacancy": s.vacancy[rows],
        "turnover": s.turnover[rows],
        "balance": s.balance[rows],
        "reserves": s.reserves[rows],
        "pooled": np.append(t.pooled, False)[of],
        "backoffice": s.backoffice[rows],
        "trouble": np.append(t.trouble, 0).astype(np.int64)[of],
    }


def _mate_km(state: State) -> NDArray[np.float64]:
    """Km from each school to the nearest other open school of its trust, specialist ones too; nan where none."""
    s, nearest = state.schools, np.full(len(state.schools), np.inf)
    inside = state.in_trusts()
    one, two = (inside[pair] for pair in pairs(s.trust[inside]))
    km = np.hypot(s.easting[one] - s.easting[two], s.northing[one] - s.northing[two]) / METRES
    for end in (one, two):
        np.minimum.at(nearest, end, km)
    return np.where(np.isfinite(nearest), nearest, np.nan)
