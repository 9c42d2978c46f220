"""Words and numbers as figures write them: academic years, amounts with units, escaped and wrapped names."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterable

NONE = "–"
"""How a number that does not exist is written."""

WHOLE = ("schools", "trusts", "pupils", "clusters", "runs", "futures", "years", "year", "rung")
"""Units that are counted."""


def safe(text: object) -> str:
    """Text from a file, to be shown literally by Plotly, which reads a part of HTML in labels and hover."""
    return html.escape(str(text), quote=False).replace("\n", " ").replace("%{", "%&#123;").replace("$", "&#36;")


def wrapped(text: object, width: int = 24, lines: int = 3) -> str:
    """Escaped text broken over at most `lines` lines of `width` characters; the rest becomes an ellipsis."""
    parts = textwrap.wrap(str(text), width, max_lines=lines, placeholder=" …") or [""]
    return "<br>".join(safe(part) for part in parts)


def short(text: object, width: int = 34) -> str:
    """Text of at most `width` characters, not escaped; what is left off becomes an ellipsis."""
    text = " ".join(str(text).split())
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def academic(year: float) -> str:
    """The academic year that starts in a September: `2018/19`."""
    return f"{int(year)}/{(int(year) + 1) % 100:02d}"


def amount(value: float, unit: str) -> str:
    """A number as its unit asks: `61.6%`, `£1,231`, `1,406`, `0.36 sd`, `12.4 km`; a dash when there is none."""
    if not math.isfinite(value):
        return NONE
    if unit == "share":
        return f"{_trim(100 * value, 1)}%"
    if unit.startswith("£"):
        return f"{'−' if round(value) < 0 else ''}£{abs(value):,.0f}"
    if unit in WHOLE:
        return f"{value:,.0f}"
    return f"{_trim(value, 2)}{_suffix(unit)}"


def change(value: float, unit: str) -> str:
    """A difference with its sign: `+4.4 points` for shares, `−£24`, `+0.03 sd`."""
    if not math.isfinite(value):
        return NONE
    sign = "+" if value > 0 else "−" if value < 0 else ""
    size = abs(value)
    if unit == "share":
        return f"{sign}{100 * size:.{_places(100 * size)}f} points"
    if unit.startswith("£"):
        return f"{sign}£{size:,.{0 if size >= 10 else 2}f}"
    if unit in WHOLE:
        return f"{sign}{size:,.{0 if size >= 10 or size == round(size) else 1}f}"
    return f"{sign}{size:,.{_places(size)}f}{_suffix(unit)}"


def _places(size: float) -> int:
    """Decimals that leave about two figures of a number."""
    return 0 if size == 0 or size >= 100 else 1 if size >= 1 else 2 if size >= 0.1 else 3


def _trim(value: float, places: int) -> str:
    """A number with at most so many decimals and a proper minus sign."""
    text = f"{value:,.{places}f}"
    if not any(c in "123456789" for c in text):
        return text.removeprefix("-")
    return "−" + text[1:] if text.startswith("-") else text


def _suffix(unit: str) -> str:
    return "" if unit in ("", "ratio", "score 0-10", "score") else f" {unit}"


def axis(title: str, unit: str) -> str:
    """An axis's title with its unit: `Back-office cost (£ per pupil)`, in percent for shares."""
    if unit.startswith("£ per") and " per " in title:
        unit = "£"
    shown = {"share": "%", "sd": "standard deviations", "score 0-10": "score, 0 to 10"}.get(unit, unit)
    return f"{safe(title)} ({safe(shown)})" if shown else safe(title)


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(words)
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def many(number: float, thing: str) -> str:
    """`1 school`, `1,234 schools`."""
    return f"{number:,.0f} {thing}{'' if number == 1 else 's'}"


def key(text: object) -> str:
    """Text made fit for an HTML id: lower-case letters, digits and hyphens."""
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in str(text).lower()).split())
