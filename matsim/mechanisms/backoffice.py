"""Back-office cost per pupil: by scale and spread of a trust, in clusters and other forms (C4, C6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.break_points import BreakPointParams, dearer
from matsim.mechanisms.collaborating import CollaboratingParams, by_form
from matsim.mechanisms.ladders import LOCAL, REGIONAL
from matsim.mechanisms.reviewing import INFRASTRUCTURE, ReviewingParams
from matsim.state.membership import of_trust
from matsim.state.state import Rows, State
from matsim.world.codes import SECTORS, Sector, TrustKind

type Floats = NDArray[np.float64]

LOGGED_COST = 0.03
"""Difference from a maintained school's back-office cost, as a share, from which it is logged."""


class BackofficeParams(Params):
    """What back offices cost, and how that varies with size, spread and clusters."""

    primary: float = param(1261.0, "£ per pupil", "epi-2017", plausible=(1150, 1350))
    """Running expenses per pupil of a maintained primary."""
    secondary: float = param(1539.0, "£ per pupil", "epi-2017", plausible=(1450, 1620))
    """Running expenses per pupil of a maintained secondary."""
    special: float = param(
        4300.0,
        "£ per pupil",
        "assumed: a little under the fifth of income that it is in others",
        plausible=(3000, 6000),
    )
    """Running expenses per pupil of a maintained special school."""
    alternative: float = param(
        3600.0,
        "£ per pupil",
        "assumed: a little under the fifth of income that it is in others",
        plausible=(2500, 5000),
    )
    """The same of alternative provision."""
    sixteen_plus: float = param(
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
    """Saving of a primary or specialist school in a trust of six to ten schools on a maintained one's running expenses,
    if EPI is wholly right."""
    saving_secondary: float = param(0.095, "share", "epi-2017", plausible=(0.05, 0.14))
    """The same in a secondary school: trusts spend £49 less than maintained secondaries, and £6 less than primaries."""
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
    """That extra cost in a secondary or specialist school against a primary one."""
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
    critical: float = param(3.0, "schools", "hill-clusters", plausible=(2, 6), gt=0.0)
    """Schools in a cluster from which joint tendering bites (three to six); it grows to the whole over as many."""


def usual_costs(p: BackofficeParams) -> Floats:
    """Back-office cost per pupil of maintained schools by phase (£)."""
    usual = [p.primary, p.secondary, p.secondary]
    usual += [p.special, p.alternative, p.sixteen_plus]
    return np.array(usual)


def usual_cost(state: State, p: BackofficeParams, rows: Rows) -> Floats:
    """Back-office cost per pupil of maintained schools like each of these (£)."""
    return usual_costs(p).take(state.schools.phase[rows])


def work_out(
    state: State,
    p: BackofficeParams,
    bp: BreakPointParams,
    collaboration: CollaboratingParams,
    reviewing: ReviewingParams,
) -> None:
    """What each open school's back office costs this year, forms of collaboration and reviews counted in."""
    schools, trusts, rows = state.schools, state.trusts, state.open_rows()
    saved = 1.0 - by_form(state, rows, "saves") * collaboration.saves * collaboration.on
    each = cost(state, p, bp, rows) * saved
    # what a review of infrastructure found, as a share of income
    spared = reviewing.infrastructure * (schools.focus[rows] == INFRASTRUCTURE) * schools.income[rows]
    schools.backoffice[rows] = each - spared / np.maximum(schools.pupils[rows], 1.0)
    if len(trusts):
        inside = np.flatnonzero(schools.trust[rows] >= 0)
        _log_cost(state, p, rows[inside], schools.trust[rows[inside]].astype(np.intp))


def cost(state: State, p: BackofficeParams, bp: BreakPointParams, rows: Rows) -> Floats:
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
        factor += of_trust(p.dispersion_share * (trusts.spread * near), 0.0, of)
    add, multi = np.zeros(len(trusts)), state.multi()
    add[multi] = dearer(state, bp, multi)
    factor += of_trust(add, 0.0, of)
    result = usual_cost(state, p, rows) * factor
    rows, of, primary = rows[inside], of[inside], sector[inside] == Sector.PRIMARY
    if p.dispersion_on:
        x, y = schools.easting[rows] - trusts.easting[of], schools.northing[rows] - trusts.northing[of]
        result[inside] += p.dispersion * (np.hypot(x, y) / 1000.0) * near[of]
    result[inside[primary & (trusts.kind[of] == TrustKind.SINGLE)]] -= p.single_primary
    return np.asarray(result)


def _size_factors(p: BackofficeParams, schools: Floats) -> Floats:
    """What trusts of so many schools spend over what schools outside trusts do, in a school of each sector: (3, n)."""
    factor = np.ones((len(SECTORS), len(schools)))
    if not p.scale_on:
        return factor
    saving = np.array([[p.saving], [p.saving_secondary], [p.saving]])
    reached = 1.0 - 0.5 ** ((schools - 1.0).clip(0.0, p.full_size - 1.0) / p.half_size)
    factor -= p.balance * saving * reached / (1.0 - 0.5 ** ((p.full_size - 1.0) / p.half_size))
    centre = p.overhead * np.array([[1.0], [p.overhead_secondary], [p.overhead_secondary]])
    fading = ((p.overhead_gone - schools) / (p.overhead_gone - 2.0)).clip(0.0, 1.0)
    factor += p.balance * centre * fading * (schools > 1)
    factor += (1.0 - p.balance) * p.large * (schools >= p.large_from)
    return factor


def _tenders(state: State, p: BackofficeParams, rows: Rows) -> Floats:
    """Saving of each school from joint tendering in its cluster, as a share."""
    cluster = state.schools.cluster[rows]
    clustered = np.flatnonzero(cluster >= 0)
    size, named = np.zeros(len(rows)), cluster[clustered]
    size[clustered] = np.bincount(named)[named]
    return np.asarray(p.cluster_saving * ((size - p.critical + 1.0) / p.critical).clip(0.0, 1.0))


def _log_cost(state: State, p: BackofficeParams, rows: Rows, of: Rows) -> None:
    """Log what trusts that have just grown spend on back office against maintained schools like theirs."""
    schools, trusts, n = state.schools, state.trusts, len(state.trusts)
    grown = (trusts.recent > 0) & (trusts.schools > 1) & (trusts.kind == TrustKind.MULTI)
    members = np.flatnonzero(grown[of])
    rows, of = rows[members], of[members]
    pupils = schools.pupils[rows]
    # what the same schools would spend outside trusts
    norm = np.bincount(of, weights=usual_cost(state, p, rows) * pupils, minlength=n)
    ratio = np.bincount(of, weights=schools.backoffice[rows] * pupils, minlength=n) / np.maximum(norm, 1.0)
    pick = np.flatnonzero(grown & (np.abs(ratio - 1.0) >= LOGGED_COST))
    if not len(pick):
        return
    ratio = ratio[pick]
    reason = np.where(ratio < 1.0, "scale and clusters save", "size, spread or break points cost")
    state.log.add(
        "cost",
        rule="backoffice",
        trust=pick,
        reason=reason.astype(object),
        value=ratio,
        threshold=1.0,
        margin=1.0 - ratio,
        inputs={"schools": trusts.schools[pick], "spread": trusts.spread[pick], "clustered": trusts.clustered[pick]},
    )
