"""Which trust each school was in, year by year, and where schools went from the beginning of a run to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from matsim.figures.base import Figure
from matsim.figures.style import INK, blank, faded
from matsim.words.amounts import academic, count

CLOSED, UNOPENED, MAINTAINED = -3, -2, -1
"""What stands in place of a trust's number."""

MOVES = ("open", "join", "convert", "transfer", "found", "close", "merge")
"""Events that change which trust a school is in."""


def memberships(schools: pd.DataFrame, events: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """One row per school (the index, in the order of `schools`), one column per year: the trust's number.

    Made again from `first_trust` and the events, in their order; maintained −1, not yet open −2, closed −3.
    The year before the first stands for the beginning.
    """
    urns = schools["school"].to_numpy()
    row = {int(u): i for i, u in enumerate(urns)}
    now = schools["first_trust"].to_numpy(dtype=np.int64, copy=True)
    moves = events[events["event"].isin(MOVES)]
    # what opens later is not there yet, whatever `first_trust` says of it
    opened = moves.loc[moves["event"] == "open", "school"]
    now[[row[int(u)] for u in opened if int(u) in row]] = UNOPENED
    out = {min(years) - 1: now.copy()} if len(years) else {}
    by_year = dict(tuple(moves.groupby("year", sort=True)))
    for year in years:
        if year in by_year:
            _apply(now, row, by_year[year])
        out[int(year)] = now.copy()
    return pd.DataFrame(out, index=pd.Index(urns, name="school"))


def _apply(now: np.ndarray, row: dict[int, int], moves: pd.DataFrame) -> None:
    """One year's moves, in their order."""
    for event, school, trust, other in zip(
        moves["event"].astype(str), moves["school"], moves["trust"], moves["other"], strict=True
    ):
        # in place, since a trust may merge into one that itself merges later in the year
        if event == "merge":
            now[now == trust] = other
        elif school in row:
            now[row[school]] = CLOSED if event == "close" else trust


KINDS = ("Maintained", "Single-academy trust", "MAT", "Not yet open", "Closed")
COLOURS = ("#08305e", "#d0560a", "#006b4f", "#9aa2ab", "#595f66")
_FIXED = {MAINTAINED: 0, UNOPENED: 3, CLOSED: 4}


def kinds(members: pd.Series, trust_year: pd.DataFrame, year: int) -> pd.Series:
    """For each school, the place in KINDS of where it stood, given its trust's number in a year of `trust_year`.

    A trust that is not in the table that year counts by its schools: one is a single-academy trust.
    """
    rows = trust_year[trust_year["year"] == year]
    known = dict(zip(rows["trust"].tolist(), (rows["kind"] == "multi-academy trust").tolist(), strict=True))
    sizes = members.value_counts()
    place = {t: _FIXED.get(t, 2 if known.get(t, sizes[t] > 1) else 1) for t in sizes.index.tolist()}
    return members.map(place).astype(int)


def flows(schools: pd.DataFrame, events: pd.DataFrame, trust_year: pd.DataFrame) -> Figure | None:
    """A Sankey diagram from before the first year to the end of the last. None without years or schools.

    From the tables `schools`, `events` and `trust_year`.
    """
    if trust_year.empty or schools.empty:
        return None
    years = sorted(int(y) for y in trust_year["year"].unique())
    members = memberships(schools, events, years)
    start, end = kinds(members[years[0] - 1], trust_year, years[0]), kinds(members[years[-1]], trust_year, years[-1])
    counts = Counter(zip(start.tolist(), end.tolist(), strict=True))
    pairs = [(a, b, n) for (a, b), n in sorted(counts.items())]
    before, after = sorted({a for a, _, _ in pairs}), sorted({b for _, b, _ in pairs})
    at = {("from", k): i for i, k in enumerate(before)} | {("to", k): len(before) + i for i, k in enumerate(after)}
    totals = [int((start == k).sum()) for k in before] + [int((end == k).sum()) for k in after]
    labels = [f"{KINDS[k]}<br>{count(n)}" for k, n in zip([*before, *after], totals, strict=True)]
    nodes = {"label": labels, "color": [COLOURS[k] for k in [*before, *after]], "pad": 26, "thickness": 14}
    hover = [f"{count(n)} schools<br>from: {KINDS[a].lower()}<br>to: {KINDS[b].lower()}" for a, b, n in pairs]
    links = {
        "source": [at["from", a] for a, _, _ in pairs], "target": [at["to", b] for _, b, _ in pairs],
        "value": [n for _, _, n in pairs], "color": [faded(COLOURS[a], 0.35) for a, _, _ in pairs],
        "customdata": hover, "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
    plot = blank(430, margin={"l": 8, "r": 8, "t": 34, "b": 14})
    label = {"hovertemplate": "%{label}<extra></extra>", "line": {"color": INK, "width": 0.5}}
    font = {"size": 12, "color": INK, "shadow": "none"}
    plot.add_trace(go.Sankey(node=nodes | label, link=links, arrangement="fixed", textfont=font))
    for x, side, words in ((0, "left", f"Before {academic(years[0])}"), (1, "right", f"End of {academic(years[-1])}")):
        place = {"x": x, "xanchor": side, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom"}
        plot.add_annotation(**place, text=f"<b>{words}</b>", showarrow=False, font={"size": 13, "color": INK}, yshift=6)
    joined = sum(n for a, b, n in pairs if b == 2 and a == 0)
    singles = sum(n for a, b, n in pairs if b == 2 and a == 1)
    began = sum(n for a, _, n in pairs if a == 0)
    title = (
        f"Of {count(began)} schools maintained before {academic(years[0])}, {count(joined)} were in a MAT by the end "
        f"of {academic(years[-1])}; so were {count(singles)} that had been single-academy trusts."
    )
    table = pd.DataFrame(
        [{"From": KINDS[a], "To": KINDS[b], "Schools": n} for a, b, n in sorted(pairs, key=lambda p: -p[2])]
    )
    alt = "Flows of schools from where they stood before the run to where they stood at its end."
    return Figure("flows", title, alt, plot, table)
