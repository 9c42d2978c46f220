"""Synthetic worlds that several test files look at, each made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from matsim.world.base import World
from matsim.world.describe import describe
from matsim.world.geography import TravelParams
from matsim.world.synthetic import SyntheticParams, synthetic


@cache
def make(year: int = 2018, **values: Any) -> World:
    """A world of mainstream schools alone, unless `specialist` says otherwise."""
    return synthetic(SyntheticParams(**{"specialist": 0.0} | values), year, TravelParams())


@cache
def facts_of(year: int = 2018, **values: Any) -> dict[str, Any]:
    return describe(make(year, **values))


def frame(world: World) -> dict[str, np.ndarray]:
    """The columns of the open schools."""
    return {name: column[~world.schools["planned"]] for name, column in world.schools.items()}
