"""Boxes in the space of the parameters: their limits, what they hold, and how PRIM finds them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from matsim.analysis.problem import Floats, Input, library

LEVEL = 0.05
"""Quasi-p value above which a restriction is taken off."""
SMALLEST = 0.05
"""Share of the futures below which PRIM makes no box."""
PEEL = 0.1
"""Share that a peel takes off a side: 0.05 to 0.1 is usual, and with few points less follows noise."""

type Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Side:
    """One limit of a box: the input's place in the problem, and what it demands of it, coded from 0 to 1."""

    place: int
    kind: str
    limit: float = math.nan
    among: frozenset[float] = frozenset()

    def holds(self, x: Floats) -> Flags:
        """Which of the points (points, inputs) lie on the inner side."""
        column = x[:, self.place]
        if self.kind == "among":
            return np.isin(column, list(self.among))
        found: Flags = column >= self.limit if self.kind == "above" else column <= self.limit
        return found


type Box = tuple[Side, ...]


@dataclass(frozen=True)
class Counted:
    """Points and what happened there: coded inputs (points, inputs), failures and futures (points,)."""

    x: Floats
    failures: NDArray[np.int64]
    futures: NDArray[np.int64]

    def part(self, rows: Flags) -> Counted:
        """Some of the points."""
        return Counted(self.x[rows], self.failures[rows], self.futures[rows])

    def inside(self, box: Sequence[Side]) -> Flags:
        """Which points lie in a box; all of them in one without sides."""
        found: Flags = np.logical_and.reduce([np.ones(len(self.x), dtype=bool), *(s.holds(self.x) for s in box)])
        return found

    def counts(self, box: Sequence[Side]) -> tuple[int, int]:
        """Failures and futures in a box."""
        inside = self.inside(box)
        return int(self.failures[inside].sum()), int(self.futures[inside].sum())

    def gain(self, box: Sequence[Side]) -> float:
        """Youden's J: the share of the failures inside less the share of the successes inside."""
        (failed, futures), (all_failed, all_futures) = self.counts(box), self.counts(())
        return failed / all_failed - (futures - failed) / (all_futures - all_failed)


def best(trajectory: Sequence[Box], points: Counted) -> Box:
    """The box with the largest gain once the sides that tell nothing are off; of equals the one with fewest sides."""
    return max((trimmed(box, points) for box in trajectory), key=lambda box: (round(points.gain(box), 12), -len(box)))


def trimmed(box: Box, points: Counted) -> Box:
    """The box without its weakest side, again and again, while one has a quasi-p value above the level."""
    while box:
        weights = [quasi_p(side, box, points) for side in box]
        worst = weights.index(max(weights))
        if weights[worst] <= LEVEL:
            break
        box = box[:worst] + box[worst + 1 :]
    return box


def quasi_p(side: Side, box: Box, points: Counted) -> float:
    """How likely the box's density is if this side told nothing (Bryant and Lempert 2010): one-sided, binomial."""
    failed, futures = points.counts(box)
    failed_without, futures_without = points.counts([other for other in box if other is not side])
    return float(stats.binom.sf(failed - 1, futures, failed_without / futures_without))


def prim_boxes(points: Counted, inputs: Sequence[Input]) -> list[Box]:
    """The trajectory of boxes by the EMA Workbench, whose import and use of pandas warn of things not ours to mend.

    The objective is Friedman and Fisher's, the density inside. The Workbench's own stops as soon as no peel raises
    the density, which noise brings about early: with its defaults, of a gain of 0.67 planted in 150 points it found
    0.40 on average over twelve trials, and this finds 0.61.
    Words go in as categories of numbers: sets of text would be walked in an order that differs between processes.
    Whole numbers go in as floats: the Workbench pastes half-way values, which pandas refuses in whole columns.
    """
    rows = np.repeat(np.arange(len(points.x)), points.futures)
    failed = np.concatenate([np.arange(n) < k for n, k in zip(points.futures, points.failures, strict=True)])
    x = pd.DataFrame(points.x[rows])
    for place, each in enumerate(inputs):
        if each.choice:
            x[place] = x[place].astype("category")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prim = library("ema_workbench.analysis.prim")
        objective = prim.PRIMObjectiveFunctions.ORIGINAL
        found = prim.Prim(x, failed, obj_function=objective, peel_alpha=PEEL, mass_min=SMALLEST)
        found._prim_box_klass = _limits_only(prim.PrimBox)
        limits = found.find_box().box_lims
    return [_box(each, limits[0], inputs) for each in limits]


def _limits_only(box: type[Any]) -> type[Any]:
    """The Workbench's box without its figures: two thirds of the search, and we count our own."""

    def update(self: Any, box_lims: pd.DataFrame, indices: NDArray[np.intp]) -> None:
        self.yi = indices
        self.box_lims.append(box_lims)

    return type("LimitsOnly", (box,), {"update": update, "stats": {}})


def _box(limits: pd.DataFrame, whole: pd.DataFrame, inputs: Sequence[Input]) -> Box:
    """The Workbench's limits as sides, leaving out those that are the whole space's."""
    sides = []
    for place in map(int, limits.columns):  # a choice that has one value in all points is not among them
        (low, high), (least, most) = limits[place], whole[place]
        if inputs[place].choice:
            sides += [Side(place, "among", among=frozenset(low))] if low != least else []
            continue
        sides += [Side(place, "above", float(low))] if low > least else []
        sides += [Side(place, "below", float(high))] if high < most else []
    return tuple(sides)
