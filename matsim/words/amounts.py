"""How numbers are written, for every reader: one way for the command line, sentences, tables, figures and pages.

A number is written by its unit: shares in percent and differences of shares in points, money in pounds, what is counted
whole, the rest with its unit behind it. Minus signs are true ones, none stands before a zero, and what does not exist
is a dash.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

NONE = "–"
"""How a number that does not exist is written."""

MINUS = "−"

COUNTED = ("schools", "trusts", "pupils", "clusters", "runs", "futures", "years", "year", "rung", "count")
"""Units that are counted: written without the unit, which stands beside them."""

BARE = ("", "ratio", "score 0-10", "score", *COUNTED)
"""Units that are not written behind a number."""

LEAST = 1e-9
"""Below this a size is an error of arithmetic, and is written as nothing."""


PENNY = 0.01


def amount(value: float, unit: str, accuracy: float = 0.0) -> str:
    """A number as its unit asks: `61.6%`, `£1,231`, `1,406`, `0.36 sd`, `12.4 km`; a dash when there is none.

    With an `accuracy`, how much the values beside it differ, it has the decimals that show two figures of that, where
    these are more.
    """
    return _with_unit(bare(value, unit, accuracy), unit) if math.isfinite(value) else NONE


def bare(value: float, unit: str, accuracy: float = 0.0) -> str:
    """The same without its unit behind it, for tables whose header names the unit."""
    if not math.isfinite(value):
        return NONE
    places = max(_level_places(value, unit), _places(_scaled(accuracy, unit)) if accuracy else 0)
    return _written(value, unit, min(places, _most(unit))) + ("%" if unit == "share" else "")


def change(value: float, unit: str) -> str:
    """A difference with its sign, about two figures of it: `+4.4 points` for shares, `−£24`, `+0.03 sd`, `+12`."""
    if not math.isfinite(value):
        return NONE
    text = _written(value, unit, _change_places(value, unit), "+")
    return f"{text} points" if unit == "share" else _with_unit(text, unit)


def size(value: float, unit: str) -> str:
    """A difference of which only the size counts: `4.4 points`, `£24`, `0.03 sd`."""
    if unit.startswith("£") and LEAST < abs(value) < PENNY / 2:
        return "less than a penny"
    return change(abs(value), unit).removeprefix("+")


def interval(low: float, high: float, unit: str, confidence: float) -> str:
    """`95% interval +0.008 to +0.016`; a dash when there is none (nan)."""
    return f"{100 * confidence:g}% interval {ends(low, high, unit)}" if math.isfinite(high - low) else NONE


def ends(low: float, high: float, unit: str) -> str:
    """`+0.008 to +0.016`, of a difference, to two figures of the half-width; a dash when there are none (nan)."""
    if not math.isfinite(high - low):
        return NONE
    half = (high - low) / 2
    exact = half <= max(LEAST, LEAST * max(abs(low), abs(high)) * 1e3)
    places = _change_places(low if exact else half, unit)
    return " to ".join(_written(end, unit, places, "+") for end in (low, high))


def percent(share: float, places: int = 0) -> str:
    """A share as `86%`, or with places `85.9%`."""
    return f"{100 * share:,.{places}f}%".replace("-", MINUS) if math.isfinite(share) else NONE


def correlation(value: float) -> str:
    """A number between −1 and 1 with its sign: `+0.43`."""
    return NONE if not math.isfinite(value) else f"{value:+.2f}".replace("-", MINUS)


def count(value: float) -> str:
    """`1,234`."""
    return amount(value, "count")


def many(number: float, thing: str) -> str:
    """`1 school`, `1,234 schools`."""
    return f"{number:,.0f} {thing}{'' if number == 1 else 's'}"


def academic(year: float) -> str:
    """The academic year that starts in a September: `2018/19`."""
    return f"{int(year)}/{(int(year) + 1) % 100:02d}"


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(words)
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def _change_places(value: float, unit: str) -> int:
    """Decimals that a difference of that size is written with."""
    # 9.999 is written as 10 is: places are those of what will be shown
    scaled = float(f"{abs(_scaled(value, unit)):.2g}") if abs(value) > LEAST else 0.0
    if unit.startswith("£"):
        return 0 if scaled >= 10 or scaled < LEAST else 2
    if unit in COUNTED:
        return 0 if scaled >= 10 or scaled == round(scaled) else 1
    return min(_places(scaled), _most(unit))


def _level_places(value: float, unit: str) -> int:
    if unit == "share":
        return 1
    if unit.startswith("£"):
        return 0
    if unit in COUNTED:
        return 0 if value == round(value) or abs(value) >= 100 else 1
    return 2


def _most(unit: str) -> int:
    return 2 if unit.startswith("£") else 6


def _places(scaled: float) -> int:
    """Decimals that leave about two figures of a size, three below a hundred."""
    scaled = abs(scaled)
    if scaled < LEAST or scaled >= 100:
        return 0
    return 1 if scaled >= 1 else 2 if scaled >= 0.1 else 3 if scaled >= 0.001 else 1 - math.floor(math.log10(scaled))


def _scaled(value: float, unit: str) -> float:
    return 100 * value if unit == "share" else value


def _written(value: float, unit: str, places: int, plus: str = "") -> str:
    """The number with its sign and, for money, the pound between them; no sign before a zero."""
    shown = round(_scaled(value, unit), places)
    sign = MINUS if shown < 0 else plus if shown > 0 else ""
    return f"{sign}{'£' if unit.startswith('£') else ''}{abs(shown):,.{places}f}"


def _with_unit(text: str, unit: str) -> str:
    return text if unit == "share" or unit.startswith("£") or unit in BARE else f"{text} {unit}"
