"""What a pack says of the start: the places round the trust, its candidates, its break points, the ten points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.board.surroundings import MULTI, Situation, journey
from matsim.board.tables import BOARD_TABLES
from matsim.measures.listed import ISOLATED_MINUTES
from matsim.scenario.schema import Scenario
from matsim.selfcheck.checklist import FACTS, POINTS, answers, checklist
from matsim.simulation.checklist_facts import plan_facts, sparsities
from matsim.simulation.model import TrustSystem
from matsim.simulation.radar import DRIVERS
from matsim.simulation.simulate import side_by_side
from matsim.state.state import SEPTEMBER
from matsim.world.base import World
from matsim.world.codes import DENOMINATIONS, PHASES
from matsim.world.copies import UID_STEP
from matsim.world.gias import DRAWN
from matsim.world.judgements import last_result

MAP_MINUTES = 40.0
"""How far round the trust the map's schools reach (minutes)."""
LOOKS = 20
"""First years that the ten points are judged from."""

_DRIVEN = {
    "schools": "how many schools it has",
    "pupils": "how many pupils",
    "primary_schools": "primaries and secondaries together",
    "spread_km": "how far apart they lie",
    "standardisation": "how much the centre does",
    "weak_schools": "schools judged below Good",
}


def places(at: Situation, settings: Scenario, focus: Sequence[int], clusters: dict[int, int]) -> pd.DataFrame:
    """The table `places`. `clusters` numbers the trust's clusters by URN of their schools."""
    s = at.world.schools
    keep = ~s["planned"] & ((at.time <= MAP_MINUTES) | np.isin(s["urn"], focus) | (s["trust"] == at.row))
    rows = np.flatnonzero(keep)
    frame = _named(at, rows)
    lone = _lone(at, settings)
    return frame.assign(
        run_by=[_run_by(at, row) for row in rows.tolist()],
        minutes=np.where(s["trust"][rows] == at.row, 0.0, at.time[rows]),
        cluster=np.array([clusters.get(int(urn), -1) for urn in s["urn"][rows]], np.int64),
        isolated=np.isin(rows, lone),
    )[BOARD_TABLES["places"].names]


def _named(at: Situation, rows: np.ndarray) -> pd.DataFrame:
    s, world = at.world.schools, at.world
    return pd.DataFrame(
        {
            "school": s["urn"][rows].astype(np.int64),
            "name": [world.school_names[row] for row in rows.tolist()],
            "authority": [world.la_names.get(int(code), "") for code in s["la"][rows]],
            "phase": [PHASES[code] for code in s["phase"][rows]],
            "easting": s["easting"][rows],
            "northing": s["northing"][rows],
        }
    )


def _run_by(at: Situation, row: int) -> str:
    trust = int(at.world.schools["trust"][row])
    if trust < 0:
        return "maintained"
    if trust == at.row:
        return "ours"
    return "other MAT" if at.world.trusts["kind"][trust] == MULTI else "single-academy trust"


def _lone(at: Situation, settings: Scenario) -> list[int]:
    """Rows of the trust's schools that are more than an hour from its others."""
    lone = []
    for row in at.members.tolist():
        others = at.members[at.members != row]
        if len(others) and journey(at.world, row, settings)[others].min() > ISOLATED_MINUTES:
            lone.append(row)
    return lone


def candidates(at: Situation, watch: Sequence[int], named: Sequence[int], books: pd.DataFrame) -> pd.DataFrame:
    """The table `candidates`. `books` has school, future, reserves and income (£), drawn for every future."""
    s, world = at.world.schools, at.world
    rows = np.searchsorted(s["urn"], np.array(watch, np.int64))
    grouped = books.groupby("school")
    low, middle = grouped["reserves"].quantile(0.1), grouped["reserves"].median()
    red, income = grouped["reserves"].agg(lambda v: float((v < 0).mean())), grouped["income"].median()
    frame = _named(at, rows)
    return frame.assign(
        named=np.isin(frame["school"], list(named)),
        denomination=[DENOMINATIONS[code] for code in s["denomination"][rows]],
        run_by=[_runner(at, row) for row in rows.tolist()],
        grade=[_grade(world, row) for row in rows.tolist()],
        pupils=s["pupils"][rows].astype(np.float64),
        places=s["capacity"][rows].astype(np.float64),
        fsm=s["fsm"][rows].astype(np.float64),
        minutes=at.time[rows],
        near=[world.school_names[row] for row in at.nearest[rows].tolist()],
        reserves_low=low.reindex(list(watch)).to_numpy(np.float64),
        reserves=middle.reindex(list(watch)).to_numpy(np.float64),
        deficit=red.reindex(list(watch)).to_numpy(np.float64),
        income=income.reindex(list(watch)).to_numpy(np.float64),
        filled_in=np.isin(frame["school"], list(world.account.links_only)),
    )[BOARD_TABLES["candidates"].names]


def _grade(world: World, row: int) -> str:
    """What the last inspection found. Where files give none, that says nothing of it, nor does one drawn."""
    code, when = int(world.schools["grade"][row]), float(world.schools["inspected"][row]) - SEPTEMBER
    published = code and not world.account.filled.get(DRAWN)
    return last_result(code, when) if published or world.origin.startswith("synthetic") else "none in the files"


def _runner(at: Situation, row: int) -> str:
    trust = int(at.world.schools["trust"][row])
    return "its local authority" if trust < 0 else at.world.trust_names[trust]


def break_points(years: pd.DataFrame, settings: Scenario) -> pd.DataFrame:
    """The table `break_points`, from the first year of the first option: the commonest rung over the futures."""
    first = years[(years["option"] == 0) & (years["year"] == years["year"].min()) & years["itself"]]
    rows: list[dict[str, Any]] = []
    for ladder in settings.break_points.ladders:
        # a trust that ended at once in every future has nothing to stand on but the first way of working
        rung = int(first[f"rung_{ladder.key}"].mode().iloc[0]) if len(first) else 0
        higher = ladder.rungs[rung + 1] if rung + 1 < len(ladder.rungs) else None
        rows.append(
            {
                "key": ladder.key,
                "name": ladder.name,
                "now": ladder.rungs[rung].name,
                "next": higher.name if higher else "",
                "cost": higher.one_off if higher else 0.0,
                "yearly": higher.yearly if higher else 0.0,
                "years": higher.years if higher else 0.0,
                "signs": ladder.signs,
                "drivers": ", ".join(_DRIVEN[d] for d in DRIVERS[ladder.key]),
                "harm": ladder.consequence,
            }
        )
    return pd.DataFrame(rows, columns=BOARD_TABLES["break_points"].names)


@dataclass(frozen=True)
class Looks:
    """The world after one year in the first LOOKS futures, side by side: `model` has a copy of it for each."""

    at: Situation
    model: TrustSystem

    @cached_property
    def futures(self) -> list[int]:
        """Futures (from 0) in which the trust stands at the end of the year."""
        trusts = self.model.state.trusts
        return np.flatnonzero(trusts.active[trusts.uid % UID_STEP == self.at.uid]).tolist()

    def clusters(self) -> dict[int, int]:
        """The trust's clusters in the first future in which it stands: school's URN to a number from 1."""
        if not self.futures:
            return {}
        at, look, schools = self.at, self.futures[0], self.model.state.schools
        rows = at.members + look * len(at.world.schools["urn"])
        ours = schools.trust[rows] == at.row + look * len(at.world.trust_names)
        clusters = np.where(ours, schools.cluster[rows], -1)
        # the model's numbers run over the whole country; a board counts its own from 1
        numbers = {int(c): i for i, c in enumerate(np.unique(clusters[clusters >= 0]), 1)}
        urns = at.world.schools["urn"][at.members].tolist()
        return {int(urn): numbers[int(c)] for urn, c in zip(urns, clusters.tolist(), strict=True) if c >= 0}

    def facts(self, settings: Scenario, near: int) -> pd.DataFrame:
        """Facts for a cluster round the school `near` (URN), a row for each future in which the trust stands."""
        tables = self.model.recorder.by_copy()
        by_schools: dict[bytes, NDArray[np.float64]] = {}
        rows = []
        for look in self.futures:
            trusts, schools = (pd.DataFrame(tables[look][name]) for name in ("trust_year", "schools"))
            # where the same schools have opened they have the same neighbours
            here = schools["school"].to_numpy().tobytes()
            if here not in by_schools:
                by_schools[here] = sparsities(schools, settings)
            rows.append(plan_facts(trusts, schools, settings, self.at.uid, near, by_schools[here]))
        return pd.DataFrame(rows)


def first_looks(at: Situation, settings: Scenario, seed: int) -> Looks:
    """The world after one year in the first LOOKS futures."""
    seeds = range(seed, seed + LOOKS)
    model = side_by_side(settings, at.world, seeds)
    model.recorder.only(("trust_year", "schools"))
    model.run_years(1)
    return Looks(at, model)


def ten_points(settings: Scenario, looks: Looks, near: int) -> pd.DataFrame:
    """The table `checklist` for a cluster round the school `near` (URN), judged from the first year's books.

    Only futures in which the trust stands at the end of the year have such books; without any every point stays open.
    """
    facts = looks.facts(settings, near)
    names = [str(name) for name in facts]
    middle: dict[str, float | None] = {name: float(facts[name].median()) for name in names}
    items = checklist(middle, settings.planting.checklist)
    if facts.empty:
        reason = "The trust did not stand at the end of the first year in any future looked at."
        items = [replace(item, why=reason) for item in items]
    alone = {f.point for f in FACTS if f.limit is None}
    stand_in = {f.key: np.ones(len(facts)) for f in FACTS if f.limit is None}
    known = {name: facts[name].to_numpy(np.float64) for name in names}
    # points that only people can answer have no facts; a stand-in lets the others be judged together, and is not shown
    each = answers(known | stand_in, settings.planting.checklist)[: len(facts)]
    words = {True: "yes", False: "no", None: "open"}
    evidence = {p.number: p.evidence for p in POINTS}
    return pd.DataFrame(
        {
            "number": np.array([i.number for i in items], np.int64),
            "question": [i.question for i in items],
            "answer": [words[i.answer] for i in items],
            "why": [i.why for i in items],
            "evidence": [evidence[i.number] for i in items],
            "share": [
                float("nan") if i.number in alone or not len(each) else float((each[:, k] == 1).mean())
                for k, i in enumerate(items)
            ],
        }
    )
