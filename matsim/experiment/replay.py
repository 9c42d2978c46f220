"""One run of a sweep as a result of its own, and a sample of a sweep made again and compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from matsim.core.errors import InputError, MatsimError, VerificationError
from matsim.experiment.ensemble import Ensemble, Task
from matsim.experiment.fingerprint import fingerprints
from matsim.experiment.journal import finished_runs
from matsim.experiment.runner import Tell
from matsim.experiment.stored import ensemble_of, open_sweep, rows_of
from matsim.experiment.worker import Worker, bare, run_task
from matsim.measures import SWEEP_TABLES, summarise
from matsim.results.provenance import made_otherwise
from matsim.results.reader import prove, proving
from matsim.results.store import Result, ensure_free
from matsim.results.table_files import table_digest
from matsim.simulation.simulate import Files, files_of, run
from matsim.words.phrases import named


class FailedAgainError(MatsimError):
    """A run failed as it did in the sweep. The exit code is that of a sweep in which runs failed."""

    exit_code = 4


def replay(
    folder: Path,
    number: int,
    out: Path,
    *,
    establishments: Path | None = None,
    group_links: Path | None = None,
    overwrite: bool = False,
    command: Sequence[str] = (),
    tell: Tell | None = None,
) -> Result:
    """Make one run of a sweep again as a normal result, with every table.

    Its summaries have to equal the sweep's rows: VerificationError when they do not. A run that failed in the sweep
    raises FailedAgainError when it ends with the error it had, and VerificationError when it ends in any other way.
    """
    sweep = open_sweep(folder)
    files = files_of(sweep, establishments, group_links)
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
        outcome = f"{_who(task)} failed in the sweep ({before}) and goes well now; its result is in {out}"
        raise VerificationError(f"{folder}: {outcome}")
    _compare(folder, task, stored, summarise(tables, marks), made_otherwise(sweep.manifest))
    return result


def verify_sample(
    folder: Path,
    sample: int,
    *,
    seed: int = 1,
    establishments: Path | None = None,
    group_links: Path | None = None,
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
    ensemble = ensemble_of(sweep, files := files_of(sweep, establishments, group_links))
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


def _who(task: Task) -> str:
    return f"run {task.run} (arm {named(task.arm)}, point {task.point}, seed {task.seed})"


def _error(sweep: Result, number: int) -> str:
    """The error that a run of the sweep ended with; empty when it went well."""
    runs = sweep.table("runs", SWEEP_TABLES["runs"])
    return str(runs.loc[runs["run"] == number, "error"].iloc[0])


def _fail_again(folder: Path, ensemble: Ensemble, task: Task, files: Files | None, before: str) -> None:
    """Do a failed run again. Raises FailedAgainError or VerificationError when it fails; returns when it goes well."""
    batch = Worker(bare(ensemble), files).run([task])
    now = batch.runs[0].error
    if now == before:
        outcome = f"{_who(task)} failed again, in the same way as in the sweep: {now}"
        raise FailedAgainError(
            f"{folder}: {outcome}\nWhere in the code it failed is in {Path(folder) / 'failures.json'}."
        )
    if now:
        raise VerificationError(f"{folder}: {_who(task)} failed again, but with '{now}'; in the sweep with '{before}'")


def _compare(
    folder: Path, task: Task, stored: dict[str, pd.DataFrame], made: dict[str, pd.DataFrame], otherwise: str
) -> None:
    """VerificationError unless what was made again is what was stored; `otherwise` says by what else it was made."""
    for name, frame in stored.items():
        again = made[name]
        columns = [column for column in frame.columns if column in again.columns]
        if differ := [c for c in columns if table_digest(frame[[c]]) != table_digest(again[[c]])]:
            outcome = f"{folder}: {_who(task)} came out differently, first in {name}, column {differ[0]}"
            raise VerificationError(f"{outcome}. {otherwise}" if otherwise else outcome)
