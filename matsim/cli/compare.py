"""`matsim compare`: a sweep's arms beside each other, on the same luck."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import NOT_REACHED, complain
from matsim.cli.options import JsonOption, MeasuresOption, ResultFolder, WhenOption, moment_of
from matsim.cli.output import ensure_apart, indented, options_named, show, show_json, table, write_texts
from matsim.words.amounts import NONE, academic, bare, change, count, ends, exact_percent, many, percent, size, span
from matsim.words.phrases import capital

if TYPE_CHECKING:
    import pandas as pd

    from matsim.analysis.comparison import Comparison


def compare(
    result: ResultFolder,
    measures: MeasuresOption = None,
    when: WhenOption = "last",
    against: Annotated[
        str | None, typer.Option("--against", metavar="ARM", help="Compare with this arm, not the baseline.")
    ] = None,
    satisfice: Annotated[
        list[str] | None,
        typer.Option("--satisfice", metavar="LIMIT", help='What is good enough, as "mean_outcome>=0.1"; repeatable.'),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="GROUPING", help="Compare groups of trusts: strategy group or growth strategy."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Also write the answer there: a page and small tables.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare the arms of a sweep, on the same luck.

    Shows medians with bands, paired differences with intervals, robustness, and when worlds part. A future is a
    point of the design and a replicate; arms are compared inside each. With --by and --out the page has the arms
    and, inside their runs, the groups. Ends with exit code 5 when the experiment asked for a precision that was not
    reached.
    """
    from matsim.analysis.comparison import compare as compare_arms
    from matsim.report.markdown import FILES, pages
    from matsim.results.store import open_result

    ensure_apart(out)
    opened = open_result(result)
    grouping = {"group": "strategy group"}.get(by or "", by or "")
    with options_named(measure="--measure", against="--against", by="--by", thresholds="--satisfice"):
        comparison = compare_arms(opened, measures, moment_of(when), against, satisfice, grouping)
    if out is not None:
        arms = compare_arms(opened, None, moment_of(when)) if comparison.by else comparison
        write_texts(out, pages(opened, arms, comparison if comparison.by else None), FILES)
    if json:
        show_json("compare", comparison.to_dict())
    else:
        _show(comparison)
        if out is not None:
            show(f"\nThe page and its tables are in {out}.")
    if comparison.precision is not None and not comparison.precision.reached:
        complain("The precision that the experiment asked for was not reached.")
        raise typer.Exit(NOT_REACHED)


def _show(comparison: Comparison) -> None:
    from matsim.words.phrases import named

    done = comparison.runs - len(comparison.failed)
    what = f"groups of trusts inside {many(done, 'run')}" if comparison.by else f"{many(done, 'run')}"
    title_line = f"{comparison.title or 'A sweep'}: {what} of {many(len(comparison.arms), 'arm')}"
    show(f"{title_line}, compared with {named(comparison.against)}")
    if comparison.question:
        show(comparison.question)
    for name in comparison.measures:
        _show_measure(comparison, name)
    for title, text in (
        ("How far an arm can fall behind the best arm of the same future (regret)", _regrets(comparison)),
        ("In how many futures an arm does well enough", _enough(comparison)),
        ("Share of the variance between futures that is luck; the rest is what the design varies", _luck(comparison)),
    ):
        if text:
            show(f"\n{title}")
            show(indented(text))
    show("\nFindings")
    for sentence in (*comparison.built_in, *comparison.sentences):
        show(f"  {sentence}")
    if comparison.notes:
        show("\nTo bear in mind")
        for note in comparison.notes:
            show(f"  {note}")


def _show_measure(comparison: Comparison, name: str) -> None:
    measure = comparison.measure(name)
    way = f"; {measure.better} is better" if measure.better else ""
    moments = {"last": "in the last year", "mean": "on average over the years"}
    moment = moments.get(str(comparison.when)) or f"in {academic(int(comparison.when))}"
    show(f"\n{capital(measure.title)} ({measure.unit}{way}) {moment}")
    show(indented(_bands(comparison, name)))
    pairs = comparison.paired[comparison.paired["measure"] == name] if len(comparison.paired) else comparison.paired
    if len(pairs):
        show()
        show(indented(_pairs(comparison, name, pairs)))


def _bands(comparison: Comparison, name: str) -> str:
    from matsim.analysis.bands import outer
    from matsim.analysis.frame import rows_of

    unit, frame = comparison.measure(name).unit, comparison.bands[comparison.bands["measure"] == name]
    rows, bands = [], rows_of(comparison.bands, measure=name)
    accuracy = max((row["q75"] - row["q25"] for row in bands if row["q75"] > row["q25"]), default=0.0)
    wide, ranges = outer(frame)
    for row, (low, high) in zip(bands, ranges, strict=True):
        half = span(row["q25"], row["q75"], unit, accuracy)
        cells = [bare(row["median"], unit, accuracy), half, span(low, high, unit, accuracy)]
        rows.append([*_who(row), count(row["n"]), count(row["lucks"]), *cells])
    first = ["in arm", "group"] if comparison.by else ["arm"]
    header = [*first, "runs", "draws of luck", "median", "half of futures", wide]
    return table(header, rows, right=range(len(first), len(header)))


def _pairs(comparison: Comparison, name: str, pairs: pd.DataFrame) -> str:
    from matsim.analysis.frame import rows_of
    from matsim.analysis.sentences import counted
    from matsim.words.phrases import named

    measure = comparison.measure(name)
    rows = []
    for row in rows_of(pairs, measure=name):
        apart = "yes" if row["told_apart"] else "no" if math.isfinite(row["low"]) else NONE
        rows.append(
            [
                *_who(row),
                count(row["pairs"]),
                change(row["mean"], measure.unit),
                ends(row["low"], row["high"], measure.unit),
                counted(row) if row["pairs"] else NONE,
                apart,
            ]
        )
    first = ["in arm", "group"] if comparison.by else ["arm"]
    side = "better" if measure.better else "higher"
    around = f"{exact_percent(comparison.confidence)} interval"
    header = [*first, "pairs", f"from {named(comparison.against)}", around, side, "not zero"]
    return table(header, rows, right=range(len(first), len(header)))


def _regrets(comparison: Comparison) -> str:
    rows = []
    for row in comparison.robust.to_dict(orient="records"):
        if not row["futures"]:  # no future in which every arm has a value
            continue
        measure = comparison.measure(row["measure"])
        sizes = [size(row[c], measure.unit) for c in ("mean_regret", "regret_90", "max_regret")]
        rows.append([measure.title, row["arm"], count(row["futures"]), *sizes, percent(row["share_best"])])
    header = ["measure", "arm", "futures", "mean", "nine in ten within", "most", "best in"]
    return table(header, rows, right=range(2, 7)) if rows else ""


def _enough(comparison: Comparison) -> str:
    rows = [
        [
            r["threshold"],
            r["arm"],
            count(r["futures"]),
            percent(r["share"]),
            f"{percent(r['low'])} to {percent(r['high'])}" if r["futures"] else NONE,
        ]
        for r in comparison.satisficing.to_dict(orient="records")
    ]
    header = ["threshold", "arm", "futures", "share", f"{exact_percent(comparison.confidence)} interval"]
    return table(header, rows, right=range(2, 5)) if rows else ""


def _luck(comparison: Comparison) -> str:
    spread = comparison.spread
    if not len(spread) or spread["points"].max() < 2:
        return ""
    rows = [
        [comparison.measure(row["measure"]).title, row["arm"], percent(row["share_luck"])]
        for row in spread.to_dict(orient="records")
        if row["replicates"]
    ]
    return table(["measure", "arm", "luck"], rows, right=[2]) if rows else ""


def _who(row: dict[str, Any]) -> list[str]:
    return [row["within"], row["arm"]] if "within" in row else [row["arm"]]
