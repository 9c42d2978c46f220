"""The file door with files of today: their date, what is missing from them, and what is odd in their cells."""

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
    LINKS_2022,
    NARROW,
    NO_SITES,
    SPONSORED,
    WIDE,
    link,
    load,
    refused,
    school,
    write,
)

from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.world.base import World
from matsim.world.codes import Grade
from matsim.world.file_dates import file_date, start_year
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world

GRADELESS = [name for name in NARROW if not name.startswith("Ofsted")]


# --- when a file was made, and the year to start in


@pytest.mark.parametrize(
    ("name", "dates", "when", "words"),
    [
        ("edubasealldata20240301.csv", [], 2024.164, "March 2024 by its name"),
        ("gias_england_2018-05.csv", [2018.2] * 600, 2018.329, "May 2018 by its name"),
        ("schools 2026.csv", [], 2026.5, "2026 by its name"),
        ("schools.csv", [2018.34] * 600, 2018.34, "May 2018 by its latest dates"),
        ("schools.csv", [*[2018.34] * 600, 2041.0], 2018.34, "May 2018 by its latest dates"),
        ("schools_2024-03.csv", [2018.34] * 600, 2018.34, "May 2018 by its latest dates"),  # renamed
        ("schools_2018-05.csv", [2024.0] * 5, 2024.0, "January 2024 by its latest dates"),  # a newer one, renamed
        ("schools_2024-03.csv", [2016.0] * 5, 2024.164, "March 2024 by its name"),  # an extract with few dates
        ("schools_123456.csv", [], None, ""),
        ("schools_2018-13.csv", [], 2018.5, "2018 by its name"),
    ],
)
def test_the_date_of_a_file(name: str, dates: list[float], when: float, words: str) -> None:
    found = file_date(Path(name), [*dates, float("nan"), 1900.0, 2999.0])
    assert found.words == words
    assert np.isnan(found.when) if when is None else found.when == pytest.approx(when, abs=0.003)


def test_authorities_founded_since_side_with_the_name_against_the_dates() -> None:
    dates = [2018.34] * 600
    assert file_date(Path("schools_2024-03.csv"), dates, [306, 942]).words == "March 2024 by its name"
    assert file_date(Path("schools.csv"), dates, [306, 942]).words == "May 2018 by its latest dates"
    assert file_date(Path("schools.csv"), [], [306, 942]).words == "April 2023 by its authorities"


def test_files_start_in_the_year_they_are_of() -> None:
    """One convention, for May 2018 and March 2024 alike."""
    assert (start_year(2018.33), start_year(2024.16)) == (2018, 2024)


def test_a_later_file_says_the_start_year_by_the_same_convention(tmp_path: Path) -> None:
    rows = [school(100001 + i, CONVERTER) for i in range(5)]
    text = refused(tmp_path, rows, [link(100001 + i, 20, joined=f"0{i + 1}-03-2024") for i in range(5)], year=2018)
    assert (
        "the file is of 2024, and the first year asked for is 2018/19; start in 2024 (--set world.start=2024)" in text
    )
    text = refused(tmp_path, [school(100001, opened="01-09-2020")], year=2018)
    assert text.endswith("correct the date, or start in 2020")


def _warned(world: World, *said: str) -> None:
    told = " ".join(world.account.warnings)
    for text in said:
        assert text in told
    assert len(world.account.warnings) == len(said)


def _dated(folder: Path, name: str, rows: list[dict[str, object]], links: str, year: int) -> World:
    schools = write(folder / name, rows)
    joined = write(folder / links, [link(100001, 20), link(100002, 20)], LINKS_2018)
    return read_world(Files(schools, joined), year, TravelParams(), NO_SITES)


def test_files_and_start_year_years_apart_are_told_loudly(tmp_path: Path) -> None:
    rows = [school(100001, CONVERTER), school(100002, CONVERTER)]
    late = _dated(tmp_path, "schools_2018-05.csv", rows, "links_20180501.csv", 2024)
    _warned(late, "The establishment file is of May 2018 by its name and the first year is 2024, 6 years after it")
    assert "Start in 2018 (--set world.start=2018), or give files of 2024." in late.account.warnings[0]
    early = _dated(tmp_path, "schools_2024-03.csv", rows, "links_2024-03-01.csv", 2018)
    _warned(early, "is of March 2024 by its name and the first year is 2018, 6 years before it")
    one = _dated(tmp_path, "schools_2018-05.csv", rows, "links_20180501.csv", 2019)
    assert not one.account.warnings
    assert any("the first year is 2019, 1 year after it" in note for note in one.account.notes)
    assert not _dated(tmp_path, "schools_2018-05.csv", rows, "links_20180501.csv", 2018).account.warnings
    # nothing tells how old a file with a few old dates and no year in its name is
    assert not _dated(tmp_path, "schools.csv", rows, "links.csv", 2024).account.warnings


def test_links_older_or_newer_than_schools_are_told_loudly(tmp_path: Path) -> None:
    rows = [school(100001, CONVERTER), school(100002, CONVERTER)]
    newer = _dated(tmp_path, "schools_2018-05.csv", rows, "links_2019-06.csv", 2018)
    _warned(newer, "The group links (June 2019 by its name) are 13 months newer than the establishment file (May 2018")
    older = _dated(tmp_path, "schools_2024-03.csv", rows, "links_2018-05.csv", 2024)
    _warned(older, "The group links (May 2018 by its name) are 6 years older than the establishment file (March 2024")
    assert not _dated(tmp_path, "schools_2018-05.csv", rows, "links_2018-09.csv", 2018).account.warnings


def test_linked_schools_that_are_not_found_are_told_loudly(tmp_path: Path) -> None:
    rows = [school(100001 + i, CONVERTER) for i in range(40)]
    links = [link(100001 + i, 20) for i in range(40)]
    assert not load(tmp_path, rows, [*links, link(200001, 20), link(200002, 20)]).account.warnings
    special = [link(300001 + i, 20, of_type="Academy special converter") for i in range(40)]
    _warned(load(tmp_path, rows, [*links, *special]), "40 schools in open trusts (40 special) are in the group links")
    lost = load(tmp_path, rows, [*links, *(link(200001 + i, 20) for i in range(10))])
    _warned(
        lost, "10 of the 50 mainstream schools that the links put into open trusts are not in the establishment file"
    )
    alone = load(tmp_path, rows, links[:30])
    _warned(alone, "10 of the 40 academies are in no trust of the group links")


# --- no grades


def test_a_file_without_grades_has_them_drawn_and_says_so_loudly(tmp_path: Path) -> None:
    upper = {"PhaseOfEducation (name)": "Secondary", "StatutoryLowAge": 11, "StatutoryHighAge": 18}
    rows = [
        school(100001 + i, fsm=i % 60, grade="", inspected="", opened="", easting=500_000 + 60 * i)
        | (upper if i % 5 == 0 else {})
        for i in range(1000)
    ]
    world = load(tmp_path, rows, year=2024, columns=GRADELESS)
    grade, phase, fsm = (world.schools[name] for name in ("grade", "phase", "fsm"))
    assert np.bincount(grade, minlength=5).tolist() == [0, 140, 760, 81, 19]  # published for 2024: 14% and 90%
    assert (grade[phase == 0] <= Grade.GOOD).mean() > (grade[phase == 1] <= Grade.GOOD).mean()
    assert fsm[grade > Grade.GOOD].mean() > fsm[grade <= Grade.GOOD].mean()
    assert np.isfinite(world.schools["inspected"]).all()
    assert world.schools["inspected"].max() < 2024 + 2 / 3
    _warned(
        world, "grades are drawn by the shares published for 2024: 90% Good or better (14% Outstanding), 8% Requires"
    )
    assert "read nothing about a named school from it" in world.account.warnings[0]
    assert world.account.filled["inspection grade and date: drawn by published shares"] == 1000
    assert "inspection: none recorded" not in world.account.filled
    assert load(tmp_path, rows, year=2024, columns=NARROW).digest() == world.digest()  # columns there and empty
    older = load(tmp_path, rows, year=2018, columns=GRADELESS)
    assert "published for 2018: 87% Good or better (18% Outstanding)" in older.account.warnings[0]
    later = load(tmp_path, rows, year=2026, columns=GRADELESS)
    assert "published for 2024" in later.account.warnings[0]
    assert "Single grades ended in September 2024." in later.account.warnings[0]


def test_grades_of_a_file_that_has_some_are_left_as_they_are(tmp_path: Path) -> None:
    rows = [school(100001 + i, grade="Good" if i < 3 else "", inspected="") for i in range(10)]
    world = load(tmp_path, [rows[0] | {"OfstedLastInsp": "02-07-2015"}, *rows[1:]])
    assert np.bincount(world.schools["grade"]).tolist() == [7, 0, 3]
    _warned(world, "7 of the 10 schools have no inspection grade in the files, and begin as schools judged")


def test_new_academies_have_no_grade_drawn_before_their_first_inspection(tmp_path: Path) -> None:
    rows = [school(100001 + i, SPONSORED, grade="", opened="01-09-2023", easting=500_000 + 60 * i) for i in range(20)]
    rows += [school(200001 + i, SPONSORED, grade="", opened="01-09-2012") for i in range(20)]
    grade = load(tmp_path, rows, [link(urn, 20) for urn in range(100001, 100021)], 2024, columns=GRADELESS)
    assert not grade.schools["grade"][:20].any()
    assert grade.schools["grade"][20:].all()


def test_figures_that_most_schools_lack_are_told_loudly(tmp_path: Path) -> None:
    rows = [school(100001 + i, pupils="" if i < 6 else 200, fsm="") for i in range(10)]
    _warned(
        load(tmp_path, rows),
        "6 of the 10 schools have no number of pupils in the establishment file",
        "10 of the 10 schools have no share of free school meals in the establishment file",
    )


# --- trusts without schools, schools in two trusts, one school under two URNs


def test_a_trust_without_schools_is_passed_over_and_counted(tmp_path: Path) -> None:
    rows = [school(100001, CONVERTER)]
    links = [link(100001, 20), link("", 40, name="Lone"), link("", 40, name="Lone"), link("NULL", "")]
    for form in (LINKS_2018, LINKS_2022):
        world = load(tmp_path, rows, links, form=form)
        assert world.trusts["uid"].tolist() == [20]
        assert "Rows of the group links passed over: trusts without a school 3." in world.account.notes
        assert not any("Trusts left out" in note for note in world.account.notes)


@pytest.mark.parametrize(
    ("first", "second", "uid"),
    [
        (link(100001, 20, joined="01-09-2014"), link(100001, 30, joined="01-09-2016"), 30),
        (link(100001, 20, joined="01-09-2016"), link(100001, 30, joined="01-09-2014"), 20),
        (link(100001, 20, joined=""), link(100001, 30, joined="01-09-2014"), 30),
        (link(100001, 20, "Single-academy trust"), link(100001, 30), 30),
        (link(100001, 20), link(100001, 30, "Single-academy trust"), 20),
        (link(100001, 20), link(100001, 30), 20),
    ],
)
def test_a_school_in_two_open_trusts_is_in_the_one_it_joined_last(
    tmp_path: Path, first: dict[str, object], second: dict[str, object], uid: int
) -> None:
    others = [first | {"URN": 100002}, second | {"URN": 100003}]
    rows = [school(100001 + i, CONVERTER, easting=532_000 + 900 * i) for i in range(3)]
    world = load(tmp_path, rows, [first, second, *others])
    assert world.trusts["uid"][world.schools["trust"][0]] == uid
    assert world.account.filled["in two open trusts: taken to be in the one joined last"] == 1


def test_a_trust_of_two_kinds_is_a_multi_academy_trust(tmp_path: Path) -> None:
    rows = [school(100001 + i, CONVERTER, easting=532_000 + 900 * i) for i in range(2)]
    for kinds in (("Single-academy trust", "Multi-academy trust"), ("Multi-academy trust", "Single-academy trust")):
        world = load(tmp_path, rows, [link(100001 + i, 20, kind) for i, kind in enumerate(kinds)])
        assert world.trusts["kind"].tolist() == [1]
        assert world.account.filled["trust of two kinds: taken as a multi-academy trust"] == 1


def _apart(urn: int, **values: Any) -> dict[str, object]:
    postcode = values.pop("postcode", "")
    return school(urn, **values) | {"Postcode": postcode}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"name": "Oak Hill Primary School"}, {"name": "Oak Hill Academy"}),
        ({"name": "St. Mary's C.E. Primary"}, {"name": "St Marys Church of England Academy"}),
        ({"name": "Oak Hill Primary", "status": "Open, but proposed to close"}, {"name": "Ark Aspire"}),
    ],
)
def test_one_school_under_two_urns_is_counted_once(tmp_path: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    rows = [
        _apart(100001, postcode="CR0 1AA", grade="Outstanding", pupils=180, fsm=33, **old),
        _apart(
            140001, kind=CONVERTER, opened="01-09-2017", pupils="", grade="", inspected="", postcode="CR0 1AA", **new
        ),
        _apart(100002, name="Elm Primary", easting=535_000),
    ]
    links = [link(140001, 20)]
    world = load(tmp_path, rows, links)
    assert world.schools["urn"].tolist() == [100002, 140001]
    assert world.account.set_aside == {"the same school under another URN": 1}
    assert world.account.read == world.account.used + 1
    kept = {name: column[1] for name, column in world.schools.items()}
    assert (kept["pupils"], kept["grade"], kept["fsm"], kept["trust"]) == (180, 1, 20.5, 0)
    assert world.account.filled["roll, capacity, meals or grade: from the school's other URN"] == 3
    assert load(tmp_path, rows[::-1], links).digest() == world.digest()


def test_the_same_number_or_provider_at_one_place_is_one_school(tmp_path: Path) -> None:
    for column in ("EstablishmentNumber", "UKPRN"):
        rows = [school(100001, name="Oak"), school(140001, CONVERTER, name="Elm"), school(100002, easting=535_000)]
        rows = [row | {column: 2001 if row["URN"] != 100002 else 2002} for row in rows]
        assert load(tmp_path, rows, columns=WIDE).schools["urn"].tolist() == [100002, 140001]


def test_two_schools_on_one_site_stay_two(tmp_path: Path) -> None:
    rows = [
        _apart(100001, name="Oak Infant School", low=4, high=7, postcode="CR0 1AA"),
        _apart(100002, name="Oak Junior School", low=7, high=11, postcode="CR0 1AA"),
        _apart(100003, name="Challoner Girls' School", phase="Secondary", low=11, high=18, postcode="CR0 1AB"),
        _apart(100004, name="Challoner Boys' School", phase="Secondary", low=11, high=18, postcode="CR0 1AB"),
        _apart(100005, name="Ash School", phase="Secondary", low=11, high=18, postcode="CR0 1AC"),
        _apart(100006, name="Ash Primary", postcode="CR0 1AC"),
        _apart(100007, name="Elm Primary", easting=535_000, postcode="CR0 2AC"),
        _apart(100008, name="Elm Primary", easting=536_000, postcode="CR0 3AC"),
    ]
    assert load(tmp_path, rows).account.used == 8


# --- cells


@pytest.mark.parametrize(
    ("values", "name", "value"),
    [
        ({"pupils": "1,024"}, "pupils", 1024),
        ({"pupils": "1 024"}, "pupils", 1024),
        ({"pupils": "310.0"}, "pupils", 310),
        ({"fsm": "12.3%"}, "fsm", 12.3),
        ({"fsm": "12.3 %"}, "fsm", 12.3),
        ({"easting": "532,000"}, "easting", 532_000),
        ({"la": "306.0"}, "la", 306),
        ({"opened": "02/07/2015 00:00"}, "opened", 2015 + 182 / 365),
        ({"opened": "2015-07-02T00:00:00Z"}, "opened", 2015 + 182 / 365),
        ({"opened": "2 Jul 2015"}, "opened", 2015 + 182 / 365),
        ({"opened": "01/01/1900 00:00"}, "opened", np.nan),
        ({"inspected": "02/07/2015 13:45:00"}, "inspected", 2015 + 182 / 365),
    ],
)
def test_ways_of_writing_numbers_and_dates(tmp_path: Path, values: dict[str, Any], name: str, value: object) -> None:
    world = load(tmp_path, [school(100001, **values)])
    assert world.schools[name][0] == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("mark", ["SUPP", "NE", "NA", "x", "z", "c", "N/A", ":", "LOWCOV", "-"])
def test_words_for_a_missing_value_are_missing_and_counted(tmp_path: Path, mark: str) -> None:
    world = load(tmp_path, [school(100001, fsm=mark), school(100002, pupils=mark, places=mark, opened=mark, fsm=30)])
    assert world.schools["fsm"].tolist() == [30, 30]
    assert world.schools["pupils"][1] == 226
    assert np.isnan(world.schools["opened"][1])
    told = next(note for note in world.account.notes if note.startswith("Cells that hold no number or date"))
    assert told.endswith(
        f"NumberOfPupils '{mark}' 1; OpenDate '{mark}' 1; PercentageFSM '{mark}' 1; SchoolCapacity '{mark}' 1."
    )


@pytest.mark.parametrize("values", [{"pupils": "12%"}, {"pupils": "1,02"}, {"fsm": "1e1"}, {"pupils": "many"}])
def test_what_is_no_number_in_its_place_is_refused_with_its_line(tmp_path: Path, values: dict[str, Any]) -> None:
    text = refused(tmp_path, [school(100001, **values)])
    assert f"line 2, {'PercentageFSM' if 'fsm' in values else 'NumberOfPupils'}: '" in text
    assert "' should be a" in text


# --- forms of files


def _file(folder: Path, text: str, encoding: str) -> World:
    path = folder / "schools.csv"
    path.write_bytes(text.encode(encoding))
    return read_world(Files(path), 2017, TravelParams(), NO_SITES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoted", [False, True])
def test_forms_of_one_file_are_one_world(tmp_path: Path, encoding: str, ending: str, quoted: bool) -> None:
    plain = load(tmp_path, [school(100001, name="Zoë's, the 1st"), school(100002)], encoding="utf-8")
    rows = list(csv.reader((tmp_path / "schools.csv").read_text("utf-8").splitlines()))
    rows = [rows[0], [""] * len(rows[0]), rows[1], ["  "], rows[2]]
    text = ending.join(",".join(f'"{cell}"' if quoted or "," in cell else f" {cell} " for cell in row) for row in rows)
    assert _file(tmp_path, text + ending, encoding).digest() == plain.digest()


def test_the_header_of_2023_and_the_file_of_2026(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    header = next(csv.reader((SHARED / "gias_header_2023.txt").read_text("cp1252").splitlines()))
    rows = [school(100001, la_name="Croydon"), school(100002, CONVERTER, la_name="Croydon")]
    world = load(tmp_path, rows, columns=header)
    assert world.schools["pupils"].tolist() == [200, 200]
    today = read_world(Files(SHARED / "establishments_format_2026.csv"), 2026, TravelParams(), NO_SITES)
    assert (today.account.read, today.account.used) == (153, 151)
    assert today.account.set_aside == {"closed": 2}
    told = " ".join(today.account.warnings)
    for text in ("grades are drawn", "free school meals"):
        assert text in told
    assert len(today.account.warnings) == 2
    with (SHARED / "establishments_format_2026.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["EstablishmentStatus (name)"] != "Closed"]
    sizes = Counter(int(code) for row in rows if (code := str(row["Trusts (code)"])))
    of = today.schools["trust"][today.schools["trust"] >= 0]
    assert Counter(today.trusts["uid"][of].tolist()) == sizes | {today.trusts["uid"][-1]: 1}
    flagged = Counter(row["TrustSchoolFlag (name)"] for row in rows)
    kinds = today.trusts["kind"][of]
    assert (kinds == 1).sum() == flagged["Supported by a multi-academy trust"]
    assert len(rows) - len(of) == flagged["Not applicable"] + 3  # three foundation schools without a foundation trust


# --- names that act


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Oak\x1b[31m Hill\x1b[0m", "Oak Hill"),
        ("\x1b]0;title\x07Oak Hill", "Oak Hill"),
        ("Oak\u202eHill", "OakHill"),
        ("Oak\u2066 Hill\u2069\u200f", "Oak Hill"),
        ("Oak\nHill\x07", "Oak Hill"),
        ("Oak  Hill", "Oak  Hill"),
    ],
)
def test_names_arrive_without_what_acts_on_a_terminal_or_a_page(tmp_path: Path, raw: str, shown: str) -> None:
    rows = [school(100001, CONVERTER, name=raw, la_name=raw), school(100002, CONVERTER, la_name="Croydon", la=201)]
    schools = write(tmp_path / "schools.csv", rows, WIDE, "utf-8")
    links = write(tmp_path / "links.csv", [link(100001, 20, name=raw)], LINKS_2022, "utf-8")
    world = read_world(Files(schools, links), 2017, TravelParams(), NO_SITES)
    assert (world.school_names[0], world.trust_names[0], world.la_names[306]) == (shown, shown, shown)
    noted = [note for note in world.account.notes if note.startswith("Line breaks and hidden characters were taken")]
    assert len(noted) == (raw != shown)


def test_errors_do_not_repeat_what_acts(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001, pupils="1\x1b[2J2x\x07")])
    assert "'12x' should be a number" in text


# --- the real files, where they are to hand


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("schools", "links", "year", "warned"),
    [
        (
            "gias_england_2018-05.csv",
            "grouplinks_edubaseallacademiesandfree20180501.csv",
            2018,
            ("458 schools in open trusts",),
        ),
        (
            "gias_england_2018-05.csv",
            "grouplinks_edubaseallacademiesandfree20190601.csv",
            2018,
            ("are 13 months newer than the establishment file", "schools in open trusts"),
        ),
        (
            "gias_england_2018-05.csv",
            "grouplinks_edubaseallacademiesandfree_2024-03-01.csv",
            2024,
            (
                "6 years after it",
                "are 6 years newer",
                "1,014 of the 10,021 mainstream schools",
                "schools in open trusts",
            ),
        ),
        (
            "establishments_2024-03_assembled.csv",
            "grouplinks_edubaseallacademiesandfree_2024-03-01.csv",
            2024,
            ("726 schools in open trusts", "grades are drawn by the shares published for 2024: 90% Good or better"),
        ),
        (
            "establishments_2024-03_assembled.csv",
            "grouplinks_edubaseallacademiesandfree20180501.csv",
            2024,
            ("are 6 years older", "2,795 of the 9,791 academies", "schools in open trusts", "grades are drawn"),
        ),
    ],
)
def test_real_pairs(schools: str, links: str, year: int, warned: tuple[str, ...]) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    world = read_world(Files(SHARED / schools, SHARED / links), year, TravelParams())
    _warned(world, *warned)
    grade = world.schools["grade"][world.mainstream & ~world.schools["planned"]]
    if "2024" in schools:
        assert (grade[grade > Grade.NOT_INSPECTED] <= Grade.GOOD).mean() == pytest.approx(0.90, abs=0.001)
    elif len(warned) == 1:
        assert world.account.filled["inspection: none recorded"] == 3_154 + 458  # left as they were
        assert (grade == Grade.NOT_INSPECTED).sum() == 3_154


@pytest.mark.realdata
def test_a_real_file_under_the_wrong_year_says_the_right_one() -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    links = SHARED / "grouplinks_edubaseallacademiesandfree_2024-03-01.csv"
    with pytest.raises(InputError, match=r"the file is of 2024, .* start in 2024 \(--set world.start=2024\)"):
        read_world(Files(SHARED / "establishments_2024-03_assembled.csv", links), 2018, TravelParams())


def test_a_message_quotes_the_beginning_of_a_long_cell(tmp_path: Path) -> None:
    text = refused(tmp_path, [school(100001, pupils="9" * 5000)])
    assert f"NumberOfPupils: '{'9' * 60}…' should be a number" in text
    assert len(text) < 400


@pytest.mark.parametrize("code", ["9" * 5000, "99999", "-1", "x"])
def test_an_authority_code_of_the_links_that_is_none_is_passed_over(tmp_path: Path, code: str) -> None:
    rows = [school(100001, CONVERTER, la=""), school(100002, la=201)]
    assert load(tmp_path, rows, [link(100001, 20) | {"LA (code)": code}]).schools["la"].tolist() == [201, 201]
