"""Finding a scenario by what a person types: the path of a file, or the bare name of one of the project's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from matsim.core.errors import InputError, nearest

ALLOWED: list[Path] = []
"""Folders of scenarios that the command line names beside these (`matsim --scenarios DIR`)."""


def folders() -> list[Path]:
    """Where named scenarios lie, first come first served: those allowed, `scenarios` here, those that are matsim's."""
    here, checkout = Path("scenarios"), Path(__file__).resolve().parents[2] / "scenarios"
    ours = checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "matsim" / "scenarios"
    found = [folder for folder in (here, ours) if folder.is_dir()]
    return ALLOWED + (found[:1] if len(found) == 2 and here.resolve() == ours else found)


def named() -> dict[str, Path]:
    """Every scenario that can be asked for by name, and its file, in order of name."""
    files = [file for folder in reversed(folders()) for file in folder.glob("*.toml")]
    return dict(sorted((file.stem, file) for file in files))


def find(name: str | Path) -> Path:
    """The file meant by a path or a bare name. Raises InputError with the nearest name, and all there are."""
    text, path = str(name), Path(name)
    if os.path.isfile(path):  # unlike a Path's own, this has an answer for names that no file can have
        return path
    known = named()
    if (stem := text.removesuffix(".toml")) in known:
        return known[stem]
    if path.name != text or path.suffix == ".toml" or os.path.exists(path):
        return path  # a path: the loader says what is wrong with it
    hint = nearest(text, known) or "."
    names = f"Known names: {', '.join(known)}." if known else "No folder called 'scenarios' was found."
    raise InputError(text, f"no scenario has that name{hint} {names} The path of a .toml file will do too.")
