"""What a board pack's tables say of each option: shares of futures, medians, differences on the same luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matsim.measures.listed import RESERVE_LINE
from matsim.words.amounts import NONE, amount, decimals, many
from matsim.words.offices import dated

SHORT = 0.9
"""Supply over need below which a central team is short: a tenth of what is needed is missing."""
SHORT_YEARS = 2
"""Years of shortage that a board would notice."""
NOTICED = 0.05
"""Difference of results (sd) that a board would notice; what is smaller is no real difference."""
FATES = {
    "taken in": "taken in by another trust",
    "re-brokered": "moved by the {commissioner}",
    "moved": "joined another trust by choice",
    "closed": "closed with our last school",
}
"""Ways in which a trust ends, from the table `fates`; said by year (see `matsim.words.offices`)."""


def often(share: float) -> str:
    """A share of futures as people say it: `in 8 of 10 futures`. Hardly any is fewer than 1 in 20, nearly every more
    than 19 in 20: rare and usual are not rounded away.
    """
    if not np.isfinite(share):
        return "in no future that can be judged"
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
    if not np.isfinite(share):
        return NONE
    words = often(share).removeprefix("in ").removesuffix(" futures").removesuffix(" future")
    # the words of `often` cut to a cell
    return {"no": "none", "every": "all", "nearly every": "nearly all"}.get(words, words)


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
    fates: pd.DataFrame
    approached: pd.DataFrame
    ungraded: int = 0
    """Of the schools at the start, those whose grade is not in the files, so that their quality is drawn."""
    mainstream: int | None = None
    """Of the schools at the start, those of which results are published; None where the pack does not say."""

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

    def said(self, text: str) -> str:
        """A sentence about all years of the pack, with the words of these years (see `matsim.words.offices`)."""
        return dated(text, self.first_year, self.last_year)

    @cached_property
    def our_years(self) -> pd.DataFrame:
        """`option_year` without the numbers of other trusts: nan for all but `outcome_first` once ours has ended."""
        about = [str(name) for name in self.years if name not in ("option", "future", "year", "trust", "itself")]
        mine = [name for name in about if name != "outcome_first"]
        return self.years.assign(**{name: self.years[name].where(self.years["itself"]) for name in mine})

    @cached_property
    def tested(self) -> bool:
        """Whether any of the schools at the start has results: special schools and the like have none published."""
        return bool(self.years["outcome_first"].notna().any())

    @cached_property
    def whose_results(self) -> str:
        """Whose the results of present schools are, where not of all of them: in brackets after a blank, or empty."""
        if self.mainstream is None or not 0 < self.mainstream < self.start:
            return ""
        return f" (of the {self.mainstream} of {self.start} that are mainstream: of the others none are published)"

    @cached_property
    def drawn(self) -> bool:
        """Whether what inspectors find rests mostly on luck: the grades of half of the schools or more are drawn."""
        return 2 * self.ungraded >= max(self.start, 1)

    def named(self, *columns: str) -> pd.DataFrame:
        """The numbers of our trust with the options' names in place of their numbers."""
        frame = self.our_years[["option", "future", "year", *columns]]
        names = np.array(self.names, dtype=object)[frame["option"].to_numpy()]
        return pd.DataFrame({"option": names} | {name: frame[name] for name in ("future", "year", *columns)})


@dataclass(frozen=True)
class Effect:
    """Futures in which our present schools do better than under another option by NOTICED or more, worse, neither."""

    better: int
    worse: int
    same: int

    @property
    def compared(self) -> int:
        """Futures compared."""
        return self.better + self.worse + self.same

    def words(self) -> str:
        """`do better in 2 of 10 futures, worse in 1, no real difference in 7`."""
        if not self.compared:
            return "can be compared in no future"
        return (
            f"do better in {self.better or 'none'} of {many(self.compared, 'future')}, worse in "
            f"{self.worse or 'none'}, no real difference in {self.same or 'none'}"
        )


class Option:
    """One option over all its futures. Series and arrays are by future, in order.

    Numbers are those of our trust for as long as it stands; results of its present schools go on wherever they are.
    """

    def __init__(self, tables: Tables, place: int) -> None:
        self.tables, self.place = tables, place
        row = tables.options.iloc[place]
        self.name, self.plan, self.key = str(row["name"]), str(row["plan"]), str(row["key"])
        self.wanted = int(row["wanted"])
        self.years = tables.our_years[tables.our_years["option"] == place]
        self.fates = tables.fates[tables.fates["option"] == place].set_index("future")
        approached = tables.approached[tables.approached["option"] == place]
        self.approached: dict[int, str] = dict(
            zip(approached["school"].tolist(), approached["name"].tolist(), strict=True)
        )
        self.named = [int(urn) for urn in approached.loc[approached["named"], "school"]]
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

    def share(self, flags: pd.Series) -> float:
        """Share of all futures in which something held; `flags` may lack futures in which it did not."""
        return float(flags.sum()) / max(self.futures, 1)

    def judged(self, flags: pd.Series, column: str) -> float:
        """Share of the futures in which our trust has a value of `column` in some year; nan where it never has."""
        there = self.by_future(column).notna().any(axis=1)
        return float(flags[there].mean()) if there.any() else float("nan")

    @cached_property
    def proposes(self) -> bool:
        """Whether it proposes a merger."""
        return bool((self.fates["merger"] != "").any())

    @cached_property
    def merged(self) -> pd.Series:
        """Whether a merger that it proposes comes about, whoever takes whom in."""
        return self.fates["merger"].isin(("ours", "theirs"))

    @cached_property
    def grows(self) -> bool:
        """Whether it means to add schools other than by a merger."""
        return not self.proposes and (self.wanted > 0 or bool(self.named))

    @cached_property
    def enough(self) -> int:
        """Schools that it wants: of those named, where some are; all of them where it does not say how many."""
        return min(self.wanted or len(self.named), len(self.named)) if self.named else self.wanted

    @cached_property
    def joined(self) -> pd.DataFrame:
        """Schools that joined us: future, school, and whether it chose to (no order, no intervention)."""
        joinings = self.events[
            self.events["event"].isin(("join", "transfer")) & (self.events["trust"] == self.tables.uid)
        ]
        chose = ~joinings["reason"].isin(("ordered", "intervention"))
        return joinings[["future", "school"]].assign(chose=chose).drop_duplicates(["future", "school"])

    def joins(self, schools: list[int] | None = None, *, chose: bool = False) -> pd.Series:
        """How many of some schools (of all without) joined us in each future, or of these how many chose to."""
        some = self.joined if schools is None else self.joined[self.joined["school"].isin(schools)]
        some = some[some["chose"]] if chose else some
        # futures in which nothing joined are in no group: they count as 0
        return some.groupby("future").size().reindex(self.last.index, fill_value=0)

    @cached_property
    def enough_came(self) -> pd.Series:
        """Whether the schools wanted come: of those named as many as wanted; where none is named, any."""
        if self.named:
            return self.joins(self.named) >= self.enough
        return self.years.groupby("future")["came"].sum() >= self.wanted

    @cached_property
    def chosen(self) -> pd.Series:
        """The same, counting only schools that chose to join us."""
        return self.joins(self.named or None, chose=True) >= self.enough

    @cached_property
    def safe(self) -> float:
        """Share of futures in which reserves never fall below the line while our trust stands."""
        return self.judged(~(self.by_future("reserves_share") < RESERVE_LINE).any(axis=1), "reserves_share")

    @cached_property
    def short(self) -> float:
        """Share of futures in which the central team is short for two years or more while our trust stands."""
        return self.judged((self.by_future("capacity") < SHORT).sum(axis=1) >= SHORT_YEARS, "capacity")

    @cached_property
    def ended(self) -> pd.Series:
        """Whether our trust has ended by the last year."""
        return self.fates["fate"] != "stands"

    def ending(self, but: pd.Series | None = None) -> str:
        """In how many futures our trust ends, and how: `3 of 10 futures (2 taken in by …, 1 …)`; empty where in none.

        `but` are futures that are told of already.
        """
        ended = self.ended if but is None else self.ended & ~but
        counts = {words: int((self.fates.loc[ended, "fate"] == fate).sum()) for fate, words in FATES.items()}
        ways = [(self.tables.said(words), n) for words, n in counts.items() if n]
        how = ways[0][0] if len(ways) == 1 else ", ".join(f"{n} {words}" for words, n in ways)
        return f"{self.of(ended)} ({how})" if how else ""

    def of(self, flags: pd.Series) -> str:
        """In how many futures, exactly: `3 of 40 futures`."""
        return f"{int(flags.sum())} of {many(self.futures, 'future')}"

    @cached_property
    def approval(self) -> float:
        """Share of applications that were approved; nan when there was none."""
        counts = self.events.loc[self.events["trust"] == self.tables.uid, "event"].value_counts()
        yes, no = int(counts.get("approve", 0)), int(counts.get("refuse", 0))
        return yes / (yes + no) if yes + no else float("nan")

    @cached_property
    def reached(self) -> pd.Series:
        """Break points that the trust reached in each future."""
        reaches = self.events[(self.events["event"] == "reach") & (self.events["trust"] == self.tables.uid)]
        return reaches.groupby("future").size().reindex(self.last.index, fill_value=0)

    def against(self, other: Option) -> pd.Series:
        """What results of our present schools differ from those under another option in the last year, on the same
        luck. Of a merger only in the futures in which it comes about: where it does not, it has no effect.
        """
        gap = self.last["outcome_first"] - other.last["outcome_first"]
        return (gap[self.merged.reindex(gap.index)] if self.proposes else gap).dropna()

    def effect(self, other: Option) -> Effect:
        """The same, counted."""
        gap = self.against(other)
        better, worse = int((gap >= NOTICED).sum()), int((gap <= -NOTICED).sum())
        return Effect(better, worse, len(gap) - better - worse)


def spread(values: pd.Series, write: Callable[[float], str]) -> str:
    """The middle future and the range of nine in ten: `4 (2 to 6)`; one value where they are said alike."""
    known = values.dropna()
    if known.empty:
        return NONE
    # values of real futures: between two of them there may be no such number of schools
    low, middle, high = (write(float(known.quantile(q, interpolation="nearest"))) for q in (0.05, 0.5, 0.95))
    return middle if low == high else f"{middle} ({low} to {high})"


def size_words(option: Option) -> str:
    """Schools at the end, in the futures in which our trust stands."""
    return spread(option.last["schools"], decimals)


def pounds(value: float) -> str:
    """`£31,000`, to the nearest thousand: more would say too much."""
    return amount(round(value, -3), "£") if abs(value) >= 1000 else amount(value, "£")
