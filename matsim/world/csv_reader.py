"""Published CSV files: encoding, header, rows with line numbers, typed columns, and what is wrong with them.

Problems are collected while a file is read and told together, each with its line and column, so that a file
can be put right in one go. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from matsim.core.errors import InputError, nearest
from matsim.core.reading import read_bytes
from matsim.core.safe_text import clean
from matsim.words.amounts import academic, count
from matsim.world.cells import (
    LONG_AGO,
    MISSING,
    NUMBER,
    WHOLE,
    decimal,
    decimal_year,
    plain_number,
    quoted,
    start_year,
)

type Floats = NDArray[np.float64]

SHOWN = 20
"""How many problems of one file are told before the rest are only counted."""

FEW = 3
"""So many dates that lie beyond all others are taken for misprints; more are taken at their word."""


OTHER_FILES = {
    "Linked UID": "a group links file (which academy is in which trust)",
    "Group UID": "a group links file (which academy is in which trust)",
    "LinkURN": "the file of predecessors and successors (links_edubasealldata)",
    "Easting": "an establishment file (one row for each school)",
    "Overall effectiveness": "Ofsted's management information",
    "Latest OEIF overall effectiveness": "Ofsted's management information",
    "P8MEA": "a file of school results",
    "READPROG": "a file of school results",
}
"""Columns that give away what a file is that was given in place of another."""


class Problems:
    """Everything found wrong with one file so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, column: str, text: str) -> None:
        """Note a problem. `line` 0 means the file as a whole; an empty `column` means the row as a whole."""
        place = ", ".join(part for part in (f"line {line}" if line else "", column) if part)
        self._found.append((line, f"{place}: {text}" if place else text))

    def stop(self) -> None:
        """Raise InputError with the problems in line order, when there are any; at most SHOWN are told."""
        if not self._found:
            return
        texts = [text for _, text in sorted(self._found, key=lambda found: found[0])]
        more = len(texts) - SHOWN
        raise InputError(str(self.path), texts[:SHOWN] + ([f"... and {count(more)} more"] if more > 0 else []))


@dataclass(frozen=True)
class CsvTable:
    """The wanted columns of a file as text that is safe to show; a column that is not in the file (see `present`) is
    empty text throughout. `lines` holds the line on which each row starts, from 1. `marks`: column and what stood in
    it for a missing number or date ('SUPP', 'z') -> cells, blanks aside; `cleaned`: cells that held hidden characters.
    """

    path: Path
    lines: Sequence[int]
    present: frozenset[str]
    columns: dict[str, list[str]]
    problems: Problems
    cleaned: int = 0
    marks: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.lines)

    def blank(self, name: str, row: int) -> bool:
        """Whether the value is missing."""
        return self.columns[name][row].lower() in MISSING

    def text(self, name: str) -> list[str]:
        """One of the wanted columns, by row."""
        return self.columns[name]

    def numbers(self, name: str, rows: Sequence[int], low: float, high: float, what: str) -> Floats:
        """The column at `rows` as numbers, nan where missing; what is not in [low, high] is a problem, told in the
        words of `what`: these decide too whether only whole numbers will do, and whether a per cent sign will."""
        values = np.full(len(rows), np.nan)
        form = WHOLE if what.startswith("a whole number") else NUMBER
        text = self.text(name)
        for i, row in enumerate(rows):
            raw = text[row]
            if self._missing(name, raw):
                continue
            plain = raw if form.match(raw) else plain_number(raw, percent=what.startswith("a percentage"))
            if form.match(plain) and low <= float(plain) <= high:
                values[i] = float(plain)
            else:
                self.problems.add(self.lines[row], name, f"{quoted(raw)} should be {what} from {low:g} to {high:g}")
        return values

    def dates(self, name: str, rows: Sequence[int]) -> Floats:
        """The column at `rows` as decimal years, nan where missing or LONG_AGO; what is not a date is a problem."""
        values = np.full(len(rows), np.nan)
        text = self.text(name)
        for i, row in enumerate(rows):
            if self._missing(name, text[row]):
                continue
            found = decimal_year(text[row])
            if found is None:
                hint = "should be a date: day-month-year, such as 31-08-2018"
                self.problems.add(self.lines[row], name, f"{quoted(text[row])} {hint}")
            elif found >= LONG_AGO:
                values[i] = found
        return values

    def _missing(self, name: str, raw: str) -> bool:
        """Whether a cell stands for a missing value; one that says so in a word of its own is counted."""
        if raw.lower() not in MISSING:
            return False
        if raw:
            self.marks[name, raw] += 1
        return True

    def check_dates(self, name: str, rows: Sequence[int], dates: Floats, year: int) -> None:
        """Note dates after the August in which academic year `year` ends. A few are taken for misprints; many
        mean that the file is of a later year than the one asked for."""
        late = np.flatnonzero(dates >= decimal(date(year + 1, 9, 1)))
        text = self.text(name)
        if len(late) <= FEW:
            for i in late.tolist():
                end = f"31 August {year + 1}, when the first year ({academic(year)}) ends"
                hint = f"correct the date, or start in {start_year(dates[i])}"
                self.problems.add(self.lines[rows[i]], name, f"'{text[rows[i]]}' is after {end}: {hint}")
            return
        last = int(late[np.argmax(dates[late])])
        own = start_year(dates[last])
        self.problems.add(
            0,
            name,
            f"{count(len(late))} dates are after 31 August {year + 1}, the latest '{text[rows[last]]}' on line "
            f"{self.lines[rows[last]]}: the file is of {own}, and the first year asked for is "
            f"{academic(year)}; start in {own} (--set world.start={own}), or give an older file",
        )


def read_csv(
    path: Path, needed: Sequence[tuple[str, ...]], optional: Sequence[str], aside: Sequence[str] = ()
) -> CsvTable:
    """Read the wanted columns of a published file: comma-separated, UTF-8 (with or without mark), UTF-16 with one, or
    cp1252.

    `needed`: for each required column the names it may have, one of which must be there; `aside`: optional columns
    for which no other column is taken to be a slip of the pen. All others are ignored and order is free. Rows may
    lack trailing columns when all rows of the file do (as in the group links of 2018). Raises InputError for a file
    that is missing, empty, not CSV or without required columns; short and long rows are noted in `problems` and left
    out.
    """
    problems = Problems(path)
    reader = csv.reader(io.StringIO(_decode(path), newline=""), strict=True)
    header: list[str] = []
    wanted = [*(name for names in needed for name in names), *optional]
    kept: list[tuple[int, list[str]]] = []
    try:
        header = next(reader, [])
        _check_separator(header, wanted, problems)
        header = [clean(name) for name in header]
        start = reader.line_num + 1
        for row in reader:
            if any(map(str.strip, row)):
                kept.append((start, row))
            start = reader.line_num + 1
    except csv.Error as error:
        hint = "the file is cut off here, or a quotation mark before it is opened and never closed"
        raise InputError(str(path), f"line {reader.line_num}: not a CSV row ({error}); {hint}") from None
    _check_header(header, needed, wanted, problems)
    wanted += aside
    if not kept:
        raise InputError(str(path), "the file has a header and no rows; it should have a row for each record")
    places = {name: header.index(name) for name in wanted if name in header}
    rows = _whole_rows(header, kept, places, problems)
    columns = dict.fromkeys(wanted, [""] * len(rows))
    cleaned = 0
    for name, place in places.items():
        raw = [row[place] for _, row in rows]
        plain = "".join(raw).isprintable()  # far quicker than cell by cell
        columns[name] = [cell.strip() if plain else clean(cell) for cell in raw]
        cleaned += 0 if plain else sum(a.strip() != b for a, b in zip(raw, columns[name], strict=True))
    return CsvTable(path, [line for line, _ in rows], frozenset(places), columns, problems, cleaned)


def _decode(path: Path) -> str:
    if path.is_dir():
        raise InputError(str(path), "this is a folder; give the CSV file in it")
    raw = read_bytes(path)
    if not raw.strip(b"\xef\xbb\xbf \r\n\t"):
        raise InputError(str(path), "the file is empty; it should be a CSV file with a header")
    if raw.startswith(b"PK\x03\x04"):
        raise InputError(str(path), "this is a workbook or an archive; unpack it, or save it as 'CSV UTF-8'")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError(str(path), "this is UTF-16 that is cut off or damaged; get the file again") from None
    if b"\0" in raw:
        raise InputError(str(path), "this is UTF-16 without a mark or not text at all; save it as 'CSV UTF-8'")
    body = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(body) < len(raw):
            _undecodable(path, body, error, "not UTF-8, which the file is marked as")
    try:
        return body.decode("cp1252")
    except UnicodeDecodeError as error:
        _undecodable(path, body, error, "neither UTF-8 nor Windows-1252 text")


def _undecodable(path: Path, body: bytes, error: UnicodeDecodeError, why: str) -> NoReturn:
    line = body.count(b"\n", 0, error.start) + 1
    what = f"the byte {body[error.start]:#04x} is {why}"
    raise InputError(str(path), f"line {line}: {what}; save the file as 'CSV UTF-8'") from None


def _check_separator(header: list[str], wanted: list[str], problems: Problems) -> None:
    """Raise InputError for a first line that is one cell and none of the wanted columns."""
    if len(header) != 1 or clean(header[0]) in wanted:
        return
    found = next((mark for mark in (";", "\t", "|") if header[0].count(mark) > 1), None)
    if found:
        name = {";": "semicolons", "\t": "tabs", "|": "bars"}[found]
        problems.add(1, "", f"the columns are separated by {name}; they should be separated by commas")
    elif len(wanted) > 1:
        start = clean(header[0])[:40]
        problems.add(1, "", f"not a CSV header: '{start}'; it should name columns such as {wanted[0]}")
    problems.stop()


def _check_header(header: list[str], needed: Sequence[tuple[str, ...]], wanted: list[str], problems: Problems) -> None:
    """Note missing required columns, columns given twice, and a name so close to an optional one that it is
    surely meant to be it. Raises InputError for all of these together."""
    for names in needed:
        if not set(names) & set(header):
            text = " or ".join(f"'{name}'" for name in names)
            others = [name for name in header if name not in wanted]
            problems.add(1, "", f"there is no column {text}, which is required{nearest(names[0], others)}")
    if not all(set(names) & set(header) for names in needed):
        known = next((what for name, what in OTHER_FILES.items() if name in header and name not in wanted), "")
        if known:
            problems.add(1, "", f"this looks like {known}; give the other file")
    for name, times in Counter(header).items():
        if times > 1 and name in wanted:
            problems.add(1, name, f"the column is there {times} times; it should be there once")
    required = {name for names in needed for name in names}
    absent = [name for name in wanted if name not in header and name not in required]
    for name in header:
        meant = "" if name in wanted else _meant(name, absent)
        if meant:
            problems.add(1, name, f"unknown column; did you mean '{meant}'?")
    problems.stop()


def _meant(name: str, absent: list[str]) -> str:
    """The absent column that a name in the header is surely a slip of the pen for. Stems are compared, so
    that 'LSOA (code)' is not taken for 'LA (code)', nor 'Status (code)' for 'Status (name)'."""
    stem, mark, kind = name.partition("(")
    alike = {other.partition("(")[0]: other for other in absent if other.partition("(")[1:] == (mark, kind)}
    found = get_close_matches(stem, list(alike), n=1, cutoff=0.85)
    return alike[found[0]] if found else ""


def _whole_rows(
    header: list[str], rows: list[tuple[int, list[str]]], places: dict[str, int], problems: Problems
) -> list[tuple[int, list[str]]]:
    width = min(Counter(len(row) for _, row in rows).most_common(1)[0][0], len(header))
    beyond = [name for name, place in places.items() if place >= width]
    if beyond:
        text = f"the rows have {width} fields and the header {len(header)}: nothing under '{beyond[0]}'"
        problems.add(rows[0][0], "", f"{text}; every row should have a field for every column")
        problems.stop()
    for line, row in rows:
        if len(row) < width:
            text = f"the row has {len(row)} of {width} fields: it is cut off; get the file again"
            problems.add(line, "", text)
        elif len(row) > len(header):
            text = f"the row has {len(row)} fields and the header {len(header)}"
            problems.add(line, "", f"{text}; a value with a comma in it should be in quotation marks")
    return [(line, row) for line, row in rows if width <= len(row) <= len(header)]
