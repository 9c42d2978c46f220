"""Strong schools and teaching schools lend practice to weaker ones near by, and feel it (A5, C2, F1, F4, G20)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.selfcheck.cluster import STAGES
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, SchoolState
from matsim.world.copies import URN_STEP
from matsim.world.geography import TravelParams, minutes

type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

QUALITY_ASSURANCE = 2
"""Place of quality assurance among the ten areas of local help."""

FURTHEST = len(STAGES) - 1
"""Stage of a cluster that goes beyond."""

REASONS = np.array(["cluster", "trust", "teaching school", "network"], dtype=object)
"""How a lender and a borrower came together."""

CLUSTER, TRUST, TEACHING, NETWORK = range(len(REASONS))
"""Places in REASONS: those inside a trust come first."""


class LendingParams(Params):
    """Who lends practice to whom, and what it gives and costs."""

    on: bool = switch()
    """Whether schools lend each other practice."""
    strong: float = param(0.5, "sd", "assumed: clearly above average, two summers running", plausible=(0.2, 1.0))
    """Mean value added of two summers from which a school judged Good or better has practice to lend; one as far below
    average, or judged below Good, may borrow it."""
    teaching: Dated = param(
        {2010: 0.0, 2011: 0.025, 2012: 0.045, 2013: 0.08, 2014: 0.11, 2015: 0.14, 2016: 0.17, 2021: 0.02},
        "share",
        "teaching-schools",
        plausible=(0.0, 0.3),
    )
    """Share of Outstanding schools that are teaching schools, from the year given: 100 in 2011, some 200 in 2012, about
    600 in 2015 and 730 to 800 from 2016; from 2021 the 87 hubs."""
    most: int = param(3, "schools", "assumed: its best staff can be away so often", plausible=(1, 5), ge=1)
    """Schools that a teaching school lends practice to at a time, or a strong one in a cluster that goes beyond; any
    other strong school lends to one."""
    chance: float = param(0.5, "share per year", "assumed: found within two years or so", plausible=(0.2, 0.9))
    """Chance in a year that a weaker school and a strong one near by begin: with a teaching school; of others as far as
    their trust converges together, or, outside a trust, as local help with quality assurance is more than middling."""
    minutes: float = param(30.0, "minutes", "assumed: half an hour is as far as staff go", plausible=(20, 45), ge=1.0)
    """Travel time at which nothing is lent; what is lent falls towards it in a straight line, but not in a cluster."""
    gain: float = param(
        0.03,
        "sd per year",
        "assumed: bounded by no measured effect of alliances (Gu 2016), some of federations (Chapman and Muijs 2014)",
        plausible=(0.0, 0.06),
    )
    """Gain of a school from next door to one that is a standard deviation better."""
    cost: float = param(
        0.01, "sd per year", "assumed: its best staff are away, if seldom for long", plausible=(0.0, 0.03)
    )
    """Loss of a school for each that it lends practice to."""


@dataclass(frozen=True)
class Offers:
    """Pairs that could begin to lend and borrow; arrays of equal length."""

    borrower: Rows
    lender: Rows
    minutes: Floats
    reason: Rows
    """Index into REASONS."""


def lend(state: State, p: LendingParams, travel: TravelParams) -> None:
    """End and begin pairs of lenders and borrowers, and set what practice lent gives and costs every school."""
    schools = state.schools
    if not p.on:
        schools.lender[:], schools.lent[:] = -1, 0.0
        return
    record = (schools.outcome + schools.before) / 2.0
    good = (schools.state == SchoolState.OPEN) & ((schools.grade == Grade.OUTSTANDING) | (schools.grade == Grade.GOOD))
    _designate(state, p, good)
    _end(state, good & (schools.designated | (record >= 0.0)), ~schools.designated & (~good | (record < 0.0)))
    able = good & (schools.designated | (record >= p.strong))
    weak = (schools.state == SchoolState.OPEN) & state.world.mainstream & ~able
    weak &= (record <= -p.strong) | (schools.grade >= Grade.REQUIRES_IMPROVEMENT)
    free, rows = np.zeros(len(schools), np.int64), np.flatnonzero(able)
    free[rows] = _places(state, p, rows) - _borrowers(state)[rows]
    _begin(state, p, travel, _offers(state, p, travel, np.flatnonzero(weak & (schools.lender < 0)), free > 0), free)
    _give(state, p, travel)


def _designate(state: State, p: LendingParams, good: Flags) -> None:
    """Teaching schools: Outstanding when they become one, and Good at least while they are. Their luck is lasting."""
    schools = state.schools
    share = at(p.teaching, state.year)
    before = schools.designated.copy()
    outstanding = (schools.grade == Grade.OUTSTANDING) & state.world.mainstream
    may = np.flatnonzero(good & (before | outstanding))
    schools.designated[:] = False
    schools.designated[may] = state.streams.uniform("lending/teaching", 0, schools.luck[may]) < share
    for reason, rows in (
        ("designated", np.flatnonzero(schools.designated & ~before)),
        ("ended", np.flatnonzero(before & ~schools.designated)),
    ):
        state.log.add(
            "designate",
            rule="lending",
            school=rows,
            trust=schools.trust[rows],
            reason=reason,
            value=share,
            inputs={"grade": schools.grade[rows].astype(float)},
        )


def _end(state: State, lends: Flags, borrows: Flags) -> None:
    """End the pairs whose lender lends no longer or whose borrower need not borrow."""
    schools = state.schools
    rows = np.flatnonzero(schools.lender >= 0)
    lender = schools.lender[rows]
    still = (schools.state[rows] == SchoolState.OPEN) & (schools.state[lender] == SchoolState.OPEN)
    ended = np.flatnonzero(~(still & lends[lender] & borrows[rows]))
    if not len(ended):
        return
    pick = rows[ended]
    reason = np.where(borrows[pick], "weaker", "caught up").astype(object)
    reason[~still[ended]] = "closed"
    state.log.add(
        "withdraw",
        rule="lending",
        school=pick,
        trust=schools.trust[pick],
        other=schools.trust[lender[ended]],
        reason=reason,
        value=schools.lent_years[pick],
        inputs={"lender": _urn(state, lender[ended])},
    )
    schools.lender[pick] = -1


def _places(state: State, p: LendingParams, rows: Rows) -> Rows:
    """How many schools each could lend to at a time."""
    schools = state.schools
    stage = np.where(schools.cluster[rows] >= 0, schools.stage[rows], 0)
    return np.where(schools.designated[rows], p.most, 1 + (p.most - 1) * stage // FURTHEST)


def _borrowers(state: State) -> Rows:
    """How many schools each lends to."""
    lender = state.schools.lender
    return np.bincount(lender[lender >= 0], minlength=len(lender))


def _offers(state: State, p: LendingParams, travel: TravelParams, rows: Rows, free: Flags) -> Offers:
    """Pairs of the rows and of strong schools that have places, in their trust or among their neighbours, that the
    luck of the two would have begin this year."""
    luck, pairs = state.schools.luck, (_mates(state, p, rows, free), _neighbours(state, p, rows, free))
    borrower, lender, reason, chance = (np.concatenate(each) for each in zip(*pairs, strict=True))
    draw = state.streams.pair("lending/begin", state.year, luck[borrower], luck[lender])
    begin = np.flatnonzero(draw < chance)
    borrower, lender, reason = borrower[begin], lender[begin], reason[begin]
    time = _minutes(state, travel, borrower, lender)
    near = time <= p.minutes
    return Offers(borrower[near], lender[near], time[near], reason[near])


def _mates(state: State, p: LendingParams, rows: Rows, free: Flags) -> tuple[Rows, Rows, Rows, Floats]:
    """Each of the rows with each lender of its trust and sector; why they come together, and with what chance."""
    schools, trust, sector = state.schools, state.schools.trust, state.world.sector
    rows, lenders = rows[trust[rows] >= 0], np.flatnonzero(free & (trust >= 0))
    lenders = lenders[np.argsort(trust[lenders], kind="stable")]
    many = np.bincount(trust[lenders], minlength=len(state.trusts))
    begin, count = (np.cumsum(many) - many)[trust[rows]], many[trust[rows]]
    lender = lenders[np.arange(count.sum()) + np.repeat(begin + count - np.cumsum(count), count)]
    borrower = np.repeat(rows, count)
    alike = sector[borrower] == sector[lender]
    borrower, lender = borrower[alike], lender[alike]
    cluster, chance = schools.cluster[borrower], p.chance * state.trusts.convergence[trust[borrower]]
    clustered = (cluster >= 0) & (cluster == schools.cluster[lender])
    # in a cluster it is the surer the further that has come
    chance = np.where(clustered, np.maximum(chance, (1.0 + schools.stage[lender]) / len(STAGES)), chance)
    return borrower, lender, np.where(clustered, CLUSTER, TRUST), chance


def _neighbours(state: State, p: LendingParams, rows: Rows, free: Flags) -> tuple[Rows, Rows, Rows, Floats]:
    """The same of each with the lenders among its neighbours that are not of its trust."""
    schools, trust = state.schools, state.schools.trust
    # local networks that are no better than middling bring nobody together; teaching schools lend to anyone
    helped = (2.0 * state.places.help[schools.place[rows], QUALITY_ASSURANCE] - 1.0).clip(0.0)
    reach = np.append(np.where(schools.designated, 2, 1) * free, 0).astype(np.int8)
    others = state.world.peers.index.take(rows, axis=1)
    pick = np.flatnonzero(reach.take(others) > (helped == 0.0))
    which = pick % max(len(rows), 1)
    borrower, lender, helped = rows[which], others.ravel()[pick], helped[which]
    apart = (trust[lender] != trust[borrower]) | (trust[lender] < 0)
    borrower, lender, helped = borrower[apart], lender[apart], helped[apart]
    teaching = schools.designated[lender]
    return borrower, lender, np.where(teaching, TEACHING, NETWORK), p.chance * np.where(teaching, 1.0, helped)


def _begin(state: State, p: LendingParams, travel: TravelParams, offers: Offers, free: Rows) -> None:
    """Each borrower takes the nearest lender, one of its trust first; each lender as many as it has places for."""
    schools = state.schools
    abroad = offers.reason >= TEACHING
    order = np.lexsort((schools.luck[offers.lender], offers.minutes, abroad, offers.borrower))
    one = offers.borrower[order]
    order = order[np.append(True, one[1:] != one[:-1])[: len(one)]]
    order = order[
        np.lexsort((schools.luck[offers.borrower[order]], *(v[order] for v in (offers.minutes, abroad, offers.lender))))
    ]
    lender = offers.lender[order]
    rank = np.arange(len(lender)) - np.searchsorted(lender, lender)
    pick = order[rank < free[lender]]
    if not len(pick):
        return
    rows, lender = offers.borrower[pick], offers.lender[pick]
    schools.lender[rows], schools.lent_years[rows] = lender, 0.0
    lead, near = schools.quality[lender] - schools.quality[rows], _near(state, p, travel, rows)
    state.log.add(
        "lend",
        rule="lending",
        school=rows,
        trust=schools.trust[rows],
        other=schools.trust[lender],
        reason=REASONS[offers.reason[pick]],
        value=p.gain * near * np.maximum(lead, 0.0),
        inputs={"lender": _urn(state, lender), "minutes": offers.minutes[pick], "lead": lead, "near": near},
    )


def _give(state: State, p: LendingParams, travel: TravelParams) -> None:
    """What practice lent gives each borrower in the year, by its lender's lead and nearness, and costs each lender."""
    schools = state.schools
    rows = np.flatnonzero(schools.lender >= 0)
    lead = schools.quality[schools.lender[rows]] - schools.quality[rows]
    schools.lent[:] = -p.cost * _borrowers(state)
    schools.lent[rows] += p.gain * _near(state, p, travel, rows) * np.maximum(lead, 0.0)
    schools.lent_years[rows] += 1.0


def _near(state: State, p: LendingParams, travel: TravelParams, rows: Rows) -> Floats:
    """How near each of these borrowers is to its lender: 1 next door or in one cluster, 0 at the end of reach."""
    schools = state.schools
    lender = schools.lender[rows]
    clustered = (schools.cluster[rows] >= 0) & (schools.cluster[rows] == schools.cluster[lender])
    return np.where(clustered, 1.0, (1.0 - _minutes(state, travel, rows, lender) / p.minutes).clip(0.0))


def _minutes(state: State, travel: TravelParams, a: Rows, b: Rows) -> Floats:
    """Minutes by car between the schools of each pair."""
    schools, sparsity = state.schools, state.world.neighbours.sparsity
    km = np.hypot(schools.easting[a] - schools.easting[b], schools.northing[a] - schools.northing[b]) / 1000.0
    return minutes(km, (sparsity[a] + sparsity[b]) / 2.0, travel)


def _urn(state: State, rows: Rows) -> Floats:
    """URNs of schools, as they are in a world alone."""
    return (state.schools.urn[rows] % URN_STEP).astype(np.float64)
