"""The file door: trusts, regions and planned sites; and the real files of 2018 where they are to hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import SHARED
from support.make_gias import (
    CONVERTER,
    LINKS_2018,
    LINKS_2022,
    SPONSORED,
    WIDE,
    link,
    load,
    school,
)

from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.world.base import RSC_REGIONS, World
from matsim.world.codes import PHASES, Phase, Sector, TrustKind
from matsim.world.geography import TravelParams
from matsim.world.gias import FileWorldParams, read_world
from matsim.world.regions import gor_region, in_england, named_region, rsc_region

# --- trusts


def test_memberships_of_both_forms(tmp_path: Path) -> None:
    rows = [school(100001, CONVERTER), school(100002, SPONSORED), school(100003, CONVERTER), school(100004)]
    links = [
        link(100002, 20, joined="01-01-2013"),
        link(100001, 20, joined="01-09-2011"),
        link(100003, 10, "Single-academy trust"),
        link(100003, 99, "School sponsor"),
        link(100001, 20),
    ]
    for form in (LINKS_2018, LINKS_2022):
        world = load(tmp_path, rows, links, form=form)
        assert world.schools["trust"].tolist() == [1, 1, 0, -1]
        assert world.trusts["uid"].tolist() == [10, 20]
        assert world.trusts["kind"].tolist() == [0, 1]
        assert world.trusts["founded"].tolist() == pytest.approx([2014 + 243 / 365, 2011 + 243 / 365])
        assert world.trust_names == ("INVENTED TRUST 10", "INVENTED TRUST 20")
        assert "3 of the 3 schools in open trusts were found." in world.account.notes
        passed = "Rows of the group links passed over: links to a school sponsor 1, links given twice 1."
        assert passed in world.account.notes


def test_without_links_every_academy_is_alone(tmp_path: Path) -> None:
    world = load(tmp_path, [school(100001), school(100002, CONVERTER), school(100003, "Free schools")])
    assert world.schools["trust"].tolist() == [-1, 0, 1]
    assert world.trusts["kind"].tolist() == [0, 0]
    assert world.trust_names == ("Invented School 100002", "Invented School 100003")
    assert world.account.warnings == (
        "No group links were given, and the establishment file names no trusts: each of the 2 academies is a "
        "single-academy trust, and there is no multi-academy trust. Give the group links file of the same month.",
    )
    assert world.account.filled["academy in no trust: given a single-academy trust"] == 2


def test_academies_that_the_two_files_disagree_on(tmp_path: Path) -> None:
    rows = [school(100001), school(100002), school(100003, CONVERTER, opened="01-09-2012")]
    links = [link(100001, 20, of_type=SPONSORED), link(100002, 20, of_type="")]
    world = load(tmp_path, rows, links)
    assert world.schools["route"].tolist() == [2, 1, 1]
    assert world.schools["trust"].tolist() == [0, 0, 1]
    assert world.trusts["uid"].tolist() == [20, 21]
    assert world.trusts["founded"][1] == pytest.approx(2012 + 244 / 366)
    assert world.account.filled == {
        "maintained by type but in a trust: taken as an academy": 2,
        "academy in no trust: given a single-academy trust": 1,
    }


def test_links_to_schools_outside_the_world(tmp_path: Path) -> None:
    rows = [
        school(100001, CONVERTER),
        school(100002, "Academy special converter"),
        school(100003, status="Closed"),
    ]
    links = [
        link(100001, 20),
        link(100002, 20, of_type="Academy special converter"),
        link(100003, 20),
        link(100004, 30),
        link(100005, 40, "Single-academy trust", of_type="Free schools alternative provision"),
        link(100006, 50, status="Closed"),
        link(100007, 20, of_type=""),
    ]
    world = load(tmp_path, rows, links)
    assert world.trusts["uid"].tolist() == [20, 40]
    assert world.trusts["kind"].tolist() == [1, 0]
    assert world.account.notes[-3:] == (
        "2 of the 6 schools in open trusts were found; 1 are known by the links alone; not: not in the establishment "
        "file 2, closed 1.",
        "Trusts left out because none of their schools is used: multi-academy trusts 1.",
        "Rows of the group links passed over: links to a trust that is not open 1.",
    )


def test_a_single_academy_trust_with_two_schools(tmp_path: Path) -> None:
    rows = [school(100001, CONVERTER), school(100002, CONVERTER)]
    world = load(tmp_path, rows, [link(urn, 20, "Single-academy trust", joined="") for urn in (100001, 100002)])
    assert world.trusts["kind"].tolist() == [1]
    assert np.isnan(world.trusts["founded"]).all()
    assert world.account.filled == {
        "single-academy trust with several schools: taken as a multi-academy trust": 1,
        "trust's founding date: unknown": 1,
    }


# --- regions


def test_trusts_that_nobody_joined_for_two_years_are_quiet(tmp_path: Path) -> None:
    rows = [school(100001 + i, CONVERTER) for i in range(6)]
    links = [
        link(100001, 10, joined="01-09-2012"),
        link(100002, 10, joined="01-05-2018"),
        link(100003, 20, joined="01-09-2012"),
        link(100004, 20, joined="30-04-2016"),
        link(100005, 30, "Single-academy trust", joined="01-09-2012"),
        link(100006, 40, joined=""),
    ]
    assert load(tmp_path, rows, links, 2018).quiet == {20}
    # counted from the last joining in the file, whenever that is
    assert load(tmp_path, rows, [*links[:1], *links[2:]], 2018).quiet == {10}


def test_known_regions() -> None:
    assert rsc_region(306) == RSC_REGIONS.index("South East England and South London")
    assert rsc_region(201) == RSC_REGIONS.index("North West London and South-Central England")
    assert rsc_region(371) == RSC_REGIONS.index("East Midlands and the Humber")
    assert rsc_region(660) is None
    later = {838: 6, 839: 6, 940: 0, 941: 0, 942: 5, 943: 5}
    assert {code: rsc_region(code) for code in later} == later


def test_region_names_as_files_spell_them() -> None:
    assert named_region("North-West London and South-Central England") == 0
    assert named_region("South-West England") == named_region("south west england") == 6
    assert named_region("Not applicable") is None
    assert gor_region("Yorkshire and the Humber") == 4
    assert gor_region("Mars") is None


def test_the_file_is_believed_before_the_list(tmp_path: Path) -> None:
    world = load(tmp_path, [school(100001, rsc="North of England"), school(100002, rsc="?")], columns=WIDE)
    assert world.schools["region"].tolist() == [5, 1]


def test_outline_of_england() -> None:
    towns = np.array([(533, 181), (91, 11), (399, 653), (340, 556), (362, 177), (654, 293), (318, 176), (260, 665)])
    inside = in_england(towns[:, 0] * 1000.0, towns[:, 1] * 1000.0)
    assert inside.tolist() == [True, True, True, True, True, True, False, False]


# --- planned sites and neighbours


def test_planned_sites_beside_the_fullest(tmp_path: Path) -> None:
    rows = [school(100001 + i, pupils=100 + i, easting=520_000 + 4_000 * i) for i in range(10)]
    rows += [
        school(200001 + i, phase="Secondary", pupils=50 + i, easting=520_000 + 4_000 * i, northing=150_000)
        for i in range(10)
    ]
    rows.append(school(300000, status="Closed"))
    params = FileWorldParams(planned_share=0.25, planned_secondary=0.6, planned_within=1.0)
    world = load(tmp_path, rows, params=params)
    assert (world.size, len(world.school_names)) == (20, 25)
    sites = {name: column[20:] for name, column in world.schools.items()}
    assert sites["urn"].tolist() == [300001, 300002, 300003, 300004, 300005]
    assert sites["phase"].tolist() == [1, 1, 1, 0, 0]
    assert world.school_names[20:22] == (
        "Planned free school near Invented School 200010",
        "Planned free school near Invented School 200009",
    )
    assert world.school_names[23] == "Planned free school near Invented School 100010"
    assert sites["planned"].all()
    assert not world.schools["planned"][:20].any()
    assert sites["trust"].tolist() == [-1] * 5
    assert sites["route"].tolist() == [3] * 5
    assert sites["pupils"].tolist() == sites["grade"].tolist() == [0] * 5
    assert sites["capacity"].tolist() == [1130, 1130, 1130, 243, 243]
    away = np.hypot(sites["easting"][0] - 556_000, sites["northing"][0] - 150_000)
    assert 0 < away <= 1001
    assert world.account.used == 20
    assert "5 planned free school sites" in world.account.notes[0]
    assert load(tmp_path, rows, params=params).digest() == world.digest()


def test_sites_when_a_phase_is_lacking_and_by_default(tmp_path: Path) -> None:
    world = load(tmp_path, [school(100001), school(100002)], params=FileWorldParams(planned_share=2.0))
    assert len(world.school_names) == 6
    assert load(tmp_path, [school(100001 + i) for i in range(40)], params=FileWorldParams()).size == 40
    assert load(tmp_path, [school(100001)]).schools["planned"].tolist() == [False]


def test_sites_stay_within_england(tmp_path: Path) -> None:
    rows = [school(100001, la=420, gor="South West", easting=80_100, northing=10_000)]
    params = FileWorldParams(planned_share=20.0, planned_within=3.0)
    world = load(tmp_path, rows, params=params)
    easting = world.schools["easting"][1:]
    assert easting.min() >= 80_000
    assert (easting == 80_100).any()
    assert (easting > 80_100).any()


def test_neighbours_are_those_of_the_joined_table(tmp_path: Path) -> None:
    world = load(tmp_path, [school(100001), school(100002, phase="Secondary", easting=533_000)])
    assert world.neighbours.index[0, world.neighbours.of_sector(Sector.SECONDARY)][0] == 1
    assert world.neighbours.km[1, 0] == pytest.approx(1.0)


# --- the real files of 2018, where they are to hand


@pytest.fixture(scope="module")
def real() -> World:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    links = SHARED / "grouplinks_edubaseallacademiesandfree20180501.csv"
    return read_world(Files(SHARED / "gias_england_2018-05.csv", links), 2017, TravelParams())


@pytest.mark.realdata
def test_real_schools(real: World) -> None:
    account = real.account
    assert account.read == 19_999 + 458 == account.used + sum(account.set_aside.values())
    assert account.used == real.size == 19_999 + 458
    assert len(real.la_names) == 152
    assert not any(name.startswith("Local authority") for name in real.la_names.values())
    assert account.filled["inspection: none recorded"] == 3_154 + 458
    assert account.filled["academy in no trust: given a single-academy trust"] == 56
    planned = np.bincount(real.schools["phase"][real.schools["planned"]], minlength=len(PHASES))
    assert planned.tolist() == [426, 574, 0, 260, 50, 40]
    counts = np.bincount(real.schools["region"][~real.schools["planned"]], minlength=8)
    assert counts.min() > 1_500


@pytest.mark.realdata
def test_real_trusts(real: World) -> None:
    trust = real.schools["trust"]
    assert np.bincount(trust[trust >= 0], minlength=len(real.trust_names)).min() >= 1
    usual = (trust >= 0) & (real.schools["phase"] <= Phase.ALL_THROUGH)
    sizes = np.bincount(trust[usual], minlength=len(real.trust_names))
    multi = sizes[(real.trusts["kind"] == TrustKind.MULTI) & (sizes > 0)]
    assert "7,047 of the 7,734 schools in open trusts were found" in " ".join(real.account.notes)
    assert (len(multi), int(multi.sum())) == (1_262, 5_703)
    bands = np.histogram(multi, [1, 2, 3, 6, 11, 16, 21, 31, 1000])[0].tolist()
    assert bands == [245, 299, 422, 203, 53, 12, 15, 13]


@pytest.mark.realdata
def test_real_file_of_a_later_year(real: World) -> None:
    with pytest.raises(
        InputError, match=r"the file is of 2018, and the first year asked for is 2014/15; start in 2018"
    ):
        read_world(Files(SHARED / "gias_england_2018-05.csv"), 2014, TravelParams())
