"""Growth that changes on dates: rolls, free schools, funds, the size expected. Twins part in the year, not before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import scenario
from support.dated import both, parted, total
from support.stepping import do, system, until

from matsim.mechanisms import funds
from matsim.mechanisms.funds import FundsParams
from matsim.mechanisms.rolls import RollsParams
from matsim.policies import APPLICATION_INPUTS, Weigh
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.state.state import CHANGE
from matsim.world.base import DFE_REGIONS, REGIONS, World


def without(**changes: Any) -> Scenario:
    return override(scenario(), {name.replace("__", "."): value for name, value in changes.items()}, "test")


@pytest.mark.parametrize(
    ("year", "changes"),
    [
        (2022, {"rolls__growth_primary__2022": -0.008}),
        (2025, {"rolls__growth_primary__2025": -0.0067}),
        (2023, {"rolls__growth_secondary__2023": 0.018}),
        (2024, {"rolls__growth_secondary__2024": 0.013}),
        (2022, {f"rolls__apart_{name}__2022": 0.0 for name in ("london", "north_east", "east_midlands", "elsewhere")}),
        (2021, {"funds__on": False}),
        (2022, {"commissioners[0]__size__2022": 0.0}),
        (2021, {"environment__push_primary__2021": -1.0}),
        (2021, {"inspection__outstanding_above__2021": 1.27}),
        (2021, {"inspection__inadequate_below__2021": -2.6}),
        (2021, {"accounts__services__2021": 0.025}),
        (2026, {"environment__push_primary__2026": -1.55}),
    ],
)
def test_twins_part_in_the_year_of_the_policy_and_not_before(county: World, year: int, changes: dict[str, Any]) -> None:
    assert parted(*both(replace(county, year=year - 1), scenario(), without(**changes), years=2)) == year


def test_fewer_free_schools_open_from_2021(county: World) -> None:
    """37 in 2021 and 28 in 2022 against 58 a year before, in a tenth of England's schools."""
    many = without(openings__primary__2021=22, openings__secondary__2021=36, openings__secondary__2022=36)
    now, before = both(replace(county, year=2020), scenario(), many, years=3)
    assert parted(now, before) == 2021
    opened = [sum(total(tables, "open", year) for year in (2021, 2022)) for tables in (now, before)]
    assert 4 <= opened[0] <= 9
    assert opened[1] - opened[0] >= 3


def test_rolls_of_london_fall_beside_those_of_the_east_midlands(county: World) -> None:
    """In 2022 growth is what England's is and what the region adds to it; all of an authority's schools share it."""
    model = system(replace(county, year=2022), rolls__choice_on=False)
    state = until(model, "rolls")
    before, rows = state.schools.pupils.copy(), state.open_rows()
    do(model, "rolls")
    usual = RollsParams()
    wanted = dict.fromkeys(DFE_REGIONS, 0.0011) | {"London": -0.0086, "North East": -0.0064, "East Midlands": 0.0088}
    kept = rows[(state.world.sector[rows] < 2) & (before[rows] > 50) & (state.schools.state[rows] == 1)]
    growth = state.schools.pupils[kept] / before[kept] - 1.0
    england = np.array([usual.growth_primary[2022], usual.growth_secondary[2017]])[state.world.sector[kept]]
    names = [REGIONS[r] for r in state.places.region[state.schools.place[kept]].tolist()]
    assert {"London", "East Midlands"} <= set(names)
    assert np.median(np.abs(growth - england - np.array([wanted[n] for n in names]))) < 1e-9


@pytest.mark.direction("G16", "step:funds")
def test_funds_give_what_they_say_to_trusts_that_have_grown(county: World) -> None:
    state = system(replace(county, year=2022)).state
    schools, trusts = state.schools, state.trusts
    several = state.multi()[trusts.schools[state.multi()] >= 3]
    weak, sound, still = several[:3].tolist()
    schools.joined[:] = 2000.0
    trusts.founded[:] = 2000.0
    for row, grade in ((weak, 3), (sound, 2)):
        came = state.members(row)[0]
        schools.joined[came], schools.grade[came] = 2022 + CHANGE, grade
    new = several[3]
    schools.joined[state.members(new)[:3]] = trusts.founded[new] = 2022 + CHANGE
    before = trusts.reserves.copy()
    sure = FundsParams(capacity_weak={2022: 1.0}, capacity_other={2022: 1.0}, establishment={2022: 1.0})
    funds.award(state, sure)
    gained = trusts.reserves - before
    assert gained[[weak, sound, still, new]].tolist() == [180_000.0, 75_000.0, 0.0, 30_000.0]
    assert np.count_nonzero(gained) == 3
    funds.award(state, FundsParams(on=False))
    assert np.array_equal(trusts.reserves - before, gained)


def test_about_what_was_paid_is_paid(county: World) -> None:
    """£24m in 2021-22 and £18m in 2023 in England: a tenth of its schools get £1m to £4m."""
    tables, _ = both(replace(county, year=2021), scenario(), scenario(), years=1)
    events = tables["events"]
    paid = events[(events["event"] == "fund") & (events["reason"].astype(str) == "capacity")]["value"].sum()
    assert 1e6 < paid < 4e6


def test_the_size_expected_speaks_for_trusts_that_come_to_it_from_2022() -> None:
    cases = {name: np.zeros(2) for name in APPLICATION_INPUTS} | {"size": np.array([-0.3, 0.5])}
    small, large = Weigh().judge(cases, 2022).score
    assert large - small == pytest.approx(0.16)
    assert len(set(Weigh().judge(cases, 2021).score.tolist())) == 1
    assert "size" not in {term.name for term in Weigh().rule(2021).terms}
