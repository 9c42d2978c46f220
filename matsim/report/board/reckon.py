"""What a board pack's tables say of each option: shares of futures, medians, differences on the same luck."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matsim.figures.text import amount, many
from matsim.measures.tables import RESERVE_LINE

SHORT = 0.9
"""Supply over need below which a central team is short: a tenth of what is needed is missing."""
SHORT_YEARS = 2
"""Years of shortage that a board would notice."""


def often(share: float) -> str:
    """A share of futures as people say it: `in 8 of 10 futures`. Hardly any is fewer than 1 in 20, nearly every more
    than 19 in 20: rare and usual are not rounded away.
    """
    if not np.isfinite(share):
        return "in no future that it was asked in"
    if share <= 0.0:
        return "in no future"
    if share >= 1.0:
        return "in every future"
    if share < 0.05 or share > 0.95:
        return "in hardly any future" if share < 0.05 else "in nearly every future"
    if share < 0.075 or share > 0.925:
        return f"in {1 if share < 0.075 else 19} of 20 futures"
    tenths = int(10 * share + 0.5)  # a half goes up: 0.25 and 0.35 are told alike
    return f"in {min(max(tenths, 1), 9)} of 10 futures"


def in_ten(share: float) -> str:
    """The same for a cell of a table: `8 of 10`, `none`, `all`."""
    words = often(share).removeprefix("in ").removesuffix(" futures").removesuffix(" future")
    return {"no": "none", "every": "all", "nearly every": "nearly all"}.get(words, words)


def upper(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Tables:
    """The tables of a pack, and the few facts of its manifest that sentences need."""

    name: str
    uid: int
    start: int
    futures: int
    integration: float
    options: pd.DataFrame
    years: pd.DataFrame
    events: pd.DataFrame

    @cached_property
    def names(self) -> list[str]:
        """Names of the options, in order."""
        return [str(name) for name in self.options["name"]]

    @cached_property
    def each(self) -> list[Option]:
        """The options one by one."""
        return [Option(self, i) for i in range(len(self.options))]

    @cached_property
    def first_year(self) -> int:
        """The first year lived through."""
        return int(self.years["year"].min())

    @cached_property
    def last_year(self) -> int:
        """The last year lived through."""
        return int(self.years["year"].max())

    def named(self, *columns: str) -> pd.DataFrame:
        """`option_year` with the options' names in place of their numbers."""
        frame = self.years[["option", "future", "year", *columns]]
        names = np.array(self.names, dtype=object)[frame["option"].to_numpy()]
        return pd.DataFrame({"option": names} | {name: frame[name] for name in ("future", "year", *columns)})


class Option:
    """One option over all its futures. Series and arrays are by future, in order."""

    def __init__(self, tables: Tables, place: int) -> None:
        self.tables, self.place = tables, place
        row = tables.options.iloc[place]
        self.name, self.plan, self.key = str(row["name"]), str(row["plan"]), str(row["key"])
        self.wanted = int(row["wanted"])
        self.years = tables.years[tables.years["option"] == place]
        self.events = tables.events[tables.events["option"] == place]
        self.futures = self.years["future"].nunique()

    @cached_property
    def last(self) -> pd.DataFrame:
        """The last year, a row for each future."""
        return pd.DataFrame(self.years[self.years["year"] == self.years["year"].max()].set_index("future"))

    def by_future(self, column: str) -> pd.DataFrame:
        """A column with a row per future and a column per year."""
        wide: pd.DataFrame = self.years.pivot(index="future", columns="year", values=column)
        return wide

    def share(self, held: pd.Series) -> float:
        """Share of all futures in which something held; `held` may lack futures in which it did not."""
        return float(held.sum()) / max(self.futures, 1)

    @cached_property
    def grows(self) -> bool:
        """Whether it means to add schools."""
        return self.wanted > 0

    @cached_property
    def added(self) -> pd.Series:
        """Schools that the trust has at the end beyond those at the start."""
        return self.last["schools"] - self.tables.start

    @cached_property
    def reached_size(self) -> float:
        """Share of futures in which as many schools came, in all years, as were wanted."""
        came = self.years.groupby("future")["came"].sum()
        return self.share(came >= self.wanted)

    @cached_property
    def safe(self) -> float:
        """Share of futures in which reserves never fall below the line."""
        return self.share(self.years.groupby("future")["reserves_share"].min() >= RESERVE_LINE)

    @cached_property
    def short(self) -> float:
        """Share of futures in which the central team is short for two years or more."""
        return self.share((self.by_future("capacity") < SHORT).sum(axis=1) >= SHORT_YEARS)

    @cached_property
    def approval(self) -> float:
        """Share of applications that the commissioner approved; nan when there was none."""
        counts = self.events.loc[self.events["trust"] == self.tables.uid, "event"].value_counts()
        yes, no = int(counts.get("approve", 0)), int(counts.get("refuse", 0))
        return yes / (yes + no) if yes + no else float("nan")

    @cached_property
    def reached(self) -> pd.Series:
        """Break points that the trust reached in each future."""
        own = self.events[(self.events["event"] == "reach") & (self.events["trust"] == self.tables.uid)]
        return own.groupby("future").size().reindex(self.last.index, fill_value=0)

    def against(self, other: Option, column: str = "outcome_first") -> pd.Series:
        """The difference from another option in the last year, future by future on the same luck."""
        return self.last[column] - other.last[column]


def size_words(option: Option) -> str:
    """Schools at the end: the middle future, and the range of nine in ten."""
    values = option.last["schools"]
    low, high = (int(values.quantile(q, interpolation="nearest")) for q in (0.05, 0.95))
    middle = int(values.quantile(0.5, interpolation="nearest"))
    return f"{middle}" if low == high else f"{middle} ({low} to {high})"


def plural(number: int, thing: str) -> str:
    """`1 school`, `3 schools`."""
    return many(number, thing)


def pounds(value: float) -> str:
    """`£31,000`, to the nearest thousand: more would say too much."""
    return amount(round(value, -3), "£") if abs(value) >= 1000 else amount(value, "£")
