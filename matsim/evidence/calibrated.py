"""Values that were fitted to the targets: `calibrated.toml` beside this file, which `matsim calibrate` writes.

threshold: float = param(fitted("seeking.threshold"), "log odds", "calibration", plausible=(3.0, 6.0))
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from matsim.core.errors import InputError, nearest
from matsim.core.reading import misfits, tables_of
from matsim.core.toml import read_toml

FILE = Path(__file__).with_name("calibrated.toml")


@dataclass(frozen=True)
class Fitted:
    """One fitted parameter, by its dotted name in a scenario.

    `value` is the default; of a dated parameter a table of years, in which what was fitted is the number added to
    the years `added_to` (`added`, and the ranges). `hand` is the value before the waves; `settled` says whether
    the facts narrowed the range down.
    """

    name: str
    value: Any
    median: float
    range_50: tuple[float, float]
    range_90: tuple[float, float]
    searched: tuple[float, float]
    hand: Any
    settled: bool
    patterns: tuple[str, ...] = field(default=())
    added: float | None = None
    added_to: tuple[int, ...] = ()


@lru_cache(maxsize=1)
def read_calibrated(path: Path = FILE) -> dict[str, Fitted]:
    """Every fitted parameter of a file, by name. InputError when it cannot be read."""
    raw = read_toml(path)
    dated = "float | Mapping[int, float]"
    declared = {f.name: f.type for f in fields(Fitted)} | {"value": dated, "hand": dated}
    wrong: list[str] = []
    entries = tables_of(raw, "parameters", str(path))
    for i, entry in enumerate(entries):
        problems = [f"unknown key '{key}'{nearest(key, declared)}" for key in sorted(set(entry) - set(declared))]
        problems += [f"'{key}' is missing" for key in sorted(_NEEDED - set(entry))]
        problems += misfits(entry, declared)
        wrong += [f"parameters[{i}]: {sentence}" for sentence in problems]
    if wrong:
        raise InputError(str(path), wrong)
    return {entry["name"]: _fitted(entry) for entry in entries}


_NEEDED = {f.name for f in fields(Fitted) if f.default is MISSING and f.default_factory is MISSING}


def _fitted(entry: dict[str, Any]) -> Fitted:
    pairs = {key: tuple(map(float, entry[key])) for key in ("range_50", "range_90", "searched")}
    dated = {key: _years(entry[key]) for key in ("value", "hand")}
    return Fitted(**{**entry, **pairs, **dated, **{key: tuple(entry.get(key, ())) for key in ("patterns", "added_to")}})


def _years(value: Any) -> Any:
    return {int(year): number for year, number in value.items()} if isinstance(value, dict) else value


def fitted(name: str) -> Any:
    """The fitted value of a parameter, for use as its default. Raises KeyError for one that was not fitted."""
    known = read_calibrated()
    if name not in known:
        raise KeyError(f"'{name}' is not in {FILE.name}{nearest(name, known)}")
    value = known[name].value
    return dict(value) if isinstance(value, dict) else value
