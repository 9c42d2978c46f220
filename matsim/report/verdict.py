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


def claimed(found: Comparison, arm: str) -> list[dict[str, Any]]:
    """An arm's rows of the paired differences, of the measures of which something is claimed."""
    return [row for row in rows_of(found.paired, arm=arm) if row["measure"] not in found.no_claim]


def others(found: Comparison) -> list[str]:
    """The arms beside the one that they are compared with."""
    return [arm for arm in found.arms if arm != found.against]


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


def verdicts(found: Comparison) -> list[str]:
    """What is built in by assumption, then for each arm at what it does better than the baseline, and at what worse."""
    unclaimed = unclaimed_sentence([found.measure(name) for name in found.measures if name in found.no_claim])
    return [*found.built_in, *unclaimed, *(_verdict(arm, found) for arm in others(found))]


def _verdict(arm: str, found: Comparison) -> str:
    told: dict[str, list[str]] = {}
    own = claimed(found, arm)
    for row in own:
        measure = found.measure(row["measure"])
        told.setdefault(side(row, measure), []).append(_called(measure))
    on = f", on {draws(max((int(row['replicates']) for row in own), default=0))}"
    who, against = capital(named(arm)), named(found.against)
    if not told:
        return ""
    if set(told) == {"alike"}:
        return f"{who} and {against} are exactly alike in everything compared{on}."
    parts = [f"{word} {listed(told[key])}" for key, word in _WORDS.items() if key in told]
    if {"more", "less"} & set(told):
        parts[-1] += ", which is neither better nor worse in itself"
    lines = [f"{who} compared with {against}{on}: {'; '.join(parts)}."] if parts else []
    if "unsure" in told:
        lines.append(f"No difference can be told from zero in {listed(told['unsure'])}.")
    if "alike" in told:
        lines.append(f"Exactly alike: {listed(told['alike'])}.")
    if "unknown" in told:
        lines.append(f"Too few draws of luck to say: {listed(told['unknown'])}.")
    if not parts:
        lines[0] = f"{who} compared with {against}{on}: {inner(lines[0])}"
    return " ".join(lines)


def _called(measure: Measure) -> str:
    """A measure as something to be better on or higher in."""
    return {"share": "the share of ", "number": "the number of "}.get(measure.kind, "") + measure.title


_WORDS = {"better": "better on", "worse": "worse on", "more": "higher in", "less": "lower in"}
"""What can be told, and its words; where more is neither better nor worse it is only higher or lower."""


def exceptions(found: Comparison, parts: pd.DataFrame, label: Callable[[str, str, str], str]) -> list[str]:
    """Where the differences do not hold: futures of the other sign, and halves of what was varied.

    `parts` are the rows of analysis.where.parts with `measure` in front; `label(parameter, part, covers)` names a
    half for readers.
    """
    lines = [line for arm in others(found) if (line := _against_the_rule(arm, found))]
    if parts.empty:
        return [*lines, "Nothing was varied but luck, so these are the answers for one setting of every parameter."]
    held = True
    for arm in others(found):
        whole = {row["measure"]: row for row in rows_of(found.paired, arm=arm)}
        halves = parts[parts["arm"] == arm].groupby(["parameter", "part", "covers"], sort=False)
        for (parameter, part, covers), frame in halves:
            told = _half(rows_of(frame), whole, found)
            held &= not told
            lines += [f"Where {label(str(parameter), str(part), str(covers))}, {named(arm)} {words}." for words in told]
    lines += [line for arm in others(found) if (line := _depends(arm, found, parts, label))]
    if held:
        lines.append("In each half of everything that was varied, every difference above is on the same side.")
    lines.append("Intervals of halves are those of luck, for the settings that were run.")
    return lines


def _against_the_rule(arm: str, found: Comparison) -> str:
    """In how many futures it is the other way round, for the measures in which a difference can be told."""
    told = []
    for row in claimed(found, arm):
        measure = found.measure(row["measure"])
        if (which := side(row, measure)) in _WORDS:
            # without a better direction share_better is the share in which the arm is higher
            which = "share_worse" if which in ("better", "more") else "share_better"
            if round(row[which] * row["pairs"]):
                told.append(f"{measure.title} in {counted(row, which, 'future')}")
    return f"{capital(named(arm))}: the other way round for {'; '.join(told)}." if told else ""


def _depends(arm: str, found: Comparison, parts: pd.DataFrame, label: Callable[[str, str, str], str]) -> str:
    """Which of what was varied changes the size of the first measure's difference most; empty when luck could do it."""
    measure = found.measure(next((name for name in found.measures if name not in found.no_claim), found.measures[0]))
    widest, told = 0.0, ""
    for _, frame in parts[(parts["arm"] == arm) & (parts["measure"] == measure.name)].groupby("parameter", sort=False):
        ordered = sorted(rows_of(frame), key=lambda row: float(row["mean"]))
        low, high = ordered[0], ordered[-1]
        if low["high"] < high["low"] and (wide := float(high["mean"] - low["mean"])) > widest:
            ends = [
                f"{_mean(row, measure)} where {label(row['parameter'], row['part'], row['covers'])}"
                for row in (low, high)
            ]
            widest, told = wide, f"{capital(named(arm))}: the size of the difference in {measure.title} varies: "
            told += f"{ends[0]}; {ends[1]}."
    return told


def _half(found: Iterable[Row], whole: Mapping[str, Row], comparison: Comparison) -> list[str]:
    """What is otherwise in one half than in the whole."""
    turned, lost, shown = [], [], []
    for row in found:
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
    return [f"{word} {'; '.join(told)}" for word, told in words if told]


def _size(row: Row, measure: Measure, confidence: float) -> str:
    if math.isnan(float(row["low"])):
        return "(no interval can be given)"
    return f"({_mean(row, measure)}, {interval(row['low'], row['high'], measure.unit, confidence)})"


def _mean(row: Row, measure: Measure) -> str:
    return change(row["mean"], measure.unit)


def luck(found: Comparison) -> str:
    """How much of the spread of the first measure between futures is luck; empty when only luck was varied."""
    spread = rows_of(found.spread, measure=found.measures[0])
    known = [row for row in spread if row["points"] > 1 and not math.isnan(float(row["share_luck"]))]
    if not known:
        return ""
    told = listed(f"{percent(float(row['share_luck']))} under {named(row['arm'])}" for row in known)
    title = found.measure(found.measures[0]).title
    return f"Of the spread of {title} between futures, luck makes {told}; the rest comes from what was varied."


def table(header: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [header, ["---"] * len(header), *body]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]
