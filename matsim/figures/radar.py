"""The break-point radar of one trust: how near each of the six is, and in how many years."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.figures.base import Figure
from matsim.figures.style import GRID, PAPER, QUIET, blank, look
from matsim.words.amounts import academic, many, percent
from matsim.words.phrases import inner, listed
from matsim.words.titles import POINTS


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

    `own` has one trust's years in order. Years before a change of its way of working do not count.
    """
    load, rung = trust_years[f"pressure_{point}"].to_numpy(dtype=np.float64), trust_years[f"rung_{point}"].to_numpy()
    if load[-1] >= 1.0:
        return 0.0
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
