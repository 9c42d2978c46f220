"""Text as Plotly and HTML need it: escaped and wrapped names, titles of axes, ids."""

from __future__ import annotations

import html
import textwrap


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
