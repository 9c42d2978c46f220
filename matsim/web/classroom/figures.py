"""Figures of a classroom: several teams on one map and one axis, and one team's luck."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.figures import Figure
from matsim.figures.break_points import trust_break_points
from matsim.figures.ledger import capacity_ledger
from matsim.figures.maps import school_map
from matsim.figures.parts import titled, year_axis
from matsim.figures.reserves import trust_reserves
from matsim.figures.style import GOOD, NEUTRAL, blank
from matsim.figures.text import safe
from matsim.web.classroom.debrief import SUMMARY, Luck, summary
from matsim.web.classroom.rounds import Measured, Member, Outcome, Played
from matsim.words.amounts import academic, percent

PAINT = ["#08305e", "#b54708", "#006b4f", "#2b78b8", "#7a2560", "#101418", "#6b4a1e", "#0f6e78", "#a1260d", "#5f666d"]
"""The teams' colours, in the order of session.COLOURS: each at least 4.5 to 1 against white."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon", "triangle-down", "hexagon")


def of_trust(played: Played, uid: int) -> list[Figure]:
    """One trust's figures after the years played; none before the first."""
    rows = played.frames["trust_year"]
    if rows.empty or not (rows["trust"] == uid).any():
        return []
    figures = [
        trust_break_points(rows, uid),
        capacity_ledger(rows, uid),
        trust_reserves(rows, uid),
        school_map(played.frames["schools"], played.frames["events"], rows, trust=uid),
    ]
    return [figure for figure in figures if figure is not None]


def over_teams(teams: Sequence[tuple[str, int, Outcome]], measure: Measured) -> Figure | None:
    """One measure over the years, a line per team: (name, colour, outcome)."""
    plot = blank(430, showlegend=True, hovermode="x unified")
    cells: dict[str, list[str]] = {}
    years = sorted({int(r["year"]) for *_, outcome in teams for r in outcome.rows})
    if not years:
        return None
    # where they all began stands as a year before the first
    start = years[0] - 1
    years = [start, *years]  # where they all began
    last: list[tuple[float, str]] = []
    for name, colour, outcome in teams:
        values = {int(r["year"]): measure.value(r) for r in outcome.rows}
        values[start] = measure.value(outcome.opening)
        shown = [values.get(y, np.nan) for y in years]
        look = {"color": PAINT[colour], "symbol": SYMBOLS[colour], "size": 9}
        plot.add_scatter(
            x=years, y=shown, name=safe(name), mode="lines+markers", marker=look, line={"color": PAINT[colour]}
        )
        cells[name] = ["" if np.isnan(v) else measure.text(v) for v in shown]
        last += [(values[years[-1]], name)] if years[-1] in values else []
    plot.update_layout(xaxis=year_axis(years, 6))
    titled(plot, measure.heading, legend=True)
    _from_afar(plot)
    table = pd.DataFrame({"Year": [academic(y) for y in years], **cells})
    high, low = max(last, default=(0.0, "")), min(last, default=(0.0, ""))
    lowest, highest = measure.text(low[0]), measure.text(high[0])
    if len(last) < 2 or lowest == highest:
        finding = f"{measure.title}: {highest} in the last year{' at every team' if len(last) > 1 else ''}."
    else:
        finding = f"{measure.title}: {lowest} to {highest} in the last year, most at {high[1]}."
    alt = f"A line for each team: {measure.title.lower()} by year."
    return Figure(f"teams-{measure.column.replace('_', '-')}", finding, alt, plot, table)


def teams_map(teams: Sequence[tuple[str, int, Outcome]], played: Played) -> Figure:
    """All schools in grey and each team's in its colour and shape, on equal axes in km.

    In parallel worlds the same school may be in several teams' trusts: its marks lie round it.
    """
    places = played.frames["schools"]
    east, north, span = _round([m for *_, outcome in teams for m in outcome.members])
    plot = blank(560, showlegend=True)
    axis = {"showgrid": True, "tickformat": ",.0f", "constrain": "domain"}
    plot.update_layout(
        xaxis={**axis, "range": [east - span / 2, east + span / 2], "title": {"text": "Easting (km)"}},
        yaxis={
            **axis,
            "range": [north - span / 2, north + span / 2],
            "title": {"text": "Northing (km)"},
            "scaleanchor": "x",
            "scaleratio": 1,
        },
    )
    grey = {"color": "#c3c9cf", "size": 4}
    plot.add_scatter(
        x=(places["easting"] / 1000).round(2),
        y=(places["northing"] / 1000).round(2),
        mode="markers",
        marker=grey,
        name="Other schools",
        hoverinfo="skip",
    )
    for turn, (name, colour, outcome) in enumerate(teams):
        # each team's marks are shifted a little its own way, or the last team would cover all others
        angle, off = 2 * np.pi * turn / max(len(teams), 1), 0.012 * span if len(teams) > 1 else 0.0
        plot.add_scatter(
            x=[m.easting / 1000 + off * np.cos(angle) for m in outcome.members],
            y=[m.northing / 1000 + off * np.sin(angle) for m in outcome.members],
            mode="markers",
            marker={
                "color": PAINT[colour],
                "symbol": SYMBOLS[colour],
                "size": 10,
                "line": {"color": "#fff", "width": 1},
            },
            name=safe(name),
            text=[safe(m.name) for m in outcome.members],
            hovertemplate="%{text}",
        )
    _from_afar(plot)
    table = pd.DataFrame(
        [(name, m.name, m.phase, m.grade) for name, _, outcome in teams for m in outcome.members],
        columns=["Team", "School", "Phase", "Last grade"],
    )
    count = sum(len(o.members) for *_, o in teams)
    alt = "A map of all schools in grey, with each team's schools in a colour and shape of its own."
    return Figure("teams-map", f"The teams have {count} schools between them.", alt, plot, table)


def _from_afar(plot: go.Figure) -> None:
    """Letters that can be read from the back of a room."""
    plot.update_xaxes(tickfont={"size": 17}, title={"font": {"size": 17}})
    plot.update_yaxes(tickfont={"size": 17}, title={"font": {"size": 17}})
    plot.update_layout(legend={"font": {"size": 17}})


def _round(members: Sequence[Member]) -> tuple[float, float, float]:
    """Middle (km) and width (km) of a square that holds these schools with room around them."""
    if not members:
        return 0.0, 0.0, 1000.0
    xy = np.array([(m.easting, m.northing) for m in members]) / 1000.0
    low, high = xy.min(axis=0), xy.max(axis=0)
    middle = (low + high) / 2.0
    return float(middle[0]), float(middle[1]), float((high - low).max() + 8.0)


def luck_figure(lucks: Sequence[Luck]) -> list[Figure]:
    """A histogram for each measure: what the team might have seen, and what it saw."""
    figures = []
    for luck in lucks:
        m = luck.measure
        plot = blank(260, showlegend=False, bargap=0.05)
        plot.add_histogram(x=luck.values, nbinsx=30, marker={"color": NEUTRAL})
        plot.add_vline(x=luck.actual, line={"color": GOOD, "width": 3, "dash": "dash"})
        plot.add_annotation(x=luck.actual, y=1, yref="paper", yanchor="bottom", text="what you saw", showarrow=False)
        plot.update_layout(xaxis={"title": {"text": m.heading}})
        titled(plot, "Lucks (number)")
        quantiles = (luck.low, luck.quarter, luck.median, luck.three_quarters, luck.high, luck.actual)
        names = ("5% of lucks gave less than", "A quarter gave less than", "The middle", "A quarter gave more than")
        table = pd.DataFrame(
            {
                "Over all lucks": [*names, "5% of lucks gave more than", "What you saw"],
                m.title: [m.text(v) for v in quantiles],
            }
        )
        alt = f"A histogram of {m.title.lower()} at the end over {len(luck.values)} lucks, with a line at what you saw."
        note = f"In {luck.closed} more the trust was not there at the end." if luck.closed else ""
        figures.append(Figure(f"luck-{m.key}", luck.sentence, alt, plot, table, note))
    return figures


def luck_over_teams(teams: Sequence[tuple[str, int, Luck]]) -> Figure:
    """What every team saw of one measure among what its decisions gave over all lucks: (name, colour, luck)."""
    m, actual = teams[0][2].measure, [luck.actual for *_, luck in teams]
    plot = blank(150 + 52 * len(teams), showlegend=False)
    for place, (name, colour, luck) in enumerate(teams):
        for ends, width in (((luck.low, luck.high), 3), ((luck.quarter, luck.three_quarters), 14)):
            line = {"color": "#aab2ba", "width": width}
            plot.add_scatter(x=ends, y=[place, place], mode="lines", line=line, hoverinfo="skip")
        look = {"color": PAINT[colour], "symbol": SYMBOLS[colour], "size": 17, "line": {"color": "#fff", "width": 1}}
        plot.add_scatter(x=[luck.actual], y=[place], mode="markers", marker=look, name=safe(name))
    names = [safe(name) for name, *_ in teams]
    plot.update_layout(
        xaxis={"title": {"text": m.heading}},
        yaxis={"tickvals": list(range(len(teams))), "ticktext": names, "autorange": "reversed", "automargin": True},
    )
    low, high = min(luck.low for *_, luck in teams), max(luck.high for *_, luck in teams)
    room = 0.05 * (high - low) or 1.0
    plot.update_xaxes(range=[min(low, *actual) - room, max(high, *actual) + room])
    _from_afar(plot)
    best = max(teams, key=lambda t: t[2].worth)
    kind = max(teams, key=lambda t: t[2].worse)
    finding = (
        f"{m.title}: the decisions of {best[0]} were worth most, {summary(best[2])[2]} against its CEO alone; luck was "
        f"kindest to {kind[0]}, with more than in {percent(kind[2].worse)} of lucks."
    )
    alt = (
        "A row for each team: its mark is what it saw; the thick line holds half of the lucks that its decisions were "
        "replayed over, the thin line 90% of them."
    )
    table = pd.DataFrame([(name, *summary(luck)) for name, _, luck in teams], columns=["Team", *SUMMARY])
    return Figure("teams-luck", finding, alt, plot, table)
