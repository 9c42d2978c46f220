"""Schools choose among the trusts that commissioners let them join; schools join (B1, B2)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Rule, Term
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.approval import ApprovalParams, applications, judge, log_paused, log_verdicts, paused
from matsim.mechanisms.environment import support
from matsim.state.moves import Join, Transfer, Why, Widen
from matsim.state.state import CHANGE, CHOICE, FORCED, Bids, Rows, State
from matsim.words import reasons
from matsim.world.codes import Route, SchoolState, TrustKind

type Floats = NDArray[np.float64]


class JoiningParams(Params):
    """What a school wants of a trust, and what it brings."""

    nearness: float = param(0.5, "weight", "assumed: schools prefer near trusts", plausible=(0.0, 2.0))
    """Weight of nearness in a school's choice between trusts."""
    scale: float = param(20.0, "minutes", "assumed: as trusts see it (bidding.scale)", plausible=(10, 40), ge=1.0)
    """Travel time over which nearness falls to about a third, for schools and for approval."""
    scale_secondary: float = param(
        150.0, "minutes", "assumed: fitted by hand to how far secondaries join", plausible=(20, 200), ge=1.0
    )
    """The same for a secondary."""
    scale_specialist: float = param(
        100.0, "minutes", "assumed: few trusts know their work", plausible=(20, 200), ge=1.0
    )
    """The same for a specialist school."""
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


def settle(state: State, asked: ApprovalParams, p: JoiningParams) -> None:
    """Judge all applications by region, then let schools choose in an order drawn for the year."""
    if state.bids is not None:
        _settle(state, asked, p, state.bids)
    _unplaced(state)


def _unplaced(state: State) -> None:
    """Log the schools that were ordered to convert more than a year ago and that no trust has taken."""
    schools = state.schools
    years = state.year + CHANGE - schools.ordered
    rows = np.flatnonzero((schools.state == SchoolState.OPEN) & (schools.trust < 0) & (years > 1.0))
    state.log.add("unplaced", rule="joining", school=rows, value=years[rows], threshold=1.0, margin=years[rows] - 1.0)


def _settle(state: State, asked: ApprovalParams, p: JoiningParams, bids: Bids) -> None:
    nearness = _nearness(state, p, bids)
    inputs = applications(state, asked, bids, nearness)
    yes, verdicts = judge(state, asked, bids, inputs)
    # those who must have a trust have no choice, and are placed even where growth is paused
    compelled = bids.forced | ~np.isnan(state.schools.warned[bids.school])
    no_growth = paused(state, bids) & ~compelled
    parts, wish = _wishes(state, p, bids, nearness)
    joined, refused, declined = _match(state, p, bids, yes & ~no_growth, wish, compelled | (wish >= p.reservation))
    log_paused(state, bids, refused[no_growth[refused]])
    if verdicts is not None:
        log_verdicts(state, bids, inputs, verdicts, joined, refused[~no_growth[refused]])
    _log_declined(state, p, bids, declined, wish, parts)
    if len(joined):
        _welcome(state, p, bids, joined)


def _nearness(state: State, p: JoiningParams, bids: Bids) -> Floats:
    """How near each trust is to the school that it bid for: 1 next door, about a third at the usual distance."""
    scale = np.array([p.scale, p.scale_secondary, p.scale_specialist])
    return np.asarray(np.exp(-bids.minutes / scale[state.world.sector[bids.school]]))


def _wishes(state: State, p: JoiningParams, bids: Bids, nearness: Floats) -> tuple[dict[str, Floats], Floats]:
    """What each school weighs of each trust that bid for it, and how much it wants the trust."""
    schools, trusts = state.schools, state.trusts
    luck = state.streams.pair("joining/taste", 0, schools.luck[bids.school], trusts.luck[bids.trust])
    # a school judges a trust's ways by what it is promised (faith, the rest of the fit, is as it is)
    wanted = schools.identity[bids.school]
    parts = {
        "nearness": nearness,
        "record": trusts.record[bids.trust],
        "fit": bids.fit * (1.0 - np.abs(wanted - bids.promise)) / (1.0 - np.abs(wanted - bids.offered)),
        "taste": np.log(luck / (1.0 - luck)),
    }
    return parts, choice_rule(p).judge(parts).score.astype(np.float64)


DECLINED, REFUSED, NEXT_YEAR, JOINED = range(4)
"""What comes of an application to a trust that has room."""


def _match(
    state: State,
    p: JoiningParams,
    bids: Bids,
    approved: NDArray[np.bool_],
    wish: Floats,
    willing: NDArray[np.bool_],
) -> tuple[Rows, Rows, Rows]:
    """Schools, in the year's order, apply to the trusts they like best: the bids that are joined, refused, declined."""
    schools, trusts, who = state.schools, state.trusts, state.schools.luck[bids.school]
    # of the first year's backlog nobody knows what has been agreed already
    fresh = (schools.ordered[bids.school] >= state.year) | (state.year == state.world.year)
    wait = bids.forced & fresh & (state.streams.uniform("joining/wait", state.year, who) < p.wait)
    # what is agreed and has to wait will be made good next year
    answer = np.where(approved, np.where(wait, NEXT_YEAR, JOINED), REFUSED)
    answer[~willing] = DECLINED
    # schools by their luck, and those of copies that share it one by one, each with the trust it likes best first
    order = np.lexsort((-wish, bids.school, who, state.streams.uniform("joining/order", state.year, who)))
    school = bids.school[order]
    first = np.flatnonzero(np.append(True, school[1:] != school[:-1]))
    room = np.zeros(len(trusts), np.intp)
    room[bids.trust] = bids.room
    # without its only school a single-academy trust takes on nobody
    home = schools.trust[school]
    alone = np.where((home >= 0) & (trusts.kind[home] == TrustKind.SINGLE), home, -1)
    made = _apply(p.tries, first.tolist(), bids.trust[order].tolist(), answer[order].tolist(), room.tolist(),
                   alone.tolist())  # fmt: skip
    joined, refused, declined = (order[made[outcome]] for outcome in (JOINED, REFUSED, DECLINED))
    return joined, refused, declined


def _apply(
    tries: int, first: list[int], trust: list[int], answer: list[int], room: list[int], alone: list[int]
) -> list[list[int]]:
    """Schools apply in turn, each to its trusts in turn: the applications made, by what came of them."""
    made: list[list[int]] = [[], [], [], []]
    for begin, end in pairwise([*first, len(trust)]):
        left = tries
        for i in range(begin, end):
            if room[trust[i]] <= 0:
                continue
            made[answer[i]].append(i)
            if answer[i] == REFUSED:
                left -= 1
                if left:
                    continue
            elif answer[i] == JOINED:
                room[trust[i]] -= 1
                if alone[i] >= 0:
                    room[alone[i]] = 0
            break
    return made


def _log_declined(
    state: State, p: JoiningParams, bids: Bids, pick: Rows, wish: Floats, parts: dict[str, Floats]
) -> None:
    """Log what schools would rather wait than join."""
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


def _welcome(state: State, p: JoiningParams, bids: Bids, joined: Rows) -> None:
    """Make the moves, then set buy-in, autonomy and costs of those who joined."""
    schools, trusts = state.schools, state.trusts
    s, t, ordered = bids.school[joined], bids.trust[joined], bids.forced[joined]
    moved = ~np.isnan(schools.warned[s])  # by a commissioner: made to join, with a grant
    converts = ~ordered & ~moved & (schools.trust[s] < 0)
    _move(state, bids, joined)
    schools.motive[s] = np.where(ordered | moved, FORCED, np.maximum(schools.motive[s], CHOICE))
    # by code of the motive; nobody who joins has motive 0, whose place only fills the array
    levels = np.array([p.buyin_best, p.buyin_choice, p.buyin_best, p.buyin_inevitable, p.buyin_forced])
    if not p.motives_on:
        levels[:] = levels[1:].mean()
    buyin = levels[schools.motive[s]] + p.buyin_fit * (bids.fit[joined] - p.usual_fit)
    schools.buyin[s] = np.minimum(np.maximum(buyin, p.buyin_least), 1.0)
    schools.autonomy[s] = schools.promised[s] = bids.promise[joined]
    soon = s[schools.due[s] < state.year + p.inspected_before]
    schools.due[soon] = state.year + p.inspected_after
    np.add.at(trusts.one_off, t, p.integration)
    grant = np.select([moved, ordered], [state.climate.transfer_grant, state.climate.sponsor_grant], default=0.0)
    grant[converts] = support(state, s[converts], t[converts])
    schools.reserves[s] += grant
    schools.seeking[s] = False


JOINS = np.array(["chosen", "ordered"], object)
"""Why a maintained school joins a trust."""
TRANSFERS = np.array(
    [
        "initiated by the school and its trust",
        "a single-academy trust joined a multi-academy trust",
        "intervention",
    ],
    object,
)
"""Why an academy changes trusts, in the Department's three categories."""


def _move(state: State, bids: Bids, joined: Rows) -> None:
    """Trusts of one school widen, maintained schools join and academies change trusts, each in its turn."""
    schools, trusts = state.schools, state.trusts
    s, t, ordered = bids.school[joined], bids.trust[joined], bids.forced[joined]
    home, turn = schools.trust[s], np.arange(len(joined))
    # a single-academy trust widens when the first school comes to it, a multi-academy trust was wide before
    wide = np.where(trusts.kind == TrustKind.MULTI, -1, len(joined))
    np.minimum.at(wide, t, turn)
    category = np.where(np.isnan(schools.warned[s]), wide[home] >= turn, 2)
    reason = np.where(home < 0, JOINS[ordered.astype(np.intp)], TRANSFERS[category])
    date = state.year + CHANGE

    def why(of: Rows) -> Why:
        inputs = {"minutes": bids.minutes[joined[of]], "promise": bids.promise[joined[of]]}
        return {"rule": "joining", "reason": reason[of], "inputs": inputs, "turn": of}

    if len(of := turn[wide[t] == turn]):
        Widen(t[of], {"rule": "joining", "reason": "a second school joined", "turn": of}).apply(state)
    if len(of := turn[home < 0]):
        route = np.where(ordered[of], Route.SPONSORED, Route.CONVERTER)
        Join(s[of], t[of], route, date, why(of)).apply(state)
    if len(of := turn[home >= 0]):
        Transfer(s[of], t[of], date, why(of)).apply(state)
