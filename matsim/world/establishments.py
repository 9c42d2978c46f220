"""The establishment file: one row for each school, from which the state schools are taken.

Mainstream schools, special schools, alternative provision and academies for 16 to 19 are; others are set aside.

Required columns: URN, EstablishmentName, TypeOfEstablishment (name), Easting, Northing, and either
PhaseOfEducation (name) or StatutoryLowAge and StatutoryHighAge. All others that are read may be absent, or
blank in a row; how they are then filled is said and counted by `matsim.world.imputation`. Only rows of schools
that are used are checked beyond their URN, local authority and status.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.core.csv_reader import MISSING, CsvTable, Floats, decimal_year, quoted, read_csv
from matsim.core.errors import InputError, nearest
from matsim.words.amounts import count, decimals
from matsim.world.codes import GRADES, mainstream
from matsim.world.duplicates import set_aside
from matsim.world.file_codes import (
    GRADE_NAMES,
    OTHER_FILES,
    OTHER_PHASES,
    PHASE_NAMES,
    STATUSES,
    age_phase,
    denomination,
    open_status,
    type_kind,
)
from matsim.world.file_dates import check_dates
from matsim.world.groups import COLUMNS as GROUP_COLUMNS
from matsim.world.groups import Groups, read_groups
from matsim.world.regions import (
    GRID_LIMITS,
    LONE_KM,
    dfe_region,
    gor_region,
    in_england,
    main_dfe_region,
    misplaced,
    named_dfe_region,
    named_region,
    outside,
    rsc_region,
)

STATUS, TYPE, PHASE = "EstablishmentStatus (name)", "TypeOfEstablishment (name)", "PhaseOfEducation (name)"
FAITH, GRADE = "ReligiousCharacter (name)", "OfstedRating (name)"
NEEDED = (
    ("URN",),
    ("EstablishmentName",),
    (TYPE,),
    (PHASE, "StatutoryHighAge"),
    ("Easting",),
    ("Northing",),
)
OPTIONAL = (
    *("StatutoryLowAge", STATUS, "OpenDate", FAITH, "SchoolCapacity", "NumberOfPupils", "PercentageFSM"),
    *(GRADE, "OfstedLastInsp", "LA (code)", "LA (name)", "GOR (name)", "RSCRegion (name)"),
)
LEAVING = "open, but proposed to close"
ASIDE = ("Postcode", "EstablishmentNumber", "UKPRN", "CloseDate", "CensusDate", "LastChangedDate", *GROUP_COLUMNS)
"""Columns that are looked at where they are there, and not missed where they are not."""
DATED = ("OpenDate", "OfstedLastInsp", "CloseDate", "CensusDate", "LastChangedDate")
"""Columns of dates that were past when a file was made."""
GONE = ("closed", "proposed", "status not known", "outside England")
"""Reasons for which a school's groups are not looked at."""
TWICE = "the same school under another URN"
"""Why the second row of a school is set aside."""

MOST_PUPILS, MOST_PLACES = 5_000, 10_000
"""Rolls and capacities above these are taken for misprints; the largest of May 2018 are 2,804 and 3,570."""


@dataclass
class Schools:
    """The used schools in ascending URN order. `columns` by the names of SCHOOL_INPUTS, nan (or −1 for a
    local authority) where the file has no value. `reasons`: URN -> why a school was set aside; `read`: rows
    in the file; `last_urn`: the largest in it; `missing`: what the used rows lacked and how it was filled ->
    count; `absent`: columns that the file does not have; `dates`: those in it as decimal years, in no order; `groups`:
    the trusts and federations that it names, of open schools of every kind; `all_names`: URN -> name of
    every row."""

    path: Path
    table: CsvTable
    read: int
    last_urn: int
    columns: dict[str, Array]
    names: list[str]
    reasons: dict[int, str]
    la_names: dict[int, str]
    missing: Counter[str]
    absent: tuple[str, ...]
    dates: list[float]
    groups: Groups
    all_names: dict[int, str]

    def __len__(self) -> int:
        return len(self.names)


def read_establishments(path: Path, year: int, la_of: dict[int, int], members: Collection[int] = ()) -> Schools:
    """Read the schools that were open in academic year `year`. `la_of` gives local authority codes by URN
    for schools whose own row has none, `members` are URNs of schools in open trusts by the links. Raises InputError
    naming line and column of all that is wrong."""
    table = read_csv(path, NEEDED, OPTIONAL, ASIDE, other_files=OTHER_FILES)
    urns = _urns(table)
    la = _authorities(table, urns, la_of)
    why, phases, routes = _classify(table, la)
    missing: Counter[str] = Counter()
    open_rows = [row for row, reason in enumerate(why) if not reason]
    leaving = {row for row in open_rows if table.text(STATUS)[row].lower() == LEAVING}
    groups = read_groups(table, _in_groups(why), urns, _academies(table, routes))
    if not members:
        members = groups.member
    for row, number in set_aside(table, open_rows, urns, phases, routes, leaving, members).items():
        why[row] = TWICE
        missing["roll, capacity, meals or grade: from the school's other URN"] += number
    rows = sorted((row for row, reason in enumerate(why) if not reason), key=lambda row: int(urns[row]))
    columns: dict[str, Array] = {
        "urn": urns[rows],
        "la": la[rows],
        **_regions(table, rows, la, missing),
        **_coordinates(table, rows, np.where(mainstream(np.array(phases)), la, -1)),
        "phase": np.array([phases[row] for row in rows], np.int8),
        "denomination": _denominations(table, rows, missing),
        **_figures(table, rows),
        **_inspections(table, rows, year),
        "opened": _openings(table, rows, year),
        "route": np.array([routes[row] for row in rows], np.int8),
    }
    table.problems.stop()
    reasons = {int(urns[row]): reason for row, reason in enumerate(why) if reason}
    if not rows:
        counts = ", ".join(f"{reason} {count(n)}" for reason, n in Counter(reasons.values()).most_common())
        raise InputError(str(path), f"none of the {count(len(table))} schools in it can be used ({counts})")
    missing["status: taken as open"] = sum(not table.text(STATUS)[row] for row in rows)
    missing["name: called by its URN"] = sum(not table.text("EstablishmentName")[row] for row in rows)
    return Schools(
        path=path,
        table=table,
        read=len(table),
        last_urn=int(urns.max()),
        columns=columns,
        names=[table.text("EstablishmentName")[row] or f"School {urns[row]}" for row in rows],
        reasons=reasons,
        la_names={int(la[row]): name for row in rows if (name := table.text("LA (name)")[row])},
        missing=missing,
        absent=tuple(name for name in OPTIONAL if name not in table.present),
        dates=[when for name in DATED for text in table.text(name) if (when := decimal_year(text)) is not None],
        groups=groups,
        all_names=dict(zip(urns.tolist(), table.text("EstablishmentName"), strict=True)),
    )


def _urns(table: CsvTable) -> NDArray[np.int64]:
    """Every row's URN; −1 where it cannot be read. A URN given twice is a problem that names both lines."""
    numbers = table.numbers("URN", range(len(table)), 100_000, 999_999, "a whole number of six digits,")
    first: dict[float, int] = {}
    for row, urn in enumerate(numbers.tolist()):
        line = table.lines[row]
        if np.isnan(urn):
            if table.blank("URN", row):
                table.problems.add(line, "URN", "missing; every school should have one, of six digits")
        elif urn in first:
            text = f"{int(urn)} is also on line {first[urn]}; each school should be in the file once"
            table.problems.add(line, "URN", text)
        else:
            first[urn] = line
    return np.nan_to_num(numbers, nan=-1).astype(np.int64)


def _authorities(table: CsvTable, urns: NDArray[np.int64], la_of: dict[int, int]) -> NDArray[np.int16]:
    """Every row's local authority code; from the links where the row has none, −1 where neither has."""
    codes = table.numbers("LA (code)", range(len(table)), 0, 999, "a whole number of three digits,")
    from_links = np.array([la_of.get(urn, -1) for urn in urns.tolist()])
    return np.where(np.isnan(codes), from_links, codes).astype(np.int16)


def _classify(table: CsvTable, la: NDArray[np.int16]) -> tuple[list[str], list[int], list[int]]:
    """Of every row: why it is set aside ('' for a used school), its phase and its route (−1 if unknown)."""
    types, status, gor = table.text(TYPE), table.text(STATUS), table.text("GOR (name)")
    where = list(zip(table.text("Easting"), table.text("Northing"), strict=True))
    why, phases, routes = [], [], []
    for row, kind in enumerate(types):
        of_type = type_kind(kind)
        reason = _closed(table, row, status[row]) or of_type.aside
        if not reason and (outside(int(la[row])) or gor[row].lower().startswith("wales")):
            reason = "outside England"
        phase = of_type.phase
        if not reason and phase < 0:
            phase, reason = _phase(table, row)
        if not reason and any(value.lower() in MISSING | {"0"} for value in where[row]):
            reason = "no location"
        why.append(reason)
        phases.append(phase)
        routes.append(of_type.route)
    return why, phases, routes


def _in_groups(why: Sequence[str]) -> list[int]:
    """The rows of open schools in England of every kind, used or not."""
    return [row for row, reason in enumerate(why) if reason not in GONE]


def _academies(table: CsvTable, routes: Sequence[int]) -> list[bool]:
    """Whether each row is of an academy by its type, of whatever phase."""
    kinds = ("academy", "free school")
    return [
        route > 0 or any(kind in words.lower() for kind in kinds)
        for route, words in zip(routes, table.text(TYPE), strict=True)
    ]


def _closed(table: CsvTable, row: int, status: str) -> str:
    reason = open_status(status)
    if reason is None:
        text = f"unknown status {quoted(status)}{nearest(status, STATUSES)}"
        table.problems.add(table.lines[row], STATUS, f"{text}; it should be one of: {'; '.join(STATUSES)}")
        return "status not known"
    return reason


def _phase(table: CsvTable, row: int) -> tuple[int, str]:
    """Index into PHASES, or −1 and the reason for setting the row aside."""
    name = table.text(PHASE)[row]
    plain = " ".join(name.lower().replace("-", " ").split())
    if plain in PHASE_NAMES:
        return PHASE_NAMES[plain], ""
    if plain in OTHER_PHASES:
        return -1, OTHER_PHASES[plain]
    if plain not in MISSING | {"not applicable"}:
        known = [key.capitalize() for key in (*PHASE_NAMES, *OTHER_PHASES, "not applicable")]
        text = f"unknown phase {quoted(name)}{nearest(name, known)}; it should be one of: {', '.join(known)}"
        table.problems.add(table.lines[row], PHASE, text)
    low, high = (table.numbers(age, [row], 0, 99, "an age") for age in ("StatutoryLowAge", "StatutoryHighAge"))
    return age_phase(float(low[0]), float(high[0]))


def _regions(table: CsvTable, rows: Sequence[int], la: NDArray[np.int16], missing: Counter[str]) -> dict[str, Array]:
    """Regions before September 2022 and since: as the file says, else by authority, else each from the other."""
    stated, gor = table.text("RSCRegion (name)"), table.text("GOR (name)")
    regions, nine = (np.full(len(rows), -1, np.int8) for _ in range(2))
    for i, row in enumerate(rows):
        region = named_region(stated[row]) if stated[row] else None
        if region is None:
            region = rsc_region(int(la[row]))
        if region is None:
            region = gor_region(gor[row])
            if region is not None:
                missing["region to August 2022: from the government office region"] += 1
        if region is None:
            code = "missing" if la[row] < 0 else f"'{la[row]}' is not a local authority in England"
            text = f"{code}; give a code such as 201, or the columns 'RSCRegion (name)' or 'GOR (name)'"
            table.problems.add(table.lines[row], "LA (code)", text)
            continue
        since = named_dfe_region(gor[row])
        if since is None:
            since = dfe_region(int(la[row]))
        if since is None:
            since = main_dfe_region(region)
            missing["region since September 2022: from the region before"] += 1
        regions[i], nine[i] = region, since
    return {"region": regions, "dfe_region": nine}


def _coordinates(table: CsvTable, rows: Sequence[int], la: NDArray[np.int16]) -> dict[str, Array]:
    """Metres on the National Grid. Points outside England or far from all others of their authority are
    problems, with a hint where exchanging the two numbers would put them right. `la` is −1 for schools that may lie
    far from the others: authorities have boarding special schools in the country."""
    easting = table.numbers("Easting", rows, -1e7, 1e7, "a number of metres,")
    northing = table.numbers("Northing", rows, -1e7, 1e7, "a number of metres,")
    known = ~np.isnan(easting + northing)
    stray = known & ~in_england(easting, northing)
    lone = misplaced(easting, northing, np.where(known & ~stray, la[rows], -1))
    for i in np.flatnonzero(stray | lone).tolist():
        text = f"over {decimals(LONE_KM)} km from every other school of local authority {la[rows[i]]}"
        text = f"{round(float(easting[i]))}, {round(float(northing[i]))} is {'not in England' if stray[i] else text}"
        if stray[i] and in_england(northing[[i]], easting[[i]])[0]:
            text += "; easting and northing look exchanged"
        else:
            west, east, south, north = map(count, GRID_LIMITS)
            text += f"; eastings in England are {west} to {east} and northings {south} to {north} metres"
        table.problems.add(table.lines[rows[i]], "Easting and Northing", text)
    return {"easting": easting, "northing": northing}


def _denominations(table: CsvTable, rows: Sequence[int], missing: Counter[str]) -> NDArray[np.int8]:
    text = table.text(FAITH)
    missing["religious character: taken as none"] = sum(text[row].lower() in MISSING for row in rows)
    return np.array([denomination(text[row]) for row in rows], np.int8)


def _figures(table: CsvTable, rows: Sequence[int]) -> dict[str, Array]:
    """Roll, places and free school meals as given; nan where missing, and for rolls and places of nought."""
    pupils = table.numbers("NumberOfPupils", rows, 0, MOST_PUPILS, "a number of pupils")
    capacity = table.numbers("SchoolCapacity", rows, 0, MOST_PLACES, "a number of places")
    fsm = table.numbers("PercentageFSM", rows, 0, 100, "a percentage")
    return {
        "pupils": np.where(pupils > 0, pupils, np.nan),
        "capacity": np.where(capacity > 0, capacity, np.nan),
        "fsm": fsm,
    }


def _inspections(table: CsvTable, rows: Sequence[int], year: int) -> dict[str, Array]:
    """Grade (index into GRADES) and date of the last inspection, nan where it is missing; the file has no other."""
    text = table.text(GRADE)
    grades = np.zeros(len(rows), np.int8)
    for i, row in enumerate(rows):
        name = text[row].lower()
        if name in GRADE_NAMES:
            grades[i] = GRADE_NAMES[name]
        elif name not in MISSING:
            hint = f"{nearest(text[row], GRADES)}; it should be one of: {', '.join(GRADES[1:])}"
            table.problems.add(table.lines[row], GRADE, f"unknown grade {quoted(text[row])}{hint}")
    dates = table.dates("OfstedLastInsp", rows)
    check_dates(table, "OfstedLastInsp", rows, dates, year)
    blank = {"grade_before": np.zeros(len(rows), np.int8), "graded_next": np.zeros(len(rows), np.bool_)}
    return {"grade": grades, "inspected": dates, **blank}


def _openings(table: CsvTable, rows: Sequence[int], year: int) -> Floats:
    dates = table.dates("OpenDate", rows)
    check_dates(table, "OpenDate", rows, dates, year)
    return dates
