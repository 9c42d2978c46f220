"""What a target may name: heads and teachers who leave, by phase and by kind and size of trust."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.validation.observed_run import Watched, once

PHASE = {"primary": 0, "secondary": 1}


@once
def _new_heads(w: Watched, year: int, phase: str) -> NDArray[np.bool_]:
    """Of the schools of a phase with a head, those whose head is new in the year."""
    schools = w.at(year)
    schools = schools.loc[(schools.phase.to_numpy() == PHASE[phase]) & ~schools.vacancy.to_numpy()]
    return np.asarray(schools.head_years < 1.0)


def head_turnover(w: Watched, year: int, phase: str) -> float:
    """Share of schools whose head is new in the year."""
    return float(_new_heads(w, year, phase).mean())


def head_turnover_gap(w: Watched, year: int) -> float:
    """That share of secondaries less that of primaries."""
    return head_turnover(w, year, "secondary") - head_turnover(w, year, "primary")


QUANTITIES: dict[str, Callable[..., Any]] = {
    quantity.__name__: quantity
    for quantity in list(globals().values())
    if isinstance(quantity, FunctionType) and quantity.__module__ == __name__ and not quantity.__name__.startswith("_")
}
"""Every function above by name."""
