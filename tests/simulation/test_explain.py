"""Explanations: every stated flip really flips, over real decisions of a run."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.core.errors import InputError
from matsim.results import numbers
from matsim.simulation.explain import Names, explain, one, rule_of
from matsim.simulation.simulate import Finished, simulate
from matsim.world.base import RSC_REGIONS, World


def decided(run: Finished, kinds: tuple[str, ...], most: int = 400) -> pd.DataFrame:
    """Events of these kinds that a weighted rule decided, thinned evenly over the run."""
    events = run.tables["events"]
    rules = ("approval", "seeking", "bidding", "choice", "founding", "merging")
    found = events[events["event"].isin(kinds) & events["rule"].isin(rules)]
    return found.iloc[:: max(1, len(found) // most)]


def test_every_stated_flip_flips(decade: Finished) -> None:
    sample = decided(decade, ("refuse", "decline", "stay"))
    assert {"refuse", "decline", "stay"} <= set(sample["event"])
    flipped = 0
    for _, event in sample.iterrows():
        rule, inputs = rule_of(event, decade.scenario), numbers.named(event["inputs"])
        assert rule is not None
        assert not rule.yes(inputs), "what was refused must be a no by the rule that refused it"
        changes = one(event, decade.scenario, Names()).flip
        if changes:
            assert rule.yes(inputs | {c.name: c.after for c in changes})
            for c in changes:
                almost = {x.name: x.after for x in changes} | {c.name: c.before + 0.999 * (c.after - c.before)}
                assert not rule.yes(inputs | almost), "a smaller change must not be enough"
            flipped += 1
    assert flipped > 0.5 * len(sample)


def test_the_log_says_what_the_rule_says(decade: Finished) -> None:
    for _, event in decided(decade, ("approve", "refuse", "seek", "stay", "decline")).iterrows():
        rule, inputs = rule_of(event, decade.scenario), numbers.named(event["inputs"])
        if rule is None or not set(rule.names()) <= set(inputs):
            continue
        verdict = rule.judge({k: pd.Series([v]).to_numpy() for k, v in inputs.items()})
        assert verdict.yes[0] == (event["event"] in ("approve", "seek"))
        assert verdict.margin[0] == pytest.approx(event["margin"])
        assert verdict.limit[0] == pytest.approx(event["threshold"])


def test_sentences_are_whole(decade: Finished) -> None:
    events = decade.tables["events"]
    for kind in sorted(set(events["event"])):
        event = events[events["event"] == kind].iloc[0]
        sentence = one(event, decade.scenario, Names()).sentence
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "nan" not in sentence.lower().split()


CODES = re.compile(r"_|\b(?:joined|formed|dissolved|chosen|ordered|merged|intervention|score)\)|\(\)|[\s(]0\.00?\b")
"""What no head would say: names of variables, codes in brackets, empty brackets, and naughts that mean nothing."""


@pytest.fixture(scope="module")
def eventful(county: World) -> Finished:
    """Ten years in which trusts are told what to do, and everything that a scenario can bring about strikes."""
    biggest = np.bincount(county.schools["trust"][county.schools["trust"] >= 0]).argmax()
    told = {"uid": int(county.trusts["uid"][biggest]), "decisions": [{"year": 2019, "growth": "grow", "target": 40}]}
    shocks = [{"kind": "CEO leaves", "year": 2020, "trust": told["uid"]}]
    return simulate(scenario(trusts=[told], shocks=shocks), county, seed=5, years=10)


@pytest.mark.parametrize("which", ["decade", "eventful"])
def test_every_sentence_is_one_that_a_head_would_say(which: str, request: pytest.FixtureRequest) -> None:
    """Every kind of event of a world and every reason that it has, the first and the last of each."""
    run: Finished = request.getfixturevalue(which)
    events = run.tables["events"]
    names = Names.of(run.tables["schools"], run.tables["trusts"])
    held = set(names.schools.values()) | set(names.trusts.values())
    assert len(set(events["event"])) > 35
    for _, alike in events.groupby(["event", "reason", "rule"], observed=True):
        for place in {0, len(alike) - 1}:
            sentence = one(alike.iloc[place], run.scenario, names).sentence
            for name in sorted(held, key=len, reverse=True):
                sentence = sentence.replace(name, "N")
            assert not CODES.search(sentence), sentence
            assert not set(re.findall(r"[A-Za-z_]+", sentence)) & RAW, sentence


RAW = {"convert_grant", "backoffice", "alone_open", "mandatory_from"}


def test_every_reason_pushed_the_way_it_is_said_to(decade: Finished) -> None:
    """Of every decision by a rule: what is named moved the case that way, by more than rounds to nothing."""
    said = 0
    for _, event in decided(decade, ("approve", "refuse", "seek", "stay", "decline", "found", "merge")).iterrows():
        rule, inputs = rule_of(event, decade.scenario), numbers.named(event["inputs"])
        if rule is None or not set(rule.names()) <= set(inputs) or rule.judge(arrays(inputs)).binding[0] >= 0:
            continue
        sentence = one(event, decade.scenario, Names()).sentence
        side = "for" if event["margin"] >= 0 else "against"
        reason = re.search(rf"what spoke most {side} it: ([^.;]+)", sentence)
        named = [t for t in rule.terms if reason and t.said(inputs[t.name]) == reason[1] and not t.luck]
        if reason is None:
            assert all(t.luck or (1 if side == "for" else -1) * t.pull(inputs[t.name]) < 0.005 for t in rule.terms)
            continue
        assert any((t.pull(inputs[t.name]) > 0) == (side == "for") for t in named), sentence
        assert any(abs(t.pull(inputs[t.name])) >= 0.005 for t in named), sentence
        said += 1
    assert said > 100


def arrays(inputs: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([value]) for name, value in inputs.items()}


def test_a_good_school_is_not_blamed_for_needing_no_sponsor(decade: Finished) -> None:
    sentences = [one(event, decade.scenario, Names()).sentence for _, event in decided(decade, ("refuse",)).iterrows()]
    assert sentences
    assert not [text for text in sentences if re.search(r"against it: [^.]*(sponsor|deficit that grants)", text)]


def test_an_unknown_kind_of_event_is_named(decade: Finished) -> None:
    with pytest.raises(InputError, match="did you mean 'refuse'"):
        list(explain(decade.tables["events"], decade.scenario, Names(), kinds=("refused",)))


def test_a_refusal_names_the_gate_of_the_policy_that_refused(county: World) -> None:
    """Policies have different gates in a different order: each commissioner's reasons are those of its own."""
    home = RSC_REGIONS[int(np.bincount(county.schools["region"]).argmax())]
    mixed = scenario(commissioners=[{"kind": "cautious", "regions": [home]}, {"kind": "weigh"}])
    for settings in (
        mixed,
        scenario(commissioners=[{"kind": "weigh", "regions": [home], "most_failing": 0.0}, {"kind": "cautious"}]),
    ):
        events = simulate(settings, county, seed=2, years=5).tables["events"]
        refused = events[events["event"] == "refuse"]
        assert len(refused) > 20
        for _, event in refused.iterrows():
            rule, inputs = rule_of(event, settings), numbers.named(event["inputs"])
            assert rule is not None
            binding = int(rule.judge({k: np.array([v]) for k, v in inputs.items()}).binding[0])
            assert event["reason"] == (rule.gates[binding].name if binding >= 0 else "score")
