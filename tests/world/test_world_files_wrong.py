"""The file door: what is said of files that are wrong."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from support.make_gias import (
    CONVERTER,
    LINKS_2018,
    NARROW,
    NO_SITES,
    WIDE,
    link,
    load,
    refused,
    refused_file,
    school,
    write,
)

from matsim.core.csv_reader import decimal_year
from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.world.establishments import OPTIONAL
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world

# --- files that are wrong


def test_no_such_file_and_folder(tmp_path: Path) -> None:
    assert refused_file(tmp_path / "none.csv").endswith("none.csv: there is no such file")
    assert "this is a folder; give the CSV file in it" in refused_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        ("URN,LA (code)\r\n".encode("utf-16")[:-1], "this is UTF-16 that is cut off or damaged; get the file again"),
        ("URN\r\n".encode("utf-16-le"), "this is UTF-16 without a mark or not text at all; save it as 'CSV UTF-8'"),
        (b"PK\x03\x04....", "this is a workbook or an archive"),
        (b"<!DOCTYPE html>\n<p>Sorry</p>\n", "line 1: not a CSV header: '<!DOCTYPE html>'"),
        (
            b"URN;LA (code);EstablishmentName\n1;2;3\n",
            "line 1: the columns are separated by semicolons; they should",
        ),
        (
            b'"URN";"LA (code)";"EstablishmentName"\n"1";"2";"3"\n',
            "line 1: the columns are separated by semicolons; they should",
        ),
        (b"URN\tLA (code)\tEstablishmentName\n", "separated by tabs"),
        (b"URN,Name\n100001,\x81\n", "line 2: the byte 0x81 is neither UTF-8 nor Windows-1252 text"),
        (
            b"\xef\xbb\xbfURN,Name\n100001,\xe9\n",
            "line 2: the byte 0xe9 is not UTF-8, which the file is marked as",
        ),
        (b'URN,Name\n100001,"A', "line 2: not a CSV row"),
    ],
)
def test_not_a_published_csv(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert says in refused_file(path)


def test_header_only(tmp_path: Path) -> None:
    assert "the file has a header and no rows" in refused(tmp_path, [])


def test_missing_and_misspelt_columns(tmp_path: Path) -> None:
    columns = ["Easthing" if name == "Easting" else name for name in NARROW if name != "URN"]
    text = refused(tmp_path, [school(100001)], columns=columns)
    assert "2 problems" in text
    assert "line 1: there is no column 'URN', which is required" in text
    assert "line 1: there is no column 'Easting', which is required; did you mean 'Easthing'?" in text
    columns = ["NumberOfPupil" if name == "NumberOfPupils" else name for name in NARROW]
    text = refused(tmp_path, [school(100001)], columns=columns)
    assert "line 1, NumberOfPupil: unknown column; did you mean 'NumberOfPupils'?" in text
    for slip in ("Number of Pupils", "numberOfPupils"):
        columns = [slip if name == "NumberOfPupils" else name for name in NARROW]
        assert "did you mean 'NumberOfPupils'?" in refused(tmp_path, [school(100001)], columns=columns)
    text = refused(tmp_path, [school(100001)], columns=[*NARROW, "URN"])
    assert "line 1, URN: the column is there 2 times; it should be there once" in text


def test_columns_that_only_look_alike_are_ignored(tmp_path: Path) -> None:
    for absent in OPTIONAL:
        columns = [name for name in WIDE if name != absent]
        assert load(tmp_path, [school(100001)], columns=columns).size == 1


def test_rows_cut_off_and_too_long(tmp_path: Path) -> None:
    path = write(tmp_path / "schools.csv", [school(100001), school(100002), school(100003)])
    whole = path.read_text("cp1252")
    path.write_text(whole[:-70], "cp1252")
    assert re.search(r"line 4: the row has \d+ of 20 fields: it is cut off; get the file again", refused_file(path))
    path.write_text(whole.replace("Invented School 100002", "Invented School, the 2nd"), "cp1252")
    assert "line 3: the row has 21 fields and the header 20; a value with a comma" in refused_file(path)
    path.write_text(whole.splitlines()[0] + "\n100001,306,Only One\n", "cp1252")
    assert "line 2: the rows have 3 fields and the header 20: nothing under" in refused_file(path)


def test_lines_are_counted_past_line_breaks_in_values(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001, name="Two\nLines"), school(100002, pupils=-5)])
    assert "line 4, NumberOfPupils: '-5' should be a number of pupils from 0 to 5000" in text


def test_urns(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001), school("10000A"), school(100001), school(""), school(77)])
    assert "line 3, URN: '10000A' should be a whole number of six digits, from 100000 to 999999" in text
    assert "line 4, URN: 100001 is also on line 2; each school should be in the file once" in text
    assert "line 5, URN: missing; every school should have one" in text
    assert "line 6, URN: '77' should be" in text


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"pupils": "abc"}, "line 2, NumberOfPupils: 'abc' should be a number of pupils from 0 to 5000"),
        ({"pupils": 50000}, "line 2, NumberOfPupils: '50000' should be"),
        ({"pupils": "1e3"}, "line 2, NumberOfPupils: '1e3' should be"),
        ({"places": -1}, "line 2, SchoolCapacity: '-1' should be a number of places from 0 to 10000"),
        ({"fsm": 120}, "line 2, PercentageFSM: '120' should be a percentage from 0 to 100"),
        ({"grade": "Goood"}, "line 2, OfstedRating (name): unknown grade 'Goood'; did you mean 'Good'?"),
        ({"inspected": "31-02-2015"}, "line 2, OfstedLastInsp: '31-02-2015' should be a date"),
        ({"opened": "Sept 2015"}, "line 2, OpenDate: 'Sept 2015' should be a date: day-month-year, such as"),
        (
            {"status": "Opne"},
            "line 2, EstablishmentStatus (name): unknown status 'Opne'; did you mean 'Open'?",
        ),
        (
            {"phase": "Primry"},
            "line 2, PhaseOfEducation (name): unknown phase 'Primry'; did you mean 'Primary'?",
        ),
        ({"la": "Croydon"}, "line 2, LA (code): 'Croydon' should be a whole number of three digits"),
        ({"la": 999, "gor": ""}, "line 2, LA (code): '999' is not a local authority in England; give a code"),
        ({"la": "", "gor": ""}, "line 2, LA (code): missing; give a code such as 201"),
        ({"easting": "TQ32"}, "line 2, Easting: 'TQ32' should be a number of metres"),
        (
            {"easting": 652000, "northing": 450000},
            "652000, 450000 is not in England; eastings in England are 80,000",
        ),
        ({"easting": 5320000}, "line 2, Easting and Northing: 5320000, 165000 is not in England"),
        ({"easting": 165000, "northing": 532000}, "is not in England; easting and northing look exchanged"),
    ],
)
def test_values_that_cannot_be(tmp_path: Path, values: dict[str, Any], says: str) -> None:
    assert says in refused(tmp_path, [school(100001, **values), school(100002)])


def test_a_school_far_from_its_authority(tmp_path: Path) -> None:
    rows = [school(100001 + i, easting=532_000 + 100 * i) for i in range(19)]
    text = refused(tmp_path, [*rows, school(100099, easting=432_000)])
    assert "line 21, Easting and Northing: 432000, 165000 is over 40 km from every other school of local" in text


def test_few_schools_of_an_authority_may_lie_far_apart(tmp_path: Path) -> None:
    assert load(tmp_path, [school(100001), school(100002, easting=432_000)]).size == 2


def test_all_problems_are_collected_and_the_rest_counted(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001 + i, pupils="many") for i in range(25)])
    assert text.count("NumberOfPupils: 'many'") == 20
    assert text.endswith("... and 5 more")


@pytest.mark.parametrize("form", [NARROW, LINKS_2018])
def test_damaged_files_never_fail_otherwise(tmp_path: Path, form: tuple[str, ...]) -> None:
    """Whatever bytes are lost, doubled or changed, the file is read or refused with a sentence."""
    schools = write(tmp_path / "schools.csv", [school(100001 + i, CONVERTER) for i in range(6)])
    links = write(tmp_path / "links.csv", [link(100001 + i, 20) for i in range(6)], LINKS_2018)
    damaged = schools if form is NARROW else links
    whole = damaged.read_bytes()
    luck = random.Random(7)
    refusals = []
    for _ in range(300):
        start = luck.randrange(len(whole))
        part = whole[start : start + luck.randrange(1, 60)]
        new = luck.choice([b"", part + part, b'"', b",", b"\n", b"\x81", b"9", bytes([luck.randrange(256)])])
        damaged.write_bytes(whole[:start] + new + whole[start + len(part) :])
        try:
            read_world(Files(schools, links), 2017, TravelParams(), NO_SITES)
        except InputError as error:
            refusals.append(str(error))
    assert 50 < len(refusals) < 300
    assert all(damaged.name in text for text in refusals)


@pytest.mark.parametrize("text", ["02-07-2015", "02/07/2015", "2015-07-02", "2/7/2015"])
def test_date_forms(text: str) -> None:
    assert decimal_year(text) == pytest.approx(2015 + 182 / 365)


@pytest.mark.parametrize("text", ["07-2015", "12/31/2015", "soon", "02-07-15", "0000-01-01"])
def test_not_dates(text: str) -> None:
    assert decimal_year(text) is None


def test_one_date_after_the_year_is_a_misprint(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001, inspected="01-09-2018"), school(100002)])
    assert "line 2, OfstedLastInsp: '01-09-2018' is after 31 August 2018, when the first year (2017/18) ends" in text
    assert text.endswith("correct the date, or start in 2018")
    assert load(tmp_path, [school(100001, inspected="31-08-2018")]).size == 1


def test_many_dates_after_the_year_mean_another_year(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001 + i, inspected=f"0{i + 1}-03-2018") for i in range(5)], year=2015)
    assert "OfstedLastInsp: 5 dates are after 31 August 2016, the latest '05-03-2018' on line 6" in text
    assert (
        "the file is of 2018, and the first year asked for is 2015/16; start in 2018 (--set world.start=2018)" in text
    )


def test_links_that_are_wrong(tmp_path: Path) -> None:
    rows = [school(100001, CONVERTER), school(100002, CONVERTER)]
    links = [
        link(100001, 20, name="A"),
        link(100002, ""),
        link("?", 20, name="A"),
        link(100002, 20, "Single-academy trust"),
        link(100003, 50, joined="yesterday"),
        link(100004, 50, joined="01-10-2019"),
    ]
    text = refused(tmp_path, rows, links)
    assert "links.csv: 4 problems" in text
    assert "line 3, Linked UID: missing; a link needs the identifier of its trust" in text
    assert "line 4, URN: '?' should be a whole number of six digits" in text
    assert "line 6, Joined date: 'yesterday' should be a date" in text
    assert "line 7, Joined date: '01-10-2019' is after 31 August 2018" in text


def test_a_file_given_in_place_of_another_is_called_by_its_name(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001)], columns=LINKS_2018)
    assert "line 1: this looks like a group links file (which academy is in which trust); give the other file" in text
    text = refused(tmp_path, [school(100001)], [school(100001)], form=NARROW)
    assert "links.csv" in text
    assert "line 1: this looks like an establishment file (one row for each school); give the other file" in text
    assert "looks like" not in refused(tmp_path, [school(100001)], columns=NARROW[:-5])


def test_links_without_their_columns(tmp_path: Path) -> None:
    rows = [school(100001)]
    text = refused(tmp_path, rows, [link(100001, 20)], form=("URN", "Group Name", "Group Typ"))
    assert "links.csv: 2 problems" in text
    assert "there is no column 'Linked UID' or 'Group UID', which is required" in text
    assert "there is no column 'Group Type', which is required; did you mean 'Group Typ'?" in text
