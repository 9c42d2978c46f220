"""Schools judged Inadequate, or weak with low results, are ordered to become academies (E2, B3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, Phase, Route, SchoolState


class OrdersParams(Params):
    """When an Inadequate judgement or low results force conversion."""

    on: bool = switch()
    """Whether failing schools are ordered to convert."""
    before_the_act: float = param(
        0.7, "share per year", "assumed: directive orders were a choice", plausible=(0.2, 0.8)
    )
    """Chance that a maintained school judged Inadequate is ordered in a year, before orders were mandatory."""
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
    schools = state.schools
    ordered = ~np.isnan(schools.ordered)
    maintained = (schools.state == SchoolState.OPEN) & (schools.route == Route.MAINTAINED) & ~ordered
    failing = np.flatnonzero(maintained & (schools.grade == Grade.INADEQUATE))
    low = np.flatnonzero(maintained & (schools.grade == Grade.REQUIRES_IMPROVEMENT) & (schools.outcome < p.floor))
    both, luck = np.concatenate([failing, low]), np.ones(len(schools))
    luck[both] = state.streams.uniform("orders", state.year, schools.luck[both])
    chance = np.full(len(failing), 1.0 if state.climate.orders_mandatory else p.before_the_act)
    _order(state, failing, chance, luck, "Inadequate", schools.grade[failing].astype(float), float(Grade.INADEQUATE))
    chance = np.where(
        schools.phase[low] != Phase.PRIMARY, at(p.floor_secondary, state.year), at(p.floor_primary, state.year)
    )
    _order(state, low, chance, luck, "low results", schools.outcome[low], p.floor)
    # a school that recovers before a sponsor is found is let off
    schools.ordered[ordered & (schools.grade <= Grade.GOOD) & (schools.route == Route.MAINTAINED)] = np.nan


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
