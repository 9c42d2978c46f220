"""Schools judged Inadequate, weak with low results or below Good twice are ordered to become academies (E2, B3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.environment import announce
from matsim.mechanisms.inspection import below_twice
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, Phase, Route, SchoolState
from matsim.world.judgements import HEADLINE_ENDED


class OrdersParams(Params):
    """When an Inadequate judgement or low results force conversion."""

    on: bool = switch()
    """Whether failing schools are ordered to convert."""
    before_the_act: float = param(
        0.7, "share per year", "assumed: directive orders were a choice", plausible=(0.2, 0.8)
    )
    """Chance that a maintained school judged Inadequate is ordered in a year, before orders were mandatory."""
    reserve: Dated = param(
        {2026: 0.6},
        "share",
        "assumed: special measures still lead to an order by default, a need of significant improvement to support "
        "(Department for Education, September 2025)",
        plausible=(0.2, 0.95),
    )
    """Chance that a maintained school judged Inadequate, or in a category of concern, is ordered upon that judgement
    once the duty has ended (`environment.mandatory_until`)."""
    twice: Dated = param({2010: 0.0, 2022: 0.02, 2024: 0.0}, "share per year", "coasting", plausible=(0.0, 0.1))
    """Chance that a maintained school that requires improvement and was below Good before too is ordered in a year,
    from the year given: 469 letters in two years to some 900 schools, of the first 218 of which 17 led to anything."""
    floor: float = param(fitted("orders.floor"), "sd", "calibration", plausible=(-2.0, 0.0))
    """Results below which a school judged Requires improvement may be chosen for a sponsor."""
    floor_primary: Dated = param(
        {2010: 0.0, 2011: 0.05, 2012: 0.6, 2013: 0.45, 2014: 0.15, 2015: 0.05},
        "share per year",
        "assumed: fitted by hand to sponsored openings by year (gias-2022)",
        plausible=(0.0, 0.6),
    )
    """Chance that such a primary is chosen in a year, from the year given."""
    floor_secondary: Dated = param(
        {2010: 0.3, 2013: 0.2, 2015: 0.05},
        "share per year",
        "assumed: fitted by hand to sponsored openings by year (gias-2022)",
        plausible=(0.0, 0.6),
    )
    """Chance that such a secondary is chosen in a year, from the year given."""


def issue(state: State, p: OrdersParams) -> None:
    """Order every maintained school judged Inadequate, and some of those below the floor; let off who recovered."""
    if not p.on:
        return
    announce(state, "orders", ordered_twice=p.twice)
    schools, grade = state.schools, state.schools.grade.astype(float)
    concern = "Inadequate" if state.year < HEADLINE_ENDED else "concern"
    ordered = ~np.isnan(schools.ordered)
    maintained = (schools.state == SchoolState.OPEN) & (schools.route == Route.MAINTAINED) & ~ordered
    failing = np.flatnonzero(maintained & (schools.grade == Grade.INADEQUATE))
    low = np.flatnonzero(maintained & (schools.grade == Grade.REQUIRES_IMPROVEMENT) & (schools.outcome < p.floor))
    both, luck = np.concatenate([failing, low]), np.ones(len(schools))
    luck[both] = state.streams.uniform("orders", state.year, schools.luck[both])
    _order(state, failing, _duty(state, p, failing), luck, concern, grade[failing], float(Grade.INADEQUATE))
    chance = np.where(
        schools.phase[low] != Phase.PRIMARY, at(p.floor_secondary, state.year), at(p.floor_primary, state.year)
    )
    _order(state, low, chance, luck, "low results", schools.outcome[low], p.floor)
    if chance_twice := at(p.twice, state.year):
        maintained &= np.isnan(schools.ordered)
        again = np.flatnonzero(maintained)
        again = again[below_twice(state, again)]
        luck[again] = state.streams.uniform("orders/twice", state.year, schools.luck[again])
        chance = np.full(len(again), chance_twice)
        _order(state, again, chance, luck, "twice", grade[again], float(Grade.REQUIRES_IMPROVEMENT))
    # a school that recovers before a sponsor is found is let off
    schools.ordered[ordered & (schools.grade <= Grade.GOOD) & (schools.route == Route.MAINTAINED)] = np.nan


def _duty(state: State, p: OrdersParams, failing: Rows) -> NDArray[np.float64]:
    """Chance that each failing school is ordered: a choice before the duty, all while it holds, a power kept after it.

    Before the duty a school that was passed over might be ordered the next year. The power is used upon a judgement or
    not: a school that is passed over is helped where it is (`matsim.mechanisms.support`).
    """
    if state.climate.orders_mandatory:
        return np.ones(len(failing))
    if not state.climate.orders_reserved:
        return np.full(len(failing), p.before_the_act)
    return np.where(state.schools.inspected[failing] >= state.year, at(p.reserve, state.year), 0.0)


def _order(
    state: State,
    rows: Rows,
    chance: NDArray[np.float64],
    luck: NDArray[np.float64],
    reason: str,
    value: NDArray[np.float64],
    threshold: float,
) -> None:
    """Order those of the rows whose luck is below their chance."""
    schools = state.schools
    yes = luck[rows] < chance
    ordered = rows[yes]
    schools.ordered[ordered] = np.maximum(schools.inspected[ordered], float(state.year))
    state.log.add(
        "order",
        rule="orders",
        reason=reason,
        school=ordered,
        region=schools.region[ordered],
        value=value[yes],
        threshold=threshold,
        margin=np.abs(value[yes] - threshold),
        inputs={"chance": chance[yes], "luck": luck[ordered]},
    )
