"""Trust performance by the five published flags, and with and without the schools that were moved away (E4, B8)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.inspection import InspectionParams
from matsim.state.state import State
from matsim.world.codes import Grade, SchoolState

FLAGS = ("progress", "improvement", "disadvantaged", "inadequate", "spending")
"""The five flags of the Education Policy Institute, as Building Trusts gives them."""

_PLACES = 1 << np.arange(len(FLAGS))
_WORDS = np.array(
    [", ".join(f for f, up in zip(FLAGS, _PLACES, strict=True) if code & up) for code in range(2 ** len(FLAGS))], object
)
"""What every set of flags is called, by the sum of their places."""

LOGGED_FLAGS = 3
"""Flags from which a trust's troubles are logged."""


class PerformanceParams(Params):
    """When a flag goes up, and whether anyone looks."""

    on: bool = switch()
    """Whether flags count in a trust's track record where growth is approved (E4)."""
    below: float = param(0.3, "sd", "assumed: significantly below average", plausible=(0.1, 0.6))
    """How far below the average value added must be for the progress flag, and the fall for the improvement flag."""
    gap: float = param(
        0.25, "sd", "assumed: disadvantaged pupils gain less where more are disadvantaged", plausible=(0.0, 0.5)
    )
    """Loss in value added for disadvantaged pupils of a school with twice the usual share of free meals."""
    overspend: float = param(0.05, "share", "assumed: spending well beyond income", plausible=(0.02, 0.1))
    """In-year deficit of any school, as a share of its income, for the spending flag."""
    weight: float = param(0.05, "share", "assumed: each flag costs a little standing", plausible=(0.0, 0.15))
    """What each flag takes from a trust's track record in the end."""
    yearly: float = param(0.3, "share per year", "assumed: track records change slowly", plausible=(0.1, 0.5))
    """Part of that which it takes in a year."""


def flag(state: State, p: PerformanceParams, inspection: InspectionParams) -> None:
    """Raise the five flags of every trust, and reckon value added with the schools that were moved away."""
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    n = len(trusts)
    if not n:
        return
    # value added is published of mainstream schools alone
    of, pupils = schools.trust[rows], np.maximum(schools.pupils[rows], 1.0) * state.world.mainstream[rows]
    weight = np.maximum(np.bincount(of, weights=pupils, minlength=n), 1.0)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, weights=values * pupils, minlength=n) / weight

    def any_of(pick: np.ndarray) -> np.ndarray:
        some = np.zeros(n, bool)
        some[of[pick]] = True
        return some

    now, before = mean(schools.outcome[rows]), mean(schools.before[rows])
    poor = now - p.gap * (mean(schools.fsm[rows]) / inspection.usual_fsm - 1.0)
    flags = np.empty((n, len(FLAGS)), bool)
    flags[:, 0] = now < -p.below
    flags[:, 1] = now < before - p.below
    flags[:, 2] = poor < -p.below
    flags[:, 3] = any_of(schools.grade[rows] == Grade.INADEQUATE)
    flags[:, 4] = any_of(schools.balance[rows] < -p.overspend)
    count = flags.sum(axis=1)
    pick = np.flatnonzero((count >= LOGGED_FLAGS) & (trusts.schools > 1) & trusts.active)
    pick = pick[trusts.flags[pick].sum(axis=1) < LOGGED_FLAGS]
    if len(pick):
        value = count[pick].astype(float)
        state.log.add(
            "flag",
            rule="performance",
            trust=pick,
            reason=_WORDS[flags[pick] @ _PLACES],
            value=value,
            threshold=LOGGED_FLAGS,
            margin=value - LOGGED_FLAGS,
            inputs={"outcome": now[pick], "before": before[pick], "disadvantaged": poor[pick]},
        )
    trusts.flags = flags
    trusts.disadvantaged = np.where(trusts.tested > 0, poor, np.nan)
    if p.on:
        active = state.active()
        cost = p.weight * p.yearly * count[active]
        trusts.record[active] = np.maximum(trusts.record[active] - cost, 0.0)
    _with_leavers(state, weight, now)


def _with_leavers(state: State, weight: np.ndarray, now: np.ndarray) -> None:
    """Value added of each trust as it would be with the schools a commissioner moved out of it."""
    schools, trusts = state.schools, state.trusts
    left = (schools.taken_from >= 0) & (schools.state == SchoolState.OPEN) & state.world.mainstream
    left = np.flatnonzero(left)
    pupils = np.maximum(schools.pupils[left], 1.0)
    origin = schools.taken_from[left]
    more = np.bincount(origin, weights=pupils, minlength=len(trusts))
    value = np.bincount(origin, weights=pupils * schools.outcome[left], minlength=len(trusts))
    with_left = (now * weight + value) / (weight + more)
    trusts.outcome_with_left = np.where(trusts.tested + more > 0, with_left, np.nan)
