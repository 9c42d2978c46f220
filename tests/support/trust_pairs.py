"""All pairs of schools within the same trust: what the model's pairs are held against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.state.state import Rows, State
from matsim.world.geography import TravelParams, farthest, minutes


def trust_pairs(
    state: State, travel: TravelParams, only: Rows | None = None, most: float = np.inf
) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Each unordered pair of open schools of one trust: rows, rows, minutes by car.

    `only` limits the search to these trust rows; pairs of over `most` minutes may be left out. The cost grows with the
    sum of the squares of trust sizes.
    """
    order, starts = state.grouped()
    size = np.diff(starts)
    trusts = np.flatnonzero(size > 1) if only is None else only[size[only] > 1]
    size = size[trusts]
    place, ends = np.arange(size.sum()), np.cumsum(size)
    members = order[np.repeat(starts[:-1][trusts] - ends + size, size) + place]
    # a school is paired with those of its trust that come after it
    later = np.repeat(ends, size) - 1 - place
    second = np.arange(later.sum()) + np.repeat(place + 1 - np.cumsum(later) + later, later)
    first = np.repeat(np.arange(len(members)), later)
    schools, sparsity = state.schools, state.world.neighbours.sparsity[members]
    east, north = schools.easting[members], schools.northing[members]
    x, y = np.repeat(east, later) - east[second], np.repeat(north, later) - north[second]
    if np.isfinite(most):
        reach = 1000.0 * farthest(most, travel)
        near = np.flatnonzero((np.abs(x) <= reach) & (np.abs(y) <= reach))
        first, second, x, y = first[near], second[near], x[near], y[near]
    time = minutes(np.hypot(x, y) / 1000.0, (sparsity[first] + sparsity[second]) / 2.0, travel)
    return members[first], members[second], time
