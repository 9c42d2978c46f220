"""Why a decision went as it did, in one sentence; and for a "no", the smallest change that would have flipped it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from matsim.errors import InputError, nearest
from matsim.events import EVENTS
from matsim.mechanisms import bidding, founding, intervention, seeking
from matsim.rules import Change, Rule
from matsim.scenario.schema import Scenario
from matsim.world.base import RSC_REGIONS

NO = ("refuse", "decline", "stay")
"""Events that are a "no" by a rule."""


@dataclass(frozen=True)
class Explanation:
    """One event in words. `flip` is what would have had to be different; None where nothing or no rule applies."""

    year: int
    event: str
    sentence: str
    flip: list[Change] | None
    inputs: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        flip = None if self.flip is None else [vars(c) for c in self.flip]
        return {
            "year": self.year,
            "event": self.event,
            "sentence": self.sentence,
            "flip": flip,
            "inputs": self.inputs,
        }


def rule_of(event: pd.Series, scenario: Scenario) -> Rule | None:
    """The rule that decided an event, rebuilt from the scenario; None for events that no weighted rule decides."""
    name = event["rule"]
    if name == "approval":
        policies = scenario.commissioners
        region = RSC_REGIONS[int(event["region"])]
        named = next((p for p in policies if region in p.regions), None)
        return (named or next((p for p in policies if not p.regions), policies[0])).rule()
    makers = {
        "seeking": lambda: seeking.rule(scenario.seeking),
        "bidding": lambda: bidding.rule(scenario.bidding),
        "founding": lambda: founding.rule(scenario.founding),
        "merging": lambda: intervention.merge_rule(scenario.intervention),
    }
    return makers[name]() if name in makers else None


def explain(
    events: pd.DataFrame,
    scenario: Scenario,
    names: dict[int, str],
    *,
    school: int | None = None,
    trust: int | None = None,
    kinds: tuple[str, ...] = (),
    year: int | None = None,
) -> Iterator[Explanation]:
    """Explain every event of a school, a trust, some kinds or a year, in the order they happened.

    `names` gives names for URNs and UIDs. InputError for a kind of event that there is not.
    """
    for kind in kinds:
        if kind not in EVENTS:
            raise InputError("events", f"no kind of event is called {kind!r}{nearest(kind, EVENTS)}")
    pick = pd.Series(True, index=events.index)
    if school is not None:
        pick &= events["school"] == school
    if trust is not None:
        pick &= (events["trust"] == trust) | (events["other"] == trust)
    if kinds:
        pick &= events["event"].isin(kinds)
    if year is not None:
        pick &= events["year"] == year
    for _, event in events[pick].iterrows():
        yield one(event, scenario, names)


def one(event: pd.Series, scenario: Scenario, names: dict[int, str]) -> Explanation:
    """Explain one event."""
    inputs = json.loads(event["inputs"]) if event["inputs"] else {}
    rule = rule_of(event, scenario)
    usable = rule is not None and set(rule.names()) <= set(inputs)
    flip = rule.flip(inputs) if rule is not None and usable and event["event"] in NO else None
    said = _said(event, names)
    because = _because(event, rule if usable else None, inputs)
    return Explanation(int(event["year"]), str(event["event"]), said + because + _would(event, flip), flip, inputs)


_SAID = {
    "seek": "{school} decided to look for a trust",
    "stay": "{school} came close to looking for a trust, and did not",
    "bid": "{trust} offered to take on {school}",
    "hold": "{trust} took on no schools",
    "decline": "{trust} and {school} did not come together",
    "approve": "the commissioner approved {school} joining {trust}",
    "refuse": "the commissioner refused {school} joining {trust}",
    "order": "{school} was ordered to become an academy",
    "unplaced": "no trust would take {school}",
    "open": "{school} opened in {trust}",
    "join": "{school} joined {trust}",
    "convert": "{school} became an academy in a trust of its own",
    "found": "{trust} became a multi-academy trust",
    "leave": "{school} tried to leave {trust}",
    "transfer": "{school} moved to {trust} from {other}",
    "merge": "{trust} merged into {other}",
    "inspect": "{school} was inspected and its grade changed",
    "warn": "the CEO of {trust} saw a break point coming: {reason}",
    "reach": "{trust} reached a break point: {reason}",
    "respond": "{trust} began to answer a break point: {reason}",
    "resolve": "{trust} has a new way of working in place: {reason}",
    "miss": "{trust} went another year without answering a break point: {reason}",
    "hire": "{trust} filled posts in its central team",
    "shed": "{trust} gave up posts in its central team",
    "cluster": "a cluster of {trust} changed around {school} ({reason})",
    "plan": "{trust} drew its growth plan again: {reason}",
    "standardise": "{trust} drew responsibilities to the centre",
    "autonomy": "{school} gained or lost autonomy in {trust}",
    "head": "the head of {school} {reason}",
    "chief": "{trust} has a new CEO",
    "plant": "{trust} tested the place around {school} for a new cluster",
    "intervene": "the commissioner stepped in at {school} in {trust}: {reason}",
    "policy": "policy changed: {reason}",
}


def _said(event: pd.Series, names: dict[int, str]) -> str:
    if event["event"] == "close":
        text = "{school} closed" if event["school"] >= 0 else "{trust} closed ({reason})"
    else:
        text = _SAID.get(event["event"], event["event"])
    who = {k: names.get(int(event[k]), str(event[k])) for k in ("school", "trust", "other")}
    return f"{event['month']} {event['year']}: " + text.format(**who, reason=str(event["reason"]).replace("_", " "))


def _because(event: pd.Series, rule: Rule | None, inputs: dict[str, float]) -> str:
    """What decided it, with its distance from the threshold."""
    value, threshold = event["value"], event["threshold"]
    if event["event"] == "plant":
        failed = event["reason"] or "none"
        return f": {value:.0f} of the ten points failed ({failed}), at most {threshold:.0f} may"
    if event["event"] == "hold":
        return f": {event['reason']}"
    if rule is None:
        named = event["event"] in ("join", "transfer", "decline") and event["reason"]
        return f" ({event['reason']})" if named else ""
    short = f"{abs(event['margin']):.2f} {'above' if event['margin'] >= 0 else 'short of'} the {threshold:.2f} needed"
    gates = {g.name: g for g in rule.gates}
    verdict = rule.judge({k: pd.Series([v]).to_numpy() for k, v in inputs.items()})
    if verdict.binding[0] >= 0:
        gate = rule.gates[int(verdict.binding[0])]
        side = "less than the" if gate.at_least else "more than the"
        return f", because {gates[gate.name].words} is {inputs[gate.name]:.2f}, {side} {gate.limit:.2f} allowed"
    return f", because the case scored {event['value']:.2f}, {short}; what weighed most: {rule.main_reason(inputs)}"


def _would(event: pd.Series, flip: list[Change] | None) -> str:
    """The smallest change that would have made it a yes."""
    if event["event"] not in NO:
        return "."
    if not flip:
        return (
            ". Nothing that could be changed would have turned it."
            if flip is None and event["rule"] in ("approval", "seeking", "bidding")
            else "."
        )
    changes = " and ".join(f"{c.words} had been {c.after:.2f} instead of {c.before:.2f}" for c in flip)
    return f". It would have gone the other way if {changes}."
