"""The land a synthetic England is laid on, roughly placed and shaped like the real regions, and its authorities.

Area goes with the number of schools, so that density does not depend on how many are asked for. Local authorities are
compact areas of unequal size within each region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.world.base import RSC_REGIONS
from matsim.world.luck import WorldLuck

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

ENGLAND_SCHOOLS = 20_000
ENGLAND_KM2 = 130_000.0
"""Mainstream schools, and square kilometres, of the country the outlines below are drawn for."""

AREA_SCHOOLS = 1_000
"""With fewer schools than this and no region named, the world is one area of the region below."""
AREA_REGION = RSC_REGIONS.index("West Midlands")

REGION_SHARE = np.array([0.142, 0.152, 0.107, 0.123, 0.143, 0.087, 0.109, 0.137])
"""Share of schools by region, in the order of RSC_REGIONS (gias-2018, authorities put to regions as in
matsim.world.regions, whose membership is assumed)."""

_CAPITAL = (530, 180)
_OUTLINES: tuple[tuple[tuple[int, int], ...], ...] = (
    (_CAPITAL, (525, 260), (470, 270), (410, 215), (425, 165)),
    (_CAPITAL, (425, 165), (400, 85), (610, 100), (640, 165)),
    (_CAPITAL, (640, 165), (655, 260), (635, 340), (540, 340), (525, 260)),
    ((470, 270), (525, 260), (540, 340), (550, 420), (480, 450), (410, 390)),
    ((335, 385), (410, 390), (480, 450), (370, 475), (335, 450)),
    ((335, 450), (370, 475), (480, 450), (550, 420), (515, 490), (430, 650), (335, 560)),
    ((150, 30), (400, 85), (425, 165), (410, 215), (345, 200), (225, 145)),
    ((410, 215), (470, 270), (410, 390), (335, 385), (325, 300), (345, 200)),
)
"""Invented outlines, km on the national grid, anticlockwise, by region: a rough likeness, not a map."""

CORE = 0.6
"""Distance from a region's middle goes as luck to this power: 0.5 is uniform, more leaves remote edges (fitted)."""


@dataclass(frozen=True)
class Land:
    """Outlines in km by region; the capital's point; and the sector of it each region holds.

    `sector` (8, 2): the angle at which a region's sector starts and its width, radians; width 0 elsewhere.
    """

    outlines: tuple[Floats, ...]
    capital: Floats
    sector: Floats


def apportion(weights: Floats | Ints, total: int) -> Ints:
    """Whole numbers in proportion to `weights` that sum to `total`; no part is off by one or more."""
    if len(weights) == 0 or weights.sum() <= 0:
        return np.zeros(len(weights), np.int64)
    # rounding the running total, not each part, keeps the sum exact
    steps = np.floor(np.cumsum(weights) / weights.sum() * total + 0.5).astype(np.int64)
    return np.diff(steps, prepend=0)


def region_counts(schools: int, region: int | None) -> Ints:
    """Schools in each of the eight regions: all in one when it is named or the world is a single area."""
    if region is None and schools >= AREA_SCHOOLS:
        return apportion(REGION_SHARE, schools)
    counts = np.zeros(len(RSC_REGIONS), np.int64)
    counts[AREA_REGION if region is None else region] = schools
    return counts


def survey(counts: Ints) -> Land:
    """Land for `counts` schools by region.

    A slice shrinks towards its own middle; a larger country grows from the grid's origin, so that
    coordinates stay positive.
    """
    drawn = [np.array(points, float) for points in _OUTLINES]
    whole = np.sqrt(ENGLAND_KM2 / sum(_area(points) for points in drawn))
    scale = whole * np.sqrt(counts.sum() / (ENGLAND_SCHOOLS * REGION_SHARE[counts > 0].sum()))
    middle = np.concatenate([p for p, c in zip(drawn, counts, strict=True) if c]).mean(axis=0)
    anchor = middle if scale < 1.0 else np.zeros(2)
    sector = np.zeros((len(drawn), 2))
    for r, points in enumerate(_OUTLINES):
        if points[0] == _CAPITAL:
            ends = drawn[r][[1, -1]] - drawn[r][0]
            angle = np.arctan2(ends[:, 1], ends[:, 0])
            sector[r] = angle[0], (angle[1] - angle[0]) % (2 * np.pi)
    return Land(
        tuple(anchor + (points - anchor) * scale for points in drawn),
        anchor + (np.array(_CAPITAL, float) - anchor) * scale,
        sector,
    )


def scatter(region: Ints, land: Land, luck: WorldLuck, name: str) -> Floats:
    """(n, 2) points in km, each within the outline of its `region` (n,), denser towards the middle."""
    rows = np.arange(len(region))
    which = luck.uniform(f"{name}/triangle", 0, rows)
    root = luck.uniform(f"{name}/along", 0, rows)[:, None] ** CORE
    across = luck.uniform(f"{name}/across", 0, rows)[:, None]
    place = np.zeros((len(region), 2))
    for r, points in enumerate(land.outlines):
        here = np.flatnonzero(region == r)
        centre, turned = points.mean(axis=0), np.roll(points, -1, axis=0)
        edge, following = points - centre, turned - centre
        area = np.abs(edge[:, 0] * following[:, 1] - edge[:, 1] * following[:, 0])
        t = np.searchsorted(np.cumsum(area) / area.sum(), which[here], side="right").clip(max=len(area) - 1)
        side = points[t] * (1.0 - across[here]) + turned[t] * across[here]
        place[here] = centre + root[here] * (side - centre)
    return place


def inside(xy: Floats, region: Ints, land: Land) -> NDArray[np.bool_]:
    """Whether each point (n, 2) lies within the outline of its region: crossings of a ray to the east."""
    answer = np.zeros(len(xy), bool)
    for r, points in enumerate(land.outlines):
        here = np.flatnonzero(region == r)
        x, y = xy[here, 0, None], xy[here, 1, None]
        (x0, y0), (x1, y1) = points.T, np.roll(points, -1, axis=0).T
        level = np.where(y1 == y0, np.inf, y1 - y0)
        crosses = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / level * (x1 - x0))
        answer[here] = crosses.sum(axis=1) % 2 == 1
    return answer


def _area(points: Floats) -> float:
    x, y = points.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2.0)


AUTHORITIES = np.array([29, 22, 14, 16, 22, 15, 15, 19])
"""Authorities by region in a country of 20,000 schools (gias-2018; which region each is in is assumed, as in
matsim.world.regions)."""
SIZE_SPREAD = 0.6
"""Standard deviation of the logarithm of schools per authority, before cuts move (fitted: p5, median and p95
are 38, 87 and 370 in gias-2018)."""
LEEWAY = 0.25
"""How far a cut may move to a sparser place, as a share of the schools on its smaller side (assumed)."""
FIRST_CODE = 5_001
"""Above every code in use, so that no synthetic authority is taken for a real one."""


def authorities(xy: Floats, region: NDArray[np.int8], luck: WorldLuck) -> Ints:
    """(n,) local authority codes: each region is cut across its longer side, again and again."""
    code = np.zeros(len(xy), np.int64)
    following = FIRST_CODE
    for r in range(len(RSC_REGIONS)):
        here = np.flatnonzero(region == r)
        if len(here) == 0:
            continue
        wanted = AUTHORITIES[r] * len(here) / (ENGLAND_SCHOOLS * REGION_SHARE[r])
        count = max(1, min(round(float(wanted)), len(here)))
        slots = np.arange(following - FIRST_CODE, following - FIRST_CODE + count)
        weight = np.exp(SIZE_SPREAD * luck.normal("world/authorities", 0, slots))
        for part in _cut(xy, here, weight):
            code[part] = following
            following += 1
    return code


def _cut(xy: Floats, rows: Ints, weight: Floats) -> list[Ints]:
    """Split `rows` into one compact group per weight, of about that share of schools, at least one in each.

    The cut goes where schools lie sparsest near the place that the weights ask for.
    """
    if len(weight) == 1:
        return [rows]
    n, half = len(rows), len(weight) // 2
    here = xy[rows]
    longer = int(np.argmax(np.ptp(here, axis=0)))
    by_place = np.argsort(here[:, longer], kind="stable")
    along, order = here[by_place, longer], rows[by_place]
    wanted = round(float(weight[:half].sum() / weight.sum()) * n)
    least, most = half, n - (len(weight) - half)
    leeway = int(LEEWAY * min(wanted, n - wanted))
    near = np.arange(max(least, wanted - leeway), min(most, wanted + leeway) + 1)
    at = int(np.clip(wanted, least, most))
    if len(near):
        around = max(1, n // 100)
        gap = along[np.minimum(near + around, n - 1)] - along[np.maximum(near - around, 0)]
        at = int(near[np.argmax(gap)])
    return _cut(xy, order[:at], weight[:half]) + _cut(xy, order[at:], weight[half:])
