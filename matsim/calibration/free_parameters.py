"""The free parameters: few, named, each with the range in which values are looked for.

A design lives in the unit cube; a `Space` places it between the parameters' ends and makes scenarios of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.errors import InputError, nearest
from matsim.core.reading import misfits, tables_of
from matsim.core.toml import read_toml

type Floats = NDArray[np.float64]

FILE = Path(__file__).with_name("free.toml")


@dataclass(frozen=True)
class Free:
    """One free parameter, by its dotted name in a scenario.

    `hand` is the value set by hand before the waves. Of a dated parameter it is a table of years, and what is free is
    what is added to the values of those years, between `low` and `high`; years that are not in `moved` stay.
    """

    name: str
    low: float
    high: float
    hand: float | Mapping[int, float]
    scale: str = "linear"
    whole: bool = False
    moved: tuple[int, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether the parameter changes on dates."""
        return isinstance(self.hand, Mapping)

    def number(self, u: float) -> float:
        """The free number at `u` from 0 to 1 of its range; of a dated parameter, what is added."""
        ratio, width = self.high / self.low if self.low else 0.0, self.high - self.low
        value = self.low * ratio**u if self.scale == "log" else self.low + u * width
        return float(round(value)) if self.whole else float(f"{value:.6g}")

    def unit(self, number: float) -> float:
        """Where a number lies in the range, from 0 to 1."""
        if self.scale == "log":
            place = math.log(number / self.low) / math.log(self.high / self.low)
        else:
            place = (number - self.low) / (self.high - self.low)
        return min(max(place, 0.0), 1.0)

    def value(self, number: float) -> Any:
        """The parameter's value: the number itself, or every year's value with the number added."""
        if isinstance(self.hand, Mapping):
            moved = self.moved or tuple(self.hand)
            return {y: round(v + number, 4) if y in moved else v for y, v in self.hand.items()}
        return int(number) if self.whole else number


_FIELDS = {f.name for f in fields(Free)}
_NEEDED = {f.name for f in fields(Free) if f.default is MISSING}


@dataclass(frozen=True)
class Space:
    """The free parameters, and the patterns that are kept out of the fit (named before it)."""

    free: tuple[Free, ...]
    held_out: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Dotted names, in order."""
        return [f.name for f in self.free]

    def numbers(self, point: Floats) -> list[float]:
        """The free numbers at a point (d,) of the unit cube."""
        return [f.number(float(u)) for f, u in zip(self.free, point, strict=True)]

    def settings(self, point: Floats) -> dict[str, Any]:
        """What to set in a scenario at a point (d,) of the unit cube."""
        return {f.name: f.value(n) for f, n in zip(self.free, self.numbers(point), strict=True)}

    @property
    def by_hand(self) -> Floats:
        """The point (d,) of the values set by hand."""
        return np.array([f.unit(f.hand if isinstance(f.hand, (int, float)) else 0.0) for f in self.free])


def read_free(path: Path = FILE) -> Space:
    """The free parameters of a file. Raises InputError with all that is wrong with it."""
    raw = read_toml(path)
    wrong = [
        f"unknown key '{key}'{nearest(key, ('free', 'held_out'))}" for key in sorted(set(raw) - {"free", "held_out"})
    ]
    entries = tables_of(raw, "free", str(path))
    held_out = raw.get("held_out", [])
    wrong += misfits({"held_out": held_out}, {"held_out": "tuple[str, ...]"})
    parsed = [_free(i, entry, wrong) for i, entry in enumerate(entries)]
    free = tuple(f for f in parsed if f is not None)
    names = [f.name for f in free]
    wrong += [f"'{name}' is there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if not entries:
        wrong.append("holds no free parameters ([[free]])")
    if wrong:
        raise InputError(str(path), wrong)
    return Space(free, tuple(held_out))


def _free(number: int, raw: Mapping[str, Any], wrong: list[str]) -> Free | None:
    """One entry as a free parameter; None, with the problems noted, when it is not one."""
    name = f"free[{number}]" + (f" '{raw['name']}'" if "name" in raw else "")
    before = len(wrong)
    wrong += [f"{name}: unknown key '{key}'{nearest(key, _FIELDS)}" for key in sorted(set(raw) - _FIELDS)]
    wrong += [f"{name}: '{key}' is missing" for key in sorted(_NEEDED - set(raw))]
    if len(wrong) > before:
        return None
    if problems := misfits(raw, {f.name: f.type for f in fields(Free)}):
        wrong += [f"{name}: {sentence}" for sentence in problems]
        return None
    hand = raw["hand"]
    given = {**raw, "moved": tuple(raw.get("moved", ()))}
    if isinstance(hand, Mapping):
        given["hand"] = {int(year): float(value) for year, value in hand.items()}
    made = Free(**given)
    wrong += [f"{name}: {sentence}" for sentence in _wrong(made)]
    return made


def _wrong(f: Free) -> list[str]:
    problems = []
    if not f.low < f.high:
        problems.append(f"low = {f.low} should be below high = {f.high}")
    if f.scale not in ("linear", "log"):
        problems.append(f"scale = '{f.scale}' should be 'linear' or 'log'")
    if f.scale == "log" and not f.low > 0:
        problems.append(f"low = {f.low} should be above 0 on a log scale")
    at_hand = f.hand if isinstance(f.hand, (int, float)) else 0.0
    if not f.low <= at_hand <= f.high:
        problems.append(f"the value by hand, {at_hand}, should lie between low and high")
    years: Sequence[int] = tuple(f.hand) if isinstance(f.hand, Mapping) else ()
    problems += [f"moved: {year} is not one of its years" for year in f.moved if year not in years]
    return problems
