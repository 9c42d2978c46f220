"""What tests of mechanisms look at: trusts and their schools, part of a year, joinings, events with their inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from conftest import scenario

from matsim.results.numbers import named
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.state.state import Rows, State
from matsim.world.base import World
from matsim.world.codes import Phase


def several(state: State) -> Rows:
    """Multi-academy trusts of two schools or more."""
    rows = state.multi()
    return rows[state.trusts.schools[rows] > 1]


def by_size(state: State) -> Rows:
    """Multi-academy trusts, the largest first."""
    rows = state.multi()
    return rows[np.argsort(-state.trusts.schools[rows], kind="stable")]


def largest(state: State) -> tuple[int, Rows]:
    """The trust with most schools, and its schools."""
    trust = int(by_size(state)[0])
    return trust, state.members(trust)


def of_phase(state: State, secondary: bool, count: int) -> tuple[int, Rows]:
    """The largest trust with so many schools of a phase, and that many of its schools of the phase."""
    for trust in by_size(state).tolist():
        rows = state.members(trust)
        rows = rows[(state.schools.phase[rows] != Phase.PRIMARY) == secondary]
        if len(rows) >= count:
            return int(trust), rows[:count]
    raise AssertionError(f"no trust has {count} such schools")


def part_of_a_year(world: World, last: str, seed: int = 1, **changes: Any) -> TrustSystem:
    """A model that has lived through its first year up to and with the step named."""
    names = [step.name for step in SCHOOL_YEAR]
    model = TrustSystem(world, scenario(**changes), seed, schedule=SCHOOL_YEAR[: names.index(last) + 1])
    model.run_for(1)
    return model


def joined_this_year(state: State) -> Rows:
    """Schools that joined their trust in the year just lived through."""
    return np.flatnonzero(state.schools.joined >= state.year - 0.1)


def events(model: TrustSystem, *kinds: str) -> pd.DataFrame:
    """The events of some kinds, with their inputs as columns."""
    state = model.state
    frame = state.log.frame(state.schools.urn, state.trusts.uid)
    frame = frame[frame["event"].isin(kinds)].reset_index(drop=True)
    inputs = [named(numbers) for numbers in frame["inputs"]]
    return pd.concat([frame.drop(columns="inputs"), pd.DataFrame(inputs, index=frame.index)], axis=1)
