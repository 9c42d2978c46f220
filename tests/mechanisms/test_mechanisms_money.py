"""Money and performance (E3, E4): books that add up, posts that come in lumps, flags as the report defines them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.stepping import do, in_mats, system, until

from matsim.mechanisms import spending, team
from matsim.mechanisms.performance import PerformanceParams
from matsim.results.tables import FLAGS
from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished, simulate
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Grade, Route, TrustKind

# E3


@pytest.mark.direction("E3", "step:accounts")
def test_money_adds_up_and_pooling_evens_out(county: World) -> None:
    model = system(county, accounts__pooling_on=False)
    state = until(model, "accounts")
    rows, multi = state.open_rows(), state.multi()
    gross = spending.gross_income(state, rows)
    climate, phase, pupils = state.climate, state.schools.phase[rows], state.schools.pupils[rows]
    assert np.allclose(gross, climate.lump_sum[phase] + climate.funding[phase] * pupils)
    before, held = state.trusts.reserves.copy(), state.schools.reserves.copy()
    kept = state.trusts.top_slice[multi].copy()
    do(model, "accounts")
    income = kept * state.trusts.income[multi]
    assert np.allclose(state.trusts.reserves[multi], before[multi] + income - state.trusts.central_cost[multi])
    mine = np.bincount(state.schools.trust[rows][state.schools.trust[rows] >= 0], minlength=len(before))
    assert (mine[multi] > 0).all()
    assert np.allclose(state.schools.reserves[rows], held[rows] + state.schools.balance[rows] * gross)
    slices = state.trusts.top_slice[multi]
    assert ((slices >= 0.03) & (slices <= 0.095)).all()
    check_pooling(county)


def check_pooling(county: World) -> None:
    """Pooling moves reserves between the schools of a trust, creates none, and brings them closer together."""
    after = {}
    for on in (True, False):
        # reserves so far apart that some of what is moved is worth an event
        # and nobody's budget of the year depends on what it holds
        still = {"spending__pace": 0.0, "spending__mend": 0.0}
        more = {"accounts__pooling": {2010: 0.5}, "start__reserves_spread": 0.3}
        model = system(county, accounts__pooling_on=on, **more, **still)
        until(model, "accounts")
        after[on] = do(model, "accounts")
    pooled, apart = after[True], after[False]
    trusts = np.flatnonzero(
        pooled.trusts.pooled & (pooled.trusts.schools > 1) & (pooled.trusts.kind == TrustKind.MULTI)
    )
    assert len(trusts) > 10
    for trust in trusts.tolist():
        rows = pooled.members(trust)
        gross = spending.gross_income(pooled, rows)
        assert pooled.schools.reserves[rows].sum() == pytest.approx(apart.schools.reserves[rows].sum())
        assert np.ptp(pooled.schools.reserves[rows] / gross) < np.ptp(apart.schools.reserves[rows] / gross)
    others = ~np.isin(pooled.schools.trust, trusts)
    assert np.array_equal(pooled.schools.reserves[others], apart.schools.reserves[others])
    assert pooled.log.count("pool") > apart.log.count("pool") == 0


def test_more_trusts_pool_from_2022(county: World) -> None:
    """The same until the year, and a tenth of trusts more that pool in it."""
    worlds = [scenario(), scenario(accounts__pooling__2022=0.23)]
    with_it, without = (simulate(settings, county, seed=5, years=5).tables for settings in worlds)
    for name in ("system_year", "trust_year", "events"):
        one, other = (tables[name][tables[name]["year"] < 2022].reset_index(drop=True) for tables in (with_it, without))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    pooled = [
        simulated.state.trusts.pooled[simulated.state.active()].mean()
        for simulated in (_after(settings, county, 6) for settings in worlds)
    ]
    assert pooled[0] - pooled[1] == pytest.approx(0.09, abs=0.04)


def _after(settings: Scenario, world: World, years: int) -> TrustSystem:
    model = TrustSystem(world, settings, 5)
    model.run_years(years)
    return model


def test_central_posts_come_in_lumps_and_primaries_struggle_to_reach_scale(county: World) -> None:
    """The same top-slice covers far less of what the centre must do where every school is a primary."""
    covers: dict[int, list[float]] = {}
    for phase, roll in ((0, 279.0), (1, 1028.0)):
        state = system(county).state
        row = int(state.multi()[0])
        state.trusts.spread[row], state.trusts.top_slice[row] = 5.0, 0.05
        each = state.climate.lump_sum[phase] + state.climate.funding[phase] * roll
        covers[phase] = [cover(state, row, n, n * (phase == 0), n * each) for n in (3, 5, 8, 12, 15, 20, 30)]
    assert all(few < many / 2 for few, many in zip(covers[0], covers[1], strict=True))
    assert covers[0][1:] == sorted(covers[0][1:]), "growth pays for the centre"
    after = until(system(county), "break_points").trusts
    assert np.array_equal(after.posts * 2.0, np.round(after.posts * 2.0)), "the smallest appointment is half a post"


def cover(state: State, row: int, size: int, primaries: int, income: float) -> float:
    """What a trust's top-slice could pay for, over the cost of all that it needs at the centre."""
    trusts, p = state.trusts, state.model.settings.team
    trusts.schools[row], trusts.primaries[row], trusts.weak[row], trusts.recent[row] = size, primaries, 0, 0
    team.ledger(state, p)
    return float(p.budget * trusts.top_slice[row] * income / (trusts.need[row] @ team.costs(p)))


def test_grants_come_with_the_schools_that_join(county: World) -> None:
    held = {}
    for grant in (25_000, 50_000):
        model = system(county, environment__convert_grant={2010: grant}, bidding__due_diligence=False)
        state = until(model, "joining")
        before = state.schools.trust.copy()
        do(model, "joining")
        new = np.flatnonzero((before < 0) & (state.schools.trust >= 0) & (state.schools.route == Route.CONVERTER))
        held[grant] = dict(zip(new.tolist(), state.schools.reserves[new].tolist(), strict=True))
    assert len(held[25_000]) > 5
    assert held[25_000].keys() == held[50_000].keys()
    assert all(held[50_000][s] - held[25_000][s] == pytest.approx(25_000.0) for s in held[25_000])


# E4


@pytest.mark.direction("E4", "step:performance")
def test_flags_follow_their_definitions(county: World) -> None:
    """Each flag worked out again for every trust, school by school, from what the report says of it."""
    model = system(county)
    model.run_years(2)
    s, t = model.state.schools, model.state.trusts
    rows = model.state.in_trusts()
    frame = pd.DataFrame(
        {
            "trust": s.trust[rows],
            "w": s.pupils[rows],
            "now": s.outcome[rows] * s.pupils[rows],
            "before": s.before[rows] * s.pupils[rows],
            "fsm": s.fsm[rows] * s.pupils[rows],
            "inadequate": s.grade[rows] == Grade.INADEQUATE,
            "deficit": -s.balance[rows],
        }
    )
    p = PerformanceParams()
    of = frame.groupby("trust")
    sums = of[["w", "now", "before", "fsm"]].sum()
    now, before, fsm = (sums[k] / sums["w"] for k in ("now", "before", "fsm"))
    want = np.column_stack(
        [
            now < -p.below,
            now - before < -p.below,
            now - p.gap * (fsm / 21.0 - 1.0) < -p.below,
            of["inadequate"].any(),
            of["deficit"].max() > p.overspend,
        ]
    )
    assert np.array_equal(t.flags[sums.index.to_numpy()], want)
    assert want.any(axis=0).all()
    assert not want.all(axis=0).any()
    check_one_flag(county)


def check_one_flag(county: World) -> None:
    """One more Inadequate school raises that flag for its own trust, and costs it standing; off, it costs none."""
    record = {}
    for on in (True, False):
        for grade in (2, 4):
            model = system(county, performance__on=on)
            state = until(model, "performance")
            one = int(in_mats(state)[0])
            trust = int(state.schools.trust[one])
            state.schools.grade[state.members(trust)] = 2
            state.schools.grade[one] = grade
            others = state.active()[state.active() != trust]
            do(model, "performance")
            record[on, grade] = float(state.trusts.record[trust]), state.trusts.flags[others].copy()
            assert bool(state.trusts.flags[trust, FLAGS.index("inadequate")]) == (grade == Grade.INADEQUATE)
    assert record[True, 4][0] < record[True, 2][0]
    assert record[False, 4][0] == record[False, 2][0]
    assert np.array_equal(record[True, 4][1], record[True, 2][1])


def test_primary_only_trusts_struggle_to_pay_for_a_centre(decade: Finished) -> None:
    """Below about fifteen schools a primary-only trust charges more for its centre than a mixed one, and gets less."""
    t = decade.tables["trust_year"]
    t = t[(t["kind"] == "multi-academy trust") & t["schools"].between(3, 10) & (t["year"] >= t["year"].max() - 3)]
    primary = t["primary_schools"] == t["schools"]
    assert primary.sum() > 50
    assert (~primary).sum() > 20
    assert t["capacity"][primary].mean() < t["capacity"][~primary].mean()
    assert t["central_charge"][primary].mean() > t["central_charge"][~primary].mean() + 0.005
