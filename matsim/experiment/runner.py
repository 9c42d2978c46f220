"""Running an ensemble: what is new is done, what is finished is kept, and a complete sweep is sealed."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from matsim.analysis.precision import Reached, reached
from matsim.core.disk import tidy
from matsim.core.errors import InputError
from matsim.core.lock import locked
from matsim.experiment import journal, seal
from matsim.experiment.ensemble import Ensemble, Shard, Task
from matsim.experiment.journal import Journal, Place
from matsim.experiment.worker import Batch, batches, first_year
from matsim.results.manifests import Manifest
from matsim.results.provenance import MADE_BY, manifest, unlike
from matsim.results.store import Result, damaged, manifest_of, open_result
from matsim.simulation.simulate import Files
from matsim.words.amounts import many, significant

type Tell = Callable[[int, int], None]
"""Called with runs finished and runs in all."""
type Say = Callable[[str], None]
"""Called with a sentence about what is being done."""


@dataclass(frozen=True)
class Engine:
    """Where runs are done: `workers` processes here (0: this very process), or the Dask scheduler at an address."""

    workers: int = 0
    scheduler: str = ""

    def run(self, ensemble: Ensemble, tasks: Sequence[Task], files: Files | None) -> Generator[Batch, None, None]:
        """Do runs; they come as they are finished."""
        if self.scheduler:
            try:
                from matsim.experiment.cluster import remote
            except ImportError as error:
                problem = 'needs Dask, which comes with the extra "cluster": pip install "matsim-trusts[cluster]"'
                raise InputError("--scheduler", problem) from error
            return remote(ensemble, tasks, files, self.scheduler)
        return batches(ensemble, tasks, files, self.workers)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sweep(
    ensemble: Ensemble,
    out: Path,
    *,
    files: Files | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    shard: Shard | None = None,
    retry: bool = False,
    mixed: bool = False,
    command: Sequence[str] = (),
    tell: Tell | None = None,
    say: Say | None = None,
) -> Result:
    """Run an ensemble into a folder, and seal it. Runs that the folder has already are not done again.

    `workers` are processes (all processors unless said; 0 runs everything in this process, without protection
    against a run that kills it). `retry` does failed runs again. `mixed` allows runs of several versions of matsim
    beside each other. An interruption at any time costs the runs that were not written yet, a few seconds' worth:
    call it again. Raises InputError when the folder holds something else, is being written, or cannot be written.
    """
    begun = perf_counter()
    engine = Engine(processors() if workers is None else workers, scheduler or "")
    out = Path(out).resolve()
    tasks = shard.of(ensemble.tasks) if shard else ensemble.tasks
    with locked(out):
        places = finished(out, ensemble, tasks, say)
        about = _about(ensemble, out, shard, mixed) | ({"world": first_year(ensemble, files)} if files else {})
        todo = [task for task in tasks if not (place := places.get(task.key)) or (retry and place.status == "failed")]
        size = seal.part_size(ensemble, files is not None)  # a part of the journal is no larger than one of the result
        if todo:
            log = Journal(out, size)
            log.open(about | {"experiment": ensemble.experiment.text()})
            about["seconds"] = _do(engine.run(ensemble, todo, files), log, len(tasks) - len(todo), len(tasks), tell)
            known = places.keys() | {task.key for task in todo}  # what was damaged and is not asked for stays left out
            places = {key: place for key, place in journal.finished_runs(out).places.items() if key in known}
        elif _same(out, ensemble, shard, tasks):
            return open_result(out)
        inputs = files.inputs if files else {}
        full = about | _counts(ensemble, tasks, places)
        made = manifest(command, ensemble.experiment.seed, inputs, perf_counter() - begun, full)
        return seal.seal(out, ensemble, tasks, places, made, size)


def _do(
    batches: Generator[Batch, None, None], log: Journal, done: int, total: int, tell: Tell | None
) -> dict[str, float]:
    """Do runs and keep them, also when this is interrupted. Returns the seconds that runs, and the model, took."""
    seconds = {"runs": 0.0, "model": 0.0}
    if tell:
        tell(done, total)
    with closing(batches):
        try:
            for batch in batches:
                log.add(batch)
                for run in batch.runs:
                    done += 1
                    seconds["runs"] += run.seconds
                    seconds["model"] += run.model_seconds
                    if tell:
                        tell(done, total)
        finally:
            log.flush()
    return {name: round(value, 3) for name, value in seconds.items()}


def _same(out: Path, ensemble: Ensemble, shard: Shard | None, tasks: Sequence[Task]) -> bool:
    """Whether the folder holds this very sweep already, sealed."""
    stored = manifest_of(out)
    if stored is None or journal.about(out) is not None or stored["shard"] != (str(shard) if shard else ""):
        return False
    if damaged(out, stored):
        return False
    return stored["runs"] == len(tasks) and open_result(out).text("experiment.toml") == ensemble.experiment.text()


def finished(out: Path, ensemble: Ensemble, tasks: Sequence[Task], say: Say | None = None) -> dict[str, Place]:
    """The finished runs in a folder that may hold this sweep, but for damaged ones. InputError for anything else."""
    if out.parent.is_dir():
        tidy(out)
    if not out.exists():
        return {}
    if not out.is_dir():
        raise InputError(str(out), "is a file; a sweep needs a folder of its own")
    stored = manifest_of(out)
    if stored is not None and stored.get("kind") != "sweep":
        what = f"holds a result of the kind '{stored.get('kind')}', not a sweep; name a new or an empty folder"
        raise InputError(str(out), what)
    begun = journal.about(out)
    if stored is None and begun is None and {path.name for path in out.iterdir()} - {journal.JOURNAL}:
        raise InputError(str(out), "holds other files and no sweep; name a new or an empty folder")
    there = journal.finished_runs(out)
    places = there.places
    about = stored or begun or Manifest()
    other = bool(places) or (bool(there.damaged) and about.get("title") != ensemble.experiment.title)
    if other and not any(task.key in places for task in tasks):
        runs = many(len(places), "run")
        what = f"holds {runs} of another experiment ('{about.get('title', '')}')"
        if about.get("shard"):
            what = f"holds {runs} of shard {about['shard']} of the experiment '{about.get('title', '')}'"
        raise InputError(str(out), f"{what}, none of which this one asks for; name another folder")
    if say and there.damaged:
        runs = many(there.lost, "finished run") if there.lost else "finished runs"
        when = " when they are asked for" if any(name.startswith(journal.SPARE) for name in there.damaged) else ""
        say(f"{runs} cannot be relied on (changed or gone: {', '.join(there.damaged)}), and are done again{when}")
    return places


def _about(ensemble: Ensemble, out: Path, shard: Shard | None, mixed: bool) -> dict[str, Any]:
    """What the folder will say it is. InputError when other code or libraries made what is there."""
    now = {name: value for name, value in manifest((), 0, {}, 0.0).items() if name in MADE_BY}
    before = [dict(then) for then in (journal.about(out) or manifest_of(out) or Manifest()).get("made_by", [])]
    if not mixed and (other := next(filter(None, (unlike(then, now) for then in before)), "")):
        problem = f"holds runs made with {other}: their numbers may not stand side by side"
        raise InputError(str(out), f"{problem}; name another folder, or say --mixed")
    experiment = ensemble.experiment
    return {
        "kind": "sweep",
        "title": experiment.title,
        "question": experiment.question,
        "baseline": experiment.baseline,
        "arms": list(ensemble.arms),
        "measures": list(experiment.measures),
        "keep": list(experiment.keep),
        "replicates": ensemble.replicates,
        "points": len(ensemble.settings),
        "planned": len(ensemble.tasks),
        "shard": str(shard) if shard else "",
        "made_by": [*before, now] if now not in before else before,
    }


def _counts(ensemble: Ensemble, tasks: Sequence[Task], places: Mapping[str, Place]) -> dict[str, Any]:
    failed = sum(places[task.key].status == "failed" for task in tasks)
    years = max(arm.run.years for arm in ensemble.arms.values())
    asked = {task.key for task in tasks}
    spare = sum(place.status == "done" and key not in asked for key, place in places.items())
    return {"runs": len(tasks), "failed": failed, "spare": spare, "years": years}


def until_precise(ensemble: Ensemble, out: Path, say: Say | None = None, **how: Any) -> tuple[Result, Reached | None]:
    """Run an ensemble; with a wanted precision, add replicates until it is reached or they are as many as allowed.

    `how` is what `sweep` takes. Each round is a complete sweep, so that an interruption costs no more than
    elsewhere. The second value is None when the experiment asks for no precision.
    """
    wanted = ensemble.experiment.precision
    if wanted is None:
        return sweep(ensemble, out, say=say, **how), None
    before = max(
        (stored.get("replicates", 0) for stored in (manifest_of(out), journal.about(out)) if stored), default=0
    )
    if ensemble.replicates < before <= wanted.at_most:  # an earlier session has come further
        ensemble = ensemble.extended(before)
    result = sweep(ensemble, out, say=say, **how)
    while True:
        now = reached(result, wanted, ensemble.experiment.baseline)
        if now.reached or ensemble.replicates >= wanted.at_most:
            return result, now
        # no more than twice as many at once: early guesses of the spread are poor
        replicates = min(max(now.needed, ensemble.replicates + 1), 2 * ensemble.replicates, wanted.at_most)
        if say:
            say(f"{ensemble.replicates} replicates: half-width {significant(now.half_width)}; going on to {replicates}")
        ensemble = ensemble.extended(replicates)
        result = sweep(ensemble, out, say=say, **how)


def unfinished(out: Path) -> int:
    """How many finished runs an interrupted sweep's folder holds."""
    return len(journal.finished_runs(Path(out).resolve()).places)


__all__ = ["Engine", "Tell", "finished", "open_result", "processors", "sweep", "unfinished", "until_precise"]
