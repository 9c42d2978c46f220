"""How long a sweep will take, how much disk and how much memory, from doing one or two of its runs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from matsim.experiment import pool
from matsim.experiment.plan import Plan, Task
from matsim.experiment.runner import finished, processors
from matsim.experiment.shards import Shard
from matsim.experiment.work import Batch
from matsim.run import Files
from matsim.tablefiles import write_arrow

TRIED = 2


@dataclass(frozen=True)
class Forecast:
    """What a sweep will need: `seconds` with `workers`, their start included; disk in all; memory of each."""

    runs: int
    new: int
    failed_before: int
    workers: int
    seconds_per_run: float
    seconds: float
    megabytes_disk: float
    megabytes_worker: float


def forecast(
    plan: Plan, out: Path | None, *, files: Files | None = None, workers: int | None = None, shard: Shard | None = None
) -> Forecast:
    """What it takes to do what is not done yet: two runs are done, and thrown away. Nothing is written.

    InputError when the folder holds something else. A run that fails when tried is taken as it comes.
    """
    tasks = shard.of(plan.tasks) if shard else plan.tasks
    held = finished(Path(out).resolve(), tasks) if out else {}
    new = [task for task in tasks if task.key not in held]
    failed = sum(held[task.key].status == "failed" for task in tasks if task.key in held)
    count = max(1, min(processors() if workers is None else workers, len(new)))
    begun = perf_counter()
    tried = _try(plan, new, files)
    took = perf_counter() - begun
    each = [done.seconds for batch in tried for done in batch.runs]
    per_run = min(each, default=0.0)  # the first of them also pays for what later runs find done
    size = sum(_bytes(batch) for batch in tried) / max(len(each), 1)
    return Forecast(
        runs=len(tasks),
        new=len(new),
        failed_before=failed,
        workers=count,
        seconds_per_run=per_run,
        seconds=took - sum(each) + per_run * len(new) / count,
        megabytes_disk=size * len(tasks) / 1e6,
        megabytes_worker=max((batch.megabytes for batch in tried), default=0.0),
    )


def _try(plan: Plan, new: Sequence[Task], files: Files | None) -> list[Batch]:
    """Two runs from the ends of what is to be done, in a worker, so that its memory is that of a worker."""
    tasks = [*new[:1], *new[1:][-1:]][:TRIED]
    if not tasks:
        return []
    with closing(pool.local(plan, tasks, files, 1)) as batches:  # type: ignore[type-var]
        return list(batches)


def _bytes(batch: Batch) -> int:
    """Size on disk of the rows of some runs."""
    total = 0
    for table in batch.tables.values():
        stream = io.BytesIO()
        write_arrow(table, stream)
        total += stream.tell()
    return total
