"""The one visual language of every figure: colours, dashes, markers, fonts, and Plotly's configuration.

The colours follow the hues of Okabe and Ito (2008), darkened so that each stands at least 3 to 1 against white and
their lightness is apart: they can be told from each other without colour vision and on a grey print. Each
also has a dash and a marker of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

INK = "#1f2328"
"""Text and main marks."""
QUIET = "#595f66"
"""Axis labels, reference lines: 4.5 to 1 against white."""
GRID = "#dfe3e8"
PAPER = "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', sans-serif"
"""Fonts a machine already has: nothing is fetched."""

CONFIG: dict[str, Any] = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}
"""Plotly's configuration for every figure: nothing is uploaded, nothing is fetched."""


@dataclass(frozen=True)
class Look:
    """How one series is told from the others: a colour, a dash for lines, a shape for markers."""

    colour: str
    dash: str
    symbol: str


LOOKS: tuple[Look, ...] = (
    Look("#08305e", "solid", "circle"),  # navy
    Look("#d0560a", "dash", "square"),  # vermilion
    Look("#006b4f", "dot", "diamond"),  # green
    Look("#4a9ad6", "dashdot", "triangle-up"),  # blue
    Look("#7a2560", "longdash", "cross"),  # purple
    Look("#101418", "longdashdot", "x"),  # near black
)
"""Series in order; the seventh starts again from the first."""

GOOD, BAD, NEUTRAL = LOOKS[0].colour, LOOKS[1].colour, "#7a8188"
"""Better, worse and neither; a shape or a word always says the same."""


def look(place: int) -> Look:
    """The look of a series by its place, from 0."""
    return LOOKS[place % len(LOOKS)]


def faded(colour: str, alpha: float) -> str:
    """A colour of the form `#rrggbb` made see-through: `rgba(r, g, b, alpha)`."""
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({r}, {g}, {b}, {alpha:g})"


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def lightness(colour: str) -> float:
    """CIE lightness L* of `#rrggbb`, 0 to 100: what a grey print shows."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


_AXIS: dict[str, Any] = {
    "showgrid": True,
    "gridcolor": GRID,
    "zeroline": False,
    "showline": True,
    "linecolor": QUIET,
    "ticks": "outside",
    "ticklen": 4,
    "tickcolor": QUIET,
    "automargin": True,
    "title": {"standoff": 8, "font": {"size": 13}},
    "tickfont": {"size": 12, "color": INK},
}

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "colorway": [a.colour for a in LOOKS],
        "margin": {"l": 12, "r": 28, "t": 34, "b": 12},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hoverlabel": {"font": {"family": FONT, "size": 13}, "bgcolor": PAPER, "bordercolor": QUIET, "align": "left"},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 12},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "dragmode": False,
        "hovermode": "closest",
    }
)


def blank(height: int = 340, **layout: Any) -> go.Figure:
    """An empty figure in the house style. `height` in pixels; the width is that of the page."""
    return go.Figure(layout={"template": TEMPLATE, "height": height, "autosize": True, **layout})
