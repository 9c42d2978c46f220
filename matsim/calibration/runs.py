"""Runs of the model at points of the space, kept on the disk as they end: a calibration that is stopped goes on.

Every point is run from both start years. All points have the same seeds, so that two points differ in what is set and
not in luck.
"""

from __future__ import annotations

import hashlib
import math
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matsim.calibration.patterns import Patterns
from matsim.calibration.space import Space
from matsim.disk import new_file, sibling
from matsim.evidence.targets import FILE as TARGETS
from matsim.manifests import SEAL, Manifest, sealed, unsealed
from matsim.scenario.load import digest, override
from matsim.scenario.schema import Scenario
from matsim.tablefiles import DamagedError
from matsim.validation.evaluate import evaluate, started

type Floats = NDArray[np.float64]
type Tell = Callable[[int, int], None]
type Job = tuple[Scenario, int, Patterns]

PACKAGE = Path(__file__).resolve().parents[1]
NOT_THE_MODEL = ("calibration", "analysis", "figures", "report", "board", "web", "cli", "experiment")
"""Rooms whose code cannot change what a run gives."""


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
        jobs: list[Job] = [(scenario, seed, self.patterns) for scenario in scenarios for seed in seeds]
        files = [self._file(*job) for job in jobs]
        kept = {path: _read(path) for path in files}
        wanted = {path: job for path, job in zip(files, jobs, strict=True) if kept[path] is None}
        self._run(list(wanted), list(wanted.values()))
        kept |= {path: _read(path) for path in wanted}
        found = np.array([kept[path] for path in files], dtype=float)
        return found.reshape(len(scenarios), len(seeds), len(self.patterns.columns))

    def _run(self, files: list[Path], jobs: list[Job]) -> None:
        if not jobs:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.workers == 1 or len(jobs) == 1:
            for i, (path, job) in enumerate(zip(files, jobs, strict=True), start=1):
                self._keep(path, _run(job), i, len(jobs))
            return
        # spawned, not forked: the same on every system, whatever threads the parent has
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self.workers, len(jobs)), mp_context=context) as pool:
            for i, (path, values) in enumerate(zip(files, pool.map(_run, jobs), strict=True), start=1):
                self._keep(path, values, i, len(jobs))

    def _keep(self, path: Path, values: list[float | None], done: int, total: int) -> None:
        partial = sibling(path, "partial")
        with new_file(partial) as stream:
            stream.write(sealed({"values": values}))
        partial.replace(path)
        if self.tell:
            self.tell(done, total)

    def _file(self, scenario: Scenario, seed: int, patterns: Patterns) -> Path:
        parts = (model_digest(), digest(scenario), str(seed), *(f"{n}/{p}" for n, p in patterns.columns))
        return self.folder / f"{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:20]}.json"


def _run(job: Job) -> list[float | None]:
    """One scenario from both start years: a value for each column, None where there is no such figure."""
    scenario, seed, patterns = job
    found = evaluate(started(scenario, 2010), started(scenario, 2018), (seed,), patterns.targets)
    at = {(n, p): v for n, p, v in zip(found.pattern, found.part, found.value.tolist(), strict=True)}
    values = [at[column] for column in patterns.columns]
    return [None if math.isnan(v) else v for v in values]


def _read(path: Path) -> list[float] | None:
    """The figures of a run that is kept; None where there is none, or it is not as it was written."""
    try:
        found = unsealed(path.read_text(encoding="utf-8"), path)
    except (OSError, ValueError, DamagedError):
        return None
    if not isinstance(found, Manifest) or SEAL not in found:
        return None
    return [math.nan if v is None else float(v) for v in found["values"]]
