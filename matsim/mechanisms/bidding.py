"""Trusts survey the schools within reach and decide which to take on (B2, B4, B5, B6, B7).

The search is done for all trusts at once; each CEO then judges a short brief.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Gate, Rule, Term, Verdict
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import TOP
from matsim.mechanisms.planting import PlantingParams, passes
from matsim.mechanisms.reach import Acquaintance, Pairs, at_home, named, within_reach
from matsim.state.directions import directed_rows
from matsim.state.state import Bids, Rows, State
from matsim.strategies import Brief, Orders, Shortlist, directed_orders
from matsim.words import reasons
from matsim.world.codes import Denomination, Grade, Phase
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
    sponsors: int = param(8, "schools", "assumed: commissioners ask the sponsors they know", plausible=(0, 12))
    """Nearest growing trusts of the region that a school ordered to convert is put to, however far."""
    known: float = param(fitted("bidding.known"), "share", "calibration", plausible=(0.0, 0.6))
    """Chance that a school and a multi-academy trust near by that is not its neighbour know of each other."""
    known_km: float = param(28.0, "km", "assumed: fitted by hand to the same", plausible=(10, 80), ge=1.0)
    """Distance to the trust's middle over which that chance falls to about a third."""
    known_km_secondary: float = param(120.0, "km", "assumed: fitted by hand to the same", plausible=(10, 200), ge=1.0)
    """The same for a secondary."""
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
    """How far a trust that must grow promises more autonomy than it means to give."""
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
                "the commissioner's asking for a sponsor",
                changeable=False,
                says=reasons.ORDERED,
            ),
        ),
        p.least,
        gates if p.due_diligence else (),
    )


def bid(state: State, p: BiddingParams, planting: PlantingParams, travel: TravelParams) -> None:
    """Survey, let every CEO with candidates decide, and keep the offers for the commissioners."""
    state.bids = None
    if not p.on or not len(state.trusts):
        return
    known = Acquaintance(p.known, p.known_km, p.known_km_secondary, p.known_across, p.known_church)
    pairs = within_reach(state, p.sponsors, travel, known)
    inputs = weigh(state, p, pairs)
    verdict = rule(p).judge(inputs)
    sent = named(state, pairs)
    planted = passes(state, planting, pairs, verdict.yes | sent)
    _log_declines(state, pairs, inputs, verdict, sent)
    # a trust that is told where to turn does not ask whether it likes it; the books still have to be in order
    plan = (verdict.yes & planted) | (sent & (verdict.binding < 0))
    orders = _decide(state, p, pairs, inputs, verdict, plan)
    _collect(state, p, pairs, inputs, orders)


def weigh(state: State, p: BiddingParams, pairs: Pairs) -> dict[str, Floats]:
    """What a trust sees of each school: inputs of the rule, and the fit to its ways."""
    schools, trusts = state.schools, state.trusts
    s, t = pairs.school, pairs.trust
    secondary = schools.phase[s] != Phase.PRIMARY
    size = np.maximum(trusts.schools[t], 1)
    same = np.where(secondary, size - trusts.primaries[t], trusts.primaries[t]) / size
    few = (size - trusts.primaries[t]) < p.secondaries * trusts.primaries[t]
    forced = ~np.isnan(schools.ordered[s])
    grant = np.where(forced, state.climate.sponsor_grant, state.climate.convert_grant)
    income = np.maximum(schools.income[s], 1.0)
    scale = np.where(secondary, p.scale_secondary, p.scale)
    nearness = np.exp(-pairs.minutes / scale) if p.proximity_on else np.full(len(s), p.flat)
    return {
        "nearness": nearness,
        "phase": same,
        "fit": _fit(state, p, s, t),
        "border": (~at_home(state, s, t)).astype(float),
        "secondary": (secondary & few).astype(float),
        "ordered": forced.astype(float),
        "overhang": np.maximum(-schools.reserves[s] - grant, 0.0) / income,
    }


def _fit(state: State, p: BiddingParams, s: Rows, t: Rows) -> Floats:
    """How well a school's wish for autonomy and its faith fit a trust: 0 to 1."""
    schools, trusts = state.schools, state.trusts
    offered = 1.0 - trusts.responsibilities[t].mean(axis=1) / TOP
    fit = 1.0 - np.abs(schools.identity[s] - offered)
    faith, ours = schools.denomination[s], trusts.denomination[t]
    catholic = (faith == Denomination.ROMAN_CATHOLIC) != (ours == Denomination.ROMAN_CATHOLIC)
    other = (faith != ours) & ((faith == Denomination.CHURCH_OF_ENGLAND) | (faith == Denomination.OTHER))
    return np.asarray(np.where(catholic, 0.0, np.where(other, p.other_faith * fit, fit)))


def _log_declines(
    state: State, pairs: Pairs, inputs: dict[str, Floats], verdict: Verdict, sent: NDArray[np.bool_]
) -> None:
    """Log the trusts that a school's deficit put off: the one that wanted it most, and those told to turn to it."""
    shut = np.flatnonzero((verdict.binding == 0) & (verdict.score >= verdict.limit.max(initial=0.0)))
    # sorted by school, best score first: the first row of each school is the trust that wanted it most
    shut = shut[np.lexsort((pairs.trust[shut], -verdict.score[shut], pairs.school[shut]))]
    pick = shut[np.diff(pairs.school[shut], prepend=-1) > 0]
    pick = np.union1d(pick, np.flatnonzero((verdict.binding == 0) & sent))
    state.log.add(
        "decline",
        rule="bidding",
        school=pairs.school[pick],
        trust=pairs.trust[pick],
        reason="its deficit",
        **verdict.grounds(pick, inputs),
    )


def _decide(
    state: State, p: BiddingParams, pairs: Pairs, inputs: dict[str, Floats], verdict: Verdict, plan: NDArray[np.bool_]
) -> list[tuple[int, Orders]]:
    """Brief every CEO who has candidates, in an order drawn for the year, and take their orders."""
    schools, trusts = state.schools, state.trusts
    order = np.lexsort((schools.luck[pairs.school], -verdict.score, pairs.trust))
    who = np.unique(pairs.trust)
    order = order[plan[order]]  # no CEO takes on a school outside the plan, and most are outside
    weak = schools.grade[pairs.school] >= Grade.REQUIRES_IMPROVEMENT
    forced = ~np.isnan(schools.ordered[pairs.school])
    lists = [
        a[order].tolist() for a in (pairs.school, verdict.score, pairs.minutes, inputs["phase"] > 0.0, weak, forced)
    ]
    rows, bounds = who.tolist(), [*np.searchsorted(pairs.trust[order], who).tolist(), len(order)]
    turn = state.streams.order("bidding", state.year, trusts.luck[who])
    columns = {
        n: getattr(trusts, n)[who].tolist()
        for n in ("schools", "capacity", "reserves_share", "target", "paused", "recent")
    }
    pressure, spare = _seen_pressure(state, p, who).tolist(), spare_schools(state, p, who).tolist()
    result = []
    for i in turn.tolist():
        brief = Brief(
            state.year,
            columns["schools"][i],
            columns["capacity"][i],
            spare[i],
            columns["reserves_share"][i],
            columns["target"][i],
            columns["paused"][i],
            pressure[i],
            columns["recent"][i],
            Shortlist(lists, bounds[i], bounds[i + 1]),
        )
        strategy, direction = state.strategies[rows[i]], state.directed.get(rows[i])
        result.append(
            (rows[i], strategy.decide(brief) if direction is None else directed_orders(direction, brief, strategy))
        )
    return result


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


def _collect(
    state: State, p: BiddingParams, pairs: Pairs, inputs: dict[str, Floats], orders: list[tuple[int, Orders]]
) -> None:
    """Keep the offers for the next step; log bids and the reasons for holding back."""
    trusts = state.trusts
    holding = [(t, o.room) for t, o in orders if o.room.schools <= 0]
    if holding:
        state.log.add(
            "hold",
            rule="strategy",
            trust=np.array([t for t, _ in holding]),
            reason=np.array([r.reason for _, r in holding], dtype=object),
            value=np.array([r.value for _, r in holding]),
            threshold=np.array([r.threshold for _, r in holding]),
            margin=np.array([r.value - r.threshold for _, r in holding]),
        )
    offers = [
        (c.school, t, room.schools) for t, (bids, room) in ((t, (o.bids, o.room)) for t, o in orders) for c in bids
    ]
    if not offers:
        return
    school, trust, room = (np.array(x, dtype=np.intp) for x in zip(*offers, strict=True))
    key = pairs.school.astype(np.int64) * len(trusts) + pairs.trust
    # pairs come sorted by school and trust (`within_reach`), so each offer is found by bisection
    at = np.searchsorted(key, school.astype(np.int64) * len(trusts) + trust)
    means = 1.0 - trusts.responsibilities[trust].mean(axis=1) / TOP
    hungry = np.clip((trusts.target[trust] - trusts.schools[trust]) / np.maximum(trusts.target[trust], 1.0), 0.0, 1.0)
    promise = means + p.promise * hungry * (1.0 - means)
    forced = ~np.isnan(state.schools.ordered[school])
    state.bids = Bids(school, trust, pairs.minutes[at], forced, promise, inputs["fit"][at], means, room)
    state.log.add(
        "bid",
        rule="strategy",
        reason=np.where(np.isin(trust, directed_rows(state.directed, lambda d: d.approaches)), "as told", "").astype(
            object
        ),
        school=school,
        trust=trust,
        value=room.astype(float),
        threshold=1.0,
        margin=room - 1.0,
        inputs={k: v[at] for k, v in inputs.items()} | {"promise": promise, "minutes": pairs.minutes[at]},
    )
