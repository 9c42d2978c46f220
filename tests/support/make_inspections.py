"""Small files of Ofsted's management information in its published forms, with invented schools."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

_SCHOOL = ("URN", "LAESTAB", "School name", "Ofsted phase", "Type of education")
_JUDGEMENTS = (
    *("Quality of education", "Behaviour and attitudes", "Personal development"),
    *("Effectiveness of leadership and management", "Safeguarding is effective?"),
)

FORM_2018 = (
    *("Web link", *_SCHOOL),
    *("Number of short inspections since last full inspection", "Date of latest short inspection"),
    *("Did the latest short inspection convert to a full inspection?", "Short inspection overall outcome"),
    *("Inspection date", "Publication date", "URN at time of latest full inspection", "Overall effectiveness"),
    *("Category of concern", "Previous full inspection overall effectiveness", "Previous full inspection date"),
)
FORM_2021 = (
    *("Web link", *_SCHOOL),
    *("Date of latest section 8 inspection", "Did the latest section 8 inspection convert to a full inspection?"),
    *("Section 8 inspection overall outcome", "URN at time of the section 8 inspection"),
    *("Inspection start date", "Inspection end date", "Publication date"),
    *("Does the latest full inspection relate to the URN of the current school?",),
    *("URN at time of latest full inspection", "Overall effectiveness", "Category of concern", *_JUDGEMENTS),
    *("Previous full inspection number", "Previous inspection start date", "Previous publication date"),
    *("URN at time of previous full inspection", "Previous full inspection overall effectiveness"),
    "Previous quality of education",
)
FORM_2023 = (
    *("Web link", *_SCHOOL),
    *("Date of latest ungraded inspection", "Did the latest ungraded inspection convert to a graded inspection?"),
    *("Ungraded inspection overall outcome", "URN at time of the ungraded inspection"),
    *("Inspection number of latest graded inspection", "Inspection start date", "Publication date"),
    *("URN at time of latest graded inspection", "Overall effectiveness", "Category of concern", *_JUDGEMENTS),
    *("Previous inspection start date", "URN at time of previous graded inspection"),
    *("Previous graded inspection overall effectiveness", "Previous quality of education"),
)
_AREAS = (
    *("Safeguarding standards", "Inclusion", "Curriculum and teaching", "Achievement", "Attendance and behaviour"),
    *("Personal development and wellbeing", "Early years (where applicable)"),
    *("Post-16 provision (where applicable)", "Leadership and governance"),
)
FORM_2026 = (
    *("Web Link (opens in new window)", *_SCHOOL),
    *("Inspection number of latest full inspection", "Inspection start date", "Publication date"),
    *("Does the latest full inspection relate to the URN of the current school?",),
    *("URN at time of latest full inspection", "Category of concern"),
    *(name for area in _AREAS for name in (area, f"{area.partition(' (')[0]} - date of grade")),
    *("Inspection start date of latest OEIF graded inspection", "Publication date of latest OEIF graded inspection"),
    *("URN at time of latest OEIF graded inspection", "Latest OEIF category of concern"),
    *("Latest OEIF overall effectiveness", "Latest OEIF quality of education", "Latest OEIF behaviour and attitudes"),
    *("Latest OEIF personal development", "Latest OEIF effectiveness of leadership and management"),
    *("Latest OEIF  safeguarding is effective?", "Date of latest ungraded inspection"),
    *("URN at time of the ungraded inspection", "Ungraded inspection overall outcome"),
    "Most recent category of concern",
)
"""Columns that matter and some of the others, in the order and the words of files of 2018, 2021, 2023 and 2026."""

TITLE = "Management information - state-funded schools - latest inspections as at {date}"


def judged(urn: int, **values: object) -> dict[str, object]:
    """A school's row of files before September 2024: Good, inspected in March 2017 under its own URN."""
    return {
        "URN": urn,
        "School name": f"Invented School {urn}",
        "Overall effectiveness": 2,
        "Inspection start date": "14/03/2017",
        "Inspection date": "14/03/2017",
        "URN at time of latest full inspection": urn,
        "URN at time of latest graded inspection": urn,
        **values,
    }


def carded(urn: int, **values: object) -> dict[str, object]:
    """A school's row of files since November 2025: Good in its last graded inspection, of March 2023, and no card."""
    return {
        "URN": urn,
        "School name": f"Invented School {urn}",
        "Latest OEIF overall effectiveness": 2,
        "Inspection start date of latest OEIF graded inspection": "14/03/2023",
        "URN at time of latest OEIF graded inspection": urn,
        **values,
    }


def card(grade: str = "Expected standard", on: str = "20/01/2026", **areas: str) -> dict[str, object]:
    """The cells of a report card: one grade in every area but those named, `Leadership_and_governance="…"`."""
    named = {name.replace("_", " "): value for name, value in areas.items()}
    return {**dict.fromkeys(_AREAS[1:], grade), _AREAS[0]: "Met", "Inspection start date": on, **named}


def write_inspections(
    path: Path,
    rows: Iterable[Mapping[str, object]],
    form: tuple[str, ...] = FORM_2018,
    title: str = "",
    encoding: str = "cp1252",
) -> Path:
    """Write a file, blanks as NULL, below a line of title where one is given; returns its path."""
    text = io.StringIO()
    writer = csv.writer(text)
    if title:
        writer.writerow([title, *[""] * (len(form) - 1)])
    writer.writerow(form)
    writer.writerows([row.get(name, "NULL") for name in form] for row in rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path
