"""Finding what a person names: a file by path or bare name, a school or a trust by number or part of a name."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from matsim.core.errors import InputError, nearest
from matsim.core.reading import shortened, whole
from matsim.words.amounts import count

type Kind = Literal["scenario", "experiment"]

ALLOWED: list[Path] = []
"""Folders of scenarios and experiments that the command line names beside these (`matsim --scenarios DIR`)."""

LONGEST = 120
"""Characters of a number or a name that a sentence repeats."""
LISTED = 8
"""How many names a sentence offers."""


def folders(kind: Kind = "scenario") -> list[Path]:
    """Where named files of a kind lie, first come first served: folders allowed, the one here, the one of matsim.

    The last two are called after the kind (`scenarios`).
    """
    here, checkout = Path(f"{kind}s"), Path(__file__).resolve().parents[2] / f"{kind}s"
    ours = checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "matsim" / f"{kind}s"
    there = [folder for folder in (here, ours) if folder.is_dir()]
    return ALLOWED + (there[:1] if len(there) == 2 and here.resolve() == ours else there)


def named_files(kind: Kind = "scenario") -> dict[str, Path]:
    """Every file of a kind that can be asked for by name, in order of name."""
    # backwards, since of two files of one name the later in a dictionary wins
    files = [file for folder in reversed(folders(kind)) for file in folder.glob("*.toml")]
    return dict(sorted((file.stem, file) for file in files))


def find_file(name: str | Path, kind: Kind = "scenario") -> Path:
    """The file meant by a path or a bare name. Raises InputError with the nearest name, and all there are."""
    text, path = str(name), Path(name)
    if os.path.isfile(path):  # unlike a Path's own, this has an answer for names that no file can have
        return path
    known = named_files(kind)
    if (stem := text.removesuffix(".toml")) in known:
        return known[stem]
    if path.name != text or path.suffix == ".toml" or os.path.exists(path):
        return path  # a path: the loader says what is wrong with it
    hint = nearest(text, known) or "."
    names = f"Known names: {', '.join(known)}." if known else f"No folder called '{kind}s' was found."
    raise InputError(text, f"no {kind} has that name{hint} {names} The path of a .toml file will do too.")


def find_agent(text: str, names: Mapping[int, str], kind: str, where: str) -> int:
    """The number meant by a number or a part of a name. `kind` is "school" or "trust".

    Raises InputError, offering the nearest or the several, when nobody or more than one is meant.
    """
    if text.strip().isdecimal():
        return _by_number(text.strip(), names, kind, where)
    wanted = " ".join(text.casefold().split())
    matches = [number for number, name in names.items() if name.casefold() == wanted]
    if not matches and wanted:
        matches = [number for number, name in names.items() if wanted in name.casefold()]
    if len(matches) == 1:
        return matches[0]
    if matches:
        listed = ", ".join(f"{names[number]} ({number})" for number in matches[:LISTED])
        more = f" and {count(len(matches) - LISTED)} more" if len(matches) > LISTED else ""
        what = f"{count(len(matches))} {kind}s have {shortened(text, LONGEST)!r} in their names"
        raise InputError(where, f"{what}: {listed}{more}; give the number of one")
    by_name = {name.casefold(): number for number, name in names.items()}
    near = _nearest(wanted[:200], by_name, names, 0.4)
    raise InputError(where, f"no {kind} has {shortened(text, LONGEST)!r} in its name{near}")


def _by_number(text: str, names: Mapping[int, str], kind: str, where: str) -> int:
    number = whole(text)
    if number is not None and number in names:
        return number
    what = "URN" if kind == "school" else "UID"
    near = _nearest(text[:LONGEST], {str(n): n for n in names}, names, 0.8)
    raise InputError(where, f"has no {kind} with {what} {shortened(text, LONGEST)}{near}")


def _nearest(text: str, known: Mapping[str, int], names: Mapping[int, str], cutoff: float) -> str:
    """The three agents whose names or numbers are nearest, as the end of a sentence; empty where none is near."""
    near = [known[key] for key in difflib.get_close_matches(text, known, n=3, cutoff=cutoff)]
    return f"; the nearest are {', '.join(f'{names[n]} ({n})' for n in near)}" if near else ""
