"""Run a simulated year step by step, so that a test can stop before a step, change one thing, and go on."""

from __future__ import annotations

from itertools import takewhile

from conftest import scenario

from matsim.model import TrustSystem
from matsim.schedule import SCHOOL_YEAR
from matsim.state import Rows, State
from matsim.world.base import World

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
    step.function(model.state, *(getattr(model.settings, p) for p in step.parameters))
    return model.state


def in_mats(state: State) -> Rows:
    """Rows of schools in multi-academy trusts of two or more."""
    rows = state.in_trusts()
    of = state.schools.trust[rows]
    several: Rows = rows[(state.trusts.kind[of] == 1) & (state.trusts.schools[of] > 1)]
    return several


def outside(state: State) -> Rows:
    """Rows of open maintained schools."""
    rows: Rows = state.open_rows()[state.schools.trust[state.open_rows()] < 0]
    return rows
