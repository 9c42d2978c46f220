"""Growth plans: does the CEO want more schools, and is there time while others are bedding in (B5)?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.state.directions import directed_rows
from matsim.state.state import Rows, State


class PlanningParams(Params):
    """How many schools a CEO has time for."""

    on: bool = switch()
    """Whether wishes and time limit growth; if not, each trust keeps its first plan and takes what will come."""
    bedding: float = param(
        10.0,
        "schools",
        "assumed: five or more gained in a year by 4.5% of trusts without such a limit, nine the most",
        plausible=(5, 14),
        gt=0.0,
    )
    """Schools that are bedding in beyond which nobody at the top has time for another."""
    second: float = param(0.5, "ratio", "assumed: a school beds in over two years", plausible=(0.0, 1.0), le=1.0)
    """Time that a school takes in its second year in the trust, over that in its first."""


def time_for(state: State, p: PlanningParams) -> NDArray[np.float64]:
    """How many more schools each trust has time for this year, those still bedding in taken off: by trust."""
    schools, rows = state.schools, state.in_trusts()
    age = state.year - schools.joined[rows]
    weight = np.where(age < 1.0, 1.0, np.where(age < 2.0, p.second, 0.0))
    # a school that made its trust, or has always been in it, has nowhere to settle
    weight *= schools.joined[rows] > state.trusts.founded[schools.trust[rows]]
    bedding = np.bincount(schools.trust[rows], weights=weight, minlength=len(state.trusts))
    return np.asarray(np.maximum(p.bedding - bedding, 0.0))


def redraw(state: State, p: PlanningParams) -> None:
    """Redraw what trusts aim for: as many more as there is time for where their CEO wants any, else what they have.

    A CEO with a number in mind keeps it.
    """
    if not p.on:
        return
    trusts, rows = state.trusts, state.multi()
    if state.directed:  # a plan that is told stays as it is told
        rows = rows[~np.isin(rows, directed_rows(state.directed, lambda d: d.sets_growth))]
    chosen = [state.strategies[row] for row in rows.tolist()]
    free = np.array([not strategy.final for strategy in chosen], dtype=bool)
    holds = np.array([strategy.kind == "hold" for strategy in chosen], dtype=bool)
    # nobody plans where nothing is to be taken on
    rows = rows[~holds & (free | (trusts.ambition[rows] <= 0.0))]
    size, before, time = trusts.schools[rows].astype(float), trusts.target[rows], time_for(state, p)[rows]
    new = size + np.where(trusts.ambition[rows] > 0.0, np.trunc(time), 0.0)
    trusts.target[rows] = np.maximum(new, 1.0)
    # at the start, and where a trust is new, nothing was planned before
    known = (trusts.founded[rows] < state.year) & (state.year > state.world.year)
    stops, goes_on = known & (new <= size) & (before > size), known & (new > size) & (before <= size)
    _log(state, rows[stops & (trusts.ambition[rows] > 0.0)], before, time, "let its new schools bed in", rows)
    _log(state, rows[stops & (trusts.ambition[rows] <= 0.0)], before, time, "stay as it is", rows)
    _log(state, rows[goes_on], before, time, "grow again", rows)


def _log(
    state: State, pick: Rows, before: NDArray[np.float64], time: NDArray[np.float64], reason: str, rows: Rows
) -> None:
    """Log that plans were drawn again, of the trusts picked of `rows`: `before` and `time` are by the latter."""
    if not len(pick):
        return
    at, trusts = np.searchsorted(rows, pick), state.trusts
    size = trusts.schools[pick].astype(float)
    state.log.add(
        "plan",
        rule="planning",
        trust=pick,
        reason=reason,
        value=size,
        threshold=before[at],
        margin=size - before[at],
        inputs={"ambition": trusts.ambition[pick], "time": time[at], "target": trusts.target[pick]},
    )
