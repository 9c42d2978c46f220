"""A board of special schools gets its pack: about its own schools and those like them, without results."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario
from support.specialists import OWN_UID, with_specialists

from matsim.board.options import Wishes, defaults
from matsim.board.pack import Order, make, save
from matsim.board.surroundings import Situation, candidates, look_around
from matsim.report import render
from matsim.world.base import World
from matsim.world.codes import SECTOR, Sector


@pytest.fixture(scope="module")
def world(area: World) -> World:
    return with_specialists(area, every=8)


@pytest.fixture(scope="module")
def at(world: World) -> Situation:
    return look_around(world, OWN_UID, scenario())


def test_its_surroundings_are_schools_like_its_own(world: World, at: Situation) -> None:
    assert at.main_sector == Sector.SPECIALIST
    found = np.isin(world.schools["urn"], candidates(at, 4))
    assert found.sum() == 4
    phase = world.schools["phase"]
    assert (SECTOR[phase[found]] == Sector.SPECIALIST).all()
    # a sixth form is no candidate of a trust of special schools, however near
    main = np.bincount(phase[at.members]).argmax()
    assert set(phase[found].tolist()) == {main}


def test_its_pack_names_its_schools_and_says_nothing_of_results(world: World, at: Situation, tmp_path: Path) -> None:
    settings = scenario(run__years=2)
    plans = defaults(at, settings, Wishes(), ("stay", "local"))
    order = Order(settings, world, OWN_UID, plans, Wishes(), futures=4, years=2, workers=1)
    pack = make(order)
    years = pack.tables["option_year"]
    mine = years[years["itself"]]
    assert mine["outcome_first"].isna().all()
    known = mine.drop(columns=["outcome", "outcome_first"]).select_dtypes("number")
    assert known.notna().all().all()
    page = render(save(order, pack, tmp_path / "pack", inputs={}).folder)
    words = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    for row in at.members.tolist():
        assert world.school_names[row] in words
    assert not re.search(r"\bnan\b", words, re.IGNORECASE)
    assert "No results are published of schools such as ours" in words
    for text in ("results of our present schools", "Results better", "no real difference", "our present schools do"):
        assert text not in words, text


def test_a_trust_of_both_kinds_is_told_whose_results_its_pack_compares(world: World, tmp_path: Path) -> None:
    schools = world.schools
    kinds = {
        uid: SECTOR[schools["phase"][schools["trust"] == row]] for row, uid in enumerate(world.trusts["uid"].tolist())
    }
    mixed = {uid: (phases == Sector.SPECIALIST) for uid, phases in kinds.items() if uid != OWN_UID}
    uid, special = next((u, s) for u, s in mixed.items() if s.any() and not s.all())
    settings = scenario(run__years=2)
    at = look_around(world, uid, settings)
    plans = defaults(at, settings, Wishes(), ("stay", "local"))
    order = Order(settings, world, uid, plans, Wishes(), futures=4, years=2, workers=1)
    page = render(save(order, make(order), tmp_path / "pack", inputs={}).folder)
    assert (
        f"(of the {(~special).sum()} of {len(special)} that are mainstream: of the others none are published)" in page
    )
