"""Finished runs as they come: Parquet parts that are on the disk whole or not at all, until the sweep is sealed.

OUT/journal/about.json             what is being run, and by which version
OUT/journal/part-000000/           runs.parquet and one file for each table of the sweep
OUT/spare/part-000000/             finished runs that the present plan does not ask for, in the same form
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa

from matsim.disk import new_file, reason, sync
from matsim.errors import InputError
from matsim.experiment.work import Batch
from matsim.tablefiles import read_parquet, write_arrow

JOURNAL, SPARE = "journal", "spare"
MOST_RUNS, MOST_SECONDS = 100, 5.0
"""When finished runs are written: so many of them, or so long after the last time."""

RUNS = pa.schema(
    [(name, pa.string()) for name in ("key", "status", "error", "trace")]
    + [("run", pa.int64()), ("seconds", pa.float64()), ("model_seconds", pa.float64())]
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finished run lies: a file for each table, the number that the run has there, and how it ended."""

    files: Callable[[str], Path]
    run: int
    status: str
    error: str
    trace: str = ""


class Journal:
    """Writes finished runs in parts; `most` runs make one part, at most."""

    def __init__(self, folder: Path, most: int = MOST_RUNS) -> None:
        self.folder, self._most = folder / JOURNAL, most
        self._batches: list[Batch] = []
        self._runs = 0
        self._written = monotonic()

    def open(self, about: Mapping[str, Any]) -> None:
        """Begin, or go on with, a journal; what a killed writer left half done is removed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for left in self.folder.glob(".*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            with new_file(self.folder / ".about.json") as stream:
                stream.write((json.dumps(about, indent=2, ensure_ascii=False) + "\n").encode())
            (self.folder / ".about.json").rename(self.folder / "about.json")
            sync(self.folder)
        except OSError as error:
            raise self._full(error) from error

    def add(self, batch: Batch) -> None:
        """Take finished runs; they are on the disk when they make a part, or a few seconds have passed."""
        self._batches.append(batch)
        self._runs += len(batch.runs)
        if self._runs >= self._most or monotonic() - self._written > MOST_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what was taken and not yet written. InputError when the system refuses, a full disk say."""
        self._written = monotonic()
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
        told = f"finished runs cannot be written: {reason(error)}; those already there are kept"
        return InputError(str(self.folder.parent), told)


def write_part(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Add a part to a folder of parts: filled under another name, flushed, and renamed."""
    number = max((int(part.name.removeprefix("part-")) for part in parts(folder)), default=-1) + 1
    name = f"part-{number:06d}"
    unfinished = folder / f".{name}.{os.getpid()}"
    try:
        unfinished.mkdir()
        for table, rows in tables.items():
            with new_file(unfinished / f"{table}.parquet") as stream:
                write_arrow(rows, stream)
        sync(unfinished)
        unfinished.rename(folder / name)
        sync(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def parts(folder: Path) -> list[Path]:
    """The parts in a folder, in the order in which they were written."""
    return sorted(folder.glob("part-*")) if folder.is_dir() else []


def about(folder: Path) -> dict[str, Any] | None:
    """What the journal in a sweep's folder says it is; None when there is no journal."""
    try:
        found: dict[str, Any] = json.loads((folder / JOURNAL / "about.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def places(folder: Path) -> dict[str, Place]:
    """Every finished run in a folder, by key: from its sealed tables, its spare runs and its journal.

    A later part has the last word, so that a run that failed and was done again counts as done.
    """
    found: dict[str, Place] = {}
    for file in sorted((folder / "runs").glob("part-*.parquet")):
        found.update(_of_part(partial(_sealed, folder, file.name)))
    for inner in (SPARE, JOURNAL):
        for part in parts(folder / inner):
            found.update(_of_part(partial(_inside, part)))
    return found


def _sealed(folder: Path, part: str, table: str) -> Path:
    return folder / table / part


def _inside(part: Path, table: str) -> Path:
    return part / f"{table}.parquet"


def _of_part(files: Callable[[str], Path]) -> Iterator[tuple[str, Place]]:
    runs = files("runs")
    try:
        table = read_parquet(runs)
    except (OSError, ValueError) as error:
        told = "is damaged and cannot be read; remove the part it belongs to, and its runs will be done again"
        raise InputError(str(runs), told) from error
    names = [name for name in ("key", "run", "status", "error", "trace") if name in table.column_names]
    for row in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        yield row[0], Place(files, *row[1:])
