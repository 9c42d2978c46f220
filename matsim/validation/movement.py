"""What happened to trusts between two dates, from who was in which trust on each: the same code for both worlds.

A membership frame has one row per school: `school` (URN), `trust` (whole number; −1 for none), `kind` (0 single-academy
trust, 1 multi-academy trust, −1 none), `phase` (0 primary, 1 any other), `la` (text, or a code), `easting`, `northing`
(m; nan unknown). Schools in no trust may be left out. Real frames come from `facts`, simulated ones from
`observed_run`, so that a figure and its simulation are counted alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.world.codes import TrustKind

type Floats = NDArray[np.float64]

COLUMNS = ("school", "trust", "kind", "phase", "la", "easting", "northing")
BANDS = ("1", "2", "3-5", "6-10", "11-15", "16-20", "21-30", "31+")
"""Size bands of multi-academy trusts, in schools."""
EDGES = np.array([2, 3, 6, 11, 16, 21, 31])
METRES = 1000.0
"""In a km."""
NETS = ("shrank", "same", "+1", "+2", "+3 or 4", "+5 or more")
"""Bands of a trust's net growth."""


def band_shares(sizes: pd.Series, names: tuple[str, ...] = BANDS) -> Floats:
    """Share of trusts in each band; `names` say the bands, as '1', '2-5' or '21+'. Zeros when there are none."""
    lowest = np.array([int(n.rstrip("+").split("-")[0]) for n in names])
    counts = np.bincount(np.searchsorted(lowest, sizes.to_numpy(), side="right") - 1, minlength=len(names))
    return np.asarray(counts / max(int(counts.sum()), 1), np.float64)


def sizes(members: pd.DataFrame) -> pd.Series:
    """Schools of each multi-academy trust, by trust."""
    trusts, counts = np.unique(members.trust.to_numpy()[members.kind.to_numpy() == TrustKind.MULTI], return_counts=True)
    return pd.Series(counts, pd.Index(trusts, name="trust"))


def pairs(group: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every two rows of one group, once: their places, of the one and of the other."""
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], group[order], side="right")
    after = ends - np.arange(len(order)) - 1
    one = np.repeat(np.arange(len(order)), after)
    two = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)
    return order[one], order[two]


def neighbour_km(members: pd.DataFrame) -> Floats:
    """Km from each academy in a multi-academy trust of two or more to the nearest other one of its trust."""
    joined = members.loc[
        (members.kind == TrustKind.MULTI) & members.easting.notna(), ["school", "trust", "easting", "northing"]
    ]
    pairs = joined.merge(joined, on="trust", suffixes=("", "_other"))
    pairs = pairs.loc[pairs.school != pairs.school_other]
    return np.asarray(_km(pairs, "_other").groupby(pairs.school).min(), np.float64)


def _km(pairs: pd.DataFrame, other: str) -> pd.Series:
    """Km between the two schools of each row; the second's columns end in `other`."""
    east, north = pairs.easting - pairs[f"easting{other}"], pairs.northing - pairs[f"northing{other}"]
    return pd.Series(np.hypot(east.to_numpy(), north.to_numpy()) / 1000.0, pairs.index)


@dataclass(frozen=True)
class Change:
    """Membership at two dates that lie `years` apart."""

    before: pd.DataFrame
    after: pd.DataFrame
    years: float = 1.0

    @cached_property
    def _was(self) -> pd.DataFrame:
        return self.before.loc[self.before.trust >= 0]

    @cached_property
    def _is(self) -> pd.DataFrame:
        return self.after.loc[self.after.trust >= 0]

    @cached_property
    def newcomers(self) -> pd.DataFrame:
        """Schools that were no academies before and are now, with `existing`: their trust was there before."""
        new = self._is.loc[~self._is.school.isin(self._was.school)]
        return new.assign(existing=new.trust.isin(self._was.trust))

    @cached_property
    def movers(self) -> pd.DataFrame:
        """Academies that changed trusts; `was_kind` is the kind of the trust that they left."""
        # a school that is not in both is no mover: it came, or it closed
        place = pd.Index(self._was.school).get_indexer(pd.Index(self._is.school))
        moved = (place >= 0) & (self._was.trust.to_numpy()[place] != self._is.trust.to_numpy())
        was = self._was.iloc[np.sort(place[moved])]
        both: pd.DataFrame = was.merge(self._is.loc[moved], on="school", suffixes=("_was", ""))
        return both.rename(columns={"kind_was": "was_kind"})

    @cached_property
    def growth(self) -> pd.DataFrame:
        """Multi-academy trusts open at both dates: `size` before and `net` growth in schools."""
        size = sizes(self.before)
        later = self._is.groupby("trust").size().reindex(size.index)
        frame = pd.DataFrame({"size": size, "net": later - size})
        return frame.loc[frame.net.notna()]

    def growth_rate(self, low: int, high: int) -> float:
        """Mean net growth in schools a year of trusts that began with `low` to `high` schools."""
        band = self.growth.loc[self.growth["size"].between(low, high)]
        return float(band.net.mean()) / self.years

    def net_shares(self) -> Floats:
        """Share of trusts in each of NETS."""
        band = np.searchsorted([0, 1, 2, 3, 5], self.growth.net.to_numpy(), side="right")
        return np.bincount(band, minlength=len(NETS)) / max(len(band), 1)

    def gained(self, least: int) -> float:
        """Trusts a year that gained at least so many schools net."""
        return float((self.growth.net >= least).sum()) / self.years

    def gone(self, kind: int) -> float:
        """Trusts of a kind a year that had schools and have none."""
        trusts = self._was.loc[self._was.kind == kind, "trust"].unique()
        return float((~np.isin(trusts, self._is.trust.unique())).sum()) / self.years

    def born(self) -> float:
        """Multi-academy trusts a year that were not multi-academy trusts before, widened single ones among them."""
        return float(len(set(sizes(self.after).index) - set(sizes(self.before).index))) / self.years

    def moved(self) -> float:
        """Academies a year that changed trusts."""
        return len(self.movers) / self.years

    def moved_alone(self) -> float:
        """Of academies that changed trusts, the share that were single-academy trusts."""
        return float((self.movers.was_kind == TrustKind.SINGLE).mean())

    def destinations(self) -> Floats:
        """New academies by where they are: trust that was there before, new multi-academy trust, alone."""
        new = self.newcomers
        into = np.where(new.kind == TrustKind.SINGLE, 2, np.where(new.existing, 0, 1))
        return np.bincount(into, minlength=3) / max(len(into), 1)

    @cached_property
    def joiners(self) -> pd.DataFrame:
        """New academies in trusts that were there before: `km` to the trust's nearest school, `home` whether the
        trust had a school in their authority, `size` of the trust and `like`, the share of its schools of the
        same phase (primary or other), all as before they came."""
        new = self.newcomers
        new = new.loc[new.existing & (new.kind == TrustKind.MULTI)]
        pairs = new.merge(self._was, on="trust", suffixes=("", "_had"))
        pairs["km"] = _km(pairs, "_had")
        pairs["home"] = pairs.la == pairs.la_had
        pairs["like"] = (pairs.phase == pairs.phase_had).astype(float)
        nearest = pairs.groupby("school").agg(
            km=("km", "min"), home=("home", "any"), size=("trust", "size"), like=("like", "mean")
        )
        return new.merge(nearest, left_on="school", right_index=True)

    def joined_km(self, share: float, phase: int | None = None) -> float:
        """Quantile of the km from joiners to their trust's nearest school."""
        joiners = self.joiners if phase is None else self.joiners.loc[self.joiners.phase == phase]
        return float(joiners.km.quantile(share)) if len(joiners) else float("nan")

    def joined_nearest(self) -> float:
        """Share of joiners whose trust is that of the nearest academy in a multi-academy trust."""
        joiners = self.joiners.loc[self.joiners.easting.notna()]
        had = self._was.loc[(self._was.kind == TrustKind.MULTI) & self._was.easting.notna()]
        if not len(joiners) or not len(had):
            return float("nan")
        near = cKDTree(had[["easting", "northing"]].to_numpy()).query(joiners[["easting", "northing"]].to_numpy())[1]
        return float((had.trust.to_numpy()[near] == joiners.trust.to_numpy()).mean())

    def moved_km(self) -> float:
        """Median km from academies that changed trusts to the new trust's nearest school of before."""
        movers = self.movers[["school", "trust", "easting", "northing"]]
        pairs = movers.merge(self._was, on="trust", suffixes=("", "_had"))
        pairs = pairs.loc[pairs.school != pairs.school_had]
        return float(_km(pairs, "_had").groupby(pairs.school).min().median())
