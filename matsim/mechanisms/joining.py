"""Commissioners settle applications; schools choose among offers; schools join (B1, B2, B3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Rule, Term, Verdict
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Params, at, param, switch
from matsim.state.moves import Join, Transfer, Why, Widen
from matsim.state.state import CHANGE, CHOICE, FORCED, Bids, Rows, State
from matsim.words import reasons
from matsim.world.codes import Grade, Phase, Route, SchoolState, TrustKind

type Floats = NDArray[np.float64]


class JoiningParams(Params):
    """What a school wants of a trust, what it brings, and how commissioners see the case."""

    lone: float = param(
        0.5, "ratio", "assumed: a trust of one has a head to spare, but no central team", plausible=(0.4, 1.5)
    )
    """Capacity that commissioners see in a trust of one school."""
    approval_on: bool = switch()
    """Whether joining needs a commissioner's approval."""
    nearness: float = param(0.5, "weight", "assumed: schools prefer near trusts", plausible=(0.0, 2.0))
    """Weight of nearness in a school's choice between trusts."""
    scale: float = param(20.0, "minutes", "assumed: as trusts see it (bidding.scale)", plausible=(10, 40), ge=1.0)
    """Travel time over which nearness falls to about a third, for schools and commissioners."""
    scale_secondary: float = param(
        150.0, "minutes", "assumed: fitted by hand to how far secondaries join", plausible=(20, 200), ge=1.0
    )
    """The same for a secondary."""
    record: float = param(0.8, "weight", "assumed: a track record attracts", plausible=(0.0, 2.0))
    """Weight of the trust's track record."""
    fit: float = param(1.0, "weight", "assumed: wishes and ways should agree", plausible=(0.0, 2.0))
    """Weight of fit between what the school wants and what the trust promises."""
    taste: float = param(0.35, "weight", "assumed: people and history", plausible=(0.0, 1.0))
    """Weight of the luck of the pair (a logistic draw that the two keep from year to year)."""
    reservation: float = param(fitted("joining.reservation"), "weight", "calibration", plausible=(0.3, 1.6))
    """Least that a school accepts, when it is free to choose."""
    wait: float = param(fitted("joining.wait"), "share", "calibration", plausible=(0.2, 0.6))
    """Chance that a sponsored conversion agreed in the year of its order takes until the next (median lag 1.22)."""
    tries: int = param(2, "schools", "assumed: one refusal is followed by one more application", plausible=(1, 3))
    """Trusts that a school applies to in one year."""
    buyin_choice: float = param(0.75, "share", "assumed: motives in order, Building Trusts §2.5", plausible=(0.6, 0.9))
    """Buy-in of a school that joins by active choice."""
    buyin_best: float = param(0.6, "share", "assumed: motives in order, Building Trusts §2.5", plausible=(0.5, 0.75))
    """Buy-in of a school that joins as its best option."""
    buyin_inevitable: float = param(
        0.5, "share", "assumed: motives in order, Building Trusts §2.5", plausible=(0.4, 0.65)
    )
    """Buy-in of a school that joins because it seems inevitable."""
    buyin_forced: float = param(0.35, "share", "assumed: motives in order, Building Trusts §2.5", plausible=(0.2, 0.5))
    """Buy-in of a school that is made to join."""
    buyin_fit: float = param(0.3, "ratio", "assumed: people take heart where ways agree", plausible=(0.0, 0.6))
    """Rise of that buy-in for a whole point of fit above `usual_fit`."""
    usual_fit: float = param(0.7, "share", "assumed: about the fit of a usual pair", plausible=(0.5, 0.85))
    """Fit between school and trust that neither adds to buy-in nor takes from it."""
    buyin_least: float = param(0.05, "share", "assumed: somebody always hopes", plausible=(0.0, 0.2))
    """Least buy-in with which a school joins."""
    inspected_before: float = param(
        2.5, "years", "assumed: inspectors wait for the third year (ofsted-intervals)", plausible=(1.5, 3.0)
    )
    """An inspection due within so many years of joining is put off."""
    inspected_after: float = param(
        3.0, "years", "assumed: in the third year after joining (ofsted-intervals)", plausible=(2.0, 3.5)
    )
    """Years after joining to which it is put off."""
    motives_on: bool = switch()
    """Whether the reason for joining sets buy-in (B1); if not, all join with the mean of the four."""
    priority_years: int = param(3, "years", "assumed: plans of three years", plausible=(1, 6), ge=1)
    """Years that a region's drawn priorities hold."""
    integration: float = param(
        30_000.0, "£", "assumed: legal work, systems and time beyond the grant", plausible=(10_000, 80_000)
    )
    """What taking a school on costs the trust in the year, on top of the grant."""


def choice_rule(p: JoiningParams) -> Rule:
    """What a school that is free to choose wants of a trust, against waiting."""
    return Rule(
        "choice",
        (
            Term("nearness", p.nearness, "how near the trust is", says=reasons.TRUST_NEAR),
            Term("record", p.record, "the trust's track record", says=reasons.RECORD),
            Term("fit", p.fit, "how well the trust's promises fit its wishes", says=reasons.FIT_OF_PROMISES),
            Term("taste", p.taste, "people and history", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.reservation,
    )


def settle(state: State, p: JoiningParams) -> None:
    """Judge all applications by region, then let schools choose in an order drawn for the year."""
    if state.bids is not None:
        _settle(state, p, state.bids)
    _unplaced(state)


def _unplaced(state: State) -> None:
    """Log the schools that were ordered to convert more than a year ago and that no trust has taken."""
    schools = state.schools
    years = state.year + CHANGE - schools.ordered
    rows = np.flatnonzero((schools.state == SchoolState.OPEN) & (schools.trust < 0) & (years > 1.0))
    state.log.add("unplaced", rule="joining", school=rows, value=years[rows], threshold=1.0, margin=years[rows] - 1.0)


def _settle(state: State, p: JoiningParams, bids: Bids) -> None:
    inputs = _applications(state, p, bids)
    yes, verdicts = _verdicts(state, p, bids, inputs)
    paused = _paused(state, bids)
    wish, parts = _wishes(state, p, bids)
    joined = _match(state, p, bids, inputs, yes & ~paused, verdicts, wish, parts)
    _welcome(state, p, bids, joined)


def _applications(state: State, p: JoiningParams, bids: Bids) -> dict[str, Floats]:
    """What a commissioner knows of each application (see `matsim.policies`)."""
    schools, trusts = state.schools, state.trusts
    s, t = bids.school, bids.trust
    grant = np.where(bids.forced, state.climate.sponsor_grant, state.climate.convert_grant)
    weak = schools.grade[s] >= Grade.REQUIRES_IMPROVEMENT
    # the same for some years on end: the year is divided, so that the draw changes only every `priority_years`
    region = schools.region[s]
    commissioner = state.streams.identities("commissioner", region, schools.copy[s])
    drawn = 2.0 * state.streams.uniform("approval/priority", state.year // p.priority_years, commissioner) - 1.0
    stated = [at(c.policy.priorities, state.year) if c.policy.stated else np.nan for c in state.commissioners]
    priority = np.where(np.isnan(stated)[region], drawn, np.array(stated)[region])
    return {
        "capacity": np.where(trusts.schools[t] > 1, trusts.capacity[t], p.lone),
        "record": trusts.record[t],
        "need": (bids.forced | weak).astype(float),
        "nearness": _nearness(state, p, bids),
        "money": np.clip((-schools.reserves[s] - grant) / np.maximum(schools.income[s], 1.0), 0.0, 1.0),
        "priority": np.where(weak, priority, 0.0),
        "board": _normal(state.streams.pair("approval/board", state.year, schools.luck[s], trusts.luck[t])),
        "failing": trusts.failing[t] / np.maximum(trusts.schools[t], 1),
        "pressure": trusts.pressure[t].max(axis=1),
    }


def _nearness(state: State, p: JoiningParams, bids: Bids) -> Floats:
    """How near each trust is to the school that it bid for: 1 next door, about a third at the usual distance."""
    secondary = state.schools.phase[bids.school] != Phase.PRIMARY
    return np.asarray(np.exp(-bids.minutes / np.where(secondary, p.scale_secondary, p.scale)))


LOGISTIC_SCALE = 1.702
"""Makes a logistic draw as wide as a standard normal one (Bowling et al. 2009)."""


def _normal(u: Floats) -> Floats:
    """Standard normal quantile by the logistic approximation: enough for a board's mood."""
    return np.log(u / (1.0 - u)) / LOGISTIC_SCALE


def _verdicts(
    state: State, p: JoiningParams, bids: Bids, inputs: dict[str, Floats]
) -> tuple[NDArray[np.bool_], Verdict | None]:
    """Each commissioner settles its applications, the first of those of one policy for all: in the order of bids."""
    n = len(bids.school)
    if not p.approval_on:
        return np.ones(n, bool), None
    fields = {k: np.zeros(n) for k in ("score", "binding", "value", "limit", "margin")}
    yes = np.zeros(n, bool)
    first: dict[int, int] = {}
    # regions that share a policy are judged in one call, by the first of their commissioners
    alike = np.array([first.setdefault(id(c.policy), c.region) for c in state.commissioners])
    judge = alike[state.schools.region[bids.school]]
    for commissioner in state.commissioners:
        pick = np.flatnonzero(judge == commissioner.region)
        if not len(pick):
            continue
        verdict = commissioner.settle({k: v[pick] for k, v in inputs.items()})
        yes[pick] = verdict.yes
        for name, whole in fields.items():
            whole[pick] = getattr(verdict, name)
    binding = fields["binding"].astype(np.intp)
    return yes, Verdict(yes, fields["score"], binding, fields["value"], fields["limit"], fields["margin"])


def _paused(state: State, bids: Bids) -> NDArray[np.bool_]:
    """Applications that no commissioner looks at this year; schools that must have a trust are placed all the same."""
    struck, schools = state.struck, state.schools
    compelled = bids.forced | ~np.isnan(schools.warned[bids.school])
    return (struck.paused[bids.school] | np.isin(bids.trust, list(struck.paused_trusts))) & ~compelled


def _wishes(state: State, p: JoiningParams, bids: Bids) -> tuple[Floats, dict[str, Floats]]:
    """How much each school wants each trust that bid for it, and what it weighed."""
    schools, trusts = state.schools, state.trusts
    luck = state.streams.pair("joining/taste", 0, schools.luck[bids.school], trusts.luck[bids.trust])
    # a school judges a trust's ways by what it is promised (faith, the rest of the fit, is as it is)
    wanted = schools.identity[bids.school]
    parts = {
        "nearness": _nearness(state, p, bids),
        "record": trusts.record[bids.trust],
        "fit": bids.fit * (1.0 - np.abs(wanted - bids.promise)) / (1.0 - np.abs(wanted - bids.offered)),
        "taste": np.log(luck / (1.0 - luck)),
    }
    return choice_rule(p).judge(parts).score.astype(np.float64), parts


def _match(
    state: State,
    p: JoiningParams,
    bids: Bids,
    inputs: dict[str, Floats],
    yes: NDArray[np.bool_],
    verdicts: Verdict | None,
    wish: Floats,
    parts: dict[str, Floats],
) -> list[int]:
    """Schools, in the year's order, apply to the trusts they like best. Returns the bids that became a joining."""
    schools = state.schools
    luck = state.streams.uniform("joining/order", state.year, schools.luck[bids.school])
    # of the first year's backlog nobody knows what has been agreed already
    fresh = (schools.ordered[bids.school] >= state.year) | (state.year == state.world.year)
    wait = fresh & (state.streams.uniform("joining/wait", state.year, schools.luck[bids.school]) < p.wait)
    # schools by their luck (its identity keeps one school's bids together), each with the trust it likes best first
    order = np.lexsort((-wish, schools.luck[bids.school], luck)).tolist()
    school, trust, forced = bids.school.tolist(), bids.trust.tolist(), bids.forced.tolist()
    compelled = (bids.forced | ~np.isnan(schools.warned[bids.school])).tolist()  # these have no choice
    room = dict(zip(trust, bids.room.tolist(), strict=True))
    wants, approved, late, home = (a.tolist() for a in (wish, yes, wait, schools.trust[bids.school]))
    done: dict[int, int] = {}
    joined, refusals, declines = [], [], []
    for i in order:
        s, t = school[i], trust[i]
        tries = done.get(s, 0)
        if tries < 0 or tries >= p.tries or room[t] <= 0:
            continue
        if not compelled[i] and wants[i] < p.reservation:
            declines.append(i)
            done[s] = -1
        elif not approved[i]:
            refusals.append(i)
            done[s] = tries + 1
        elif forced[i] and late[i]:
            done[s] = -1  # agreed, and will be made good next year
        else:
            joined.append(i)
            room[t] -= 1
            done[s] = -1
            if (
                home[i] >= 0 and state.trusts.kind[home[i]] == TrustKind.SINGLE
            ):  # without its only school it takes on nobody
                room[home[i]] = 0
    _log(state, bids, inputs, verdicts, joined, refusals)
    pick = np.array(declines, dtype=np.intp)
    state.log.add(
        "decline",
        rule="choice",
        school=bids.school[pick],
        trust=bids.trust[pick],
        reason="the school would rather wait",
        value=wish[pick],
        threshold=p.reservation,
        margin=wish[pick] - p.reservation,
        inputs={k: v[pick] for k, v in parts.items()},
    )
    return joined


def _log(
    state: State,
    bids: Bids,
    inputs: dict[str, Floats],
    verdicts: Verdict | None,
    approved: list[int],
    refused: list[int],
) -> None:
    """Log what commissioners decided on the applications that were made."""
    region, paused = state.schools.region[bids.school], _paused(state, bids)
    stopped = np.array([i for i in refused if paused[i]], dtype=np.intp)
    state.log.add(
        "refuse",
        rule="growth pause",
        reason="growth is paused",
        school=bids.school[stopped],
        trust=bids.trust[stopped],
        region=region[stopped],
    )
    if verdicts is None:
        return
    names = [["score", *(gate.name for gate in c.policy.rule().gates)] for c in state.commissioners]
    for event, chosen in (("approve", approved), ("refuse", [i for i in refused if not paused[i]])):
        pick = np.array(chosen, dtype=np.intp)
        bound = zip(region[pick].tolist(), verdicts.binding[pick].tolist(), strict=True)
        state.log.add(
            event,
            rule="approval",
            school=bids.school[pick],
            trust=bids.trust[pick],
            region=region[pick],
            reason=np.array([names[r][b + 1] for r, b in bound], dtype=object),
            **verdicts.grounds(pick, inputs),
        )


def _welcome(state: State, p: JoiningParams, bids: Bids, joined: list[int]) -> None:
    """Make the moves, then set buy-in, autonomy and costs of those who joined."""
    schools, trusts = state.schools, state.trusts
    pick = np.array(joined, dtype=np.intp)
    s, t = bids.school[pick], bids.trust[pick]
    moved = ~np.isnan(schools.warned[s])  # by a commissioner: made to join, with a grant
    _move(state, bids, pick)
    forced = bids.forced[pick] | moved
    schools.motive[s] = np.where(forced, FORCED, np.maximum(schools.motive[s], CHOICE))
    # by code of the motive; nobody who joins has motive 0, whose place only fills the array
    levels = np.array([p.buyin_best, p.buyin_choice, p.buyin_best, p.buyin_inevitable, p.buyin_forced])
    if not p.motives_on:
        levels[:] = levels[1:].mean()
    schools.buyin[s] = np.clip(
        levels[schools.motive[s]] + p.buyin_fit * (bids.fit[pick] - p.usual_fit), p.buyin_least, 1.0
    )
    schools.autonomy[s] = schools.promised[s] = bids.promise[pick]
    schools.due[s] = np.where(
        schools.due[s] < state.year + p.inspected_before, state.year + p.inspected_after, schools.due[s]
    )
    np.add.at(trusts.one_off, t, p.integration)
    joining = np.where(bids.forced[pick], state.climate.sponsor_grant, state.climate.convert_grant)
    schools.reserves[s] += np.where(moved, state.climate.transfer_grant, joining)
    schools.seeking[s] = False


def _move(state: State, bids: Bids, joined: Rows) -> None:
    """Trusts of one school widen, maintained schools join and academies change trusts, each in its turn."""
    schools, trusts = state.schools, state.trusts
    s, t = bids.school[joined], bids.trust[joined]
    home, turn = schools.trust[s], np.arange(len(joined))
    # a single-academy trust widens when the first school comes to it
    widened = np.full(len(trusts), len(joined))
    np.minimum.at(widened, t, turn)
    widened[trusts.kind == TrustKind.MULTI] = -1
    single = (home >= 0) & (widened[home] >= turn)
    first = turn[widened[t] == turn]
    Widen(t[first], {"rule": "joining", "reason": "a second school joined", "turn": first}).apply(state)

    def why(of: Rows, reason: NDArray[np.object_]) -> Why:
        inputs = {"minutes": bids.minutes[joined[of]], "promise": bids.promise[joined[of]]}
        return {"rule": "joining", "reason": reason[of], "inputs": inputs, "turn": of}

    date, ordered = state.year + CHANGE, bids.forced[joined]
    new, old = np.flatnonzero(home < 0), np.flatnonzero(home >= 0)
    reason = np.array(["chosen", "ordered"], object)[ordered.astype(np.intp)]
    route = np.where(ordered, Route.SPONSORED, Route.CONVERTER)
    Join(s[new], t[new], route[new], date, why(new, reason)).apply(state)
    category = np.where(~np.isnan(schools.warned[s]), 2, single.astype(np.intp))
    Transfer(s[old], t[old], date, why(old, TRANSFER_REASONS[category])).apply(state)


TRANSFER_REASONS = np.array(
    [
        "initiated by the school and its trust",
        "a single-academy trust joined a multi-academy trust",
        "intervention",
    ],
    object,
)
"""Why an academy changes trusts, in the Department's three categories."""
