"""Small files of the published forms, with invented schools, for tests of the file door."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from matsim.core.errors import InputError
from matsim.core.published_files import Files
from matsim.world.base import World
from matsim.world.geography import TravelParams
from matsim.world.gias import FileWorldParams, read_world

NARROW = (
    *("URN", "LA (code)", "EstablishmentName", "TypeOfEstablishment (name)", "EstablishmentStatus (name)"),
    *(
        "OpenDate",
        "PhaseOfEducation (name)",
        "StatutoryLowAge",
        "StatutoryHighAge",
        "ReligiousCharacter (name)",
    ),
    *("SchoolCapacity", "NumberOfPupils", "PercentageFSM", "GOR (name)", "DistrictAdministrative (name)"),
    *("Postcode", "Easting", "Northing", "OfstedRating (name)", "OfstedLastInsp"),
)
"""The columns of the narrow file of May 2018, in its order."""

WIDE = (
    *(
        "URN",
        "LA (code)",
        "LA (name)",
        "EstablishmentNumber",
        "EstablishmentName",
        "TypeOfEstablishment (code)",
    ),
    *("TypeOfEstablishment (name)", "EstablishmentTypeGroup (name)", "EstablishmentStatus (code)"),
    *("EstablishmentStatus (name)", "OpenDate", "CloseDate", "PhaseOfEducation (code)"),
    *("PhaseOfEducation (name)", "StatutoryLowAge", "StatutoryHighAge", "Boarders (name)", "Gender (name)"),
    *("ReligiousCharacter (code)", "ReligiousCharacter (name)", "Diocese (name)", "SchoolCapacity"),
    *("CensusDate", "NumberOfPupils", "NumberOfBoys", "NumberOfGirls", "PercentageFSM", "Trusts (code)"),
    *(
        "Trusts (name)",
        "UKPRN",
        "OfstedLastInsp",
        "OfstedSpecialMeasures (name)",
        "LastChangedDate",
        "Street",
    ),
    *(
        "Postcode",
        "GOR (code)",
        "GOR (name)",
        "UrbanRural (name)",
        "Easting",
        "Northing",
        "PreviousLA (code)",
    ),
    *(
        "PreviousLA (name)",
        "OfstedRating (name)",
        "RSCRegion (name)",
        "Country (name)",
        "UPRN",
        "LSOA (code)",
    ),
)
"""A good part of the columns published since 2021, in their order."""

LINKS_2018 = (
    *(
        "URN",
        "Linked UID",
        "Group Name",
        "Companies House Number",
        "Group Type",
        "Closed Date",
        "Group Status",
    ),
    *("FederationType", "Joined date", "EstablishmentName", "TypeOfEstablishment (code)"),
    *("TypeOfEstablishment (name)", "PhaseOfEducation (code)", "PhaseOfEducation (name)", "LA (code)"),
    *("LA (name)", "HasSharedHT"),
)
LINKS_2022 = (
    *(
        "URN",
        "Group UID",
        "Group ID",
        "Group Name",
        "Companies House Number",
        "Group Type (code)",
        "Group Type",
    ),
    *("Closed Date", "Open date", "Incorporated on (open date)", "Group Status (code)", "Group Status"),
    *("Joined date", "EstablishmentName", "TypeOfEstablishment (code)", "TypeOfEstablishment (name)"),
    *("PhaseOfEducation (code)", "PhaseOfEducation (name)", "LA (code)", "LA (name)"),
)

NO_SITES = FileWorldParams(planned_share=0.0)
type Rows = Iterable[Mapping[str, object]]

CONVERTER, SPONSORED = "Academy converter", "Academy sponsor led"


def school(urn: int | str, kind: str = "Community school", **values: object) -> dict[str, object]:
    """A primary school in the middle of Croydon; `values` by short name (see SHORT) change it."""
    row: dict[str, object] = {
        "URN": urn,
        "LA (code)": 306,
        "EstablishmentName": f"Invented School {urn}",
        "TypeOfEstablishment (name)": kind,
        "EstablishmentStatus (name)": "Open",
        "OpenDate": "01-09-1995",
        "PhaseOfEducation (name)": "Primary",
        "StatutoryLowAge": 4,
        "StatutoryHighAge": 11,
        "ReligiousCharacter (name)": "Does not apply",
        "SchoolCapacity": 210,
        "NumberOfPupils": 200,
        "PercentageFSM": 20.5,
        "GOR (name)": "London",
        "Easting": 532000,
        "Northing": 165000,
        "OfstedRating (name)": "Good",
        "OfstedLastInsp": "02-07-2015",
    }
    return row | {SHORT[name]: value for name, value in values.items()}


SHORT = {
    "la": "LA (code)",
    "la_name": "LA (name)",
    "name": "EstablishmentName",
    "status": "EstablishmentStatus (name)",
    "opened": "OpenDate",
    "phase": "PhaseOfEducation (name)",
    "low": "StatutoryLowAge",
    "high": "StatutoryHighAge",
    "faith": "ReligiousCharacter (name)",
    "places": "SchoolCapacity",
    "pupils": "NumberOfPupils",
    "fsm": "PercentageFSM",
    "gor": "GOR (name)",
    "rsc": "RSCRegion (name)",
    "easting": "Easting",
    "northing": "Northing",
    "grade": "OfstedRating (name)",
    "inspected": "OfstedLastInsp",
}


def link(
    urn: int | str,
    uid: int | str,
    kind: str = "Multi-academy trust",
    *,
    joined: str = "01-09-2014",
    name: str | None = None,
    of_type: str = CONVERTER,
    status: str = "Open",
) -> dict[str, object]:
    """A row of a group-links file, of either form."""
    return {
        "URN": urn,
        "Linked UID": uid,
        "Group UID": uid,
        "Group Name": name or f"INVENTED TRUST {uid}",
        "Group Type": kind,
        "Group Status": status,
        "Joined date": joined,
        "EstablishmentName": f"Invented School {urn}",
        "TypeOfEstablishment (name)": of_type,
        "PhaseOfEducation (name)": "Primary",
        "LA (code)": 306,
        "LA (name)": "Croydon",
    }


def write(
    path: Path,
    rows: Rows,
    columns: Sequence[str] = NARROW,
    encoding: str = "cp1252",
) -> Path:
    """Write rows under a header. Rows of the 2018 links lack the last field, as in the published file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        fields = [row.get(column, "") for column in columns]
        writer.writerow(fields[:-1] if tuple(columns) == LINKS_2018 else fields)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


SUCCESSION = ("URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate")


def successor(urn: int, other: int, kind: str, when: str = "") -> dict[str, object]:
    """A row of the file of predecessors and successors: what `other` is to `urn`."""
    cells = (urn, other, f"Invented School {other}", kind, when)
    return dict(zip(SUCCESSION, cells, strict=True))


def write_successors(path: Path, rows: Rows) -> Path:
    """Write rows of `successor` as the published file."""
    return write(path, rows, SUCCESSION)


def load(
    folder: Path,
    rows: Rows,
    links: Rows | None = None,
    year: int = 2017,
    *,
    columns: Sequence[str] = NARROW,
    form: Sequence[str] = LINKS_2018,
    encoding: str = "cp1252",
    params: FileWorldParams = NO_SITES,
) -> World:
    """Write the rows as published files and read them back as a world, without planned sites."""
    establishments = write(folder / "schools.csv", rows, columns, encoding)
    group_links = None if links is None else write(folder / "links.csv", links, form)
    return read_world(Files(establishments, group_links), year, TravelParams(), params)


def refused(
    folder: Path,
    rows: Rows,
    links: Rows | None = None,
    year: int = 2017,
    *,
    columns: Sequence[str] = NARROW,
    form: Sequence[str] = LINKS_2018,
) -> str:
    """The error text for rows that cannot be read."""
    with pytest.raises(InputError) as caught:
        load(folder, rows, links, year, columns=columns, form=form)
    return str(caught.value)


def refused_file(path: Path) -> str:
    """The error text for an establishment file that cannot be read."""
    with pytest.raises(InputError) as caught:
        read_world(Files(path), 2017, TravelParams())
    return str(caught.value)
