"""Run a simulated year step by step, so that a test can stop before a step, change one thing, and go on."""

from __future__ import annotations

from itertools import takewhile

import numpy as np
from conftest import scenario

from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.state.state import Rows, State
from matsim.world.base import World
from matsim.world.codes import TrustKind

SEED = 3


def system(world: World, **changes: object) -> TrustSystem:
    """The world under the default scenario with some values changed, always with the same luck."""
    return TrustSystem(world, scenario(**changes), SEED)


def until(model: TrustSystem, name: str) -> State:
    """Run the steps of the year before the named one."""
    for step in takewhile(lambda s: s.name != name, SCHOOL_YEAR):
        do(model, step.name)
    return model.state


def do(model: TrustSystem, name: str) -> State:
    """Run one step of the year."""
    step = next(s for s in SCHOOL_YEAR if s.name == name)
    model.state.log.at(model.state.year, step.name, step.month)
    step(model.state, model.settings)
    return model.state


def in_mats(state: State) -> Rows:
    """Rows of schools in multi-academy trusts of two or more."""
    rows = state.in_trusts()
    of = state.schools.trust[rows]
    several: Rows = rows[(state.trusts.kind[of] == TrustKind.MULTI) & (state.trusts.schools[of] > 1)]
    return several


def outside(state: State) -> Rows:
    """Rows of open maintained schools."""
    rows: Rows = state.open_rows()[state.schools.trust[state.open_rows()] < 0]
    return rows


def one_trust(world: World) -> tuple[State, int]:
    """A state with a multi-academy trust whose columns a test may set; its responsibilities are the usual ones."""
    state = TrustSystem(world, scenario(), 3).state
    several = state.multi()[state.trusts.schools[state.multi()] >= 3]
    row = int(several[0])
    state.trusts.responsibilities[row] = np.median(state.trusts.responsibilities[several], axis=0)
    return state, row


def shape(state: State, row: int, size: int, *, weak: float = 0.0, roll: float = 230.0) -> None:
    """Make the trust one of `size` primaries close together, with intakes alike and a share of them weak."""
    trusts = state.trusts
    trusts.schools[row] = trusts.primaries[row] = size
    trusts.pupils[row], trusts.weak[row] = size * roll, round(weak * size)
    trusts.spread[row], trusts.fsm_range[row] = 3.0, 8.0
    trusts.clustered[row], trusts.cluster_governance[row], trusts.strong[row] = 0.0, 0, 0
