"""What a comparison found, in plain sentences with numbers. Each is worked out from its frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matsim.analysis.frame import When
from matsim.analysis.precision import Reached, Wanted
from matsim.measures import Measure

type Row = Mapping[str, Any]

ROUNDING = 1e-9
"""Below this a size is an error of arithmetic, not an accuracy to print."""

COUNTED = ("schools", "trusts", "pupils", "clusters")

NONE = "–"
"""How a number that does not exist is printed."""

PENCE = 2
"""Decimals of a pound, however small it is."""


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
    alike: dict[tuple[str, str, int], list[str]] = {}
    for row, measure in rows:
        who = named(row["arm"]), named(row["against"])
        pairs = int(row["pairs"])
        if pairs == 0:
            unknown.setdefault(who, []).append(measure.title)
        elif row["share_same"] == 1:
            alike.setdefault((*who, pairs), []).append(measure.title)
        elif row["told_apart"] or math.isnan(float(row["low"])):
            lines.append(_apart(row, measure, when, confidence, future))
        else:
            unsure.setdefault(who, []).append(_unsure(row, measure, confidence, future))
    lines += [
        f"no difference between {arm} and {against} can be told from zero in {'; nor in '.join(told)}."
        for (arm, against), told in unsure.items()
    ]
    lines += [
        f"{arm} and {against} are exactly alike in {_all(pairs, future)}: {', '.join(titles)}."
        for (arm, against, pairs), titles in alike.items()
    ]
    lines += [
        f"there is no {future} in which both {arm} and {against} have a value for {', '.join(titles)}."
        for (arm, against), titles in unknown.items()
    ]
    return [f"Inside {named(inside)}: {line}" for line in lines] if inside else [_capital(line) for line in lines]


def _apart(row: Row, measure: Measure, when: When, confidence: float, future: str) -> str:
    """Who is above or below whom, in how many futures, by how much, and how sure that is."""
    mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
    comma = "," if int(row["pairs"]) == 1 else ""
    said = f"{_times(row, measure, future)}{comma} {named(row['arm'])} {_has(when)} {_more(measure, mean)} than"
    said = f"{said} {named(row['against'])}; the difference is"
    if math.isnan(low):
        size = difference(mean, mean, measure.unit)
        return f"{said} {size}. No interval can be given: that takes two replicates or more."
    size = difference(mean, high - mean, measure.unit)
    return f"{said} {size} ({interval(low, high, measure.unit, confidence)})."


def _unsure(row: Row, measure: Measure, confidence: float, future: str) -> str:
    mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
    side = ("more" if mean >= 0 else "fewer") if measure.kind == "number" else "higher" if mean >= 0 else "lower"
    size = difference(mean, high - mean, measure.unit)
    times = _times(row, measure, future)
    return f"{measure.title} ({size}, {interval(low, high, measure.unit, confidence)}; {side} {times})"


def _times(row: Row, measure: Measure, future: str) -> str:
    """In how many futures the arm is on the side of the mean; few large differences can outweigh many small ones."""
    good = float(row["mean"]) < 0 if measure.better == "lower" else float(row["mean"]) >= 0
    pairs = int(row["pairs"])
    return _often(round(float(row["share_better" if good else "share_worse"]) * pairs), pairs, future)


def named(name: str) -> str:
    """A name as sentences carry it: in quotes when it is several words, which would run into those around them."""
    return f"'{name}'" if " " in name else name


def _often(times: int, of: int, thing: str) -> str:
    if of == 1:
        return f"in the one {thing} there is"
    return f"in {_all(of, thing)}" if times == of else f"in {times:,} of {of:,} {thing}s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _all(number: int, thing: str) -> str:
    few = {1: f"the one {thing} there is", 2: f"both {thing}s"}
    return few.get(number, f"all {number:,} {thing}s")


def _has(when: When) -> str:
    return {"last": "ends with", "mean": "has, on average over the years,"}.get(
        str(when)
    ) or f"has in {academic(int(when))}"


def academic(year: int) -> str:
    """The academic year that starts in a September: `2018/19`."""
    return f"{year}/{(year + 1) % 100:02d}"


def _more(measure: Measure, mean: float) -> str:
    up = mean >= 0
    if measure.kind == "number":
        return f"{'more' if up else 'fewer'} {measure.title}"
    share = "a higher share of" if up else "a lower share of"
    return f"{share if measure.kind == 'share' else 'higher' if up else 'lower'} {measure.title}"


def scaled(value: float, unit: str) -> float:
    """The value as it is printed: shares in points of a percent."""
    return 100 * value if unit == "share" else value


def places(size: float) -> int:
    """Decimals that show two figures of a size, at most six; two for what is only the rounding of floats."""
    if not math.isfinite(size) or abs(size) < ROUNDING:
        return 2
    return min(6, max(0, 1 - math.floor(math.log10(abs(size)))))


def difference(value: float, accuracy: float, unit: str) -> str:
    """A difference with its sign and unit, to two figures of its accuracy: `+0.012 sd`, `−£24`, `+1.3 points`.

    A dash stands for a difference that there is not (nan).
    """
    if not math.isfinite(value):
        return NONE
    size = _signed(value, _decimals(accuracy, unit), unit)
    return size + (" point" if unit == "share" and size.strip("+−") == "1" else _suffix(unit))


def interval(low: float, high: float, unit: str, confidence: float) -> str:
    """`95% interval +0.008 to +0.016`; a dash when there is none (nan)."""
    if not math.isfinite(high - low):
        return NONE
    decimals = _decimals((high - low) / 2, unit)
    ends = f"{_signed(low, decimals, unit)} to {_signed(high, decimals, unit)}"
    return f"{100 * confidence:g}% interval {ends}"


def _decimals(accuracy: float, unit: str) -> int:
    return min(places(scaled(accuracy, unit)), PENCE if unit.startswith("£") else 6)


def _signed(value: float, decimals: int, unit: str) -> str:
    shown = round(scaled(value, unit), decimals)
    sign = "+" if shown > 0 else "−" if shown < 0 else ""
    return f"{sign}{'£' if unit.startswith('£') else ''}{abs(shown):,.{decimals}f}"


def _suffix(unit: str) -> str:
    if unit == "share":
        return " points"
    return "" if unit in ("ratio", *COUNTED) or unit.startswith(("£", "score")) else f" {unit}"


def level(value: float, accuracy: float, unit: str) -> str:
    """A value in its unit, to two figures of its accuracy: `0.31`, `86.4%`, `£1,230`."""
    if not math.isfinite(value):
        return NONE
    decimals = _decimals(accuracy, unit) if accuracy else 2
    if unit in COUNTED and value == round(value):
        decimals = 0
    shown = round(scaled(value, unit), decimals)
    sign, pound = "−" if shown < 0 else "", "£" if unit.startswith("£") else ""
    return f"{sign}{pound}{abs(shown):,.{decimals}f}{'%' if unit == 'share' else ''}"


def parting_sentence(row: Row) -> str:
    """One row of paired.parting."""
    arm, against = named(row["arm"]), named(row["against"])
    pairs, parted = int(row["pairs"]), int(row["parted"])
    if pairs == 0:
        return f"When {arm} and {against} part cannot be told: no pair of finished runs has its events' digest."
    if parted == 0:
        return f"{_capital(arm)} and {against} never part: the same events happen in {_all(pairs, 'future')}."
    first, median, last = (academic(int(row[name])) for name in ("first", "median", "last"))
    span = f"in {first}" if first == last else f"in {median} in the middle future, between {first} and {last}"
    never = f"; in {pairs - parted:,} of {pairs:,} they never do" if parted < pairs else ""
    return f"The worlds of {arm} and {against} part {span}{never}."


def regret_sentence(rows: Sequence[Row], measure: Measure) -> str:
    """The arm that would be regretted least at worst, of the rows of robust.robust; empty when there is no choice."""
    known = [row for row in rows if math.isfinite(row["max_regret"])]
    if len(known) < 2 or all(row["max_regret"] == 0 for row in known):
        return ""
    if never := [named(row["arm"]) for row in known if row["max_regret"] == 0]:
        return f"{_capital(measure.title)}: {' and '.join(never)} never falls behind the best arm of the same future."
    ordered = sorted(known, key=lambda row: float(row["max_regret"]))
    best, rest = ordered[0], ordered[1:]
    told = [f"{named(row['arm'])} {_size(row['max_regret'], measure.unit)}" for row in rest]
    return (
        f"{_capital(measure.title)}: {named(best['arm'])} falls furthest behind the best arm of the same future by "
        f"{_size(best['max_regret'], measure.unit)}, the least of all ({', '.join(told)})."
    )


def _size(value: float, unit: str) -> str:
    if unit.startswith("£") and 0 < value < 0.5 * 10**-PENCE:
        return "less than a penny"
    return difference(value, value, unit).removeprefix("+")


def satisficing_sentence(row: Row, confidence: float) -> str:
    """One row of robust.satisficing."""
    futures, arm, threshold = int(row["futures"]), named(row["arm"]), row["threshold"]
    if futures == 0:
        return f"{_capital(arm)}: no future in which {threshold} can be judged."
    low, high = (f"{100 * float(row[name]):.0f}%" for name in ("low", "high"))
    often = _often(round(float(row["share"]) * futures), futures, "future")
    return f"{_capital(arm)} does well enough ({threshold}) {often} ({100 * confidence:g}% interval {low} to {high})."


def precision_sentence(wanted: Wanted, found: Reached, measure: Measure) -> str:
    """Whether the precision that the experiment asked for was reached."""
    aim = f"±{_size(wanted.half_width, measure.unit)} at {100 * wanted.confidence:g}% confidence"
    if math.isnan(found.half_width):
        return f"The precision asked for of {measure.title} ({aim}) cannot be judged with {_replicates(found.n)}."
    half = f"±{_size(found.half_width, measure.unit)} for {named(found.arm)} after {_replicates(found.n)}"
    if found.reached:
        return f"The precision asked for of {measure.title} ({aim}) was reached: {half}."
    return (
        f"The precision asked for of {measure.title} ({aim}) was not reached: {half}; "
        f"about {found.needed:,} would be needed."
    )


def _replicates(number: int) -> str:
    return f"{number:,} replicate{'' if number == 1 else 's'}"
