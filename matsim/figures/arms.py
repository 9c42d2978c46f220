"""Arms of an experiment side by side: over the years, differences on the same luck, and what could be regretted."""

from __future__ import annotations

import pandas as pd

from matsim.analysis.bands import outer
from matsim.analysis.sentences import draws
from matsim.figures.base import Figure
from matsim.figures.dots import Dot, Panel, dot_rows
from matsim.figures.lines import over_years
from matsim.figures.style import look
from matsim.figures.text import axis, key, plain
from matsim.measures.listed import GROUP_MEASURES, MEASURES
from matsim.words.amounts import academic, amount, change, count, ends, exact_percent, many, percent, size
from matsim.words.phrases import inner

QUANTILES = {"q25": "low50", "q75": "high50"}
"""Columns of analysis.bands, as the bands of figures are called."""


def arms_over_years(years: pd.DataFrame, measure: str) -> Figure | None:
    """A measure by arm and year with bands over futures. None when the measure has no rows.

    `years` is the frame of that name of an analysis.comparison.Comparison: measure, arm, year, q05 ... q95.
    """
    rows = years[years["measure"] == measure] if "measure" in years else years
    rows = rows.dropna(subset=["median"])
    if rows.empty:
        return None
    title, unit = plain(measure)
    wide, rows = over_futures(rows.rename(columns={"arm": "option"}))
    last = rows[rows["year"] == rows["year"].max()]
    levels = "; ".join(
        f"“{o}” {amount(m, unit)} ({wide}: {amount(a, unit)} to {amount(b, unit)})"
        for o, m, a, b in last[["option", "median", "low90", "high90"]].itertuples(index=False)
    )
    lucks = int(rows["lucks"].min())
    sentence = f"{title} in {academic(float(last['year'].iloc[0]))}: {levels}; on {draws(lucks)}."
    alt = f"{title} over the years by arm, with the middle half of futures and {wide}."
    return over_years(f"arms-{key(measure)}", sentence, alt, rows, label=title, unit=unit, widest=wide)


def over_futures(rows: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Rows of analysis.bands with the bands that figures draw, and what the outer one holds."""
    wide, ranges = outer(rows)
    far = pd.DataFrame(ranges, columns=["low90", "high90"], index=rows.index)
    return wide, rows.rename(columns=QUANTILES).join(far)


def paired_differences(paired: pd.DataFrame, confidence: float = 0.95) -> Figure | None:
    """Every arm's difference from the baseline, a panel per measure. None without pairs.

    `paired` has the columns of analysis.paired with `measure` in front. The dot is the mean over futures, the
    thick line its interval, the thin one nine in ten futures where there are draws of luck enough to tell; the share
    of futures that are better stands beside.
    """
    known = paired.dropna(subset=["mean"])
    if known.empty:
        return None
    panels = []
    for measure, of_measure in known.groupby("measure", sort=False):
        title, unit = plain(str(measure))
        dots = [_difference(r, str(measure)) for _, r in of_measure.iterrows()]
        panels.append(Panel(f"{axis(title, unit)}: difference", unit, dots))
    plot = dot_rows(panels)
    against = str(known["against"].iloc[0])
    table = pd.DataFrame([_difference_row(r) for _, r in known.iterrows()])
    alt = f"Dots and intervals: each arm's difference from “{against}” on the same luck, by measure; a line at 0."
    note = (
        f"Compared with “{against}” in the same futures. Dot: mean difference. Thick line: its "
        f"{exact_percent(confidence)} interval. Thin line: nine in ten futures, where that can be told. "
        "A filled dot is told apart from no difference, a hollow one is not."
    )
    return Figure(f"differences-{key(against)}", _paired_finding(known, against), alt, plot, table, note)


def _difference(r: pd.Series, measure: str) -> Dot:
    unit = plain(measure)[1]
    hover = (
        f"{change(r['mean'], unit)} ({ends(r['low'], r['high'], unit)})<br>"
        f"nine in ten futures: {ends(r['q05'], r['q95'], unit)}"
    )
    apart = bool(r["told_apart"])
    return Dot(
        str(r["arm"]), float(r["mean"]), (r["low"], r["high"]), (r["q05"], r["q95"]), _share(r, measure), hover,
        look(0), not apart,
    )  # fmt: skip


def _share(r: pd.Series, measure: str) -> str:
    if pd.isna(r["share_better"]):
        return ""
    direction = (MEASURES.get(measure) or GROUP_MEASURES[measure]).better
    limits = f" ({percent(r['share_better_low'])} to {percent(r['share_better_high'])})" if r["replicates"] > 1 else ""
    return f"{'better' if direction else 'higher'} in {percent(r['share_better'])} of futures{limits}"


def _difference_row(r: pd.Series) -> dict[str, str]:
    measure = str(r["measure"])
    title, unit = plain(measure)
    return {
        "Measure": title,
        "Arm": str(r["arm"]),
        "Mean difference": change(r["mean"], unit),
        "Interval": ends(r["low"], r["high"], unit),
        "Nine in ten futures": ends(r["q05"], r["q95"], unit),
        "Futures": _share(r, measure).replace(" of futures", ""),
        "Pairs": count(r["pairs"]),
        "Draws of luck": count(r["replicates"]),
    }


def _paired_finding(known: pd.DataFrame, against: str) -> str:
    apart = known[known["told_apart"].astype(bool)]
    start = f"Against “{against}” on the same luck, {len(apart)} of {many(len(known), 'difference')}"
    if apart.empty:
        return f"{start} can be told from none."
    # how sure, and not how large: measures have different units
    clear = apart.assign(size=(apart["mean"] / (apart["high"] - apart["low"])).abs()).sort_values("size").iloc[-1]
    title, unit = plain(str(clear["measure"]))
    share = _share(clear, str(clear["measure"]))
    finding = f"{inner(title)} under “{clear['arm']}”, {change(clear['mean'], unit)}, {share}"
    return f"{start} can be told from none; the clearest: {finding}."


def regret(robust: pd.DataFrame, measure: str) -> Figure | None:
    """How much each arm could be regretted: mean, 90th percentile and greatest regret over futures. None without.

    `robust` has the columns of analysis.robust.robust, with or without `measure` in front.
    """
    rows = robust[robust["measure"] == measure] if "measure" in robust else robust
    rows = rows.dropna(subset=["mean_regret"]).sort_values("max_regret", kind="stable")
    if rows.empty:
        return None
    title, unit = plain(measure)
    dots = [
        Dot(
            str(r["arm"]), r["mean_regret"], (0.0, r["regret_90"]), (0.0, r["max_regret"]),
            f"best in {percent(r['share_best'])} of futures",
            f"mean {size(r['mean_regret'], unit)}; nine in ten futures under {size(r['regret_90'], unit)}; "
            f"at most {size(r['max_regret'], unit)}",
        )
        for _, r in rows.iterrows()
    ]  # fmt: skip
    plot = dot_rows([Panel(f"{axis(title, unit)}: regret", unit, dots)])
    first = rows.iloc[0]
    behind = size(first["max_regret"], unit)
    least = f"at most {behind} behind the best arm" if first["max_regret"] > 0 else "it is never behind the best arm"
    sentence = (
        f"For {inner(title)}, “{first['arm']}” has the smallest greatest regret: {least} in "
        f"{many(int(first['futures']), 'future')} on {draws(int(first['replicates']))}."
    )
    table = pd.DataFrame(
        {"Arm": rows["arm"].astype(str), "Mean regret": [size(v, unit) for v in rows["mean_regret"]],
         "Regret in nine of ten futures under": [size(v, unit) for v in rows["regret_90"]],
         "Greatest regret": [size(v, unit) for v in rows["max_regret"]],
         "Best in": [f"{percent(v)} of futures" for v in rows["share_best"]]}
    ).reset_index(drop=True)  # fmt: skip
    alt = f"Dots: mean regret of each arm for {title}; lines to the 90th percentile and to the greatest."
    note = (
        "Regret is how far an arm stays behind the best arm of the same future. Dot: mean. Thick line: nine in ten "
        "futures, where there are draws of luck enough to tell."
    )
    return Figure(f"regret-{key(measure)}", sentence, alt, plot, table, f"{note} Thin line: the greatest.")
