"""What schools spend on teaching: what is left of what they expect, after an aim for reserves (B6, E3).

Each year a school expects an income and plans a balance that brings its reserves nearer to its aim; what the central
charge, its back office and its fixed costs leave of the rest goes to teaching. So savings reach classrooms and
deficits cut them, but no faster than staff leave, and never below what classes need: a school that pays for empty
places or a dear contract falls into debt instead. What the year then brings beyond the budget falls on reserves.

Teaching is measured against what a school like it would spend with even books under the published path of funding,
the default of `environment.funding_…` whatever the scenario says. England's results are relative to each year's
schools, so what pay, prices and funding did to all of them is what budgets are made for; only departures from that
path change results.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms import fixed_costs
from matsim.mechanisms.backoffice import BackofficeParams, usual_cost, usual_costs
from matsim.mechanisms.environment import EnvironmentParams, funding_of, lump_sum_of
from matsim.mechanisms.fixed_costs import FixedCostParams
from matsim.state.membership import in_multi, of_trust
from matsim.state.state import Rows, State
from matsim.world.codes import Sector, TrustKind

type Floats = NDArray[np.float64]

LOGGED_TEACHING = 200.0
"""£ per pupil above or below what schools like it spend on teaching from which it is logged."""


PUBLISHED = EnvironmentParams()
"""The path of funding as published."""


class SpendingParams(Params):
    """How schools budget: what they aim to hold, how fast they come to it, and what upsets it."""

    aim: float = param(0.117, "share", "kreston", plausible=(0.08, 0.15))
    """Mean reserves that trusts aim to hold, as a share of income, their centre's included (11.4% in 2020)."""
    aim_primary: float = param(0.086, "share", "cfr-balances", plausible=(0.05, 0.12))
    """The same of maintained primaries and specialist schools."""
    aim_secondary: float = param(0.058, "share", "cfr-balances", plausible=(0.03, 0.08))
    """The same of maintained secondaries: authorities may take back balances above a twentieth of income."""
    aim_spread: float = param(
        0.7, "ratio", "assumed: one MAT in seven to ten holds less than 5% (reserves-2024)", plausible=(0.3, 0.9)
    )
    """Spread of the logarithm of that aim, which lasts, between trusts."""
    aim_spread_outside: float = param(
        0.2, "ratio", "assumed: authorities look at large balances and at small ones", plausible=(0.2, 0.7)
    )
    """The same between maintained schools."""
    pace: float = param(
        0.18,
        "share per year",
        "assumed: reserves came down over some years after 2021 (kreston)",
        plausible=(0.05, 0.3),
    )
    """Share of the way to its aim that a school plans to go in a year: up by saving, down by spending."""
    mend: float = param(
        0.65, "share per year", "assumed: deficits are to be recovered in a year or two", plausible=(0.2, 0.9)
    )
    """Share of a deficit of its trust that a school works off in a year beside that. Authorities license deficits."""
    foreseen: float = param(
        0.8, "share", "assumed: allocations come when most of the budget is committed", plausible=(0.0, 1.0)
    )
    """Share of a change in funding per pupil that budgets of the first year are made for."""
    spread: float = param(
        0.033, "share", "assumed: a little less than balances vary (cfr-balances: -4% to +6%)", plausible=(0.02, 0.05)
    )
    """Spread of what a year brings beyond the budget, as a share of income."""
    alike: float = param(0.5, "share", "assumed: one finance team, one set of choices", plausible=(0.0, 0.8))
    """Part of the variance of that, which the schools of a multi-academy trust share."""
    steered: float = param(
        0.8,
        "share",
        "assumed: trusts with a finance team had fewer deficits in years of pressure (epi-balances)",
        plausible=(0.0, 0.8),
    )
    """Part of what costs come to beyond the budget that a trust of several schools saves on teaching in the same year,
    with a central team up to its work."""
    fastest: float = param(0.06, "share per year", "assumed: posts go as teachers leave", plausible=(0.02, 0.12))
    """Most by which a mainstream school can cut in a year what it spends on teaching."""
    least: float = param(0.87, "share", "assumed: classes have to be taught", plausible=(0.8, 0.97))
    """What a school spends on teaching at the least, over what schools like it spend."""
    years: float = param(3.0, "years", "assumed: classes and posts last some years", plausible=(1, 5), ge=1.0)
    """Years over which what is spent on teaching makes itself felt."""
    leadership_on: bool = switch()
    """Whether clusters pool leadership and save (C3)."""
    leadership_primary: float = param(22_000.0, "£ per year", "hill-clusters", plausible=(10_000, 40_000))
    """Net saving a year for each clustered primary or specialist school after the first: tens of thousands."""
    leadership_secondary: float = param(60_000.0, "£ per year", "hill-clusters", plausible=(30_000, 120_000))
    """Net saving a year for each clustered secondary after the first: six figures for a cluster."""


def gross_income(state: State, rows: Rows) -> Floats:
    """Income of schools before any top-slice (£)."""
    schools, climate = state.schools, state.climate
    phase = schools.phase[rows]
    whole = climate.lump_sum.take(phase) + climate.funding.take(phase) * schools.pupils[rows]
    return np.asarray(whole * (1.0 - state.struck.funding[rows]))


def usual_teaching(state: State, p: FixedCostParams, backoffice: BackofficeParams, rows: Rows) -> Floats:
    """What a school like each spends on teaching with even books and no trust, as funding is published (£)."""
    published, lump = _published(state.year)
    phase, each = state.schools.phase[rows], published - (usual_costs(backoffice) + fixed_costs.usual(p))
    return np.asarray(lump.take(phase) + each.take(phase) * state.schools.pupils[rows])


@cache
def _published(year: int) -> tuple[Floats, Floats]:
    """Funding per pupil and lump sum by phase in a year, as published (£)."""
    return funding_of(PUBLISHED, year), lump_sum_of(PUBLISHED)


def spend(
    state: State,
    p: SpendingParams,
    fixed: FixedCostParams,
    backoffice: BackofficeParams,
    rows: Rows,
    gross: Floats,
    relief: Floats,
) -> None:
    """Plan each school's teaching, close its books, and remember what it spent.

    `gross` is each one's `gross_income`, `relief` what its trust's centre does in its place (£). Of every school, to
    the pound: income = what it pays for its back office itself + fixed costs + teaching + balance, with `income` after
    the central charge.
    """
    schools, struck = state.schools, state.struck
    pupils = np.maximum(schools.pupils[rows], 1.0)
    usual = usual_teaching(state, fixed, backoffice, rows)
    known = _expected(state, p, rows, gross)
    # what a rise of costs that its budget was made for makes dearer
    dear = 1.0 + struck.prices[rows] - struck.sudden[rows]
    office = schools.backoffice[rows] * pupils * dear - relief
    upkeep = fixed_costs.of_year(state, fixed, rows) * dear
    of = schools.trust[rows].astype(np.intp)
    reserves, whole = _reserves(state, rows, of, gross)
    mend = p.mend * (of >= 0)
    plan = p.pace * (aim(state, p, rows) - reserves) - mend * np.minimum(whole, 0.0)
    kept = schools.income[rows] / np.maximum(gross, 1.0)
    wish = known * (kept - plan) - office - upkeep
    # specialist schools are paid for places: where few come for a while, in truth neither income nor posts move
    bound = (1.0 - p.fastest) * schools.taught[rows] * state.world.mainstream[rows]
    least = np.maximum(p.least * usual * dear, bound)
    pressure = gross * _pressure(state, rows, gross)
    short = np.maximum(pressure + known - gross, 0.0)
    beyond = pressure + gross * p.spread * _luck(state, p, rows, of)
    teaching = np.maximum(wish, least) - _steered(state, p, of) * short
    left = schools.income[rows] - office - upkeep - beyond - teaching
    schools.fixed[rows], schools.taught[rows] = upkeep + beyond, teaching
    schools.balance[rows] = left / np.maximum(gross, 1.0)
    schools.reserves[rows] += left
    _remember(state, p, rows, (teaching / dear + _pooled_leaders(state, p, rows) - usual) / pupils)


def shortfall(
    state: State, p: SpendingParams, fixed: FixedCostParams, backoffice: BackofficeParams, rows: Rows
) -> Floats:
    """What each school's fixed costs take a year beyond what it can save on teaching (£)."""
    costs = usual_cost(state, backoffice, rows) * state.schools.pupils[rows] + fixed_costs.of_year(state, fixed, rows)
    left = gross_income(state, rows) - costs
    return np.asarray(np.maximum(p.least * usual_teaching(state, fixed, backoffice, rows) - left, 0.0))


def aim(state: State, p: SpendingParams, rows: Rows) -> Floats:
    """Reserves that each school aims for, as a share of income: its trust's aim in a trust of several schools."""
    schools, trusts = state.schools, state.trusts
    of, outside = schools.trust[rows].astype(np.intp), np.array([p.aim_primary, p.aim_secondary, p.aim_primary])
    mean = np.where(of >= 0, p.aim, outside[state.world.sector[rows]])
    several = in_multi(state.trusts, of)
    spread = np.where(of >= 0, p.aim_spread, p.aim_spread_outside)
    of_all = state.streams.lasting("spending/aim", "trusts", trusts.luck)
    of_one = state.streams.lasting("spending/aim", "schools", schools.luck)
    luck = np.where(several, of_trust(of_all, 0.0, of), of_one[rows])
    return np.asarray(mean * np.exp(spread * luck - spread**2 / 2.0))


def _reserves(state: State, rows: Rows, of: Rows, gross: Floats) -> tuple[Floats, Floats]:
    """Reserves that each school has to plan with, and those of its whole trust, as shares of income.

    A school's reserves are its own with its share of its trust's central ones; where the trust pools, the whole's.
    """
    schools, trusts, n = state.schools, state.trusts, len(state.trusts)
    income, several = np.maximum(trusts.income, 1.0), in_multi(trusts, of)
    central = trusts.reserves * (trusts.kind == TrustKind.MULTI) / income
    inside = np.flatnonzero(of >= 0)
    in_schools = np.bincount(of[inside], weights=schools.reserves[rows[inside]], minlength=n)
    whole = of_trust(in_schools / income + central, 0.0, of)
    one = schools.reserves[rows] / np.maximum(gross, 1.0) + of_trust(central, 0.0, of)
    pooled = several & of_trust(trusts.pooled, False, of)
    return np.where(pooled, whole, one), np.where(several, whole, one)


def _expected(state: State, p: SpendingParams, rows: Rows, gross: Floats) -> Floats:
    """Income that each school's budget is made for (£): part of a change in funding comes too late for it."""
    schools, climate, struck = state.schools, state.climate, state.struck
    change = (climate.funding - climate.funding_before).take(schools.phase[rows]) * schools.pupils[rows]
    return np.asarray(gross / (1.0 - struck.lost[rows]) - (1.0 - p.foreseen) * change)


def _pressure(state: State, rows: Rows, gross: Floats) -> Floats:
    """What pay, energy and shocks of the year come to beyond what budgets were made for, as a share of income."""
    schools, climate = state.schools, state.climate
    energy = climate.energy * schools.pupils[rows] / np.maximum(gross, 1.0)
    sixth_forms = climate.sixth_forms * (state.world.sector[rows] == Sector.SECONDARY)
    return np.asarray(climate.pay + energy + sixth_forms - climate.closures + state.struck.sudden[rows])


def _luck(state: State, p: SpendingParams, rows: Rows, of: Rows) -> Floats:
    """Luck of the year, standard normal: in part that of a school's trust where it has several schools."""
    alone = state.streams.normal("spending", state.year, state.schools.luck[rows])
    alike = of_trust(state.streams.normal("spending/trust", state.year, state.trusts.luck), 0.0, of)
    shared = p.alike * in_multi(state.trusts, of)
    return np.asarray(np.sqrt(1.0 - shared) * alone + np.sqrt(shared) * alike)


def _steered(state: State, p: SpendingParams, of: Rows) -> Floats:
    """Part of what costs come to beyond the budget that each school's trust makes good in the year."""
    able = of_trust(state.trusts.capacity.clip(0.0, 1.0), 0.0, of)
    return np.asarray(p.steered * able * in_multi(state.trusts, of))


def _pooled_leaders(state: State, p: SpendingParams, rows: Rows) -> Floats:
    """What pooled leadership frees for teaching in clustered schools after the first (£)."""
    cluster, freed = state.schools.cluster[rows], np.zeros(len(rows))
    if p.leadership_on:
        follow = np.flatnonzero((cluster >= 0) & (cluster != rows))
        saves = np.array([p.leadership_primary, p.leadership_secondary, p.leadership_primary])
        freed[follow] = saves[state.world.sector[rows[follow]]]
    return freed


def _remember(state: State, p: SpendingParams, rows: Rows, above: Floats) -> None:
    """Keep what the schools spent above others (£ per pupil) over some years, and log where that has become clear."""
    schools = state.schools
    before = schools.teaching[rows].copy()
    now = before + (above - before) / p.years
    schools.teaching[rows] = now
    pick = np.flatnonzero((np.abs(now) >= LOGGED_TEACHING) & (np.abs(before) < LOGGED_TEACHING))
    some = rows[pick]
    state.log.add(
        "teaching",
        rule="spending",
        school=some,
        trust=schools.trust[some],
        reason=np.where(now[pick] < 0.0, "less", "more").astype(object),
        value=np.abs(now[pick]),
        threshold=LOGGED_TEACHING,
        margin=np.abs(now[pick]) - LOGGED_TEACHING,
        inputs={
            "reserves": schools.reserves[some],
            "income": schools.income[some],
            "fixed": schools.fixed[some],
            "taught": schools.taught[some],
        },
    )
