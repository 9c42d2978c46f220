"""`matsim explain`: why decisions went as they did, one sentence each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from matsim.cli.options import EstablishmentsOption, GroupLinksOption, JsonOption, ResultFolder, files_given
from matsim.cli.output import show, show_json, table
from matsim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def explain(
    result: ResultFolder,
    school: Annotated[str | None, typer.Option("--school", metavar="URN|NAME", help="One school.")] = None,
    trust: Annotated[str | None, typer.Option("--trust", metavar="UID|NAME", help="One trust.")] = None,
    event: Annotated[
        list[str] | None, typer.Option("--event", metavar="KIND", help="Kinds of event; may be repeated.")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="Academic year, by the September it starts in.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many to show; 0 for all.")] = 20,
    establishments: EstablishmentsOption = None,
    group_links: GroupLinksOption = None,
    json: JsonOption = False,
) -> None:
    """Explain decisions of a stored result: who decided what, when, and what weighed most.

    For a "no", also the smallest change that would have made it a "yes". Parts of names will do. For a result
    made from published files, --establishments and --group-links give the names of its schools.
    """
    from matsim.cli.names import schools_of, speaking, trusts_of
    from matsim.explain import explain as explained
    from matsim.run import scenario_of
    from matsim.store import open_result

    stored = open_result(result)
    events = stored.table("events")
    _check_year(str(result), events, year)
    schools = schools_of(stored, events, files_given(establishments, group_links))
    trusts = trusts_of(stored, events)
    names = speaking(schools, events["school"])
    names |= speaking(trusts, events["trust"]) | speaking(trusts, events["other"])
    found = explained(
        events,
        scenario_of(stored),
        names,
        school=schools.find(school) if school is not None else None,
        trust=trusts.find(trust) if trust is not None else None,
        kinds=tuple(event or ()),
        year=year,
    )
    shown = list(islice(found, limit or None))
    more = limit > 0 and next(found, None) is not None
    if json:
        content = {"result": str(result), "explanations": [one.to_dict() for one in shown], "more": more}
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


def _check_year(where: str, events: pd.DataFrame, year: int | None) -> None:
    first, last = int(events["year"].min()), int(events["year"].max())
    if year is not None and not first <= year <= last:
        raise InputError(where, f"--year {year}: should be one of its academic years, {first} to {last}")


def _kinds(events: pd.DataFrame) -> str:
    """Every kind of event in the result, how often, and what it says."""
    from matsim.events import EVENTS

    counts = events["event"].value_counts()
    rows = [(kind, f"{counts[kind]:,}", meaning) for kind, meaning in EVENTS.items() if kind in counts]
    return table(("event", "times", "meaning"), rows, right=(1,))
