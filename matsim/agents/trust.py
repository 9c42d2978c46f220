"""A trust: a Mesa agent whose state is one row of the trust columns."""

from __future__ import annotations

from typing import Any

import mesa

from matsim.core.columns import Column, Table, row_view

SINGLE, MULTI = 0, 1
"""Kinds, as in `matsim.world.base.TRUST_KINDS`."""

AREAS = ("leadership", "improvement", "finance", "HR", "estates", "governance")
"""Areas of central capacity, in the order of the `need`, `posts` and `supply` columns."""

LEADERSHIP, IMPROVEMENT, FINANCE, HR, ESTATES, GOVERNANCE = range(6)

TRUST_COLUMNS: tuple[Column, ...] = (
    Column("uid", "int64", "id", "Group identifier"),
    Column("kind", "int8", "code", "0 single-academy trust, 1 multi-academy trust"),
    Column("active", "bool", "flag", "Open", False),
    Column("founded", "float64", "year", "When it was founded, decimal year", float("nan")),
    Column("slot", "int64", "id", "Identity in the random streams: its lead school's slot"),
    Column("copy", "int8", "copy", "Which copy of a world it is in, from 0"),
    Column("lead", "int32", "row", "Lead school's row"),
    Column("region", "int8", "code", "Region of its lead school"),
    Column("place", "int32", "row", "Local authority of its lead school"),
    Column("denomination", "int8", "code", "Denomination of its lead school"),
    # what it wants
    Column("group", "int8", "code", "Published strategy group its statements were drawn around"),
    Column("growth", "int8", "code", "How its CEO grows it: index into the strategies"),
    Column("statements", "float64", "score 1-10", "Ten strategy statements", 5.0, 10),
    Column(
        "responsibilities",
        "float64",
        "score 0-10",
        "Fifteen responsibilities, 10 = retained at trust",
        5.0,
        15,
    ),
    Column(
        "convergence",
        "float64",
        "share",
        "Collaborative convergence (1) rather than scaling a set approach (0)",
    ),
    Column("standards", "float64", "share", "How explicit its vision is about standards, 0 to 1"),
    Column("target", "float64", "schools", "Size its growth plan aims for", 10.0),
    Column("paused", "float64", "year", "It takes on no schools before this year", 0.0),
    # who leads it
    Column("skill", "float64", "sd", "CEO's skill"),
    Column("teacher", "bool", "flag", "CEO has a teaching background", True),
    Column("foresight", "float64", "share", "How early the CEO sees a break point coming, 0 to 1"),
    Column("chief_vacant", "bool", "flag", "It has no CEO"),
    Column("chief_years", "float64", "years", "Years the CEO has been in post"),
    Column("bench", "float64", "posts", "Leaders ready to step up: heads of school, executive heads"),
    # what it is made of (computed from its schools)
    Column("schools", "int32", "schools", "Open schools"),
    Column("primaries", "int32", "schools", "Of which primary"),
    Column("pupils", "float64", "pupils", "Pupils on roll"),
    Column("weak", "int32", "schools", "Judged below Good"),
    Column("failing", "int32", "schools", "Judged Inadequate"),
    Column("strong", "int32", "schools", "Judged Good or Outstanding and above average in value added"),
    Column("recent", "int32", "schools", "Joined within two years"),
    Column("outcome", "float64", "sd", "Pupil-weighted value added of its schools"),
    Column("easting", "float64", "m", "Mean easting of its schools"),
    Column("northing", "float64", "m", "Mean northing of its schools"),
    Column("spread", "float64", "km", "Mean straight-line distance of its schools from their middle"),
    Column("isolated", "float64", "share", "Schools more than the isolation limit from any other of the trust"),
    Column("lost", "float64", "share", "Improvement support lost to travel"),
    Column("clustered", "float64", "share", "Schools in a led cluster"),
    Column("clusters", "int32", "count", "Led clusters"),
    Column("fsm_range", "float64", "%", "Spread of its schools' intakes (sd of free-meal share)"),
    Column("buyin", "float64", "share", "Mean buy-in of its schools"),
    Column("agreement", "float64", "share", "Agreement inside the trust about how it works, 0 to 1"),
    Column("ratings", "float64", "score 0-10", "Self-rated effectiveness of the fifteen areas", 6.6, 15),
    Column("apart", "float64", "score 0-10", "Interquartile range of its people's ratings"),
    Column("geography", "int8", "code", "0 all within an hour; 1 each within an hour of another; 2 some isolation"),
    Column("cluster_governance", "int8", "code", "0 none, 1 informal meetings, 2 advisory, 3 delegated"),
    Column("flags", "bool", "flag", "Five published performance flags", False, 5),
    Column("disadvantaged", "float64", "sd", "Value added of disadvantaged pupils"),
    Column("outcome_with_left", "float64", "sd", "Value added, the schools taken from it included"),
    # how well it fits
    Column("coherence", "float64", "share", "Fit of vision, strategy, operating model, capability and context"),
    Column("advantage", "float64", "share", "Coherence above the value that neither helps nor harms"),
    Column("links", "float64", "share", "The parts of coherence", 0.5, 5),
    Column("record", "float64", "share", "Track record as a commissioner sees it, 0 to 1"),
    # central capacity
    Column("need", "float64", "posts", "Need by area", 0.0, 6),
    Column("posts", "float64", "posts", "Employed, by area", 0.0, 6),
    Column("bought", "float64", "posts", "Bought in, by area", 0.0, 6),
    Column("helped", "float64", "posts", "Saved by local help and by pooling in clusters, by area", 0.0, 6),
    Column("saved", "float64", "posts", "Saved by local help alone"),
    Column("capacity", "float64", "ratio", "Supply over need in the tightest area", 1.0),
    # ways of working and their break points
    Column("rung", "int8", "code", "Rung of each of the six ladders", 0, 6),
    Column("pressure", "float64", "ratio", "Load over what the rung carries; 1 is the break point", 0.0, 6),
    Column("pressure_before", "float64", "ratio", "Pressure a year ago", 0.0, 6),
    Column("ready", "float64", "year", "When a response under way is in place; nan when none", float("nan"), 6),
    Column("answers", "int8", "code", "Answers break points: 0 as its CEO sees them, 1 in time, 2 never"),
    Column("strained", "float64", "years", "Years past the break point unanswered", 0.0, 6),
    # money
    Column("top_slice", "float64", "share", "Share of its schools' income kept for the centre", 0.05),
    Column("pooled", "bool", "flag", "Pools its schools' reserves"),
    Column("income", "float64", "£", "Income of its schools before the top-slice"),
    Column("central_cost", "float64", "£", "Cost of the central team and of responses"),
    Column("one_off", "float64", "£", "One-off costs committed this year"),
    Column("reserves", "float64", "£", "Reserves held centrally"),
    Column("reserves_share", "float64", "share", "All reserves, central and schools', as a share of income"),
    Column("red_years", "int16", "years", "Years running with reserves below zero"),
)


class Trust(row_view(TRUST_COLUMNS), mesa.Agent):  # type: ignore[misc]
    """One trust. Attributes are the declared columns; see TRUST_COLUMNS for units and meanings."""

    def __init__(self, model: Any, table: Table, row: int) -> None:
        self._table, self._row = table, row
        super().__init__(model)

    @property
    def row(self) -> int:
        """Permanent row in the trust columns."""
        return self._row
