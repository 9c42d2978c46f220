"""What a dotted name means in a scenario: whether it can be varied, how, and between which values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from matsim.core.errors import InputError
from matsim.core.reading import whole
from matsim.core.toml import Place, place_of, plain
from matsim.evidence.parameters import at
from matsim.experiment.schema import Factor
from matsim.scenario.declared import Spot
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario

Kind = Literal["number", "whole", "switch", "choice"]

KINDS: dict[Any, Kind] = {bool: "switch", int: "whole", float: "number", str: "choice"}


@dataclass(frozen=True)
class Parameter:
    """One value of a scenario that can be varied."""

    kind: Kind
    value: Any
    """What it is in the scenario asked."""
    plausible: tuple[float, float] | None
    dated: bool
    """Whether it is the value of one year of several."""


def parameter(scenario: Scenario, name: str) -> Parameter:
    """What a dotted name stands for. Raises InputError when it is unknown or no single value."""
    place = place_of(name)
    if place is None:
        raise InputError(name, f"{name!r}: should be a dotted name, such as joining.pull")
    spot, here, dated = Spot(type(scenario)), plain(scenario), False
    for part in place:
        dated = _dated(spot)
        spot = spot.chosen(here).enter(part)[0]
        year = whole(part) if dated and isinstance(part, str) else None
        if year is not None and isinstance(here, Mapping):
            here = at({int(known): amount for known, amount in here.items()}, year)
        else:
            here = _inside(here, part)
    if here is None:
        override(scenario, {name: 0}, name)  # says what is wrong with the name
        raise InputError(name, f"{name}: is not set in the scenario, so there is nothing to vary")
    if _dated(spot):
        problem = f"{name}: changes on dates; name one of its years, such as {name}.{min(here)}"
        every = ", ".join(map(str, here))
        raise InputError(
            name, f"{problem}, or say added_to = [{every}] for a number added to the values of these years"
        )
    only = spot.members()[0][0]
    kind: Kind | None = "choice" if get_origin(only) is Literal else KINDS.get(only)
    if kind is None:
        raise InputError(name, f"{name}: is a {'list' if isinstance(here, list) else 'table'}; name one value in it")
    return Parameter(kind, here, _plausible(spot), dated)


def added(scenario: Scenario, name: str, years: Sequence[int]) -> Parameter:
    """What stands for a number added to the values that a dated parameter has in some years: nothing, at first.

    Raises InputError when the name is no dated parameter's, or has no value of such a year.
    """
    dates = dated(scenario, name)
    if dates is None:
        raise InputError(name, f"{name}: does not change on dates, so added_to has no meaning; leave it out")
    if wrong := [year for year in years if year not in dates]:
        has = ", ".join(map(str, dates))
        raise InputError(name, f"added_to: {name} has no value of {', '.join(map(str, wrong))}; its years are {has}")
    return Parameter("number", 0.0, None, False)


def known_of(base: Scenario, factor: Factor) -> Parameter:
    """What a factor stands for. Raises InputError when its name is unknown or no single value."""
    return added(base, factor.name, factor.added_to) if factor.added_to else parameter(base, factor.name)


def dated(scenario: Scenario, name: str) -> dict[int, float] | None:
    """The values by year of a parameter that changes on dates; None for any other name."""
    spot, here = Spot(type(scenario)), plain(scenario)
    for part in place_of(name) or ("",):
        if _dated(spot):
            return None
        spot, here = spot.chosen(here).enter(part)[0], _inside(here, part)
    return {int(year): float(value) for year, value in here.items()} if _dated(spot) and here else None


def setting(scenario: Scenario, name: str, value: Any, added_to: Sequence[int]) -> Any:
    """What an uncertainty or lever at a value puts into a scenario under its name."""
    dates = dated(scenario, name) if added_to else None
    if dates is None or isinstance(value, (bool, str)):  # what is no number is refused where it is put in
        return value
    return {year: number + value if year in added_to else number for year, number in dates.items()}


def _inside(here: Any, part: str | int) -> Any:
    if isinstance(here, list):
        return here[part] if isinstance(part, int) and part < len(here) else None
    return here.get(str(part)) if isinstance(here, Mapping) else None


def _dated(spot: Spot) -> bool:
    only = spot.members()[0][0]
    return get_origin(only) is dict and get_args(only)[0] is int


def _plausible(spot: Spot) -> tuple[float, float] | None:
    extra = spot.field.json_schema_extra if spot.field else None
    plausible: Any = extra.get("plausible") if isinstance(extra, dict) else None
    return (float(plausible[0]), float(plausible[1])) if plausible else None


def assign(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with some values changed: what `override` gives, without looking at what stays as it is.

    The types and limits of the tables that hold the values are checked, but not the limits of dated values.
    """
    for name, value in values.items():
        try:
            scenario = _changed(scenario, place_of(name) or (), value)
        except (ValueError, LookupError, TypeError):
            scenario = override(scenario, {name: value}, name)  # another kind, or a mistake: it says which
    return scenario


def _changed(here: Any, place: Place, value: Any) -> Any:
    part, rest = place[0], place[1:]
    if isinstance(here, tuple) and isinstance(part, int):
        return (*here[:part], _changed(here[part], rest, value), *here[part + 1 :])
    if not isinstance(here, BaseModel) or part not in type(here).model_fields:
        raise LookupError(part)
    inner = getattr(here, str(part))
    if isinstance(inner, (BaseModel, tuple)) and rest:
        return here.model_copy(update={str(part): _changed(inner, rest, value)})
    new = {**inner, int(rest[0]): value} if rest and isinstance(inner, dict) else value
    return type(here).model_validate_json(json.dumps(plain(here) | {str(part): plain(new)}))
