"""TOML: read with sentences about what is wrong, written by hand, and the places and values in it as people type them.

The writing is ours because no library does both of what is asked (`docs/decisions`): every value on one line under a
comment with its unit and source, and thousands of them in milliseconds.
"""

from __future__ import annotations

import datetime
import enum
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from matsim.core.errors import InputError
from matsim.core.reading import printable, read_text, shortened

type Place = tuple[str | int, ...]
"""Where a value stands: keys and positions in lists, from the top."""

DEEPEST = 60
"""How deep TOML may be nested; scenarios and experiments need five."""
_QUOTED = 60
"""Characters of a value that a sentence quotes."""
_64_BITS = 2**63
_LONG = re.compile(r"\d[\d_]{4000,}")
_DOTTED = re.compile(rf"(?<![\w-])(?:(?>[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
"""A name of so many parts that reading it, which takes the square of their number, would have no end."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises TOMLDecodeError also for what TOML allows and nothing here can hold.

    That is: numbers beyond 64 bits, and tables in tables in tables without end.
    """
    if long := _DOTTED.search(text):
        line = text.count("\n", 0, long.start()) + 1
        raise tomllib.TOMLDecodeError(f"Nested more than {DEEPEST} deep (at line {line}, column 1)")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError(f"Nested more than {DEEPEST} deep") from None
    except ValueError:  # Python does not turn more than 4,300 digits into a number
        line = next((n for n, line in enumerate(text.split("\n"), start=1) if _LONG.search(line)), 1)
        raise tomllib.TOMLDecodeError(f"A number of more than 64 bits (at line {line}, column 1)") from None
    _hold(tables)
    return tables


def _hold(tables: dict[str, Any]) -> None:
    """Raise TOMLDecodeError for values that JSON or a table of numbers could not hold."""
    pending: list[tuple[Any, str, int]] = [(tables, "", 0)]
    while pending:
        value, name, depth = pending.pop()
        if depth > DEEPEST:
            raise tomllib.TOMLDecodeError(f"Nested more than {DEEPEST} deep at {shortened(name)}")
        if isinstance(value, dict):
            pending += [(inner, f"{name}.{key}" if name else key, depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [(inner, f"{name}[{i}]", depth + 1) for i, inner in enumerate(value)]
        elif isinstance(value, int) and not -_64_BITS <= value < _64_BITS:
            raise tomllib.TOMLDecodeError(f"A number of more than 64 bits at {shortened(name)}")


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The tables of a TOML file. Raises InputError with the line where it cannot be read as one."""
    text = read_text(path)
    try:
        return parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(printable(path), syntax(str(error), text)) from None


_HINTS = {
    "Invalid value": "invalid value; text needs quotes",
    "Cannot overwrite": "a name is set twice",
    "Cannot declare": "a table is declared twice",
}
_AT = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


def syntax(message: str, text: str) -> str:
    """`line 3, column 9: is not valid TOML (invalid value): years = twenty`."""
    match = _AT.fullmatch(message)
    if match is None:
        return f"is not valid TOML: {message[:1].lower() + message[1:]}"
    lines = text.split("\n")
    hints = [hint for start, hint in _HINTS.items() if match["what"].startswith(start)]
    what = hints[0] if hints else match["what"][:1].lower() + match["what"][1:]
    if match["line"] is None:
        return f"line {len(text.splitlines() or [''])}, at the end of the file: is not valid TOML ({what})"
    line = int(match["line"])
    quoted = shortened(lines[line - 1].strip()) if line <= len(lines) else ""
    return f"line {line}, column {match['column']}: is not valid TOML ({what}): {quoted}"


@lru_cache(4096)
def place_of(name: str) -> Place | None:
    """`ceos[1].share` as ('ceos', 1, 'share'); None when it is not a dotted name."""
    try:
        here: Any = parse_toml(re.sub(r"\[([0-9]{1,9})\]", r".'[\1]'", name.strip()) + " = 0")
    except tomllib.TOMLDecodeError:
        return None
    place: list[str | int] = []
    while isinstance(here, dict):
        if len(here) != 1:
            return None
        ((key, here),) = here.items()
        position = re.fullmatch(r"\[([0-9]{1,9})\]", key)
        place.append(int(position[1]) if position else key)
    return tuple(place)


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
    fields = getattr(type(value), "model_fields", None)  # of pydantic, which takes too long to import here
    if fields is not None:
        return {name: plain(getattr(value, name)) for name in fields}
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


def toml_text(tables: Mapping[str, Any]) -> str:
    """TOML text of nested tables. What is None is left out."""
    return "\n".join(_lines(plain(tables), ())).strip() + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    values = {k: v for k, v in table.items() if v is not None}
    below = {k: v for k, v in values.items() if isinstance(v, dict) or _is_tables(v)}
    for key, value in values.items():
        if key not in below:
            yield f"{toml_key(key)} = {toml_value(value)}"
    for key, value in below.items():
        inner = (*path, key)
        header = ".".join(toml_key(part) for part in inner)
        for entry in [value] if isinstance(value, dict) else value:
            yield f"\n[{header}]" if entry is value else f"\n[[{header}]]"
            yield from _lines(entry, inner)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)
