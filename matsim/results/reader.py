"""A stored result as it is read: every file only when its bytes are those that were written.

Nothing here imports the model, so that a stored result can be read and reported years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from matsim.core.errors import InputError, VerificationError, nearest
from matsim.results.manifests import Manifest, manifest_of
from matsim.results.table_files import DamagedError, read, read_arrow, sound, table_digest, to_frame, unlike
from matsim.results.tables import OutColumn, TableSpec

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
    """A stored result: its folder, its manifest and the resolved scenario it was run from.

    A file is read once its bytes are known to be those that were written, by the digest in the manifest.
    """

    folder: Path
    manifest: Manifest
    scenario_text: str

    @property
    def tables(self) -> list[str]:
        """Names of the tables stored here."""
        return list(self.manifest["tables"])

    def table(self, name: str, spec: TableSpec | None = None, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One table with the types it was written with; `columns` are the only ones to read of it.

        Raises InputError when it is missing, damaged or unlike the manifest, or has not the columns of `spec`.
        """
        files = self.files(name)
        facts = self.manifest["tables"][name]
        types = facts["columns"]
        for column, kind in spec.types.items() if spec else ():
            if types.get(column) != kind:
                has = f"has {types[column]} in the column" if column in types else "has no column"
                message = f"table '{name}' {has} {column!r}, where {kind} is needed; {self.remedy}"
                raise InputError(str(self.folder), message)
        # the first manifests had no digests of files: of those results the values themselves are compared
        unproved = "files" not in facts and files[0].name not in self._digests
        asked = types if columns is None or unproved else {column: types[column] for column in columns}
        parts = []
        for file in files:
            try:
                part = read_arrow(file, types, None if asked is types else list(asked))
            except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
                raise self.damaged(file) from error
            if wrong := unlike(part.schema, asked):
                raise self.damaged(file, f"it {wrong}, unlike its manifest")
            parts.append(part)
        frame = to_frame(parts[0] if len(parts) == 1 else pa.concat_tables(parts))
        if unproved and table_digest(frame) != facts["digest"]:
            raise self.damaged(files[0], "it holds other values than were written")
        return frame if columns is None else frame[list(columns)]

    def files(self, name: str) -> list[Path]:
        """The files of one table: one, or parts in order. Raises InputError for no such table, or a damaged file."""
        if name not in self.tables:
            others = f"; it holds {', '.join(self.tables) or 'none'}"
            raise InputError(str(self.folder), f"has no table '{name}'{nearest(name, self.tables) or others}")
        facts = self.manifest["tables"][name]
        if "files" in facts:
            named = [part["name"] for part in facts["files"]]
        else:
            named = [f"{name}.parquet" if "parquet" in self.manifest["formats"] else f"{name}.csv"]
        if missing := [file for file in named if not (self.folder / file).is_file()]:
            message = f"table '{name}' is gone: there is no {missing[0]}; {self.remedy}"
            raise InputError(str(self.folder), message)
        return [self.file(file, f"table '{name}' ") for file in named]

    def file(self, name: str, what: str = "") -> Path:
        """One of its files, looked into once in a process. Raises InputError when it is gone or damaged."""
        path, digest = self.folder / name, self._digests.get(name)
        if not path.is_file():
            raise InputError(str(path), f"{what}is gone; {self.remedy}")
        if digest and not sound(path, digest):
            raise self.damaged(path, "it holds other bytes than were written", what)
        return path

    def text(self, name: str) -> str:
        """One of its text files. Raises InputError when it is gone or damaged."""
        path = self.file(name)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise self.damaged(path) from error

    @cached_property
    def _digests(self) -> dict[str, str]:
        return digests(self.manifest)

    def damaged(self, path: Path, how: str = "", what: str = "") -> DamagedError:
        """The error for a file of this result that is not what was written."""
        return DamagedError(str(path), f"{what}is damaged and cannot be read{how and ': '}{how}; {self.remedy}")

    @property
    def remedy(self) -> str:
        """What to do where something is damaged."""
        if self.manifest.get("kind") == "sweep":
            return "give the command of the sweep again, and its runs are done again"
        return "make it again, or take it from a copy"

    def parameters(self) -> pd.DataFrame:
        """Every parameter as it was for this result, with its source; empty for a result that does not say."""
        return self._list("parameters")

    def mechanisms(self) -> pd.DataFrame:
        """Every mechanism and whether it was on; empty for a result that does not say."""
        return self._list("mechanisms")

    def _list(self, name: str) -> pd.DataFrame:
        types = LISTS[name].types
        if not (self.folder / f"{name}.csv").is_file():
            return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in types.items()})
        file = self.file(f"{name}.csv")
        try:
            return read(file, types)
        except (OSError, ValueError) as error:
            raise self.damaged(file) from error


def digests(about: Manifest) -> dict[str, str]:
    """SHA-256 of every file that a manifest names, by its path in the folder."""
    by_name: dict[str, str] = dict(about.get("files", {}))
    for facts in about["tables"].values():
        by_name |= {part["name"]: part["sha256"] for part in facts.get("files", [])}
    return by_name


def damaged(folder: Path, about: Manifest) -> list[str]:
    """Names of the files that a manifest names and that are gone, or hold other bytes than were written."""
    paths = {name: (folder / name, digest) for name, digest in digests(about).items()}
    return [name for name, (path, digest) in paths.items() if not path.is_file() or not sound(path, digest)]


@contextmanager
def proving() -> Iterator[None]:
    """For a check of a result: a damaged file is then what the check finds. Raises VerificationError for it."""
    try:
        yield
    except DamagedError as error:
        raise VerificationError(str(error)) from error


def prove(folder: Path, what: str) -> None:
    """Raise VerificationError unless every file of a result is as it was written; `what` is what was written."""
    with proving():
        about = manifest_of(folder)
    if about is not None and (wrong := damaged(folder, about)):
        raise VerificationError(f"{folder}: {', '.join(wrong)} changed or gone since the {what} was written")


def open_result(folder: Path) -> Result:
    """Open a stored result, without the model. Raises InputError when it is none or newer than matsim."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder")
    about = manifest_of(folder)
    if about is None and (folder / "journal").is_dir():
        raise InputError(str(folder), "holds a sweep that is not finished; give its 'matsim sweep' command again first")
    if about is None:
        raise InputError(str(folder), "is not a matsim result: it has no manifest.json that says so")
    if not (folder / "scenario.toml").is_file():
        raise InputError(str(folder), "is incomplete: scenario.toml is missing")
    # by a result without its text, whose `text` checks the digest as for any other file
    return Result(folder, about, Result(folder, about, "").text("scenario.toml"))
