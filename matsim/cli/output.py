"""How results are printed: plain text without colour or control codes, or JSON with a schema version."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from matsim.disk import write_files, writing
from matsim.errors import InputError
from matsim.safetext import visible

SCHEMA_VERSION = 1
"""Layout of what `--json` prints; raised when a reader of the older one could be misled."""

MINUS = "−"

NONE = "–"
"""How a number that does not exist is printed."""


def show(text: str = "") -> None:
    """A line, or several, on standard output; with a hyphen for a minus sign where its encoding has none."""
    try:
        MINUS.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.replace(MINUS, "-")
    typer.echo(visible(text))


def show_json(command: str, content: Mapping[str, Any]) -> None:
    """One JSON object on standard output: the version of its layout, the command, then `content`."""
    full = {"schema_version": SCHEMA_VERSION, "command": command, **plain(content)}
    typer.echo(json.dumps(full | {"schema_version": SCHEMA_VERSION}, indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    """The value in the types that JSON has: nan and infinity become None, paths and other things text."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Rows under a header in aligned columns; those whose positions are in `right` are set to the right."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    to_right = set(right)

    def line(row: Sequence[str]) -> str:
        pairs = enumerate(zip(row, widths, strict=True))
        return "  ".join(c.rjust(w) if i in to_right else c.ljust(w) for i, (c, w) in pairs).rstrip()

    return "\n".join([line(cells[0]), line(["-" * w for w in widths]), *map(line, cells[1:])])


def indented(text: str, by: str = "  ") -> str:
    """Every line moved in."""
    return "\n".join(by + line for line in text.splitlines())


def count(value: float) -> str:
    """`1,234`."""
    return NONE if not math.isfinite(value) else f"{value:,.0f}"


def percent(value: float) -> str:
    """A share as `85.9%`."""
    return NONE if not math.isfinite(value) else f"{value:.1%}"


def pounds(value: float) -> str:
    """`£1,260`."""
    return NONE if not math.isfinite(value) else f"{MINUS if value < 0 else ''}£{abs(value):,.0f}"


def amount(value: float, unit: str) -> str:
    """A number as its unit asks: shares in percent, money in pounds, counts whole, the rest to two places."""
    if unit == "share":
        return percent(value)
    if unit.startswith("£"):
        return pounds(value)
    if unit in ("schools", "trusts", "pupils", "clusters"):
        return count(value)
    return NONE if not math.isfinite(value) else f"{value:,.2f}".replace("-", MINUS)


def change(value: float, unit: str) -> str:
    """A difference with its sign, in its unit: `+12`, `−0.4 points` for shares, `−£3`."""
    if not math.isfinite(value):
        return NONE
    if unit == "share":
        text = f"{100 * value:+.2f} points"
    elif unit.startswith("£"):
        text = f"{MINUS if value < 0 else '+'}£{abs(value):,.2f}"
    elif unit in ("schools", "trusts", "pupils", "clusters"):
        text = f"{value:+,.0f}"
    else:
        text = f"{value:+,.4f}"
    return "0" if value == 0 else text.replace("-", MINUS)


def academic(year: int) -> str:
    """The academic year that starts in a September: `2018/19`."""
    return f"{year}/{(year + 1) % 100:02d}"


def many(number: int, thing: str) -> str:
    """`1 school`, `1,234 schools`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def ensure_apart(out: Path | None) -> None:
    """Raise InputError for a folder that holds a result, among whose files others would be taken for its own."""
    if out is not None and ((out / "manifest.json").is_file() or (out / "journal").is_dir()):
        raise InputError(str(out), "holds a result; name another folder for what is found in it")


def write_texts(out: Path, texts: Mapping[str, str], own: Iterable[str]) -> None:
    """Write files into a folder. Those of `own`, all that may be written here, that are not among them are older: gone.

    Raises InputError when the folder cannot be written; then it is as it was.
    """
    write_files(out, texts)
    with writing(out):
        for name in set(own) - set(texts):
            (out / name).unlink(missing_ok=True)
