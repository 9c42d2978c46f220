"""Which schools and trusts could find each other this year: the search, done for all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.core.runs import starts
from matsim.state.directions import Direction
from matsim.state.state import Rows, State
from matsim.world.codes import Denomination, SchoolState, TrustKind
from matsim.world.geography import TravelParams, minutes

type Floats = NDArray[np.float64]
type Matches = tuple[Rows, Rows, Floats]
"""Schools, trusts and minutes of what a search found."""

APART = 1e8
"""Metres that lie between regions where a search is for one region alone."""

BATCH = 1 << 18
"""About how many pairs are looked at together: a large country has more than fit into memory."""

ROUNDING = 1e-9
"""By what share at most rounding sets apart two ways to work out a distance."""

_WORD = 32
"""Bits of a number that stands beside another in one of 64."""


@dataclass(frozen=True)
class Pairs:
    """School and trust pairs within reach of each other; arrays of equal length."""

    school: Rows
    trust: Rows
    minutes: Floats


@dataclass(frozen=True)
class Acquaintance:
    """Chances that a school and a trust of its region that are not neighbours know of each other.

    `near` next door, falling to about a third over `km` to the trust's middle (one for each sector), and
    times `across` where the trust has no school in the school's authority; `church`, wherever, within one church.
    """

    near: float
    km: tuple[float, float, float]
    across: float
    church: float


def looking(state: State) -> Rows:
    """Schools that trusts may be offered: seeking, ordered to convert, or trying to leave their trust."""
    schools = state.schools
    wanted = schools.seeking | schools.leaving | ~np.isnan(schools.ordered) | ~np.isnan(schools.warned)
    return np.flatnonzero((schools.state == SchoolState.OPEN) & wanted)


def _authorities(state: State) -> NDArray[np.bool_]:
    """Which trusts have a school in which local authorities: (trusts, places)."""
    academies = state.in_trusts()
    present = np.zeros((len(state.trusts), len(state.places)), bool)
    present[state.schools.trust[academies], state.schools.place[academies]] = True
    return present


def at_home(state: State, school: Rows, trust: Rows) -> NDArray[np.bool_]:
    """Which trusts have a school in the authority of the school beside them; shape of the two rows given."""
    return _authorities(state)[trust, state.schools.place[school]]


def within_reach(state: State, sponsors: int, travel: TravelParams, known: Acquaintance | None = None) -> Pairs:
    """Every looking school with every trust among its neighbours' trusts, and the shortest travel time.

    Schools that commissioners find a trust for are also put to the nearest sponsors of their region, however far.
    With `known`, so are all to the trusts of their region that they know of. Pairs come by school, then trust.
    """
    schools = state.schools
    rows = looking(state)
    able = _able(state, rows)
    compelled = rows[~(np.isnan(schools.ordered[rows]) & np.isnan(schools.warned[rows]))]
    matches = [_neighbouring(state, rows, able), _sponsors(state, compelled, able, sponsors, travel)]
    if known is not None:
        matches.append(_known(state, rows, able, known, travel))
    matches += [_named(state, row, d, rows, travel) for row, d in sorted(state.directed.items()) if d.ask or d.near]
    school, trust, time = (np.concatenate(x) for x in zip(*matches, strict=True))
    # a pair may be found more than once; each search found its own in order, which a stable sort only has to merge
    key = school.astype(np.int64) * len(state.trusts) + trust
    order = key.argsort(kind="stable")
    first = starts(key[order])
    if not len(first):
        return Pairs(school, trust, time)
    shortest = np.minimum.reduceat(time[order], first)
    first = order[first]
    return Pairs(school[first], trust[first], shortest)


def _neighbouring(state: State, rows: Rows, able: NDArray[np.bool_]) -> Matches:
    """Each of the rows with the able trusts of its neighbours, and the minutes to the nearest of these neighbours."""
    schools, near = state.schools, state.world.neighbours
    # one place more for neighbours that there are not, whose row is −1
    host = np.full(len(schools) + 1, -1)
    academies = state.in_trusts()
    host[academies] = np.where(able[schools.trust[academies]], schools.trust[academies], -1)
    # trust and minutes as one number, by which they sort: floats above 0 are in the order of their bits
    key = host[near.index[rows]] << _WORD
    key |= near.minutes[rows].view(np.int32)
    key.sort(axis=1)
    trust = key >> _WORD
    nearest = (trust >= 0) & (trust != schools.trust[rows][:, None])
    nearest[:, 1:] &= trust[:, 1:] != trust[:, :-1]
    place = nearest.ravel().nonzero()[0]
    time = key.ravel()[place].astype(np.uint32).view(np.float32)
    return rows[place // key.shape[1]], trust.ravel()[place], time.astype(np.float64)


def named(state: State, pairs: Pairs) -> NDArray[np.bool_]:
    """Which pairs are of a trust with a school that it is told to approach, or with one where it is told to look."""
    result = np.zeros(len(pairs.school), bool)
    for row, d in state.directed.items():
        schools = d.ask or tuple(d.near or ())
        result |= (pairs.trust == row) & np.isin(pairs.school, schools)
    return result


def _named(state: State, trust: int, direction: Direction, looking: Rows, travel: TravelParams) -> Matches:
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


def _known(state: State, rows: Rows, able: NDArray[np.bool_], known: Acquaintance, travel: TravelParams) -> Matches:
    """Each of the rows with the trusts of its region that it knows of wherever they are, and the minutes."""
    home = _authorities(state)
    members, ends = state.grouped()
    matches: list[Matches] = []
    for some, count, trust in _of_region(state, rows, np.flatnonzero(able & (state.trusts.kind == TrustKind.MULTI))):
        s, t = _acquainted(state, some, count, trust, known, home)
        matches.append((s, t, _nearest(state, s, t, members, ends, travel)))
    school, trust, time = (np.concatenate(x) for x in zip(*matches, strict=True))
    return school, trust, time


def _of_region(state: State, school: Rows, trust: Rows) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Some schools at a time, how many of the trusts are of the region of each, and these, school by school."""
    theirs, mine = state.trusts.district[trust], state.schools.district[school]
    order = theirs.argsort(kind="stable")
    trust, theirs = trust[order], theirs[order]
    first = theirs.searchsorted(mine)
    count = theirs.searchsorted(mine, side="right") - first
    ends = count.cumsum()
    cuts = ends.searchsorted(np.arange(BATCH, ends[-1] if len(ends) else 0, BATCH)).tolist()
    for start, end in pairwise([0, *cuts, len(school)]):
        times = count[start:end]
        # 0 to count − 1 for each school in turn, counted from where its region's trusts start
        place = np.repeat(first[start:end] - (times.cumsum() - times), times)
        place += np.arange(len(place))
        yield school[start:end], times, trust[place]


def _acquainted(
    state: State, rows: Rows, count: Rows, trust: Rows, known: Acquaintance, home: NDArray[np.bool_]
) -> tuple[Rows, Rows]:
    """Which of the rows and the trusts beside them (so many for each row in turn) know of each other.

    Each pair has luck of its own, which it keeps: one trust's founding changes nothing for the others.
    """
    schools, trusts = state.schools, state.trusts
    luck = state.streams.pair("reach/known", 0, schools.luck[rows], trusts.luck[trust], count)
    # most pairs could meet nowhere, and most of the others on neither side of a border: they are asked no more
    side = max(known.across, 1.0)
    maybe = np.flatnonzero(luck < max(known.near * side, known.church))
    s, t, luck = np.repeat(rows, count).take(maybe), trust.take(maybe), luck.take(maybe)
    faith = schools.denomination.take(s)
    of_church = (faith == Denomination.CHURCH_OF_ENGLAND) | (faith == Denomination.ROMAN_CATHOLIC)
    church = known.church * (of_church & (faith == trusts.denomination.take(t)))
    scale = np.array(known.km).take(state.world.sector.take(s))
    east = schools.easting.take(s) - trusts.easting.take(t)
    north = schools.northing.take(s) - trusts.northing.take(t)
    close = known.near * np.exp(np.sqrt(east * east + north * north) / (-1000.0 * scale))
    left = np.flatnonzero((luck < np.maximum(side * close, church)) & (schools.trust.take(s) != t))
    s, t = s.take(left), t.take(left)
    odds = np.where(home[t, schools.place.take(s)], 1.0, known.across) * close.take(left)
    met = np.flatnonzero(luck.take(left) < np.maximum(odds, church.take(left)))
    return s.take(met), t.take(met)


def _nearest(state: State, school: Rows, trust: Rows, members: Rows, bounds: Rows, travel: TravelParams) -> Floats:
    """Minutes from each school to the nearest school of the trust beside it; `members` by trust within `bounds`."""
    if not len(school):
        return np.zeros(0)
    schools, half = state.schools, state.world.neighbours.sparsity / 2.0
    size = bounds[trust + 1] - bounds[trust]
    first = size.cumsum() - size
    # for each pair all schools of its trust, end to end; `reduceat` takes the least of each stretch
    other = np.repeat(bounds[trust] - first, size)
    other += np.arange(len(other))
    other = members.take(other)
    east = np.repeat(schools.easting[school], size) - schools.easting.take(other)
    north = np.repeat(schools.northing[school], size) - schools.northing.take(other)
    sparse = np.repeat(half[school], size) + half.take(other)
    # a root is quicker than `hypot`, which rounds otherwise: it tells which of them can be the nearest
    time = minutes(np.sqrt(east * east + north * north) / 1000.0, sparse, travel)
    least = np.minimum.reduceat(time, first) * (1.0 + ROUNDING)
    best = np.flatnonzero(time <= np.repeat(least, size))
    time = minutes(np.hypot(east.take(best), north.take(best)) / 1000.0, sparse.take(best), travel)
    if len(best) == len(school):
        return time
    return np.minimum.reduceat(time, starts(first.searchsorted(best, side="right")))


def _able(state: State, looking: Rows) -> NDArray[np.bool_]:
    """Which trusts may take schools on: open, meaning to grow, and not all themselves looking for another home.

    Single-academy trusts whose head means to grow are among them: they become multi-academy trusts.
    """
    schools, trusts = state.schools, state.trusts
    of = schools.trust[looking]
    leaving = np.bincount(of[of >= 0], minlength=len(trusts)) >= trusts.schools
    return np.asarray(trusts.active & (trusts.target > 1) & ~leaving)


def _sponsors(state: State, rows: Rows, able: NDArray[np.bool_], count: int, travel: TravelParams) -> Matches:
    """Each of the rows with its region's `count` nearest multi-academy trusts that mean to grow, and the minutes."""
    schools, trusts = state.schools, state.trusts
    growing = np.flatnonzero(able & (trusts.kind == TrustKind.MULTI) & (trusts.target > trusts.schools))
    few = min(count, len(growing))
    if not few or not len(rows):
        return rows[:0], rows[:0], np.zeros(0)
    # one search for all: regions lie side by side in a third dimension, farther apart than anything in one of them
    at = np.column_stack([trusts.easting[growing], trusts.northing[growing], APART * trusts.district[growing]])
    points = np.column_stack([schools.easting[rows], schools.northing[rows], APART * schools.district[rows]])
    km, near = cKDTree(at / 1000.0).query(points / 1000.0, k=list(range(1, few + 1)))
    trust = growing[np.minimum(near, len(growing) - 1)]
    which, column = np.nonzero((km < APART / 1000.0) & (trust != schools.trust[rows][:, None]))
    school = rows[which]
    return school, trust[which, column], minutes(km[which, column], state.world.neighbours.sparsity[school], travel)
