"""What a pupil's back office costs, against the size of the trust and how far its schools lie apart."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from matsim.figures.base import Figure
from matsim.figures.parts import titled, value_axis
from matsim.figures.style import INK, TEMPLATE, faded, look
from matsim.figures.text import SIZE_BANDS, short, wrapped
from matsim.words.amounts import academic, amount, count, decimals, many

APART_KM = 10.0
"""Mean distance of schools from their middle from which a trust counts as spread out."""
MOSTLY = 2 / 3
"""Share of primaries from which a trust counts as mostly primary: secondaries' back offices cost more."""
MOST_POINTS = 700
"""Points in a panel; of more trusts, an even choice by size is drawn, and the note says so."""

MIXES = ("Mostly primary", "Mixed or mostly secondary")


def mainstream_only(trusts: pd.DataFrame) -> pd.DataFrame:
    """The rows of `trust_year` of trusts without special schools, alternative provision or 16 to 19 schools.

    A pupil of these costs several times as much, the back office with it. All rows of results made before there were
    such schools in them.
    """
    return trusts[trusts["mainstream_pupils"] == trusts["pupils"]] if "mainstream_pupils" in trusts else trusts


def left_out(trusts: int) -> str:
    """What a note says of the trusts that `mainstream_only` leaves out; empty for none."""
    if not trusts:
        return ""
    return (
        f" Without {many(trusts, 'MAT')} that run special, alternative or 16 to 19 schools, where a pupil costs more."
    )


def cost_by_size(trust_year: pd.DataFrame, year: int | None = None) -> Figure | None:
    """Back-office cost per pupil of MATs against schools and dispersion in a year (the last by default).

    From `trust_year`; MATs of two schools or more, all of them mainstream. None without any.
    """
    mats = trust_year[(trust_year["schools"] >= 2) & (trust_year["kind"] == "multi-academy trust")]
    mats = mats[mats["backoffice_per_pupil"].notna()]
    if mats.empty:
        return None
    year = int(mats["year"].max()) if year is None else year
    everyone = mats[mats["year"] == year]
    mats = mainstream_only(everyone)
    if mats.empty:
        return None
    mats = mats.assign(
        mix=[
            MIXES[0] if p >= MOSTLY * s else MIXES[1] for p, s in zip(mats.primary_schools, mats.schools, strict=True)
        ],
        apart=mats["spread_km"] >= APART_KM,
        band=pd.cut(
            mats["schools"], [low - 1 for _, low, _ in SIZE_BANDS] + [10**6], labels=[b[0] for b in SIZE_BANDS]
        ),
    )
    mixes = [m for m in MIXES if (mats["mix"] == m).any()]
    plot = make_subplots(rows=len(mixes), cols=1, shared_xaxes=True, vertical_spacing=0.1)
    plot.update_layout(template=TEMPLATE, height=90 + 240 * len(mixes))
    thinned = 0
    for row, mix in enumerate(mixes, 1):
        for place, name in enumerate((f"under {APART_KM:g} km apart", f"{APART_KM:g} km or more")):
            some = mats[(mats["mix"] == mix) & (mats["apart"] == bool(place))].sort_values(["schools", "trust"])
            drawn = some.iloc[:: max(1, -(-len(some) // (MOST_POINTS // 2)))]
            thinned += len(some) - len(drawn)
            _cloud(plot, drawn, place, name, row)
            _medians(plot, some, place, row)
        number = "" if row == 1 else str(row)
        plot.add_annotation(
            xref=f"x{number} domain", yref=f"y{number} domain", x=0, y=1, xanchor="left", yanchor="bottom",
            text=f"<b>{mix}</b>", showarrow=False, font={"size": 13, "color": INK},
        )  # fmt: skip
    sizes = [2, 3, 5, 10, 20, 40, 80]
    plot.update_xaxes(type="log", tickvals=sizes, ticktext=[str(s) for s in sizes])
    plot.update_xaxes(title_text="Schools in the trust (number)", row=len(mixes), col=1)
    # the axis leaves out the outermost trusts, one of which would flatten all others
    low, high = mats["backoffice_per_pupil"].quantile(0.005), mats["backoffice_per_pupil"].quantile(0.995)
    plot.update_yaxes(**value_axis(float(low), float(high), "£ per pupil"))
    titled(plot, "Back-office cost (£ per pupil)", legend=True, panels=True)
    note = f"MATs of two schools or more in {academic(year)}. Distance is the schools' mean "
    note += "distance from their middle; large marks are the middle trust of a size."
    note += left_out(len(everyone) - len(mats))
    if thinned:
        shown = f"{count(len(mats) - thinned)} of {many(len(mats), 'MAT')}"
        note += f" {shown} are drawn as dots; the middle values are of all."
    alt = (
        "Dots: back-office cost per pupil of MATs against their number of schools, by how far their schools lie apart."
    )
    return Figure("cost-by-size", _finding(mats, year), alt, plot, _table(mats), note)


def _cloud(plot: go.Figure, some: pd.DataFrame, place: int, name: str, row: int) -> None:
    style = look(place)
    shape = f"{style.symbol}-open" if place else style.symbol
    mark = {"symbol": shape, "size": 5, "color": faded(style.colour, 0.45)}
    columns = (some[c].tolist() for c in ("name", "schools", "spread_km", "backoffice_per_pupil"))
    hover = [
        f"<b>{wrapped(short(name, 60), 32)}</b><br>{many(schools, 'school')}, {decimals(km)} km<br>{amount(cost, '£')}"
        for name, schools, km, cost in zip(*columns, strict=True)
    ]
    body = {"x": some["schools"].tolist(), "y": some["backoffice_per_pupil"].round(1).tolist(), "text": hover}
    plot.add_trace(
        go.Scatter(**body, mode="markers", marker=mark, showlegend=False, hovertemplate="%{text}<extra></extra>"),
        row=row, col=1,
    )  # fmt: skip
    if row == 1:
        whole = {"symbol": shape, "size": 9, "color": style.colour}
        plot.add_trace(go.Scatter(x=[None], y=[None], mode="markers", marker=whole, name=name), row=row, col=1)


def _medians(plot: go.Figure, some: pd.DataFrame, place: int, row: int) -> None:
    """The middle cost of each size band that has at least five trusts, at the band's middle size."""
    grouped = some.groupby("band", observed=True)
    middle = grouped[["schools", "backoffice_per_pupil"]].median()[grouped.size() >= 5]
    style = look(place)
    line = {"color": style.colour, "width": 2.5, "dash": style.dash}
    mark = {"symbol": style.symbol, "size": 10, "color": style.colour, "line": {"color": "#ffffff", "width": 1}}
    body = {"x": middle["schools"].tolist(), "y": middle["backoffice_per_pupil"].round(1).tolist()}
    trace = go.Scatter(**body, mode="lines+markers", line=line, marker=mark, showlegend=False, hoverinfo="skip")
    plot.add_trace(trace, row=row, col=1)


def _finding(mats: pd.DataFrame, year: int) -> str:
    mix = mats["mix"].value_counts().idxmax()
    some = mats[mats["mix"] == mix]
    compact, apart = some[~some["apart"]], some[some["apart"]]
    small, large = compact[compact["schools"] <= 5], compact[compact["schools"] >= 11]
    start = f"In {academic(year)}, {str(mix).lower()} MATs"
    if len(small) < 5 or len(large) < 5:
        middle = amount(float(some["backoffice_per_pupil"].median()), "£")
        return f"{start} spent {middle} a pupil on their back office in the middle trust."
    few, lots = (amount(float(s["backoffice_per_pupil"].median()), "£") for s in (small, large))
    text = f"{start} of 2 to 5 nearby schools spent {few} a pupil on their back office, those of 11 or more {lots}"
    far = apart[apart["schools"] >= 11]
    if len(far) < 5:
        return f"{text}."
    return f"{text}; {amount(float(far['backoffice_per_pupil'].median()), '£')} where these lie far apart."


def _table(mats: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (mix, band, apart), some in mats.groupby(["mix", "band", "apart"], observed=True, sort=True):
        q = some["backoffice_per_pupil"].quantile
        distance = f"{APART_KM:g} km or more" if apart else f"under {APART_KM:g} km"
        quarter = f"{amount(float(q(0.25)), '£')} to {amount(float(q(0.75)), '£')}"
        rows.append(
            {"Schools": f"{mix}, {band}", "Distance": distance, "MATs": len(some),
             "Median cost per pupil": amount(float(q(0.5)), "£"), "Middle half": quarter}
        )  # fmt: skip
    return pd.DataFrame(rows)
