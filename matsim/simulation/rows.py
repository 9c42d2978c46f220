"""Rows of the tables of a run, from the columns of its state: arrays by column, codes not yet named."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Table
from matsim.measures.cells import ratio
from matsim.results.tables import AREA_NAMES, BREAK_POINTS, FLAGS, TABLES
from matsim.state.state import SEPTEMBER, Rows, State
from matsim.world.base import RSC_REGIONS
from matsim.world.codes import DENOMINATIONS, PHASES, SchoolState, TrustKind

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
    uid = np.where(
        s.trust[rows] >= 0,
        state.trusts.uid[np.maximum(s.trust[rows], 0)] if len(state.trusts) else -1,
        -1,
    )
    return _of_same_name("school_year", s, rows) | {
        "year": np.full(len(rows), state.year),
        "school": s.urn[rows],
        "trust": uid,
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
    uid = np.append(state.trusts.uid, -1)
    urn = np.append(s.urn, -1)
    authorities = np.array([world.la_names.get(int(code), f"Local authority {code}") for code in state.places.code])
    return {
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
    return {"trust": t.uid, "name": names, "founded": founded, "lead_school": lead, "active": t.active}


def trust_names(state: State) -> list[str]:
    """Names of all trusts in row order; one founded in the run is named after its lead school."""
    names = list(state.world.trust_names)
    for row in range(len(names), len(state.trusts)):
        names.append(f"Trust of {state.world.school_names[int(state.trusts.lead[row])]}")
    return names
