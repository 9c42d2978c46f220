"""A discovered box in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from matsim.analysis.discovery import Discovery, Restriction
from matsim.analysis.findings import Finding
from matsim.analysis.problem import Input, Problem

UNSAID = ("ratio", "share", "switch", "choice")
"""Units that a number does without."""
OFTEN = 0.5
"""Share of the half-samples in which a restriction should come back."""


def box_finding(found: Discovery, problem: Problem, claim: str, failure: str, futures: str = "points") -> Finding:
    """The box as a finding. `claim` is what is said of the arm ("growth first fails"), `failure` what that means."""
    title = f"Where {claim} ({failure})"
    count = f"That is so in {found.failures:,} of {found.futures:,} {futures} ({found.base:.0%})."
    if not found.restrictions:
        return Finding("box", title, pd.DataFrame(), (), (), [count, f"No box: {found.why}."])
    inputs = {each.name: each for each in problem.inputs}
    firm = [each for each in found.restrictions if each.again >= OFTEN]
    where = " and ".join(_where(each, inputs[each.name]) for each in firm)
    lines = [
        count,
        f"{claim[:1].upper()}{claim[1:]} where {where}."
        if firm
        else "A box was found, of limits that may be spurious.",
        f"The box holds {found.coverage:.0%} of the failures in {found.mass:.0%} of the {futures}; {found.density:.0%} "
        f"of the {futures} there fail ({found.base:.0%} overall).",
        f"Sought on half of the points, such boxes had {found.unseen:.0%} failures on the other half "
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
        (each.name, _limits(each), _range(inputs[each.name]), _p(each.quasi_p).removeprefix("= "), f"{each.again:.0%}")
        for each in found.restrictions
    ]
    return Finding("box", title, frame, ("parameter", "fails", "range", "quasi-p", "found again"), rows, lines)


def _where(each: Restriction, known: Input) -> str:
    meaning = known.meaning.rstrip(".")
    means = f" ({meaning[:1].lower()}{meaning[1:]})" if meaning else ""
    unit = f" {known.unit}" if known.unit and known.unit not in UNSAID and not each.values else ""
    return f"{each.name}{means} is {_limits(each)}{unit} (its range is {_range(known)})"


def _limits(each: Restriction) -> str:
    if each.values:
        return " or ".join(map(_said, each.values))
    sides = []
    if not math.isnan(each.low):
        sides.append(f"above {_number(each.low, 3)}")
    if not math.isnan(each.high):
        sides.append(f"below {_number(each.high, 3)}")
    return " and ".join(sides)


def _range(known: Input) -> str:
    return ", ".join(map(_said, known.values)) if known.values else f"{_number(known.low)} to {_number(known.high)}"


def _number(value: float, figures: int = 6) -> str:
    return f"{value:.{figures}g}".replace("-", "−")


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2g}"
