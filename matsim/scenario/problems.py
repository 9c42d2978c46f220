"""Mistakes in a scenario, in words: name, value, what it should be with its unit, the nearest right name.

pydantic finds the mistakes; nothing of its vocabulary reaches the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from matsim.core.errors import nearest
from matsim.core.reading import shortened
from matsim.core.toml import Place, dotted, quote
from matsim.evidence.parameters import UNIT_LIMITS, describe, varies
from matsim.scenario.declared import Spot, choices_of, either, is_model

_LIMITS = {"greater_than_equal", "less_than_equal", "greater_than", "less_than"}


@dataclass(frozen=True)
class Problem:
    """One mistake: the place, as keys and list positions, and the sentence that names it."""

    path: Place
    text: str


def explain(errors: Sequence[ErrorDetails], root: type[BaseModel], tables: Mapping[str, Any]) -> list[Problem]:
    """One problem per place, in order: what pydantic found, then dated values outside their unit's limits."""
    problems: dict[Place, Problem] = {}
    for error in errors:
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue  # long enough as written: pydantic did not count the entries it refused
        problem = _sentence(error, root)
        problems.setdefault(problem.path, problem)
    # limits of a unit are not pydantic's where values are dated: it knows no limit for the values of a table
    for problem in _outside(Spot(root), tables, ()):
        problems.setdefault(problem.path, problem)
    return list(problems.values())


def _sentence(error: ErrorDetails, root: type[BaseModel]) -> Problem:
    spot, owner, path = Spot(root), Spot(root), []
    for part in error["loc"]:
        inner, named = spot.enter(part)
        if named:
            owner = spot
            # The years of a dated value have become numbers by now; in the file they are keys.
            path.append(part if isinstance(part, int) and get_origin(spot.members()[0][0]) is not dict else str(part))
        spot = inner
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    unit = f" (unit: {spot.unit})" if spot.unit else ""
    match kind:
        case "extra_forbidden":
            text = f": unknown name{_suggest(str(path[-1]), owner, root)}"
        case "missing":
            text = f": missing; should be {spot.wanted()}{unit}"
        case "union_tag_invalid" | "union_tag_not_found":
            path.append(str(spot.tag))
            text = _unknown_kind(spot, value)
        case "value_error" | "assertion_error":
            text = f": {context.get('error', 'is not allowed')}"
        case _ if error["loc"][-1:] == ("[key]",):
            text = ": should be a year, a whole number such as 2015"
        case _:
            text = f" = {quote(value)}: should be {_fitting(kind, spot, context, value)}{unit}"
    name = shortened(dotted(tuple(path)))
    return Problem(tuple(path), (name + text) if name else text.removeprefix(": "))


def _suggest(name: str, owner: Spot, root: type[BaseModel]) -> str:
    """The nearest name in the same table; else the same name elsewhere, else all there are."""
    here = list(owner.fields)
    elsewhere = [p.name for p in describe(root) if p.name.rpartition(".")[2] == name]
    if near := nearest(name, here):
        return near
    if elsewhere:
        return f"; did you mean '{elsewhere[0]}'?"
    return f"; the names here are {', '.join(here)}" if here else "; this table takes no names"


def _unknown_kind(spot: Spot, value: Any) -> str:
    if not isinstance(value, Mapping) or spot.tag not in value:
        return f": missing; should be {either(spot.kinds)}"
    kind = value[spot.tag]
    near = nearest(str(kind), spot.kinds) or f"; should be {either(spot.kinds)}"
    return f" = {quote(kind)}: unknown {spot.tag}{near}"


def _fitting(kind: str, spot: Spot, context: Mapping[str, Any], value: Any) -> str:
    """What a value of the wrong type or size should be."""
    if kind in _LIMITS:
        limits = {k: getattr(m, k) for m in spot.members()[1] for k in ("ge", "gt", "le", "lt") if hasattr(m, k)}
        return _range(limits or context)
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        size = f"at least {least}" if least is not None else f"at most {most}"
        one = "entry" if size.endswith(" 1") else "entries"
        text = "text, and not empty" if least == 1 else f"text of {size} characters"
        return text if kind.startswith("string") else f"a list of {size} {one}"
    if kind == "string_pattern_mismatch":
        return _pattern(str(context.get("pattern")), str(value))
    if kind == "finite_number":
        return "a finite number"
    if kind == "multiple_of":
        return f"a multiple of {context.get('multiple_of')}"
    choices = [str(c) for m in spot.members()[0] for c in choices_of(m)]
    return spot.wanted() + (nearest(value, choices) if isinstance(value, str) else "")


def _pattern(pattern: str, value: str) -> str:
    """`'one' or 'two'` for a pattern that only lists words; other patterns as they are."""
    listed = re.fullmatch(r"\^\(([\w |-]*)\)\$", pattern)
    words = listed[1].split("|") if listed else []
    return either(words) + nearest(value, words) if words else f"text of the form {pattern}"


def _range(limits: Mapping[str, Any]) -> str:
    """`between 0 and 1`, `0 or more`, `more than 0`, `at most 10`."""
    low, above, high, below = (limits.get(k) for k in ("ge", "gt", "le", "lt"))
    if low is not None and high is not None:
        return f"between {low:g} and {high:g}"
    lower = f"{low:g} or more" if low is not None else f"more than {above:g}" if above is not None else ""
    upper = f"at most {high:g}" if high is not None else f"less than {below:g}" if below is not None else ""
    return " and ".join(words for words in (lower, upper) if words)


def _outside(spot: Spot, value: Any, path: Place) -> Iterator[Problem]:
    """Dated values outside the hard limits of their unit, and dated values without a date."""
    if not isinstance(value, (list, Mapping)):
        return  # no dates are below a single value: most of a scenario need not be looked up
    spot = spot.chosen(value)
    only, inner = spot.members()[0][0], get_args(spot.members()[0][0])
    if isinstance(value, list):
        for i, entry in enumerate(value):
            yield from _outside(spot.enter(i)[0], entry, (*path, i))
    elif isinstance(value, Mapping) and is_model(only):
        fields = spot.fields
        for name in [k for k, v in value.items() if k in fields and isinstance(v, (list, Mapping))]:
            yield from _outside(spot.enter(name)[0], value[name], (*path, name))
        for name in [k for k, v in value.items() if k in fields and varies(fields[k].annotation)]:
            if not isinstance(value[name], Mapping):
                yield from _beyond(spot.enter(name)[0], value[name], (*path, name))
    elif isinstance(value, Mapping) and spot.unit and (varies(spot.annotation) or inner == (int, float)):
        if not value:
            yield Problem(path, f"{dotted(path)}: should hold at least one year, such as {{ 2015 = 0.5 }}")
        for year, amount in value.items():
            yield from _beyond(spot, amount, (*path, str(year)))


def _beyond(spot: Spot, amount: Any, there: Place) -> Iterator[Problem]:
    """A number outside the hard limits of its parameter's unit, which may be dated."""
    low, high = _dated_limits(spot)
    number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
    if number and not ((low is None or amount >= low) and (high is None or amount <= high)):
        text = f"{dotted(there)} = {quote(amount)}: should be {_range({'ge': low, 'le': high})}"
        yield Problem(there, f"{text} (unit: {spot.unit})")


def _dated_limits(spot: Spot) -> tuple[float | None, float | None]:
    """The unit's hard limits, but none on a side where the declared plausible range itself goes beyond."""
    low, high = UNIT_LIMITS[spot.unit]
    extra = spot.field.json_schema_extra if spot.field else None
    plausible: Any = extra.get("plausible") if isinstance(extra, dict) else None
    if plausible:
        low = None if low is not None and plausible[0] < low else low
        high = None if high is not None and plausible[1] > high else high
    return low, high
