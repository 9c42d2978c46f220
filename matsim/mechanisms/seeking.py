"""Schools decide whether to look for a trust, and why (B1): choice, best option, inevitability."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matsim.agents.school import MOTIVES
from matsim.core.rules import Rule, Term, Verdict
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import param, switch
from matsim.mechanisms.collaborating import (
    CollaboratingParams,
    StrainParams,
    by_form,
    outside_mats,
    strain,
)
from matsim.state.state import CHOICE, Rows, State
from matsim.words import reasons
from matsim.world.codes import Grade, SchoolState, TrustKind

LOGGED_MARGIN = 0.1
"""How near to looking for a trust a school that does not has come, for it to be logged."""


class SeekingParams(StrainParams):
    """What makes a school look for a trust."""

    on: bool = switch()
    """Whether schools seek trusts of their own will."""
    threshold: float = param(
        3.55, "log odds", "assumed: fitted to openings a year, see docs/calibration", plausible=(3.0, 6.0)
    )
    """Score, with logistic luck, from which a school looks for a trust."""
    retrenchment: float = param(
        1.4, "log odds", "assumed: best option as the authority retrenches", plausible=(0.0, 3.0)
    )
    """Weight of what the local authority can no longer do (0 to 1)."""
    inevitability: float = param(1.35, "log odds", "assumed: the direction of travel", plausible=(0.0, 3.0))
    """Weight of the share of its nearest schools that are academies."""
    nearest: int = param(10, "schools", "assumed: those that heads meet", plausible=(4, 20), ge=1, le=24)
    """Nearest schools of its phase by which a school judges that."""
    attraction: float = param(0.9, "log odds", "assumed: a track record attracts", plausible=(0.0, 2.0))
    """Weight of the track record of the best trust near by."""
    strain: float = param(0.8, "log odds", "assumed: small rolls and deficits", plausible=(0.0, 2.0))
    """Weight of financial strain (0 to 1)."""
    vacancy: float = param(0.5, "log odds", "assumed: a head's leaving opens the question", plausible=(0.0, 1.5))
    """Weight of having no head."""
    partners: float = param(0.3, "log odds", "assumed: collaboration is a stepping stone", plausible=(0.0, 1.5))
    """Weight of its form of collaboration: a stepping stone (1), or an alternative (below 0)."""
    weak: float = param(0.4, "log odds", "assumed: authorities and the Department nudge", plausible=(0.0, 1.5))
    """Weight of being judged Requires improvement or Inadequate."""
    identity: float = param(-1.5, "log odds", "assumed: attachment to its own ways", plausible=(-3.0, 0.0))
    """Weight of attachment to its own identity."""
    authority: float = param(fitted("seeking.authority"), "log odds", "calibration", plausible=(0.0, 2.0))
    """Weight of what its local authority wills (sd): some urged every school to leave, some none."""
    alone: float = param(fitted("seeking.alone"), "log odds", "calibration", plausible=(-1.5, 1.5))
    """Further pull on a single-academy trust to join a larger one (103 of about 1,500 did in 2017/18)."""
    reach: float = param(45.0, "minutes", "assumed: as far as schools look", plausible=(25, 60))
    """Travel time within which a trust is near by."""
    alone_retrenchment: float = param(
        0.5, "share", "assumed: academies still buy some of the authority's services", plausible=(0.0, 1.0)
    )
    """What a single-academy trust feels of a local authority's retrenchment, wherever it is (0 to 1)."""
    settled: float = param(2.0, "years", "assumed: a new academy does not look again at once", plausible=(1, 5))
    """Years after converting that an academy does not look for a trust."""
    motive_push: float = param(0.5, "log odds", "assumed: incentives make joining a choice", plausible=(0.0, 1.5))
    """How much favourable policy makes active choice a school's motive, against its other reasons."""
    motive_inevitable: float = param(
        0.3, "log odds", "assumed: some convert before any school near by", plausible=(0.0, 1.0)
    )
    """How much inevitability is a school's motive before any school near by has joined."""
    asked: float = param(2.0, "log odds", "assumed: a trust that asks opens the question", plausible=(0.0, 4.0))
    """Pull of being approached by a trust that a scenario tells to ask the school."""


def rule(p: SeekingParams) -> Rule:
    """The decision to look for a trust."""
    return Rule(
        "seeking",
        (
            Term("push", 1.0, "policy of the day", -3.0, 3.0, says=reasons.PUSH),
            Term(
                "retrenchment", p.retrenchment, "what the local authority can no longer do", says=reasons.RETRENCHMENT
            ),
            Term(
                "inevitability", p.inevitability, "how many schools near by are academies", says=reasons.INEVITABILITY
            ),
            Term("attraction", p.attraction, "the track record of trusts near by", says=reasons.ATTRACTION),
            Term("strain", p.strain, "strain on its budget", says=reasons.STRAIN),
            Term("vacancy", p.vacancy, "the vacancy for a head", changeable=False, says=reasons.VACANCY),
            Term("partners", p.partners, "its collaboration with other schools", -1.0, 1.0, says=reasons.PARTNERS),
            Term("weak", p.weak, "its inspection grade", changeable=False, says=reasons.WEAK),
            Term("identity", p.identity, "attachment to its own identity", says=reasons.IDENTITY),
            Term("authority", p.authority, "the will of its local authority", -3.0, 3.0, says=reasons.AUTHORITY),
            Term("alone", p.alone, "standing alone as an academy", changeable=False, says=reasons.ALONE),
            Term("luck", 1.0, "circumstances of the year", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.threshold,
    )


_rule = lru_cache(rule)
"""The same, made once for its parameters."""


def asked_rule(p: SeekingParams) -> Rule:
    """The same decision once a trust has asked the school."""
    usual = rule(p)
    asked = Term("asked", p.asked, "being asked by a trust", changeable=False, says=reasons.ASKED)
    return Rule("asked", (*usual.terms, asked), usual.threshold)


def decide(state: State, p: SeekingParams, collaboration: CollaboratingParams) -> None:
    """Mark the schools that look for a trust this year, with their motive."""
    schools = state.schools
    schools.seeking[:] = False
    if not p.on:
        return
    rows = _free_to_seek(state, p)
    inputs = _inputs(state, p, collaboration, rows)
    verdict = _rule(p).judge(inputs)
    _settle(state, p, "seeking", rows, inputs, verdict, ~verdict.yes & (verdict.margin > -LOGGED_MARGIN))
    _ask(state, p, rows, inputs, verdict.yes)


def _ask(
    state: State, p: SeekingParams, rows: Rows, inputs: dict[str, NDArray[np.float64]], looking: NDArray[np.bool_]
) -> None:
    """Schools that do not look of themselves, but are asked by a trust that is told to, decide again."""
    asked = [row for d in state.directed.values() for row in d.ask]
    if not asked:
        return
    pick = np.flatnonzero(np.isin(rows, asked) & ~looking)
    again = {k: v[pick] for k, v in inputs.items()} | {"asked": np.ones(len(pick))}
    verdict = asked_rule(p).judge(again)
    _settle(state, p, "asked", rows[pick], again, verdict, ~verdict.yes)


def _settle(
    state: State,
    p: SeekingParams,
    name: str,
    rows: Rows,
    inputs: dict[str, NDArray[np.float64]],
    verdict: Verdict,
    stays: NDArray[np.bool_],
) -> None:
    """Mark and log the schools that look for a trust, with their motive; log those of the others that `stays` marks."""
    schools, words = state.schools, np.array(MOTIVES, dtype=object)
    for event, which in (("seek", verdict.yes), ("stay", stays)):
        pick = np.flatnonzero(which)
        school, grounds = rows[pick], verdict.grounds(pick, inputs)
        motive = CHOICE + _reasons(p, grounds["inputs"]).argmax(axis=0)
        if event == "seek":
            schools.seeking[school], schools.motive[school] = True, motive
        state.log.add(event, rule=name, school=school, trust=schools.trust[school], reason=words[motive], **grounds)


def _reasons(p: SeekingParams, inputs: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """How strong each of the three motives that a school can have of itself is: shape (3, n)."""
    return np.array(
        [
            p.attraction * inputs["attraction"] + p.motive_push * np.maximum(inputs["push"], 0.0),
            p.retrenchment * inputs["retrenchment"] + p.strain * inputs["strain"],
            p.inevitability * inputs["inevitability"] + p.motive_inevitable,
        ]
    )


def _free_to_seek(state: State, p: SeekingParams) -> Rows:
    """Open schools outside MATs that are not under an order: maintained, or single academies."""
    schools = state.schools
    rows = np.flatnonzero(outside_mats(state))
    settled = schools.joined[rows] > state.year - p.settled
    return np.asarray(rows[np.isnan(schools.ordered[rows]) & ~settled])


def _inputs(
    state: State, p: SeekingParams, collaboration: CollaboratingParams, rows: Rows
) -> dict[str, NDArray[np.float64]]:
    """What each school weighs: arrays of its length."""
    schools, trusts, world = state.schools, state.trusts, state.world
    # small whole numbers, and the greatest of a few: as exact in half the memory
    there = (schools.state == SchoolState.OPEN).astype(np.float32)
    near = world.peers.index[: p.nearest].take(rows, axis=1)
    academies, others = (
        np.append(of, np.float32(0.0)).take(near, mode="clip").sum(axis=0)
        for of in (there * (schools.trust >= 0), there)
    )
    record = np.where(trusts.active & (trusts.kind == TrustKind.MULTI), trusts.record, 0.0).astype(np.float32)
    # one element more answers for trust −1
    record = np.append(record, np.float32(0.0))[schools.trust] * there
    best = world.within(p.reach).most(rows, record)
    alone = schools.trust[rows] >= 0
    will = state.streams.lasting("seeking/authority", "places", state.places.luck)
    return {
        "push": state.climate.push[schools.phase[rows]] * ~alone,
        "retrenchment": np.where(alone, p.alone_retrenchment, 1.0 - state.places.capacity[schools.place[rows]]),
        "inevitability": (academies / np.maximum(others, 1)).astype(float),
        "attraction": best.astype(float),
        "strain": strain(state, rows, p),
        "vacancy": schools.vacancy[rows].astype(float),
        "partners": by_form(state, rows, "steps") * collaboration.on,
        "weak": (schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT).astype(float),
        "identity": schools.identity[rows],
        "authority": will[schools.place[rows]] * ~alone,
        "alone": alone.astype(float),
        "luck": state.streams.logistic("seeking", state.year, schools.luck[rows]),
    }
