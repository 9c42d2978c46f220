"""Money: what centres charge, do and hold; schools' books, pooling, and next year's charge (E3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.backoffice import BackofficeParams
from matsim.mechanisms.break_points import BreakPointParams, running_cost
from matsim.mechanisms.fixed_costs import FixedCostParams
from matsim.mechanisms.spending import SpendingParams, gross_income, spend
from matsim.mechanisms.team import TeamParams, spending
from matsim.state.directions import directed_rows
from matsim.state.membership import of_trust
from matsim.state.state import Rows, State
from matsim.world.codes import TrustKind

type Floats = NDArray[np.float64]

LOGGED_POOLING = 0.02
"""Share of a trust's income moved between its schools in a year from which pooling is logged."""


class AccountsParams(Params):
    """What the centre of a trust charges and provides, and how trusts pool."""

    services: Dated = param(
        {2010: 0.0145, 2019: 0.027, 2021: 0.03},
        "share",
        "assumed: what is left of usual charges (3% to 5% in 2016, about 6% in 2022 to 2024) after the team: systems, "
        "licences, audit, training, contracts; more as trusts centralised (top-slice)",
        plausible=(0.005, 0.04),
    )
    """Share of its schools' income that a centre would spend on services besides its team, from the year given; it
    spends no more than its charge leaves."""
    central_aim: float = param(0.023, "share", "assumed: half a year of the centre's cost", plausible=(0.01, 0.05))
    """Reserves that a centre aims to hold, as a share of its schools' income."""
    rebuild: float = param(0.1, "share per year", "assumed: over some ten years", plausible=(0.05, 0.5))
    """Share of the way to that aim that its charge is set to go in a year."""
    slice_move: float = param(0.004, "share", "top-slice", plausible=(0.001, 0.01))
    """Most by which a trust moves its top-slice in a year."""
    slice_low: float = param(0.03, "share", "top-slice", plausible=(0.01, 0.04))
    """Lowest top-slice that trusts use (3% in 2016)."""
    slice_high: float = param(0.095, "share", "top-slice", plausible=(0.06, 0.12))
    """Highest top-slice seen (9.5%)."""
    pooling_on: bool = switch()
    """Whether some trusts pool their schools' reserves."""
    pooling: Dated = param(
        {2010: 0.06, 2019: 0.11, 2020: 0.14, 2021: 0.23, 2022: 0.32}, "share", "pooling", plausible=(0.03, 0.4)
    )
    """Share of multi-academy trusts that pool, from the year given (11%, 14%, 23% and 32% of Kreston's clients; fewer
    before, and the same after, assumed)."""
    pooling_speed: float = param(
        0.5, "share per year", "assumed: pooling evens out over some years", plausible=(0.2, 1.0)
    )
    """Share of the difference between its schools' reserves that a pooling trust evens out in a year."""


def settle(
    state: State,
    p: AccountsParams,
    budgets: SpendingParams,
    fixed: FixedCostParams,
    backoffice: BackofficeParams,
    team: TeamParams,
    bp: BreakPointParams,
) -> None:
    """Close the year's books: centres, then schools, then pooling, then what all of it comes to by trust."""
    schools, trusts = state.schools, state.trusts
    rows = state.open_rows()
    of = schools.trust[rows].astype(np.intp)
    gross = gross_income(state, rows)
    inside = np.flatnonzero(of >= 0)
    trusts.income = np.bincount(of[inside], weights=gross[inside], minlength=len(trusts))
    charge = np.where(trusts.kind == TrustKind.MULTI, trusts.top_slice, 0.0)
    schools.income[rows] = gross * (1.0 - of_trust(charge, 0.0, of))
    trusts.pooled = state.streams.uniform("accounts/pooling", 0, trusts.luck) < at(p.pooling, state.year)
    trusts.pooled &= p.pooling_on
    wanted = _centres(state, p, team, bp)
    # schools of trusts spend on teaching what others do (epi-2017): a centre does what they need not do themselves
    relief = of_trust(trusts.served / np.maximum(trusts.income, 1.0), 0.0, of) * gross
    spend(state, budgets, fixed, backoffice, rows, gross, relief)
    rows, of, gross = rows[inside], of[inside], gross[inside]
    _pool(state, p, rows, of, gross)
    _totals(state, rows, of)
    _charge(state, p, wanted)


def _centres(state: State, p: AccountsParams, team: TeamParams, bp: BreakPointParams) -> Floats:
    """Close the books of centres; what each would spend in a usual year (£, by multi-academy trust)."""
    trusts, multi = state.trusts, state.multi()
    income, prices = trusts.income[multi], 1.0 + state.struck.prices[trusts.lead[multi]]
    staff, rungs = spending(state, team, multi) * prices, running_cost(state, bp, multi) * prices
    charged, services = trusts.top_slice[multi] * income, at(p.services, state.year) * income * prices
    bought = services.clip(0.0, np.maximum(charged - staff - rungs, 0.0))
    cost = staff + rungs + bought + trusts.one_off[multi]
    trusts.served[:] = 0.0
    trusts.served[multi] = staff + bought
    trusts.reserves[multi] += charged - cost
    trusts.central_cost[multi], trusts.one_off[multi] = cost, 0.0
    return np.asarray(staff + rungs + services)


def _pool(state: State, p: AccountsParams, rows: Rows, of: Rows, gross: Floats) -> None:
    """Trusts that pool even out the reserves of their schools, deficits first to be covered (E3)."""
    schools, trusts = state.schools, state.trusts
    inside = np.flatnonzero((trusts.pooled & (trusts.schools > 1) & (trusts.kind == TrustKind.MULTI))[of])
    rows, of, gross = rows[inside], of[inside], gross[inside]
    n, reserves = len(trusts), schools.reserves[rows]
    income = np.maximum(np.bincount(of, weights=gross, minlength=n), 1.0)
    level = np.bincount(of, weights=reserves, minlength=n) / income
    change = p.pooling_speed * (level[of] * gross - reserves)
    schools.reserves[rows] = reserves + change
    moved = np.bincount(of, weights=np.maximum(change, 0.0), minlength=n) / income
    pick = np.flatnonzero(moved > LOGGED_POOLING)
    if not len(pick):
        return
    beyond = moved[pick] - LOGGED_POOLING
    state.log.add("pool", rule="accounts", trust=pick, value=moved[pick], threshold=LOGGED_POOLING, margin=beyond)


def _totals(state: State, rows: Rows, of: Rows) -> None:
    """All reserves of each trust, its schools' included, against its income, and how long it has been in the red."""
    schools, trusts = state.schools, state.trusts
    central = np.where(trusts.kind == TrustKind.MULTI, trusts.reserves, 0.0)
    everything = central + np.bincount(of, weights=schools.reserves[rows], minlength=len(trusts))
    trusts.reserves_share = np.divide(everything, trusts.income, out=np.zeros(len(trusts)), where=trusts.income > 0)
    trusts.red_years = np.where(everything < 0, trusts.red_years + 1, 0)


def _charge(state: State, p: AccountsParams, wanted: Floats) -> None:
    """Set next year's charge: towards what the centre wants to spend and to hold, or what it is told."""
    trusts, multi = state.trusts, state.multi()
    income, before = np.maximum(trusts.income, 1.0), trusts.top_slice.copy()
    aim = before.copy()
    reserves = trusts.reserves[multi] / income[multi]
    aim[multi] = (wanted / income[multi] + p.rebuild * (p.central_aim - reserves)).clip(p.slice_low, p.slice_high)
    for row in directed_rows(state.directed, lambda d: d.charge is not None).tolist():
        aim[row] = state.directed[row].charge
    trusts.top_slice = before + (aim - before).clip(-p.slice_move, p.slice_move)
