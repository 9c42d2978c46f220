"""What a comparison found, in plain sentences with numbers. Each is worked out from its frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from matsim.analysis.frame import When, rows_of
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
        f"no difference between {arm} and {against} can be told from zero in {'; nor in '.join(parts)}."
        for (arm, against), parts in unsure.items()
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


def differences(
    pairs: Mapping[str, pd.DataFrame],
    measures: Sequence[Measure],
    when: When,
    confidence: float,
    future: str = "future",
    inside: str = "",
) -> list[str]:
    """What paired differences say, arm by arm; `pairs` are frames of paired.paired by the name of the measure."""
    rows = [(row, measure) for measure in measures for row in rows_of(pairs[measure.name])]
    lines = []
    for arm in dict.fromkeys(str(row["arm"]) for row, _ in rows):
        of_arm = [(row, measure) for row, measure in rows if row["arm"] == arm]
        lines += paired_sentences(of_arm, when, confidence, future, inside)
    return lines


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
    text = (
        f"{times}, {named(row['arm'])} {_has(when)} {_more(measure, mean)} than {named(row['against'])}; the "
        f"difference is {change(mean, measure.unit)}"
    )
    if math.isnan(low):
        return f"{text}. No interval can be given: that takes two draws of luck or more."
    return f"{text} ({interval(low, high, measure.unit, confidence)})."


def _unsure(row: Row, measure: Measure, confidence: float, future: str) -> str:
    mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
    side = ("more" if mean >= 0 else "fewer") if measure.kind == "number" else "higher" if mean >= 0 else "lower"
    times = _times(row, measure, confidence, future, inside=True)
    around = interval(low, high, measure.unit, confidence)
    return f"{measure.title} ({change(mean, measure.unit)}, {around}; {side} {times})"


def _times(row: Row, measure: Measure, confidence: float, future: str, inside: bool = False) -> str:
    """In how many futures the arm is on the side of the mean; few large differences can outweigh many small ones."""
    good = float(row["mean"]) < 0 if measure.better == "lower" else float(row["mean"]) >= 0
    share = "share_better" if good else "share_worse"
    limits = float(row[f"{share}_low"]), float(row[f"{share}_high"])
    text = often(float(row[share]), limits, int(row["pairs"]), int(row["replicates"]), confidence, future)
    return text.replace(" (", ", ").replace("; ", ", ").removesuffix(")") if inside else text


def often(
    share: float, limits: tuple[float, float], of: int, lucks: int, confidence: float, thing: str = "future"
) -> str:
    """A share of futures as a count, with what it rests on: `in 55 of 60 futures (on 5 draws of luck; 95% interval …)`.

    `limits` are those of the share (intervals.share_limits).
    """
    times = round(share * of)
    if of == 1:
        return f"in the one {thing} there is"
    if times == of:
        counted = f"in both {thing}s" if of == 2 else f"in all {count(of)} {thing}s"
    else:
        counted = f"in {count(times)} of {count(of)} {thing}s"
    if lucks == 1:
        return f"{counted} (one draw of luck, so no interval)"
    around = f"{exact_percent(confidence)} interval {percent(limits[0])} to {percent(limits[1])}"
    # where each future has luck of its own the count says how many draws
    return f"{counted} ({around if lucks == of else f'on {count(lucks)} draws of luck; {around}'})"


def counted(row: Row, share: str = "share_better", thing: str = "") -> str:
    """`55 of 60 (42% to 100%)`: futures in which the arm is better, or what `share` says, and that share's interval."""
    times = f"{count(round(row[share] * row['pairs']))} of {count(row['pairs'])}{f' {thing}s' if thing else ''}"
    if row["replicates"] < 2:
        return times
    return f"{times} ({percent(row[f'{share}_low'])} to {percent(row[f'{share}_high'])})"


def draws(lucks: int) -> str:
    """`5 draws of luck`."""
    return "one draw of luck" if lucks == 1 else f"{count(lucks)} draws of luck"


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
    others = [f"{named(row['arm'])} {size(row['max_regret'], measure.unit)}" for row in rest]
    return (
        f"{capital(measure.title)}: {named(best['arm'])} falls furthest behind the best arm of the same future by "
        f"{size(best['max_regret'], measure.unit)}, the least of all ({', '.join(others)}), {over}."
    )


def satisficing_sentence(row: Row, confidence: float) -> str:
    """One row of robust.satisficing."""
    futures, arm, threshold = int(row["futures"]), named(row["arm"]), row["threshold"]
    if futures == 0:
        return f"{capital(arm)}: no future in which {threshold} can be judged."
    limits = float(row["low"]), float(row["high"])
    times = often(float(row["share"]), limits, futures, int(row["replicates"]), confidence)
    return f"{capital(arm)} does well enough ({threshold}) {times}."


def precision_sentence(wanted: Wanted, reached: Reached, measure: Measure) -> str:
    """Whether the precision that the experiment asked for was reached."""
    aim = f"±{size(wanted.half_width, measure.unit)} at {exact_percent(wanted.confidence)} confidence"
    if math.isnan(reached.half_width):
        return (
            f"The precision asked for of {measure.title} ({aim}) cannot be judged with {many(reached.n, 'replicate')}."
        )
    half = f"±{size(reached.half_width, measure.unit)} for {named(reached.arm)} after {many(reached.n, 'replicate')}"
    if reached.reached:
        return f"The precision asked for of {measure.title} ({aim}) was reached: {half}."
    return (
        f"The precision asked for of {measure.title} ({aim}) was not reached: {half}; "
        f"about {count(reached.needed)} would be needed."
    )


NAMED = 8
"""Changes that a sentence names; of more, how many there are."""


def built_in(
    experiment: Mapping[str, Any], parameters: pd.DataFrame, arms: Sequence[str], against: str
) -> tuple[str, ...]:
    """Sentences on what differs between the arms and where that comes from, then the experiment's own note.

    `experiment` is the experiment's file, `parameters` a result's list of them: names, and whether a value is assumed.
    """
    settings = {str(arm["name"]): dict(arm.get("set") or {}) for arm in experiment.get("arms", [])}
    alike: dict[tuple[str, ...], list[str]] = {}
    for arm in arms:
        if arm != against and (changes := _changes(settings.get(arm, {}), settings.get(against, {}))):
            alike.setdefault(changes, []).append(arm)
    lines = [_arms(names, against, changes, parameters) for changes, names in alike.items()]
    if factors := [str(f["name"]) for role in ("uncertainties", "levers") for f in experiment.get(role, [])]:
        lines.append(f"Built in: {_varied(factors, parameters)}")
    note = " ".join(str(experiment.get("built_in", "")).split())
    return (*lines, *([note] if note else []))


def _changes(arm: Mapping[str, Any], against: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings in which two arms differ, in the order of their files."""
    names = dict.fromkeys([*arm, *against])
    return tuple(name for name in names if (name in arm) != (name in against) or arm.get(name) != against.get(name))


def _arms(arms: Sequence[str], against: str, changes: Sequence[str], parameters: pd.DataFrame) -> str:
    differ = "differs" if len(arms) == 1 else "each differ"
    count = "one change" if len(changes) == 1 else f"{len(changes)} changes at once"
    shown = f" ({listed(f'`{name}`' for name in changes)})" if len(changes) <= NAMED else ""
    who = listed(named(arm) for arm in arms)
    return f"Built in: {who} {differ} from {named(against)} in {count}{shown}, chosen for the experiment. " + _rests(
        changes, parameters
    )


def _rests(changes: Sequence[str], parameters: pd.DataFrame) -> str:
    """What the changes do in the model, and how much of that is assumed."""
    what = "What it does" if len(changes) == 1 else "What they do"
    if parameters.empty:
        return f"{what} follows from the model, whose numbers this result does not list."
    numbers = parameters[parameters["unit"] != "switch"]
    parts = dict.fromkeys(_part(name) for name in changes)
    part_of = numbers["name"].map(_part)
    counted = [(part, numbers[part_of == part]) for part in parts if (part_of == part).any()]
    shares = listed(f"{int(rows['assumed'].sum())} of {len(rows)} numbers in `{part}`" for part, rows in counted)
    judged = f" (assumed are {shares})" if shares else ""
    return f"{what} follows from assumption and judgement{judged}; it was not measured in England."


def _part(name: str) -> str:
    return name.partition(".")[0].partition("[")[0]


def _varied(factors: Sequence[str], parameters: pd.DataFrame) -> str:
    """How many of the things varied between futures have a value that is assumed."""
    known = dict(zip(parameters["name"], parameters["assumed"].astype(bool), strict=True)) if len(parameters) else {}
    ours = sum(known.get(name, True) for name in factors)
    if len(factors) == 1:
        return f"what was varied between futures is {'assumed' if ours else 'from a published source'}."
    return (
        f"of the {len(factors)} numbers varied between futures {ours or 'none'} {'is' if ours == 1 else 'are'} assumed."
    )
