"""What a root model declares at each place of a scenario: type, unit and limits, and what should stand there in words.

Merging asks it which kind of table lies where; explaining mistakes asks it what would have been right.
"""

from __future__ import annotations

import datetime
import enum
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from matsim.core.toml import plain, quote

_SIMPLE: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    datetime.date: "a date such as 2015-09-01",
    type(None): "left out",
}


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
                members = [a for a in get_args(annotation) if a is not type(None)]
                if len(members) > 1:
                    return tuple(members), tuple(metadata)
                annotation = members[0]
            else:
                return (annotation,), tuple(metadata)

    @property
    def tag(self) -> str | None:
        """The name of the field that tells the members of a tagged union apart; None for anything else."""
        members, metadata = self.members()
        # a union inside a tuple has its discriminator in its own metadata, one that is the whole field in the field
        holders = [self.field, *metadata] if self.field and self.annotation is self.field.annotation else metadata
        tags = [tag for h in holders if isinstance(tag := getattr(h, "discriminator", None), str)]
        return tags[0] if tags and len(members) > 1 else None

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
        return only.model_fields if not others and is_model(only) else {}

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
            named = [m for m in members if is_model(m) and m.__name__ == part]
            return Spot(named[0] if named else self.annotation, self.field), False
        only, inner = members[0], get_args(members[0])
        if is_model(only):
            field = only.model_fields.get(str(part))
            return (Spot(field.annotation, field, tuple(field.metadata)) if field else Spot(None)), True
        if get_origin(only) is dict:
            return (self, False) if part == "[key]" else (Spot(inner[1], self.field), True)
        if isinstance(part, int) and inner:
            each = inner[0] if Ellipsis in inner or len(inner) == 1 else inner[min(part, len(inner) - 1)]
            return Spot(each, self.field), True
        return self, False

    def default(self, name: str) -> Any:
        """What a field of the model here holds when nothing is said of it, as plain data; None where it has to be."""
        field = self.fields.get(name)
        if field is None or field.is_required():
            return None
        return plain(field.get_default(call_default_factory=True, validated_data={}))

    @property
    def unit(self) -> str:
        """The unit of the parameter here; empty where none is declared or where it would not help."""
        extra = self.field.json_schema_extra if self.field else None
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        return "" if unit in ("switch", "choice") else unit

    def wanted(self) -> str:
        """What should stand here, in words, without its unit."""
        if self.tag:
            return f"a table whose {self.tag} is {either(self.kinds)}"
        return " or ".join(dict.fromkeys(_in_words(m) for m in self.members()[0]))


def is_model(annotation: Any) -> bool:
    """Whether a type is that of a table with declared fields."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def choices_of(annotation: Any) -> tuple[Any, ...]:
    """The values that a type lists; none for a type of anything else."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(member.value for member in annotation)
    return ()


def _in_words(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if choices := choices_of(annotation):
        return either(choices)
    if origin is dict and inner[0] is int:
        return "a table of years, such as { 2015 = 0.5 }"
    if origin is dict or is_model(annotation):
        return "a table"
    if origin is tuple and Ellipsis not in inner:
        return f"a list of {len(inner)} entries"
    if origin in (tuple, list, frozenset, set):
        return f"a list in which each entry is {Spot(inner[0]).wanted()}"
    return _SIMPLE.get(annotation, "another kind of value")


def either(choices: Iterable[Any]) -> str:
    """`'one', 'two' or 'three'`."""
    *most, last = [quote(c) for c in choices]
    return f"{', '.join(most)} or {last}" if most else last
