"""What a comparison has built in by assumption: said before what was found, since it decides much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from matsim.amounts import listed, many
from matsim.analysis.sentences import named

NAMED = 8
"""Changes that a sentence names; of more, how many there are."""


def built_in(told: Mapping[str, Any], parameters: pd.DataFrame, arms: Sequence[str], against: str) -> tuple[str, ...]:
    """Sentences on what differs between the arms and where that comes from, then the experiment's own note.

    `told` is the experiment's file, `parameters` a result's list of them: names, and whether a value is assumed.
    """
    given = {str(arm["name"]): dict(arm.get("set") or {}) for arm in told.get("arms", [])}
    lines = [
        _arm(arm, against, changes, parameters)
        for arm in arms
        if arm != against and (changes := _changes(given.get(arm, {}), given.get(against, {})))
    ]
    if factors := [str(f["name"]) for role in ("uncertainties", "levers") for f in told.get(role, [])]:
        lines.append(f"Built in: of the ranges varied between futures, {_sources(factors, parameters)}.")
    note = " ".join(str(told.get("built_in", "")).split())
    return (*lines, *([note] if note else []))


def _changes(arm: Mapping[str, Any], against: Mapping[str, Any]) -> list[str]:
    """The settings in which two arms differ, in the order of their files."""
    names = dict.fromkeys([*arm, *against])
    return [name for name in names if (name in arm) != (name in against) or arm.get(name) != against.get(name)]


def _arm(arm: str, against: str, changes: Sequence[str], parameters: pd.DataFrame) -> str:
    shown = listed(f"`{name}`" for name in changes) if len(changes) <= NAMED else ""
    which = f" ({shown})" if shown else ""
    count = "one change" if len(changes) == 1 else f"{len(changes)} changes at once"
    return (
        f"Built in: {named(arm)} differs from {named(against)} in {count}{which}: {_sources(changes, parameters)}. "
        "What a change does follows from the model's assumptions, and its effect was not measured in England."
    )


def _sources(names: Sequence[str], parameters: pd.DataFrame) -> str:
    """How many of some settings are assumption or judgement, and how many rest on a published source."""
    assumed = dict(zip(parameters["name"], parameters["assumed"].astype(bool), strict=True)) if len(parameters) else {}
    ours = [name for name in names if assumed.get(name, True)]
    if len(names) == 1:
        return "it is assumption and judgement" if ours else "its value rests on a published source"
    if len(ours) in (0, len(names)):
        told = "assumption and judgement" if ours else "values from published sources"
        return f"{'both' if len(names) == 2 else f'all {len(names)}'} are {told}"
    return f"{len(ours)} of {many(len(names), 'setting')} are assumption and judgement"
