"""A board pack on a real trust of May 2018: its options, and the cut of England against the whole of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import ESTABLISHMENTS, LINKS_2018

from matsim.board.futures import futures
from matsim.board.options import Option, Wishes, defaults
from matsim.board.pack import Order, prepare
from matsim.board.surroundings import look_around
from matsim.scenario.load import load_scenario
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import Files, build_world
from matsim.world.base import World

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not ESTABLISHMENTS.exists(), reason="needs the published files of 2018"),
]

LIGHTHOUSE = 16340
"""Lighthouse Schools Partnership: 15 schools in and near North Somerset in May 2018."""

FUTURES = 8
KEY = ["schools", "reserves_share", "capacity", "outcome_first", "pressure_chief"]


@pytest.fixture(scope="module")
def settings() -> Scenario:
    return load_scenario("england-2018")


@pytest.fixture(scope="module")
def england(settings: Scenario) -> World:
    return build_world(settings, Files(ESTABLISHMENTS, LINKS_2018))


@pytest.fixture(scope="module")
def order(england: World, settings: Scenario) -> Order:
    plans: list[Option] = defaults(look_around(england, LIGHTHOUSE, settings), settings, Wishes(), ("stay", "local"))
    return Order(settings, england, LIGHTHOUSE, plans, Wishes())


def test_four_options_suit_a_trust_of_fifteen(england: World, settings: Scenario) -> None:
    at = look_around(england, LIGHTHOUSE, settings)
    assert len(at.members) == 15
    assert [plan.key for plan in defaults(at, settings, Wishes())] == ["stay", "local", "cluster", "pause"]


@pytest.mark.long
def test_the_cut_is_near_the_whole_of_england(order: Order, england: World) -> None:
    """On the same luck: without growth alike but for a school that is taken away, with growth within half a school."""
    job, _ = prepare(order)
    assert job.world.size < 2_000
    ends = []
    for each in (job, replace(job, world=england)):
        years = futures(each, FUTURES, 1).years
        ends.append(years[years["year"] == years["year"].max()].set_index(["option", "future"])[KEY])
    gap = ends[0] - ends[1]
    stay, grow = gap.loc[0], gap.loc[1]
    assert stay["schools"].abs().mean() <= 0.25
    assert stay.drop(columns="schools").abs().max().max() < 0.05
    assert abs(grow["schools"].mean()) <= 0.5
    assert grow["reserves_share"].abs().mean() < 0.02
    assert grow["capacity"].abs().mean() < 0.03
    assert abs(grow["outcome_first"].mean()) < 0.05
