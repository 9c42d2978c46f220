"""The manifest of a result: written with a digest of itself, and read back only when it is what was written.

What readers look up in it is checked for its form, so that a manifest changed by hand, or written by an early matsim,
is a sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Never

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from matsim.core.disk import new_file
from matsim.core.errors import InputError
from matsim.results.provenance import SCHEMA_VERSION
from matsim.results.table_files import DamagedError

MANIFEST = "manifest.json"
FORMAT = "matsim result"
SEAL = "manifest_sha256"
"""Where a manifest holds the digest of all else that it says."""
DISTRUST = "so nothing here can be relied on; was it edited, or copied in part?"


class Manifest(dict[str, Any]):
    """A table of a manifest; asking it for what it does not say is an InputError."""

    file = MANIFEST

    def __missing__(self, key: str) -> Never:
        raise InputError(self.file, f"does not say {key!r}, which is needed here; was it written by another matsim?")


def _inside(name: str) -> str:
    """A path that stays in its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
        raise ValueError("should be a path in the folder of the result")
    return name


type Name = Annotated[str, AfterValidator(_inside)]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Part(_Form):
    name: Name
    rows: int
    sha256: str
    digest: str


class _Table(_Form):
    rows: int
    digest: str
    columns: dict[str, Literal["int64", "float64", "bool", "string", "numbers"]]
    files: list[_Part] = []


class _Input(_Form):
    sha256: str
    name: str = ""


class _Maker(_Form):
    matsim: str | None = None
    commit: str | None = None
    sources: str | None = None
    model_sources: str | None = None
    python: str | None = None
    libraries: dict[str, str | None] = {}


class _World(_Form):
    origin: str = ""
    year: int = 0
    schools: int = 0
    read: int = 0
    used: int = 0
    set_aside: dict[str, int] = {}
    filled: dict[str, int] = {}
    notes: list[str] = []
    warnings: list[str] = []


class _Whole(_Maker):
    """What a manifest may say that anybody reads, of whatever kind the result is."""

    schema_version: int
    tables: dict[Name, _Table]
    formats: list[Literal["parquet", "csv"]]
    files: dict[Name, str] = {}
    kind: str = "run"
    title: str | None = None
    question: str | None = None
    command: str | None = None
    created: str = ""
    wall_seconds: float = 0.0
    seed: int = 0
    inputs: dict[str, _Input] = {}
    scenario_sha256: str = ""
    world: _World | None = None
    baseline: str = ""
    arms: list[str] = []
    measures: list[str] = []
    keep: list[str] = []
    shard: str = ""
    runs: int = 0
    failed: int = 0
    spare: int = 0
    planned: int = 0
    replicates: int = 0
    points: int = 0
    years: int = 0
    futures: int = 0
    made_by: list[_Maker] = []


def sealed(about: Mapping[str, Any]) -> bytes:
    """A table as JSON text, with a digest of all that it says under SEAL at its end."""
    plain = json.loads(json.dumps(about, default=lambda number: number.item()))
    full = {name: value for name, value in plain.items() if name != SEAL}
    return (json.dumps({**full, SEAL: _digest(full)}, indent=2, ensure_ascii=False) + "\n").encode()


def unsealed(text: str, file: Path) -> Any:
    """What JSON text says, its tables as Manifest. Raises DamagedError unless it is what was written.

    The first manifests had no digest of themselves: of those only the form can be looked at.
    """
    value = _parsed(text, file)
    if isinstance(value, Manifest):
        _check_seal(value, file)
    return value


def _parsed(text: str, file: Path) -> Any:
    # a class for each file, so that whatever table is asked for what it lacks can name the file
    kind = type("Manifest", (Manifest,), {"file": str(file)})
    try:
        return json.loads(text, object_hook=kind)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}, column {error.colno}: " if isinstance(error, json.JSONDecodeError) else ""
        raise DamagedError(str(file), f"{where}cannot be read, {DISTRUST}") from error


def _check_seal(manifest: Manifest, file: Path) -> None:
    if SEAL in manifest and manifest[SEAL] != _digest(
        {name: value for name, value in manifest.items() if name != SEAL}
    ):
        raise DamagedError(str(file), f"is not as it was written, {DISTRUST}")


def _digest(about: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the manifest of a result, which makes its folder one."""
    with new_file(folder / MANIFEST) as stream:
        stream.write(sealed({**about, "format": FORMAT}))


def manifest_of(folder: Path) -> Manifest | None:
    """The manifest of a finished result; None when the folder is none or is still being built.

    Raises InputError for a manifest that cannot be read, is not as it was written, or has not the form of one.
    """
    file = folder / MANIFEST
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return None
    except ValueError as error:  # not text
        raise DamagedError(str(file), f"cannot be read, {DISTRUST}") from error
    manifest = _parsed(text, file)
    if not isinstance(manifest, Manifest) or manifest.get("format") != FORMAT or "schema_version" not in manifest:
        return None
    if ".partial-" in folder.name:  # complete, perhaps, but not yet renamed into its place
        return None
    # before the seal and the form: a newer matsim may have changed both, and that is what should be said
    version = manifest["schema_version"]
    if isinstance(version, int) and version > SCHEMA_VERSION:
        message = f"was written by a newer matsim ({manifest.get('matsim')}); this one cannot read its layout"
        raise InputError(str(folder), message)
    _check_seal(manifest, file)
    try:
        _Whole.model_validate(dict(manifest))
    except ValidationError as error:
        wrong = [f"{_place(one['loc'])}: {_message(one['msg'])}" for one in error.errors()]
        raise DamagedError(str(file), [f"{one}, {DISTRUST}" for one in wrong[:1]]) from error
    return manifest


def _place(parts: tuple[str | int, ...]) -> str:
    return ".".join(map(str, parts))


def _message(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
