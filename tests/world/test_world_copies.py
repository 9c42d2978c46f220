"""Copies of a world in one model live through what each would live through alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.agents.school import Schools
from matsim.agents.trust import Trusts
from matsim.board.futures import Job, Lived, live
from matsim.mechanisms.directed.decisions import Decision, Near
from matsim.mechanisms.shocks import Shock
from matsim.scenario.combined import combined
from matsim.scenario.schema import Scenario, TrustChoice
from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.copies import MOST, UID_STEP, URN_STEP, copied

YEARS, SEED = 5, 3
IDENTITIES = {"urn", "uid", "copy", "district", "trust", "cluster", "lead", "place", "taken_from", "partner", "chief"}
IDENTITIES |= {"lender"}
"""Columns that hold rows or names, which differ from copy to copy."""


def multi(world: World, least: int = 4) -> list[int]:
    """UIDs of the trusts with so many schools."""
    trust = world.schools["trust"]
    sizes = np.bincount(trust[trust >= 0], minlength=len(world.trust_names))
    return [int(uid) for uid in world.trusts["uid"][sizes >= least]]


def test_copies_have_names_of_their_own_and_the_same_luck(area: World) -> None:
    n, m = len(area.schools["urn"]), len(area.trusts["uid"])
    both = copied(area, 2)
    assert copied(area, 1) is area
    assert (both.copies, both.size, both.year) == (2, 2 * area.size, area.year)
    np.testing.assert_array_equal(both.schools["urn"][n:], area.schools["urn"] + URN_STEP)
    np.testing.assert_array_equal(both.trusts["uid"][m:], area.trusts["uid"] + UID_STEP)
    first, second = both.schools["trust"][:n], both.schools["trust"][n:]
    np.testing.assert_array_equal(second, np.where(first >= 0, first + m, -1))
    index = both.neighbours.index
    np.testing.assert_array_equal(index[n:], np.where(index[:n] >= 0, index[:n] + n, -1))
    assert index[:n].max() < n


def test_what_cannot_be_copied_is_refused(area: World) -> None:
    with pytest.raises(ValueError, match="not 0 of 1"):
        copied(area, 0)
    with pytest.raises(ValueError, match="not 2 of 2"):
        copied(copied(area, 2), 2)
    with pytest.raises(ValueError, match="2 to 100"):
        copied(area, MOST + 1)
    far = replace(area, schools={**area.schools, "urn": area.schools["urn"] + URN_STEP})
    with pytest.raises(ValueError, match="URNs have to be under 10,000,000"):
        copied(far, 2)


@pytest.mark.parametrize("changes", [{}, {"founding__authorities_from": 2018, "merging__threshold": -1.0}])
def test_every_copy_is_the_world_alone(county: World, changes: dict[str, object]) -> None:
    """Every column of every school and trust, after years with openings, foundings, mergers and a shock."""
    uid, urn = multi(county)[0], int(county.schools["urn"][5])
    struck = (
        Shock(year=county.year, kind="funding cut", size=0.05, years=2),
        Shock(year=county.year + 1, kind="CEO leaves", trust=uid),
        Shock(year=county.year + 1, kind="judged Inadequate", school=urn),
    )
    settings = scenario(run__years=YEARS, **changes).model_copy(update={"shocks": struck})
    alone = TrustSystem(county, settings, SEED)
    both = TrustSystem(copied(county, 2), combined([settings, settings]), SEED)
    alone.run_years(YEARS)
    both.run_years(YEARS)
    for table, name in ((alone.state.schools, "schools"), (alone.state.trusts, "trusts")):
        for copy in (0, 1):
            _equal(table, getattr(both.state, name), copy)
    log = alone.state.log
    assert min(log.count(event) for event in ("open", "found", "merge", "join", "shock")) > 0
    assert both.state.log.count("join") == 2 * log.count("join")


def _equal(alone: Schools | Trusts, both: Schools | Trusts, copy: int) -> None:
    """One copy's rows, in their order, are those of the world alone."""
    rows = np.flatnonzero(both.copy == copy)
    assert len(rows) == len(alone)
    for column in alone.columns:
        if column.name not in IDENTITIES:
            mine, theirs = getattr(both, column.name)[rows], getattr(alone, column.name)
            np.testing.assert_array_equal(mine, theirs, err_msg=column.name)


def test_options_side_by_side_are_the_options_one_by_one(area: World) -> None:
    """Staying, growing round a point, growing in an authority, proposing a merger: rows, events and books."""
    uid, other = multi(area)[:2]
    row = int(np.flatnonzero(area.trusts["uid"] == uid)[0])
    home = np.flatnonzero(area.schools["trust"] == row)
    free = np.flatnonzero((area.schools["trust"] < 0) & ~area.schools["planned"])[:6]
    asked = tuple(int(urn) for urn in area.schools["urn"][free])
    east, north = (float(area.schools[name][home[0]]) for name in ("easting", "northing"))
    place = area.la_names[int(area.schools["la"][home[0]])]
    year = area.year
    grow: dict[str, Any] = {"growth": "grow", "target": 20.0}
    options = (
        (Decision(year=year, growth="hold"),),
        (Decision(year=year, **grow, ask=asked),),
        (Decision(year=year, **grow, near=Near(easting=east, northing=north, minutes=25.0)),),
        (Decision(year=year, **grow, near=Near(place=place)),),
        tuple(Decision(year=year + k, growth="hold", merge_with=other) for k in range(3)),
    )
    job = Job(area, tuple(_scenario(uid, decisions) for decisions in options), uid, asked[:2], YEARS, SEED)
    found = live(job, (2,))
    for option, one in enumerate(job.scenarios):
        alone = live(replace(job, scenarios=(one,)), (2,))
        for name in ("years", "events"):
            pd.testing.assert_frame_equal(_of(found, name, option), _of(alone, name, 0))
        pd.testing.assert_frame_equal(found.books, alone.books)
        assert alone.names.items() <= found.names.items()
    last = found.years[found.years["year"] == year + YEARS - 1].set_index("option")["schools"]
    assert last[1:4].max() > last[0]  # the options do differ


def _scenario(uid: int, decisions: tuple[Decision, ...]) -> Scenario:
    choice = TrustChoice(uid=uid, decisions=decisions)
    return scenario(run__years=YEARS).model_copy(update={"trusts": (choice,)})


def _of(lived: Lived, name: str, option: int) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(lived, name)
    return frame[frame["option"] == option].drop(columns="option").reset_index(drop=True)


def test_options_that_differ_in_more_than_decisions_are_refused() -> None:
    with pytest.raises(ValueError, match="in what trusts decide"):
        combined([scenario(), scenario(bidding__least=1.0)])
