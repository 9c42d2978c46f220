"""Special schools, alternative provision and academies for 16 to 19: what is usual among them, and made-up ones.

A synthetic England is laid out with its mainstream schools first, and these come on top: shared among authorities by
their pupils, each beside a school there that was drawn by its size, and so in towns. Some are in trusts that have
mainstream schools, some in trusts of their own kind, some alone. They change nothing of the mainstream schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.world.academies import along_curve, sizes_of
from matsim.world.codes import Phase, Route, TrustKind
from matsim.world.inspections import AGE_AT, AGES, FIRST_INSPECTION
from matsim.world.land import ENGLAND_SCHOOLS, Floats, Ints, apportion
from matsim.world.luck import WorldLuck

type Codes = NDArray[np.int8]

KINDS = (Phase.SPECIAL, Phase.ALTERNATIVE, Phase.SIXTEEN_PLUS)

GRADE_SHARES: dict[int, dict[int, tuple[float, float, float, float]]] = {
    2010: {
        Phase.SPECIAL: (0.33, 0.47, 0.17, 0.03),
        Phase.ALTERNATIVE: (0.14, 0.53, 0.27, 0.06),
        Phase.SIXTEEN_PLUS: (0.20, 0.50, 0.27, 0.03),
    },
    2018: {
        Phase.SPECIAL: (0.38, 0.54, 0.05, 0.03),
        Phase.ALTERNATIVE: (0.18, 0.66, 0.11, 0.05),
        Phase.SIXTEEN_PLUS: (0.22, 0.60, 0.15, 0.03),
    },
    2024: {
        Phase.SPECIAL: (0.34, 0.55, 0.06, 0.05),
        Phase.ALTERNATIVE: (0.16, 0.68, 0.10, 0.06),
        Phase.SIXTEEN_PLUS: (0.22, 0.66, 0.10, 0.02),
    },
}
"""Outstanding, Good, Requires improvement and Inadequate among those judged, by start year. Of special schools 92% were
Good or better in 2016 (schoolsweek.co.uk, April 2016), and lately 89%, with 6% and 5% below (cypnow.co.uk); the rest is
assumed: special schools are judged Outstanding more often than any other, alternative provision less often."""
GRADE_SEED = 1978
"""A fixed seed, so that the same files always give the same world. The year of the Warnock report."""


def nearest_year(known: Mapping[int, object], year: int) -> int:
    """The latest year of a table that is not after `year`, else its first."""
    return max((one for one in known if one <= year), default=min(known))


def judged(
    year: int, day: float, phase: Codes, route: Codes, opened: Floats, luck: WorldLuck, rows: Ints
) -> tuple[Codes, Floats]:
    """Grade and date of the last inspection before `day` (decimal year) of specialist schools.

    `rows` are their slots among the draws of `luck`. As among mainstream schools, those opened as sponsored academies
    or free schools are first without.
    """
    mean, sd = FIRST_INSPECTION
    wait = np.maximum(mean + sd * luck.normal("specialist/first-inspection", year, rows), 0.5)
    open_for = np.where((route >= Route.SPONSORED) & np.isfinite(opened), day - opened, np.inf)
    score = luck.uniform("specialist/grade", year, rows)
    grade, inspected = np.zeros(len(phase), np.int8), np.full(len(phase), np.nan)
    for kind, shares in GRADE_SHARES[nearest_year(GRADE_SHARES, year)].items():
        here = np.flatnonzero((phase == kind) & (open_for > wait))
        order = here[np.argsort(score[here], kind="stable")]
        grade[order] = np.repeat(np.arange(1, 5), apportion(np.array(shares), len(order)))
    share, ages = luck.uniform("specialist/inspected", year, rows), AGES[nearest_year(AGES, year)]
    for code, known in enumerate(ages, start=1):
        here = np.flatnonzero(grade == code)
        age, since = np.interp(share[here], AGE_AT, known), (open_for - wait)[here]
        inspected[here] = day - np.where(age > since, share[here] * since, age)
    return grade, inspected


def draw_specialist_grades(columns: dict[str, Array], year: int, day: float) -> int:
    """Fill `grade` and `inspected` of the specialist schools of a file of that `day` without grades; returns how many
    were graded."""
    rows = np.flatnonzero(columns["phase"] > Phase.ALL_THROUGH)
    if not len(rows):
        return 0
    phase, route, opened = (columns[name][rows] for name in ("phase", "route", "opened"))
    luck = WorldLuck(GRADE_SEED, len(rows))
    columns["grade"][rows], columns["inspected"][rows] = judged(
        year, day, phase, route, opened, luck, np.arange(len(rows))
    )
    return int(np.count_nonzero(columns["grade"][rows]))


SCHOOLS: dict[int, dict[int, int]] = {
    2010: {Phase.SPECIAL: 990, Phase.ALTERNATIVE: 430, Phase.SIXTEEN_PLUS: 0},
    2018: {Phase.SPECIAL: 1_000, Phase.ALTERNATIVE: 352, Phase.SIXTEEN_PLUS: 45},
    2024: {Phase.SPECIAL: 1_089, Phase.ALTERNATIVE: 335, Phase.SIXTEEN_PLUS: 70},
}
"""Open schools beside 20,000 mainstream ones. Special: 1,089 in May 2024 (dfe-scap-special), 2018 and 2010 assumed
between 1,049 in 2005 (Education and Skills Committee, 2006) and that. Alternative provision: assumed, from 400 units
in March 2012 (itv.com) and rolls. 16 to 19: academies alone, gias-links-2018-2024; there were none in 2010."""

ROUTES_OF: dict[int, dict[int, tuple[int, int, int]]] = {
    2010: dict.fromkeys(KINDS, (0, 0, 0)),
    2018: {Phase.SPECIAL: (213, 50, 29), Phase.ALTERNATIVE: (57, 23, 41), Phase.SIXTEEN_PLUS: (23, 1, 21)},
    2024: {Phase.SPECIAL: (300, 85, 108), Phase.ALTERNATIVE: (83, 29, 51), Phase.SIXTEEN_PLUS: (34, 2, 34)},
}
"""Of these converters, sponsored academies and free schools (gias-links-2018-2024: May 2018 and March 2024); the others
are maintained. In 2010 none was an academy."""

HOMES: dict[int, dict[int, tuple[int, int, int]]] = {
    2018: {Phase.SPECIAL: (82, 157, 53), Phase.ALTERNATIVE: (29, 67, 25), Phase.SIXTEEN_PLUS: (17, 13, 15)},
    2024: {Phase.SPECIAL: (235, 220, 38), Phase.ALTERNATIVE: (68, 79, 16), Phase.SIXTEEN_PLUS: (42, 16, 12)},
}
"""Academies in multi-academy trusts that have mainstream schools, in ones that have none, and in single-academy trusts
(gias-links-2018-2024)."""
SEPARATE_SIZES: dict[int, dict[int, int]] = {
    2018: {1: 44, 2: 25, 3: 9, 4: 11, 5: 6, 6: 2, 7: 1, 11: 1, 12: 1},
    2024: {1: 19, 2: 34, 3: 14, 4: 8, 5: 7, 6: 6, 7: 5, 9: 1, 11: 1, 14: 2},
}
"""Multi-academy trusts without mainstream schools by number of schools (gias-links-2018-2024)."""
PER_HOST: dict[int, dict[int, int]] = {
    2018: {1: 57, 2: 11, 3: 6, 4: 3, 5: 1, 6: 1, 8: 1},
    2024: {1: 92, 2: 29, 3: 12, 4: 9, 5: 8, 6: 1, 7: 1, 8: 2, 11: 1, 12: 1, 14: 1, 17: 1},
}
"""Multi-academy trusts with mainstream schools and some of these, by how many of these (gias-links-2018-2024)."""
HOST_EDGES = np.array([2, 3, 6, 11, 21])
HOST_SHARE: dict[int, tuple[float, ...]] = {
    2018: (0.04, 0.04, 0.04, 0.10, 0.14, 0.32),
    2024: (0.13, 0.08, 0.11, 0.11, 0.19, 0.32),
}
"""Share of multi-academy trusts of 1, 2, 3-5, 6-10, 11-20 and 21 or more mainstream schools that have some of these
(gias-links-2018-2024)."""
APART = 0.5
"""Share of alternative provision in trusts of these alone that is in trusts of nothing else (gias-links-2018-2024: 17
of 31 such trusts in 2018, 14 of 34 in 2024)."""

OPENED: dict[int, dict[int, int]] = {
    Phase.SPECIAL: {2011: 39, 2012: 32, 2013: 33, 2014: 40, 2015: 44, 2016: 56, 2017: 48, 2018: 45, 2019: 44, 2020: 45,
                    2021: 27, 2022: 41, 2023: 38},
    Phase.ALTERNATIVE: {2011: 1, 2012: 18, 2013: 20, 2014: 24, 2015: 23, 2016: 15, 2017: 20, 2018: 20, 2019: 15,
                        2020: 11, 2021: 12, 2022: 11, 2023: 10},
    Phase.SIXTEEN_PLUS: {2012: 4, 2013: 3, 2014: 7, 2015: 4, 2016: 10, 2017: 17, 2018: 6, 2019: 7, 2020: 5, 2021: 3,
                         2022: 1, 2023: 7},
}  # fmt: skip
"""Academies by the academic year in which they joined their trust (gias-links-2018-2024)."""

ROLLS: dict[int, dict[int, float]] = {
    2010: {Phase.SPECIAL: 89.0, Phase.ALTERNATIVE: 32.0, Phase.SIXTEEN_PLUS: 450.0},
    2018: {Phase.SPECIAL: 114.4, Phase.ALTERNATIVE: 47.5, Phase.SIXTEEN_PLUS: 450.0},
    2024: {Phase.SPECIAL: 143.5, Phase.ALTERNATIVE: 47.4, Phase.SIXTEEN_PLUS: 550.0},
}
"""Mean pupils: 114,413 in January 2018 and 156,300 in January 2024 in special schools, 16,732 and 15,866 in
alternative provision (dfe-pupils-by-type); of 2010 from 85,500 and 14,470 in January 2005 (teachingexpertise.com). 16
to 19 assumed."""
ROLL_SPREAD = {Phase.SPECIAL: 0.5, Phase.ALTERNATIVE: 0.7, Phase.SIXTEEN_PLUS: 0.6}
"""Sd of the logarithm of pupils (assumed)."""
LEAST_ROLL = 5.0
FILLS = {Phase.SPECIAL: (1.02, 0.08), Phase.ALTERNATIVE: (0.8, 0.2), Phase.SIXTEEN_PLUS: (0.85, 0.2)}
"""Pupils over places, mean and sd: special schools 1.02 to 1.03 (dfe-scap-special); others, and the spread, assumed."""
FILL_RANGE = (0.4, 1.3)
MEALS: dict[int, dict[int, float]] = {
    2010: {Phase.SPECIAL: 36.0, Phase.ALTERNATIVE: 39.0, Phase.SIXTEEN_PLUS: 10.0},
    2018: {Phase.SPECIAL: 36.2, Phase.ALTERNATIVE: 40.0, Phase.SIXTEEN_PLUS: 10.0},
    2024: {Phase.SPECIAL: 48.6, Phase.ALTERNATIVE: 58.5, Phase.SIXTEEN_PLUS: 12.0},
}
"""% of pupils eligible for free school meals: January 2018 (dfe-meals-by-type); 2024: 43.2 and 53.1 of January 2021
with their log odds raised as those of all pupils were to January 2024 (census-2024); 2010 and 16 to 19 assumed."""
MEALS_LOCAL, MEALS_SPREAD = 0.4, 0.35
"""How far the log odds of meals follow those of the school beside it, and their own sd (assumed)."""
ANCHOR_KM = (0.3, 2.0)
"""How far from the school that it was drawn to one of these lies (assumed: the same town)."""

SITE_SHARES = {Phase.SPECIAL: 0.26, Phase.ALTERNATIVE: 0.05, Phase.SIXTEEN_PLUS: 0.04}
"""Planned sites over those of mainstream free schools: 20 years of what opened from May 2018 to March 2024, 79
special, 10 alternative provision and 13 for 16 to 19 (gias-links-2018-2024), over 1,000."""
SITE_PLACES = {Phase.SPECIAL: 100.0, Phase.ALTERNATIVE: 60.0, Phase.SIXTEEN_PLUS: 500.0}
"""Places of a planned one (assumed)."""


@dataclass(frozen=True)
class Specialists:
    """Rows beside a world's n mainstream ones. `columns`: those of SCHOOL_INPUTS but the URN; `anchors` (m,): row of
    the school that each lies beside; `kind`, `founded`: of the trusts that come with them, after the world's own."""

    columns: dict[str, Array]
    anchors: Ints
    kind: Codes
    founded: Floats


def settle(
    year: int, schools: Mapping[str, Array], trusts: Codes, share: float, sites: int, luck: WorldLuck
) -> Specialists:
    """Specialist schools, then planned sites, for the open mainstream `schools` (columns, n rows) of a synthetic world.

    `trusts`: kind of each of its trusts; `share`: how many there are over what is published; `sites`: planned sites of
    mainstream free schools.
    """
    scale = share * len(schools["la"]) / ENGLAND_SCHOOLS
    counts = {kind: round(number * scale) for kind, number in SCHOOLS[year].items()}
    planned = {kind: round(part * share * sites) for kind, part in SITE_SHARES.items()}
    phase = np.repeat(np.array(KINDS * 2, np.int8), [*counts.values(), *planned.values()])
    is_open = np.arange(len(phase)) < sum(counts.values())
    anchors = _anchors(phase, is_open, schools, luck)
    rows = np.arange(len(phase))
    columns = {name: values[anchors] for name, values in schools.items()}
    near, far = ANCHOR_KM
    metres = 1000.0 * (near + (far - near) * luck.uniform("specialist/distance", 0, rows))
    angle = 2 * np.pi * luck.uniform("specialist/angle", 0, rows)
    pupils, capacity = _sizes(year, phase, luck)
    route = np.where(is_open, _routes(year, phase, is_open, luck), Route.FREE).astype(np.int8)
    opened = np.where(is_open, _opened(year, phase, route, luck), np.nan)
    # sites count as opened after the start, so that the shares of grades are those of open schools
    grade, inspected = judged(year, year + 2.0 / 3.0, phase, route, np.where(is_open, opened, year + 1.0), luck, rows)
    columns |= {
        "easting": columns["easting"] + metres * np.cos(angle),
        "northing": columns["northing"] + metres * np.sin(angle),
        "phase": phase,
        "denomination": np.zeros(len(phase), np.int8),
        "pupils": np.where(is_open, pupils, 0.0),
        "capacity": np.where(is_open, capacity, _by_kind(SITE_PLACES, phase)),
        "fsm": _meals(year, phase, schools["fsm"], anchors, luck),
        "grade": grade,
        "inspected": inspected,
        "opened": opened,
        "route": route,
        "planned": ~is_open,
    }
    academies = np.flatnonzero(is_open & (route != Route.MAINTAINED))
    of, kind = _trusts(year, columns, academies, schools, trusts, luck)
    columns["trust"] = of
    founded = np.full(len(trusts) + len(kind), np.inf)
    np.minimum.at(founded, of[of >= 0], opened[of >= 0])
    return Specialists(columns, anchors, kind, founded[len(trusts) :])


def _by_kind(table: Mapping[int, float], phase: Codes) -> Floats:
    return np.array([table[kind] for kind in KINDS])[phase - KINDS[0]]


def _anchors(phase: Codes, is_open: NDArray[np.bool_], schools: Mapping[str, Array], luck: WorldLuck) -> Ints:
    """Row of the school that each lies beside: shared among authorities by pupils, and in each drawn by pupils."""
    codes, la = np.unique(schools["la"], return_inverse=True)
    pupils = np.asarray(schools["pupils"], np.float64)
    by_place = np.argsort(la, kind="stable")
    steps = np.concatenate([[0.0], np.cumsum(pupils[by_place])])
    first = np.searchsorted(la[by_place], np.arange(len(codes) + 1))
    drawn = luck.uniform("specialist/anchor", 0, np.arange(len(phase)))
    anchors = np.zeros(len(phase), np.int64)
    for flag in (True, False):
        for kind in KINDS:
            here = np.flatnonzero((phase == kind) & (is_open == flag))
            area = np.repeat(np.arange(len(codes)), apportion(np.diff(steps[first]), len(here)))
            at = steps[first[area]] + drawn[here] * (steps[first[area + 1]] - steps[first[area]])
            place = np.searchsorted(steps, at, side="right") - 1
            anchors[here] = by_place[np.clip(place, first[area], first[area + 1] - 1)]
    return anchors


def _sizes(year: int, phase: Codes, luck: WorldLuck) -> tuple[Floats, Floats]:
    """Pupils and places."""
    rows = np.arange(len(phase))
    spread = _by_kind(ROLL_SPREAD, phase)
    score = luck.normal("specialist/pupils", 0, rows)
    pupils = _by_kind(ROLLS[year], phase) * np.exp(spread * score - spread**2 / 2.0)
    mean, sd = (_by_kind({kind: pair[i] for kind, pair in FILLS.items()}, phase) for i in range(2))
    fill = np.clip(mean + sd * luck.normal("specialist/fill", 0, rows), *FILL_RANGE)
    pupils = np.maximum(np.round(pupils), LEAST_ROLL)
    return pupils, np.maximum(np.round(pupils / fill), LEAST_ROLL)


def _meals(year: int, phase: Codes, fsm: Floats, anchors: Ints, luck: WorldLuck) -> Floats:
    """% of pupils eligible: what is usual of the kind, more where the schools beside it are poor."""
    odds = np.log(np.clip(fsm, 1.0, 99.0) / (100.0 - np.clip(fsm, 1.0, 99.0)))
    mean = _by_kind(MEALS[year], phase)
    score = np.log(mean / (100.0 - mean)) + MEALS_LOCAL * (odds[anchors] - odds.mean())
    score = score + MEALS_SPREAD * luck.normal("specialist/meals", 0, np.arange(len(phase)))
    return np.asarray(np.round(100.0 / (1.0 + np.exp(-score)), 1))


def _routes(year: int, phase: Codes, is_open: NDArray[np.bool_], luck: WorldLuck) -> Codes:
    order = luck.uniform("specialist/route", year, np.arange(len(phase)))
    route = np.zeros(len(phase), np.int8)
    for kind, counts in ROUTES_OF[year].items():
        here = np.flatnonzero((phase == kind) & is_open)
        left = max(SCHOOLS[year][kind] - sum(counts), 0)
        numbers = apportion(np.array([*counts, left]), len(here))
        codes = np.repeat([Route.CONVERTER, Route.SPONSORED, Route.FREE, Route.MAINTAINED], numbers)
        route[here[np.argsort(order[here], kind="stable")]] = codes
    return route


def _opened(year: int, phase: Codes, route: Codes, luck: WorldLuck) -> Floats:
    """Opening dates of academies; nan for maintained schools."""
    drawn = luck.uniform("specialist/opened", year, np.arange(len(phase)))
    opened = np.full(len(phase), np.nan)
    for kind, table in OPENED.items():
        here = np.flatnonzero((phase == kind) & (route != Route.MAINTAINED))
        years = np.array([one for one in table if one < year])
        if len(here) and len(years):
            steps = np.cumsum([table[one] for one in years.tolist()])
            at = np.searchsorted(steps / steps[-1], drawn[here], side="right").clip(max=len(years) - 1)
            opened[here] = years[at] + 2.0 / 3.0
    return opened


def _trusts(
    year: int,
    columns: Mapping[str, Array],
    academies: Ints,
    schools: Mapping[str, Array],
    trusts: Codes,
    luck: WorldLuck,
) -> tuple[Array, Codes]:
    """The trust of every row (−1: none), and the kind of the trusts that are new, after the world's own `trusts`."""
    of = np.full(len(columns["phase"]), -1, np.int32)
    if not len(academies):
        return of, np.zeros(0, np.int8)
    xy = np.column_stack([columns["easting"], columns["northing"]]) / 1000.0
    shared, separate, single = _homes(year, columns["phase"], academies, luck)
    hosted = _hosts(year, xy, shared, schools, trusts, luck)
    of[shared] = hosted
    # where no trust of the world can have them they stand alone
    single = np.sort(np.concatenate([single, shared[hosted < 0]]))
    of[single] = len(trusts) + np.arange(len(single))
    group, count = _separate(year, xy, columns["phase"], separate, luck)
    of[separate] = len(trusts) + len(single) + group
    return of, np.repeat(np.array([TrustKind.SINGLE, TrustKind.MULTI], np.int8), [len(single), count])


def _homes(year: int, phase: Codes, academies: Ints, luck: WorldLuck) -> tuple[Ints, Ints, Ints]:
    """Which academies are in trusts with mainstream schools, in trusts of these alone, and alone."""
    order = luck.uniform("specialist/home", year, np.arange(len(phase)))
    parts: list[list[Ints]] = [[], [], []]
    for kind, counts in HOMES[year].items():
        here = academies[phase[academies] == kind]
        here = here[np.argsort(order[here], kind="stable")]
        ends = np.cumsum(apportion(np.array(counts), len(here)))
        for part, rows in zip(parts, np.split(here, ends[:-1]), strict=True):
            part.append(rows)
    shared, separate, single = (np.sort(np.concatenate(part)) for part in parts)
    return shared, separate, single


def _hosts(
    year: int, xy: Floats, shared: Ints, schools: Mapping[str, Array], trusts: Codes, luck: WorldLuck
) -> NDArray[np.int32]:
    """The trust with mainstream schools that each of `shared` is in: trusts are drawn by their size, and each has the
    nearest of these; −1 where there are too few trusts."""
    trust = schools["trust"]
    sizes = np.bincount(trust[trust >= 0], minlength=len(trusts))
    hosts = np.flatnonzero((sizes > 0) & (trusts == TrustKind.MULTI))
    result = np.full(len(shared), -1, np.int32)
    weight = np.array(HOST_SHARE[year])[np.searchsorted(HOST_EDGES, sizes[hosts], side="right")]
    wanted = sizes_of(PER_HOST[year], len(shared))[: len(hosts)]
    # those with the smallest waits for their share are drawn: as likely as the shares say
    waits = -np.log1p(-luck.uniform("specialist/host", year, hosts)) / weight
    drawn = hosts[np.argsort(waits, kind="stable")[: len(wanted)]]
    at = np.column_stack([schools["easting"], schools["northing"]]) / 1000.0
    left = np.ones(len(shared), bool)
    for host, number in zip(drawn.tolist(), wanted.tolist(), strict=True):
        rest = np.flatnonzero(left)
        away = np.hypot(*(xy[shared[rest]] - at[trust == host].mean(axis=0)).T)
        taken = rest[np.argsort(away, kind="stable")[:number]]
        result[taken], left[taken] = host, False
    return result


def _separate(year: int, xy: Floats, phase: Codes, separate: Ints, luck: WorldLuck) -> tuple[Ints, int]:
    """Trust of each of `separate`, from 0, and how many there are: neighbours of like kind together."""
    apart = (phase[separate] == Phase.ALTERNATIVE) & (luck.uniform("specialist/apart", year, separate) < APART)
    string = np.where(phase[separate] == Phase.SIXTEEN_PLUS, 2, apart.astype(np.int64))
    group, count = np.zeros(len(separate), np.int64), 0
    for one in range(3):
        here = np.flatnonzero(string == one)
        if len(here):
            sizes = sizes_of(SEPARATE_SIZES[year], len(here))
            sizes = sizes[np.argsort(luck.uniform(f"specialist/own/{one}", year, np.arange(len(sizes))), kind="stable")]
            strung = here[np.argsort(along_curve(xy[separate[here]]), kind="stable")]
            group[strung] = count + np.repeat(np.arange(len(sizes)), sizes)
            count += len(sizes)
    return group, count
