"""An experiment as TOML text: a table a header, lists of tables in order, everything else on one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matsim.scenario.show import plain, toml_key, toml_value


def toml_text(tables: Mapping[str, Any]) -> str:
    """TOML text of nested tables. What is None is left out."""
    return "\n".join(_lines(plain(tables), ())).strip() + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    held = {k: v for k, v in table.items() if v is not None}
    below = {k: v for k, v in held.items() if isinstance(v, dict) or _is_tables(v)}
    for key, value in held.items():
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
