"""Inspection grades for schools of a file that has none, drawn so that their shares are those published.

Files since 2024 have no grades. A country of schools without grades would begin as if every one were Good, and its
commissioners would find nobody to help. So grades are drawn: by published shares, better for schools with fewer free
school meals and for primary schools, with dates as far back as inspections lay. None is the real grade of its school.
"""

from __future__ import annotations

import numpy as np

from matsim.core.columns import Array
from matsim.core.streams import Streams
from matsim.world.inspections import AGE_AT, AGES, FIRST_INSPECTION, POVERTY_EFFECT, ROUTE_EFFECT
from matsim.world.land import apportion

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
    luck, rows, start = Streams(GRADE_SEED, len(phase)), np.arange(len(phase)), year + 2.0 / 3.0
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
