"""What a team may decide in a year: seven cards, and how a form becomes decisions of a scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matsim.agents.trust import AREAS
from matsim.core.reading import whole
from matsim.evidence.strategy import RESPONSIBILITIES
from matsim.mechanisms.directed.decisions import PERSISTENT, Decision
from matsim.scenario.decision_forms import DECISIONS, Option, options
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario
from matsim.web.classroom import predictions
from matsim.web.classroom.session import Turn
from matsim.web.forms import Form, FormError, Number, one
from matsim.words.amounts import percent

MOST_APPROACHED = 4
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


def numbers(known: Mapping[str, Option]) -> dict[str, Number]:
    """The form's fields for numbers, by name, with the limits that the scenario sets in the units of the page."""
    charge = known["central_charge"]
    low, high = (round(100.0 * (end or 0.0), 6) for end in (charge.low, charge.high))
    fields = [
        Number("target", "If you grow: schools to aim for", 1, 500, " schools", 1.0),
        Number("standardisation", "All fifteen responsibilities: 0 at schools, 10 at the trust", 0, 10),
        Number("charge", "Share of schools’ income for the centre (%)", low, high, "%"),
    ]
    fields += [Number(f"resp_{c.value}", c.title, 0, 10) for c in known["responsibilities"].choices]
    fields += [
        Number(f"post_{c.value}", f"Central posts: {c.title}", 0, 50, " posts", 0.5) for c in known["posts"].choices
    ]
    return {number.name: number for number in fields}


def read(form: Form, year: int, known: Mapping[str, Option]) -> dict[str, Any]:
    """Decisions of a form, without the year; nothing for what was left as it is. FormError says what is wrong where.

    A field holds a value, nothing ("as it is") or "own" ("as our CEO would"). Nothing that is filled in is dropped:
    a size to aim for means to grow and schools that are ticked mean to approach them, unless the form says otherwise
    in so many words, which is refused.
    """
    wrong: dict[str, str] = {}
    decisions: dict[str, Any] = {}
    handed_back: list[str] = []
    fields = numbers(known)

    for key in ("growth", "improvement", "governance", "clusters"):
        value = one(form, key)
        if value == "own":
            handed_back += ["growth", "target", "near"] if key == "growth" else [key]
        elif value in {c.value for c in known[key].choices}:
            decisions[key] = value
        elif value:
            wrong[key] = f"“{known[key].kind.title}”: choose one of the list."
    _target(fields["target"].read(form, wrong), decisions, handed_back, wrong)
    _places(form, decisions, handed_back, wrong)
    for key, field, scale in (("standardisation", "standardisation", 1.0), ("central_charge", "charge", 100.0)):
        if one(form, field) == "own":
            handed_back.append(key)
        elif (typed := fields[field].read(form, wrong)) is not None:
            decisions[key] = round(typed / scale, 6)
    for key, prefix in (("responsibilities", "resp_"), ("posts", "post_")):
        named = [name for name in form if name.startswith(prefix)]
        if any(name not in fields for name in named):
            wrong[""] = "The form has a field that this page does not know: load the page again."
        parts = {name.removeprefix(prefix): fields[name].read(form, wrong) for name in named if name in fields}
        if inner := {name: value for name, value in parts.items() if value is not None}:
            decisions[key] = inner
    if wrong:
        raise FormError(wrong)
    if handed_back:
        # what is decided in the same form wins over handing it back
        decisions["handed_back"] = [key for key in PERSISTENT if key in handed_back and key not in decisions]
    # the schema has the last word
    from_tables({"year": year, **decisions}, Decision, "decisions")
    return decisions


def _target(target: float | None, decisions: dict[str, Any], handed_back: list[str], wrong: dict[str, str]) -> None:
    """The size to aim for, which means to grow."""
    if target is None:
        return
    if decisions.get("growth") == "hold" or "growth" in handed_back:
        says = "hold" if decisions.get("growth") == "hold" else "leave it to our CEO"
        wrong["target"] = (
            f"“If you grow: schools to aim for” is filled in, but you chose to {says}: change one of the two."
        )
    decisions |= {"growth": "grow", "target": target}


def _places(form: Form, decisions: dict[str, Any], handed_back: list[str], wrong: dict[str, str]) -> None:
    """Which schools: by name, by place, or as its CEO would; what is ticked or named says which of them is meant."""
    urns = list(dict.fromkeys(text for text in form.get("ask", ()) if text))
    place, where = one(form, "place"), one(form, "where")
    where = where or ("ask" if urns else "near" if place else "")
    if where not in ("", "ask", "near", "own"):
        wrong["where"] = "“Look for schools”: choose one of the list."
    elif where != "ask" and urns:
        wrong["where"] = "“Look for schools” does not say by name, but schools are ticked: choose that, or untick them."
    elif where != "near" and place:
        wrong["where"] = f"“Look for schools” does not say in one local authority, but {place} is chosen: change one."
    elif where in ("ask", "near") and decisions.get("growth") == "hold":
        wrong["where"] = (
            "“Look for schools” says where, but you chose to hold, which is to take on no schools: change one."
        )
    elif where == "ask" and not urns:
        wrong["where"] = "“Look for schools” says by name: tick at least one of the schools nearby."
    elif where == "near" and not place:
        wrong["place"] = "“If in one local authority: which”: choose the authority."
    elif len(urns) > MOST_APPROACHED or any(whole(text) is None for text in urns):
        wrong["ask"] = f"“Schools nearby”: tick at most {MOST_APPROACHED} schools of the list."
    elif where == "ask":
        decisions["ask"] = [int(text) for text in urns]
    elif where == "near":
        decisions["near"] = {"place": place}
    elif where == "own" and "near" not in handed_back:
        handed_back.append("near")


_PLACES = {"ask": "ask", "near": "place", "growth": "target", "target": "target", "central_charge": "charge"}


def refused(problems: Iterable[str]) -> FormError:
    """What a world has against decisions, by the fields of the form: its own words name places of a scenario file."""
    wrong: dict[str, str] = {}
    sentences = {
        "ask": "“Schools nearby”: one that is ticked is no school of this world, or one of yours: tick others.",
        "place": "“If in one local authority: which”: there is no authority of that name here; choose one of the list.",
        "target": "“If you grow: schools to aim for”: to grow, say how many schools.",
        "charge": "“Share of schools’ income for the centre (%)” is not what a trust may charge.",
        "": "Something here does not fit this world: load the page again.",
    }
    for problem in problems:
        match = re.search(r"\bdecisions\[\d+\]\.(\w+)", problem)
        name = _PLACES.get(match[1], "") if match else ""
        wrong[name] = sentences[name]
    return FormError(wrong)


def fields(choices: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields of a form that `read` would make these decisions from."""
    handed_back = choices.get("handed_back", ())
    form: dict[str, list[str]] = {}
    for key in ("growth", "improvement", "governance", "clusters"):
        form[key] = [str(choices[key])] if key in choices else ["own"] if key in handed_back else []
    form["target"] = [f"{choices['target']:g}"] if "target" in choices else []
    form["where"] = (
        ["ask"] if "ask" in choices else ["near"] if "near" in choices else ["own"] if "near" in handed_back else []
    )
    form["ask"] = [str(urn) for urn in choices.get("ask", ())]
    form["place"] = [choices["near"]["place"]] if "near" in choices else []
    for key, field, scale in (("standardisation", "standardisation", 1.0), ("central_charge", "charge", 100.0)):
        form[field] = [f"{choices[key] * scale:g}"] if key in choices else ["own"] if key in handed_back else []
    for key, prefix in (("responsibilities", "resp_"), ("posts", "post_")):
        form |= {prefix + name: [f"{number:g}"] for name, number in choices.get(key, {}).items()}
    return {name: values for name, values in form.items() if values}


def in_force(decisions: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, int]]:
    """What holds after these decisions: key -> (value, year it was decided)."""
    current: dict[str, tuple[Any, int]] = {}
    for decision in sorted(decisions, key=lambda d: int(d["year"])):
        for key in decision.get("handed_back", ()):
            current.pop(key, None)
        for key, value in decision.items():
            if key in ("posts", "responsibilities"):
                current[key] = ({**current.get(key, ({}, 0))[0], **value}, decision["year"])
            elif key in PERSISTENT:
                current[key] = (value, decision["year"])
    return current


def sentences(choices: Mapping[str, Any], schools: Mapping[int, str]) -> list[str]:
    """Decisions of one year in words, one for each key but the year. `schools` names schools by URN."""
    lines = []
    for key, value in sorted(choices.items(), key=lambda item: _ORDER.index(item[0])):
        match key:
            case "growth":
                lines.append(
                    {"hold": "Hold: take on no schools", "grow": "Grow", "own": "Grow as our CEO would"}[value]
                )
            case "target":
                lines.append(f"Aim for {value:g} schools")
            case "ask":
                lines.append("Approach " + ", ".join(schools.get(urn, f"school {urn}") for urn in value))
            case "near":
                lines.append(f"Look for schools in {value['place']}")
            case "improvement" | "governance":
                lines.append(f"{'School improvement' if key == 'improvement' else 'Governance'}: {value}")
            case "clusters":
                lines.append(f"Clusters: {value}")
            case "standardisation":
                lines.append(f"Hold {value:g} of 10 at the centre")
            case "responsibilities":
                lines.append("At the centre: " + ", ".join(f"{_WORDING[k]} {v:g}" for k, v in value.items()))
            case "central_charge":
                lines.append(f"Top-slice {percent(value, 1)}")
            case "posts":
                lines.append("Posts: " + ", ".join(f"{_AREA[k]} {v:g}" for k, v in value.items()))
            case "handed_back":
                lines.append("Back to our CEO: " + ", ".join(_TITLES[k].lower() for k in value))
    return lines


type Filled = Mapping[str, Sequence[str]]

_NO_DECISION = ("csrf", "year", "done", "seen")
"""Fields of the form that are no part of what a team says."""


def fields_of(turn: Turn) -> dict[str, list[str]]:
    """What a team has said for a year, as the form has it."""
    return fields(turn.choices) | predictions.fields(turn.predictions)


def filled_with(form: Form) -> Filled | None:
    """What the form was filled with when its page was made; None where it does not say."""
    try:
        values = json.loads(next(iter(form.get("seen", ())), ""))
    except ValueError:
        return None
    fits = isinstance(values, dict) and all(
        isinstance(v, list) and all(isinstance(t, str) for t in v) for v in values.values()
    )
    return values if fits else None


def merged(current: Filled, before: Filled | None, sent: Form) -> dict[str, list[str]]:
    """The form with what was changed on this device, by comparing what it sends with what it was filled with `before`.

    All else is as it is held by now (`current`). Of schools that are ticked each counts by itself. A form that does
    not say what it was is taken whole.
    """
    typed = {name: [v for v in values if v] for name, values in sent.items() if name not in _NO_DECISION}
    if before is None:
        return {name: values for name, values in typed.items() if values}
    fields: dict[str, list[str]] = {}
    for name in current.keys() | before.keys() | typed.keys():
        now, then, mine = (list(of.get(name, ())) for of in (current, before, typed))
        # each tick counts by itself: two devices that tick different schools both keep theirs
        if name == "ask":
            fields[name] = [v for v in now if v in mine or v not in then] + [v for v in mine if v not in (*then, *now)]
        else:
            fields[name] = now if _same(mine, then) else mine
    return {name: values for name, values in fields.items() if values}


def differing(current: Filled, before: Filled) -> list[str]:
    """Names of the fields that are held as something else than a page has seen: others have changed them."""
    names = current.keys() | before.keys()
    return sorted(name for name in names if not _same(current.get(name, ()), before.get(name, ())))


def _same(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether two fields say the same; 5 and 5.0 do."""
    try:
        return list(a) == list(b) or [float(v) for v in a] == [float(v) for v in b]
    except ValueError:
        return False
