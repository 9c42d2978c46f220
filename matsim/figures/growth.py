"""How chosen trusts spread over the map, year by year: an animation with a frame per academic year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.figures.base import Figure
from matsim.figures.maps import sheet, within
from matsim.figures.members import memberships
from matsim.figures.places import kilometres, window
from matsim.figures.style import PAPER, look
from matsim.figures.text import safe, short, wrapped
from matsim.words.amounts import academic, count, many
from matsim.words.phrases import listed

MOST_TRUSTS = 4
MOST_BEHIND = 1200
"""Other schools drawn behind for orientation; of more, an even choice."""


def growth_map(
    schools: pd.DataFrame, events: pd.DataFrame, trust_year: pd.DataFrame, trusts: Sequence[int]
) -> Figure | None:
    """Where the schools of up to four trusts lay in every year. None when none of them has a school on the map.

    From the tables `schools`, `events` and `trust_year`. Frames are named by academic year and the last one is shown
    at first. Only the chosen trusts' schools move: the rest of the system is a still background, thinned where dense.
    """
    if trust_year.empty or schools.empty:
        return None
    years = sorted(int(y) for y in trust_year["year"].unique())
    members, places = memberships(schools, events, years), kilometres(schools)
    known = np.isfinite(places).all(axis=1)
    ever = {t: (members[years] == t).any(axis=1).to_numpy() & known for t in list(trusts)[:MOST_TRUSTS]}
    ever = {t: rows for t, rows in ever.items() if rows.any()}
    if not ever:
        return None
    names = trust_year.drop_duplicates("trust", keep="last").set_index("trust")["name"]
    east, north = window(places[np.logical_or.reduce(list(ever.values()))])
    plot = sheet(east, north)
    behind = known & within(places, east, north)
    thinned = _still(plot, places, behind)
    frames = []
    for year in years:
        traces = [
            _trace(schools, places, rows & (members[year] == t).to_numpy(), str(names.get(t, t)), place)
            for place, (t, rows) in enumerate(ever.items())
        ]
        frames.append(go.Frame(name=academic(year), data=traces, traces=list(range(1, 1 + len(traces)))))
    for trace in frames[-1].data:
        plot.add_trace(trace)
    plot.frames = frames
    plot.update_layout(sliders=[_slider(years)])
    sizes = {str(names.get(t, t)): [int((members[y] == t).sum()) for y in years] for t in ever}
    changes = listed(f"{n} went from {many(s[0], 'school')} to {count(s[-1])}" for n, s in sizes.items())
    title = f"From {academic(years[0])} to {academic(years[-1])}, {changes}."
    note = "Grey: all other schools nearby, whenever they were open" + (", thinned." if thinned else ".")
    alt = "A map of the trusts' schools that can be moved from year to year."
    table = pd.DataFrame({"Year": [academic(y) for y in years], **{f"Schools of {n}": s for n, s in sizes.items()}})
    return Figure("growth-" + "-".join(str(t) for t in ever), title, alt, plot, table, note)


def _still(plot: go.Figure, places: np.ndarray, behind: np.ndarray) -> bool:
    spots = places[behind]
    drawn = spots[:: max(1, -(-len(spots) // MOST_BEHIND))].round(1)
    mark = {"symbol": "circle", "size": 3, "color": "#c3c8ce"}
    body = {"x": drawn[:, 0].tolist(), "y": drawn[:, 1].tolist(), "mode": "markers"}
    plot.add_trace(go.Scatter(**body, marker=mark, hoverinfo="skip", name="other schools"))
    return len(drawn) < len(spots)


def _trace(schools: pd.DataFrame, places: np.ndarray, rows: np.ndarray, name: str, place: int) -> go.Scatter:
    style, spots = look(place), places[rows].round(2)
    mark = {"symbol": style.symbol, "size": 10, "color": style.colour, "line": {"color": PAPER, "width": 1}}
    hover = [f"<b>{wrapped(short(n, 60), 32)}</b><br>{wrapped(short(name, 60), 32)}" for n in schools.loc[rows, "name"]]
    # an empty trace keeps its entry in the legend only with a point that is nowhere
    x, y = (spots[:, i].tolist() or [None] for i in (0, 1))
    body = {"x": x, "y": y, "text": hover, "mode": "markers", "marker": mark, "name": safe(short(name, 34))}
    return go.Scatter(**body, hovertemplate="%{text}<extra></extra>", showlegend=True)


def _slider(years: list[int]) -> dict[str, object]:
    """A slider over the years, for where the page has none of its own."""
    steps = [
        {
            "label": academic(y),
            "method": "animate",
            "args": [[academic(y)], {"mode": "immediate", "frame": {"duration": 0}}],
        }
        for y in years
    ]
    return {"active": len(years) - 1, "steps": steps, "pad": {"t": 46}, "currentvalue": {"visible": True}}
