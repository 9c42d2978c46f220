"""How a twin is told: what was set differently, where the worlds part, and the differences that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from matsim.cli.output import academic, amount, change, indented, table

if TYPE_CHECKING:
    import pandas as pd

    from matsim.scenario.show import Difference
    from matsim.twin import Twin
    from matsim.world.base import World

KINDS_SHOWN = 10


def settings_table(settings: Sequence[Difference], names: tuple[str, str] = ("first", "second")) -> str:
    """Every value that two scenarios do not share."""
    from matsim.scenario.show import plain, quote

    def written(value: object) -> str:
        return "not set" if value is None else quote(plain(value))

    rows = [(d.name, written(d.left), written(d.right), d.unit) for d in settings]
    return indented(table(("setting", *names, "unit"), rows))


def parting(found: Twin, world: World) -> str:
    """The first event that only one of the worlds has: when, in which step, who and where."""
    from matsim.events import EVENTS

    part = found.parting
    if part is None:
        return "The same events happen in both worlds; only numbers in the tables differ."
    step = next((s for s in found.first.model.schedule if s.name == part.step), None)
    when = f"in {academic(part.year)}, in the step '{part.step}'" + (f" ({step.month}: {step.what})" if step else "")
    who = [_school(part.school, world), _trust(part.trust, found)]
    told = "; ".join(text for text in who if text)
    return (
        f"The worlds part {when}. Only in the {part.world} world, {EVENTS[part.event]}"
        f" ('{part.event}'){': ' + told if told else ''}."
    )


def _school(urn: int, world: World) -> str:
    """`Name (URN 123456), Authority, Region`; empty for none."""
    from matsim.world.base import RSC_REGIONS

    if urn < 0:
        return ""
    row = int(np.searchsorted(world.schools["urn"], urn))
    authority = world.la_names.get(int(world.schools["la"][row]), "")
    region = RSC_REGIONS[int(world.schools["region"][row])]
    return ", ".join(filter(None, (f"{world.school_names[row]} (URN {urn})", authority, region)))


def _trust(uid: int, found: Twin) -> str:
    """`Name (UID 1234), Region`; empty for none."""
    if uid < 0:
        return ""
    for finished in (found.first, found.second):
        trusts = finished.tables["trust_year"]
        rows = trusts.loc[trusts["trust"] == uid]
        if len(rows):
            return f"{rows['name'].iloc[0]} (UID {uid}), {rows['region'].iloc[0]}"
    return f"trust {uid}"


def differences(frame: pd.DataFrame, years: Sequence[int]) -> str:
    """Each measure in both worlds at the end, and the difference at a few years on the way there."""
    some = sorted({years[round(i * (len(years) - 1) / 4)] for i in range(5)})
    header = ["measure", "unit", "first, at the end", "second, at the end", *(academic(y) for y in some)]
    rows = []
    for name, of in frame.groupby("measure", sort=False):
        at = of.set_index("year")
        unit = str(at["unit"].iloc[0])
        end = [amount(float(at[column].iloc[-1]), unit) for column in ("first", "second")]
        rows.append([str(name), unit, *end, *(change(float(at.loc[y, "difference"]), unit) for y in some)])
    return indented(table(header, rows, right=range(2, len(header))))


def events_table(counts: pd.DataFrame) -> str:
    """The kinds of event whose numbers differ, the widest first."""
    widest = counts[counts["difference"] != 0].sort_values("difference", key=abs, ascending=False, kind="stable")
    if not len(widest):
        return "  none: as many of each kind in both, though not all the same"
    rows = [
        (str(row.event), f"{row.first:,}", f"{row.second:,}", f"{row.difference:+,}")
        for row in widest.head(KINDS_SHOWN).itertuples()
    ]
    return indented(table(("event", "first", "second", "difference"), rows, right=(1, 2, 3)))
