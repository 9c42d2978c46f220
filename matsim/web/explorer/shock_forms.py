"""Shocks from a form into a scenario and out of it; what a form asks of a kind is what the schema says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matsim.core.errors import InputError, nearest
from matsim.evidence.parameters import ParamInfo, describe
from matsim.mechanisms.shocks import PLACES, Shock
from matsim.scenario.decision_forms import SHOCKS, ShockKind
from matsim.scenario.load import from_tables
from matsim.scenario.schema import Scenario
from matsim.scenario.show import plain, quote
from matsim.simulation.simulate import Files
from matsim.web.explorer.work import world_of
from matsim.web.fields import Form, number, one, whole
from matsim.world.base import RSC_REGIONS

type Tell = Callable[[Any], None]

KINDS = {kind.key: kind for kind in SHOCKS}
INFOS: dict[str, ParamInfo] = {info.name: info for info in describe(Shock)}
"""What the schema says of each value of a shock."""

MOST_SHOCKS = 50
MOST_NAMED = 5
"""Places that a mistake offers."""


@dataclass(frozen=True)
class Places:
    """What a shock may name in a world: authorities by name, trusts and schools by their numbers (UID, URN)."""

    authorities: tuple[str, ...]
    trusts: Mapping[int, str]
    schools: Mapping[int, str]


def places(scenario: Scenario, files: Files | None, tell: Tell) -> Places:
    """The places of a scenario's first year."""
    tell(("stage", "Building the first year"))
    world = world_of(scenario, files)
    return Places(
        tuple(sorted(set(world.la_names.values()))),
        dict(zip(world.trusts["uid"].tolist(), world.trust_names, strict=True)),
        dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True)),
    )


def struck(scenario: Scenario, form: Form, known: Places) -> Scenario:
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


def calmed(scenario: Scenario, place: int) -> Scenario:
    """The scenario without one of its shocks. InputError when there is none at that place of the list."""
    if not 0 <= place < len(scenario.shocks):
        raise InputError("shock", ["That shock is not in the scenario any more."])
    tables = plain(scenario)
    del tables["shocks"][place]
    return _checked(tables)


def _where(kind: ShockKind, form: Form, known: Places, wrong: list[str]) -> dict[str, Any]:
    """The place that a form names, as a scenario writes it: nothing for everywhere."""
    given = {name: text for name in PLACES if name in kind.where and (text := one(form, name))}
    if len(given) > 1:
        wrong.append(f"Where: name one place at most, not both {' and '.join(given)}.")
    elif not given and "" not in kind.where:
        wrong.append(f"Where: a shock of the kind “{kind.key}” strikes a {' or a '.join(kind.where)}: name it.")
    found: dict[str, Any] = {}
    for name, text in given.items():
        if name in ("region", "authority"):
            if text not in (RSC_REGIONS if name == "region" else known.authorities):
                wrong.append(f"{name.capitalize()}: {quote(text)} is not in this world.")
            found[name] = text
        else:
            found[name] = _numbered(name, text, known.trusts if name == "trust" else known.schools, wrong)
    return found


def _numbered(name: str, text: str, known: Mapping[int, str], wrong: list[str]) -> int | None:
    """The number of a trust or school, typed as a number, a name, or a part of one that only it has."""
    title = name.capitalize()
    if text.isascii() and text.isdigit() and len(text) < 12:
        if int(text) in known:
            return int(text)
        wrong.append(f"{title}: no {name} of the first year has the number {text}.")
        return None
    said = text.casefold()
    found = [i for i, full in known.items() if full.casefold() == said]
    found = found or [i for i, full in known.items() if said in full.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(f"{known[i]} ({i})" for i in found[:MOST_NAMED])
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        wrong.append(f"{title}: {quote(text)} may be {told}{more}; give the number of one.")
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
    rest = re.sub(r" \(unit: [^)]*\)$", "", rest)
    return rest if rest == problem else f"{rest[0].upper()}{rest[1:]}"


def years(scenario: Scenario) -> Sequence[int]:
    """School years that a shock may strike in."""
    return range(scenario.world.start, scenario.world.start + scenario.run.years)
