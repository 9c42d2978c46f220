"""Parameters: default, unit, source, plausible range and meaning in one statement.

    class InspectionParams(Params):
        cycle_good: float = param(4.45, "years", "ofsted-intervals", plausible=(3.5, 5.5))
        '''Median time between full inspections of a primary school judged Good.'''

The unit sets hard limits; the plausible range feeds sliders and samplers; the source is a key of
`matsim.evidence.SOURCES` or "assumed: reason", so that a report can list every assumption.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from matsim.core.reading import whole
from matsim.evidence import SOURCES

UNIT_LIMITS: dict[str, tuple[float | None, float | None]] = {
    "share": (0.0, 1.0),
    "share per year": (0.0, 1.0),
    "growth per year": (-0.5, 0.5),
    "score 0-10": (0.0, 10.0),
    "score 1-10": (1.0, 10.0),
    "score 1-4": (1.0, 4.0),
    "weight": (None, None),
    "sd": (None, None),
    "sd per year": (None, None),
    "log odds": (None, None),
    "years": (0.0, None),
    "minutes": (0.0, None),
    "km": (0.0, None),
    "km per hour": (1.0, None),
    "£": (0.0, None),
    "£ per pupil": (0.0, None),
    "£ per place": (0.0, None),
    "£ per pupil per km": (0.0, None),
    "£ per year": (0.0, None),
    "ratio": (0.0, None),
    "schools": (0.0, None),
    "pupils": (0.0, None),
    "days per year": (0.0, None),
    "posts": (0.0, None),
    "schools per year": (0.0, None),
    "points": (0.0, None),
    "count": (0.0, None),
    "year": (1990.0, 2100.0),
    "switch": (None, None),
    "choice": (None, None),
}
"""Every unit a parameter may have, with the hard limits it sets."""


class Params(BaseModel):
    """A frozen set of parameters. Unknown names, wrong types and values outside hard limits are refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True, validate_default=True
    )


def _years(value: Any) -> Any:
    """TOML keys are text; the years of a dated value are whole numbers."""
    if isinstance(value, dict):
        years = {k: whole(k) if isinstance(k, str) else None for k in value}
        return {k if years[k] is None else years[k]: v for k, v in value.items()}
    return value


Dated = Annotated[dict[int, float], BeforeValidator(_years)]
"""A value that changes on dates: {year: value}; each holds from its September until the next."""


Varying = Annotated[float | dict[int, float], BeforeValidator(_years)]
"""A number for always, or {year: value} for one that changes on dates. Declared by `varying`."""

BEGINNING = 2010
"""The first year that the model knows: what is said of no earlier one holds from here."""


def at(dated: Mapping[int, float] | float, year: int) -> float:
    """The value of a dated parameter in an academic year; before the first date, the first value."""
    if not isinstance(dated, Mapping):
        return dated
    years = [y for y in dated if y <= year]
    return dated[max(years)] if years else dated[min(dated)]


def param(default: Any, unit: str, source: str, *, plausible: tuple[float, float] | None = None, **limits: Any) -> Any:
    """Declare one parameter.

    `source` is a key of `SOURCES` or "assumed: reason". `plausible` is required for numbers.
    Raises ValueError for an unknown unit or source, so that a bad declaration fails at import.
    """
    low, high = UNIT_LIMITS.get(unit, (None, None))
    # of a dated value pydantic would hold the table against them: `matsim.scenario.problems` looks at its numbers
    if isinstance(default, (int, float)) and not isinstance(default, bool):
        limits = {"ge": low, "le": high} | limits
    return _declared(default, unit, source, plausible, limits)


def _declared(
    default: Any, unit: str, source: str, plausible: tuple[float, float] | None, limits: dict[str, Any]
) -> Any:
    if unit not in UNIT_LIMITS:
        raise ValueError(f"unknown unit {unit!r}")
    if not source.startswith("assumed: ") and source not in SOURCES:
        raise ValueError(f"unknown source {source!r}: name one in matsim.evidence or say 'assumed: reason'")
    number = isinstance(default, (int, float, dict)) and not isinstance(default, bool)
    if number and plausible is None:
        raise ValueError("a number needs a plausible range")
    extra: dict[str, Any] = {"unit": unit, "source": source, "plausible": list(plausible) if plausible else None}
    return Field(default=default, json_schema_extra=extra, **{k: v for k, v in limits.items() if v is not None})


def varying(default: Any, unit: str, source: str, *, plausible: tuple[float, float]) -> Any:
    """Declare a parameter that may be one number, or change on dates; errors as of `param`.

    The limits of its unit are looked at in `matsim.scenario.problems`, for the one number as for those of years.
    """
    return _declared(default, unit, source, plausible, {})


def varies(annotation: Any) -> bool:
    """Whether a declared type is that of a parameter which may be one number or change on dates."""
    return get_args(annotation) == (float, dict[int, float])


def since(default: Mapping[int, float] | float, value: Any) -> Any:
    """A value of a varying parameter as written, with what holds by default before the first of its years."""
    if not isinstance(value, Mapping) or not value:
        return value
    years = [year if isinstance(year, int) else whole(str(year)) for year in value]
    if any(year is None or year <= BEGINNING for year in years):
        return value  # nothing is before it, or a year is none, which is said where it is read
    return {BEGINNING: at(default, BEGINNING), **value}


def declare(params: type[Params], numbers: dict[str, Any]) -> None:
    """Give a class its parameters (what `param` gives, by name) from its `__init_subclass__`.

    For families of classes that differ in their numbers only: each can then be said in a line. pydantic gathers the
    fields of a class from its annotations and values after that hook.
    """
    params.__annotations__ = dict.fromkeys(numbers, "float")
    for name, declared in numbers.items():
        setattr(params, name, declared)


def switch(default: bool = True) -> Any:
    """Declare the switch that turns a mechanism off."""
    return param(default, "switch", "assumed: every mechanism can be turned off")


@dataclass(frozen=True)
class ParamInfo:
    """What is known of one parameter: its dotted name, default, unit, source, plausible range and meaning."""

    name: str
    default: Any
    unit: str
    source: str
    plausible: tuple[float, float] | None
    meaning: str

    @property
    def assumed(self) -> bool:
        """Whether the number rests on judgement rather than on a published figure."""
        return self.source.startswith("assumed: ")


def describe(params: type[BaseModel], prefix: str = "") -> Iterator[ParamInfo]:
    """Every declared parameter below a model class, depth first, in order of declaration."""
    for name, field in params.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from describe(inner, f"{prefix}{name}.")
        elif isinstance(field.json_schema_extra, dict) and "unit" in field.json_schema_extra:
            yield _info(prefix + name, field)


def _info(name: str, field: FieldInfo) -> ParamInfo:
    extra: dict[str, Any] = dict(field.json_schema_extra)  # type: ignore[arg-type]
    plausible = extra["plausible"]
    return ParamInfo(
        name=name,
        default=field.default,
        unit=extra["unit"],
        source=extra["source"],
        plausible=(plausible[0], plausible[1]) if plausible else None,
        meaning=(field.description or "").strip(),
    )
