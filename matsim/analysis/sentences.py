"""What a comparison found, in plain sentences with numbers. Each is worked out from its frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matsim.analysis.frame import When
from matsim.analysis.intervals import share_limits
from matsim.analysis.precision import Reached, Wanted
from matsim.measures import Measure
from matsim.words.amounts import academic, change, count, exact_percent, interval, many, percent, size
from matsim.words.phrases import capital, listed, named

type Row = Mapping[str, Any]


def paired_sentences(
    rows: Sequence[tuple[Row, Measure]], when: When, confidence: float, future: str = "future", inside: str = ""
) -> list[str]:
    """What one arm's rows of paired.paired say, over several measures.

    A sentence for each measure in which the arm differs from the other, or may; then one for all in which no
    difference can be told from zero, one for those that are exactly alike, and one for those of which no future
    has a value on both sides. With `inside` an arm, each says first that it is about groups inside that arm's runs.
    """
    lines: list[str] = []
    unknown: dict[tuple[str, str], list[str]] = {}
    unsure: dict[tuple[str, str], list[str]] = {}
    alike: dict[tuple[str, str, str], list[str]] = {}
    for row, measure in rows:
        who = named(row["arm"]), named(row["against"])
        pairs = int(row["pairs"])
        if pairs == 0:
            unknown.setdefault(who, []).append(measure.title)
        elif row["share_same"] == 1:
            limits = share_limits(1.0, int(row["replicates"]), confidence)
            times = often(1.0, limits, pairs, int(row["replicates"]), confidence, future)
            alike.setdefault((*who, times), []).append(measure.title)
        elif row["told_apart"] or math.isnan(float(row["low"])):
            lines.append(_apart(row, measure, when, confidence, future))
        else:
            unsure.setdefault(who, []).append(_unsure(row, measure, confidence, future))
    lines += [
        f"no difference between {arm} and {against} can be told from zero in {'; nor in '.join(told)}."
        for (arm, against), told in unsure.items()
    ]
    lines += [
        f"{arm} and {against} are exactly alike {times}: {', '.join(titles)}."
        for (arm, against, times), titles in alike.items()
    ]
    lines += [
        f"there is no {future} in which both {arm} and {against} have a value for {', '.join(titles)}."
        for (arm, against), titles in unknown.items()
    ]
    return [f"Inside {named(inside)}: {line}" for line in lines] if inside else [capital(line) for line in lines]


def unclaimed_sentence(measures: Sequence[Measure]) -> list[str]:
    """One sentence of the measures of which nothing is claimed; none where there are none."""
    if not measures:
        return []
    titles = listed(measure.title for measure in measures)
    return [f"Of {titles} nothing is claimed: what is built in makes their differences."]


def _apart(row: Row, measure: Measure, when: When, confidence: float, future: str) -> str:
    """Who is above or below whom, in how many futures, by how much, and how sure that is."""
    mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
    times = _times(row, measure, confidence, future)
    said = f"{times}, {named(row['arm'])} {_has(when)} {_more(measure, mean)} than {named(row['against'])}"
    said = f"{said}; the difference is {change(mean, measure.unit)}"
    if math.isnan(low):
        return f"{said}. No interval can be given: that takes two draws of luck or more."
    return f"{said} ({interval(low, high, measure.unit, confidence)})."


def _unsure(row: Row, measure: Measure, confidence: float, future: str) -> str:
    mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
    side = ("more" if mean >= 0 else "fewer") if measure.kind == "number" else "higher" if mean >= 0 else "lower"
    size = change(mean, measure.unit)
    times = _times(row, measure, confidence, future, inside=True)
    return f"{measure.title} ({size}, {interval(low, high, measure.unit, confidence)}; {side} {times})"


def _times(row: Row, measure: Measure, confidence: float, future: str, inside: bool = False) -> str:
    """In how many futures the arm is on the side of the mean; few large differences can outweigh many small ones."""
    good = float(row["mean"]) < 0 if measure.better == "lower" else float(row["mean"]) >= 0
    share = "share_better" if good else "share_worse"
    limits = float(row[f"{share}_low"]), float(row[f"{share}_high"])
    told = often(float(row[share]), limits, int(row["pairs"]), int(row["replicates"]), confidence, future)
    return told.replace(" (", ", ").replace("; ", ", ").removesuffix(")") if inside else told


def often(
    share: float, limits: tuple[float, float], of: int, lucks: int, confidence: float, thing: str = "future"
) -> str:
    """A share of futures as a count, with what it rests on: `in 55 of 60 futures (on 5 draws of luck; 95% interval …)`.

    `limits` are those of the share (intervals.share_limits).
    """
    times = round(share * of)
    if of == 1:
        return f"in the one {thing} there is"
    counted = f"in {_all(of, thing)}" if times == of else f"in {count(times)} of {count(of)} {thing}s"
    return f"{counted} ({_resting(of, lucks, limits, confidence)})"


def _resting(of: int, lucks: int, limits: tuple[float, float], confidence: float) -> str:
    """What a count of futures rests on. Where each future has luck of its own the count says how many draws."""
    if lucks == 1:
        return "one draw of luck, so no interval"
    around = f"{exact_percent(confidence)} interval {percent(limits[0])} to {percent(limits[1])}"
    return around if lucks == of else f"on {count(lucks)} draws of luck; {around}"


def draws(lucks: int) -> str:
    """`5 draws of luck`."""
    return "one draw of luck" if lucks == 1 else f"{count(lucks)} draws of luck"


def _all(number: int, thing: str) -> str:
    few = {1: f"the one {thing} there is", 2: f"both {thing}s"}
    return few.get(number, f"all {count(number)} {thing}s")


def _has(when: When) -> str:
    return {"last": "ends with", "mean": "has, on average over the years,"}.get(
        str(when)
    ) or f"has in {academic(int(when))}"


def _more(measure: Measure, mean: float) -> str:
    up = mean >= 0
    if measure.kind == "number":
        return f"{'more' if up else 'fewer'} {measure.title}"
    share = "a higher share of" if up else "a lower share of"
    return f"{share if measure.kind == 'share' else 'higher' if up else 'lower'} {measure.title}"


def parting_sentence(row: Row, confidence: float) -> str:
    """One row of paired.parting."""
    arm, against = named(row["arm"]), named(row["against"])
    pairs, parted, lucks = int(row["pairs"]), int(row["parted"]), int(row["replicates"])
    if pairs == 0:
        return f"When {arm} and {against} part cannot be told: no pair of finished runs has its events' digest."
    never = float(row["share_never"])
    times = often(never, share_limits(never, lucks, confidence), pairs, lucks, confidence)
    if parted == 0:
        return f"{capital(arm)} and {against} never part: the same events happen {times}."
    first, median, last = (academic(int(row[name])) for name in ("first", "median", "last"))
    span = f"in {first}" if first == last else f"in {median} in the middle future, between {first} and {last} in all"
    if pairs > 1:
        span += f" ({count(pairs)} futures{f' on {draws(lucks)}' if lucks < pairs else ''})"
    return f"The worlds of {arm} and {against} part {span}{f'; {times} they never do' if parted < pairs else ''}."


def regret_sentence(rows: Sequence[Row], measure: Measure) -> str:
    """The arm that would be regretted least at worst, of the rows of robust.robust; empty when there is no choice."""
    known = [row for row in rows if math.isfinite(row["max_regret"])]
    if len(known) < 2 or all(row["max_regret"] == 0 for row in known):
        return ""
    futures, lucks = int(known[0]["futures"]), int(known[0]["replicates"])
    over = f"over the {count(futures)} futures run, on {draws(lucks)}" if futures > 1 else "in the one future there is"
    if never := [named(row["arm"]) for row in known if row["max_regret"] == 0]:
        behind = f"never {'falls' if len(never) == 1 else 'fall'} behind the best arm of the same future"
        return f"{capital(measure.title)}: {listed(never)} {behind}, {over}."
    ordered = sorted(known, key=lambda row: float(row["max_regret"]))
    best, rest = ordered[0], ordered[1:]
    told = [f"{named(row['arm'])} {size(row['max_regret'], measure.unit)}" for row in rest]
    return (
        f"{capital(measure.title)}: {named(best['arm'])} falls furthest behind the best arm of the same future by "
        f"{size(best['max_regret'], measure.unit)}, the least of all ({', '.join(told)}), {over}."
    )


def satisficing_sentence(row: Row, confidence: float) -> str:
    """One row of robust.satisficing."""
    futures, arm, threshold = int(row["futures"]), named(row["arm"]), row["threshold"]
    if futures == 0:
        return f"{capital(arm)}: no future in which {threshold} can be judged."
    limits = float(row["low"]), float(row["high"])
    times = often(float(row["share"]), limits, futures, int(row["replicates"]), confidence)
    return f"{capital(arm)} does well enough ({threshold}) {times}."


def precision_sentence(wanted: Wanted, found: Reached, measure: Measure) -> str:
    """Whether the precision that the experiment asked for was reached."""
    aim = f"±{size(wanted.half_width, measure.unit)} at {exact_percent(wanted.confidence)} confidence"
    if math.isnan(found.half_width):
        return f"The precision asked for of {measure.title} ({aim}) cannot be judged with {many(found.n, 'replicate')}."
    half = f"±{size(found.half_width, measure.unit)} for {named(found.arm)} after {many(found.n, 'replicate')}"
    if found.reached:
        return f"The precision asked for of {measure.title} ({aim}) was reached: {half}."
    return (
        f"The precision asked for of {measure.title} ({aim}) was not reached: {half}; "
        f"about {count(found.needed)} would be needed."
    )
