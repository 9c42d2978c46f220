"""Two quantities of results: an outcome on one scale in all years, and value added as published, which is relative."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.simulation.recorder import value_added
from matsim.simulation.simulate import side_by_side, simulate
from matsim.world.base import World

SECTOR = {"primary": "primary", "secondary": "secondary", "all-through": "secondary"}


def test_what_is_published_is_relative_and_recomputed_from_outcomes(county: World) -> None:
    """By sector and year its mean is 0 and its spread 1; a trust's is that of its schools, weighted by pupils."""
    tables = simulate(scenario(run__school_year=True), county, seed=1, years=3).tables
    schools = tables["school_year"]
    sector = schools.phase.astype(str).map(SECTOR)
    groups = schools.groupby([schools.year, sector])
    pd.testing.assert_series_equal(
        groups.outcome.transform(lambda o: (o - o.mean()) / o.std(ddof=0)), schools.value_added, check_names=False
    )
    assert groups.value_added.mean().abs().max() < 1e-9
    weighted = schools.assign(weight=schools.value_added * schools.pupils).groupby(["year", "trust"])
    trusts = tables["trust_year"].set_index(["year", "trust"])
    found = (weighted.weight.sum() / weighted.pupils.sum()).reindex(trusts.index)
    np.testing.assert_allclose(trusts.value_added, found)


def test_a_change_of_all_schools_shows_in_outcomes_and_not_in_what_is_published(county: World) -> None:
    state = side_by_side(scenario(), county, [1]).state
    before = value_added(state)
    state.schools.outcome += 0.3
    assert np.allclose(value_added(state), before, equal_nan=True)


@pytest.mark.parametrize("seeds", [(1, 2), (5, 6)])
def test_a_copy_is_published_against_itself(area: World, seeds: tuple[int, int]) -> None:
    both = side_by_side(scenario(), area, seeds).state
    alone = side_by_side(scenario(), area, seeds[1:]).state
    second = value_added(both)[both.schools.copy == 1]
    np.testing.assert_array_equal(second, value_added(alone))
