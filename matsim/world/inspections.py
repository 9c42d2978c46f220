"""Last inspection grades and dates at the start of a synthetic England."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Streams
from matsim.world.codes import ROUTES
from matsim.world.land import Floats, apportion

type Codes = NDArray[np.int8]

GRADE_SHARES: dict[int, tuple[tuple[float, ...], ...]] = {
    2018: ((0.208, 0.692, 0.0835, 0.0165), (0.222, 0.571, 0.152, 0.055)),
    2010: ((0.18, 0.51, 0.285, 0.025), (0.18, 0.46, 0.31, 0.05)),
}
"""Outstanding, Good, Requires improvement (2010: satisfactory) and Inadequate among graded primary schools,
and among the others. 2018: 90% and 79% good or better and 21% Outstanding are stated (evidence §4), the split
below Good and by phase follows gias-2018. 2010: 68% and 18% are stated for all schools; by phase, assumed."""

ROUTE_EFFECT = ((0.0, 0.0, -0.5, 0.5), (0.0, 0.35, -0.05, 0.35))
POVERTY_EFFECT = (-0.28, -0.37)
"""Effect on the normal score of the last grade, primary and other, by ROUTES, and of a standard deviation of
free school meals. The latter are rank correlations in gias-2018. The former are assumed: the order of grades by
type in gias-2018, less what poverty explains, since the grades of many new academies are missing there."""

AGE_AT = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
AGES: dict[int, tuple[tuple[float, ...], ...]] = {
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
"""Years since the last graded inspection at 0, 5, 10, 25, 50, 75, 90, 95 and 100%, by grade. 2018: gias-2018.
2010: assumed even over a cycle of five years (Outstanding), the later interval (Good), three, and one and a
half, as the inspection rules of 2009 intended."""

FIRST_INSPECTION = (2.6, 0.5)
"""Years from opening to the first inspection of a new academy, mean and sd (ofsted-intervals: medians of
2.41 to 2.72; IQR 1.8 to 2.9)."""


def inspect(year: int, phase: Codes, route: Codes, opened: Floats, fsm: Floats, luck: Streams) -> tuple[Codes, Floats]:
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


def _dates(year: int, grade: Codes, since_first: Floats, luck: Streams) -> Floats:
    """Dates by grade; no school's is before its first inspection was due (`since_first` years ago)."""
    rows = np.arange(len(grade))
    share = luck.uniform("world/inspected", year, rows)
    age = np.full(len(grade), np.nan)
    for code, ages in enumerate(AGES[year], start=1):
        here = grade == code
        age[here] = np.interp(share[here], AGE_AT, ages)
    age = np.where(age > since_first, share * since_first, age)
    return year + 2.0 / 3.0 - age
