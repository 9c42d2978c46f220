"""Two runs that differ in one policy: alike in every table before its year, and different from then on."""

from __future__ import annotations

import pandas as pd
from conftest import scenario

from matsim.simulation.simulate import simulate
from matsim.world.base import World

YEARLY = ("system_year", "region_year", "trust_year", "school_year", "events")
"""The tables that have a year."""

type Tables = dict[str, pd.DataFrame]


def lived(world: World, years: int, **changes: object) -> Tables:
    """Tables of a run under the default scenario with some values changed, always with the same luck."""
    return simulate(scenario(run__school_year=True, **changes), world, seed=3, years=years).tables


def year_of(tables: Tables, table: str, year: int) -> pd.DataFrame:
    """The rows of one year, events but for those that say that policy changed."""
    rows = tables[table][tables[table]["year"] == year]
    return rows[rows["event"] != "policy"] if table == "events" else rows


def parted(one: Tables, other: Tables) -> int:
    """The first year in which any table differs: 0 for none."""
    years = sorted(set(one["system_year"]["year"]))
    for year in years:
        for table in YEARLY:
            a, b = (year_of(tables, table, year).reset_index(drop=True).astype(str) for tables in (one, other))
            if not a.equals(b):
                return int(year)
    return 0


def counted(tables: Tables, event: str, reason: str = "", since: int = 0, until: int = 9999) -> int:
    """How many events of a kind there are, with a reason where one is given, from one year to another."""
    events = tables["events"]
    pick = (events["event"] == event) & events["year"].between(since, until)
    return int((pick & (events["reason"] == reason)).sum() if reason else pick.sum())
