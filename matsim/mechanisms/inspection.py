"""Inspection: periodic, noisy and risk-based (E2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.params import Params, param, switch
from matsim.state import Rows, State


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
    secondary_sooner: float = param(0.82, "ratio", "ofsted-intervals", plausible=(0.7, 1.0))
    """Secondary interval over primary interval for Good schools (3.68 over 4.45), used for Outstanding too."""
    first_after_opening: float = param(2.54, "years", "ofsted-intervals", plausible=(2.0, 3.0))
    """Median years from opening as an academy to its first inspection."""
    interval_spread: float = param(0.18, "sd", "ofsted-intervals", plausible=(0.1, 0.3))
    """Spread of the logarithm of the interval (from the interquartile ranges)."""
    risk: float = param(1.0, "years", "assumed: risk assessment brings visits forward", plausible=(0.0, 2.0))
    """How many years sooner a school with value added one standard deviation below average is visited."""
    noise: float = param(0.55, "sd", "assumed: repeatability of a judgement", plausible=(0.3, 0.9))
    """Error of one judgement of a school's quality."""
    leadership: float = param(0.15, "sd", "assumed: leadership is judged too", plausible=(0.0, 0.4))
    """Weight of the head's quality in the judgement."""
    outstanding_above: float = param(
        1.2, "sd", "assumed: fitted to transitions, see docs/calibration", plausible=(0.8, 1.6)
    )
    """Judged quality from which a primary school is Outstanding."""
    good_above: float = param(
        -1.05, "sd", "assumed: fitted to transitions, see docs/calibration", plausible=(-1.4, -0.6)
    )
    """Judged quality from which a primary school is Good."""
    inadequate_below: float = param(
        -2.0, "sd", "assumed: fitted to transitions, see docs/calibration", plausible=(-2.4, -1.6)
    )
    """Judged quality below which a primary school is Inadequate."""
    secondary_harder: float = param(0.35, "sd", "assumed: 79% of secondaries good against 90%", plausible=(0.1, 0.6))
    """How much higher the bars are for secondaries at Good and Inadequate."""


def bars(p: InspectionParams, phase: NDArray[np.int8]) -> NDArray[np.float64]:
    """The three bars (Outstanding, Good, Inadequate) for schools of the given phases: shape (n, 3)."""
    harder = np.where(phase != 0, p.secondary_harder, 0.0)
    return np.column_stack(
        [np.full(len(phase), p.outstanding_above), p.good_above + harder, p.inadequate_below + harder]
    )


def judge(p: InspectionParams, seen: NDArray[np.float64], phase: NDArray[np.int8]) -> NDArray[np.int8]:
    """Grades 1 to 4 for quality as seen by inspectors."""
    bar = bars(p, phase)
    return np.select([seen >= bar[:, 0], seen >= bar[:, 1], seen >= bar[:, 2]], [1, 2, 3], 4).astype(np.int8)


def interval(state: State, p: InspectionParams, rows: Rows, grade: NDArray[np.int8]) -> NDArray[np.float64]:
    """Years until the next inspection of schools just graded."""
    cycle = np.array([p.cycle_good, p.cycle_outstanding, p.cycle_good, p.cycle_requires, p.cycle_inadequate])
    sooner = np.where((state.schools.phase[rows] != 0) & (grade <= 2), p.secondary_sooner, 1.0)
    luck = state.streams.normal("inspection/interval", state.year, state.schools.slot[rows])
    return cycle[grade] * sooner * np.exp(p.interval_spread * luck)


def visit(state: State, p: InspectionParams) -> None:
    """Inspect every school that is due; those whose results have fallen sooner."""
    if not p.on:
        return
    schools = state.schools
    rows = state.open_rows()
    # only poor results bring a visit forward, and never to within a year of the last one
    sooner = p.risk * np.clip(-schools.outcome[rows], 0.0, 2.0)
    due = np.maximum(schools.due[rows] - sooner, np.nan_to_num(schools.inspected[rows], nan=0.0) + 1.0)
    called = due < state.year + 1.0
    rows, due = rows[called], due[called]
    slots = schools.slot[rows]
    noise = p.noise * state.streams.normal("inspection/noise", state.year, slots)
    head = np.where(schools.vacancy[rows], -0.5, schools.head[rows])
    seen = schools.quality[rows] + p.leadership * head + noise
    grade = judge(p, seen, schools.phase[rows])
    old = schools.grade[rows].copy()
    schools.grade[rows] = grade
    schools.inspected[rows] = np.clip(due, state.year + 0.05, state.year + 0.95)
    schools.due[rows] = schools.inspected[rows] + interval(state, p, rows, grade)
    changed = (grade != old) & (old > 0)
    bar = bars(p, schools.phase[rows])[np.arange(len(rows)), np.clip(grade - 1, 0, 2)]
    state.log.add(
        "inspect",
        rule="inspection",
        school=rows[changed],
        trust=schools.trust[rows][changed],
        value=seen[changed],
        threshold=bar[changed],
        margin=(seen - bar)[changed],
        inputs={
            "before": old[changed],
            "after": grade[changed],
            "quality": schools.quality[rows][changed],
            "head": head[changed],
            "noise": noise[changed],
        },
    )
