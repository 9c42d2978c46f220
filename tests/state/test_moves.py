"""Moves: the only way membership changes, and they refuse what the world does not allow."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario

from matsim.simulation.model import TrustSystem
from matsim.state.moves import CloseSchool, FoundTrust, Join, Merge, MoveError, OpenFree, Transfer, Widen, Wind
from matsim.strategies import Hold
from matsim.world.base import World
from matsim.world.codes import Route, SchoolState, TrustKind


@pytest.fixture
def model(area: World) -> TrustSystem:
    return TrustSystem(area, scenario(), 1)


def first(mask: np.ndarray) -> int:
    return int(np.flatnonzero(mask)[0])


def test_join_and_the_ways_it_is_refused(model: TrustSystem) -> None:
    state = model.state
    s, t = state.schools, state.trusts
    school, trust = first((s.state == SchoolState.OPEN) & (s.trust < 0)), first(t.active & (t.kind == TrustKind.MULTI))
    single = first(t.active & (t.kind == TrustKind.SINGLE))
    with pytest.raises(MoveError, match="single-academy"):
        Join(school, single, 1, 2018.5).apply(state)
    Join(school, trust, 1, 2018.5).apply(state)
    assert s.trust[school] == trust
    assert s.route[school] == Route.CONVERTER
    with pytest.raises(MoveError, match="transferred"):
        Join(school, trust, 1, 2018.5).apply(state)


def test_transfer_of_the_last_school_closes_its_trust(model: TrustSystem) -> None:
    state = model.state
    s, t = state.schools, state.trusts
    single = first(t.active & (t.kind == TrustKind.SINGLE))
    school, trust = int(state.members(single)[0]), first(t.active & (t.kind == TrustKind.MULTI))
    Transfer(school, trust, 2018.5).apply(state)
    assert s.trust[school] == trust
    assert not t.active[single]
    with pytest.raises(MoveError, match="already"):
        Transfer(school, trust, 2018.5).apply(state)


def test_found_widen_merge_wind(model: TrustSystem) -> None:
    state = model.state
    s, t = state.schools, state.trusts
    school = first((s.state == SchoolState.OPEN) & (s.trust < 0))
    row = FoundTrust(school, 0, 1, 2018.5, Hold()).apply(state)
    assert t.luck[row] == s.luck[school]
    assert state.trust_agents[row].row == row
    Widen(row).apply(state)
    with pytest.raises(MoveError, match="already"):
        Widen(row).apply(state)
    with pytest.raises(MoveError, match="with schools"):
        Wind(row, "test").apply(state)
    other = first(t.active & (t.kind == TrustKind.MULTI) & (np.arange(len(t)) != row))
    before = len(state.members(other))
    Merge(row, other, 2018.9).apply(state)
    assert len(state.members(other)) == before + 1
    assert not t.active[row]


def test_closing_and_opening(model: TrustSystem) -> None:
    state = model.state
    s = state.schools
    school = first((s.state == SchoolState.OPEN) & (s.trust < 0))
    with pytest.raises(MoveError, match="pupils"):
        CloseSchool(school).apply(state)
    s.pupils[school] = 0.0
    CloseSchool(school).apply(state)
    assert s.state[school] == SchoolState.CLOSED
    site = first(s.state == SchoolState.PLANNED)
    row = OpenFree(site, -1, 2018.0, Hold()).apply(state)
    assert s.trust[site] == row
    with pytest.raises(MoveError, match="planned"):
        OpenFree(site, -1, 2018.0, Hold()).apply(state)


def test_a_new_trust_takes_its_name_from_its_lead_school_not_from_others(area: World) -> None:
    uids = []
    for extra in (False, True):
        model = TrustSystem(area, scenario(), 1)
        s = model.state.schools
        free = np.flatnonzero((s.state == SchoolState.OPEN) & (s.trust < 0))
        if extra:
            FoundTrust(int(free[5]), 0, 1, 2018.5, Hold()).apply(model.state)
        row = FoundTrust(int(free[0]), 0, 1, 2018.5, Hold()).apply(model.state)
        uids.append(int(model.state.trusts.uid[row]))
    assert uids[0] == uids[1]


def test_a_new_trust_takes_no_identifier_that_another_has(model: TrustSystem) -> None:
    s, t = model.state.schools, model.state.trusts
    free = np.flatnonzero((s.state == SchoolState.OPEN) & (s.trust < 0))[:3]
    t.uid[:2] = s.urn[free[0]] * 100, s.urn[free[1]] * 100
    rows = FoundTrust(free, 0, 1, 2018.5, Hold()).apply(model.state)
    assert (t.uid[rows] - s.urn[free] * 100).tolist() == [1, 1, 0]
