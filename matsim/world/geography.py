"""Where schools lie and how long it takes to get from one to another.

Travel time is approximated from straight-line distance: a fixed start, a detour factor, and a speed that is
low where schools lie densely (streets) and rises with the length of the journey (main roads). Published
drive times between schools were not found, so the constants are assumed and stated (docs/decisions).
Nothing here moves during a run: neighbours are computed once for a world and shared between runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.evidence.parameters import Params, param
from matsim.world.codes import SECTOR, Sector, mainstream

type Floats = NDArray[np.floating]

NEAR_PRIMARIES = 32
NEAR_SECONDARIES = 24
"""How many neighbours of each kind are kept for every school: enough to reach well over 20 minutes."""
NEAR_SPECIALISTS = 12
"""How many specialist schools are kept for every school of a world that has any: about one in sixteen is one."""

DENSITY_RANK = 10
"""A place is as dense as its distance to this many mainstream schools is short."""

_ENDS = np.cumsum([NEAR_PRIMARIES, NEAR_SECONDARIES, NEAR_SPECIALISTS]).tolist()


class TravelParams(Params):
    """How minutes follow from kilometres."""

    start: float = param(2.0, "minutes", "assumed: leaving one school and parking at another", plausible=(1, 5))
    """Minutes that any journey between two schools takes before distance counts."""
    detour: float = param(1.3, "ratio", "assumed: usual ratio of road to straight distance", plausible=(1.2, 1.5))
    """Road distance over straight-line distance."""
    town_speed: float = param(24.0, "km per hour", "assumed: urban streets at school times", plausible=(16, 32))
    """Speed of a short journey where the tenth nearest school is within a kilometre."""
    country_speed: float = param(48.0, "km per hour", "assumed: rural roads", plausible=(36, 60))
    """Speed of a short journey where the tenth nearest school is five kilometres away or more."""
    road_speed: float = param(80.0, "km per hour", "assumed: main roads over long journeys", plausible=(60, 100))
    """Speed that long journeys approach."""
    road_km: float = param(25.0, "km", "assumed: main roads take over at about this length", plausible=(10, 50))
    """Journey length at which speed is half-way between local and main-road speed."""


def minutes(km: Floats, sparsity: Floats, p: TravelParams) -> NDArray[np.float64]:
    """Minutes by car for straight-line `km` where the two ends' mean sparsity is `sparsity` (km); same shape."""
    rural = np.minimum(np.log(np.maximum(sparsity, 1.0)) / np.log(5.0), 1.0)
    local = p.town_speed + (p.country_speed - p.town_speed) * rural
    speed = local + (p.road_speed - local) * km / (km + p.road_km)
    return np.asarray(p.start + 60.0 * p.detour * km / speed, dtype=np.float64)


def farthest(time: float, p: TravelParams) -> float:
    """Kilometres that no journey of so many minutes can be longer than, wherever it is."""
    speed = max(p.town_speed, p.country_speed, p.road_speed)
    return max(time - p.start, 0.0) * speed / (60.0 * p.detour)


@dataclass(frozen=True)
class Neighbours:
    """For each of n schools its nearest others: 32 primaries, then 24 secondaries (all-through among them).

    Where the world has specialist schools, then also 12 of these. `index` (n, 56) or (n, 68) int32, −1 where there are
    not so many; `minutes` and `km` of that shape, float32, inf there; `sparsity` (n,) float64: km to the tenth nearest
    mainstream school.
    """

    index: NDArray[np.int32]
    minutes: NDArray[np.float32]
    km: NDArray[np.float32]
    sparsity: NDArray[np.float64]

    def of_sector(self, sector: int) -> slice:
        """Which columns hold neighbours of the sector: none where the world has no schools of it."""
        return slice(_ENDS[sector - 1] if sector else 0, _ENDS[sector])

    def peers(self, sector: NDArray[np.int8]) -> Near:
        """Each school's nearest of its own sector, nearest first: 24, or 12 specialist ones. `sector` (n,)."""
        later = (sector == Sector.SECONDARY)[:, None]
        near, far = self.of_sector(Sector.PRIMARY), self.of_sector(Sector.SECONDARY)
        index, minutes = (
            np.where(later, of[:, far], of[:, near][:, :NEAR_SECONDARIES]) for of in (self.index, self.minutes)
        )
        few = np.flatnonzero(sector == Sector.SPECIALIST)
        if len(few):
            theirs = self.of_sector(Sector.SPECIALIST)
            index[few], minutes[few] = -1, np.inf
            index[few, :NEAR_SPECIALISTS] = self.index[few, theirs]
            minutes[few, :NEAR_SPECIALISTS] = self.minutes[few, theirs]
        return Near(_by_place(np.where(index >= 0, index, len(index))), np.ascontiguousarray(minutes.T))

    def within(self, time: float) -> Near:
        """Each school's neighbours that are no farther away than so many minutes, in their places among all."""
        index = np.where(self.minutes <= time, self.index, len(self.index))
        return Near(_by_place(index), self.minutes.T)


@dataclass(frozen=True)
class Near:
    """For each of n schools k others, a row for each place among them: long rows are added up faster than short ones.

    `index` (k, n): rows of schools; n, one beyond the last, where there is none. `minutes` (k, n) float32.
    """

    index: NDArray[np.intp]
    minutes: NDArray[np.float32]

    def values[Value: np.generic](self, column: NDArray[Value], count: int | None = None) -> NDArray[Value]:
        """A column at the first `count` others of every school: (count, n); 0 where there is none."""
        # one element more answers for those that are not there
        return np.concatenate((column, np.zeros(1, column.dtype))).take(self.index[:count], mode="clip")

    def most[Value: np.generic](self, rows: NDArray[np.intp], column: NDArray[Value]) -> NDArray[Value]:
        """The greatest value of a column, 0 or above, at the others of each of some schools; 0 where there is none."""
        column = np.concatenate((column, np.zeros(1, column.dtype)))
        greatest = np.zeros(len(rows), column.dtype)
        # a place at a time: all at once would not fit where processors work fastest
        for others in self.index:
            np.maximum(greatest, column.take(others.take(rows), mode="clip"), out=greatest)
        return greatest


def _by_place(index: NDArray[np.integer]) -> NDArray[np.intp]:
    """Neighbours (n, k) as (k, n)."""
    return np.ascontiguousarray(index.T, dtype=np.intp)


def neighbours(easting: Floats, northing: Floats, phase: NDArray[np.int8], p: TravelParams) -> Neighbours:
    """Find every school's neighbours from coordinates in metres. Cost grows as n log n."""
    xy = np.column_stack([easting, northing]) / 1000.0
    sector = SECTOR[phase]
    sparsity = _sparsity(xy, mainstream(phase))
    blocks = []
    for of, count in enumerate((NEAR_PRIMARIES, NEAR_SECONDARIES, NEAR_SPECIALISTS)):
        rows = np.flatnonzero(sector == of).astype(np.int32)
        # a world without specialist schools goes without their block: it would only cost time and memory
        if len(rows) or of != Sector.SPECIALIST:
            blocks.append(_nearest(xy, rows, count))
    index = np.concatenate([b[0] for b in blocks], axis=1)
    km = np.concatenate([b[1] for b in blocks], axis=1)
    both = (sparsity[:, None] + sparsity[np.maximum(index, 0)]) / 2.0
    with np.errstate(invalid="ignore"):
        time = np.where(index >= 0, minutes(km, both, p), np.inf)
    return Neighbours(index, time.astype(np.float32), km.astype(np.float32), sparsity)


def _sparsity(xy: Floats, counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Km from every school to the tenth nearest of those that are counted; of all where none is."""
    if counted.all() or not counted.any():
        return _kth_distance(xy, min(DENSITY_RANK, max(len(xy) - 1, 1)))
    # so that a mainstream school's journeys are the same with specialist schools beside it and without
    result = np.empty(len(xy))
    result[counted] = _kth_distance(xy[counted], min(DENSITY_RANK, max(int(counted.sum()) - 1, 1)))
    rank = min(DENSITY_RANK, int(counted.sum()))
    result[~counted] = cKDTree(xy[counted]).query(xy[~counted], k=[rank])[0][:, 0]
    return result


def _kth_distance(xy: Floats, k: int) -> NDArray[np.float64]:
    if len(xy) < 2:
        return np.full(len(xy), 5.0)
    distances, _ = cKDTree(xy).query(xy, k=[k + 1])
    return np.asarray(distances[:, 0], dtype=np.float64)


def _nearest(xy: Floats, rows: NDArray[np.int32], count: int) -> tuple[NDArray[np.int32], Floats]:
    """The `count` nearest of `rows` to every point, itself left out; padded with −1 and inf."""
    n = len(xy)
    index = np.full((n, count), -1, np.int32)
    km = np.full((n, count), np.inf)
    if len(rows) == 0:
        return index, km
    k = min(count + 1, len(rows))
    # a point among `rows` finds itself too; not always first, where another school is on the same spot
    distance, places = cKDTree(xy[rows]).query(xy, k=list(range(1, k + 1)))
    chosen = rows[places]
    distance = np.where(chosen == np.arange(n)[:, None], np.inf, distance)
    order = np.argsort(distance, axis=1, kind="stable")[:, :count]
    distance = np.take_along_axis(distance, order, axis=1)
    chosen = np.where(np.isinf(distance), -1, np.take_along_axis(chosen, order, axis=1))
    index[:, : chosen.shape[1]] = chosen
    km[:, : distance.shape[1]] = distance
    return index, km
