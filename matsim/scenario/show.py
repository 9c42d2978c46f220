"""A scenario shown: every value as TOML with its unit, source and meaning, and what differs between two."""

from __future__ import annotations

import datetime
import enum
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

type Place = tuple[str | int, ...]
"""Where a value stands: keys and positions in lists, from the top."""

_QUOTED = 60
"""Characters of a value that a sentence quotes."""


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
    found = []
    for path in left | right:
        (x, unit), (y, other) = left.get(path, (None, "")), right.get(path, (None, ""))
        only_empty = (path in left) != (path in right) and (x, y) in (
            ((), None),
            (None, ()),
            ({}, None),
            (None, {}),
        )
        if not only_empty and not _same(x, y):
            found.append(Difference(dotted(path), x, y, unit or other))
    return found


def resolved(scenario: BaseModel) -> str:
    """Full TOML text of every value, each under a comment with its meaning, unit and source.

    Loads back to an equal scenario. Raises ValueError for a value that TOML cannot hold: None where the
    default is something else.
    """
    return "\n".join(_table(scenario, ())).strip() + "\n"


def dotted(path: Place) -> str:
    """`ceos[1].strategy.kind`; keys that TOML would quote are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if re.fullmatch(r"[\w-]+", part, re.ASCII) else f'"{part}"')
    return text


def quote(value: Any) -> str:
    """A value as the file writes it, cut short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        text = "{ " + ", ".join(f"{k} = {quote(v)}" for k, v in value.items()) + " }" if value else "{}"
    elif isinstance(value, list):
        text = "[" + ", ".join(quote(v) for v in value) + "]"
    else:
        text = repr(value)
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"


def plain(value: Any) -> Any:
    """The value in the types that TOML has (text keys, lists, numbers, text, true and false), and None.

    Raises TypeError for anything else.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return _plain_other(value)


def _plain_other(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if hasattr(value, "item"):  # a numpy scalar, as designs of experiments produce them
        return plain(value.item())
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(plain(v) for v in value)
    if isinstance(value, (datetime.date, datetime.time, PurePath)):
        return str(value)
    raise TypeError(f"a scenario cannot hold a {type(value).__name__}")


def toml_value(value: Any) -> str:
    """One plain value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        # JSON escapes as TOML does, but for DEL, which TOML wants escaped and JSON leaves alone.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items() if v is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(toml_value(v) for v in value)}]"
    raise TypeError(f"TOML cannot hold {value!r}")


def toml_key(key: str) -> str:
    """A key, quoted where it has to be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)


def _table(model: BaseModel, path: tuple[str, ...]) -> Iterator[str]:
    """Lines of one table: its own values first, then tables below it, as TOML's order requires."""
    fields = type(model).model_fields
    values = {name: getattr(model, name) for name in fields}
    below = [name for name, value in values.items() if _is_table(value) or _is_tables(value)]
    for name, field in fields.items():
        if name not in below:
            yield from _comment(field)
            yield _line(name, field, values[name])
    for name in below:
        inner = (*path, name)
        header = ".".join(toml_key(part) for part in inner)
        entries = [values[name]] if _is_table(values[name]) else values[name]
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


def _is_table(value: Any) -> bool:
    return isinstance(value, BaseModel)


def _is_tables(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and bool(value) and all(_is_table(v) for v in value)


def _leaves(value: Any, path: Place, unit: str) -> Iterator[tuple[Place, tuple[Any, str]]]:
    """Every single value below a model: its place, the value and its unit."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            extra = field.json_schema_extra
            own = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
            yield from _leaves(getattr(value, name), (*path, name), own)
    elif isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*path, str(key)), unit)
    elif _is_tables(value):
        for i, entry in enumerate(value):
            yield from _leaves(entry, (*path, i), unit)
    else:
        yield path, (value, unit)


def _same(x: Any, y: Any) -> bool:
    """Equal, counting nan as equal to itself."""
    return bool(x == y) or (isinstance(x, float) and isinstance(y, float) and math.isnan(x) and math.isnan(y))
