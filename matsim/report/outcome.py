"""A comparison of arms as sections of a page: the differences, how they unfold, and which arm is safest."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from matsim.analysis.comparison import Comparison
from matsim.analysis.sentences import difference, interval, level
from matsim.figures.arms import arms_over_years, paired_differences
from matsim.figures.text import many
from matsim.measures import Measure
from matsim.report.page import Section, Table
from matsim.report.reading import drawn


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def answer(found: Comparison, said: int) -> Section:
    """Where the arms end and how they differ from the baseline, and the sentences that are not at the top."""
    words = (
        "Every arm meets the same futures: the same luck at the same settings. So each future gives one difference, "
        "and what is left of luck is in the interval.",
    )
    tables = [_beside(found, found.measure(name)) for name in found.measures]
    figures = drawn(paired_differences(found.paired, found.confidence) if len(found.paired) else None)
    return Section(
        "The answer", words, points=found.sentences[said:], figures=figures, tables=tables, notes=found.notes
    )


def _beside(found: Comparison, measure: Measure) -> Table:
    """The arms on one measure: where they end, and the difference from the baseline on the same luck."""
    bands, pairs = (frame[frame["measure"] == measure.name] for frame in (found.bands, _paired(found)))
    apart = {row["arm"]: row for row in pairs.to_dict(orient="records")}
    rows = []
    for row in bands.to_dict(orient="records"):
        near = (row["q75"] - row["q25"]) / 2
        middle, *ends = (level(row[q], near, measure.unit) for q in ("median", "q25", "q75", "q05", "q95"))
        levels = (row["arm"], middle, f"{ends[0]} to {ends[1]}", f"{ends[2]} to {ends[3]}")
        rows.append((*levels, *_difference(apart.get(row["arm"]), measure, found.confidence)))
    header = ["Arm", "Middle future", "Half of futures", "9 in 10 futures", f"Difference from “{found.against}”"]
    often = "Better in" if measure.better else "Higher in"
    header += [f"{100 * found.confidence:g}% interval", often]
    return Table(f"{capital(measure.title)}{_unit(measure)}", pd.DataFrame(rows, columns=header))


def _paired(found: Comparison) -> pd.DataFrame:
    return found.paired if len(found.paired) else pd.DataFrame({"measure": [], "arm": []})


def _unit(measure: Measure) -> str:
    return f" ({measure.unit})" if measure.unit in ("sd", "sd per year", "£ per pupil") else ""


def _difference(row: Mapping[Hashable, Any] | None, measure: Measure, confidence: float) -> tuple[str, str, str]:
    """The mean difference, its interval, and in how many futures the arm is better."""
    if row is None or not row["pairs"]:
        return "", "", ""
    half = (row["high"] - row["low"]) / 2
    known = math.isfinite(half)
    mean = difference(row["mean"], half if known else row["mean"], measure.unit)
    between = (
        interval(row["low"], row["high"], measure.unit, confidence).split("interval ")[1] if known else "not known"
    )
    return mean, between, f"{round(row['share_better'] * row['pairs']):,} of {row['pairs']:,}"


def unfolding(found: Comparison) -> Section | None:
    """Each measure over the years, a line and bands for each arm."""
    if found.years.empty:
        return None
    figures = drawn(*(arms_over_years(found.years, name) for name in found.measures))
    return Section("How it unfolds", figures=figures) if figures else None


def robustness(found: Comparison) -> Section | None:
    """How far each arm can fall behind the best, and how much of the spread is luck."""
    tables = []
    if len(found.robust):
        rows = [_regret(row, found.measure(row["measure"])) for row in found.robust.to_dict(orient="records")]
        columns = ["Measure", "Arm", "Best in", "Behind the best, on average", "9 in 10 times at most", "At worst"]
        note = "How far an arm stays behind the best arm of the same future. The least at worst is the safest choice."
        tables.append(Table("How much each arm could be regretted", pd.DataFrame(rows, columns=columns), note))
    if len(found.spread) and found.spread["points"].max() > 1:
        tables.append(_luck(found))
    return Section("Which is the safest", tables=tables) if tables else None


def _regret(row: Mapping[Hashable, Any], measure: Measure) -> tuple[str, ...]:
    sizes = [float(row[name]) for name in ("mean_regret", "regret_90", "max_regret")]
    often = f"{row['share_best'] * row['futures']:,.0f} of {many(row['futures'], 'future')}"
    told = [difference(size, size, measure.unit).lstrip("+") for size in sizes]
    return capital(measure.title), str(row["arm"]), often, *told


def _luck(found: Comparison) -> Table:
    """How the spread between futures divides into settings and luck."""
    rows = [
        (capital(found.measure(row["measure"]).title), row["arm"], _percent(row["share_luck"]))
        for row in found.spread.to_dict(orient="records")
    ]
    note = "The rest comes from what was varied. Where luck is most of it, varying more would tell little more."
    return Table("How much of the spread is luck", pd.DataFrame(rows, columns=["Measure", "Arm", "Luck"]), note)


def _percent(share: float) -> str:
    return "not known" if pd.isna(share) else f"{share:.0%}"
