"""Walks the catalogue of mechanisms: nothing missing, nothing named that is not there, no switch that does nothing."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import ROOT, scenario

from matsim.events.kinds import EVENTS
from matsim.evidence import SOURCES
from matsim.evidence.parameters import describe
from matsim.mechanisms.catalogue import CATALOGUE, Entry
from matsim.results.table_files import table_digest
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import build_world, simulate
from matsim.world.base import World

ROWS = {"A": 7, "B": 9, "C": 6, "D": 6, "E": 6, "F": 6}
"""How many mechanisms each part of the sources' list has. The rows of G, which the model adds, come behind them."""
COMPARED = ("trust_year", "school_year", "events")
YEARS = 6


@pytest.fixture(scope="module")
def england() -> dict[str, pd.DataFrame]:
    """Tables of six years of the whole synthetic England with default settings."""
    settings = Scenario()
    return simulate(settings, build_world(settings), seed=1, years=YEARS).tables


@pytest.fixture(scope="module")
def usual(county: World) -> dict[str, str]:
    """Digests of six years of the county with everything on."""
    return digests(county)


def digests(world: World, **changes: object) -> dict[str, str]:
    settings = scenario(run__school_year=True, **changes)
    tables = simulate(settings, world, seed=1, years=YEARS).tables
    return {name: table_digest(tables[name]) for name in COMPARED}


each = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda e: e.id)


def test_every_mechanism_is_there_once() -> None:
    ids = [entry.id for entry in CATALOGUE]
    sources = [f"{part}{i}" for part, count in ROWS.items() for i in range(1, count + 1)]
    assert ids[: len(sources)] == sources, "rows A to F are the sources'"
    added = [int(row.removeprefix("G")) for row in ids[len(sources) :]]
    assert added == sorted(set(added)), "rows of G stand behind these, each number once, in order"


@each
def test_files_parameters_and_events_exist(entry: Entry) -> None:
    known = {info.name for info in describe(Scenario)} | {"shocks", "trusts"}
    assert entry.files
    assert [f for f in entry.files if not (ROOT / f).is_file()] == []
    assert [p for p in (*entry.parameters, *entry.off) if p not in known] == []
    assert [e for e in entry.events if e not in EVENTS] == []
    assert entry.events or entry.columns, "nothing would show it acting"


@each
def test_its_parameters_say_what_they_rest_on(entry: Entry) -> None:
    infos = {info.name: info for info in describe(Scenario)}
    for name in entry.parameters:
        info = infos[name]
        assert info.meaning, name
        assert info.assumed or info.source in SOURCES, name


RARE = {"B6": {"bidding.overhang": 0.0}}
"""Settings under which what seldom happens does in a county: no deficit there is far beyond the grant."""


@pytest.mark.slow
@each
def test_turning_it_off_changes_results(entry: Entry, county: World, usual: dict[str, str]) -> None:
    assert entry.off
    on = {**entry.on, **RARE.get(entry.id, {})}
    with_it = digests(county, **on) if on else usual
    assert digests(county, **{**on, **entry.off}) != with_it


@pytest.mark.slow
@each
def test_it_acts_in_a_default_run_of_england(entry: Entry, england: dict[str, pd.DataFrame], county: World) -> None:
    """What the defaults leave out acts in a county where a scenario asks for it."""
    tables = simulate(scenario(**entry.on), county, seed=1, years=YEARS).tables if entry.on else england
    happened = set(tables["events"]["event"])
    assert [e for e in entry.events if e not in happened] == []
    for column in entry.columns:
        held = [table[column] for table in england.values() if column in table]
        assert held, f"no table has {column}"
        assert all(values.nunique() > 1 for values in held), f"{column} never varies"
