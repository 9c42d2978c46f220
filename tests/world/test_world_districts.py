"""Districts: England's regions as they are; a larger country divided, so that knowing of each other stays local."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario

from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.copies import copied
from matsim.world.districts import MOST, districts


def test_a_region_that_is_not_too_large_is_a_district() -> None:
    luck = np.random.default_rng(1)
    region = luck.integers(0, 8, 20_000)
    number = districts(region, luck.random(20_000), luck.random(20_000))
    assert len(np.unique(number)) == 8
    assert len(np.unique(8 * number + region)) == 8


@pytest.mark.parametrize("most", [1, 7, 100])
def test_a_larger_one_is_halved_across_its_longer_side(most: int) -> None:
    luck = np.random.default_rng(2)
    region, east, north = luck.integers(0, 3, 1000), luck.random(1000), 0.1 * luck.random(1000)
    number = districts(region, east, north, most)
    size = np.bincount(number)
    assert size.max() <= most
    assert size.min() >= most // 2
    for part in range(len(size)):
        assert len(np.unique(region[number == part])) == 1
    ends = [(east[number == k].min(), east[number == k].max()) for k in np.unique(number[region == 0])]
    if most == 100:  # a wide region is cut from west to east: no part overlaps the next
        assert all(a < b for (_, a), (b, _) in zip(sorted(ends), sorted(ends)[1:], strict=False))


def test_schools_in_one_place_are_divided_all_the_same() -> None:
    same = np.zeros(10)
    assert np.bincount(districts(same.astype(int), same, same, 3)).tolist() == [2, 3, 2, 3]
    assert not len(districts(np.zeros(0, int), np.zeros(0), np.zeros(0)))


def test_every_copy_of_a_world_has_districts_of_its_own(area: World) -> None:
    state = TrustSystem(copied(area, 3), scenario(), (1, 2, 3)).state
    parts = [set(state.schools.district[state.schools.copy == k].tolist()) for k in range(3)]
    assert not parts[0] & parts[1]
    assert len(parts[0]) == len(parts[1]) == len(np.unique(area.schools["region"]))
    assert (state.trusts.district == state.schools.district[state.trusts.lead]).all()


def test_englands_regions_stay_whole() -> None:
    """Of the largest made-up England, with every planned site; the published one of 2024 has fewer schools."""
    from matsim.simulation.simulate import build_world

    region = build_world(scenario(world__synthetic__schools=22_500)).schools["region"]
    assert np.bincount(region).max() < MOST
