"""Targets against simulations: the quantities of many runs, from both start years, as one frame.

    results = evaluate(scenario_2010, scenario_2018, seeds=(1, 2, 3))
    card = score(results, read_targets())          # matsim.validation.scorecard

The worlds are made once and shared by all runs of a process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from matsim.core.processes import run_batches
from matsim.evidence.targets import STARTS, Target, read_targets
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import batches
from matsim.simulation.simulate import world_of
from matsim.validation.observed_run import Watched, watch
from matsim.validation.quantities import observe

YEARS = {2010: 9, 2018: 4}
"""Academic years to simulate from each start for a figure of a date: to 2018/19, and to 2021/22."""

COLUMNS = ("pattern", "part", "start", "replicate", "seed", "value")

type Tell = Callable[[int, int], None]
type Job = tuple[int, Scenario, int, int, int, tuple[Target, ...]]


def started(scenario: Scenario, start: int) -> Scenario:
    """The scenario with its world starting in another year."""
    return override(scenario, {"world.start": start}, "validation")


def evaluate(
    scenario_2010: Scenario,
    scenario_2018: Scenario,
    seeds: Sequence[int],
    targets: Sequence[Target] | None = None,
    *,
    workers: int = 1,
    tell: Tell | None = None,
) -> pd.DataFrame:
    """Every target's quantity in every replicate.

    Returns one row per pattern, part and replicate with columns COLUMNS; `part` is empty for a plain number. The
    same seeds give the same luck to both start years and to every call, so that differences between two
    scenarios are not the luck of the draw. A start year that no target needs is not run.
    """
    wanted = tuple(read_targets() if targets is None else targets)
    scenarios = dict(zip(STARTS, (scenario_2010, scenario_2018), strict=True))
    jobs: list[Job] = []
    for replicate, seed in enumerate(seeds, start=1):
        for start, scenario in scenarios.items():
            needed = tuple(t for t in wanted if t.start == start)
            if needed:
                jobs.append((start, scenario, replicate, int(seed), _years(needed, start), needed))
    schools = {start: given.world.synthetic.schools for start, given in scenarios.items()}
    parts = run_batches(_observed, jobs, batches([job[0] for job in jobs], schools, workers), workers, tell)
    results = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*COLUMNS])
    return results.sort_values(["replicate", "start"], kind="stable", ignore_index=True)


def _years(targets: Sequence[Target], start: int) -> int:
    """How many years a start needs: to the last that a target names, and to that of YEARS where one gives a date."""
    usual = start + YEARS[start] - 1
    return int(max(t.of.get("last", t.of.get("year", usual)) for t in targets)) - start + 1


def _observed(jobs: Sequence[Job]) -> list[pd.DataFrame]:
    """Rows of each of some jobs that differ in replicate and seed alone."""
    _, scenario, _, _, years, _ = jobs[0]
    watched = watch(scenario, world_of(scenario), [job[3] for job in jobs], years)
    return [_rows(*pair) for pair in zip(jobs, watched, strict=True)]


def _rows(job: Job, watched: Watched) -> pd.DataFrame:
    start, _, replicate, seed, _, targets = job
    rows = []
    for target in targets:
        values = observe(watched, target.quantity, target.of)
        if len(values) != len(target.parts):
            raise ValueError(f"{target.id}: {len(values)} values for {len(target.parts)} parts")
        rows += [
            (target.id, part, start, replicate, seed, float(value))
            for part, value in zip(target.parts, np.asarray(values), strict=True)
        ]
    return pd.DataFrame(rows, columns=[*COLUMNS])
