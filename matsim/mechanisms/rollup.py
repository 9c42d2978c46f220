"""What each trust is made of, computed from its schools: sizes, grades, spread, agreement. No decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.mechanisms.pairs import pairs_with
from matsim.state.state import Rows, State
from matsim.world.codes import GRADES, SECTORS, Grade, SchoolState, Sector
from matsim.world.geography import TravelParams, minutes

SPREADS = ("all within an hour", "each within an hour of another", "some isolation")
"""The report's categories of geographical spread, in the order of the `geography` column."""


class RollupParams(Params):
    """How a trust's picture is drawn from its schools."""

    isolation: float = param(60.0, "minutes", "building-trusts", plausible=(45, 75))
    """A school farther than this from every other of its trust is isolated (the report's one-hour category)."""
    record_memory: float = param(0.7, "share", "assumed: track records change slowly", plausible=(0.5, 0.9))
    """Share of last year's track record that stays in this year's."""
    record_base: float = param(0.25, "share", "assumed: no scale of track record published", plausible=(0.0, 0.4))
    """Track record read into a trust of average results whose schools are all weak, none of them Inadequate."""
    record_good: float = param(0.4, "share", "assumed: grades are read first", plausible=(0.2, 0.7))
    """Rise of the track record where all schools are Good or better."""
    record_outcome: float = param(0.2, "share", "assumed: value added is read with the grades", plausible=(0.0, 0.4))
    """Rise for each standard deviation of pupil-weighted value added."""
    record_failing: float = param(0.4, "share", "assumed: a failing school is held against it", plausible=(0.1, 0.8))
    """Further fall where all schools are Inadequate."""


def run(state: State, p: RollupParams, travel: TravelParams) -> None:
    """Bring every trust's computed columns up to date, and each school's distance to its nearest trust-mate."""
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    of, n = schools.trust[rows].astype(np.intp), len(trusts)
    size = np.bincount(of, minlength=n)
    trusts.schools = size
    grade, outcome, pupils = schools.grade[rows], schools.outcome[rows], schools.pupils[rows]
    graded = np.bincount(of * len(GRADES) + grade, minlength=n * len(GRADES)).reshape(n, len(GRADES))
    trusts.failing = graded[:, Grade.INADEQUATE]
    trusts.weak = graded[:, Grade.REQUIRES_IMPROVEMENT] + graded[:, Grade.INADEQUATE]
    trusts.strong = np.bincount(of[proven(state, rows, 0.0)], minlength=n)
    trusts.recent = np.bincount(of[schools.joined[rows] > state.year - 1.0], minlength=n)
    trusts.pupils = np.bincount(of, weights=pupils, minlength=n)
    # no value added is published of the others
    tested = pupils * state.world.mainstream[rows]
    trusts.tested = np.bincount(of, weights=tested, minlength=n)
    trusts.outcome = np.bincount(of, weights=outcome * tested, minlength=n) / np.maximum(trusts.tested, 1.0)
    trusts.buyin = np.bincount(of, weights=schools.buyin[rows], minlength=n) / np.maximum(size, 1)
    _places(state, rows, of, p, travel)
    _track_record(state, p)


def _places(state: State, rows: Rows, of: Rows, p: RollupParams, travel: TravelParams) -> None:
    """What depends only on which schools a trust has: phases, intakes, where they lie and how far from each other.

    Only trusts whose schools are not those of the last picture are looked at. Distances, whose number grows with the
    square of a trust's size, are reckoned only from schools that came, and in trusts that others left.
    """
    schools, trusts, n = state.schools, state.trusts, len(state.trusts)
    now = np.where(schools.state == SchoolState.OPEN, schools.trust, -1)
    if state.pictured is None:
        state.pictured = np.full(len(now), -1)
        schools.mate_minutes[:] = np.inf
    before, state.pictured = state.pictured, now
    moved = now != before
    if not moved.any():
        return
    # by trust; the last is for schools in none, whose trust is −1
    left, joined = np.zeros((2, n + 1), bool)
    left[before[moved]] = joined[now[moved]] = True
    left[-1] = joined[-1] = False
    moved |= left[now]
    trusts.farthest[left[:-1]] = 0.0
    _distances(state, np.flatnonzero(moved), now, travel)
    changed = left | joined
    members, trust = np.flatnonzero(changed[of]), np.flatnonzero(changed[:-1])
    rows, of = rows[members], of[members]
    size = np.maximum(trusts.schools[trust], 1)

    def mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(of, weights=values, minlength=n)[trust] / size

    sector = np.bincount(of * len(SECTORS) + state.world.sector[rows], minlength=n * len(SECTORS))
    sector = sector.reshape(n, len(SECTORS))[trust]
    trusts.primaries[trust], trusts.specialists[trust] = sector[:, Sector.PRIMARY], sector[:, Sector.SPECIALIST]
    fsm, east, north = schools.fsm[rows], schools.easting[rows], schools.northing[rows]
    trusts.fsm_range[trust] = np.sqrt(np.maximum(mean(fsm**2) - mean(fsm) ** 2, 0.0))
    trusts.easting[trust], trusts.northing[trust] = mean(east), mean(north)
    trusts.spread[trust] = mean(np.hypot(east - trusts.easting[of], north - trusts.northing[of]) / 1000.0)
    isolated = mean((schools.mate_minutes[rows] > p.isolation) & (trusts.schools[of] > 1))
    trusts.isolated[trust] = isolated
    trusts.geography[trust] = np.where(isolated > 0, 2, trusts.farthest[trust] > p.isolation)


def _distances(state: State, movers: Rows, trust: Rows, travel: TravelParams) -> None:
    """Each school's minutes to its nearest trust-mate, and each trust's widest: `trust` is each school's now, or −1.

    Reckoned between movers and their trust-mates; what others know of each other stays.
    """
    schools, sparsity = state.schools, state.world.neighbours.sparsity
    schools.mate_minutes[movers] = np.inf
    a, b = pairs_with(state, movers, trust)
    x, y = schools.easting[a] - schools.easting[b], schools.northing[a] - schools.northing[b]
    time = minutes(np.hypot(x, y) / 1000.0, (sparsity[a] + sparsity[b]) / 2.0, travel)
    np.minimum.at(schools.mate_minutes, a, time)
    np.minimum.at(schools.mate_minutes, b, time)
    np.maximum.at(state.trusts.farthest, trust[a], time)


def proven(state: State, rows: Rows, bar: float) -> NDArray[np.bool_]:
    """Which schools are known to be strong: Good or better with value added above the bar, or, where no value added is
    published, Outstanding.
    """
    schools, grade = state.schools, state.schools.grade[rows]
    good = (grade == Grade.OUTSTANDING) | ((grade == Grade.GOOD) & state.world.mainstream[rows])
    return np.asarray(good & ((schools.outcome[rows] > bar) | ~state.world.mainstream[rows]))


def _track_record(state: State, p: RollupParams) -> None:
    """Track record as a commissioner reads it: schools good or better, none failing, value added."""
    trusts = state.trusts
    size, record = np.maximum(trusts.schools, 1), trusts.record
    good, failing = 1.0 - trusts.weak / size, trusts.failing / size
    case = p.record_base + p.record_good * good + p.record_outcome * trusts.outcome - p.record_failing * failing
    seen = case.clip(0.0, 1.0)
    # a new trust, whose record is 0, is taken as it is seen: it has no last year to remember
    old = np.where(record > 0, record, seen)
    trusts.record = np.where(trusts.active, p.record_memory * old + (1.0 - p.record_memory) * seen, record)
