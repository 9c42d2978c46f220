"""The bad tenth as a story, and questions that the numbers put to trustees."""

from __future__ import annotations

import pandas as pd

from matsim.figures.names import POINTS, inner
from matsim.figures.text import academic, amount
from matsim.measures.tables import RESERVE_LINE
from matsim.report.board.reckon import SHORT, Option, Tables, often, plural
from matsim.report.page import Section, Table


def story(tables: Tables, told: pd.DataFrame) -> Section:
    """For each option the future at the tenth percentile, in order."""
    words = (
        "Futures were put in order by three things alike: results of our present schools, reserves, and the central "
        "team, all in the last year. This is the one that nine in ten futures beat. It is one way in which things can "
        "go badly, not a forecast.",
    )
    found = []
    for option in tables.each:
        own = told[told["option"] == option.place].sort_values("place")
        future = int(own["future"].iloc[0]) if len(own) else None
        caption = f"{option.name}" + (f" (future {future})" if future is not None else "")
        rows = [sentence.split(": ", 1) for sentence in own["sentence"]]
        frame = pd.DataFrame(
            {"When": [row[0] for row in rows], "What happened": [row[-1][:1].upper() + row[-1][1:] for row in rows]}
        )
        if frame.empty:
            frame = pd.DataFrame({"When": ["–"], "What happened": ["Nothing that a board would be told of."]})
        found.append(Table(caption, frame, _end(option, future)))
    return Section("The bad tenth, told as a story", words, tables=tuple(found))


def _end(option: Option, future: int | None) -> str:
    """How that future ends, in numbers."""
    if future is None:
        return ""
    own = option.years[option.years["future"] == future]
    last = own.iloc[-1]
    least = own["capacity"].min()
    return (
        f"It ends with {plural(int(last['schools']), 'school')}, reserves of {amount(last['reserves_share'], 'share')} "
        f"of income (lowest {amount(own['reserves_share'].min(), 'share')}), and results of our present schools at "
        f"{amount(last['outcome_first'], 'sd')}; at worst the central team had {least:.0%} of the posts it needed."
    )


def questions(tables: Tables, points: pd.DataFrame, checklist: pd.DataFrame) -> Section:
    """Questions for trustees, each with the number that prompts it."""
    base, asked = tables.each[0], []
    growing = [option for option in tables.each if option.grows]
    if growing:
        worst = min(growing, key=lambda option: option.reached_size)
        asked.append(
            f"How do we know that schools want to join us? Under “{worst.name}” the schools we want come "
            f"{often(worst.reached_size)}. Whom have we talked to, and what did they say?"
        )
        slow = min(growing, key=lambda option: float((option.against(base) >= 0).mean()))
        kept = float((slow.against(base) >= 0).mean())
        asked.append(
            f"Who looks after our present schools while we grow? Under “{slow.name}” their results are no worse than "
            f"under “{base.name}” {often(kept)}."
        )
    reach = [(option.share(_reached(option, key)), key, option) for option in tables.each for key in POINTS]
    share, key, option = max(reach, key=lambda item: item[0])
    if share > 0:
        row = points[points["key"] == key].iloc[0]
        answer = f"What would “{row['next']}” ask of us, and when must we begin?" if row["next"] else "What then?"
        asked.append(
            f"Are we ready for {inner(POINTS[key])}? It is the break point reached most, {often(share)} under "
            f"“{option.name}”. Do we see its signs ({row['signs']})? {answer}"
        )
    tight = max(tables.each, key=lambda option: option.short)
    if tight.short > 0:
        asked.append(
            f"Do we build the central team before or after the schools come? Under “{tight.name}” it has less than "
            f"{SHORT:.0%} of the posts it needs for two years or more {often(tight.short)}."
        )
    poor = min(tables.each, key=lambda option: option.safe)
    asked.append(
        f"What reserves do we hold, and for what? Under “{poor.name}” they stay above {RESERVE_LINE:.0%} of income "
        f"{often(poor.safe)}; what would we stop doing if they did not?"
    )
    known = [option for option in tables.each if not pd.isna(option.approval)]
    if known:
        hard = min(known, key=lambda option: option.approval)
        asked.append(
            f"What does our commissioner think of our capacity? Under “{hard.name}” {hard.approval:.0%} of "
            "applications are approved. Have we asked?"
        )
    blank = [str(q) for q, a in zip(checklist["question"], checklist["answer"], strict=True) if a == "open"]
    asked += [f"Only we can say: {question}" for question in blank]
    asked.append("What would make us stop? Which number, by which date, and who tells us?")
    first = academic(tables.first_year)
    words = (f"Each is prompted by a number of this pack; none has an answer in it. The first year is {first}.",)
    return Section("Questions for trustees", words, points=asked)


def _reached(option: Option, key: str) -> pd.Series:
    own = option.events[
        (option.events["event"] == "reach")
        & (option.events["trust"] == option.tables.uid)
        & (option.events["reason"] == key)
    ]
    return pd.Series(option.last.index.isin(own["future"]), index=option.last.index)
