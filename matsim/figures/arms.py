"""Arms of an experiment side by side: over the years, differences on the same luck, and what could be regretted."""

from __future__ import annotations

import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.dots import Dot, Panel, dot_rows
from matsim.figures.lines import over_years
from matsim.figures.names import inner, plain
from matsim.figures.style import look
from matsim.figures.text import academic, amount, axis, change, key, many
from matsim.measures.listed import GROUP_MEASURES, MEASURES

QUANTILES = {"q05": "low90", "q25": "low50", "q75": "high50", "q95": "high90"}
"""Columns of analysis.bands, as the bands of figures are called."""


def arms_over_years(years: pd.DataFrame, measure: str) -> Figure | None:
    """A measure by arm and year with bands over futures. None when the measure has no rows.

    `years` is the frame of that name of an analysis.comparison.Comparison: measure, arm, year, q05 ... q95.
    """
    own = years[years["measure"] == measure] if "measure" in years else years
    own = own.rename(columns=QUANTILES | {"arm": "option"}).dropna(subset=["median"])
    if own.empty:
        return None
    title, unit = plain(measure)
    last = own[own["year"] == own["year"].max()]
    told = "; ".join(
        f"“{o}” {amount(m, unit)} (9 in 10 futures: {amount(a, unit)} to {amount(b, unit)})"
        for o, m, a, b in last[["option", "median", "low90", "high90"]].itertuples(index=False)
    )
    sentence = f"{title} in {academic(float(last['year'].iloc[0]))}: {told}."
    alt = f"{title} over the years by arm, with the middle half and nine in ten of futures."
    return over_years(f"arms-{key(measure)}", sentence, alt, own, label=title, unit=unit)


def paired_differences(paired: pd.DataFrame, confidence: float = 0.95) -> Figure | None:
    """Every arm's difference from the baseline, a panel per measure. None without pairs.

    `paired` has the columns of analysis.paired with `measure` in front. The dot is the mean over futures, the
    thick line its interval, the thin one nine in ten futures; the share of futures that are better stands beside.
    """
    own = paired.dropna(subset=["mean"])
    if own.empty:
        return None
    panels = []
    for measure, rows in own.groupby("measure", sort=False):
        title, unit = plain(str(measure))
        dots = [_difference(r, str(measure)) for _, r in rows.iterrows()]
        panels.append(Panel(f"{axis(title, unit)}: difference", unit, dots))
    plot = dot_rows(panels)
    against = str(own["against"].iloc[0])
    table = pd.DataFrame([_difference_row(r) for _, r in own.iterrows()])
    alt = f"Dots and intervals: each arm's difference from “{against}” on the same luck, by measure; a line at 0."
    note = (
        f"Compared with “{against}” in the same futures. Dot: mean difference. Thick line: its {confidence:.0%} "
        "interval. Thin line: 9 in 10 futures. A filled dot is told apart from no difference, a hollow one is not."
    )
    return Figure(f"differences-{key(against)}", _paired_finding(own, against), alt, plot, table, note)


def _difference(r: pd.Series, measure: str) -> Dot:
    unit = plain(measure)[1]
    said = (
        f"{change(r['mean'], unit)} ({change(r['low'], unit)} to {change(r['high'], unit)})<br>"
        f"9 in 10 futures: {change(r['q05'], unit)} to {change(r['q95'], unit)}"
    )
    apart = bool(r["told_apart"])
    return Dot(
        str(r["arm"]), float(r["mean"]), (r["low"], r["high"]), (r["q05"], r["q95"]), _share(r, measure), said,
        look(0), not apart,
    )  # fmt: skip


def _share(r: pd.Series, measure: str) -> str:
    if pd.isna(r["share_better"]):
        return ""
    direction = (MEASURES.get(measure) or GROUP_MEASURES[measure]).better
    return f"{'better' if direction else 'higher'} in {r['share_better']:.0%} of futures"


def _difference_row(r: pd.Series) -> dict[str, str]:
    measure = str(r["measure"])
    title, unit = plain(measure)
    return {
        "Measure": title,
        "Arm": str(r["arm"]),
        "Mean difference": change(r["mean"], unit),
        "Interval": f"{change(r['low'], unit)} to {change(r['high'], unit)}",
        "9 in 10 futures": f"{change(r['q05'], unit)} to {change(r['q95'], unit)}",
        "Futures": _share(r, measure).removesuffix(" of futures"),
        "Pairs": f"{int(r['pairs']):,}",
    }


def _paired_finding(own: pd.DataFrame, against: str) -> str:
    apart = own[own["told_apart"].astype(bool)]
    start = f"Against “{against}” on the same luck, {len(apart)} of {many(len(own), 'difference')}"
    if apart.empty:
        return f"{start} can be told from none."
    clear = apart.assign(size=(apart["mean"] / (apart["high"] - apart["low"])).abs()).sort_values("size").iloc[-1]
    title, unit = plain(str(clear["measure"]))
    share = _share(clear, str(clear["measure"]))
    told = f"{inner(title)} under “{clear['arm']}”, {change(clear['mean'], unit)}, {share}"
    return f"{start} can be told from none; the clearest: {told}."


def regret(robust: pd.DataFrame, measure: str) -> Figure | None:
    """How much each arm could be regretted: mean, 90th percentile and greatest regret over futures. None without.

    `robust` has the columns of analysis.robust.robust, with or without `measure` in front.
    """
    own = robust[robust["measure"] == measure] if "measure" in robust else robust
    own = own.dropna(subset=["mean_regret"]).sort_values("max_regret", kind="stable")
    if own.empty:
        return None
    title, unit = plain(measure)
    dots = [
        Dot(
            str(r["arm"]), r["mean_regret"], (0.0, r["regret_90"]), (0.0, r["max_regret"]),
            f"best in {r['share_best']:.0%} of futures",
            f"mean {amount(r['mean_regret'], unit)}; 9 in 10 futures under {amount(r['regret_90'], unit)}; "
            f"at most {amount(r['max_regret'], unit)}",
        )
        for _, r in own.iterrows()
    ]  # fmt: skip
    plot = dot_rows([Panel(f"{axis(title, unit)}: regret", unit, dots)])
    first = own.iloc[0]
    behind = amount(first["max_regret"], unit)
    least = f"at most {behind} behind the best arm" if first["max_regret"] > 0 else "it is never behind the best arm"
    sentence = (
        f"For {inner(title)}, “{first['arm']}” has the smallest greatest regret: {least} in "
        f"{many(int(first['futures']), 'future')}."
    )
    table = pd.DataFrame(
        {"Arm": own["arm"].astype(str), "Mean regret": [amount(v, unit) for v in own["mean_regret"]],
         "Regret in 9 of 10 futures under": [amount(v, unit) for v in own["regret_90"]],
         "Greatest regret": [amount(v, unit) for v in own["max_regret"]],
         "Best in": [f"{v:.0%} of futures" for v in own["share_best"]]}
    ).reset_index(drop=True)  # fmt: skip
    alt = f"Dots: mean regret of each arm for {title}; lines to the 90th percentile and to the greatest."
    note = (
        "Regret is how far an arm stays behind the best arm of the same future. Dot: mean. Thick line: 9 in 10 futures."
    )
    return Figure(f"regret-{key(measure)}", sentence, alt, plot, table, f"{note} Thin line: the greatest.")
