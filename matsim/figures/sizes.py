"""How large trusts are, over the years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.figures.base import Figure
from matsim.figures.names import SIZE_BANDS
from matsim.figures.parts import end_labels, titled, year_axis
from matsim.figures.style import INK, blank
from matsim.words.amounts import academic, count, decimals, many, percent

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
