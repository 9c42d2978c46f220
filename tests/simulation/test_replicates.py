"""Replicates side by side in one model: each gives the tables that its seed gives alone, in a batch of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.events.fingerprints import fingerprints
from matsim.measures import READ, summarise, summary
from matsim.mechanisms.shocks import Shock
from matsim.scenario.combined import combined
from matsim.scenario.load import load_scenario
from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.simulation.recorder import IDENTITY
from matsim.simulation.simulate import build_world, replicates, simulate
from matsim.world.base import World
from matsim.world.copies import copied

YEARS = 6


def struck(world: World) -> Scenario:
    """A scenario with shocks everywhere, in a region, to a trust and to a school."""
    uid, urn = int(world.trusts["uid"][0]), int(world.schools["urn"][5])
    region = "West Midlands"
    shocks = (
        Shock(year=world.year, kind="funding cut", size=0.05, years=2),
        Shock(year=world.year + 1, kind="growth pause", region=region),
        Shock(year=world.year + 1, kind="CEO leaves", trust=uid),
        Shock(year=world.year + 2, kind="judged Inadequate", school=urn),
    )
    return scenario(run__years=YEARS).model_copy(update={"shocks": shocks})


def _same(settings: Scenario, world: World, batches: tuple[tuple[int, ...], ...], **how: Any) -> None:
    alone = {seed: simulate(settings, world, seed=seed, **how).tables for seed in {s for b in batches for s in b}}
    for batch in batches:
        for seed, tables in zip(batch, replicates(settings, world, batch, **how), strict=True):
            assert tables.keys() == alone[seed].keys()
            for name, columns in tables.items():
                pd.testing.assert_frame_equal(pd.DataFrame(columns), alone[seed][name], check_exact=True, obj=name)


@pytest.mark.parametrize("changes", [{}, {"founding__authorities_from": 2018, "merging__threshold": -1.0}])
def test_replicates_are_the_runs_alone(county: World, changes: dict[str, object]) -> None:
    """Every table, events too, in batches of 2 and 7, with openings, foundings, mergers and other seeds beside."""
    _same(scenario(run__years=YEARS, **changes), county, ((3, 4), (9, 3, 4, 5, 6, 7, 8)))


def test_a_batch_of_fifty(area: World) -> None:
    seeds = tuple(range(50))
    _same(scenario(run__years=3), area, (seeds, seeds[::-1]), tables=("system_year", "region_year", "trust_year"))


def test_every_replicate_has_what_happens_to_all(county: World) -> None:
    """Changes of policy and shocks that name a place or nobody are events of every copy; others of their own."""
    _same(struck(county), county, ((1, 2, 3),))
    events = replicates(struck(county), county, (1, 2), years=YEARS, tables=("events",))[1]["events"]
    assert {"policy", "retrench", "shock"} <= set(events["event"])


@pytest.mark.parametrize("name", ["england-2010", "cautious-commissioners", "clustered"])
def test_replicates_of_other_scenarios(name: str) -> None:
    settings = load_scenario(name, ["world.synthetic.schools=400", "run.years=4"])
    _same(settings, build_world(settings), ((1, 2),))


def test_seeds_are_one_for_each_copy_or_one_for_all(area: World) -> None:
    with pytest.raises(ValueError, match="2 seeds are for so many copies of a world, not for 3"):
        TrustSystem(copied(area, 3), scenario(), (1, 2))
    with pytest.raises(ValueError, match="one copy of a world at a time"):
        TrustSystem(copied(area, 2), scenario(), 1).recorder.columns()


def test_summaries_of_a_batch_are_those_of_its_runs(county: World) -> None:
    """Measures, groups and fingerprints of all copies in one pass, exactly as one by one; of events only identities."""
    seeds, settings, wanted = (3, 4, 5), struck(county), ("system_year", "trust_year", IDENTITY)
    model = TrustSystem(copied(county, 3), combined([settings] * 3), seeds)
    model.recorder.only(wanted, {"trust_year": READ})
    model.run_years(YEARS)
    made = model.recorder.side_by_side()
    years = np.unique(made["system_year"]["year"])
    together = summary(made, fingerprints(made["events"], years, len(seeds)))
    for copy, seed in enumerate(seeds):
        alone = simulate(settings, county, seed=seed).tables
        for name, frame in summarise(alone, fingerprints(alone["events"], years)).items():
            rows = pd.DataFrame(together[name])
            rows = rows[rows["copy"] == copy].drop(columns="copy").reset_index(drop=True)
            pd.testing.assert_frame_equal(rows, frame, check_exact=True, check_categorical=False, obj=name)
