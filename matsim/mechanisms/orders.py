"""Schools judged Inadequate are ordered to become academies (E2, B3)."""

from __future__ import annotations

import numpy as np

from matsim.agents.school import MAINTAINED, OPEN
from matsim.params import Params, param, switch
from matsim.state import State


class OrdersParams(Params):
    """When an Inadequate judgement forces conversion."""

    on: bool = switch()
    """Whether failing schools are ordered to convert."""
    before_the_act: float = param(
        0.5, "share per year", "assumed: directive orders were a choice", plausible=(0.2, 0.8)
    )
    """Chance that a maintained school judged Inadequate is ordered in a year, before orders were mandatory."""


def issue(state: State, p: OrdersParams) -> None:
    """Order every maintained school judged Inadequate; log those still waiting for a sponsor."""
    if not p.on:
        return
    schools = state.schools
    failing = (schools.state == OPEN) & (schools.route == MAINTAINED) & (schools.grade == 4)
    fresh = np.flatnonzero(failing & np.isnan(schools.ordered))
    chance = 1.0 if state.climate.orders_mandatory else p.before_the_act
    luck = state.streams.uniform("orders", state.year, schools.slot[fresh])
    ordered = fresh[luck < chance]
    schools.ordered[ordered] = np.maximum(schools.inspected[ordered], float(state.year))
    state.log.add(
        "order",
        rule="orders",
        school=ordered,
        region=schools.region[ordered],
        value=4.0,
        threshold=4.0,
        margin=0.0,
        inputs={"chance": np.full(len(ordered), chance), "luck": luck[luck < chance]},
    )
    # a school that recovers before a sponsor is found is let off
    recovered = np.flatnonzero(~np.isnan(schools.ordered) & (schools.grade <= 2) & (schools.route == MAINTAINED))
    schools.ordered[recovered] = np.nan
