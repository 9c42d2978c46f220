"""Small sweeps for tests of the runner, what they leave on disk, and ensembles that misbehave in worker processes."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matsim.experiment.ensemble import Ensemble, make_ensemble
from matsim.experiment.load import read_experiment
from matsim.scenario.schema import Scenario

WORLD = {"world": {"synthetic": {"schools": 60}}}
ARMS: list[dict[str, Any]] = [{"name": "a"}, {"name": "b", "set": {"break_points.answers": "never"}}]


def plan(replicates: int = 6, arms: list[dict[str, Any]] = ARMS, **more: Any) -> Ensemble:
    """Two arms of sixty schools over three years."""
    tables = {"title": "small", "scenario": WORLD, "years": 3, "arms": arms, **more}
    number = {} if "precision" in more else {"replicates": replicates}
    return make_ensemble(read_experiment(tables | number), None)


def written(folder: Path) -> dict[str, str]:
    """Digest of every file of a sweep that has to come out the same: all but the manifest, which has the date."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@dataclass(frozen=True)
class Deadly(Ensemble):
    """Kills the process that takes up arm b: each time, or once when `marker` names a file to leave behind."""

    marker: Path | None = None

    def scenario(self, arm: str, point: int) -> Scenario:
        if arm == "b" and not (self.marker and self.marker.exists()):
            if self.marker:
                self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().scenario(arm, point)


def deadly(given: Ensemble, marker: Path | None = None) -> Deadly:
    """The ensemble as a deadly one."""
    return Deadly(**vars(given), marker=marker)


class Stillborn(Ensemble):
    """Ends every process that it is sent to."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (7,)


def stillborn(given: Ensemble) -> Stillborn:
    """The ensemble as one that no worker survives to see."""
    return Stillborn(**vars(given))
