"""Who is near a school, as whole rows: what looking school by school finds."""

from __future__ import annotations

import numpy as np
import pytest
from support.specialists import with_specialists

from matsim.world.base import World
from matsim.world.codes import SECTOR, Phase, Sector


@pytest.mark.parametrize("specialists", [False, True])
def test_peers_are_the_nearest_of_a_school_s_own_sector(area: World, specialists: bool) -> None:
    world = with_specialists(area) if specialists else area
    near, sector = world.neighbours, world.sector
    np.testing.assert_array_equal(sector, SECTOR[world.schools["phase"]])
    mine = np.arange(len(sector)) + 1.0
    found = world.peers.values(mine, 10)
    assert found.shape == (10, len(sector))
    for school in range(len(sector)):
        index = near.index[school, near.of_sector(int(sector[school]))][:10]
        np.testing.assert_array_equal(found[:, school], np.where(index >= 0, mine[index], 0.0))
        assert (sector[index[index >= 0]] == sector[school]).all()
    assert world.peers is world.peers
    # beyond the twelve that are kept of specialist schools there is nobody
    few = np.flatnonzero(sector == Sector.SPECIALIST)
    assert len(few) == (23 if specialists else 0)
    assert not world.peers.values(mine)[12:, few].any()


def test_specialist_schools_leave_what_is_near_a_mainstream_school_as_it_was(area: World) -> None:
    world, count = with_specialists(area), len(area.schools["urn"])
    assert world.mainstream[:count].all()
    assert not world.mainstream[count:].any()
    assert set(world.schools["phase"][count:].tolist()) == {Phase.SPECIAL, Phase.ALTERNATIVE, Phase.SIXTEEN_PLUS}
    wide = area.neighbours.index.shape[1]
    assert world.neighbours.index.shape[1] == wide + 12
    for name in ("index", "minutes", "km"):
        here, there = getattr(world.neighbours, name), getattr(area.neighbours, name)
        np.testing.assert_array_equal(here[:count, :wide], there, name)
    np.testing.assert_array_equal(world.neighbours.sparsity[:count], area.neighbours.sparsity)
    # each stands half a kilometre from the school beside it
    assert (world.neighbours.km[count:].min(axis=1) <= 0.5 + 1e-6).all()
    assert (world.neighbours.index[count:, world.neighbours.of_sector(Sector.SPECIALIST)][:, 0] >= count).all()


def test_within_some_minutes_are_the_neighbours_no_farther(area: World) -> None:
    near, mine = area.neighbours, np.arange(len(area.schools["urn"])) + 1.0
    for reach in (5.0, 20.0):
        inside = near.minutes <= reach
        assert 0 < inside.mean() < 1
        np.testing.assert_array_equal(area.within(reach).values(mine).T, np.where(inside, mine[near.index], 0.0))
    assert area.within(5.0) is area.within(5.0)
