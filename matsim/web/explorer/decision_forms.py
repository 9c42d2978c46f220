"""Decisions of trusts and shocks, from forms (`matsim.scenario.decision_forms`) into a scenario and out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matsim.core.errors import InputError, nearest
from matsim.core.reading import whole as read_whole
from matsim.core.toml import plain, quote
from matsim.evidence.parameters import ParamInfo, describe
from matsim.mechanisms.shocks import PLACES, Shock
from matsim.scenario.decision_forms import SHOCKS, Option, ShockKind, options
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario, TrustChoice
from matsim.simulation.explain import Names
from matsim.simulation.simulate import Files, world_of
from matsim.web.forms import UNNAMED, Form, Number, names_in, number, one, whole
from matsim.web.jobs import Tell
from matsim.words.phrases import capital
from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS

NUMBERS = ("target", "standardisation", "central_charge")
PARTS = ("responsibilities", "posts")
"""Decisions that are tables of numbers."""


def years(scenario: Scenario) -> list[int]:
    """School years that a decision may be for."""
    return list(range(scenario.world.start, scenario.world.start + scenario.run.years))


def choice_of(scenario: Scenario, uid: int) -> TrustChoice | None:
    """What is told to a trust; None when nothing is."""
    return next((choice for choice in scenario.trusts if choice.uid == uid), None)


def decided_so_far(scenario: Scenario, uid: int) -> list[tuple[int, list[tuple[str, str]]]]:
    """Decisions of a trust in words, by year: each a list of what is decided and how."""
    choice = choice_of(scenario, uid)
    titles = {option.kind.key: option.kind.title for option in options(scenario)}
    names = {(o.kind.key, c.value): c.title for o in options(scenario) for c in o.choices}
    by_year = []
    for decision in sorted(choice.decisions if choice else (), key=lambda d: d.year):
        tables = plain(decision)
        texts = {key: _text(tables[key]) for key in decision.said()}
        lines = [(titles.get(key, key), names.get((key, text), text)) for key, text in texts.items()]
        if decision.handed_back:
            lines.append(("Back to its CEO", ", ".join(titles.get(k, k).lower() for k in decision.handed_back)))
        by_year.append((decision.year, lines))
    return by_year


def with_decision(scenario: Scenario, uid: int, form: Form) -> Scenario:
    """The scenario with one year's decisions of a trust as a form has them, in place of those it had for the year.

    InputError lists everything that is wrong.
    """
    wrong: list[str] = []
    year = whole("Year", one(form, "year"), wrong)
    decision: dict[str, Any] = {"year": year}
    for option in options(scenario):
        if (value := _read(option, form, wrong)) not in (None, "", [], {}):
            decision[option.kind.key] = value
    if back := [key for key in form.get("handed_back", ()) if key]:
        decision["handed_back"] = back
    if len(decision) == 1 and not wrong:
        wrong.append("Nothing is decided: choose or type at least one thing.")
    if wrong:
        raise InputError("decision", wrong)
    return _with(scenario, uid, int(year or 0), decision)


def in_page_words(problems: Sequence[str], scenario: Scenario) -> list[str]:
    """What the schema or the world has against a decision, in the words of the page: no places in a scenario file."""
    titles = {option.kind.key: option.kind.title for option in options(scenario)}
    sentences = []
    for problem in problems:
        place, _, rest = problem.partition(": ")
        named = re.match(r"trusts\[\d+\]\.(?:decisions\[\d+\])?\.?(\w*)", place)
        title = titles.get(named[1], "This year’s decisions" if named[1] in ("", "decisions") else "") if named else ""
        sentences.append(f"{title or 'This trust'}: {_UNIT.sub('', rest)}" if named else problem)
    return sentences


_UNIT = re.compile(r" \(unit: [^)]*\)$")


def without_decision(scenario: Scenario, uid: int, year: int) -> Scenario:
    """The scenario without the decisions of a trust for a year."""
    return _with(scenario, uid, year, None)


def _with(scenario: Scenario, uid: int, year: int, decision: dict[str, Any] | None) -> Scenario:
    tables = plain(scenario)
    choice = next((t for t in tables["trusts"] if t["uid"] == uid), None)
    if choice is None:
        choice = {"uid": uid}
        tables["trusts"].append(choice)
    others = [d for d in choice.get("decisions", []) if d["year"] != year]
    choice["decisions"] = sorted([*others, *([decision] if decision else [])], key=lambda d: d["year"])
    if set(choice) - {"uid", "decisions"} == set() and not choice["decisions"]:
        tables["trusts"].remove(choice)
    tables["trusts"] = [_lean(t) for t in tables["trusts"]]
    return from_tables(tables, Scenario, "decision")


def _lean(choice: dict[str, Any]) -> dict[str, Any]:
    """A trust's table without what is not set: TOML has no word for that."""
    lean = {k: v for k, v in choice.items() if v is not None and v != ""}
    lean["decisions"] = [{k: v for k, v in d.items() if v is not None} for d in choice.get("decisions", [])]
    return lean


def _read(option: Option, form: Form, wrong: list[str]) -> Any:
    """One decision as a scenario writes it; nothing when it is left to the CEO."""
    key, title = option.kind.key, option.kind.title
    text = one(form, key)
    if key in PARTS:
        fields = {c.value: number_field(option, f"{key}.{c.value}", f"{title}: {c.title}") for c in option.choices}
        return {name: value for name, f in fields.items() if (value := _typed(f, form, wrong)) is not None}
    if key == "ask":
        urns = [*form.get("ask", ()), *one(form, "ask_more").replace(",", " ").split()]
        return list(dict.fromkeys(whole(title, urn, wrong) for urn in urns if urn.strip()))
    if not text:
        return None
    if key in NUMBERS:
        return _typed(number_field(option), form, wrong)
    if key == "merge_with":
        return whole(title, text, wrong)
    return {"near": {"place": text}, "answer": text == "true"}.get(key, text)


def number_field(option: Option, name: str = "", title: str = "") -> Number:
    """The field for a number of a decision, with its limits in the unit of the page: shares are asked in percent."""
    factor, unit = (100.0, "%") if option.kind.unit == "share" else (1.0, "")
    low, high = (round(factor * (end or 0.0), 6) for end in (option.low, option.high))
    step = {"target": 1.0, "posts": 0.5}.get(option.kind.key, 0.0)
    return Number(name or option.kind.key, title or option.kind.title, low, high, unit, step)


def _typed(field: Number, form: Form, wrong: list[str]) -> float | None:
    """A number as a scenario writes it."""
    problems: dict[str, str] = {}
    value = field.read(form, problems)
    wrong += problems.values()
    return value if value is None or field.unit != "%" else round(value / 100.0, 6)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in value.items() if v not in (None, ""))
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


KINDS = {kind.key: kind for kind in SHOCKS}
INFOS: dict[str, ParamInfo] = {info.name: info for info in describe(Shock)}
"""What the schema says of each value of a shock."""

MOST_SHOCKS = 50
MOST_NAMED = 5
"""Places that a mistake offers."""


@dataclass(frozen=True)
class Places:
    """What a shock may name in a world: authorities, and trusts and schools by their numbers or names."""

    authorities: tuple[str, ...] = ()
    names: Names = UNNAMED


def places(scenario: Scenario, files: Files | None, tell: Tell) -> Places:
    """The places of a scenario's first year."""
    tell(("stage", "Building the first year"))
    world = world_of(scenario, files)
    return Places(tuple(sorted(set(world.la_names.values()))), names_in(world))


def with_shock(scenario: Scenario, form: Form, known: Places) -> Scenario:
    """The scenario with one more shock, as a form has it. InputError lists everything that is wrong."""
    kind = KINDS.get(one(form, "kind"))
    if kind is None:
        raise InputError("shock", ["Kind: choose one of the shocks that are listed."])
    if len(scenario.shocks) >= MOST_SHOCKS:
        raise InputError("shock", [f"There are {MOST_SHOCKS} shocks already; take one back first."])
    wrong: list[str] = []
    shock: dict[str, Any] = {"kind": kind.key, "year": whole("Year", one(form, "year"), wrong)}
    if kind.sized:
        shock["size"] = number("Size", one(form, "size"), wrong)
    if kind.lasts:
        shock["years"] = whole("Years", one(form, "years") or "1", wrong)
    shock |= _where(kind, form, known, wrong)
    if wrong:
        raise InputError("shock", wrong)
    tables = plain(scenario)
    tables["shocks"].append(shock)
    return _checked(tables)


def regions(scenario: Scenario) -> tuple[str, ...]:
    """The regions that there are in the years of its run: the eight, the nine, or both."""
    since = scenario.environment.nine_from
    begun = [year >= since for year in years(scenario)]
    return REGIONS if any(begun) and not all(begun) else DFE_REGIONS if any(begun) else RSC_REGIONS


def without_shock(scenario: Scenario, place: int) -> Scenario:
    """The scenario without one of its shocks. InputError when there is none at that place of the list."""
    if not 0 <= place < len(scenario.shocks):
        raise InputError("shock", ["That shock is not in the scenario any more."])
    tables = plain(scenario)
    del tables["shocks"][place]
    return _checked(tables)


def _where(kind: ShockKind, form: Form, known: Places, wrong: list[str]) -> dict[str, Any]:
    """The place that a form names, as a scenario writes it: nothing for everywhere."""
    named = {name: text for name in PLACES if name in kind.where and (text := one(form, name))}
    if len(named) > 1:
        wrong.append(f"Where: name one place at most, not both {' and '.join(named)}.")
    elif not named and "" not in kind.where:
        wrong.append(f"Where: a shock of the kind “{kind.key}” strikes a {' or a '.join(kind.where)}: name it.")
    place: dict[str, Any] = {}
    for name, text in named.items():
        if name in ("region", "authority"):
            if text not in (REGIONS if name == "region" else known.authorities):
                wrong.append(f"{name.capitalize()}: {quote(text)} is not in this world.")
            place[name] = text
        else:
            place[name] = _numbered(name, text, known.names.trusts if name == "trust" else known.names.schools, wrong)
    return place


def _numbered(name: str, text: str, known: Mapping[int, str], wrong: list[str]) -> int | None:
    """The number of a trust or school, typed as a number, a name, or a part of one that only it has."""
    title = name.capitalize()
    number = read_whole(text)
    if number is not None:
        if number in known:
            return number
        wrong.append(f"{title}: no {name} of the first year has the number {text}.")
        return None
    wanted = text.casefold()
    matches = [i for i, full in known.items() if full.casefold() == wanted]
    matches = matches or [i for i, full in known.items() if wanted in full.casefold()]
    if len(matches) == 1:
        return matches[0]
    if matches:
        offers = ", ".join(f"{known[i]} ({i})" for i in matches[:MOST_NAMED])
        more = f" and {len(matches) - MOST_NAMED} more" if len(matches) > MOST_NAMED else ""
        wrong.append(f"{title}: {quote(text)} may be {offers}{more}; give the number of one.")
    else:
        wrong.append(f"{title}: no {name} of the first year is called {quote(text)}{nearest(text, known.values())}.")
    return None


def _checked(tables: dict[str, Any]) -> Scenario:
    """The scenario of these tables; what the schema has against a shock is said without its place in the file."""
    try:
        return from_tables(tables, Scenario, "shock")
    except InputError as error:
        raise InputError("shock", [_bare(problem, len(tables["shocks"]) - 1) for problem in error.problems]) from None


def _bare(problem: str, place: int) -> str:
    rest = problem.removeprefix(f"shocks[{place}].").removeprefix(f"shocks[{place}]: ")
    rest = _UNIT.sub("", rest)
    return rest if rest == problem else f"{capital(rest)}"
