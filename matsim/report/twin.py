"""The report of a twin: two worlds on the same luck, what was set differently, and what became of it."""

from __future__ import annotations

import calendar

import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.lines import over_years
from matsim.measures import MEASURES
from matsim.report import settings
from matsim.report.page import Fact, Page, Section, Table
from matsim.report.provenance import caveats, digests, provenance, words
from matsim.report.run import title, world
from matsim.report.stored import Reader, drawn
from matsim.words.amounts import academic, amount, change, count, setting
from matsim.words.phrases import capital, inner

DRAWN = ("academies_in_mats", "mats_with_2_or_more", "backoffice_per_pupil_primary", "reserves_share", "mean_outcome")
"""Measures with a figure of their own; the others are in the table."""

EVENTS_SHOWN = 12

MONTHS = {name[:3]: name for name in calendar.month_name[1:]}


def page(reader: Reader) -> Page:
    """What a stored twin has to say."""
    about, parameters = reader.manifest, reader.lists("parameters")
    parts = (
        _asked(reader),
        reader.part("Where the two worlds part", ("parting",), lambda parting: _parting(parting, _alike(reader))),
        reader.part("What the difference becomes", ("differences",), _differences),
        reader.part("What happened more often, and less", ("event_counts",), _events),
        settings.assumptions(parameters),
        settings.mechanisms(reader.lists("mechanisms")),
        words(reader.years),
    )
    return Page(
        title=f"{title(about)}: two worlds, one difference",
        kind="Report of two worlds with the same luck",
        question=_question(reader),
        lead=_lead(reader),
        sections=[part for part in parts if part is not None],
        caveats=(
            "One seed shows one way in which two worlds can part; another seed may show another. An experiment over "
            "many seeds says how often: matsim sweep.",
            *caveats(reader.result, parameters, runs=0),
        ),
        provenance=provenance(reader.result),
        digests=digests(reader.result),
    )


def _alike(reader: Reader) -> bool:
    return bool(reader.manifest.get("alike"))


def _question(reader: Reader) -> str:
    table = reader.table("settings")
    if table is None:
        return "What changes when one thing is set differently?"
    if table.empty:
        return "Does anything differ when nothing is set differently?"
    # a scenario's title and question go with what it sets
    differing = table[~table["name"].isin(("title", "question"))]
    table = differing if len(differing) else table
    if len(table) > 1:
        return f"What changes when {len(table)} settings differ and all luck is the same?"
    row = table.iloc[0]
    first, second = (setting(row[name], row["unit"]) or "not set" for name in ("first", "second"))
    name = row["name"].replace(".", ": ").replace("_", " ")
    return f"What changes when “{name}” is “{second}” instead of “{first}”, and all luck is the same?"


def _asked(reader: Reader) -> Section:
    about, table = reader.manifest, reader.table("settings")
    facts = [Fact("Question of the scenario", about["question"])] if about.get("question") else []
    facts += [Fact("Luck", f"seed {about.get('seed', 'not recorded')}, the same in both worlds")]
    facts += world(about.get("world") or {})
    if table is None:
        return Section("What was asked", facts=facts, missing=reader.lacking("settings"))
    if table.empty:
        return Section("What was asked", ("Nothing is set differently.",), facts=facts)
    frame = pd.DataFrame(
        {
            "What": [meaning or name for meaning, name in zip(table["meaning"], table["name"], strict=True)],
            "First world": _values(table, "first"),
            "Second world": _values(table, "second"),
            "Name in the scenario file": table["name"],
        }
    )
    return Section("What was asked", facts=facts, tables=(Table("What is set differently", frame),))


def _values(table: pd.DataFrame, column: str) -> list[str]:
    return [setting(text, unit) or "not set" for text, unit in zip(table[column], table["unit"], strict=True)]


def _lead(reader: Reader) -> list[str]:
    if _alike(reader):
        return ["Nothing differs: every number of every table is the same in both worlds, to the last digit."]
    sentences = []
    if (table := reader.table("differences")) is not None and len(table):
        last = table[table["year"] == table["year"].max()]
        for measure in ("academies_in_mats", "backoffice_per_pupil_primary", "mean_outcome"):
            if (rows := last[last["measure"] == measure]).shape[0]:
                sentences.append(_finding(rows.iloc[0]))
    if (parting := reader.table("parting")) is not None:
        sentences.append(_where(parting))
    return sentences


def _finding(row: pd.Series) -> str:
    """One measure at the end, as a sentence: the difference first."""
    name = capital(_title(row["measure"]))
    first, second = amount(row["first"], row["unit"]), amount(row["second"], row["unit"])
    when = academic(row["year"])
    if row["difference"] == 0:
        return f"{name}: no difference in {when} ({first} in both worlds)."
    both = f"{second} in the second world, {first} in the first"
    return f"{name}: {change(row['difference'], row['unit'])} in {when} ({both})."


def _title(measure: str) -> str:
    return MEASURES[measure].title if measure in MEASURES else measure.replace("_", " ")


def _where(parting: pd.DataFrame) -> str:
    if parting.empty:
        return "The same events happen in both worlds; only numbers differ."
    row = parting.iloc[0]
    step = f" ({MONTHS.get(row['month'], row['month'])}: {inner(row['happens'])})" if row["happens"] else ""
    who = [name for name in (row["school_name"], row["trust_name"]) if name]
    names = f": {', '.join(who)}" if who else ""
    return (
        f"The two worlds part in {academic(row['year'])}{step}. Only in the {row['world']} world, {row['said']}{names}."
    )


def _parting(parting: pd.DataFrame, alike: bool) -> Section:
    words = (
        "Both worlds draw the same luck for every school and every decision, so whatever differs follows from what "
        "was set differently.",
        "They never part: nothing differs anywhere." if alike else _where(parting),
    )
    return Section("Where the two worlds part", words)


def _differences(table: pd.DataFrame) -> Section:
    last = table[table["year"] == table["year"].max()]
    titles = [_title(name) for name in last["measure"]]
    columns = {
        "Measure": [capital(title) for title in titles],
        "First world": [amount(v, u) for v, u in zip(last["first"], last["unit"], strict=True)],
        "Second world": [amount(v, u) for v, u in zip(last["second"], last["unit"], strict=True)],
        "Difference": [change(v, u) for v, u in zip(last["difference"], last["unit"], strict=True)],
    }
    caption = f"Both worlds in {academic(last['year'].iloc[0])}"
    figures = [_figure(table[table["measure"] == measure]) for measure in DRAWN]
    return Section(
        "What the difference becomes", figures=drawn(*figures), tables=(Table(caption, pd.DataFrame(columns)),)
    )


def _figure(rows: pd.DataFrame) -> Figure | None:
    """One measure in both worlds over the years; None where the worlds never differ in it."""
    if rows.empty or not rows["difference"].any():
        return None
    measure, unit = str(rows["measure"].iloc[0]), str(rows["unit"].iloc[0])
    worlds = [
        pd.DataFrame({"year": rows["year"], "option": f"{name.capitalize()} world", "median": rows[name]})
        for name in ("first", "second")
    ]
    title = capital(_title(measure))
    alt = f"{title} by year in the first and in the second world."
    return over_years(
        f"twin-{measure.replace('_', '-')}",
        _finding(rows.sort_values("year").iloc[-1]),
        alt,
        pd.concat(worlds),
        label=title,
        unit=unit,
        of="runs",
    )


def _events(counts: pd.DataFrame) -> Section:
    title = "What happened more often, and less"
    widest = counts[counts["difference"] != 0].sort_values("difference", key=abs, ascending=False, kind="stable")
    if widest.empty:
        return Section(title, ("Each kind of event happened as often in both worlds.",))
    shown = widest.head(EVENTS_SHOWN)
    frame = pd.DataFrame(
        {
            "What happened": [capital(text) for text in shown["said"]],
            "First world": [count(n) for n in shown["first"]],
            "Second world": [count(n) for n in shown["second"]],
            "Difference": [change(float(n), "schools") for n in shown["difference"]],
        }
    )
    note = f"The {len(shown)} kinds that differ most, of {len(widest)} that differ." if len(widest) > len(shown) else ""
    return Section(title, tables=(Table("Events over the whole run", frame, note),))
