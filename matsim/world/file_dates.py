"""When a published file was made: by the dates in it, and by its name.

No published file says so itself. The dates in it were past when it was made, so that it is not older than they are;
where it has many, it is not much newer either. The name may say it too (`edubasealldata20240301.csv`), but files are
renamed: a name that the dates contradict is not believed, unless codes of local authorities founded since side with it.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from matsim.core.csv_reader import LONG_AGO, CsvTable, Floats, decimal, decimal_year
from matsim.words.amounts import academic, count
from matsim.world.regions import AUTHORITY_SINCE

FEW = 3
"""So many dates that lie beyond all others are taken for misprints; more are taken at their word."""
MANY = 500
"""So many dates in a file, and the last of them is near the day it was made."""
APART = 1.0
"""Years between the name's date and the last of many dates from which the name is not believed."""
LATEST = 2100.0
"""Dates from this year on are misprints."""

_WORDED = re.compile(r"(?<!\d)(\d{1,2})[-_. ]([A-Za-z]{3,9})[-_. ](20\d\d)(?!\d)")
_NAMED = re.compile(r"(?<!\d)(20\d\d)(?:[-_. ]?(0[1-9]|1[0-2])(?:[-_. ]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_MONTHS = month_name[1:]


@dataclass(frozen=True)
class FileDate:
    """`when`: decimal year, nan when nothing tells; `words`: the same for a reader, with what tells it; `least`: the
    file may be newer, for it has few dates."""

    when: float = float("nan")
    words: str = ""
    least: bool = False

    @property
    def known(self) -> bool:
        """Whether anything tells."""
        return not np.isnan(self.when)


def file_date(path: Path, dates: Iterable[float], codes: Iterable[int] = (), titles: Sequence[str] = ()) -> FileDate:
    """The date of a file from its titles or its name, the dates in it (decimal years; nan and misprints do no harm) and
    the local authority codes in it."""
    inside = np.array([when for when in dates if LONG_AGO <= when < LATEST])
    said = next((date for title in titles if (date := _from_words(title, "title")).known), FileDate())
    named = said if said.known else _from_name(path.stem)
    founded = max((AUTHORITY_SINCE.get(code, LONG_AGO) for code in codes), default=LONG_AGO)
    if not len(inside):
        least = FileDate(founded, f"{_month(founded)} by its authorities", True) if founded > LONG_AGO else FileDate()
        return named if named.known else least
    few = min(FEW, len(inside) // MANY)  # the last few of many may be misprints
    last = float(np.sort(inside)[-1 - few])
    many = len(inside) >= MANY
    stale = many and named.when > last + APART and founded <= last + APART
    if named.known and named.when >= last - 0.1 and not stale:
        return named
    return FileDate(last, f"{_month(last)} by its latest dates", least=not many)


def _from_words(text: str, by: str) -> FileDate:
    """The date of `as at 31 August 2024`, as titles give it, or of `as_at_31_Aug_2024`."""
    for day, month, year in _WORDED.findall(text):
        when = decimal_year(f"{day} {month} {year}")
        if when is not None:
            return FileDate(when, f"{_month(when)} by its {by}")
    return FileDate()


def _from_name(stem: str) -> FileDate:
    if (worded := _from_words(stem, "name")).known:
        return worded
    match = _NAMED.search(stem)
    if match is None:
        return FileDate()
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if not month:
        return FileDate(year + 0.5, f"{year} by its name")
    try:
        when = date(year, month, day or 1)
    except ValueError:
        return FileDate(year + 0.5, f"{year} by its name")
    return FileDate(year + (when.timetuple().tm_yday - 1) / 365.25, f"{_MONTHS[month - 1]} {year} by its name")


def _month(when: float) -> str:
    """`May 2018` for a decimal year; half a day is for rounding."""
    start = date(int(when), 1, 1).toordinal()
    day = date.fromordinal(start + int((when - int(when)) * 365.25 + 0.5))
    return f"{_MONTHS[day.month - 1]} {day.year}"


def start_year(when: float) -> int:
    """The start year for a file of this date (decimal year): its calendar year, so that the first school year begins
    in the September of the year that the file is of. Files of May 2018 start in 2018, of March 2024 in 2024."""
    return int(when)


def check_dates(table: CsvTable, name: str, rows: Sequence[int], dates: Floats, year: int) -> None:
    """Note, of the dates of a column, those after the August in which academic year `year` ends.

    A few are taken for misprints; many mean that the file is of a later year than the one asked for.
    """
    late = np.flatnonzero(dates >= decimal(date(year + 1, 9, 1)))
    text, problems = table.text(name), table.problems
    if len(late) <= FEW:
        for i in late.tolist():
            end = f"31 August {year + 1}, when the first year ({academic(year)}) ends"
            hint = f"correct the date, or start in {start_year(dates[i])}"
            problems.add(table.lines[rows[i]], name, f"'{text[rows[i]]}' is after {end}: {hint}")
        return
    last = int(late[np.argmax(dates[late])])
    file_year = start_year(dates[last])
    problems.add(
        0,
        name,
        f"{count(len(late))} dates are after 31 August {year + 1}, the latest '{text[rows[last]]}' on line "
        f"{table.lines[rows[last]]}: the file is of {file_year}, and the first year asked for is {academic(year)}; "
        f"start in {file_year} (--set world.start={file_year}), or give an older file",
    )
