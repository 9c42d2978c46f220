"""How schools and trusts find each other beyond next door: mechanisms that history asked for (E2, B1, B8)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.stepping import do, system, until
from support.views import events, part_of_a_year

from matsim.mechanisms.reach import Acquaintance, at_home, within_reach
from matsim.simulation.model import TrustSystem
from matsim.strategies import Brief, Chiefs, GrowthFirst, Hubs, rooms
from matsim.world.base import World
from matsim.world.codes import Denomination, Grade, Route, SchoolState
from matsim.world.geography import TravelParams


def test_authorities_differ_in_will(county: World) -> None:
    """Where authorities differ in will, schools that seek are bunched by authority; single academies do not care."""

    def bunched(will: float) -> float:
        share = []
        for seed in range(1, 5):
            model = part_of_a_year(county, "seeking", seed, seeking__authority=will, seeking__threshold=2.0)
            s = model.state.schools
            out = (s.state == SchoolState.OPEN) & (s.trust < 0) & np.isnan(s.ordered)
            many = np.bincount(s.place[out], minlength=len(model.state.places))
            sought = np.bincount(s.place[out], weights=s.seeking[out], minlength=len(model.state.places))
            share.append(float((sought[many > 20] / many[many > 20]).std()))
        return float(np.mean(share))

    assert bunched(2.0) > 1.5 * bunched(0.0)
    weighed = events(part_of_a_year(county, "seeking"), "seek")
    alone = weighed["alone"] == 1.0
    assert alone.any()
    assert (weighed.loc[alone, "authority"] == 0.0).all()
    assert weighed.loc[~alone, "authority"].nunique() > 5


def test_low_results_bring_orders_in_their_years(county: World) -> None:
    """Before and beside the Act, schools that require improvement with low results are chosen for sponsors."""

    def chosen(chance: float, floor: float = -1.0) -> set[int]:
        given = {2018: chance}
        model = system(county, orders__floor_primary=given, orders__floor_secondary=given, orders__floor=floor)
        state = until(model, "orders")
        s = state.schools
        low = (
            (s.route == Route.MAINTAINED)
            & (s.state == SchoolState.OPEN)
            & (s.grade == Grade.REQUIRES_IMPROVEMENT)
            & (s.outcome < floor)
            & np.isnan(s.ordered)
        )
        before = ~np.isnan(s.ordered) | (s.grade == Grade.INADEQUATE)
        now = np.flatnonzero(~np.isnan(do(model, "orders").schools.ordered) & ~before)
        assert set(now.tolist()) <= set(np.flatnonzero(low).tolist())
        assert len(now) == (events(model, "order")["reason"] == "low results").sum()
        return set(now.tolist())

    assert chosen(0.0) == set()
    assert set() < chosen(0.3) < chosen(1.0)
    assert chosen(1.0, floor=-2.0) < chosen(1.0, floor=0.0)


@pytest.mark.direction("G2", "step:founding")
def test_founders_bring_others_with_them(county: World) -> None:
    """The founder of a multi-academy trust begins with schools near by that are free to come, and of its own faith."""
    eager: dict[str, Any] = {
        "seeking__threshold": 0.0,
        "founding__threshold": 2.0,
        "environment__alone_open": {2018: 0.5},
        "bidding__on": False,
    }

    def sizes(together: float) -> tuple[float, TrustSystem]:
        model = part_of_a_year(county, "founding", founding__members=together, **eager)
        founded = events(model, "found")["trust"]
        members = events(model, "join")
        return 1.0 + len(members) / len(founded), model

    small, large = sizes(0.1)[0], sizes(2.0)
    assert 1.0 <= small < 1.5 < large[0]
    model = large[1]
    came = events(model, "join")
    assert set(came["reason"]) == {"a founding member"}
    assert came["minutes"].max() <= model.settings.founding.members_minutes
    s, t = model.state.schools, model.state.trusts
    new = np.flatnonzero((s.joined > model.state.year - 0.1) & (s.trust >= 0))
    catholic = s.denomination[new] == Denomination.ROMAN_CATHOLIC
    assert np.array_equal(catholic, t.denomination[s.trust[new]] == Denomination.ROMAN_CATHOLIC)
    assert np.array_equal(np.bincount(s.trust[s.trust >= 0], minlength=len(t))[s.trust[new]], t.schools[s.trust[new]])


def test_schools_know_of_trusts_beyond_their_neighbours(county: World) -> None:
    """Acquaintance adds pairs, far ones within a church; those that were there keep their minutes."""
    model = part_of_a_year(county, "planning")
    state, travel = model.state, TravelParams()
    plain = within_reach(state, 0, travel)
    known = within_reach(state, 0, travel, Acquaintance(0.2, (20.0, 40.0, 40.0), across=1.0, church=0.0))
    church = within_reach(state, 0, travel, Acquaintance(0.0, (20.0, 40.0, 40.0), across=1.0, church=1.0))

    def pairs(p: object) -> dict[tuple[int, int], float]:
        return dict(zip(zip(p.school.tolist(), p.trust.tolist(), strict=True), p.minutes.tolist(), strict=True))  # type: ignore[attr-defined]

    few, many, faithful = pairs(plain), pairs(known), pairs(church)
    assert len(many) > len(few)
    assert all(many[k] <= few[k] + 1e-3 for k in few)
    s, t = state.schools, state.trusts
    extra = [k for k in faithful if k not in few]
    assert extra
    assert all(s.denomination[a] == t.denomination[b] and s.denomination[a] in (1, 2) for a, b in extra)
    new = [k for k in [*faithful, *many] if k not in few]
    assert all(s.region[a] == t.region[b] and s.trust[a] != b for a, b in new)
    near, far = (within_reach(state, 0, travel, Acquaintance(0.3, (km, km, km), 1.0, 0.0)) for km in (5.0, 80.0))
    assert np.quantile(near.minutes, 0.9) < np.quantile(far.minutes, 0.9)


def test_the_border_of_an_authority_keeps_schools_and_trusts_apart(county: World) -> None:
    """Across it fewer know of each other, all of whom would else; and a trust likes a school there less."""
    state, travel = part_of_a_year(county, "planning").state, TravelParams()
    s = state.schools
    some = np.flatnonzero((s.state == SchoolState.OPEN) & (s.trust >= 0))
    assert at_home(state, some, s.trust[some]).all()

    def known(across: float) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
        p = within_reach(state, 0, travel, Acquaintance(0.5, (20.0, 40.0, 40.0), across, 0.0))
        home = at_home(state, p.school, p.trust).tolist()
        pairs = list(zip(p.school.tolist(), p.trust.tolist(), home, strict=True))
        return {x[:2] for x in pairs if x[2]}, {x[:2] for x in pairs if not x[2]}

    (home, away), (same, fewer) = known(1.0), known(0.2)
    assert home == same
    assert fewer < away
    bids = [events(part_of_a_year(county, "bidding", bidding__border=weight), "bid") for weight in (0.0, 0.5)]
    assert 0 < (bids[1]["border"] == 1.0).sum() < 0.8 * (bids[0]["border"] == 1.0).sum()


def test_commissioners_begin_and_young_trusts_do_not_merge(county: World) -> None:
    """Nobody steps in before there are commissioners; a trust does not merge within its first years; policy tells."""

    def year(**changes: object) -> TrustSystem:
        model = TrustSystem(county, scenario(**changes), 1)
        model.run_years(2)
        return model

    assert len(events(year(intervention__since=2020), "intervene")) == 0
    model = year(intervention__since=2018)
    assert len(events(model, "intervene")) > 0
    old = year(merging__age=5.0)
    founded = dict(zip(old.state.trusts.uid.tolist(), old.state.trusts.founded.tolist(), strict=True))
    merged = events(old, "merge")
    assert len(merged) > 0
    assert all(y + 1.0 - founded[t] >= 5.0 for y, t in zip(merged["year"], merged["trust"], strict=True))
    pushed = year(merging__policy={2018: 2.0})
    held = year(merging__policy={2018: 0.0})
    assert len(events(pushed, "merge")) > 1.5 * len(events(held, "merge"))


def test_no_ceo_takes_on_more_in_a_year_than_can_be_done() -> None:
    """However large the trust, a year has its limit."""
    brief = Brief(2018, 60, 1.0, 50.0, 0.1, 200.0, 0.0, 0.5, 9.0, 1.0)
    for strategy in (GrowthFirst(), Hubs()):
        room, _ = rooms(Chiefs.alike(strategy), brief)
        assert room.schools.tolist() == [9]


@pytest.mark.direction("G1", "step:openings")
def test_free_schools_open_in_their_number_and_in_the_hands_the_year_favours(county: World) -> None:
    """As many as the year has, to the next whole number, on planned sites; in good trusts or each in one of its own."""
    sites = np.flatnonzero(TrustSystem(county, scenario(), 1).state.schools.state == SchoolState.PLANNED)
    assert len(sites) > 20

    def opened(number: float, inside: float = 1.0, **changes: Any) -> tuple[TrustSystem, pd.DataFrame]:
        dated = {"openings__primary": {2018: number}, "openings__secondary": {2018: 0.0}, **changes}
        model = part_of_a_year(county, "openings", openings__in_trusts={2018: inside}, **dated)
        return model, events(model, "open")

    for number in (40.0, 120.0):
        model, opens = opened(number)
        assert abs(len(opens) - number * county.size / 20_000) < 1.0
        schools = np.flatnonzero(np.isin(model.state.schools.urn, opens["school"]))
        assert np.isin(schools, sites).all()
        full = model.state.schools.pupils[schools] / model.state.schools.capacity[schools]
        assert full == pytest.approx(model.settings.openings.first_year)
    before = set(county.trusts["uid"].tolist())
    hosts, alone = opened(120.0)[1]["trust"], opened(120.0, inside=0.0)[1]["trust"]
    assert np.isin(hosts, list(before)).mean() > 0.7
    assert not np.isin(alone, list(before)).any()
    assert alone.is_unique
    assert opened(120.0, openings__on=False)[1].empty
