"""Targeted support of schools that are stuck below Good: who has it, what it gives, and when it ends."""

from __future__ import annotations

import numpy as np
import pytest
from support.dated import parted
from support.parting import counted, lived
from support.stepping import do, system, until
from support.views import events

from matsim.mechanisms.inspection import below_twice
from matsim.mechanisms.support import supported
from matsim.simulation.model import TrustSystem
from matsim.state.state import Rows
from matsim.world.base import World
from matsim.world.codes import Grade


def before_it(world: World, **changes: object) -> tuple[TrustSystem, Rows]:
    """A model just before the step, and the rows of the schools that are stuck."""
    model = system(world, **{"support__chance": {2018: 1.0}, **changes})
    schools = until(model, "support").schools
    rows = model.state.open_rows()
    rows = rows[below_twice(model.state, rows) & np.isnan(schools.ordered[rows]) & np.isnan(schools.warned[rows])]
    assert len(rows) > 20
    return model, rows


@pytest.mark.direction("G12", "step:support")
def test_stuck_schools_gain_by_it_and_nobody_else(county: World) -> None:
    model, stuck = before_it(county, support__gain=0.2, support__kept=0.5, support__grant=60_000.0)
    schools = model.state.schools
    quality, reserves = schools.quality.copy(), schools.reserves.copy()
    do(model, "support")
    gained, paid = schools.quality - quality, schools.reserves - reserves
    assert gained[stuck] == pytest.approx(0.2)
    assert paid[stuck] == pytest.approx(30_000.0)
    others = np.setdiff1d(np.arange(len(schools)), stuck)
    assert not gained[others].any()
    assert not paid[others].any()
    assert set(events(model, "support")["school"]) == set(schools.urn[stuck])


def test_the_chance_is_their_share(county: World) -> None:
    model, stuck = before_it(county, support__chance={2018: 0.4})
    do(model, "support")
    share = supported(model.state, stuck).mean()
    assert abs(share - 0.4) < 3 * np.sqrt(0.4 * 0.6 / len(stuck))


def test_it_lasts_its_years_and_ends_for_those_who_recover(county: World) -> None:
    model, stuck = before_it(county, support__years=2)
    state, schools = do(model, "support"), model.state.schools
    recovered, ordered, lasting = stuck[0], stuck[1], stuck[2:]
    quality = schools.quality.copy()
    state.year += 1
    schools.grade[recovered] = Grade.GOOD
    schools.ordered[ordered] = 2019.0
    schools.grade[lasting] = Grade.REQUIRES_IMPROVEMENT
    do(model, "support")
    assert not supported(state, stuck[:2]).any()
    assert supported(state, lasting).all()
    assert (schools.quality - quality)[lasting] == pytest.approx(0.1)
    assert not (schools.quality - quality)[stuck[:2]].any()
    state.year += 1
    schools.grade_before[lasting] = Grade.GOOD
    do(model, "support")
    assert not supported(state, lasting).any()


def test_an_academy_that_has_it_is_not_put_up_for_another_trust(county: World) -> None:
    """Of academies in a category of concern those with support stay, the others go."""
    model = system(county, support__concern={2018: 0.5}, support__chance={2018: 0.0}, intervention__warn_chance=1.0)
    schools = until(model, "support").schools
    rows = model.state.in_trusts()[::10]
    schools.grade[rows], schools.inspected[rows], schools.warned[rows] = Grade.INADEQUATE, 2018.5, np.nan
    do(model, "support")
    helped = supported(model.state, rows)
    assert 0.25 < helped.mean() < 0.75
    for name in ("stock", "intervention"):
        do(model, name)
    moved = events(model, "intervene")
    alone = set(moved.loc[moved["reason"] == "it is failing", "school"]) & set(schools.urn[rows])
    assert not alone & set(schools.urn[rows[helped]])
    left = rows[~helped]
    # a school of a trust of several is worked on where it is
    lone = model.state.trusts.schools[schools.trust[left]] == 1
    assert lone.sum() > 3
    assert not np.isnan(schools.warned[left[lone]]).any()


def test_a_maintained_school_that_is_not_ordered_has_it(county: World) -> None:
    model = system(county, environment__mandatory_until=2018, orders__reserve={2018: 0.5}, support__concern={2018: 0.4})
    schools = until(model, "support").schools
    outside = model.state.open_rows()
    outside = outside[schools.trust[outside] < 0]
    fresh = outside[(schools.grade[outside] == Grade.INADEQUATE) & (schools.inspected[outside] >= 2018)]
    left = fresh[np.isnan(schools.ordered[fresh])]
    assert len(left) >= 2
    assert len(fresh) > len(left)
    do(model, "support")
    assert supported(model.state, left).all()
    assert not supported(model.state, np.setdiff1d(fresh, left)).any()


def test_it_begins_in_2025_in_the_school_year_2024(county: World) -> None:
    with_it, without = lived(county, 9), lived(county, 9, support__on=False)
    assert parted(with_it, without) == 2024
    assert counted(with_it, "support", until=2023) == 0
    assert counted(with_it, "support", "stuck", 2024, 2025) > 15
    assert counted(with_it, "support", "concern", until=2025) == 0
    assert counted(with_it, "support", "concern", 2026) > 0
    assert counted(without, "support") == 0


def test_it_raises_the_results_of_those_it_reaches(county: World) -> None:
    """Twins with half a standard deviation a year: two years on the supported stand higher, and only they much."""
    strong = lived(county, 9, support__gain=0.3)
    none = lived(county, 9, support__gain=0.0)
    begun = strong["events"][(strong["events"]["event"] == "support") & (strong["events"]["year"] <= 2025)]
    chosen = begun["school"]
    last = [t["school_year"][t["school_year"]["year"] == 2025].set_index("school")["outcome"] for t in (strong, none)]
    gap = last[0].sub(last[1]).dropna()
    reached = gap[gap.index.isin(set(chosen))]
    assert len(reached) > 15
    assert 0.2 < reached.mean() < 0.6
    assert abs(gap[~gap.index.isin(set(chosen))].mean()) < 0.01


def test_where_it_was_there_before_the_first_year_some_have_it_already(county: World) -> None:
    """A share as of the year before, for a year less, and without an event."""
    model, stuck = before_it(county, support__chance={2017: 0.5, 2018: 0.0}, support__years=2)
    state = do(model, "support")
    share = supported(state, stuck).mean()
    assert abs(share - 0.5) < 3 * np.sqrt(0.25 / len(stuck))
    assert not len(events(model, "support"))
    state.year += 1
    assert not supported(state, stuck).any()
