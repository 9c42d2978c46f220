"""`matsim explain`: why decisions went as they did, one sentence each."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.options import JsonOption, ResultFolder, run_and_names
from matsim.cli.output import show, show_json, table
from matsim.core.errors import InputError
from matsim.words.amounts import NONE, count, number

if TYPE_CHECKING:
    import pandas as pd

    from matsim.results.store import Result
    from matsim.simulation.biography import Life
    from matsim.simulation.explain import Names


class Course(StrEnum):
    """Courses of a trust's life, as of `matsim.simulation.trust_life.COURSES`."""

    REPAIRED = "repaired"
    TROUBLED = "troubled"
    BROKEN_UP = "broken-up"
    MERGED = "merged"
    LARGEST = "largest"


def explain(
    result: ResultFolder,
    school: Annotated[str | None, typer.Option("--school", metavar="URN|NAME", help="One school.")] = None,
    trust: Annotated[str | None, typer.Option("--trust", metavar="UID|NAME", help="One trust.")] = None,
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="KIND", help="Kinds of event; may be repeated.")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="Academic year, by the September it starts in.")] = None,
    biography: Annotated[
        bool,
        typer.Option("--biography", help="The life of the school, or of the trust, in place of its decisions."),
    ] = False,
    find: Annotated[
        Course | None, typer.Option("--find", help="The life of the largest trust that took such a course.")
    ] = None,
    head: Annotated[
        int | None, typer.Option("--head", metavar="NUMBER", help="The life of a head, by the number in a biography.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, max=1_000_000_000, help="How many to show; 0 for all.")] = 20,
    json: JsonOption = False,
) -> None:
    """Explain decisions of a stored result, a sentence each.

    Who decided what, when, and what weighed most. For a "no", also the smallest change that would have made it
    a "yes". A part of a name will do, where only one has it. With --biography, of a head, or of a trust found by
    its course, a whole life instead; lives of schools and heads are of results that keep a row for every school and
    year.
    """
    from matsim.core.find import find_agent
    from matsim.simulation.explain import explain as explained
    from matsim.simulation.simulate import scenario_of

    where = str(result)
    stored, names = run_and_names(result)
    if find is not None or (biography and trust is not None):
        _trust_life(stored, names, where, trust, find, json=json)
        return
    if biography or head is not None:
        _life(stored, names, where, school, head, json=json)
        return
    events = stored.table("events")
    first, last = int(events["year"].min()), int(events["year"].max())
    if year is not None and not first <= year <= last:
        raise InputError(where, f"--year {year}: should be one of its academic years, {first} to {last}")
    explanations = explained(
        events,
        scenario_of(stored),
        names,
        school=None if school is None else find_agent(school, names.schools, "school", where),
        trust=None if trust is None else find_agent(trust, names.trusts, "trust", where),
        kinds=tuple(event or ()),
        year=year,
    )
    shown = list(islice(explanations, limit or None))
    more = limit > 0 and next(explanations, None) is not None
    if json:
        content = {"result": where, "explanations": [one.to_dict() for one in shown], "more": more}
        show_json("explain", content)
        return
    if school is None and trust is None and year is None and not event:
        show(_kinds(events))
        show()
    for one in shown:
        show(one.sentence)
    if not shown:
        show("Nothing of the kind happened.")
    if more:
        show(f"These are the first {limit}; --limit 0 shows all, --event, --school, --trust and --year choose.")


def _life(stored: Result, names: Names, where: str, school: str | None, head: int | None, *, json: bool) -> None:
    """Print the life of a school or of a head: its passages, then a table of its years."""
    from matsim.core.find import find_agent
    from matsim.simulation.biography import head_life, school_life

    if (school is None) == (head is None):
        raise InputError("--biography", "is of one school, by --school, one trust, by --trust, or one head, by --head")
    if "school_year" not in stored.tables:
        raise InputError(where, "has no row for every school and year: run with --set run.school_year=true")
    tables = {name: stored.table(name) for name in ("events", "school_year")}
    if school is not None:
        life = school_life(tables, find_agent(school, names.schools, "school", where), names)
    else:
        life = head_life(tables, int(head or 0), names)
    _show(life, where, json=json)


def _trust_life(
    stored: Result, names: Names, where: str, trust: str | None, find: Course | None, *, json: bool
) -> None:
    """Print the life of a trust, named or found by its course: its phases with what happened in each."""
    from matsim.core.find import find_agent
    from matsim.simulation.trust_life import subject, trust_life

    tables = {name: stored.table(name) for name in ("events", "trust_year")}
    uid = subject(tables, find.value) if find else find_agent(str(trust), names.trusts, "trust", where)
    _show(trust_life(tables, uid, names), where, json=json, phases=True)


def _show(life: Life, where: str, *, json: bool, phases: bool = False) -> None:
    """Print a life: its passages, those of a trust by phases, then a table of its years."""
    if json:
        show_json("explain", {"result": where, "biography": life.to_dict()})
        return
    if phases:
        show(life.name)
    for passage in life.passages:
        show(("  " if phases and passage.about not in ("beginning", "phase", "end") else "") + passage.sentence)
    show()
    rows = life.years.astype(object).where(life.years.notna(), NONE)
    show(table(tuple(rows.columns), [tuple(map(_cell, row)) for row in rows.itertuples(index=False)]))


def _cell(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _kinds(events: pd.DataFrame) -> str:
    """Every kind of event in the result, how often, and what it says."""
    from matsim.events.kinds import EVENTS

    counts = events["event"].value_counts()
    rows = [(e.kind, count(counts[e.kind]), e.meaning) for e in EVENTS.values() if e.kind in counts]
    return table(("event", "times", "meaning"), rows, right=(1,))
