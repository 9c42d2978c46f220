"""What a person must know before believing a world made from files: things that change what it says, each a sentence.

A note tells what was done; a warning tells that the world is not what its files or its start year seem to promise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from matsim.words.amounts import count, decimals, many, percent
from matsim.words.phrases import listed
from matsim.world.codes import GRADES
from matsim.world.file_dates import FileDate, start_year
from matsim.world.inspections import PUBLISHED, published_year, shares

YEARS_APART = 2
"""Years between a file's date and the start year from which they are told apart loudly; one year is a note."""
LINKS_APART = 0.5
"""Years between the dates of the two files from which their trusts and schools are told not to match."""
INSPECTIONS_APART = 1.0
"""Years between the dates of the file of inspections and that of schools from which they are told not to match."""
LOST = 0.05
"""Share of linked mainstream schools that are not in the establishment file from which it is told."""
ALONE = 0.1
"""Share of academies that are in no trust of the links from which it is told."""
MOST = 0.5
"""Share of schools without a figure from which it is told that the figure is not the schools' own."""

FIGURES = {"number of pupils": "pupils", "capacity": "capacity", "share of free school meals": "fsm"}
"""Figures whose lack is told, and the columns of SCHOOL_INPUTS that hold them."""


@dataclass(frozen=True)
class LinksOnly:
    """Schools that only the links know: `schools`, how many by phase in words; `alone`: trusts that have no others;
    `others`: specialist schools that the establishment file has."""

    schools: Mapping[str, int]
    alone: int
    others: int


@dataclass(frozen=True)
class Contents:
    """What the files turned out to hold. `lost` of `linked` mainstream schools of open trusts are not among the
    schools; `unlisted` schools are not in the file of inspections; `alone` of `academies` are in no trust; `lacking`:
    name in FIGURES -> used schools without a value; `graded`: schools with a grade of their own; `drawn`: schools whose
    grade was drawn; `by_file`: schools whose trust only the establishment file names; `links_only`: what only
    the links know."""

    year: int
    used: int
    establishments: FileDate
    links: FileDate | None
    inspections: FileDate | None
    successors: FileDate | None
    linked: int
    lost: int
    unlisted: int
    academies: int
    alone: int
    graded: int
    drawn: int
    lacking: Mapping[str, int]
    by_file: int
    links_only: LinksOnly


def warnings(files: Contents) -> tuple[list[str], list[str]]:
    """Warnings, then notes of the same kind that are not loud."""
    loud: list[str] = []
    notes: list[str] = []
    _years(files, loud, notes)
    _successors(files, loud)
    _trusts(files, loud)
    _inspections(files, loud)
    _links_only(files.links_only, loud)
    _grades(files, loud)
    for what, lacking in files.lacking.items():
        if lacking > MOST * files.used:
            loud.append(
                f"{count(lacking)} of the {count(files.used)} schools have no {what} in the establishment file: it is "
                "filled in from other schools or published means, and says nothing of the school itself."
            )
    return loud, notes


def _years(files: Contents, loud: list[str], notes: list[str]) -> None:
    """Start year against the files, and the files against each other."""
    schools, links = files.establishments, files.links
    dated, name = (schools, "establishment file") if schools.known else (links or FileDate(), "group links file")
    if dated.known:
        file_year = start_year(dated.when)
        apart = files.year - file_year
        if apart and not (dated.least and apart > 0):
            way = f"{many(abs(apart), 'year')} {'after' if apart > 0 else 'before'} it"
            # a world cannot start before the latest of its files
            earlier = links is None or not links.known or start_year(links.when) <= file_year
            start = f"Start in {file_year} (--set world.start={file_year}), or give" if earlier else "Give"
            text = (
                f"The {name} is of {dated.words} and the first year is {files.year}, {way}: schools, rolls and trusts "
                f"are those of the file, while funding and rules are those of {files.year}. {start} files of "
                f"{files.year}."
            )
            (loud if abs(apart) >= YEARS_APART else notes).append(text)
    if links is not None and links.known and schools.known:
        gap = links.when - schools.when
        if abs(gap) > LINKS_APART and not (schools.least and gap > 0) and not (links.least and gap < 0):
            loud.append(
                f"The group links ({links.words}) are {_span(abs(gap))} {'newer' if gap > 0 else 'older'} than the "
                f"establishment file ({schools.words}): schools that changed in between are in the wrong trust or in "
                "none. Give two files of the same month."
            )


def _inspections(files: Contents, loud: list[str]) -> None:
    """The file of inspections against the schools."""
    schools, judged = files.establishments, files.inspections
    if judged is None:
        return
    if judged.known and schools.known:
        gap = judged.when - schools.when
        if abs(gap) >= INSPECTIONS_APART and not (schools.least and gap > 0) and not (judged.least and gap < 0):
            loud.append(
                f"The file of inspections ({judged.words}) is {_span(abs(gap))} {'newer' if gap > 0 else 'older'} than "
                f"the establishment file ({schools.words}): grades are not those of the day that the world "
                "begins with. Give two files of the same month."
            )
    if files.unlisted > LOST * files.used:
        loud.append(
            f"{count(files.unlisted)} of the {count(files.used)} schools are not in the file of inspections: they keep "
            "what the establishment file says of them, or begin without a grade. Give files of the same month."
        )


def _successors(files: Contents, loud: list[str]) -> None:
    """The file of predecessors and successors against the newest of those that it is to lead between."""
    chains = files.successors
    dates = [date for date in (files.establishments, files.links) if date is not None and date.known]
    if chains is None or not chains.known or not dates:
        return
    newest = max(dates, key=lambda date: date.when)
    if newest.when - chains.when > LINKS_APART and not chains.least:
        loud.append(
            f"The file of predecessors and successors ({chains.words}) is {_span(newest.when - chains.when)} older "
            f"than the newest of the other files ({newest.words}): schools that changed in between are not met by it. "
            "Give a file of the same month or a later one."
        )


def _trusts(files: Contents, loud: list[str]) -> None:
    if files.links is None and not files.by_file:
        if files.academies:
            loud.append(
                f"No group links were given, and the establishment file names no trusts: each of the "
                f"{count(files.academies)} academies is a single-academy trust, and there is no multi-academy trust. "
                "Give the group links file of the same month."
            )
        return
    if files.lost > LOST * files.linked:
        loud.append(
            f"{count(files.lost)} of the {count(files.linked)} mainstream schools that the links put into open trusts "
            "are not in the establishment file: their trusts are smaller here than they are, or missing. Give files of "
            "the same month; where the file is meant to hold a part of the country, only its own trusts can be relied "
            "on."
        )
    if files.alone > ALONE * files.academies:
        loud.append(
            f"{count(files.alone)} of the {count(files.academies)} academies are in no trust of the "
            f"{'group links' if files.links else 'establishment file'}, and each is taken as a single-academy trust: "
            + ("the links look older than the establishment file, or" if files.links else "its column of trusts looks")
            + " incomplete."
        )


def _links_only(known: LinksOnly, loud: list[str]) -> None:
    total = sum(known.schools.values())
    if total:
        kinds = listed([f"{count(number)} {phase}" for phase, number in known.schools.items()])
        have = "has" if known.alone == 1 else "have"
        alone = f" {many(known.alone, 'trust')} {have} no others." if known.alone else ""
        lacks = "" if known.others else " Such schools of local authorities are missing: that file has none."
        loud.append(
            f"{many(total, 'school')} in open trusts ({kinds}) {'is' if total == 1 else 'are'} in the group links and "
            "not in the establishment file: each is put beside schools of its trust or in the middle of its authority, "
            f"with the usual roll, places and free meals of its kind.{alone}{lacks} Give an establishment file with "
            "schools of every type."
        )


def _grades(files: Contents, loud: list[str]) -> None:
    lacking = files.used - files.graded
    if files.drawn:
        outstanding, good, requires, inadequate = shares(files.year)
        of = published_year(files.year)
        ended = " Single grades ended in September 2024." if files.year > max(PUBLISHED) else ""
        loud.append(
            "No school in the establishment file has an inspection grade, and no file of inspections was given, so "
            f"grades are drawn by the shares published for {of}: {percent(outstanding + good)} Good or better "
            f"({percent(outstanding)} {GRADES[1]}), "
            f"{percent(requires)} {GRADES[3]}, {percent(inadequate)} {GRADES[4]}; better ones are likelier for primary "
            f"schools and where fewer pupils are poor.{ended} No school's grade here is its own: read nothing "
            "about a named school from it. Give Ofsted's management information of the same month (--inspections)."
        )
    elif lacking > MOST * files.used:
        loud.append(
            f"{count(lacking)} of the {count(files.used)} schools have no inspection grade in the files, "
            "and begin as schools judged Good until they are first inspected."
        )


def _span(years: float) -> str:
    months = round(12 * years)
    return f"{months} months" if months < 24 else f"{decimals(years)} years"


def cells_without_numbers(marks: Mapping[tuple[str, str], int]) -> str:
    """What stood for a missing number or date, by column, in a sentence; empty for nothing."""
    by_column: dict[str, Counter[str]] = {}
    for (column, mark), number in marks.items():
        by_column.setdefault(column, Counter())[mark] += number
    parts = [
        f"{column} " + ", ".join(f"'{mark}' {count(number)}" for mark, number in counts.most_common())
        for column, counts in sorted(by_column.items())
    ]
    return f"Cells that hold no number or date, taken as missing: {'; '.join(parts)}." if parts else ""
