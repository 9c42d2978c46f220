"""Two worlds that differ in something dated: in which year their tables part, and the tables of either."""

from __future__ import annotations

from functools import reduce
from operator import or_

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import simulate
from matsim.world.base import World

type Tables = dict[str, pd.DataFrame]


def both(world: World, first: Scenario, second: Scenario, seed: int = 3, years: int = 4) -> tuple[Tables, Tables]:
    """The tables of two runs of one world that share all luck."""
    one, other = (simulate(scenario, world, seed=seed, years=years).tables for scenario in (first, second))
    return one, other


def parted(first: Tables, second: Tables) -> int:
    """The first year of which any table differs; every table is alike, to the byte, in the years before.

    That a policy changed is no difference yet, only what follows from it.
    """
    first, second = ({**tables, "events": _without_policy(tables["events"])} for tables in (first, second))
    years = {int(year) for table in first.values() if "year" in table for year in table["year"].unique()}
    for year in sorted(years):
        if not all(_alike(first[name], second[name], year) for name in first if "year" in first[name]):
            return year
    raise AssertionError("the two worlds never part")


def _without_policy(events: pd.DataFrame) -> pd.DataFrame:
    return events[events["event"] != "policy"]


def _alike(first: pd.DataFrame, second: pd.DataFrame, year: int) -> bool:
    one, other = (_plain(table[table["year"] == year].reset_index(drop=True)) for table in (first, second))
    return one.equals(other)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """With texts in the place of categories and maps, whose types depend on what happens in every year."""
    kinds = (pd.CategoricalDtype, pd.ArrowDtype)
    return table.assign(
        **{str(n): table[n].astype(object).map(str) for n in table if isinstance(table[n].dtype, kinds)}
    )


def total(tables: Tables, event: str, year: int, reason: str = "") -> int:
    """How often something happened in a year, of a reason that begins so where one is given."""
    events = tables["events"]
    rows: list[NDArray[np.bool_]] = [(events["event"] != event).to_numpy(), (events["year"] != year).to_numpy()]
    if reason:
        rows.append(~events["reason"].astype(str).str.startswith(reason).to_numpy())
    return int((~reduce(or_, rows)).sum())
