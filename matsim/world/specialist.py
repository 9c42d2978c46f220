"""Special schools, alternative provision and academies for 16 to 19: what is usual among them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.world.codes import Phase, Route
from matsim.world.inspections import AGE_AT, AGES, FIRST_INSPECTION
from matsim.world.land import Floats, Ints, apportion
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

    `rows` are their slots among the draws of `luck`.
    As among mainstream schools those opened as sponsored academies or free schools are first without.
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
