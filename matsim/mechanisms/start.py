"""The hidden part of the first year: what files do not show, drawn when a run starts from its own seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from matsim.evidence.parameters import Dated, Params, at, param
from matsim.evidence.strategy import TOP
from matsim.mechanisms.backoffice import BackofficeParams
from matsim.mechanisms.break_points import BreakPointParams
from matsim.mechanisms.fixed_costs import FixedCostParams
from matsim.mechanisms.heads import person
from matsim.mechanisms.improvement import ImprovementParams, measure
from matsim.mechanisms.inspection import InspectionParams, by_intake, edges, interval
from matsim.mechanisms.ladders import CHIEF, TOPS, loads
from matsim.mechanisms.likeness import LikenessParams, begin, by_sector
from matsim.mechanisms.spending import SpendingParams, aim, gross_income, shortfall
from matsim.mechanisms.team import TeamParams, ledger
from matsim.state.membership import in_multi
from matsim.state.state import CHOICE, FORCED, State
from matsim.world.codes import Grade, Route, Sector, TrustKind


class StartParams(Params):
    """How the hidden state of the first year is drawn."""

    identity: float = param(0.5, "share", "assumed: middle of the scale", plausible=(0.3, 0.7))
    """Mean attachment of a school to its own identity."""
    identity_spread: float = param(0.18, "share", "assumed: schools differ widely", plausible=(0.1, 0.3))
    """Spread of that attachment."""
    identity_faith: float = param(0.1, "share", "assumed: faith schools hold to their ethos", plausible=(0.0, 0.25))
    """How much stronger it is in faith schools."""
    identity_least: float = param(
        0.02, "share", "assumed: nobody is without any, or with nothing else", plausible=(0.0, 0.1)
    )
    """Least attachment of a school, and as much below the whole the most."""
    buyin: float = param(0.62, "share", "assumed: the resting buy-in", plausible=(0.5, 0.75))
    """Mean buy-in of an academy."""
    buyin_spread: float = param(0.12, "share", "assumed: schools differ in heart", plausible=(0.05, 0.2))
    """Spread of that buy-in."""
    buyin_least: float = param(0.1, "share", "assumed: somebody always hopes", plausible=(0.0, 0.2))
    """Least buy-in of an academy."""
    joined_ago: float = param(3.0, "years", "assumed: as most academies of the day", plausible=(1, 6))
    """Years since an academy joined of which files do not say when it opened."""
    uninspected: float = param(3.0, "years", "assumed: first inspections come in the third year", plausible=(2, 4))
    """Years from its opening for which an academy not inspected since is due for its first inspection."""
    twice: float = param(0.35, "share", "coasting", plausible=(0.2, 0.5))
    """Share of schools below Good that were so at the inspection before too, where files do not say: about 900 schools
    of the 12% below Good in summer 2022."""
    graded_next: float = param(
        1.5, "years", "assumed: the handbooks of 2018 to 2024 say a year or two later", plausible=(1.0, 2.0)
    )
    """Years from an inspection without a grade that gave reason for a graded one until that comes, by the files."""
    head_quality: float = param(0.3, "sd", "assumed: better schools keep better heads", plausible=(0.0, 0.6))
    """How much better the head of a school one standard deviation above average is."""
    head_mean: float = param(0.05, "sd", "assumed: those who stay outlast weaker ones", plausible=(0.0, 0.15))
    """How much better heads in post are than those who are appointed."""
    head_spread: float = param(0.95, "sd", "assumed: heads differ about as much in all", plausible=(0.8, 1.0))
    """Spread of heads between schools of like quality."""
    head_tenure: float = param(12.0, "years", "assumed: no distribution of tenures at hand", plausible=(6, 20))
    """Longest time that a head has been in post; all times up to it are alike."""
    chief_tenure: Dated = param(
        {2010: 8.0, 2024: 11.2},
        "years",
        "assumed: most trusts were young; in 2024 from ceo-tenure (median 5.7 years, quartiles 2.8 and 8.2)",
        plausible=(4, 15),
    )
    """Longest time that a CEO has been in post in the first year, from the year given; all times up to it are alike."""
    reserves_secondary: Dated = param(
        {2010: 0.028, 2016: -0.02, 2018: -0.035, 2024: 0.0},
        "share",
        "assumed: so that 30% of maintained secondaries are in deficit in 2018 (epi-balances)",
        plausible=(-0.06, 0.02),
    )
    """Mean reserves of maintained secondaries beyond their aim, as a share of income, in the first year, from the year
    given: cuts of earlier years."""
    reserves_spread: float = param(
        0.05, "share", "assumed: what years beyond the budget leave behind at the usual pace", plausible=(0.03, 0.1)
    )
    """Spread of those reserves between schools of like aim."""
    behind: float = param(5.0, "years", "assumed: such schools ran into debt for some years", plausible=(2, 8))
    """Years for which schools that cannot save what their fixed costs take have run into debt by the first year."""
    central: float = param(0.02, "share", "assumed: most of its reserves are with its schools", plausible=(0.0, 0.05))
    """Mean central reserves of a multi-academy trust as a share of its income in the first year: part of its aim."""
    central_spread: float = param(0.01, "share", "assumed: some centres begin in the red", plausible=(0.01, 0.06))
    """Spread of central reserves between trusts, as a share of their income."""
    bench: float = param(0.12, "ratio", "assumed: one leader in waiting for eight schools", plausible=(0.0, 0.4))
    """Leaders in waiting for each school of a multi-academy trust."""
    staffed: float = param(0.9, "ratio", "assumed: teams are a little behind need", plausible=(0.6, 1.1))
    """Central posts over need in the first year."""
    staffed_spread: float = param(0.15, "ratio", "assumed: richer trusts staff ahead", plausible=(0.0, 0.3))
    """Spread of the logarithm of that ratio, with central reserves."""
    fitting: float = param(0.8, "share", "assumed: most existing trusts have kept up", plausible=(0.5, 1.0))
    """Chance that a trust's way of working in the first year carries its load."""
    settled: float = param(
        0.44, "share", "assumed: fitted to who took schools on in the year to May 2018, by size", plausible=(0.3, 0.6)
    )
    """Share of multi-academy trusts that took on no school in the two years before the first, by the files, which go
    on so for a while. A synthetic world has no such record, and none of its trusts begins so."""
    settled_years: float = param(3.0, "years", "assumed: as long as a pause in growth", plausible=(1, 6))
    """How long they take on no school."""
    vacancies: float = param(0.02, "share", "assumed: as many as in later years", plausible=(0.0, 0.05))
    """Share of schools without a head in the first year."""


def schools(
    state: State,
    p: StartParams,
    inspection: InspectionParams,
    improvement: ImprovementParams,
    likeness: LikenessParams,
) -> None:
    """Draw quality given the last grade, heads, identity, buy-in and the next inspection."""
    s, streams = state.schools, state.streams
    rows = np.arange(len(s))
    who = s.luck
    # drawn once and kept: a school first in the queue of visits put off is so in every year
    s.lot = streams.uniform("inspection/put-off", 0, who)
    grade = np.where(s.grade > Grade.NOT_INSPECTED, s.grade, Grade.GOOD).astype(np.int8)
    begin(state, likeness)
    s.quality = _quality(state, inspection, likeness, grade)
    s.head = p.head_mean + p.head_quality * s.quality + p.head_spread * streams.normal("start/head", 0, who)
    s.head_id = person(state, rows, 0)
    s.head_years = p.head_tenure * streams.uniform("start/tenure", 0, who)
    s.vacancy = streams.uniform("start/vacancy", 0, who) < p.vacancies
    s.identity = np.clip(
        p.identity
        + p.identity_faith * (s.denomination > 0)
        + p.identity_spread * streams.normal("start/identity", 0, who),
        p.identity_least,
        1.0 - p.identity_least,
    )
    academy = s.trust >= 0
    s.joined = np.where(
        academy, np.where(np.isnan(s.opened), state.year - p.joined_ago, np.minimum(s.opened, state.year)), np.nan
    )
    s.buyin = np.where(
        academy, np.clip(p.buyin + p.buyin_spread * streams.normal("start/buyin", 0, who), p.buyin_least, 1.0), 0.0
    )
    s.motive = np.where(academy, np.where(s.route == Route.SPONSORED, FORCED, CHOICE), 0)
    s.income = gross_income(state, rows)
    years = interval(state, inspection, rows, grade)
    last = np.where(np.isnan(s.inspected), state.year - years * streams.uniform("start/inspected", 0, who), s.inspected)
    s.due = np.where(
        last + years < state.year,
        state.year + streams.uniform("start/overdue", 0, who) * inspection.catch_up,
        last + years,
    )
    s.due = np.where(s.graded_next, np.maximum(last + p.graded_next, state.year), s.due)
    new = academy & (s.opened > state.year - p.uninspected) & ~(s.inspected > s.opened)
    s.due = np.where(new, np.maximum(s.opened + inspection.first_after_opening, state.year), s.due)
    # what a school was before matters only to one that is below Good: the next inspection makes the last the one before
    unknown = (s.grade >= Grade.REQUIRES_IMPROVEMENT) & (s.grade_before == Grade.NOT_INSPECTED)
    twice = streams.uniform("start/grade before", 0, who) < p.twice
    drawn = np.where(twice, Grade.REQUIRES_IMPROVEMENT, Grade.GOOD)
    s.grade_before = np.where(unknown, drawn, s.grade_before).astype(np.int8)
    # last year's results, which the steps before July read
    measure(state, improvement, rows, state.year - 1)
    s.outcome = np.where(np.isnan(s.published), s.outcome, s.published)
    # failing schools in the files may be waiting for a sponsor already
    s.ordered = np.where(
        (s.route == Route.MAINTAINED) & (s.grade == Grade.INADEQUATE),
        np.nan_to_num(s.inspected, nan=state.year - 0.5),
        np.nan,
    )


def reserves(
    state: State, p: StartParams, budgets: SpendingParams, fixed: FixedCostParams, backoffice: BackofficeParams
) -> None:
    """Draw what each school holds: what it aims for, less what years before the first have cost it."""
    s, rows = state.schools, np.arange(len(state.schools))
    mean = aim(state, budgets, rows)
    mean += at(p.reserves_secondary, state.year) * ((state.world.sector == Sector.SECONDARY) & (s.trust < 0))
    mean -= p.central * in_multi(state.trusts, s.trust)
    s.reserves = (mean + p.reserves_spread * state.streams.normal("start/reserves", 0, s.luck)) * s.income
    s.reserves -= p.behind * shortfall(state, budgets, fixed, backoffice, rows)


def _quality(
    state: State, inspection: InspectionParams, likeness: LikenessParams, grade: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Quality given published results, and that noisy inspectors gave each school its `grade`.

    What they saw is drawn first, then what lay behind it; both with what the school's place and trust add to it.
    """
    s, rows = state.schools, np.arange(len(state.schools))
    known, left = s.known_quality, s.quality_error**2
    edge = edges(state, inspection, rows, state.year - 1) - by_intake(state, inspection, rows)
    scale = np.sqrt(left + inspection.noise**2)
    top, bottom = (ndtr((edge[code, rows] - known) / scale) for code in (grade - 1, grade))
    unshared = np.sqrt(1.0 - by_sector(state, rows, likeness.place, likeness.place_secondary))
    shared = s.area + s.ways
    spread = ndtr(unshared * state.streams.normal("start/seen", 0, s.luck) + shared)
    seen = scale * ndtri(np.clip(bottom + (top - bottom) * spread, 1e-9, 1 - 1e-9))
    share = left / scale**2
    hidden = unshared * state.streams.normal("start/quality", 0, s.luck) + shared
    return np.asarray(known + share * seen + np.sqrt(left * (1.0 - share)) * hidden)


def trusts(state: State, p: StartParams, team: TeamParams, break_points: BreakPointParams) -> None:
    """Draw existing trusts' ways of working, teams and reserves, to suit most of their loads."""
    t, s, streams = state.trusts, state.schools, state.streams
    rows = state.active()
    if not len(rows):
        return
    who = t.luck[rows]
    load = loads(state, break_points.ladders, rows)
    for k, ladder in enumerate(break_points.ladders):
        carried = np.array([rung.carries for rung in ladder.rungs])
        fits = np.minimum(np.searchsorted(carried, load[:, k], side="left"), TOPS[k])
        behind = (streams.uniform(f"start/rung/{k}", 0, who) > p.fitting) & (fits > 0)
        t.rung[rows, k] = np.maximum(t.rung[rows, k], fits - behind) if k == CHIEF else fits - behind
    of = s.trust[state.in_trusts()]
    t.income = np.bincount(of, weights=s.income[state.in_trusts()], minlength=len(t))
    multi = t.kind[rows] == TrustKind.MULTI
    luck = streams.normal("start/central", 0, who)
    central = p.central + p.central_spread * luck
    t.reserves[rows] = np.where(multi, central * t.income[rows], 0.0)
    t.bench[rows] = np.where(multi, p.bench * t.schools[rows], 0.0)
    t.chief_years[rows] = at(p.chief_tenure, state.year) * streams.uniform("start/chief", 0, who)
    t.target[rows] = np.maximum(t.target[rows], np.where(multi, t.schools[rows] + 1.0, 1.0))
    quiet = np.isin(t.uid[rows], np.array(sorted(state.world.quiet), np.int64))
    settled = quiet & multi & (streams.uniform("start/settled", 0, who) < p.settled)
    t.paused[rows] = np.where(settled, np.maximum(t.paused[rows], state.year + p.settled_years), t.paused[rows])
    autonomy = 1.0 - t.responsibilities[of].mean(axis=1) / TOP
    inside = state.in_trusts()
    s.autonomy[inside] = s.promised[inside] = np.where(t.kind[of] == TrustKind.MULTI, autonomy, 1.0)
    # once for need and help, from which posts follow, and once more below for the capacity that these give
    ledger(state, team)
    wanted = np.maximum(p.staffed * np.exp(p.staffed_spread * luck)[:, None] * t.need[rows] - t.helped[rows], 0.0)
    t.posts[rows] = np.floor(wanted * 2.0) / 2.0
    t.bought[rows] = wanted - t.posts[rows]  # posts come in halves; the rest is bought in
    ledger(state, team)
    t.pressure[rows] = 0.0
