"""Quantities of the whole system and of its trusts: how many academies, by which route, in trusts of what size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matsim.validation.movement import band_shares, neighbour_km, sizes
from matsim.validation.observed_run import Watched
from matsim.world.codes import ROUTES, Phase, TrustKind

type Floats = NDArray[np.float64]

PHASES = {"primary": (0,), "secondary": (1,), "all": (0, 1)}


def _between(w: Watched, date: float, count: dict[int, float]) -> float:
    """A year-end quantity at a decimal date, between the Augusts around it in a straight line."""
    august = 8.0 / 12.0
    before = int(np.floor(date - august)) - 1  # the academic year that ended the August before
    share = date - august - (before + 1)
    return count[before] + share * (count[before + 1] - count[before])


def _years(date: float) -> tuple[int, int]:
    first = int(np.floor(date - 8.0 / 12.0)) - 1
    return first, first + 1


def academy_share(w: Watched, date: float, phase: str, free_schools: bool = True, of: str = "schools") -> float:
    """Share of schools (or of pupils) in academies at a decimal date; without free schools where asked."""
    count = {}
    for year in _years(date):
        schools = w.at(year)
        schools = schools.loc[schools.phase.isin(PHASES[phase])]
        academy = schools.route.isin((1, 2, 3) if free_schools else (1, 2))
        count[year] = float(
            academy.mean() if of == "schools" else (schools.pupils * academy).sum() / schools.pupils.sum()
        )
    return _between(w, date, count)


def trusts(w: Watched, date: float, kind: str, least: int = 1) -> float:
    """Trusts open at a decimal date: "single", or "multi" with at least so many schools."""
    count = {}
    for year in _years(date):
        schools = w.at(year)
        size = schools.loc[schools.kind == ("single", "multi").index(kind)].groupby("trust").size()
        count[year] = float((size >= least).sum())
    return _between(w, date, count)


def openings(w: Watched, first: int, last: int, phase: str, route: Sequence[str]) -> float:
    """Schools that became academies by these routes in the academic years from `first` to `last`."""
    return float(_opened(w, phase, route).year.between(first, last).sum())


def openings_shape(w: Watched, first: int, last: int, phase: str, route: Sequence[str]) -> Floats:
    """Share of those openings in each academic year."""
    year = _opened(w, phase, route).year
    counts = np.array([float((year == y).sum()) for y in range(first, last + 1)])
    return np.asarray(counts / max(float(counts.sum()), 1.0), np.float64)


def _opened(w: Watched, phase: str, route: Sequence[str]):  # type: ignore[no-untyped-def]
    opened = w.openings
    return opened.loc[opened.phase.isin(PHASES[phase]) & opened.route.isin([ROUTES.index(r) for r in route])]


def size_bands(w: Watched, year: int, bands: Sequence[str]) -> Floats:
    """Share of multi-academy trusts in size bands at the end of an academic year."""
    return band_shares(sizes(w.members(year)), tuple(bands))


def mean_size(w: Watched, year: int) -> float:
    """Mean schools of a multi-academy trust."""
    return float(sizes(w.members(year)).mean())


def largest(w: Watched, year: int) -> float:
    """Schools of the largest trust."""
    return float(sizes(w.members(year)).max())


def in_large(w: Watched, year: int, least: int) -> float:
    """Share of academies in multi-academy trusts that are in trusts of at least so many schools."""
    size = sizes(w.members(year))
    return float(size[size >= least].sum() / size.sum())


def alone(w: Watched, year: int, phase: str) -> float:
    """Share of academies of a phase that are single-academy trusts."""
    academies = w.at(year)
    academies = academies.loc[academies.phase.isin(PHASES[phase]) & (academies.kind >= 0)]
    return float((academies.kind == TrustKind.SINGLE).mean())


def within_km(w: Watched, year: int, share: float) -> float:
    """Quantile of the km from academies to the nearest other one of their trust."""
    return float(np.quantile(neighbour_km(w.members(year)), share))


def authorities(w: Watched, year: int, share: float, least: int = 20) -> float:
    """Quantile, over local authorities with so many primaries, of the share of primaries that are academies."""
    primaries = w.members(year)
    primaries = primaries.loc[primaries.phase == Phase.PRIMARY]
    share_by_authority = (primaries.kind >= 0).groupby(primaries.la).agg(["mean", "size"])
    return float(share_by_authority.loc[share_by_authority["size"] >= least, "mean"].quantile(share))
