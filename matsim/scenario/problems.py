"""Mistakes in a scenario, in words: name, value, what it should be with its unit, the nearest right name.

pydantic finds the mistakes; nothing of its vocabulary reaches the user. `Spot` reads what the root model
declares at each place, so that a sentence can say what belongs there.
"""

from __future__ import annotations

import datetime
import enum
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from matsim.core.errors import nearest
from matsim.core.reading import shortened
from matsim.evidence.parameters import UNIT_LIMITS, describe
from matsim.scenario.show import Place, dotted, quote

_SIMPLE: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    datetime.date: "a date such as 2015-09-01",
    type(None): "left out",
}
_LIMITS = {"greater_than_equal", "less_than_equal", "greater_than", "less_than"}


@dataclass(frozen=True)
class Problem:
    """One mistake: the place, as keys and list positions, and the sentence that names it."""

    path: Place
    text: str


@dataclass(frozen=True)
class Spot:
    """What a root model declares at one place: a type, the field it belongs to, and the limits set there."""

    annotation: Any
    field: FieldInfo | None = None
    metadata: tuple[Any, ...] = ()

    def members(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The types that may stand here (several for a union) and the metadata that goes with them."""
        annotation, metadata = self.annotation, list(self.metadata)
        while True:
            if isinstance(annotation, TypeAliasType):
                annotation = annotation.__value__
            elif get_origin(annotation) is Annotated:
                annotation, *more = get_args(annotation)
                metadata += more
            elif get_origin(annotation) in (Union, types.UnionType):
                kept = [a for a in get_args(annotation) if a is not type(None)]
                if len(kept) > 1:
                    return tuple(kept), tuple(metadata)
                annotation = kept[0]
            else:
                return (annotation,), tuple(metadata)

    @property
    def tag(self) -> str | None:
        """The name of the field that tells the members of a tagged union apart; None for anything else."""
        members, metadata = self.members()
        holders = [self.field, *metadata] if self.field and self.annotation is self.field.annotation else metadata
        found = [getattr(h, "discriminator", None) for h in holders]
        names = [name for name in found if isinstance(name, str)]
        return names[0] if names and len(members) > 1 else None

    @property
    def kinds(self) -> dict[str, Spot]:
        """The members of a tagged union by kind; empty for anything else."""
        tag = self.tag
        if tag is None:
            return {}
        members = [Spot(m, self.field) for m in self.members()[0]]
        return {str(k): m for m in members for k in get_args(m.fields[tag].annotation)}

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The fields of the model that stands here; empty where no model does."""
        (only, *others), _ = self.members()
        return only.model_fields if not others and _is_model(only) else {}

    def chosen(self, value: Any) -> Spot:
        """The member of a tagged union that a table picks by its kind; otherwise the spot itself."""
        tag = self.tag
        kind = value.get(tag) if tag and isinstance(value, Mapping) else None
        return self.kinds.get(str(kind), self)

    def enter(self, part: str | int) -> tuple[Spot, bool]:
        """Follow one part of a place; says whether the part is a name rather than a mere label of a type."""
        if part in self.kinds:
            return self.kinds[str(part)], False
        members, _ = self.members()
        if len(members) > 1:
            named = [m for m in members if _is_model(m) and m.__name__ == part]
            return Spot(named[0] if named else self.annotation, self.field), False
        only, inner = members[0], get_args(members[0])
        if _is_model(only):
            field = only.model_fields.get(str(part))
            return (Spot(field.annotation, field, tuple(field.metadata)) if field else Spot(None)), True
        if get_origin(only) is dict:
            return (self, False) if part == "[key]" else (Spot(inner[1], self.field), True)
        if isinstance(part, int) and inner:
            each = inner[0] if Ellipsis in inner or len(inner) == 1 else inner[min(part, len(inner) - 1)]
            return Spot(each, self.field), True
        return self, False

    @property
    def unit(self) -> str:
        """The unit of the parameter here; empty where none is declared or where it would not help."""
        extra = self.field.json_schema_extra if self.field else None
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        return "" if unit in ("switch", "choice") else unit

    def wanted(self) -> str:
        """What should stand here, in words, without its unit."""
        if self.tag:
            return f"a table whose {self.tag} is {_either(self.kinds)}"
        return " or ".join(dict.fromkeys(_in_words(m) for m in self.members()[0]))


def problems(errors: Sequence[ErrorDetails], root: type[BaseModel], tables: Mapping[str, Any]) -> list[Problem]:
    """One problem per place, in order: what pydantic found, then dated values outside their unit's limits."""
    found: dict[Place, Problem] = {}
    for error in errors:
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue  # long enough as written: pydantic did not count the entries it refused
        problem = _explain(error, root)
        found.setdefault(problem.path, problem)
    for problem in _outside(Spot(root), tables, ()):
        found.setdefault(problem.path, problem)
    return list(found.values())


def _explain(error: ErrorDetails, root: type[BaseModel]) -> Problem:
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
        return f": missing; should be {_either(spot.kinds)}"
    kind = value[spot.tag]
    near = nearest(str(kind), spot.kinds) or f"; should be {_either(spot.kinds)}"
    return f" = {quote(kind)}: unknown {spot.tag}{near}"


def _fitting(kind: str, spot: Spot, context: Mapping[str, Any], value: Any) -> str:
    """What a value of the wrong type or size should be."""
    if kind in _LIMITS:
        own = {k: getattr(m, k) for m in spot.members()[1] for k in ("ge", "gt", "le", "lt") if hasattr(m, k)}
        return _range(own or context)
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
    choices = [str(c) for m in spot.members()[0] for c in _choices(m)]
    return spot.wanted() + (nearest(value, choices) if isinstance(value, str) else "")


def _pattern(pattern: str, value: str) -> str:
    """`'one' or 'two'` for a pattern that only lists words; other patterns as they are."""
    listed = re.fullmatch(r"\^\(([\w |-]*)\)\$", pattern)
    words = listed[1].split("|") if listed else []
    return _either(words) + nearest(value, words) if words else f"text of the form {pattern}"


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
    spot = spot.chosen(value)
    only, inner = spot.members()[0][0], get_args(spot.members()[0][0])
    if isinstance(value, list):
        for i, entry in enumerate(value):
            yield from _outside(spot.enter(i)[0], entry, (*path, i))
    elif isinstance(value, Mapping) and _is_model(only):
        for name in [k for k in value if k in spot.fields]:
            yield from _outside(spot.enter(name)[0], value[name], (*path, name))
    elif isinstance(value, Mapping) and get_origin(only) is dict and inner == (int, float) and spot.unit:
        if not value:
            yield Problem(path, f"{dotted(path)}: should hold at least one year, such as {{ 2015 = 0.5 }}")
        low, high = _dated_limits(spot)
        for year, amount in value.items():
            number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
            if number and not ((low is None or amount >= low) and (high is None or amount <= high)):
                there = (*path, str(year))
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


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(member.value for member in annotation)
    return ()


def _in_words(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if choices := _choices(annotation):
        return _either(choices)
    if origin is dict and inner[0] is int:
        return "a table of years, such as { 2015 = 0.5 }"
    if origin is dict or _is_model(annotation):
        return "a table"
    if origin is tuple and Ellipsis not in inner:
        return f"a list of {len(inner)} entries"
    if origin in (tuple, list, frozenset, set):
        return f"a list in which each entry is {Spot(inner[0]).wanted()}"
    return _SIMPLE.get(annotation, "another kind of value")


def _either(choices: Any) -> str:
    *most, last = [quote(c) for c in choices]
    return f"{', '.join(most)} or {last}" if most else last
