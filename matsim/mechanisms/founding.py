"""Schools that seek and find no home convert alone, or found a trust of their own (B1, E2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Gate, Rule, Term
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.environment import support
from matsim.mechanisms.vision import VisionParams, choose, draw
from matsim.state.moves import FoundTrust, Join
from matsim.state.state import CHANGE, CHOICE, Rows, State
from matsim.strategies import Strategy
from matsim.words import reasons
from matsim.world.codes import Denomination, Grade, Route, SchoolState, Sector, TrustKind


class FoundingParams(Params):
    """What it takes to convert without joining anyone."""

    on: bool = switch()
    """Whether schools may convert on their own."""
    threshold: float = param(fitted("founding.threshold"), "log odds", "calibration", plausible=(-1.0, 5.0))
    """Score, with logistic luck, from which a school that found no home converts on its own."""
    openness: float = param(
        3.4, "log odds", "assumed: policy let schools convert alone, then did not", plausible=(0.0, 6.0)
    )
    """Weight of how open policy is to converting alone."""
    identity: float = param(1.2, "log odds", "assumed: those who value their own ways stay alone", plausible=(0.0, 3.0))
    """Weight of attachment to its own identity."""
    head: float = param(0.4, "log odds", "assumed: strong heads lead", plausible=(0.0, 1.0))
    """Weight of the head's quality (sd)."""
    secondary: float = param(1.9, "log odds", "gias-links-2018-2019", plausible=(0.0, 2.0))
    """Weight of being a secondary: most single-academy trusts are."""
    multi: float = param(0.15, "share", "assumed: secondaries could stand alone (gias-2018)", plausible=(0.0, 0.6))
    """Chance, where policy is fully open to converting alone, that a secondary's trust is a multi-academy trust."""
    multi_primary: float = param(fitted("founding.multi_primary"), "share", "calibration", plausible=(0.2, 0.9))
    """The same chance for a primary, and for a specialist school."""
    multi_closed: float = param(
        0.98, "share", "assumed: later founders were told to bring others", plausible=(0.5, 1.0)
    )
    """The same chance, of either, where policy is closed to converting alone."""
    members: float = param(
        fitted("founding.members"),
        "schools",
        "calibration",
        plausible=(0.2, 3.0),
        gt=0.0,
    )
    """Mean number of schools that the founder of a multi-academy trust would have beside it from the first day."""
    members_minutes: float = param(20.0, "minutes", "hill-clusters", plausible=(10, 30))
    """How far those may lie from the founder."""
    along: float = param(0.05, "share", "assumed: neighbours who know the founder come along", plausible=(0.0, 0.2))
    """Chance that a school near the founder that was not looking for a trust comes along."""
    authorities_from: int = param(2099, "year", "assumed: never, unless a scenario says so", plausible=(2018, 2099))
    """Year from which local authorities may found trusts of their own."""
    authorities: float = param(
        0.3, "share per year", "assumed: authorities would take some years", plausible=(0.05, 1.0)
    )
    """Chance in a year that an authority that has not founded a trust does so."""
    buyin: float = param(0.85, "share", "assumed: founders believe in what they found", plausible=(0.7, 1.0))
    """Buy-in of schools that found a trust or come along as founding members."""
    buyin_authority: float = param(
        0.8, "share", "assumed: they go with an authority that they know", plausible=(0.6, 1.0)
    )
    """Buy-in of a school around which its local authority founds a trust."""


def by_authorities(state: State, p: FoundingParams, vision: VisionParams, ceos: tuple[Strategy, ...]) -> None:
    """Local authorities found trusts of their own around a strong maintained school, where policy lets them."""
    if state.year < p.authorities_from:
        return
    schools, places = state.schools, state.places
    luck = state.streams.uniform("founding/authority", state.year, places.luck)
    ready = np.flatnonzero(~places.founded & (luck < p.authorities))
    good = np.flatnonzero(
        (schools.state == SchoolState.OPEN)
        & state.world.mainstream
        & (schools.trust < 0)
        & (schools.grade > Grade.NOT_INSPECTED)
        & (schools.grade <= Grade.GOOD)
    )
    good = good[np.isin(schools.place[good], ready)]
    best = good[np.lexsort((schools.urn[good], -schools.outcome[good], schools.place[good]))]
    where, first = np.unique(schools.place[best], return_index=True)
    leads = best[first]
    strategies = choose(state, ceos, schools.luck[leads])
    why = {"rule": "founding", "reason": "its local authority"}
    rows = FoundTrust(leads, TrustKind.MULTI, Route.CONVERTER, state.year + CHANGE, strategies, why).apply(state)
    schools.buyin[leads], schools.motive[leads] = p.buyin_authority, CHOICE
    schools.autonomy[leads] = schools.promised[leads] = 1.0
    places.founded[where] = True
    draw(state, rows, vision)


def rule(p: FoundingParams) -> Rule:
    """The decision to convert without a trust to join. Schools below Good may not convert alone."""
    return Rule(
        "founding",
        (
            Term(
                "openness",
                p.openness,
                "how open policy is to converting alone",
                changeable=False,
                says=reasons.OPENNESS,
            ),
            Term("identity", p.identity, "attachment to its own identity", says=reasons.IDENTITY),
            Term("head", p.head, "the quality of its head", -3.0, 3.0, says=reasons.HEAD),
            Term("secondary", p.secondary, "being a secondary school", changeable=False, says=reasons.SECONDARY),
            Term("luck", 1.0, "circumstances of the year", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.threshold,
        (
            Gate(
                "good",
                1.0,
                "an inspection grade of Good or better",
                changeable=False,
                shut="it is not judged Good or better",
            ),
        ),
    )


def _bring(
    state: State, p: FoundingParams, founders: Rows, trusts: Rows, turn: Rows, homeless: NDArray[np.bool_]
) -> tuple[Rows, Rows]:
    """Schools near founders become founding members: those that found no home either, and some that come along.

    Their rows, and those of the trusts that they found. Founders, with their new trusts, choose one after another as
    they founded them (`turn`).
    """
    schools, near = state.schools, state.world.neighbours
    who = schools.luck[founders]
    # geometric draws whose mean is `members`, by inversion
    luck = state.streams.uniform("founding/together", state.year, who)
    number = (np.log(luck) / np.log(p.members / (1.0 + p.members))).astype(np.intp)
    founder, place = np.nonzero(near.minutes[founders] <= p.members_minutes)
    index = near.index[founders[founder], place].astype(np.intp)
    out = (schools.state[index] == SchoolState.OPEN) & (schools.trust[index] < 0) & np.isnan(schools.ordered[index])
    out &= ~state.struck.paused[index]
    catholic = schools.denomination == Denomination.ROMAN_CATHOLIC
    out &= catholic[index] == catholic[founders[founder]]
    luck = state.streams.pair("founding/along", state.year, schools.luck[index], who[founder])
    willing = np.flatnonzero(out & (homeless[index] | ((luck < p.along) & ~schools.seeking[index])))
    founder, place, index = founder[willing], place[willing], index[willing]
    minutes = near.minutes[founders[founder], place]
    order = np.lexsort((minutes, ~homeless[index], founder))
    room, gone, come = number.tolist(), set[int](), list[int]()
    for i, of, school in zip(order.tolist(), founder[order].tolist(), index[order].tolist(), strict=True):
        if room[of] > 0 and school not in gone:
            room[of] -= 1
            gone.add(school)
            come.append(i)
    pick = np.array(come, dtype=np.intp)
    why = {"rule": "founding", "reason": "a founding member", "turn": turn[founder[pick]]}
    why["inputs"] = {"minutes": minutes[pick]}
    Join(index[pick], trusts[founder[pick]], Route.CONVERTER, state.year + CHANGE, why).apply(state)
    _settle(state, p, index[pick])
    np.add.at(state.trusts.schools, trusts[founder[pick]], 1)
    return index[pick], trusts[founder[pick]]


def _settle(state: State, p: FoundingParams, rows: Rows) -> None:
    """Founders and founding members come by choice, on the founder's terms."""
    schools = state.schools
    schools.buyin[rows], schools.motive[rows] = p.buyin, CHOICE
    schools.autonomy[rows] = schools.promised[rows] = 1.0
    schools.seeking[rows] = False


def decide(state: State, p: FoundingParams, vision: VisionParams, ceos: tuple[Strategy, ...]) -> None:
    """Let maintained schools still seeking convert on their own, to a trust of one or to lead one of several."""
    by_authorities(state, p, vision, ceos)
    if not p.on:
        return
    schools = state.schools
    rows = np.flatnonzero(schools.seeking & (schools.trust < 0))
    inputs = {
        "openness": np.full(len(rows), state.climate.alone_open),
        "identity": schools.identity[rows],
        "head": np.where(schools.vacancy[rows], -1.0, schools.head[rows]),
        "secondary": (state.world.sector[rows] == Sector.SECONDARY).astype(float),
        "luck": state.streams.logistic("founding", state.year, schools.luck[rows]),
        "good": ((schools.grade[rows] > Grade.NOT_INSPECTED) & (schools.grade[rows] <= Grade.GOOD)).astype(float),
    }
    verdict = rule(p).judge(inputs)
    yes = np.flatnonzero(verdict.yes)
    founders, turn = rows[yes], np.arange(len(yes))
    if not len(founders):
        return
    usual = np.where(state.world.sector[founders] == Sector.SECONDARY, p.multi, p.multi_primary)
    chance = p.multi_closed + (usual - p.multi_closed) * state.climate.alone_open
    multi = state.streams.uniform("founding/multi", state.year, schools.luck[founders]) < chance
    strategies = choose(state, ceos, schools.luck[founders])
    kind = np.where(multi, TrustKind.MULTI, TrustKind.SINGLE)
    why = {"rule": "founding", "turn": turn, **verdict.grounds(yes, inputs)}
    trusts = FoundTrust(founders, kind, Route.CONVERTER, state.year + CHANGE, strategies, why).apply(state)
    homeless = np.zeros(len(schools), bool)
    homeless[rows] = True
    homeless[founders] = False
    _settle(state, p, founders)
    members, of = _bring(state, p, founders[multi], trusts[multi], turn[multi], homeless)
    converts = np.append(founders, members)
    schools.reserves[converts] += support(state, converts, np.append(trusts, of))
    draw(state, trusts, vision)
