"""Which schools of a synthetic England are academies at the start, by which route, since when, and in which trusts.

There are single academies, and trusts of several as they really are: sizes follow the published distribution, and
academies are shared among kinds of trust (diocesan, primary only, secondary only, mixed), strung along a curve that
keeps neighbours together, and cut into clusters. A large trust has several clusters, and the largest have them all
over the country.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.world.codes import ROUTES, Denomination
from matsim.world.land import Floats, Ints, apportion
from matsim.world.luck import WorldLuck
from matsim.world.years import latest

type Codes = NDArray[np.int8]

CONVERTER, SPONSORED, FREE = (ROUTES.index(name) for name in ("converter", "sponsored", "free school"))

ROUTE_SHARES: dict[int, tuple[tuple[float, float, float], ...]] = {
    2024: ((0.3099, 0.1046, 0.0160), (0.5092, 0.2298, 0.0795), (0.241, 0.354, 0.291)),
    2018: ((0.1995, 0.0775, 0.0110), (0.458, 0.187, 0.075), (0.21, 0.38, 0.21)),
    2010: ((0.0, 0.0, 0.0), (0.0, 0.0524, 0.0), (0.0, 0.22, 0.0)),
}
"""Converter, sponsored and free school shares of primary, secondary and all-through schools. 2024: mainstream
academies of gias-links-2024 over the schools of each phase in gias-2022 (43.0%, 81.9%, 88.6%; January 2024: 42.7% of
primaries and 81.9% of all others, census-2024; free schools 2.8% of all). 2018: types in gias-2018 and academies in
its group links (28.8%, 72%, 80% of the phases; free schools 2.2% of all). 2010: 203 academies, all sponsored
(evidence §2a), by phase as those in the 2018 group links that joined before August 2010."""

REGION_ODDS: dict[int, tuple[float, ...]] = {
    2010: (-0.25, -0.12, 0.39, 0.36, -0.73, -0.43, 0.60, 0.03),
    2024: (-0.55, -0.40, 0.42, 0.52, -0.85, 0.07, 0.93, 0.16),
}
"""Log odds that a primary is an academy, against the whole country, by RSC region, from the year given (gias-2018;
gias-2024: -0.40, -0.29, 0.31, 0.38, -0.62, 0.05, 0.68 and 0.12, by 1.37, since the authorities' own odds level them
down; which region an authority is in is assumed, as in matsim.world.regions)."""
REGION_LUCK = {2010: 1.0, 2024: 0.0}
"""How much of what the odds of its authorities add to a region's is left there, from the year given (assumed: in 2024
none, so that regions stand apart as REGION_ODDS say)."""
AUTHORITY_SPREAD = {2010: 1.3, 2024: 1.35}
"""Sd of an authority's own log odds, from the year given: fitted to academy shares of primaries, 5% to 72%, p5 to p95
(gias-2018), and 11% to 90% (gias-2024)."""
SPONSORED_POVERTY = {2010: 0.8, 2024: 0.78}
"""Log odds of being sponsored for one sd of free school meals, from the year given: fitted, sponsored academies have
0.81 sd more than other schools in gias-2018, and 0.78 in gias-2024."""

_SECONDARY_EARLY = {2002: 2, 2003: 8, 2004: 4, 2005: 8, 2006: 18, 2007: 33, 2008: 43, 2009: 57}
OPENINGS: dict[tuple[bool, int], dict[int, int]] = {
    (False, CONVERTER): {
        2010: 191, 2011: 341, 2012: 413, 2013: 419, 2014: 357, 2015: 391, 2016: 735, 2017: 609, 2018: 502,
        2019: 265, 2020: 257, 2021: 245, 2022: 246, 2023: 244,
    },
    (False, SPONSORED): {
        2011: 27, 2012: 258, 2013: 286, 2014: 202, 2015: 153, 2016: 202, 2017: 184, 2018: 151, 2019: 80,
        2020: 72, 2021: 29, 2022: 42, 2023: 77,
    },
    (False, FREE): {
        2011: 17, 2012: 15, 2013: 33, 2014: 22, 2015: 23, 2016: 20, 2017: 17, 2018: 22, 2019: 30, 2020: 24,
        2021: 17, 2022: 17, 2023: 14,
    },
    (True, CONVERTER): {
        2010: 592, 2011: 389, 2012: 181, 2013: 71, 2014: 46, 2015: 49, 2016: 91, 2017: 71, 2018: 60, 2019:
        40, 2020: 31, 2021: 21, 2022: 44, 2023: 28,
    },
    (True, SPONSORED): _SECONDARY_EARLY | {
        2010: 60, 2011: 58, 2012: 67, 2013: 59, 2014: 61, 2015: 39, 2016: 63, 2017: 76, 2018: 55, 2019: 24,
        2020: 31, 2021: 17, 2022: 12, 2023: 14,
    },
    (True, FREE): {
        2011: 15, 2012: 19, 2013: 37, 2014: 43, 2015: 26, 2016: 25, 2017: 27, 2018: 36, 2019: 24, 2020: 15,
        2021: 20, 2022: 11, 2023: 13,
    },
}  # fmt: skip
"""Openings by academic year, (secondary or all-through?, route): gias-2022 (evidence §2b), sponsored secondaries before
2010 spread over the years as in gias-2018; from 2018 on, academies of gias-links-2024 that the links of May 2018 do not
have, by when the first links that do say that they joined (2023: to February)."""
ON_FIRST_DAY = 0.6
"""Share of academies that open on the first day of an academic year (assumed)."""


def assign(year: int, phase: Codes, region: Codes, la: Ints, fsm: Floats, luck: WorldLuck) -> tuple[Codes, Floats]:
    """Route (index into ROUTES) and opening date (decimal year; nan for maintained schools)."""
    rows = np.arange(len(phase))
    poor = (fsm - fsm.mean()) / max(float(fsm.std()), 1.0)
    codes, place = np.unique(la, return_inverse=True)
    local = latest(AUTHORITY_SPREAD, year) * luck.normal("world/authority-odds", 0, np.arange(len(codes)))[place]
    by_region = np.bincount(region, weights=local) / np.maximum(np.bincount(region), 1)
    local = local - (1.0 - latest(REGION_LUCK, year)) * by_region[region]
    local = local + np.array(latest(REGION_ODDS, year))[region]
    route = np.zeros(len(phase), np.int8)
    scores = {
        SPONSORED: 0.5 * local + latest(SPONSORED_POVERTY, year) * poor + luck.logistic("world/sponsored", year, rows),
        FREE: luck.logistic("world/free", year, rows),
        CONVERTER: local - 0.3 * poor + luck.logistic("world/converter", year, rows),
    }
    for code, shares in enumerate(ROUTE_SHARES[year]):
        here = np.flatnonzero(phase == code)
        counts = apportion(np.array([*shares, 1.0 - sum(shares)]), len(here))
        for which, score in scores.items():
            left = here[route[here] == 0]
            chosen = left[np.argsort(-score[left], kind="stable")]
            route[chosen[: counts[which - 1]]] = which
    return route, _opened(year, phase, route, luck)


def _opened(year: int, phase: Codes, route: Codes, luck: WorldLuck) -> Floats:
    rows = np.arange(len(phase))
    drawn = luck.uniform("world/opened", year, rows)
    later = luck.uniform("world/opened/within", year, rows)
    opened = np.full(len(phase), np.nan)
    for (upper, which), table in OPENINGS.items():
        here = (route == which) & ((phase > 0) == upper)
        years = np.array([y for y in table if y < year])
        if len(years) == 0:
            continue
        steps = np.cumsum([table[y] for y in years.tolist()])
        at = np.searchsorted(steps / steps[-1], drawn[here], side="right").clip(max=len(years) - 1)
        opened[here] = years[at] + 2.0 / 3.0
    spare = np.maximum(later - ON_FIRST_DAY, 0.0) / (1.0 - ON_FIRST_DAY)
    return opened + 0.99 * spare


MAT_SIZES: dict[int, dict[int, int]] = {
    2024: {
        1: 138, 2: 170, 3: 124, 4: 116, 5: 93, 6: 79, 7: 74, 8: 66, 9: 67, 10: 42, 11: 28, 12: 29, 13: 23, 14: 13,
        15: 19, 16: 21, 17: 16, 18: 6, 19: 13, 20: 5, 21: 7, 22: 5, 23: 4, 25: 5, 26: 5, 27: 2, 28: 3, 29: 5, 30: 3,
        32: 2, 33: 4, 34: 5, 35: 1, 36: 1, 37: 1, 38: 2, 39: 2, 40: 3, 42: 3, 43: 1, 47: 1, 50: 1, 52: 1, 53: 1,
        55: 1, 60: 1, 89: 1,
    },
    2018: {
        1: 267, 2: 334, 3: 213, 4: 160, 5: 96, 6: 68, 7: 52, 8: 47, 9: 24, 10: 26, 11: 13, 12: 12, 13: 7, 14: 15,
        15: 11, 16: 4, 17: 1, 20: 4, 21: 3, 22: 2, 24: 2, 25: 2, 26: 4, 27: 2, 30: 2, 32: 3, 34: 2, 35: 1, 36: 1,
        43: 2, 45: 1, 48: 1, 52: 1, 55: 1, 58: 1,
    },
    2010: {1: 38, 2: 7, 3: 6, 4: 1, 5: 1, 8: 1, 9: 1, 12: 1, 17: 1},
}  # fmt: skip
"""Multi-academy trusts by number of academies. 2024: mainstream academies of gias-links-2024 (1,213 trusts of 9,107
academies). 2018: group links of May 2018 (gias-2018; the bands of evidence §2d), every type of academy. 2010: those of
them that joined before August 2010."""

SINGLE: dict[int, tuple[tuple[float, ...], ...]] = {
    2024: ((0.0, 0.069, 0.002, 0.108), (0.0, 0.268, 0.034, 0.136), (0.0, 0.158, 0.125, 0.152)),
    2018: ((0.0, 0.163, 0.008, 0.265), (0.0, 0.424, 0.088, 0.346), (0.0, 0.355, 0.185, 0.467)),
    2010: ((0.0, 0.0, 0.219, 0.0),) * 3,
}
"""Share of academies that are single-academy trusts, by phase and ROUTES (2024: gias-links-2024; 2018: gias-2018
establishments with their group links; 2010: those that joined before August 2010)."""

KINDS = ("Catholic", "Church", "primary", "secondary", "mixed")
BAND_EDGES = np.array([2, 3, 6, 11, 16, 21, 31])
KIND_WEIGHTS: dict[int, tuple[tuple[int, ...], ...]] = {
    2010: (
        (20, 24, 97, 104, 0), (12, 21, 113, 68, 85), (32, 28, 169, 39, 154), (19, 21, 62, 4, 97),
        (3, 12, 9, 0, 29), (0, 2, 1, 0, 9), (1, 3, 3, 0, 8), (1, 2, 1, 0, 9),
    ),
    2024: (
        (5, 16, 58, 65, 0), (2, 11, 63, 46, 55), (9, 27, 123, 24, 146), (33, 10, 108, 6, 166),
        (13, 16, 34, 1, 51), (5, 9, 13, 0, 25), (4, 10, 5, 0, 20), (6, 6, 4, 0, 14),
    ),
}  # fmt: skip
"""Trusts by size band (1, 2, 3-5, 6-10, 11-15, 16-20, 21-30, 31+) and KINDS, from the year given: four fifths of the
schools Catholic, or Church, else by phase (gias-2018 establishments with their group links: 1,262 trusts found;
gias-2024: 1,209)."""
FITTING_ROUNDS = 20
CHURCH_IN_CHURCH_TRUSTS = {2010: 0.65, 2024: 0.6}
"""Share of Church academies in trusts that are mostly Church, from the year given (gias-2018: 626 of 960; gias-2024:
981 of 1,648; the others are put in mixed trusts, which simplifies: half of them were in primary-only ones)."""
PRIMARY_ONLY, SECONDARY_ONLY = {2010: 0.52, 2024: 0.49}, {2010: 0.28, 2024: 0.155}
"""Share of primaries, and of secondaries, of trusts of neither church that are in trusts with no other phase, from the
year given (gias-2018: 1,669 of 3,224, and 382 of 1,343; gias-2024: 2,434 of 4,976, and 303 of 1,949)."""

CLUSTER = 5
"""Academies in a cluster of a large trust (assumed: clusters of 2 to 6, hill-clusters)."""
DISTANCE_BY_BAND: dict[int, tuple[float, ...]] = {
    2010: (0.0, 0.0, 0.0, 0.002, 0.008, 0.016, 0.035, 0.13),
    2024: (0.0, 0.0, 0.0, 0.001, 0.004, 0.005, 0.010, 0.03),
}
"""How far apart a trust's clusters lie along the curve, as a part of a country of NATIONAL academies, by size band,
from the year given (fitted to the distances of academies from the middle of their trust, gias-2018 and gias-2024)."""
NATIONAL = {2010: 5_868, 2024: 9_024}
"""Academies of multi-academy trusts in mainstream schools in May 2018 (gias-2018), and in March 2024 (gias-links-2024:
9,107, in a country of 20,000 schools)."""
PATCH = 8
"""So many neighbouring academies are shared among kinds by one draw: kinds have their districts (fitted)."""
STRAY_KM = {2010: (0.25, 1.3), 2024: (0.25, 1.3)}
"""Academies are strung by where they lie give or take this: median and log sd, from the year given (fitted to the
distance of academies from the nearest other one of their trust: median 2.3 km, p90 12 km in gias-2018; 2.2 and 10 in
gias-2024)."""
CURVE_BITS = 14


@dataclass(frozen=True)
class Trusts:
    """`of` (n,) int32: each school's trust row, −1 for none; `kind` (t,) int8; `founded` (t,) decimal year."""

    of: NDArray[np.int32]
    kind: Codes
    founded: Floats


def group_academies(
    year: int, xy: Floats, phase: Codes, denomination: Codes, route: Codes, opened: Floats, luck: WorldLuck
) -> Trusts:
    """Put every academy of n schools in a trust. A trust is as old as its first academy."""
    rows = np.arange(len(phase))
    share = np.array(SINGLE[year])[phase, route]
    alone = (route > 0) & (luck.uniform("world/single", year, rows) < share)
    singles = np.flatnonzero(alone)
    of = np.full(len(phase), -1, np.int32)
    of[singles] = np.arange(len(singles))
    members = np.flatnonzero((route > 0) & ~alone)
    several = 0
    if len(members):
        group = _multi(year, xy, phase, denomination, members, luck)
        several = int(group.max()) + 1
        of[members] = len(singles) + group
    kind = np.repeat(np.array([0, 1], np.int8), [len(singles), several])
    founded = np.full(len(kind), np.inf)
    np.minimum.at(founded, of[of >= 0], opened[of >= 0])
    return Trusts(of, kind, founded)


def _multi(year: int, xy: Floats, phase: Codes, faith: Codes, members: Ints, luck: WorldLuck) -> Ints:
    """Trust number of each member, from 0 without gaps."""
    # argsort twice is the rank: neighbours on the curve have neighbouring ranks, and so one draw for a patch
    rank = np.argsort(np.argsort(along_curve(xy[members]), kind="stable"), kind="stable")
    kind = _kinds(year, phase[members], faith[members], luck.uniform("world/kind", year, rank // PATCH))
    if year < 2011:  # before conversions there were only sponsors' chains of whatever lay open to them
        kind = np.full(len(members), KINDS.index("mixed"))
    sizes, kind_of = _share_out(
        sizes_of(MAT_SIZES[year], len(members)), np.bincount(kind, minlength=len(KINDS)), year, luck
    )
    place = along_curve(_strayed(xy[members], members, year, luck))
    group = np.zeros(len(members), np.int64)
    for k in range(len(KINDS)):
        here, trusts = np.flatnonzero(kind == k), np.flatnonzero(kind_of == k)
        if len(here):
            strung = here[np.argsort(place[here], kind="stable")]
            group[strung] = _string(sizes, trusts, len(members), year, luck)
    return np.unique(group, return_inverse=True)[1]


def _kinds(year: int, phase: Codes, faith: Codes, u: Floats) -> Ints:
    open_kind = np.where(
        phase == 0,
        np.where(u < latest(PRIMARY_ONLY, year), KINDS.index("primary"), KINDS.index("mixed")),
        np.where(u < latest(SECONDARY_ONLY, year), KINDS.index("secondary"), KINDS.index("mixed")),
    )
    church = (faith == Denomination.CHURCH_OF_ENGLAND) & (u < latest(CHURCH_IN_CHURCH_TRUSTS, year))
    return np.where(
        faith == Denomination.ROMAN_CATHOLIC,
        KINDS.index("Catholic"),
        np.where(church, KINDS.index("Church"), open_kind),
    )


def sizes_of(table: Mapping[int, int], academies: int) -> Ints:
    """Trust sizes that sum to `academies`, largest first, at even steps through a published distribution.

    `table`: trusts by how many academies they have.
    """
    ranked = np.repeat(list(table), list(table.values()))
    trusts = max(1, round(academies / float(ranked.mean())))
    at = ((np.arange(trusts)[::-1] + 0.5) / trusts * len(ranked)).astype(np.int64)
    sizes = ranked[at]
    while sizes.sum() > academies:  # a small slice: take the excess off the largest
        sizes[np.argmax(sizes)] -= min(int(sizes.sum()) - academies, max(1, int(sizes.max()) // 2))
    short = academies - int(sizes.sum())
    fill = ranked[(np.arange(short) + 0.5).astype(np.int64) * 997 % len(ranked)]
    fill = fill[np.cumsum(fill) <= short]
    rest = np.ones(short - int(fill.sum()), np.int64)
    return np.sort(np.concatenate([sizes[sizes > 0], fill, rest]))[::-1]


def _share_out(sizes: Ints, quota: Ints, year: int, luck: WorldLuck) -> tuple[Ints, Ints]:
    """Give each trust a kind, largest first, so that the kinds' academies come to `quota`.

    Returns sizes and kinds. Where no kind has room for a trust, it is cut to the room there is.
    """
    left = quota.astype(np.int64)
    band = np.searchsorted(BAND_EDGES, sizes, side="right")
    shares = _fit_shares(np.array(latest(KIND_WEIGHTS, year), float), sizes, band, quota)
    # what each kind may still expect from this trust and all smaller ones, to be held against the room it has left
    expected = np.cumsum((sizes[:, None] * shares[band])[::-1], axis=0)[::-1]
    drawn = luck.uniform("world/trust-kind", year, np.arange(len(sizes)))
    out: list[tuple[int, int]] = []
    for size, b, u, due in zip(sizes.tolist(), band.tolist(), drawn.tolist(), expected, strict=True):
        steps = np.cumsum(np.where(left >= size, shares[b] * left / np.maximum(due, 1e-9), 0.0))
        if steps[-1] > 0.0:
            kind = int(np.searchsorted(steps, u * steps[-1], side="right").clip(max=len(left) - 1))
            parts = [(size, kind)]
        else:
            parts = _cut_to_room(size, left)
        for part, kind in parts:
            left[kind] -= part
        out += parts
    return np.array([part for part, _ in out]), np.array([kind for _, kind in out])


def _fit_shares(weights: Floats, sizes: Ints, band: Ints, quota: Ints) -> Floats:
    """Weights of KIND_WEIGHTS as shares of each band, with kinds scaled until they can expect their `quota`."""
    shares = weights + 1e-6
    academies = np.bincount(band, weights=sizes, minlength=len(shares))
    for _ in range(FITTING_ROUNDS):
        shares = shares * (quota + 1e-9) / np.maximum(academies @ shares, 1e-9)
        shares = shares / shares.sum(axis=1, keepdims=True)
    return np.asarray(shares)


def _cut_to_room(size: int, left: Ints) -> list[tuple[int, int]]:
    """Split one trust's academies over the kinds with room, most room first."""
    parts = []
    for kind in np.argsort(-left, kind="stable").tolist():
        part = min(size, int(left[kind]))
        if part:
            parts.append((part, kind))
            size -= part
    return parts


def _strayed(xy: Floats, slots: Ints, year: int, luck: WorldLuck) -> Floats:
    median, spread = latest(STRAY_KM, year)
    distance = median * np.exp(spread * luck.normal("world/stray", year, slots))
    angle = 2 * np.pi * luck.uniform("world/stray/angle", year, slots)
    return np.asarray(xy + distance[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def _string(sizes: Ints, trusts: Ints, academies: int, year: int, luck: WorldLuck) -> Ints:
    """The trust of each academy along the curve: clusters of every trust in order of where they are anchored."""
    size = sizes[trusts]
    band = np.searchsorted(BAND_EDGES, size, side="right")
    apart = np.array(latest(DISTANCE_BY_BAND, year))[band]
    clusters = np.where(apart > 0, -(-size // CLUSTER), 1)
    owner = np.repeat(trusts, clusters)
    slots = np.arange(len(owner))
    spread = np.repeat(apart, clusters) * max(1.0, latest(NATIONAL, year) / academies)
    anchor = luck.uniform("world/anchor", year, owner)
    key = anchor + spread * luck.normal("world/anchor/cluster", year, slots)
    length = np.concatenate([apportion(np.ones(c), s) for c, s in zip(clusters.tolist(), size.tolist(), strict=True)])
    order = np.argsort(key, kind="stable")
    return np.repeat(owner[order], length[order])


def along_curve(xy: Floats) -> Ints:
    """Place of each point (n, 2) along a Hilbert curve over all of them: near on the curve is near on the map."""
    last = 2**CURVE_BITS - 1
    span = max(float(np.ptp(xy, axis=0).max()), 1e-9)
    x, y = np.clip((xy - xy.min(axis=0)) / span * last, 0, last).astype(np.int64).T
    place = np.zeros(len(xy), np.int64)
    for bit in range(CURVE_BITS - 1, -1, -1):
        side = 1 << bit
        right, upper = (x & side) > 0, (y & side) > 0
        place += side * side * ((3 * right) ^ upper)
        mirrored = ~upper & right
        x, y = np.where(mirrored, last - x, x), np.where(mirrored, last - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
    return place
