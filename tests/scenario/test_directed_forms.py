"""Decisions as people write them: mistakes in words, what forms may offer, and the guide's own example."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, scenario

from matsim.agents.trust import AREAS
from matsim.core.errors import InputError
from matsim.mechanisms.cluster_life import GOVERNANCE
from matsim.mechanisms.directed.decisions import CLUSTERS, Decision, Posts
from matsim.mechanisms.ladders import LADDERS
from matsim.mechanisms.shocks import Shock
from matsim.scenario.decision_forms import DECISIONS, SHOCKS, options
from matsim.scenario.fitting import check, misfits
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario
from matsim.simulation.explain import Names, explain
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import build_world, simulate
from matsim.world.base import World

GUIDE = ROOT / "docs" / "decisions-of-a-trust.md"


def refusal(decision: dict[str, Any], **changes: Any) -> str:
    """What is said of one decision that is wrong in itself."""
    tables = {"trusts": [{"uid": 7, "decisions": [{"year": 2019, **decision}]}], **changes}
    with pytest.raises(InputError) as said:
        from_tables(tables, Scenario, "mine.toml")
    return str(said.value)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"growht": "hold"}, "trusts[0].decisions[0].growht: unknown name; did you mean 'growth'?"),
        ({"growth": "holt"}, "trusts[0].decisions[0].growth = 'holt': should be '', 'hold', 'grow' or 'own'"),
        ({"target": 0.5}, "trusts[0].decisions[0].target = 0.5: should be between 1 and 500 (unit: schools)"),
        ({"year": "2019"}, "trusts[0].decisions[0].year = '2019': should be a whole number (unit: year)"),
        ({"ask": ["100123"]}, "trusts[0].decisions[0].ask[0] = '100123': should be a whole number"),
        ({"ask": [5, 5]}, "trusts[0].decisions[0].ask: names a school twice"),
        ({"near": {"easting": 4e5}}, "trusts[0].decisions[0].near: should name a place, or give both"),
        (
            {"improvement": "cluster based"},
            "decisions[0].improvement: 'cluster based' is not a way of working; did you",
        ),
        ({"responsibilities": {"brandign": 5.0}}, "responsibilities: 'brandign' is not a responsibility; did you mean"),
        ({"responsibilities": {"branding": 11.0}}, "responsibilities: branding = 11: should be between 0 and 10"),
        ({"posts": {"hr": 0.3}}, "trusts[0].decisions[0].posts.hr = 0.3: should be a multiple of 0.5 (unit: posts)"),
        ({"clusters": "leading"}, "trusts[0].decisions[0].clusters = 'leading': should be '', 'none', 'led'"),
        ({"handed_back": ["ask"]}, "trusts[0].decisions[0].handed_back: 'ask' is not a decision that holds"),
        ({"target": 9.0, "handed_back": ["target"]}, "trusts[0].decisions[0]: target is both decided and handed back"),
        (
            {"growth": "hold", "ask": [5]},
            "trusts[0].decisions[0]: a trust that holds takes on no schools, so leave out",
        ),
    ],
    ids=lambda x: str(x)[:40],
)
def test_a_mistake_is_named_where_it_stands(decision: dict[str, Any], words: str) -> None:
    assert words in refusal(decision)


def test_two_decisions_for_one_year_are_refused() -> None:
    with pytest.raises(InputError, match=r"trusts\[0\]\.decisions: two decisions for 2019"):
        from_tables({"trusts": [{"uid": 7, "decisions": [{"year": 2019}, {"year": 2019}]}]}, Scenario, "mine")
    with pytest.raises(InputError, match=r"trusts\[0\]\.decisions\[0\]\.year: missing"):
        from_tables({"trusts": [{"uid": 7, "decisions": [{"growth": "hold"}]}]}, Scenario, "mine")


def test_all_that_does_not_fit_a_world_is_named_at_once(county: World) -> None:
    uid, other = (int(u) for u in county.trusts["uid"][:2])
    mine = int(county.schools["urn"][county.schools["trust"] == 0][0])
    place = next(iter(county.la_names.values()))
    trusts = [
        {
            "uid": uid,
            "decisions": [
                {"year": 2018, "ask": [mine, 555], "merge_with": uid, "central_charge": 0.2},
                {"year": 2017, "growth": "grow", "near": {"place": place + "e"}},
                {"year": 2029, "merge_with": 3},
            ],
        },
        {"uid": 4, "decisions": [{"year": 2019}]},
        {"uid": uid},
    ]
    shocks = [
        {"year": 2050, "kind": "growth pause", "region": "West Midland"},
        {"year": 2019, "kind": "CEO leaves", "trust": 9},
        {"year": 2019, "kind": "head leaves", "school": 9},
    ]
    found = misfits(scenario(trusts=trusts, shocks=shocks), county, years=10)
    wanted = [
        rf"trusts\[0\]\.decisions\[0\]\.ask\[0\]: school {mine} is in the trust already",
        r"trusts\[0\]\.decisions\[0\]\.ask\[1\]: no school with URN 555 in this world",
        r"trusts\[0\]\.decisions\[0\]\.merge_with: a trust cannot merge with itself",
        r"trusts\[0\]\.decisions\[0\]\.central_charge = 0\.2: trusts charge between 0\.03 and 0\.095 \(unit: share\)",
        r"trusts\[0\]\.decisions\[1\]\.year = 2017: outside the run, which goes from 2018 to 2027",
        rf"trusts\[0\]\.decisions\[1\]\.near\.place: no local authority is called .* did you mean '{place}'\?",
        r"trusts\[0\]\.decisions\[2\]\.year = 2029: outside the run",
        r"trusts\[0\]\.decisions\[2\]\.merge_with: no trust with UID 3",
        r"trusts\[0\]\.decisions\[1\]\.growth: \"grow\" needs a target, here or in an earlier decision",
        r"trusts\[1\]\.uid: no trust with UID 4",
        r"trusts\[2\]\.uid: trust \d+ is named twice",
        r"shocks\[0\]\.year = 2050: outside the run",
        r"shocks\[0\]\.region: no region is called 'West Midland'; did you mean 'West Midlands'\?",
        r"shocks\[1\]\.trust: no trust with UID 9",
        r"shocks\[2\]\.school: no school with URN 9",
    ]
    assert len(found) == len(wanted)
    for sentence, pattern in zip(found, wanted, strict=True):
        assert re.match(pattern, sentence), sentence
    with pytest.raises(InputError, match="15 problems") as said:
        check(scenario(trusts=trusts, shocks=shocks), county, years=10)
    assert str(said.value).startswith("scenario: 15 problems")
    fine = scenario(trusts=[{"uid": uid, "decisions": [{"year": 2029, "merge_with": other}]}])
    check(fine, county)  # a year that no run of this length reaches is no mistake to a shorter run
    with pytest.raises(InputError, match="outside the run"):
        check(fine, county, years=11)
    with pytest.raises(InputError, match="no trust with UID 4"):
        TrustSystem(county, scenario(trusts=[{"uid": 4}]), 1)


def test_forms_offer_what_a_scenario_takes() -> None:
    found = {option.kind.key: option for option in options(Scenario())}
    assert list(found) == [kind.key for kind in DECISIONS]
    assert set(found) == set(Decision.model_fields) - {"year", "handed_back"}
    assert all(option.cost and option.delay and option.kind.title for option in found.values())
    assert len({kind.group for kind in DECISIONS} - {"merger", "break points"}) == 7
    for key in ("growth", "improvement", "governance", "clusters"):
        for choice in found[key].choices:
            assert getattr(Decision.model_validate({"year": 2019, key: choice.value}), key) == choice.value
    for key in ("target", "standardisation", "central_charge"):
        for value in (found[key].low, found[key].high):
            assert Decision.model_validate({"year": 2019, key: value}).said() == [key]
    for choice in found["responsibilities"].choices:
        Decision.model_validate({"year": 2019, "responsibilities": {choice.value: found["responsibilities"].high}})
    assert [c.value for c in found["posts"].choices] == list(Posts.model_fields) == [a.lower() for a in AREAS]
    assert CLUSTERS[2:] == GOVERNANCE[1:]


def test_costs_and_delays_are_the_models_own() -> None:
    dear = scenario(team__cost_improvement=90_000.0, accounts__slice_high=0.08, joining__integration=55_000.0)
    found = {option.kind.key: option for option in options(dear)}
    assert found["posts"].choices[1].yearly == 90_000.0
    assert "£90,000" in found["posts"].choices[1].cost
    assert found["central_charge"].high == 0.08
    assert "£55,000" in found["ask"].cost
    rung = LADDERS[4].rungs[2]
    choice = found["improvement"].choices[2]
    assert (choice.value, choice.one_off, choice.yearly, choice.years) == (
        rung.name,
        rung.one_off,
        rung.yearly,
        rung.years,
    )


def test_every_kind_of_shock_can_be_written() -> None:
    places = {"region": "West Midlands", "authority": "Leeds", "trust": 5, "school": 100_005}
    for kind in SHOCKS:
        for where in kind.where:
            table: dict[str, Any] = {"year": 2019, "kind": kind.key} | ({where: places[where]} if where else {})
            Shock.model_validate(table | ({"size": 0.1} if kind.sized else {}) | ({"years": 3} if kind.lasts else {}))


def test_what_was_told_and_what_came_of_it_is_said_in_sentences(county: World) -> None:
    row = int(np.bincount(county.schools["trust"][county.schools["trust"] >= 0]).argmax())
    uid = int(county.trusts["uid"][row])
    free = county.schools["urn"][(county.schools["trust"] < 0) & ~county.schools["planned"]][:6].tolist()
    decision = {
        "year": 2018,
        "ask": free,
        "merge_with": int(county.trusts["uid"][5]),
        "near": {"easting": 4e5, "northing": 3e5},
        "responsibilities": {"parents_community": 4.0},
        "posts": {"hr": 40.0},
        "answer": False,
        "handed_back": ["governance"],
    }
    settings = scenario(trusts=[{"uid": uid, "decisions": [decision]}])
    tables = simulate(settings, county, seed=1, years=1).tables
    names = Names.of(tables["schools"], tables["trusts"])
    said = [e.sentence for e in explain(tables["events"], settings, names, trust=uid, kinds=("direct", "thwart"))]
    trust, school = names.trust(uid), names.school(free[0])
    assert f"Sep 2018: {trust} was told to approach {school}." in said
    assert f"Sep 2018: {trust} was told to hold at the centre: parents community 4." in said
    assert f"Sep 2018: {trust} was told to leave governance to its CEO." in said
    assert any(s.startswith(f"Apr 2019: {trust} could not do what it was told ({school}): ") for s in said)
    assert any("posts in HR: " in s for s in said)
    assert all(s.endswith(".") and "{" not in s for s in said)
    # what a school that was asked decided is explained by its rule
    asked = tables["events"][tables["events"]["rule"] == "asked"]
    assert len(asked)
    first = next(explain(asked, settings, names))
    assert "a trust has asked it" in first.sentence or "short of" in first.sentence


def test_the_example_of_the_guide_runs_and_tells_what_it_says() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(# a plan.*?)```", text, re.DOTALL)
    settings = from_tables(tomllib.loads(example), Scenario, "the guide")
    world = build_world(settings)
    check(settings, world, settings.run.years)
    events = simulate(settings, world).tables["events"]
    assert (events["event"] == "direct").sum() >= 8
    assert (events["event"] == "shock").sum() == len(settings.shocks)
    for kind in DECISIONS:
        assert f"`{kind.key}`" in text, kind.key
    for shock in SHOCKS:
        assert shock.key in text
