"""Stored sweeps: opened again, put together from shards, one run made a result of its own, a sample made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matsim.core.errors import InputError, MatsimError, VerificationError
from matsim.core.lock import locked
from matsim.events.fingerprints import fingerprints
from matsim.experiment import journal, seal
from matsim.experiment.ensemble import Ensemble, Task, make_ensemble
from matsim.experiment.journal import Place, finished_runs
from matsim.experiment.load import load_experiment
from matsim.experiment.runner import Tell
from matsim.experiment.worker import Worker, bare, run_task
from matsim.measures import SWEEP_TABLES, summarise
from matsim.results.provenance import made_otherwise, unlike
from matsim.results.reader import prove, proving
from matsim.results.store import Result, damaged, ensure_free, manifest, manifest_of, open_result
from matsim.results.table_files import read_arrow, table_digest, to_frame
from matsim.simulation.simulate import Files, files_of, run
from matsim.words.amounts import count


def open_sweep(folder: Path) -> Result:
    """A finished sweep. Raises InputError for an unfinished one, and for anything else."""
    folder = Path(folder)
    if manifest_of(folder) is None and (folder / "journal").is_dir():
        problem = "is an unfinished sweep; finish it with the command that began it"
        raise InputError(str(folder), problem)
    result = open_result(folder)
    if (kind := result.manifest.get("kind")) != "sweep":
        raise InputError(str(folder), f"holds a result of the kind '{kind}'; this needs a sweep")
    return result


def tasks_of(result: Result) -> tuple[Task, ...]:
    """The runs of a stored sweep, in the order of the ensemble."""
    frame = result.table("runs", SWEEP_TABLES["runs"])[list(Task._fields)]
    return tuple(Task(*row) for row in frame.astype(object).itertuples(index=False, name=None))


def ensemble_of(result: Result, files: Files | None = None) -> Ensemble:
    """The ensemble that a stored sweep was made from, with the runs that it holds."""
    experiment = load_experiment(result.file("experiment.toml"))
    ensemble = make_ensemble(experiment, files, result.manifest["replicates"])
    return replace(ensemble, tasks=tasks_of(result))


def rows_of(result: Result, table: str, runs: Sequence[int]) -> pd.DataFrame:
    """The rows of some runs, without reading more of the table than one part at a time.

    Raises InputError for a part that cannot be read.
    """
    parts = []
    for file in result.files(table):
        try:
            part = read_arrow(file, result.manifest["tables"][table]["columns"])
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise result.damaged(file) from error
        parts.append(part.filter(pc.is_in(part.column("run"), value_set=pa.array(runs, pa.int64()))))
    return to_frame(pa.concat_tables(parts))


SHARED = (
    "kind",
    "title",
    "question",
    "baseline",
    "arms",
    "measures",
    "keep",
    "replicates",
    "points",
    "planned",
    "years",
)
"""What the manifests of all shards of a sweep say alike."""


def merge(folders: Sequence[Path], out: Path, *, mixed: bool = False, command: Sequence[str] = ()) -> Result:
    """Put the finished shards of a sweep together: the same bytes as the sweep in one go.

    InputError when they are not of one experiment, were made by different versions (unless `mixed`), one is named
    twice, or runs are missing; it says of which shards. InputError too when `out` holds anything already.
    """
    begun = perf_counter()
    out = Path(out).resolve()
    if manifest_of(out) is not None:  # said here, since a merge has no way to write over a result
        raise InputError(str(out), "holds a result already; name a new or an empty folder")
    ensure_free(out, False)
    shards = [open_sweep(folder) for folder in folders]
    _check(shards, folders, mixed)
    places: dict[str, Place] = {}
    tasks: dict[int, Task] = {}
    for shard in shards:
        places |= journal.finished_runs(shard.folder).places
        tasks |= {task.run: task for task in tasks_of(shard)}
    first = shards[0].manifest
    if len(tasks) < first["planned"]:
        raise InputError(str(out), _missing(shards, first["planned"] - len(tasks), first["planned"]))
    ordered = tuple(tasks[run] for run in sorted(tasks))
    ensemble = replace(ensemble_of(shards[0]), tasks=ordered)
    made_by = [then for i, shard in enumerate(shards) for then in shard.manifest["made_by"]]
    failed = sum(shard.manifest["failed"] for shard in shards)
    about = {name: first[name] for name in (*SHARED, *(["world"] if "world" in first else []))} | {
        "shard": "",
        "runs": len(ordered),
        "failed": failed,
    }
    about["made_by"] = [then for i, then in enumerate(made_by) if then not in made_by[:i]]
    made = manifest(command, first["seed"], {}, perf_counter() - begun, about) | {"inputs": first["inputs"]}
    with locked(out):
        return seal.seal(
            out, ensemble, ordered, places, made, seal.part_size(ensemble, "establishments" in first["inputs"])
        )


def _check(shards: Sequence[Result], folders: Sequence[Path], mixed: bool) -> None:
    first = shards[0]
    whole = [(shard, damaged(shard.folder, shard.manifest)) for shard in shards]
    if wrong := [f"{one.folder / name} is damaged or gone; {one.remedy}" for one, names in whole for name in names]:
        raise InputError("merge", wrong)
    text = first.text("experiment.toml")
    known: dict[Path | str, Path] = {}
    for folder, shard in zip(folders, shards, strict=True):
        place, part = Path(folder).resolve(), shard.manifest["shard"]
        if place in known:
            wrong.append(f"{folder} is named twice")
        elif part in known:
            wrong.append(f"{folder} and {known[part]} are both shard {part}")
        known |= {place: folder} | ({part: folder} if part else {})
        if shard.text("experiment.toml") != text:
            wrong.append(f"{folder} holds another experiment ('{shard.manifest['title']}') than {folders[0]}")
        elif any(shard.manifest[name] != first.manifest[name] for name in ("replicates", "planned", "inputs")):
            wrong.append(f"{folder} was made with other replicates or input files than {folders[0]}")
        elif not mixed and (other := _other(shard, first)):
            wrong.append(f"{folder} was made by {other} as {folders[0]}; say --mixed to allow it")
    if wrong:
        raise InputError("merge", wrong)


def _other(shard: Result, first: Result) -> str:
    """How what made the runs of one shard differs from what made those of another, in words."""
    pairs = ((one, other) for one in shard.manifest["made_by"] for other in first.manifest["made_by"])
    return next(filter(None, (unlike(*pair) for pair in pairs)), "")


def _missing(shards: Sequence[Result], missing: int, planned: int) -> str:
    """What is not there, and how to get it."""
    there = {shard.manifest["shard"] for shard in shards}
    counts = {name.partition("/")[2] for name in there}
    problem = f"{count(missing)} of {count(planned)} runs are missing"
    if len(counts) == 1 and (n := counts.pop()):
        names = [name for i in range(int(n)) if (name := f"{i + 1}/{n}") not in there]
        problem += f": those of shard {', '.join(names)}; run 'matsim sweep EXPERIMENT --shard {names[0]} --out DIR'"
    return problem


class FailedAgainError(MatsimError):
    """A run failed as it did in the sweep. The exit code is that of a sweep in which runs failed."""

    exit_code = 4


def replay(
    folder: Path,
    number: int,
    out: Path,
    *,
    files: Files | None = None,
    overwrite: bool = False,
    command: Sequence[str] = (),
    tell: Tell | None = None,
) -> Result:
    """Make one run of a sweep again as a normal result, with every table.

    Its summaries have to equal the sweep's rows: VerificationError when they do not. A run that failed in the sweep
    raises FailedAgainError when it ends with the error it had, and VerificationError when it ends in any other way.
    """
    sweep = open_sweep(folder)
    files = files_of(sweep, files)
    ensemble = ensemble_of(sweep, files)
    task = _task(sweep, ensemble, number)
    scenario = ensemble.scenario(task.arm, task.point)
    if before := _error(sweep, number):
        ensure_free(out, overwrite)
        _fail_again(folder, ensemble, task, files, before)
    stored = {} if before else {name: rows_of(sweep, name, [number]) for name in ("run_year", "run_group_year")}
    result = run(scenario, out, files=files, seed=task.seed, overwrite=overwrite, command=command, tell=tell)
    tables = {name: result.table(name) for name in ("system_year", "trust_year", "events")}
    marks = fingerprints(tables["events"], tables["system_year"]["year"].to_numpy())
    if before:
        outcome = f"{task.words} failed in the sweep ({before}) and goes well now; its result is in {out}"
        raise VerificationError(f"{folder}: {outcome}")
    _compare(folder, task, stored, summarise(tables, marks), made_otherwise(sweep.manifest))
    return result


def verify_sample(
    folder: Path,
    sample: int,
    *,
    seed: int = 1,
    files: Files | None = None,
    tell: Tell | None = None,
) -> list[int]:
    """Check every file's digest, make some runs of a sweep again and compare every row, byte for byte.

    The sample is drawn by `seed` from the runs that did not fail. Returns their numbers; VerificationError names
    what differs.
    """
    prove(folder, "sweep")
    with proving():
        sweep = open_sweep(folder)
    if wrong := finished_runs(sweep.folder).damaged:
        raise VerificationError(f"{folder}: {', '.join(wrong)} changed or gone since the sweep was written")
    ensemble = ensemble_of(sweep, files := files_of(sweep, files))
    runs = sweep.table("runs", SWEEP_TABLES["runs"])
    done = runs.loc[runs["status"] == "done", "run"].to_numpy()
    drawn = np.random.default_rng(seed).choice(done, min(sample, len(done)), replace=False)
    chosen: list[int] = np.sort(drawn).tolist()
    names = [name for name in sweep.tables if name not in ("runs", "points")]
    stored = {name: rows_of(sweep, name, chosen) for name in names}
    otherwise = made_otherwise(sweep.manifest)
    for i, number in enumerate(chosen):
        if tell:
            tell(i, len(chosen))
        task = _task(sweep, ensemble, number)
        mine = {name: frame[frame["run"] == number] for name, frame in stored.items()}
        _compare(folder, task, mine, run_task(ensemble, task, files), otherwise)
    return chosen


def _task(sweep: Result, ensemble: Ensemble, number: int) -> Task:
    for task in ensemble.tasks:
        if task.run == number:
            return task
    last = max((task.run for task in ensemble.tasks), default=-1)
    raise InputError(str(sweep.folder), f"has no run {number}; its runs are numbered from 0 to {last}")


def _error(sweep: Result, number: int) -> str:
    """The error that a run of the sweep ended with; empty when it went well."""
    runs = sweep.table("runs", SWEEP_TABLES["runs"])
    return str(runs.loc[runs["run"] == number, "error"].iloc[0])


def _fail_again(folder: Path, ensemble: Ensemble, task: Task, files: Files | None, before: str) -> None:
    """Do a failed run again. Raises FailedAgainError or VerificationError when it fails; returns when it goes well."""
    batch = Worker(bare(ensemble), files).run([[task]])
    now = batch.runs[0].error
    if now == before:
        outcome = f"{task.words} failed again, in the same way as in the sweep: {now}"
        raise FailedAgainError(
            f"{folder}: {outcome}\nWhere in the code it failed is in {Path(folder) / 'failures.json'}."
        )
    if now:
        raise VerificationError(f"{folder}: {task.words} failed again, but with '{now}'; in the sweep with '{before}'")


def _compare(
    folder: Path, task: Task, stored: dict[str, pd.DataFrame], made: dict[str, pd.DataFrame], otherwise: str
) -> None:
    """VerificationError unless what was made again is what was stored; `otherwise` says by what else it was made."""
    for name, frame in stored.items():
        again = made[name]
        columns = [column for column in frame.columns if column in again.columns]
        if differ := [c for c in columns if table_digest(frame[[c]]) != table_digest(again[[c]])]:
            outcome = f"{folder}: {task.words} came out differently, first in {name}, column {differ[0]}"
            raise VerificationError(f"{outcome}. {otherwise}" if otherwise else outcome)
