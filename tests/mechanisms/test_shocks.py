"""Dated shocks: each strikes where and when it is told, in its direction, and is over when it is over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.worlds import digests

from matsim.core.errors import InputError
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario
from matsim.simulation.explain import Names, explain
from matsim.simulation.simulate import Finished, simulate
from matsim.world.base import RSC_REGIONS, World
from matsim.world.codes import Grade, SchoolState

SEED = 3


def struck(world: World, *shocks: dict[str, Any], years: int = 4, **changes: Any) -> Finished:
    return simulate(scenario(shocks=list(shocks), run__school_year=True, **changes), world, seed=SEED, years=years)


@pytest.fixture(scope="module")
def usual(county: World) -> Finished:
    return struck(county)


def schools(run: Finished, year: int) -> pd.DataFrame:
    frame = run.tables["school_year"]
    return frame[frame["year"] == year].set_index("school")


def system(run: Finished, column: str) -> list[float]:
    return list(run.tables["system_year"][column])


def test_a_shock_yet_to_come_changes_nothing(county: World, usual: Finished) -> None:
    later = [{"year": 2030, "kind": "funding cut", "size": 0.2}, {"year": 2040, "kind": "growth pause", "years": 3}]
    assert digests(struck(county, *later).tables) == digests(usual.tables)


def test_years_before_a_shock_are_as_without_it(county: World, usual: Finished) -> None:
    cut = struck(county, {"year": 2020, "kind": "funding cut", "size": 0.05})
    for name in ("trust_year", "school_year", "events"):
        left, right = (t[name][t[name]["year"] < 2020] for t in (usual.tables, cut.tables))
        pd.testing.assert_frame_equal(left, right, check_categorical=False)


@pytest.mark.direction("G3", "step:shocks")
def test_a_funding_cut_empties_reserves_and_is_mended(county: World, usual: Finished) -> None:
    cut = struck(county, {"year": 2019, "kind": "funding cut", "size": 0.04}, years=4)
    a, b = schools(usual, 2019), schools(cut, 2019)
    same = a.index.intersection(b.index)
    assert (b.loc[same, "balance"] < a.loc[same, "balance"]).mean() > 0.99
    assert np.median(a.loc[same, "balance"] - b.loc[same, "balance"]) == pytest.approx(0.04 / 0.96, rel=0.05)
    assert system(cut, "reserves_share")[1] < system(usual, "reserves_share")[1] - 0.012, (
        "trusts save most of it at once"
    )
    gap = np.subtract(system(usual, "reserves_share"), system(cut, "reserves_share"))
    assert gap[3] < gap[1]
    longer = struck(county, {"year": 2019, "kind": "funding cut", "size": 0.04, "years": 3}, years=3)
    second = schools(usual, 2020)["balance"].median() - schools(longer, 2020)["balance"].median()
    assert abs(second) < 0.01, "the next budget is made for it"
    taught = [run.model.state.schools.teaching[run.model.state.open_rows()].mean() for run in (usual, longer)]
    assert taught[1] < taught[0] - 50.0


def test_a_cost_rise_bites_schools_and_centres_alike(county: World, usual: Finished) -> None:
    dear = struck(county, {"year": 2018, "kind": "cost rise", "size": 0.05}, years=1)
    a, b = schools(usual, 2018), schools(dear, 2018)
    alone = a.index[a["trust"] < 0].intersection(b.index)
    assert np.median(a.loc[alone, "balance"] - b.loc[alone, "balance"]) == pytest.approx(0.05, rel=0.05)
    # trusts of several schools save a part of it within the year
    fall = system(usual, "reserves_share")[0] - system(dear, "reserves_share")[0]
    assert 0.05 * (1.0 - scenario().spending.steered) < fall < 0.05
    rows = dear.model.state.multi()
    paid = [run.model.state.trusts.central_cost[rows].sum() for run in (struck(county, years=1), dear)]
    assert paid[1] > paid[0]


def test_a_shock_in_a_region_strikes_only_there(county: World) -> None:
    home = county.schools["region"]
    region = int(np.bincount(home).argmax())
    quiet = struck(county, years=1)
    cut = struck(county, {"year": 2018, "kind": "funding cut", "size": 0.05, "region": RSC_REGIONS[region]}, years=1)
    lost = quiet.model.state.schools.income - cut.model.state.schools.income
    alone = quiet.model.state.schools.trust < 0
    assert (lost[alone & (home == region) & (quiet.model.state.schools.state == SchoolState.OPEN)] > 0).all()
    assert np.allclose(lost[alone & (home != region)], 0.0)
    la = int(county.schools["la"][0])
    one = struck(county, {"year": 2018, "kind": "cost rise", "size": 0.05, "authority": county.la_names[la]}, years=1)
    worse = one.model.state.schools.balance < quiet.model.state.schools.balance - 0.01
    assert set(county.schools["la"][worse]) == {la}


def test_a_school_judged_inadequate_is_ordered_or_warned(county: World, usual: Finished) -> None:
    good = (county.schools["grade"] == Grade.GOOD) & (county.schools["trust"] < 0) & ~county.schools["planned"]
    urn = int(county.schools["urn"][np.flatnonzero(good)[10]])
    run = struck(county, {"year": 2018, "kind": "judged Inadequate", "school": urn}, years=3)
    events = run.tables["events"]
    own = events[(events["school"] == urn) & (events["year"] == 2018)]["event"].tolist()
    assert own.index("shock") < own.index("inspect") < own.index("order")
    assert schools(run, 2018).loc[urn, "grade"] == "Inadequate"
    assert schools(usual, 2018).loc[urn, "grade"] != "Inadequate"


def test_a_head_and_a_ceo_leave(county: World) -> None:
    trust = int(np.bincount(county.schools["trust"][county.schools["trust"] >= 0]).argmax())
    uid = int(county.trusts["uid"][trust])
    urn = int(county.schools["urn"][county.schools["trust"] == trust][1])
    gone = [
        {"year": 2018, "kind": "head leaves", "school": urn},
        {"year": 2018, "kind": "CEO leaves", "trust": uid},
    ]
    nobody = {"heads__fill": 0.0, "heads__bench_per_school": 0.0, "start__bench": 0.0, "heads__moved": 0.0}
    hard = {**nobody, "leadership__chief_fill": 0.6}
    run, plain = (struck(county, *shocks, years=1, **hard).model.state for shocks in (gone, []))
    row = int(np.flatnonzero(county.schools["urn"] == urn)[0])
    assert run.schools.vacancy[row]
    assert run.trusts.capacity[trust] < plain.trusts.capacity[trust]
    assert run.log.count("chief") + run.trusts.chief_vacant.sum() > plain.log.count("chief")
    assert run.schools.lift[row] < plain.schools.lift[row]


def test_where_an_authority_retrenches_more_schools_look_for_a_trust(county: World, usual: Finished) -> None:
    run = struck(county, {"year": 2019, "kind": "authority retrenches", "size": 0.8})
    seek = [(r.tables["events"].query("year == 2019")["event"] == "seek").sum() for r in (usual, run)]
    assert seek[1] > seek[0]
    # what an authority gave up does not come back
    left = [r.model.state.places.capacity for r in (usual, run)]
    assert np.allclose(left[1] / left[0], 0.2, atol=0.02)


def test_a_recruitment_squeeze_leaves_posts_empty(county: World, usual: Finished) -> None:
    run = struck(county, {"year": 2018, "kind": "recruitment squeeze", "size": 0.9, "years": 2})
    vacant = [[(e.query(f"year == {y} and event == 'head' and reason == 'unfilled'")).shape[0] for y in (2018, 2021)]
              for e in (usual.tables["events"], run.tables["events"])]  # fmt: skip
    assert vacant[1][0] > 2 * vacant[0][0]
    squeezed = {"year": 2018, "kind": "recruitment squeeze", "size": 0.9}
    posts = [struck(county, *told, years=1).model.state.trusts.posts.sum() for told in ([], [squeezed])]
    assert posts[1] < posts[0]
    assert vacant[1][1] < vacant[1][0]


def test_while_growth_is_paused_nobody_joins_who_need_not(county: World, usual: Finished) -> None:
    run = struck(county, {"year": 2019, "kind": "growth pause"})
    events = run.tables["events"]
    then = events[events["year"] == 2019]
    joined = then[then["event"] == "join"]
    assert set(joined["reason"]) <= {"ordered"}
    assert not (then["event"] == "merge").any()
    stopped = then[then["rule"] == "growth pause"]
    assert len(stopped)
    chosen = usual.tables["events"].query("year == 2019 and event == 'join' and reason == 'chosen'")
    assert len(chosen)
    after = events.query("year == 2020 and event == 'join' and reason == 'chosen'")
    assert len(after)
    names = Names.of(run.tables["schools"], run.tables["trusts"])
    assert next(explain(stopped, scenario(), names)).sentence.endswith(", because growth is paused.")
    uid = int(chosen["trust"].iloc[0])
    one = struck(county, {"year": 2019, "kind": "growth pause", "trust": uid}, years=2).tables["events"]
    mine = one.query(f"year == 2019 and event == 'join' and trust == {uid}")
    assert set(mine["reason"]) <= {"ordered"}
    assert len(one.query("year == 2019 and event == 'join' and reason == 'chosen'"))


def test_every_shock_is_an_event_in_words(county: World) -> None:
    uid = int(county.trusts["uid"][0])
    told = [
        {"year": 2018, "kind": "funding cut", "size": 0.05, "years": 2, "region": "West Midlands"},
        {"year": 2018, "kind": "CEO leaves", "trust": uid},
        {"year": 2019, "kind": "growth pause"},
    ]
    settings = scenario(shocks=told)
    run = simulate(settings, county, seed=SEED, years=2)
    names = Names.of(run.tables["schools"], run.tables["trusts"])
    assert [e.sentence for e in explain(run.tables["events"], settings, names, kinds=("shock",))] == [
        "Oct 2018: a shock struck: funding cut by 5% for 2 years in West Midlands.",
        f"Oct 2018: a shock struck ({names.trust(uid)}): CEO leaves.",
        "Oct 2019: a shock struck: growth pause.",
    ]


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        ({"kind": "fundng cut"}, "'fundng cut' is not a kind of shock; did you mean 'funding cut'?"),
        ({"kind": "funding cut"}, "a shock of the kind 'funding cut' needs a size"),
        ({"kind": "growth pause", "size": 0.2}, "a shock of the kind 'growth pause' has no size"),
        ({"kind": "head leaves"}, "a shock of the kind 'head leaves' names school"),
        ({"kind": "CEO leaves", "school": 5}, "a shock of the kind 'CEO leaves' names trust"),
        ({"kind": "head leaves", "school": 5, "years": 2}, "strikes once: leave out years"),
        ({"kind": "cost rise", "size": 0.1, "school": 5, "trust": 5}, "strikes in one place: name trust or school"),
        ({"kind": "cost rise", "size": 0.95}, "shocks[0].size = 0.95: should be between 0 and 0.9 (unit: share)"),
    ],
    ids=lambda x: str(x)[:40],
)
def test_a_mistake_in_a_shock_is_named(shock: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as said:
        from_tables({"shocks": [{"year": 2019, **shock}]}, Scenario, "mine.toml")
    assert words in str(said.value)
    assert "shocks[0]" in str(said.value)
