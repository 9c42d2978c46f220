"""The nine regions since September 2022: of files, and of synthetic worlds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import scenario
from support.make_gias import WIDE, load, school

from matsim.core.errors import InputError
from matsim.simulation.simulate import build_world
from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS, World
from matsim.world.describe import describe
from matsim.world.regions import dfe_region, main_dfe_region, named_dfe_region, rsc_region

PUBLISHED = {
    "North East": 0.0516,
    "North West": 0.1448,
    "Yorkshire and The Humber": 0.1042,
    "East Midlands": 0.0959,
    "West Midlands": 0.1085,
    "East of England": 0.1180,
    "London": 0.1137,
    "South East": 0.1539,
    "South West": 0.1096,
}
"""Open mainstream schools in the file of May 2018, by `GOR (name)`."""


@pytest.fixture(scope="module")
def whole() -> World:
    """A synthetic England of 20,000 schools."""
    return build_world(scenario(world__synthetic__schools=20_000))


def test_the_nine_of_a_synthetic_england_have_the_shares_of_the_real_ones(whole: World) -> None:
    counts = describe(whole)["dfe_region"]
    assert list(counts) == list(DFE_REGIONS)
    for name, share in PUBLISHED.items():
        assert counts[name] / whole.size == pytest.approx(share, abs=0.01), name
    assert sum(counts.values()) == whole.size


def test_every_authority_is_in_one_of_the_nine_and_none_falls_in_pieces(whole: World) -> None:
    s = whole.schools
    for code in np.unique(s["la"]):
        assert len(np.unique(s["dfe_region"][s["la"] == code])) == 1
    # each part is of the regions that it is of in the file of May 2018
    london = np.unique(s["region"][s["dfe_region"] == REGIONS.index("London")])
    assert [RSC_REGIONS[r] for r in london] == list(RSC_REGIONS[:3])


def test_parts_lie_where_their_names_say(whole: World) -> None:
    s = whole.schools
    middle = {
        name: (s["easting"][here].mean(), s["northing"][here].mean())
        for name in DFE_REGIONS
        if (here := s["dfe_region"] == REGIONS.index(name)).any()
    }
    assert middle["North East"][1] > middle["Yorkshire and The Humber"][1] > middle["East Midlands"][1]
    assert middle["North West"][0] < middle["Yorkshire and The Humber"][0]
    assert middle["South West"][0] < middle["South East"][0]
    assert middle["East of England"][1] > middle["London"][1] > middle["South East"][1]


@pytest.mark.parametrize("name", DFE_REGIONS)
def test_a_world_of_one_of_the_nine(name: str) -> None:
    world = build_world(scenario(world__synthetic__region=name))
    if name in RSC_REGIONS:  # of the eight, of which a part is in the North West
        assert set(world.schools["dfe_region"].tolist()) <= {REGIONS.index(name), REGIONS.index("North West")}
    else:
        assert set(world.schools["dfe_region"].tolist()) == {REGIONS.index(name)}
    today = build_world(scenario(world__synthetic__region=name, world__start=2024))
    assert set(today.schools["dfe_region"].tolist()) == {REGIONS.index(name)}
    assert len(np.unique(world.schools["region"])) == 1
    assert f" in {name}." in world.account.notes[0]


def test_a_name_that_no_region_has() -> None:
    with pytest.raises(InputError, match="region = 'Londn': unknown region; did you mean 'London'"):
        build_world(scenario(world__synthetic__region="Londn"))


def test_a_file_is_believed_before_authorities(tmp_path: Path) -> None:
    rows = [
        school(100001, gor="East of England"),
        school(100002, gor="Yorkshire and the Humber"),
        school(100003, gor=""),
        school(100004, gor="Not Applicable"),
        school(100005, gor="-", la=928, rsc="North of England"),
        school(100006, gor="", la="", rsc="North of England"),
    ]
    world = load(tmp_path, rows, columns=WIDE)
    named = [REGIONS[r] for r in world.schools["dfe_region"]]
    assert named[:3] == ["East of England", "Yorkshire and The Humber", "London"]
    assert named[3:] == ["London", "East Midlands", "North East"]
    assert world.account.filled["region since September 2022: from the region before"] == 1


def test_each_authority_of_the_eight_is_in_one_of_the_nine() -> None:
    codes = [code for code in range(1000) if rsc_region(code) is not None]
    assert len(codes) > 150
    assert all(dfe_region(code) is not None for code in codes)
    assert dfe_region(660) is None
    assert REGIONS[dfe_region(928) or 0] == "East Midlands"
    assert named_dfe_region("yorkshire and the HUMBER") == REGIONS.index("Yorkshire and The Humber")
    assert named_dfe_region("Mars") is None
    assert {REGIONS[main_dfe_region(r)] for r in range(8)} < set(DFE_REGIONS)
