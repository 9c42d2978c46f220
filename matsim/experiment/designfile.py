"""Points made elsewhere: a CSV with a column per factor and a row per point, or the same as columns in memory."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from matsim.core.errors import InputError, nearest
from matsim.core.toml import quote
from matsim.experiment.parameters import Kind, assign, known_of, setting
from matsim.experiment.schema import Design, Factor, Scalar
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.words.amounts import count
from matsim.world.csv_reader import read_csv

SHOWN = 20
"""Problems of one table that are told; of the rest, only how many there are."""
SWITCHES = {"true": True, "false": False, "1": True, "0": False}
WANTED: dict[Kind, str] = {"number": "a number", "whole": "a whole number", "switch": "true or false", "choice": "text"}


def read_design(design: Design, factors: Sequence[Factor], base: Scenario, folder: Path) -> tuple[Design, list[str]]:
    """The design with its table written into it, values in the types of the parameters; and what is wrong."""
    try:
        columns, lines = _from_file(folder / design.file, factors) if design.file else _given(design, factors)
    except InputError as error:
        place = f"design.file = {quote(design.file)}: " if design.file else ""
        return design, [place + problem for problem in error.problems]
    row, where = ("line", f"design.file = {quote(design.file)}: ") if design.file else ("row", "design.columns: ")
    wrong: list[tuple[int, str]] = []
    done: dict[str, tuple[Scalar, ...]] = {}
    for factor in factors:
        cells = _Cells(factor, base)
        kept: list[Scalar] = []
        for line, cell in zip(lines, columns[factor.name], strict=True):
            value, problem = cells.read(cell)
            if problem:
                wrong.append((line, f"{where}{row} {line}, {problem}"))
            else:
                kept.append(value)
        done[factor.name] = tuple(kept)
    if wrong:
        texts = [text for _, text in sorted(wrong, key=lambda problem: problem[0])]
        more = len(texts) - SHOWN
        return design, texts[:SHOWN] + ([f"{where}... and {count(more)} more"] if more > 0 else [])
    return design.model_copy(update={"file": "", "columns": done}), []


class _Cells:
    """Reads the cells of one factor's column; equal cells are looked at once."""

    def __init__(self, factor: Factor, base: Scenario) -> None:
        self._factor, self._base = factor, base
        self._known = known_of(base, factor)
        self._seen: dict[tuple[type, Scalar], tuple[Scalar, str]] = {}

    def read(self, cell: Scalar) -> tuple[Scalar, str]:
        """The value in a cell, and the sentence for what is wrong with it, or nothing."""
        key = (type(cell), cell)
        if key not in self._seen:
            self._seen[key] = self._read(cell)
        return self._seen[key]

    def _read(self, cell: Scalar) -> tuple[Scalar, str]:
        name, factor = self._factor.name, self._factor
        value = _parsed(cell, self._known.kind)
        if value is None:
            return cell, f"{name} = {quote(cell)}: should be {WANTED[self._known.kind]}"
        if factor.values and value not in factor.values:
            return cell, f"{name} = {quote(value)}: should be one of its values, {quote(list(factor.values))}"
        low, high = factor.low, factor.high
        if low is not None and high is not None and not low <= float(value) <= high:
            return cell, f"{name} = {quote(value)}: should be between {low:g} and {high:g}"
        whole = setting(self._base, name, value, factor.added_to)
        try:
            if self._known.dated or factor.added_to:
                override(self._base, {name: whole}, name)
            else:
                assign(self._base, {name: whole})
        except InputError as error:
            return cell, error.problems[0]
        return value, ""


def _parsed(cell: Scalar, kind: Kind) -> Scalar | None:
    """A cell in the type of its parameter; None when it cannot be that."""
    if kind == "choice":
        return cell if isinstance(cell, str) else None
    if kind == "switch":
        return SWITCHES.get(cell.lower()) if isinstance(cell, str) else cell if isinstance(cell, bool) else None
    if isinstance(cell, bool):
        return None
    try:
        number = float(cell)
    except ValueError:
        return None
    if kind == "whole":
        return int(number) if number.is_integer() else None
    return number if math.isfinite(number) else None


def _from_file(path: Path, factors: Sequence[Factor]) -> tuple[Mapping[str, Sequence[Scalar]], Sequence[int]]:
    """The columns as text, and the line of each row."""
    names = [factor.name for factor in factors]
    table = read_csv(path, [(name,) for name in names], ())
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        header = [name.strip() for name in next(csv.reader(stream))]
    for name in [name for name in header if name not in names]:
        table.problems.add(1, "", _extra(name, names))
    table.problems.stop()
    return table.columns, table.lines


def _given(design: Design, factors: Sequence[Factor]) -> tuple[Mapping[str, Sequence[Scalar]], Sequence[int]]:
    """The columns of a table in memory, and the number of each row, from 1."""
    names = [factor.name for factor in factors]
    wrong = [
        f"design.columns: there is no column {quote(n)}, which is needed" for n in names if n not in design.columns
    ]
    wrong += [f"design.columns: {_extra(name, names)}" for name in design.columns if name not in names]
    lengths = {len(column) for column in design.columns.values()}
    if len(lengths) > 1 or 0 in lengths:
        wrong.append("design.columns: should all have the same number of rows, at least one")
    if wrong:
        raise InputError("design", wrong)
    return design.columns, range(1, lengths.pop() + 1)


def _extra(name: str, names: list[str]) -> str:
    return f"column {quote(name)} is no uncertainty or lever{nearest(name, names)}"
