"""The break-point radar of a board pack, with lead times, and the ten-point checklist."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.break_points import radar
from matsim.report.board.money import points_table
from matsim.report.board.options import Option, Tables, in_ten, often, pounds
from matsim.report.page import Section, Table
from matsim.report.stored import drawn
from matsim.words.amounts import many
from matsim.words.phrases import inner
from matsim.words.titles import POINTS


def radar_section(tables: Tables, points: pd.DataFrame) -> Section:
    """Which of the six are near, in how many years, and what drives them."""
    words = (
        "A way of working carries a trust up to some size, spread and mix of schools. Beyond that lies a break point: "
        "work in another way, or pay for going on as before. The radar shows the load in the middle future after the "
        "first year; the tables say how often each is passed or reached under each option, and when.",
    )
    answers = pd.DataFrame(
        {
            "Break point": points["name"],
            "What drives it": points["drivers"],
            "Early signs": points["signs"],
            "If it is missed": points["harm"],
            "The next way of working": [_next(row) for _, row in points.iterrows()],
        }
    )
    note = (
        "Our way of working: the commonest after the first year, with its futures where it is not so in all. Then the "
        "futures in which the break point is reached at some time, and the middle year of those futures."
    )
    return Section(
        "Break-point radar",
        words,
        figures=drawn(_radar(tables)),
        tables=(
            Table("When each break point comes", points_table(tables, points), note),
            Table("What to look for, and what to do", answers, "Costs and years are assumptions of the model."),
        ),
    )


def _next(row: pd.Series) -> str:
    if not row["next"]:
        return "none higher"
    years = many(row["years"], "year")
    return f"{row['next']} ({pounds(row['cost'])} once, {pounds(row['yearly'])} a year, {years})"


def _radar(tables: Tables) -> Figure | None:
    """Where the trust stands after the first year, with the lead time if it stays as under the first option."""
    base = tables.each[0]
    columns = [f"pressure_{key}" for key in POINTS]
    first = base.years[base.years["year"] == tables.first_year][columns].median()
    if first.isna().any():
        return None
    frame = pd.DataFrame([{**first.to_dict(), "trust": tables.uid, "year": tables.first_year, "name": "the trust"}])
    figure = radar(frame, tables.uid, lead={key: _middle(base, key) for key in POINTS})
    if figure is None:
        return None
    note = (
        f"{figure.note} The load is that of the middle future. Under each option: the futures in which we are past "
        "it at some time, and the years until then in the middle one of those futures."
    )
    table = figure.table.drop(columns="Years until it")
    table = table.rename(columns={"Load over what it carries": "Load, middle future"})
    keys = {name: key for key, name in POINTS.items()}
    for option in tables.each:
        table[option.name] = [lead_words(lead_times(option, keys[name])) for name in table["Break point"]]
    return replace(figure, key="board-radar", title=radar_words(base), note=note, table=table)


def radar_words(option: Option) -> str:
    """Which break points are passed after the first year, and which are to come, over all futures of an option."""
    leads = {key: lead_times(option, key) for key in POINTS}
    now = {key: float((lead <= 0).mean()) for key, lead in leads.items()}
    end = {key: float(np.isfinite(lead).mean()) for key, lead in leads.items()}
    first = max(now, key=lambda key: now[key])
    sentence = f"After the first year under “{option.name}” we are past "
    sentence += (
        f"{inner(POINTS[first])} {often(now[first])}" if now[first] else "none of the six break points in any future"
    )
    if now[first]:
        others = sum(share > 0 for key, share in now.items() if key != first)
        sentence += f", the most of the six; of the other five, {others} in some future" if others else ", and no other"
    later = {key: end[key] - now[key] for key in POINTS}
    most = max(later, key=lambda key: later[key])
    if not later[most]:
        return f"{sentence}; none is passed later."
    years = leads[most][np.isfinite(leads[most]) & (leads[most] > 0)]
    after = f"after {many(round(float(years.median())), 'year')} in the middle one of those"
    return f"{sentence}; most often passed later is {inner(POINTS[most])}, {often(later[most])}, {after}."


def lead_times(option: Option, key: str) -> pd.Series:
    """Years after the first until we are past a break point, by future: 0 when we are already, inf when never."""
    past = option.by_future(f"pressure_{key}") >= 1.0
    # idxmax gives the first year too where none is past
    first = past.idxmax(axis=1).where(past.any(axis=1)).astype(float)
    return first.fillna(math.inf) - float(past.columns[0])


def _middle(option: Option, key: str) -> float:
    # lower, since the mean of a number and inf is no lead time
    return float(lead_times(option, key).quantile(0.5, interpolation="lower"))


def lead_words(years: pd.Series) -> str:
    """Lead times over all futures for a cell: `6 of 10, 3 years`."""
    known = years[np.isfinite(years)]
    if known.empty:
        return "none"
    middle = float(known.quantile(0.5, interpolation="lower"))
    when = "at once" if middle <= 0 else many(round(middle), "year")
    return f"{in_ten(len(known) / len(years))}, {when}"


def checklist(frame: pd.DataFrame, near: str) -> Section:
    """The ten points, filled where the model can say and left blank where only people can."""
    answers = [answer(row) for _, row in frame.iterrows()]
    table = pd.DataFrame(
        {
            "Point": [f"{row['number']}. {row['question']}" for _, row in frame.iterrows()],
            "Answer": answers,
            "Why, in the middle future": [
                ("" if text else "For the board to answer. ") + row["why"]
                for text, (_, row) in zip(answers, frame.iterrows(), strict=True)
            ],
        }
    )
    counts = [answers.count(text) for text in ("Yes", "No", "")]
    words = (
        f"For a cluster round {near}, judged from the books after the first year: {counts[0]} yes and {counts[1]} no "
        f"in every future looked at, {len(answers) - sum(counts)} yes in some futures and no in others, "
        f"{counts[2]} left blank, where only people can say or nothing is known.",
    )
    note = "The ten questions are Hill's; most of the limits are assumed."
    return Section("Ten points before planting a cluster", words, tables=(Table("The checklist", table, note),))


def answer(row: pd.Series) -> str:
    """A point's answer over all futures: yes or no where it is so in each, else in how many; blank where open."""
    if row["answer"] == "no" and pd.isna(row["share"]):
        return "No in the middle future"
    if row["answer"] == "open" or pd.isna(row["share"]):
        return ""
    return {0.0: "No", 1.0: "Yes"}.get(float(row["share"]), f"Yes in {in_ten(float(row['share']))}")
