"""How numbers are written, for every reader: one way for the command line, sentences, tables, figures and pages.

A number is written by its unit: shares in percent and differences of shares in points, money in pounds, what is counted
whole, the rest with its unit behind it. Minus signs are true ones, none stands before a zero, and what does not exist
is a dash.
"""

from __future__ import annotations

import math
import re

NONE = "–"
"""How a number that does not exist is written."""

MINUS = "−"

COUNTED = ("schools", "trusts", "pupils", "clusters", "runs", "futures", "years", "year", "rung", "count")
"""Units that are counted: written without the unit, which stands beside them."""

BARE = ("", "ratio", "correlation", "score 0-10", "score", *COUNTED)
"""Units that are not written behind a number."""

PERCENT = {"share": "", "share per year": " a year", "growth per year": " a year"}
"""Units of settings that a reader sees in percent, and what follows the sign."""

UNITLESS = ("year", "choice", "weight", "ratio", "count")
"""Units of settings that say nothing beside a number."""

LONGEST = 60
"""Characters of a setting's words that are shown."""

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
    return _with_sign(value, unit, min(places, _most(unit))) + ("%" if unit == "share" else "")


def change(value: float, unit: str) -> str:
    """A difference with its sign, about two figures of it: `+4.4 points` for shares, `−£24`, `+0.03 sd`, `+12`."""
    if not math.isfinite(value):
        return NONE
    text = _with_sign(value, unit, _change_places(value, unit), "+")
    return f"{text} points" if unit == "share" else _with_unit(text, unit)


def size(value: float, unit: str) -> str:
    """A difference of which only the size counts: `4.4 points`, `£24`, `0.03 sd`."""
    if unit.startswith("£") and LEAST < abs(value) < PENNY / 2:
        return "less than a penny"
    return change(abs(value), unit).removeprefix("+")


def interval(low: float, high: float, unit: str, confidence: float) -> str:
    """`95% interval +0.008 to +0.016`; a dash when there is none (nan)."""
    return f"{exact_percent(confidence)} interval {ends(low, high, unit)}" if math.isfinite(high - low) else NONE


def ends(low: float, high: float, unit: str) -> str:
    """`+0.008 to +0.016`, of a difference, to two figures of the half-width; a dash when there are none (nan)."""
    if not math.isfinite(high - low):
        return NONE
    half = (high - low) / 2
    # an interval without width (every run gave the same) has no half-width to take the figures from
    exact = half <= max(LEAST, LEAST * max(abs(low), abs(high)) * 1e3)
    places = _change_places(low if exact else half, unit)
    return " to ".join(_with_sign(end, unit, places, "+") for end in (low, high))


def decimals(value: float, places: int = 0, plus: bool = False) -> str:
    """`1,234.5`: a number with so many decimals whatever it is of, for columns that share them; with `plus` signed."""
    return _with_sign(float(value), "", places, "+" if plus else "") if math.isfinite(value) else NONE


def significant(value: float, digits: int = 3, plus: bool = False) -> str:
    """`0.0123`: a number of any size to so many figures; with 6 or more as somebody would type it."""
    if not math.isfinite(value):
        return NONE
    return ("+" if plus and value > 0 else "") + f"{value:.{digits}g}".replace("-", MINUS)


def number(value: float, digits: int = 3) -> str:
    """A number of which nothing is known: whole where it is whole or above a thousand, else to so many figures."""
    return decimals(value) if value == round(value, 0) or abs(value) >= 1000 else significant(value, digits)


def percent(share: float, places: int = 0) -> str:
    """A share as `86%`, or with places `85.9%`."""
    return f"{decimals(100 * share, places)}%" if math.isfinite(share) else NONE


def exact_percent(share: float) -> str:
    """A share that somebody chose, with the decimals that it has: `95%`, `97.5%`."""
    return f"{significant(100 * share, 6)}%" if math.isfinite(share) else NONE


def trimmed(value: float, places: int = 4) -> str:
    """`0.5`, `1,200`: at most so many decimals and no noughts at their end; two figures of what they cannot show."""
    if 0 < abs(value) < 5 * 10.0**-places:
        return significant(value, 2)
    text = decimals(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def setting(text: str, unit: str) -> str:
    """A scenario's value as a reader writes it: `4%`, `£1,200`, `on`, `20 minutes`; words as they are, the longest cut.

    One that changes on dates, in braces, as `£6,007 from 2010, …, £4,405 from 2022`.
    """
    if unit == "switch":
        return {"true": "on", "false": "off"}.get(text, text)
    if text.startswith("{"):
        dated = re.findall(r"(\d{4}) = (-?[\d.e+-]+)", text)
        steps = [f"{setting(number, unit)} from {year}" for year, number in dated]
        return ", ".join(steps if len(steps) < 4 else [steps[0], "…", steps[-1]]) or text
    try:
        number = float(text)
    except ValueError:
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    if unit in PERCENT:
        return f"{trimmed(100 * number)}%{PERCENT[unit]}"
    if unit.startswith("£"):
        return _with_sign(number, "£", 2).removesuffix(".00") + f" {unit[1:].strip()}".rstrip()
    return trimmed(number).replace(",", "") if unit in UNITLESS else f"{trimmed(number)} {unit}"


def span(low: float, high: float, unit: str, accuracy: float = 0.0) -> str:
    """`33.1% to 46.4%`, without the unit behind the numbers as in `bare`; a dash when there is none (nan)."""
    return f"{bare(low, unit, accuracy)} to {bare(high, unit, accuracy)}" if math.isfinite(high - low) else NONE


def apart(a: float, b: float, unit: str = "") -> tuple[str, str]:
    """Two numbers, or shares in percent, in as few decimals as tell them apart."""
    first, second = "", ""
    for places in range(0 if unit == "share" else 2, 7):
        texts = [percent(x, places) if unit == "share" else decimals(x, places) for x in (a, b)]
        # a nought with noughts behind it says no more than a nought
        first, second = (re.sub(r"^0\.0+(?=%?$)", "0", text) for text in texts)
        if first != second or a == b:
            break
    return first, second


def correlation(value: float) -> str:
    """A number between −1 and 1 with its sign: `+0.43`."""
    return NONE if not math.isfinite(value) else f"{value:+.2f}".replace("-", MINUS)


def count(value: float) -> str:
    """`1,234`."""
    return amount(value, "count")


def in_words(number: int) -> str:
    """A small number as a word: `none`, `one`, … `ten`, then `11`."""
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else count(number)


def many(number: float, thing: str) -> str:
    """`1 school`, `1,234 schools`."""
    return f"{decimals(number)} {thing}{'' if number == 1 else 's'}"


def academic(year: float) -> str:
    """The academic year that starts in a September: `2018/19`."""
    return f"{int(year)}/{(int(year) + 1) % 100:02d}"


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


def _with_sign(value: float, unit: str, places: int, plus: str = "") -> str:
    """The number with its sign and, for money, the pound between them; no sign before a zero."""
    # the sign is that of what is shown: −0.001 to no places is 0, and a zero has none
    shown = round(_scaled(value, unit), places)
    sign = MINUS if shown < 0 else plus if shown > 0 else ""
    return f"{sign}{'£' if unit.startswith('£') else ''}{abs(shown):,.{places}f}"


def _with_unit(text: str, unit: str) -> str:
    return text if unit == "share" or unit.startswith("£") or unit in BARE else f"{text} {unit}"
