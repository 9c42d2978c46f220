"""Figures as pages need them: JSON and a table as text, so that what draws them need not be where they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from matsim.core.safe_text import harmless_json
from matsim.figures.base import Figure
from matsim.report.table_cells import Grid, grid

ROWS = 40
"""Rows of a figure's data that a page shows."""


@dataclass(frozen=True)
class Chart:
    """A figure ready for a page: small to send between processes, and safe to put into HTML.

    `plot` is Plotly's JSON; `frames` names the frames of an animation, of which the one at `first` is shown.
    """

    key: str
    title: str
    alt: str
    note: str
    plot: str
    grid: Grid
    frames: tuple[str, ...]
    first: int

    @property
    def safe(self) -> Markup:
        """The plot for a data block of a page."""
        text = harmless_json(self.plot)
        for character in "<>&\u2028\u2029":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return Markup(text)


def chart(figure: Figure) -> Chart:
    """A figure as a chart."""
    frames = tuple(str(f.name) for f in figure.plot.frames)
    sliders = figure.plot.layout.sliders
    first = min(int(sliders[0].active or 0) if sliders else 0, max(len(frames) - 1, 0))
    cells = grid(figure.table, ROWS)
    return Chart(figure.key, figure.title, figure.alt, figure.note, str(figure.plot.to_json()), cells, frames, first)
