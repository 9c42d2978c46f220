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
from pathlib import Path
from typing import Any

from matsim.disk import reason
from matsim.errors import InputError

SCHEMA_VERSION = 1
"""Layout of a result folder; raised when an older matsim could not read what this one writes."""
LIBRARIES = ("numpy", "pandas", "mesa", "scipy", "pyarrow", "pydantic")


def manifest(
    command: Sequence[str],
    seed: int,
    inputs: Mapping[str, Path | str],
    wall_seconds: float,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What made a result. `inputs` are files to digest, or digests already known.

    Only the names of input files are kept, not where they lay. `matsim.store.write` adds the tables' digests.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "matsim": _version("matsim-trusts"),
        **commit(Path(__file__).resolve().parents[1]),
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


def commit(root: Path) -> dict[str, Any]:
    """Commit of the checkout that matsim runs from and whether tracked files differ; None outside one."""
    ask = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        if not (root / ".git").exists():  # inside another project's checkout, say
            return {"commit": None, "dirty": None}
        run = subprocess.run(ask, cwd=root, env=clean, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}
    found = run.stdout.strip()
    return {"commit": found.removesuffix("-dirty"), "dirty": found.endswith("-dirty")}


def file_digest(path: Path) -> str:
    """SHA-256 of a file. Raises InputError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {reason(error)}") from error


def _input(given: Path | str) -> dict[str, str]:
    if isinstance(given, str):
        return {"sha256": given}
    return {"name": given.name, "sha256": file_digest(given)}
