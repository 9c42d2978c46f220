"""How long a sweep will take, how much disk and how much memory, from doing a few of its runs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from matsim.experiment.ensemble import Ensemble, Shard, Task
from matsim.experiment.runner import finished, processors
from matsim.experiment.worker import Batch, in_batches, unfit
from matsim.experiment.worker import finished as finished_runs
from matsim.results.table_files import write_arrow
from matsim.simulation.simulate import Files
from matsim.words.phrases import named


@dataclass(frozen=True)
class Forecast:
    """What a sweep will need: `seconds` with `workers`, their start included; disk in all; memory of each.

    `tried` counts the runs that were done to find out; `errors` says of each that failed which it was, and why.
    """

    runs: int
    new: int
    failed_before: int
    workers: int
    seconds_per_run: float
    seconds: float
    megabytes_disk: float
    megabytes_worker: float
    tried: int = 0
    errors: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    """Why the runs of some arms would all fail, in sentences."""


def forecast(
    ensemble: Ensemble,
    out: Path | None,
    *,
    files: Files | None = None,
    workers: int | None = None,
    shard: Shard | None = None,
) -> Forecast:
    """What it takes to do what is not done yet: a run and a batch are done, and thrown away. Nothing is written.

    InputError when the folder holds something else, or the files of the world are wrong. The time of a run is that
    of one that goes well, where one does.
    """
    tasks = shard.of(ensemble.tasks) if shard else ensemble.tasks
    places = finished(Path(out).resolve(), ensemble, tasks) if out else {}
    new = [task for task in tasks if task.key not in places]
    failed = sum(places[task.key].status == "failed" for task in tasks if task.key in places)
    count = max(1, min(processors() if workers is None else workers, len(new)))
    begun = perf_counter()
    tried = _try(ensemble, new, files, count)
    took = perf_counter() - begun
    runs = [done for batch in tried for done in batch.runs]
    each = [done.seconds for done in runs]
    # the first of them also pays for what later runs find done
    per_run = min([done.seconds for done in runs if not done.error] or each, default=0.0)
    size = sum(_bytes(batch) for batch in tried) / max(len(each), 1)
    return Forecast(
        runs=len(tasks),
        new=len(new),
        failed_before=failed,
        workers=count,
        seconds_per_run=per_run,
        # what the trial took beyond its runs is the start of a worker, which all workers have at once
        seconds=took - sum(each) + per_run * len(new) / count,
        megabytes_disk=size * len(tasks) / 1e6,
        megabytes_worker=max((batch.megabytes for batch in tried), default=0.0),
        tried=len(runs),
        errors=tuple(f"{done.task.words}: {done.error}" for done in runs if done.error),
        unfit=tuple(f"arm {named(n)}: {reason}" for n, arm in ensemble.arms.items() for reason in unfit(arm, files)),
    )


def _try(ensemble: Ensemble, new: Sequence[Task], files: Files | None, workers: int) -> list[Batch]:
    """The first run and the last batch of what is to be done, in a worker, so that its memory is that of a worker."""
    jobs = [
        new[:1],
        *([task for task in batch if task != new[0]] for batch in in_batches(ensemble, new, files, workers)[-1:]),
    ]
    return list(finished_runs(ensemble, [batch for batch in jobs if batch], files, 1))


def _bytes(batch: Batch) -> int:
    """Size on disk of the rows of some runs."""
    total = 0
    for table in batch.tables.values():
        stream = io.BytesIO()
        write_arrow(table, stream)
        total += stream.tell()
    return total
