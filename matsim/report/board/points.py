"""The break-point radar of a board pack, with lead times, and the ten-point checklist."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.names import POINTS
from matsim.figures.radar import radar
from matsim.report.board.money import points_table
from matsim.report.board.reckon import Option, Tables, in_ten, pounds
from matsim.report.page import Section, Table
from matsim.report.reading import drawn


def radar_section(tables: Tables, points: pd.DataFrame) -> Section:
    """Which of the six are near, in how many years, and what drives them."""
    words = (
        "A way of working carries a trust up to some size, spread and mix of schools. Beyond that lies a break point: "
        "work in another way, or pay for going on as before. The radar shows where we stand after the first year; the "
        "table says how often each is reached under each option, and in which year where it is.",
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
    note = "Shares of futures in which it is reached at some time; then the middle year of those futures."
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
    years = f"{row['years']:g} year{'' if row['years'] == 1 else 's'}"
    return f"{row['next']} ({pounds(row['cost'])} once, {pounds(row['yearly'])} a year, {years})"


def _radar(tables: Tables) -> Figure | None:
    """Where the trust stands after the first year, with the lead time if it stays as under the first option."""
    base = tables.each[0]
    columns = [f"pressure_{key}" for key in POINTS]
    first = base.years[base.years["year"] == tables.first_year][columns].median()
    frame = pd.DataFrame([{**first.to_dict(), "trust": tables.uid, "year": tables.first_year, "name": "the trust"}])
    figure = radar(frame, tables.uid, lead={key: lead_time(base, key) for key in POINTS})
    if figure is None:
        return None
    note = f"{figure.note} Years are those until the middle future reaches it under “{base.name}”."
    table = figure.table.copy()
    keys = {name: key for key, name in POINTS.items()}
    table = table.rename(columns={"Years until it": base.name})
    for option in tables.each:
        table[option.name] = [lead_words(lead_time(option, keys[name])) for name in table["Break point"]]
    return replace(figure, key="board-radar", note=note, table=table)


def lead_time(option: Option, key: str) -> float:
    """Years after the first until the middle future is past a break point: 0 when it is already, inf when never."""
    past = option.by_future(f"pressure_{key}") >= 1.0
    years = past.columns.to_numpy()
    first = past.idxmax(axis=1).where(past.any(axis=1)).astype(float)
    middle = float(first.fillna(math.inf).quantile(0.5, interpolation="lower"))
    return middle - float(years[0])


def lead_words(years: float) -> str:
    """A lead time for a cell."""
    if math.isinf(years):
        return "not in these years"
    return "passed" if years <= 0 else f"{years:.0f} year{'' if years == 1 else 's'}"


def checklist(frame: pd.DataFrame, near: str) -> Section:
    """The ten points, filled where the model can say and left blank where only people can."""
    told = {"yes": "Yes", "no": "No", "open": ""}
    blank = "For the board to answer. "
    table = pd.DataFrame(
        {
            "Point": [f"{row['number']}. {row['question']}" for _, row in frame.iterrows()],
            "Answer": [told[str(a)] for a in frame["answer"]],
            "In futures": ["" if pd.isna(s) else in_ten(float(s)) for s in frame["share"]],
            "Why": [(blank if row["answer"] == "open" else "") + row["why"] for _, row in frame.iterrows()],
        }
    )
    counts = {answer: int((frame["answer"] == answer).sum()) for answer in told}
    words = (
        f"For a cluster round {near}, judged from the books after the first year: {counts['yes']} yes, "
        f"{counts['no']} no, {counts['open']} left blank, where only people can say.",
    )
    note = "The ten questions are Hill's; most of the limits are assumed. Answers are for the middle future."
    return Section("Ten points before planting a cluster", words, tables=(Table("The checklist", table, note),))
