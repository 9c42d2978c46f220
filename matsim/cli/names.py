"""Finding a school or a trust by its number or by part of its name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from matsim.core.errors import InputError
from matsim.core.reading import shortened, whole

LONGEST = 120
"""Characters of a number or a name that a sentence repeats."""
LISTED = 8
"""How many names a sentence offers."""


def find(text: str, names: Mapping[int, str], kind: str, where: str) -> int:
    """The number meant by a number or a part of a name. `kind` is "school" or "trust".

    Raises InputError, offering the nearest or the several, when nobody or more than one is meant.
    """
    if text.strip().isdecimal():
        return _number(text.strip(), names, kind, where)
    wanted = " ".join(text.casefold().split())
    found = [number for number, name in names.items() if name.casefold() == wanted]
    if not found and wanted:
        found = [number for number, name in names.items() if wanted in name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{names[number]} ({number})" for number in found[:LISTED])
        more = f" and {len(found) - LISTED:,} more" if len(found) > LISTED else ""
        what = f"{len(found):,} {kind}s have {shortened(text, LONGEST)!r} in their names"
        told = f"{what}: {listed}{more}; give the number of one"
        raise InputError(where, told)
    by_name = {name.casefold(): (name, number) for number, name in names.items()}
    near = [by_name[key] for key in difflib.get_close_matches(wanted[:200], by_name, n=3, cutoff=0.4)]
    some = f"; the nearest are {', '.join(f'{name} ({number})' for name, number in near)}" if near else ""
    raise InputError(where, f"no {kind} has {shortened(text, LONGEST)!r} in its name{some}")


def _number(text: str, names: Mapping[int, str], kind: str, where: str) -> int:
    number = whole(text)
    if number is not None and number in names:
        return number
    what = "URN" if kind == "school" else "UID"
    by_text = {str(n): n for n in names}
    near = [by_text[key] for key in difflib.get_close_matches(text[:LONGEST], by_text, n=3, cutoff=0.8)]
    some = f"; the nearest are {', '.join(f'{names[n]} ({n})' for n in near)}" if near else ""
    raise InputError(where, f"has no {kind} with {what} {shortened(text, LONGEST)}{some}")
