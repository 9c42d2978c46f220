"""Finished runs as they come: Parquet parts that are on the disk whole or not at all, until the sweep is sealed.

OUT/journal/about.json             what is being run, and by which version
OUT/journal/part-000000/           runs.parquet and one file for each table of the sweep, and SHA256SUMS of them
OUT/spare/part-000000/             finished runs that the present ensemble does not ask for, in the same form
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa

from matsim.core.disk import new_file, reason, sync
from matsim.core.errors import InputError
from matsim.experiment.worker import Batch
from matsim.results.manifests import Manifest, manifest_of, sealed, unsealed
from matsim.results.provenance import file_digest
from matsim.results.table_files import DamagedError, read_parquet, sound, write_arrow

JOURNAL, SPARE = "journal", "spare"
SUMS = "SHA256SUMS"
"""What lies in a part beside its tables: their digests, as sha256sum writes and checks them."""
MOST_RUNS, MOST_SECONDS = 100, 5.0
"""When finished runs are written: so many of them, or so long after the last time."""

RUNS = pa.schema(
    [(name, pa.string()) for name in ("key", "status", "error", "trace")]
    + [("run", pa.int64()), ("seconds", pa.float64()), ("model_seconds", pa.float64())]
)


@dataclass(frozen=True)
class Part:
    """Some finished runs on the disk: a file for each table, and the digest that each was written with."""

    folder: Path
    """The sweep's."""
    name: str
    """What the part is called in a sentence."""
    files: Mapping[str, tuple[Path, str]]

    def has(self, table: str) -> bool:
        """Whether the table was kept when these runs were done."""
        return table in self.files

    def damaged(self) -> list[str]:
        """Names of its files that are gone, or hold other bytes than were written."""
        if "runs" not in self.files:
            return [self.name]
        wrong = [path for path, digest in self.files.values() if not path.is_file() or not sound(path, digest)]
        return [path.relative_to(self.folder).as_posix() for path in wrong]

    def read(self, table: str) -> pa.Table:
        """One table. Raises InputError when it is damaged."""
        path, digest = self.files[table]
        problem = "is damaged and cannot be read; give the sweep's command again, and its runs are done again"
        if not path.is_file() or not sound(path, digest):
            raise DamagedError(str(path), problem)
        try:
            return read_parquet(path)
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise DamagedError(str(path), problem) from error


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finished run lies: its part, the number that the run has there, and how it ended."""

    part: Part
    run: int
    status: str
    error: str
    trace: str = ""


@dataclass(frozen=True)
class FinishedRuns:
    """The finished runs of a folder by key, and the files of it that cannot be relied on."""

    places: dict[str, Place] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    lost: int = 0
    """How many runs lay in damaged parts, as far as that can be known."""


class Journal:
    """Writes finished runs in parts; `most` runs make one part, at most."""

    def __init__(self, folder: Path, most: int = MOST_RUNS) -> None:
        self.folder, self._most = folder / JOURNAL, most
        self._batches: list[Batch] = []
        self._runs = 0
        self._last_write = monotonic()

    def open(self, about: Mapping[str, Any]) -> None:
        """Begin, or go on with, a journal; what a killed writer left half done is removed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(".*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            with new_file(self.folder / ".about.json") as stream:
                stream.write(sealed(about))
            (self.folder / ".about.json").rename(self.folder / "about.json")
            sync(self.folder)
        except OSError as error:
            raise self._full(error) from error

    def add(self, batch: Batch) -> None:
        """Take finished runs; they are on the disk when they make a part, or a few seconds have passed."""
        if self._runs + len(batch.runs) > self._most:
            self.flush()
        self._batches.append(batch)
        self._runs += len(batch.runs)
        if self._runs >= self._most or monotonic() - self._last_write > MOST_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was taken and not yet written. InputError when the system refuses, a full disk say."""
        self._last_write = monotonic()
        if not self._batches:
            return
        runs = [run for batch in self._batches for run in batch.runs]
        columns: dict[str, list[Any]] = {
            "key": [r.task.key for r in runs],
            "status": ["failed" if r.error else "done" for r in runs],
            "error": [r.error for r in runs],
            "trace": [r.trace for r in runs],
            "run": [r.task.run for r in runs],
            "seconds": [r.seconds for r in runs],
            "model_seconds": [r.model_seconds for r in runs],
        }
        tables = {"runs": pa.table(columns, schema=RUNS)}
        for name in dict.fromkeys(name for batch in self._batches for name in batch.tables):
            tables[name] = pa.concat_tables([b.tables[name] for b in self._batches if name in b.tables])
        try:
            write_part(self.folder, tables)
        except OSError as error:
            raise self._full(error) from error
        self._batches, self._runs = [], 0

    def _full(self, error: OSError) -> InputError:
        problem = f"finished runs cannot be written: {reason(error)}; those already there are kept"
        return InputError(str(self.folder.parent), problem)


def write_part(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Add a part to a folder of parts: filled under another name, flushed, and renamed."""
    number = max((int(part.name.removeprefix("part-")) for part in parts(folder)), default=-1) + 1
    name = f"part-{number:06d}"
    unfinished = folder / f".{name}.{os.getpid()}"
    try:
        unfinished.mkdir()
        sums = ""
        for table, rows in tables.items():
            with new_file(unfinished / f"{table}.parquet") as stream:
                write_arrow(rows, stream)
            sums += f"{file_digest(unfinished / f'{table}.parquet')}  {table}.parquet\n"
        with new_file(unfinished / SUMS) as stream:
            stream.write(sums.encode())
        sync(unfinished)
        unfinished.rename(folder / name)
        sync(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def parts(folder: Path) -> list[Path]:
    """The parts in a folder, in the order in which they were written."""
    return sorted(folder.glob("part-*")) if folder.is_dir() else []


def about(folder: Path) -> Manifest | None:
    """What the journal in a sweep's folder says it is; None without one, and for one that is not as it was written."""
    file = folder / JOURNAL / "about.json"
    try:
        stored = unsealed(file.read_text(encoding="utf-8"), file)
    except (OSError, ValueError, DamagedError):
        return None
    return stored if isinstance(stored, Manifest) else None


def finished_runs(folder: Path) -> FinishedRuns:
    """Every finished run in a folder: from its sealed tables, its spare runs and its journal.

    A later part has the last word, so that a run that failed and was done again counts as done. Parts in which a
    byte is not as it was written are left out. Raises InputError for a manifest that is not as it was written.
    """
    places: dict[str, Place] = {}
    damaged, lost = [], 0
    for part, rows in _parts(folder):
        if wrong := part.damaged():
            damaged += wrong
            lost += rows
        else:
            places.update(_of_part(part))
    return FinishedRuns(places, damaged, lost)


def _parts(folder: Path) -> Iterator[tuple[Part, int]]:
    """Every part of a folder, and how many runs lie in it where that is known without reading it."""
    sealed_as = manifest_of(folder)
    if sealed_as is not None:
        tables = {
            name: {Path(one["name"]).name: one for one in facts.get("files", [])}
            for name, facts in sealed_as["tables"].items()
        }
        for name, runs in tables.get("runs", {}).items():
            of_part = {table: named[name] for table, named in tables.items() if name in named}
            files = {table: (folder / one["name"], one["sha256"]) for table, one in of_part.items()}
            yield Part(folder, f"runs/{name}", files), runs["rows"]
    for path in parts(folder / SPARE):
        yield _inside(folder, path), 0
    known = about(folder) is not None  # else nobody can tell by what code its runs were made
    for path in parts(folder / JOURNAL):
        yield _inside(folder, path) if known else Part(folder, path.relative_to(folder).as_posix(), {}), 0


def _inside(folder: Path, path: Path) -> Part:
    """A part of the journal or of spare runs. Without digests, as an early matsim wrote it, it holds nothing."""
    try:
        lines = [line.split("  ", 1) for line in (path / SUMS).read_text(encoding="utf-8").splitlines()]
        files = {Path(name).stem: (path / Path(name).name, digest) for digest, name in lines}
    except (OSError, ValueError):
        files = {}
    return Part(folder, path.relative_to(folder).as_posix(), files)


def _of_part(part: Part) -> Iterator[tuple[str, Place]]:
    table = part.read("runs")
    names = [name for name in ("key", "run", "status", "error", "trace") if name in table.column_names]
    for row in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        yield row[0], Place(part, *row[1:])


def files_of(folder: Path) -> Iterable[str]:
    """The files of the journal and of spare runs, as paths in the sweep's folder."""
    for inner in (JOURNAL, SPARE):
        yield from (path.relative_to(folder).as_posix() for path in (folder / inner).rglob("*") if path.is_file())
