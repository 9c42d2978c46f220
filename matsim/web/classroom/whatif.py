"""One decision changed: every single change to what a team decided that it may look at afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matsim.scenario.decision_forms import Option
from matsim.web.classroom.choices import CARDS


@dataclass(frozen=True)
class Change:
    """One other decision: its words, and all decisions of the team with it."""

    year: int
    title: str
    decisions: tuple[Mapping[str, Any], ...]


def changes(decisions: Sequence[Mapping[str, Any]], known: Mapping[str, Option]) -> list[Change]:
    """Every decision left out, and every choice made another way, in the order of years and cards."""
    found = []
    for place, decision in enumerate(decisions):
        for card in CARDS:
            mine = [k for k in card.keys if k in decision]
            if not mine:
                continue
            rest = {k: v for k, v in decision.items() if k not in card.keys}
            found.append(_with(decisions, place, rest, f"had left “{card.title}” as it was"))
            for key in mine:
                for value, words in _others(key, decision, known):
                    changed = {k: v for k, v in decision.items() if k != key} | value
                    found.append(_with(decisions, place, changed, words))
    return found


def _others(key: str, decision: Mapping[str, Any], known: Mapping[str, Option]) -> list[tuple[dict[str, Any], str]]:
    """Other values for one key, each with its words."""
    if key == "growth" and decision["growth"] != "hold":
        without = {"growth": "hold"}
        return [(without, "had held: taken on no schools")]
    if key == "target":
        least = max(decision["target"] - 3.0, 1.0)
        more = decision["target"] + 3.0
        return [({"target": v}, f"had aimed for {v:g} schools") for v in (least, more)]
    if key in ("improvement", "governance", "clusters"):
        return [
            ({key: choice.value}, f"had chosen “{choice.title}” for {known[key].kind.title.lower()}")
            for choice in known[key].choices
            if choice.value != decision[key]
        ]
    if key == "central_charge":
        low, high = known[key].low or 0.0, known[key].high or 1.0
        return [({key: v}, f"had set a top-slice of {v:.1%}") for v in (low, high) if v != decision[key]]
    if key == "standardisation":
        return [({key: v}, f"had held {v:g} of 10 at the centre") for v in (2.0, 8.0) if v != decision[key]]
    return []


def _with(decisions: Sequence[Mapping[str, Any]], place: int, changed: Mapping[str, Any], words: str) -> Change:
    """All decisions with one year's changed. A trust that holds approaches nobody."""
    if changed.get("growth") == "hold":
        changed = {k: v for k, v in changed.items() if k not in ("target", "ask", "near")}
    kept = [*decisions[:place], changed, *decisions[place + 1 :]]
    year = int(decisions[place]["year"])
    return Change(year, words, tuple(d for d in kept if set(d) - {"year"}))
