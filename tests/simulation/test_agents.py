"""Agents are Mesa's, and are made only when somebody asks for one."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import scenario

from matsim.agents import CEO, Commissioner, School, Trust
from matsim.simulation.model import TrustSystem
from matsim.state.moves import FoundTrust
from matsim.strategies import Hold, Steady
from matsim.world.base import World
from matsim.world.codes import SchoolState


@pytest.fixture
def model(area: World) -> TrustSystem:
    return TrustSystem(area, scenario(), 1)


def found(model: TrustSystem) -> int:
    """A new trust around the first school that may found one; its row."""
    schools = model.state.schools
    free = np.flatnonzero((schools.state == SchoolState.OPEN) & (schools.trust < 0))
    return FoundTrust(int(free[0]), 0, 1, 2018.5, Hold()).apply(model.state)


def test_a_run_in_which_nobody_asks_makes_none_of_their_views(model: TrustSystem) -> None:
    model.run_years(2)
    there = model.state.population
    assert there.schools + there.trusts + there.ceos == []
    assert len(model.state.school_agents) == len(there.schools) == len(model.state.schools)


def test_mesa_has_them_all(model: TrustSystem) -> None:
    kinds = {School: "schools", Trust: "trusts", CEO: "trusts"}
    assert set(model.agent_types) == {*kinds, Commissioner}
    for kind, table in kinds.items():
        assert len(model.agents_by_type[kind]) == len(getattr(model.state, table))
    assert len(model.agents) == sum(len(a) for a in model.agents_by_type.values())
    assert all(a.model is model for a in model.agents)
    school = model.state.school_agents[7]
    school.pupils = 123.0
    assert model.state.schools.pupils[7] == 123.0
    everywhere = model.agents
    model.remove_all_agents()
    assert not len(everywhere)
    assert not len(model.agents), "they are not made anew"


def test_a_trust_comes_with_its_agents_once_somebody_looks(model: TrustSystem) -> None:
    looked_at = model.agents
    before = len(looked_at)
    row = found(model)
    assert len(looked_at) == before + 2
    assert model.state.ceos[row].trust is model.state.trust_agents[row]
    assert isinstance(model.state.ceos[row].strategy, Hold)


def test_their_identifiers_do_not_depend_on_when_somebody_asks(area: World) -> None:
    names = []
    for early in (True, False):
        model = TrustSystem(area, scenario(), 1)
        if early:
            assert model.agents
        found(model)
        names.append([(type(a).__name__, a.unique_id) for a in model.agents])
    assert names[0] == names[1]
    assert len({number for _, number in names[0]}) == len(names[0])


def test_a_ceo_follows_the_strategy_that_it_is_given(model: TrustSystem) -> None:
    ceo = model.state.ceos[2]
    ceo.strategy = Hold(share=0.5)
    assert model.state.strategies[2] == Hold(share=0.5)
    model.state.strategies[2] = Steady(share=0.5)
    assert model.state.ceos[2].strategy == Steady(share=0.5)
