"""Parts that several figures share: axes of years, titles of axes, labels at the ends of lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from matsim.figures.style import INK, QUIET
from matsim.figures.text import wrapped
from matsim.words.amounts import academic

LINE = 15
"""Height of a line of label text in pixels."""


def titled(plot: go.Figure, text: str, legend: bool = False, panels: bool = False) -> None:
    """Put what the vertical axis shows above it, where it reads without turning one's head.

    With a legend it heads the legend, so that the two never meet however narrow the page; `panels` leaves room for the
    first panel's name below it. `text` is escaped already.
    """
    if legend:
        plot.update_layout(
            showlegend=True,
            legend_y=1.02 + (20 / (plot.layout.height - 90) if panels else 0.0),
            legend={"title": {"text": text, "side": "top", "font": {"size": 13, "color": QUIET}}},
        )
    else:
        slot = {"text": text, "x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container"}
        font = {"size": 13, "color": QUIET, "weight": 400}
        plot.update_layout(title={**slot, "yanchor": "top", "pad": {"t": 6, "l": 8}, "font": font}, showlegend=False)


def year_axis(years: Sequence[int], most: int = 4) -> dict[str, Any]:
    """An axis of academic years with at most `most` labels, the first and the last among them."""
    first, last = min(years), max(years)
    span = last - first
    step = max(1, math.ceil(span / max(most - 1, 1)))
    # a tick just before the last would run into its label
    ticks = [y for y in range(first, last + 1, step) if last - y >= 0.7 * step or y == last] or [first]
    ticks = ticks if ticks[-1] == last else [*ticks, last]
    pad = max(0.02 * span, 0.1)
    return {
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [academic(y) for y in ticks],
        "range": [first - pad, last + pad],
        "tickangle": 0,
        "ticklabeloverflow": "allow",
        "showgrid": False,
    }


def value_axis(low: float, high: float, unit: str, zero: bool = False, room: float = 0.06) -> dict[str, Any]:
    """An axis of values with room above and below, in the unit's own form; from 0 when asked."""
    pad = room * (high - low) or max(abs(high) * 0.05, 0.05)
    bottom = 0.0 if zero and low >= 0 else low - pad
    axis: dict[str, Any] = {"range": [bottom, high + pad], **number_format(unit, high + pad - bottom)}
    return axis


def number_format(unit: str, span: float) -> dict[str, Any]:
    """How an axis writes its numbers."""
    if unit == "share":
        return {"tickformat": ".0%" if span > 0.04 else ".1%", "nticks": 6}
    if unit.startswith("£"):
        return {"tickprefix": "£", "tickformat": ",.0f" if span > 4 else ",.2f", "nticks": 6, "separatethousands": True}
    return {"tickformat": ",.0f" if span > 4 else ",.1f" if span > 0.4 else ",.2f", "nticks": 6}


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as need be so that they lie at least `gap` apart, within low and high where they fit."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[list[float]] = []  # centre and number of labels of each block that touches
    for i in order:
        groups.append([places[i], 1.0])
        # two blocks that touch become one, placed at the mean of where its labels want to be
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < gap * (groups[-1][1] + groups[-2][1]) / 2 - 1e-12:
            centre, number = groups.pop()
            before, count = groups[-1]
            groups[-1] = [(before * count + centre * number) / (count + number), count + number]
    out = [0.0] * len(places)
    done = iter(order)
    for centre, number in groups:
        half = gap * (number - 1) / 2
        middle = min(max(centre, low + half), max(high - half, low + half))
        for k in range(int(number)):
            out[next(done)] = middle - half + k * gap
    return out


def end_labels(
    plot: go.Figure,
    ends: Iterable[tuple[float, float, str]],
    limits: tuple[float, float],
    pixels: float,
    width: int = 18,
    refs: tuple[str, str] = ("x", "y"),
) -> None:
    """Names at the right-hand ends of lines: (x, y, text), kept apart; the right margin grows to hold them.

    `limits` is the range of the vertical axis, `pixels` the height of the plot.
    """
    labels = [(x, y, wrapped(text, width)) for x, y, text in ends if math.isfinite(y)]
    if not labels:
        return
    low, high = limits
    tallest = max(text.count("<br>") + 1 for _, _, text in labels)
    gap = (LINE * tallest + 3) * (high - low) / pixels
    edge = LINE * (tallest - 1) / 2 * (high - low) / pixels  # a label of two lines must not reach below the axis
    places = spread([y for _, y, _ in labels], gap, low + edge, high - edge)
    for (x, _, text), y in zip(labels, places, strict=True):
        place = {"x": x, "y": y, "xref": refs[0], "yref": refs[1], "xanchor": "left", "yanchor": "middle"}
        plot.add_annotation(
            **place, text=text, xshift=8, showarrow=False, align="left", font={"size": 12, "color": INK}
        )
    longest = max(len(line) for _, _, text in labels for line in text.split("<br>"))
    plot.update_layout(margin={"r": max(int(plot.layout.margin.r or 0), 16 + round(6.6 * longest))})
