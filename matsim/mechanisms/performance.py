"""Trust performance by the five published flags, and with and without the schools that were moved away (E4, B8)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.state.state import State
from matsim.world.codes import Grade, SchoolState

FLAGS = ("progress", "improvement", "disadvantaged", "inadequate", "spending")
"""The five flags of the Education Policy Institute, as Building Trusts gives them."""


LOGGED_FLAGS = 3
"""Flags from which a trust's troubles are logged."""


class PerformanceParams(Params):
    """When a flag goes up, and whether anyone looks."""

    on: bool = switch()
    """Whether commissioners take flags into account in a trust's track record (E4)."""
    below: float = param(0.3, "sd", "assumed: significantly below average", plausible=(0.1, 0.6))
    """How far below the average value added must be for the progress flag."""
    falling: float = param(0.1, "sd", "assumed: a fall beyond noise", plausible=(0.0, 0.3))
    """How much value added must have fallen for the improvement flag."""
    gap: float = param(
        0.25, "sd", "assumed: disadvantaged pupils gain less where more are disadvantaged", plausible=(0.0, 0.5)
    )
    """Loss in value added for disadvantaged pupils of a school with twice the usual share of free meals."""
    usual_fsm: float = param(
        21.0, "points", "assumed: about the mean of schools' percentages over some years", plausible=(15, 25), ge=1.0
    )
    """Percentage of pupils eligible for free meals that is usual."""
    overspend: float = param(0.05, "share", "assumed: spending well beyond income", plausible=(0.02, 0.1))
    """In-year deficit of any school, as a share of its income, for the spending flag."""
    weight: float = param(0.05, "share", "assumed: each flag costs a little standing", plausible=(0.0, 0.15))
    """What each flag takes from a trust's track record in the end."""
    yearly: float = param(0.3, "share per year", "assumed: track records change slowly", plausible=(0.1, 0.5))
    """Part of that which it takes in a year."""


def flag(state: State, p: PerformanceParams) -> None:
    """Raise the five flags of every trust, and reckon value added with the schools that were moved away."""
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    n = len(trusts)
    if not n:
        return
    of, pupils = schools.trust[rows], np.maximum(schools.pupils[rows], 1.0)
    weight = np.maximum(np.bincount(of, weights=pupils, minlength=n), 1.0)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, weights=values * pupils, minlength=n) / weight

    def any_of(pick: np.ndarray) -> np.ndarray:
        return np.bincount(of, weights=pick, minlength=n) > 0

    now, before = mean(schools.outcome[rows]), mean(schools.before[rows])
    poor = now - p.gap * (mean(schools.fsm[rows]) / p.usual_fsm - 1.0)
    flags = np.column_stack(
        [
            now < -p.below,
            now < before - p.falling,
            poor < -p.below,
            any_of(schools.grade[rows] == Grade.INADEQUATE),
            any_of(schools.balance[rows] < -p.overspend),
        ]
    )
    many = (
        (flags.sum(axis=1) >= LOGGED_FLAGS)
        & (trusts.flags.sum(axis=1) < LOGGED_FLAGS)
        & (trusts.schools > 1)
        & trusts.active
    )
    pick = np.flatnonzero(many)
    count = flags[pick].sum(axis=1).astype(float)
    words = np.array(
        [", ".join(name for name, up in zip(FLAGS, row, strict=True) if up) for row in flags[pick]], object
    )
    state.log.add(
        "flag",
        rule="performance",
        trust=pick,
        reason=words,
        value=count,
        threshold=LOGGED_FLAGS,
        margin=count - LOGGED_FLAGS,
        inputs={"outcome": now[pick], "before": before[pick], "disadvantaged": poor[pick]},
    )
    trusts.flags = flags
    trusts.disadvantaged = poor
    if p.on:
        active = state.active()
        cost = p.weight * p.yearly * flags[active].sum(axis=1)
        trusts.record[active] = np.maximum(trusts.record[active] - cost, 0.0)
    _with_leavers(state, weight, now)


def _with_leavers(state: State, weight: np.ndarray, now: np.ndarray) -> None:
    """Value added of each trust as it would be with the schools a commissioner moved out of it."""
    schools, trusts = state.schools, state.trusts
    left = np.flatnonzero((schools.taken_from >= 0) & (schools.state == SchoolState.OPEN))
    pupils = np.maximum(schools.pupils[left], 1.0)
    origin = schools.taken_from[left]
    more = np.bincount(origin, weights=pupils, minlength=len(trusts))
    value = np.bincount(origin, weights=pupils * schools.outcome[left], minlength=len(trusts))
    trusts.outcome_with_left = (now * weight + value) / (weight + more)
