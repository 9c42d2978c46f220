"""CSV files that a person may have written: encoding, records with line numbers, typed columns, and what is wrong.

Problems are collected while a file is read and named together, each with its line and column, so that a file can be
put right in one go. Nothing here knows what the columns mean. `read_csv` reads tables whose columns have exact names;
forms with questions for columns (`matsim.selfcheck.csvinput`) stand on `decode` and `split_records` alone.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from matsim.core.errors import InputError, nearest
from matsim.core.reading import MOST_BYTES, read_bytes
from matsim.core.safe_text import clean
from matsim.words.amounts import count

type Floats = NDArray[np.float64]
type Record = tuple[int, list[str]]
"""The line on which a record starts, from 1, and its cells."""

MOST_TITLES = 12
"""Lines at the top of a file among which its header is looked for."""

SHOWN = 20
"""How many problems of one file are named before the rest are only counted."""

MISSING = frozenset(
    {"", "null", "nan", "na", "n/a", "#n/a", "-", ".", "..", ":", "not available", "unknown"}
    | {"supp", "ne", "np", "lowcov", "low", "x", "z", "c", "u"}
)
"""What stands for a value that is missing, in lower case: blanks, and the symbols of published statistics (suppressed,
no entries, not published, low coverage, not available, not applicable)."""

LONG_AGO = 1901.0
"""Dates before this year count as missing: 1 January 1900 stands for 'not known' in the files."""

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?$")
WHOLE = re.compile(r"[0-9]+(\.0*)?$")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?:[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_DATES = (
    re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + _TIME),
    re.compile(r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})" + _TIME),
    re.compile(r"(?P<d>\d{1,2})[- ](?P<m>[A-Za-z]{3,9})[- ](?P<y>\d{4})" + _TIME),
)


def quoted(text: str, most: int = 60) -> str:
    """A cell in quotation marks, for a message: of a long one its beginning."""
    return f"'{text}'" if len(text) <= most else f"'{text[:most]}…'"


def plain_number(raw: str, percent: bool) -> str:
    """A number without the commas or blanks between its thousands, and its per cent sign where it may have one."""
    plain = raw.replace("\u2212", "-")
    if percent:
        plain = plain.removesuffix("%").rstrip()
    if _GROUPED.match(grouped := re.sub(r"(?<=\d)[ \xa0\u2009\u202f](?=\d{3})", ",", plain)):
        plain = grouped.replace(",", "")
    return plain


@lru_cache(maxsize=50_000)
def decimal_year(text: str) -> float | None:
    """A date, with or without a time of day, as a decimal year: '02-07-2018' is 2018.4986. None for no date."""
    for form in _DATES:
        if match := form.match(text):
            month = match["m"].lower()
            try:
                number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
                return decimal(date(int(match["y"]), number, int(match["d"])))
            except ValueError:
                return None
    return None


def decimal(day: date) -> float:
    """A day as a decimal year."""
    start = date(day.year, 1, 1).toordinal()
    return day.year + (day.toordinal() - start) / (date(day.year + 1, 1, 1).toordinal() - start)


class Problems:
    """Everything found wrong with one file so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: list[tuple[int, str]] = []

    def add(self, line: int, column: str, text: str) -> None:
        """Note a problem. `line` 0 means the file as a whole; an empty `column` means the row as a whole."""
        place = ", ".join(part for part in (f"line {line}" if line else "", column) if part)
        self._problems.append((line, f"{place}: {text}" if place else text))

    def stop(self) -> None:
        """Raise InputError with the problems in line order, when there are any; at most SHOWN are named."""
        if not self._problems:
            return
        texts = [text for _, text in sorted(self._problems, key=lambda problem: problem[0])]
        more = len(texts) - SHOWN
        raise InputError(str(self.path), texts[:SHOWN] + ([f"... and {count(more)} more"] if more > 0 else []))


@dataclass(frozen=True)
class CsvTable:
    """The wanted columns of a file as text that is safe to show; a column that is not in the file (see `present`) is
    empty text throughout. `lines` holds the line on which each row starts, from 1; `others` the names of columns that
    were not asked for. `marks`: column and what stood in it for a missing number or date ('SUPP', 'z') -> cells, blanks
    aside; `cleaned`: cells that held hidden characters; `titles`: what stands in the lines above the header.
    """

    path: Path
    lines: Sequence[int]
    present: frozenset[str]
    columns: dict[str, list[str]]
    problems: Problems
    others: tuple[str, ...] = ()
    cleaned: int = 0
    marks: Counter[tuple[str, str]] = field(default_factory=Counter)
    titles: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def blank(self, name: str, row: int) -> bool:
        """Whether the value is missing."""
        return self.columns[name][row].lower() in MISSING

    def text(self, name: str) -> list[str]:
        """One of the wanted columns, by row."""
        return self.columns[name]

    def numbers(self, name: str, rows: Sequence[int], low: float, high: float, what: str) -> Floats:
        """The column at `rows` as numbers, nan where missing; what is not in [low, high] is a problem, in the
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
            when = decimal_year(text[row])
            if when is None:
                hint = "should be a date: day-month-year, such as 31-08-2018"
                self.problems.add(self.lines[row], name, f"{quoted(text[row])} {hint}")
            elif when >= LONG_AGO:
                values[i] = when
        return values

    def _missing(self, name: str, raw: str) -> bool:
        """Whether a cell stands for a missing value; one that says so in a word of its own is counted."""
        if raw.lower() not in MISSING:
            return False
        if raw:
            self.marks[name, raw] += 1
        return True


def read_csv(
    path: Path,
    needed: Sequence[tuple[str, ...]],
    optional: Sequence[str],
    aside: Sequence[str] = (),
    *,
    other_files: Mapping[str, str] | None = None,
    rows_needed: bool = True,
    sheet: str = "",
) -> CsvTable:
    """Read the wanted columns of a table: comma-separated, UTF-8 (with or without mark), UTF-16 with one, or cp1252.

    `needed`: for each required column the names it may have, one of which must be there; `aside`: optional columns
    for which no other column is taken to be a slip of the pen; `other_files`: columns that give away that another file
    was meant, and which; `sheet`: what the sheet that is meant is called where the file is published as a workbook. All
    others are ignored and order is free. Lines of titles may stand above the header. Rows may lack trailing columns
    when all rows of the file do (as in the group links of 2018). Raises InputError for a file that is missing, empty,
    not CSV, without required columns, or (`rows_needed`) without rows; short and long rows are noted in `problems` and
    left out.
    """
    problems = Problems(path)
    wanted = [*(name for names in needed for name in names), *optional]
    lines, cut_off = split_records(decode(path)[0])
    titles, lines = _titles(lines, needed[0])
    line, header = lines[0] if lines else (1, [])
    _check_separator(header, wanted, problems, sheet)
    if cut_off:
        raise InputError(str(path), cut_off)
    header = [" ".join(clean(name).split()) for name in header]
    _check_header((line, header), needed, wanted, other_files or {}, problems, sheet)
    wanted += aside
    rows = [(line, cells) for line, cells in lines[1:] if any(map(str.strip, cells))]
    if rows_needed and not rows:
        raise InputError(str(path), "the file has a header and no rows; it should have a row for each record")
    places = {name: header.index(name) for name in wanted if name in header}
    rows = _whole_rows(header, rows, places, problems) if rows else []
    columns = dict.fromkeys(wanted, [""] * len(rows))
    cleaned = 0
    for name, place in places.items():
        raw = [cells[place] for _, cells in rows]
        plain = "".join(raw).isprintable()  # far quicker than cell by cell
        columns[name] = [cell.strip() if plain else clean(cell) for cell in raw]
        cleaned += 0 if plain else sum(a.strip() != b for a, b in zip(raw, columns[name], strict=True))
    others = tuple(name for name in header if name not in wanted)
    return CsvTable(
        path, [line for line, _ in rows], frozenset(places), columns, problems, others, cleaned, titles=titles
    )


def decode(path: Path, most: int = MOST_BYTES) -> tuple[str, str]:
    """The text of a file of at most `most` bytes, and its encoding: 'utf-8', 'utf-16' or, as Excel saves it, 'cp1252'.

    Raises InputError, with the line where it can, for what is no text.
    """
    if path.is_dir():
        raise InputError(str(path), "this is a folder; give the CSV file in it")
    raw = read_bytes(path, most)
    if not raw.strip(b"\xef\xbb\xbf \r\n\t"):
        raise InputError(str(path), "the file is empty; it should be a CSV file whose first line names the columns")
    if raw.startswith(b"PK\x03\x04"):
        raise InputError(str(path), "this is a workbook or an archive; unpack it, or save it as 'CSV UTF-8'")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise InputError(str(path), "this is UTF-16 that is cut off or damaged; get the file again") from None
    if b"\0" in raw:
        raise InputError(str(path), "this is UTF-16 without a mark or not text at all; save it as 'CSV UTF-8'")
    body = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        # with a mark the file says what it is; only a file without one may be Windows text
        if len(body) < len(raw):
            _undecodable(path, body, error, "not UTF-8, which the file is marked as")
    try:
        return body.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as error:
        _undecodable(path, body, error, "neither UTF-8 nor Windows-1252 text")


def split_records(text: str, separator: str = ",") -> tuple[list[Record], str]:
    """Every record from the first that is not blank, and what is wrong where they cannot be read on (else '')."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Record] = []
    start = 1
    try:
        for cells in reader:
            if cells or rows:
                rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        head = text.lstrip().partition("\n")[0]
        if not rows and separator == "," and head.count('";"') > head.count(","):
            return rows, "line 1: the columns are separated by semicolons; they should be separated by commas"
        hint = "the file is cut off here, or a quotation mark before it is opened and never closed"
        return rows, f"line {reader.line_num}: not a CSV row ({error}); {hint}"
    return rows, ""


def _undecodable(path: Path, body: bytes, error: UnicodeDecodeError, why: str) -> NoReturn:
    line = body.count(b"\n", 0, error.start) + 1
    what = f"the byte {body[error.start]:#04x} is {why}"
    raise InputError(str(path), f"line {line}: {what}; save the file as 'CSV UTF-8'") from None


def _titles(lines: list[Record], first: Sequence[str]) -> tuple[tuple[str, ...], list[Record]]:
    """What stands above the header, and the lines from it on: it names the first required column, near the top."""
    for i, (_, cells) in enumerate(lines[:MOST_TITLES]):
        if any(clean(cell) in first for cell in cells):
            return tuple(text for _, above in lines[:i] if (text := clean(" ".join(above)))), lines[i:]
    return (), lines


def _check_separator(header: list[str], wanted: list[str], problems: Problems, sheet: str) -> None:
    """Raise InputError for a first line that is one cell and none of the wanted columns."""
    if len(header) != 1 or clean(header[0]) in wanted:
        return
    separator = next((mark for mark in (";", "\t", "|") if header[0].count(mark) > 1), None)
    if separator:
        name = {";": "semicolons", "\t": "tabs", "|": "bars"}[separator]
        problems.add(1, "", f"the columns are separated by {name}; they should be separated by commas")
    elif len(wanted) > 1:
        start = clean(header[0])[:40]
        problems.add(
            1, "", f"not a CSV header: '{start}'; it should name columns such as {wanted[0]}{_meant_sheet(sheet)}"
        )
    problems.stop()


def _meant_sheet(sheet: str) -> str:
    return f"; of the workbook, the sheet {sheet} is meant: save that one as CSV" if sheet else ""


def _check_header(
    record: Record,
    needed: Sequence[tuple[str, ...]],
    wanted: list[str],
    other_files: Mapping[str, str],
    problems: Problems,
    sheet: str,
) -> None:
    """Note missing required columns, columns given twice, and a name so close to an optional one that it is
    surely meant to be it. Raises InputError for all of these together."""
    line, header = record
    for names in needed:
        if not set(names) & set(header):
            text = " or ".join(f"'{name}'" for name in names)
            others = [name for name in header if name not in wanted]
            problems.add(line, "", f"there is no column {text}, which is required{nearest(names[0], others)}")
    if not all(set(names) & set(header) for names in needed):
        known = next((what for name, what in other_files.items() if name in header and name not in wanted), "")
        if known:
            problems.add(line, "", f"this looks like {known}; give the other file")
        elif sheet:
            problems.add(line, "", f"this is another sheet or file{_meant_sheet(sheet)}")
    for name, times in Counter(header).items():
        if times > 1 and name in wanted:
            problems.add(line, name, f"the column is there {times} times; it should be there once")
    required = {name for names in needed for name in names}
    absent = [name for name in wanted if name not in header and name not in required]
    for name in header:
        meant = "" if name in wanted else _meant(name, absent)
        if meant:
            problems.add(line, name, f"unknown column; did you mean '{meant}'?")
    problems.stop()


def _meant(name: str, absent: list[str]) -> str:
    """The absent column that a name in the header is surely a slip of the pen for. Stems are compared, so
    that 'LSOA (code)' is not taken for 'LA (code)', nor 'Status (code)' for 'Status (name)'."""
    stem, mark, kind = name.partition("(")
    alike = {other.partition("(")[0]: other for other in absent if other.partition("(")[1:] == (mark, kind)}
    matches = get_close_matches(stem, list(alike), n=1, cutoff=0.85)
    return alike[matches[0]] if matches else ""


def _whole_rows(header: list[str], rows: list[Record], places: dict[str, int], problems: Problems) -> list[Record]:
    # what most rows have: files whose rows all lack trailing columns are whole, a single short row is cut off
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
