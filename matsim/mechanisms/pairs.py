"""Pairs of schools within the same trust, with the travel time between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.state.state import ClosePairs, Rows, State
from matsim.world.codes import SchoolState
from matsim.world.geography import TravelParams, farthest, minutes


def close_pairs(state: State, travel: TravelParams, most: float) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Each unordered pair of open schools of one trust, of one sector, that are within `most` minutes: row,
    later row, minutes by car.

    Schools stay where they are, so that only those whose trust is another than last time are looked at again.
    """
    schools = state.schools
    trust = np.where(schools.state == SchoolState.OPEN, schools.trust, -1)
    known = state.close
    if known is None or known.within != (most, travel):
        known = state.close = ClosePairs((most, travel), np.full(len(schools), -1))
    stayed = trust == known.trust
    movers = np.flatnonzero(~stayed)
    if len(movers):
        a, b, time = _near(state, travel, most, *pairs_with(state, movers, trust))
        kept = np.flatnonzero(stayed[known.first] & stayed[known.second])
        known.trust = trust
        known.first = np.concatenate([known.first[kept], a])
        known.second = np.concatenate([known.second[kept], b])
        known.minutes = np.concatenate([known.minutes[kept], time])
    return known.first, known.second, known.minutes


def _near(state: State, travel: TravelParams, most: float, a: Rows, b: Rows) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Which of these pairs are close, as `close_pairs` gives them."""
    schools, sparsity = state.schools, state.world.neighbours.sparsity
    sector = state.world.sector
    reach = 1000.0 * farthest(most, travel)
    x, y = np.abs(schools.easting[a] - schools.easting[b]), np.abs(schools.northing[a] - schools.northing[b])
    pick = np.flatnonzero((sector[a] == sector[b]) & (x <= reach) & (y <= reach))
    a, b, km = a[pick], b[pick], np.hypot(x[pick], y[pick]) / 1000.0
    time = minutes(km, (sparsity[a] + sparsity[b]) / 2.0, travel)
    near = np.flatnonzero(time <= most)
    a, b = a[near], b[near]
    return np.minimum(a, b), np.maximum(a, b), time[near]


def pairs_with(state: State, movers: Rows, trust: Rows) -> tuple[Rows, Rows]:
    """Each unordered pair of schools of one trust of which one at least is a mover; `trust` is each school's, or −1."""
    others = np.ones(len(trust), bool)
    others[movers] = False
    movers = movers[trust[movers] >= 0]
    changed = np.zeros(len(state.trusts) + 1, bool)  # the last is for schools outside trusts, whose trust is −1
    changed[trust[movers]] = True
    rows = np.flatnonzero(changed[trust])
    rows = rows[np.argsort(trust[rows], kind="stable")]
    begin, end = (np.searchsorted(trust[rows], trust[movers], side) for side in ("left", "right"))
    count = end - begin
    other = rows[np.arange(count.sum()) + np.repeat(end - np.cumsum(count), count)]
    mover = np.repeat(movers, count)
    # two movers meet twice, and each meets itself
    once = np.flatnonzero(others[other] | (mover < other))
    return mover[once], other[once]
