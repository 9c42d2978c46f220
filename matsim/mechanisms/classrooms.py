"""What teachers, money and lent practice do to results: how much each weighs, no more than evidence allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.state.state import Rows, State
from matsim.world.codes import Sector

type Floats = NDArray[np.float64]


class ClassroomParams(Params):
    """Gains in a school's quality in a year, in school-level standard deviations."""

    lent_usual: float = param(
        0.005,
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


def gains(state: State, p: ClassroomParams, rows: Rows) -> Floats:
    """What each of the schools gains or loses in the year (sd)."""
    schools = state.schools
    secondary = state.world.sector[rows] == Sector.SECONDARY
    teachers = -p.turnover * (schools.turnover[rows] - p.turnover_usual) * secondary
    lent = schools.lent[rows] - p.lent_usual
    return np.asarray(teachers + lent)
