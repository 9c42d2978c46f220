"""How well a difference is known, whether that is well enough, and how many replicates it would take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from matsim.analysis.frame import Sweep, values
from matsim.analysis.intervals import Spread, half_width, spread_of_luck
from matsim.analysis.paired import as_grid, differences
from matsim.results.store import Result

MOST = 10_000_000
"""Replicates beyond which the number needed is not worked out."""


class Wanted(Protocol):
    """What an experiment asks for; its own PrecisionWanted is one."""

    @property
    def measure(self) -> str: ...
    @property
    def half_width(self) -> float: ...
    @property
    def confidence(self) -> float: ...
    @property
    def at_least(self) -> int: ...
    @property
    def at_most(self) -> int: ...


@dataclass(frozen=True)
class Precision:
    """How well a measure's paired difference has to be known; see the experiment's own PrecisionWanted."""

    measure: str
    half_width: float
    confidence: float = 0.95
    at_least: int = 8
    at_most: int = 200


@dataclass(frozen=True)
class Reached:
    """Whether the precision is there. `half_width` is nan, and `needed` at_least, with too few replicates to tell.

    `n` counts the replicates that the least well known arm has; `needed` how many would do, if luck goes on as
    it has; `arm` is the least well known one.
    """

    reached: bool
    half_width: float
    needed: int
    n: int
    arm: str = ""


def reached(source: Result | Sweep | pd.DataFrame, wanted: Wanted, baseline: str) -> Reached:
    """Whether every arm's mean paired difference from the baseline is known as well as wanted.

    `source` is a sweep, or a frame as from frame.values of the wanted measure. With no arm but the baseline it
    is the measure's own mean. The half-width is that of luck, the design's points as they are, since that is
    what replicates narrow; arms are taken together (Bonferroni), as in paired. It is never reached before
    `at_least` replicates.

    Stopping as soon as an interval is narrow enough favours moments at which the spread happens to look small:
    the interval then covers the truth somewhat less often than it says, and by most when one begins with few
    replicates (Chow & Robbins 1965, Annals of Mathematical Statistics 36, 457–462, show that the loss vanishes as
    the width shrinks). `at_least` guards against it: with normal luck and a width that takes some twenty replicates,
    a 95% interval covered 88% when begun with 2, 92% with 4, 93% with 8 and 95% with 16. For simulations the method
    is that of Hoad, Robinson & Davies 2010, Journal of the Operational Research Society 61, 1632–1644.
    """
    frame = source if isinstance(source, pd.DataFrame) else values(source, wanted.measure)
    joined = differences(frame, baseline)
    if joined.empty:
        joined = frame[frame["arm"] == baseline].assign(difference=frame["value"])
    arms = [str(name) for name in joined["arm"].unique()]
    each = [_reached(name, joined[joined["arm"] == name], wanted, len(arms)) for name in arms]
    if not each:
        return Reached(False, math.nan, wanted.at_least, 0)
    return max(each, key=lambda r: (not r.reached, r.needed, 0.0 if math.isnan(r.half_width) else r.half_width))


def _reached(arm: str, part: pd.DataFrame, wanted: Wanted, statements: int) -> Reached:
    grid = as_grid(part.dropna(subset=["difference"]), "difference")
    spread, n = spread_of_luck(grid), len(grid)
    half = half_width(spread, wanted.confidence, statements)
    if math.isnan(half):
        return Reached(False, half, wanted.at_least, n, arm)
    needed = max(wanted.at_least, _needed(spread, n, wanted, statements))
    return Reached(n >= wanted.at_least and half <= wanted.half_width, half, needed, n, arm)


def _needed(spread: Spread, n: int, wanted: Wanted, statements: int) -> int:
    """The fewest replicates whose interval would be narrow enough with the variance seen so far."""
    one = spread.variance * n  # of one draw of luck: the mean's falls with their number

    def narrow(count: int) -> bool:
        return half_width(Spread(one / count, count - 1.0), wanted.confidence, statements) <= wanted.half_width

    low, high = 1, 2
    # doubled until it does, then halved in between: the width has no inverse, since t depends on the count too
    while not narrow(high) and high < MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if narrow(middle) else (middle, high)
    return high


def precision_wanted(experiment: dict[str, Any]) -> Precision | None:
    """The precision that an experiment's file asks for, from the file's content; None when it asks for none."""
    wanted = experiment.get("precision")
    return Precision(**wanted) if wanted else None
