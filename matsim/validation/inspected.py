"""Quantities of inspection: who is judged what, how often, and how long failing schools wait for a sponsor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation.history import PHASES
from matsim.validation.observed_run import Watched
from matsim.world.codes import ROUTES, Grade, Route

type Floats = NDArray[np.float64]

KINDS = {"maintained": (-1,), "single": (0,), "multi": (1,), "academy": (0, 1), "all": (-1, 0, 1)}


def _graded(w: Watched, year: int, phase: str, kind: str) -> pd.DataFrame:
    schools = w.at(year)
    return schools.loc[
        (schools.grade > Grade.NOT_INSPECTED) & schools.phase.isin(PHASES[phase]) & schools.kind.isin(KINDS[kind])
    ]


def grade_share(w: Watched, year: int, grades: Sequence[int], phase: str = "all", kind: str = "all") -> float:
    """Share of graded schools whose last grade is one of these at the end of an academic year."""
    return float(_graded(w, year, phase, kind).grade.isin(grades).mean())


def transition(
    w: Watched, first: int, last: int, phase: str, before: Sequence[int], after: Sequence[int], kind: str = "all"
) -> float:
    """Share of graded inspections of schools last judged `before` that judged them `after`."""
    visits = w.visits
    visits = visits.loc[
        visits.year.between(first, last) & visits.phase.isin(PHASES[phase]) & visits.kind.isin(KINDS[kind])
    ]
    visits = visits.loc[visits.before.isin(before)]
    return float(visits.after.isin(after).mean())


def transition_gap(w: Watched, first: int, last: int, phase: str, before: Sequence[int], after: Sequence[int]) -> float:
    """That share among maintained schools less the same among schools in multi-academy trusts."""
    one, two = (transition(w, first, last, phase, before, after, kind) for kind in ("maintained", "multi"))
    return one - two


def interval(w: Watched, first: int, last: int, phase: str, before: Sequence[int]) -> float:
    """Median years between graded inspections of schools last judged `before`."""
    visits = w.visits
    visits = visits.loc[
        visits.year.between(first, last) & visits.phase.isin(PHASES[phase]) & visits.before.isin(before)
    ]
    return float(visits.wait.median())


def lag(w: Watched, first: int, last: int, share: float = 0.5) -> float:
    """Quantile of the years from being judged Inadequate to opening as a sponsored academy."""
    openings = w.openings
    openings = openings.loc[
        (openings.route == Route.SPONSORED) & (openings.grade == Grade.INADEQUATE) & openings.year.between(first, last)
    ]
    return float((openings.joined - _judged(w, openings)).quantile(share))


def _judged(w: Watched, openings: pd.DataFrame) -> pd.Series:
    """When schools that opened were last inspected: before the year, or in the year before they opened."""
    same = w.visits.loc[w.visits.school.isin(openings.school), ["school", "year", "date", "after"]]
    now = openings[["school", "year"]].merge(same, on=["school", "year"], how="left")
    return pd.Series(
        np.where(now.date.notna().to_numpy(), now.date.to_numpy(), openings.inspected.to_numpy()), openings.index
    )


def still_waiting(w: Watched, year: int, months: float) -> float:
    """Share of maintained schools judged Inadequate in an academic year that were no academies so long after."""
    seen = w.visits
    failed = seen.loc[(seen.year == year) & (seen.after == 4)]
    panel = w.at(year - 1)
    outside = panel.loc[panel.route == Route.MAINTAINED, "school"]
    failed = failed.loc[failed.school.isin(outside)]
    opened = w.openings.set_index("school").joined
    done = failed.school.map(opened[~opened.index.duplicated()]) - failed.date
    return float((~(done <= months / 12.0)).mean())


def came_with(w: Watched, first: int, last: int, phase: str, route: str) -> Floats:
    """Share of new academies of a route by the grade they came with: Outstanding, Good, RI, Inadequate."""
    openings = w.openings
    openings = openings.loc[
        openings.year.between(first, last)
        & openings.phase.isin(PHASES[phase])
        & (openings.route == ROUTES.index(route))
    ]
    seen = w.visits.loc[w.visits.year.between(first, last), ["school", "year", "after"]]
    now = openings.merge(seen, on=["school", "year"], how="left").after
    grade = now.fillna(pd.Series(openings.grade.to_numpy())).astype(int)
    counts = np.bincount(grade[grade > Grade.NOT_INSPECTED], minlength=5)[1:]
    return np.asarray(counts / max(int(counts.sum()), 1), np.float64)


def sponsored_good(w: Watched, year: int) -> float:
    """Share of sponsored academies opened in the run, and inspected since, that are Good or better."""
    opened = w.openings.loc[(w.openings.route == Route.SPONSORED) & (w.openings.year <= year), ["school", "joined"]]
    schools = w.at(year).merge(opened, on="school", suffixes=("_now", ""))
    schools = schools.loc[schools.inspected > schools.joined]
    return float((schools.grade <= Grade.GOOD).mean())
