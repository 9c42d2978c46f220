"""How results are printed: plain text without colour or control codes, or JSON with a schema version.

Numbers in them are written as `matsim.words.amounts` says.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from matsim.core.disk import write_files, writing
from matsim.core.errors import InputError
from matsim.core.safe_text import visible
from matsim.words.amounts import MINUS

if TYPE_CHECKING:
    from matsim.scenario.show import Difference

SCHEMA_VERSION = 1
"""Layout of what `--json` prints; raised when a reader of the older one could be misled."""


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
    # content may have a schema_version of its own, which must not hide that of this layout
    typer.echo(json.dumps(full | {"schema_version": SCHEMA_VERSION}, indent=2, allow_nan=False))


@contextmanager
def options_named(**options: str) -> Iterator[None]:
    """Let an error about an argument of a function name the option that was typed for it: `measure="--measure"`."""
    try:
        yield
    except InputError as error:
        if error.where not in options:
            raise
        raise InputError(options[error.where], error.problems) from error


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


def ensure_apart(out: Path | None) -> None:
    """Raise InputError for a folder that holds a result, among whose files others would be taken for its own."""
    if out is not None and ((out / "manifest.json").is_file() or (out / "journal").is_dir()):
        raise InputError(str(out), "holds a result; name another folder for what is found in it")


def write_texts(out: Path, texts: Mapping[str, str], possible: Iterable[str]) -> None:
    """Write files into a folder. Those of `possible`, all that may be written here, not among them are older: gone.

    Raises InputError when the folder cannot be written; then it is as it was.
    """
    write_files(out, texts)
    with writing(out):
        for name in set(possible) - set(texts):
            (out / name).unlink(missing_ok=True)


def settings_table(settings: Sequence[Difference], names: tuple[str, str] = ("first", "second")) -> str:
    """Every value that two scenarios do not share."""
    from matsim.core.toml import plain, quote

    def in_words(value: object) -> str:
        return "not set" if value is None else quote(plain(value))

    rows = [(d.name, in_words(d.left), in_words(d.right), d.unit) for d in settings]
    return indented(table(("setting", *names, "unit"), rows))
