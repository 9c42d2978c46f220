"""Worlds and finished runs that many tests share."""

from __future__ import annotations

import re
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest

from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import Finished, build_world, simulate
from matsim.world.base import World

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
ESTABLISHMENTS = SHARED / "gias_england_2018-05.csv"
LINKS_2018 = SHARED / "grouplinks_edubaseallacademiesandfree20180501.csv"


SLOW = re.compile(
    r"^ *(?:import subprocess|from (?:playwright|nbclient|support\.(?:calling|sweeping|reports)"
    r"|matsim\.(?:experiment\.runner|report|board\.pack|calibration\.waves"
    r"|analysis\.(?:discovery|sensitivity|scores)|web\.(?:jobs|explorer\.app|classroom\.app)))\b)",
    re.MULTILINE,
)
"""What a file imports whose tests start processes, call commands, run sweeps or many analyses, make or serve pages."""


@cache
def _slow(path: Path) -> bool:
    return SLOW.search(path.read_text(encoding="utf-8")) is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of such files are slow, so that a new one falls into its tier by itself; others say so with the marker."""
    for item in items:
        if _slow(item.path) or item.get_closest_marker("realdata"):
            item.add_marker("slow")


def scenario(**changes: object) -> Scenario:
    """The default scenario on an area of 300 mainstream schools and no others, with some values changed by dotted name
    (`__` for a dot)."""
    values = {
        "world.synthetic.schools": 300,
        "world.synthetic.specialist": 0.0,
        **{k.replace("__", "."): v for k, v in changes.items()},
    }
    return override(Scenario(), values, "test")


@pytest.fixture(scope="session")
def area() -> World:
    """An area of 300 schools in 2018."""
    return build_world(scenario())


@pytest.fixture(scope="session")
def county() -> World:
    """A slice of 2,000 schools in 2018: enough for every kind of event."""
    return build_world(scenario(world__synthetic__schools=2000))


@pytest.fixture(scope="session")
def decade(county: World) -> Finished:
    """Ten years of the county with default settings."""
    return simulate(scenario(), county, seed=3, years=10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test of direction (`@pytest.mark.direction`) has to run what it names, else it proves nothing."""
    names = [name for mark in item.iter_markers("direction") for name in mark.args]
    if not names:
        return (yield)
    from support.directions import watched  # imports the whole model, which other tests need not wait for

    with watched(names) as ran:
        outcome = yield
    if unrun := [name for name in names if name not in ran]:
        pytest.fail(f"marked as a test of direction of {', '.join(unrun)}, which it never runs")
    return outcome
