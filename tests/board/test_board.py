"""Board packs: the cut of the world, futures on the same luck, and what a pack says of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.board.first_year import break_points
from matsim.board.futures import Job, Lived, futures, live, recorded
from matsim.board.local_world import CutParams, away, cut, rows_of
from matsim.board.options import Option, Wishes, defaults, scenario_for
from matsim.board.outcomes import answers, tenth
from matsim.board.pack import Order, Pack, make, prepare, save
from matsim.board.surroundings import look_around
from matsim.board.watched import Watched
from matsim.core.errors import MatsimError
from matsim.mechanisms.directed.decisions import Decision
from matsim.report import render
from matsim.report.board.options import in_ten, often
from matsim.simulation.simulate import simulate
from matsim.world.base import World
from matsim.world.codes import SECTORS

YEARS = 4


def trust_of(world: World, least: int = 5) -> int:
    """UID of the first multi-academy trust with so many schools."""
    sizes = np.bincount(world.schools["trust"][world.schools["trust"] >= 0], minlength=len(world.trust_names))
    return int(world.trusts["uid"][np.flatnonzero(sizes >= least)[0]])


def own_urns(world: World, uid: int) -> list[int]:
    row = np.flatnonzero(world.trusts["uid"] == uid)[0]
    return [int(u) for u in world.schools["urn"][world.schools["trust"] == row]]


@pytest.fixture(scope="module")
def part(county: World) -> World:
    return cut(county, own_urns(county, trust_of(county)), (), scenario().travel)


@pytest.fixture(scope="module")
def order(area: World) -> Order:
    settings = scenario(run__years=YEARS)
    uid = trust_of(area, 3)
    plans = defaults(look_around(area, uid, settings), settings, Wishes(), ("stay", "local", "pause"))
    return Order(settings, area, uid, plans, Wishes(), futures=10, years=YEARS, workers=1)


@pytest.fixture(scope="module")
def pack(order: Order) -> Pack:
    return make(order)


@pytest.fixture(scope="module")
def stored(order: Order, pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(order, pack, tmp_path_factory.mktemp("board") / "pack", inputs={}).folder


def test_a_cut_keeps_trusts_whole_and_travel_times_as_they_are(county: World, part: World) -> None:
    assert len(part.schools["urn"]) < len(county.schools["urn"])
    rows = np.searchsorted(county.schools["urn"], part.schools["urn"])
    urns, whole = part.schools["urn"], county.schools["urn"]
    for trust, uid in enumerate(part.trusts["uid"].tolist()):
        mine = urns[part.schools["trust"] == trust].tolist()
        assert mine == sorted(own_urns(county, uid))
    np.testing.assert_array_equal(part.neighbours.sparsity, county.neighbours.sparsity[rows])
    kept = set(urns.tolist())
    for row in range(0, len(urns), 37):
        for sector in range(len(SECTORS)):
            block = part.neighbours.of_sector(sector)
            here, there = part.neighbours.index[row, block], county.neighbours.index[rows[row], block]
            near = [int(u) for u in whole[there[there >= 0]] if int(u) in kept]
            assert urns[here[here >= 0]].tolist() == near
            assert np.isinf(part.neighbours.minutes[row, block][here < 0]).all()


def test_a_wider_ring_holds_the_narrower(county: World) -> None:
    core = own_urns(county, trust_of(county))
    wide = [CutParams(minutes=m, most=len(county.schools["urn"]), company=0) for m in (20, 40)]
    held = [set(cut(county, core, (), scenario().travel, p).schools["urn"]) for p in wide]
    assert set(core) <= held[0] < held[1]
    with pytest.raises(KeyError):
        cut(county, [1], (), scenario().travel)


def test_in_a_dense_place_the_ring_holds_the_nearest(county: World) -> None:
    core, travel = own_urns(county, trust_of(county)), scenario().travel
    wide = cut(county, core, (), travel)
    full = cut(county, core, (), travel, CutParams(most=len(county.schools["urn"])))
    tight = cut(county, core, (), travel, CutParams(most=60, company=0))
    far = away(county, rows_of(county, core), travel)
    near = far <= np.sort(far)[59]
    assert near.sum() >= 60
    assert len(tight.schools["urn"]) < len(wide.schools["urn"])
    assert set(county.schools["urn"][near]) <= set(tight.schools["urn"])
    assert (full.digest() == wide.digest()) == ((far <= CutParams().minutes).sum() <= CutParams().most)


def test_a_future_is_the_run_that_matsim_would_make(part: World, county: World) -> None:
    uid, settings = trust_of(county), scenario(run__years=YEARS)
    lived = live(Job(part, (settings,), uid, (), YEARS, 7), (2,))
    tables = simulate(settings, part, seed=8).tables
    own = tables["trust_year"][tables["trust_year"]["trust"] == uid].reset_index(drop=True)
    for mine, theirs in (("schools", "schools"), ("capacity", "capacity"), ("reserves_share", "reserves_share"),
                         ("outcome", "mean_outcome"), ("need_finance", "need_finance"),
                         ("supply_hr", "supply_hr"), ("pressure_chief", "pressure_chief")):  # fmt: skip
        np.testing.assert_array_equal(lived.years[mine].to_numpy(), own[theirs].to_numpy(), err_msg=mine)
    events = tables["events"]
    about = events[(events["trust"] == uid) | (events["other"] == uid)]
    about = about[about["event"].isin(recorded()) & (about["step"] != "start")].reset_index(drop=True)
    heard = lived.events.drop(columns=["option", "future"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(heard.astype(object), about.astype(object), check_dtype=False)


def test_options_share_their_luck(order: Order) -> None:
    job, _ = prepare(order)
    same = replace(job, scenarios=(job.scenarios[1], job.scenarios[1]))
    years = live(same, (1,)).years
    first, second = (years[years["option"] == o].drop(columns="option").reset_index(drop=True) for o in (0, 1))
    pd.testing.assert_frame_equal(first, second)


def test_equal_numbers_however_many_workers(order: Order) -> None:
    job, _ = prepare(order)
    job = replace(job, years=2)
    same(futures(job, 3, 1), futures(job, 3, 2))


def same(a: Lived, b: Lived) -> None:
    """Exactly the same futures."""
    pd.testing.assert_frame_equal(a.years, b.years, check_exact=True)
    pd.testing.assert_frame_equal(a.events, b.events, check_exact=True)
    pd.testing.assert_frame_equal(a.books, b.books, check_exact=True)
    assert a.names == b.names


def test_futures_side_by_side_are_the_futures_one_by_one(county: World) -> None:
    """Of a small trust that is taken in, or ends, in some futures and not in others."""
    settings = scenario(run__years=5, merging__threshold=-1.0)
    sizes = np.bincount(county.schools["trust"][county.schools["trust"] >= 0], minlength=len(county.trust_names))
    for uid in county.trusts["uid"][(sizes >= 1) & (sizes <= 3)].tolist():
        plans = defaults(look_around(county, uid, settings), settings, Wishes(), ("stay", "local"))
        job, _ = prepare(Order(settings, county, uid, plans, Wishes(), years=5))
        beside = live(job, range(1, 6))
        if beside.years.groupby("future")["itself"].last().nunique() == 2:
            break
    alone = [live(job, (future,)) for future in range(1, 6)]
    for name in ("years", "events", "books"):
        parts = pd.concat([getattr(one, name) for one in alone], ignore_index=True)
        pd.testing.assert_frame_equal(getattr(beside, name), parts, check_exact=True)
    assert beside.names == {u: n for one in alone for u, n in one.names.items()}
    assert beside.years["itself"].nunique() == 2


def test_a_future_that_fails_is_named_and_not_those_beside_it(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = prepare(order)
    made = Watched.end

    def fail(watched: Watched) -> None:
        made(watched)
        if job.seed + 2 in watched._state.streams.seeds:
            raise ValueError("bad luck")

    monkeypatch.setattr(Watched, "end", fail)
    with pytest.raises(MatsimError, match=rf"^future 3 \(seed {job.seed + 2}\) failed: ValueError: bad luck$"):
        futures(job, 4, 1)


def test_a_trust_that_stays_takes_nobody_and_one_that_grows_stops_at_its_size(pack: Pack, order: Order) -> None:
    years = pack.tables["option_year"]
    assert (years.loc[years["option"] == 0, "came"] == 0).all()
    grown = years[years["option"] == 1]
    start = len(own_urns(order.world, order.uid))
    assert grown["came"].sum() > 0
    # free schools that it founded before open when they are ready, whatever it is told
    events = pack.tables["option_event"]
    opened = events[(events["option"] == 1) & (events["event"] == "open") & (events["trust"] == order.uid)]
    founded = [((opened["future"] == row.future) & (opened["year"] <= row.year)).sum() for row in grown.itertuples()]
    assert (grown["schools"] - founded).max() <= start + order.options[1].wanted
    paused = years[(years["option"] == 2) & (years["year"] < order.settings.world.start + 2)]
    assert (paused["came"] == 0).all()


def test_joining_costs_and_deficits_are_of_those_who_came(pack: Pack, order: Order) -> None:
    years = pack.tables["option_year"]
    np.testing.assert_allclose(years["joining_cost"], years["came"] * order.settings.joining.integration)
    assert (years.loc[years["came"] == 0, "deficits"] == 0).all()


def test_a_trust_that_merges_is_followed_into_the_other(county: World) -> None:
    settings = scenario(run__years=3, merging__threshold=-20.0)
    sizes = np.bincount(county.schools["trust"][county.schools["trust"] >= 0], minlength=len(county.trust_names))
    small = np.flatnonzero((sizes >= 2) & (sizes <= 3))
    found = pd.DataFrame()
    for row in small[:12]:
        found = live(Job(county, (settings,), int(county.trusts["uid"][row]), (), 3, 1), (1,)).years
        if not found["itself"].iloc[-1]:
            break
    last = found.iloc[-1]
    assert not last["itself"]
    assert last["trust"] != int(county.trusts["uid"][row])
    assert last["schools"] > 0
    first = found[~found["itself"]].iloc[0]
    assert first["came"] == 0  # the other trust's schools did not join us
    assert first["joining_cost"] == 0


@pytest.mark.parametrize("uid", [800005, 800013, 800022, 800057])
def test_a_trust_whose_only_school_leaves_as_it_grows_is_lived_through(county: World, uid: int) -> None:
    """Trusts of one school, each in the first of its futures in which it ends."""
    settings = scenario(run__years=6)
    plans = defaults(look_around(county, uid, settings), settings, Wishes(), ("stay", "local", "merge"))
    job, _ = prepare(Order(settings, county, uid, plans, Wishes(), futures=10, years=6, workers=1))
    lived = (live(job, (future,)).years for future in range(10))
    ended = next((gone for years in lived if len(gone := years[years["trust"] == -1])), None)
    assert ended is not None, "the trust ends in none of ten futures"
    assert not ended["itself"].any()
    assert (ended["schools"] == 0).all()
    assert ended[["reserves_share", "capacity", "bench", "need_finance", "pressure_chief"]].isna().all(axis=None)
    assert ended["outcome_first"].notna().all()  # its school goes on elsewhere


def test_answers_add_up(pack: Pack) -> None:
    answers = pack.tables["answers"]
    joined = answers[answers["who"] == "all"]
    assert len(joined)
    assert ((joined["yes"] + joined["no"]) <= 10).all()
    wide = answers.pivot(index=["option", "school"], columns="who", values="yes")
    assert (wide["all"] <= wide["commissioner"]).all()
    events = pack.tables["option_event"]
    for _, row in joined.iterrows():
        own = events[(events["option"] == row["option"]) & (events["school"] == row["school"])]
        came = own[own["event"].isin(("join", "transfer")) & (own["trust"] == pack.about["trust"]["uid"])]
        assert came["future"].nunique() == row["yes"]


def test_schools_that_are_ordered_to_join_have_not_said_yes() -> None:
    columns = ["option", "future", "year", "event", "rule", "reason", "school", "trust", "margin", "inputs"]
    rows = [
        *((0, f, 2018, "bid", "", "", 100001, 7, 0.1, "") for f in (1, 2, 3)),
        (0, 1, 2018, "order", "", "", 100001, -1, 0.1, ""),
        (0, 1, 2018, "approve", "approval", "", 100001, 7, 0.1, ""),
        (0, 1, 2018, "join", "joining", "ordered", 100001, 7, 0.1, ""),
        (0, 2, 2018, "approve", "approval", "", 100001, 7, 0.1, ""),
        (0, 2, 2018, "join", "joining", "chosen", 100001, 7, 0.1, ""),
        (0, 3, 2018, "stay", "asked", "", 100001, -1, -0.1, ""),
    ]
    told = answers(pd.DataFrame(rows, columns=columns), (scenario(),), 7, (100001,)).set_index("who")
    assert told.loc["school", ["yes", "no"]].tolist() == [1, 1]
    assert told.loc["commissioner", "yes"] == 2
    assert told.loc["all", ["yes", "no"]].tolist() == [2, 1]


def test_the_bad_tenth_is_one_future_for_all_options() -> None:
    rows = [(0, f, 2020, True, float(f), float(f), float(f)) for f in range(1, 21)]
    columns = ["option", "future", "year", "itself", "outcome_first", "reserves_share", "capacity"]
    years = pd.DataFrame(rows, columns=columns)
    assert tenth(years) == 2
    worse = years.assign(reserves_share=-years["reserves_share"], capacity=-years["capacity"], outcome_first=0.0)
    assert tenth(worse) == 19
    both = pd.concat([years, worse.assign(option=1, outcome_first=-years["outcome_first"])])
    mixed = pd.concat([both, worse.assign(option=2, outcome_first=-years["outcome_first"])])
    assert tenth(mixed) == 19  # two options against one
    ended = years.assign(itself=years["future"] != 12, outcome_first=0.0)
    assert tenth(ended) == 1  # second to future 12, rich as it was: we are no longer a trust there


def test_the_checklist_leaves_to_people_what_only_people_can_say(pack: Pack) -> None:
    points = pack.tables["checklist"].set_index("number")
    assert points.loc[4, "answer"] == "open"
    assert points["share"].isna()[4]
    assert points.loc[[1, 2, 3, 5, 7, 8, 9, 10], "answer"].isin(["yes", "no"]).all()


def test_shares_in_words() -> None:
    said = {
        0.0: "none",
        0.02: "hardly any",
        0.97: "nearly all",
        0.06: "1 of 20",
        0.25: "3 of 10",
        0.3: "3 of 10",
        0.35: "4 of 10",
        0.94: "19 of 20",
        1.0: "all",
    }
    assert {share: in_ten(share) for share in said} == said
    assert often(0.8) == "in 8 of 10 futures"
    assert not any(in_ten(k / 200).startswith(("0 ", "10 ", "20 ")) for k in range(201))


def test_an_option_file_leaves_the_trust_to_its_ceo(area: World) -> None:
    settings = scenario(run__years=YEARS)
    uid = trust_of(area, 3)
    told = scenario_for(settings, uid, Option("own", "CEO", "", ()), YEARS)
    assert [t.decisions for t in told.trusts] == [()]
    late = Option("own", "Late", "", (Decision(year=2018, growth="hold"), Decision(year=2030, growth="own")))
    assert [d.year for d in scenario_for(settings, uid, late, YEARS).trusts[0].decisions] == [2018]


def test_the_report_is_made_from_what_is_stored_alone(stored: Path) -> None:
    text = render(stored)
    assert text == render(stored)
    for heading in ("The options side by side", "Break-point radar", "Capacity ledger", "Money", "Map", "Risk register",
                    "Ten points before planting a cluster", "The bad tenth, told as a story",
                    "Questions for trustees", "What it assumes", "What this cannot tell you"):  # fmt: skip
        assert f">{heading}</h2>" in text
    assert "Missing:" not in text
    assert (
        "nan" not in text.split('<script type="application/json" id="config">')[0].replace("finance", "").lower()[:4000]
    )


@pytest.mark.parametrize("table", ["story", "places", "answers", "checklist", "option_year", "fates"])
def test_a_missing_table_is_named(table: str, stored: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(stored, tmp_path / "pack")
    (tmp_path / "pack" / f"{table}.parquet").unlink()
    assert f"Missing: the table {table} cannot be read" in render(tmp_path / "pack")


def test_a_missing_table_says_how_to_have_the_pack_again(stored: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(stored, tmp_path / "pack")
    (tmp_path / "pack" / "story.parquet").unlink()
    assert "To have this part, make the pack again with matsim board." in render(tmp_path / "pack")


def test_a_trust_that_ends_at_once_in_every_future_has_a_page(order: Order, pack: Pack, tmp_path: Path) -> None:
    years = pack.tables["option_year"].assign(itself=False, trust=-1, schools=0)
    gone = pack.tables["fates"].assign(fate="closed", year=int(years["year"].min()))
    empty = {name: pack.tables[name].iloc[:0] for name in ("option_event", "story", "answers", "candidates")}
    points = break_points(years, order.settings).astype({"cost": float, "yearly": float})
    assert len(points) == 6
    tables = pack.tables | empty | {"option_year": years, "fates": gone, "break_points": points}
    page = render(save(order, replace(pack, tables=tables), tmp_path / "pack", inputs={}).folder)
    assert "we cease to be a trust of our own in 10 of 10 futures (closed with our last school)" in page
    assert "It ends for us early: closed with our last school" in page
    assert "Missing:" not in page
    shown = re.sub("<script.*?</script>|<style.*?</style>", "", page, flags=re.S)
    assert not re.search(r"\bnan\b", shown)
