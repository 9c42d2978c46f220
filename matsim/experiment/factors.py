"""Uncertainties and levers, checked against the scenario: what they name, and the values they may take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from matsim.core.errors import InputError
from matsim.core.reading import whole
from matsim.core.toml import Place, place_of, plain, quote
from matsim.evidence.parameters import BEGINNING, at, varies
from matsim.experiment.schema import Experiment, Factor
from matsim.scenario.declared import Spot
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario

RESERVED = {"run.seed": "seed and replicates", "run.years": "years", "run.school_year": "keep"}
"""Parameters that belong to the experiment, and what says them there."""


def filled(given: Experiment, base: Scenario) -> tuple[tuple[Factor, ...], list[str]]:
    """The factors with their ranges filled in from what is plausible, and what is wrong with them."""
    wrong: list[str] = []
    factors = []
    for place, factor in _placed(given):
        known = _known(factor, base, place, wrong)
        factors.append(_ranged(factor, known, place, given, wrong) if known else factor)
        if known and factor.name not in RESERVED:
            wrong += _refused(factors[-1], base, place)
    return tuple(factors), wrong


def check_factors(given: Experiment, factors: tuple[Factor, ...], built: Mapping[str, Scenario]) -> Iterator[str]:
    """Factors named twice, and factors that arms set too, so that one would undo the other."""
    names = [factor.name for factor in factors]
    for i, (place, factor) in enumerate(_placed(given)):
        if factor.name in names[:i]:
            yield f"{place}.name = {quote(factor.name)}: is an uncertainty or lever already"
            continue
        if part := next((name for name in names if name.startswith(f"{factor.name}.")), ""):
            yield f"{place}.name = {quote(factor.name)}: {part} is one of its years and varies too; leave one out"
        values = {arm: _value_of(scenario, factor) for arm, scenario in built.items()}
        base = values.get(given.baseline)
        for arm, value in values.items():
            if base is not None and value is None:
                yield f"{place}.name = {quote(factor.name)}: the arm {quote(arm)} has no such value"
            elif base is not None and value != base:
                clash = f"the arm {quote(arm)} sets it too ({quote(value)}, not {quote(base)})"
                yield f"{place}.name = {quote(factor.name)}: {clash}; leave it to one of the two"


def _value_of(scenario: Scenario, factor: Factor) -> Any:
    """What a scenario has under a factor's name; None where it has no such value."""
    try:
        return parameter(scenario, factor.name).value
    except InputError:
        return dated(scenario, factor.name)


def _placed(given: Experiment) -> Iterator[tuple[str, Factor]]:
    for kind, factors in (("uncertainties", given.uncertainties), ("levers", given.levers)):
        for i, factor in enumerate(factors):
            yield f"{kind}[{i}]", factor


def _known(factor: Factor, base: Scenario, place: str, wrong: list[str]) -> Parameter | None:
    if factor.name in RESERVED:
        problem = f"belongs to the experiment; say it at the top with {RESERVED[factor.name]}"
        wrong.append(f"{place}.name = {quote(factor.name)}: {problem}")
    try:
        return known_of(base, factor)
    except InputError as error:
        wrong += [f"{place}.name: {problem}" for problem in error.problems]
        return None


def _ranged(factor: Factor, known: Parameter, place: str, given: Experiment, wrong: list[str]) -> Factor:
    """The factor with a range or values; notes what is wrong with those it has."""
    which = f"{place} {quote(factor.name)}: "
    ranged = factor.low is not None or factor.high is not None
    if factor.values:
        if ranged or factor.scale == "log":
            wrong.append(which + "has values, and low, high or scale besides; say one or the other")
        if len({(type(v), v) for v in factor.values}) < max(len(factor.values), 2):
            wrong.append(which + f"values = {quote(list(factor.values))}: should be two or more, all different")
        return factor
    if known.kind == "choice" and given.design.kind != "csv":
        wrong.append(which + f"is text ({quote(known.value)} in the scenario): list the values it may take in values")
        return factor
    if known.kind in ("switch", "choice"):
        if ranged or factor.scale == "log":
            wrong.append(which + f"is {quote(known.value)} in the scenario: it has values, not low, high and scale")
        return factor.model_copy(update={"values": (False, True)}) if known.kind == "switch" else factor
    if given.design.kind == "csv" and not ranged:
        return factor
    if place.startswith("levers") and (factor.low is None or factor.high is None):
        wrong.append(which + "a lever needs values, or low and high")
        return factor
    return _between(factor, known, which, wrong)


def _between(factor: Factor, known: Parameter, which: str, wrong: list[str]) -> Factor:
    low, high = factor.low, factor.high
    if known.plausible:
        low, high = known.plausible[0] if low is None else low, known.plausible[1] if high is None else high
    if low is None or high is None:
        wrong.append(which + "has no plausible range to fall back on; say low and high")
        return factor
    if low > high:
        wrong.append(which + f"low = {low:g} is above high = {high:g}; turn them round")
    if low == high:
        wrong.append(which + f"low and high are both {low:g}, so that nothing varies")
    if factor.scale == "log" and low <= 0:
        wrong.append(which + f"low = {low:g}: should be more than 0 on a log scale")
    if known.kind == "whole" and not (low.is_integer() and high.is_integer()):
        wrong.append(which + f"low = {low:g} and high = {high:g}: should be whole numbers")
    return factor.model_copy(update={"low": low, "high": high})


def _refused(factor: Factor, base: Scenario, place: str) -> Iterator[str]:
    """Ends of a range and listed values that the scenario does not take: limits have no gaps, so ends speak for all."""
    whole = isinstance(_value_of(base, factor), int)
    ends = [(word, getattr(factor, word)) for word in ("low", "high") if getattr(factor, word) is not None]
    tried = [(word, int(end) if whole and end.is_integer() else end) for word, end in ends if not factor.values]
    tried += [(f"values[{i}]", value) for i, value in enumerate(factor.values)]
    for word, value in tried:
        try:
            override(base, {factor.name: setting(base, factor.name, value, factor.added_to)}, place)
        except InputError as error:
            yield from (f"{place}.{word}: {problem}" for problem in error.problems)


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
        dated = _may_be_dated(spot)
        spot = spot.chosen(here).enter(part)[0]
        year = whole(part) if dated and isinstance(part, str) else None
        if year is not None and isinstance(here, Mapping):
            here = at({int(known): amount for known, amount in here.items()}, year)
        elif year is not None and isinstance(here, (int, float)):
            continue  # one number for always is that of any year
        else:
            here = _inside(here, part)
    if here is None:
        override(scenario, {name: 0}, name)  # says what is wrong with the name
        raise InputError(name, f"{name}: is not set in the scenario, so there is nothing to vary")
    if _dated(spot, here):
        problem = f"{name}: changes on dates; name one of its years, such as {name}.{min(here)}"
        every = ", ".join(map(str, here))
        raise InputError(
            name, f"{problem}, or say added_to = [{every}] for a number added to the values of these years"
        )
    only = spot.members()[0][0]
    kind: Kind | None = "choice" if get_origin(only) is Literal else KINDS.get(only)
    if kind is None:
        raise InputError(name, f"{name}: is a {'list' if isinstance(here, list) else 'table'}; name one value in it")
    extra = spot.field.json_schema_extra if spot.field else None
    plausible: Any = extra.get("plausible") if isinstance(extra, dict) else None
    return Parameter(kind, here, (float(plausible[0]), float(plausible[1])) if plausible else None, dated)


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
        if _dated(spot, here):
            return None
        spot, here = spot.chosen(here).enter(part)[0], _inside(here, part)
    return {int(year): float(value) for year, value in here.items()} if _dated(spot, here) else None


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


def _dated(spot: Spot, here: Any) -> bool:
    """Whether what stands at a place is a table of years."""
    return _may_be_dated(spot) and isinstance(here, Mapping) and bool(here)


def _may_be_dated(spot: Spot) -> bool:
    only = spot.members()[0][0]
    return varies(spot.annotation) or (get_origin(only) is dict and get_args(only)[0] is int)


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
    # JSON, as for a file: strict about types, yet a list becomes a tuple
    if rest and isinstance(inner, float):
        inner = {BEGINNING: inner}
    new = {**inner, int(rest[0]): value} if rest and isinstance(inner, dict) else value
    return type(here).model_validate_json(json.dumps(plain(here) | {str(part): plain(new)}))
