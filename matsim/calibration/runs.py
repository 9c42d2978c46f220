"""Runs of the model at points of the space, kept on the disk as they end: a calibration that is stopped goes on.

Every point is run from both start years. All points have the same seeds, so that two points differ in what is set and
not in luck.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matsim.calibration.free_parameters import Space
from matsim.calibration.patterns import Patterns
from matsim.core.disk import write_whole, writing
from matsim.core.processes import run_batches
from matsim.evidence.targets import FILE as TARGETS
from matsim.results.manifests import SEAL, Manifest, sealed, unsealed
from matsim.results.table_files import DamagedError
from matsim.scenario.load import digest, override
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import batches
from matsim.validation.evaluate import evaluate, started

type Floats = NDArray[np.float64]
type Tell = Callable[[int, int], None]
type Job = tuple[Scenario, int, Patterns]

PACKAGE = Path(__file__).resolve().parents[1]
NOT_THE_MODEL = ("calibration", "analysis", "figures", "report", "board", "web", "cli", "experiment")
"""Rooms whose code cannot change what a run gives. `validation` is not among them: it counts what is kept here."""


@lru_cache(maxsize=1)
def model_digest() -> str:
    """SHA-256 of the model's code and of the targets: runs of another model are not taken for this one's."""
    total = hashlib.sha256(TARGETS.read_bytes())
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in NOT_THE_MODEL:
            total.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@dataclass(frozen=True)
class Runs:
    """Runs kept in a folder, one small file each, named after all that they depend on."""

    folder: Path
    base: Scenario
    space: Space
    patterns: Patterns
    workers: int = 1
    tell: Tell | None = None

    def scenario(self, point: Floats) -> Scenario:
        """The scenario at a point (d,) of the unit cube."""
        return override(self.base, self.space.settings(point), "calibration")

    def at(self, points: Floats, seeds: Sequence[int]) -> Floats:
        """Figures (n, seeds, columns) of points (n, d). What is kept already is read, the rest is run."""
        return self.of([self.scenario(point) for point in points], seeds)

    def of(self, scenarios: Sequence[Scenario], seeds: Sequence[int]) -> Floats:
        """Figures (n, seeds, columns) of scenarios."""
        width = len(self.patterns.columns)
        jobs: list[Job] = [(scenario, seed, self.patterns) for scenario in scenarios for seed in seeds]
        files = [self._file(*job) for job in jobs]
        figures = {path: _read(path, width) for path in files}
        wanted = {path: job for path, job in zip(files, jobs, strict=True) if figures[path] is None}
        if wanted:
            with writing(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
            alike = [id(scenario) for scenario, _, _ in wanted.values()]
            schools = {id(scenario): scenario.world.synthetic.schools for scenario, _, _ in wanted.values()}
            todo = batches(alike, schools, self.workers)
            made = run_batches(_run_and_keep, list(wanted.items()), todo, self.workers, self.tell)
            figures |= dict(zip(wanted, made, strict=True))
        return np.array([figures[path] for path in files]).reshape(len(scenarios), len(seeds), width)

    def _file(self, scenario: Scenario, seed: int, patterns: Patterns) -> Path:
        parts = (model_digest(), digest(scenario), str(seed), *(f"{n}/{p}" for n, p in patterns.columns))
        return self.folder / f"{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:20]}.json"


def _run(jobs: Sequence[Job]) -> list[list[float | None]]:
    """One scenario from both start years with some seeds: a value for each column, None where there is none."""
    scenario, _, patterns = jobs[0]
    seeds = [seed for _, seed, _ in jobs]
    results = evaluate(started(scenario, 2010), started(scenario, 2018), seeds, patterns.targets)
    names = ("replicate", "pattern", "part", "value")
    at = {(r, n, p): v for r, n, p, v in zip(*(results[name].tolist() for name in names), strict=True)}
    made = [[at[replicate, name, part] for name, part in patterns.columns] for replicate in range(1, len(jobs) + 1)]
    return [[None if math.isnan(v) else v for v in values] for values in made]


def _run_and_keep(jobs: Sequence[tuple[Path, Job]]) -> list[list[float]]:
    """The same, kept in files as soon as they are known."""
    made = _run([job for _, job in jobs])
    for (path, _), values in zip(jobs, made, strict=True):
        write_whole(path, sealed({"values": values}))
    return [_numbers(values) for values in made]


def _read(path: Path, width: int) -> list[float] | None:
    """A kept run of so many columns; None where there is none, or it is not as it was written."""
    try:
        stored = unsealed(path.read_text(encoding="utf-8"), path)
    except (OSError, ValueError, DamagedError):
        return None
    if not isinstance(stored, Manifest) or SEAL not in stored or len(stored["values"]) != width:
        return None
    return _numbers(stored["values"])


def _numbers(values: list[float | None]) -> list[float]:
    return [math.nan if v is None else float(v) for v in values]
