"""A discovered box in words."""

from __future__ import annotations

import math

import pandas as pd

from matsim.analysis.discovery import Discovery, Restriction
from matsim.analysis.findings import Finding
from matsim.analysis.problem import Input, Problem, as_typed
from matsim.words.amounts import count, percent, significant
from matsim.words.phrases import capital, inner

UNSAID = ("ratio", "share", "switch", "choice")
"""Units that a number does without."""
OFTEN = 0.5
"""Share of the half-samples in which a restriction should come back."""


def box_finding(found: Discovery, problem: Problem, claim: str, failure: str, futures: str = "points") -> Finding:
    """The box as a finding. `claim` is what is said of the arm ("growth first fails"), `failure` what that means."""
    title = f"Where {claim} ({failure})"
    how_many = f"That is so in {count(found.failures)} of {count(found.futures)} {futures} ({percent(found.base)})."
    if not found.restrictions:
        return Finding("box", title, pd.DataFrame(), (), (), [how_many, f"No box: {found.why}."])
    inputs = {each.name: each for each in problem.inputs}
    firm = [each for each in found.restrictions if each.again >= OFTEN]
    where = " and ".join(_where(each, inputs[each.name]) for each in firm)
    lines = [
        how_many,
        f"{capital(claim)} where {where}." if firm else "A box was found, of limits that may be spurious.",
        f"The box holds {percent(found.coverage)} of the failures in {percent(found.mass)} of the {futures}; "
        f"{percent(found.density)} of the {futures} there fail ({percent(found.base)} overall).",
        f"Sought on half of the points, such boxes had {percent(found.unseen)} failures on the other half "
        f"(median; p {_p(found.p_value)} that there is no such box).",
    ]
    loose = [each.name for each in found.restrictions if each.again < OFTEN]
    if loose:
        lines.append(
            "Also in the box, and perhaps spurious (found again in fewer than half of the half-samples): "
            f"{', '.join(loose)}."
        )
    frame = pd.DataFrame([vars(each) for each in found.restrictions]).astype({"values": str})
    rows = [
        (
            each.name,
            _limits(each),
            inputs[each.name].across,
            _p(each.quasi_p).removeprefix("= "),
            percent(each.again),
        )
        for each in found.restrictions
    ]
    return Finding("box", title, frame, ("parameter", "fails", "range", "quasi-p", "found again"), rows, lines)


def _where(each: Restriction, known: Input) -> str:
    meaning = known.meaning.rstrip(".")
    means = f" ({inner(meaning)})" if meaning else ""
    unit = f" {known.unit}" if known.unit and known.unit not in UNSAID and not each.values else ""
    return f"{each.name}{means} is {_limits(each)}{unit} (its range is {known.across})"


def _limits(each: Restriction) -> str:
    if each.values:
        return " or ".join(map(as_typed, each.values))
    sides = []
    if not math.isnan(each.low):
        sides.append(f"above {significant(each.low)}")
    if not math.isnan(each.high):
        sides.append(f"below {significant(each.high)}")
    return " and ".join(sides)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {significant(value, 2)}"
