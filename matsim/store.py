"""A result on disk: one folder, written whole or not at all, that says what made it.

A folder is built beside its place under a name that starts with a dot (`.NAME.partial-HOST-PID-TOKEN`), each
file is flushed to the disk, and the folder is renamed into place. Nothing here imports the model, so that
a stored result can be read and reported years later.
"""

from __future__ import annotations

import datetime
import errno
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from matsim.errors import InputError, nearest
from matsim.tablefiles import WRITERS, read, table_digest
from matsim.tables import TABLES, TableSpec, check, dictionary, readme

__all__ = ["Result", "ensure_free", "manifest", "open_result", "table_digest", "write"]

type Tables = Mapping[str, pd.DataFrame]

FORMAT = "matsim result"
SCHEMA_VERSION = 1
"""Layout of a result folder; raised when an older matsim could not read what this one writes."""
LIBRARIES = ("numpy", "pandas", "mesa", "scipy", "pyarrow", "pydantic")

_HOST = re.sub(r"\W", "", platform.node())
_REASONS = {errno.ENOSPC: "the disk is full", errno.EACCES: "you may not write there"}


@dataclass(frozen=True)
class Result:
    """A stored result: its folder, its manifest and the resolved scenario it was run from."""

    folder: Path
    manifest: dict[str, Any]
    scenario_text: str

    @property
    def tables(self) -> list[str]:
        """Names of the tables stored here."""
        return list(self.manifest["tables"])

    def table(self, name: str) -> pd.DataFrame:
        """One table with the types it was written with. Raises InputError when it is missing or damaged."""
        where = str(self.folder)
        if name not in self.tables:
            held = f"; it holds {', '.join(self.tables) or 'none'}"
            raise InputError(where, f"has no table '{name}'{nearest(name, self.tables) or held}")
        file = self.folder / (f"{name}.parquet" if "parquet" in self.manifest["formats"] else f"{name}.csv")
        if not file.is_file():
            raise InputError(where, f"table '{name}' is gone: there is no {file.name}")
        try:
            return read(file, self.manifest["tables"][name]["columns"])
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise InputError(where, f"table '{name}' is damaged and cannot be read") from error


def write(
    folder: Path,
    tables: Tables,
    manifest: Mapping[str, Any],
    scenario_text: str,
    *,
    formats: Sequence[str] = ("parquet",),
    overwrite: bool = False,
    specs: Mapping[str, TableSpec] = TABLES,
) -> Result:
    """Write a result folder, whole or not at all.

    Overwriting replaces the old result's folder with all that lies in it. Raises InputError when the folder
    may not be replaced or cannot be written, ValueError for a table unlike its declaration in `specs`.
    """
    ensure_free(folder, overwrite)
    if not formats or set(formats) - set(WRITERS):
        raise InputError("formats", f"{', '.join(formats) or 'none'}: should be parquet, csv or both")
    if undeclared := [name for name in tables if name not in specs]:
        raise ValueError(f"undeclared tables: {', '.join(undeclared)}")
    facts = {}
    for name, frame in tables.items():
        check(frame, specs[name])
        digest = table_digest(frame[specs[name].names])
        facts[name] = {"rows": len(frame), "digest": digest, "columns": specs[name].types}
    full = {**manifest, "format": FORMAT, "schema_version": SCHEMA_VERSION, "formats": list(formats)}
    full |= {"tables": facts, "scenario_sha256": hashlib.sha256(scenario_text.encode()).hexdigest()}
    target = Path(folder).resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = _sibling(target, "partial")
        try:
            partial.mkdir()
            _fill(partial, tables, [specs[name] for name in tables], full, scenario_text)
            _place(partial, target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise InputError(str(folder), f"the result cannot be written: {_reason(error)}") from error
    return open_result(folder)


def _fill(folder: Path, tables: Tables, specs: list[TableSpec], about: dict[str, Any], text: str) -> None:
    """Write every file of a result; the manifest, which makes it one, comes last."""
    for spec in specs:
        for ending in about["formats"]:
            with _file(folder / f"{spec.name}.{ending}") as stream:
                WRITERS[ending](tables[spec.name], spec, stream)
    told = json.dumps(about, indent=2, ensure_ascii=False, default=lambda number: number.item()) + "\n"
    listed = dictionary(specs).to_csv(index=False, lineterminator="\r\n")
    texts = {"scenario.toml": text, "dictionary.csv": listed, "README.txt": readme(specs, about["formats"])}
    for name, content in (texts | {"manifest.json": told}).items():
        with _file(folder / name) as stream:
            stream.write(content.encode())


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    """A new file that is on the disk, not only in the cache, once it is closed."""
    with path.open("xb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _place(partial: Path, target: Path) -> None:
    """Rename a finished folder into place; what it replaces is set aside first and put back on failure."""
    _sync(partial)
    aside = _sibling(target, "replaced")
    try:
        if target.exists():
            target.rename(aside)
        partial.rename(target)
    finally:
        if aside.exists() and not target.exists():
            aside.rename(target)
    _sync(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Flush a folder's list of names, without which a power cut may undo a rename."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _sibling(target: Path, use: str) -> Path:
    return target.with_name(f".{target.name}.{use}-{_HOST}-{os.getpid()}-{secrets.token_hex(4)}")


def _tidy(target: Path) -> None:
    """Remove what writers of this folder left when they were killed; put back what they had set aside."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.(partial|replaced)-{_HOST}-(\d+)-[0-9a-f]{{8}}")
    for left in list(target.parent.iterdir()):
        found = ours.fullmatch(left.name)
        if found is None or _alive(int(found[2])):
            continue
        if found[1] == "replaced" and not target.exists():
            left.rename(target)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    """Whether a process of this machine runs; where that cannot be asked, it counts as running."""
    try:
        if os.name == "posix":
            os.kill(pid, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def ensure_free(folder: Path, overwrite: bool) -> None:
    """Raise InputError unless a result may be written here; worth asking before a long run.

    Clears away what earlier writers of this folder left when they were killed.
    """
    folder = Path(folder)
    try:
        above = next(parent for parent in folder.resolve().parents if parent.exists())
        if not above.is_dir():
            raise InputError(str(folder), f"cannot be made: {above.name} is a file, not a folder")
        if above == folder.resolve().parent:
            _tidy(folder.resolve())
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as error:
        raise InputError(str(folder), f"cannot be looked into: {_reason(error)}") from error
    if not folder.is_dir():
        raise InputError(str(folder), "is a file; a result needs a folder of its own")
    if _manifest(folder) is None:
        raise InputError(str(folder), "holds other files and no matsim result; name a new or an empty folder")
    if not overwrite:
        raise InputError(str(folder), "holds a result already; name another folder, or say --overwrite")


def open_result(folder: Path) -> Result:
    """Open a stored result, without the model. Raises InputError when it is none or newer than matsim."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder")
    found = _manifest(folder)
    if found is None:
        raise InputError(str(folder), "is not a matsim result: it has no manifest.json that says so")
    if found["schema_version"] > SCHEMA_VERSION:
        told = f"was written by a newer matsim ({found.get('matsim')}); this one cannot read its layout"
        raise InputError(str(folder), told)
    if not (folder / "scenario.toml").is_file():
        raise InputError(str(folder), "is incomplete: scenario.toml is missing")
    return Result(folder, found, (folder / "scenario.toml").read_text(encoding="utf-8"))


def _manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a finished result; None when the folder is none or is still being built."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    marked = isinstance(found, dict) and found.get("format") == FORMAT and "schema_version" in found
    return found if marked and ".partial-" not in folder.name else None


def manifest(
    command: Sequence[str],
    seed: int,
    inputs: Mapping[str, Path | str],
    wall_seconds: float,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What made a result. `inputs` are files to digest, or digests already known.

    Only the names of input files are kept, not where they lay. `write` adds the tables' digests.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "matsim": _version("matsim-trusts"),
        **_commit(Path(__file__).resolve().parents[1]),
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


def _commit(root: Path) -> dict[str, Any]:
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


def _input(given: Path | str) -> dict[str, str]:
    if isinstance(given, str):
        return {"sha256": given}
    try:
        with given.open("rb") as stream:
            return {"name": given.name, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
    except OSError as error:
        raise InputError(str(given), f"cannot be read: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())
