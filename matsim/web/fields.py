"""Single values of a form, as people type them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matsim.scenario.show import quote

type Form = Mapping[str, Sequence[str]]

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
"""1,000 and not 0,5: in that the comma is somebody's decimal point."""


def one(form: Form, name: str) -> str:
    """The first value of a field without space around it, at most 200 characters; empty when it is not there."""
    return next(iter(form.get(name, ())), "").strip()[:200]


def whole(title: str, text: str, wrong: list[str]) -> int | None:
    """A whole number. What is wrong is added to `wrong`, and None returned."""
    if text.isascii() and text.isdigit() and len(text) < 12:
        return int(text)
    wrong.append(f"{title}: {quote(text)} should be a whole number.")
    return None


def number(title: str, text: str, wrong: list[str]) -> float | None:
    """A number of any sign; thousands may be parted by commas. What is wrong is added to `wrong`, and None returned."""
    try:
        found = float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except ValueError:
        wrong.append(f"{title}: {quote(text[:20])} should be a number.")
        return None
    if not -1e9 < found < 1e9:  # nan is neither
        wrong.append(f"{title}: {quote(text)} should be a number of a sensible size.")
        return None
    return found
