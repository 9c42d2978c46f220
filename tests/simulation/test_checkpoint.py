"""A model gone on from a checkpoint lives through what it would have without one."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
from conftest import scenario

from matsim.mechanisms.directed.decisions import Decision
from matsim.mechanisms.shocks import Shock
from matsim.scenario.schema import TrustChoice
from matsim.simulation.checkpoint import checkpoint, resumed
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import simulate
from matsim.world.base import World


def test_years_after_a_checkpoint_are_the_years_without_one(county: World) -> None:
    """Every table, with foundings and mergers before and after, and decisions and a shock that came later."""
    first = scenario(run__years=6, founding__authorities_from=2018, merging__threshold=-1.0)
    uid = int(county.trusts["uid"][0])
    choice = TrustChoice(uid=uid, decisions=(Decision(year=county.year + 3, growth="grow", target=20.0),))
    shock = Shock(year=county.year + 4, kind="growth pause")
    later = first.model_copy(update={"trusts": (choice,), "shocks": (shock,)})
    model = TrustSystem(county, first, 3)
    model.run_years(3)
    stored = checkpoint(model)
    for settings in (first, later, first):
        again = resumed(stored, county, settings)
        again.run_years(3)
        alone = simulate(settings, county, seed=3).tables
        for name, table in again.recorder.tables().items():
            pd.testing.assert_frame_equal(table, alone[name], check_exact=True, obj=name)
    model.run_years(3)  # and the one that was stored goes on as it was
    pd.testing.assert_frame_equal(model.recorder.tables()["system_year"], alone["system_year"], check_exact=True)


def test_columns_that_were_stored_are_columns_again(area: World) -> None:
    schools = pickle.loads(pickle.dumps(TrustSystem(area, scenario(), 1).state.schools))
    schools.pupils[3] = 77.0
    schools.capacity *= 2.0
    assert schools["pupils"][3] == 77.0
    assert np.shares_memory(schools.capacity, schools["capacity"])
    row = schools.add(1, {"urn": 999})
    assert schools.urn[row] == 999 == schools["urn"][-1]
    assert schools.pupils[3] == 77.0
