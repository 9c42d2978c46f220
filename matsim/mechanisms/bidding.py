"""Trusts survey the schools within reach and decide which to take on (B2, B4, B5, B6, B7).

The search is done for all trusts at once, and so is what their CEOs decide.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Gate, Rule, Term, Verdict
from matsim.core.runs import starts
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import TOP
from matsim.mechanisms.planning import PlanningParams, time_for
from matsim.mechanisms.planting import PlantingParams, passes
from matsim.mechanisms.reach import Acquaintance, Pairs, at_home, named, within_reach
from matsim.state.directions import directed_rows
from matsim.state.state import Bids, Rows, State
from matsim.strategies import Brief, Candidates, Chiefs, Room, bids, rooms
from matsim.words import reasons
from matsim.world.codes import DENOMINATIONS, Denomination, Grade, Sector
from matsim.world.geography import TravelParams

type Floats = NDArray[np.float64]


class BiddingParams(Params):
    """What trusts want in a school, and how far they look."""

    on: bool = switch()
    """Whether trusts take schools on at all."""
    proximity_on: bool = switch()
    """Whether distance matters to trusts; off, near and far are alike (for comparison)."""
    flat: float = param(0.4, "share", "assumed: about the mean nearness of schools within reach", plausible=(0.2, 0.8))
    """Nearness of every school where distance does not matter."""
    scale: float = param(20.0, "minutes", "hill-clusters", plausible=(15, 30))
    """Travel time over which a school's nearness falls to about a third."""
    scale_secondary: float = param(
        150.0,
        "minutes",
        "assumed: fitted by hand to how far secondaries join (gias-links-2018-2019)",
        plausible=(20, 200),
        ge=1.0,
    )
    """The same for a secondary."""
    scale_specialist: float = param(
        100.0, "minutes", "assumed: few trusts know their work", plausible=(20, 200), ge=1.0
    )
    """The same for a specialist school."""
    nearness: float = param(fitted("bidding.nearness"), "weight", "calibration", plausible=(0.3, 2.0))
    """Weight of nearness in how much a trust would like a school."""
    phase: float = param(0.45, "weight", "assumed: same phase is easier", plausible=(0.0, 1.5))
    """Weight of the trust's share of schools of the same phase."""
    values: float = param(
        0.7, "weight", "assumed: some take only schools that share their values", plausible=(0.0, 2.0)
    )
    """Weight of fit between what the school wants and how the trust works."""
    other_faith: float = param(0.6, "ratio", "assumed: another church's ways are strange", plausible=(0.2, 1.0))
    """What is left of that fit between faiths; nothing where only one of the two is Roman Catholic."""
    secondary: float = param(0.25, "weight", "building-trusts", plausible=(0.0, 0.8))
    """Weight of being a secondary where the trust has fewer of them than it plans."""
    secondaries: float = param(2.0, "ratio", "building-trusts", plausible=(0.5, 3.0))
    """Secondaries for each primary that trusts plan: two to one (§3.3)."""
    border: float = param(
        0.2,
        "weight",
        "assumed: a new authority is new people and rules (fitted by hand to joined-home)",
        plausible=(0.0, 0.5),
    )
    """How much less a trust would like a school of an authority where it has none."""
    sponsoring: float = param(fitted("bidding.sponsoring"), "weight", "calibration", plausible=(0.0, 1.0))
    """Weight of the school's being ordered to convert."""
    least: float = param(fitted("bidding.least"), "weight", "calibration", plausible=(0.3, 1.5))
    """Score below which a trust does not want a school."""
    sponsors: int = param(8, "schools", "assumed: who needs a sponsor asks those that are known", plausible=(0, 12))
    """Nearest growing trusts of the region that a school ordered to convert is put to, however far."""
    known: float = param(fitted("bidding.known"), "share", "calibration", plausible=(0.0, 0.6))
    """Chance that a school and a multi-academy trust near by that is not its neighbour know of each other."""
    known_km: float = param(28.0, "km", "assumed: fitted by hand to the same", plausible=(10, 80), ge=1.0)
    """Distance to the trust's middle over which that chance falls to about a third."""
    known_km_secondary: float = param(120.0, "km", "assumed: fitted by hand to the same", plausible=(10, 200), ge=1.0)
    """The same for a secondary."""
    known_km_specialist: float = param(
        80.0, "km", "assumed: heads of special schools meet beyond their authority", plausible=(10, 200), ge=1.0
    )
    """The same for a specialist school."""
    known_across: float = param(
        0.7, "ratio", "assumed: heads of one authority meet (fitted by hand to joined-home)", plausible=(0.2, 1.0)
    )
    """That chance where the trust has no school in the school's authority, over the chance where it has."""
    known_church: float = param(
        0.25, "share", "assumed: dioceses bring their schools and trusts together", plausible=(0.0, 0.8)
    )
    """The same chance, whatever the distance, where both are of one church."""
    due_diligence: bool = switch()
    """Whether trusts look at the books first (B6)."""
    overhang: float = param(0.05, "share", "assumed: a deficit a trust can work off", plausible=(0.0, 0.1))
    """Deficit beyond the grant that a trust will take on, as a share of the school's income."""
    promise: float = param(0.5, "share", "assumed: autonomy is promised to attract (B2)", plausible=(0.0, 1.0))
    """How far a trust whose CEO wants nothing more than to grow promises more autonomy than it means to give."""
    blind: float = param(0.6, "share", "assumed: what presses is felt by everybody", plausible=(0.2, 1.0))
    """Part of the highest break-point pressure that a CEO without foresight sees; one with full foresight sees all."""
    slight: float = param(0.02, "posts", "assumed: no school needs less of an area", plausible=(0.01, 0.05), gt=0.0)
    """Need of an average school in one area of the team that spare capacity is reckoned in, at least."""


def rule(p: BiddingParams) -> Rule:
    """Due diligence and values: whether a trust would want a school."""
    gates = (Gate("overhang", p.overhang, "the deficit that the grant does not cover", at_least=False, unit="share"),)
    return Rule(
        "bidding",
        (
            Term("nearness", p.nearness, "how near the school is", says=reasons.SCHOOL_NEAR),
            Term("phase", p.phase, "how many of the trust's schools are of its phase", says=reasons.PHASE),
            Term("fit", p.values, "how well its wishes fit the trust's ways", says=reasons.FIT_OF_WAYS),
            Term(
                "border", -p.border, "an authority where the trust has no school", changeable=False, says=reasons.BORDER
            ),
            Term(
                "secondary",
                p.secondary,
                "the trust's plan for more secondaries",
                changeable=False,
                says=reasons.SECONDARIES,
            ),
            Term(
                "ordered",
                p.sponsoring,
                "the school's having to have a sponsor",
                changeable=False,
                says=reasons.ORDERED,
            ),
        ),
        p.least,
        gates if p.due_diligence else (),
    )


def bid(
    state: State, p: BiddingParams, planting: PlantingParams, travel: TravelParams, planning: PlanningParams
) -> None:
    """Survey, let every CEO with candidates decide, and keep the offers for the commissioners."""
    state.bids = None
    if not p.on or not len(state.trusts):
        return
    known = Acquaintance(
        p.known, (p.known_km, p.known_km_secondary, p.known_km_specialist), p.known_across, p.known_church
    )
    pairs = within_reach(state, p.sponsors, travel, known)
    if not len(pairs.school):
        return
    inputs = weigh(state, p, pairs)
    verdict = rule(p).judge(inputs)
    sent = named(state, pairs)
    planted = passes(state, planting, pairs, verdict.yes | sent)
    _log_declines(state, p, pairs, inputs, verdict, sent)
    # a trust that is told where to turn does not ask whether it likes it; the books still have to be in order
    plan = (verdict.yes & planted) | (sent & (verdict.binding < 0))
    offers, room = _decide(state, p, pairs, inputs, verdict, plan, planning)
    if len(offers):
        _collect(state, p, pairs, inputs, offers, room)


def weigh(state: State, p: BiddingParams, pairs: Pairs) -> dict[str, Floats]:
    """What a trust sees of each school: inputs of the rule, and the fit to its ways."""
    schools, trusts = state.schools, state.trusts
    s, t = pairs.school, pairs.trust
    # what is of the school or of the trust alone is worked out once for each, not for each pair
    sector = state.world.sector.take(s)
    size = np.maximum(trusts.schools, 1)
    secondaries = size - trusts.primaries - trusts.specialists
    of_phase = np.concatenate((trusts.primaries / size, secondaries / size, trusts.specialists / size))
    few = secondaries < p.secondaries * trusts.primaries
    forced = ~np.isnan(schools.ordered)
    # an academy that changes trusts of its own will gets none
    grant = np.where(forced, state.climate.sponsor_grant, state.climate.convert_grant * (schools.trust < 0))
    overhang = np.maximum(-schools.reserves - grant, 0.0) / np.maximum(schools.income, 1.0)
    scale = np.array([p.scale, p.scale_secondary, p.scale_specialist])
    return {
        "nearness": np.exp(-pairs.minutes / scale.take(sector)) if p.proximity_on else np.full(len(s), p.flat),
        "phase": of_phase.take(t + len(size) * sector.astype(np.intp)),
        "fit": _fit(state, p, s, t),
        "border": (~at_home(state, s, t)).astype(float),
        "secondary": ((sector == Sector.SECONDARY) & few.take(t)).astype(float),
        "ordered": forced.astype(float).take(s),
        "overhang": overhang.take(s),
    }


def _fit(state: State, p: BiddingParams, s: Rows, t: Rows) -> Floats:
    """How well a school's wish for autonomy and its faith fit a trust: 0 to 1."""
    schools, trusts = state.schools, state.trusts
    fit = 1.0 - np.abs(schools.identity.take(s) - offered(state).take(t))
    both = len(DENOMINATIONS) * schools.denomination.take(s) + trusts.denomination.take(t)
    return np.asarray(_likeness(p.other_faith).take(both) * fit)


def offered(state: State) -> Floats:
    """Autonomy that each trust means to give its schools, 0 to 1."""
    return np.asarray(1.0 - state.trusts.responsibilities.mean(axis=1) / TOP)


@cache
def _likeness(other_faith: float) -> Floats:
    """What is left of a fit by the school's denomination and then the trust's."""
    faith, ours = np.indices((len(DENOMINATIONS), len(DENOMINATIONS)))
    catholic = (faith == Denomination.ROMAN_CATHOLIC) != (ours == Denomination.ROMAN_CATHOLIC)
    other = (faith != ours) & ((faith == Denomination.CHURCH_OF_ENGLAND) | (faith == Denomination.OTHER))
    return np.where(catholic, 0.0, np.where(other, other_faith, 1.0)).ravel()


def _log_declines(
    state: State,
    p: BiddingParams,
    pairs: Pairs,
    inputs: dict[str, Floats],
    verdict: Verdict,
    sent: NDArray[np.bool_],
) -> None:
    """Log the trusts that a school's deficit put off: the one that wanted it most, and those told to turn to it."""
    shut = np.flatnonzero(verdict.binding == 0)
    wanted = shut[verdict.score[shut] >= p.least]
    # sorted by school, best score first: the first row of each school is the trust that wanted it most
    wanted = wanted[np.lexsort((pairs.trust[wanted], -verdict.score[wanted], pairs.school[wanted]))]
    pick = wanted[starts(pairs.school[wanted])]
    if sent[shut].any():
        pick = np.union1d(pick, shut[sent[shut]])
    state.log.add(
        "decline",
        rule="bidding",
        school=pairs.school[pick],
        trust=pairs.trust[pick],
        reason="its deficit",
        **verdict.grounds(pick, inputs),
    )


def _decide(
    state: State,
    p: BiddingParams,
    pairs: Pairs,
    inputs: dict[str, Floats],
    verdict: Verdict,
    plan: NDArray[np.bool_],
    planning: PlanningParams,
) -> tuple[Rows, Rows]:
    """Let the CEOs who have candidates decide; log who holds back and why.

    Returns the pairs that become offers, CEOs in an order drawn for the year, and the room of each one's trust.
    """
    schools, trusts = state.schools, state.trusts
    in_reach = np.zeros(len(trusts), bool)
    in_reach[pairs.trust] = True
    who = np.flatnonzero(in_reach)
    chiefs, brief = _chiefs(state, who), _brief(state, p, planning, who)
    room, most = rooms(chiefs, brief)
    order = state.streams.order("bidding", state.year, trusts.luck[who])
    _log_holds(state, who, room, order[room.schools[order] <= 0])
    place, turn = np.zeros(len(trusts), np.intp), np.empty(len(who), np.intp)
    place[who], turn[order] = np.arange(len(who)), np.arange(len(who))
    bidders = np.zeros(len(trusts), bool)
    bidders[who] = most > 0
    # no CEO takes on a school outside the plan, and most are outside
    pair = np.flatnonzero(plan & bidders[pairs.trust])
    s = pairs.school[pair]
    candidates = Candidates(
        place[pairs.trust[pair]],
        s,
        np.asarray(verdict.score[pair], dtype=np.float64),
        pairs.minutes[pair],
        inputs["phase"][pair] > 0.0,
        schools.grade[s] >= Grade.REQUIRES_IMPROVEMENT,
        inputs["ordered"][pair] > 0.0,
        schools.luck[s],
    )
    chosen = bids(chiefs, brief, candidates, most, turn)
    return pair[chosen], room.schools[candidates.trust[chosen]]


def _brief(state: State, p: BiddingParams, planning: PlanningParams, rows: Rows) -> Brief:
    """The year as the CEOs of these trusts see it."""
    trusts = state.trusts
    return Brief(
        state.year,
        trusts.schools[rows],
        trusts.capacity[rows],
        spare_schools(state, p, rows),
        trusts.reserves_share[rows],
        trusts.target[rows],
        trusts.paused[rows],
        _seen_pressure(state, p, rows),
        time_for(state, planning)[rows] if planning.on else np.full(len(rows), np.inf),
        trusts.ambition[rows] if planning.on else np.ones(len(rows)),
    )


def _chiefs(state: State, rows: Rows) -> Chiefs:
    """Who decides for these trusts, and which of them are told what to do."""
    strategies: dict[int, Any] = {}
    # by identity: strategies are compared field by field, and nearly all CEOs share a few
    theirs = [state.strategies[row] for row in rows.tolist()]
    follows = [strategies.setdefault(id(strategy), (len(strategies), strategy))[0] for strategy in theirs]
    directed = {int(np.searchsorted(rows, row)): direction for row, direction in state.directed.items() if row in rows}
    return Chiefs(tuple(strategy for _, strategy in strategies.values()), np.array(follows, dtype=np.intp), directed)


def _log_holds(state: State, who: Rows, room: Room, holding: Rows) -> None:
    """Log those of the trusts that hold back, in order, and their reasons."""
    value, threshold = room.value[holding], room.threshold[holding]
    state.log.add(
        "hold",
        rule="strategy",
        trust=who[holding],
        reason=room.reason[holding],
        value=value,
        threshold=threshold,
        margin=value - threshold,
    )


def _seen_pressure(state: State, p: BiddingParams, rows: Rows) -> Floats:
    """The highest break-point pressure as far as the CEO sees it."""
    seen = state.trusts.pressure[rows] * (p.blind + (1.0 - p.blind) * state.trusts.foresight[rows])[:, None]
    return np.asarray(seen.max(axis=1, initial=0.0))


def spare_schools(state: State, p: BiddingParams, rows: Rows) -> Floats:
    """How many average schools each trust's central team could still take on, in its tightest area."""
    trusts = state.trusts
    supply = trusts.posts[rows] + trusts.bought[rows] + trusts.helped[rows]
    each = trusts.need[rows] / np.maximum(trusts.schools[rows], 1)[:, None]
    return np.asarray(((supply - trusts.need[rows]) / np.maximum(each, p.slight)).min(axis=1, initial=np.inf))


def _collect(state: State, p: BiddingParams, pairs: Pairs, inputs: dict[str, Floats], offers: Rows, room: Rows) -> None:
    """Keep the offers (places of pairs) and the room of each one's trust for the next step, and log the bids."""
    trusts = state.trusts
    school, trust, minutes = pairs.school[offers], pairs.trust[offers], pairs.minutes[offers]
    weighed = {name: values[offers] for name, values in inputs.items()}
    means = offered(state)[trust]
    promise = means + p.promise * trusts.ambition[trust] * (1.0 - means)
    state.bids = Bids(school, trust, minutes, weighed["ordered"] > 0.0, promise, weighed["fit"], means, room)
    directed = directed_rows(state.directed, lambda d: d.approaches)
    state.log.add(
        "bid",
        rule="strategy",
        reason=np.where(np.isin(trust, directed), "as told", "").astype(object) if len(directed) else "",
        school=school,
        trust=trust,
        value=room.astype(float),
        threshold=1.0,
        margin=room - 1.0,
        inputs=weighed | {"promise": promise, "minutes": minutes},
    )
