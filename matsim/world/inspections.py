"""Last inspection grades and dates at the start of a synthetic England, and of files that have none.

For schools of a file that has no grades they are drawn so that their shares are those published.

Files since 2024 have no grades. A country of schools without grades would begin as if every one were Good, and its
commissioners would find nobody to help. So grades are drawn: by published shares, better for schools with fewer free
school meals and for primary schools, with dates as far back as inspections lay. None is the real grade of its school.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.world.codes import ROUTES
from matsim.world.land import Floats, apportion
from matsim.world.luck import WorldLuck

type Codes = NDArray[np.int8]

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
    2018: (0.21, 0.86),
    2019: (0.20, 0.86),
    2022: (0.17, 0.88),
    2023: (0.17, 0.89),
    2024: (0.14, 0.90),
}
"""Schools judged Outstanding, and Good or Outstanding, among those judged, at the end of August (ofsted-share;
Outstanding in March 2020 for 2019, December 2022 for 2022 and 2023, March 2024 for 2024)."""
INADEQUATE = 0.2
"""Share of Inadequate among schools judged less than Good: a sixth to a quarter in gias-2018; then assumed."""
UPPER = -0.47
"""How much lower secondary and all-through schools stand on the normal score: 79% Good or better against 90% (2018)."""


def published_year(year: int) -> int:
    """The year of the published shares that a start year draws on: the latest not after it, else the first."""
    return max((known for known in PUBLISHED if known <= year), default=min(PUBLISHED))


def shares(year: int) -> tuple[float, float, float, float]:
    """Outstanding, Good, Requires improvement and Inadequate among schools judged."""
    outstanding, good = PUBLISHED[published_year(year)]
    return outstanding, good - outstanding, (1.0 - good) * (1.0 - INADEQUATE), (1.0 - good) * INADEQUATE


def draw_grades(columns: dict[str, Array], year: int) -> int:
    """Fill `grade` and `inspected` of schools (complete but for these two) in place; returns how many were graded.

    Sponsored academies and free schools too new to have been inspected stay without.
    """
    phase, route, opened, fsm = (columns[name] for name in ("phase", "route", "opened", "fsm"))
    luck, rows, start = WorldLuck(GRADE_SEED, len(phase)), np.arange(len(phase)), year + 2.0 / 3.0
    group = np.minimum(phase, 1).astype(np.intp)
    mean, sd = FIRST_INSPECTION
    wait = np.maximum(mean + sd * luck.normal("first inspection", year, rows), 0.5)
    open_for = np.where((route >= 2) & np.isfinite(opened), start - opened, np.inf)
    judged = np.flatnonzero(open_for > wait)
    poor = (fsm - fsm.mean()) / max(float(fsm.std()), 1.0)
    score = np.array(ROUTE_EFFECT)[group, route] + np.array(POVERTY_EFFECT)[group] * poor + UPPER * group
    score = score + luck.normal("grade", year, rows)
    order = judged[np.argsort(-score[judged], kind="stable")]
    columns["grade"][order] = np.repeat(np.arange(1, 5), apportion(np.array(shares(year)), len(order)))
    ages = AGES[max((known for known in AGES if known <= year), default=min(AGES))]
    share = luck.uniform("inspected", year, rows)
    for code, known in enumerate(ages, start=1):
        here = judged[columns["grade"][judged] == code]
        age = np.interp(share[here], AGE_AT, known)
        since = (open_for - wait)[here]
        columns["inspected"][here] = start - np.where(age > since, share[here] * since, age)
    return len(judged)
