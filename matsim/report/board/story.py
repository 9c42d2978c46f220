"""The bad tenth as a story, and questions that the numbers put to trustees."""

from __future__ import annotations

from math import isnan

import pandas as pd

from matsim.measures.listed import RESERVE_LINE
from matsim.report.board.options import FATES, NOTICED, SHORT, Option, Tables, often
from matsim.report.page import Section, Table
from matsim.words.amounts import academic, amount, many, percent
from matsim.words.offices import dated
from matsim.words.phrases import capital, inner
from matsim.words.titles import POINTS


def story(tables: Tables, stories: pd.DataFrame, future: int) -> Section:
    """The bad tenth of all options together, in order, under each option."""
    things = (
        "by reserves and the central team alike, in the last year (where we are no longer a trust of our own, last)"
    )
    if tables.tested:
        things = (
            "by three things alike, all in the last year: results of our present schools, reserves, and the central "
            "team (where we are no longer a trust of our own, last in the latter two)"
        )
    words = (
        f"This is future {future} under every option, on the same luck. Under each option the futures were put in "
        f"order {things}. By the mean of these places nine "
        "in ten futures beat this one. It is one way in which things can go badly, not a forecast.",
    )
    by_option = []
    for option in tables.each:
        sentences = stories[stories["option"] == option.place].sort_values("place")
        rows = [sentence.split(": ", 1) for sentence in sentences["sentence"]]
        frame = pd.DataFrame({"When": [row[0] for row in rows], "What happened": [capital(row[-1]) for row in rows]})
        if frame.empty:
            frame = pd.DataFrame({"When": ["–"], "What happened": ["No move, judgement or break point of ours."]})
        by_option.append(Table(option.name, frame, ending(option, future)))
    return Section("The bad tenth, told as a story", words, tables=tuple(by_option))


def ending(option: Option, future: int) -> str:
    """How that future ends under an option, in numbers: those of our trust while it stands, and of its schools."""
    years = option.years[option.years["future"] == future]
    last, fate = years.iloc[-1], option.fates.loc[future].to_dict()
    # none are published of special schools, alternative provision and 16 to 19
    known = not isnan(last["outcome_first"])
    results = f"results of our present schools at {amount(last['outcome_first'], 'sd')}" if known else ""
    money = f"lowest reserves {amount(years['reserves_share'].min(), 'share')} of income"
    team = f"at worst the central team had {amount(years['capacity'].min(), 'share')} of the posts it needed"
    if fate["fate"] == "stands":
        size, reserves = many(int(last["schools"]), "school"), amount(last["reserves_share"], "share")
        also = f" and {results}" if known else ""
        return f"It ends with {size}, reserves of {reserves} of income{also}; {money}; {team}."
    into = f" ({fate['into']})" if fate["into"] else ""
    how = f"{dated(FATES[str(fate['fate'])], int(fate['year']))}{into} in {academic(fate['year'])}"
    early = f"It ends for us early: {how}."
    if not years["reserves_share"].isna().all():
        early += f" Until then: {money}; {team}."
    return f"{early} At the end of the years: {results}." if known else early


def questions(tables: Tables, points: pd.DataFrame, checklist: pd.DataFrame) -> Section:
    """Questions for trustees, each with the number that prompts it."""
    base, lines = tables.each[0], []
    growing = [option for option in tables.each if option.grows]
    if growing:
        worst = min(growing, key=lambda option: float(option.chosen.mean()))
        lines.append(
            f"How do we know that schools want to join us? Under “{worst.name}” the schools we want come by their own "
            f"choice {often(float(worst.chosen.mean()))}. Whom have we talked to, and what did they say?"
        )
    others = [option for option in tables.each if option.place != base.place and option.effect(base).compared]
    if others:
        slow = max(others, key=lambda option: option.effect(base).worse / option.effect(base).compared)
        effect = slow.effect(base)
        lines.append(
            f"Who looks after our present schools meanwhile? Under “{slow.name}” their results are worse than under "
            f"“{base.name}” by {NOTICED:g} sd or more in {effect.worse} of {many(effect.compared, 'future')}"
            f"{' in which the merger comes about' if slow.proposes else ''}."
        )
    fragile = max(tables.each, key=lambda option: int(option.ended.sum()))
    if fragile.ended.any():
        lines.append(
            f"If we could not go on as a trust of our own, whom would we want to have our schools? Under "
            f"“{fragile.name}” we end in {fragile.ending()}."
        )
    reach = [(option.share(_reached(option, key)), key, option) for option in tables.each for key in POINTS]
    share, key, option = max(reach, key=lambda item: item[0])
    if share > 0:
        row = points[points["key"] == key].iloc[0]
        answer = f"What would “{row['next']}” ask of us, and when must we begin?" if row["next"] else "What then?"
        lines.append(
            f"Are we ready for {inner(POINTS[key])}? It is the break point reached most, {often(share)} under "
            f"“{option.name}”. Do we see its signs ({row['signs']})? {answer}"
        )
    tight = max(tables.each, key=lambda option: option.short)
    if tight.short > 0:
        lines.append(
            f"Do we build the central team before or after the schools come? Under “{tight.name}” it has less than "
            f"{percent(SHORT)} of the posts it needs for two years or more {often(tight.short)}."
        )
    poor = min(tables.each, key=lambda option: option.safe)
    lines.append(
        f"What reserves do we hold, and for what? Under “{poor.name}” they stay above {percent(RESERVE_LINE)} of "
        f"income {often(poor.safe)}{' while we stand' if poor.ended.any() else ''}; what would we stop doing if they "
        "did not?"
    )
    known = [option for option in tables.each if not pd.isna(option.approval)]
    if known:
        hard = min(known, key=lambda option: option.approval)
        lines.append(
            f"What does {tables.said('our {commissioner}')} think of our capacity? Under “{hard.name}” "
            f"{percent(hard.approval)} of applications are approved. Have we asked?"
        )
    blank = [str(q) for q, a in zip(checklist["question"], checklist["answer"], strict=True) if a == "open"]
    lines += [f"Only we can say: {question}" for question in blank]
    lines.append("What would make us stop? Which number, by which date, and who tells us?")
    first = academic(tables.first_year)
    words = (f"Each is prompted by a number of this pack; none has an answer in it. The first year is {first}.",)
    return Section("Questions for trustees", words, points=lines)


def _reached(option: Option, key: str) -> pd.Series:
    reaches = option.events[
        (option.events["event"] == "reach")
        & (option.events["trust"] == option.tables.uid)
        & (option.events["reason"] == key)
    ]
    return pd.Series(option.last.index.isin(reaches["future"]), index=option.last.index)
