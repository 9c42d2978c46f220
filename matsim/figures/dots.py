"""Rows of dots with intervals under plain labels: the form of differences, sensitivities, regrets and scores.

A label stands above its dot, not beside it, so that the plot has the whole width of a phone or of a column on A4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matsim.figures.parts import LINE, number_format
from matsim.figures.style import INK, PAPER, QUIET, TEMPLATE, Look, look
from matsim.figures.text import safe, short

NAN = (math.nan, math.nan)

BAND = 24
"""Pixels of a row below its label, in the middle of which the dot lies."""
HEAD, FOOT = 30, 34
"""Pixels above a panel for what its axis shows, and below it for the axis's numbers."""
WIDEST = 50
"""Characters of a line of label: what fits a phone."""


@dataclass(frozen=True)
class Dot:
    """One row: its label, a second smaller label, the dot, a thick and a thin interval, and what a pointer says.

    `hover` is escaped already. A bar from 0 to the dot is drawn when `bar` is set; `same` puts the dot on the row
    above it.
    """

    label: str
    middle: float
    thick: tuple[float, float] = NAN
    thin: tuple[float, float] = NAN
    small: str = ""
    hover: str = ""
    look: Look = field(default_factory=lambda: look(0))
    hollow: bool = False
    bar: bool = False
    same: bool = False

    @property
    def lines(self) -> int:
        """Lines that its labels take."""
        return 2 if self.small and len(self.label) + len(self.small) > WIDEST - 3 else 1

    @property
    def text(self) -> str:
        """Its labels, escaped."""
        if not self.small:
            return safe(short(self.label, WIDEST))
        small = f"<span style='font-size:11px;color:{QUIET}'>{safe(short(self.small, WIDEST + 6))}</span>"
        return f"{safe(short(self.label, WIDEST))}{'<br>' if self.lines > 1 else '  '}{small}"


@dataclass(frozen=True)
class Panel:
    """Rows on one axis: what the axis shows (escaped already, unit included), its unit, the rows from the top."""

    axis: str
    unit: str
    rows: Sequence[Dot]

    @property
    def places(self) -> list[int]:
        """Of each dot, how many pixels it lies below the top of the panel."""
        at, out = 4, []
        for dot in self.rows:
            at += 0 if dot.same else dot.lines * LINE + BAND
            out.append(at - BAND // 2)
        return out

    @property
    def height(self) -> int:
        """Pixels that its rows take."""
        return self.places[-1] + BAND // 2 + 4


def dot_rows(panels: Sequence[Panel], zero: bool = True) -> go.Figure:
    """One panel under another, each with its own axis; `zero` draws a line at 0 and keeps it in view."""
    heights = [p.height for p in panels]
    inner = sum(heights) + (HEAD + FOOT) * (len(panels) - 1)
    # Plotly counts spacing as a share of the plot's inside, we in pixels
    gap = (HEAD + FOOT) / inner if len(panels) > 1 else 0.0
    plot = make_subplots(rows=len(panels), cols=1, row_heights=heights, vertical_spacing=gap)
    margin = {"l": 14, "r": 18, "t": HEAD, "b": FOOT}
    plot.update_layout(template=TEMPLATE, height=inner + HEAD + FOOT, showlegend=False, margin=margin)
    for place, panel in enumerate(panels, 1):
        _panel(plot, panel, place, zero)
    return plot


def _panel(plot: go.Figure, panel: Panel, place: int, zero: bool) -> None:
    number = "" if place == 1 else str(place)
    where = {"row": place, "col": 1}
    for y, dot in zip(panel.places, panel.rows, strict=True):
        _dot(plot, dot, y, where)
        if not dot.same:
            at = {"xref": f"x{number} domain", "yref": f"y{number}", "x": 0, "y": y - BAND / 2, "xanchor": "left"}
            font = {"size": 12, "color": INK}
            box = {"bgcolor": "rgba(255, 255, 255, 0.85)", "borderpad": 0, "showarrow": False, "align": "left"}
            plot.add_annotation(**at, **box, yanchor="bottom", text=dot.text, font=font)
    low, high = _limits(panel, zero)
    plot.update_yaxes(range=[panel.height, 0], showgrid=False, showticklabels=False, ticks="", showline=False, **where)
    plot.update_xaxes(range=[low, high], **number_format(panel.unit, high - low), **where)
    plot.update_xaxes(nticks=5, tickangle=0, **where)
    if zero:
        plot.add_vline(x=0, line={"color": INK, "width": 1.2}, layer="below", **where)
    above = {"xref": f"x{number} domain", "yref": f"y{number} domain", "x": 0, "y": 1, "xanchor": "left"}
    font = {"size": 12, "color": QUIET}
    plot.add_annotation(**above, yanchor="bottom", text=panel.axis, showarrow=False, font=font, yshift=6)


def _dot(plot: go.Figure, dot: Dot, y: int, where: dict[str, int]) -> None:
    """A row's bar, intervals and dot, from the back."""
    middle = dot.middle if math.isfinite(dot.middle) else None
    spans = [((0.0, dot.middle), 14.0, 0.3)] if dot.bar else []
    spans += [(dot.thin, 1.5, 1.0), (dot.thick, 5, 1.0)]
    for (low, high), width, opacity in spans:
        if math.isfinite(low) and math.isfinite(high):
            line = {"color": dot.look.colour, "width": width}
            body = {"x": [low, high], "y": [y, y], "mode": "lines", "opacity": opacity, "hoverinfo": "skip"}
            plot.add_trace(go.Scatter(**body, line=line), **where)
    edge = {"color": dot.look.colour if dot.hollow else PAPER, "width": 2 if dot.hollow else 1.2}
    mark = {"symbol": dot.look.symbol, "size": 11, "color": PAPER if dot.hollow else dot.look.colour, "line": edge}
    spot = {"x": [middle], "y": [y], "mode": "markers", "marker": mark, "text": [dot.hover]}
    plot.add_trace(go.Scatter(**spot, cliponaxis=False, hovertemplate="%{text}<extra></extra>"), **where)


def _limits(panel: Panel, zero: bool) -> tuple[float, float]:
    ends = [v for d in panel.rows for v in (d.middle, *d.thick, *d.thin) if math.isfinite(v)] or [0.0, 1.0]
    ends += [0.0] if zero else []
    room = 0.06 * (max(ends) - min(ends)) or 0.5
    return min(ends) - room, max(ends) + room
