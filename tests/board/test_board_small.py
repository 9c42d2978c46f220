"""Trusts as most are: of one to four schools, that end in some futures or have nobody near. Each gets a pack."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ESTABLISHMENTS, LINKS_2018, SHARED, scenario
from support.calling import fine, wrong
from support.make_gias import CONVERTER, link, school, write
from support.make_gias import LINKS_2018 as LINK_COLUMNS

from matsim.board.options import Option, Wishes, defaults
from matsim.board.pack import Order, Pack, make, save
from matsim.board.surroundings import look_around
from matsim.mechanisms.directed.decisions import Decision
from matsim.report import render
from matsim.report.board import summary
from matsim.report.build import page_of
from matsim.results.store import open_result
from matsim.scenario.load import load_scenario, override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import Files, build_world
from matsim.world.base import World
from matsim.world.codes import TrustKind

ESTABLISHMENTS_2024 = SHARED / "establishments_2024-03_assembled.csv"
LINKS_2024 = SHARED / "grouplinks_edubaseallacademiesandfree_2024-03-01.csv"

SMALL = 4
"""Schools of a small trust at most."""
DRAWN = {2018: 40, 2024: 20}
"""Trusts drawn from the files of a year."""

HEADINGS = ("The options side by side", "What each option is", "Capacity ledger", "Money", "Map", "Risk register",
            "Ten points before planting a cluster", "The bad tenth, told as a story", "Questions for trustees",
            "What the first year was read from")  # fmt: skip


def settings_of(year: int) -> Scenario:
    return override(load_scenario("england-2018"), {"world.start": year}, "test")


def files_of(year: int) -> Files:
    return Files(ESTABLISHMENTS, LINKS_2018) if year == 2018 else Files(ESTABLISHMENTS_2024, LINKS_2024)


WORLDS: dict[int, World] = {}


def england(year: int) -> World:
    """England of a year, read once."""
    if not all(path.exists() for path in files_of(year).inputs.values()):
        pytest.skip(f"needs the published files of {year}")
    if year not in WORLDS:
        WORLDS[year] = build_world(settings_of(year), files_of(year))
    return WORLDS[year]


def small(world: World, count: int, seed: int) -> list[int]:
    """UIDs of so many trusts of up to SMALL schools, drawn by a fixed seed."""
    sizes = np.bincount(world.schools["trust"][world.schools["trust"] >= 0], minlength=len(world.trust_names))
    uids = world.trusts["uid"][(sizes >= 1) & (sizes <= SMALL)]
    return [int(u) for u in np.random.default_rng(seed).choice(uids, count, replace=False)]


def packed(world: World, uid: int, settings: Scenario, out: Path, years: int = 10) -> tuple[Order, Pack, str]:
    """A pack of ten futures, its page drawn from what is stored."""
    plans = defaults(look_around(world, uid, settings), settings, Wishes())
    order = Order(settings, world, uid, plans, Wishes(), futures=10, years=years, workers=1)
    made = make(order)
    page = render(save(order, made, out, inputs={}).folder)
    return order, made, page


ENDS = ("cease to be a trust", "takes us in", "we end in another way")
"""How a sentence says that the trust ends in some futures; the last beside a merger that comes to nothing."""


def holds(order: Order, made: Pack, page: str, out: Path) -> None:
    """What is so of every pack, however its trust fares."""
    assert 2 <= len(order.options) <= 4
    for heading in HEADINGS:
        assert f">{heading}</h2>" in page
    assert "Missing:" not in page
    fates = made.tables["fates"]
    assert len(fates) == 10 * len(order.options)
    last = made.tables["option_year"].groupby(["option", "future"])["itself"].last()
    pd.testing.assert_series_equal(
        fates.set_index(["option", "future"])["fate"] == "stands", last, check_names=False
    )  # it stands where its last year says so
    for row in summary(open_result(out)):
        assert sum(row["fates"].values()) == 10
        said = any(words in row["sentence"] for words in ENDS)
        assert said == (row["fates"].get("stands", 0) < 10)
    told = made.tables["story"]["future"].unique()
    assert len(told) <= 1
    assert all(future == made.about["bad_tenth"] for future in told)


@pytest.mark.parametrize("uid", [2729, 5088, 4290, 4480])
@pytest.mark.realdata
def test_trusts_that_end_in_some_futures_get_a_pack(uid: int, tmp_path: Path) -> None:
    """Two that stopped a pack when it was all lived through, and two whose only school leaves as another comes."""
    world = england(2018)
    order, made, page = packed(world, uid, settings_of(2018), tmp_path / "pack")
    holds(order, made, page, tmp_path / "pack")


@pytest.mark.long
@pytest.mark.realdata
@pytest.mark.parametrize(("year", "place"), [(year, i) for year, count in DRAWN.items() for i in range(count)])
def test_random_small_trusts_get_a_pack(year: int, place: int, tmp_path: Path) -> None:
    world = england(year)
    uid = small(world, DRAWN[year], year)[place]
    order, made, page = packed(world, uid, settings_of(year), tmp_path / "pack")
    holds(order, made, page, tmp_path / "pack")


def test_a_made_up_trust_that_ends_gets_a_pack(tmp_path: Path) -> None:
    out = tmp_path / "pack"
    fine("board", "area-300", "--trust", 800040, "--futures", 10, "--workers", 1, "--quiet", "--out", out)
    fine("report", out, "--quiet")
    assert (out / "report.html").read_text(encoding="utf-8") == (out / "board.html").read_text(encoding="utf-8")


def test_single_academy_trusts_of_a_made_up_area_get_packs(area: World, tmp_path: Path) -> None:
    settings = scenario(run__years=4)
    single = area.trusts["uid"][area.trusts["kind"] == TrustKind.SINGLE][:3]
    assert len(single) == 3
    for uid in single.tolist():
        out = tmp_path / str(uid)
        order, made, page = packed(area, uid, settings, out, years=4)
        holds(order, made, page, out)


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A trust with one primary, far from everybody, of three schools; a trust with none that the model can have."""
    folder = tmp_path_factory.mktemp("lonely")
    rows = [school(100001, CONVERTER, name="Far Primary", la=908, easting=180000, northing=30000, grade="")]
    rows += [school(100100 + i, northing=165000 + 700 * i) for i in range(30)]
    rows += [school(100200, "Secure units"), school(100201, "Academy secure 16 to 19")]
    links = [
        link(100001, 500, name="Far Trust"),
        link(100200, 500, name="Far Trust"),
        link(100300, 500, name="Far Trust"),
        link(100201, 501, name="Special Trust"),
    ]
    return Files(write(folder / "schools.csv", rows), write(folder / "links.csv", links, LINK_COLUMNS))


def of_files(files: Files) -> tuple[str, Path, str, Path]:
    assert files.group_links is not None
    return "--establishments", files.establishments, "--group-links", files.group_links


def test_a_trust_with_nobody_near_gets_a_pack_with_the_worlds_account(lonely: Files, tmp_path: Path) -> None:
    out = tmp_path / "pack"
    words = ("--trust", "Far Trust", "--futures", 10, "--years", 4, "--workers", 1, "--quiet", "--out", out)
    fine("board", *of_files(lonely), *words)
    page = (out / "board.html").read_text(encoding="utf-8")
    result = open_result(out)
    assert result.table("options")["key"].tolist() == ["stay", "own"]
    assert result.table("candidates").empty
    assert "No school that could join lies near enough" in page
    assert "No school of others lies within 30 minutes of one of ours." in page
    left = result.table("left_out").set_index("school")["reason"]
    assert left.to_dict() == {100200: "secure unit or academy", 100300: "not in the establishment file"}
    assert "The files link 3 schools to Far Trust. The model has 1 of them" in page
    for told in ("Invented School 100200 (100200)", "33 records of schools read, 31 used", "secure unit or academy"):
        assert told in page
    assert "No grade is given for 1 of our 1 present school" in page
    assert result.table("filled_in").empty
    assert "whose place and roll are filled in" not in page


@pytest.mark.realdata
def test_a_trust_of_31_schools_has_all_that_the_files_know(tmp_path: Path) -> None:
    """On the files of March 2024, which give no grades. Special schools and alternative provision are in the links
    alone."""
    out = tmp_path / "pack"
    order, made, page = packed(england(2024), 5252, settings_of(2024), out, years=3)
    holds(order, made, page, out)
    left = made.tables["left_out"]
    assert left["reason"].tolist() == ["not in the establishment file"]
    filled = made.tables["filled_in"]
    assert filled["phase"].value_counts().to_dict() == {"special": 9, "alternative provision": 8}
    assert "The files link 31 schools to WELLSPRING ACADEMY TRUST. The model has 30 of them" in page
    assert "Of 17 of our 30 present schools the files give a name, a type and a local authority, and no more" in page
    for table in (left, filled):
        assert all(f"{name} ({urn})" in page for name, urn in zip(table["name"], table["school"], strict=True))
    assert "No grade is given for 30 of our 30 present schools" in page
    assert "inspection grade and date: drawn by published shares" in page
    tables = first_page(out)
    assert not any("Inadequate" in risk for risk in tables["Main risk"])


def test_packs_of_trusts_with_special_schools_name_them_all(tmp_path: Path) -> None:
    """One with a primary, a special school of the file and a unit that only the links know; one of special schools."""
    rows = [school(100100 + i, northing=165000 + 700 * i) for i in range(24)]
    rows += [
        school(100001, CONVERTER, name="Elm Primary"),
        school(100002, "Academy special converter", name="Oak School"),
    ]
    rows += [school(100003 + i, "Academy special sponsor led", name=f"Ash School {i}", pupils=90) for i in range(2)]
    rows += [school(100010 + i, "Community special school", northing=166000 + 900 * i, pupils=120) for i in range(4)]
    unit = link(100200, 500, of_type="Academy alternative provision converter") | {"EstablishmentName": "Yew Unit"}
    links = [link(100001, 500), link(100002, 500), unit, link(100003, 501), link(100004, 501)]
    links[0] |= {"Group Name": "Tree Trust"}
    links[3] |= {"Group Name": "Ash Trust"}
    files = Files(write(tmp_path / "schools.csv", rows), write(tmp_path / "links.csv", links, LINK_COLUMNS))
    pages = {}
    for trust in ("Tree Trust", "Ash Trust"):
        out = tmp_path / trust.partition(" ")[0]
        words = ("--trust", trust, "--futures", 10, "--years", 3, "--workers", 1, "--quiet", "--out", out)
        fine("board", *of_files(files), *words)
        pages[trust] = (out / "board.html").read_text(encoding="utf-8")
        assert open_result(out).table("left_out").empty
        ours = open_result(out).table("places").query("run_by == 'ours'")
        assert (
            sorted(ours["name"])
            == {
                "Tree Trust": ["Elm Primary", "Oak School", "Yew Unit"],
                "Ash Trust": ["Ash School 0", "Ash School 1"],
            }[trust]
        )
        assert open_result(out).table("filled_in")["name"].tolist() == (["Yew Unit"] if trust == "Tree Trust" else [])
    assert "Of 1 of our 3 present schools the files give a name, a type and a local authority" in pages["Tree Trust"]
    assert "Yew Unit (100200)" in pages["Tree Trust"]
    assert "whose place and roll are filled in" not in pages["Ash Trust"]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("uid", "name", "kinds"),
    [
        (3483, "HORIZONS SPECIALIST ACADEMY TRUST", {"special": 6, "alternative provision": 1}),
        (16111, "RAEDWALD TRUST", {"alternative provision": 7}),
    ],
)
def test_a_real_trust_of_specialist_schools_alone_has_a_pack(
    uid: int, name: str, kinds: dict[str, int], tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    order, made, page = packed(england(2024), uid, settings_of(2024), out, years=3)
    holds(order, made, page, out)
    filled = made.tables["filled_in"]
    assert made.about["trust"]["schools"] == len(filled) == sum(kinds.values())
    assert filled["phase"].value_counts().to_dict() == kinds
    assert name in page
    page = html.unescape(page)
    assert all(f"{school} ({urn})" in page for school, urn in zip(filled["name"], filled["school"], strict=True))


def first_page(out: Path) -> pd.DataFrame:
    """The risks of the first page, from what is stored."""
    return page_of(out).sections[0].tables[1].frame


def test_a_trust_without_a_school_of_the_models_kinds_is_told_so(lonely: Files, tmp_path: Path) -> None:
    for text in ("Special Trust", "501", "special tr"):
        said = wrong(3, "board", *of_files(lonely), "--trust", text, "--out", tmp_path / "x")
        assert "Special Trust (501) has no school of a kind that the model has" in said
        assert "Invented School 100201 (100201): secure unit or academy" in said
    assert "no trust has 'Nobody' in its name" in wrong(
        3, "board", *of_files(lonely), "--trust", "Nobody", "--out", tmp_path / "x"
    )


def test_a_merger_is_not_proposed_by_a_trust_that_closed_earlier_in_the_year(tmp_path: Path) -> None:
    """On the files of 2018 the only school of this trust leaves in spring, and in August nobody is left to merge."""
    world, settings = england(2018), settings_of(2018)
    plans = defaults(look_around(world, 4290, settings), settings, Wishes(), ("stay", "merge"))
    late = tuple(
        Decision(year=y, growth="hold", merge_with=plans[1].decisions[0].merge_with) for y in range(2018, 2026)
    )
    told = Option("merge", plans[1].name, "", late, plans[1].wanted, plans[1].focus)
    made = make(Order(settings, world, 4290, [plans[0], told], Wishes(), futures=10, years=8, workers=1))
    events = made.tables["option_event"]
    closed = events[(events["event"] == "thwart") & (events["reason"] == "it has closed")]
    assert len(closed)
