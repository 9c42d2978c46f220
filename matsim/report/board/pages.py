"""The page of a board pack: one page for the agenda, then the appendix. From stored tables alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from matsim.report import settings
from matsim.report.board import agenda, cards, money, places, radar, story
from matsim.report.board.options import Tables
from matsim.report.board.risks import register
from matsim.report.page import Fact, Page, Section, Table
from matsim.report.provenance import caveats, digests, provenance, words
from matsim.report.stored import Reader
from matsim.results.store import Result
from matsim.words.amounts import count, many

NEEDED = ("options", "option_year", "option_event", "fates", "asked")
"""Tables without which nothing can be said."""


def page(reader: Reader) -> Page:
    """What a stored board pack has to say."""
    about, parameters = reader.manifest, reader.lists("parameters")
    common: dict[str, Any] = {
        "title": str(about.get("title") or "A board pack"),
        "kind": "Board pack",
        "question": str(about.get("question", "")),
        "provenance": provenance(reader.result),
        "digests": digests(reader.result),
        "caveats": (*_caveats(), *caveats(reader.result, parameters, runs=int(about.get("futures", 2)))),
    }
    if missing := reader.lacking(*NEEDED):
        section = Section("The options side by side", missing=missing)
        return Page(**common, sections=[section, words(reader.years)])
    tables = _tables(reader)
    parts = [agenda.side_by_side(tables), *_appendix(reader, tables)]
    parts += [
        _how_made(about),
        _read(reader, tables),
        settings.assumptions(parameters),
        settings.mechanisms(reader.lists("mechanisms")),
        words(reader.years),
    ]
    return Page(**common, lead=agenda.lead(tables), sections=parts)


def _tables(reader: Reader) -> Tables:
    about = reader.manifest
    trust = about["trust"]
    options, years, events, fates, approached = (reader.result.table(name) for name in NEEDED)
    return Tables(
        name=str(trust["name"]),
        uid=int(trust["uid"]),
        start=int(trust["schools"]),
        futures=int(about["futures"]),
        integration=float(about["integration"]),
        options=options.sort_values("option", ignore_index=True),
        years=years.sort_values(["option", "future", "year"], kind="stable", ignore_index=True),
        events=events,
        fates=fates,
        approached=approached,
        ungraded=int(trust.get("ungraded", 0)),
        mainstream=trust.get("mainstream"),
    )


def _appendix(reader: Reader, tables: Tables) -> list[Section]:
    """Everything after the first page, in order; what cannot be read is named."""
    near = str(reader.manifest.get("checklist_near", "the new place"))
    filled = reader.table("filled_in")
    checked = reader.part("Ten points before planting a cluster", ("checklist",), lambda f: radar.checklist(f, near))
    parts: list[Section | None] = [
        agenda.meant(tables),
        reader.part("Break-point radar", ("break_points",), lambda f: radar.radar_section(tables, f)),
        money.ledger(tables),
        money.money(tables),
        reader.part("Map", ("places", "candidates"), lambda p, c: places.section(tables, p, c, filled)),
        *_cards(reader, tables),
        checked,
        _risks(tables),
        reader.part(
            "The bad tenth, told as a story",
            ("story",),
            lambda f: story.story(tables, f, int(reader.manifest["bad_tenth"])),
        ),
        reader.part(
            "Questions for trustees",
            ("break_points", "checklist"),
            lambda p, c: story.questions(tables, p, c),
        ),
    ]
    sections = [part for part in parts if part is not None]
    # the agenda's page ends here
    return [replace(sections[0], fresh=True), *sections[1:]]  # on a new sheet of paper


def _cards(reader: Reader, tables: Tables) -> list[Section]:
    if missing := reader.lacking("candidates", "answers"):
        return [Section("Candidates", missing=missing)]
    return list(cards.sections(tables, reader.result.table("candidates"), reader.result.table("answers")))


def _risks(tables: Tables) -> Section:
    frame = register(tables.each)
    shown = frame[[name for name in frame if not str(name).startswith("_")]]
    words_ = (
        "Each risk was looked for in every future of every option. The register lists those that meet at least one "
        "future in twenty, and any in which we cease to be a trust of our own, the weightiest first: how grave times "
        "how often." + (" What rests on grades that no file gives comes last." if tables.drawn else ""),
    )
    note = (
        "Early signs are common sense and the sources' words, not something the model found. Who owns each is for you."
    )
    return Section("Risk register", words_, tables=(Table("Risks, by weight", shown, note, rows=len(shown)),))


def _how_made(about: dict[str, Any]) -> Section:
    """How the pack was made: the options' files, the cut of the world, notes about what was read."""
    cut = about.get("cut") or {}
    facts = [
        Fact("Futures", f"{about.get('futures')} for each option, {about.get('years')} years each"),
        Fact(
            "The part of the country lived through",
            f"{count(cut.get('schools', 0))} of {count(cut.get('of', 0))} schools: those within "
            f"{cut.get('minutes', 0):g} minutes of one of ours or near a place that an option names, and the whole of "
            f"the {count(cut.get('trusts', 0))} trusts met there",
        ),
        Fact("Each option as a scenario", "option-1.toml and so on, in the result's folder"),
    ]
    return Section("How this pack was made", facts=facts, notes=[str(note) for note in about.get("notes") or ()])


def _read(reader: Reader, tables: Tables) -> Section:
    """What the first year was made from: what was read, used, set aside and filled in, and schools of ours left out."""
    world = reader.manifest.get("world") or {}
    left = reader.table("left_out")
    sentences = [_origin(world)]
    lists = []
    filled = reader.table("filled_in")
    if filled is not None and len(filled):
        sentences.append(
            f"Of {len(filled)} of our {many(tables.start, 'present school')} the files give a name, a type and a local "
            "authority, and no more. Their places and rolls are filled in: each lies beside our other schools or in "
            "the middle of its authority's, and has the usual roll, places and free meals of its kind. Read nothing "
            "about journeys to them, or about their money, from this pack."
        )
        rows = {"School": filled["name"] + " (" + filled["school"].astype(str) + ")", "What it is": filled["phase"]}
        lists.append(Table("Our schools whose place and roll are filled in", pd.DataFrame(rows), rows=len(filled)))
    if left is not None and len(left):
        sentences.append(
            f"The files link {many(tables.start + len(left), 'school')} to {tables.name}. The model has "
            f"{tables.start} of them, our present schools in this pack; the other {len(left)} are left out."
        )
        rows = {"School": left["name"] + " (" + left["school"].astype(str) + ")", "Why it is left out": left["reason"]}
        lists.append(Table("Our schools that are left out", pd.DataFrame(rows), rows=len(left)))
    if tables.ungraded:
        sentences.append(
            f"No grade is given for {tables.ungraded} of our {many(tables.start, 'present school')}: how good they "
            "are is drawn by luck in every future, and so is what inspectors find there."
        )
    for caption, name in (("Records set aside", "set_aside"), ("Gaps filled in", "filled")):
        counts = world.get(name) or {}
        if counts:
            head = "What, and how" if name == "filled" else "Why"
            listed = pd.DataFrame({head: list(counts), "Schools": list(counts.values())})
            lists.append(Table(caption, listed, rows=len(counts)))
    return Section("What the first year was read from", sentences, tables=lists, notes=list(world.get("notes") or ()))


def _origin(world: dict[str, Any]) -> str:
    if str(world.get("origin", "")).startswith("synthetic"):
        return f"The first year is made up: {count(world.get('schools', 0))} schools drawn from published figures."
    return (
        f"The first year was read from {str(world.get('origin', '')).removeprefix('files: ')}: "
        f"{count(world.get('read', 0))} records of schools read, "
        f"{count(world.get('used', 0))} used, and the gaps in these filled in as listed."
    )


def _caveats() -> tuple[str, ...]:
    """What holds of every board pack."""
    return (
        "The trust's own people, plans and accounts are not in it. Who leads the schools, what they hold in reserve, "
        "how well teams work together is drawn by luck in every future, from what is usual.",
        "Nearby schools and trusts decide by the model's rules, not by what their governors have said.",
        "Only a part of the country is lived through; what happens beyond it is left out.",
    )


def opening(result: Result) -> str:
    """What was done, in a sentence or two."""
    return agenda.lead(_tables(Reader(result)))[0]


def summary(result: Result) -> list[dict[str, Any]]:
    """What a command line says of a pack: for each option its name, a sentence, and the numbers of the first page."""
    tables = _tables(Reader(result))
    rows = []
    for option, sentence in zip(tables.each, agenda.lead(tables)[1:], strict=True):
        effect = option.effect(tables.each[0])
        fates = option.fates["fate"].value_counts()
        mergers = option.fates.loc[option.fates["merger"] != "", "merger"].value_counts()
        rows.append(
            {
                "name": option.name,
                "plan": option.plan,
                "sentence": sentence,
                "schools": float(option.last["schools"].median()),
                "reserves_safe": option.safe,
                "reserves_share": float(option.last["reserves_share"].median()),
                "present_schools": {"better": effect.better, "worse": effect.worse, "no_difference": effect.same},
                "fates": {str(k): int(v) for k, v in fates.items()},
                "mergers": {str(k): int(v) for k, v in mergers.items()},
                "team_short": option.short,
                "break_points_reached": float(option.reached.median()),
                "approved": option.approval,
            }
        )
    return rows
