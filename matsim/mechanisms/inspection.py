"""Inspection: periodic, noisy and risk-based (E2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from matsim.evidence.parameters import Dated, Params, Varying, at, param, switch, varying
from matsim.mechanisms.environment import announce
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, Sector
from matsim.world.judgements import HEADLINE_ENDED

FIRST_VISIT, LAST_VISIT = 0.05, 0.95
"""Parts of a school year between which inspectors visit."""


class InspectionParams(Params):
    """When schools are inspected, and what inspectors find."""

    on: bool = switch()
    """Whether inspectors come at all."""
    cycle_outstanding: float = param(5.39, "years", "ofsted-intervals", plausible=(4.0, 8.0))
    """Median years between graded inspections of a primary school judged Outstanding."""
    cycle_good: float = param(4.45, "years", "ofsted-intervals", plausible=(3.5, 5.5))
    """Median years between graded inspections of a primary school judged Good."""
    cycle_requires: float = param(2.05, "years", "ofsted-intervals", plausible=(1.8, 2.5))
    """Median years until a school judged Requires improvement is inspected again."""
    cycle_inadequate: float = param(1.49, "years", "ofsted-intervals", plausible=(1.2, 2.0))
    """Median years until a school judged Inadequate is inspected again."""
    one_cycle: Dated = param(
        {2010: 0.0, 2025: 4.0},
        "years",
        "assumed: routine inspection about every four years, whatever the phase, with report cards (November 2025); "
        "schools with areas that need attention are monitored meanwhile, as they were inspected sooner before",
        plausible=(0.0, 5.5),
    )
    """Median years, from the year given, between inspections of all schools found Good or better, or what that is
    called (`matsim.world.judgements`); 0 where intervals hang on grade and phase."""
    secondary_sooner: float = param(0.82, "ratio", "ofsted-intervals", plausible=(0.7, 1.0))
    """Secondary interval over primary interval for Good schools (3.68 over 4.45), used for Outstanding too."""
    first_after_opening: float = param(2.54, "years", "ofsted-intervals", plausible=(2.0, 3.0))
    """Median years from opening as an academy to its first inspection."""
    interval_spread: float = param(0.18, "sd", "ofsted-intervals", plausible=(0.1, 0.3))
    """Spread of the logarithm of the interval (from the interquartile ranges)."""
    risk: float = param(
        0.6,
        "years",
        "assumed: risk assessment brings visits forward; fitted by hand to intervals",
        plausible=(0.0, 2.0),
    )
    """How many years sooner a school last judged Good or better with value added one standard deviation below average
    is visited. Schools judged lower come back on a fixed timetable."""
    season: Dated = param(
        {2010: 1.0, 2019: 0.55, 2020: 0.0, 2021: 1.0},
        "share",
        "assumed: routine visits stopped in mid-March 2020 and began again in September 2021",
        plausible=(0.0, 1.0),
    )
    """Part of the school year, from September, in which inspectors come, from the year given."""
    exempt: Dated = param(
        {2010: 0.0, 2012: 1.0, 2021: 0.0},
        "share",
        "assumed: Outstanding schools were exempt from 2012 until September 2021, but for poor results",
        plausible=(0.0, 1.0),
    )
    """Share of schools judged Outstanding that are exempt from routine inspection, from the year given."""
    exempt_above: float = param(
        0.5, "sd", "assumed: fitted by hand to the share of Outstanding grades kept", plausible=(-0.5, 1.0)
    )
    """Value added below which an exempt school is visited all the same."""
    exempt_safe: float = param(4.0, "years", "ofsted-intervals", plausible=(3.0, 5.4))
    """Years since its last inspection for which an exempt school is left alone whatever its results."""
    catch_up: float = param(
        4.0,
        "years",
        "assumed: intervals were stretched by six terms, and exempt schools seen by summer 2025",
        plausible=(2.0, 5.0),
    )
    """Years over which visits that were put off are spread."""
    noise: float = param(
        0.83, "sd", "assumed: fitted by hand to what becomes of grades (ofsted-transitions)", plausible=(0.6, 1.3)
    )
    """Error of one judgement of a school's quality."""
    leadership: float = param(0.15, "sd", "assumed: leadership is judged too", plausible=(0.0, 0.4))
    """Weight of the head's quality in the judgement."""
    intake: float = param(
        0.04,
        "sd",
        "assumed: fitted by hand to the trust schools below Good that rise; the most deprived are judged worse for the "
        "same progress (Ofsted annual reports)",
        plausible=(0.0, 0.05),
    )
    """How much worse a school is judged for each point of its free-meals percentage above the usual, whatever its value
    added: what inspectors see for good, beside quality."""
    usual_fsm: float = param(
        21.0, "points", "assumed: about the mean of schools' percentages over some years", plausible=(15, 25)
    )
    """Percentage of pupils eligible for free meals at which intake makes no difference."""
    outstanding_above: Varying = varying(
        {2009: 1.7, 2010: 1.27, 2021: 1.6},
        "sd",
        "assumed: fitted by hand to the share Outstanding in 2017, and as it fell from 20% to 14% by 2024 "
        "(ofsted-share)",
        plausible=(0.9, 2.0),
    )
    """Judged quality from which a primary school is Outstanding, or has what that stands for (see
    `matsim.world.judgements`): a report card at the strong standard. Bars are the same after headline grades as before
    them, since what is published agrees: 83% of those inspected in 2024/25 were found good in quality of education."""
    good_above: Varying = varying(
        {2009: 0.0, 2010: -0.65, 2014: -1.79, 2016: -1.18, 2018: -1.56, 2021: -2.04, 2023: -1.65},
        "sd",
        "assumed: fitted by hand to the share Good or better as it rose from 69% in 2010 to 89% in 2017 "
        "(ofsted-share), while results, relative as they are, could not",
        plausible=(-2.4, 0.2),
    )
    """Judged quality from which a primary school is Good."""
    inadequate_below: Varying = varying(
        {2010: -2.6, 2021: -3.0},
        "sd",
        "assumed: fitted by hand to transitions from Inadequate; from 2021 to sponsored mainstream academies, of which "
        "175 opened from January 2022 to March 2024 (gias-links-2024)",
        plausible=(-3.4, -1.6),
    )
    """Judged quality below which a primary school is Inadequate."""
    secondary_harder: Varying = varying(
        {2009: 0.1, 2013: 0.55, 2017: 0.7},
        "sd",
        "assumed: fitted by hand to 64% of secondaries Good against 69% in 2010, and 79% against 90% in 2017",
        plausible=(0.1, 0.9),
    )
    """How much higher the bars are for secondaries at Good and Inadequate."""
    special_outstanding: float = param(
        0.6,
        "sd",
        "assumed: set by hand to well over a third of special schools Outstanding, where a fifth of primaries are",
        plausible=(0.3, 1.2),
    )
    """How much lower the bar of Outstanding is for special schools than for primaries. Their other bars are the same:
    92% of them were Good or better in 2016 (ofsted-special)."""
    alternative_harder: float = param(
        0.3, "sd", "assumed: set by hand to some 84% Good or better", plausible=(0.0, 0.8)
    )
    """How much higher those two bars are for alternative provision, and for schools for those of 16 to 19."""


def bars(p: InspectionParams, phase: NDArray[np.int8], year: int) -> NDArray[np.float64]:
    """The three bars (Outstanding, Good, Inadequate) of a school year for schools of the given phases: shape (3, n)."""
    lowest = np.array([[at(bar, year)] for bar in (p.outstanding_above, p.good_above, p.inadequate_below)])
    # by phase: of Outstanding, and of the other two
    top = np.array([0.0, 0.0, 0.0, -p.special_outstanding, 0.0, 0.0])
    harder = at(p.secondary_harder, year)
    rest = np.array([0.0, harder, harder, 0.0])
    rest = np.append(rest, [p.alternative_harder, p.alternative_harder])
    return np.asarray(lowest + np.stack([top, rest, rest])[:, phase])


def judge(seen: NDArray[np.float64], bar: NDArray[np.float64]) -> NDArray[np.int8]:
    """Grades 1 to 4 for quality as seen by inspectors, by the schools' `bars`.

    A school falls a grade for each bar that it misses, up to the first that it reaches.
    """
    missed = np.logical_and.accumulate(~(seen >= bar), axis=0)
    return (Grade.OUTSTANDING + missed.sum(axis=0)).astype(np.int8)


def interval(state: State, p: InspectionParams, rows: Rows, grade: NDArray[np.int8]) -> NDArray[np.float64]:
    """Years until the next inspection of schools just graded."""
    luck = state.streams.normal("inspection/interval", state.year, state.schools.luck[rows])
    years = _usual_interval(p, grade, state.world.sector[rows] == Sector.SECONDARY, state.year)
    return years * np.exp(p.interval_spread * luck)


def _usual_interval(
    p: InspectionParams, grade: NDArray[np.int8], secondary: NDArray[np.bool_], year: int
) -> NDArray[np.float64]:
    """Median years until schools with these grades are inspected again."""
    cycle = np.array([p.cycle_good, p.cycle_outstanding, p.cycle_good, p.cycle_requires, p.cycle_inadequate])
    well = grade <= Grade.GOOD
    years = cycle[grade] * np.where(secondary & well, p.secondary_sooner, 1.0)
    if one := at(p.one_cycle, year):
        years[well] = one
    return np.asarray(years)


def by_intake(state: State, p: InspectionParams, rows: Rows) -> NDArray[np.float64]:
    """What schools' intakes add to how they are judged (sd)."""
    return np.asarray(p.intake * (p.usual_fsm - state.schools.fsm[rows]))


def edges(state: State, p: InspectionParams, rows: Rows, year: int) -> NDArray[np.float64]:
    """Where the grades that schools have lie on the scale of what inspectors see: shape (5, n), from the top down.

    Not at the bars: a grade with long intervals is had by more schools at a time than are given it. Between the edges
    lie the shares of schools that would have each grade, were bars and quality to stay.
    """
    schools, spread = state.schools, np.sqrt(1.0 + p.noise**2)
    given = np.diff(ndtr(bars(p, schools.phase[rows], year) / spread), axis=0, prepend=1.0, append=0.0)
    secondary = state.world.sector[rows] == Sector.SECONDARY
    grades = np.arange(Grade.OUTSTANDING, Grade.INADEQUATE + 1)
    lasts = np.stack([_usual_interval(p, np.full(len(rows), g), secondary, year) for g in grades])
    had = np.cumsum(-given * lasts, axis=0)
    inner = spread * ndtri(1.0 - had[:-1] / had[-1])
    return np.vstack([np.full(len(rows), np.inf), inner, np.full(len(rows), -np.inf)])


def _due(state: State, p: InspectionParams, rows: Rows, season: float) -> NDArray[np.float64]:
    """When schools are next inspected: sooner for poor results, later where inspectors stay away.

    Nothing brings a visit to within a year of the last one. Visits put off are spread over the years after.
    """
    schools, year = state.schools, state.year
    last, grade, outcome, lot = schools.inspected[rows], schools.grade[rows], schools.outcome[rows], schools.lot[rows]
    last = np.where(np.isnan(last), 0.0, last)
    poor = (-outcome).clip(0.0, 2.0)
    due = np.maximum(schools.due[rows] - p.risk * poor * (grade <= Grade.GOOD), last + 1.0)
    # of Outstanding schools only mainstream ones were ever exempt
    exempt = (grade == Grade.OUTSTANDING) & (lot < at(p.exempt, year)) & state.world.mainstream[rows]
    exempt = np.flatnonzero(exempt)
    noticed = (outcome[exempt] < p.exempt_above) & (year + 1.0 - last[exempt] > p.exempt_safe)
    seen = exempt[noticed]
    due[seen] = np.minimum(due[seen], year + lot[seen])
    # either nobody comes to an exempt school, or the season ends before the visit is due
    stay = due >= year + season
    stay[exempt] |= ~noticed
    away = np.flatnonzero(stay & (due < year + 1.0))
    due[away] = year + 1.0 + p.catch_up * lot[away]
    schools.due[rows[away]] = due[away]
    return due


def visit(state: State, p: InspectionParams) -> None:
    """Inspect every school that is due; those whose results have fallen sooner."""
    if not p.on:
        return
    announce(state, "inspection", one_cycle=p.one_cycle)
    schools, year = state.schools, state.year
    rows = state.open_rows()
    season = at(p.season, year)
    due = _due(state, p, rows, season)
    called = np.flatnonzero(due < year + season) if season > 0.0 else np.zeros(0, np.intp)
    rows, due = rows[called], due[called]
    noise = p.noise * state.streams.normal("inspection/noise", year, schools.luck[rows])
    head = np.where(schools.vacancy[rows], 0.0, schools.head[rows])
    intake = by_intake(state, p, rows)
    seen = schools.quality[rows] + p.leadership * head + intake + noise
    bar = bars(p, schools.phase[rows], year)
    old, grade, last = schools.grade[rows], judge(seen, bar), schools.inspected[rows]
    schools.grade[rows], schools.grade_before[rows] = grade, old
    visited = due.clip(year + FIRST_VISIT, year + min(season, LAST_VISIT))
    schools.inspected[rows] = visited
    schools.due[rows] = visited + interval(state, p, rows, grade)
    changed = np.flatnonzero((grade != old) & (old > Grade.NOT_INSPECTED))
    rows, seen, grade = rows[changed], seen[changed], grade[changed]
    # what a result is called hangs on its year: that of this one is the event's
    since = {"since": np.floor(np.nan_to_num(last[changed]))} if year >= HEADLINE_ENDED else {}
    # the bar it came over, or that of Inadequate, which it did not
    over = bar[np.minimum(grade, Grade.INADEQUATE - 1) - 1, changed]
    state.log.add(
        "inspect",
        rule="inspection",
        school=rows,
        trust=schools.trust[rows],
        value=seen,
        threshold=over,
        margin=seen - over,
        inputs={
            "before": old[changed],
            "after": grade,
            "quality": schools.quality[rows],
            "head": head[changed],
            "intake": intake[changed],
            "noise": noise[changed],
        }
        | since,
    )


def below_twice(state: State, rows: Rows) -> NDArray[np.bool_]:
    """Which schools require improvement and were below Good at the inspection before too."""
    grade, before = state.schools.grade[rows], state.schools.grade_before[rows]
    return np.asarray((grade == Grade.REQUIRES_IMPROVEMENT) & (before >= Grade.REQUIRES_IMPROVEMENT))
