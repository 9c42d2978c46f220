"""A comparison of arms as sections of a page: the differences, how they unfold, and which arm is safest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from matsim.analysis.bands import outer
from matsim.analysis.comparison import Comparison
from matsim.analysis.frame import rows_of
from matsim.analysis.sentences import counted
from matsim.figures.arms import arms_over_years, paired_differences
from matsim.measures import Measure
from matsim.report.page import Section, Table
from matsim.report.stored import drawn
from matsim.words.amounts import bare, change, decimals, ends, exact_percent, many, percent, size, span
from matsim.words.phrases import capital


def answer(comparison: Comparison, shown: int) -> Section:
    """Where the arms end and how they differ from the baseline, and the sentences that are not at the top."""
    words = (
        "Every arm meets the same futures: the same luck at the same settings. So each future gives one difference, "
        "and what is left of luck is in the interval. Behind a count of futures stands the interval of that share.",
    )
    tables = [_side_by_side(comparison, comparison.measure(name)) for name in comparison.measures]
    figures = drawn(paired_differences(comparison.paired, comparison.confidence) if len(comparison.paired) else None)
    return Section(
        "The answer", words, points=comparison.sentences[shown:], figures=figures, tables=tables, notes=comparison.notes
    )


def _side_by_side(comparison: Comparison, measure: Measure) -> Table:
    """The arms on one measure: where they end, and the difference from the baseline on the same luck."""
    levels, pairs = (frame[frame["measure"] == measure.name] for frame in (comparison.bands, _paired(comparison)))
    apart = {row["arm"]: row for row in rows_of(pairs)}
    rows, (wide, ranges) = [], outer(levels)
    for row, (low, high) in zip(rows_of(levels), ranges, strict=True):
        near = row["q75"] - row["q25"]
        near = near if near > 0 else 0.0
        half = span(row["q25"], row["q75"], measure.unit, near)
        middle = bare(row["median"], measure.unit, near)
        wide_range = span(low, high, measure.unit, near)
        rows.append((row["arm"], middle, half, wide_range, *_difference(apart.get(row["arm"]), measure)))
    header = ["Arm", "Middle future", "Half of futures", capital(wide), f"Difference from “{comparison.against}”"]
    often = "Better in" if measure.better else "Higher in"
    header += [f"{exact_percent(comparison.confidence)} interval", often]
    return Table(f"{capital(measure.title)}{_unit(measure)}", pd.DataFrame(rows, columns=header))


def _paired(comparison: Comparison) -> pd.DataFrame:
    return comparison.paired if len(comparison.paired) else pd.DataFrame({"measure": [], "arm": []})


def _unit(measure: Measure) -> str:
    return f" ({measure.unit})" if measure.unit in ("sd", "sd per year", "£ per pupil") else ""


def _difference(row: Mapping[str, Any] | None, measure: Measure) -> tuple[str, str, str]:
    """The mean difference, its interval, and in how many futures the arm is better."""
    if row is None or not row["pairs"]:
        return "", "", ""
    between = ends(row["low"], row["high"], measure.unit) if math.isfinite(row["low"]) else "not known"
    return change(row["mean"], measure.unit), between, counted(row)


def unfolding(comparison: Comparison) -> Section | None:
    """Each measure over the years, a line and bands for each arm."""
    if comparison.years.empty:
        return None
    figures = drawn(*(arms_over_years(comparison.years, name) for name in comparison.measures))
    return Section("How it unfolds", figures=figures) if figures else None


def robustness(comparison: Comparison) -> Section | None:
    """How far each arm can fall behind the best, and how much of the spread is luck."""
    tables = []
    if len(comparison.robust):
        rows = [_regret(row, comparison.measure(row["measure"])) for row in rows_of(comparison.robust)]
        columns = ["Measure", "Arm", "Best in", "Behind the best, on average", "9 in 10 times at most", "At worst"]
        note = "How far an arm stays behind the best arm of the same future. The least at worst is the safest choice."
        tables.append(Table("How much each arm could be regretted", pd.DataFrame(rows, columns=columns), note))
    if len(comparison.spread) and comparison.spread["points"].max() > 1:
        tables.append(_luck(comparison))
    return Section("Which is the safest", tables=tables) if tables else None


def _regret(row: Mapping[str, Any], measure: Measure) -> tuple[str, ...]:
    sizes = [float(row[name]) for name in ("mean_regret", "regret_90", "max_regret")]
    often = f"{decimals(row['share_best'] * row['futures'])} of {many(row['futures'], 'future')}"
    texts = [size(each, measure.unit) for each in sizes]
    return capital(measure.title), str(row["arm"]), often, *texts


def _luck(comparison: Comparison) -> Table:
    """How the spread between futures divides into settings and luck."""
    rows = [
        (
            capital(comparison.measure(row["measure"]).title),
            row["arm"],
            "not known" if pd.isna(row["share_luck"]) else percent(row["share_luck"]),
        )
        for row in rows_of(comparison.spread)
    ]
    note = "The rest comes from what was varied. Where luck is most of it, varying more would tell little more."
    return Table("How much of the spread is luck", pd.DataFrame(rows, columns=["Measure", "Arm", "Luck"]), note)
