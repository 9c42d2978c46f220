"""What England did, as data: the targets that the model is held against (`targets.toml` beside this file)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from matsim.core.errors import InputError, nearest
from matsim.core.reading import misfits, tables_of
from matsim.core.toml import read_toml
from matsim.evidence.sources import SOURCES
from matsim.words.amounts import decimals

FILE = Path(__file__).with_name("targets.toml")
GROUPS = (
    *("history from 2010", "size distribution", "growth", "movement"),
    *("inspection", "money", "outcomes", "forecast"),
    *("results and heads", "people", "money by year", "growth and endings"),
)
UNFITTED = GROUPS[-4:]
"""Groups that came after the waves of calibration, which was shown none of them."""
JUDGED = ("median", "mean")
"""What of the runs is held against England: of quantities whose luck is large beside the tolerance, the mean."""
STARTS = (2010, 2018)


@dataclass(frozen=True)
class Target:
    """One pattern. `value` has one number, or one for each of `parts` of a shape.

    `tolerance` is in the unit of the value; for a shape it is the share that may lie elsewhere. `of` are the
    arguments of the quantity. `reason` is why the tolerance is what it is. `published` and `adjustment` say how
    the value came from the printed figure. `judged` says what of the runs is compared. `population` are those that the
    figure is of, `certainty` is how sure it is, and `breaks` the mechanism without which the model misses it. A target
    that is not `counted` is shown and not scored, `why_not`.
    """

    id: str
    group: str
    title: str
    start: int
    quantity: str
    of: Mapping[str, Any]
    date: str
    unit: str
    value: tuple[float, ...]
    tolerance: float
    reason: str
    source: str
    evidence: str
    parts: tuple[str, ...] = ("",)
    weight: float = 1.0
    published: float = float("nan")
    adjustment: str = ""
    counted: bool = True
    why_not: str = ""
    when_failing: str = ""
    judged: str = "median"
    population: str = ""
    certainty: str = ""
    breaks: str = ""

    @property
    def shape(self) -> bool:
        """Whether the value has parts."""
        return self.parts != ("",)


_FIELDS = {f.name for f in fields(Target)}
_NEEDED = {f.name for f in fields(Target) if f.default is MISSING and f.default_factory is MISSING}


@dataclass
class _Reading:
    where: str
    problems: list[str] = field(default_factory=list)

    def target(self, number: int, raw: Mapping[str, Any]) -> Target | None:
        """One entry as a target; None, with the problems noted, when it is not one."""
        name = f"patterns[{number}]" + (f" '{raw['id']}'" if "id" in raw else "")
        before = len(self.problems)
        self.problems += [f"{name}: unknown key '{key}'{nearest(key, _FIELDS)}" for key in sorted(set(raw) - _FIELDS)]
        self.problems += [f"{name}: '{key}' is missing" for key in sorted(_NEEDED - set(raw))]
        if len(self.problems) > before:
            return None
        if misfit := misfits(raw, {f.name: f.type for f in fields(Target) if f.name != "value"}):
            self.problems += [f"{name}: {wrong}" for wrong in misfit]
            return None
        value = raw["value"] if isinstance(raw["value"], list) else [raw["value"]]
        if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
            self.problems.append(f"{name}: value = {raw['value']!r} should be a number, or a list of numbers")
            return None
        values = {**raw, "value": tuple(map(float, value)), "parts": tuple(raw.get("parts", ("",)))}
        target = Target(**values)
        self.problems += [f"{name}: {wrong}" for wrong in _wrong(target)]
        return target


def _wrong(t: Target) -> list[str]:
    """What is wrong with a target's values."""
    problems = []
    if t.source not in SOURCES:
        problems.append(f"unknown source '{t.source}'{nearest(t.source, SOURCES)}")
    if t.group not in GROUPS:
        problems.append(
            f"unknown group '{t.group}'{nearest(t.group, GROUPS)}; it should be one of: {', '.join(GROUPS)}"
        )
    if t.start not in STARTS:
        problems.append(f"start = {t.start} should be {' or '.join(map(str, STARTS))}")
    if not t.tolerance > 0:
        problems.append(f"tolerance = {t.tolerance} should be above 0")
    if t.judged not in JUDGED:
        problems.append(f"judged = '{t.judged}' should be {' or '.join(JUDGED)}")
    if t.judged == "mean" and t.shape:
        problems.append("has parts, which are always compared by their means; 'judged' should be left out")
    if t.weight < 0:
        problems.append(f"weight = {t.weight} should be 0 or more")
    if len(t.value) != len(t.parts):
        problems.append(f"has {len(t.value)} values for {len(t.parts)} parts")
    if t.shape and abs(sum(t.value) - 1.0) > 0.005:
        problems.append(f"the parts of a shape should come to 1, not {decimals(sum(t.value), 3)}")
    if t.published == t.published and not t.adjustment:
        problems.append("has a published figure other than its value; 'adjustment' should say what was done")
    if not t.counted and not t.why_not:
        problems.append("is not counted; 'why_not' should say why")
    return problems


def read_targets(path: Path = FILE) -> tuple[Target, ...]:
    """Every target of a file, in its order. Raises InputError with all that is wrong with it."""
    raw = read_toml(path)
    reading = _Reading(str(path))
    entries = [reading.target(i, entry) for i, entry in enumerate(tables_of(raw, "patterns", str(path)))]
    targets = tuple(t for t in entries if t is not None)
    ids = [t.id for t in targets]
    reading.problems += [f"the id '{name}' is used twice" for name in sorted({n for n in ids if ids.count(n) > 1})]
    if not entries:
        reading.problems.append("holds no patterns")
    if reading.problems:
        raise InputError(str(path), reading.problems)
    return targets


def targets_to_fit() -> tuple[Target, ...]:
    """Those that calibration is shown: counted, and there before its waves."""
    return tuple(t for t in read_targets() if t.counted and t.group not in UNFITTED)
