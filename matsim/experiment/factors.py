"""Uncertainties and levers, checked against the scenario: what they name, and the values they may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matsim.core.errors import InputError
from matsim.core.toml import quote
from matsim.experiment.parameters import Parameter, added, dated, parameter, setting
from matsim.experiment.schema import Experiment, Factor
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
        done = _ranged(factor, known, place, given, wrong) if known else factor
        factors.append(done)
        if known and done.name not in RESERVED:
            wrong += _refused(done, base, place)
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
        value = parameter(scenario, factor.name).value
    except InputError:
        return dated(scenario, factor.name)
    return value


def _placed(given: Experiment) -> Iterator[tuple[str, Factor]]:
    for kind, factors in (("uncertainties", given.uncertainties), ("levers", given.levers)):
        for i, factor in enumerate(factors):
            yield f"{kind}[{i}]", factor


def _known(factor: Factor, base: Scenario, place: str, wrong: list[str]) -> Parameter | None:
    if factor.name in RESERVED:
        problem = f"belongs to the experiment; say it at the top with {RESERVED[factor.name]}"
        wrong.append(f"{place}.name = {quote(factor.name)}: {problem}")
    try:
        return added(base, factor.name, factor.added_to) if factor.added_to else parameter(base, factor.name)
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
    """Ends of a range and listed values that the scenario does not take. Its limits are never two-sided gaps."""
    whole = isinstance(_value_of(base, factor), int)
    ends = [(word, getattr(factor, word)) for word in ("low", "high") if getattr(factor, word) is not None]
    tried = [(word, int(end) if whole and end.is_integer() else end) for word, end in ends if not factor.values]
    tried += [(f"values[{i}]", value) for i, value in enumerate(factor.values)]
    for word, value in tried:
        try:
            override(base, {factor.name: setting(base, factor.name, value, factor.added_to)}, place)
        except InputError as error:
            yield from (f"{place}.{word}: {problem}" for problem in error.problems)
