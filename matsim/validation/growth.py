"""Quantities of growth and movement: how trusts grow, who joins whom, who moves and why, and which trusts end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.validation.observed_run import Watched
from matsim.world.codes import Route

type Floats = NDArray[np.float64]


def growth_rate(w: Watched, year: int, low: int, high: int) -> float:
    """Mean net growth, schools a year, of multi-academy trusts that began the year with `low` to `high` schools."""
    return w.change(year).growth_rate(low, high)


def net_growth(w: Watched, year: int) -> Floats:
    """Share of multi-academy trusts by net growth in the year (see `movement.NETS`)."""
    return w.change(year).net_shares()


def gained(w: Watched, year: int, least: int) -> float:
    """Trusts that gained at least so many schools net."""
    return w.change(year).gained(least)


def gone(w: Watched, first: int, last: int, kind: str) -> float:
    """Trusts of a kind that had schools and then had none, a year, over academic years."""
    return float(np.mean([w.change(y).gone(("single", "multi").index(kind)) for y in range(first, last + 1)]))


def born(w: Watched, year: int) -> float:
    """New multi-academy trusts, single-academy trusts that took on a second school among them."""
    return w.change(year).born()


def destinations(w: Watched, year: int) -> Floats:
    """New academies by where they are: in a trust that was there before, in a new one, alone."""
    return w.change(year).destinations()


def new_academies(w: Watched, year: int) -> float:
    """Schools that became academies or opened as free schools."""
    return float(len(w.change(year).newcomers))


def sponsored_share(w: Watched, year: int) -> float:
    """Share of new academies that are sponsored."""
    opened = w.openings.loc[w.openings.year == year]
    return float((opened.route == Route.SPONSORED).mean())


def joined_km(w: Watched, year: int, share: float, phase: str = "all") -> float:
    """Quantile of the km from new academies to the nearest school of the trust they joined."""
    return w.change(year).joined_km(share, {"primary": 0, "secondary": 1}.get(phase))


def joined_home(w: Watched, year: int) -> float:
    """Share of joiners to whose local authority the trust was no stranger."""
    return float(w.change(year).joiners.home.mean())


def joined_nearest(w: Watched, year: int) -> float:
    """Share of joiners that joined the trust of the nearest academy in a multi-academy trust."""
    return w.change(year).joined_nearest()


def joined_large(w: Watched, year: int, least: int) -> float:
    """Share of joiners whose trust had at least so many schools."""
    return float((w.change(year).joiners["size"] >= least).mean())


def joined_like(w: Watched, year: int) -> float:
    """Mean share of schools of the joiner's phase in the trust it joined."""
    return float(w.change(year).joiners.like.mean())


def moved(w: Watched, first: int, last: int) -> float:
    """Academies that changed trusts, a year; a merger moves all of a trust's schools."""
    return float(np.mean([w.change(y).moved() for y in range(first, last + 1)]))


def moved_alone(w: Watched, year: int) -> float:
    """Of academies that changed trusts, the share that were single-academy trusts."""
    return w.change(year).moved_alone()


def moved_km(w: Watched, year: int) -> float:
    """Median km from academies that changed trusts to the nearest school of the new one."""
    return w.change(year).moved_km()


def moved_by_intervention(w: Watched, year: int) -> float:
    """Of academies that changed trusts, the share that a commissioner moved. Mergers count as the trust's wish."""
    events = w.tables["events"]
    interventions = events.loc[(events.year == year) & (events.event == "transfer") & (events.reason == "intervention")]
    return len(interventions) / max(len(w.change(year).movers), 1)
