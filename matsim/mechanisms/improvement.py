"""What moves a school's quality in a year: its head, its trust's help and ways, and luck (A4, A5, A6, C2, E5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.agents.trust import IMPROVEMENT
from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import (
    CORE,
    CURRICULUM,
    TOP,
)
from matsim.mechanisms.break_points import BreakPointParams, harm
from matsim.mechanisms.classrooms import ClassroomParams, gains
from matsim.mechanisms.collaborating import CollaboratingParams, by_form
from matsim.mechanisms.likeness import LikenessParams, by_sector, settle
from matsim.mechanisms.reviewing import LEARNING, ReviewingParams
from matsim.state.state import Rows, State
from matsim.world.codes import Grade

type Floats = NDArray[np.float64]

_TAUGHT = [CURRICULUM, CORE]
"""Responsibilities by which a trust sets what and how its schools teach."""

LOGGED_LOSS = 0.3
"""Share of a trust's support lost to travel from which it is logged."""


class ImprovementParams(Params):
    """Rates of change of latent quality, in school-level standard deviations a year."""

    reversion: float = param(
        0.28, "share per year", "assumed: fitted by hand to what trusts' means keep (ks2-2019)", plausible=(0.15, 0.35)
    )
    """Share of its distance from where it rests that a primary school loses in a year. A school rests at what its place
    and its trust's lasting ways add (`likeness`)."""
    reversion_secondary: float = param(
        0.085,
        "share per year",
        "assumed: fitted by hand to value added a year and two years on",
        plausible=(0.05, 0.15),
    )
    """The same for a secondary school."""
    shock: float = param(0.605, "sd per year", "assumed: keeps the spread of quality at one", plausible=(0.45, 0.7))
    """Luck of a year of a primary school: cohorts, staff, events."""
    shock_secondary: float = param(
        0.39, "sd per year", "assumed: keeps the spread of quality at one", plausible=(0.3, 0.5)
    )
    """The same for a secondary school."""
    usual: float = param(0.037, "sd per year", "assumed: so that quality drifts neither way", plausible=(0.0, 0.1))
    """What a usual primary school gains in a year by all that acts on it, taken off again."""
    usual_secondary: float = param(
        0.063, "sd per year", "assumed: so that quality drifts neither way", plausible=(0.0, 0.1)
    )
    """The same for a secondary school."""
    error: float = param(
        0.45,
        "sd",
        "assumed: 0.42 of it is who happened to sit the tests (ks2-2019); a little more, as in secondaries",
        plausible=(0.35, 0.5),
    )
    """Error of the yearly measure of a primary school's value added (cohort noise)."""
    error_secondary: float = param(0.29, "sd", "p8-2019", plausible=(0.2, 0.4))
    """The same of a secondary school's, whose cohorts are larger."""
    head: float = param(0.05, "sd per year", "assumed: leadership matters most in school", plausible=(0.02, 0.09))
    """Gain for leadership one standard deviation above average: a head's, an executive head's, or both together."""
    attention: float = param(
        0.07,
        "sd per year",
        "assumed: fitted by hand to schools below Good that rise; schools that just fail gain a quarter of a school's "
        "sd in two to three years (Allen and Burgess 2012)",
        plausible=(0.0, 0.3),
    )
    """Gain of any school last judged below Good."""
    authority: float = param(0.04, "sd per year", "assumed: advisers helped", plausible=(0.0, 0.1))
    """Gain of a maintained school whose local authority is at full capacity."""
    coherence: float = param(
        0.18,
        "sd per year",
        "assumed: the sources' thesis; strength fitted to the trust ICC",
        plausible=(0.0, 0.5),
    )
    """Gain for a whole point of coherence above the resting value."""
    support: float = param(
        0.0044,
        "sd per year",
        "assumed: a day of support; fitted by hand so that trusts keep up with authorities",
        plausible=(0.0, 0.01),
    )
    """Gain for a day of improvement support that reaches a school."""
    claim_weak: float = param(4.0, "ratio", "assumed: improvement teams work where grades are poor", plausible=(1, 10))
    """Days of support that a school judged below Good claims for each that another claims."""
    support_most: float = param(45.0, "days per year", "assumed: a school cannot absorb more", plausible=(20, 90))
    """Days of support that a school can use in a year."""
    post_days: float = param(190.0, "days per year", "assumed: the days that schools are open", plausible=(170, 200))
    """Days of support that one improvement post gives in a school year."""
    travel_on: bool = switch()
    """Whether support and shared training weaken with travel time, and clusters restore them (C2)."""
    travel: float = param(24.0, "minutes", "assumed: twenty minutes is near, an hour is far", plausible=(20, 60))
    """Travel time over which support falls to about a third."""
    travel_free: float = param(10.0, "minutes", "assumed: ten minutes are nothing", plausible=(0, 20))
    """Travel time that takes nothing from support."""
    cluster_reach: float = param(0.9, "share", "assumed: a cluster's own staff are near by", plausible=(0.6, 1.0))
    """Least part of its support that reaches a school in a cluster, however far the trust's other schools."""
    theory_on: bool = switch()
    """Whether a standardised curriculum helps weak schools and holds strong ones back (A4)."""
    standard_weak: float = param(
        0.04, "sd per year", "assumed: a common curriculum helps weak schools", plausible=(0.0, 0.2)
    )
    """Gain of a school one standard deviation below average where curriculum is wholly central."""
    ceiling: float = param(
        0.03, "sd per year", "assumed: the glass ceiling of a centralised model", plausible=(0.0, 0.15)
    )
    """Loss of a school one standard deviation above average where curriculum is wholly central."""
    shelter: float = param(0.5, "share", "assumed: an autonomous school adapts half of it", plausible=(0.0, 1.0))
    """Part of what a central curriculum gives and takes that full autonomy keeps away."""
    pace_on: bool = switch()
    """Whether a set approach lifts newcomers, whom convergence leaves to what practice others lend (A5)."""
    pace: float = param(0.08, "sd per year", "assumed: a set approach is quicker for newcomers", plausible=(0.0, 0.2))
    """Gain of a newcomer under a wholly set approach."""
    newcomer: float = param(3.0, "years", "assumed: a set approach is in place by then", plausible=(1, 5))
    """Years after joining that a school is a newcomer."""
    buyin: float = param(0.12, "sd per year", "assumed: lost heart shows in results (E5)", plausible=(0.0, 0.3))
    """Gain for a whole point of buy-in above a half."""
    ordinary: float = param(
        0.083,
        "sd per year",
        "assumed: trusts as such do no better than authorities (EPI 2016); fitted by hand",
        plausible=(0.05, 0.2),
    )
    """What an average trust of several schools adds by the terms above, taken off again."""
    single: float = param(
        0.3, "share", "assumed: a trust of one has little of a trust's reach, for better or worse", plausible=(0.0, 1.0)
    )
    """Part of what a trust adds or takes that acts in a trust of one school."""
    strength: float = param(1.0, "ratio", "assumed: scales all that trusts do", plausible=(0.0, 2.0))
    """Strength of everything a trust adds or takes."""


def improve(
    state: State,
    p: ImprovementParams,
    bp: BreakPointParams,
    collaboration: CollaboratingParams,
    reviewing: ReviewingParams,
    classrooms: ClassroomParams,
    likeness: LikenessParams,
) -> None:
    """Move every open school's quality by one year, then measure value added."""
    schools = state.schools
    rows = state.open_rows()
    outside = schools.trust[rows] < 0
    head = p.head * schools.led[rows]
    authority = (p.authority * state.places.capacity).take(schools.place[rows]) * outside
    shared = by_form(state, rows, "helps") * collaboration.helps * collaboration.on
    attended = reviewing.learning * (schools.focus[rows] == LEARNING)
    watched = p.attention * (schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT)
    lift = np.zeros(len(rows))
    within = np.flatnonzero(~outside)
    lift[within] = p.strength * trust_lift(state, p, bp, rows[within])
    schools.lift[rows] = lift
    resting = schools.area[rows] + schools.ways[rows]
    reversion = by_sector(state, rows, p.reversion, p.reversion_secondary)
    shock = by_sector(state, rows, p.shock, p.shock_secondary)
    shock *= state.streams.normal("improvement/shock", state.year, schools.luck[rows])
    change = head + authority + shared + attended + watched + lift + shock + gains(state, classrooms, rows)
    change += settle(state, likeness, rows, state.year) - by_sector(state, rows, p.usual, p.usual_secondary)
    schools.quality[rows] += change - reversion * (schools.quality[rows] - resting)
    measure(state, p, rows, state.year)


def measure(state: State, p: ImprovementParams, rows: Rows, year: int) -> None:
    """This year's value added: quality with a year's cohort noise, scaled to a spread of about one.

    None is measured of schools that are not mainstream: theirs stays 0, which is neither good nor bad.
    """
    schools = state.schools
    error = by_sector(state, rows, p.error, p.error_secondary)
    noise = error * state.streams.normal("improvement/measure", year, schools.luck[rows])
    schools.before[rows] = schools.outcome[rows]
    measured = schools.quality[rows] * np.sqrt(1.0 - error**2) + noise
    schools.outcome[rows] = measured * state.world.mainstream[rows]


def trust_lift(state: State, p: ImprovementParams, bp: BreakPointParams, rows: Rows) -> Floats:
    """What each school's trust adds to its quality this year (sd), for rows of schools in trusts."""
    schools, trusts = state.schools, state.trusts
    of = schools.trust[rows].astype(np.intp)
    several = (trusts.schools > 1)[of]
    quality, years = schools.quality[rows], state.year - schools.joined[rows]
    # what is alike in all schools of a trust is worked out by trust
    taught = trusts.responsibilities.T[_TAUGHT].sum(axis=0) / (TOP * len(_TAUGHT))
    total = (p.coherence * trusts.advantage)[of] + p.buyin * (schools.buyin[rows] - 0.5)
    total += _support(state, p, rows, of, several)
    if p.theory_on:
        weak, strong = (-quality).clip(0.0, 2.0), quality.clip(0.0, 2.0)
        central = taught[of] * (1.0 - p.shelter * schools.autonomy[rows])
        total += central * (p.standard_weak * weak - p.ceiling * strong)
    if p.pace_on:
        early = years < p.newcomer
        pace = np.where(early, (p.pace * (1.0 - trusts.convergence))[of], 0.0)
        _log_approach(state, of, early, pace)
        total += pace
    harms, multi = np.zeros(len(trusts)), state.multi()
    harms[multi] = harm(state, bp, multi)
    return np.where(several, total - harms[of] - p.ordinary, p.single * total)


def _support(state: State, p: ImprovementParams, rows: Rows, of: Rows, several: NDArray[np.bool_]) -> Floats:
    """Days of improvement support that reach each school, and what they add."""
    schools, trusts = state.schools, state.trusts
    supply = trusts.posts[:, IMPROVEMENT] + trusts.bought[:, IMPROVEMENT] + trusts.helped[:, IMPROVEMENT]
    claim = np.where(schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT, p.claim_weak, 1.0)
    claims = np.maximum(np.bincount(of, weights=claim, minlength=len(trusts)), 1.0)
    days = (p.post_days * supply)[of] * claim / claims[of]
    reach = np.ones(len(rows))
    if p.travel_on:
        minutes = schools.mate_minutes[rows]
        away = np.where(np.isfinite(minutes), minutes, 0.0)
        reach = np.exp(-np.maximum(away - p.travel_free, 0.0) / p.travel)
        clustered = np.flatnonzero(schools.cluster[rows] >= 0)
        reach[clustered] = np.maximum(reach[clustered], p.cluster_reach)
    support = np.minimum(days * reach, p.support_most) * several
    schools.support[rows] = support
    _log_distance(state, of, reach, several)
    return np.asarray(p.support * support)


def _log_distance(state: State, of: Rows, reach: Floats, several: NDArray[np.bool_]) -> None:
    """Log the trusts that lose a good part of their support to travel, when they come to."""
    trusts = state.trusts
    n = len(trusts)
    lost = np.bincount(of, weights=(1.0 - reach) * several, minlength=n) / np.maximum(trusts.schools, 1)
    pick = np.flatnonzero((lost >= LOGGED_LOSS) & (trusts.lost < LOGGED_LOSS))
    # kept, so that next year only those that come to lose so much are logged
    trusts.lost = lost
    if not len(pick):
        return
    state.log.add(
        "distance",
        rule="improvement",
        trust=pick,
        value=lost[pick],
        threshold=LOGGED_LOSS,
        margin=lost[pick] - LOGGED_LOSS,
        inputs={"spread": trusts.spread[pick], "clustered": trusts.clustered[pick]},
    )


def _log_approach(state: State, of: Rows, early: NDArray[np.bool_], gain: Floats) -> None:
    """Log how trusts that have just taken schools on bring them into line, and what it gave them."""
    trusts = state.trusts
    n = len(trusts)
    newcomers = np.bincount(of[early], minlength=n)
    mean = np.bincount(of, weights=gain * early, minlength=n) / np.maximum(newcomers, 1.0)
    pick = np.flatnonzero((newcomers > 0) & (trusts.recent > 0) & (trusts.schools > 1))
    if not len(pick):
        return
    scaling = trusts.convergence[pick] < 0.5
    state.log.add(
        "approach",
        rule="improvement",
        trust=pick,
        reason=np.where(scaling, "scaling a set approach", "converging together").astype(object),
        value=mean[pick],
        threshold=0.0,
        margin=mean[pick],
        inputs={"convergence": trusts.convergence[pick], "newcomers": newcomers[pick], "strong": trusts.strong[pick]},
    )
