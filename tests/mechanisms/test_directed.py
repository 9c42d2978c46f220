"""Named trusts that are told what to do: each decision has its effect, luck stays shared, and nobody else is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import scenario
from support.worlds import digests, island

from matsim.evidence.strategy import RESPONSIBILITIES
from matsim.mechanisms.directed.decisions import CLUSTERS, PERSISTENT, Decision, ways
from matsim.mechanisms.reach import looking
from matsim.scenario.load import from_tables, load
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.schedule import SCHOOL_YEAR
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import Finished, simulate
from matsim.simulation.twin import twin
from matsim.world.base import World
from matsim.world.codes import SchoolState, TrustKind

SEED = 3
HAPPENED = ["year", "step", "event", "school", "trust", "other"]


def told(world: World, uid: int, *decisions: dict[str, Any], years: int = 4, **changes: Any) -> Finished:
    """The county with one trust told what to do."""
    choice = {"uid": uid, "decisions": list(decisions)}
    return simulate(scenario(trusts=[choice], **changes), world, seed=SEED, years=years)


def events(run: Finished, *kinds: str, uid: int | None = None) -> pd.DataFrame:
    frame = run.tables["events"]
    frame = frame[frame["event"].isin(kinds)]
    return frame if uid is None else frame[frame["trust"] == uid]


def path(run: Finished, uid: int, column: str) -> list[Any]:
    """A column of a trust, year by year."""
    trusts = run.tables["trust_year"]
    return list(trusts[trusts["trust"] == uid][column])


def uid_of(world: World, rank: int) -> int:
    """The trust with the most schools, or the next ones, in the first year."""
    members = world.schools["trust"][world.schools["trust"] >= 0]
    size = np.bincount(members, minlength=len(world.trusts["uid"]))
    return int(world.trusts["uid"][np.argsort(-size, kind="stable")[rank]])


@pytest.fixture(scope="module")
def uid(county: World) -> int:
    """A trust of a dozen schools or so."""
    return uid_of(county, 8)


@pytest.fixture(scope="module")
def usual(county: World) -> Finished:
    return simulate(scenario(), county, seed=SEED, years=4)


def without_talk(run: Finished) -> dict[str, str]:
    """Digests of all tables, but for the events that only say what was told."""
    talk = run.tables["events"]["event"].isin(["direct", "thwart"])
    return digests({**run.tables, "events": run.tables["events"][~talk].reset_index(drop=True)})


@pytest.mark.parametrize(
    "decision",
    [
        {"growth": "own"},
        {"handed_back": list(PERSISTENT)},
        {"growth": "grow", "target": 30.0, "posts": {"hr": 2.0}, "handed_back": ["central_charge"]},
    ],
    ids=lambda d: str(sorted(d)),
)
def test_what_its_ceo_would_have_done_changes_nothing(
    county: World, uid: int, usual: Finished, decision: dict[str, Any]
) -> None:
    """Also a decision for a year that the run does not reach."""
    late = {"year": 2030 if "posts" in decision else 2018, **decision}
    run = told(county, uid, late)
    assert without_talk(run) == digests(usual.tables)
    assert len(events(run, "direct")) == (0 if late["year"] == 2030 else len(decision.get("handed_back", "1")))


def test_a_ceo_who_holds_told_to_hold_does_what_it_would_have(county: World, uid: int) -> None:
    held = {"uid": uid, "strategy": {"kind": "hold"}}
    others = {"merging__on": False, "openings__on": False}  # neither is for its CEO to decide
    plain = simulate(scenario(trusts=[held], **others), county, seed=SEED, years=4)
    again = {**held, "decisions": [{"year": 2018, "growth": "hold"}]}
    run = simulate(scenario(trusts=[again], **others), county, seed=SEED, years=4)
    a, b = (f.tables["events"] for f in (plain, run))
    pd.testing.assert_frame_equal(
        a[HAPPENED], b[b["event"] != "direct"][HAPPENED].reset_index(drop=True), check_categorical=False
    )


def test_no_decision_of_one_trust_changes_the_luck_of_another(county: World) -> None:
    """A trust far from all others may be told anything: nobody else's year differs."""
    wider = island(county)
    everything = {
        "year": 2018,
        "growth": "grow",
        "target": 9.0,
        "near": {"place": "Island"},
        "improvement": "consultants",
        "standardisation": 9.0,
        "central_charge": 0.08,
        "posts": {"leadership": 1.0},
        "governance": "a scheme of delegation",
        "clusters": "led",
        "answer": True,
    }
    held = {"uid": 999_999, "strategy": {"kind": "hold"}}
    tables = []
    for choice in (held, {**held, "decisions": [everything]}):
        run = simulate(scenario(trusts=[choice], run__school_year=True), wider, seed=2, years=5)
        tables.append(run.tables)
    for name in ("events", "trust_year", "school_year"):
        left, right = (t[name][t[name]["trust"] != 999_999].reset_index(drop=True) for t in tables)
        if name != "events":  # published against all schools of the year, and read by nobody in the model
            left, right = (t.drop(columns="value_added") for t in (left, right))
        pd.testing.assert_frame_equal(left, right, check_categorical=False)


def test_hold_takes_on_nothing_and_grow_goes_to_the_size_told(county: World, uid: int) -> None:
    start = int(np.sum(county.schools["trust"] == np.flatnonzero(county.trusts["uid"] == uid)[0]))
    easy: dict[str, Any] = {"commissioners": [{"kind": "permit"}], "seeking__threshold": 2.5, "years": 5}
    hold = told(county, uid, {"year": 2018, "growth": "hold"}, **easy)
    grow = told(county, uid, {"year": 2018, "growth": "grow", "target": start + 4.0}, **easy)
    pause = told(
        county, uid, {"year": 2018, "growth": "hold"}, {"year": 2020, "growth": "grow", "target": start + 9.0}, **easy
    )
    assert max(path(hold, uid, "schools")) <= start
    assert not len(events(hold, "bid", "join", "open", uid=uid))
    came = events(grow, "join", "transfer", uid=uid)
    assert start < max(path(grow, uid, "schools")) <= start + 4
    assert set(events(grow, "bid", uid=uid)["reason"]) == {"as told"}
    assert len(came)
    assert path(pause, uid, "schools")[1] <= start < path(pause, uid, "schools")[-1]
    assert path(grow, uid, "target") == [start + 4.0] * 5


def asked(world: World, uid: int) -> tuple[list[int], list[int]]:
    """URNs outside trusts that look for a trust in the first year, and some near the trust that do not."""
    names = [s.name for s in SCHOOL_YEAR]
    model = TrustSystem(world, scenario(), SEED, schedule=SCHOOL_YEAR[: names.index("planning")])
    model.run_for(1)
    s = model.state.schools
    row = int(np.flatnonzero(model.state.trusts.uid == uid)[0])
    away = np.hypot(s.easting - model.state.trusts.easting[row], s.northing - model.state.trusts.northing[row])
    free = np.flatnonzero((s.state == SchoolState.OPEN) & (s.trust < 0) & np.isnan(s.ordered))
    near = free[np.argsort(away[free], kind="stable")]
    keen = near[np.isin(near, looking(model.state)) & (s.reserves[near] > 0)]
    idle = near[~np.isin(near, looking(model.state))]
    return s.urn[keen[:3]].tolist(), s.urn[idle[:20]].tolist()


def test_a_trust_asks_the_schools_it_is_told_to_and_no_others(county: World, uid: int) -> None:
    keen, idle = asked(county, uid)
    run = told(county, uid, {"year": 2018, "ask": keen}, years=1, commissioners=[{"kind": "permit"}])
    assert set(events(run, "bid", uid=uid)["school"]) == set(keen)
    joined = set(events(run, "join", "transfer", uid=uid)["school"])
    failed = events(run, "thwart", uid=uid)
    assert joined
    assert joined | set(failed["school"]) == set(keen)
    # of schools that do not look of themselves, being asked makes some look; the others say why not
    run = told(county, uid, {"year": 2018, "ask": idle}, years=1, commissioners=[{"kind": "permit"}])
    looked = run.tables["events"]
    looked = looked[(looked["rule"] == "asked") & looked["school"].isin(idle)]
    assert set(looked["event"]) == {"seek", "stay"}
    assert set(looked[looked["event"] == "seek"]["school"]) >= set(events(run, "bid", uid=uid)["school"])
    assert "the school does not want to look for a trust" in set(events(run, "thwart", uid=uid)["reason"])


def test_a_school_in_another_trust_is_not_to_be_had(county: World, uid: int) -> None:
    other = int(np.flatnonzero(county.trusts["uid"] == uid_of(county, 2))[0])
    theirs = int(county.schools["urn"][county.schools["trust"] == other][0])
    run = told(county, uid, {"year": 2018, "ask": [theirs]}, years=1)
    why = events(run, "thwart", uid=uid)
    assert why[["school", "reason"]].to_numpy().tolist() == [[theirs, "it belongs to another trust"]]


@pytest.mark.direction("step:outcomes")
def test_a_refusal_of_what_was_told_is_an_event_with_its_reason(county: World, uid: int) -> None:
    keen, _ = asked(county, uid)
    run = told(county, uid, {"year": 2018, "ask": keen}, years=1, commissioners=[{"kind": "refuse"}])
    assert not len(events(run, "join", uid=uid))
    assert "the commissioner refused" in set(events(run, "thwart", uid=uid)["reason"])


def test_a_trust_looks_where_it_is_told_and_nowhere_else(county: World, uid: int) -> None:
    s = county.schools
    home = s["la"][s["trust"] == np.flatnonzero(county.trusts["uid"] == uid)[0]]
    code = next(c for c in sorted(set(s["la"].tolist())) if c not in home)
    decision = {"year": 2018, "growth": "grow", "target": 60.0, "near": {"place": county.la_names[code]}}
    run = told(county, uid, decision, years=5, commissioners=[{"kind": "permit"}], seeking__threshold=2.0)
    there = set(s["urn"][s["la"] == code].tolist())
    assert len(events(run, "join", uid=uid)) > 0
    assert set(events(run, "bid", uid=uid)["school"]) <= there
    middle = s["la"] == code
    point = {"easting": float(s["easting"][middle].mean()), "northing": float(s["northing"][middle].mean())}
    run = told(county, uid, {**decision, "near": {**point, "minutes": 15.0}}, seeking__threshold=2.0)
    came = np.isin(s["urn"], events(run, "bid", uid=uid)["school"])
    km = np.hypot(s["easting"] - point["easting"], s["northing"] - point["northing"]) / 1000.0
    assert came.any()
    assert km[came].max() < km.max() / 2


def test_ways_of_working_go_up_a_step_at_a_time_for_money_and_down_at_once(county: World, uid: int) -> None:
    rich = {"break_points__affordable": 1.0, "start__central": 0.2}
    top = told(county, uid, {"year": 2018, "improvement": "self-improving network"}, years=6, **rich)
    rungs = path(top, uid, "rung_improvement")
    steps = np.diff(rungs)
    assert rungs[-1] > rungs[0]
    assert steps.max() == 1
    assert events(top, "respond", uid=uid)["reason"].eq("improvement").any()
    down = told(county, uid, {"year": 2019, "improvement": "hub school", "governance": ways("governance")[0]})
    for name in ("improvement", "governance"):
        assert path(down, uid, f"rung_{name}")[1:] == [0, 0, 0]


def test_what_cannot_be_paid_for_is_said(county: World, uid: int) -> None:
    run = told(county, uid, {"year": 2018, "governance": "a regional tier"}, years=1, break_points__affordable=0.01)
    why = events(run, "thwart", uid=uid)
    assert why["reason"].str.startswith("it cannot pay for its next way of working").tolist() == [True]
    assert not len(events(run, "respond", uid=uid))


@pytest.mark.direction("G4", "step:directing")
def test_responsibilities_move_to_where_they_are_told_up_and_down(county: World, uid: int, usual: Finished) -> None:
    row = int(np.flatnonzero(county.trusts["uid"] == uid)[0])

    def held(*decisions: dict[str, Any]) -> Any:
        return told(county, uid, *decisions).model.state.trusts.responsibilities[row]

    before = usual.model.state.trusts.responsibilities[row]
    high, low = held({"year": 2018, "standardisation": 10.0}), held({"year": 2018, "standardisation": 0.0})
    lower = before < 9.0  # what a CEO holds at the top already has nowhere to go
    assert (high[lower] > before[lower]).all()
    assert (high[~lower] > 9.0).all()
    assert lower.sum() > 10
    assert (low < before).all()
    one = held({"year": 2018, "responsibilities": {"branding": 10.0}})
    place = [r.key for r in RESPONSIBILITIES].index("branding")
    assert one[place] > before[place]
    assert np.allclose(np.delete(one, place), np.delete(before, place), atol=0.2)


def test_the_top_slice_moves_at_the_pace_of_any_trust(county: World, uid: int, usual: Finished) -> None:
    charged = path(told(county, uid, {"year": 2018, "central_charge": 0.09}), uid, "central_charge")
    lower = path(told(county, uid, {"year": 2018, "central_charge": 0.03}), uid, "central_charge")
    assert charged[-1] >= path(usual, uid, "central_charge")[-1] >= lower[-1]
    assert charged[-1] > lower[-1] + 3 * scenario().accounts.slice_move
    assert np.abs(np.diff(charged)).max() <= scenario().accounts.slice_move + 1e-12
    assert np.abs(np.diff(lower)).max() <= scenario().accounts.slice_move + 1e-12


def test_posts_are_filled_at_the_models_pace_and_within_the_money(county: World, uid: int, usual: Finished) -> None:
    row = int(np.flatnonzero(county.trusts["uid"] == uid)[0])
    more = told(county, uid, {"year": 2018, "posts": {"improvement": 4.0}}, vision__top_slice=0.07, years=5)
    none = told(county, uid, {"year": 2018, "posts": {"improvement": 0.0}}, years=2)
    assert more.model.state.trusts.posts[row, 1] == 4.0
    assert none.model.state.trusts.posts[row, 1] == 0.0
    assert usual.model.state.trusts.posts[row, 1] > 0.0
    slow = events(more, "thwart", uid=uid)
    assert slow["reason"].str.contains("posts in improvement: not all could be filled").any()
    kept = {"growth": "hold", "central_charge": 0.05}  # else its charge and its schools come to pay for them
    dear = told(county, uid, {"year": 2018, "posts": {"leadership": 40.0}, **kept}, years=8)
    assert events(dear, "thwart", uid=uid)["reason"].str.contains("the top-slice does not pay").any()
    assert dear.model.state.trusts.posts[row, 0] < 40.0
    back = told(county, uid, {"year": 2018, "posts": {"improvement": 0.0}}, {"year": 2019, "handed_back": ["posts"]})
    assert back.model.state.trusts.posts[row, 1] > 0.0


@pytest.mark.slow
def test_clusters_are_led_governed_or_given_up_as_told(county: World) -> None:
    uid = uid_of(county, 0)
    usual = told(county, uid)
    assert path(usual, uid, "clusters")[-1] > 0
    assert path(told(county, uid, {"year": 2019, "clusters": "none"}), uid, "clusters")[1:] == [0, 0, 0]
    seen = {
        form: path(told(county, uid, {"year": 2019, "clusters": form}), uid, "cluster_governance")[-1]
        for form in CLUSTERS[1:4]
    }
    assert seen == {"led": "none beyond local bodies", "informal meetings": "informal meetings", "advisory": "advisory"}
    low = {"year": 2018, "clusters": "delegated", "governance": ways("governance")[0]}
    run = told(county, uid, low, years=2)
    assert path(run, uid, "cluster_governance")[-1] == "advisory"
    small = uid_of(county, 60)
    run = told(county, small, {"year": 2018, "clusters": "led"}, years=1, clusters__minutes=3.0)
    assert len(events(run, "thwart", uid=small)) == 1


def test_break_points_are_answered_in_time_or_never_as_told(county: World) -> None:
    uid = uid_of(county, 0)
    runs = {a: told(county, uid, {"year": 2018, "answer": a}, years=8) for a in (True, False)}
    answered = {a: len(events(run, "respond", uid=uid)) for a, run in runs.items()}
    assert answered[False] == 0
    assert answered[True] > 0
    back = told(county, uid, {"year": 2018, "answer": False}, {"year": 2020, "handed_back": ["answer"]})
    assert back.model.state.trusts.answers[np.flatnonzero(county.trusts["uid"] == uid)[0]] == 0


def neighbours(world: World) -> tuple[int, int]:
    """A trust and a smaller one whose lead school lies near it, as the model's own mergers want them."""
    model = TrustSystem(world, scenario(), SEED)
    t, s, near = model.state.trusts, model.state.schools, world.neighbours
    for small in model.state.multi()[np.argsort(t.schools[model.state.multi()], kind="stable")].tolist():
        owners = s.trust[near.index[t.lead[small]][near.minutes[t.lead[small]] <= 20.0]]
        for big in owners[owners >= 0].tolist():
            if (
                t.kind[big] == TrustKind.MULTI
                and t.schools[big] > t.schools[small]
                and t.denomination[big] == t.denomination[small]
            ):
                return int(t.uid[big]), int(t.uid[small])
    raise AssertionError("no such trusts")


def test_a_merger_needs_both_and_the_larger_takes_the_other_in(county: World) -> None:
    big, small = neighbours(county)
    quiet: dict[str, Any] = {"merging__threshold": 50.0, "merging__capacity": 0.1, "years": 2}
    run = told(county, small, {"year": 2018, "merge_with": big}, **quiet)
    assert events(run, "merge")[["trust", "other"]].to_numpy().tolist() == [[small, big]]
    assert events(run, "merge")["rule"].tolist() == ["directed"]
    # the smaller one is asked, and has a mind of its own
    run = told(county, big, {"year": 2018, "merge_with": small}, **quiet)
    assert not len(events(run, "merge"))
    why = events(run, "thwart", uid=big)
    assert why[["other", "reason"]].to_numpy().tolist() == [[small, "it would rather stay as it is"]]
    run = told(county, big, {"year": 2018, "merge_with": small}, **{**quiet, "merging__asked": 60.0})
    assert len(events(run, "merge")) == 1
    both = [
        {"uid": big, "decisions": [{"year": 2018, "merge_with": small}]},
        {"uid": small, "decisions": [{"year": 2018, "merge_with": big}]},
    ]
    settings = scenario(trusts=both, merging__threshold=50.0, merging__capacity=0.1)
    assert len(events(simulate(settings, county, seed=SEED, years=1), "merge")) == 1
    both[0]["decisions"] = [{"year": 2018, "growth": "hold"}]
    held = simulate(settings.model_copy(update={"trusts": scenario(trusts=both).trusts}), county, seed=SEED, years=1)
    assert events(held, "thwart")["reason"].tolist() == ["it is told to stay as it is"]


def test_a_trust_of_one_school_is_told_that_it_has_no_centre(county: World) -> None:
    alone = int(county.trusts["uid"][np.flatnonzero(county.trusts["kind"] == TrustKind.SINGLE)[0]])
    run = told(county, alone, {"year": 2018, "posts": {"hr": 1.0}, "clusters": "led"}, years=1, bidding__on=False)
    assert events(run, "thwart", uid=alone)["reason"].tolist() == [
        "a trust of one school has no centre yet (posts, clusters)",
        "a trust of fewer than 3 schools forms no clusters",
    ]


def test_a_trust_that_has_closed_hears_so(county: World) -> None:
    big, small = neighbours(county)
    run = told(
        county,
        small,
        {"year": 2018, "merge_with": big},
        {"year": 2020, "growth": "hold"},
        merging__capacity=0.1,
    )
    assert events(run, "thwart", uid=small)["reason"].tolist() == ["it has closed"]


PLAN = (
    {"year": 2018, "growth": "grow", "target": 14.0, "posts": {"finance": 1.5, "hr": 1.0}, "central_charge": 0.06},
    {"year": 2019, "near": {"easting": 450_000.0, "northing": 300_000.0}, "responsibilities": {"curriculum": 8.0}},
    {"year": 2020, "growth": "hold", "improvement": "in-house team", "handed_back": ["posts"]},
    {"year": 2021, "growth": "own", "clusters": "advisory", "answer": True},
)


def test_the_same_bytes_from_the_resolved_scenario(county: World, uid: int, tmp_path: Any) -> None:
    settings = scenario(trusts=[{"uid": uid, "decisions": list(PLAN)}], shocks=[{"year": 2019, "kind": "growth pause"}])
    stored = tmp_path / "scenario.toml"
    stored.write_text(resolved(settings), encoding="utf-8")
    again = load(stored, Scenario).scenario
    assert again == settings
    runs = [simulate(s, county, seed=SEED, years=4) for s in (settings, again)]
    assert digests(runs[0].tables) == digests(runs[1].tables)
    assert resolved(again) == resolved(settings)


@pytest.mark.slow
def test_years_already_lived_do_not_depend_on_decisions_to_come(county: World, uid: int) -> None:
    """So that a class may append decisions year by year, or take them back, and run from the start."""
    whole = told(county, uid, *PLAN, run__school_year=True)
    for years in (1, 2, 3):
        part = told(county, uid, *PLAN[:years], years=years, run__school_year=True)
        for name in ("events", "trust_year", "school_year", "system_year", "region_year"):
            then = whole.tables[name]
            then = then[then["year"] < 2018 + years].reset_index(drop=True)
            pd.testing.assert_frame_equal(part.tables[name], then, check_categorical=False)


def test_a_twin_of_told_and_untold_says_what_differs(county: World, uid: int) -> None:
    settings = scenario(trusts=[{"uid": uid, "decisions": [{"year": 2018, "growth": "hold"}]}])
    pair = twin(scenario(), settings, county, seed=SEED, years=2)
    assert pair.parting is not None
    assert pair.parting.step == "directing"
    assert "trusts[0].decisions[0].growth" in [d.name for d in pair.settings]


def test_later_decisions_stand_in_place_of_earlier_ones_and_the_order_in_the_file_is_of_no_account(
    county: World, uid: int
) -> None:
    runs = [told(county, uid, *order) for order in (PLAN, PLAN[::-1])]
    assert digests(runs[0].tables) == digests(runs[1].tables)


def test_every_standing_decision_can_be_handed_back() -> None:
    text = {"year": 2020, "handed_back": list(PERSISTENT)}
    trusts = from_tables({"trusts": [{"uid": 7, "decisions": [text]}]}, Scenario, "test").trusts
    assert set(trusts[0].decisions[0].handed_back) == set(Decision.model_fields) - {
        "year",
        "handed_back",
        "ask",
        "merge_with",
    }
