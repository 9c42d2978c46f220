"""The system over the years: who runs schools, by which route academies open, and how large trusts are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matsim.figures.base import Figure
from matsim.figures.lines import over_years
from matsim.figures.parts import end_labels, titled, year_axis
from matsim.figures.style import INK, TEMPLATE, blank, look
from matsim.figures.text import SIZE_BANDS
from matsim.results.tables import SPECIALIST
from matsim.words.amounts import academic, count, decimals, many, percent
from matsim.words.phrases import capital, inner, listed

KINDS = (("maintained", "Maintained"), ("single", "Single-academy trusts"), ("in_mats", "In MATs"))
PHASES = (
    ("primary", "Primary schools", "primary schools"),
    ("secondary", "Secondary and all-through schools", "secondary schools"),
    *((key, capital(words), words) for key, words in SPECIALIST.items()),
)
"""The name of a phase's columns, what stands above its lines, and what a sentence calls its schools."""
BY_AUTHORITIES = ("special", "alternative")
"""Phases beside the mainstream with many schools that local authorities run; of 16 to 19 all are academies."""


def who_runs_schools(system_year: pd.DataFrame) -> Figure | None:
    """Share of schools of each phase that are maintained, in single-academy trusts and in MATs.

    From the table `system_year`. None without years or without schools.
    """
    # results made before there were special schools in them have no columns of these
    columns = [(phase, f"{phase[0]}_schools") for phase in PHASES]
    phases = [phase for phase, column in columns if column in system_year and system_year[column].max() > 0]
    # files may know such schools by their trusts alone: a share of these says nothing
    partial = [p for p in phases if p[0] in BY_AUTHORITIES and system_year[f"{p[0]}_maintained"].max() == 0]
    phases = [phase for phase in phases if phase not in partial]
    if system_year.empty or not phases:
        return None
    years = system_year["year"].astype(int).tolist()
    plot = make_subplots(rows=len(phases), cols=1, shared_xaxes=True, vertical_spacing=0.24 / len(phases))
    plot.update_layout(template=TEMPLATE, height=74 + 210 * len(phases), margin_t=48)
    table = pd.DataFrame({"Year": [academic(y) for y in years]})
    changes = []
    for row, (phase, name, of) in enumerate(phases, 1):
        ends = []
        for place, (kind, words) in enumerate(KINDS):
            counts = system_year[f"{phase}_{kind}"]
            shares = (counts / system_year[f"{phase}_schools"]).round(6)
            hover = [
                f"{words}<br>{academic(y)}: {percent(s, 1)} ({count(c)})"
                for y, s, c in zip(years, shares, counts, strict=True)
            ]
            style = look(place)
            marker = {"symbol": style.symbol, "size": [0] * (len(years) - 1) + [8]}
            line = {"color": style.colour, "dash": style.dash, "width": 2.5}
            trace = go.Scatter(x=years, y=shares.tolist(), mode="lines+markers", line=line, marker=marker, text=hover)
            plot.add_trace(trace.update(name=words, hovertemplate="%{text}<extra></extra>"), row=row, col=1)
            ends.append((years[-1], float(shares.iloc[-1]), words))
            table[f"{name}: {inner(words)}"] = counts.tolist()
        number = "" if row == 1 else str(row)
        end_labels(plot, ends, (0, 1), 170, refs=(f"x{number}", f"y{number}"))
        plot.add_annotation(
            xref=f"x{number} domain", yref=f"y{number} domain", x=0, y=1, xanchor="left", yanchor="bottom",
            text=f"<b>{name}</b>", showarrow=False, font={"size": 13, "color": INK},
        )  # fmt: skip
        share = system_year[f"{phase}_in_mats"] / system_year[f"{phase}_schools"]
        changes.append(f"{percent(share.iloc[0], 1)} to {percent(share.iloc[-1], 1)} of {of}")
    plot.update_xaxes(**year_axis(years, 3))
    plot.update_yaxes(range=[0, 1], tickformat=".0%", nticks=5)
    titled(plot, "Share of schools (%)")
    when = f"from {academic(years[0])} to {academic(years[-1])}"
    title = f"MATs went from {listed(changes)}, {when}."
    if len(years) == 1:
        now = listed(t.split(" to ")[1] for t in changes)
        title = f"In {academic(years[0])}, MATs had {now}."
    alt = "Lines: the share of schools that are maintained, in single-academy trusts and in MATs, for each phase."
    note = ""
    if partial:
        words = capital(listed(of for _, _, of in partial))
        note = f"{words} are not shown: the first year has none of those that local authorities run."
    return Figure("who-runs-schools", title, alt, plot, table, note)


def openings(system_year: pd.DataFrame) -> Figure | None:
    """Converter, sponsored and free schools opened each year, from `system_year`. None when none opened."""
    routes = (("converters_opened", "Converters"), ("sponsored_opened", "Sponsored"), ("free_opened", "Free schools"))
    totals = {name: int(system_year[column].sum()) for column, name in routes}
    if not sum(totals.values()):
        return None
    parts = [
        pd.DataFrame({"year": system_year["year"], "option": name, "median": system_year[column].astype(float)})
        for column, name in routes
    ]
    years = system_year["year"].astype(int)
    first, last = academic(years.min()), academic(years.max())
    when = f"in {first}" if first == last else f"from {first} to {last}"
    title = (
        f"{count(totals['Converters'])} converter and {count(totals['Sponsored'])} sponsored academies and "
        f"{count(totals['Free schools'])} free schools opened {when}."
    )
    alt = "Lines: academies opened in each year, by route."
    frame = pd.concat(parts, ignore_index=True)
    return over_years("openings", title, alt, frame, label="Opened in the year", unit="schools", zero=True)


SHADES = ("#eef3f8", "#d3e0ec", "#b4cbe0", "#8fb1d1", "#6a95bf", "#4476a6", "#255688", "#08305e")
"""Light to dark with size, about ten steps of lightness apart, each with an outline."""


def size_distribution(trust_year: pd.DataFrame) -> Figure | None:
    """Trusts by number of schools, a bar per year, from the table `trust_year`. None without trusts."""
    trusts = trust_year[trust_year["schools"] > 0]
    if trusts.empty:
        return None
    names = [name for name, _, _ in SIZE_BANDS]
    edges = [low for _, low, _ in SIZE_BANDS]
    place = np.searchsorted(edges, trusts["schools"].to_numpy(), side="right") - 1
    counts = pd.crosstab(trusts["year"], pd.Series(place, trusts.index)).reindex(
        columns=range(len(names)), fill_value=0
    )
    years = [int(y) for y in counts.index]
    plot = blank(430, barmode="stack", bargap=0.18)
    for i, name in enumerate(names):
        values = counts[i].tolist()
        hover = [
            f"{academic(y)}<br>{many(v, 'trust')} of {name} school{'s' * (i > 0)}"
            for y, v in zip(years, values, strict=True)
        ]
        edge = {"color": INK, "width": 0.5}
        bar = go.Bar(x=years, y=values, marker={"color": SHADES[i], "line": edge}, name=name, text=hover)
        plot.add_trace(bar.update(textposition="none", hovertemplate="%{text}<extra></extra>"))
    total = float(counts.sum(axis=1).max())
    x_axis = year_axis(years, 3)
    x_axis["range"] = [years[0] - 0.6, years[-1] + 0.6]
    plot.update_layout(xaxis=x_axis, yaxis={"range": [0, total * 1.02], "tickformat": ",.0f"})
    titled(plot, "Trusts (number), by number of schools")
    last = counts.iloc[-1].to_numpy(dtype=np.float64)
    middles = np.cumsum(last) - last / 2
    ends = [
        (years[-1] + 0.45, float(m), f"{name}{' school' if i == 0 else ' schools' if i == 1 else ''}: {decimals(n)}")
        for i, (name, m, n) in enumerate(zip(names, middles, last, strict=True))
        if n > 0
    ]
    end_labels(plot, ends, (0, total * 1.02), 350)
    table = counts.set_axis([f"{name} school{'s' * (i > 0)}" for i, name in enumerate(names)], axis=1)
    table.insert(0, "Year", [academic(y) for y in years])
    alt = "Stacked bars: the number of trusts in each year, by how many schools they have."
    return Figure("trust-sizes", _finding(trusts, years), alt, plot, table.reset_index(drop=True))


def _finding(trusts: pd.DataFrame, years: list[int]) -> str:
    first, last = trusts[trusts["year"] == years[0]]["schools"], trusts[trusts["year"] == years[-1]]["schools"]
    large = [int((s >= 11).sum()) for s in (first, last)]
    if len(years) == 1:
        return f"In {academic(years[0])}, {count(large[0])} of {many(len(first), 'trust')} had 11 schools or more."
    shares = [float(s[s >= 11].sum() / s.sum()) for s in (first, last)]
    return (
        f"Trusts of 11 schools or more went from {count(large[0])} in {academic(years[0])} to {count(large[1])} in "
        f"{academic(years[-1])}, and from {percent(shares[0])} to {percent(shares[1])} of all academies."
    )
