"""What teachers, money and lent practice do to results: how much each weighs, no more than evidence allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.state.state import Rows, State
from matsim.world.codes import Sector

type Floats = NDArray[np.float64]

HUNDRED = 100.0
"""£ per pupil that gains of teaching are given for."""


class ClassroomParams(Params):
    """Gains in a school's quality in a year, in school-level standard deviations."""

    lent_usual: float = param(
        0.003,
        "sd per year",
        "assumed: fitted by hand, so that lending moves no mean",
        plausible=(0.0, 0.02),
    )
    """What practice lent gives a school on average, less what lending costs it, taken off again."""
    turnover: float = param(0.22, "sd per year", "ronfeldt-2013", plausible=(0.0, 0.3))
    """Loss of a secondary school all of whose teachers leave in the year: 0.08 pupil sd, 2.8 times that in school sd.
    In primaries turnover goes with no loss (EPI 2024)."""
    turnover_usual: float = param(0.16, "share per year", "teacher-turnover", plausible=(0.14, 0.18))
    """Share of teachers who leave a usual secondary school in the year, whose loss is no part of it."""
    teaching_primary: float = param(
        0.008,
        "sd per year",
        "assumed: a lasting £100 settles at 0.03 sd (gain over reversion), midway on a log scale between 0.012 ("
        "Jackson and Mackevicius) and 0.07 (Gibbons and others): teaching-money, at 2.8 school sd for a pupil's",
        plausible=(0.002, 0.014),
    )
    """Gain of a primary for each £100 per pupil that it spends on teaching above schools like it."""
    teaching_secondary: float = param(
        0.0025, "sd per year", "assumed: as in primaries, at a slower reversion", plausible=(0.001, 0.0065)
    )
    """The same of a secondary or specialist school."""


def gains(state: State, p: ClassroomParams, rows: Rows) -> Floats:
    """What each of the schools gains or loses in the year (sd)."""
    schools, sector = state.schools, state.world.sector[rows]
    teachers = -p.turnover * (schools.turnover[rows] - p.turnover_usual) * (sector == Sector.SECONDARY)
    each = np.where(sector == Sector.PRIMARY, p.teaching_primary, p.teaching_secondary)
    money = each * schools.teaching[rows] / HUNDRED
    return np.asarray(teachers + money + schools.lent[rows] - p.lent_usual)
