"""A value over years for one or several options, with quantile bands: the figure that most others are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matsim.figures.base import Figure
from matsim.figures.parts import end_labels, titled, value_axis, year_axis
from matsim.figures.style import INK, QUIET, TEMPLATE, Look, faded, look
from matsim.figures.text import axis, safe, short, wrapped
from matsim.words.amounts import NONE, academic, amount
from matsim.words.phrases import capital

BANDS = ("low90", "low50", "median", "high50", "high90")
_AT = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Line:
    """A level to compare with: its value and what it is called."""

    value: float
    name: str


def quantiles(frame: pd.DataFrame, value: str, by: Sequence[str]) -> pd.DataFrame:
    """Quantiles of a column within each group: the columns `by`, then low90, low50, median, high50, high90, n.

    Missing values are left out; a group without any is left out too.
    """
    there = frame[[*by, value]].dropna(subset=[value])
    if there.empty:
        return pd.DataFrame({name: [] for name in (*by, *BANDS, "n")})
    grouped = there.groupby(list(by), sort=True, observed=True)[value]
    out = grouped.quantile(np.array(_AT)).unstack()
    out.columns = pd.Index(BANDS)
    return out.assign(n=grouped.size()).reset_index()


def over_years(
    key: str,
    title: str,
    alt: str,
    frame: pd.DataFrame,
    *,
    label: str,
    unit: str,
    of: str = "futures",
    widest: str = "",
    note: str = "",
    level: Line | None = None,
    zero: bool = False,
) -> Figure | None:
    """A value over years: a line per option, with its bands where the frame has them. None when there is nothing.

    `frame` has year, option (text; in order of first appearance), median, and where known low50, high50, low90 and
    high90. `label` and `unit` name the value; `of` is what the bands are quantiles of ("futures", "trusts"), and
    `widest` what the outer one holds where that is not nine in ten of them.
    Options with bands have a panel each on the same scale, with the others' medians in grey; else they share one.
    """
    frame = frame.dropna(subset=["median"]).sort_values("year", kind="stable")
    if frame.empty:
        return None
    banded = {"low50", "high50"} <= set(frame) and bool(frame[["low50", "high50"]].notna().all(axis=1).any())
    options = list(dict.fromkeys(frame["option"]))
    several = banded and len(options) > 1
    rows = len(options) if several else 1
    names = f"half of {of}", widest or f"9 in 10 {of}"
    height = 70 + 150 * rows if several else 360
    plot = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.2 / rows if several else 0.0)
    plot.update_layout(template=TEMPLATE, height=height)
    limits = _limits(frame, level, unit, zero)
    for row in range(1, rows + 1):
        shown = [options[row - 1]] if several else options
        if several:
            _others(plot, frame, [o for o in options if o not in shown], row)
        for option in shown:
            place = options.index(option)
            _option(plot, frame[frame["option"] == option], look(place), unit, banded, names, row)
        _level(plot, level, row)
        if several:
            _panel_name(plot, shown[0], row)
    named = not several and (len(options) > 1 or bool(options[0]))
    plot.update_xaxes(**year_axis(frame["year"].astype(int).tolist(), 3 if named else 4))
    plot.update_yaxes(**value_axis(*limits, unit, zero))
    if banded:
        _band_key(plot, names)
    titled(plot, axis(label, unit), legend=banded, panels=several)
    if named:
        ends = [_end(frame[frame["option"] == option]) for option in options]
        axis_range = plot.layout.yaxis.range
        end_labels(plot, ends, (float(axis_range[0]), float(axis_range[1])), height - 95)
    return Figure(key, title, alt, plot, _table(frame, options, label, unit, banded, names), note)


def _limits(frame: pd.DataFrame, level: Line | None, unit: str, zero: bool) -> tuple[float, float]:
    values = frame[[name for name in BANDS if name in frame]].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if level is not None:
        low, high = min(low, level.value), max(high, level.value)
    return (min(low, 0.0) if zero else low), high


def _end(rows: pd.DataFrame) -> tuple[float, float, str]:
    last = rows.iloc[-1]
    return float(last["year"]), float(last["median"]), short(last["option"], 48)


def _option(
    plot: go.Figure, rows: pd.DataFrame, style: Look, unit: str, banded: bool, names: tuple[str, str], row: int
) -> None:
    """One option: its bands from the widest, then its median."""
    years = rows["year"].astype(int).tolist()
    where = {"row": row, "col": 1}
    for low, high, alpha in (("low90", "high90", 0.14), ("low50", "high50", 0.26)):
        if not banded or low not in rows or rows[[low, high]].isna().all(axis=None):
            continue
        edge = {"color": faded(style.colour, 0.5), "width": 0.6, "dash": style.dash}
        body = {"x": [*years, *years[::-1]], "y": [*rows[high], *rows[low][::-1]], "fill": "toself", "mode": "lines"}
        area = go.Scatter(**body, fillcolor=faded(style.colour, alpha), line=edge, hoverinfo="skip", showlegend=False)
        plot.add_trace(area, **where)
    hover = [_hover(r, unit, banded, names) for _, r in rows.iterrows()]
    line = {"color": style.colour, "width": 2.5, "dash": style.dash}
    marks = {"symbol": style.symbol, "size": [0] * (len(years) - 1) + [8], "color": style.colour}
    if len(years) == 1:
        marks["size"] = [9]
    # as a trace of its own after the bands, so that it lies on top of them
    median = {"x": years, "y": rows["median"].tolist(), "mode": "lines+markers", "line": line, "marker": marks}
    name = safe(short(rows["option"].iloc[0], 48))
    plot.add_trace(
        go.Scatter(**median, name=name, text=hover, hovertemplate="%{text}<extra></extra>", showlegend=False), **where
    )


def _hover(row: pd.Series, unit: str, banded: bool, names: tuple[str, str]) -> str:
    """What a pointer over a year says."""
    parts = [f"<b>{wrapped(row['option'], 40)}</b>"] if row["option"] else []
    parts.append(f"{academic(row['year'])}: {amount(row['median'], unit)}")
    if banded:
        parts.append(f"{names[0]}: {_range(row, 'low50', 'high50', unit)}")
        if "low90" in row:
            parts.append(f"{names[1]}: {_range(row, 'low90', 'high90', unit)}")
    return "<br>".join(parts)


def _others(plot: go.Figure, frame: pd.DataFrame, options: list[str], row: int) -> None:
    """The other options' medians, in grey, behind a panel's own."""
    for option in options:
        rows = frame[frame["option"] == option]
        body = {"x": rows["year"].astype(int).tolist(), "y": rows["median"].tolist(), "mode": "lines"}
        plot.add_trace(
            go.Scatter(**body, line={"color": "#b4bac1", "width": 1.2}, hoverinfo="skip", showlegend=False),
            row=row,
            col=1,
        )


def _level(plot: go.Figure, level: Line | None, row: int) -> None:
    if level is None:
        return
    plot.add_hline(y=level.value, line={"color": INK, "width": 1.2, "dash": "2px 3px"}, row=row, col=1)
    if row == 1:
        plot.add_annotation(
            xref="x domain", x=0.01, y=level.value, yref="y", text=safe(level.name), showarrow=False,
            xanchor="left", yanchor="bottom", font={"size": 12, "color": INK}, bgcolor="rgba(255,255,255,0.75)",
        )  # fmt: skip


def _panel_name(plot: go.Figure, option: str, row: int) -> None:
    number = "" if row == 1 else str(row)
    plot.add_annotation(
        xref=f"x{number} domain", yref=f"y{number} domain", x=0, y=1, xanchor="left", yanchor="bottom",
        text=f"<b>{safe(short(option, 44))}</b>", showarrow=False, font={"size": 13, "color": INK},
    )  # fmt: skip


def _band_key(plot: go.Figure, names: tuple[str, str]) -> None:
    """Say once, in grey, what the line and the two bands are."""
    nothing = {"x": [None], "y": [None], "hoverinfo": "skip", "showlegend": True}
    plot.add_trace(go.Scatter(**nothing, mode="lines", line={"color": QUIET, "width": 2.5}, name="median"))
    for name, alpha in ((f"middle {names[0]}", 0.55), (names[1], 0.2)):
        mark = {"symbol": "square", "size": 13, "color": faded(QUIET, alpha), "line": {"color": QUIET, "width": 0.5}}
        plot.add_trace(go.Scatter(**nothing, mode="markers", marker=mark, name=name))


def _table(
    frame: pd.DataFrame, options: list[str], label: str, unit: str, banded: bool, names: tuple[str, str]
) -> pd.DataFrame:
    """Without bands a column per option; with bands a row per option and year."""
    if not banded:
        wide = frame.pivot(index="year", columns="option", values="median")[options]
        texts = {(o or label): [amount(v, unit) for v in wide[o]] for o in options}
        return pd.DataFrame({"Year": [academic(y) for y in wide.index], **texts})
    rows = []
    for option in options:
        for _, r in frame[frame["option"] == option].iterrows():
            row = {"Option": option} if len(options) > 1 or option else {}
            row |= {"Year": academic(r["year"]), "Median": amount(r["median"], unit)}
            row[f"Middle {names[0]}"] = _range(r, "low50", "high50", unit)
            if "low90" in r:
                row[capital(names[1])] = _range(r, "low90", "high90", unit)
            rows.append(row)
    return pd.DataFrame(rows)


def _range(row: pd.Series, low: str, high: str, unit: str) -> str:
    known = np.isfinite(row[high] - row[low])
    return f"{amount(row[low], unit)} to {amount(row[high], unit)}" if known else NONE
