"""From finished runs in the order in which they came to a result in that of the ensemble: bounded files, equal bytes.

Runs are read and written a part at a time, and each part is read once: what belongs in a later one is laid aside, on
the disk when it is much, so that memory does not grow with the sweep. The bytes of every table depend on the ensemble
alone: not on workers, batches, interruptions, shards or the engine.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from math import ceil
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matsim.core.disk import new_file, reason, whole_folder
from matsim.core.errors import InputError
from matsim.experiment.ensemble import Ensemble, Task
from matsim.experiment.journal import RUNS, SPARE, Part, Place, files_of, write_part
from matsim.experiment.worker import table_names
from matsim.measures import SWEEP_TABLES
from matsim.results.provenance import file_digest
from matsim.results.store import Result, finish, open_result, result_files
from matsim.results.table_files import schema, table_digest, to_arrow, to_frame, write_arrow
from matsim.results.tables import check
from matsim.scenario.show import resolved
from matsim.simulation.inventory import lists

FAILURES = "failures.json"
PART_RUNS = 100
"""Runs in one file of a table, at most."""
PART_ROWS = 2_000_000
"""Rows in one file of a table, about: tables with a row per school are cut into smaller parts."""
LAID_ASIDE = 16_000_000
"""Bytes of rows that are held in memory until the part that they belong in is written; small tables take more."""
NOTES = (
    "experiment.toml  the experiment; scenario.toml is that of its baseline arm",
    "failures.json    where failed runs went wrong, if any did",
    "spare/           finished runs that the experiment, as it was last run, does not ask for: kept for when it does",
)
SCHOOLS_OF_ENGLAND = 22_000
LARGE = {"school_year": 1.0, "events": 1.0}
"""Kept tables with about so many rows for each school and year."""


def part_size(ensemble: Ensemble, from_files: bool) -> int:
    """Runs in one part: fewer where the experiment keeps large tables."""
    if not set(ensemble.experiment.keep) & set(LARGE):
        return PART_RUNS
    arms = ensemble.arms.values()
    schools = max(SCHOOLS_OF_ENGLAND if from_files else arm.world.synthetic.schools for arm in arms)
    return int(min(PART_RUNS, max(1, PART_ROWS // (schools * max(arm.run.years for arm in arms)))))


def seal(
    out: Path,
    ensemble: Ensemble,
    tasks: Sequence[Task],
    places: Mapping[str, Place],
    about: Mapping[str, Any],
    size: int,
) -> Result:
    """Write the finished sweep in the place of its folder, journal and all, whole or not at all.

    `places` says where each of `tasks` lies; what there is beyond them is kept as spare runs. `size` is the number
    of runs in a part. InputError when it cannot be written: then everything is as it was.
    """
    names = ["runs", *table_names(ensemble.experiment.keep)]
    facts: dict[str, Any] = {name: _facts(name) for name in names}
    try:
        with whole_folder(out, result_files(out) | set(files_of(out))) as folder:
            for name in names:
                (folder / name).mkdir()
                for number, table in enumerate(_in_order(name, tasks, places, size, folder)):
                    _write(folder, f"{name}/part-{number:05d}.parquet", name, table, facts[name])
            facts["points"] = _facts("points")
            _write(
                folder, "points.parquet", "points", to_arrow(ensemble.points, SWEEP_TABLES["points"]), facts["points"]
            )
            _failures(folder, tasks, places)
            _spare(folder / SPARE, tasks, places, names[1:], size)
            for entry in facts.values():
                # of the parts' digests: the whole table need not be in memory for it
                entry["digest"] = hashlib.sha256("".join(f["digest"] for f in entry["files"]).encode()).hexdigest()
            with new_file(folder / "experiment.toml") as stream:
                stream.write(ensemble.experiment.text().encode())
            base = ensemble.arms[ensemble.experiment.baseline]
            specs = [SWEEP_TABLES[name] for name in facts]
            full = {**about, "formats": ["parquet"], "tables": facts}
            finish(folder, full, resolved(base), specs, lists(base), NOTES)
    except OSError as error:
        problem = f"the sweep cannot be written: {reason(error)}; finished runs are kept"
        raise InputError(str(out), problem) from error
    return open_result(out)


def _facts(name: str) -> dict[str, Any]:
    return {"rows": 0, "digest": "", "columns": SWEEP_TABLES[name].types, "files": []}


def _write(folder: Path, file: str, name: str, table: pa.Table, facts: dict[str, Any]) -> None:
    """One part of a table, with what the manifest says of it."""
    frame = to_frame(table)
    check(frame, SWEEP_TABLES[name])
    with new_file(folder / file) as stream:
        write_arrow(table, stream)
    sha = file_digest(folder / file)
    facts["files"].append({"name": file, "rows": len(frame), "sha256": sha, "digest": table_digest(frame)})
    facts["rows"] += len(frame)


def _runs(block: Sequence[Task], places: Mapping[str, Place]) -> pa.Table:
    """The table `runs` of some tasks."""
    rows = [(*task, places[task.key].status, places[task.key].error) for task in block]
    names = ("run", "key", "arm", "point", "replicate", "seed", "status", "error")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    fields = schema(SWEEP_TABLES["runs"])
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in fields}, schema=fields)


def _in_order(
    name: str, tasks: Sequence[Task], places: Mapping[str, Place], size: int, folder: Path
) -> Iterator[pa.Table]:
    """A table of some runs in their order and under their numbers in the ensemble, `size` runs at a time."""
    if name == "runs":
        yield from (_runs(block, places) for block in batched(tasks, size))
        return
    wanted: dict[int, tuple[Part, dict[int, int]]] = {}
    for turn, task in enumerate(tasks):
        place = places[task.key]
        if place.status == "done":
            wanted.setdefault(id(place.part), (place.part, {}))[1][place.run] = turn
    missing = Counter(turn // size for _, turns in wanted.values() for turn in turns.values())
    runs = np.array([task.run for task in tasks], np.int64)
    parts = iter(wanted.values())
    with _Shelves(folder / f".{name}", schema(SWEEP_TABLES[name])) as shelves:
        for block in range(ceil(len(tasks) / size)):
            while missing[block]:
                part, turns = next(parts)
                table = part.read(name)
                rows, turn_of = _placed(table.column("run").to_numpy(), turns)
                for shelf in sorted({turn // size for turn in turns.values()}):
                    of = slice(*np.searchsorted(turn_of, (shelf * size, (shelf + 1) * size)))
                    # rows of their own: a slice would keep the whole part in memory
                    shelves.put(shelf, _with_runs(table.take(pa.array(rows[of])), turn_of[of]))
                missing.subtract(turn // size for turn in turns.values())
            whole = shelves.take(block)
            yield _with_runs(whole, runs[whole.column("run").to_numpy()])


def _placed(runs: NDArray[np.int64], turns: Mapping[int, int]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Which rows are of the runs that have a turn, in order of turns, and the turn of each."""
    numbers = np.array(sorted(turns), np.int64)
    at = np.searchsorted(numbers, runs).clip(max=len(numbers) - 1)
    turn = np.array([turns[run] for run in numbers.tolist()], np.int64)[at]
    rows = np.flatnonzero(numbers[at] == runs)
    rows = rows[np.argsort(turn[rows], kind="stable")]
    return rows, turn[rows]


def _with_runs(table: pa.Table, runs: NDArray[np.int64]) -> pa.Table:
    return table.set_column(table.schema.get_field_index("run"), table.schema.field("run"), pa.array(runs))


class _Shelves:
    """Rows laid aside by the part of the result that they belong in: in memory while they are few, then on the disk."""

    def __init__(self, folder: Path, fields: pa.Schema) -> None:
        self._folder, self._fields = folder, fields
        self._tables: dict[int, list[pa.Table]] = {}
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def put(self, shelf: int, rows: pa.Table) -> None:
        """Lay rows aside. OSError when the disk is full."""
        self._tables.setdefault(shelf, []).append(rows)
        self._bytes += rows.nbytes
        if self._bytes > LAID_ASIDE:
            self._folder.mkdir(exist_ok=True)
            for later in sorted(self._tables)[1:]:  # the first will be taken next
                with (self._folder / str(later)).open("ab") as file, pa.ipc.new_stream(file, self._fields) as stream:
                    for table in self._tables.pop(later):
                        stream.write_table(table)
                        self._bytes -= table.nbytes

    def take(self, shelf: int) -> pa.Table:
        """What was laid on a shelf, in order of runs; the shelf is empty then."""
        tables = self._tables.pop(shelf, [])
        self._bytes -= sum(table.nbytes for table in tables)
        file = self._folder / str(shelf)
        if file.is_file():
            with file.open("rb") as stored:
                while stored.peek(1):
                    tables.append(pa.ipc.open_stream(stored).read_all())
            file.unlink()
        table = pa.concat_tables([self._fields.empty_table(), *tables])
        return table.take(pa.array(np.argsort(table.column("run").to_numpy(), kind="stable")))


def _failures(folder: Path, tasks: Sequence[Task], places: Mapping[str, Place]) -> None:
    """Where failed runs went wrong, for whoever mends it. Beside the tables: it names places in the code."""
    failed = [(task, places[task.key]) for task in tasks if places[task.key].status == "failed"]
    if failed:
        entries = [{**task._asdict(), "error": place.error, "trace": place.trace} for task, place in failed]
        with new_file(folder / FAILURES) as stream:
            stream.write((json.dumps(entries, indent=2, ensure_ascii=False) + "\n").encode())


def _spare(folder: Path, tasks: Sequence[Task], places: Mapping[str, Place], names: Sequence[str], size: int) -> None:
    """Finished runs that the ensemble does not ask for, numbered as they come, so that a later one may find them."""
    asked = {task.key for task in tasks}
    left = (key for key, place in places.items() if key not in asked and place.status == "done")
    for number, keys in enumerate(batched(left, size)):
        if number == 0:
            folder.mkdir()
        block = [Task(run, key, "", 0, 0, 0) for run, key in enumerate(keys)]
        count = len(keys)
        columns: dict[str, list[Any]] = {
            "key": list(keys),
            "status": ["done"] * count,
            "error": [""] * count,
            "trace": [""] * count,
        }
        columns |= {"run": list(range(count)), "seconds": [0.0] * count, "model_seconds": [0.0] * count}
        # a table that was not kept when the run was done has no file, and equal keys mean equal kept tables
        kept = [name for name in names if all(places[task.key].part.has(name) for task in block)]
        tables = {name: next(_in_order(name, block, places, count, folder)) for name in kept}
        write_part(folder, {"runs": pa.table(columns, schema=RUNS)} | tables)
