"""Money that reaches classrooms (E3, C4, B6): books that add up, savings and deficits that move results, rescue."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from conftest import scenario
from numpy.typing import NDArray
from support.stepping import do, outside, system, until
from support.views import events

from matsim.mechanisms import fixed_costs, spending
from matsim.simulation.model import TrustSystem
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Sector, TrustKind

type Floats = NDArray[np.float64]

SEEDS = (1, 2, 3)


@pytest.mark.direction("E3", "step:accounts")
def test_every_school_accounts_for_each_pound(county: World) -> None:
    """Income = central charge + own back office + fixed costs + teaching + balance; reserves move by the balance."""
    model = system(county, accounts__pooling_on=False)
    model.run_years(2)
    state = until(model, "accounts")
    rows, held = state.open_rows(), state.schools.reserves.copy()
    do(model, "accounts")
    s, t, of = state.schools, state.trusts, state.schools.trust[rows]
    gross = spending.gross_income(state, rows)
    charge = gross * np.append(t.top_slice * (t.kind == TrustKind.MULTI), 0.0)[of]
    # the charge has been set anew for next year: what was paid is what income is short of
    paid = gross - s.income[rows]
    assert (np.abs(paid - charge) <= 0.004 * gross + 1.0).all()
    served = np.append(t.served / np.maximum(t.income, 1.0), 0.0)[of] * gross
    office = s.backoffice[rows] * s.pupils[rows] - served
    spent = paid + office + s.fixed[rows] + s.taught[rows] + s.balance[rows] * gross
    assert np.abs(spent - gross).max() < 1.0
    assert np.abs(s.reserves[rows] - held[rows] - s.balance[rows] * gross).max() < 1.0
    # and each centre for what it is charged
    assert t.served.sum() < t.central_cost.sum() < 1.5 * paid.sum()


def later(
    world: World, change: Callable[[State], None], seed: int, years: int, **more: object
) -> tuple[Floats, Floats]:
    """Quality, and teaching above others (£), of every school some years after something changed for good."""
    model = TrustSystem(world, scenario(**more), seed)
    change(model.state)
    model.run_years(years)
    return model.state.schools.quality.copy(), model.state.schools.teaching.copy()


def cheaper(pounds: float, touched: NDArray[np.intp]) -> Callable[[State], None]:
    """Make buildings of some schools so much cheaper a pupil and year."""

    def change(state: State) -> None:
        s, p = state.schools, state.model.settings.fixed_costs
        places = fixed_costs.of_year(state, p, touched) / np.maximum(s.building + s.pfi, 1.0)[touched]
        s.building[touched] -= pounds * s.pupils[touched] / places

    return change


@pytest.mark.direction("C4", "step:improvement")
def test_a_saving_and_a_deficit_of_a_hundred_pounds_move_results_in_opposite_ways(county: World) -> None:
    """Twins that share luck: half of the maintained primaries save £100 a pupil for good, or pay as much more.

    After eight years what they spend on teaching differs by most of that, and results by what this makes of it at
    the gain of each year, less what is lost since: recomputed from the two. The others hardly move.
    """
    years, state = 8, system(county).state
    rows = outside(state)
    rows = rows[state.world.sector[rows] == Sector.PRIMARY]
    touched, others = rows[::2], rows[1::2]
    for pounds in (100.0, -100.0):
        moved, taught, beside = [], [], []
        for seed in SEEDS:
            usual, told = (
                later(county, cheaper(x, touched), seed, years, bidding__on=False, founding__on=False)
                for x in (0.0, pounds)
            )
            moved.append((told[0] - usual[0])[touched].mean())
            taught.append((told[1] - usual[1])[touched].mean())
            beside.append((told[0] - usual[0])[others].mean())
        assert min(np.sign(pounds) * np.array(taught)) > 60.0
        assert np.abs(taught).max() < 110.0
        p = scenario()
        # teaching comes to its level over some years, and acts from the year after
        level = np.mean(taught) / (1.0 - (1.0 - 1.0 / p.spending.years) ** years)
        quality = 0.0
        for year in range(years):
            reached = level * (1.0 - (1.0 - 1.0 / p.spending.years) ** year)
            quality = quality * (1.0 - reversion(state)) + p.classrooms.teaching_primary * reached / 100.0
        assert np.mean(moved) == pytest.approx(quality, rel=0.4)
        assert all(np.sign(m) == np.sign(pounds) for m in moved)
        assert np.abs(np.mean(beside)) < 0.4 * abs(quality)


def reversion(state: State) -> float:
    """Share of its distance from its resting level that a primary loses in a year."""
    p = state.model.settings.improvement
    return float(getattr(p, "reversion_primary", getattr(p, "reversion", 0.0)))


def test_a_gain_is_its_coefficient(county: World) -> None:
    """One step: £100 more on teaching, or less, moves a school by the declared gain of its phase and nobody else."""
    after = []
    for pounds in (0.0, 100.0, -100.0):
        model = system(county)
        state = until(model, "improvement")
        rows = state.open_rows()[::2]
        state.schools.teaching[rows] += pounds
        after.append(do(model, "improvement").schools.quality.copy())
    p, primary = scenario().classrooms, state.world.sector[rows] == Sector.PRIMARY
    gain = np.where(primary, p.teaching_primary, p.teaching_secondary)
    assert after[1][rows] - after[0][rows] == pytest.approx(gain)
    assert after[2][rows] - after[0][rows] == pytest.approx(-gain)
    rest = np.setdiff1d(np.arange(len(after[0])), rows)
    assert np.array_equal(after[1][rest], after[0][rest])


@pytest.mark.direction("step:accounts")
def test_when_funding_is_cut_results_fall_in_every_replicate(area: World) -> None:
    """A tenth less a pupil from 2020: by 2024 the mean school is worse by more than luck, whatever the seed."""
    cut = {"environment__funding_primary": {2018: 5727, 2020: 5310}} | {
        "environment__funding_secondary": {2018: 6665, 2020: 6170}
    }
    falls = []
    for seed in SEEDS:
        usual, less = (later(area, lambda state: None, seed, 6, **x) for x in ({}, cut))
        falls.append((less[0] - usual[0]).mean())
    assert max(falls) < 0.0
    assert np.mean(falls) < -0.02
    assert np.mean(falls) < -3.0 * np.std(falls, ddof=1) / np.sqrt(len(falls))


@pytest.mark.slow
def test_reserves_have_no_trend_and_teaching_stays_by_what_is_usual(area: World) -> None:
    """Over twenty years from 2018 at defaults, once what was saved in 2020 to 2022 has been spent again."""
    share, above = np.empty((2, 4, 20))
    for i, seed in enumerate(range(1, 5)):
        model = TrustSystem(area, scenario(), seed)
        for year in range(20):
            model.step()
            t, rows = model.state.trusts, model.state.open_rows()
            there = model.state.active()
            share[i, year] = np.average(t.reserves_share[there], weights=t.income[there])
            above[i, year] = model.state.schools.teaching[rows].mean()
    late = share[:, 15:].mean(axis=1)
    for before in (share[:, 0], share[:, 10:15].mean(axis=1)):
        assert abs((late - before).mean()) < 0.02, share
        assert np.abs(late - before).max() < 0.05, share
    assert np.abs(above).max() < 80.0


@pytest.mark.direction("E3", "step:rescue")
def test_only_trusts_deep_in_deficit_are_rescued(county: World) -> None:
    """They are given what they owe up to a limit, of which a third is a loan that mends nothing."""
    model = system(county, rescue__chance=1.0)
    state = until(model, "rescue")
    t, s = state.trusts, state.schools
    deep = state.active()[::10]
    t.reserves_share[state.active()] = 0.05
    t.reserves_share[deep] = -0.1
    owed, before, held = 0.1 * t.income[deep], t.reserves_share.copy(), s.reserves.copy()
    do(model, "rescue")
    told = events(model, "rescue")
    given = np.minimum(owed, 2_000_000.0)
    assert sorted(told["trust"]) == sorted(t.uid[deep])
    assert np.allclose(np.sort(told["value"]), np.sort(given))
    assert t.reserves_share[deep] - before[deep] == pytest.approx(given * 2 / 3 / t.income[deep])
    got = np.bincount(s.trust[s.trust >= 0], weights=(s.reserves - held)[s.trust >= 0], minlength=len(t))
    assert got[deep] == pytest.approx(given * 2 / 3)
    assert got.sum() == pytest.approx((given * 2 / 3).sum())


@pytest.mark.direction("B6")
def test_contracts_and_empty_places_drive_schools_into_debts_nobody_takes_on(county: World) -> None:
    """Ten years with a dear contract and half the places empty: debts beyond any grant, where twins hold reserves."""
    debts = []
    for pfi in (0.0, 500.0):
        model = system(county, bidding__on=False, founding__on=False, rolls__choice_on=False)
        s = model.state.schools
        rows = outside(model.state)
        rows = rows[(model.state.world.sector[rows] == Sector.SECONDARY) & (s.pupils[rows] > 500)][:10]
        s.pfi[rows], s.capacity[rows] = pfi, s.pupils[rows] * (2.0 if pfi else 1.0)
        model.run_years(10)
        debts.append(s.reserves[rows].copy())
    assert np.median(debts[0]) > 0.0
    assert np.median(debts[1]) < -2_000_000.0
    assert (debts[1] < debts[0] - 500_000.0).all()


def test_an_academy_that_changes_trusts_by_its_own_will_is_not_paid_for_converting(county: World) -> None:
    """What comes with a school: the grant with one that converts by choice, nothing with an academy that chose so."""
    model = system(county, seeking__threshold=-20.0, environment__convert_grant={2010: 1_000_000.0})
    state = until(model, "joining")
    s = state.schools
    was, held, made = s.trust.copy(), s.reserves.copy(), ~np.isnan(s.ordered) | ~np.isnan(s.warned)
    do(model, "joining")
    came = np.flatnonzero((s.trust != was) & ~made)
    paid, academies = s.reserves[came] - held[came], was[came] >= 0
    assert academies.sum() > 3
    assert np.allclose(paid, np.where(academies, 0.0, 1_000_000.0))
