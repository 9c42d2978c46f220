"""Several devices of one team fill in one form: of each is taken what it changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from matsim.web.classroom import choices, predictions
from matsim.web.classroom.session import Turn
from matsim.web.fields import Form

type Filled = Mapping[str, Sequence[str]]

_OWN = ("csrf", "year", "done", "seen")
"""Fields of the form that are no part of what a team says."""


def fields_of(turn: Turn) -> dict[str, list[str]]:
    """What a team has said for a year, as the form has it."""
    return choices.fields(turn.choices) | predictions.fields(turn.predictions)


def seen(form: Form) -> Filled | None:
    """What the form was filled with when its page was made; None where it does not say."""
    try:
        told = json.loads(next(iter(form.get("seen", ())), ""))
    except ValueError:
        return None
    fits = isinstance(told, dict) and all(
        isinstance(v, list) and all(isinstance(t, str) for t in v) for v in told.values()
    )
    return told if fits else None


def merged(held: Filled, seen: Filled | None, sent: Form) -> dict[str, list[str]]:
    """The form with what was changed on this device, by comparing what it sends with what it was `seen` to hold.

    All else is as it is `held` by now. Of schools that are ticked each counts by itself. A form that does not say
    what it was is taken whole.
    """
    typed = {name: [v for v in values if v] for name, values in sent.items() if name not in _OWN}
    if seen is None:
        return {name: values for name, values in typed.items() if values}
    found: dict[str, list[str]] = {}
    for name in held.keys() | seen.keys() | typed.keys():
        now, then, mine = (list(of.get(name, ())) for of in (held, seen, typed))
        if name == "ask":
            found[name] = [v for v in now if v in mine or v not in then] + [v for v in mine if v not in (*then, *now)]
        else:
            found[name] = now if _same(mine, then) else mine
    return {name: values for name, values in found.items() if values}


def differing(held: Filled, seen: Filled) -> list[str]:
    """Names of the fields that are held as something else than a page has seen: others have changed them."""
    return sorted(name for name in held.keys() | seen.keys() if not _same(held.get(name, ()), seen.get(name, ())))


def _same(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether two fields say the same; 5 and 5.0 do."""
    try:
        return list(a) == list(b) or [float(v) for v in a] == [float(v) for v in b]
    except ValueError:
        return False
