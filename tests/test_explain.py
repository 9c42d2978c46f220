"""Explanations: every stated flip really flips, over real decisions of a run."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from conftest import scenario

from matsim.errors import InputError
from matsim.events import EVENTS
from matsim.explain import NO, Names, explain, one, rule_of
from matsim.run import Finished, simulate
from matsim.wording import SAID
from matsim.world.base import RSC_REGIONS, World


def decided(run: Finished, kinds: tuple[str, ...], most: int = 400) -> pd.DataFrame:
    """Events of these kinds that a weighted rule decided, thinned evenly over the run."""
    events = run.tables["events"]
    rules = ("approval", "seeking", "bidding", "choice", "founding", "merging")
    found = events[events["event"].isin(kinds) & events["rule"].isin(rules)]
    return found.iloc[:: max(1, len(found) // most)]


def test_every_stated_flip_flips(decade: Finished) -> None:
    sample = decided(decade, NO)
    assert {"refuse", "decline", "stay"} <= set(sample["event"])
    flipped = 0
    for _, event in sample.iterrows():
        rule, inputs = rule_of(event, decade.scenario), json.loads(event["inputs"])
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
        rule, inputs = rule_of(event, decade.scenario), json.loads(event["inputs"])
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


def test_every_kind_of_event_has_words() -> None:
    worded = {"close a school": "close", "close a trust": "close", "head left": "head", "head appointed": "head"}
    assert {worded.get(k, k) for k in SAID} == set(EVENTS)


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
            rule, inputs = rule_of(event, settings), json.loads(event["inputs"])
            assert rule is not None
            binding = int(rule.judge({k: np.array([v]) for k, v in inputs.items()}).binding[0])
            assert event["reason"] == (rule.gates[binding].name if binding >= 0 else "score")
