"""The six ladders of ways of working (D1 to D6), as a table. A rung carries a load; beyond it lies a break point.

Loads are in "schools", so that the sizes quoted by the report's CEOs can be read off, but each grows with
more than size: mixed phases, weak schools, spread, difference between intakes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.state.state import Rows, State

type Floats = NDArray[np.float64]
type Load = Callable[[State, Rows], Floats]


@dataclass(frozen=True)
class Rung:
    """A way of working: what it is called, the load it carries, and what it costs to get to and to run."""

    name: str
    carries: float
    one_off: float = 0.0
    """£ to put in place."""
    yearly: float = 0.0
    """£ a year to run, beyond the rung below."""
    years: float = 1.0
    """Years from the decision until it is in place."""


@dataclass(frozen=True)
class Ladder:
    """One break point: its id in the sources, its rungs, what loads it, what shows before it and what follows."""

    id: str
    key: str
    name: str
    rungs: tuple[Rung, ...]
    load: Load
    signs: str
    consequence: str
    harm: float
    """What a year past the break point costs each school at one rung's overload (sd a year at full harm)."""
    dearer: float = 0.0
    """Rise of back-office cost past the break point (share)."""
    source: str = "building-trusts"


def _mixed(state: State, rows: Rows) -> Floats:
    t = state.trusts
    share = t.primaries[rows] / np.maximum(t.schools[rows], 1)
    return np.asarray(4.0 * share * (1.0 - share))


def _compliance(state: State, rows: Rows) -> Floats:
    t = state.trusts
    return np.asarray(0.6 * t.schools[rows] * (1.0 + 0.25 * _mixed(state, rows)) + t.pupils[rows] / 1200.0)


def _governance(state: State, rows: Rows) -> Floats:
    t = state.trusts
    relief = 1.0 - CLUSTER_BODIES * t.cluster_governance[rows] / 3.0 * t.clustered[rows]
    return np.asarray(t.schools[rows] * (1.0 + 0.004 * t.spread[rows]) * relief)


def _back_office(state: State, rows: Rows) -> Floats:
    t = state.trusts
    return np.asarray(t.schools[rows] * (0.75 + 0.5 * t.responsibilities[rows, 13] / 10.0))


def _chief(state: State, rows: Rows) -> Floats:
    t = state.trusts
    return np.asarray(t.schools[rows] + 0.8 * t.weak[rows])  # weak schools pull the CEO back in


def _improvement(state: State, rows: Rows) -> Floats:
    t = state.trusts
    return np.asarray((t.schools[rows] + t.weak[rows]) * (1.0 + 0.01 * t.spread[rows]))


def _local(state: State, rows: Rows) -> Floats:
    t = state.trusts
    size = np.sqrt(np.maximum(t.schools[rows] - 1.0, 0.0))
    return np.asarray(size * (t.spread[rows] / 10.0 + t.fsm_range[rows] / 15.0))


CLUSTER_BODIES = 0.25
"""Share of the governance load that delegated cluster bodies take on where all schools are in clusters (assumed)."""

LADDERS: tuple[Ladder, ...] = (
    Ladder(
        "D1",
        "compliance",
        "Maintaining compliance",
        (
            Rung("each school checks its own", 4.5),
            Rung("shared systems", 10.0, 25_000, 15_000),
            Rung("central systems and one way of doing things", 32.0, 90_000, 40_000, 2.0),
            Rung("a corporate compliance function", 120.0, 200_000, 120_000, 2.0),
        ),
        _compliance,
        "checks are late; staffing issues pile up; two of everything in mixed phases",
        "inconsistency costs money and heads' time",
        0.02,
        0.03,
    ),
    Ladder(
        "D2",
        "governance",
        "Governance and schemes of delegation",
        (
            Rung("a representative board and local governing bodies", 4.0),
            Rung("a scheme of delegation", 12.5, 15_000, 8_000),
            Rung("four tiers, with cluster governing bodies", 40.0, 40_000, 30_000),
            Rung("a regional tier", 140.0, 80_000, 60_000, 2.0),
        ),
        _governance,
        "governors speak for their school, not the trust; decisions come back again and again",
        "weak schools go unseen and heads lose confidence",
        0.03,
    ),
    Ladder(
        "D3",
        "back_office",
        "Balancing growth and capacity",
        (
            Rung("outsourced services", 5.0),
            Rung("freelance specialists", 9.0, 15_000, 10_000),
            Rung("employed specialists", 21.0, 50_000, 30_000),
            Rung("procurement and central recruitment", 150.0, 120_000, 150_000),
        ),
        _back_office,
        "invoices and contracts differ by school; savings are not found",
        "back office costs more than it should",
        0.01,
        0.06,
    ),
    Ladder(
        "D4",
        "chief",
        "The CEO's role",
        (
            Rung("hands-on head", 7.5),
            Rung("leads through heads", 11.0, 10_000, 10_000),
            Rung("director and enabler", 16.0, 20_000, 20_000),
            Rung("director with a head of education", 120.0, 40_000, 110_000),
        ),
        _chief,
        "the CEO cannot be with every school; heads wait for answers",
        "schools in trouble wait for help",
        0.04,
    ),
    Ladder(
        "D5",
        "improvement",
        "Delivering school improvement",
        (
            Rung("hub school", 6.0),
            Rung("consultants", 10.0, 10_000, 15_000),
            Rung("in-house team", 20.0, 40_000, 60_000),
            Rung("cluster-based", 45.0, 40_000, 40_000),
            Rung("self-improving network", 150.0, 50_000, 30_000, 2.0),
        ),
        _improvement,
        "one school gives all the help; visits are cancelled; good practice stays where it is",
        "support does not reach schools",
        0.05,
    ),
    Ladder(
        "D6",
        "local",
        "Local decision-making",
        (
            Rung("decisions at the centre", 5.0),
            Rung("heads decide curriculum for their communities", 14.0, 10_000, 0),
            Rung("regional back office and local decisions", 80.0, 80_000, 60_000, 2.0),
        ),
        _local,
        "one way fits some places and not others; staff will not travel",
        "schools lose heart",
        0.02,
    ),
)
"""Sizes follow the report's CEOs (three to five, seven, nine to ten, thirteen, fifteen, twenty); costs are assumed."""

NEEDS_CLUSTERS, NEEDS_PRACTICE = 3, 4
"""Rungs of the improvement ladder that need led clusters, and a critical mass of good practice."""


def loads(state: State, rows: Rows) -> Floats:
    """Load on each of the six ladders, in schools: shape (n, 6)."""
    return np.column_stack([ladder.load(state, rows) for ladder in LADDERS])


def carries(rungs: NDArray[np.integer]) -> Floats:
    """What the present rungs (n, 6) carry, in schools."""
    table = np.array(
        [[r.carries for r in ladder.rungs] + [ladder.rungs[-1].carries] * (6 - len(ladder.rungs)) for ladder in LADDERS]
    )
    return np.asarray(table[np.arange(6), rungs])


def tops() -> NDArray[np.int8]:
    """The highest rung of each ladder."""
    return np.array([len(ladder.rungs) - 1 for ladder in LADDERS], dtype=np.int8)


def per_rung(field: str) -> Floats:
    """A property of every rung as a (6, 6) table, padded with its last value."""
    out = []
    for ladder in LADDERS:
        values = [float(getattr(r, field)) for r in ladder.rungs]
        out.append(values + [values[-1]] * (6 - len(values)))
    return np.array(out)
