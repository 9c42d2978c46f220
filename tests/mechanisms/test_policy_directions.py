"""Dated policy moves what it is about, in its direction, by more than luck: twins that share eight draws of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from conftest import scenario
from scipy import stats

from matsim.scenario.load import override
from matsim.simulation.simulate import Finished, simulate
from matsim.world.base import World
from matsim.world.codes import Grade, SchoolState

SEEDS = range(1, 9)


@dataclass(frozen=True)
class Policy:
    """Something that changed in a year: how the world would be without it, what it moves, which way, in how many years
    it is seen."""

    year: int
    without: dict[str, Any]
    moves: Callable[[Finished], float]
    up: bool
    years: int = 1


def reserves(run: Finished) -> float:
    """Trusts' reserves over income at the end."""
    return float(run.tables["system_year"]["reserves_share"].iloc[-1])


def pupils(run: Finished) -> float:
    return float(run.tables["system_year"]["pupils"].iloc[-1])


def summed(column: str) -> Callable[[Finished], float]:
    """A flow of the system over all years."""
    return lambda run: float(run.tables["system_year"][column].sum())


def judged(grade: int) -> Callable[[Finished], float]:
    """Open schools with a grade at the end."""

    def number(run: Finished) -> float:
        schools = run.model.state.schools
        return float(np.count_nonzero((schools.grade == grade) & (schools.state == SchoolState.OPEN)))

    return number


def income(run: Finished) -> float:
    """Income of all schools in the last year (£)."""
    return float(run.model.state.schools.income.sum())


def near_the_size(run: Finished) -> float:
    """Share of the applications approved that were of trusts of eight schools or more at the end of the year."""
    events, trusts = run.tables["events"], run.tables["trust_year"]
    approved = events[events["event"] == "approve"][["year", "trust"]]
    sizes = approved.merge(trusts[["year", "trust", "schools"]], on=["year", "trust"])["schools"]
    return float((sizes >= 8).mean())


POLICIES = {
    "funding of primaries in 2024": Policy(2024, {"environment.funding_primary.2024": 5901}, income, up=True),
    "funding of secondaries in 2024": Policy(2024, {"environment.funding_secondary.2024": 6854}, income, up=False),
    "schools shut in 2020": Policy(2020, {"environment.closures.2020": 0.0}, reserves, up=True),
    "dear energy in 2022": Policy(2022, {"environment.energy.2022": 0.0}, reserves, up=False),
    "pay beyond budgets in 2023": Policy(2023, {"environment.pay.2023": 0.0}, reserves, up=False),
    "grants for groups of three in 2024": Policy(2024, {"environment.convert_group.2024": 1}, reserves, up=False),
    "no conversion grant from 2025": Policy(
        2025, {"environment.convert_grant.2025": 25_000, "environment.convert_group.2024": 1}, reserves, up=False
    ),
    "growth funds in 2021": Policy(2021, {"funds.on": False}, reserves, up=True),
    "fewer primary pupils from 2022": Policy(2022, {"rolls.growth_primary.2022": -0.008}, pupils, up=True),
    "fewer primary pupils from 2025": Policy(2025, {"rolls.growth_primary.2025": -0.0067}, pupils, up=False),
    "less pull of policy in 2026": Policy(
        2026, {"environment.push_primary.2026": -1.15}, summed("converters_opened"), up=False, years=2
    ),
    "policy for merging from 2022": Policy(2022, {"merging.policy.2022": 1.5}, summed("merges"), up=True, years=6),
    "the bar of Outstanding in 2021": Policy(
        2021, {"inspection.outstanding_above.2021": 1.27}, judged(Grade.OUTSTANDING), up=False, years=3
    ),
    "the bar of Inadequate in 2021": Policy(
        2021, {"inspection.inadequate_below.2021": -2.6}, judged(Grade.INADEQUATE), up=False, years=3
    ),
    "the size expected from 2022": Policy(2022, {"commissioners[0].size.2022": 0.0}, near_the_size, up=True, years=4),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_moves_what_it_is_about(county: World, name: str) -> None:
    """The mean difference lies on the right side of nought, and further from it than luck would have it once in 40."""
    policy = POLICIES[name]
    world = replace(county, year=policy.year)
    differences = []
    for seed in SEEDS:
        with_it, without = (
            policy.moves(simulate(override(scenario(), new, "test"), world, seed=seed, years=policy.years))
            for new in ({}, policy.without)
        )
        differences.append(with_it - without)
    found = stats.ttest_1samp(differences, 0.0, alternative="greater" if policy.up else "less")
    assert found.pvalue < 0.025, f"{name}: {differences}"
