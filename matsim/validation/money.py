"""Quantities of money and outcomes: cost by kind, size and spread; balances, reserves; spread within and between."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation.history import PHASES
from matsim.validation.inspected import KINDS
from matsim.validation.movement import sizes
from matsim.validation.observed_run import Watched

type Floats = NDArray[np.float64]

PERCENTILES = (0.1, 0.9)


def _of(w: Watched, year: int, phase: str, kind: str) -> pd.DataFrame:
    schools = w.at(year)
    return schools.loc[schools.phase.isin(PHASES[phase]) & schools.kind.isin(KINDS[kind])]


def _cost(schools: pd.DataFrame) -> float:
    return float(np.average(schools.backoffice, weights=schools.pupils)) if len(schools) else float("nan")


def cost_gap(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Back-office £ per pupil of schools of one kind of trust less that of another kind, weighted by pupils."""
    return _cost(_of(w, year, phase, kind)) - _cost(_of(w, year, phase, against))


def _sized(w: Watched, year: int, phase: str) -> pd.DataFrame:
    schools = _of(w, year, phase, "multi")
    return schools.assign(size=schools.trust.map(sizes(w.members(year))))


def cost_by_size(w: Watched, year: int, phase: str, band: tuple[int, int], against: tuple[int, int]) -> float:
    """Back-office cost per pupil in trusts of one size band over that in another, less one."""
    schools = _sized(w, year, phase)
    one, two = (_cost(schools.loc[schools["size"].between(*b)]) for b in (band, against))
    return one / two - 1.0


def cost_of_distance(w: Watched, year: int, phase: str) -> float:
    """£ per pupil for each km from the middle of its trust, over schools in trusts of three or more.

    By least squares, with the size of the trust (as its logarithm) held equal.
    """
    schools = _sized(w, year, phase)
    schools = schools.loc[schools["size"] >= 3].join(w.places[["easting", "northing"]], on="school")
    middle = schools.groupby("trust")[["easting", "northing"]].transform("mean")
    km = np.hypot(schools.easting - middle.easting, schools.northing - middle.northing) / 1000.0
    design = np.column_stack([np.ones(len(schools)), km, np.log(schools["size"])])
    return float(np.linalg.lstsq(design, schools.backoffice.to_numpy(), rcond=None)[0][1])


def top_slice_between(w: Watched, year: int, low: float, high: float) -> float:
    """Share of multi-academy trusts of two or more schools whose central charge lies in a range."""
    multi = _trusts(w, year)
    multi = multi.loc[(multi.kind == "multi-academy trust") & (multi.schools >= 2)]
    return float(multi.central_charge.between(low - 1e-9, high + 1e-9).mean())


def top_slice(w: Watched, year: int, least: int) -> float:
    """Median central charge of multi-academy trusts with at least so many schools."""
    trusts = _trusts(w, year)
    return float(
        trusts.loc[(trusts.kind == "multi-academy trust") & (trusts.schools >= least), "central_charge"].median()
    )


def _trusts(w: Watched, year: int) -> pd.DataFrame:
    trusts = w.tables["trust_year"]
    return trusts.loc[trusts.year == year]


def reserves(w: Watched, year: int) -> float:
    """Reserves of all trusts over their income."""
    trusts = _trusts(w, year)
    trusts = trusts.loc[trusts.income > 0]
    return float(np.average(trusts.reserves_share, weights=trusts.income))


def reserves_below(w: Watched, year: int, share: float) -> float:
    """Share of trusts whose reserves are below a share of income."""
    trusts = _trusts(w, year)
    return float((trusts.loc[trusts.income > 0, "reserves_share"] < share).mean())


def school_deficits(w: Watched, year: int, phase: str, kind: str) -> float:
    """Share of schools that spent more than their income in the year."""
    return float((_of(w, year, phase, kind).balance < 0).mean())


def trust_deficits(w: Watched, year: int) -> float:
    """Share of trusts whose reserves fell in the year, among those with the same number of schools as before."""
    both = _trusts(w, year).merge(_trusts(w, year - 1), on=["trust", "schools"], suffixes=("", "_was"))
    now, was = (both[f"reserves_share{end}"] * both[f"income{end}"] for end in ("", "_was"))
    return float((now < was)[both.income > 0].mean())


def _spread(values: pd.Series) -> float:
    low, high = values.quantile(list(PERCENTILES))
    return float(high - low)


def trust_icc(w: Watched, year: int, phase: str, least: int) -> float:
    """Share of the variance of outcomes that lies between trusts with so many schools of the phase.

    One-way analysis of variance with unequal groups.
    """
    schools = _of(w, year, phase, "multi")
    groups = schools.groupby("trust").outcome
    schools = schools.loc[groups.transform("size") >= least]
    groups = schools.groupby("trust").outcome
    n, k, count = groups.size(), groups.ngroups, len(schools)
    if k < 2:
        return float("nan")
    within = float(((schools.outcome - groups.transform("mean")) ** 2).sum()) / (count - k)
    between = float((n * (groups.mean() - schools.outcome.mean()) ** 2).sum()) / (k - 1)
    typical = (count - float((n**2).sum()) / count) / (k - 1)
    part = max(between - within, 0.0) / typical
    return part / (part + within)


def trust_spread_ratio(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Range from the tenth to the ninetieth percentile of mean outcomes of groups, over that of other groups.

    A group is a trust; of maintained schools, a local authority.
    """
    one, two = (_spread(_means(w, year, phase, k)) for k in (kind, against))
    return one / two


def _means(w: Watched, year: int, phase: str, kind: str) -> pd.Series:
    schools = _of(w, year, phase, kind)
    by = schools.school.map(w.places.la.astype(object)) if kind == "maintained" else schools.trust
    return schools.groupby(by).outcome.mean()


def outcome_gap(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Median of group means of one kind less that of another, in standard deviations of schools."""
    one, two = (float(_means(w, year, phase, k).median()) for k in (kind, against))
    return (one - two) / float(_of(w, year, phase, "all").outcome.std())


def school_sd_ratio(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Standard deviation of schools' outcomes in one kind over that in another."""
    one, two = (float(_of(w, year, phase, k).outcome.std()) for k in (kind, against))
    return one / two
