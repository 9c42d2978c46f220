"""Money: income by pupil and phase, top-slice, back-office cost by scale and spread, reserves (E3, C3, C4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.break_points import BreakPointParams, dearer, running_cost
from matsim.mechanisms.collaborating import CollaboratingParams, by_form
from matsim.mechanisms.ladders import LOCAL, REGIONAL
from matsim.mechanisms.reviewing import INFRASTRUCTURE, ReviewingParams
from matsim.mechanisms.team import TeamParams, spending
from matsim.state.directions import directed_rows
from matsim.state.state import Rows, State
from matsim.world.codes import SECTORS, Sector, TrustKind

type Floats = NDArray[np.float64]

LOGGED_POOLING = 0.02
"""Share of a trust's income moved between its schools in a year from which pooling is logged."""


LOGGED_COST = 0.03
"""Difference from a maintained school's back-office cost, as a share, from which it is logged."""


class AccountsParams(Params):
    """Costs and how they vary with size, spread and clusters."""

    backoffice_primary: float = param(1261.0, "£ per pupil", "epi-2017", plausible=(1150, 1350))
    """Running expenses per pupil of a maintained primary."""
    backoffice_secondary: float = param(1539.0, "£ per pupil", "epi-2017", plausible=(1450, 1620))
    """Running expenses per pupil of a maintained secondary."""
    backoffice_special: float = param(
        4300.0,
        "£ per pupil",
        "assumed: a little under the fifth of income that it is in others",
        plausible=(3000, 6000),
    )
    """Running expenses per pupil of a maintained special school."""
    backoffice_alternative: float = param(
        3600.0,
        "£ per pupil",
        "assumed: a little under the fifth of income that it is in others",
        plausible=(2500, 5000),
    )
    """The same of alternative provision."""
    backoffice_sixteen_plus: float = param(
        1200.0, "£ per pupil", "assumed: about the fifth of income that it is in others", plausible=(1000, 1500)
    )
    """The same of a school for those of 16 to 19."""
    single_primary: float = param(78.0, "£ per pupil", "epi-2017", plausible=(40, 110))
    """How much less a single-academy primary spends than a maintained one."""
    scale_on: bool = switch()
    """Whether size changes cost per pupil (C4)."""
    balance: float = param(
        0.6,
        "share",
        "assumed: EPI found savings, Davies and the LGA did not; nothing settles it",
        plausible=(0.0, 1.0),
    )
    """How far EPI's economies of scale hold (1), against none (0)."""
    saving: float = param(0.06, "share", "epi-2017", plausible=(0.03, 0.12))
    """Saving of a primary in a trust of six to ten schools on a maintained one's running expenses, if EPI is wholly
    right."""
    saving_secondary: float = param(0.095, "share", "epi-2017", plausible=(0.05, 0.14))
    """The same in a secondary school: trusts spend £49 less than maintained secondaries, and £6 less than primaries."""
    saving_specialist: float = param(
        0.06, "share", "assumed: as in primaries; nothing published", plausible=(0.0, 0.12)
    )
    """The same in a specialist school."""
    full_size: float = param(10.0, "schools", "epi-2017", plausible=(7, 15), gt=1.0)
    """Size beyond which costs are not further reduced: about ten."""
    half_size: float = param(4.0, "schools", "epi-2017", plausible=(2.5, 6.0))
    """Size at which half of the saving is reached."""
    overhead: float = param(
        0.06, "share", "assumed: fixed cost of a centre in a very small trust", plausible=(0.0, 0.13)
    )
    """Extra cost of a trust of two schools, if EPI is wholly right."""
    overhead_gone: float = param(6.0, "schools", "assumed: where EPI's savings begin", plausible=(4, 8), gt=2.0)
    """Size by which that extra cost has faded."""
    overhead_secondary: float = param(
        0.25, "ratio", "assumed: the same centre over nearly four times the pupils", plausible=(0.15, 0.5)
    )
    """That extra cost in a secondary school against a primary one."""
    overhead_specialist: float = param(0.5, "ratio", "assumed: an income between the two", plausible=(0.2, 1.0))
    """The same in a specialist school."""
    large: float = param(0.02, "share", "lga-middle-tier", plausible=(0.0, 0.05))
    """Extra cost of large trusts, if the counter-evidence is wholly right."""
    large_from: float = param(11.0, "schools", "lga-middle-tier", plausible=(8, 16))
    """Size from which a trust is large in that sense."""
    dispersion_on: bool = switch()
    """Whether spread raises cost."""
    dispersion: float = param(0.005, "£ per pupil per km", "epi-2017", plausible=(0.0, 0.02))
    """Rise in cost for each kilometre of a school's distance from the middle of its trust (0.5 pence)."""
    dispersion_share: float = param(
        0.0004,
        "share",
        "assumed: dispersed trusts cost more than the 0.5 pence shows, within what EPI's figure leaves open",
        plausible=(0.0, 0.002),
    )
    """Further rise, as a share of the cost, for each kilometre of the trust's spread."""
    regional: float = param(0.5, "share", "assumed: half the journeys fall away", plausible=(0.0, 0.8))
    """Share of the cost of dispersion that a regional back office saves (the top rung of local decisions)."""
    cluster_saving: float = param(0.04, "share", "hill-clusters", plausible=(0.0, 0.08))
    """Saving from joint tendering where all schools are in clusters of at least the critical mass."""
    critical: float = param(3.0, "schools", "hill-clusters", plausible=(2, 6))
    """Schools in a cluster from which joint tendering bites (three to six)."""
    critical_rise: float = param(3.0, "schools", "hill-clusters", plausible=(1, 4), gt=0.0)
    """Schools over which that saving grows to the whole, the first that bites counted."""
    leadership_on: bool = switch()
    """Whether clusters pool leadership and save (C3)."""
    leadership_primary: float = param(22_000.0, "£ per year", "hill-clusters", plausible=(10_000, 40_000))
    """Net saving a year for each clustered primary after the first: tens of thousands."""
    leadership_secondary: float = param(60_000.0, "£ per year", "hill-clusters", plausible=(30_000, 120_000))
    """Net saving a year for each clustered secondary after the first: six figures for a cluster."""
    leadership_specialist: float = param(
        35_000.0, "£ per year", "assumed: between a primary's and a secondary's", plausible=(10_000, 80_000)
    )
    """The same for a specialist school."""
    spend: float = param(
        0.995, "ratio", "assumed: fitted by hand to schools in deficit (cfr-balances)", plausible=(0.98, 1.01)
    )
    """Share of its income that an average school spends on everything, the top-slice counted as income lost."""
    spread: float = param(
        0.027,
        "share",
        "assumed: a little less than gias-2018 shows; fitted by hand to trusts in cumulative deficit",
        plausible=(0.02, 0.05),
    )
    """Spread of in-year balances between schools (about -4% to +6% at the tenth and ninetieth percentile)."""
    kept: float = param(0.2, "share", "assumed: savings are mostly spent on teaching", plausible=(0.0, 0.5))
    """Share of savings, and of what the top-slice costs schools, that shows in their balance."""
    surplus_small: float = param(0.04, "share", "assumed: small rolls and empty places hurt", plausible=(0.0, 0.08))
    """Loss of a school with half its places empty."""
    usual_empty: float = param(0.08, "share", "assumed: budgets are made for some empty places", plausible=(0.0, 0.15))
    """Share of places empty at which a school neither loses nor gains by them."""
    correction: float = param(
        0.35, "share per year", "assumed: budgets are brought back to balance", plausible=(0.1, 0.6)
    )
    """Share of a deficit, or of reserves above `excess`, that is worked off in a year."""
    excess: float = param(0.1, "share", "assumed: reserves beyond a tenth of income are spent", plausible=(0.05, 0.2))
    """Reserves, as a share of income, above which a school spends them down."""
    pooling_on: bool = switch()
    """Whether some trusts pool their schools' reserves."""
    pooling: Dated = param({2010: 0.2, 2023: 0.26}, "share", "pooling", plausible=(0.1, 0.4))
    """Share of multi-academy trusts that pool, from the year given (23% pooled grant in 2022, fewer before; in 2023 32%
    of one survey and 20% of another, of which the middle)."""
    pooling_speed: float = param(
        0.5, "share per year", "assumed: pooling evens out over some years", plausible=(0.2, 1.0)
    )
    """Share of the difference between its schools' reserves that a pooling trust evens out in a year."""
    central_kept: Dated = param(
        {2010: 1.0, 2021: 0.2},
        "share",
        "assumed: since pay and energy rose, what is left of a top-slice goes to schools, as most savings do; set by "
        "hand so that reserves rise no more after 2021 (kreston: £802 and then £743 per pupil)",
        plausible=(0.0, 1.0),
    )
    """Share of what its top-slice leaves a trust over the costs of its centre that stays in central reserves, from the
    year given; the rest is spent on its schools in the year."""
    services: float = param(0.1, "share", "assumed: audit, licences, legal", plausible=(0.05, 0.2))
    """Share of its top-slice that every centre pays for services, whatever its size."""
    reserves_thin: float = param(0.01, "share", "assumed: a centre so low raises its price", plausible=(0.0, 0.03))
    """Central reserves, as a share of the trust's income, below which the top-slice rises."""
    reserves_ample: float = param(0.05, "share", "assumed: a centre so well off lowers it", plausible=(0.03, 0.1))
    """Central reserves above which the top-slice falls."""
    slice_move: float = param(0.004, "share", "top-slice", plausible=(0.001, 0.01))
    """Most by which a trust moves its top-slice in a year."""
    slice_low: float = param(0.03, "share", "top-slice", plausible=(0.01, 0.04))
    """Lowest top-slice that trusts use (3% in 2016)."""
    slice_high: float = param(0.095, "share", "top-slice", plausible=(0.06, 0.12))
    """Highest top-slice seen (9.5%)."""


def settle(
    state: State,
    p: AccountsParams,
    team: TeamParams,
    bp: BreakPointParams,
    collaboration: CollaboratingParams,
    reviewing: ReviewingParams,
) -> None:
    """Close the year's books: schools first, then trusts."""
    schools, trusts = state.schools, state.trusts
    rows = state.open_rows()
    of = schools.trust[rows].astype(np.intp)
    gross = gross_income(state, rows)
    slice_ = _of_trust(np.where(trusts.kind == TrustKind.MULTI, trusts.top_slice, 0.0), 0.0, of)
    schools.income[rows] = gross * (1.0 - slice_)
    saved = 1.0 - by_form(state, collaboration, rows, "saves") * collaboration.strength * collaboration.on
    schools.backoffice[rows] = backoffice_cost(state, p, bp, rows) * saved
    attended = reviewing.infrastructure * (schools.focus[rows] == INFRASTRUCTURE)
    _schools(state, p, rows, gross, slice_, attended)
    if not len(trusts):
        return
    inside = np.flatnonzero(of >= 0)
    rows, of, gross = rows[inside], of[inside], gross[inside]
    _log_cost(state, p, rows, of)
    if p.pooling_on:
        _pool(state, p, rows, of, gross)
    _trusts(state, p, team, bp, rows, of, gross)


def _of_trust(values: Floats, outside: float, of: Rows) -> Floats:
    """A number of each school's trust, `outside` for a school in none: `of` is the trust's row, −1 for none."""
    return np.append(values, outside)[of]


def _log_cost(state: State, p: AccountsParams, rows: Rows, of: Rows) -> None:
    """Log what trusts that have just grown spend on back office against maintained schools like theirs."""
    schools, trusts, n = state.schools, state.trusts, len(state.trusts)
    grown = (trusts.recent > 0) & (trusts.schools > 1) & (trusts.kind == TrustKind.MULTI)
    members = np.flatnonzero(grown[of])
    rows, of = rows[members], of[members]
    pupils = schools.pupils[rows]
    # what the same schools would spend outside trusts
    norm = np.bincount(of, weights=_usual_cost(state, p, rows) * pupils, minlength=n)
    ratio = np.bincount(of, weights=schools.backoffice[rows] * pupils, minlength=n) / np.maximum(norm, 1.0)
    pick = np.flatnonzero(grown & (np.abs(ratio - 1.0) >= LOGGED_COST))
    if not len(pick):
        return
    ratio = ratio[pick]
    reason = np.where(ratio < 1.0, "scale and clusters save", "size, spread or break points cost")
    state.log.add(
        "cost",
        rule="accounts",
        trust=pick,
        reason=reason.astype(object),
        value=ratio,
        threshold=1.0,
        margin=1.0 - ratio,
        inputs={"schools": trusts.schools[pick], "spread": trusts.spread[pick], "clustered": trusts.clustered[pick]},
    )


def gross_income(state: State, rows: Rows) -> Floats:
    """Income of schools before any top-slice (£)."""
    schools, climate = state.schools, state.climate
    phase = schools.phase[rows]
    whole = climate.lump_sum.take(phase) + climate.funding.take(phase) * schools.pupils[rows]
    return np.asarray(whole * (1.0 - state.struck.funding[rows]))


def _usual_cost(state: State, p: AccountsParams, rows: Rows) -> Floats:
    """Back-office cost per pupil of maintained schools (£)."""
    usual = [p.backoffice_primary, p.backoffice_secondary, p.backoffice_secondary]
    usual += [p.backoffice_special, p.backoffice_alternative, p.backoffice_sixteen_plus]
    return np.array(usual)[state.schools.phase[rows]]


def backoffice_cost(state: State, p: AccountsParams, bp: BreakPointParams, rows: Rows) -> Floats:
    """Back-office cost per pupil of schools, their trusts' share included (£)."""
    schools, trusts = state.schools, state.trusts
    of, sector = schools.trust[rows].astype(np.intp), state.world.sector[rows]
    inside = np.flatnonzero(of >= 0)
    # the last answers for trust −1
    factor = _size_factors(p, np.append(trusts.schools, 1.0))[sector, of]
    factor -= _tenders(state, p, rows)
    # a back office run from each region travels less (C6)
    near = 1.0 - p.regional * (trusts.rung[:, LOCAL] >= REGIONAL)
    if p.dispersion_on:
        factor += _of_trust(p.dispersion_share * (trusts.spread * near), 0.0, of)
    add, multi = np.zeros(len(trusts)), state.multi()
    add[multi] = dearer(state, bp, multi)
    factor += _of_trust(add, 0.0, of)
    cost = _usual_cost(state, p, rows) * factor
    rows, of, primary = rows[inside], of[inside], sector[inside] == Sector.PRIMARY
    if p.dispersion_on:
        x, y = schools.easting[rows] - trusts.easting[of], schools.northing[rows] - trusts.northing[of]
        cost[inside] += p.dispersion * (np.hypot(x, y) / 1000.0) * near[of]
    cost[inside[primary & (trusts.kind[of] == TrustKind.SINGLE)]] -= p.single_primary
    return np.asarray(cost)


def _size_factors(p: AccountsParams, schools: Floats) -> Floats:
    """What trusts of so many schools spend over what schools outside trusts do, in a school of each sector: (3, n)."""
    factor = np.ones((len(SECTORS), len(schools)))
    if not p.scale_on:
        return factor
    saving = np.array([[p.saving], [p.saving_secondary], [p.saving_specialist]])
    reached = 1.0 - 0.5 ** ((schools - 1.0).clip(0.0, p.full_size - 1.0) / p.half_size)
    factor -= p.balance * saving * reached / (1.0 - 0.5 ** ((p.full_size - 1.0) / p.half_size))
    centre = p.overhead * np.array([[1.0], [p.overhead_secondary], [p.overhead_specialist]])
    fading = ((p.overhead_gone - schools) / (p.overhead_gone - 2.0)).clip(0.0, 1.0)
    factor += p.balance * centre * fading * (schools > 1)
    factor += (1.0 - p.balance) * p.large * (schools >= p.large_from)
    return factor


def _tenders(state: State, p: AccountsParams, rows: Rows) -> Floats:
    """Saving of each school from joint tendering in its cluster, as a share."""
    cluster = state.schools.cluster[rows]
    clustered = np.flatnonzero(cluster >= 0)
    size, named = np.zeros(len(rows)), cluster[clustered]
    size[clustered] = np.bincount(named)[named]
    return np.asarray(p.cluster_saving * ((size - p.critical + 1.0) / p.critical_rise).clip(0.0, 1.0))


def _schools(state: State, p: AccountsParams, rows: Rows, gross: Floats, slice_: Floats, attended: Floats) -> None:
    """Balance and reserves of schools; `attended` is what reviews of their infrastructure gave, as a share."""
    schools = state.schools
    pupils, income, reserves = schools.pupils[rows], np.maximum(gross, 1.0), schools.reserves[rows]
    saved = (_usual_cost(state, p, rows) - schools.backoffice[rows]) * pupils / income
    # the top-slice buys services that schools would otherwise pay for themselves
    saved += slice_
    empty = (1.0 - pupils / np.maximum(schools.capacity[rows], 1.0)).clip(0.0, 0.5)
    # specialist schools are paid for their places, filled or not
    empty[~state.world.mainstream[rows]] = p.usual_empty
    ratio = reserves / income
    correct = -p.correction * (np.minimum(ratio, 0.0) + np.maximum(ratio - p.excess, 0.0))
    balance = 1.0 - p.spend + p.kept * saved
    if p.leadership_on:
        cluster = schools.cluster[rows]
        follow = np.flatnonzero((cluster >= 0) & (cluster != rows))
        saves = np.array([p.leadership_primary, p.leadership_secondary, p.leadership_specialist])
        pooled = saves[state.world.sector[rows[follow]]] / income[follow]
        balance[follow] += p.kept * pooled
    balance -= slice_ * p.kept
    balance -= p.surplus_small * (empty - p.usual_empty) * 2.0
    balance += correct
    balance += p.spread * state.streams.normal("accounts", state.year, schools.luck[rows])
    balance -= state.struck.gap[rows]
    balance -= state.climate.cost_pressure
    schools.balance[rows] = balance + attended
    schools.reserves[rows] = reserves + balance * gross + attended * gross


def _pool(state: State, p: AccountsParams, rows: Rows, of: Rows, gross: Floats) -> None:
    """Trusts that pool even out the reserves of their schools, deficits first to be covered (E3)."""
    schools, trusts = state.schools, state.trusts
    trusts.pooled = state.streams.uniform("accounts/pooling", 0, trusts.luck) < at(p.pooling, state.year)
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


def _trusts(
    state: State, p: AccountsParams, team: TeamParams, bp: BreakPointParams, rows: Rows, of: Rows, gross: Floats
) -> None:
    """Income, costs, reserves and top-slice of trusts, from their schools (`of` is the trust's row)."""
    schools, trusts = state.schools, state.trusts
    n = len(trusts)
    earned = np.bincount(of, weights=gross, minlength=n)
    trusts.income = earned
    multi = state.multi()
    income, before = earned[multi], trusts.top_slice[multi]
    sliced = before * income
    prices = 1.0 + state.struck.prices[trusts.lead[multi]]
    cost = spending(state, team, multi) * prices + running_cost(state, bp, multi) * prices + trusts.one_off[multi]
    cost += p.services * sliced
    left = sliced - cost
    reserves = trusts.reserves[multi] + np.where(left > 0.0, at(p.central_kept, state.year), 1.0) * left
    trusts.central_cost[multi], trusts.reserves[multi], trusts.one_off[multi] = cost, reserves, 0.0
    in_schools = np.bincount(of, weights=schools.reserves[rows], minlength=n)
    everything = np.where(trusts.kind == TrustKind.MULTI, trusts.reserves, 0.0) + in_schools
    trusts.reserves_share = np.divide(everything, earned, out=np.zeros(n), where=earned > 0)
    trusts.red_years = np.where(everything < 0, trusts.red_years + 1, 0)
    # the top-slice follows need: up when the centre runs down, down when it piles up
    share = reserves / np.maximum(income, 1.0)
    wish = np.where(share < p.reserves_thin, 1.0, np.where(share > p.reserves_ample, -1.0, 0.0)) * p.slice_move
    wished = (before + wish).clip(p.slice_low, p.slice_high)
    charged = directed_rows(state.directed, lambda d: d.charge is not None)
    before_charge = trusts.top_slice[charged]
    trusts.top_slice[multi] = wished
    for row, now in zip(charged.tolist(), before_charge.tolist(), strict=True):
        charge = state.directed[row].charge
        trusts.top_slice[row] = now + np.clip(charge - now, -p.slice_move, p.slice_move)
