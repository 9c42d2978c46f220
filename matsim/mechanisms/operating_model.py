"""Who does what: fifteen responsibilities drift towards the centre; autonomy is earned and lost (A3, A4, C6, B2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import (
    BACK_OFFICE,
    CORE,
    CURRICULUM,
    INFORMATION,
    SCHOOL_IMPROVEMENT,
    SENIORS,
    TOP,
)
from matsim.mechanisms.ladders import LOCAL
from matsim.mechanisms.rollup import proven
from matsim.mechanisms.vision import lasting
from matsim.state.directions import numbers
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, TrustKind

type Floats = NDArray[np.float64]

LOGGED_RISE = 2.0
"""Points in a year, all responsibilities together, from which a rise is logged: twice the usual drift."""

LOGGED_AUTONOMY = 0.1
"""Change in a school's autonomy in a year from which it is logged."""


class OperatingModelParams(Params):
    """How responsibilities and autonomy move."""

    drift_on: bool = switch()
    """Whether standardisation drifts upwards (A3)."""
    drift: float = param(
        0.2, "score 0-10", "assumed: a long-term process (Building Trusts §3.2)", plausible=(0.05, 0.5)
    )
    """Points a year by which information management, back office and senior staff development rise."""
    drift_others: float = param(
        0.05, "score 0-10", "assumed: respondents erred on the side of more", plausible=(0.0, 0.2)
    )
    """Points a year by which the other responsibilities rise."""
    wanted: float = param(
        0.15, "ratio", "assumed: what goes badly is what people want done together (A7)", plausible=(0.0, 0.4)
    )
    """How much faster an area drifts for each point by which it is rated below `rated`, and slower above."""
    rated: float = param(6.6, "score 0-10", "building-trusts", plausible=(6.0, 7.0))
    """Self-rated effectiveness at which an area drifts as usual (medians averaged six or seven)."""
    settle: float = param(0.2, "share per year", "assumed: practice follows intention slowly", plausible=(0.05, 0.5))
    """Share of the gap between what is done and what is intended that closes in a year, upwards only."""
    weak_pull: float = param(
        2.0, "score 0-10", "assumed: weak schools pull curriculum to the centre (§2.2)", plausible=(0.0, 4.0)
    )
    """How much higher a trust sets curriculum and improvement where all its schools are weak."""
    dispersal: bool = switch()
    """Whether dispersed trusts hand curriculum back to heads (C6, D6)."""
    hand_back: float = param(1.5, "score 0-10", "assumed: size of a hand-back", plausible=(0.5, 3.0))
    """Points by which curriculum responsibilities fall for each rung of the local-decision ladder."""
    earned_on: bool = switch()
    """Whether a failing school loses autonomy and a good one regains it (A4)."""
    earned: float = param(0.15, "share", "assumed: earned autonomy is partial", plausible=(0.0, 0.4))
    """How far a school's autonomy moves below or above its trust's for weak and strong schools."""
    earned_outcome: float = param(0.3, "sd", "assumed: visibly above average", plausible=(0.0, 0.8))
    """Value added above which a school judged good or better has earned autonomy."""
    speed: float = param(0.4, "share per year", "assumed: a year or two of standstill agreements", plausible=(0.2, 1.0))
    """Share of the way that a school's autonomy moves in a year to what its trust now allows."""


def drift(state: State, p: OperatingModelParams) -> None:
    """Move responsibilities of multi-academy trusts, then the autonomy of their schools."""
    trusts = state.trusts
    rows = state.multi()
    if (p.drift_on or p.dispersal or state.directed) and len(rows):
        now = trusts.responsibilities[rows]
        aim = lasting(state).intended[rows]
        weak = trusts.weak[rows] / np.maximum(trusts.schools[rows], 1)
        local = trusts.rung[rows, LOCAL]
        for duty in (CURRICULUM, CORE, SCHOOL_IMPROVEMENT):
            aim[:, duty] += p.weak_pull * weak
        for duty in (CURRICULUM, CORE) if p.dispersal else ():
            aim[:, duty] -= p.hand_back * local
        gap = p.settle * (aim - now)
        step = np.maximum(gap, 0.0) * p.drift_on
        if p.dispersal:
            # nobody ever wanted less: responsibilities fall only where decisions are handed back on purpose
            handed = np.flatnonzero(local > 0)
            for duty in (CURRICULUM, CORE):
                step[handed, duty] += np.minimum(gap[handed, duty], 0.0)
        rise = np.full(now.shape[1], p.drift_others)
        rise[[SENIORS, BACK_OFFICE, INFORMATION]] = p.drift
        wanted = 1.0 + p.wanted * np.clip(p.rated - trusts.ratings[rows], -2.0, 2.0)
        rise *= p.drift_on
        new = np.clip(now + step + rise * wanted * (trusts.schools[rows] > 1)[:, None], 0.0, TOP)
        if state.directed:
            orders = numbers(state.directed, rows, "responsibilities", now.shape[1])
            new = np.where(np.isnan(orders), new, now + p.settle * (orders - now))
        trusts.responsibilities[rows] = new
        pick = np.flatnonzero((new - now).sum(axis=1) > LOGGED_RISE)
        if len(pick):
            _log(state, rows[pick], now[pick], new[pick], weak[pick])
    _autonomy(state, p)


def _log(state: State, rows: Rows, before: Floats, after: Floats, weak: Floats) -> None:
    """Log the trusts whose responsibilities have risen much, and by which the most."""
    rise = after - before
    state.log.add(
        "standardise",
        rule="operating model",
        trust=rows,
        value=after.mean(axis=1),
        threshold=before.mean(axis=1),
        margin=rise.mean(axis=1),
        inputs={"responsibility": np.abs(rise).argmax(axis=1).astype(float), "weak": weak},
    )


def _autonomy(state: State, p: OperatingModelParams) -> None:
    """A school's say moves to what its trust allows; less if it is failing, more if it is strong."""
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    rows = rows[trusts.kind[schools.trust[rows]] == TrustKind.MULTI]
    of = schools.trust[rows]
    allowed = (1.0 - trusts.responsibilities.mean(axis=1) / TOP)[of]
    grade = schools.grade[rows]
    if p.earned_on:
        strong = proven(state, rows, p.earned_outcome)
        allowed += np.where(grade >= Grade.REQUIRES_IMPROVEMENT, -p.earned, p.earned * strong)
    before = schools.autonomy[rows]
    now = np.clip(before + p.speed * (allowed - before), 0.0, 1.0)
    schools.autonomy[rows] = now
    change = now - before
    pick = np.flatnonzero(np.abs(change) > LOGGED_AUTONOMY)
    if len(pick):
        state.log.add(
            "autonomy",
            rule="operating model",
            school=rows[pick],
            trust=of[pick],
            value=now[pick],
            threshold=before[pick],
            margin=change[pick],
            inputs={"grade": grade[pick], "allowed": allowed[pick]},
        )
