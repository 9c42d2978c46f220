"""All pairs of schools within the same trust, with the travel time between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.geography import TravelParams, minutes
from matsim.state import Rows, State


def trust_pairs(state: State, travel: TravelParams, only: Rows | None = None) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Each unordered pair of open schools of one trust: rows, rows, minutes by car.

    `only` limits the search to these trust rows. The cost grows with the sum of the squares of trust sizes.
    """
    order, starts = state.grouped()
    size = np.diff(starts)
    trusts = np.flatnonzero(size > 1) if only is None else only[size[only] > 1]
    size = size[trusts]
    members = np.repeat(starts[:-1][trusts] - np.r_[0, np.cumsum(size)[:-1]], size) + np.arange(size.sum())
    # the k-th school of a trust of n is paired with the n − 1 − k that come after it
    position = np.arange(size.sum()) - np.repeat(np.r_[0, np.cumsum(size)[:-1]], size)
    later = np.repeat(size, size) - 1 - position
    first = np.repeat(np.arange(size.sum()), later)
    second = first + 1 + np.arange(later.sum()) - np.repeat(np.r_[0, np.cumsum(later)[:-1]], later)
    a, b = order[members[first]], order[members[second]]
    schools, near = state.schools, state.world.neighbours
    km = np.hypot(schools.easting[a] - schools.easting[b], schools.northing[a] - schools.northing[b]) / 1000.0
    return a, b, minutes(km, (near.sparsity[a] + near.sparsity[b]) / 2.0, travel)
