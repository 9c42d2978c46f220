"""A sweep in pieces: one shard of it on each of several machines, and the pieces put together again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from matsim.core.errors import InputError
from matsim.core.lock import locked
from matsim.core.reading import shortened
from matsim.experiment import journal, seal
from matsim.experiment.ensemble import Task
from matsim.experiment.journal import Place
from matsim.experiment.stored import ensemble_of, open_sweep, tasks_of
from matsim.results.provenance import unlike
from matsim.results.store import Result, damaged, ensure_free, manifest, manifest_of
from matsim.words.amounts import count

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


@dataclass(frozen=True)
class Shard:
    """Every n-th run: shard `number` of `count`, counted from 1. The same runs whoever asks."""

    number: int
    count: int

    def of(self, tasks: Sequence[Task]) -> tuple[Task, ...]:
        """The runs of this shard. A run stays in its shard when replicates are added."""
        return tuple(task for task in tasks if task.run % self.count == self.number - 1)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def parse(text: str) -> Shard:
    """`2/4` as a shard. Raises InputError for anything else."""
    if not text.strip():
        raise InputError("--shard", "is empty; should be i/n with i from 1 to n, such as 2/4")
    parts = re.fullmatch(r"(\d{1,18})/(\d{1,18})", text.strip(), re.ASCII)
    if parts is None or not 1 <= int(parts[1]) <= int(parts[2]):
        raise InputError(f"--shard {shortened(text)}", "should be i/n with i from 1 to n, such as 2/4")
    return Shard(int(parts[1]), int(parts[2]))


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
