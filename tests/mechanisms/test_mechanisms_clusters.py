"""Where schools lie, and what clusters do about it: direction of mechanisms C1, C2, C5, C6."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import scenario
from numpy.typing import NDArray
from support.trust_pairs import trust_pairs
from support.views import by_size, of_phase

from matsim.agents.trust import IMPROVEMENT
from matsim.evidence.strategy import RESPONSIBILITIES
from matsim.mechanisms import clusters
from matsim.mechanisms.cluster_life import evaluate_clusters
from matsim.mechanisms.improvement import trust_lift
from matsim.mechanisms.ladders import LADDERS, loads
from matsim.mechanisms.pairs import close_pairs
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished
from matsim.state.state import Rows, State
from matsim.world.base import World
from matsim.world.codes import Phase, TrustKind

type Floats = NDArray[np.float64]

DUTY = {item.key: i for i, item in enumerate(RESPONSIBILITIES)}
GOVERNANCE, LOCAL = 1, 5
"""Places of two break points among the six."""

MEMBERSHIP = {"openings", "rolls", "orders", "collaborating", "seeking", "planning", "bidding", "joining", "founding"}
AT_HOME = tuple(step for step in SCHOOL_YEAR if step.name not in MEMBERSHIP | {"intervention", "merging"})
"""A year in which no school changes hands: what trusts do with the schools they have."""


def stretched(world: World, factor: float) -> World:
    """The same trusts of the same schools, each school `factor` times as far from the middle of its trust."""
    schools = dict(world.schools)
    trust, inside = schools["trust"], schools["trust"] >= 0
    count = np.maximum(np.bincount(trust[inside]), 1)
    for axis in ("easting", "northing"):
        middle = (np.bincount(trust[inside], weights=schools[axis][inside]) / count)[trust]
        schools[axis] = np.where(inside, middle + factor * (schools[axis] - middle), schools[axis])
    return replace(world, schools=schools)


def twins(county: World, years: int, seed: int = 1, **changes: Any) -> tuple[State, State, Rows]:
    """The county with every trust drawn together and pulled apart, some years on; and its trusts of four or more."""
    states = []
    for factor in (0.3, 3.0):
        model = TrustSystem(stretched(county, factor), scenario(**changes), seed, schedule=AT_HOME)
        model.run_years(years)
        states.append(model.state)
    near, far = states
    rows = np.flatnonzero((near.trusts.schools >= 4) & (near.trusts.kind == TrustKind.MULTI))
    assert (near.trusts.schools[rows] == far.trusts.schools[rows]).all()
    return near, far, rows


NO_LIKENESS = {f"likeness__{name}": 0.0 for name in ("place", "place_secondary", "trust", "trust_secondary")}
"""A school that is moved lies on another place of the map: what a place happens to share, and far schools of a trust do
not, is kept out of what distance does."""


def form(county: World, factor: float = 1.0, leaders: float = 3.0, **changes: Any) -> State:
    """Clusters of the county's trusts in their first year, with so many leaders ready in each trust."""
    settings = scenario(**changes)
    state = TrustSystem(stretched(county, factor), settings, 1).state
    state.trusts.bench = leaders
    clusters.reform(state, settings.clusters, settings.travel)
    return state


def clustered(state: State) -> int:
    """Schools in clusters."""
    return int((state.schools.cluster >= 0).sum())


@pytest.mark.direction("C1", "step:clusters")
def test_clusters_keep_to_their_definition(county: World) -> None:
    """Two to six schools of one phase, each within twenty minutes of all others, and a leader to head them.

    Sharing a trust and a region does not make a cluster, and it is minutes that count, not kilometres.
    """
    state = form(county)
    schools = state.schools
    inside = np.flatnonzero(schools.cluster >= 0)
    names, sizes = np.unique(schools.cluster[inside], return_counts=True)
    assert len(names) > 10
    assert sizes.min() >= 2
    assert 3 <= sizes.max() <= 6
    a, b, minutes = trust_pairs(state, scenario().travel)
    together = (schools.cluster[a] == schools.cluster[b]) & (schools.cluster[a] >= 0)
    assert minutes[together].max() <= 20.0
    assert ((schools.phase[a] != Phase.PRIMARY) == (schools.phase[b] != Phase.PRIMARY))[together].all()
    for name in names.tolist():
        members = np.flatnonzero(schools.cluster == name)
        assert len(np.unique(schools.trust[members])) == 1

    usual = clustered(state)
    assert clustered(form(county, leaders=0.0)) == 0
    assert 0 < clustered(form(county, leaders=1.0)) < usual
    assert clustered(form(county, clusters__on=False)) == 0
    assert clustered(form(county, factor=10.0)) < 0.2 * usual
    assert clustered(form(county, clusters__minutes=30.0)) > 1.05 * usual
    slow = {"travel__town_speed": 12.0, "travel__country_speed": 24.0, "travel__road_speed": 40.0}
    assert clustered(form(county, **slow)) < 0.8 * usual, "the same kilometres in slower traffic"
    assert np.bincount(form(county, clusters__largest=3).schools.cluster + 1)[1:].max() <= 3


@pytest.mark.direction("C2")
def test_support_weakens_with_travel_and_clusters_restore_it(county: World) -> None:
    """Days of support reach a school near its trust-mates and not one far off; a cluster brings them back."""
    model = TrustSystem(county, scenario(), 1)
    state, schools, trusts = model.state, model.state.schools, model.state.trusts
    trust, pair = of_phase(state, False, 2)
    schools.quality[pair], schools.grade[pair], schools.outcome[pair] = -0.5, 2, 0.0
    trusts.posts[trust], trusts.bought[trust], trusts.helped[trust] = 0.0, 0.0, 0.0
    trusts.posts[trust, IMPROVEMENT] = 0.3  # between two schools, below what they can use

    def support(minutes: tuple[float, float], cluster: int = -1, **changes: Any) -> tuple[list[float], list[float]]:
        """Days that reach the two schools, and what their trust adds."""
        schools.mate_minutes[pair], schools.cluster[pair] = minutes, cluster
        s = scenario(**changes)
        added = trust_lift(state, s.improvement, s.break_points, pair)
        return schools.support[pair].tolist(), added.tolist()

    days, added = support((8.0, 50.0))
    assert days[1] < 0.5 * days[0]
    assert added[1] < added[0] - 0.02
    assert np.ptp(support((8.0, 50.0), improvement__travel_on=False)[0]) == 0.0
    assert support((8.0, 50.0), improvement__travel=60.0)[0][1] > 1.3 * days[1]
    alone, _ = support((20.0, 20.0))
    led, more = support((20.0, 20.0), cluster=int(pair[0]))
    assert alone[0] < 0.9 * days[0]
    assert led[0] > 1.1 * alone[0]
    assert more[0] > support((20.0, 20.0))[1][0] + 0.01

    near, far, rows = twins(county, 1, team__travel=0.0)  # the same team, whatever the distances
    members = np.flatnonzero(np.isin(near.schools.trust, rows))
    assert near.schools.support[members].mean() > 1.15 * far.schools.support[members].mean()
    near, far, _ = twins(county, 1, improvement__travel_on=False, team__travel=0.0, clusters__on=False)
    even = [s.schools.support[members].mean() for s in (near, far)]
    assert even[0] == pytest.approx(even[1], rel=0.02)


@pytest.mark.direction("C5")
def test_cluster_governance_lightens_the_load(county: World) -> None:
    """Clusters meet, then advise, then hold delegated powers; the more they do, the less the trust's boards carry."""
    state = TrustSystem(county, scenario(), 1).state
    trusts = state.trusts
    rows = by_size(state)[:4]
    trusts.clusters[rows], trusts.rung[rows, GOVERNANCE], trusts.clustered[rows] = (0, 1, 3, 3), (0, 0, 1, 2), 0.8

    def govern(**changes: Any) -> tuple[list[int], NDArray[np.floating]]:
        settings = scenario(**changes)
        evaluate_clusters(state, settings.cluster_life, settings.clusters)
        return trusts.cluster_governance[rows].tolist(), loads(state, LADDERS, rows)[:, GOVERNANCE] / trusts.schools[
            rows
        ]

    forms, load = govern()
    assert forms == [0, 1, 2, 3], "none, informal meetings, advisory, delegated"
    none, without = govern(cluster_life__governance_on=False)
    assert none == [0, 0, 0, 0]
    relief = 1.0 - load / without
    assert relief[0] == 0.0
    assert (np.diff(relief) > 0.02).all()
    trusts.clustered[rows] = 0.2
    assert (1.0 - (govern()[1] / without)[1:] < relief[1:]).all()
    assert govern(cluster_life__delegated_rung=1)[0] == [0, 1, 3, 3]

    pressure = []
    for on in (True, False):
        model = TrustSystem(county, scenario(cluster_life__governance_on=on), 1, schedule=AT_HOME)
        model.run_years(5)
        led = np.flatnonzero(model.state.trusts.clusters > 0)
        pressure.append(loads(model.state, LADDERS, led)[:, GOVERNANCE].mean())
    assert pressure[0] < 0.97 * pressure[1]


@pytest.mark.direction("C6")
def test_dispersed_trusts_hand_curriculum_back(county: World) -> None:
    """The same trusts farther apart make more decisions locally, and give curriculum back to heads."""
    curriculum = [DUTY["curriculum"], DUTY["core_curriculum"]]
    near, far, rows = twins(county, 6)
    assert far.trusts.rung[rows, LOCAL].mean() > near.trusts.rung[rows, LOCAL].mean() + 0.5
    held = [s.trusts.responsibilities[rows][:, curriculum].mean() for s in (near, far)]
    assert held[1] < held[0] - 0.3
    assert (far.trusts.rung[rows, LOCAL] == 2).any(), "some regionalise"
    others = [i for i in range(15) if i not in curriculum]
    kept = [s.trusts.responsibilities[rows][:, others].mean() for s in (near, far)]
    assert kept[1] == pytest.approx(kept[0], abs=0.1)
    near, far, rows = twins(county, 6, operating_model__dispersal=False)
    held = [s.trusts.responsibilities[rows][:, curriculum].mean() for s in (near, far)]
    assert held[1] == pytest.approx(held[0], abs=0.1)


@pytest.mark.direction("step:picture", "step:stock", "step:closing")
def test_spread_is_reported_in_the_published_categories(county: World) -> None:
    """All within an hour; each within an hour of another, in a chain; or one school that is hours away."""
    trust, _ = of_phase(TrustSystem(county, scenario(), 1).state, False, 4)
    of = np.flatnonzero(county.schools["trust"] == trust)
    place: dict[str, Any] = {n: np.zeros(len(of)) for n in ("together", "chain", "apart")}
    place["chain"] = 25_000.0 * np.arange(len(of))
    place["apart"][-1] = 250_000.0

    def category(name: str, **changes: Any) -> tuple[int, float]:
        schools = dict(county.schools)
        for axis, offset in (("easting", place[name]), ("northing", 0.0)):
            schools[axis] = schools[axis].copy()
            schools[axis][of] = schools[axis][of[0]] + offset
        trusts = TrustSystem(replace(county, schools=schools), scenario(**changes), 1).state.trusts
        return int(trusts.geography[trust]), float(trusts.isolated[trust])

    assert category("together") == (0, 0.0)
    assert category("chain") == (1, 0.0)
    kind, alone = category("apart")
    assert (kind, round(alone * len(of))) == (2, 1)
    assert category("chain", rollup__isolation=30.0) == (2, 1.0)


def test_the_same_trust_near_and_far(county: World) -> None:
    """Twins of every trust, its schools near each other or far apart, with the same luck for six years.

    Near, they form clusters, have better schools, cost less a pupil and spend more on teaching; far, they need a
    larger central team, and a day of it brings less to schools.
    """
    for seed in (1, 2):
        near, far, rows = twins(county, 6, seed, **NO_LIKENESS)
        members = np.flatnonzero(np.isin(near.schools.trust, rows))
        more = near.trusts.clustered[rows] - far.trusts.clustered[rows]
        assert more.mean() > max(0.1, 3.0 * more.std() / np.sqrt(len(more)))
        for column, least in (("lift", 0.005), ("quality", 0.03)):
            gap = getattr(near.schools, column)[members] - getattr(far.schools, column)[members]
            assert gap.mean() > least, column
            assert gap.mean() > 3.0 * gap.std() / np.sqrt(len(gap)), column
        cheaper = far.schools.backoffice[members] - near.schools.backoffice[members]
        assert cheaper.mean() > 10
        assert (cheaper > 0).mean() > 0.9
        richer = near.schools.teaching[members] - far.schools.teaching[members]
        assert richer.mean() > 5
        posts = [s.trusts.posts[rows, IMPROVEMENT].sum() for s in (near, far)]
        assert posts[1] > 1.1 * posts[0]
        days = [s.schools.support[members].sum() for s in (near, far)]
        assert days[1] / posts[1] < 0.8 * days[0] / posts[0]


def test_pairs_within_some_minutes_are_all_the_pairs_that_near(decade: Finished) -> None:
    state, travel = decade.model.state, scenario().travel
    every, near = trust_pairs(state, travel), trust_pairs(state, travel, most=20.0)
    inside = every[2] <= 20.0
    close = near[2] <= 20.0
    assert 0 < inside.sum() < len(inside)
    for whole, some in zip(every, near, strict=True):
        np.testing.assert_array_equal(some[close], whole[inside])


def test_close_pairs_are_those_of_all_pairs_whoever_moved(county: World) -> None:
    """Kept from year to year, they are what a search through all pairs finds."""
    settings = scenario()
    model = TrustSystem(county, settings, 1)
    for _ in range(4):
        model.run_years(1)
        state = model.state
        a, b, minutes = trust_pairs(state, settings.travel)
        primary = state.schools.phase == Phase.PRIMARY
        close = (minutes <= 20.0) & (primary[a] == primary[b])
        found = zip(*(x.tolist() for x in close_pairs(state, settings.travel, 20.0)), strict=True)
        assert sorted(found) == sorted(zip(a[close].tolist(), b[close].tolist(), minutes[close].tolist(), strict=True))


def one_by_one(state: State, trust: int, near: dict[tuple[int, int], float], largest: int) -> list[Any]:
    """Clusters of one trust formed by trying every loose school with every cluster: what happened, in order."""
    schools, bench, happened = state.schools, float(state.trusts.bench[trust]), list[Any]()
    members = state.members(trust).tolist()
    loose = [s for s in members if schools.cluster[s] < 0]
    clusters: dict[int, list[int]] = {}
    for s in members:
        if schools.cluster[s] >= 0:
            clusters.setdefault(int(schools.cluster[s]), []).append(s)

    def fits(school: int, cluster: list[int]) -> bool:
        return len(cluster) < largest and all((school, m) in near for m in cluster)

    for s in list(loose):
        nearest = min(((sum(near[s, m] for m in c), name) for name, c in clusters.items() if fits(s, c)), default=None)
        if nearest:
            happened.append(("joined", s, max(near[s, m] for m in clusters[nearest[1]])))
            clusters[nearest[1]].append(s)
            loose.remove(s)
    for time, i, j in sorted((near[i, j], i, j) for i in loose for j in loose if i < j and (i, j) in near):
        if bench >= 1.0 and i in loose and j in loose:
            bench -= 1.0
            happened.append(("formed", i, time))
            new = clusters[i] = [i, j]
            for s in sorted((s for s in loose if fits(s, new)), key=lambda s: (max(near[s, i], near[s, j]), s)):
                if fits(s, new):
                    happened.append(("joined", s, max(near[s, m] for m in new)))
                    new.append(s)
            loose = [s for s in loose if s not in new]
    named = sorted(sorted(c) for c in clusters.values())
    return [*happened, bench, named]


@pytest.mark.parametrize("largest", [3, 6])
def test_clusters_form_as_if_every_school_were_tried_with_every_cluster(county: World, largest: int) -> None:
    """What happens in each trust, in its order, over some years of schools that come, go and stay loose."""
    settings = scenario(clusters__largest=largest)
    expected: dict[int, list[Any]] = {}

    def reform(state: State, _: object) -> None:
        p, schools = settings.clusters, state.schools
        before, bench = schools.cluster.copy(), state.trusts.bench.copy()
        clusters._tidy(state)
        a, b, minutes = close_pairs(state, settings.travel, p.minutes)
        near = {(i, j): t for i, j, t in zip(a.tolist(), b.tolist(), minutes.tolist(), strict=True)}
        near |= {(j, i): t for (i, j), t in near.items()}
        rows = [row for row in state.multi().tolist() if state.trusts.schools[row] >= p.from_schools]
        expected.update((row, one_by_one(state, row, near, largest)) for row in rows)
        schools.cluster, state.trusts.bench = before, bench
        clusters.reform(state, p, settings.travel)
        events = list(state.log.events("cluster", state.year))
        for row in rows:
            mine = [e for e in events if e["trust"] == row and e["step"] == "clusters" and e["reason"] != "dissolved"]
            happened = [(e["reason"], e["school"], e["value"]) for e in mine]
            members = state.members(row)
            of = schools.cluster[members]
            named = sorted(members[of == name].tolist() for name in np.unique(of[of >= 0]))
            assert [min(c) for c in named] == np.unique(of[of >= 0]).tolist()
            assert [*happened, float(state.trusts.bench[row]), named] == expected[row]

    steps = tuple(replace(s, function=reform, given=lambda s: (s,)) if s.name == "clusters" else s for s in SCHOOL_YEAR)
    TrustSystem(county, settings, 2, schedule=steps).run_years(5)
    happened = [what[0] for each in expected.values() for what in each[:-2]]
    assert {"joined", "formed"} <= set(happened)
