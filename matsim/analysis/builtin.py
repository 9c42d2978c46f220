"""What a comparison has built in by assumption: said before what was found, since it decides much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from matsim.words.phrases import listed, named

NAMED = 8
"""Changes that a sentence names; of more, how many there are."""


def built_in(told: Mapping[str, Any], parameters: pd.DataFrame, arms: Sequence[str], against: str) -> tuple[str, ...]:
    """Sentences on what differs between the arms and where that comes from, then the experiment's own note.

    `told` is the experiment's file, `parameters` a result's list of them: names, and whether a value is assumed.
    """
    given = {str(arm["name"]): dict(arm.get("set") or {}) for arm in told.get("arms", [])}
    alike: dict[tuple[str, ...], list[str]] = {}
    for arm in arms:
        if arm != against and (changes := _changes(given.get(arm, {}), given.get(against, {}))):
            alike.setdefault(changes, []).append(arm)
    lines = [_arms(names, against, changes, parameters) for changes, names in alike.items()]
    if factors := [str(f["name"]) for role in ("uncertainties", "levers") for f in told.get(role, [])]:
        lines.append(f"Built in: {_varied(factors, parameters)}")
    note = " ".join(str(told.get("built_in", "")).split())
    return (*lines, *([note] if note else []))


def _changes(arm: Mapping[str, Any], against: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings in which two arms differ, in the order of their files."""
    names = dict.fromkeys([*arm, *against])
    return tuple(name for name in names if (name in arm) != (name in against) or arm.get(name) != against.get(name))


def _arms(arms: Sequence[str], against: str, changes: Sequence[str], parameters: pd.DataFrame) -> str:
    differ = "differs" if len(arms) == 1 else "each differ"
    count = "one change" if len(changes) == 1 else f"{len(changes)} changes at once"
    shown = f" ({listed(f'`{name}`' for name in changes)})" if len(changes) <= NAMED else ""
    who = listed(named(arm) for arm in arms)
    return f"Built in: {who} {differ} from {named(against)} in {count}{shown}, chosen for the experiment. " + _rests(
        changes, parameters
    )


def _rests(changes: Sequence[str], parameters: pd.DataFrame) -> str:
    """What the changes do in the model, and how much of that is assumed."""
    what = "What it does" if len(changes) == 1 else "What they do"
    if parameters.empty:
        return f"{what} follows from the model, whose numbers this result does not list."
    numbers = parameters[parameters["unit"] != "switch"]
    parts = dict.fromkeys(_part(name) for name in changes)
    held = numbers["name"].map(_part)
    counted = [(part, numbers[held == part]) for part in parts if (held == part).any()]
    told = listed(f"{int(own['assumed'].sum())} of {len(own)} numbers in `{part}`" for part, own in counted)
    judged = f" (assumed are {told})" if told else ""
    return f"{what} follows from assumption and judgement{judged}; it was not measured in England."


def _part(name: str) -> str:
    return name.partition(".")[0].partition("[")[0]


def _varied(factors: Sequence[str], parameters: pd.DataFrame) -> str:
    """How many of the things varied between futures have a value that is assumed."""
    known = dict(zip(parameters["name"], parameters["assumed"].astype(bool), strict=True)) if len(parameters) else {}
    ours = sum(known.get(name, True) for name in factors)
    if len(factors) == 1:
        return f"what was varied between futures is {'assumed' if ours else 'from a published source'}."
    return (
        f"of the {len(factors)} numbers varied between futures {ours or 'none'} {'is' if ours == 1 else 'are'} assumed."
    )
