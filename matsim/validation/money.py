"""What a target may name: costs, central charges, deficits, reserves and rescues."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matsim.validation.movement import sizes
from matsim.validation.observed_run import Watched, once
from matsim.validation.selections import schools_of

MULTI = "multi-academy trust"


def _cost(schools: pd.DataFrame) -> float:
    return float(np.average(schools.backoffice, weights=schools.pupils)) if len(schools) else float("nan")


def cost_gap(w: Watched, year: int, phase: str, kind: str, against: str) -> float:
    """Back-office £ per pupil of schools of one kind of trust less that of another kind, weighted by pupils."""
    return _cost(schools_of(w, year, phase, kind)) - _cost(schools_of(w, year, phase, against))


@once
def _sized(w: Watched, year: int, phase: str) -> pd.DataFrame:
    schools = schools_of(w, year, phase, "multi")
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
    schools = schools.loc[schools["size"] >= 3]
    middle = schools.groupby("trust")[["easting", "northing"]].transform("mean")
    km = np.hypot(schools.easting - middle.easting, schools.northing - middle.northing) / 1000.0
    design = np.column_stack([np.ones(len(schools)), km, np.log(schools["size"])])
    return float(np.linalg.lstsq(design, schools.backoffice.to_numpy(), rcond=None)[0][1])


def top_slice_between(w: Watched, year: int, low: float, high: float) -> float:
    """Share of multi-academy trusts of two or more schools whose central charge lies in a range."""
    multi = _trusts(w, year)
    multi = multi.loc[(multi.kind == MULTI) & (multi.schools >= 2)]
    return float(multi.central_charge.between(low - 1e-9, high + 1e-9).mean())


def top_slice(w: Watched, year: int, least: int) -> float:
    """Median central charge of multi-academy trusts with at least so many schools."""
    trusts = _trusts(w, year)
    return float(trusts.loc[(trusts.kind == MULTI) & (trusts.schools >= least), "central_charge"].median())


@once
def _trusts(w: Watched, year: int) -> pd.DataFrame:
    """Trusts that have mainstream schools at the end of a year; `schools`: how many of these."""
    trusts = w.tables["trust_year"].rename(columns={"mainstream_schools": "schools"})
    return trusts.loc[(trusts.year == year) & (trusts.schools > 0)]


def reserves(w: Watched, year: int) -> float:
    """Reserves of all trusts over their income."""
    trusts = _trusts(w, year)
    trusts = trusts.loc[trusts.income > 0]
    return float(np.average(trusts.reserves_share, weights=trusts.income))


def reserves_below(w: Watched, year: int, share: float, kind: str = "all") -> float:
    """Share of trusts whose reserves are below a share of income; of "multi", those of two schools or more."""
    return float((_reserves(w, year, kind) < share).mean())


def reserves_from(w: Watched, year: int, share: float) -> float:
    """Share of trusts whose reserves are a share of income or more."""
    return float((_reserves(w, year, "all") >= share).mean())


def _reserves(w: Watched, year: int, kind: str) -> pd.Series:
    trusts = _trusts(w, year)
    of = (trusts.schools >= 2) & (trusts.kind == MULTI) if kind == "multi" else trusts.schools >= 1
    return trusts.loc[of & (trusts.income > 0), "reserves_share"]


def school_deficits(w: Watched, year: int, phase: str, kind: str) -> float:
    """Share of schools that spent more than their income in the year."""
    return float((schools_of(w, year, phase, kind).balance < 0).mean())


def school_debts(w: Watched, year: int, phase: str, kind: str) -> float:
    """Share of schools whose reserves are below zero."""
    return float((schools_of(w, year, phase, kind).reserves < 0).mean())


def trust_deficits(w: Watched, year: int, kind: str = "all", phase: str = "all") -> float:
    """Share of trusts whose reserves fell in the year, among those with the same number of schools as before.

    `kind`: only single-academy trusts ("single"), and of these of schools of a phase, or only others ("multi").
    """
    both = _trusts(w, year).merge(_trusts(w, year - 1), on=["trust", "schools"], suffixes=("", "_was"))
    if kind != "all":
        both = both.loc[both.trust.isin(schools_of(w, year, phase, kind).trust)]
    now, was = (both[f"reserves_share{end}"] * both[f"income{end}"] for end in ("", "_was"))
    return float((now < was)[both.income > 0].mean())


def charge(w: Watched, year: int) -> float:
    """Mean central charge of multi-academy trusts of two schools or more."""
    trusts = _trusts(w, year)
    return float(trusts.loc[(trusts.kind == MULTI) & (trusts.schools >= 2), "central_charge"].mean())


def pooling(w: Watched, year: int) -> float:
    """Share of multi-academy trusts of two schools or more that pool their schools' reserves."""
    schools = schools_of(w, year, "all", "multi")
    return float(schools.loc[schools["size"] >= 2].groupby("trust").pooled.first().mean())


def rescued(w: Watched, year: int) -> float:
    """Share of trusts that were given support in difficulty in the year."""
    return len(_rescues(w, year)) / max(len(_trusts(w, year)), 1)


def rescue_size(w: Watched, year: int) -> float:
    """Mean of that support, £; nan where nobody was given any."""
    return float(_rescues(w, year)["value"].mean())


def _rescues(w: Watched, year: int) -> pd.DataFrame:
    events = w.tables["events"]
    return events.loc[(events.year == year) & (events.event == "rescue")]
