"""Reading the self-checks' CSV forms: every problem is collected and said in a sentence; nothing is lost.

A form is a tuple of `Field`s. A header may be a field's key or its full published wording. What is unusual
but usable (another encoding, an unknown column, empty rows) becomes a note in the result.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from matsim.core.csv_reader import Floats, Record, decode, plain_number, split_records
from matsim.core.errors import InputError, nearest
from matsim.core.reading import MOST_TEXT
from matsim.core.safe_text import clean

BLANKS = frozenset({"", "n/a", "na", "-", "–", "don't know", "dk"})
"""What counts as no answer."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


@dataclass(frozen=True)
class Field:
    """One column of a form.

    A field with `high` holds numbers from `low` to `high`, or blanks; `words` are words that stand for
    numbers, and with `percent` a number may be a percentage, `8%` for 0.08. Other fields hold text: one of `choices`
    if any are given; `filled` text may not be blank. A column that is not `needed` may be missing from the file.
    """

    key: str
    wording: str = ""
    low: float = 0.0
    high: float | None = None
    choices: tuple[str, ...] = ()
    filled: bool = False
    needed: bool = True
    words: Mapping[str, float] | None = None
    percent: bool = False


@dataclass(frozen=True)
class Sheet:
    """A form as read, n rows: line numbers, `text` and `numbers` (n,) by key (nan: blank), and notes.

    `percents` says of each cell of a field that takes percentages whether it is one.
    """

    where: str
    lines: tuple[int, ...]
    text: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, Floats]
    notes: tuple[str, ...]
    percents: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)

    def matrix(self, keys: Iterable[str]) -> Floats:
        """The numbers of several columns side by side: (n, columns)."""
        return np.column_stack([self.numbers[k] for k in keys])


def plain(value: Any) -> Any:
    """A result as dictionaries, lists, numbers and None (for nan), ready for JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def read_form(
    path: str | PathLike[str], form: tuple[Field, ...], check: Callable[[Sheet], list[str]] | None = None
) -> Sheet:
    """Read a CSV file of a form. `check` may find further problems in the sheet as read.

    Raises InputError naming the file and listing every problem: file, columns, lines and values.
    """
    where = str(path)
    content, encoding = decode(Path(path), MOST_TEXT)
    notes = ["not UTF-8: read as cp1252 (Windows)"] if encoding == "cp1252" else []
    # spreadsheets save forms with the separator of their country: the one that the header has most of
    first = content.lstrip("\r\n").split("\n", 1)[0]
    lines, cut_off = split_records(content, separator=max(",;\t", key=first.count))
    problems = [cut_off] if cut_off else []
    if not lines:
        raise InputError(where, problems)
    header = lines[0][1]
    columns = _columns(header, form, problems, notes)
    rows = [(line, cells) for line, cells in lines[1:] if any(c.strip() for c in cells)]
    if len(rows) < len(lines) - 1:
        notes.append(f"{len(lines) - 1 - len(rows)} empty rows were passed over")
    if not rows:
        problems.append("there is a header but no answers; give at least one row")
    _check_widths(rows, len(header), problems, notes)
    text, numbers = _cells(rows, columns, form, problems)
    percents = {f.key: tuple(_cell(row, f, columns).endswith("%") for _, row in rows) for f in form if f.percent}
    sheet = Sheet(where, tuple(line for line, _ in rows), text, numbers, tuple(notes), percents)
    if rows and numbers and not problems and all(np.isnan(v).all() for v in numbers.values()):
        problems.append("no question is answered in any row; give at least one answer")
    if check is not None:
        problems += check(sheet)
    if problems:
        raise InputError(where, problems)
    return sheet


def _same(text: str) -> str:
    """Letters and digits only, so that case, spaces and kinds of quotation mark do not matter."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def _columns(header: list[str], form: tuple[Field, ...], problems: list[str], notes: list[str]) -> dict[str, int]:
    """Where each field's column is. An unknown header is a problem if it looks like a missing field."""
    keys = {_same(f.key): f.key for f in form} | {_same(f.wording): f.key for f in form if f.wording}
    columns: dict[str, int] = {}
    unknown = []
    for place, name in enumerate(header):
        key = keys.get(_same(name))
        if key is None:
            unknown.append(clean(name))
        elif key in columns:
            both = f"in columns {columns[key] + 1} and {place + 1}"
            problems.append(f"line 1: column '{key}' is given twice, {both}; keep one")
        else:
            columns[key] = place
    missing = [f.key for f in form if f.key not in columns]
    hints = {name: nearest(_same(name), missing) for name in unknown if name}
    for name, hint in hints.items():
        if hint:
            problems.append(f"line 1: unknown column '{name}'{hint}")
        else:
            notes.append(f"column '{name}' is not part of the form and was not used")
    for f in form:
        if f.needed and f.key in missing and not any(f"'{f.key}'" in hint for hint in hints.values()):
            wording = f' ("{f.wording}")' if f.wording else ""
            problems.append(f"line 1: no column '{f.key}'{wording}; add it (its cells may stay blank)")
    return columns


def _check_widths(rows: list[Record], width: int, problems: list[str], notes: list[str]) -> None:
    for line, cells in rows:
        if any(c.strip() for c in cells[width:]):
            problems.append(
                f"line {line}: {len(cells)} cells where the header has {width}; put a value that contains "
                "the separator in quotation marks"
            )
        elif len(cells) < width:
            notes.append(f"line {line} has {len(cells)} of {width} cells: the rest were taken as blank")


def _cells(
    rows: list[Record], columns: dict[str, int], form: tuple[Field, ...], problems: list[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Floats]]:
    """Every cell read by its field, line by line, so that problems come in the file's order."""
    text: dict[str, list[str]] = {f.key: [] for f in form if f.high is None}
    numbers: dict[str, list[float]] = {f.key: [] for f in form if f.high is not None}
    for line, cells in rows:
        for f in form:
            place, cell = columns.get(f.key), _cell(cells, f, columns)
            at = f"line {line}, column '{f.key}'"
            if f.high is not None:
                numbers[f.key].append(_number(cell, f, at, problems))
            else:
                text[f.key].append(_text(cell, f, at, [] if place is None else problems))
    arrays = {k: np.array(v, dtype=np.float64) for k, v in numbers.items()}
    return {k: tuple(v) for k, v in text.items()}, arrays


def _cell(cells: list[str], f: Field, columns: Mapping[str, int]) -> str:
    place = columns.get(f.key)
    return clean(cells[place]) if place is not None and place < len(cells) else ""


def _number(cell: str, f: Field, at: str, problems: list[str]) -> float:
    low = cell.casefold().replace("’", "'")
    if low in BLANKS:
        return float("nan")
    if f.words and low in f.words:
        return f.words[low]
    high = f.high if f.high is not None else float("inf")
    allowed = f" from {f.low:g} to {high:g}" if np.isfinite([f.low, high]).all() else ""
    allowed += "".join(f", {word}" for word in f.words or ())
    share = f.percent and cell.endswith("%")
    number = plain_number(cell[:-1].rstrip() if share else cell, percent=high == 100)
    if not _NUMBER.fullmatch(number):
        problems.append(f"{at}: '{cell}' is not a number; write a number{allowed}, or leave it blank")
        return float("nan")
    value = float(number) / (100.0 if share else 1.0)
    if not f.low <= value <= high:
        problems.append(f"{at}: {cell} is out of range; write a number{allowed}, or leave it blank")
        return float("nan")
    return value


def _text(cell: str, f: Field, at: str, problems: list[str]) -> str:
    if not cell and f.filled:
        problems.append(f"{at}: is blank; it has to be filled in")
    if not cell or not f.choices:
        return cell
    for choice in f.choices:
        if _same(choice) == _same(cell):
            return choice
    known = ", ".join(f"'{c}'" for c in f.choices)
    problems.append(f"{at}: '{cell}' is unknown{nearest(cell.casefold(), f.choices)} (one of {known})")
    return cell


def duplicates(sheet: Sheet) -> list[str]:
    """A note for each set of rows that are the same in every cell: they are kept, but someone should look."""
    seen: dict[tuple[Any, ...], list[int]] = {}
    for i, line in enumerate(sheet.lines):
        numbers = tuple(None if np.isnan(v[i]) else float(v[i]) for v in sheet.numbers.values())
        if any(v is not None for v in numbers):
            seen.setdefault((*(v[i] for v in sheet.text.values()), numbers), []).append(line)
    same = [", ".join(map(str, lines)) for lines in seen.values() if len(lines) > 1]
    return [f"lines {lines} are the same: all kept; delete the extra if someone answered twice" for lines in same]


def same_name(name: str) -> str:
    """A name without regard to case and spacing: what makes two names the same."""
    return " ".join(name.casefold().split())


def spellings(names: Iterable[str]) -> list[str]:
    """A note for each name written in more than one way, and for names that are almost the same."""
    known: dict[str, str] = {}
    notes = []
    for name in dict.fromkeys(names):
        key = same_name(name)
        if key in known:
            notes.append(f"'{name}' and '{known[key]}' were taken as one")
        elif close := difflib.get_close_matches(key, known, n=1, cutoff=0.88):
            notes.append(f"'{name}' and '{known[close[0]]}' were taken as two; are they one?")
        known.setdefault(key, name)
    return notes
