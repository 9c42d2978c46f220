"""Synthetic worlds of every size and region: the same each time, never real, and wrong input refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.spatial import cKDTree
from support.make_synthetic import frame, make

from matsim.core.errors import InputError
from matsim.world.academies import along_curve
from matsim.world.base import RSC_REGIONS, World
from matsim.world.codes import GRADES, Phase
from matsim.world.describe import describe, gini
from matsim.world.land import apportion, inside, region_counts, scatter, survey
from matsim.world.luck import WorldLuck
from matsim.world.names import place_names
from matsim.world.synthetic import FIRST_URN, YEARS, SyntheticParams

# --- identity, names, repeatability


def test_identity(england: World) -> None:
    s = england.schools
    assert s["urn"][0] == FIRST_URN
    assert s["urn"].max() < 1_000_000
    assert s["la"].min() > 1_000
    places = np.column_stack([s["easting"], s["northing"]])
    assert len(np.unique(places, axis=0)) == len(places)
    assert places.min() > 0
    assert np.array_equal(places, np.round(places))
    assert len(set(england.school_names)) == len(s["urn"])
    assert england.account.read == england.account.used == england.size
    assert "synthetic" in england.account.notes[0]
    assert england.origin == "synthetic"
    assert england.neighbours.index.shape[0] == len(s["urn"])


def test_names_do_not_repeat() -> None:
    names = place_names(40_000, WorldLuck(1, 8))
    assert len(set(names)) == 40_000


SCRIPT = (
    "from matsim.world.geography import TravelParams as T\n"
    "from matsim.world.synthetic import SyntheticParams as P, synthetic\n"
    "print(synthetic(P(schools=600, seed=9), 2018, T()).digest())\n"
)


def test_same_world_in_another_process() -> None:
    here = make(schools=600, seed=9, specialist=1.0).digest()
    for hash_seed in ("1", "77"):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == here


def test_seed_makes_another_world() -> None:
    assert make(schools=600, seed=1).digest() != make(schools=600, seed=2).digest()


# --- other sizes, one region, wrong input


@pytest.mark.parametrize("region", ["", *RSC_REGIONS])
@pytest.mark.parametrize("schools", [20, 31, 300, 2_000])
@pytest.mark.parametrize("year", YEARS)
def test_any_size_and_region(schools: int, region: str, year: int) -> None:
    world = make(year, schools=schools, region=region, seed=4)
    s = frame(world)
    assert world.size == schools
    if region:
        assert np.all(s["region"] == RSC_REGIONS.index(region))
    assert min(s["pupils"].min(), s["capacity"].min()) > 0
    assert np.all((s["fsm"] >= 0) & (s["fsm"] <= 100))
    assert s["grade"].max() < len(GRADES)
    assert np.all(np.isfinite(s["easting"] + s["northing"]))
    json.dumps(describe(world), allow_nan=False)


def test_an_area_is_one_region_with_a_town(england: World) -> None:
    world = make(schools=300)
    facts = describe(world)
    assert sum(count > 0 for count in facts["region"].values()) == 1
    km2 = np.ptp(world.schools["easting"]) * np.ptp(world.schools["northing"]) / 1e6
    assert 300 / km2 == pytest.approx(20_000 / 130_000, rel=0.6)
    assert facts["trusts"]["multi"] > 10


def test_a_region_is_as_dense_as_in_the_country(england: World) -> None:
    name = "South West England"
    whole = frame(england)
    here = whole["region"] == RSC_REGIONS.index(name)
    alone = frame(make(schools=int(here.sum()), region=name))

    def nearest(s: dict[str, Any], rows: NDArray[np.bool_]) -> float:
        xy = np.column_stack([s["easting"], s["northing"]])[rows & (s["phase"] == Phase.PRIMARY)] / 1_000.0
        return float(np.median(cKDTree(xy).query(xy, k=[2])[0]))

    assert nearest(alone, alone["phase"] >= 0) == pytest.approx(nearest(whole, here), rel=0.12)


@pytest.mark.long
def test_a_larger_country_is_as_dense(facts: dict[str, Any]) -> None:
    world = make(schools=100_000)
    near = describe(world)["near"]["primary"]
    assert list(near["km"].values()) == pytest.approx(list(facts["near"]["primary"]["km"].values()), rel=0.08)
    within = list(facts["near"]["primary"]["median_within_km"].values())
    assert list(near["median_within_km"].values()) == pytest.approx(within, rel=0.12)


def test_wrong_year_and_region() -> None:
    with pytest.raises(InputError) as caught:
        make(2014, region="West Midland")
    year, region = caught.value.problems
    assert "2014" in year
    assert "2010, 2018 or 2024" in year
    assert "did you mean 'West Midlands'?" in region
    for wrong in ({"schools": 5}, {"schools": 10**7}, {"planned_sites": 2.0}, {"seed": -1}, {"size": 3}):
        with pytest.raises(ValidationError):
            SyntheticParams(**wrong)


# --- pieces


def test_apportion() -> None:
    parts = apportion(np.array([0.5, 0.3, 0.2]), 11)
    assert parts.sum() == 11
    assert np.all(np.abs(parts - np.array([5.5, 3.3, 2.2])) < 1.0)
    assert apportion(np.zeros(3), 5).tolist() == [0, 0, 0]
    assert apportion(np.zeros(0), 5).tolist() == []


def test_points_lie_in_their_region() -> None:
    land = survey(region_counts(20_000, None))
    region = np.repeat(np.arange(8), 200)
    points = scatter(region, land, WorldLuck(1, 1_600), "test")
    assert inside(points, region, land).mean() > 0.999
    assert not inside(points, (region + 4) % 8, land).any()


def test_curve_keeps_neighbours_together() -> None:
    side = np.arange(32, dtype=float)
    xy = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    walk = xy[np.argsort(along_curve(xy))]
    steps = np.abs(np.diff(walk, axis=0)).sum(axis=1)
    assert len(np.unique(along_curve(xy))) == len(xy)
    assert steps.mean() < 1.5


def test_gini() -> None:
    assert gini(np.array([3, 3, 3])) == 0.0
    assert gini(np.array([0, 0, 0, 8])) == 0.75
    assert gini(np.array([], dtype=int)) is None
