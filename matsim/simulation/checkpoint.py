"""A model between two years as bytes, to go on from: with other decisions for the years to come, in any process."""

from __future__ import annotations

import copyreg
import io
import pickle
from typing import Any

from matsim.scenario.fitting import check
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR, Step
from matsim.simulation.model import TrustSystem
from matsim.world.base import World


def _left_out(_: Any) -> tuple[type[None], tuple[()]]:
    return type(None), ()


class _Pickler(pickle.Pickler):
    """Leaves out what whoever goes on has: the world, the scenario and the schedule."""

    dispatch_table = copyreg.dispatch_table | dict.fromkeys((World, Scenario, Step), _left_out)


def checkpoint(model: TrustSystem) -> bytes:
    """All that the years to come follow from, and what is recorded of those past; the model is left as it is."""
    stored = io.BytesIO()
    _Pickler(stored, pickle.HIGHEST_PROTOCOL).dump(model)
    return stored.getvalue()


def resumed(stored: bytes, world: World, scenario: Scenario) -> TrustSystem:
    """The model of a checkpoint on its world, to go on under `scenario`: every year is what it would be from the first.

    So it is where `scenario` differs from the one before in nothing but decisions and shocks of years to come.
    InputError where these do not fit the world.
    """
    check(scenario, world)
    model: TrustSystem = pickle.loads(stored)
    model.settings, model.schedule, model.state.world = scenario, SCHOOL_YEAR, world
    return model
