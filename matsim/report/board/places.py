"""The map of a board pack: our schools, clusters, isolated schools, candidates, and rings of travel time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.figures.base import Figure
from matsim.figures.maps import Travel, school_map
from matsim.figures.style import INK, look
from matsim.figures.text import safe, short, wrapped
from matsim.report.board.options import Tables
from matsim.report.page import Section, Table
from matsim.report.stored import drawn
from matsim.words.amounts import many
from matsim.words.phrases import listed

RINGS = (15.0, 30.0, 45.0)
"""Minutes of the rings round the middle of the trust's schools."""

_STAND_IN = {"maintained": -1, "single-academy trust": -11, "other MAT": -12}
"""Numbers that stand for whoever runs a school, where only the kind matters."""


def section(
    tables: Tables, places: pd.DataFrame, candidates: pd.DataFrame, filled: pd.DataFrame | None = None
) -> Section:
    """Where our schools and the candidates lie. `filled` are those of ours whose place no file gives."""
    caption = f"Schools of others within {RINGS[1]:g} minutes of one of ours"
    sentences = []
    guessed = [] if filled is None else [str(name) for name in filled["name"]]
    if guessed:
        sentences.append(
            f"No file given says where {listed(guessed)} {'lies' if len(guessed) == 1 else 'lie'}: here beside our "
            "other schools or in the middle of the authority's, so that journeys there are guesses."
        )
    near = places[(places["run_by"] != "ours") & (places["minutes"] <= RINGS[1])]
    counted: tuple[Table, ...] = ()
    if near.empty:
        sentences.append(f"No school of others lies within {RINGS[1]:g} minutes of one of ours.")
    else:
        counts = near.groupby(["run_by", "phase"]).size().unstack(fill_value=0)
        counts.columns = pd.Index([str(c).capitalize() for c in counts.columns])
        counted = (Table(caption, counts.rename_axis("Who runs them").reset_index()),)
    return Section("Map", sentences, figures=drawn(_map(tables, places, candidates)), tables=counted)


def where(ours: pd.DataFrame) -> str:
    """How our schools lie. Clusters are those of one future: other futures begin with others."""
    lone = ours[ours["isolated"]]
    sentence = f"{many(len(ours), 'school')} of ours"
    if len(ours) > 1:
        far = f"{', '.join(lone['name'])} more than an hour from the rest" if len(lone) else "none isolated"
        clustered = ours["cluster"] > 0
        groups = many(ours.loc[clustered, "cluster"].nunique(), "cluster")
        sentence += f", {far}; as one future begins, {int(clustered.sum())} of them in {groups}"
    return f"{sentence}."


def _map(tables: Tables, places: pd.DataFrame, candidates: pd.DataFrame) -> Figure | None:
    # the map wants tables of a run; a pack has only who runs what, so each kind is played by one trust
    numbers = {**_STAND_IN, "ours": tables.uid}
    schools = places.assign(
        first_trust=[numbers[str(who)] for who in places["run_by"]],
        region="",
        cluster=places["cluster"].astype("int64"),
    )
    year = tables.first_year
    known = {_STAND_IN["single-academy trust"]: "single-academy trust", _STAND_IN["other MAT"]: "multi-academy trust",
             tables.uid: "multi-academy trust"}  # fmt: skip
    trusts = pd.DataFrame(
        {"year": year, "trust": list(known), "kind": list(known.values()),
         "name": [tables.name if t == tables.uid else "" for t in known]}
    )  # fmt: skip
    nothing = pd.DataFrame({name: [] for name in ("year", "event", "school", "trust", "other")})
    figure = school_map(schools, nothing, trusts, trust=tables.uid, rings=RINGS, travel=Travel())
    if figure is None:
        return None
    _mark(figure.plot, places[places["school"].isin(candidates["school"])])
    title = where(places[places["run_by"] == "ours"])
    note = f"Stars mark the candidates. {figure.note}"
    return replace(figure, key="board-map", title=title, note=note, table=_table(places, candidates, figure.table))


def _mark(plot: go.Figure, some: pd.DataFrame) -> None:
    """The candidates on the map."""
    if some.empty:
        return
    labels = [f"<b>{wrapped(short(name, 60), 32)}</b><br>candidate" for name in some["name"]]
    mark = {"symbol": "star", "size": 13, "color": look(1).colour, "line": {"width": 1, "color": INK}}
    x, y = ((some[side] / 1000.0).round(2).tolist() for side in ("easting", "northing"))
    trace = go.Scatter(x=x, y=y, mode="markers", marker=mark, text=labels, name=safe("candidate"))
    plot.add_trace(trace.update(hovertemplate="%{text}<extra></extra>"))


def _table(places: pd.DataFrame, candidates: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Our schools, then the candidates."""
    some = places[places["school"].isin(candidates["school"])]
    more = pd.DataFrame(
        {
            "School": some["name"].tolist(),
            "Phase": some["phase"].tolist(),
            "Easting (km)": (some["easting"] / 1000.0).round(1).tolist(),
            "Northing (km)": (some["northing"] / 1000.0).round(1).tolist(),
            "In a cluster": ["candidate"] * len(some),
            "Isolated": ["–"] * len(some),
        }
    )
    joined = pd.concat([ours, more], ignore_index=True)
    return joined.astype({"Easting (km)": np.float64, "Northing (km)": np.float64})
