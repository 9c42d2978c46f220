"""What teachers, money and lent practice do to results: how much each weighs, no more than evidence allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.state.state import Rows, State

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


def gains(state: State, p: ClassroomParams, rows: Rows) -> Floats:
    """What each of the schools gains or loses in the year (sd)."""
    return np.asarray(state.schools.lent[rows] - p.lent_usual)
