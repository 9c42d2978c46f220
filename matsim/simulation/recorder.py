"""What a run keeps of each year: rows from the columns of its state, and the tables that they make."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.agents.school import MOTIVES
from matsim.core.columns import Table
from matsim.evidence.strategy import GROUPS
from matsim.measures.cells import ratio
from matsim.mechanisms.cluster_life import GOVERNANCE
from matsim.mechanisms.rollup import SPREADS
from matsim.results.tables import AREA_NAMES, BREAK_POINTS, FLAGS, TABLES
from matsim.scenario.schema import Scenario
from matsim.state.state import SEPTEMBER, Rows, State
from matsim.strategies import KINDS
from matsim.world.base import RSC_REGIONS
from matsim.world.codes import (
    DENOMINATIONS,
    GRADES,
    PHASES,
    ROUTES,
    TRUST_KINDS,
    Grade,
    Phase,
    Route,
    SchoolState,
    TrustKind,
)
from matsim.world.copies import UID_STEP, URN_STEP

type Floats = NDArray[np.float64]


def trust_rows(state: State) -> dict[str, Any]:
    """One row per open trust."""
    t, s = state.trusts, state.schools
    rows = state.active()
    inside = state.in_trusts()
    of = s.trust[inside]
    cost = np.bincount(of, weights=s.backoffice[inside] * s.pupils[inside], minlength=len(t))[rows]
    supply = t.posts[rows] + t.bought[rows] + t.helped[rows]
    out = _of_same_name("trust_year", t, rows) | {
        "copy": t.copy[rows],
        "year": np.full(len(rows), state.year),
        "trust": t.uid[rows],
        "name": rows,
        "strategy_group": t.group[rows],
        "growth_strategy": t.growth[rows],
        "founded": t.founded[rows] + SEPTEMBER,
        "primary_schools": t.primaries[rows],
        "weak_schools": t.weak[rows],
        "failing_schools": t.failing[rows],
        "joined": t.recent[rows],
        "mean_outcome": t.outcome[rows],
        "spread_km": t.spread[rows],
        "track_record": t.record[rows],
        "standardisation": t.responsibilities[rows].mean(axis=1),
        "self_rating": np.median(t.ratings[rows], axis=1),
        "disagreement": t.apart[rows],
        "central_charge": t.top_slice[rows] * (t.kind[rows] == TrustKind.MULTI),
        "backoffice_per_pupil": ratio(cost, t.pupils[rows]),
    }
    for i, name in enumerate(FLAGS):
        out[f"flag_{name}"] = t.flags[rows, i]
    for i, name in enumerate(AREA_NAMES):
        out[f"need_{name}"], out[f"supply_{name}"] = t.need[rows, i], supply[:, i]
    for i, name in enumerate(BREAK_POINTS):
        out[f"pressure_{name}"], out[f"rung_{name}"] = t.pressure[rows, i], t.rung[rows, i]
    return out


def school_rows(state: State) -> dict[str, Any]:
    """One row per open school."""
    s = state.schools
    rows = state.open_rows()
    return _of_same_name("school_year", s, rows) | {
        "copy": s.copy[rows],
        "year": np.full(len(rows), state.year),
        "school": s.urn[rows],
        "trust": np.append(state.trusts.uid, -1)[s.trust[rows]],  # row −1, no trust, reads the entry at the end
        "clustered": s.cluster[rows] >= 0,
        "backoffice_per_pupil": s.backoffice[rows],
    }


def _of_same_name(table: str, columns: Table, rows: Rows) -> dict[str, Any]:
    """The columns of an output table that are called as columns of the state, from those."""
    declared = set(TABLES[table].names)
    return {c.name: columns[c.name][rows] for c in columns.columns if c.name in declared}


def school_places(state: State) -> dict[str, Any]:
    """One row per school that was ever open."""
    s, world = state.schools, state.world
    rows = np.flatnonzero(s.state > SchoolState.PLANNED)
    # row −1, for none, reads the entry at the end
    uid = np.append(state.trusts.uid, -1)
    urn = np.append(s.urn, -1)
    authorities = np.array([world.la_names.get(int(code), f"Local authority {code}") for code in state.places.code])
    return {
        "copy": s.copy[rows],
        "school": s.urn[rows],
        "name": np.array(world.school_names, dtype=object)[rows],
        "authority": authorities.astype(object)[s.place[rows]],
        "region": np.array(RSC_REGIONS, dtype=object)[s.region[rows]],
        "phase": np.array(PHASES, dtype=object)[s.phase[rows]],
        "denomination": np.array(DENOMINATIONS, dtype=object)[s.denomination[rows]],
        "easting": s.easting[rows],
        "northing": s.northing[rows],
        "local_support": state.places.help[s.place[rows], 4],
        "first_trust": uid[world.schools["trust"][rows]],
        "last_trust": uid[s.trust[rows]],
        "cluster": urn[s.cluster[rows]],
    }


def trusts_named(state: State) -> dict[str, Any]:
    """One row per trust that was ever open."""
    t = state.trusts
    lead = state.schools.urn[t.lead]
    names = np.array(trust_names(state), dtype=object)
    founded = t.founded + SEPTEMBER
    return {
        "copy": t.copy,
        "trust": t.uid,
        "name": names,
        "founded": founded,
        "lead_school": lead,
        "active": t.active,
    }


def trust_names(state: State) -> list[str]:
    """Names of all trusts in row order; one founded in the run is named after its lead school."""
    names = list(state.world.trust_names)
    for row in range(len(names), len(state.trusts)):
        names.append(f"Trust of {state.world.school_names[int(state.trusts.lead[row])]}")
    return names


type Years = list[dict[str, Any]]

IDENTITY = "events' identity"
"""Asks for `events` with only the columns that tell events apart; the inputs of decisions are most of its cost."""


class Recorder:
    """Collects a block of rows per table and year; `tables()` joins them."""

    def __init__(self, state: State, settings: Scenario) -> None:
        self._wanted = set(TABLES) if settings.run.school_year else set(TABLES) - {"school_year"}
        self._columns: dict[str, frozenset[str]] = {}
        self._blocks: dict[str, Years] = {name: [] for name in TABLES if name.endswith("_year")}
        self._route = state.schools.route.copy()
        self._state = state

    def only(self, tables: Collection[str] | None, columns: Mapping[str, Collection[str]] | None = None) -> None:
        """Keep and make these tables alone (names of TABLES, or IDENTITY); None for all that the scenario asks for.

        `columns` names, for trust_year or school_year, the only columns to keep of it. KeyError for one that is not
        declared.
        """
        if tables is not None:
            self._wanted = set(tables)
        for table, names in (columns or {}).items():
            if unknown := set(names) - set(TABLES[table].names):
                raise KeyError(f"no such columns of {table}: {sorted(unknown)}")
            self._columns[table] = frozenset(names)

    def year(self, state: State) -> None:
        """Record the year that has just ended."""
        copies = np.arange(state.world.copies)
        if "system_year" in self._wanted:
            group, home = (table.copy.astype(np.intp) for table in (state.schools, state.trusts))
            self._blocks["system_year"].append({"copy": copies, **self._system(state, group, home, len(copies))})
        if "region_year" in self._wanted:
            count = len(RSC_REGIONS)
            group, home = (count * t.copy.astype(np.intp) + t.region for t in (state.schools, state.trusts))
            about = {"copy": copies.repeat(count), "region": np.tile(np.array(RSC_REGIONS, dtype=object), len(copies))}
            self._blocks["region_year"].append(about | self._system(state, group, home, count * len(copies)))
        if "trust_year" in self._wanted:
            self._blocks["trust_year"].append(self._kept("trust_year", trust_rows(state)))
        if "school_year" in self._wanted:
            self._blocks["school_year"].append(self._kept("school_year", school_rows(state)))
        self._route = state.schools.route.copy()

    def _system(self, state: State, group: Rows, home: Rows, count: int) -> dict[str, Any]:
        """Counts and means by group: one row per group. Schools are counted where they are, trusts at home."""
        schools, trusts = state.schools, state.trusts
        rows = state.open_rows()
        g = group[rows]

        def total(values: Any) -> Floats:
            return np.bincount(g, weights=np.broadcast_to(values, len(rows)), minlength=count)

        def whole(pick: NDArray[np.bool_]) -> NDArray[np.int64]:
            return np.bincount(g[pick], minlength=count)

        kind = np.append(trusts.kind, -1)[schools.trust[rows]]  # row −1, no trust, reads the entry at the end
        primary = schools.phase[rows] == Phase.PRIMARY
        pupils = schools.pupils[rows]
        every = np.ones(len(rows), bool)
        out: dict[str, Any] = {"year": np.full(count, state.year), "schools": whole(every)}
        for name, pick in (("", every), ("primary_", primary), ("secondary_", ~primary)):
            if name:
                out[f"{name}schools"] = whole(pick)
            out[f"{name}maintained"] = whole(pick & (kind < 0))
            out[f"{name}single" if name else "single_academies"] = whole(pick & (kind == TrustKind.SINGLE))
            out[f"{name}in_mats" if name else "academies_in_mats"] = whole(pick & (kind == TrustKind.MULTI))
        active = state.active()
        moves = self._moves(state, group, home, count)
        home = home[active]
        several = trusts.schools[active] >= 2
        for name, pick in (
            ("trusts_single", trusts.kind[active] == TrustKind.SINGLE),
            ("trusts_multi", trusts.kind[active] == TrustKind.MULTI),
            ("mats_with_2_or_more", (trusts.kind[active] == TrustKind.MULTI) & several),
        ):
            out[name] = np.bincount(home[pick], minlength=count).astype(np.int64)
        graded = schools.grade[rows] > Grade.NOT_INSPECTED
        good = total(graded & (schools.grade[rows] <= Grade.GOOD))
        out["pupils"] = total(pupils)
        out["share_good_or_better"] = ratio(good, total(graded))
        out["mean_outcome"] = ratio(total(schools.outcome[rows] * pupils), out["pupils"])
        for name, pick in (("primary", primary), ("secondary", ~primary)):
            out[f"backoffice_per_pupil_{name}"] = ratio(
                total(schools.backoffice[rows] * pupils * pick), total(pupils * pick)
            )
        income = trusts.income[active]
        out["reserves_share"] = ratio(
            np.bincount(home, weights=trusts.reserves_share[active] * income, minlength=count),
            np.bincount(home, weights=income, minlength=count),
        )
        # a school that converts changes its route; a free school has had its own since it was a planned site
        route, was = schools.route[rows], self._route[rows]
        opened = (route > Route.MAINTAINED) & (
            (was == Route.MAINTAINED) | (schools.opened[rows] == state.year) & (route == Route.FREE)
        )
        for name, by in (
            ("converters_opened", Route.CONVERTER),
            ("sponsored_opened", Route.SPONSORED),
            ("free_opened", Route.FREE),
        ):
            out[name] = whole(opened & (route == by))
        out |= moves
        out["clusters"] = np.bincount(home, weights=trusts.clusters[active], minlength=count).astype(np.int64)
        return out

    def _moves(self, state: State, group: Rows, home: Rows, count: int) -> dict[str, Any]:
        """Transfers, mergers and closures of the year, from the log."""
        log, year = state.log, state.year
        transfers = group[log.rows("transfer", "school", year)]
        merges = home[log.rows("merge", "trust", year)]
        closed = log.rows("close", "school", year)
        return {
            "transfers": np.bincount(transfers, minlength=count),
            "merges": np.bincount(merges, minlength=count),
            "closures": np.bincount(group[closed[closed >= 0]], minlength=count),
        }

    def _kept(self, table: str, out: dict[str, Any]) -> dict[str, Any]:
        """The columns that are wanted of a table."""
        kept = self._columns.get(table, out.keys()) | {"copy"}
        return {name: np.asarray(values) for name, values in out.items() if name in kept}

    def latest(self) -> dict[str, float]:
        """The whole system in the year recorded last, by column of `system_year`."""
        return {name: float(values[0]) for name, values in self._blocks["system_year"][-1].items()}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table recorded so far, with names in place of codes, columns as declared."""
        made = self.columns()
        return {name: pd.DataFrame(made.pop(name), copy=False) for name in list(made)}  # every column is a copy by now

    def columns(self) -> dict[str, Mapping[str, Any]]:
        """The same as arrays by column, text as pd.Categorical: frames of so many columns are slow to make and read.

        ValueError where several copies of a world stand side by side (see `by_copy`).
        """
        if self._state.world.copies != 1:
            raise ValueError("tables are made of one copy of a world at a time")
        return self.by_copy()[0]

    def by_copy(self) -> list[dict[str, Mapping[str, Any]]]:
        """For each copy of the world what `columns` would be had it been alone."""
        state = self._state
        made = {name: _joined(blocks) for name, blocks in self._blocks.items() if blocks}
        if "schools" in self._wanted:
            made["schools"] = school_places(state)
        if "trusts" in self._wanted:
            made["trusts"] = trusts_named(state)
        if self._wanted & {"events", IDENTITY}:
            ids = state.schools.urn, state.trusts.uid
            made["events"] = state.log.columns(*ids) if "events" in self._wanted else state.log.identities(*ids)
            made["events"]["copy"] = state.log.copies(state.schools.copy, state.trusts.copy)
        parts = {name: _parted(made.pop(name), state.world.copies) for name in list(made)}
        names = trust_names(state) if "trust_year" in parts else []
        return [
            {name: _finished(part.pop(0), name, names) for name, part in parts.items()}
            for _ in range(state.world.copies)
        ]


STEPS = {
    **dict.fromkeys(("school", "lead_school", "cluster"), URN_STEP),
    **dict.fromkeys(("trust", "other", "first_trust", "last_trust"), UID_STEP),
}
"""Columns of tables that name a school or a trust, and how far its name is moved from copy to copy."""


def _parted(data: dict[str, Any], copies: int) -> list[dict[str, Any]]:
    """The rows of each copy of a world, in their order, under the names that schools and trusts have in the one world.

    Rows of copy −1 are in every one.
    """
    copy = data.pop("copy")
    if copies == 1:
        return [data]
    for name, step in STEPS.items():
        if name in data:
            data[name] = np.where(data[name] >= 0, data[name] % step, data[name])
    everywhere = bool(copy.min(initial=0) < 0)
    order = np.argsort(copy, kind="stable")
    ends = np.searchsorted(copy[order], np.arange(copies + 1))
    parts = []
    for k in range(copies):
        rows = order[ends[k] : ends[k + 1]]
        rows = np.sort(np.concatenate([order[: ends[0]], rows])) if everywhere else rows
        parts.append({name: values[rows] for name, values in data.items()})
    return parts


CODED: dict[str, dict[str, Sequence[str]]] = {
    "trust_year": {
        "kind": TRUST_KINDS,
        "strategy_group": [g.name for g in GROUPS],
        "growth_strategy": [k.replace("_", " ") for k in KINDS],
        "region": RSC_REGIONS,
        "geography": SPREADS,
        "cluster_governance": GOVERNANCE,
    },
    "school_year": {"region": RSC_REGIONS, "phase": PHASES, "route": ROUTES, "grade": GRADES, "motive": MOTIVES},
}
"""Columns that are kept as codes, by table, and the words that these stand for."""


def _finished(data: dict[str, Any], table: str, names: list[str]) -> dict[str, Any]:
    """A table as declared, with words in place of codes, and of rows of trusts their `names`."""
    if table == "events":  # these are as declared
        return data
    coded = CODED.get(table, {}) | ({"name": names} if table == "trust_year" else {})
    return _declared(data | {c: _worded(data[c], words) for c, words in coded.items() if c in data}, table)


def _worded(codes: Rows, words: Sequence[str]) -> pd.Categorical:
    """The words that codes stand for. The categories are those in use, in alphabetical order."""
    # two small sorts in place of making a word for every row
    used, which = np.unique(codes, return_inverse=True)
    categories, order = np.unique(np.array(words, dtype=object)[used], return_inverse=True)
    return pd.Categorical.from_codes(order[which], pd.Index(categories))


def _joined(blocks: Years) -> dict[str, Any]:
    return {name: np.concatenate([np.asarray(b[name]) for b in blocks]) for name in blocks[0]}


def _declared(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The table as declared, of the columns that were kept: order and types."""
    columns: dict[str, Any] = {}
    for column in TABLES[name].columns:
        if column.name not in data:
            continue
        values = data.pop(column.name)  # copied below: large tables are not held twice
        text = column.dtype == "string"
        columns[column.name] = pd.Categorical(values) if text else np.asarray(values).astype(column.dtype)
    return columns
