"""Text as Plotly and HTML need it: escaped and wrapped names, titles of axes, ids; what measures are called."""

from __future__ import annotations

import html
import textwrap

from matsim.measures.listed import GROUP_MEASURES, MEASURES
from matsim.words.phrases import capital


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


def axis(title: str, unit: str) -> str:
    """An axis's title with its unit: `Back-office cost (£ per pupil)`, in percent for shares."""
    if unit.startswith("£ per") and " per " in title:
        unit = "£"
    shown = {"share": "%", "sd": "standard deviations", "score 0-10": "score, 0 to 10"}.get(unit, unit)
    return f"{safe(title)} ({safe(shown)})" if shown else safe(title)


def key(text: object) -> str:
    """Text made fit for an HTML id: lower-case letters, digits and hyphens."""
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in str(text).lower()).split())


SIZE_BANDS: tuple[tuple[str, int, int], ...] = (
    ("1", 1, 1),
    ("2", 2, 2),
    ("3 to 5", 3, 5),
    ("6 to 10", 6, 10),
    ("11 to 15", 11, 15),
    ("16 to 20", 16, 20),
    ("21 to 30", 21, 30),
    ("31 or more", 31, 10**6),
)
"""Bands of trust size: name, smallest and largest number of schools."""


def plain(measure: str) -> tuple[str, str]:
    """Title and unit of a measure of run_year or run_group_year: `("Pupil outcomes", "sd")`.

    Raises KeyError for a name that is none.
    """
    known = MEASURES.get(measure) or GROUP_MEASURES[measure]
    return capital(known.title), known.unit
