"""What a target may name: how value added differs between trusts, lasts, and follows growth, distance and heads.

Value added of a summer is standardised over all open mainstream schools of its phase. A multi-academy trust is one of
two schools or more, and its size counts all of them, specialist ones too; distances are straight. England's figures
were worked out in the same way from published results and group links. What nothing in a run can tell is nan.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.validation.estimators import NOTHING, between_share, correlation, slope
from matsim.validation.movement import METRES, pairs
from matsim.validation.observed_run import Watched, once
from matsim.world.codes import Route, TrustKind

type Floats = NDArray[np.float64]

PHASE = {"primary": 0, "secondary": 1}


@once
def _summer(w: Watched, year: int, phase: str) -> pd.DataFrame:
    """Open schools of a phase, by URN: with `o`, value added standardised, and `mat`, the trust of two or more (−1)."""
    schools = w.at(year)
    schools = pd.DataFrame(schools.loc[schools.phase.to_numpy() == PHASE[phase]].set_index("school"))
    outcome = schools.outcome.to_numpy()
    inside = (schools.kind.to_numpy() == TrustKind.MULTI) & (schools["size"].to_numpy() >= 2)
    return schools.assign(
        o=(outcome - outcome.mean()) / outcome.std(), mat=np.where(inside, schools.trust.to_numpy(), -1)
    )


@once
def _mats(w: Watched, year: int, phase: str) -> pd.DataFrame:
    """Those in multi-academy trusts."""
    schools = _summer(w, year, phase)
    return schools.loc[schools.mat >= 0]


@once
def _followed(w: Watched, year: int, phase: str) -> pd.DataFrame:
    """Schools open in three summers: columns of two summers before end in 0, of one before in 1, of the last in 2."""
    columns = ["o", "mat", "size", "route", "la"]
    summers = [_summer(w, year - 2 + k, phase)[columns].add_suffix(str(k)) for k in range(3)]
    return pd.concat(summers, axis=1, join="inner")


def _routes(route: pd.Series) -> tuple[Floats, ...]:
    """Whether sponsored, and whether a free school, beside converters."""
    return tuple(np.where(route == code, 1.0, 0.0) for code in (Route.SPONSORED, Route.FREE))


def multi_gap(w: Watched, year: int, phase: str) -> float:
    """Mean value added of schools in multi-academy trusts less that of maintained schools."""
    schools = _summer(w, year, phase)
    inside, maintained = schools.mat >= 0, schools.route == Route.MAINTAINED
    return float(schools.o[inside].mean() - schools.o[maintained].mean())


def joining_first(w: Watched, year: int, phase: str) -> float:
    """First summer in a trust of schools that joined in the year before `year`, given the summer before.

    The others are schools maintained throughout.
    """
    schools = _joined(w, year, phase)
    return slope(schools.o1.to_numpy(), schools.joined.to_numpy(), schools.o0.to_numpy())


def joining_second(w: Watched, year: int, phase: str) -> float:
    """Second summer of the same schools, given the same."""
    schools = _joined(w, year, phase)
    return slope(schools.o2.to_numpy(), schools.joined.to_numpy(), schools.o0.to_numpy())


@once
def _joined(w: Watched, year: int, phase: str) -> pd.DataFrame:
    """Schools maintained two summers before: those in a multi-academy trust one before, and those that stayed."""
    schools = _followed(w, year, phase)
    began = schools.route0 == Route.MAINTAINED
    joined, stayed = began & (schools.mat1 >= 0), began & (schools.route2 == Route.MAINTAINED)
    return schools.assign(joined=np.where(joined, 1.0, 0.0)).loc[joined | stayed]


def growth_incumbents(w: Watched, year: int, phase: str) -> float:
    """Change in two years of a trust's existing schools for each log unit of its growth, given where they began.

    Size then and route are held equal; a trust that shrank did not grow.
    """
    schools = _followed(w, year, phase)
    schools = schools.loc[(schools.mat0 >= 0) & (schools.mat0 == schools.mat2)]
    before = np.log(schools.size0.to_numpy(float))
    rate = np.maximum(np.log(schools.size2.to_numpy(float)) - before, 0.0)
    return slope(schools.o2.to_numpy(), rate, schools.o0.to_numpy(), before, *_routes(schools.route2))


def far(w: Watched, year: int, phase: str, km: float) -> float:
    """Schools in trusts whose nearest school of the trust is farther than so many km, less others.

    Size of trust (as its logarithm) and route are held equal.
    """
    schools = _mats(w, year, phase)
    distant, size = np.where(schools.mate_km > km, 1.0, 0.0), np.log(schools["size"].to_numpy(float))
    return slope(schools.o.to_numpy(), distant, size, *_routes(schools.route))


def size_slope(w: Watched, year: int, phase: str, km: float) -> float:
    """Slope on the logarithm of the trust's size, the same held equal."""
    schools = _mats(w, year, phase)
    distant, size = np.where(schools.mate_km > km, 1.0, 0.0), np.log(schools["size"].to_numpy(float))
    return slope(schools.o.to_numpy(), size, distant, *_routes(schools.route))


def pair_decay(w: Watched, year: int, phase: str, near: float, distant: float) -> float:
    """Likeness of two schools of a trust nearer than so many km, less that of two as far apart or farther.

    Likeness is the mean product of the two; a pair weighs 1 / (n − 1) in a trust of n schools of the phase.
    """
    schools = _mats(w, year, phase)
    one, two = pairs(schools.mat.to_numpy())
    if not len(one):
        return NOTHING
    east, north, o = (schools[name].to_numpy() for name in ("easting", "northing", "o"))
    km = np.hypot(east[one] - east[two], north[one] - north[two]) / METRES
    weight = 1.0 / (schools.groupby("mat").o.transform("size").to_numpy()[one] - 1.0)
    close, apart = km < near, km >= distant
    if not close.any() or not apart.any():
        return NOTHING
    alike = o[one] * o[two]
    return float(np.average(alike[close], weights=weight[close]) - np.average(alike[apart], weights=weight[apart]))


def trust_icc(w: Watched, year: int, phase: str, least: int) -> float:
    """Share of the variance of value added that lies between trusts with so many schools of the phase."""
    schools = _mats(w, year, phase)
    return between_share(schools.o.to_numpy(), schools.mat.to_numpy(), least)


def trust_sd(w: Watched, year: int, phase: str, least: int) -> float:
    """Standard deviation of the means of trusts with so many schools of the phase."""
    means = _mats(w, year, phase).groupby("mat").o.agg(["mean", "size"])
    return float(means.loc[means["size"] >= least, "mean"].std())


def authority_change(w: Watched, year: int, phase: str) -> float:
    """Share of the variance of maintained schools' change in two years that lies between authorities."""
    schools = _followed(w, year, phase)
    schools = schools.loc[(schools.route0 == Route.MAINTAINED) & (schools.route2 == Route.MAINTAINED)]
    return between_share((schools.o2 - schools.o0).to_numpy(), schools.la2.to_numpy())


def persistence(w: Watched, year: int, phase: str, apart: int) -> float:
    """Correlation of schools' value added one summer apart (the mean of two), or two."""
    summers = _followed(w, year, phase)[["o0", "o1", "o2"]].to_numpy().T
    return float(np.mean([correlation(summers[k], summers[k + apart]) for k in range(3 - apart)]))


def trust_persistence(w: Watched, year: int, phase: str, least: int) -> float:
    """Correlation of trusts' means two summers apart, over schools that were in them throughout, so many or more."""
    schools = _followed(w, year, phase)
    schools = schools.loc[(schools.mat0 >= 0) & (schools.mat0 == schools.mat1) & (schools.mat1 == schools.mat2)]
    means = schools.groupby("mat2")[["o0", "o2"]].mean().loc[schools.groupby("mat2").size() >= least]
    return correlation(means.o0.to_numpy(), means.o2.to_numpy())


def head_slope(w: Watched, year: int, phase: str, least: float) -> float:
    """Slope of value added on the head's quality (sd), heads so many years or more in post."""
    schools = _summer(w, year, phase)
    schools = schools.loc[~schools.vacancy & (schools.head_years >= least)]
    return slope(schools.o.to_numpy(), schools["head"].to_numpy())
