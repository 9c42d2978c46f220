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
    own = w.at(year)
    return own.loc[own.phase.isin(PHASES[phase]) & own.kind.isin(KINDS[kind])]


def _cost(own: pd.DataFrame) -> float:
    return float(np.average(own.backoffice, weights=own.pupils)) if len(own) else float("nan")


def cost_gap(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Back-office £ per pupil of schools of one kind of trust less that of another kind, weighted by pupils."""
    return _cost(_of(w, year, phase, kind)) - _cost(_of(w, year, phase, against))


def _sized(w: Watched, year: int, phase: str) -> pd.DataFrame:
    own = _of(w, year, phase, "multi")
    return own.assign(size=own.trust.map(sizes(w.members(year))))


def cost_by_size(w: Watched, year: int, phase: str, band: tuple[int, int], against: tuple[int, int]) -> float:
    """Back-office cost per pupil in trusts of one size band over that in another, less one."""
    own = _sized(w, year, phase)
    one, two = (_cost(own.loc[own["size"].between(*b)]) for b in (band, against))
    return one / two - 1.0


def cost_of_distance(w: Watched, year: int, phase: str) -> float:
    """£ per pupil for each km from the middle of its trust, over schools in trusts of three or more.

    By least squares, with the size of the trust (as its logarithm) held equal.
    """
    own = _sized(w, year, phase)
    own = own.loc[own["size"] >= 3].join(w.places[["easting", "northing"]], on="school")
    middle = own.groupby("trust")[["easting", "northing"]].transform("mean")
    km = np.hypot(own.easting - middle.easting, own.northing - middle.northing) / 1000.0
    design = np.column_stack([np.ones(len(own)), km, np.log(own["size"])])
    return float(np.linalg.lstsq(design, own.backoffice.to_numpy(), rcond=None)[0][1])


def top_slice_between(w: Watched, year: int, low: float, high: float) -> float:
    """Share of multi-academy trusts of two or more schools whose central charge lies in a range."""
    own = _trusts(w, year)
    own = own.loc[(own.kind == "multi-academy trust") & (own.schools >= 2)]
    return float(own.central_charge.between(low - 1e-9, high + 1e-9).mean())


def top_slice(w: Watched, year: int, least: int) -> float:
    """Median central charge of multi-academy trusts with at least so many schools."""
    own = _trusts(w, year)
    return float(own.loc[(own.kind == "multi-academy trust") & (own.schools >= least), "central_charge"].median())


def _trusts(w: Watched, year: int) -> pd.DataFrame:
    own = w.tables["trust_year"]
    return own.loc[own.year == year]


def reserves(w: Watched, year: int) -> float:
    """Reserves of all trusts over their income."""
    own = _trusts(w, year)
    own = own.loc[own.income > 0]
    return float(np.average(own.reserves_share, weights=own.income))


def reserves_below(w: Watched, year: int, share: float) -> float:
    """Share of trusts whose reserves are below a share of income."""
    own = _trusts(w, year)
    return float((own.loc[own.income > 0, "reserves_share"] < share).mean())


def school_deficits(w: Watched, year: int, phase: str, kind: str) -> float:
    """Share of schools that spent more than their income in the year."""
    return float((_of(w, year, phase, kind).balance < 0).mean())


def trust_deficits(w: Watched, year: int) -> float:
    """Share of trusts whose reserves fell in the year, among those with the same number of schools as before."""
    both = _trusts(w, year).merge(_trusts(w, year - 1), on=["trust", "schools"], suffixes=("", "_was"))
    held, was = (both[f"reserves_share{end}"] * both[f"income{end}"] for end in ("", "_was"))
    return float((held < was)[both.income > 0].mean())


def _spread(values: pd.Series) -> float:
    low, high = values.quantile(list(PERCENTILES))
    return float(high - low)


def trust_icc(w: Watched, year: int, phase: str, least: int) -> float:
    """Share of the variance of outcomes that lies between trusts with so many schools of the phase.

    One-way analysis of variance with unequal groups.
    """
    own = _of(w, year, phase, "multi")
    groups = own.groupby("trust").outcome
    own = own.loc[groups.transform("size") >= least]
    groups = own.groupby("trust").outcome
    n, k, count = groups.size(), groups.ngroups, len(own)
    if k < 2:
        return float("nan")
    within = float(((own.outcome - groups.transform("mean")) ** 2).sum()) / (count - k)
    between = float((n * (groups.mean() - own.outcome.mean()) ** 2).sum()) / (k - 1)
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
    own = _of(w, year, phase, kind)
    by = own.school.map(w.places.la.astype(object)) if kind == "maintained" else own.trust
    return own.groupby(by).outcome.mean()


def outcome_gap(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Median of group means of one kind less that of another, in standard deviations of schools."""
    one, two = (float(_means(w, year, phase, k).median()) for k in (kind, against))
    return (one - two) / float(_of(w, year, phase, "all").outcome.std())


def school_sd_ratio(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Standard deviation of schools' outcomes in one kind over that in another."""
    one, two = (float(_of(w, year, phase, k).outcome.std()) for k in (kind, against))
    return one / two
