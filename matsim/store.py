"""A result on disk: one folder, written whole or not at all, that says what made it.

A folder is built beside its place under a name that starts with a dot (`.NAME.partial-HOST-PID-TOKEN`), each
file is flushed to the disk, and the folder is renamed into place. Nothing here imports the model, so that
a stored result can be read and reported years later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from matsim.disk import new_file, reason, tidy, whole_folder
from matsim.errors import InputError, nearest
from matsim.provenance import SCHEMA_VERSION, file_digest, manifest
from matsim.tablefiles import WRITERS, read, read_parquet, table_digest, write_csv
from matsim.tables import TABLES, OutColumn, TableSpec, check, dictionary, readme

__all__ = ["Result", "damaged", "ensure_free", "finish", "manifest", "open_result", "table_digest", "write"]

type Tables = Mapping[str, pd.DataFrame]

FORMAT = "matsim result"

LISTS: dict[str, TableSpec] = {
    "parameters": TableSpec(
        "parameters",
        ("name",),
        "Every parameter as it was for this result, with its source",
        (
            OutColumn("name", "string", "name", "Dotted name in a scenario"),
            OutColumn("value", "string", "as the unit's", "Value as a scenario file writes it"),
            OutColumn("default", "string", "as the unit's", "Value when a scenario says nothing"),
            OutColumn("unit", "string", "unit", "Unit"),
            OutColumn("source", "string", "key", "Key of the source, or 'assumed: reason'"),
            OutColumn("source_text", "string", "text", "The source in full, or the reason of the assumption"),
            OutColumn("assumed", "bool", "flag", "Whether it rests on judgement, not on a published figure"),
            OutColumn("plausible_low", "float64", "as the unit's", "Lower end of the plausible range; nan when none"),
            OutColumn("plausible_high", "float64", "as the unit's", "Upper end of the plausible range; nan when none"),
            OutColumn("meaning", "string", "text", "What it says"),
        ),
    ),
    "mechanisms": TableSpec(
        "mechanisms",
        ("id",),
        "Every mechanism of the sources: where it lives and whether it was on",
        (
            OutColumn("id", "string", "id", "Identifier in the list of mechanisms"),
            OutColumn("title", "string", "text", "What it is"),
            OutColumn("file", "string", "path", "Files that hold it"),
            OutColumn("switch", "string", "name", "Parameters that turn it off"),
            OutColumn("on", "bool", "flag", "Whether it was on in this result"),
        ),
    ),
}
"""What every result lists beside its tables, as CSV, so that a report needs no model."""


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
        files = self.files(name)
        if gone := [file for file in files if not file.is_file()]:
            there = gone[0].relative_to(self.folder).as_posix()
            raise InputError(str(self.folder), f"table '{name}' is gone: there is no {there}")
        try:
            if len(files) == 1:
                return read(files[0], self.manifest["tables"][name]["columns"])
            frame: pd.DataFrame = pa.concat_tables([read_parquet(file) for file in files]).to_pandas()
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise InputError(str(self.folder), f"table '{name}' is damaged and cannot be read") from error
        return frame

    def files(self, name: str) -> list[Path]:
        """The files of one table: one, or parts in order. Raises InputError when there is no such table."""
        if name not in self.tables:
            held = f"; it holds {', '.join(self.tables) or 'none'}"
            raise InputError(str(self.folder), f"has no table '{name}'{nearest(name, self.tables) or held}")
        if "files" in (facts := self.manifest["tables"][name]):
            return [self.folder / part["name"] for part in facts["files"]]
        return [self.folder / (f"{name}.parquet" if "parquet" in self.manifest["formats"] else f"{name}.csv")]

    def parameters(self) -> pd.DataFrame:
        """Every parameter as it was for this result, with its source; empty for a result that does not say."""
        return self._list("parameters")

    def mechanisms(self) -> pd.DataFrame:
        """Every mechanism and whether it was on; empty for a result that does not say."""
        return self._list("mechanisms")

    def _list(self, name: str) -> pd.DataFrame:
        file, types = self.folder / f"{name}.csv", LISTS[name].types
        if not file.is_file():
            return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in types.items()})
        try:
            return read(file, types)
        except (OSError, ValueError) as error:
            raise InputError(str(file), "is damaged and cannot be read") from error


def write(
    folder: Path,
    tables: Tables,
    manifest: Mapping[str, Any],
    scenario_text: str,
    *,
    formats: Sequence[str] = ("parquet",),
    overwrite: bool = False,
    specs: Mapping[str, TableSpec] = TABLES,
    lists: Tables | None = None,
) -> Result:
    """Write a result folder, whole or not at all. `lists` are the tables of LISTS.

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
    about = {**manifest, "formats": list(formats), "tables": facts}
    try:
        with whole_folder(Path(folder).resolve()) as partial:
            for name, frame in tables.items():
                for ending in formats:
                    with new_file(partial / f"{name}.{ending}") as stream:
                        WRITERS[ending](frame, specs[name], stream)
            finish(partial, about, scenario_text, [specs[name] for name in tables], lists or {})
    except OSError as error:
        raise InputError(str(folder), f"the result cannot be written: {reason(error)}") from error
    return open_result(folder)


def finish(
    folder: Path,
    about: Mapping[str, Any],
    scenario_text: str,
    specs: Sequence[TableSpec],
    lists: Tables,
    notes: Sequence[str] = (),
) -> None:
    """Write what stands beside the tables; the manifest, which makes the folder a result, comes last.

    `about` is the manifest with "tables" and "formats"; it gains the digest of every file of the folder. `notes` are
    lines for the README.
    """
    for name, frame in lists.items():
        check(frame, LISTS[name])
        with new_file(folder / f"{name}.csv") as stream:
            write_csv(frame, LISTS[name], stream)
    listed = dictionary(specs).to_csv(index=False, lineterminator="\r\n")
    parts = {name for name, facts in about["tables"].items() if any("/" in f["name"] for f in facts.get("files", []))}
    words = readme([replace(s, name=f"{s.name}/part-*") if s.name in parts else s for s in specs], about["formats"])
    more = [*(f"{name}.csv  {LISTS[name].meaning}" for name in lists), *notes]
    words += "".join(f"\n{line}" for line in more) + ("\n" if more else "")
    texts = {"scenario.toml": scenario_text, "dictionary.csv": listed, "README.txt": words}
    for name, content in texts.items():
        with new_file(folder / name) as stream:
            stream.write(content.encode())
    full = {**about, "format": FORMAT, "schema_version": SCHEMA_VERSION}
    full |= {"scenario_sha256": hashlib.sha256(scenario_text.encode()).hexdigest()}
    full |= {"files": {path.name: file_digest(path) for path in sorted(folder.iterdir()) if path.is_file()}}
    with new_file(folder / "manifest.json") as stream:
        told = json.dumps(full, indent=2, ensure_ascii=False, default=lambda number: number.item()) + "\n"
        stream.write(told.encode())


def damaged(result: Result) -> list[str]:
    """Names of the files of a result that are gone, or hold other bytes than were written."""
    told: dict[str, str] = dict(result.manifest.get("files", {}))
    for facts in result.manifest["tables"].values():
        told |= {part["name"]: part["sha256"] for part in facts.get("files", [])}
    paths = {name: result.folder / name for name in told}
    return [name for name, path in paths.items() if not path.is_file() or file_digest(path) != told[name]]


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
            tidy(folder.resolve())
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as error:
        raise InputError(str(folder), f"cannot be looked into: {reason(error)}") from error
    if not folder.is_dir():
        raise InputError(str(folder), "is a file; a result needs a folder of its own")
    if manifest_of(folder) is None:
        raise InputError(str(folder), "holds other files and no matsim result; name a new or an empty folder")
    if not overwrite:
        raise InputError(str(folder), "holds a result already; name another folder, or say --overwrite")


def open_result(folder: Path) -> Result:
    """Open a stored result, without the model. Raises InputError when it is none or newer than matsim."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder")
    found = manifest_of(folder)
    if found is None and (folder / "journal").is_dir():
        raise InputError(str(folder), "holds a sweep that is not finished; give its 'matsim sweep' command again first")
    if found is None:
        raise InputError(str(folder), "is not a matsim result: it has no manifest.json that says so")
    if found["schema_version"] > SCHEMA_VERSION:
        told = f"was written by a newer matsim ({found.get('matsim')}); this one cannot read its layout"
        raise InputError(str(folder), told)
    if not (folder / "scenario.toml").is_file():
        raise InputError(str(folder), "is incomplete: scenario.toml is missing")
    return Result(folder, found, (folder / "scenario.toml").read_text(encoding="utf-8"))


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a finished result; None when the folder is none or is still being built.

    Raises InputError for a manifest that cannot be read.
    """
    file = folder / "manifest.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return None
    except ValueError as error:  # not text, or not JSON
        where = f"line {error.lineno}, column {error.colno}: " if isinstance(error, json.JSONDecodeError) else ""
        told = f"{where}cannot be read, so nothing here can be relied on; was it edited, or copied in part?"
        raise InputError(str(file), told) from error
    marked = isinstance(found, dict) and found.get("format") == FORMAT and "schema_version" in found
    return found if marked and ".partial-" not in folder.name else None
