"""What was varied, as the analyses need it: the inputs with their ranges, the design, and the runs as a matrix.

Every analysis works on one arm (or one arm minus another) of the frame that `matsim.analysis.frame.values` makes:
one row per run, with the columns run, arm, point, replicate, seed, one per input, and value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.analysis.frame import stored_experiment
from matsim.core.errors import InputError, nearest
from matsim.words.amounts import significant
from matsim.words.phrases import quoted

if TYPE_CHECKING:
    from matsim.results.store import Result

type Floats = NDArray[np.float64]

ENOUGH = 0.9
"""Share of the points at which a replicate must have been run for it to be used at all."""


@dataclass(frozen=True)
class Input:
    """One uncertainty or lever. `values` lists them when they were listed; `low` and `high` bound the others."""

    name: str
    role: str = "uncertainty"
    low: float = math.nan
    high: float = math.nan
    scale: str = "linear"
    values: tuple[Any, ...] = ()
    unit: str = ""
    meaning: str = ""

    @property
    def choice(self) -> bool:
        """Whether its values are words, which have no order."""
        return any(isinstance(value, str) for value in self.values)

    def coded(self, column: pd.Series) -> Floats:
        """The values from 0 (lowest) to 1 (highest) of its range; words by their place in the list."""
        if self.choice:
            place = {as_typed(value): float(i) for i, value in enumerate(self.values)}
            return np.array([place[as_typed(value)] for value in column]) / max(len(self.values) - 1, 1)
        numbers = pd.to_numeric(column.replace({"true": 1, "false": 0})).to_numpy(dtype=np.float64)
        low, high = self.range
        if self.scale == "log":
            numbers, low, high = np.log(numbers), math.log(low), math.log(high)
        return np.asarray((numbers - low) / (high - low) if high > low else np.zeros(len(numbers)))

    def decoded(self, code: float) -> float:
        """The number that stands at `code`, from 0 to 1 of its range."""
        low, high = self.range
        if self.scale == "log":
            return math.exp(math.log(low) + code * (math.log(high) - math.log(low)))
        return low + code * (high - low)

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest number that it may take."""
        if self.values:
            return float(min(self.values)), float(max(self.values))
        return self.low, self.high

    def legend(self) -> str:
        """`joining.pull: what it means (unit), 0.5 to 1.5`."""
        unit = f" ({self.unit})" if self.unit and self.unit not in ("switch", "choice") else ""
        return f"{self.name}: {self.meaning.rstrip('.') or self.role}{unit}; {self.across}"

    @property
    def across(self) -> str:
        """`0.5 to 1.5`, or the values that were listed."""
        if self.values:
            return ", ".join(map(as_typed, self.values))
        return f"{significant(self.low, 6)} to {significant(self.high, 6)}"


@dataclass(frozen=True)
class Problem:
    """A design: its kind as in an experiment file, and the inputs in the order in which it was drawn."""

    kind: str
    inputs: tuple[Input, ...]
    levels: int = 4
    second_order: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the inputs."""
        return [each.name for each in self.inputs]

    @property
    def block(self) -> int:
        """Points that were drawn together and depend on each other: a trajectory of Morris, a block of Saltelli."""
        count = len(self.inputs)
        return {"morris": count + 1, "sobol": (2 if self.second_order else 1) * count + 2}.get(self.kind, 1)


@dataclass(frozen=True)
class Crossed:
    """Every point run on every replicate's luck. `y` is (points, replicates), `x` the inputs of each point.

    `blocks` (points,) numbers the points that were drawn together; `dropped` says in words what was left out.
    """

    x: pd.DataFrame
    y: Floats
    blocks: NDArray[np.int64]
    dropped: list[str] = field(default_factory=list)

    @property
    def mean(self) -> Floats:
        """Mean over the replicates at each point: the same luck at all of them."""
        return np.asarray(self.y.mean(axis=1))

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return int(self.y.shape[1])


def problem_of(result: Result) -> Problem:
    """The design of a stored sweep, from its experiment.toml, with units and meanings from its parameters."""
    experiment = stored_experiment(result)
    known = result.parameters()
    about = {row["name"]: row for row in known.to_dict("records")}
    design = experiment.get("design", {})
    inputs = [_input(f, "uncertainty", about) for f in experiment.get("uncertainties", [])]
    inputs += [_input(f, "lever", about) for f in experiment.get("levers", [])]
    kind = design.get("kind", "arms")
    return Problem(kind, tuple(inputs), int(design.get("levels") or 4), bool(design.get("second_order", False)))


def _input(factor: Mapping[str, Any], role: str, about: Mapping[str, Mapping[Any, Any]]) -> Input:
    row = about.get(factor["name"], {})
    low, high = (float(factor.get(end, math.nan)) for end in ("low", "high"))
    values = tuple(factor.get("values", ()))
    texts = {key: str(row.get(key, "") or "") for key in ("unit", "meaning")}
    return Input(factor["name"], role, low, high, factor.get("scale", "linear"), values, **texts)


def observed(problem: Problem, values: pd.DataFrame) -> Problem:
    """The problem with the ranges of inputs that have none (a table made elsewhere) taken from what was run."""
    return replace(problem, inputs=tuple(_observed(each, values) for each in problem.inputs))


def _observed(each: Input, values: pd.DataFrame) -> Input:
    if each.values or not (math.isnan(each.low) or math.isnan(each.high)):
        return each
    run_values = sorted(set(values[each.name]))
    if any(isinstance(value, str) for value in run_values):
        return replace(each, values=tuple(run_values))
    return replace(each, low=float(run_values[0]), high=float(run_values[-1]))


def arm_of(values: pd.DataFrame, arm: str, where: str = "arm") -> pd.DataFrame:
    """The runs of one arm. Raises InputError for a name that is not among them; `where` is where the name stands."""
    names = list(dict.fromkeys(values["arm"]))
    if arm not in names:
        raise InputError(where, f"there is no arm '{arm}'{nearest(arm, names) or f'; there is {quoted(names)}'}")
    return values[values["arm"] == arm]


def minus(values: pd.DataFrame, arm: str, other: str, where: str = "against") -> pd.DataFrame:
    """`arm` less `other` at the same point on the same luck, in the form of the frame it came from.

    Raises InputError for a name that is not among the arms; `where` is where `other` stands.
    """
    right = arm_of(values, other, where).set_index(["point", "replicate"])["value"].rename("_other")
    both = arm_of(values, arm).join(right, on=["point", "replicate"], how="inner")
    difference = both.assign(value=both["value"] - both["_other"], arm=f"{arm} − {other}")
    return difference.drop(columns="_other")


def crossed(values: pd.DataFrame, problem: Problem) -> Crossed:
    """The runs of one arm as points by replicates, without what is incomplete.

    A replicate run at fewer than nine tenths of the points is left out (a sweep still going on); then every block
    in which a run is missing. Raises InputError when nothing complete is left.
    """
    if values["arm"].nunique() > 1:
        raise ValueError("one arm at a time")
    whole = values.dropna(subset=["value"])
    grid = whole.pivot(index="point", columns="replicate", values="value").sort_index()
    points = values.drop_duplicates("point").set_index("point").sort_index()
    # points of which every run failed are rows too, else those after them would fall into the wrong blocks
    grid = grid.reindex(range(int(points.index.max()) + 1))
    used_replicates = grid.loc[:, grid.notna().mean() >= ENOUGH * grid.notna().any(axis=1).mean()]
    blocks = pd.Series(np.arange(len(grid)) // problem.block, index=grid.index)
    complete = (
        used_replicates.notna().all(axis=1).groupby(blocks).transform("all")
        if used_replicates.shape[1]
        else pd.Series(dtype=bool)
    )
    dropped = []
    if len(grid.columns) > len(used_replicates.columns):
        dropped.append(
            f"{len(grid.columns) - len(used_replicates.columns)} of {len(grid.columns)} replicates, not run to the end"
        )
    if not complete.all():
        dropped.append(f"{int((~complete).sum())} of {len(grid)} points, where runs failed or are still missing")
    if used_replicates.empty or not complete.any():
        raise InputError("result", "has no complete replicate: too many runs failed or are still missing")
    used = used_replicates[complete]
    x = points.loc[used.index, problem.names].reset_index(drop=True)
    return Crossed(x, used.to_numpy(dtype=np.float64), blocks[complete].to_numpy(dtype=np.int64), dropped)


def coded(x: pd.DataFrame, inputs: Sequence[Input]) -> Floats:
    """Inputs (points, inputs) from 0 to 1 of their ranges."""
    return np.column_stack([each.coded(x[each.name]) for each in inputs])


def library(name: str) -> ModuleType:
    """An analysis library, imported when it is first needed. Raises InputError that says how to install it."""
    try:
        return import_module(name)
    except ImportError as error:
        problem = (
            f"{name.split('.', maxsplit=1)[0]} is not installed; to install it: pip install matsim-trusts[analysis]"
        )
        raise InputError("this analysis", problem) from error


def as_typed(value: Any) -> str:
    """A value as an experiment's file has it: `true`, `0.5`, `never`."""
    return str(value).lower() if isinstance(value, (bool, np.bool_)) else str(value)
