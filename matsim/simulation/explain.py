"""Why a decision went as it did, in one sentence; and for a "no", the smallest change that would have flipped it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.core.errors import InputError, nearest
from matsim.core.rules import Change, Gate, Rule, Term
from matsim.events.kinds import EVENTS, Number
from matsim.mechanisms import bidding, founding, joining, merging, seeking, trust_inspection
from matsim.mechanisms.ladders import LADDERS
from matsim.policies import policy_of
from matsim.results.numbers import named
from matsim.scenario.schema import Scenario
from matsim.words.amounts import apart, significant
from matsim.world.base import REGIONS
from matsim.world.judgements import result

_SPRING = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug")


@dataclass(frozen=True)
class Names:
    """What people call schools (by URN) and trusts (by UID)."""

    schools: Mapping[int, str] = field(default_factory=dict)
    trusts: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, schools: pd.DataFrame, trusts: pd.DataFrame) -> Names:
        """From the tables `schools` and `trusts`."""
        return cls(
            dict(zip(schools["school"].tolist(), schools["name"].astype(str).tolist(), strict=True)),
            dict(zip(trusts["trust"].tolist(), trusts["name"].astype(str).tolist(), strict=True)),
        )

    def school(self, urn: int) -> str:
        """The school's name, or its URN."""
        return self.schools.get(urn, f"school {urn}")

    def trust(self, uid: int) -> str:
        """The trust's name, or its UID."""
        return self.trusts.get(uid, f"trust {uid}")


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
        return {"year": self.year, "event": self.event, "sentence": self.sentence, "flip": flip, "inputs": self.inputs}


def rule_of(event: pd.Series, scenario: Scenario) -> Rule | None:
    """The rule that decided an event, rebuilt from the scenario; None for events that no weighted rule decides."""
    name = event["rule"]
    if name == "approval":
        return policy_of(scenario.commissioners, REGIONS[int(event["region"])]).rule(int(event["year"]))
    makers = {
        "seeking": lambda: seeking.rule(scenario.seeking),
        "asked": lambda: seeking.asked_rule(scenario.seeking),
        "bidding": lambda: bidding.rule(scenario.bidding),
        "choice": lambda: joining.choice_rule(scenario.joining),
        "founding": lambda: founding.rule(scenario.founding),
        "trust inspection": lambda: trust_inspection.rule(scenario.trust_inspection),
        "merging": lambda: merging.rule(scenario.merging),
        "merging when asked": lambda: merging.asked_rule(scenario.merging),
    }
    return makers[name]() if name in makers else None


def explain(
    events: pd.DataFrame,
    scenario: Scenario,
    names: Names,
    *,
    school: int | None = None,
    trust: int | None = None,
    kinds: tuple[str, ...] = (),
    year: int | None = None,
) -> Iterator[Explanation]:
    """Explain every event of a school (URN), a trust (UID), some kinds or a year, in the order they happened.

    InputError for a kind of event that there is not.
    """
    for kind in kinds:
        if kind not in EVENTS:
            raise InputError("events", f"no kind of event is called {kind!r}{nearest(kind, EVENTS)}")
    pick = np.ones(len(events), bool)
    if school is not None:
        pick &= (events["school"] == school).to_numpy() | _lent_by(events, school)
    if trust is not None:
        pick &= ((events["trust"] == trust) | (events["other"] == trust)).to_numpy()
    if kinds:
        pick &= events["event"].isin(kinds).to_numpy()
    if year is not None:
        pick &= (events["year"] == year).to_numpy()
    for _, event in events[pick].iterrows():
        yield one(event, scenario, names)


def _lent_by(events: pd.DataFrame, school: int) -> NDArray[np.bool_]:
    """Which events are of practice that a school lent to another."""
    lent = np.array(events["event"].isin(["lend", "withdraw"]))
    lent[lent] = [named(inputs)["lender"] == school for inputs in events.loc[lent, "inputs"]]
    return np.asarray(lent)


def one(event: pd.Series, scenario: Scenario, names: Names) -> Explanation:
    """Explain one event."""
    inputs = named(event["inputs"])
    rule = rule_of(event, scenario)
    # a rule can be judged again only where the event holds all that it weighs
    usable = rule if rule is not None and set(rule.names()) <= set(inputs) else None
    flip = usable.flip(inputs) if usable is not None and EVENTS[event["event"]].no else None
    sentence = when(event) + said(event, names) + _because(event, usable, inputs) + _would(event, usable, flip)
    return Explanation(int(event["year"]), str(event["event"]), sentence, flip, inputs)


def said(event: Mapping[str, Any] | pd.Series, names: Names) -> str:
    """What happened to whom: the sentence of one row of the table `events`, without when and why."""
    kind, code, year = EVENTS[str(event["event"])], str(event["reason"]), int(event["year"])
    inputs = named(event["inputs"])
    points = {ladder.key: ladder.name[0].lower() + ladder.name[1:] for ladder in LADDERS}
    grades = _results(inputs, int(event["year"])) if kind.kind == "inspect" else {}
    words: dict[str, Any] = {"before": "", "after": ""}
    words |= {k: Number(v) for k, v in inputs.items()} | grades
    if "lender" in inputs:
        words["lender"] = names.school(int(inputs["lender"]))
    words |= {"school": names.school(int(event["school"])), "trust": names.trust(int(event["trust"]))}
    words |= {"other": names.trust(int(event["other"])), "reason": points.get(code) or kind.reason(code, year)}
    words |= {"about": _about(event, names)} | {k: Number(event[k]) for k in ("value", "threshold")}
    return kind.say(code, words, year, of_school=event["school"] >= 0)


def _results(inputs: Mapping[str, float], year: int) -> dict[str, str]:
    """What the last inspection and the one before found, in the words of their years."""
    since = int(inputs.get("since", year))
    return {k: result(int(inputs[k]), when) for k, when in (("before", since), ("after", year)) if k in inputs}


def when(event: pd.Series) -> str:
    """The months of spring and summer fall in the second half of an academic year."""
    return f"{event['month']} {int(event['year']) + (event['month'] in _SPRING)}: "


def _about(event: Mapping[str, Any] | pd.Series, names: Names) -> str:
    """The school or trust that a direction, what came of it, or a shock is about; empty where it names none."""
    trust = event["trust"] if event["event"] == "shock" else event["other"]
    if event["school"] < 0 and trust < 0:
        return ""
    name = names.school(int(event["school"])) if event["school"] >= 0 else names.trust(int(trust))
    return f" {name}" if event["event"] == "direct" else f" ({name})"


def _because(event: pd.Series, rule: Rule | None, inputs: dict[str, float]) -> str:
    """What decided it: a condition that was not met, or the case and what spoke most for or against it."""
    if rule is None:
        return ", because growth is paused" if event["rule"] == "growth pause" else ""
    verdict = rule.judge({k: np.array([v]) for k, v in inputs.items()})
    if verdict.binding[0] >= 0:
        gate = rule.gates[int(verdict.binding[0])]
        if gate.shut:
            return f", because {gate.shut}"
        value, limit = apart(inputs[gate.name], gate.limit, gate.unit)
        return f", because {gate.words} is {value} and must be at {'least' if gate.at_least else 'most'} {limit}"
    yes = event["margin"] >= 0
    said = rule.main_reason(inputs)
    if not any(term.weight for term in rule.terms):
        return ""
    scored, needed = apart(event["value"], event["threshold"], "")
    case = f", because the case for it came to {scored} where {needed} is needed"
    if said:
        return f"{case}; what spoke most {'for' if yes else 'against'} it: {said}"
    return case if yes else f"{case}; nothing spoke against it, but too little for it"


def _would(event: pd.Series, rule: Rule | None, flip: list[Change] | None) -> str:
    """The smallest change that would have made it a yes."""
    if not EVENTS[event["event"]].no or rule is None:
        return "."
    if not flip:
        return ". Nothing that could be changed would have turned it."
    known: dict[str, Term | Gate] = {gate.name: gate for gate in rule.gates} | {term.name: term for term in rule.terms}
    changes = " and ".join(_changed(change, known[change.name]) for change in flip)
    return f". It would have gone the other way if {changes}."


def _changed(change: Change, of: Term | Gate) -> str:
    after, before = apart(change.after, change.before, of.unit)
    scale = f" (on a scale from {significant(of.low, 6)} to {significant(of.high, 6)})" if isinstance(of, Term) else ""
    return f"{change.words} had been {after} instead of {before}{'' if of.unit else scale}"
