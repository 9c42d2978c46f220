"""The file of inspections: how schools were last judged, by every form of Ofsted's management information."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import scenario
from support.make_gias import CONVERTER, LINKS_2018, NARROW, NO_SITES, SHORT, SPONSORED, school, write
from support.make_inspections import (
    FORM_2018,
    FORM_2021,
    FORM_2023,
    FORM_2026,
    TITLE,
    card,
    carded,
    judged,
    write_inspections,
)

from matsim.core.csv_reader import decimal_year
from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.codes import Grade
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world
from matsim.world.management_information import AREAS, POINTS, card_grade

type Rows = Iterable[Mapping[str, object]]

FREE = "Free schools"
BARE = tuple(name for name in NARROW if name not in (SHORT["grade"], "OfstedLastInsp"))
"""Columns of an establishment file as published since 2025: no grades."""


def when(day: str) -> float:
    """A date as a decimal year."""
    known = decimal_year(day)
    assert known is not None
    return known


def read(
    folder: Path,
    schools: Rows,
    rows: Rows,
    form: tuple[str, ...] = FORM_2018,
    year: int = 2018,
    *,
    columns: tuple[str, ...] = BARE,
    name: str = "inspections.csv",
    title: str = "",
    encoding: str = "cp1252",
) -> World:
    """The world of an establishment file and a file of inspections."""
    establishments = write(folder / "schools.csv", schools, columns)
    inspections = write_inspections(folder / name, rows, form, title, encoding)
    files = Files(establishments, inspections=inspections)
    return read_world(files, year, TravelParams(), NO_SITES)


def last(world: World, urn: int = 100001) -> tuple[int, float, int, bool]:
    """Grade, date, grade before and whether a graded inspection is next, of one school."""
    s = world.schools
    row = int(np.flatnonzero(s["urn"] == urn)[0])
    return int(s["grade"][row]), float(s["inspected"][row]), int(s["grade_before"][row]), bool(s["graded_next"][row])


def one(
    folder: Path, row: Mapping[str, object], form: tuple[str, ...], year: int = 2018, **more: Any
) -> tuple[Any, ...]:
    """How the only school was last judged, by its row."""
    return last(read(folder, [school(100001)], [row], form, year, **more))


def wrong(folder: Path, rows: Rows, form: tuple[str, ...] = FORM_2018, year: int = 2018) -> str:
    """The error text for a file of inspections that cannot be read."""
    with pytest.raises(InputError) as caught:
        read(folder, [school(100001), school(100002)], rows, form, year)
    return str(caught.value)


# --- forms


def test_a_file_of_2018_gives_grade_date_and_the_grade_before(tmp_path: Path) -> None:
    row = judged(100001, **{"Previous full inspection overall effectiveness": 3, "Overall effectiveness": 1})
    assert one(tmp_path, row, FORM_2018) == (1, when("14-03-2017"), 3, False)


@pytest.mark.parametrize(
    ("form", "previous"),
    [
        (FORM_2021, "Previous full inspection overall effectiveness"),
        (FORM_2023, "Previous graded inspection overall effectiveness"),
    ],
    ids=["2021", "2023"],
)
def test_later_headers_say_the_same(tmp_path: Path, form: tuple[str, ...], previous: str) -> None:
    row = judged(100001, **{previous: 4, "Overall effectiveness": 3})
    assert one(tmp_path, row, form, 2021) == (3, when("14-03-2017"), 4, False)


def test_titles_above_the_header_and_either_encoding(tmp_path: Path) -> None:
    row = judged(100001) | {"School name": "St Anne’s", "Web link": "x"}
    for encoding in ("cp1252", "utf-8"):
        title = TITLE.format(date="31 August 2018")
        world = read(tmp_path, [school(100001)], [row], FORM_2021, title=title, encoding=encoding)
        assert last(world) == (2, when("14-03-2017"), 0, False)
    world = read(tmp_path, [school(100001), school(100009)], [judged(100001)], FORM_2021, title=title)
    assert "1 of the 2 schools their last grade; 1 are not in it, and 0 of its rows" in " ".join(world.account.notes)


# --- ungraded inspections


@pytest.mark.parametrize(
    ("form", "on", "outcome"),
    [
        (FORM_2018, "Date of latest short inspection", "Short inspection overall outcome"),
        (FORM_2021, "Date of latest section 8 inspection", "Section 8 inspection overall outcome"),
        (FORM_2023, "Date of latest ungraded inspection", "Ungraded inspection overall outcome"),
    ],
    ids=["short", "section 8", "ungraded"],
)
@pytest.mark.parametrize(
    ("said", "soon"),
    [
        ("School remains Good", False),
        ("Standards maintained", False),
        ("School remains Good (Concerns) - S5 Next", True),
        ("School remains Good (Improving) - S5 Next", True),
        ("Some aspects not as strong", True),
    ],
)
def test_an_ungraded_inspection_keeps_the_grade_and_moves_the_visit(
    tmp_path: Path, form: tuple[str, ...], on: str, outcome: str, said: str, soon: bool
) -> None:
    row = judged(100001, **{on: "05/06/2018", outcome: said})
    assert one(tmp_path, row, form) == (2, when("05-06-2018"), 0, soon)


def test_an_ungraded_inspection_before_the_graded_one_or_turned_into_it_changes_nothing(tmp_path: Path) -> None:
    visit = {"Ungraded inspection overall outcome": "School remains Good (Concerns) - S5 Next"}
    early = judged(100001, **visit, **{"Date of latest ungraded inspection": "05/06/2016"})
    assert one(tmp_path, early, FORM_2023) == (2, when("14-03-2017"), 0, False)
    turned = "Did the latest ungraded inspection convert to a graded inspection?"
    late = judged(100001, **visit, **{"Date of latest ungraded inspection": "05/06/2018", turned: "Yes"})
    assert one(tmp_path, late, FORM_2023) == (2, when("14-03-2017"), 0, False)


def test_without_a_graded_inspection_the_ungraded_one_tells_the_grade(tmp_path: Path) -> None:
    row = judged(100001, **{"Overall effectiveness": "NULL", "Inspection start date": "NULL"})
    row |= {"Date of latest ungraded inspection": "05/06/2018"}
    row |= {"Ungraded inspection overall outcome": "School remains Outstanding"}
    assert one(tmp_path, row, FORM_2023) == (1, when("05-06-2018"), 0, False)
    world = read(tmp_path, [school(100001)], [row], FORM_2023)
    assert "1 schools have the grade that an ungraded inspection left them" in " ".join(world.account.notes)


def test_schools_whose_next_inspection_is_a_graded_one_are_seen_sooner(tmp_path: Path) -> None:
    urns = range(100001, 100041)
    said = {False: "School remains Good", True: "School remains Good (Concerns) - S5 Next"}
    on = {"Date of latest short inspection": "05/06/2018"}
    rows = [judged(urn, **on, **{"Short inspection overall outcome": said[urn % 2 == 0]}) for urn in urns]
    world = read(tmp_path, [school(urn) for urn in urns], rows, FORM_2018)
    schools = TrustSystem(world, scenario(), 1).state.schools
    wait = schools.due[:40] - schools.inspected[:40]
    soon = world.schools["graded_next"][:40]
    assert soon.sum() == 20
    assert wait[soon] == pytest.approx(1.5)
    assert wait[~soon].mean() == pytest.approx(4.45, abs=0.5)
    assert wait[~soon].min() > 2.5


# --- no headline grade


def test_judgements_stand_for_the_headline_grade(tmp_path: Path) -> None:
    row = judged(100001, **{"Overall effectiveness": "Not judged", "Inspection start date": "02/10/2024"})
    row |= {"Previous graded inspection overall effectiveness": 3, "Previous inspection start date": "01/02/2022"}
    four: dict[str, object] = {"Quality of education": 2, "Behaviour and attitudes": 1, "Personal development": 1}
    four |= {"Effectiveness of leadership and management": 3, "Safeguarding is effective?": "Yes"}
    on = when("02-10-2024")
    assert one(tmp_path, row | four, FORM_2023, 2024) == (2, on, 3, False)
    assert one(tmp_path, row | four | {"Quality of education": 3}, FORM_2023, 2024)[0] == 3
    assert one(tmp_path, row | four | {"Behaviour and attitudes": 4}, FORM_2023, 2024)[0] == 4
    assert one(tmp_path, row | four | {"Safeguarding is effective?": "No"}, FORM_2023, 2024)[0] == 4
    world = read(tmp_path, [school(100001)], [row | four], FORM_2023, 2024)
    assert "their quality of education stands for it" in " ".join(world.account.notes)
    # what was not judged at all leaves the grade of before
    assert one(tmp_path, row, FORM_2023, 2024) == (3, when("01-02-2022"), 0, False)


# --- report cards


@pytest.mark.parametrize(
    ("areas", "grade"),
    [
        ({}, Grade.GOOD),
        ({"Inclusion": "Needs attention"}, Grade.GOOD),
        ({"Achievement": "Needs attention"}, Grade.REQUIRES_IMPROVEMENT),
        ({"Leadership_and_governance": "Needs attention"}, Grade.REQUIRES_IMPROVEMENT),
        ({"Inclusion": "Urgent improvement"}, Grade.INADEQUATE),
        ({"Safeguarding_standards": "Not met"}, Grade.INADEQUATE),
        ({"Achievement": "Exceptional"}, Grade.GOOD),
    ],
    ids=str,
)
def test_a_report_card_becomes_a_grade(tmp_path: Path, areas: dict[str, str], grade: int) -> None:
    row = carded(100001) | card(**areas)
    assert one(tmp_path, row, FORM_2026, 2026) == (grade, when("20-01-2026"), 2, False)


def test_a_card_of_strong_standards_is_outstanding_and_a_category_of_concern_inadequate(tmp_path: Path) -> None:
    row = carded(100001) | card("Strong standard", Achievement="Exceptional")
    assert one(tmp_path, row, FORM_2026, 2026)[0] == Grade.OUTSTANDING
    assert one(tmp_path, row | {"Category of concern": "SM"}, FORM_2026, 2026)[0] == Grade.INADEQUATE
    world = read(tmp_path, [school(100001)], [row], FORM_2026, 2026)
    said = "1 schools have a report card, read as a grade that Ofsted did not give: Inadequate where an area"
    assert said in " ".join(world.account.notes)


def test_without_a_card_the_last_graded_inspection_counts(tmp_path: Path) -> None:
    row = carded(100001, **{"Latest OEIF category of concern": "NULL", "Latest OEIF overall effectiveness": 1})
    assert one(tmp_path, row, FORM_2026, 2026) == (1, when("14-03-2023"), 0, False)
    row |= {"Date of latest ungraded inspection": "11/02/2025"}
    row |= {"Ungraded inspection overall outcome": "Standards maintained"}
    assert one(tmp_path, row, FORM_2026, 2026) == (1, when("11-02-2025"), 0, False)
    # and is not given the card's columns
    assert one(tmp_path, row | {"Category of concern": "SM"}, FORM_2026, 2026)[:2] == (4, when("11-02-2025"))


def test_a_worse_card_is_never_a_better_grade() -> None:
    for area in AREAS:
        for others in range(len(POINTS)):
            points = dict.fromkeys(AREAS, others)
            grades = [card_grade(points | {area: point}, met=True, concern=False) for point in range(len(POINTS))]
            assert grades == sorted(grades)
            assert card_grade(points, met=False, concern=False) == Grade.INADEQUATE
    assert card_grade({}, met=True, concern=False) == Grade.NOT_INSPECTED


# --- whose inspection it was


def test_converters_keep_their_predecessors_grade_and_sponsored_academies_begin_without(tmp_path: Path) -> None:
    kinds = {100001: CONVERTER, 100002: SPONSORED, 100003: FREE, 100004: SPONSORED}
    schools = [school(urn, kind, opened="01-09-2017") for urn, kind in kinds.items()]
    old = {"URN at time of latest full inspection": 100000, "Inspection date": "10/03/2016"}
    rows = [judged(urn, **old) for urn in (100001, 100002, 100003)]
    rows.append(judged(100004, **{"Overall effectiveness": 3, "Inspection date": "10/03/2018"}))
    world = read(tmp_path, schools, rows)
    assert [last(world, urn)[0] for urn in kinds] == [2, 0, 0, 3]
    assert world.account.filled["inspection: the predecessor's, in a school that keeps its grade"] == 1
    assert world.account.filled["inspection: none of its own, in an academy that begins without one"] == 2


def test_a_sponsored_academy_judged_before_it_opened_begins_without(tmp_path: Path) -> None:
    unsaid = {"URN at time of latest full inspection": "NULL", "Inspection date": "10/03/2016"}
    assert last(read(tmp_path, [school(100001, SPONSORED, opened="01-09-2017")], [judged(100001, **unsaid)]))[0] == 0
    assert last(read(tmp_path, [school(100001, SPONSORED, opened="01-09-2013")], [judged(100001, **unsaid)]))[0] == 2


def test_a_school_that_became_another_since_is_found_by_its_old_urn(tmp_path: Path) -> None:
    rows = [judged(140001, **{"URN at time of latest full inspection": 100001}), judged(100002)]
    world = read(tmp_path, [school(100001), school(100002)], rows)
    assert last(world) == (2, when("14-03-2017"), 0, False)
    assert "0 are not in it, and 0 of its rows" in " ".join(world.account.notes)


def test_successors_lead_from_the_urns_of_the_file_to_those_of_the_schools(tmp_path: Path) -> None:
    """The file of inspections is older: the converter, the sponsored academy and a third were other schools in it."""
    kinds = {140001: CONVERTER, 140002: SPONSORED, 100003: "Community school"}
    schools = write(tmp_path / "schools.csv", [school(u, kind, opened="01-09-2017") for u, kind in kinds.items()], BARE)
    rows = [judged(100001, **{"Overall effectiveness": 1}), judged(100002), judged(100003)]
    inspections = write_inspections(tmp_path / "inspections.csv", rows)
    links = tmp_path / "links_edubasealldata.csv"
    links.write_text(
        "URN,LinkURN,LinkType,LinkEstablishedDate\n"
        "140001,100001,Predecessor,01-09-2017\n140002,100002,Predecessor,01-09-2017\n",
        encoding="utf-8",
    )
    files = Files(schools, inspections=inspections, successors=links)
    world = read_world(files, 2018, TravelParams(), NO_SITES)
    assert [last(world, urn)[0] for urn in kinds] == [1, 0, 2]
    assert world.account.filled["inspection: the predecessor's, in a school that keeps its grade"] == 1
    assert world.account.filled["inspection: none of its own, in an academy that begins without one"] == 1
    alone = read_world(Files(schools, inspections=inspections), 2018, TravelParams(), NO_SITES)
    assert [last(alone, urn)[0] for urn in kinds] == [0, 0, 2]


# --- beside the establishment file


def test_the_later_inspection_of_the_two_files_counts(tmp_path: Path) -> None:
    schools = [
        school(100001, grade="Good", inspected="02-07-2015"),
        school(100002, grade="Good", inspected="02-07-2018"),
        school(100003, grade="Requires improvement", inspected="02-07-2013"),
        school(100004, grade="", inspected=""),
    ]
    rows = [judged(urn, **{"Overall effectiveness": 1}) for urn in (100001, 100002, 100004)]
    world = read(tmp_path, schools, rows, columns=NARROW)
    assert [last(world, urn)[0] for urn in range(100001, 100005)] == [1, 2, 3, 1]
    said = " ".join(world.account.notes)
    assert "gives 2 of the 4 schools their last grade; 1 are not in it" in said
    assert "The establishment file has a later inspection of 1 schools, which is kept." in said


def test_files_a_year_apart_and_schools_without_a_row_are_told_loudly(tmp_path: Path) -> None:
    schools = [school(100001 + i) for i in range(20)]
    establishments = write(tmp_path / "schools_2018-05.csv", schools, BARE)

    def told(name: str, rows: Rows, title: str = "") -> str:
        inspections = write_inspections(tmp_path / name, rows, FORM_2021, title)
        files = Files(establishments, inspections=inspections)
        return " ".join(read_world(files, 2018, TravelParams(), NO_SITES).account.warnings)

    every = [judged(100001 + i, **{"Inspection start date": "14/03/2016"}) for i in range(20)]
    assert not told("as_at_30_Apr_2018.csv", every)
    old = "The file of inspections (August 2016 by its {}) is 20 months older than the establishment file (May 2018"
    assert old.format("name") in told("as_at_31_Aug_2016.csv", every)
    assert old.format("title") in told("latest.csv", every, TITLE.format(date="31 August 2016"))
    assert "2 of the 20 schools are not in the file of inspections" in told("as_at_30_Apr_2018.csv", every[2:])


# --- bad files


@pytest.mark.parametrize(
    ("rows", "form", "said"),
    [
        ([judged(100001, **{"Overall effectiveness": 5})], FORM_2018,
         "line 2, Overall effectiveness: unknown grade '5'; it should be one of: 1, 2, 3, 4, Not judged"),
        ([judged(100001, **{"Overall effectiveness": "goood"})], FORM_2018, "unknown grade 'goood'"),
        ([carded(100001) | card("Secure")], FORM_2026,
         "line 2, Inclusion: unknown grade 'Secure'; it should be one of: Exceptional, Strong standard, "),
        ([carded(100001) | card("Strong standrd")], FORM_2026, "did you mean 'Strong standard'?"),
        ([carded(100001) | card(Safeguarding_standards="Partly")], FORM_2026, "one of: Met, Not met"),
        ([judged(100001, **{"Inspection date": "31/02/2017"})], FORM_2018,
         "line 2, Inspection date: '31/02/2017' should be a date"),
        ([judged(100001, **{"Inspection date": "14/03/2027"})], FORM_2018,
         "'14/03/2027' is after 31 August 2019, when the first year (2018/19) ends"),
        ([judged(100001), judged(100001)], FORM_2018,
         "line 3, URN: 100001 is also on line 2; each school should be in the file once"),
        ([judged(100001) | {"URN": "one"}], FORM_2018, "'one' should be a whole number of six digits"),
        ([judged(100001) | {"URN": ""}], FORM_2018, "line 2, URN: missing; every school should have one"),
        ([judged(123456)], FORM_2018, "none of the 1 schools in it is in the establishment file"),
        ([judged(100001)], tuple(n for n in FORM_2018 if n != "Overall effectiveness"),
         "there is no column 'Latest OEIF overall effectiveness' or 'Overall effectiveness' or 'Achievement'"),
        ([judged(100001), judged(100001)], (*FORM_2018, "Inspection number"),
         "this looks like a list of the inspections of a period"),
    ],
    ids=["grade", "word", "card", "slip", "safeguarding", "date", "later", "twice", "urn", "blank", "strangers",
         "column", "period"],
)  # fmt: skip
def test_what_is_wrong_is_a_sentence(tmp_path: Path, rows: Rows, form: tuple[str, ...], said: str) -> None:
    text = wrong(tmp_path, rows, form, 2026 if form is FORM_2026 else 2018)
    assert text.startswith(str(tmp_path / "inspections.csv"))
    assert said in text


def test_a_row_of_a_school_that_is_not_used_may_say_anything(tmp_path: Path) -> None:
    rows = [judged(100001), judged(123456, **{"Overall effectiveness": "SWK", "Inspection date": "soon"})]
    world = read(tmp_path, [school(100001)], rows)
    assert last(world)[0] == 2
    assert "0 are not in it, and 1 of its rows are of schools that are not used here" in " ".join(world.account.notes)


def test_another_sheet_or_file_is_told(tmp_path: Path) -> None:
    def said(text: str) -> str:
        path = tmp_path / "sheet.csv"
        path.write_text(text, encoding="utf-8")
        schools = write(tmp_path / "schools.csv", [school(100001)], BARE)
        with pytest.raises(InputError) as caught:
            read_world(Files(schools, inspections=path), 2018, TravelParams(), NO_SITES)
        return str(caught.value)

    assert "the sheet 'Most recent inspections' (one row for each school) is meant" in said("Notes,,\nContents,,\n")
    assert "the sheet 'Most recent inspections'" in said("Contents\nThis workbook\n")
    assert "this looks like an establishment file" in said("URN,Easting\n100001,5\n")
    path = write_inspections(tmp_path / "mi.csv", [judged(100001)], FORM_2021, TITLE.format(date="31 May 2018"))
    with pytest.raises(InputError, match="this looks like Ofsted's management information; give the other file"):
        read_world(Files(path), 2018, TravelParams(), NO_SITES)


@pytest.mark.parametrize(
    ("form", "known"),
    [
        (LINKS_2018, "a group links file"),
        (("URN", "LinkURN", "LinkType"), "the file of predecessors and successors"),
        (("URN", "P8MEA", "P8CILOW"), "a file of school results"),
    ],
    ids=["links", "successors", "results"],
)
def test_other_published_files_are_told_from_it_and_it_from_them(
    tmp_path: Path, form: tuple[str, ...], known: str
) -> None:
    other = write_inspections(tmp_path / "other.csv", [{"URN": 100001}], form)
    schools = write(tmp_path / "schools.csv", [school(100001)], BARE)
    with pytest.raises(InputError, match=f"this looks like {known}"):
        read_world(Files(schools, inspections=other), 2018, TravelParams(), NO_SITES)
    title = TITLE.format(date="31 May 2018")
    for of_form, row in ((FORM_2021, judged(100001)), (FORM_2026, carded(100001))):
        inspections = write_inspections(tmp_path / "mi.csv", [row], of_form, title)
        for files in (Files(schools, group_links=inspections), Files(schools, results=(inspections,))):
            with pytest.raises(InputError, match="this looks like Ofsted's management information"):
                read_world(files, 2018, TravelParams(), NO_SITES)


def test_an_outcome_that_is_not_known_is_counted_and_changes_no_grade(tmp_path: Path) -> None:
    visit = {"Date of latest short inspection": "05/06/2018", "Short inspection overall outcome": "Taken under advice"}
    world = read(tmp_path, [school(100001)], [judged(100001, **visit)])
    assert last(world) == (2, when("05-06-2018"), 0, False)
    assert "not known here, taken as no change of grade: 'Taken under advice' 1." in " ".join(world.account.notes)
