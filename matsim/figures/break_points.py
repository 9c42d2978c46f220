"""Break points: when the system's trusts reached them, one trust's load on its six by year, and how near each is."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.analysis.run import pressure
from matsim.figures.base import Figure
from matsim.figures.parts import year_axis
from matsim.figures.style import GRID, INK, PAPER, QUIET, blank, look
from matsim.words.amounts import academic, count, decimals, many, percent
from matsim.words.phrases import inner, listed
from matsim.words.titles import POINTS

SHADES = [[0.0, "#ffffff"], [0.35, "#dbe6f0"], [0.66, "#8fb1d1"], [1.0, "#08305e"]]


def break_points_reached(events: pd.DataFrame, years: list[int]) -> Figure | None:
    """How many trusts reached each break point in each of `years`, from the table `events`. None when none did."""
    reached = events[(events["event"] == "reach") & events["reason"].isin(list(POINTS))]
    if reached.empty or not years:
        return None
    point = reached["reason"].astype(str).map(POINTS)
    counts = pd.crosstab(point, reached["year"]).reindex(index=list(POINTS.values()), columns=years, fill_value=0)
    texts = [[count(v) if v else "·" for v in row] for row in counts.to_numpy()]
    hover = [
        [f"{p}<br>{academic(y)}: {many(v, 'trust')} reached it" for y, v in zip(years, row, strict=True)]
        for p, row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    plot = _strip(counts.to_numpy(dtype=np.float64), texts, hover, list(counts.index), years, counts.to_numpy().max())
    table = counts.T.set_axis([academic(y) for y in years]).rename_axis("Year").reset_index().rename_axis(None, axis=1)
    alt = "A grid of the six break points by year: the number of trusts that reached each, darker where more did."
    return Figure("break-points-reached", pressure(events), alt, plot, table)


def trust_break_points(trust_year: pd.DataFrame, trust: int) -> Figure | None:
    """One trust's load on each of its six ways of working by year, as a share of what each carries.

    From `trust_year`. 100% is the break point; a new way of working lowers the share. None without the trust.
    """
    trust_years = trust_year[trust_year["trust"] == trust].sort_values("year")
    if trust_years.empty:
        return None
    years = trust_years["year"].astype(int).tolist()
    loads = trust_years[[f"pressure_{k}" for k in POINTS]].to_numpy(dtype=np.float64).T
    texts = [[_cell(v) for v in row] for row in loads]
    hover = [
        [
            f"{p}<br>{academic(y)}: {percent(v)} of what its way of working carries"
            for y, v in zip(years, row, strict=True)
        ]
        for p, row in zip(POINTS.values(), loads, strict=True)
    ]
    plot = _strip(loads, texts, hover, list(POINTS.values()), years, max(1.25, float(np.nanmax(loads))), middle=1.0)
    name = str(trust_years["name"].iloc[-1])
    title = f"{name} {_passed(loads, years)}."
    shown = pd.DataFrame({p: [percent(v) for v in row] for p, row in zip(POINTS.values(), loads, strict=True)})
    shown.insert(0, "Year", [academic(y) for y in years])
    alt = f"A grid of the six break points of {name} by year: load as a share of what its way of working carries."
    note = "In percent; from 100 (framed) the load is more than the way of working carries: a break point is passed."
    return Figure(f"break-points-{trust}", title, alt, plot, shown, note)


def _strip(
    values: np.ndarray,
    texts: list[list[str]],
    hover: list[list[str]],
    rows: list[str],
    years: list[int],
    top: float,
    middle: float | None = None,
) -> go.Figure:
    """A grid of cells shaded by value, each with its number; cells at or past `middle` are framed."""
    plot = blank(110 + 44 * len(rows), showlegend=False, margin={"l": 12, "r": 20, "t": 10, "b": 12})
    plot.add_trace(
        go.Heatmap(
            z=values.tolist(), x=years, y=rows, text=hover, zmin=0, zmax=float(top), colorscale=SHADES, showscale=False,
            xgap=2, ygap=3, hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    size = 10 if len(years) > 8 else 12
    for i, row in enumerate(rows):
        for j, year in enumerate(years):
            light = values[i][j] > 0.8 * top
            font = {"size": size, "color": "#ffffff" if light else INK}
            plot.add_annotation(x=year, y=row, text=texts[i][j], showarrow=False, font=font)
            if middle is not None and values[i][j] >= middle:
                box = {"x0": year - 0.46, "x1": year + 0.46, "y0": i - 0.44, "y1": i + 0.44}
                plot.add_shape(type="rect", **box, line={"color": look(1).colour, "width": 3})
    axis = year_axis(years, 3) | {"range": [years[0] - 0.5, years[-1] + 0.5], "showline": False}
    plot.update_layout(xaxis=axis, yaxis={"autorange": "reversed", "showgrid": False, "showline": False, "ticks": ""})
    plot.update_yaxes(ticktext=[_two_lines(r) for r in rows], tickvals=rows, tickfont={"size": 11})
    return plot


def _two_lines(name: str) -> str:
    return name.replace(" ", "<br>", 1) if len(name) > 11 else name


def _cell(value: float) -> str:
    return "" if not math.isfinite(value) else decimals(100 * value)


def _passed(loads: np.ndarray, years: list[int]) -> str:
    """What one trust's grid shows."""
    over = loads >= 1.0
    hit = [name for name, row in zip(POINTS.values(), over, strict=True) if row.any()]
    if not hit:
        top = np.unravel_index(int(np.nanargmax(loads)), loads.shape)
        name = list(POINTS.values())[int(top[0])]
        when = academic(years[int(top[1])])
        return f"passed none of the six break points; the nearest was {inner(name)}, at {percent(loads[top])} in {when}"
    first = [academic(years[int(np.argmax(row))]) for row in over if row.any()]
    passed = ", ".join(f"{inner(name)} ({year})" for name, year in zip(hit, first, strict=True))
    return f"passed {len(hit)} of the six break points, first in these years: {passed}"


def radar(
    trust_year: pd.DataFrame, trust: int, year: int | None = None, lead: Mapping[str, float] | None = None
) -> Figure | None:
    """The break-point radar of one trust in a year (its last by default), with the years left until each.

    `lead` gives years by break point (its key in the tables), 0 when passed, inf when not coming nearer; without it
    they follow from growth over the last two years at the same way of working. None without the trust.
    """
    trust_years = trust_year[trust_year["trust"] == trust].sort_values("year")
    trust_years = trust_years if year is None else trust_years[trust_years["year"] <= year]
    if trust_years.empty:
        return None
    now = trust_years.iloc[-1]
    loads = {k: float(now[f"pressure_{k}"]) for k in POINTS}
    years = dict(lead) if lead is not None else {k: lead_time(trust_years, k) for k in POINTS}
    names = list(POINTS.values())
    # drawn no further out: one load far past its point would shrink the others to nothing (the table has it whole)
    values = [min(v, 1.6) for v in loads.values()]
    hover = [f"{POINTS[k]}<br>{percent(v)} of what it carries<br>{lead_words(years[k])}" for k, v in loads.items()]
    style, top = look(0), max(1.2, *values)
    plot = blank(380, showlegend=False, margin={"l": 84, "r": 84, "t": 44, "b": 44})
    ring = {"theta": [*names, names[0]], "mode": "lines", "hoverinfo": "skip"}
    plot.add_trace(go.Scatterpolar(r=[1.0] * 7, line={"color": look(1).colour, "width": 2, "dash": "dash"}, **ring))
    body = {"r": [*values, values[0]], "theta": [*names, names[0]], "text": [*hover, hover[0]]}
    marks = {"size": 9, "color": style.colour, "symbol": ["circle" if v < 1 else "x" for v in [*values, values[0]]]}
    plot.add_trace(
        go.Scatterpolar(
            **body, mode="lines+markers", fill="toself", fillcolor="rgba(8, 48, 94, 0.16)", marker=marks,
            line={"color": style.colour, "width": 2}, hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    labels = [n.replace(" ", "<br>", 1) for n in names]
    around = {"tickmode": "array", "tickvals": names, "ticktext": labels, "direction": "clockwise", "rotation": 90}
    scale = {"range": [0, top], "tickvals": [0.5, 1.0], "tickformat": ".0%", "angle": 60, "tickangle": 60}
    scale |= {"gridcolor": GRID, "tickfont": {"size": 11, "color": QUIET}}
    axes = {"angularaxis": around | {"tickfont": {"size": 11}}, "radialaxis": scale, "bgcolor": PAPER}
    plot.update_layout(polar=axes)
    order = sorted(POINTS, key=lambda k: (years[k], -loads[k]))
    table = pd.DataFrame(
        {"Break point": [POINTS[k] for k in order], "Load over what it carries": [percent(loads[k]) for k in order],
         "Years until it": [lead_words(years[k]) for k in order]}
    )  # fmt: skip
    name, when = str(now["name"]), academic(float(now["year"]))
    title = f"In {when}, {name} {_finding(order, years, loads)}."
    alt = f"A radar of the six break points of {name}: load over what each way of working carries; a ring at 100%."
    note = "Dashed ring: the break point. A cross marks one that is passed."
    return Figure(f"radar-{trust}", title, alt, plot, table, note)


def _finding(order: list[str], years: Mapping[str, float], loads: Mapping[str, float]) -> str:
    past = [inner(POINTS[k]) for k in order if years[k] <= 0]
    if past:
        return f"was past {len(past)} of the six break points: {listed(past)}"
    near = order[0]
    if years[near] <= 10:
        when = f"{lead_words(years[near])}, at {percent(loads[near])} of what its way of working carries"
        return f"had {inner(POINTS[near])} as its nearest break point, {when}"
    full = max(order, key=lambda k: loads[k])
    load = f"{inner(POINTS[full])}, at {percent(loads[full])} of its load"
    return f"had no break point within ten years; the fullest was {load}"


def lead_time(trust_years: pd.DataFrame, point: str) -> float:
    """Years until a break point at the growth of the last two years; 0 when passed, inf when not growing.

    `trust_years` has one trust's in order. Years before a change of its way of working do not count.
    """
    load, rung = trust_years[f"pressure_{point}"].to_numpy(dtype=np.float64), trust_years[f"rung_{point}"].to_numpy()
    if load[-1] >= 1.0:
        return 0.0
    # the last two years as far as the way of working is the present one: an answer lowers the load at once
    same = [i for i in range(max(len(load) - 3, 0), len(load)) if (rung[i:] == rung[-1]).all()]
    span = len(load) - 1 - same[0]
    growth = (load[-1] - load[same[0]]) / span if span else 0.0
    return float((1.0 - load[-1]) / growth) if growth > 1e-6 else math.inf


def lead_words(years: float) -> str:
    """A lead time in words."""
    if years <= 0:
        return "passed"
    if years > 10:
        return "not within ten years at the present pace"
    return f"about {many(max(1, round(years)), 'year')} off"
