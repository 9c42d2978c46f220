"""One number at a time: how far the headline results move when a parameter goes to an end of its plausible range.

    effects = influence(load_scenario("area-300"), seeds=(1, 2, 3), years=20, workers=2)

Every run with one seed shares all its luck with the run at the defaults, so an effect is a mean of paired differences.
Luck still leaves noise in it, since one school that joins elsewhere changes what comes after; its standard error says
how much. A measure's value is its mean over the last years of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.core.errors import InputError
from matsim.core.processes import run_batches
from matsim.core.toml import plain
from matsim.evidence.parameters import at
from matsim.experiment.factors import assign
from matsim.measures import READ, summarise
from matsim.measures.influence import COLUMNS
from matsim.measures.listed import MEASURES
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import batches
from matsim.simulation.inventory import parameters
from matsim.simulation.simulate import replicates, world_of

HEADLINES = (
    "mean_outcome",
    "share_good_or_better",
    "backoffice_per_pupil_primary",
    "backoffice_per_pupil_secondary",
    "share_in_mats",
    "mean_mat_size",
)
"""Measures by name (`matsim.measures.listed`): pupil outcomes, back-office cost and growth."""
TABLES = ("system_year", "trust_year")
"""What they are made from."""
LAST = 5
"""Years at the end of a run whose mean is a measure's value."""
SETTINGS = ("run.", "world.")
"""Names that begin so say what is run, and are no numbers about England."""
SHARED_WEIGHT = 4.0
"""Degrees of freedom that the usual noise of all parameters has in each one's own, which few seeds tell badly."""

type Tell = Callable[[int, int], None]
type Floats = NDArray[np.float64]
type Job = tuple[Scenario, int, int]


def ends(scenario: Scenario) -> dict[str, tuple[Any, Any]]:
    """Each numeric parameter of a scenario with its value at the low and at the high end of its plausible range.

    Whole numbers are rounded. A dated parameter is moved as a whole, by as much as takes its value in the first year
    to the end; where a year's own value would leave the range by that, it stops at the range's end.
    """
    ends_by_name: dict[str, tuple[Any, Any]] = {}
    for row in parameters(scenario).dropna(subset=["plausible_low"]).to_dict("records"):
        name = str(row["name"])
        if not name.startswith(SETTINGS):
            value = _value(scenario, name)
            low, high = float(row["plausible_low"]), float(row["plausible_high"])
            if value is not None:
                ends_by_name[name] = _moved(value, low, low, high, scenario), _moved(value, high, low, high, scenario)
    return ends_by_name


def _value(scenario: Scenario, name: str) -> Any:
    here: Any = scenario
    for part in name.replace("[", ".").replace("]", "").split("."):
        here = here[int(part)] if part.isdigit() else getattr(here, part)
    return here


def _moved(value: Any, end: float, low: float, high: float, scenario: Scenario) -> Any:
    if isinstance(value, dict):
        by = end - at(value, scenario.world.start)
        return {str(y): float(np.clip(v + by, min(low, v), max(high, v))) for y, v in value.items()}
    return round(end) if isinstance(value, int) else end


def influence(
    scenario: Scenario,
    seeds: Sequence[int],
    *,
    years: int = 20,
    only: Sequence[str] = (),
    workers: int = 1,
    tell: Tell | None = None,
) -> pd.DataFrame:
    """Effects of every parameter, or of those named, with columns `COLUMNS`: one row each per measure.

    2 or more seeds; (2 × parameters + 1) × seeds runs. An end where a parameter already is has effect 0. InputError
    for a name that is no numeric parameter with a range, and for an end that the scenario's own rules refuse.
    """
    every = ends(scenario)
    if unknown := [name for name in only if name not in every]:
        raise InputError("influence", [f"{name}: is no number with a plausible range" for name in unknown])
    if len(seeds) < 2:
        raise InputError("influence", "needs 2 seeds or more; one cannot tell an effect from luck")
    chosen = {name: every[name] for name in only} if only else every
    scenarios = [scenario, *(_with(scenario, name, end) for name, both in chosen.items() for end in both)]
    jobs = [(changed, int(seed), years) for changed in scenarios for seed in seeds]
    which = np.arange(len(scenarios)).repeat(len(seeds)).tolist()
    schools = {number: changed.world.synthetic.schools for number, changed in enumerate(scenarios)}
    made = run_batches(headlines, jobs, batches(which, schools, workers), workers, tell)
    values = np.array(made).reshape(len(scenarios), len(seeds), len(HEADLINES))
    return _table(list(chosen), values[1:] - values[0])


def _with(scenario: Scenario, name: str, end: Any) -> Scenario:
    return assign(scenario, {name: plain(end)})


def headlines(jobs: Sequence[Job]) -> list[Floats]:
    """HEADLINES of each of some runs that differ in their seeds alone, as `matsim.measures` defines them."""
    scenario, _, years = jobs[0]
    seeds = [seed for _, seed, _ in jobs]
    columns = {"trust_year": READ}
    made = replicates(scenario, world_of(scenario), seeds, years=years, tables=TABLES, columns=columns)
    return [np.asarray(summarise(tables)["run_year"][[*HEADLINES]].tail(LAST).mean(), float) for tables in made]


def _table(names: Sequence[str], apart: Floats) -> pd.DataFrame:
    """Mean effects and standard errors from paired differences (2 × parameters, seeds, measures)."""
    effect, error, seeds = apart.mean(axis=1), standard_errors(apart), apart.shape[1]
    rows = [
        (name, measure, *(x[2 * i + end, k] for end in (0, 1) for x in (effect, error)), MEASURES[measure].unit, seeds)
        for i, name in enumerate(names)
        for k, measure in enumerate(HEADLINES)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def standard_errors(apart: Floats) -> Floats:
    """Standard errors (n, measures) of the means of differences (n, seeds, measures).

    Each one's own variance is drawn towards the median of those that change anything, as few seeds tell it badly
    (Smyth 2004, with a weight that is set, not fitted). What changes nothing in any run has none.
    """
    seeds = apart.shape[1]
    variance = apart.var(axis=1, ddof=1)
    moves = (apart != 0.0).any(axis=1)
    usual = np.array([np.median(variance[m, k]) if m.any() else 0.0 for k, m in enumerate(moves.T)])
    drawn = (SHARED_WEIGHT * usual + (seeds - 1) * variance) / (SHARED_WEIGHT + seeds - 1)
    return np.asarray(np.where(moves, np.sqrt(drawn / seeds), 0.0))
