"""How a twin is told: what was set differently, where the worlds part, and the differences that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matsim.cli.output import indented, table
from matsim.words.amounts import academic, amount, change

if TYPE_CHECKING:
    import pandas as pd

    from matsim.scenario.show import Difference
    from matsim.simulation.simulate import Finished
    from matsim.simulation.twin import Twin

KINDS_SHOWN = 10


def settings_table(settings: Sequence[Difference], names: tuple[str, str] = ("first", "second")) -> str:
    """Every value that two scenarios do not share."""
    from matsim.core.toml import plain, quote

    def in_words(value: object) -> str:
        return "not set" if value is None else quote(plain(value))

    rows = [(d.name, in_words(d.left), in_words(d.right), d.unit) for d in settings]
    return indented(table(("setting", *names, "unit"), rows))


def parting(twin: Twin) -> str:
    """The first event that only one of the worlds has: when, in which step, who and where."""
    from matsim.events.kinds import EVENTS

    part = twin.parting
    if part is None:
        return "The same events happen in both worlds; only numbers in the tables differ."
    step = next((s for s in twin.first.model.schedule if s.name == part.step), None)
    when = f"in {academic(part.year)}, in the step '{part.step}'" + (f" ({step.month}: {step.what})" if step else "")
    happened_in = twin.first if part.world == "first" else twin.second
    who = [_school(part.school, happened_in), _trust(part.trust, happened_in)]
    names = "; ".join(text for text in who if text)
    return (
        f"The worlds part {when}. Only in the {part.world} world, {EVENTS[part.event].meaning}"
        f" ('{part.event}'){': ' + names if names else ''}."
    )


def _school(urn: int, finished: Finished) -> str:
    """`Name (URN 123456), Authority, Region`; empty for none."""
    if urn < 0:
        return ""
    schools = finished.tables["schools"]
    row = schools.loc[schools["school"] == urn].iloc[0]
    return f"{row['name']} (URN {urn}), {row['authority']}, {row['region']}"


def _trust(uid: int, finished: Finished) -> str:
    """`Name (UID 1234)`; empty for none."""
    if uid < 0:
        return ""
    trusts = finished.tables["trusts"]
    name = trusts.loc[trusts["trust"] == uid, "name"].astype(str).iloc[0]
    return f"{name} (UID {uid})"


def differences(frame: pd.DataFrame, years: Sequence[int]) -> str:
    """Each measure in both worlds at the end, and the difference at a few years on the way there."""
    some = sorted({years[round(i * (len(years) - 1) / 4)] for i in range(5)})
    header = ["measure", "unit", "first, at the end", "second, at the end", *(academic(y) for y in some)]
    rows = []
    for name, of in frame.groupby("measure", sort=False):
        unit = str(of["unit"].iloc[0])
        end = [amount(float(of[column].iloc[-1]), unit) for column in ("first", "second")]
        by_year = dict(zip(of["year"].tolist(), of["difference"].tolist(), strict=True))
        rows.append([str(name), unit, *end, *(change(by_year[year], unit) for year in some)])
    return indented(table(header, rows, right=range(2, len(header))))


def events_table(counts: pd.DataFrame) -> str:
    """The kinds of event whose numbers differ, the widest first."""
    widest = counts[counts["difference"] != 0].sort_values("difference", key=abs, ascending=False, kind="stable")
    if not len(widest):
        return "  none: as many of each kind in both, though not all the same"
    rows = [
        (str(row.event), f"{row.first:,}", f"{row.second:,}", change(float(str(row.difference)), "count"))
        for row in widest.head(KINDS_SHOWN).itertuples()
    ]
    return indented(table(("event", "first", "second", "difference"), rows, right=(1, 2, 3)))
