"""Scenario discovery: where in the space of the parameters do the failures lie? One box by PRIM, and its worth.

PRIM (Friedman and Fisher 1999, in the EMA Workbench's version; Bryant and Lempert 2010) peels the space layer by
layer towards the failures and leaves a trajectory of ever smaller boxes. The rules here are stated, not chosen by eye:

1. from each box on the trajectory restrictions are taken off, the weakest first, while one has a quasi-p value above
   0.05: the probability, by Bryant and Lempert's binomial test, of a density this high had it told nothing;
2. of what is left, the box with the largest coverage less false alarms (Youden's J, which is 0 for the whole space
   and for a box laid at random, however common failures are); of equals, the one with fewest restrictions;
3. quasi-p values flatter, since the box was sought on the same points. So the whole search (1 and 2) is made again on
   random halves of the points and its box tried on the other half (Mann-Whitney, one-sided). Twice the median of
   those p-values is a p-value (Meinshausen, Meier and Bühlmann 2009). Above 0.05 the answer is: no box.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from matsim.analysis.problem import Crossed, Floats, Input, Problem, coded, library
from matsim.words.amounts import significant

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
        inside: Flags = column >= self.limit if self.kind == "above" else column <= self.limit
        return inside


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
        inside: Flags = np.logical_and.reduce([np.ones(len(self.x), dtype=bool), *(s.holds(self.x) for s in box)])
        return inside

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
        search = prim.Prim(x, failed, obj_function=objective, peel_alpha=PEEL, mass_min=SMALLEST)
        search._prim_box_klass = _limits_only(prim.PrimBox)
        limits = search.find_box().box_lims
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


HALVES = 20
FEWEST_POINTS, FEWEST_OF_A_KIND = 40, 8
FEW_POINTS = 100


@dataclass(frozen=True)
class Restriction:
    """What the box says of one parameter: from `low`, up to `high` (nan where it does not), or one of `values`.

    `quasi_p` is the larger of its sides' quasi-p values; `again` the share of half-samples whose box restricts it.
    """

    name: str
    low: float
    high: float
    values: tuple[Any, ...]
    quasi_p: float
    again: float


@dataclass(frozen=True)
class Discovery:
    """A box, if there is one, and the figures to judge it by. Shares from 0 to 1.

    `futures` and `failures` count points (or runs); `base` is their ratio. `coverage`: share of the failures that lie
    inside; `density`: share of the futures inside that fail; `mass`: share of all futures inside. `unseen`: density
    of the boxes found on half of the points, on the other half (median). `p_value`: see the module. `trajectory`:
    every box on the way (failures, futures, coverage, density, sides, gain). `why` says why there is no box.
    """

    restrictions: tuple[Restriction, ...]
    futures: int
    failures: int
    coverage: float = math.nan
    density: float = math.nan
    mass: float = math.nan
    unseen: float = math.nan
    p_value: float = math.nan
    trajectory: pd.DataFrame | None = None
    why: str = ""

    @property
    def base(self) -> float:
        """Share of all futures that fail."""
        return self.failures / self.futures


def discover(runs: Crossed, failed: Flags, problem: Problem, *, seed: int = 1) -> Discovery:
    """Find the box. `failed` is (points,), or (points, replicates) to take each run as a future of its own.

    Reproducible by `seed`. Points that were drawn together stay together in the halves, and so do the runs of a
    point: the same point on other luck would prove nothing.
    """
    table = failed.reshape(len(runs.x), -1)
    points = Counted(coded(runs.x, problem.inputs), table.sum(axis=1), np.full(len(table), table.shape[1]))
    none = Discovery((), table.size, int(table.sum()))
    if why := _too_few(table, none):
        return replace(none, why=why)
    trajectory = prim_boxes(points, problem.inputs)
    box = best(trajectory, points)
    halves = _halves(points, runs.blocks, problem.inputs, np.random.default_rng(seed))
    searched = replace(none, p_value=halves.p_value, trajectory=_frame(trajectory, points))
    if not box:
        return replace(searched, why="no restriction of any parameter makes failures clearly more common")
    if halves.p_value > LEVEL:
        p_value = significant(halves.p_value, 2)
        why = f"the box that fits best does not hold on points it was not sought on (p = {p_value})"
        few = f"; with {len(table)} points only a strong pattern can be told" if len(table) < FEW_POINTS else ""
        return replace(searched, why=why + few)
    failures, futures = points.counts(box)
    return replace(
        searched,
        restrictions=tuple(_restriction(place, box, points, problem.inputs, halves) for place in _places(box)),
        coverage=failures / none.failures,
        density=failures / futures,
        mass=futures / none.futures,
        unseen=halves.unseen,
    )


def _too_few(table: Flags, none: Discovery) -> str:
    if none.failures in (0, none.futures):
        return "no future fails" if none.failures == 0 else "every future fails"
    failures, successes = int(table.any(axis=1).sum()), int((~table).any(axis=1).sum())
    if len(table) >= FEWEST_POINTS and min(failures, successes) >= FEWEST_OF_A_KIND:
        return ""
    kind = f"{FEWEST_OF_A_KIND} or more"
    need = f"it takes {FEWEST_POINTS} points or more, {kind} of them with a failure and {kind} with a success"
    there = f"of the {len(table)} here {failures} have a failure and {successes} a success"
    return f"too few futures to tell: {need}; {there}"


@dataclass(frozen=True)
class _Halves:
    """What the search on random halves of the points showed."""

    p_value: float
    unseen: float
    restricted: tuple[frozenset[int], ...]


def _halves(points: Counted, blocks: NDArray[np.int64], inputs: Sequence[Input], rng: np.random.Generator) -> _Halves:
    names = np.unique(blocks)
    p_values, unseen, restricted = [], [], []
    for _ in range(HALVES):
        chosen = np.isin(blocks, rng.permutation(names)[: len(names) // 2])
        searched, other = points.part(chosen), points.part(~chosen)
        mixed = 0 < searched.failures.sum() < searched.futures.sum()
        box = best(prim_boxes(searched, inputs), searched) if mixed else ()
        inside, share = other.inside(box), other.failures / other.futures
        restricted.append(frozenset(_places(box)))
        if not box or not inside.any() or inside.all():
            p_values.append(1.0)
            continue
        p_values.append(float(stats.mannwhitneyu(share[inside], share[~inside], alternative="greater").pvalue))
        unseen.append(float(other.failures[inside].sum() / other.futures[inside].sum()))
    return _Halves(min(1.0, 2 * float(np.median(p_values))), float(np.median(unseen or [math.nan])), tuple(restricted))


def _places(box: Box) -> list[int]:
    return list(dict.fromkeys(side.place for side in box))


def _restriction(place: int, box: Box, points: Counted, inputs: Sequence[Input], halves: _Halves) -> Restriction:
    each, sides = inputs[place], [side for side in box if side.place == place]
    limits = {side.kind: each.decoded(side.limit) for side in sides if side.kind != "among" and not each.values}
    allowed: tuple[Any, ...] = ()
    if each.values:
        codes = np.full((len(each.values), len(inputs)), np.nan)
        codes[:, place] = each.coded(pd.Series(each.values, dtype=object))
        inside = np.logical_and.reduce([side.holds(codes) for side in sides])
        allowed = tuple(value for value, holds in zip(each.values, inside, strict=True) if holds)
    weakest = max(quasi_p(side, box, points) for side in sides)
    again = sum(place in restricted for restricted in halves.restricted) / len(halves.restricted)
    return Restriction(each.name, limits.get("above", math.nan), limits.get("below", math.nan), allowed, weakest, again)


def _frame(trajectory: Sequence[Box], points: Counted) -> pd.DataFrame:
    """The trajectory as a table, the whole space first."""
    rows = []
    all_failed = points.counts(())[0]
    for box in trajectory:
        failed, futures = points.counts(box)
        rows.append((failed, futures, failed / all_failed, failed / futures, len(box), points.gain(box)))
    return pd.DataFrame(rows, columns=["failures", "futures", "coverage", "density", "sides", "gain"])
