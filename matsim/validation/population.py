"""Whose numbers are compared with published ones: the one place that picks them out.

Nearly every published figure that the model is fitted on or held against is of mainstream schools: what became
academies and when, how large trusts are, grades, value added. So a world's special schools, alternative provision and
schools for those of 16 to 19 take part in a run and are left out of every comparison, and a trust counts with its
mainstream schools. `matsim.words.population` says so on pages.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.world.base import World


def counted(world: World) -> NDArray[np.bool_]:
    """Which schools of a world are of the population, planned sites among them: (n,)."""
    return np.asarray(world.mainstream)


def first_year(world: World) -> NDArray[np.intp]:
    """Rows of those that are open in the first year, ascending."""
    return np.flatnonzero(counted(world) & ~world.schools["planned"])
