"""Growth plans: a number, a pause, a phase ratio; drawn again with each school taken on (B5)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.state.directions import directed_rows
from matsim.state.state import State


class PlanningParams(Params):
    """How plans are drawn again."""

    on: bool = switch()
    """Whether trusts redraw their plans; if not, each keeps its first target."""
    sustainable: float = param(15.0, "schools", "building-trusts", plausible=(12, 18))
    """Size at which trusts expect to cover their costs, and pause."""
    next_step: float = param(5.0, "schools", "building-trusts", plausible=(3, 8))
    """How many more schools the next phase of growth aims for, once capacity allows."""
    pause: float = param(
        3.0,
        "years",
        "assumed: the report speaks of five or six, cohorts of two or three seen",
        plausible=(1, 6),
    )
    """How long a trust pauses when it reaches the sustainable size."""
    ready: float = param(0.95, "ratio", "assumed: capacity to look further", plausible=(0.8, 1.2))
    """Supply over need from which a trust that has reached its target aims higher."""
    retreat: float = param(0.6, "ratio", "assumed: capacity too thin to go on", plausible=(0.4, 0.8))
    """Supply over need below which a trust that has just grown lowers its target to what it has."""


def redraw(state: State, p: PlanningParams) -> None:
    """Redraw the plans of trusts that have grown since last year or reached their target."""
    if not p.on:
        return
    trusts = state.trusts
    rows = state.multi()
    if state.directed:  # a plan that is told stays as it is told
        rows = rows[~np.isin(rows, directed_rows(state.directed, lambda d: d.sets_growth))]
    size, target = trusts.schools[rows], trusts.target[rows]
    capacity, recent = trusts.capacity[rows], trusts.recent[rows]
    at_target = size >= target
    pausing = at_target & (size >= p.sustainable) & (trusts.paused[rows] <= state.year) & (recent > 0)
    further = at_target & ~pausing & (capacity >= p.ready) & (trusts.paused[rows] <= state.year)
    able = np.flatnonzero(further)
    further[able] = [not getattr(state.strategies[row], "final", False) for row in rows[able].tolist()]
    retreat = (recent > 0) & (capacity < p.retreat) & (target > size)
    new = np.where(further, size + p.next_step, np.where(retreat, np.maximum(size, 2), target))
    trusts.target[rows] = new
    until = np.where(pausing, state.year + p.pause, trusts.paused[rows])
    trusts.paused[rows] = until
    for reason, some in (("pause to consolidate", pausing), ("aim further", further), ("aim lower", retreat)):
        pick = np.flatnonzero(some)
        if len(pick):
            state.log.add(
                "plan",
                rule="planning",
                trust=rows[pick],
                reason=reason,
                value=size[pick].astype(float),
                threshold=target[pick],
                margin=size[pick] - target[pick],
                inputs={
                    "capacity": capacity[pick],
                    "recent": recent[pick],
                    "target": new[pick],
                    "paused": until[pick],
                },
            )
