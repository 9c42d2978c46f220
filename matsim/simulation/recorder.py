"""What a run keeps of each year: rows from the columns of its state, and the tables that they make."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.agents.school import MOTIVES
from matsim.agents.trust import LOCAL_BODIES, TROUBLES
from matsim.core.columns import Table
from matsim.events.log import IDENTITY as EVENT_IDENTITY
from matsim.evidence.strategy import GROUPS
from matsim.measures.cells import ratio
from matsim.mechanisms.cluster_life import GOVERNANCE
from matsim.mechanisms.rollup import SPREADS
from matsim.results.tables import AREA_NAMES, BREAK_POINTS, FLAGS, SPECIALIST, TABLES
from matsim.scenario.schema import Scenario
from matsim.state.state import SEPTEMBER, Rows, State
from matsim.strategies import KINDS
from matsim.world.base import KINDS_OF_REGION, REGIONS
from matsim.world.codes import (
    DENOMINATIONS,
    GRADES,
    PHASES,
    ROUTES,
    SECTORS,
    TRUST_KINDS,
    Grade,
    Phase,
    Route,
    SchoolState,
    Sector,
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
    tested = s.pupils[inside] * state.world.mainstream[inside]
    added = np.bincount(of, weights=np.nan_to_num(value_added(state)[inside]) * tested, minlength=len(t))[rows]
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
        "mainstream_schools": t.schools[rows] - t.specialists[rows],
        "mainstream_pupils": t.tested[rows],
        "weak_schools": t.weak[rows],
        "failing_schools": t.failing[rows],
        "joined": t.recent[rows],
        "mean_outcome": np.where(t.tested[rows] > 0, t.outcome[rows], np.nan),
        "value_added": np.where(t.tested[rows] > 0, ratio(added, t.tested[rows]), np.nan),
        "spread_km": t.spread[rows],
        "track_record": t.record[rows],
        "standardisation": t.responsibilities[rows].mean(axis=1),
        "self_rating": np.median(t.ratings[rows], axis=1),
        "disagreement": t.apart[rows],
        "central_charge": t.top_slice[rows] * (t.kind[rows] == TrustKind.MULTI),
        "backoffice_per_pupil": ratio(cost, t.pupils[rows]),
        "pace": _limit(t.pace[rows]),
        "conditions": _limit(t.conditions[rows]),
        "barred": np.where(t.barred[rows] > state.year, t.barred[rows], np.nan),
    }
    for i, name in enumerate(FLAGS):
        out[f"flag_{name}"] = t.flags[rows, i]
    for i, name in enumerate(AREA_NAMES):
        out[f"need_{name}"], out[f"supply_{name}"] = t.need[rows, i], supply[:, i]
    for i, name in enumerate(BREAK_POINTS):
        out[f"pressure_{name}"], out[f"rung_{name}"] = t.pressure[rows, i], t.rung[rows, i]
    return out


def _limit(schools: Floats) -> Floats:
    """How many schools a year are allowed; nan where there is no limit."""
    return np.where(np.isfinite(schools), schools, np.nan)


def value_added(state: State) -> Floats:
    """Each school's outcome as it would be published (sd): less the mean of all open mainstream schools of its sector
    and copy of the world, in their standard deviations; nan of others.

    What is published is relative, and no measure of whether schools get better: that is what `outcome` is for.
    """
    schools, published = state.schools, np.full(len(state.schools), np.nan)
    rows = state.open_rows()
    rows = rows[state.world.mainstream[rows]]
    group, outcome = schools.copy[rows].astype(np.intp) * len(SECTORS) + state.world.sector[rows], schools.outcome[rows]
    count = np.maximum(np.bincount(group), 1)
    apart = outcome - (np.bincount(group, outcome) / count)[group]
    spread = np.sqrt(np.bincount(group, apart**2) / count)[group]
    published[rows] = apart / np.where(spread > 0.0, spread, 1.0)
    return published


def school_rows(state: State) -> dict[str, Any]:
    """One row per open school."""
    s = state.schools
    rows = state.open_rows()
    return _of_same_name("school_year", s, rows) | {
        "copy": s.copy[rows],
        "year": np.full(len(rows), state.year),
        "school": s.urn[rows],
        "trust": np.append(state.trusts.uid, -1)[s.trust[rows]],  # row −1, no trust, reads the entry at the end
        "outcome": np.where(state.world.mainstream[rows], s.outcome[rows], np.nan),
        "value_added": value_added(state)[rows],
        "clustered": s.cluster[rows] >= 0,
        "lender": np.append(s.urn, -1)[s.lender[rows]],
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
    return {
        "copy": s.copy[rows],
        "school": s.urn[rows],
        "name": np.array(world.school_names, dtype=object)[rows],
        "authority": s.place[rows],
        "region": world.schools["region"][rows],
        "dfe_region": s.dfe_region[rows],
        "phase": s.phase[rows],
        "denomination": s.denomination[rows],
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


def authority_names(state: State) -> list[str]:
    """Names of all local authorities in row order."""
    return [state.world.la_names.get(code, f"Local authority {code}") for code in state.places.code.tolist()]


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
        self._latest: dict[str, Any] = {}
        self._route = state.schools.route.copy()
        self._state = state

    def only(self, tables: Collection[str] | None, columns: Mapping[str, Collection[str]] | None = None) -> None:
        """Keep and make these tables alone (names of TABLES, or IDENTITY); None for all that the scenario asks for.

        From now on: of events without `events` only what tells them apart is kept.
        `columns` names, for trust_year, school_year or events, the only columns to keep of it. KeyError for one that is
        not declared.
        """
        if tables is not None:
            self._wanted = set(tables)
            self._state.log.brief = "events" not in self._wanted
        for table, names in (columns or {}).items():
            if unknown := set(names) - set(TABLES[table].names):
                raise KeyError(f"no such columns of {table}: {sorted(unknown)}")
            self._columns[table] = frozenset(names)

    def year(self, state: State) -> None:
        """Record the year that has just ended."""
        copies = np.arange(state.world.copies)
        if "system_year" in self._wanted:
            group, home = (table.copy.astype(np.intp) for table in (state.schools, state.trusts))
            self._latest = {"copy": copies, **self._system(state, group, home, len(copies))}
            self._blocks["system_year"].append(dict(self._latest))
        if "region_year" in self._wanted:
            regions = state.regions()
            count, place = len(regions), np.zeros(len(REGIONS), np.intp)
            place[regions] = np.arange(count)
            group, home = (count * t.copy.astype(np.intp) + place[t.region] for t in (state.schools, state.trusts))
            about = {
                "copy": copies.repeat(count),
                "regions": np.full(count * len(copies), int(not state.successors)),
                "region": np.tile(regions, len(copies)),
            }
            self._blocks["region_year"].append(about | self._system(state, group, home, count * len(copies)))
        if "trust_year" in self._wanted:
            self._blocks["trust_year"].append(self._kept("trust_year", trust_rows(state)))
        if "school_year" in self._wanted:
            self._blocks["school_year"].append(self._kept("school_year", school_rows(state)))
        self._route = state.schools.route.copy()

    def _system(self, state: State, group: Rows, home: Rows, count: int) -> dict[str, Any]:
        """Counts and means by group: one row per group. Schools are counted where they are, trusts at home."""
        schools, trusts = state.schools, state.trusts
        rows, active = state.open_rows(), state.active()
        g, home_of = group[rows], home[active]
        out: dict[str, Any] = {"year": np.full(count, state.year)}

        sector, phase = state.world.sector[rows].astype(np.intp), schools.phase[rows].astype(np.intp)
        kind = 1 + np.append(trusts.kind, -1)[schools.trust[rows]]  # row −1, no trust, reads the entry at the end
        schooled = 1 + len(TRUST_KINDS)
        tally = _tally(g, schooled * phase + kind, count, schooled * len(PHASES))
        by_phase = tally.reshape(count, len(PHASES), schooled)
        kinds = {"": by_phase.sum(axis=1), "primary_": by_phase[:, Phase.PRIMARY]}
        kinds["secondary_"] = by_phase[:, Phase.SECONDARY] + by_phase[:, Phase.ALL_THROUGH]
        kinds |= {f"{name}_": by_phase[:, code] for code, name in enumerate(SPECIALIST, Phase.SPECIAL)}
        for name, of_kind in kinds.items():
            out[f"{name}schools"], out[f"{name}maintained"] = of_kind.sum(axis=1), of_kind[:, 0]
            out[f"{name}single" if name else "single_academies"] = of_kind[:, 1 + TrustKind.SINGLE]
            out[f"{name}in_mats" if name else "academies_in_mats"] = of_kind[:, 1 + TrustKind.MULTI]
        of_trusts = _tally(home_of, trusts.kind[active], count, len(TRUST_KINDS))
        out["trusts_single"], out["trusts_multi"] = of_trusts[:, TrustKind.SINGLE], of_trusts[:, TrustKind.MULTI]
        several = (trusts.kind[active] == TrustKind.MULTI) & (trusts.schools[active] >= 2)
        out["mats_with_2_or_more"] = np.bincount(home_of[several], minlength=count)
        graded = _tally(g, schools.grade[rows], count, len(GRADES))[:, Grade.NOT_INSPECTED + 1 :].astype(np.float64)
        out["share_good_or_better"] = ratio(graded[:, : Grade.GOOD].sum(axis=1), graded.sum(axis=1))

        pupils = schools.pupils[rows]
        out["pupils"] = np.bincount(g, pupils, count)
        tested = pupils * state.world.mainstream[rows]
        outcome = np.bincount(g, schools.outcome[rows] * tested, count)
        out["mean_outcome"] = ratio(outcome, np.bincount(g, tested, count))
        cost = schools.backoffice[rows] * pupils
        by_sector = g + count * sector
        top, bottom = (np.bincount(by_sector, of, len(SECTORS) * count).reshape(-1, count) for of in (cost, pupils))
        for code, name in ((Sector.PRIMARY, "primary"), (Sector.SECONDARY, "secondary")):
            out[f"backoffice_per_pupil_{name}"] = ratio(top[code], bottom[code])
        income = trusts.income[active]
        reserves = np.bincount(home_of, trusts.reserves_share[active] * income, count)
        out["reserves_share"] = ratio(reserves, np.bincount(home_of, income, count))
        out["clusters"] = np.bincount(home_of, trusts.clusters[active], count).astype(np.int64)
        return out | self._opened(state, g, rows, count) | self._moves(state, group, home, count)

    def _opened(self, state: State, group: Rows, rows: Rows, count: int) -> dict[str, Any]:
        """Academies opened in the year by route and group, of the open schools in `rows`."""
        schools = state.schools
        # a school that converts changes its route; a free school has had its own since it was a planned site
        route, was = schools.route[rows], self._route[rows]
        opened = (route > Route.MAINTAINED) & (
            (was == Route.MAINTAINED) | (schools.opened[rows] == state.year) & (route == Route.FREE)
        )
        by_route = _tally(group[opened], route[opened], count, len(ROUTES))
        return {
            "converters_opened": by_route[:, Route.CONVERTER],
            "sponsored_opened": by_route[:, Route.SPONSORED],
            "free_opened": by_route[:, Route.FREE],
        }

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
        return {name: float(values[0]) for name, values in self._latest.items()}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table recorded so far, with names in place of codes, columns as declared."""
        made = self.columns()
        return {name: pd.DataFrame(made[name], copy=False) for name in made}

    def columns(self) -> dict[str, Mapping[str, Any]]:
        """The same as arrays by column: frames of so many columns are slow to make and read.

        Text is pd.Categorical, or an array of pandas where each is another's name. Arrays may be those that are kept
        here, not to be written into. ValueError where several copies of a world stand side by side (see `by_copy`).
        """
        if self._state.world.copies != 1:
            raise ValueError("tables are made of one copy of a world at a time")
        return self.by_copy()[0]

    def by_copy(self) -> list[dict[str, Mapping[str, Any]]]:
        """For each copy of the world what `columns` would be had it been alone."""
        copies = self._state.world.copies
        parts: list[dict[str, Mapping[str, Any]]] = [{} for _ in range(copies)]
        for name, columns in self.side_by_side().items():
            ends = np.searchsorted(columns.pop("copy"), np.arange(copies + 1)).tolist()
            for part, begin, end in zip(parts, ends, ends[1:], strict=False):
                part[name] = columns if copies == 1 else {c: _cut(v, begin, end) for c, v in columns.items()}
        return parts

    def side_by_side(self) -> dict[str, dict[str, Any]]:
        """The tables of all copies of the world in one, with a column `copy`; rows lie in the order of copies.

        Those of each copy are what it would have had it been alone. Arrays as in `columns`.
        """
        return {name: self._made(name) for name in self.names}

    @property
    def names(self) -> list[str]:
        """Names of the tables there are to make, in the order in which they stand in a result."""
        names = [name for name, blocks in self._blocks.items() if blocks]
        names += [name for name in ("schools", "trusts") if name in self._wanted]
        return [*names, "events"] if self._wanted & {"events", IDENTITY} else names

    def take(self, name: str) -> pd.DataFrame:
        """One table, as of `tables`. What it was made from goes, so it may be taken once; with the last one all goes.

        KeyError for a table that there is not, or was taken.
        """
        left = self.names
        if name not in left:
            raise KeyError(name)
        columns = self._made(name)
        del columns["copy"]
        if left == [name]:
            self.__dict__.clear()
        elif name in self._blocks:
            self._blocks[name] = []
        else:
            self._wanted -= {name}
        return pd.DataFrame(columns, copy=False)

    def _made(self, name: str) -> dict[str, Any]:
        """One table of all copies of the world, as of `side_by_side`."""
        state, log = self._state, self._state.log
        if name == "schools":
            columns = school_places(state)
        elif name == "trusts":
            columns = trusts_named(state)
        elif name == "events":
            named = self._columns.get("events", TABLES["events"].names) if "events" in self._wanted else EVENT_IDENTITY
            columns = log.columns(state.schools.urn, state.trusts.uid, named)
            alone = state.world.copies == 1
            columns["copy"] = (
                np.zeros(len(log), np.int8) if alone else log.copies(state.schools.copy, state.trusts.copy)
            )
        else:
            columns = dict(self._joined(name))
        # in words before they are moved about, as words are then looked at once and only their codes are moved
        return in_order(_declared(columns, name, self._words(name)), state.world.copies)

    def _joined(self, table: str) -> dict[str, Any]:
        """What was kept of a table, all years joined column by column, so that a large one is not held twice."""
        blocks = self._blocks[table]
        if len(blocks) > 1:
            blocks[:] = [{name: np.concatenate([block.pop(name) for block in blocks]) for name in list(blocks[0])}]
        return blocks[0]

    def _words(self, table: str) -> dict[str, Sequence[str]]:
        """What the codes in each column of a table stand for."""
        if table == "trust_year":
            return {**CODED[table], "name": trust_names(self._state)}
        if table == "schools":
            return {**CODED[table], "authority": authority_names(self._state)}
        return CODED.get(table, {})


CODED: dict[str, dict[str, Sequence[str]]] = {
    "trust_year": {
        "kind": TRUST_KINDS,
        "strategy_group": [g.name for g in GROUPS],
        "growth_strategy": [k.replace("_", " ") for k in KINDS],
        "region": REGIONS,
        "geography": SPREADS,
        "cluster_governance": GOVERNANCE,
        "local": LOCAL_BODIES,
        "trouble": TROUBLES,
    },
    "region_year": {"regions": KINDS_OF_REGION, "region": REGIONS},
    "schools": {"region": REGIONS, "dfe_region": REGIONS, "phase": PHASES, "denomination": DENOMINATIONS},
    "school_year": {"region": REGIONS, "phase": PHASES, "route": ROUTES, "grade": GRADES, "motive": MOTIVES},
}
"""Columns that are kept as codes, by table, and the words that these stand for."""


def _tally(group: Rows, code: Rows, groups: int, codes: int) -> NDArray[np.int64]:
    """How many there are of each code in each group: (groups, codes)."""
    return np.bincount(codes * group + code, minlength=codes * groups).reshape(groups, codes)


def _declared(data: dict[str, Any], table: str, words: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The table as declared, of the columns that were kept: order and types, words in place of codes; and `copy`."""
    columns: dict[str, Any] = {"copy": data["copy"]}
    for column in TABLES[table].columns:
        if column.name not in data:
            continue
        values = data.pop(column.name)
        if column.name in words:
            columns[column.name] = _worded(values, words[column.name])
        elif column.dtype == "string":
            columns[column.name] = values if isinstance(values, pd.Categorical) else pd.array(values, dtype="str")
        elif column.dtype == "numbers":
            columns[column.name] = values
        else:
            columns[column.name] = np.asarray(values).astype(column.dtype, copy=False)
    return columns


def _worded(codes: Rows, words: Sequence[str]) -> pd.Categorical:
    """The words that codes stand for. The categories are those in use, in alphabetical order."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(words)))
    categories, order = np.unique(np.array(words, dtype=object)[used], return_inverse=True)
    place = np.zeros(len(words), np.int32)
    place[used] = order
    return pd.Categorical.from_codes(place[codes], pd.Index(categories), validate=False)


STEPS = {
    **dict.fromkeys(("school", "lead_school", "cluster", "lender"), URN_STEP),
    **dict.fromkeys(("trust", "other", "first_trust", "last_trust"), UID_STEP),
}
"""Columns of tables that name a school or a trust, and how far its name is moved from copy to copy."""


def in_order(columns: dict[str, Any], copies: int) -> dict[str, Any]:
    """Rows in the order of copies of a world, under the names that schools and trusts have in the one world.

    Rows of copy −1 are of every copy: each has them where it would have them alone.
    """
    copy = columns.pop("copy")
    if copies == 1:
        return {"copy": np.zeros(len(copy), np.intp), **columns}
    everywhere = np.flatnonzero(copy < 0)
    if len(everywhere):
        rows = np.concatenate([np.flatnonzero(copy >= 0), np.tile(everywhere, copies)])
        copy = np.concatenate([copy[copy >= 0], np.repeat(np.arange(copies), len(everywhere))])
        order = np.lexsort((rows, copy))
        rows, copy = rows[order], copy[order]
    else:
        rows = np.argsort(copy, kind="stable")
        copy = copy[rows]
    ordered = {"copy": copy} | {name: values[rows] for name, values in columns.items()}
    for name in STEPS.keys() & ordered.keys():
        np.remainder(ordered[name], STEPS[name], out=ordered[name], where=ordered[name] >= 0)
    return ordered


def _cut(values: Any, begin: int, end: int) -> Any:
    """Some rows of a column; of text with those of its categories that are in use there."""
    part = values[begin:end]
    if not isinstance(part, pd.Categorical):
        return part
    used = np.flatnonzero(np.bincount(part.codes, minlength=len(part.categories)))
    place = np.zeros(len(part.categories), np.int32)
    place[used] = np.arange(len(used))
    return pd.Categorical.from_codes(place[part.codes], part.categories[used], validate=False)
