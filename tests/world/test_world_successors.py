"""Predecessors and successors: files of different dates meet, each school once, and what cannot be met is listed."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SHARED
from support.make_gias import (
    CONVERTER,
    LINKS_2018,
    NO_SITES,
    SPONSORED,
    link,
    school,
    successor,
    write,
    write_successors,
)

from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.world.base import World
from matsim.world.codes import Grade, Phase, Route
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world
from matsim.world.successors import Successors, read_successors


def _read(folder: Path, *rows: dict[str, object]) -> Successors:
    return read_successors(write_successors(folder / "successors.csv", rows))


# --- the way from one URN to another


def test_chains_are_followed_both_ways_and_through_schools_that_neither_file_has(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        successor(100001, 140001, "Successor", "31-08-2014"),
        successor(145001, 140001, "Predecessor", "01-09-2018"),  # the other row of the pair is lacking
    )
    assert read.follow([100001], {145001}) == {100001: 145001}
    assert read.follow([145001], {100001}) == {145001: 100001}
    assert read.follow([145001], {100001, 140001}) == {145001: 140001}  # the nearer of two
    assert read.follow([100001], {100001, 145001}) == {100001: 100001}
    assert read.follow([100002], {100001}) == {}
    assert read.since(100001, 140001) == pytest.approx(2014 + 242 / 365)
    assert read.since(145001, 100001) == pytest.approx(2014 + 242 / 365)  # the last link on the way there
    assert np.isnan(read.since(100001, 100002))


def test_circles_end(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        successor(100001, 100002, "Successor"),
        successor(100002, 100003, "Successor"),
        successor(100003, 100001, "Successor"),
        successor(100003, 100003, "Successor"),
    )
    assert read.follow([100001], {100009}) == {}
    assert read.follow([100001, 100002], {100003}) == {100002: 100003}
    assert read.passed_over == {"a school linked to itself": 1}


def test_no_school_stands_for_two(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        successor(140001, 100001, "Predecessor - merged", "01-09-2016"),
        successor(140001, 100002, "Predecessor", "01-09-2016"),
        successor(140001, 100003, "Predecessor - amalgamated", "01-09-2017"),
    )
    # it continues one of three; either way, that one stands for it
    assert read.follow([140001], {100001, 100002, 100003}) == {140001: 100002}
    assert read.follow([100001, 100002, 100003], {140001}) == {100002: 140001}
    # of two parts the one that joined last
    assert read.follow([140001], {100001, 100003}) == {140001: 100003}
    # a school of the other file that is named by its own URN is nobody else's
    assert read.follow([140001, 100002], {100001, 100002}) == {100002: 100002, 140001: 100001}
    assert read.follow([140001, 100002], {100002}) == {100002: 100002}


def test_a_split_goes_to_the_school_that_goes_on(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        successor(100001, 140001, "Successor - Split School", "31-08-2019"),
        successor(100001, 140002, "Successor", "31-08-2015"),
        successor(100005, 100006, "Result of Amalgamation", "31-08-2014"),
        successor(100007, 100008, "Merged - change in age range", "01-01-2018"),
        successor(100008, 100009, "Sixth Form Centre School"),
    )
    assert read.follow([100001], {140001, 140002}) == {100001: 140002}
    assert read.follow([140001, 140002], {100001}) == {140002: 100001}
    # these do not say which came first
    assert read.follow([100005, 100008], {100006, 100007}) == {100005: 100006, 100008: 100007}
    assert read.follow([100009], {100008}) == {}
    assert read.passed_over == {"Sixth Form Centre School": 1}


# --- files that meet


def _world(folder: Path, rows: list[dict[str, object]], links: list[dict[str, object]], *after: Any) -> World:
    schools, joined = write(folder / "schools.csv", rows), write(folder / "links.csv", links, LINKS_2018)
    chains = write_successors(folder / "successors.csv", after) if after else None
    return read_world(Files(schools, joined, successors=chains), 2017, TravelParams(), NO_SITES)


def test_a_converter_carries_over_what_it_was_and_a_sponsored_academy_begins_again(tmp_path: Path) -> None:
    rows = [
        school(100001, grade="Outstanding", faith="Church of England", pupils=188),
        school(100002, grade="Inadequate", easting=535_000, pupils=177),
        school(100003, easting=538_000),
    ]
    links = [link(145001, 20, joined="01-04-2016"), link(145002, 20, of_type=SPONSORED, joined="01-02-2017")]
    chains = [
        successor(145001, 100001, "Predecessor", "01-02-2016"),
        successor(100002, 145002, "Successor", "31-01-2017"),
    ]
    apart = _world(tmp_path, rows, links)
    assert apart.schools["trust"].tolist() == [-1, -1, -1]
    assert [urn for urn, _, reason in apart.account.left_out[20].schools] == [145001, 145002]
    world = _world(tmp_path, rows, links, *chains)
    s = world.schools
    assert s["urn"].tolist() == [100001, 100002, 100003]  # the URNs of the establishment file
    assert s["trust"].tolist() == [0, 0, -1]
    assert s["route"].tolist() == [Route.CONVERTER, Route.SPONSORED, Route.MAINTAINED]
    assert s["grade"].tolist() == [Grade.OUTSTANDING, Grade.NOT_INSPECTED, Grade.GOOD]
    assert np.isnan(s["inspected"]).tolist() == [False, True, False]
    assert s["pupils"].tolist() == [188, 177, 200]
    assert s["denomination"].tolist() == [1, 0, 0]
    assert s["opened"][:2] == pytest.approx([2016 + 91 / 366, 2017 + 31 / 365])
    assert world.account.left_out == {}
    assert any("2 schools that the links know by another URN were found" in note for note in world.account.notes)
    assert "2 of the 2 schools in open trusts were found." in world.account.notes
    filled = world.account.filled
    assert sum(n for how, n in filled.items() if how.startswith("maintained by its predecessor's row")) == 2


def test_older_links_meet_the_schools_of_today(tmp_path: Path) -> None:
    rows = [school(145001, CONVERTER, grade="Good"), school(145002, CONVERTER, easting=535_000)]
    links = [link(140001, 20), link(145002, 20)]
    world = _world(tmp_path, rows, links, successor(140001, 145001, "Successor", "31-08-2017"))
    assert world.schools["trust"].tolist() == [0, 0]
    assert world.schools["grade"].tolist() == [Grade.GOOD, Grade.GOOD]
    assert world.schools["opened"][0] == pytest.approx(1995 + 243 / 365)  # its own row says


def test_a_sixth_form_that_a_school_took_in_is_not_that_school(tmp_path: Path) -> None:
    links = [link(145009, 20, of_type="Academy 16-19 converter")]
    chain = successor(145009, 100001, "Successor - merged", "31-08-2016")
    world = _world(tmp_path, [school(100001)], links, chain)
    assert world.schools["urn"].tolist() == [100001, 145009]  # a school of its own, that only the links know
    assert world.schools["trust"].tolist() == [-1, 0]
    assert world.schools["route"].tolist() == [Route.MAINTAINED, Route.CONVERTER]


def test_a_special_school_is_met_by_its_successor_and_not_put_in_twice(tmp_path: Path) -> None:
    rows = [
        school(100001),
        school(100002, "Community special school", easting=535_000, phase="Not applicable", pupils=90, grade="Good"),
    ]
    links = [link(145002, 20, of_type="Academy special converter")]
    world = _world(tmp_path, rows, links, successor(100002, 145002, "Successor", "31-08-2015"))
    assert world.schools["urn"].tolist() == [100001, 100002]
    assert world.schools["trust"].tolist() == [-1, 0]
    assert world.schools["phase"].tolist() == [Phase.PRIMARY, Phase.SPECIAL]
    assert world.schools["pupils"].tolist() == [200, 90]
    assert not world.account.links_only


@pytest.mark.parametrize(
    ("chains", "links", "said"),
    [
        ("successors_2018-06.csv", "links_2018-06.csv", ""),
        ("successors_2020-01.csv", "links_2018-06.csv", ""),
        (
            "successors_2017-06.csv",
            "links_2018-06.csv",
            "The file of predecessors and successors (June 2017 by its name) is 12 months older than the newest of the "
            "other files (June 2018 by its name)",
        ),
    ],
)
def test_chains_older_than_the_files_that_they_lead_between_are_told(
    tmp_path: Path, chains: str, links: str, said: str
) -> None:
    schools = write(tmp_path / "schools_2018-05.csv", [school(100001, CONVERTER), school(100002, CONVERTER)])
    joined = write(tmp_path / links, [link(100001, 20), link(100002, 20)], LINKS_2018)
    after = write_successors(tmp_path / chains, [successor(100001, 145001, "Successor", "31-08-2015")])
    world = read_world(Files(schools, joined, successors=after), 2018, TravelParams(), NO_SITES)
    told = world.account.warnings
    assert len(told) == bool(said)
    assert said in " ".join(told)


# --- what is wrong


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"LinkType": "Successer"}], "LinkType: none of the 1 links is of a kind that is known: 'Successer'; did you"),
        ([{"URN": "12"}], "line 2, URN: '12' should be a whole number of six digits, from 100000 to 999999"),
        ([{"LinkURN": ""}], "line 2, LinkURN: missing; a link needs the URNs of two schools"),
        ([{"LinkEstablishedDate": "31-13-2014"}], "line 2, LinkEstablishedDate: '31-13-2014' should be a date"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(tmp_path: Path, rows: list[dict[str, object]], said: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, *(successor(100001, 100002, "Successor") | row for row in rows))
    assert said in str(caught.value)


def test_another_file_in_its_place_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "links.csv", [link(100001, 20)], LINKS_2018)
    with pytest.raises(InputError, match=r"there is no column 'LinkURN'(.|\n)*this looks like a group links file"):
        read_successors(path)


# --- the real files, where they are to hand


@pytest.mark.realdata
@pytest.mark.parametrize(("of", "year", "apart", "met"), [("2020-01", 2020, 187, 143), ("2022-01", 2022, 194, 192)])
def test_later_links_meet_the_schools_of_2018_and_those_that_do_not_are_listed(
    of: str, year: int, apart: int, met: int
) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    links = SHARED / f"grouplinks_edubaseallacademiesandfree_{of}.csv"
    worlds = [
        read_world(Files(SHARED / "gias_england_2018-05.csv", links, successors=chains), year, TravelParams(), NO_SITES)
        for chains in (None, SHARED / "links_edubasealldata_2026-08-21.csv")
    ]
    listed = [
        Counter(reason for trust in w.account.left_out.values() for _, _, reason in trust.schools) for w in worlds
    ]
    assert [counts["not in the establishment file"] for counts in listed] == [apart, met]
    with links.open(encoding="cp1252", newline="") as lines:
        linked = {int(row["URN"]) for row in csv.DictReader(lines) if row["Group Type"].endswith("-academy trust")}
    world = worlds[1]
    missing = {urn for trust in world.account.left_out.values() for urn, _, _ in trust.schools}
    assert missing <= linked
    # every school of the links is in a trust of the world or listed, and none is both
    assert len(linked) == len(missing) + int((world.schools["trust"] >= 0).sum()) - _alone(world)


def _alone(world: World) -> int:
    return world.account.filled.get("academy in no trust: given a single-academy trust", 0)
