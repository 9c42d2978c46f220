"""Reading what people give: files, tables and whole numbers. None may hang, fill the memory or look elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from matsim.core.errors import InputError
from matsim.words.amounts import decimals

MOST_BYTES = 1_000_000_000
"""The largest file of data that is read; the published file of all schools has 60 MB."""
MOST_TEXT = 10_000_000
"""The largest file of settings that is read."""
LONGEST = 300
"""Characters of a path that a sentence names."""


def read_bytes(path: str | os.PathLike[str], most: int = MOST_BYTES) -> bytes:
    """The content of a regular file of at most `most` bytes. Raises InputError for everything else.

    A pipe is refused, since files are read more than once: for content, and for the digest that a result keeps.
    """
    where = printable(path)
    if str(path) == "-":
        raise InputError(where, "standard input cannot be read; give the name of a file")
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise InputError(where, "cannot be read: is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(where, "is a pipe or a device, not a file; save what it holds as a file, and give that")
        with open(path, "rb") as stream:
            content = stream.read(most + 1) if status.st_size <= most else b""
    except FileNotFoundError:
        raise InputError(where, "there is no such file") from None
    except OSError as error:
        raise InputError(where, f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError:
        raise InputError(where, "is no name that a file can have") from None
    if len(content) > most or status.st_size > most:
        raise InputError(where, f"is too large to be what is asked for: more than {decimals(most / 1e6)} MB")
    return content


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is anything of this name. Raises InputError for what no file can be called."""
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        raise InputError(printable(path), "is no name that a file can have") from None


def read_text(path: str | os.PathLike[str], most: int = MOST_TEXT) -> str:
    """The text of a UTF-8 file, lines ending in LF. Raises InputError when it is none, or cannot be read."""
    try:
        return read_bytes(path, most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(printable(path), f"line {line}: is not UTF-8 text; save the file as UTF-8") from None


def outside(path: Path, folders: Iterable[Path]) -> str:
    """What is wrong with a file that another file names: it lies in none of these folders. Empty when it does.

    Asked before the file is looked at: not even whether it is there is told.
    """
    try:
        place = path.resolve()
        if any(place.is_relative_to(folder.resolve()) for folder in folders):
            return ""
    except (OSError, ValueError, RuntimeError):  # too long, a NUL in it, or links in a circle
        return "is no name that a file can have"
    problem = "lies outside the folder of the file that names it and the folders of scenarios"
    return f"{problem}; copy it there, or allow its folder with 'matsim --scenarios DIR'"


def tables_of(raw: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """The tables under `[[key]]`, none when it is not there. Raises InputError for anything else of that name."""
    entries = raw.get(key, [])
    if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
        return entries
    raise InputError(where, f"{key} should be tables, each under a line [[{key}]]")


def misfits(table: Mapping[str, Any], declared: Mapping[str, Any]) -> list[str]:
    """Sentences for the values of a table that are not of the type that a data class declares for them, by name.

    A name whose declared type is none of `KINDS` is left to whoever knows more.
    """
    wrong = []
    for key, value in table.items():
        words, fits = KINDS.get(str(declared.get(key, "")), ("", lambda _: True))
        if not fits(value):
            wrong.append(f"{key} = {shortened(repr(value))} should be {words}")
    return wrong


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _listed(fits: Callable[[Any], bool], count: int | None = None) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and count in (None, len(value)) and all(map(fits, value))


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "str": ("text in quotes", _text),
    "int": ("a whole number", _whole),
    "float": ("a number", _number),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "tuple[str, ...]": ("a list of texts", _listed(_text)),
    "tuple[int, ...]": ("a list of whole numbers", _listed(_whole)),
    "tuple[float, float]": ("a list of two numbers", _listed(_number, 2)),
    "Mapping[str, Any]": ("a table", lambda value: isinstance(value, dict)),
    "float | Mapping[int, float]": (
        "a number, or a table of years with a number each",
        lambda value: (
            _number(value)
            or (isinstance(value, dict) and all(whole(year) is not None and _number(v) for year, v in value.items()))
        ),
    ),
}
"""Types that data classes declare, in words, and what fits them."""


def whole(text: str) -> int | None:
    """A whole number of up to 18 plain digits; None for any other text."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def shortened(text: str, most: int = 120) -> str:
    """The text, no longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def printable(path: str | os.PathLike[str]) -> str:
    """A path as sentences name it."""
    text = os.fspath(path)
    return shortened(text if text.isprintable() else repr(text), LONGEST)
