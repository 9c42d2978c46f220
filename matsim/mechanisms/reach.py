"""Which schools and trusts could find each other this year: the search, done for all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.agents.school import Schools
from matsim.agents.trust import Trusts
from matsim.state.directions import Direction
from matsim.state.state import Rows, State
from matsim.world.base import RSC_REGIONS
from matsim.world.codes import Denomination, Phase, SchoolState, TrustKind
from matsim.world.geography import TravelParams, minutes

type Floats = NDArray[np.float64]

APART = 1e8
"""Metres that lie between regions where a search is for one region alone."""


@dataclass(frozen=True)
class Pairs:
    """School and trust pairs within reach of each other; arrays of equal length."""

    school: Rows
    trust: Rows
    minutes: Floats


@dataclass(frozen=True)
class Acquaintance:
    """Chances that a school and a trust of its region that are not neighbours know of each other.

    `near` next door, falling to about a third over `km` to the trust's middle (`km_secondary` for a secondary), and
    times `across` where the trust has no school in the school's authority; `church`, wherever, within one church.
    """

    near: float
    km: float
    km_secondary: float
    across: float
    church: float


def looking(state: State) -> Rows:
    """Schools that trusts may be offered: seeking, ordered to convert, or trying to leave their trust."""
    schools = state.schools
    wanted = schools.seeking | schools.leaving | ~np.isnan(schools.ordered) | ~np.isnan(schools.warned)
    return np.flatnonzero((schools.state == SchoolState.OPEN) & wanted)


def at_home(state: State, school: Rows, trust: Rows) -> NDArray[np.bool_]:
    """Which trusts have a school in the authority of the school beside them; shape of the two rows given."""
    schools, count = state.schools, len(state.places)
    academies = np.flatnonzero((schools.state == SchoolState.OPEN) & (schools.trust >= 0))
    present = np.zeros(len(state.trusts) * count, bool)
    present[schools.trust[academies].astype(np.int64) * count + schools.place[academies]] = True
    return present[trust.astype(np.int64) * count + schools.place[school]]


def within_reach(state: State, sponsors: int, travel: TravelParams, known: Acquaintance | None = None) -> Pairs:
    """Every looking school with every trust among its neighbours' trusts, and the shortest travel time.

    Schools that commissioners find a trust for are also put to the nearest sponsors of their region, however far.
    With `known`, so are all to the trusts of their region that they know of.
    """
    schools, trusts, near = state.schools, state.trusts, state.world.neighbours
    rows = looking(state)
    index = near.index[rows]
    owner = np.where((index >= 0) & (schools.state[index] == SchoolState.OPEN), schools.trust[index], -1)
    home = schools.trust[rows][:, None]
    able = _able(state, rows)
    usable = (owner >= 0) & (owner != home) & able[owner]
    which, column = np.nonzero(usable)
    school, trust = rows[which], owner[which, column]
    time = near.minutes[rows][which, column].astype(float)
    compelled = ~np.isnan(schools.ordered[rows]) | ~np.isnan(schools.warned[rows])
    far = _sponsors(state, rows[compelled], able, sponsors, travel)
    sets = [(school, trust, time), far]
    if known is not None:
        sets.append(_known(state, rows, able, known, travel))
    sets += [_named(state, row, d, rows, travel) for row, d in sorted(state.directed.items()) if d.ask or d.near]
    school, trust, time = (np.concatenate(x) for x in zip(*sets, strict=True))
    other = schools.trust[school] != trust
    school, trust, time = school[other], trust[other], time[other]
    # one number for each pair: the searches may find a pair more than once, and the sorted keys put it in order
    key, pair = np.unique(school.astype(np.int64) * len(trusts) + trust, return_inverse=True)
    shortest = np.full(len(key), np.inf)
    np.minimum.at(shortest, pair, time)
    return Pairs(*np.divmod(key, len(trusts)), shortest)


def named(state: State, pairs: Pairs) -> NDArray[np.bool_]:
    """Which pairs are of a trust with a school that it is told to approach, or with one where it is told to look."""
    result = np.zeros(len(pairs.school), bool)
    for row, d in state.directed.items():
        schools = d.ask or tuple(d.near or ())
        result |= (pairs.trust == row) & np.isin(pairs.school, schools)
    return result


def _named(
    state: State, trust: int, direction: Direction, looking: Rows, travel: TravelParams
) -> tuple[Rows, Rows, Floats]:
    """The looking schools that a trust is told of, however far, with the minutes to its nearest school."""
    schools, sparsity = state.schools, state.world.neighbours.sparsity
    rows = looking[np.isin(looking, direction.ask or tuple(direction.near or ()))]
    rows = rows[schools.trust[rows] != trust]
    mine = state.members(trust)
    east = schools.easting[rows][:, None] - schools.easting[mine]
    north = schools.northing[rows][:, None] - schools.northing[mine]
    both = (sparsity[rows][:, None] + sparsity[mine]) / 2.0
    time = minutes(np.hypot(east, north) / 1000.0, both, travel).min(axis=1, initial=np.inf)
    return rows, np.full(len(rows), trust), time


def _known(
    state: State, rows: Rows, able: NDArray[np.bool_], known: Acquaintance, travel: TravelParams
) -> tuple[Rows, Rows, Floats]:
    """Each of the rows with the trusts of its region that it knows of wherever they are, and the minutes.

    Each pair has luck of its own, which it keeps: one trust's founding changes nothing for the others.
    """
    schools, trusts = state.schools, state.trusts
    times, t = _of_region(state, rows, np.flatnonzero(able & (trusts.kind == TrustKind.MULTI)))
    luck = state.streams.pair("reach/known", 0, schools.luck[rows], trusts.luck[t], times)
    # most pairs could meet nowhere, and most of the others on neither side of a border: they are asked no more
    near = known.near * max(known.across, 1.0)
    maybe = np.flatnonzero(luck < max(near, known.church))
    s, t, luck = np.repeat(rows, times)[maybe], t[maybe], luck[maybe]
    faith = schools.denomination[s]
    church = known.church * (
        ((faith == Denomination.CHURCH_OF_ENGLAND) | (faith == Denomination.ROMAN_CATHOLIC))
        & (faith == trusts.denomination[t])
    )
    scale = np.where(schools.phase[s] != Phase.PRIMARY, known.km_secondary, known.km)
    km = np.hypot(schools.easting[s] - trusts.easting[t], schools.northing[s] - trusts.northing[t]) / 1000.0
    close = np.exp(-km / scale)
    met = np.flatnonzero((luck < np.maximum(near * close, church)) & (schools.trust[s] != t))
    side = np.where(at_home(state, s[met], t[met]), 1.0, known.across)
    met = met[luck[met] < np.maximum(known.near * close[met] * side, church[met])]
    return s[met], t[met], _nearest(state, s[met], t[met], travel)


def _realm(table: Schools | Trusts, rows: Rows) -> Rows:
    """A number for the region that each row is in; the same region of another copy of the world has another."""
    return np.asarray(len(RSC_REGIONS) * table.copy[rows].astype(np.intp) + table.region[rows])


def _of_region(state: State, school: Rows, trust: Rows) -> tuple[Rows, Rows]:
    """For each of the schools how many of the trusts are of its region, and then all of these, school by school."""
    theirs = _realm(state.trusts, trust)
    order = np.argsort(theirs, kind="stable")
    trust, mine = trust[order], _realm(state.schools, school)
    first, end = (np.searchsorted(theirs[order], mine, side=side) for side in ("left", "right"))
    count = end - first
    # 0 to count − 1 for each school in turn, counted from where its region's trusts start
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - first, count)
    return count, trust[place]


def _nearest(state: State, school: Rows, trust: Rows, travel: TravelParams) -> Floats:
    """Minutes from each school to the nearest school of the trust beside it."""
    if not len(school):
        return np.zeros(0)
    schools, sparsity = state.schools, state.world.neighbours.sparsity
    members, starts = state.grouped()
    size = starts[trust + 1] - starts[trust]
    ends = np.cumsum(size)
    # for each pair all schools of its trust, end to end; `reduceat` below takes the least of each stretch
    other = members[np.repeat(starts[trust] - ends + size, size) + np.arange(ends[-1])]
    one = np.repeat(school, size)
    east, north = schools.easting[one] - schools.easting[other], schools.northing[one] - schools.northing[other]
    time = minutes(np.hypot(east, north) / 1000.0, (sparsity[one] + sparsity[other]) / 2.0, travel)
    return np.minimum.reduceat(time, ends - size)


def _able(state: State, looking: Rows) -> NDArray[np.bool_]:
    """Which trusts may take schools on: open, meaning to grow, and not all themselves looking for another home.

    Single-academy trusts whose head means to grow are among them: they become multi-academy trusts.
    """
    schools, trusts = state.schools, state.trusts
    of = schools.trust[looking]
    leaving = np.bincount(of[of >= 0], minlength=len(trusts)) >= trusts.schools
    return np.asarray(trusts.active & (trusts.target > 1) & ~leaving)


def _sponsors(
    state: State, rows: Rows, able: NDArray[np.bool_], count: int, travel: TravelParams
) -> tuple[Rows, Rows, Floats]:
    """Each of the rows with its region's `count` nearest multi-academy trusts that mean to grow, and the minutes."""
    schools, trusts = state.schools, state.trusts
    growing = np.flatnonzero(able & (trusts.kind == TrustKind.MULTI) & (trusts.target > trusts.schools))
    few = min(count, len(growing))
    if not few or not len(rows):
        return rows[:0], rows[:0], np.zeros(0)
    # one search for all: regions lie side by side in a third dimension, farther apart than anything in one of them
    at = np.column_stack([trusts.easting[growing], trusts.northing[growing], APART * _realm(trusts, growing)])
    points = np.column_stack([schools.easting[rows], schools.northing[rows], APART * _realm(schools, rows)])
    km, near = cKDTree(at / 1000.0).query(points / 1000.0, k=list(range(1, few + 1)))
    which, column = np.nonzero(km < APART / 1000.0)
    school, trust = rows[which], growing[near[which, column]]
    return school, trust, minutes(km[which, column], state.world.neighbours.sparsity[school], travel)
