"""The capacity ledger of one trust: what its central team must do against what it can, by area and year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matsim.figures.base import Figure
from matsim.figures.parts import number_format, titled, year_axis
from matsim.figures.style import INK, TEMPLATE, faded, look
from matsim.words.amounts import academic, amount, decimals, many
from matsim.words.phrases import inner
from matsim.words.titles import AREAS

ENOUGH = 0.005
"""Posts by which need must exceed supply to count as short: less is rounding."""


def capacity_ledger(trust_year: pd.DataFrame, trust: int) -> Figure | None:
    """Need and supply of one trust's central team in posts, a panel per area. None without the trust or any need."""
    trust_years = trust_year[trust_year["trust"] == trust].sort_values("year")
    needed = trust_years[[f"need_{a}" for a in AREAS]].to_numpy(dtype=np.float64)
    if trust_years.empty or not np.nansum(needed):
        return None
    years = trust_years["year"].astype(int).tolist()
    plot = make_subplots(
        rows=3, cols=2, shared_xaxes=True, vertical_spacing=0.11, horizontal_spacing=0.2,
        subplot_titles=[f"<b>{name}</b>" for name in AREAS.values()],
    )  # fmt: skip
    plot.update_layout(template=TEMPLATE, height=540)
    plot.update_annotations(font={"size": 13, "color": INK})
    short_at_all = any((trust_years[f"need_{a}"] > trust_years[f"supply_{a}"] + ENOUGH).any() for a in AREAS)
    for i, area in enumerate(AREAS):
        _panel(plot, trust_years, years, area, i // 2 + 1, i % 2 + 1, short_at_all)
    ends = [years[0], years[-1]] if len(years) > 1 else [years[0]]
    plot.update_xaxes(**year_axis(ends, 2), tickfont={"size": 10})
    name = str(trust_years["name"].iloc[-1])
    titled(plot, "Posts in the central team (full time)", legend=True, panels=True)
    table = pd.DataFrame({"Year": [academic(y) for y in years]})
    for area, words in AREAS.items():
        pairs = zip(trust_years[f"need_{area}"], trust_years[f"supply_{area}"], strict=True)
        table[f"{words}: supply of need"] = [f"{amount(s, '')} of {amount(n, '')}" for n, s in pairs]
    alt = f"Six panels for {name}: posts needed and posts supplied by year, for each area of the central team."
    note = "Supply is what is employed, bought in, pooled between schools and lent by the local authority."
    return Figure(f"ledger-{trust}", _finding(trust_years, name, years), alt, plot, table, note)


def _panel(
    plot: go.Figure, trust_years: pd.DataFrame, years: list[int], area: str, row: int, col: int, short_at_all: bool
) -> None:
    where = {"row": row, "col": col}
    need, supply = (trust_years[f"{what}_{area}"].round(4).tolist() for what in ("need", "supply"))
    # the area between supply and need where need is larger; elsewhere its two edges meet and it has no height
    short = [max(n, s) for n, s in zip(need, supply, strict=True)]
    body = {"x": [*years, *years[::-1]], "y": [*supply, *short[::-1]], "fill": "toself", "mode": "lines"}
    gap = go.Scatter(
        **body, line={"width": 0}, fillcolor=faded(look(1).colour, 0.3), hoverinfo="skip", name="short of need"
    )
    plot.add_trace(gap.update(showlegend=row == col == 1 and short_at_all), **where)
    hover = [
        f"{AREAS[area]}, {academic(y)}<br>needs {decimals(n, 2)} posts, has {decimals(s, 2)}"
        for y, n, s in zip(years, need, supply, strict=True)
    ]
    for name, values, place in (("needed", need, 1), ("supplied", supply, 0)):
        style = look(place)
        line, marks = {"color": style.colour, "dash": style.dash, "width": 2.2}, {"symbol": style.symbol, "size": 5}
        trace = go.Scatter(x=years, y=values, mode="lines+markers", line=line, marker=marks, name=name, text=hover)
        plot.add_trace(trace.update(hovertemplate="%{text}<extra></extra>", showlegend=row == col == 1), **where)
    top = max(*need, *supply, 0.1) * 1.12
    plot.update_yaxes(range=[0, top], **(number_format("posts", top) | {"nticks": 4}), **where)


def _finding(trust_years: pd.DataFrame, name: str, years: list[int]) -> str:
    short = {a: int((trust_years[f"need_{a}"] > trust_years[f"supply_{a}"] + ENOUGH).sum()) for a in AREAS}
    worst = max(short, key=lambda a: short[a])
    if not short[worst]:
        return f"The central team of {name} had enough posts in every area in all {many(len(years), 'year')}."
    areas = sum(n > 0 for n in short.values())
    last = trust_years.iloc[-1]
    return (
        f"The central team of {name} was short in {areas} of 6 areas at some time, longest in {inner(AREAS[worst])} "
        f"({short[worst]} of {many(len(years), 'year')}); in {academic(years[-1])} it had "
        f"{decimals(last[f'supply_{worst}'], 1)} of the {decimals(last[f'need_{worst}'], 1)} posts needed there."
    )
