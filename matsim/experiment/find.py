"""Finding an experiment by what a person types: the path of a file, or the bare name of one of the project's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from matsim.core.errors import InputError, nearest
from matsim.scenario.find import ALLOWED


def folders() -> list[Path]:
    """Where named experiments lie, first come first served: folders allowed, `experiments` here, those of matsim."""
    here, checkout = Path("experiments"), Path(__file__).resolve().parents[2] / "experiments"
    ours = checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "matsim" / "experiments"
    found = [folder for folder in (here, ours) if folder.is_dir()]
    return ALLOWED + (found[:1] if len(found) == 2 and here.resolve() == ours else found)


def named() -> dict[str, Path]:
    """Every experiment that can be asked for by name, and its file, in order of name."""
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
    names = f"Known names: {', '.join(known)}." if known else "No folder called 'experiments' was found."
    raise InputError(text, f"no experiment has that name{hint} {names} The path of a .toml file will do too.")
