"""Where the towns, the countryside and the schools of a synthetic England lie.

Each region has towns of Zipf-like size, satellites around the larger ones, and villages between; one
metropolis lies where three regions meet. Numbers called fitted were chosen so that a country of 20,000
schools has the nearest-school distances and the counts within 5, 10 and 20 km of evidence §3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.world.land import ENGLAND_SCHOOLS, Floats, Ints, Land, apportion, inside, region_counts, scatter, survey
from matsim.world.luck import WorldLuck

PHASE_COUNTS = {"primary": 16_781, "secondary": 3_246, "all-through": 158}
"""Schools by phase; middle schools count with the phase they are deemed (source gias-2022, evidence §3)."""

VILLAGE_SHARE = np.array([0.174, 0.223, 0.384, 0.307, 0.055, 0.369, 0.533, 0.216])
"""Share of primaries whose tenth nearest school is over 4.5 km away, by RSC region (source gias-2018)."""
VILLAGES = 0.50
"""Villages proper as a part of that share; the rest of those primaries are in the smallest towns (fitted)."""
SPARE_VILLAGES = 1.33
"""Candidate villages beyond those kept: the ones most crowded by other schools are dropped (fitted)."""
METROPOLIS = 0.13
"""Share of all primaries that lie in the metropolis (gias-2018: 0.107 are in London; plus its suburbs)."""
METROPOLIS_SIZE = METROPOLIS * ENGLAND_SCHOOLS * PHASE_COUNTS["primary"] / sum(PHASE_COUNTS.values())
"""Primaries of the metropolis in a country of 20,000 schools: it is as dense as that in any world."""
METROPOLIS_LIMIT = 0.7
"""At most this part of a region's town primaries lie in the metropolis (assumed; binds in slices only)."""
SMALLEST_TOWN, LARGEST_TOWN, TOWN_EXPONENT = 3.2, 660.0, 1.26
"""Primaries in a town follow a Pareto law between these two (assumed shape, fitted)."""
LARGEST_PART = 0.4
"""The largest town of a small world has at most this part of its town primaries (assumed)."""
SPARE_TOWNS = 1.0
"""Candidate towns beyond those kept, dropped by the same rule."""
SATELLITES, SATELLITE_REACH = 0.36, 3.6
"""Share of towns that lie around a larger one, and their mean gap in sums of both radii (fitted)."""
PAIRED, PAIR_KM = 0.045, (0.03, 0.25)
"""Share of town primaries beside another, as infant and junior schools are, and how near (fitted)."""
TOWN_DENSITY, DENSITY_GROWTH = 0.341, 0.244
"""Primaries per km² in a town of one primary, and the power of town size by which it rises (fitted)."""
SPREAD = 1.44
"""How far schools stray from an even spread over their town, in mean spacings (fitted)."""
SECONDARY_FLOOR, SECONDARY_POWER = 0.9, 1.05
"""A town draws secondaries as (primaries − floor) ** power, so that the smallest go without (fitted)."""
SECONDARY_CENTRAL = 0.77
"""Secondaries lie within this part of their town's radius: nearer the middle than primaries (fitted)."""
TOWN_SHARE = 1.0 - VILLAGES * float(VILLAGE_SHARE.mean())
"""Share of primaries that are in towns."""
GOLDEN_ANGLE = float(np.pi * (3.0 - np.sqrt(5.0)))


@dataclass(frozen=True)
class Places:
    """The n schools by place: `xy` (n, 2) km; `phase`, `region` (n,) int8; `place` (n,) int64.

    Places 0 to `towns` − 1 are towns; every village is a further place. `size` (n,): primaries in the
    school's town; 1 in a village.
    """

    xy: Floats
    phase: NDArray[np.int8]
    region: NDArray[np.int8]
    place: Ints
    size: Floats
    towns: int


@dataclass(frozen=True)
class _Towns:
    """Towns, largest first within each region: centre (k, 2) km, primaries, region, radius km, sector."""

    centre: Floats
    primaries: Ints
    region: Ints
    radius: Floats
    sector: Floats


def lay_out(schools: int, region: int | None, luck: WorldLuck) -> Places:
    """Lay out `schools` schools over the whole country, or over one region (index into RSC_REGIONS)."""
    counts = region_counts(schools, region)
    land = survey(counts)
    by_phase = apportion(np.array(list(PHASE_COUNTS.values())), schools)
    primaries = apportion(counts, int(by_phase[0]))
    villages = np.round(primaries * VILLAGE_SHARE * VILLAGES).astype(np.int64)
    towns = _settle(primaries - villages, land, luck)
    lower = np.repeat(np.arange(len(towns.primaries)), towns.primaries)
    upper_count = _secondaries(towns, counts - primaries)
    upper = np.repeat(np.arange(len(upper_count)), upper_count)
    lower_xy = _pair_up(_spread(towns, towns.primaries, luck, "world/primaries"), lower, luck)
    upper_xy = _spread(towns, upper_count, luck, "world/secondaries", SECONDARY_CENTRAL)
    village_xy, rural = _with_room(villages, SPARE_VILLAGES, lower_xy, land, luck, "world/villages")
    size = towns.primaries.astype(float)
    return Places(
        xy=np.concatenate([lower_xy, village_xy, upper_xy]),
        phase=_phases(by_phase, luck),
        region=np.concatenate([towns.region[lower], rural, towns.region[upper]]).astype(np.int8),
        place=np.concatenate([lower, len(size) + np.arange(len(rural)), upper]),
        size=np.concatenate([size[lower], np.ones(len(rural)), size[upper]]),
        towns=len(size),
    )


def _phases(by_phase: Ints, luck: WorldLuck) -> NDArray[np.int8]:
    """Primaries first; all-through schools are drawn from among the rest."""
    upper = np.arange(by_phase[0], by_phase.sum())
    through = np.argsort(luck.uniform("world/all-through", 0, upper), kind="stable")[: by_phase[2]]
    phase = np.repeat(np.array([0, 1], np.int8), [by_phase[0], len(upper)])
    phase[upper[through]] = 2
    return phase


def _settle(primaries: Ints, land: Land, luck: WorldLuck) -> _Towns:
    """Share each region's town primaries among the metropolis and towns, and place the towns."""
    wanted = METROPOLIS * primaries.sum() / TOWN_SHARE * land.sector[:, 1] / (2 * np.pi)
    capital = np.minimum(wanted, METROPOLIS_LIMIT * primaries).astype(np.int64)
    laws = [_town_sizes(int(n)) for n in primaries - capital]
    parts = [np.append([c] if c else [], sizes).astype(np.int64) for c, (sizes, _) in zip(capital, laws, strict=True)]
    usual = [np.append([METROPOLIS_SIZE] if c else [], law) for c, (_, law) in zip(capital, laws, strict=True)]
    size, stands_for = np.concatenate(parts), np.concatenate(usual)
    region = np.repeat(np.arange(len(parts)), [len(p) for p in parts])
    leads = np.diff(region, prepend=-1) > 0
    metro = leads & (capital[region] > 0)
    sector = np.where(metro[:, None], land.sector[region], [0.0, 2 * np.pi])
    radius = np.sqrt(size / (TOWN_DENSITY * stands_for**DENSITY_GROWTH * sector[:, 1] / 2.0))
    alone, _ = _with_room(
        np.bincount(region, minlength=len(parts)), SPARE_TOWNS, np.zeros((0, 2)), land, luck, "world/towns"
    )
    alone[metro] = land.capital
    centre = _gather(alone, leads, size, radius, region, luck)
    kept = inside(centre, region, land)[:, None]
    return _Towns(np.where(kept, centre, alone), size, region, radius, sector)


def _town_sizes(total: int) -> tuple[Ints, Floats]:
    """Primaries in each town, at even steps through a truncated Pareto law, largest first; they sum to `total`.

    Second, the size each would have in a whole country: a small world cuts its large towns short, but they
    are as dense as the ones they stand for.
    """
    if total == 0:
        return np.zeros(0, np.int64), np.zeros(0)
    high = float(np.clip(LARGEST_PART * total, SMALLEST_TOWN + 1.0, LARGEST_TOWN))
    towns = max(1, round(total / float(_pareto((np.arange(2_000) + 0.5) / 2_000, high).mean())))
    at = (np.arange(towns)[::-1] + 0.5) / towns
    sizes = apportion(_pareto(at, high), total)
    return sizes[sizes > 0], _pareto(at, LARGEST_TOWN)[sizes > 0]


def _pareto(share: Floats, high: float) -> Floats:
    """The town size that `share` of towns are below, where none is above `high`."""
    tail = (SMALLEST_TOWN / high) ** TOWN_EXPONENT
    return np.asarray(SMALLEST_TOWN * (1.0 - share * (1.0 - tail)) ** (-1.0 / TOWN_EXPONENT))


def _gather(
    alone: Floats, leads: NDArray[np.bool_], size: Ints, radius: Floats, region: Ints, luck: WorldLuck
) -> Floats:
    """Move satellites beside a town that is none, in their region, drawn by size."""
    rows = np.arange(len(size))
    hub = leads | (luck.uniform("world/satellite", 0, rows) >= SATELLITES)
    gap = 1.0 + SATELLITE_REACH * -np.log1p(-luck.uniform("world/satellite/gap", 0, rows))
    angle = 2 * np.pi * luck.uniform("world/satellite/angle", 0, rows)
    pull = luck.uniform("world/satellite/hub", 0, rows)
    parent = rows.copy()
    for r in np.unique(region):
        hubs, moons = np.flatnonzero(hub & (region == r)), np.flatnonzero(~hub & (region == r))
        steps = np.cumsum(size[hubs]) / size[hubs].sum()
        parent[moons] = hubs[np.searchsorted(steps, pull[moons], side="right").clip(max=len(hubs) - 1)]
    reach = gap * (radius + radius[parent])
    moved = alone[parent] + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.where(hub[:, None], alone, moved)


def _secondaries(towns: _Towns, wanted: Ints) -> Ints:
    """How many secondary and all-through schools each town has; each region has what it needs."""
    pull = np.maximum(towns.primaries - SECONDARY_FLOOR, 0.0) ** SECONDARY_POWER
    parts = []
    for r, total in enumerate(wanted):
        weights = pull[towns.region == r]
        parts.append(apportion(weights if weights.sum() > 0 else np.ones(len(weights)), int(total)))
    return np.concatenate(parts)


def _spread(towns: _Towns, counts: Ints, luck: WorldLuck, name: str, within: float = 1.0) -> Floats:
    """(sum of counts, 2) km: schools spread evenly over `within` of their town in a sunflower spiral, then strewn."""
    town = np.repeat(np.arange(len(counts)), counts)
    rows = np.arange(len(town))
    rank = rows - np.repeat(np.cumsum(counts) - counts, counts)
    of = counts[town]
    radius = within * towns.radius[town]
    distance = radius * np.sqrt((rank + 0.5) / of)
    turn = (rank * GOLDEN_ANGLE / (2 * np.pi) + luck.uniform(f"{name}/turn", 0, town)) % 1.0
    angle = towns.sector[town, 0] + turn * towns.sector[town, 1]
    spacing = radius * np.sqrt(towns.sector[town, 1] / (2.0 * of))
    stray = np.column_stack([luck.normal(f"{name}/east", 0, rows), luck.normal(f"{name}/north", 0, rows)])
    even = towns.centre[town] + distance[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(even + SPREAD * spacing[:, None] * stray)


def _with_room(
    counts: Ints, spare: float, others: Floats, land: Land, luck: WorldLuck, name: str
) -> tuple[Floats, Ints]:
    """`counts` points in each region, and their regions: of `spare` more candidates, those least crowded.

    Crowded is to lie close to another candidate or to one of `others` (m, 2).
    """
    tried = np.ceil(counts * (1.0 + spare)).astype(np.int64)
    region = np.repeat(np.arange(len(counts)), tried)
    xy = scatter(region, land, luck, name)
    everyone = np.concatenate([others, xy])
    if len(everyone) < 2 or len(xy) == 0:
        return xy, region
    room = cKDTree(everyone).query(xy, k=[2])[0][:, 0]
    order = np.lexsort((-room, region))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(tried) - tried, tried)
    kept = np.sort(order[rank < np.repeat(counts, tried)])
    return xy[kept], region[kept]


def _pair_up(xy: Floats, town: Ints, luck: WorldLuck) -> Floats:
    """Put some town primaries beside the one before them, as infant and junior schools are."""
    rows = np.arange(len(xy))
    joined = luck.uniform("world/pair", 0, rows) < PAIRED
    joined[1:] &= (town[1:] == town[:-1]) & ~joined[:-1]
    joined[:1] = False
    near, far = PAIR_KM
    gap = near + (far - near) * luck.uniform("world/pair/gap", 0, rows)
    angle = 2 * np.pi * luck.uniform("world/pair/angle", 0, rows)
    partner = np.roll(xy, 1, axis=0) + gap[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.where(joined[:, None], partner, xy)
