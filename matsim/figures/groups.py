"""Strategy groups side by side: outcomes, back-office cost and other measures over the years."""

from __future__ import annotations

import math

import pandas as pd

from matsim.analysis.bands import bands
from matsim.figures.arms import over_futures
from matsim.figures.base import Figure
from matsim.figures.costs import left_out, mainstream_only
from matsim.figures.lines import over_years, quantiles
from matsim.figures.text import key, plain
from matsim.measures.cells import SIZED
from matsim.words.amounts import academic, amount
from matsim.words.phrases import capital, listed


def by_group(
    trust_year: pd.DataFrame, measure: str = "mean_outcome", grouping: str = "strategy_group"
) -> Figure | None:
    """A column of `trust_year` by group of trusts, with bands over the trusts of one run.

    `measure` is a column that groups have a measure for too. Counts MATs of two schools or more, for back-office cost
    those of mainstream schools alone; None without any.
    """
    mats = trust_year[(trust_year["schools"] >= SIZED) & (trust_year["kind"] == "multi-academy trust")]
    others = 0
    if measure == "backoffice_per_pupil" and len(mats):
        last = mats[mats["year"] == mats["year"].max()]
        others = len(last) - len(mainstream_only(last))
        mats = mainstream_only(mats)
    shown = quantiles(mats, measure, ["year", grouping]).rename(columns={grouping: "option"})
    return _figure(shown, measure, grouping.replace("_", " "), "trusts", more=left_out(others))


def by_group_over_runs(
    run_group_year: pd.DataFrame, measure: str = "mean_outcome", grouping: str = "strategy group"
) -> Figure | None:
    """The same for a sweep's `run_group_year` (of one arm's runs, say), with bands over its runs.

    It needs the column `replicate` too: runs with the same luck are no new draw of it.
    """
    of_grouping = run_group_year[run_group_year["grouping"] == grouping]
    by_year = bands(of_grouping, ("group", "year"), measure).dropna(subset=["median"])
    wide, shown = over_futures(by_year.rename(columns={"group": "option"}))
    return _figure(shown, measure, grouping, "futures", wide)


def _figure(shown: pd.DataFrame, measure: str, grouping: str, of: str, wide: str = "", more: str = "") -> Figure | None:
    if shown.empty:
        return None
    title, unit = plain(measure)
    shown = shown.assign(option=shown["option"].astype(str).map(capital)).sort_values(["option", "year"])
    last = shown[shown["year"] == shown["year"].max()].sort_values("median", ascending=False)
    medians = [
        f"{amount(r.median_, unit)} in {r.option.lower()}"
        for r in last.rename(columns={"median": "median_"}).itertuples()
    ]
    year = academic(last["year"].iloc[0])
    whose = "the middle MAT" if of == "trusts" else "the middle future"
    sentence = f"{title} in {year}, in {whose} of each group: {listed(medians)}."
    if len(last) > 1:
        gap = last["median"].iloc[0] - last["median"].iloc[-1]
        inside = float((last["high50"] - last["low50"]).median())
        if math.isfinite(inside):
            relation = "less than" if gap < inside else "more than"
            sentence = sentence[:-1] + f"; groups differ by {relation} {of} within a group do."
    alt = f"{title} by {grouping} over the years, with the middle half of {of} and {wide or 'nine in ten'}."
    note = f"MATs of two schools or more. The {grouping} does not explain a difference: groups differ in much else."
    note += more
    name = f"groups-{key(measure)}-{key(grouping)}"
    return over_years(name, sentence, alt, shown, label=title, unit=unit, of=of, widest=wide, note=note)
