"""A trust's story from a stored result: its years, why each decision went as it did, and its break-point radar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from matsim.core.errors import InputError
from matsim.events.kinds import EVENTS, Audience
from matsim.figures.base import Figure
from matsim.figures.break_points import radar as radar_figure
from matsim.figures.break_points import trust_break_points
from matsim.figures.ledger import capacity_ledger
from matsim.figures.maps import school_map, sheet, window
from matsim.figures.reserves import trust_reserves
from matsim.figures.style import PAPER, look
from matsim.figures.text import safe
from matsim.report.stored import drawn
from matsim.report.table_cells import Grid, grid
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario
from matsim.simulation.explain import Explanation, Names, explain
from matsim.simulation.radar import Blip, radar
from matsim.web.explorer.worker import reader
from matsim.web.jobs import Tell
from matsim.web.pages import Chart, chart, charts_of
from matsim.words import offices
from matsim.words.amounts import academic, amount, apart, count, many, number
from matsim.words.phrases import capital

MOST_MARKS = 1000
"""Trusts on the map of trusts; of more, the largest."""
MOST_SENTENCES = 60
"""Sentences of one year; a trust of a hundred schools has more, and the command line tells them all."""


@dataclass(frozen=True)
class EventLine:
    """One event in words. `why` are the numbers that decided it, `turn` what would have turned it."""

    sentence: str
    main: bool
    turn: tuple[str, ...]
    why: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StoryYear:
    """One year of a trust; `left_out` counts events that are not told here."""

    year: str
    size: str
    events: tuple[EventLine, ...]
    left_out: int


@dataclass(frozen=True)
class Story:
    """What a page tells of one trust."""

    uid: int
    name: str
    facts: tuple[tuple[str, str], ...]
    years: tuple[StoryYear, ...]
    table: Grid
    blips: tuple[Blip, ...]
    charts: tuple[Chart, ...]


def story(folder: Path, uid: int, tell: Tell) -> Story:
    """The story of one trust. InputError when the result has none of that number."""
    tell(("stage", "Reading the trust's years"))
    read = reader(str(folder))
    tables = {name: read.table(name) for name in ("trust_year", "events", "schools", "trusts")}
    if any(table is None for table in tables.values()):
        raise InputError("result", "its tables cannot be read any more; run it again")
    years, events, schools, trusts = (table for table in tables.values() if table is not None)
    rows = years[years["trust"] == uid].sort_values("year")
    if rows.empty:
        raise InputError("trust", f"no trust of this result has the number {uid}")
    scenario = load(folder / "scenario.toml", Scenario).scenario
    explained = list(explain(events, scenario, Names.of(schools, trusts), trust=uid))
    figures = drawn(
        radar_figure(years, uid),
        school_map(schools, events, years, trust=uid, year=int(rows["year"].iloc[-1])),
        trust_break_points(years, uid),
        capacity_ledger(years, uid),
        trust_reserves(years, uid),
    )
    return Story(
        uid,
        str(rows["name"].iloc[-1]),
        _facts(rows),
        _years(rows, explained),
        _table(rows),
        tuple(radar(years, uid, ladders=scenario.break_points.ladders)),
        charts_of(figures),
    )


def _facts(rows: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    first, last = rows.iloc[0], rows.iloc[-1]
    return (
        (
            "Schools",
            f"{count(last['schools'])} at the end of {academic(last['year'])}, {count(first['schools'])} at first",
        ),
        ("School improvement strategy", str(last["strategy_group"])),
        ("How its CEO decides about growth", str(last["growth_strategy"])),
        (offices.of(int(last["year"])).region, str(last["region"])),
        ("Pupil outcomes", amount(float(last["mean_outcome"]), "sd")),
        ("Central charge", amount(float(last["central_charge"]), "share")),
        ("Reserves over income", amount(float(last["reserves_share"]), "share")),
    )


def _years(rows: pd.DataFrame, explained: list[Explanation]) -> tuple[StoryYear, ...]:
    sizes = dict(zip(rows["year"].astype(int).tolist(), rows["schools"].astype(int).tolist(), strict=True))
    years = []
    for year in sorted({*sizes, *(e.year for e in explained)}):
        events = [e for e in explained if e.year == year]
        size = f"{many(sizes[year], 'school')} at its end" if year in sizes else "no longer open at its end"
        sentences = tuple(_event_line(e) for e in events[:MOST_SENTENCES])
        years.append(StoryYear(academic(year), size, sentences, len(events) - len(sentences)))
    return tuple(years)


def _event_line(event: Explanation) -> EventLine:
    turn = tuple(f"{c.words}: {' instead of '.join(apart(c.after, c.before))}" for c in event.flip or ())
    why = tuple((name.replace("_", " "), _number(value)) for name, value in event.inputs.items())
    text = capital(event.sentence)
    return EventLine(text, bool(EVENTS[event.event].audience & Audience.STORY), turn, why)


def _number(value: float) -> str:
    # inputs carry no unit: a whole number of that size is a year, and is written without a thousands comma
    is_year = float(value).is_integer() and 1990 <= value <= 2100
    return str(int(value)) if is_year else number(value)


def _table(rows: pd.DataFrame) -> Grid:
    columns = {
        "Year": [academic(y) for y in rows["year"]],
        "Schools": rows["schools"].tolist(),
        "Aims for": [amount(float(v), "schools") for v in rows["target"]],
        "Outcomes": [amount(float(v), "sd") for v in rows["mean_outcome"]],
        "Central capacity over need": [amount(float(v), "ratio") for v in rows["capacity"]],
        "Back office per pupil": [amount(float(v), "£") for v in rows["backoffice_per_pupil"]],
        "Reserves over income": [amount(float(v), "share") for v in rows["reserves_share"]],
        "Buy-in": [amount(float(v), "share") for v in rows["buyin"]],
    }
    return grid(pd.DataFrame(columns), len(rows))


def trust_map(folder: Path, tell: Tell) -> Chart | None:
    """Multi-academy trusts at the end of a run, each in the middle of its schools; a mark's data is its number."""
    tell(("stage", "Drawing the map of trusts"))
    read = reader(str(folder))
    schools, years = read.table("schools"), read.table("trust_year")
    if schools is None or years is None or years.empty:
        return None
    last = int(years["year"].max())
    trusts = years[(years["year"] == last) & (years["kind"].astype(str) == "multi-academy trust")]
    places = schools[schools["last_trust"] >= 0].groupby("last_trust")[["easting", "northing"]].mean() / 1000.0
    trusts = trusts.join(places, on="trust", how="inner").dropna(subset=["easting", "northing"])
    shown = trusts.sort_values(["schools", "trust"], ascending=[False, True], kind="stable").head(MOST_MARKS)
    if shown.empty:
        return None
    east, north = window(shown[["easting", "northing"]].to_numpy())
    plot = sheet(east, north)
    labels = [f"<b>{safe(n)}</b><br>{many(k, 'school')}" for n, k in zip(shown["name"], shown["schools"], strict=True)]
    size = [max(7.0, 4.0 * float(n) ** 0.5) for n in shown["schools"]]
    mark = {"size": size, "color": look(0).colour, "opacity": 0.75, "line": {"width": 1, "color": PAPER}}
    spots = shown[["easting", "northing"]].round(2)
    trace = go.Scatter(
        x=spots["easting"].tolist(), y=spots["northing"].tolist(), mode="markers", marker=mark, text=labels
    )
    trace.update(customdata=shown["trust"].tolist(), hovertemplate="%{text}<extra></extra>", showlegend=False)
    plot.add_trace(trace)
    largest = shown.iloc[0]
    title = (
        f"{largest['name']}, with {many(largest['schools'], 'school')}, is the largest of {many(len(trusts), 'trust')}"
    )
    alt = f"A map of MATs in {academic(last)}, each in the middle of its schools, larger for more schools."
    region = offices.of(last).region
    data = pd.DataFrame({"Trust": shown["name"].astype(str), "Schools": shown["schools"], region: shown["region"]})
    note = f"The {count(MOST_MARKS)} largest are drawn. " if len(trusts) > len(shown) else ""
    return chart(Figure("trusts", title, alt, plot, data, f"{note}A click on a mark opens the trust's story."))
