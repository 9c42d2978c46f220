"""Controls drawn from the schema: one for every parameter of a scenario, and back from a form to a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from matsim.core.errors import InputError
from matsim.core.find import named_files
from matsim.core.toml import dotted, place_of, plain
from matsim.evidence import SOURCES
from matsim.evidence.parameters import ParamInfo, describe
from matsim.measures.influence import largest, read_influence
from matsim.scenario.load import from_tables, load
from matsim.scenario.schema import Scenario
from matsim.scenario.show import difference
from matsim.words import offices
from matsim.words.phrases import capital

HIDDEN = ("run.school_year", "world.synthetic.seed")
"""Not for a form: how much is stored, and luck of a kind that no question is about."""
FROM_FILES = ("world.",)
"""Of no account when the first year is read from files."""
ALWAYS_FIRST = ("run.years", "run.seed", "world.synthetic.schools")
MOST_INFLUENTIAL = 15
DATED_ROWS = 2
"""Empty rows below a dated value, for years to add."""


@dataclass(frozen=True)
class Control:
    """One parameter as a form shows it.

    `kind` is "number", "switch", "text" or "dated"; `low` and `high` are the plausible range; `value` is the
    draft's and `base` the chosen scenario's. After a mistake `typed` has the fields as they were sent (of a dated
    value the years, then the values), and `problem` says what is wrong.
    """

    name: str
    group: str
    label: str
    kind: str
    unit: str
    meaning: str
    source: str
    assumed: bool
    low: float | None
    high: float | None
    whole: bool
    value: Any
    base: Any
    typed: tuple[Sequence[str], ...] = ()
    problem: str = ""

    @property
    def changed(self) -> bool:
        """Whether the draft differs from the scenario it began with."""
        return bool(self.value != self.base)

    @property
    def text(self) -> str:
        """What its field shows: the value to the last digit."""
        if self.typed:
            return self.typed[0][-1]
        return "" if self.value is None else str(self.value)

    @property
    def on(self) -> bool:
        """Whether a switch shows as on."""
        return self.typed[0][-1] == "on" if self.typed else bool(self.value)

    @property
    def step(self) -> str:
        """Step of the slider."""
        if self.whole or self.low is None or self.high is None:
            return "1"
        return f"{10.0 ** math.floor(math.log10(max(self.high - self.low, 1e-9) / 50)):.10f}".rstrip("0").rstrip(".")

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Years and values of a dated parameter, with empty rows to fill."""
        if self.typed:
            return list(zip(*self.typed, strict=False))
        return [*self._dated, *[("", "")] * DATED_ROWS]

    @property
    def _dated(self) -> list[tuple[str, str]]:
        values = self.value if isinstance(self.value, dict) else {}
        return [(str(year), str(value)) for year, value in sorted(values.items())]

    @property
    def brief(self) -> str:
        """A dated value on one line."""
        return ", ".join(f"{year}: {value}" for year, value in self._dated)


@dataclass(frozen=True)
class Group:
    """The controls of one mechanism."""

    key: str
    title: str
    meaning: str
    controls: tuple[Control, ...]

    @property
    def changed(self) -> int:
        """How many are changed."""
        return sum(c.changed for c in self.controls)


def groups(
    scenario: Scenario,
    base: Scenario,
    problems: Sequence[str] = (),
    typed: Mapping[str, Sequence[str]] | None = None,
    from_files: bool = False,
) -> list[Group]:
    """Every control, gathered by mechanism in the order of the schema; strategies and commissioners come last."""
    here, there = plain(scenario), plain(base)
    gathered = []
    for key in Scenario.model_fields:
        value = getattr(scenario, key)
        if isinstance(value, BaseModel):
            infos = list(describe(type(value), f"{key}."))
            controls = tuple(
                _control(info, here, there, problems, typed or {}) for info in infos if _shown(info, from_files)
            )
            if controls:
                gathered.append(Group(key, _words(key), _doc(value), controls))
        elif key in ("ceos", "commissioners"):
            for i, entry in enumerate(value):
                infos = [p for p in describe(type(entry), f"{key}[{i}].") if p.default not in ((), None)]
                controls = tuple(_control(info, here, there, problems, typed or {}) for info in infos)
                who = "CEOs" if key == "ceos" else _deciding(scenario)
                gathered.append(Group(f"{key}-{i}", f"{who}: {_words(entry.kind).lower()}", _doc(entry), controls))
    return gathered


def _deciding(scenario: Scenario) -> str:
    """What those who decide for regions are called in the years of the run."""
    begun = scenario.world.start
    return capital(offices.over(begun, begun + scenario.run.years - 1).commissioners)


def first(groups: Sequence[Group]) -> list[str]:
    """Names of the controls to show before all others, in order; what takes most room comes last."""
    kinds = {c.name: c.kind for g in groups for c in g.controls}
    return sorted((name for name in _matters() if name in kinds), key=lambda name: kinds[name] == "dated")


def changed(form: Mapping[str, Sequence[str]], scenario: Scenario) -> Scenario:
    """The scenario with what a form says. InputError names every control that is wrong, as `name: what`."""
    tables, wrong = plain(scenario), []
    for group in groups(scenario, scenario):
        for control in group.controls:
            # a form need not have every control: what it does not show stays as it is
            if control.name not in form and f"{control.name}:year" not in form:
                continue
            try:
                _put(tables, place_of(control.name) or (), _read(control, form))
            except ValueError as error:
                wrong.append(f"{control.name}: {error}")
    for name in ("title", "question"):
        if name in form:
            tables[name] = " ".join(form[name][0].split())[:200]
    if wrong:
        raise InputError("settings", wrong)
    return from_tables(tables, Scenario, "settings")


def in_page_words(problems: Sequence[str], groups: Sequence[Group]) -> list[str | tuple[str, str]]:
    """What is wrong in the words of the page, each with the address of its control, or of the page that mends it."""
    sentences: list[str | tuple[str, str]] = []
    known = {c.name: (g, c) for g in groups for c in g.controls}
    for problem in problems:
        # the longest name that fits: `a.b.c` is about `a.b` too
        name = max((n for n in known if _about(problem, n)), key=len, default="")
        rest = problem.partition(": ")[2] or problem
        if name:
            group, control = known[name]
            sentences.append((f"{group.title}, “{control.label}”: {rest}", f"#c-{name}"))
        else:
            kind = problem.partition("[")[0]
            what = {"shocks": "A shock", "trusts": "What is decided for a trust"}.get(kind)
            sentences.append((f"{what}: {rest}", f"/{kind}") if what else problem)
    return sentences


def _shown(info: ParamInfo, from_files: bool) -> bool:
    return info.name not in HIDDEN and not (from_files and info.name.startswith(FROM_FILES))


def _control(
    info: ParamInfo, here: Any, there: Any, problems: Sequence[str], typed: Mapping[str, Sequence[str]]
) -> Control:
    place = place_of(info.name) or ()
    value, base = _get(here, place), _get(there, place)
    known = SOURCES.get(info.source)
    source = f"{known.title}. {known.where}" if known else info.source.removeprefix("assumed: ")
    low, high = info.plausible or (None, None)
    problem = next((p.partition(": ")[2] or p for p in problems if _about(p, info.name)), "")
    return Control(
        name=info.name,
        group=_words(info.name.partition(".")[0]),
        label=_words(": ".join(info.name.split(".")[1:])),
        kind=_kind(info, value),
        unit="" if info.unit in ("switch", "choice") else info.unit,
        meaning=" ".join(info.meaning.split()),
        source=source,
        assumed=info.assumed,
        low=low,
        high=high,
        whole=isinstance(info.default, int),
        value=value,
        base=base,
        typed=_typed(info, value, typed),
        problem=problem,
    )


def _typed(info: ParamInfo, value: Any, typed: Mapping[str, Sequence[str]]) -> tuple[Sequence[str], ...]:
    dated = _kind(info, value) == "dated"
    names = [f"{info.name}:year", f"{info.name}:value"] if dated else [info.name]
    return tuple(typed[name] for name in names) if all(name in typed for name in names) else ()


def _about(problem: str, name: str) -> bool:
    rest = problem.removeprefix(name)
    return rest != problem and rest[:1] in (":", " ", ".", "")


def _kind(info: ParamInfo, value: Any) -> str:
    """What a control is: of a parameter that may be one number or change on dates, by what the draft has."""
    if isinstance(info.default, bool):
        return "switch"
    if isinstance(value, dict) or (value is None and isinstance(info.default, dict)):
        return "dated"
    return "number" if isinstance(info.default, (int, float)) else "text"


def _read(control: Control, form: Mapping[str, Sequence[str]]) -> Any:
    """The value that a form has for a control. ValueError says what is wrong with it."""
    if control.kind == "dated":
        return _dated(control, form)
    text = form[control.name][-1].strip()
    if control.kind == "switch":
        return text == "on"
    if control.kind == "text":
        return text[:200]
    return _number(text, control.whole)


def _dated(control: Control, form: Mapping[str, Sequence[str]]) -> dict[str, float]:
    years, values = form.get(f"{control.name}:year", ()), form.get(f"{control.name}:value", ())
    numbers: dict[str, float] = {}
    for year, value in zip(years, values, strict=False):
        if not year.strip() and not value.strip():
            continue
        year_text = str(int(_number(year.strip(), True)))
        if year_text in numbers:
            raise ValueError(f"{year_text} is there twice")
        number = _number(value.strip(), False)
        numbers[year_text] = int(number) if number.is_integer() and "." not in value else number
    if not numbers:
        raise ValueError("needs at least one year with a value")
    return numbers


def _number(text: str, whole: bool) -> Any:
    try:
        result = int(text) if whole else float(text)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"should be {kind}, such as {'20' if whole else '0.4'}") from None
    if not math.isfinite(result):
        raise ValueError("should be a number that is not infinite")
    return result


def _get(tables: Any, place: Sequence[str | int]) -> Any:
    for part in place:
        inside = part in tables if isinstance(tables, dict) else isinstance(part, int) and part < len(tables)
        if not inside:
            return None
        tables = tables[part]
    return tables


def _put(tables: Any, place: Sequence[str | int], value: Any) -> None:
    for part in place[:-1]:
        tables = tables[part]
    if tables[place[-1]] != value:  # a whole number typed for the same decimal one changes nothing
        tables[place[-1]] = value


@cache
def _matters() -> tuple[str, ...]:
    """What to show first: the run's own, what measured influence puts first, and what named scenarios change."""
    return tuple(dict.fromkeys((*ALWAYS_FIRST, *_influential(), *_varied())))


def _influential() -> list[str]:
    """Parameters whose effect on a headline result is told from luck, the largest first; none while none is known."""
    influence = largest(read_influence())
    return [str(name) for name in influence.parameter[influence.clear][:MOST_INFLUENTIAL]]


def _varied() -> Iterator[str]:
    """Parameters that the scenarios which come with matsim change."""
    for path in named_files().values():
        try:
            scenario = load(path, Scenario).scenario
        except InputError:  # a file of the user's own that is still being written
            continue
        for change in difference(Scenario(), scenario):
            place = place_of(change.name) or ()
            if place and place[0] not in ("ceos", "commissioners", "trusts", "shocks", "title", "question"):
                yield dotted(tuple(p for p in place if not (isinstance(p, str) and p.isdigit())))


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return capital(text)


def _doc(entry: Any) -> str:
    return (type(entry).__doc__ or "").split("\n")[0]
