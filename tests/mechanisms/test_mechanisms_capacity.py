"""Central teams and growth: direction of the mechanisms B4 and B9 (`matsim.mechanisms.catalogue`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import scenario
from support.briefs import bids_of, candidates
from support.views import by_size, events, largest, several

from matsim.mechanisms import rollup, team
from matsim.simulation.model import TrustSystem
from matsim.state.moves import Join
from matsim.strategies import Brief, CapacityFirst, GrowthFirst
from matsim.world.base import World
from matsim.world.codes import Route, SchoolState


def followed(county: World, kind: str, seed: int, years: int) -> tuple[TrustSystem, dict[str, list[float]]]:
    """A county where every CEO grows in one way: size and capacity of the trusts of the first year, each year."""
    model = TrustSystem(county, scenario(ceos=[{"kind": kind, "share": 1.0}]), seed)
    first, path = several(model.state), {"size": [], "capacity": [], "posts": []}  # type: ignore[var-annotated]
    trusts = model.state.trusts
    for _ in range(years):
        model.run_for(1)
        alive = first[trusts.active[first]]
        path["size"].append(float(trusts.schools[alive].mean()))
        path["capacity"].append(float(trusts.capacity[alive].mean()))
        path["posts"].append(float(trusts.posts[alive].sum(axis=1).mean()))
    return model, path


@pytest.mark.slow
@pytest.mark.direction("B4", "strategy:capacity_first", "strategy:growth_first")
def test_capacity_first_and_growth_first_follow_different_paths(county: World) -> None:
    """With the same luck, capacity-first trusts are smaller early and better staffed for their work at the end.

    Growth-first trusts pass far more break points and take on struggling schools; their teams grow with them.
    """
    for seed in (1, 2):
        careful, before = followed(county, "capacity_first", seed, 9)
        eager, after = followed(county, "growth_first", seed, 9)
        assert before["size"][2] < 0.9 * after["size"][2]
        assert before["capacity"][-1] > after["capacity"][-1] + 0.1
        assert after["posts"][-1] > after["posts"][0]
        count = [m.state.log.count("reach") for m in (careful, eager)]
        assert count[1] > 2 * count[0]
        # there are only so many schools in need of a sponsor: what differs is how many wait for one, year by year
        assert len(events(careful, "unplaced")) > 3 * len(events(eager, "unplaced"))
    struggling = candidates(1, weak=True, forced=True)
    stretched = Brief(2018, 8, 0.9, 2.0, 0.05, 12.0, 0.0, 0.5, 9.0, 1.0)
    assert len(bids_of(GrowthFirst(), stretched, struggling)) == 1
    assert bids_of(CapacityFirst(), stretched, struggling) == []


@pytest.mark.direction("step:team")
def test_growth_funds_capacity(county: World) -> None:
    """Of twins, the trust with more income can fill more of its posts; with hiring off posts stay as they were."""
    model = TrustSystem(county, scenario(), 1)
    state, trusts = model.state, model.state.trusts
    trust, _ = largest(state)
    start, income = trusts.posts.copy(), float(trusts.income[trust])
    trusts.reserves[trust] = 0.0

    def hire(share: float, **changes: Any) -> float:
        trusts.posts = start
        trusts.income[trust] = share * income
        team.hire(state, scenario(team__reserve_use=0.0, **changes).team)
        return float(trusts.posts[trust].sum() + trusts.bought[trust].sum())

    poor, middling, rich = (hire(share) for share in (0.1, 0.2, 0.3))
    assert poor < middling < rich
    trusts.bought = 0.0
    assert hire(0.3, team__hiring_on=False) == pytest.approx(start[trust].sum())


@pytest.mark.direction("B9")
def test_the_team_grows_slower_than_the_trust(county: World) -> None:
    """A trust that doubles at once, money no object, takes years to staff itself; leaders come from its schools."""
    model = TrustSystem(county, scenario(), 1)
    state, trusts, schools = model.state, model.state.trusts, model.state.schools
    trust = int(by_size(state)[2])
    settings = model.settings
    for _ in range(8):
        trusts.reserves[trust], trusts.top_slice[trust] = 1e8, 0.09
        team.hire(state, settings.team)
    settled, posts = float(trusts.capacity[trust]), trusts.posts.copy()
    size = int(trusts.schools[trust])
    for school in np.flatnonzero((schools.trust < 0) & (schools.state == SchoolState.OPEN))[:size].tolist():
        Join(school, trust, Route.CONVERTER, state.year + 0.5).apply(state)
    rollup.run(state, settings.rollup, settings.travel)
    assert trusts.schools[trust] == 2 * size

    def staffed(years: int, **changes: Any) -> float:
        trusts.posts, trusts.bought = posts, 0.0
        for _ in range(years):
            team.hire(state, scenario(team__bought_premium=1e9, **changes).team)
        return float(trusts.posts[trust].sum() / posts[trust].sum())

    assert staffed(1) < 1.8
    assert trusts.capacity[trust] < settled - 0.1
    assert staffed(1) < staffed(4)
    assert staffed(1) < staffed(1, team__fastest=1.0)
