"""Who is near a school, as whole rows: what looking school by school finds."""

from __future__ import annotations

import numpy as np

from matsim.world.base import World
from matsim.world.codes import Phase


def test_peers_are_the_nearest_of_a_school_s_own_phase(area: World) -> None:
    near, phase = area.neighbours, area.schools["phase"] != Phase.PRIMARY
    mine = np.arange(len(phase)) + 1.0
    found = area.peers.values(mine, 10)
    assert found.shape == (10, len(phase))
    for school in range(len(phase)):
        index = near.index[school, near.of_phase(bool(phase[school]))][:10]
        np.testing.assert_array_equal(found[:, school], np.where(index >= 0, mine[index], 0.0))
        assert (phase[index[index >= 0]] == phase[school]).all()
    assert area.peers is area.peers


def test_within_some_minutes_are_the_neighbours_no_farther(area: World) -> None:
    near, mine = area.neighbours, np.arange(len(area.schools["urn"])) + 1.0
    for reach in (5.0, 20.0):
        inside = near.minutes <= reach
        assert 0 < inside.mean() < 1
        np.testing.assert_array_equal(area.within(reach).values(mine).T, np.where(inside, mine[near.index], 0.0))
    assert area.within(5.0) is area.within(5.0)
