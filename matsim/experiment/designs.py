"""Designs: which combinations of the factors' values are run. Each is a pure function of the experiment.

A sampled design is made in the unit cube and then placed between low and high. Whole numbers, switches and
listed values take equal slices of their side of the cube. For "sobol" and "morris" the order of the points is
the order that SALib's analyses expect. Points may also be made elsewhere: a CSV with a column per factor and a row per
point, or the same as columns in memory.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.core.csv_reader import read_csv
from matsim.core.errors import InputError, nearest
from matsim.core.toml import quote, toml_value
from matsim.experiment.factors import Kind, Parameter, assign, known_of, setting
from matsim.experiment.schema import Design, Experiment, Factor, Scalar
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.words.amounts import count

MOST_POINTS = 200_000
POINT_COLUMNS = ("point", "parameter", "role", "value", "number")

type Cube = NDArray[np.float64]
"""Points in rows, factors in columns, each value from 0 to 1."""


@dataclass(frozen=True)
class Point:
    """One combination: what it sets, and the values of all factors there."""

    settings: dict[str, Any]
    values: dict[str, Any]


def points(experiment: Experiment, base: Scenario) -> list[Point]:
    """Every point of the design, from 0. `base` is the baseline's scenario.

    Raises InputError when there would be too many, or when the library that draws them is not installed.
    """
    factors, design = experiment.factors, experiment.design
    if not factors:
        return [Point({}, {})]
    known = {factor.name: known_of(base, factor) for factor in factors}
    size = _size(factors, known, design)
    if size > MOST_POINTS:
        raise InputError(
            str(experiment.path), f"design: makes {count(size)} points; at most {count(MOST_POINTS)} are possible"
        )
    if design.kind == "one at a time":
        return [
            Point(_settings(base, factors, settings), values)
            for settings, values in _one_at_a_time(factors, known, design)
        ]
    if design.kind == "grid":
        rows = _grid(factors, known, design)
    elif design.kind == "csv":
        rows = [dict(zip(design.columns, row, strict=True)) for row in zip(*design.columns.values(), strict=True)]
    else:
        try:
            cube = _SAMPLERS[design.kind](len(factors), design)
        except ImportError as error:
            problem = f"design.kind = '{design.kind}': needs SALib; pip install matsim-trusts[analysis]"
            raise InputError(str(experiment.path), problem) from error
        rows = [{f.name: place(f, known[f.name], float(u)) for f, u in zip(factors, row, strict=True)} for row in cube]
    return [Point(_settings(base, factors, row), row) for row in rows]


def _settings(base: Scenario, factors: Sequence[Factor], values: Mapping[str, Any]) -> dict[str, Any]:
    """What some values of factors put into a scenario."""
    return {f.name: setting(base, f.name, values[f.name], f.added_to) for f in factors if f.name in values}


def _size(factors: Sequence[Factor], known: Mapping[str, Parameter], design: Design) -> int:
    """How many points a design makes."""
    sides = len(factors)
    if design.kind == "grid":
        return math.prod(len(_spaced(f, known[f.name], design.levels or 2)) for f in factors)
    if design.kind == "sobol":
        return (design.points or 1) * (2 * sides + 2 if design.second_order else sides + 2)
    if design.kind == "morris":
        return (design.trajectories or 1) * (sides + 1)
    return design.points or 1


def frame(experiment: Experiment, drawn: Sequence[Point]) -> pd.DataFrame:
    """The points as the table `points` of a sweep: one row per point and factor.

    `value` is text as in TOML, but for text itself, which stands without quotes; `number` is the value, 0 or 1
    for a switch, and nan for text.
    """
    roles = {f.name: "uncertainty" for f in experiment.uncertainties} | {f.name: "lever" for f in experiment.levers}
    rows = [(i, name, roles[name], *_said(p.values[name])) for i, p in enumerate(drawn) for name in roles]
    types = {"point": "int64", "parameter": "str", "role": "str", "value": "str", "number": "float64"}
    return pd.DataFrame(rows, columns=list(POINT_COLUMNS)).astype(types)


def place(factor: Factor, known: Parameter, u: float) -> Any:
    """The value of a factor at `u` from 0 to 1 of its range."""
    if factor.values:
        return factor.values[min(int(u * len(factor.values)), len(factor.values) - 1)]
    low, high = _ends(factor)
    if known.kind == "whole" and factor.scale == "linear":
        return int(low) + min(int(u * (high - low + 1)), int(high - low))
    value = _between(factor, u)
    return round(value) if known.kind == "whole" else value


def _between(factor: Factor, u: float) -> float:
    low, high = _ends(factor)
    # `min`: rounding can carry the last value past the end
    return min(low * (high / low) ** u if factor.scale == "log" else low + u * (high - low), high)


def _said(value: Any) -> tuple[str, float]:
    if isinstance(value, str):
        return value, math.nan
    return toml_value(value), float(value)


def _ends(factor: Factor) -> tuple[float, float]:
    assert factor.low is not None
    assert factor.high is not None
    return factor.low, factor.high


def _spaced(factor: Factor, known: Parameter, levels: int) -> list[Any]:
    """The listed values, or evenly spaced ones between low and high, both included."""
    if factor.values:
        return list(factor.values)
    spaced = [_between(factor, i / (levels - 1)) for i in range(levels - 1)] + [_ends(factor)[1]]
    return list(dict.fromkeys(round(x) for x in spaced)) if known.kind == "whole" else spaced


def _grid(factors: Sequence[Factor], known: Mapping[str, Parameter], design: Design) -> list[dict[str, Any]]:
    sides = [_spaced(f, known[f.name], design.levels or 2) for f in factors]
    names = [f.name for f in factors]
    return [dict(zip(names, row, strict=True)) for row in itertools.product(*sides)]


def _one_at_a_time(
    factors: Sequence[Factor], known: Mapping[str, Parameter], design: Design
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The scenario as it is, then each factor at each of its values, the others as they are: that one, and all."""
    base = {f.name: known[f.name].value for f in factors}
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = [({}, base)]
    for factor in factors:
        for value in _spaced(factor, known[factor.name], design.levels or 2):
            setting = {factor.name: value}
            rows.append((setting, base | setting))
    return rows


def _low_discrepancy(sampler: str, sides: int, design: Design) -> Cube:
    """Points from one of scipy's samplers."""
    from scipy.stats import qmc

    drawn: Cube = getattr(qmc, sampler)(sides, rng=design.seed).random(design.points or 1)
    return drawn


def _saltelli(sides: int, design: Design) -> Cube:
    """Points for Sobol's indices by the scheme of Saltelli et al. (2010)."""
    from SALib.sample import sobol

    problem = _problem(sides)
    drawn: Cube = sobol.sample(problem, design.points or 1, calc_second_order=design.second_order, seed=design.seed)
    return drawn


def _morris(sides: int, design: Design) -> Cube:
    """Trajectories for the elementary effects of Morris (1991)."""
    from SALib.sample import morris

    drawn: Cube = morris.sample(
        _problem(sides), design.trajectories or 2, num_levels=design.levels or 4, seed=design.seed
    )
    return drawn


def _problem(sides: int) -> dict[str, Any]:
    return {"num_vars": sides, "names": [f"x{i}" for i in range(sides)], "bounds": [[0.0, 1.0]] * sides}


_SAMPLERS: dict[str, Callable[[int, Design], Cube]] = {
    "latin hypercube": partial(_low_discrepancy, "LatinHypercube"),
    "sobol sequence": partial(_low_discrepancy, "Sobol"),
    "halton": partial(_low_discrepancy, "Halton"),
    "sobol": _saltelli,
    "morris": _morris,
}


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
    for name in table.others:
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
