"""Sentences that say what a comparison comes to: who does better at what, where that fails, what is luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from matsim.analysis.comparison import Comparison
from matsim.analysis.frame import rows_of
from matsim.analysis.sentences import counted, draws, unclaimed_sentence
from matsim.measures import Measure
from matsim.words.amounts import change, interval, percent
from matsim.words.phrases import capital, inner, listed, named

type Row = Mapping[str, Any]


def claimed(comparison: Comparison, arm: str) -> list[dict[str, Any]]:
    """An arm's rows of the paired differences, of the measures of which something is claimed."""
    return [row for row in rows_of(comparison.paired, arm=arm) if row["measure"] not in comparison.no_claim]


def others(comparison: Comparison) -> list[str]:
    """The arms beside the one that they are compared with."""
    return [arm for arm in comparison.arms if arm != comparison.against]


def side(row: Row, measure: Measure) -> str:
    """`better`, `worse`, `more`, `less`; `unsure` when the interval holds zero, `unknown` without an interval."""
    if not row["pairs"]:
        return "unknown"
    if row["share_same"] == 1:
        return "alike"
    if math.isnan(float(row["low"])):
        return "unknown"
    if not row["told_apart"]:
        return "unsure"
    up = float(row["mean"]) > 0
    if not measure.better:
        return "more" if up else "less"
    return "better" if up == (measure.better == "higher") else "worse"


def verdicts(comparison: Comparison) -> list[str]:
    """What is built in by assumption, then for each arm at what it does better than the baseline, and at what worse."""
    unclaimed = unclaimed_sentence(
        [comparison.measure(name) for name in comparison.measures if name in comparison.no_claim]
    )
    return [*comparison.built_in, *unclaimed, *(_verdict(arm, comparison) for arm in others(comparison))]


def _verdict(arm: str, comparison: Comparison) -> str:
    by_side: dict[str, list[str]] = {}
    rows = claimed(comparison, arm)
    for row in rows:
        measure = comparison.measure(row["measure"])
        by_side.setdefault(side(row, measure), []).append(_called(measure))
    on = f", on {draws(max((int(row['replicates']) for row in rows), default=0))}"
    who, against = capital(named(arm)), named(comparison.against)
    if not by_side:
        return ""
    if set(by_side) == {"alike"}:
        return f"{who} and {against} are exactly alike in everything compared{on}."
    parts = [f"{word} {listed(by_side[key])}" for key, word in _WORDS.items() if key in by_side]
    if {"more", "less"} & set(by_side):
        # the last part is of more or less: `_WORDS` names these after better and worse
        parts[-1] += ", which is neither better nor worse in itself"
    lines = [f"{who} compared with {against}{on}: {'; '.join(parts)}."] if parts else []
    if "unsure" in by_side:
        lines.append(f"No difference can be told from zero in {listed(by_side['unsure'])}.")
    if "alike" in by_side:
        lines.append(f"Exactly alike: {listed(by_side['alike'])}.")
    if "unknown" in by_side:
        lines.append(f"Too few draws of luck to say: {listed(by_side['unknown'])}.")
    if not parts:
        lines[0] = f"{who} compared with {against}{on}: {inner(lines[0])}"
    return " ".join(lines)


def _called(measure: Measure) -> str:
    """A measure as something to be better on or higher in."""
    return {"share": "the share of ", "number": "the number of "}.get(measure.kind, "") + measure.title


_WORDS = {"better": "better on", "worse": "worse on", "more": "higher in", "less": "lower in"}
"""What can be told, and its words; where more is neither better nor worse it is only higher or lower."""


def exceptions(comparison: Comparison, parts: pd.DataFrame, label: Callable[[str, str, str], str]) -> list[str]:
    """Where the differences do not hold: futures of the other sign, and halves of what was varied.

    `parts` are the rows of analysis.where.parts with `measure` in front; `label(parameter, part, covers)` names a
    half for readers.
    """
    lines = [line for arm in others(comparison) if (line := _against_the_rule(arm, comparison))]
    if parts.empty:
        return [*lines, "Nothing was varied but luck, so these are the answers for one setting of every parameter."]
    holds = True
    for arm in others(comparison):
        whole = {row["measure"]: row for row in rows_of(comparison.paired, arm=arm)}
        halves = parts[parts["arm"] == arm].groupby(["parameter", "part", "covers"], sort=False)
        for (parameter, part, covers), frame in halves:
            texts = _half(rows_of(frame), whole, comparison)
            holds &= not texts
            lines += [
                f"Where {label(str(parameter), str(part), str(covers))}, {named(arm)} {words}." for words in texts
            ]
    lines += [line for arm in others(comparison) if (line := _depends(arm, comparison, parts, label))]
    if holds:
        lines.append("In each half of everything that was varied, every difference above is on the same side.")
    lines.append("Intervals of halves are those of luck, for the settings that were run.")
    return lines


def _against_the_rule(arm: str, comparison: Comparison) -> str:
    """In how many futures it is the other way round, for the measures in which a difference can be told."""
    texts = []
    for row in claimed(comparison, arm):
        measure = comparison.measure(row["measure"])
        if (which := side(row, measure)) in _WORDS:
            # without a better direction share_better is the share in which the arm is higher
            which = "share_worse" if which in ("better", "more") else "share_better"
            if round(row[which] * row["pairs"]):
                texts.append(f"{measure.title} in {counted(row, which, 'future')}")
    return f"{capital(named(arm))}: the other way round for {'; '.join(texts)}." if texts else ""


def _depends(arm: str, comparison: Comparison, parts: pd.DataFrame, label: Callable[[str, str, str], str]) -> str:
    """Which of what was varied changes the size of the first measure's difference most; empty when luck could do it."""
    measure = comparison.measure(
        next((name for name in comparison.measures if name not in comparison.no_claim), comparison.measures[0])
    )
    widest, text = 0.0, ""
    for _, frame in parts[(parts["arm"] == arm) & (parts["measure"] == measure.name)].groupby("parameter", sort=False):
        ordered = sorted(rows_of(frame), key=lambda row: float(row["mean"]))
        low, high = ordered[0], ordered[-1]
        # intervals that touch could be luck
        if low["high"] < high["low"] and (wide := float(high["mean"] - low["mean"])) > widest:
            ends = [
                f"{_mean(row, measure)} where {label(row['parameter'], row['part'], row['covers'])}"
                for row in (low, high)
            ]
            widest, text = wide, f"{capital(named(arm))}: the size of the difference in {measure.title} varies: "
            text += f"{ends[0]}; {ends[1]}."
    return text


def _half(half: Iterable[Row], whole: Mapping[str, Row], comparison: Comparison) -> list[str]:
    """What is otherwise in one half than in the whole."""
    turned, lost, shown = [], [], []
    for row in half:
        if row["measure"] in comparison.no_claim:
            continue
        measure = comparison.measure(row["measure"])
        before, now = side(whole[row["measure"]], measure), side(row, measure)
        size = _size(row, measure, comparison.confidence)
        if now in _WORDS and before in _WORDS and now != before:
            turned.append(f"{measure.title} {size}")
        elif before in _WORDS and now not in _WORDS:
            lost.append(f"{measure.title} {size}")
        elif now in _WORDS and before not in _WORDS:
            shown.append(f"{measure.title} {size}")
    against = named(comparison.against)
    words = [("turns round in", turned), (f"cannot be told from {against} in", lost)]
    words += [(f"differs from {against}, as it does not overall, in", shown)]
    return [f"{word} {'; '.join(parts)}" for word, parts in words if parts]


def _size(row: Row, measure: Measure, confidence: float) -> str:
    if math.isnan(float(row["low"])):
        return "(no interval can be given)"
    return f"({_mean(row, measure)}, {interval(row['low'], row['high'], measure.unit, confidence)})"


def _mean(row: Row, measure: Measure) -> str:
    return change(row["mean"], measure.unit)


def luck(comparison: Comparison) -> str:
    """How much of the spread of the first measure between futures is luck; empty when only luck was varied."""
    spread = rows_of(comparison.spread, measure=comparison.measures[0])
    known = [row for row in spread if row["points"] > 1 and not math.isnan(float(row["share_luck"]))]
    if not known:
        return ""
    shares = listed(f"{percent(float(row['share_luck']))} under {named(row['arm'])}" for row in known)
    title = comparison.measure(comparison.measures[0]).title
    return f"Of the spread of {title} between futures, luck makes {shares}; the rest comes from what was varied."


def table(header: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [header, ["---"] * len(header), *body]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]
