"""A scenario shown: every value as TOML with its unit, source and meaning, and what differs between two."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from matsim.core.toml import Place, dotted, plain, toml_key, toml_value


@dataclass(frozen=True)
class Difference:
    """One value that two scenarios do not share; None on the side that has no such value."""

    name: str
    left: Any
    right: Any
    unit: str


def difference[M: BaseModel](a: M, b: M) -> list[Difference]:
    """Only what differs, under names that `override` takes; what only `b` has comes last."""
    left, right = dict(_leaves(a, (), "")), dict(_leaves(b, (), ""))
    differences = []
    for path in left | right:
        (x, unit), (y, other) = left.get(path, (None, "")), right.get(path, (None, ""))
        # an empty table or list has no values below it, and so no counterpart where the other has some
        empty = (path in left) != (path in right) and all(v in (None, (), {}) for v in (x, y))
        same = bool(x == y) or (isinstance(x, float) and isinstance(y, float) and math.isnan(x) and math.isnan(y))
        if not empty and not same:
            differences.append(Difference(dotted(path), x, y, unit or other))
    return differences


def resolved(scenario: BaseModel) -> str:
    """Full TOML text of every value, each under a comment with its meaning, unit and source.

    Loads back to an equal scenario. Raises ValueError for a value that TOML cannot hold: None where the
    default is something else.
    """
    return "\n".join(_table(scenario, ())).strip() + "\n"


def _table(model: BaseModel, path: tuple[str, ...]) -> Iterator[str]:
    """Lines of one table: its own values first, then tables below it, as TOML's order requires."""
    fields = type(model).model_fields
    values = {name: getattr(model, name) for name in fields}
    below = [name for name, value in values.items() if isinstance(value, BaseModel) or _is_tables(value)]
    for name, field in fields.items():
        if name not in below:
            yield from _comment(field)
            yield _line(name, field, values[name])
    for name in below:
        inner = (*path, name)
        header = ".".join(toml_key(part) for part in inner)
        entries = [values[name]] if isinstance(values[name], BaseModel) else values[name]
        for entry in entries:
            yield ""
            yield from _comment(fields[name])
            yield f"[{header}]" if entry is values[name] else f"[[{header}]]"
            yield from _table(entry, inner)


def _line(name: str, field: FieldInfo, value: Any) -> str:
    if value is None:
        if field.is_required() or field.get_default(call_default_factory=True, validated_data={}) is not None:
            raise ValueError(f"{name} is None, which TOML cannot say, and its default is something else")
        return f"# {toml_key(name)} is not set"
    return f"{toml_key(name)} = {toml_value(plain(value))}"


def _comment(field: FieldInfo) -> Iterator[str]:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    facts = [str(extra[key]) for key in ("unit", "source") if key in extra]
    meaning = " ".join((field.description or "").split())
    if facts or meaning:
        yield "# " + " | ".join(filter(None, [*facts, meaning]))


def _is_tables(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and bool(value) and all(isinstance(v, BaseModel) for v in value)


def _leaves(value: Any, path: Place, unit: str) -> Iterator[tuple[Place, tuple[Any, str]]]:
    """Every single value below a model: its place, the value and its unit."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            extra = field.json_schema_extra
            declared = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
            yield from _leaves(getattr(value, name), (*path, name), declared)
    elif isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*path, str(key)), unit)
    elif _is_tables(value):
        for i, entry in enumerate(value):
            yield from _leaves(entry, (*path, i), unit)
    else:
        yield path, (value, unit)
