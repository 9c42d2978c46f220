"""The scorecard: each pattern's target beside what the simulations gave, and how well that is.

- The gap is |target − median of replicates|, or their mean where luck is large beside the tolerance; of a shape, half
  the sum of absolute differences between the target's shares and the mean shares of the replicates.
- A pattern passes when its gap is within its tolerance.
- The mean of replicates has a standard error; it is `sure` where that is below a third of the tolerance.
- Implausibility is the gap over √(tolerance² + variance of the simulation between replicates).
- The score is the weighted mean of 1 / (1 + (gap / tolerance)²) over the patterns that count: 1 for no gap, a half
  at the tolerance, towards 0 far away, so that no single failure can outweigh all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.evidence.targets import Target
from matsim.words.amounts import decimals, percent

type Floats = NDArray[np.float64]

SURE = 1.0 / 3.0
"""Part of a tolerance that the standard error of a mean may have for its verdict not to be luck."""
RUNS = 16
"""Runs that give most of the patterns judged on their means such an error."""


@dataclass(frozen=True)
class Scorecard:
    """`patterns`: the scorecard table (see `save.SCORECARD`). `score` from 0 to 1; `passed` of `counted`."""

    patterns: pd.DataFrame
    score: float
    passed: int
    counted: int

    @property
    def share(self) -> float:
        """Share of the counted patterns that pass."""
        return self.passed / self.counted if self.counted else float("nan")


def score(results: pd.DataFrame, targets: Sequence[Target]) -> Scorecard:
    """The scorecard of `evaluate`'s results. A target without results, or with nan, fails with no score."""
    by = dict(list(results.groupby("pattern", sort=False)))
    table = pd.DataFrame([_row(t, by.get(t.id)) for t in targets])
    counted = table.loc[table.counted]
    total = float(counted.weight.sum())
    mean = float((counted.points * counted.weight).sum()) / total if total else float("nan")
    return Scorecard(table, mean, int(counted.passed.sum()), len(counted))


def _row(t: Target, results: pd.DataFrame | None) -> dict[str, object]:
    values = _values(t, results)
    simulated, low, high, gap, variance = _compare(t, values)
    error = float(np.sqrt(variance / len(values))) if len(values) > 1 else float("nan")
    points = 1.0 / (1.0 + (gap / t.tolerance) ** 2) if np.isfinite(gap) else 0.0
    passed = bool(gap <= t.tolerance)
    return {
        "pattern": t.id,
        "group": t.group,
        "title": t.title,
        "quantity": t.quantity,
        "start": t.start,
        "date": t.date,
        "unit": t.unit,
        "target": 0.0 if t.shape else t.value[0],
        "tolerance": t.tolerance,
        "weight": t.weight,
        "source": t.source,
        "evidence": t.evidence,
        "simulated": simulated,
        "low": low,
        "high": high,
        "judged": "distance" if t.shape else t.judged,
        "error": error,
        "sure": bool(error <= SURE * t.tolerance),
        "gap": gap,
        "off": gap / t.tolerance,
        "implausibility": gap / np.sqrt(t.tolerance**2 + variance),
        "points": points,
        "passed": passed,
        "counted": t.counted,
        "explanation": _explanation(t, values, passed),
        "population": t.population,
        "certainty": t.certainty,
        "breaks": t.breaks,
    }


def _values(t: Target, results: pd.DataFrame | None) -> Floats:
    """Replicates by parts: shape (n, parts). Empty without results."""
    if results is None or not len(results):
        return np.empty((0, len(t.parts)))
    wide = results.pivot(index="replicate", columns="part", values="value")
    return wide[list(t.parts)].to_numpy(float)


def _compare(t: Target, values: Floats) -> tuple[float, float, float, float, float]:
    """Simulated middle, 90% band, gap and variance; of a shape, of its distance from the target."""
    nothing = float("nan")
    if not len(values) or not np.isfinite(values).all():
        return nothing, nothing, nothing, float("inf"), 0.0
    target = np.array(t.value)
    if t.shape:
        each = 0.5 * np.abs(values - target).sum(axis=1)
        gap = float(0.5 * np.abs(values.mean(axis=0) - target).sum())
        middle = gap
    else:
        each = values[:, 0]
        middle = _middle(t, each)
        gap = abs(middle - t.value[0])
    low, high = np.quantile(each, [0.05, 0.95])
    variance = float(each.var(ddof=1)) if len(each) > 1 else 0.0
    return middle, float(low), float(high), gap, variance


def _middle(t: Target, values: Floats) -> float:
    """What of a plain number's replicates is compared."""
    return float(np.mean(values) if t.judged == "mean" else np.median(values))


def _explanation(t: Target, values: Floats, passed: bool) -> str:
    """Why a pattern is not counted, or what to think of its failing; empty for one that passes."""
    if not t.counted:
        return t.why_not
    if passed:
        return ""
    if not len(values) or not np.isfinite(values).all():
        return "The simulations gave no such figure: nothing of the kind happened in at least one of them."
    return " ".join(filter(None, (_direction(t, values), t.when_failing)))


def _direction(t: Target, values: Floats) -> str:
    """In which direction the simulations miss, in a sentence."""
    target = np.array(t.value)
    if not t.shape:
        middle = _middle(t, values[:, 0])
        far = abs(middle - t.value[0]) / t.tolerance
        side = "much" if middle > t.value[0] else "little"
        return f"The model gives too {side}, by {decimals(far, 1)} times the tolerance."
    gap = values.mean(axis=0) - target
    over, under = t.parts[int(gap.argmax())], t.parts[int(gap.argmin())]
    most, least = percent(gap.max()), percent(-gap.min())
    return f"The model puts {most} of the whole too much in '{over}', {least} too little in '{under}'."
