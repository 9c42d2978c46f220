"""An ensemble: every run of an experiment, in order, each with a key that says what it is made from."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from matsim.core.errors import InputError
from matsim.core.reading import shortened
from matsim.core.toml import plain
from matsim.experiment.designs import Point, frame, points
from matsim.experiment.factors import assign
from matsim.experiment.load import WORDS, arms_of, differences
from matsim.experiment.schema import Experiment
from matsim.results.provenance import file_digest
from matsim.scenario.first_year import settled_tables
from matsim.scenario.schema import Scenario
from matsim.words.amounts import count
from matsim.words.phrases import named

if TYPE_CHECKING:
    from matsim.simulation.simulate import Files

LAYOUT = 2
"""What a finished run holds; raised when older finished runs can no longer stand beside new ones."""
KEY_LENGTH = 20
MOST_RUNS = 2_000_000


class Task(NamedTuple):
    """One run: its place in the ensemble, what it is made from, and its seed."""

    run: int
    key: str
    arm: str
    point: int
    replicate: int
    seed: int

    @property
    def words(self) -> str:
        """Which run it is, for sentences."""
        return f"run {self.run} (arm {named(self.arm)}, point {self.point}, seed {self.seed})"


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


@dataclass(frozen=True)
class Ensemble:
    """Every run of an experiment, ordered by replicate, then arm, then point."""

    experiment: Experiment
    arms: dict[str, Scenario]
    points: pd.DataFrame
    """The points as the table `points` of a sweep."""
    settings: tuple[dict[str, Any], ...]
    """For each point, the values it sets."""
    contents: dict[tuple[str, int], str]
    """For each arm and point, the digest of all that its runs are made from but luck."""
    replicates: int
    tasks: tuple[Task, ...]

    def scenario(self, arm: str, point: int) -> Scenario:
        """The scenario of an arm at a point."""
        return assign(self.arms[arm], self.settings[point])

    def schools(self, arm: str, point: int) -> int:
        """How many schools the synthetic world of an arm at a point has."""
        return int(self.settings[point].get("world.synthetic.schools", self.arms[arm].world.synthetic.schools))

    def extended(self, replicates: int) -> Ensemble:
        """The same ensemble with more replicates: the runs it has keep their numbers and keys."""
        tasks = tuple(_tasks(self.contents, replicates, self.experiment.seed))
        return replace(self, replicates=replicates, tasks=tasks)

    def describe(self) -> dict[str, Any]:
        """What will be run, in types that JSON has: counts, and how each arm differs from the baseline."""
        base = self.arms[self.experiment.baseline]
        return {
            "title": self.experiment.title,
            "question": self.experiment.question,
            "baseline": self.experiment.baseline,
            "arms": list(self.arms),
            "design": self.experiment.design.kind,
            "points": len(self.settings),
            "replicates": self.replicates,
            "years": base.run.years,
            "runs": len(self.tasks),
            "differences": {
                name: [
                    {"name": d.name, "baseline": plain(d.left), "value": plain(d.right), "unit": d.unit}
                    for d in differences(base, arm)
                ]
                for name, arm in self.arms.items()
            },
        }


def parse_shard(text: str) -> Shard:
    """`2/4` as a shard. Raises InputError for anything else."""
    if not text.strip():
        raise InputError("--shard", "is empty; should be i/n with i from 1 to n, such as 2/4")
    parts = re.fullmatch(r"(\d{1,18})/(\d{1,18})", text.strip(), re.ASCII)
    if parts is None or not 1 <= int(parts[1]) <= int(parts[2]):
        raise InputError(f"--shard {shortened(text)}", "should be i/n with i from 1 to n, such as 2/4")
    return Shard(int(parts[1]), int(parts[2]))


def make_ensemble(experiment: Experiment, files: Files | None, replicates: int | None = None) -> Ensemble:
    """Every run that an experiment asks for. `replicates` stands in for its own number.

    Raises InputError naming every point that some arm cannot take.
    """
    experiment = _dated(experiment, files)
    wanted = experiment.precision.at_least if experiment.precision else experiment.replicates
    replicates = wanted if replicates is None else replicates
    if replicates < 1:
        raise InputError("replicates", f"{replicates}: should be 1 or more")
    arms = arms_of(experiment)
    drawn = points(experiment, arms[experiment.baseline])
    runs = len(arms) * len(drawn) * replicates
    if runs > MOST_RUNS:
        problem = f"asks for {count(runs)} runs ({len(arms)} arms, {count(len(drawn))} points, {replicates} replicates)"
        raise InputError(str(experiment.path), f"{problem}; at most {count(MOST_RUNS)} are possible")
    contents = _contents(experiment, arms, drawn, files)
    tasks = tuple(_tasks(contents, replicates, experiment.seed))
    settings = tuple(point.settings for point in drawn)
    return Ensemble(experiment, arms, frame(experiment, drawn), settings, contents, replicates, tasks)


def _dated(experiment: Experiment, files: Files | None) -> Experiment:
    """The experiment with its first year written into it, of the files' where no scenario says one."""

    def put(scenario: str | dict[str, Any]) -> str | dict[str, Any]:
        return settled_tables(scenario, files) if isinstance(scenario, dict) else scenario

    arms = tuple(arm.model_copy(update={"scenario": put(arm.scenario)}) for arm in experiment.arms)
    return experiment.model_copy(update={"scenario": put(experiment.scenario), "arms": arms})


def _contents(
    experiment: Experiment, arms: Mapping[str, Scenario], drawn: list[Point], files: Files | None
) -> dict[tuple[str, int], str]:
    """For each arm and point, the digest of all that its runs are made from but luck."""
    # a synthetic world follows from the scenario
    given = [[name, file_digest(path)] for name, path in files.inputs.items()] if files else []
    around = [given, sorted(experiment.keep), LAYOUT]
    wrong: list[str] = []
    digests: dict[tuple[str, int], str] = {}
    for name, arm in arms.items():
        # a point changes few parts of an arm and shares the others with it, object by object: those are digested once
        known = {id(getattr(arm, part)): digest for part, digest in _parts(arm, {}).items()}
        for number, point in enumerate(drawn):
            try:
                scenario = assign(arm, point.settings)
            except InputError as error:
                wrong += [f"arm {name!r}, point {number}: {problem}" for problem in error.problems]
            else:
                digests[name, number] = _sha([_parts(scenario, known), *around])
    if wrong:
        raise InputError(str(experiment.path), wrong)
    return digests


def _parts(scenario: Scenario, known: Mapping[int, str]) -> dict[str, str]:
    """The digest of each part of a scenario that has an effect, but for luck. `known`: by identity."""
    digests = {}
    for name in type(scenario).model_fields:
        part = getattr(scenario, name)
        if name not in WORDS:
            # luck is the task's: the same content on another seed is another key
            digests[name] = known.get(id(part)) or _sha(plain(part) | {"seed": 0} if name == "run" else plain(part))
    return digests


def _tasks(contents: Mapping[tuple[str, int], str], replicates: int, seed: int) -> Iterator[Task]:
    run = 0
    for replicate in range(1, replicates + 1):
        luck = seed + replicate - 1
        seen: Counter[str] = Counter()
        for (arm, point), content in contents.items():
            seen[content] += 1
            # a null arm, or points that round to the same values: equal runs, but each is a run of its own
            copy = f"-{seen[content]}" if seen[content] > 1 else ""
            yield Task(run, _sha([content, luck])[:KEY_LENGTH] + copy, arm, point, replicate, luck)
            run += 1


def _sha(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
