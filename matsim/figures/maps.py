"""Maps without tiles, still and moving: eastings and northings in km on equal axes, plain points, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from matsim.figures.base import Figure
from matsim.figures.flows import kinds, memberships
from matsim.figures.style import INK, PAPER, QUIET, blank, look
from matsim.figures.text import safe, short, wrapped
from matsim.measures.listed import ISOLATED_MINUTES
from matsim.words import offices
from matsim.words.amounts import academic, count, many, percent
from matsim.words.phrases import listed

type Points = NDArray[np.float64]


@dataclass(frozen=True)
class Travel:
    """How far one gets by road: km per hour, road distance over straight distance, and minutes lost at both ends."""

    speed: float = 55.0
    detour: float = 1.3
    start: float = 2.0

    def km(self, minutes: float) -> float:
        """Straight-line km reached in so many minutes."""
        return max(minutes - self.start, 0.0) / 60.0 * self.speed / self.detour

    @property
    def words(self) -> str:
        """How minutes were turned into distance, for a note."""
        return (
            f"Minutes are straight-line distance times {self.detour:g} at {self.speed:g} km an hour, "
            f"plus {self.start:g} minutes: a rough guide, not a route planner."
        )


def kilometres(schools: pd.DataFrame) -> Points:
    """Eastings and northings in km, shape (n, 2); nan where unknown."""
    return schools[["easting", "northing"]].to_numpy(dtype=np.float64) / 1000.0


def isolated(places: Points, travel: Travel, minutes: float = ISOLATED_MINUTES) -> NDArray[np.bool_]:
    """Which of one trust's schools lie further than so many minutes from every other. A single school is not."""
    if len(places) < 2:
        return np.zeros(len(places), dtype=bool)
    # distances of every school to every other: (n, n)
    gaps = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    # no school is its own neighbour
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(np.nanmin(np.where(np.isnan(gaps), np.inf, gaps), axis=1) > travel.km(minutes))


def ring(centre: Sequence[float], km: float, corners: int = 72) -> Points:
    """A closed circle round a point, shape (corners + 1, 2)."""
    turn = np.linspace(0.0, 2.0 * np.pi, corners + 1)
    return np.asarray(np.column_stack([centre[0] + km * np.sin(turn), centre[1] + km * np.cos(turn)]))


def window(places: Points, least: float = 10.0, room: float = 0.08) -> tuple[list[float], list[float]]:
    """Ranges of east and north that hold all places and span the same number of km, at least `least`."""
    low, high = np.nanmin(places, axis=0), np.nanmax(places, axis=0)
    half = max(float((high - low).max()), least) * (0.5 + room)
    middle = (low + high) / 2
    return [float(middle[0] - half), float(middle[0] + half)], [float(middle[1] - half), float(middle[1] + half)]


MOST_POINTS = 2000
"""Schools drawn one by one. Of more, the whole system is drawn as squares with the share in MATs, and of a trust's
surroundings an even choice. Points are SVG: WebGL may be missing, and a page's security policy may forbid it."""
SQUARE_KM = 10.0
WIDER = 1.8
"""How much more than a square a page may show of an axis."""

_MARKS = (  # of KINDS: name, symbol, size, colour
    ("maintained", "circle-open", 5, "#7a8188"),
    ("single-academy trust", "square-open", 6, look(1).colour),
    ("other MAT", "triangle-up", 6, "#5d9a83"),
)


def school_map(
    schools: pd.DataFrame,
    events: pd.DataFrame,
    trust_year: pd.DataFrame,
    *,
    trust: int | None = None,
    year: int | None = None,
    centre: tuple[float, float] | None = None,
    rings: Sequence[float] = (),
    travel: Travel | None = None,
) -> Figure | None:
    """Open schools at the end of a year (the last by default) by who runs them, with one trust picked out.

    From the tables `schools`, `events` and `trust_year`. `rings` are minutes by `travel` round `centre` (easting and
    northing in m; the middle of the trust's schools by default). With a trust the map shows its surroundings.
    None without places to show.
    """
    if trust_year.empty or schools.empty:
        return None
    travel = travel or Travel()
    years = sorted(int(y) for y in trust_year["year"].unique())
    year = years[-1] if year is None else year
    if year not in years:
        return None
    members = memberships(schools, events, [y for y in years if y <= year])[year]
    places, kind = kilometres(schools), kinds(members, trust_year, year).to_numpy()
    open_now = (kind <= 2) & np.isfinite(places).all(axis=1)
    ours = open_now & (members.to_numpy() == trust) if trust is not None else np.zeros(len(schools), dtype=bool)
    if not open_now.any() or (trust is not None and not ours.any()):
        return None
    middle = _middle(places, ours if trust is not None else open_now, centre).tolist()
    reach = [ring(middle, travel.km(m)) for m in rings]
    shown = np.vstack([places[ours] if trust is not None else places[open_now], *reach])
    east, north = window(shown)
    plot, inside = sheet(east, north), open_now & within(places, east, north)
    others = np.flatnonzero(inside & ~ours)
    many_others = len(others) > MOST_POINTS
    if many_others and trust is None:
        _squares(plot, places[others], kind[others])
    else:
        _points(plot, schools, places, kind, others[:: -(-len(others) // MOST_POINTS) or 1])
    for minutes, circle in zip(rings, reach, strict=True):
        _ring(plot, circle, minutes)
    far = isolated(places[ours], travel)
    name = _name(trust_year, trust)
    clusters = (
        _trust(plot, schools[ours], places[ours], far, name, links=year == years[-1]) if trust is not None else []
    )
    table = _table(schools, kind, inside, ours, far, name, year)
    note = travel.words if (rings or far.any()) else ""
    if many_others:
        how = f"are shown as squares of {SQUARE_KM:g} km" if trust is None else "nearby are thinned to an even choice"
        note = f"{count(len(others))} schools {how}. {note}".strip()
    title = _finding(kind, inside, ours, far, name, year, clusters)
    alt = f"A map of schools in {academic(year)} by who runs them" + (f", those of {name} picked out." if name else ".")
    return Figure("map" if trust is None else f"map-{trust}", title, alt, plot, table, note)


def _middle(places: Points, which: NDArray[np.bool_], centre: Sequence[float] | None) -> Points:
    return np.array(centre) / 1000.0 if centre is not None else np.asarray(np.nanmean(places[which], axis=0))


def within(places: Points, east: list[float], north: list[float]) -> NDArray[np.bool_]:
    """Which places a page may come to show: on equal axes a wide page shows more east and west, a narrow one north."""
    middle = np.array([sum(east), sum(north)]) / 2.0
    return np.asarray((np.abs(places - middle) <= WIDER * (east[1] - east[0]) / 2.0).all(axis=1))


def sheet(east: list[float], north: list[float]) -> go.Figure:
    """An empty map: equal axes in km. Whichever axis has more room than the ranges need shows more."""
    plot = blank(540)
    common = {"showgrid": True, "nticks": 6, "tickformat": ",.0f"}
    plot.update_layout(
        xaxis={**common, "range": east, "title": {"text": "Easting (km)"}},
        yaxis={**common, "range": north, "title": {"text": "Northing (km)"}, "scaleanchor": "x", "scaleratio": 1},
        showlegend=True,
    )
    return plot


def _points(
    plot: go.Figure, schools: pd.DataFrame, places: Points, kind: NDArray[np.int64], which: NDArray[np.intp]
) -> None:
    """Everybody else's schools, by who runs them."""
    for place, (name, symbol, size, colour) in enumerate(_MARKS):
        some = which[kind[which] == place]
        if not len(some):
            continue
        mark = {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1 if "open" in symbol else 0}}
        hover = [f"<b>{wrapped(short(n, 60), 32)}</b><br>{name}" for n in schools["name"].iloc[some]]
        spots = places[some].round(2)
        trace = go.Scatter(x=spots[:, 0].tolist(), y=spots[:, 1].tolist(), mode="markers", marker=mark, text=hover)
        plot.add_trace(trace.update(name=name, hovertemplate="%{text}<extra></extra>"))


def _squares(plot: go.Figure, places: Points, kind: NDArray[np.int64]) -> None:
    """The share of schools in MATs in squares of the grid that have any."""
    cells = pd.DataFrame((places // SQUARE_KM).astype(int), columns=["x", "y"]).assign(mat=kind == 2)
    share = cells.groupby(["y", "x"])["mat"].agg(["mean", "size"])
    grid = share["mean"].unstack()
    counts = share["size"].unstack()
    x = [(int(c) + 0.5) * SQUARE_KM for c in grid.columns]
    y = [(int(r) + 0.5) * SQUARE_KM for r in grid.index]
    z = [[None if np.isnan(v) else round(float(v), 3) for v in row] for row in grid.to_numpy()]
    hover = [
        ["" if np.isnan(n) else f"{many(n, 'school')}, {percent(v)} in MATs" for v, n in zip(a, b, strict=True)]
        for a, b in zip(grid.to_numpy(), counts.to_numpy(), strict=True)
    ]
    bar = {"title": {"text": "In MATs", "side": "top"}, "tickformat": ".0%", "thickness": 12, "len": 0.4, "nticks": 4}
    bar |= {"x": 0.99, "xanchor": "right", "y": 0.98, "yanchor": "top", "bgcolor": "rgba(255,255,255,0.8)"}
    shades = [[0.0, "#f3ede0"], [0.5, "#8fb1d1"], [1.0, "#08305e"]]
    heat = go.Heatmap(x=x, y=y, z=z, text=hover, zmin=0, zmax=1, colorscale=shades, colorbar=bar, hoverongaps=False)
    plot.add_trace(heat.update(hovertemplate="%{text}<extra></extra>"))


def _ring(plot: go.Figure, circle: Points, minutes: float) -> None:
    line = {"color": QUIET, "width": 1.3, "dash": "dot"}
    body = {"x": circle[:, 0].round(2).tolist(), "y": circle[:, 1].round(2).tolist(), "mode": "lines"}
    plot.add_trace(go.Scatter(**body, line=line, hoverinfo="skip", showlegend=False))
    top = circle[0]
    plot.add_annotation(
        x=float(top[0]), y=float(top[1]), text=f"{minutes:g} min", showarrow=False, font={"size": 12, "color": INK},
        bgcolor="rgba(255,255,255,0.85)",
    )  # fmt: skip


def _trust(
    plot: go.Figure, members: pd.DataFrame, places: Points, far: NDArray[np.bool_], name: str, links: bool
) -> list[int]:
    """One trust's schools, its clusters as links to their middle, and those that are isolated. Returns
    how many schools each cluster has.
    """
    sizes: list[int] = []
    if links:
        for cluster in sorted(c for c in members["cluster"].unique() if c >= 0):
            part = places[(members["cluster"] == cluster).to_numpy()]
            if len(part) < 2:
                continue
            sizes.append(len(part))
            hub = part.mean(axis=0)
            # None lifts the pen: one trace for all links of a cluster
            x = [v for p in part for v in (round(float(p[0]), 2), round(float(hub[0]), 2), None)]
            y = [v for p in part for v in (round(float(p[1]), 2), round(float(hub[1]), 2), None)]
            line = {"color": look(0).colour, "width": 1.5}
            trace = go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="one cluster")
            plot.add_trace(trace.update(showlegend=len(sizes) == 1))
    mark = {"symbol": "circle", "size": 10, "color": look(0).colour, "line": {"color": PAPER, "width": 1.2}}
    spots = places.round(2)
    hover = [
        f"<b>{wrapped(short(n, 60), 32)}</b><br>{wrapped(short(name, 60), 32)}{'<br>isolated' if f else ''}"
        for n, f in zip(members["name"], far, strict=True)
    ]
    trace = go.Scatter(x=spots[:, 0].tolist(), y=spots[:, 1].tolist(), mode="markers", marker=mark, text=hover)
    plot.add_trace(trace.update(name=safe(short(name, 40)), hovertemplate="%{text}<extra></extra>"))
    if far.any():
        mark = {"symbol": "circle-open", "size": 20, "color": look(1).colour, "line": {"width": 2.5}}
        lone = {"x": spots[far, 0].tolist(), "y": spots[far, 1].tolist(), "mode": "markers+text"}
        words = {"text": ["isolated"] * int(far.sum()), "textposition": "bottom center"}
        plot.add_trace(
            go.Scatter(
                **lone, **words, marker=mark, cliponaxis=False, hoverinfo="skip", name="more than an hour from the rest"
            )
        )
    return sizes


def _name(trust_year: pd.DataFrame, trust: int | None) -> str:
    names = trust_year.loc[trust_year["trust"] == trust, "name"]
    return "" if trust is None or names.empty else str(names.iloc[-1])


def _finding(
    kind: NDArray[np.int64], inside: NDArray[np.bool_], ours: NDArray[np.bool_], far: NDArray[np.bool_], name: str,
    year: int, clusters: list[int],
) -> str:  # fmt: skip
    when = academic(year)
    if not name:
        shown = kind[inside]
        return f"In {when}, {count(int((shown == 2).sum()))} of {many(len(shown), 'school')} on the map were in MATs."
    in_clusters = f", {sum(clusters)} of them in {many(len(clusters), 'cluster')}" if clusters else ""
    lone = f"{int(far.sum())} isolated, over an hour from the rest" if far.any() else "none isolated"
    return f"In {when}, {name} had {many(int(ours.sum()), 'school')}{in_clusters}, {lone}."


def _table(
    schools: pd.DataFrame, kind: NDArray[np.int64], inside: NDArray[np.bool_], ours: NDArray[np.bool_],
    far: NDArray[np.bool_], name: str, year: int,
) -> pd.DataFrame:  # fmt: skip
    """The trust's schools one by one; without a trust, counts by region of the year and kind."""
    if name:
        members = schools[ours]
        km = kilometres(members)
        return pd.DataFrame(
            {"School": members["name"].tolist(), "Phase": members["phase"].tolist(), "Easting (km)": km[:, 0].round(1),
             "Northing (km)": km[:, 1].round(1), "In a cluster": ["yes" if c >= 0 else "no" for c in members.cluster],
             "Isolated": ["yes" if f else "no" for f in far]}
        )  # fmt: skip
    region = "dfe_region" if year >= offices.SINCE and "dfe_region" in schools else "region"
    shown = pd.crosstab(schools.loc[inside, region], kind[inside]).reindex(columns=range(3), fill_value=0)
    shown.columns = pd.Index(["Maintained", "In single-academy trusts", "In MATs"])
    return shown.rename_axis(offices.of(year).region).reset_index()


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
        # trace 0 is the still background: frames leave it alone
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
    # every k-th, k rounded up: −(−a // b)
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
