"""May 2018 and March 2024: schools, trusts and sizes of the first year against a count made without the model.

The count is made with pandas from the files alone; the runs are of one region, for three years.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED, scenario

from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Files, build_world, simulate
from matsim.world.base import World
from matsim.world.codes import Phase, SchoolState, TrustKind

pytestmark = pytest.mark.realdata

PAIRS = {
    2018: ("gias_england_2018-05.csv", "grouplinks_edubaseallacademiesandfree20180501.csv"),
    2024: ("establishments_2024-03_assembled.csv", "grouplinks_edubaseallacademiesandfree_2024-03-01.csv"),
}
ACADEMIES = (
    *("Academy converter", "Academy sponsor led", "Free schools", "Studio schools", "University technical college"),
)


@dataclass
class Expected:
    """`schools` by URN; `of`: URN -> UID of the trust; `kinds`: UID -> kind."""

    schools: list[int]
    of: dict[int, int]
    kinds: dict[int, str]
    alone: int


def counted(establishments: Path, links: Path) -> Expected:
    """What pandas makes of the two files."""
    schools = pd.read_csv(establishments, encoding="cp1252", low_memory=False)
    rows = pd.read_csv(links, encoding="cp1252", index_col=False, low_memory=False)
    rows = rows[rows["Group Type"].isin(["Multi-academy trust", "Single-academy trust"])]
    rows = rows[(rows["Group Status"] == "Open") & rows["URN"].notna()]
    when, multi = pd.to_datetime(rows["Joined date"], format="%d-%m-%Y"), rows["Group Type"].str.startswith("Multi")
    ordered = rows.assign(when=when, multi=multi).sort_values(["when", "multi"], na_position="first", kind="stable")
    last = ordered.groupby("URN").tail(1)
    of = {int(urn): int(uid) for urn, uid in zip(last["URN"], last["Linked UID"], strict=True)}
    used = schools["URN"].astype(int).tolist()
    of = {urn: of[urn] for urn in used if urn in of}
    sizes = Counter(of.values())
    kinds = dict(zip(rows["Linked UID"].astype(int), rows["Group Type"], strict=True))
    kinds = {uid: "Multi-academy trust" if sizes[uid] > 1 else kinds[uid] for uid in sizes}
    academy = schools.loc[schools["TypeOfEstablishment (name)"].isin(ACADEMIES), "URN"].astype(int)
    return Expected(sorted(used), of, kinds, int((~academy.isin(of)).sum()))


def agrees(world: World, expected: Expected) -> None:
    """Mainstream schools, trusts of each kind and the size of every one are those counted."""
    state = TrustSystem(world, scenario(world__start=world.year), 1).state
    schools = state.schools
    here = (schools.state == SchoolState.OPEN) & (schools.phase <= Phase.ALL_THROUGH)
    assert schools.urn[here].tolist() == expected.schools
    trust = schools.trust[here]
    uids = state.trusts.uid[trust[trust >= 0]]
    named = np.isin(uids, list(expected.kinds))
    assert Counter(uids[named].tolist()) == Counter(expected.of.values())
    assert len(set(uids[~named].tolist())) == int((~named).sum()) == expected.alone  # each in a trust of its own
    kinds = dict(zip(state.trusts.uid.tolist(), state.trusts.kind.tolist(), strict=True))
    multi = {uid for uid, kind in expected.kinds.items() if kind == "Multi-academy trust"}
    assert {uid for uid in expected.kinds if kinds[uid] == TrustKind.MULTI} == multi


@pytest.mark.parametrize("year", PAIRS)
def test_the_first_year_is_as_counted(year: int) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    establishments, links = (SHARED / name for name in PAIRS[year])
    expected = counted(establishments, links)
    assert len(expected.schools) == 19_999
    world = build_world(scenario(world__start=year), Files(establishments, links))
    assert world.year == year
    agrees(world, expected)


@pytest.mark.parametrize("year", PAIRS)
def test_a_region_runs_for_three_years_from_what_was_counted(year: int, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    establishments, links = (SHARED / name for name in PAIRS[year])
    whole = pd.read_csv(establishments, encoding="cp1252", dtype=str, keep_default_na=False)
    part = tmp_path / establishments.name
    whole[whole["GOR (name)"] == "North East"].to_csv(part, index=False, encoding="cp1252")
    settings = scenario(world__start=year)
    world = build_world(settings, Files(part, links))
    expected = counted(part, links)
    assert len(expected.schools) > 900
    agrees(world, expected)
    tables = simulate(settings, world, years=3, tables=["system_year", "trust_year"]).tables
    assert tables["system_year"]["year"].tolist() == [year, year + 1, year + 2]
    first = tables["trust_year"][tables["trust_year"]["year"] == year]
    assert first["trust"].isin(expected.kinds).mean() > 0.8
