"""What a team may decide in a year: seven cards, and how a form becomes decisions of a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matsim.agents.trust import AREAS
from matsim.directed import DECISIONS, Option, options
from matsim.errors import InputError
from matsim.evidence.strategy import RESPONSIBILITIES
from matsim.mechanisms.decisions import STANDING, Decision
from matsim.reading import whole
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario
from matsim.web.fields import Form, number, one

MOST_ASKED = 4
"""Schools that a team may approach by name in a year."""


@dataclass(frozen=True)
class Card:
    """One of the seven decisions of a round: the keys of a scenario's decision that it may set."""

    key: str
    title: str
    keys: tuple[str, ...]


CARDS: tuple[Card, ...] = (
    Card("growth", "Hold or grow", ("growth", "target")),
    Card("candidates", "Which schools", ("ask", "near")),
    Card("improvement", "How schools are improved", ("improvement",)),
    Card("centre", "What to hold at the centre", ("standardisation", "responsibilities")),
    Card("money", "Top-slice", ("central_charge",)),
    Card("posts", "Central posts", ("posts",)),
    Card("governance", "Governance and clusters", ("governance", "clusters")),
)
"""The seven decisions of a round, in the order of the form."""

_ORDER = tuple(Decision.model_fields)
_TITLES = {kind.key: kind.title for kind in DECISIONS}
_WORDING = {r.key: r.wording[0].lower() + r.wording[1:] for r in RESPONSIBILITIES}
_AREA = {area.lower(): area for area in AREAS}


def known(scenario: Scenario) -> dict[str, Option]:
    """Every decision with its values, costs and delays under a scenario, by key."""
    return dict(_known(scenario.model_dump_json()))


@lru_cache(maxsize=4)
def _known(text: str) -> tuple[tuple[str, Option], ...]:
    return tuple((o.kind.key, o) for o in options(Scenario.model_validate_json(text)))


def read(form: Form, year: int) -> dict[str, Any]:
    """Decisions of a form, without the year; nothing for what was left as it is. InputError names what is wrong.

    A field holds a value, nothing ("as it is") or "own" ("as our CEO would").
    """
    wrong: list[str] = []
    told: dict[str, Any] = {}
    own: list[str] = []

    for key in ("growth", "improvement", "governance", "clusters"):
        if one(form, key) == "own":
            own += ["growth", "target", "near"] if key == "growth" else [key]
        elif one(form, key):
            told[key] = one(form, key)
    if told.get("growth") == "grow" and (target := _number(one(form, "target"), "Size to aim for", wrong)) is not None:
        told["target"] = target
    if told.get("growth") != "hold":
        _places(form, one(form, "where"), told, own, wrong)
    for key, field, scale, title in (
        ("standardisation", "standardisation", 1.0, "How much to hold at the centre"),
        ("central_charge", "charge", 100.0, "Top-slice"),
    ):
        if one(form, field) == "own":
            own.append(key)
        elif (typed := _number(one(form, field), title, wrong)) is not None:
            told[key] = round(typed / scale, 6)
    for key, prefix in (("responsibilities", "resp_"), ("posts", "post_")):
        named = {name.removeprefix(prefix): one(form, name) for name in form if name.startswith(prefix)}
        parts = {name: _number(text, name, wrong) for name, text in named.items()}
        if inner := {name: value for name, value in parts.items() if value is not None}:
            told[key] = inner
    if wrong:
        raise InputError("decisions", wrong)
    if own:
        told["own"] = [key for key in STANDING if key in own and key not in told]
    from_tables({"year": year, **told}, Decision, "decisions")
    return told


def fields(choices: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields of a form that `read` would make these decisions from."""
    own = choices.get("own", ())
    found: dict[str, list[str]] = {}
    for key in ("growth", "improvement", "governance", "clusters"):
        found[key] = [str(choices[key])] if key in choices else ["own"] if key in own else []
    found["target"] = [f"{choices['target']:g}"] if "target" in choices else []
    found["where"] = (
        ["ask"] if "ask" in choices else ["near"] if "near" in choices else ["own"] if "near" in own else []
    )
    found["ask"] = [str(urn) for urn in choices.get("ask", ())]
    found["place"] = [choices["near"]["place"]] if "near" in choices else []
    for key, field, scale in (("standardisation", "standardisation", 1.0), ("central_charge", "charge", 100.0)):
        found[field] = [f"{choices[key] * scale:g}"] if key in choices else ["own"] if key in own else []
    for key, prefix in (("responsibilities", "resp_"), ("posts", "post_")):
        found |= {prefix + name: [f"{number:g}"] for name, number in choices.get(key, {}).items()}
    return {name: values for name, values in found.items() if values}


def _places(form: Form, where: str, told: dict[str, Any], own: list[str], wrong: list[str]) -> None:
    """Which schools: by name, by place, or as its CEO would."""
    asked = [text for text in form.get("ask", ()) if text]
    if where == "ask" and asked:
        urns = [urn for text in asked if (urn := whole(text)) is not None]
        if len(asked) > MOST_ASKED or len(urns) < len(asked):
            wrong.append(f"Which schools: name at most {MOST_ASKED} schools of the list.")
        else:
            told["ask"] = urns
    elif where == "near":
        told["near"] = {"place": next(iter(form.get("place", ())), "")}
    elif where == "own" and "near" not in own:
        own.append("near")


def _number(text: str, title: str, wrong: list[str]) -> float | None:
    """A number, or a percentage, as people write it; None for nothing."""
    return number(title, text.rstrip("% "), wrong) if text else None


def standing(decisions: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, int]]:
    """What holds after these decisions: key -> (value, year it was decided)."""
    held: dict[str, tuple[Any, int]] = {}
    for decision in sorted(decisions, key=lambda d: int(d["year"])):
        for key in decision.get("own", ()):
            held.pop(key, None)
        for key, value in decision.items():
            if key in ("posts", "responsibilities"):
                held[key] = ({**held.get(key, ({}, 0))[0], **value}, decision["year"])
            elif key in STANDING:
                held[key] = (value, decision["year"])
    return held


def cards_used(choices: Mapping[str, Any]) -> list[str]:
    """Keys of the cards that these decisions are on."""
    handed = set(choices.get("own", ()))
    return [card.key for card in CARDS if any(k in choices or k in handed for k in card.keys)]


def sentences(choices: Mapping[str, Any], schools: Mapping[int, str]) -> list[str]:
    """Decisions of one year in words, one for each key. `schools` names schools by URN."""
    said = []
    for key, value in sorted(choices.items(), key=lambda item: _ORDER.index(item[0])):
        match key:
            case "growth":
                said.append({"hold": "Hold: take on no schools", "grow": "Grow", "own": "Grow as our CEO would"}[value])
            case "target":
                said.append(f"Aim for {value:g} schools")
            case "ask":
                said.append("Approach " + ", ".join(schools.get(urn, f"school {urn}") for urn in value))
            case "near":
                said.append(f"Look for schools in {value['place']}")
            case "improvement" | "governance":
                said.append(f"{'School improvement' if key == 'improvement' else 'Governance'}: {value}")
            case "clusters":
                said.append(f"Clusters: {value}")
            case "standardisation":
                said.append(f"Hold {value:g} of 10 at the centre")
            case "responsibilities":
                said.append("At the centre: " + ", ".join(f"{_WORDING[k]} {v:g}" for k, v in value.items()))
            case "central_charge":
                said.append(f"Top-slice {value:.1%}")
            case "posts":
                said.append("Posts: " + ", ".join(f"{_AREA[k]} {v:g}" for k, v in value.items()))
            case "own":
                said.append("Back to our CEO: " + ", ".join(_TITLES[k].lower() for k in value))
    return said
