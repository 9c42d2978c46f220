"""The assumption register: every parameter with its source."""

from __future__ import annotations

import pandas as pd

from matsim.scenario.schema import Scenario
from matsim.simulation.inventory import parameters


def register(scenario: Scenario) -> pd.DataFrame:
    """Every parameter of a scenario that is a number or a choice of the modeller, as `inventory.parameters`.

    Switches are left out: they turn mechanisms off and say nothing of England.
    """
    every = parameters(scenario)
    return every.loc[every.unit != "switch"].reset_index(drop=True)
