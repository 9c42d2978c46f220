"""What a target may name: heads and teachers who leave, by phase and by kind and size of trust."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matsim.validation.observed_run import Watched, once
from matsim.validation.selections import schools_of, share

EVERY = (0, 10_000)
"""Trusts of any number of schools, and schools of none."""


@once
def _headed(w: Watched, year: int, phase: str, kind: str) -> pd.DataFrame:
    """Schools with a head; `new`: whether the head came in the year."""
    schools = schools_of(w, year, phase, kind)
    schools = schools.loc[~schools.vacancy.to_numpy()]
    return schools.assign(new=schools.head_years.to_numpy() < 1.0)


def head_turnover(
    w: Watched, first: int, last: int, phase: str, kind: str = "all", size: tuple[int, int] = EVERY
) -> float:
    """Share of schools whose head is new in the year, over academic years; `size`: from so many to so many schools.

    A trust's size counts its specialist schools too.
    """
    schools = pd.concat([_headed(w, year, phase, kind) for year in range(first, last + 1)])
    return share(schools.new[schools["size"].between(*size)].to_numpy())


def head_turnover_gap(w: Watched, first: int, last: int) -> float:
    """That share of secondaries less that of primaries."""
    return head_turnover(w, first, last, "secondary") - head_turnover(w, first, last, "primary")


def head_turnover_moved(w: Watched, first: int, last: int) -> float:
    """That share of academies that changed trusts in the year less that of other academies."""
    moved, new = [], []
    for year in range(first, last + 1):
        before = schools_of(w, year - 1, "all", "academy")[["school", "trust"]]
        schools = _headed(w, year, "all", "academy").merge(before, on="school", suffixes=("", "_was"))
        moved.append((schools.trust != schools.trust_was).to_numpy())
        new.append(schools.new.to_numpy())
    which, came = np.concatenate(moved), np.concatenate(new)
    return share(came[which]) - share(came[~which])


def shared_heads(w: Watched, year: int) -> float:
    """Share of schools in trusts of two or more that share a head, or an executive head, with another of the trust."""
    schools = schools_of(w, year, "all", "multi")
    schools = schools.loc[schools["size"] >= 2]
    several = pd.Series(False, schools.index)
    for name, there in (("head_id", ~schools.vacancy), ("executive", schools.executive >= 0)):
        led = schools.loc[there]
        several.loc[led.index] |= led.groupby(["trust", name]).school.transform("size") > 1
    return share(several.to_numpy())


def teacher_turnover(
    w: Watched, first: int, last: int, phase: str, kind: str, schools: tuple[int, int], middle: str
) -> float:
    """Share of teachers who leave in a year: the "median" or "mean" of groups with so many schools of the phase.

    A group is a trust of two schools or more; of maintained schools, a local authority.
    """
    of = pd.concat([schools_of(w, year, phase, kind) for year in range(first, last + 1)])
    of = of.loc[of["size"] >= 2] if kind == "multi" else of
    groups = of.assign(left=of.turnover * of.pupils).groupby(of.trust if kind == "multi" else of.la)
    number = (groups.size() / (last - first + 1)).round()
    turnover = (groups.left.sum() / groups.pupils.sum())[number.between(*schools)]
    return float(turnover.median() if middle == "median" else turnover.mean())
