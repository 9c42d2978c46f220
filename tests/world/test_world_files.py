"""The file door: what is read, what is set aside, and how gaps are filled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.make_gias import (
    CONVERTER,
    NARROW,
    SPONSORED,
    WIDE,
    link,
    load,
    refused,
    school,
)

# --- what is read


def test_values_arrive_in_urn_order(tmp_path: Path) -> None:
    world = load(tmp_path, [school(100002, phase="Secondary", grade="Requires Improvement"), school(100001, fsm=7)])
    assert world.schools["urn"].tolist() == [100001, 100002]
    assert world.school_names == ("Invented School 100001", "Invented School 100002")
    assert world.schools["phase"].tolist() == [0, 1]
    assert world.schools["grade"].tolist() == [2, 3]
    assert world.schools["fsm"].tolist() == [7, 20.5]
    assert world.schools["capacity"].tolist() == [210, 210]
    assert world.schools["inspected"][0] == pytest.approx(2015 + 182 / 365)
    assert world.schools["opened"][0] == pytest.approx(1995 + 243 / 365)
    assert world.la_names == {306: "Croydon"}
    assert (world.year, world.account.read, world.account.used) == (2017, 2, 2)
    assert world.account.filled == {}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_encodings_and_column_order(tmp_path: Path, encoding: str) -> None:
    world = load(tmp_path, [school(100001, name="École Zoë – Añil")], columns=NARROW[::-1], encoding=encoding)
    assert world.school_names == ("École Zoë – Añil",)


def test_wide_and_narrow_files_give_the_same_schools(tmp_path: Path) -> None:
    rows = [school(100001, la_name="Croydon"), school(100002, CONVERTER, la_name="Croydon")]
    assert load(tmp_path, rows, columns=WIDE).digest() == load(tmp_path, rows, columns=NARROW).digest()


@pytest.mark.parametrize(
    ("kind", "route"),
    [
        ("Community school", 0),
        ("Voluntary aided school", 0),
        ("Foundation school", 0),
        (CONVERTER, 1),
        (SPONSORED, 2),
        ("Free schools", 3),
        ("University technical college", 3),
        ("Studio schools", 3),
    ],
)
def test_routes(tmp_path: Path, kind: str, route: int) -> None:
    assert load(tmp_path, [school(100001, kind)]).schools["route"].tolist() == [route]


@pytest.mark.parametrize(
    ("phase", "low", "high", "code"),
    [
        ("Middle deemed primary", 8, 12, 0),
        ("Middle deemed secondary", 9, 13, 1),
        ("All-through", 3, 18, 2),
        ("All through", 3, 18, 2),
        ("Not applicable", 4, 11, 0),
        ("Not applicable", 9, 13, 0),
        ("", 10, 14, 1),
        ("Not applicable", 11, 18, 1),
        ("Not applicable", 4, 16, 2),
    ],
)
def test_phases_and_ages(tmp_path: Path, phase: str, low: int, high: int, code: int) -> None:
    world = load(tmp_path, [school(100001, phase=phase, low=low, high=high)])
    assert world.schools["phase"].tolist() == [code]


@pytest.mark.parametrize(
    ("faith", "code"),
    [
        ("Does not apply", 0),
        ("None", 0),
        ("Church of England", 1),
        ("Methodist/Church of England", 1),
        ("Church of England/Roman Catholic", 1),
        ("Roman Catholic/Church of England", 2),
        ("Catholic", 2),
        ("Greek Orthodox", 3),
        ("Jewish", 3),
    ],
)
def test_denominations(tmp_path: Path, faith: str, code: int) -> None:
    assert load(tmp_path, [school(100001, faith=faith)]).schools["denomination"].tolist() == [code]


@pytest.mark.parametrize(
    ("grade", "code"),
    [("Special Measures", 4), ("serious weaknesses", 4), ("Outstanding", 1), ("Satisfactory", 3)],
)
def test_grades(tmp_path: Path, grade: str, code: int) -> None:
    assert load(tmp_path, [school(100001, grade=grade)]).schools["grade"].tolist() == [code]


def test_every_row_is_used_or_set_aside_with_a_reason(tmp_path: Path) -> None:
    rows = [
        school(100001),
        school(100002, "Non-maintained special school"),
        school(100003, "Special post 16 institution"),
        school(100004, "Secure units"),
        school(100005, "Academy secure 16 to 19"),
        school(100006, "Sixth form centres"),
        school(100007, "Further education"),
        school(100008, "Local authority nursery school"),
        school(100009, "Other independent special school"),
        school(100010, status="Closed"),
        school(100011, "Free schools", status="Proposed to open"),
        school(100012, easting="", northing=""),
        school(100013, easting=0, northing=0),
        school(100014, la=660),
        school(100015, la="", gor="Wales (pseudo)"),
        school(100016, phase="Not applicable", low="", high=""),
        school(100017, phase="Nursery"),
        school(100018, "Miscellaneous"),
        school(100019, ""),
        school(100020, status="Open, but proposed to close"),
    ]
    account = load(tmp_path, rows).account
    assert account.set_aside == {
        "non-maintained special school": 1,
        "college of further education": 3,
        "secure unit or academy": 2,
        "nursery school": 2,
        "independent school": 1,
        "closed": 1,
        "proposed": 1,
        "no location": 2,
        "outside England": 2,
        "neither a phase nor ages given": 1,
        "not a type of state school: Miscellaneous": 1,
        "no type of establishment given": 1,
    }
    assert account.used == 2
    assert account.read == account.used + sum(account.set_aside.values()) == 20


def test_rows_set_aside_are_not_checked_further(tmp_path: Path) -> None:
    rows = [school(100001), school(100002, "Other independent school", pupils="many", grade="?", easting=1)]
    assert load(tmp_path, rows).account.used == 1


def test_a_file_without_any_usable_school(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001, "Secure units"), school(100002, status="Closed")])
    assert "none of the 2 schools in it can be used (secure unit or academy 1, closed 1)" in text


# --- how gaps are filled


def test_missing_values_are_filled_and_counted(tmp_path: Path) -> None:
    rows = [
        school(100001, pupils="", places=200),
        school(100002, pupils=186, places=0),
        school(100003, pupils="", places="", phase="Secondary"),
        school(100004, fsm=""),
        school(100005, fsm=10.5, grade="", inspected=""),
        school(100006, inspected=""),
        school(100007, grade="NULL"),
        school(100008, faith="", opened="", status="", name=""),
        school(100009, opened="01-01-1900", pupils=0),
    ]
    world = load(tmp_path, rows)
    assert world.schools["pupils"][[0, 2, 8]].tolist() == [186, 1028, 195]
    assert world.schools["capacity"][[1, 2]].tolist() == [200, 1130]
    assert world.schools["fsm"][3] == 20.5
    assert world.schools["grade"][[4, 5, 6]].tolist() == [0, 2, 0]
    assert np.isnan(world.schools["inspected"][[4, 6]]).all()
    assert world.schools["inspected"][5] == pytest.approx(2015.4986, abs=1e-4)
    assert np.isnan(world.schools["opened"][[7, 8]]).all()
    assert world.school_names[7] == "School 100008"
    assert world.account.filled == {
        "roll: capacity at the usual fill": 2,
        "capacity: roll at the usual fill": 1,
        "roll and capacity: a typical school of the phase": 1,
        "free school meals: the median of the phase in the local authority": 1,
        "inspection: none recorded": 2,
        "inspection date: the median date of the same grade": 1,
        "inspection date without a grade: taken as not inspected": 1,
        "religious character: taken as none": 1,
        "opening date: taken as long ago": 2,
        "status: taken as open": 1,
        "name: called by its URN": 1,
    }


def test_only_the_required_columns(tmp_path: Path) -> None:
    needed = ("URN", "EstablishmentName", "TypeOfEstablishment (name)", "PhaseOfEducation (name)")
    columns = (*needed, "Easting", "Northing", "RSCRegion (name)")
    world = load(tmp_path, [school(100001, rsc="West Midlands"), school(100002, rsc="West Midlands")], columns=columns)
    assert world.schools["pupils"].tolist() == [226, 226]
    assert world.schools["capacity"].tolist() == [243, 243]
    assert world.schools["fsm"].tolist() == pytest.approx([21.2, 21.2])
    assert world.schools["la"].tolist() == [0, 0]
    assert world.schools["region"].tolist() == [7, 7]
    assert world.account.filled["local authority: none given in the file"] == 2
    assert any("NumberOfPupils" in note and "OfstedRating (name)" in note for note in world.account.notes)


def test_ages_may_stand_in_for_the_phase_column(tmp_path: Path) -> None:
    columns = [name for name in NARROW if name != "PhaseOfEducation (name)"]
    world = load(tmp_path, [school(100001, low=11, high=18), school(100002)], columns=columns)
    assert world.schools["phase"].tolist() == [1, 0]


def test_free_meals_of_the_authority_before_those_of_the_country(tmp_path: Path) -> None:
    rows = [
        school(100001, fsm=10),
        school(100002, fsm=""),
        school(100003, la=201, fsm=40),
        school(100004, la=202, fsm=""),
        school(100005, la=201, phase="Secondary", fsm=""),
    ]
    assert load(tmp_path, rows).schools["fsm"].tolist() == pytest.approx([10, 10, 40, 25, 20.7])


def test_local_authority_from_links_then_from_the_nearest_school(tmp_path: Path) -> None:
    rows = [
        school(100001, CONVERTER, la=""),
        school(100002, la="", easting=532_500),
        school(100003, la=888, gor="North West", easting=350_000, northing=430_000),
        school(100004, la="", gor="North West", easting=351_000, northing=430_000),
    ]
    world = load(tmp_path, rows, [link(100001, 20)])
    assert world.schools["la"].tolist() == [306, 306, 888, 888]
    assert world.account.filled["local authority: that of the nearest school"] == 2
    assert world.account.filled["region to August 2022: from the government office region"] == 2


def test_local_authority_names(tmp_path: Path) -> None:
    rows = [
        school(100001, la_name="Croydon as the file has it"),
        school(100002, la=201),
        school(100003, la=997),
    ]
    links = [link(100001, 20, of_type=CONVERTER)]
    assert load(tmp_path, rows, links, columns=WIDE).la_names == {
        306: "Croydon as the file has it",
        201: "City of London",
        997: "Local authority 997",
    }
