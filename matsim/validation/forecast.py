"""The forecast check: from real files of one date to a later one, against simple baselines, by proper scores.

A model year has twelve months and the files of May 2018 and June 2019 lie thirteen apart. So the model is run for as
many whole years as the months need, and of what changes in the last of them each school's change counts with the
chance that the months call for (one in twelve here), drawn once per school and replicate. The baselines are drawn for
the same months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matsim.core.errors import InputError
from matsim.core.processes import run_batches
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import SCHOOLS, batches
from matsim.simulation.simulate import Files, build_world, side_by_side
from matsim.state.state import State
from matsim.validation.baselines import Attraction, attraction, growing, past_year, unchanged
from matsim.validation.facts import read_members
from matsim.validation.forecast_scores import Scored, score_all
from matsim.validation.outcome import GONE, MAINTAINED, Outcome, begin, observed
from matsim.validation.population import first_year
from matsim.words.amounts import percent
from matsim.words.population import SENTENCE
from matsim.world.base import World
from matsim.world.codes import SchoolState, TrustKind
from matsim.world.copies import movable

MODEL = "matsim"
BASELINES = ("nothing changes", "growth in proportion", "size and distance")
SEED = 2018

type Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Check:
    """A finished forecast check: its tables (see `save.FORECAST_TABLES`), what was matched, in words, and what is
    to be said of its first year (`World.about`)."""

    tables: Mapping[str, pd.DataFrame]
    account: Mapping[str, int]
    notes: tuple[str, ...] = field(default_factory=tuple)
    world: Mapping[str, Any] = field(default_factory=dict)


def forecast(
    scenario: Scenario,
    files: Files,
    later: Path,
    *,
    months: int = 13,
    seeds: Sequence[int] = range(1, 21),
    workers: int = 1,
    tell: Tell | None = None,
) -> Check:
    """Run a scenario from published files and hold it, and three baselines, against a later group-links file.

    `months` lie between the two group-links files. InputError for files that cannot be read or matched.
    """
    if files.group_links is None:
        raise InputError("forecast", "needs the group links that the first year is read from")
    world = build_world(scenario, files)
    matched = observed(world, files.group_links, later)
    members = read_members(files.group_links)
    past = past_year(world, members)
    years, count = months / 12.0, len(seeds)
    of = begin(world).of
    sizes = np.bincount(of[of >= 0], minlength=len(world.trusts["uid"])).astype(float)
    multi = np.where(world.trusts["kind"] == TrustKind.MULTI, sizes, 0.0)
    draw = attraction(world, past)
    forecasts = {
        MODEL: _model(scenario, world, months, seeds, workers, tell),
        BASELINES[0]: unchanged(world, count),
        BASELINES[1]: growing(world, past, Attraction(world, multi), years, count, SEED),
        BASELINES[2]: growing(world, past, draw, years, count, SEED),
    }
    scored: Scored = score_all(world, forecasts, matched.outcome, matched.left_out)
    notes = (
        SENTENCE,
        f"In the year before the first file {percent(past.rate[0], 1)} of maintained primaries and "
        f"{percent(past.rate[1], 1)} of other maintained schools became academies, {percent(past.new)} of them in new "
        "trusts: the baselines go on like that.",
        f"'{BASELINES[2]}': attraction to a trust near by goes with size to the power {draw.power:g} and falls to "
        f"about a third over {draw.scale:g} km, as fits that year best.",
    )
    return Check(scored.tables(), matched.account, notes, world.about())


def _model(
    scenario: Scenario, world: World, months: int, seeds: Sequence[int], workers: int, tell: Tell | None
) -> list[Outcome]:
    """One outcome for each seed."""
    seeds = [int(seed) for seed in seeds]
    schools = {None: world.size if movable(world) else SCHOOLS}
    todo = batches([None] * len(seeds), schools, workers)
    return run_batches(partial(outcomes, world, scenario, months), seeds, todo, workers, tell)


def outcomes(world: World, scenario: Scenario, months: int, seeds: Sequence[int]) -> list[Outcome]:
    """What runs side by side, one for each seed, say of the world's schools after so many months."""
    model = side_by_side(scenario, world, seeds)
    model.recorder.only(())
    counted = first_year(world)
    before = [begin(world).of for _ in seeds]
    for year in range(1, ceil(months / 12) + 1):
        model.run_years(1)
        now = [_membership(model.state, copy, counted) for copy in range(len(seeds))]
        part = min(months / 12.0 - (year - 1), 1.0)
        if part < 1.0:
            # luck of its own, so that the model's is the same whatever the months are
            luck = [np.random.default_rng([seed, year]).random(len(counted)) for seed in seeds]
            now = [np.where(its < part, after, was) for its, after, was in zip(luck, now, before, strict=True)]
        before = now
    kind, copy = model.state.trusts.kind.astype(np.int64), model.state.trusts.copy
    made = [Outcome(of, kind[copy == number]) for number, of in enumerate(before)]
    model.let_go()
    return made


def _membership(state: State, copy: int, counted: np.ndarray) -> np.ndarray:
    """Each counted school's trust in a copy of the world, by the place that the trust has among those of its copy."""
    schools, world = state.schools, state.world
    rows = counted + copy * (len(world.schools["urn"]) // world.copies)
    place = np.cumsum(state.trusts.copy == copy) - 1
    of = np.append(place, MAINTAINED)[schools.trust[rows]]  # row −1, no trust, reads the entry at the end
    closed = schools.state[rows] == SchoolState.CLOSED
    was = world.schools["trust"][rows] >= 0
    return np.where(closed & was, GONE, of)
