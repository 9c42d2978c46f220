"""Schools' hearts: buy-in, autonomy and identity move with what the trust does; some try to leave (E5, A5, A7)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.state.state import Rows, State
from matsim.world.codes import TrustKind


class BuyInParams(Params):
    """How buy-in and identity move, and when a school tries to leave."""

    on: bool = switch()
    """Whether buy-in moves at all."""
    heal: float = param(0.15, "share per year", "assumed: trust between people grows slowly", plausible=(0.05, 0.3))
    """Share of the way that buy-in moves each year towards what the school sees."""
    resting: float = param(
        0.62, "share", "assumed: self-rated effectiveness of six to seven of ten (A7)", plausible=(0.5, 0.75)
    )
    """Buy-in that an average trust settles at."""
    success: float = param(0.08, "share", "assumed: results convince", plausible=(0.0, 0.2))
    """Rise of what the school sees for each standard deviation of its own value added."""
    coherence: float = param(0.4, "share", "assumed: people believe in what fits", plausible=(0.0, 1.0))
    """Rise with the trust's coherence above the middle."""
    broken: float = param(0.5, "share", "assumed: promises broken are resented (B2)", plausible=(0.0, 1.0))
    """Fall for autonomy promised and not given."""
    taken: float = param(0.25, "share", "assumed: identity and control clash", plausible=(0.0, 0.6))
    """Fall for autonomy below the school's attachment to its own identity."""
    scaling: float = param(
        0.06,
        "share",
        "assumed: a set approach costs buy-in, convergence does not (A5)",
        plausible=(0.0, 0.15),
    )
    """Fall where the trust scales a set approach rather than converging together."""
    strain: float = param(0.1, "share", "assumed: break points are felt", plausible=(0.0, 0.3))
    """Fall for each break point passed and unanswered."""
    blend: float = param(
        0.04, "share per year", "assumed: schools come to share the trust's ways", plausible=(0.0, 0.1)
    )
    """Share of its separate identity that a school with full buy-in loses each year."""
    fade: float = param(0.2, "share per year", "assumed: people who heard a promise move on", plausible=(0.05, 0.5))
    """Share of the gap between autonomy promised and autonomy held that is forgotten in a year."""
    leave_on: bool = switch()
    """Whether schools that lose heart try to leave."""
    leave_below: float = param(0.22, "share", "tes-transfers", plausible=(0.1, 0.35))
    """Buy-in below which a school tries to leave (69 of about 6,000 moved between trusts by agreement in 2017/18)."""
    leave_after: float = param(2.0, "years", "assumed: nobody joins to leave at once", plausible=(1, 5))
    """Years in its trust before a school tries to leave."""


def move(state: State, p: BuyInParams) -> None:
    """One year of buy-in and identity in multi-academy trusts; mark the schools that try to leave."""
    schools, trusts = state.schools, state.trusts
    schools.leaving[:] = False
    rows = state.in_trusts()
    of = schools.trust[rows]
    multi = np.flatnonzero(trusts.kind[of] == TrustKind.MULTI)
    rows, of = rows[multi], of[multi]
    if not p.on or not len(rows):
        return
    several = trusts.schools > 1
    passed = (trusts.pressure >= 1.0).sum(axis=1)
    promised, autonomy, identity = schools.promised[rows], schools.autonomy[rows], schools.identity[rows]
    aim = (
        p.resting
        + p.success * np.clip(schools.outcome[rows], -2.0, 2.0)
        + (p.coherence * trusts.advantage)[of]
        - p.broken * np.maximum(promised - autonomy, 0.0) * several[of]
        - p.taken * np.maximum(identity - autonomy, 0.0)
        - (p.scaling * (1.0 - trusts.convergence))[of]
        - (p.strain * passed)[of]
    )
    buyin = schools.buyin[rows]
    now = np.clip(buyin + p.heal * (np.clip(aim, 0.0, 1.0) - buyin), 0.0, 1.0)
    schools.buyin[rows] = now
    schools.promised[rows] = promised + p.fade * (autonomy - promised)
    schools.identity[rows] = identity * (1.0 - p.blend * now)
    if p.leave_on:
        low = np.flatnonzero(now < p.leave_below)
        _leave(state, p, rows[low[several[of[low]]]])


def _leave(state: State, p: BuyInParams, rows: Rows) -> None:
    """Schools that have lost heart try to leave, but not at once."""
    schools = state.schools
    pick = rows[schools.joined[rows] < state.year - p.leave_after]
    if not len(pick):
        return
    schools.leaving[pick] = True
    value = schools.buyin[pick]
    state.log.add(
        "leave",
        rule="buy-in",
        school=pick,
        trust=schools.trust[pick],
        value=value,
        threshold=p.leave_below,
        margin=p.leave_below - value,
        inputs={
            "autonomy": schools.autonomy[pick],
            "identity": schools.identity[pick],
            "promised": schools.promised[pick],
        },
    )
