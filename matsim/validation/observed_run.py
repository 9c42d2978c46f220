"""One run, watched: its tables, and every school at the end of every year.

The stored tables leave out who was inspected without a change of grade, so a run that is to be compared with
inspection records is watched from inside. Nothing here changes the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.state.state import SEPTEMBER, State
from matsim.validation.movement import Change
from matsim.world.base import World
from matsim.world.codes import Phase, Route

TABLES = ("trust_year", "schools")
EVENT_COLUMNS = ["year", "event", "reason", "school", "trust"]
"""What is made of the run's tables; making the rest would take as long as the run."""


@dataclass(frozen=True)
class Watched:
    """What a run looked like from outside.

    `tables`: trust_year, schools and, of events, EVENT_COLUMNS. `panel`: one row per open school and year end
    (`year` is the academic year that has ended; the first is the year before the run began): school, year, phase
    (0 primary, 1 other), route, grade, inspected and joined (decimal calendar years, nan unknown), trust (UID, −1
    none), kind (0 single, 1 multi, −1 none), pupils, outcome, balance (share of income) and backoffice (£ per
    pupil). `start` is the first academic year simulated.
    """

    start: int
    tables: dict[str, pd.DataFrame]
    panel: pd.DataFrame

    @cached_property
    def last(self) -> int:
        """The last academic year simulated."""
        return int(self.panel.year.iloc[-1])

    @cached_property
    def _by_year(self) -> dict[int, pd.DataFrame]:
        return {int(year): self.panel.loc[self.panel.year == year] for year in self.panel.year.unique()}

    def at(self, year: int) -> pd.DataFrame:
        """Open schools at the end of an academic year. KeyError for a year that was not simulated."""
        return self._by_year[year]

    @cached_property
    def places(self) -> pd.DataFrame:
        """Where schools are, by URN: la, easting, northing."""
        schools = self.tables["schools"].set_index("school")
        return schools[["authority", "easting", "northing"]].rename(columns={"authority": "la"})

    def members(self, year: int) -> pd.DataFrame:
        """The schools of a year end as a membership frame (see `movement`)."""
        schools = self.at(year)[["school", "trust", "kind", "phase"]]
        where = self.places.loc[schools.school].reset_index(drop=True)
        return pd.concat([schools.reset_index(drop=True), where.astype({"la": object})], axis=1)

    @cached_property
    def _changes(self) -> dict[int, Change]:
        return {}

    def change(self, year: int) -> Change:
        """What happened to trusts during an academic year."""
        if year not in self._changes:
            self._changes[year] = Change(self.members(year - 1), self.members(year))
        return self._changes[year]

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Graded inspections during the run: school, year, phase, before, after (grades), wait (years since the
        last one, nan unknown), route and kind, date, opened (as an academy, nan if not)."""
        panel = self.panel.sort_values(["school", "year"], kind="stable")
        last = panel.groupby("school")[["inspected", "grade"]].shift()
        known = panel.school.duplicated()  # the first row of a school is what it came with, not a visit
        seen = known & panel.inspected.notna() & (panel.inspected != last.inspected)
        visits = panel.loc[seen]
        return visits[["school", "year", "phase", "route", "kind", "joined"]].assign(
            before=last.grade[seen].astype(int),
            after=visits.grade,
            date=visits.inspected,
            wait=visits.inspected - last.inspected[seen],
        )

    @cached_property
    def openings(self) -> pd.DataFrame:
        """Schools that became academies or opened as free schools: school, year, phase, route, kind, joined, and
        the grade and inspected that they came with."""
        panel = self.panel.sort_values(["school", "year"], kind="stable")
        was = panel.groupby("school")[["route", "grade", "inspected"]].shift()
        began = (
            (panel.year > self.start - 1)
            & (panel.route > Route.MAINTAINED)
            & ((was.route == Route.MAINTAINED) | was.route.isna())
        )
        return panel.loc[began, ["school", "year", "phase", "route", "kind", "joined"]].assign(
            grade=was.grade[began].fillna(0).astype(int), inspected=was.inspected[began]
        )


def watch(scenario: Scenario, world: World, seed: int, years: int) -> Watched:
    """Run a scenario on a world for so many years and look at every school at the end of each."""
    model = TrustSystem(world, scenario, seed)
    model.recorder.only((*TABLES, "events"), {"events": EVENT_COLUMNS})
    panel = [_snapshot(model.state, model.state.year - 1)]
    for _ in range(years):
        year = model.state.year
        model.run_years(1)
        panel.append(_snapshot(model.state, year))
    return Watched(world.year, model.recorder.tables(), pd.concat(panel, ignore_index=True))


def _snapshot(state: State, year: int) -> pd.DataFrame:
    s, t = state.schools, state.trusts
    rows = state.open_rows()
    of = s.trust[rows]
    columns: dict[str, Any] = {
        "school": s.urn[rows],
        "year": np.full(len(rows), year),
        "phase": (s.phase[rows] != Phase.PRIMARY).astype(np.int64),
        "route": s.route[rows].astype(np.int64),
        "grade": s.grade[rows].astype(np.int64),
        "inspected": s.inspected[rows] + SEPTEMBER,
        "joined": s.joined[rows] + SEPTEMBER,
        "trust": np.append(t.uid, -1)[of],
        "kind": np.append(t.kind, -1).astype(np.int64)[of],
        "pupils": s.pupils[rows],
        "outcome": s.outcome[rows],
        "balance": s.balance[rows],
        "backoffice": s.backoffice[rows],
    }
    return pd.DataFrame({name: np.array(values) for name, values in columns.items()})
