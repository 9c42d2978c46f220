"""What made a result: versions, commit, machine, command, seed and digests of its inputs."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from matsim.core.disk import reason
from matsim.core.errors import InputError

SCHEMA_VERSION = 2
"""Layout of a result folder; raised when an older matsim could not read what this one writes."""
LIBRARIES = ("numpy", "pandas", "mesa", "scipy", "pyarrow", "pydantic")
PACKAGE = Path(__file__).resolve().parents[1]
DATA = (".py", ".toml", ".csv", ".json", ".html", ".css", ".js", ".svg")
"""Endings of the package's own files, as pyproject.toml ships them."""
NOT_THE_MODEL = frozenset(
    {"analysis", "figures", "report", "web", "cli", "board", "calibration", "validation", "__init__", "__main__"}
)
"""Rooms whose code cannot change what a run gives: nothing that makes one imports them. (A sweep asks
`matsim.analysis.precision` how many runs to make.)"""
MADE_BY = ("matsim", "commit", "dirty", "sources", "model_sources", "python", "libraries")
"""What a sweep keeps of everything that made runs of it."""
ALIKE = ("matsim", "model_sources")
"""What of it has to be the same, with Python and the libraries, for runs to stand side by side without a word."""
DIGITS = 12
"""Digits of a digest that a sentence shows."""


def manifest(
    command: Sequence[str],
    seed: int,
    inputs: Mapping[str, Path | str],
    wall_seconds: float,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What made a result. `inputs` are files to digest, or digests already known.

    Only the names of input files are kept, not where they lay. `matsim.results.store.write` adds the tables' digests.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "matsim": _version("matsim-trusts"),
        **commit(PACKAGE.parent),
        **sources(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "command": shlex.join(command),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(wall_seconds, 3),
        "seed": seed,
        "inputs": {name: _input(value) for name, value in inputs.items()},
        **(extra or {}),
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


@cache
def sources() -> dict[str, str]:
    """SHA-256 of the package's own files as they are when first asked: of all of them, and of those of the model.

    `sources` tells two builds apart that differ in anything; `model_sources` leaves out NOT_THE_MODEL, so that a
    change to a page or a chart does not part runs that are the same.
    """
    return digests_of(PACKAGE)


def digests_of(package: Path) -> dict[str, str]:
    """The digests of `sources` for the package in a folder; line ends count as one whatever the system's are."""
    every, model = hashlib.sha256(), hashlib.sha256()
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.suffix in DATA}
    for name, path in sorted(files.items()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        entry = f"{name}\0{len(content)}\0".encode() + content
        every.update(entry)
        if name.partition("/")[0].removesuffix(".py") not in NOT_THE_MODEL:
            model.update(entry)
    return {"sources": every.hexdigest(), "model_sources": model.hexdigest()}


def made_with(about: Mapping[str, Any]) -> str:
    """What made a result, by its manifest or an entry of `made_by`: `matsim 0.1.0 (sources 3f2a91c07be4)`."""
    digest = about.get("model_sources")
    which = f"sources {digest[:DIGITS]}" if digest else f"commit {about.get('commit')}, sources not recorded"
    return f"matsim {about.get('matsim')} ({which})"


def unlike(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How what made one thing differs from what made another, in words; empty where their runs are comparable."""
    if any(then.get(name) != now.get(name) for name in ALIKE):
        return f"{made_with(then)}, not {made_with(now)}"
    versions = {"Python": (then.get("python"), now.get("python"))}
    before, after = (about.get("libraries") or {} for about in (then, now))
    versions |= {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    return ", ".join(f"{name} {old}, not {new}" for name, (old, new) in versions.items() if old != new)


def made_otherwise(about: Mapping[str, Any]) -> str:
    """A sentence where a result, by its manifest, was made by other code or libraries than run now; else empty."""
    now = manifest((), 0, {}, 0.0)
    other = next(filter(None, (unlike(then, now) for then in about.get("made_by") or [about])), "")
    return f"It was made with {other}" if other else ""


def mixture(made_by: Sequence[Mapping[str, Any]]) -> str:
    """A sentence where the runs of a sweep were made by code or libraries that differ; empty where they were not."""
    if not any(unlike(then, made_by[0]) for then in made_by):
        return ""
    whole = [f"{made_with(one)} with {_installed(one)}" for one in made_by]
    return f"The runs were not all made by the same code: {'; '.join(whole)}. They may differ by more than luck"


def _installed(about: Mapping[str, Any]) -> str:
    libraries = [f"{name} {number}" for name, number in (about.get("libraries") or {}).items()]
    return ", ".join([f"Python {about.get('python')}", *libraries])


def commit(root: Path) -> dict[str, Any]:
    """Commit of the checkout that matsim runs from and whether tracked files differ; None outside one."""
    command = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        if not (root / ".git").exists():  # inside another project's checkout, say
            return {"commit": None, "dirty": None}
        run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}
    version = run.stdout.strip()
    return {"commit": version.removesuffix("-dirty"), "dirty": version.endswith("-dirty")}


def file_digest(path: Path) -> str:
    """SHA-256 of a file. Raises InputError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {reason(error)}") from error


def _input(source: Path | str) -> dict[str, str]:
    if isinstance(source, str):
        return {"sha256": source}
    return {"name": source.name, "sha256": file_digest(source)}
