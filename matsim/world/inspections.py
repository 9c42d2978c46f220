"""Last inspection grades and dates at the start of a synthetic England, and of files that have none.

For schools of a file that has no grades they are drawn so that their shares are those published.

Files since 2025 have no grades. A country of schools without grades would begin as if every one were Good, and its
commissioners would find nobody to help. So where Ofsted's file is not given either, grades are drawn: by published
shares, by phase and route, better for schools with fewer free school meals and alike within authorities, with dates as
far back from the day of the file as inspections lay, and none where files had none. A world is then near what it would
be with its schools' grades, as numbers go (`tests/world/test_world_drawn.py`); none is the real grade of its school.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from matsim.core.columns import Array
from matsim.world.codes import ROUTES, Phase, Route
from matsim.world.land import Floats, apportion
from matsim.world.luck import WorldLuck

type Codes = NDArray[np.int8]
type Rows = NDArray[np.intp]

GRADE_SHARES: dict[int, tuple[tuple[float, ...], ...]] = {
    2024: ((0.134, 0.782, 0.075, 0.009), (0.160, 0.660, 0.152, 0.028)),
    2018: ((0.208, 0.692, 0.0835, 0.0165), (0.222, 0.571, 0.152, 0.055)),
    2010: ((0.18, 0.51, 0.285, 0.025), (0.18, 0.46, 0.31, 0.05)),
}
"""Outstanding, Good, Requires improvement (2010: satisfactory) and Inadequate among graded primary schools, and among
the others. 2024: 90% good or better and 14% Outstanding are stated for all schools (ofsted-share); by phase assumed, so
that together they are that: 90% and 80% good or better in December 2022, when 88% of all were, and fewer Outstanding
primaries than secondaries and the split below Good roughly as in April 2022 (evidence §4). 2018: 90% and 79% good or
better and 21% Outstanding are stated (evidence §4), the split below Good and by phase follows gias-2018. 2010: 68% and
18% are stated for all schools; by phase, assumed."""

ROUTE_EFFECT = ((0.0, 0.0, -0.5, 0.5), (0.0, 0.35, -0.05, 0.35))
POVERTY_EFFECT = (-0.28, -0.37)
"""Effect on the normal score of the last grade, primary and other, by ROUTES, and of a standard deviation of
free school meals. The latter are rank correlations in gias-2018. The former are assumed: the order of grades by
type in gias-2018, less what poverty explains, since the grades of many new academies are missing there."""

AGE_AT = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
AGES: dict[int, tuple[tuple[float, ...], ...]] = {
    2024: (
        (0.08, 0.25, 0.45, 1.10, 2.10, 4.90, 9.00, 11.00, 15.00),
        (0.08, 0.20, 0.40, 0.90, 1.70, 2.85, 4.95, 5.60, 7.50),
        (0.08, 0.20, 0.35, 0.75, 1.40, 2.05, 2.50, 2.75, 3.00),
        (0.08, 0.15, 0.25, 0.55, 1.05, 1.60, 2.10, 2.40, 3.00),
    ),
    2018: (
        (0.06, 1.00, 1.86, 3.51, 5.27, 8.30, 10.25, 10.94, 11.68),
        (0.05, 0.54, 1.03, 2.45, 3.92, 5.15, 6.15, 6.59, 8.64),
        (0.05, 0.17, 0.27, 0.52, 1.06, 1.51, 1.97, 2.15, 3.62),
        (0.06, 0.15, 0.26, 0.50, 1.11, 1.45, 1.84, 2.06, 3.68),
    ),
    2010: (
        (0.05, 0.25, 0.50, 1.25, 2.50, 3.75, 4.50, 4.75, 5.0),
        (0.05, 0.22, 0.44, 1.10, 2.20, 3.30, 4.00, 4.20, 4.45),
        (0.05, 0.15, 0.30, 0.75, 1.50, 2.25, 2.70, 2.85, 3.0),
        (0.05, 0.08, 0.15, 0.37, 0.75, 1.12, 1.35, 1.43, 1.5),
    ),
}
"""Years since the last graded inspection at 0, 5, 10, 25, 50, 75, 90, 95 and 100%, by grade. 2018: gias-2018. 2024:
since the last visit, graded or not, as that is what the next one is counted from: assumed, such that the inspections of
the three years from September 2021 (4,669, 7,239 and 6,930) and next to none in the six terms before are behind them,
and that a tenth of all schools wait for their first since September 2019 (8% by December 2024, ofsted-ages), most of
them Outstanding, the exempt ones of which were to be seen by summer 2025.
2010: assumed even over a cycle of five years (Outstanding), the later interval (Good), three, and one and a
half, as the inspection rules of 2009 intended."""

FIRST_INSPECTION = (2.6, 0.5)
"""Years from opening to the first inspection of a new academy, mean and sd (ofsted-intervals: medians of
2.41 to 2.72; IQR 1.8 to 2.9)."""


def inspect(
    year: int, phase: Codes, route: Codes, opened: Floats, fsm: Floats, luck: WorldLuck
) -> tuple[Codes, Floats]:
    """Grade (index into GRADES) and date (decimal year, nan when none) of each school's last inspection.

    A converter keeps the grade it had; sponsored academies and free schools begin without one, and have one
    of their own once they have been open for long enough.
    """
    rows = np.arange(len(phase))
    start = year + 2.0 / 3.0
    group = np.minimum(phase, 1)
    open_for = np.where(route >= ROUTES.index("sponsored"), start - opened, np.inf)
    mean, sd = FIRST_INSPECTION
    wait = np.maximum(mean + sd * luck.normal("world/first-inspection", year, rows), 0.5)
    graded = open_for > wait
    score = np.array(ROUTE_EFFECT)[group, route] + luck.normal("world/grade", year, rows)
    grade = np.zeros(len(phase), np.int8)
    for code, shares in enumerate(GRADE_SHARES[year]):
        here = np.flatnonzero((group == code) & graded)
        if len(here) == 0:
            continue
        poor = (fsm[here] - fsm[here].mean()) / max(float(fsm[here].std()), 1.0)
        order = np.argsort(-(score[here] + POVERTY_EFFECT[code] * poor), kind="stable")
        grade[here[order]] = np.repeat(np.arange(1, 5), apportion(np.array(shares), len(here)))
    return grade, _dates(year, grade, open_for - wait, luck)


def _dates(year: int, grade: Codes, since_first: Floats, luck: WorldLuck) -> Floats:
    """Dates by grade; no school's is before its first inspection was due (`since_first` years ago)."""
    rows = np.arange(len(grade))
    share = luck.uniform("world/inspected", year, rows)
    age = np.full(len(grade), np.nan)
    for code, ages in enumerate(AGES[year], start=1):
        here = grade == code
        age[here] = np.interp(share[here], AGE_AT, ages)
    age = np.where(age > since_first, share * since_first, age)
    return year + 2.0 / 3.0 - age


GRADE_SEED = 2005
"""A fixed seed, so that the same files always give the same world. The year the four grades came in."""

PUBLISHED: dict[int, tuple[float, float]] = {
    2010: (0.18, 0.68),
    2018: (0.179, 0.866),
    2019: (0.20, 0.86),
    2022: (0.17, 0.88),
    2023: (0.17, 0.89),
    2024: (0.14, 0.90),
}
"""Schools judged Outstanding, and Good or Outstanding, among those judged, at the end of August (ofsted-share;
Outstanding in March 2020 for 2019, December 2022 for 2022 and 2023, March 2024 for 2024). 2018: those with a grade of
their own in the establishment file (gias-2018); with the grades of converters' predecessors they are 21% and 86%."""
INADEQUATE = 0.193
"""Share of Inadequate among schools judged less than Good (gias-2018; then assumed)."""

CELLS = (
    (
        (0.183, 0.719, 0.085, 0.013),
        (0.190, 0.677, 0.118, 0.015),
        (0.064, 0.605, 0.226, 0.105),
        (0.385, 0.500, 0.105, 0.010),
    ),
    (
        (0.157, 0.578, 0.190, 0.075),
        (0.248, 0.614, 0.113, 0.025),
        (0.118, 0.530, 0.239, 0.113),
        (0.230, 0.563, 0.183, 0.024),
    ),
)
"""Shares of the four grades among schools with one, primary and other, by ROUTES (gias-2018; of the 91 primary free
schools none was Inadequate, and one in a hundred is taken). In other years each has the same standing beside the rest,
on the normal score. Specialist schools are taken as primary schools (assumed: as many are Good or better)."""
POOR = ((-0.30, -0.28, -0.07, -0.31), (-0.37, -0.46, -0.13, -0.10))
"""Correlation, within a cell, of the normal score behind the grade with that of free school meals (fitted to the rank
correlations of grades in gias-2018: 0.27, 0.24, 0.07 and 0.27; 0.34, 0.35, 0.14 and 0.09)."""
LOCAL = 0.35
"""Spread of that score between local authorities (gias-2018: the share below Good varies by 0.09 between them, of which
0.04 is luck)."""

ROUTE_AGES = (
    (
        (0.29, 1.16, 2.25, 4.14, 5.97, 9.02, 10.48, 11.12, 11.64),
        (0.02, 0.64, 1.42, 2.89, 4.12, 5.23, 6.22, 6.61, 8.61),
        (0.02, 0.14, 0.23, 0.48, 1.09, 1.46, 1.90, 2.03, 3.59),
        (0.02, 0.05, 0.14, 0.31, 0.81, 1.17, 1.48, 1.83, 3.62),
    ),
    (
        (0.20, 0.76, 1.18, 2.88, 4.24, 5.40, 6.45, 8.62, 11.60),
        (0.02, 0.40, 0.81, 1.94, 3.45, 4.80, 5.44, 5.98, 7.51),
        (0.02, 0.15, 0.23, 0.48, 1.10, 1.48, 1.98, 2.23, 3.15),
        (0.02, 0.22, 0.26, 0.57, 1.18, 1.53, 2.00, 2.14, 2.42),
    ),
    (
        (0.02, 0.32, 0.81, 1.26, 2.88, 4.01, 5.51, 6.52, 8.30),
        (0.02, 0.21, 0.44, 0.91, 1.88, 3.20, 4.17, 4.99, 7.11),
        (0.02, 0.14, 0.23, 0.60, 1.00, 1.52, 1.95, 2.15, 3.30),
        (0.12, 0.45, 0.60, 0.96, 1.29, 1.54, 1.92, 2.56, 3.65),
    ),
)
"""Years from the last inspection to the day of the file, as AGES, of maintained schools, converters, and the others
(gias-2018). In files of 2018 to 2023; before and after, AGES for all."""
ROUTE_AGES_FROM, ROUTE_AGES_TO = 2018, 2023
FIRST_IN_FILES = (2.8, 0.2)
"""Years from opening until a sponsored academy or free school has a grade in the file, mean and sd (gias-2018: one in
four of those open for 2.6 years, nearly all open for 3.1)."""
CONVERTERS_AT = (0.6, 0.61, 2.5, 2.75, 3.1, 4.2, 4.8, 5.3, 6.0)
CONVERTERS_KNOWN = (1.0, 0.02, 0.02, 0.10, 0.33, 0.38, 0.50, 0.66, 0.75)
"""Years since a converter opened, and the share of those with a grade in the file: few have one of their own before
their first inspection as an academy, and Outstanding ones wait for it longest (gias-2018). Those that opened within
the year have that of the school they were."""


def published_year(year: int) -> int:
    """The year of the published shares that a start year draws on: the latest not after it, else the first."""
    return max((known for known in PUBLISHED if known <= year), default=min(PUBLISHED))


def shares(year: int) -> tuple[float, float, float, float]:
    """Outstanding, Good, Requires improvement and Inadequate among schools judged."""
    outstanding, good = PUBLISHED[published_year(year)]
    return outstanding, good - outstanding, (1.0 - good) * (1.0 - INADEQUATE), (1.0 - good) * INADEQUATE


def draw_grades(columns: dict[str, Array], year: int, day: float) -> int:
    """Fill `grade` and `inspected` of schools (complete but for these two) in place; returns how many were graded.

    They become such as an establishment file of that `day` (decimal year) had them: sponsored academies and free
    schools too new to have been inspected stay without, and so do most converters that were not inspected since.
    """
    phase, route, opened = (columns[name] for name in ("phase", "route", "opened"))
    luck, rows = WorldLuck(GRADE_SEED, len(phase)), np.arange(len(phase))
    cell = np.isin(phase, (Phase.SECONDARY, Phase.ALL_THROUGH)).astype(np.intp), route.astype(np.intp)
    open_for = np.where((route != Route.MAINTAINED) & np.isfinite(opened), day - opened, np.inf)
    mean, sd = FIRST_IN_FILES
    since = open_for - mean - sd * luck.normal("first inspection", year, rows)
    known = np.interp(open_for, CONVERTERS_AT, CONVERTERS_KNOWN) > luck.uniform("known", year, rows)
    kept = (route == Route.MAINTAINED) | ((route == Route.CONVERTER) & ~np.isfinite(opened))
    judged = np.flatnonzero(kept | np.where(route == Route.CONVERTER, known, since > 0.0))
    score = _scores(columns, cell, luck, year)[judged]
    columns["grade"][judged] = _grades(score, np.array(CELLS)[cell][judged], shares(year))
    by_route = ROUTE_AGES_FROM <= year <= ROUTE_AGES_TO
    ages = ROUTE_AGES if by_route else (AGES[max((at for at in AGES if at <= year), default=min(AGES))],) * 3
    share = luck.uniform("inspected", year, rows)
    for kind, of_kind in enumerate(ages):
        for code, at in enumerate(of_kind, start=1):
            here = judged[(columns["grade"][judged] == code) & (np.minimum(route[judged], 2) == kind)]
            age = np.interp(share[here], AGE_AT, at)
            # a school that begins without a grade was first judged when that was due, and not before
            columns["inspected"][here] = day - (np.minimum(age, since[here]) if kind == Route.SPONSORED else age)
    return len(judged)


def _scores(columns: dict[str, Array], cell: tuple[Rows, Rows], luck: WorldLuck, year: int) -> Floats:
    """The normal score behind each school's grade, within its cell: by poverty, its authority, and luck."""
    poor, number = np.zeros(len(columns["fsm"])), cell[0] * len(ROUTES) + cell[1]
    for code in np.unique(number):
        here = number == code
        poor[here] = ndtri((rankdata(columns["fsm"][here]) - 0.5) / np.count_nonzero(here))
    local = luck.normal("grade by authority", year)[np.unique(columns["la"], return_inverse=True)[1]]
    slope = np.array(POOR)[cell]
    rest = np.sqrt(1.0 - slope**2 - LOCAL**2)
    return np.asarray(slope * poor + LOCAL * local + rest * luck.normal("grade", year))


def _grades(score: Floats, known: Floats, totals: tuple[float, ...]) -> Codes:
    """Grades 1 to 4 of schools with these scores, so that the four have their shares of all, and each cell its standing
    beside the others. `known`: shares of the four in each school's cell, shape (n, 4)."""
    numbers = apportion(np.array(totals), len(score))
    grade = np.ones(len(score), np.int8)
    left = np.arange(len(score))
    for code in (4, 3, 2):
        # the schools that fall furthest below the bar of their cell, of those that have no worse grade
        bar = ndtri(known[left, code - 1 :].sum(axis=1))
        worst = np.argsort(score[left] - bar, kind="stable")[: numbers[code - 1]]
        grade[left[worst]] = code
        left = np.delete(left, worst)
    return grade
