"""Absolute quality keeps its mean and spread while nothing happens, and moves when something does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario

from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import build_world, side_by_side
from matsim.world.base import World
from matsim.world.codes import Sector

MAINSTREAM = (Sector.PRIMARY, Sector.SECONDARY)


def lived(world: World, settings: Scenario, seeds: tuple[int, ...], years: int) -> np.ndarray:
    """Mean and variance of quality of open mainstream schools, at the start and after years: (2, seeds, sectors, 2)."""
    model = side_by_side(settings, world, seeds)
    state, found = model.state, np.empty((2, len(seeds), len(MAINSTREAM), 2))
    for when, more in enumerate((0, years)):
        model.run_years(more)
        rows = state.open_rows()
        rows = rows[state.world.mainstream[rows]]
        for copy in range(len(seeds)):
            for k, sector in enumerate(MAINSTREAM):
                some = (state.schools.copy[rows] == copy) & (state.world.sector[rows] == sector)
                quality = state.schools.quality[rows[some]]
                found[when, copy, k] = quality.mean(), quality.var()
    return found


@pytest.mark.long
def test_quality_drifts_neither_way_in_twenty_years() -> None:
    """England as the scenarios have it, by phase, over eight draws of luck."""
    settings = Scenario()
    found = lived(build_world(settings), settings, tuple(range(1, 9)), 20)
    moved = (found[1] - found[0])[..., 0].mean(axis=0)
    assert np.abs(moved).max() < 0.05, moved
    assert found[1, :, :, 1].mean(axis=0) == pytest.approx([1.0, 1.0], abs=0.15)


REAL: dict[str, dict[str, Any]] = {
    "a funding cut": {"shocks": [{"year": 2019, "kind": "funding cut", "size": 0.1, "years": 8}]},
    "no heads to be had": {"heads.fill": 0.1, "heads.moved": 0.0, "heads.bench_per_school": 0.05},
}


@pytest.mark.parametrize("what", REAL)
def test_quality_falls_when_something_real_happens(county: World, what: str) -> None:
    """With luck shared: by more than luck from one draw to the next, in both phases."""
    seeds = tuple(range(1, 5))
    usual = lived(county, scenario(), seeds, 8)
    other = lived(county, override(scenario(), REAL[what], "test"), seeds, 8)
    fall = (usual - other)[1, ..., 0]
    assert (fall.mean(axis=0) > 3.0 * fall.std(axis=0, ddof=1) / np.sqrt(len(seeds))).all()
    assert fall.mean() > 0.02


def test_approving_everything_brings_more_schools_into_trusts_and_quality_hardly_moves(county: World) -> None:
    """With luck shared: more schools in trusts by more than luck, and no more than a twentieth of a standard deviation
    of mean quality, as trusts as such do no better than authorities."""
    seeds, found = tuple(range(1, 5)), np.empty((2, 4, 2))
    permissive = override(scenario(), {"commissioners": [{"kind": "permit"}]}, "test")
    for which, settings in enumerate((scenario(), permissive)):
        model = side_by_side(settings, county, seeds)
        model.run_years(8)
        state = model.state
        rows = state.open_rows()
        rows = rows[state.world.mainstream[rows]]
        for copy in range(len(seeds)):
            some = rows[state.schools.copy[rows] == copy]
            found[which, copy] = (state.schools.trust[some] >= 0).mean(), state.schools.quality[some].mean()
    share, quality = (found[1] - found[0]).T
    assert share.mean() > 3.0 * share.std(ddof=1) / np.sqrt(len(seeds))
    assert share.mean() > 0.01
    assert abs(quality.mean()) < 0.05
