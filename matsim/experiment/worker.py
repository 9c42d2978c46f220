"""What is done for one run of an ensemble: the same code in this process, in a local worker and on a cluster."""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from matsim.core.errors import InputError, MatsimError
from matsim.core.processes import Lost, run_chunks
from matsim.events.fingerprints import fingerprints
from matsim.experiment.ensemble import Ensemble, Task
from matsim.measures import READ, SWEEP_TABLES, summary
from matsim.results.provenance import sources
from matsim.results.table_files import to_arrow
from matsim.scenario.fitting import misfits
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import batches as batched_runs
from matsim.simulation.recorder import IDENTITY
from matsim.simulation.simulate import Files, side_by_side, world_of
from matsim.world.copies import movable

CHANGED = (
    "its code was changed while the sweep ran, so that runs would differ; give the command again when it is at rest"
)
"""What stops a sweep of which a process has other code than the one that began it."""

NEEDED = ("system_year", "trust_year", IDENTITY)
"""Tables of a run that its summaries are made from."""

SCENARIOS = 512
"""How many scenarios a process keeps for the runs to come."""


@dataclass(frozen=True)
class Done:
    """How one run ended: `error` is a sentence, empty when it went well; `trace` says where it went wrong."""

    task: Task
    error: str = ""
    trace: str = ""
    seconds: float = 0.0
    model_seconds: float = 0.0


@dataclass(frozen=True)
class Batch:
    """Some finished runs: how each ended, the rows of those that went well by table, and the process's peak memory."""

    runs: tuple[Done, ...]
    tables: dict[str, pa.Table]
    megabytes: float = 0.0


def first_year(ensemble: Ensemble, files: Files) -> dict[str, Any]:
    """What is to be said of the first year that an ensemble's first arm reads from files (`World.about`)."""
    return world_of(next(iter(ensemble.arms.values())), files).about()


def run_task(ensemble: Ensemble, task: Task, files: Files | None = None) -> dict[str, pd.DataFrame]:
    """One run of an ensemble: its rows of every table of the sweep, with the column `run`.

    Raises whatever goes wrong in the run, InputError when the world cannot be read.
    """
    tables, _ = _run(ensemble, ensemble.scenario(task.arm, task.point), [task], files)
    return {name: pd.DataFrame(columns) for name, columns in tables.items()}


def _run(
    ensemble: Ensemble, scenario: Scenario, tasks: Sequence[Task], files: Files | None
) -> tuple[dict[str, dict[str, Any]], float]:
    """Runs under one scenario side by side: their rows as arrays by column, and the seconds that the model took."""
    keep, world = ensemble.experiment.keep, world_of(scenario, files)
    begun = perf_counter()
    model = side_by_side(scenario, world, [task.seed for task in tasks])
    wanted = {*NEEDED, *keep} - ({IDENTITY} if "events" in keep else set())
    model.recorder.only(wanted, {} if "trust_year" in keep else {"trust_year": READ})
    model.run_years(scenario.run.years)
    seconds = perf_counter() - begun
    made = model.recorder.side_by_side()
    model.let_go()
    years = np.unique(made["system_year"]["year"])
    tables = summary(made, fingerprints(made["events"], years, len(tasks))) | {f"run_{n}": dict(made[n]) for n in keep}
    runs = np.array([task.run for task in tasks])
    return {name: {"run": runs[columns.pop("copy")], **columns} for name, columns in tables.items()}, seconds


def table_names(keep: Sequence[str]) -> list[str]:
    """The tables that hold rows of runs, in the order in which they are stored."""
    return ["run_year", "run_group_year", *(f"run_{name}" for name in keep)]


class Worker:
    """What a process keeps between the runs it is given: the ensemble, the files, and scenarios already made."""

    def __init__(self, ensemble: Ensemble, files: Files | None) -> None:
        self.ensemble, self.files = ensemble, files
        # travels with the worker to its process, where `sources` reads what that process was started with
        self.sources = sources()["model_sources"]
        self._scenarios: OrderedDict[tuple[str, int], Scenario] = OrderedDict()

    def run(self, batches: Iterable[Sequence[Task]]) -> Batch:
        """Batches of runs, one after the other. A run that fails is a row like any other.

        InputError when no run can be done: the files that every world is read from are wrong, or the code was changed.
        """
        if sources()["model_sources"] != self.sources:
            raise InputError("matsim", CHANGED)
        runs: list[Done] = []
        pieces: dict[str, list[pa.Table]] = {name: [] for name in table_names(self.ensemble.experiment.keep)}
        for tasks in batches:
            for done, tables in self._side_by_side(tasks):
                runs += done
                for name, table in tables.items():
                    pieces[name].append(table)
        joined = {name: pa.concat_tables(parts).combine_chunks() for name, parts in pieces.items() if parts}
        return Batch(tuple(runs), joined, peak_megabytes())

    def _side_by_side(self, tasks: Sequence[Task]) -> Iterator[tuple[list[Done], dict[str, pa.Table]]]:
        """Runs of one content: how each ended, and their rows by table.

        When anything goes wrong each is done alone, so that only the one that it went wrong in is the worse for it.
        """
        begun = perf_counter()
        if self.files:  # outside the try: wrong files stop the sweep, whatever else goes wrong is how a run ended
            world_of(self._scenario(tasks[0]), self.files)
        try:
            made, model = _run(self.ensemble, self._scenario(tasks[0]), tasks, self.files)
            tables = {name: to_arrow(columns, SWEEP_TABLES[name]) for name, columns in made.items()}
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a run is how that run ended
            if len(tasks) == 1:
                yield [Done(tasks[0], sentence(error), traceback.format_exc(), perf_counter() - begun)], {}
                return
        else:
            each = (perf_counter() - begun) / len(tasks)
            yield [Done(task, seconds=each, model_seconds=model / len(tasks)) for task in tasks], tables
            return
        for task in tasks:
            yield from self._side_by_side([task])

    def _scenario(self, task: Task) -> Scenario:
        place = (task.arm, task.point)
        if place not in self._scenarios:
            while len(self._scenarios) >= SCENARIOS:
                self._scenarios.popitem(last=False)
            self._scenarios[place] = self.ensemble.scenario(*place)
        return self._scenarios[place]


def batches(
    ensemble: Ensemble, tasks: Sequence[Task], files: Files | None, workers: int
) -> Generator[Batch, None, None]:
    """Runs by so many processes of this machine (0: in this one), as they are finished, in no certain order.

    A run that costs two workers has failed. Raises what `run_chunks` and `Worker.run` raise.
    """
    return finished(ensemble, in_batches(ensemble, tasks, files, workers), files, workers)


def finished(
    ensemble: Ensemble, jobs: Sequence[Sequence[Task]], files: Files | None, workers: int
) -> Generator[Batch, None, None]:
    """The same for runs that have been put together already."""
    # closed at once when the reader stops early: else workers would go on until the generator is collected
    with closing(run_chunks(Worker(bare(ensemble), files).run, jobs, workers)) as chunks:
        for chunk, outcome in chunks:
            yield given_up(chunk, outcome.cause) if isinstance(outcome, Lost) else outcome


def in_batches(ensemble: Ensemble, tasks: Sequence[Task], files: Files | None, workers: int) -> list[list[Task]]:
    """Runs in batches of one content, which stand side by side in one model."""
    if files:  # the first year of every arm and point has nearly as many schools
        world = world_of(next(iter(ensemble.arms.values())), files)
        if not movable(world):
            return [[task] for task in tasks]
    schools: dict[str, int] = {}
    for task in tasks:
        here = ensemble.contents[task.arm, task.point]
        if here not in schools:
            schools[here] = world.size if files else ensemble.schools(task.arm, task.point)
    contents = [ensemble.contents[task.arm, task.point] for task in tasks]
    return [[tasks[number] for number in batch] for batch in batched_runs(contents, schools, workers)]


def given_up(tasks: Iterable[Task], cause: str) -> Batch:
    """Runs that have cost two workers."""
    return Batch(tuple(Done(task, f"worker died ({cause}) twice") for task in tasks), {})


def unfit(scenario: Scenario, files: Files | None) -> list[str]:
    """Why no run of a scenario could begin, in sentences; empty when one can."""
    try:
        return misfits(scenario, world_of(scenario, files))
    except InputError as error:
        return [f"{error.where}: {problem}" for problem in error.problems]


def bare(ensemble: Ensemble) -> Ensemble:
    """The ensemble without its list of runs, which workers are given piece by piece."""
    return replace(ensemble, tasks=(), contents={})


def sentence(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return text if isinstance(error, MatsimError) else f"{type(error).__name__}: {text}".rstrip(": ")


def peak_megabytes() -> float:
    """Most memory that this process has held, in MB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
