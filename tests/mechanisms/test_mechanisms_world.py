"""The world around the trust (F1 to F6): local help, retrenchment, collaboration, self-evaluation, review, policy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from conftest import scenario
from support.stepping import SEED, do, in_mats, outside, system, until

from matsim.mechanisms import cluster_life, lending, reviewing, team
from matsim.mechanisms.reviewing import FOCUS
from matsim.mechanisms.team import TeamParams
from matsim.results.numbers import named
from matsim.simulation.simulate import simulate
from matsim.simulation.twin import twin
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.codes import Grade

# F1


@pytest.mark.direction("F1")
def test_local_help_saves_capacity(county: World) -> None:
    """A trust that is offered help needs fewer posts of its own; where a locality is hostile there is none."""
    states = []
    for on in (True, False):
        model = system(county, environment__help_on=on)
        for _ in range(3):
            do(model, "team")
        states.append(model.state)
    helped, alone = states
    rows = helped.multi()[helped.trusts.schools[helped.multi()] > 1]
    hostile = helped.places.hostile[helped.trusts.place[rows]]
    assert 0 < hostile.mean() < 1
    assert not helped.places.help[helped.places.hostile].any()
    more = (helped.trusts.helped - alone.trusts.helped)[rows].sum(axis=1)
    assert (more[~hostile] > 0).all()
    assert np.allclose(more[hostile], 0.0)
    cost, dearer = (float(team.spending(s, s.model.settings.team, rows[~hostile]).sum()) for s in states)
    assert cost < dearer


def test_each_of_the_ten_areas_helps_with_something(county: World) -> None:
    state = system(county).state
    row = state.multi()[state.trusts.schools[state.multi()] >= 5][:1]
    found = []
    for area in range(10):
        state.places.help[:], state.places.help[:, area] = 0.0, 1.0
        team.ledger(state, TeamParams(traded=0.0, pooling=0.0))
        found.append(int(state.trusts.helped[row[0]].argmax()))
        assert state.trusts.helped[row].sum() > 0
    governance, leadership, quality, *_ = found
    assert (governance, leadership, quality) == (5, 0, 1)


# F2


@pytest.mark.direction("F2")
def test_retrenchment_drives_schools_to_trusts(county: World) -> None:
    """What an authority no longer does makes schools look for a trust, as their best option."""
    wanted, best = {}, {}
    for capacity in (0.8, 0.1):
        model = system(county)
        state = until(model, "seeking")
        state.places.capacity[:] = capacity
        do(model, "seeking")
        wanted[capacity] = set(np.flatnonzero(state.schools.seeking & (state.schools.trust < 0)).tolist())
        best[capacity] = int((state.schools.motive[sorted(wanted[capacity])] == 2).sum())
    assert wanted[0.8] < wanted[0.1]
    assert best[0.8] < best[0.1]
    check_erosion(county)
    check_traded(county)


def check_erosion(county: World) -> None:
    """Authorities wear away by cuts and as their schools leave; without either they stay as they are."""
    left = {}
    for own, by_academies in ((0.0, 0.0), (0.06, 0.0), (0.06, 0.04), (0.12, 0.04)):
        model = system(county, environment__erosion=own, environment__erosion_by_academies=by_academies)
        model.state.places.capacity[:] = 0.5
        model.run_years(3)
        left[own, by_academies] = model.state.places.capacity.copy()
    assert (left[0.0, 0.0] == 0.5).all()
    assert (left[0.06, 0.0] < left[0.0, 0.0]).all()
    assert (left[0.06, 0.04] < left[0.06, 0.0]).all()
    assert (left[0.12, 0.04] < left[0.06, 0.04]).all()


def check_traded(county: World) -> None:
    """An authority that still can supplies back office to trusts, and advisers to its own schools."""
    supplied, quality = {}, {}
    for capacity in (0.8, 0.1):
        model = system(county)
        state = until(model, "team")
        state.places.capacity[:] = capacity
        do(model, "team")
        supplied[capacity] = state.trusts.helped[state.multi()]
        quality[capacity] = do(model, "improvement").schools.quality[outside(state)].copy()
    assert (supplied[0.8][:, [2, 3, 4]] >= supplied[0.1][:, [2, 3, 4]]).all()
    assert supplied[0.8][:, 2].sum() > supplied[0.1][:, 2].sum()
    assert np.array_equal(supplied[0.8][:, [0, 1, 5]], supplied[0.1][:, [0, 1, 5]])
    assert (quality[0.8] > quality[0.1]).all()


# F4


def stages(world: World, **changes: object) -> tuple[State, np.ndarray]:
    model = system(world, **changes)
    model.run_years(6)
    clustered = model.state.schools.cluster >= 0
    assert clustered.sum() > 20
    return model.state, model.state.schools.stage[clustered]


@pytest.mark.direction("F4", "step:cluster_life")
def test_clusters_grow_up_by_their_own_evaluation(county: World) -> None:
    usual, stage = stages(county)
    _, fast = stages(county, cluster_life__growing=0.6)
    _, unseen = stages(county, cluster_life__evaluation_on=False)
    assert fast.mean() > stage.mean()
    assert (unseen == 1).all()
    assert usual.log.count("evaluate") > 0
    rows = np.flatnonzero(usual.schools.cluster >= 0)
    years, grown = usual.schools.cluster_years[rows], usual.schools.stage[rows]
    assert grown[years >= 5].mean() > grown[years <= 2].mean()
    check_stage_counts(usual)
    check_governed(usual)


def check_stage_counts(state: State) -> None:
    """The further a cluster has come, the more of its schools are lent practice, and the more by one school."""
    s = state.model.settings
    rows = np.flatnonzero(state.schools.cluster >= 0)
    lent, most = [], []
    for stage in range(4):
        state.schools.stage[rows], state.schools.lender[:] = stage, -1
        lending.lend(state, s.lending, s.travel)
        borrowers = rows[state.schools.lender[rows] >= 0]
        borrowers = borrowers[
            state.schools.cluster[state.schools.lender[borrowers]] == state.schools.cluster[borrowers]
        ]
        lent.append(len(borrowers))
        ordinary = state.schools.lender[borrowers]
        most.append(np.bincount(ordinary[~state.schools.designated[ordinary]]).max())
    assert all(a < b for a, b in pairwise(lent))
    assert most[0] == 1
    assert most[-1] > 1


def check_governed(state: State) -> None:
    """Where cluster bodies hold delegated powers, governors stand closer to leaders and the cluster is further on."""
    s = state.model.settings
    found, apart = [], []
    for rung in (0, 3):
        state.trusts.rung[:, 1], state.schools.stage_before[:] = rung, -1  # so that every cluster's check is logged
        cluster_life.evaluate_clusters(state, s.cluster_life, s.clusters)
        found.append(state.schools.stage[state.schools.cluster >= 0].astype(int))
        told = [named(numbers) for numbers in state.log.frame(state.schools.urn, state.trusts.uid)["inputs"].tail(20)]
        apart.append(sum(totals["governors"] - totals["leaders"] for totals in told))
    assert (found[1] >= found[0]).all()
    assert found[1].sum() > found[0].sum()
    assert apart[1] < apart[0]


# F5


def reviewed(world: World, **columns: float) -> tuple[State, np.ndarray]:
    """One round of reviews without error, with some columns of all schools set; the rows reviewed."""
    model = system(world, reviewing__noise=0.0)
    state = until(model, "reviewing")
    for name, value in columns.items():
        getattr(state.schools, name)[:] = value
    do(model, "reviewing")
    rows = np.flatnonzero(state.schools.focus > 0)
    assert len(rows) > 20
    return state, rows


@pytest.mark.direction("F5", "step:reviewing", "step:backoffice")
def test_reviews_put_attention_where_it_is_due(county: World) -> None:
    """The weakest of the three groups is worked on, in new and weak schools, for as long as the plan runs."""
    sound = {"quality": 1.5, "outcome": 1.5, "head": 1.0, "vacancy": False, "buyin": 0.9, "reserves": 500_000.0}
    poor = {
        "infrastructure": {"reserves": -900_000.0},
        "resources": {"vacancy": True, "head": -2.0},
        "learning": {"quality": -2.0, "outcome": -2.0, "buyin": 0.1},
    }
    for name, columns in poor.items():
        state, rows = reviewed(county, **{**sound, **columns})
        assert (state.schools.focus[rows] == FOCUS.index(name)).all(), name
        weak = state.schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT
        assert (weak | (state.schools.joined[rows] > state.year)).all()
        state.year += 2
        reviewing.review(state, scenario(reviewing__on=False).reviewing)
        assert not state.schools.focus.any()
    check_attention(county)


def check_attention(county: World) -> None:
    """Attention to learning improves teaching, to infrastructure the books, to resources the chance of a head."""
    after = {}
    for name in FOCUS:
        model = system(county)
        state = until(model, "improvement")
        rows = in_mats(state)
        state.schools.focus[rows], state.schools.focus_until[rows] = FOCUS.index(name), 2030.0
        state.schools.vacancy[rows] = True
        for step in ("improvement", "backoffice", "accounts", "heads"):
            do(model, step)
        columns = ("quality", "taught", "vacancy")
        after[name] = {c: getattr(state.schools, c)[rows].astype(float) for c in columns}
    plain = after["none"]
    assert (after["learning"]["quality"] > plain["quality"]).all()
    taught = after["infrastructure"]["taught"] - plain["taught"]
    assert (taught >= 0).all()
    assert (taught > 0).mean() > 0.8, "but where a school can cut no further"
    assert (after["resources"]["vacancy"] <= plain["vacancy"]).all()
    assert after["resources"]["vacancy"].sum() < plain["vacancy"].sum()
    assert np.array_equal(after["resources"]["quality"], plain["quality"])


# F6


@pytest.mark.direction("F6", "step:environment")
def test_policy_changes_on_its_date(county: World) -> None:
    """A push towards trusts that begins in 2021 changes nothing before September 2021, and draws schools from then."""
    pair = twin(scenario(), scenario(environment__push_primary={2021: 2.0}), county, seed=SEED, years=5)
    assert pair.parting is not None
    # that year has a policy that changes in either world, so it is by who looks for a trust that they part
    assert (pair.parting.year, pair.parting.step) == (2021, "seeking")
    before, after = (pair.differences[pair.differences["year"].between(*y)] for y in ((2018, 2020), (2021, 2022)))
    assert (before["difference"].fillna(0) == 0).all()
    drawn = after[after["measure"] == "academies_in_mats"]["difference"]
    assert (drawn > 0).all()
    seeks = [
        f.tables["events"].query("event == 'seek' and year == 2021")["school"].nunique()
        for f in (pair.first, pair.second)
    ]
    assert seeks[0] < seeks[1]


@pytest.mark.parametrize(
    ("name", "value", "column"),
    [
        ("funding_primary", 7000.0, "funding"),
        ("funding_secondary", 8000.0, "funding"),
        ("push_secondary", 2.0, "push"),
        ("alone_open", 1.0, "alone_open"),
        ("convert_grant", 0.0, "convert_grant"),
    ],
)
def test_every_dated_policy_holds_from_its_year(area: World, name: str, value: float, column: str) -> None:
    plain, changed = system(area), system(area, **{f"environment__{name}": {2021: value}})
    for year in range(2018, 2022):  # to its year: some have a value of their own for the next
        before, after = (getattr(do(m, "environment").climate, column) for m in (plain, changed))
        assert np.array_equal(before, after) == (year < 2021), year
        assert bool(len(changed.state.log.rows("policy", "trust", year))) >= (year == 2021)
        plain.state.year += 1
        changed.state.year += 1


def test_regulation_holds_from_its_year(area: World) -> None:
    model = system(area, environment__mandatory_from=2021)
    for year in range(2018, 2023):
        assert do(model, "environment").climate.orders_mandatory == (year >= 2021)
        model.state.year += 1


def test_funding_reaches_schools_in_its_year_and_not_before(area: World) -> None:
    base = scenario(run__school_year=True)
    more = scenario(run__school_year=True, environment__funding_primary={2020: 7000.0})
    a, b = (simulate(s, area, seed=SEED, years=3).tables["trust_year"] for s in (base, more))
    early = [t[t["year"] < 2020].reset_index(drop=True) for t in (a, b)]
    assert early[0].equals(early[1])
    late = [t[t["year"] == 2020]["reserves_share"].mean() for t in (a, b)]
    assert late[0] != late[1]
