"""What each trust is made of, computed from its schools: sizes, grades, spread, agreement. No decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.mechanisms.pairs import trust_pairs
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, Phase, SchoolState
from matsim.world.geography import TravelParams

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
    of, n = schools.trust[rows], len(trusts)
    grade = schools.grade[rows]
    count = np.bincount(of, minlength=n).astype(float)
    each = np.maximum(count, 1.0)

    def total(values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(of, weights=values, minlength=n).astype(np.float64)

    trusts.schools = count
    trusts.primaries = total(schools.phase[rows] == Phase.PRIMARY)
    pupils = schools.pupils[rows]
    trusts.pupils = total(pupils)
    trusts.weak = total(grade >= Grade.REQUIRES_IMPROVEMENT)
    trusts.failing = total(grade == Grade.INADEQUATE)
    trusts.strong = total((grade > Grade.NOT_INSPECTED) & (grade <= Grade.GOOD) & (schools.outcome[rows] > 0))
    trusts.recent = total(schools.joined[rows] > state.year - 1.0)
    trusts.outcome = total(schools.outcome[rows] * pupils) / np.maximum(trusts.pupils, 1.0)
    trusts.buyin = total(schools.buyin[rows]) / each
    mean_fsm = total(schools.fsm[rows]) / each
    trusts.fsm_range = np.sqrt(np.maximum(total(schools.fsm[rows] ** 2) / each - mean_fsm**2, 0.0))
    _places(state, rows, of, each, p, travel)
    _track_record(state, p)


def _places(
    state: State, rows: Rows, of: Rows, each: NDArray[np.float64], p: RollupParams, travel: TravelParams
) -> None:
    """Middle and spread of each trust; each school's travel time to the nearest other of its trust."""
    schools, trusts = state.schools, state.trusts
    n = len(trusts)
    east, north = schools.easting[rows], schools.northing[rows]
    trusts.easting = np.bincount(of, weights=east, minlength=n) / each
    trusts.northing = np.bincount(of, weights=north, minlength=n) / each
    away = np.hypot(east - trusts.easting[of], north - trusts.northing[of]) / 1000.0
    trusts.spread = np.bincount(of, weights=away, minlength=n) / each
    changed = _changed(state)
    # pairs grow with the square of a trust's size: only trusts that changed are looked at again
    a, b, time = trust_pairs(state, travel, changed)
    np.minimum.at(schools.mate_minutes, a, time)
    np.minimum.at(schools.mate_minutes, b, time)
    several = rows[trusts.schools[of] > 1]
    alone = (schools.mate_minutes[several] > p.isolation).astype(float)
    trusts.isolated = np.bincount(schools.trust[several], weights=alone, minlength=n) / each
    farthest = np.zeros(n)
    np.maximum.at(farthest, schools.trust[a], time)
    wide = np.where(trusts.isolated > 0, 2, np.where(farthest > p.isolation, 1, 0))
    trusts.geography[changed] = wide[changed]


def _changed(state: State) -> Rows:
    """Trusts whose schools are not those of the last picture. Their schools' trust-mates are forgotten."""
    schools = state.schools
    now = np.where(schools.state == SchoolState.OPEN, schools.trust, -1)
    if state.pictured is None:
        state.pictured = np.full(len(now), -1)
        schools.mate_minutes[:] = np.inf
    moved = np.flatnonzero(now != state.pictured)
    changed = np.union1d(now[moved], state.pictured[moved])
    changed = changed[changed >= 0]
    schools.mate_minutes[moved] = np.inf
    schools.mate_minutes[np.isin(now, changed)] = np.inf
    state.pictured = now
    return changed


def _track_record(state: State, p: RollupParams) -> None:
    """Track record as a commissioner reads it: schools good or better, none failing, value added."""
    trusts = state.trusts
    rows = state.active()
    size = np.maximum(trusts.schools[rows], 1)
    good = 1.0 - trusts.weak[rows] / size
    failing = trusts.failing[rows] / size
    case = p.record_base + p.record_good * good + p.record_outcome * trusts.outcome[rows] - p.record_failing * failing
    seen = np.clip(case, 0.0, 1.0)
    # a new trust, whose record is 0, is taken as it is seen: it has no last year to remember
    old = np.where(trusts.record[rows] > 0, trusts.record[rows], seen)
    trusts.record[rows] = p.record_memory * old + (1.0 - p.record_memory) * seen
