"""A trust: a Mesa agent whose state is one row of the trust columns."""

from __future__ import annotations

from typing import Any

import mesa

from matsim.core.columns import RowView, Table, column, columns_of

AREAS = ("leadership", "improvement", "finance", "HR", "estates", "governance")
"""Areas of central capacity, in the order of the `need`, `posts`, `bought` and `helped` columns."""

TROUBLES = ("none", "concern", "warning", "notice to improve", "repair", "break-up")
"""What the codes of the column `trouble` stand for."""

LOCAL_BODIES = ("govern", "advise", "shared by a cluster", "none")
"""What the codes of the column `local` stand for."""

LEADERSHIP, IMPROVEMENT, FINANCE, HR, ESTATES, GOVERNANCE = range(6)


class TrustColumns:
    """What a run keeps of each trust."""

    uid = column("int64", "id", "Group identifier")
    kind = column("int8", "code", "0 single-academy trust, 1 multi-academy trust")
    active = column("bool", "flag", "Open", False)
    founded = column("float64", "year", "When it was founded, decimal year", float("nan"))
    luck = column("uint64", "id", "Who its luck is drawn for: its lead school's")
    copy = column("int8", "copy", "Which copy of a world it is in, from 0")
    lead = column("int32", "row", "Lead school's row")
    region = column("int8", "code", "Region of the year of its lead school: index into REGIONS")
    place = column("int32", "row", "Local authority of its lead school")
    district = column("int32", "code", "District of its lead school")
    denomination = column("int8", "code", "Denomination of its lead school")
    # what it wants
    group = column("int8", "code", "Published strategy group its statements were drawn around")
    growth = column("int8", "code", "How its CEO grows it: index into the strategies")
    statements = column("float64", "score 1-10", "Ten strategy statements", 5.0, 10)
    responsibilities = column("float64", "score 0-10", "Fifteen responsibilities, 10 = retained at trust", 5.0, 15)
    convergence = column("float64", "share", "Collaborative convergence (1) rather than scaling a set approach (0)")
    target = column("float64", "schools", "Size its growth plan aims for", 10.0)
    paused = column("float64", "year", "It takes on no schools before this year", 0.0)
    # who leads it
    skill = column("float64", "sd", "CEO's skill")
    teacher = column("bool", "flag", "CEO has a teaching background", True)
    foresight = column("float64", "share", "How early the CEO sees a break point coming, 0 to 1")
    chief_vacant = column("bool", "flag", "It has no CEO")
    chief_years = column("float64", "years", "Years the CEO has been in post")
    bench = column("float64", "posts", "Leaders ready to step up: heads of school, executive heads")
    ambition = column("float64", "share", "How much its CEO wants it to grow, 0 to 1", 0.5)
    caution = column("float64", "share", "What its CEO has learnt to take off what they foresee", 0.0)
    outside = column("float64", "share", "CEO's time given to work outside the trust", 0.0)
    undone = column("float64", "share", "Work at the top that nobody has time for, 0 to 1", 0.0)
    foreseen = column("float64", "ratio", "Capacity in two years as its CEO foresaw it; nan when none", float("nan"))
    # who it answers to
    trustees = column("float64", "sd", "Skill of its trustees", 0.0)
    appetite = column("float64", "share", "Its board's appetite for risk, 0 to 1", 0.5)
    floor = column("float64", "share", "Reserves below which its board lets nothing be ventured", 0.0)
    pace = column("float64", "schools", "Schools a year that its board allows it to take on", float("inf"))
    related = column("bool", "flag", "Business is done with people close to those who run it", False)
    local = column("int8", "code", "Local bodies: 0 govern, 1 advise, 2 shared by a cluster, 3 none")
    # trouble
    controls = column("float64", "share", "How well its controls hold, 0 to 1", 1.0)
    trouble = column("int8", "code", "0 none, 1 concern, 2 warning, 3 notice to improve, 4 repair, 5 break-up")
    trouble_since = column("float64", "year", "When it came to that, decimal year; nan when none", float("nan"))
    barred = column("float64", "year", "It may take on no schools before this year", 0.0)
    most_schools = column("int32", "schools", "Most schools it has had")
    standing = column("float64", "share", "What is remembered of it by who decides on its cases, 0 to 1", 0.5)
    sponsor = column("bool", "flag", "On the list of sponsors", False)
    conditions = column("float64", "schools", "Schools a year that it is approved to take on at most", float("inf"))
    # what it is made of (computed from its schools)
    schools = column("int32", "schools", "Open schools")
    primaries = column("int32", "schools", "Of which primary")
    specialists = column("int32", "schools", "Of which special, alternative provision or 16 to 19")
    pupils = column("float64", "pupils", "Pupils on roll")
    weak = column("int32", "schools", "Judged below Good")
    failing = column("int32", "schools", "Judged Inadequate")
    strong = column("int32", "schools", "Judged Good or Outstanding and above average in value added")
    recent = column("int32", "schools", "Joined within two years")
    tested = column("float64", "pupils", "Pupils in its mainstream schools, whose value added is published")
    outcome = column("float64", "sd", "Pupil-weighted value added of its schools")
    easting = column("float64", "m", "Mean easting of its schools")
    northing = column("float64", "m", "Mean northing of its schools")
    spread = column("float64", "km", "Mean straight-line distance of its schools from their middle")
    farthest = column("float64", "minutes", "Between the two of its schools that are farthest apart")
    isolated = column("float64", "share", "Schools more than the isolation limit from any other of the trust")
    lost = column("float64", "share", "Improvement support lost to travel")
    clustered = column("float64", "share", "Schools in a led cluster")
    clusters = column("int32", "count", "Led clusters")
    fsm_range = column("float64", "%", "Spread of its schools' intakes (sd of free-meal share)")
    buyin = column("float64", "share", "Mean buy-in of its schools")
    agreement = column("float64", "share", "Agreement inside the trust about how it works, 0 to 1")
    ratings = column("float64", "score 0-10", "Self-rated effectiveness of the fifteen areas", 6.6, 15)
    apart = column("float64", "score 0-10", "Interquartile range of its people's ratings")
    geography = column("int8", "code", "0 all within an hour; 1 each within an hour of another; 2 some isolation")
    cluster_governance = column("int8", "code", "0 none, 1 informal meetings, 2 advisory, 3 delegated")
    flags = column("bool", "flag", "Five published performance flags", False, 5)
    disadvantaged = column("float64", "sd", "Value added of disadvantaged pupils; nan without any")
    outcome_with_left = column("float64", "sd", "Value added, the schools taken from it included; nan without any")
    # how well it fits
    coherence = column("float64", "share", "Fit of vision, strategy, operating model, capability and context")
    advantage = column("float64", "share", "Coherence above the value that neither helps nor harms")
    links = column("float64", "share", "The parts of coherence", 0.5, 5)
    record = column("float64", "share", "Track record as a commissioner sees it, 0 to 1")
    standard = column("int8", "code", "How it is led: 0 not inspected, 1 acceptably, 2 below that, 3 failing")
    visit = column(
        "float64", "year", "When inspectors of trusts come next, decimal year; nan when not known", float("nan")
    )
    # central capacity
    need = column("float64", "posts", "Need by area", 0.0, 6)
    posts = column("float64", "posts", "Employed, by area", 0.0, 6)
    bought = column("float64", "posts", "Bought in, by area", 0.0, 6)
    helped = column("float64", "posts", "Saved by local help and by pooling in clusters, by area", 0.0, 6)
    saved = column("float64", "posts", "Saved by local help alone")
    capacity = column("float64", "ratio", "Supply over need in the tightest area", 1.0)
    # ways of working and their break points
    rung = column("int8", "code", "Rung of each of the six ladders", 0, 6)
    pressure = column("float64", "ratio", "Load over what the rung carries; 1 is the break point", 0.0, 6)
    pressure_before = column("float64", "ratio", "Pressure a year ago", 0.0, 6)
    ready = column("float64", "year", "When a response under way is in place; nan when none", float("nan"), 6)
    answers = column("int8", "code", "Answers break points: 0 as its CEO sees them, 1 in time, 2 never")
    strained = column("float64", "years", "Years past the break point unanswered", 0.0, 6)
    # money
    top_slice = column("float64", "share", "Share of its schools' income kept for the centre", 0.05)
    pooled = column("bool", "flag", "Pools its schools' reserves")
    income = column("float64", "£", "Income of its schools before the top-slice")
    central_cost = column("float64", "£", "Cost of the central team and of responses")
    served = column("float64", "£", "What its centre did in place of its schools, at cost")
    one_off = column("float64", "£", "One-off costs committed this year")
    reserves = column("float64", "£", "Reserves held centrally")
    reserves_share = column("float64", "share", "All reserves, central and schools', as a share of income")
    red_years = column("int16", "years", "Years running with reserves below zero")


TRUST_COLUMNS = columns_of(TrustColumns)


class Trusts(TrustColumns, Table):
    """All trusts of a run, a row each; closed ones too."""


class Trust(TrustColumns, RowView, mesa.Agent):
    """One trust. Attributes are the columns that TrustColumns declares, with their units and meanings."""

    def __init__(self, model: Any, table: Trusts, row: int) -> None:
        self._table, self._row = table, row
        super().__init__(model)

    @property
    def row(self) -> int:
        """Permanent row in the trust columns."""
        return self._row
