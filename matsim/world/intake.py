"""Who goes to the schools of a synthetic England: pupils, places, free school meals, denomination.

Each quantity is a normal score, tied to how densely schools lie and to chance, read off the quantiles of
the real thing. So the marginals hold in a whole country, and a rural slice is rural.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtr, ndtri

from matsim.world.geography import DENSITY_RANK
from matsim.world.land import Floats
from matsim.world.luck import WorldLuck
from matsim.world.years import latest

type Codes = NDArray[np.int8]

_SPARSITY = (
    (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0),
    (0.59, 1.15, 1.32, 1.55, 1.74, 1.98, 2.31, 2.86, 3.83, 5.30, 7.22, 8.74, 11.78, 58.0),
)
"""Shares of schools and their km to the tenth nearest school at most (gias-2018)."""

_SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_PUPILS = (
    (15, 35, 67, 93, 171, 235, 392, 467, 596, 742, 1100),
    (100, 197, 367, 511, 742, 1011, 1294, 1557, 1736, 2038, 2500),
    (250, 350, 534, 703, 924, 1288, 1642, 1938, 2179, 2400, 2600),
)
"""Pupils at those shares by phase: gias-2022 (evidence §3); tails and all-through schools gias-2018."""
_FILL = (
    (0.35, 0.457, 0.643, 0.733, 0.857, 0.948, 1.0, 1.083, 1.138, 1.293, 1.45),
    (0.25, 0.360, 0.562, 0.661, 0.826, 0.950, 1.008, 1.081, 1.139, 1.284, 1.45),
    (0.25, 0.360, 0.549, 0.684, 0.812, 0.933, 0.999, 1.093, 1.176, 1.284, 1.45),
)
"""Pupils over places at those shares by phase (gias-2018)."""
_FSM: dict[int, tuple[tuple[float, ...], ...]] = {
    2010: (
        (0.0, 1.5, 3.9, 5.7, 9.8, 17.6, 30.0, 42.8, 50.1, 61.8, 86.5),
        (0.0, 2.5, 5.2, 7.3, 11.5, 18.3, 27.7, 37.5, 43.5, 54.0, 69.0),
    ),
    2024: (
        (0.0, 1.9, 4.8, 7.0, 11.9, 21.0, 34.7, 48.2, 55.5, 66.8, 88.8),
        (0.0, 3.1, 6.4, 8.9, 13.9, 21.8, 32.2, 42.7, 48.9, 59.3, 73.4),
    ),
}
"""% of pupils eligible for free school meals at those shares, primary and other, from the year given (gias-2018, whose
figures are of January 2021; 2024: the same with the log odds of each raised by 0.217, as those of all pupils were from
20.8% in January 2021 to 24.6% in January 2024, census-2024)."""
_ROLLS = {2010: (1.0, 1.0, 1.0), 2024: (0.99, 1.05, 1.05)}
_PLACES = {2010: (1.0, 1.0, 1.0), 2024: (1.0, 1.025, 1.025)}
"""Pupils and places by phase over those of January 2021, of which the tables above are, from the year given. 2024:
state primaries lost 0.2% and 0.7% of their pupils in 2023 and 2024 and secondaries gained 1.8% and 1.1% (census-2024);
primary places grew by 0.02% and secondary by 0.6% in 2023/24 (scap-2024); the years before assumed."""

_DECILES = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
_CHURCH = (0.14, 0.13, 0.13, 0.16, 0.14, 0.21, 0.29, 0.42, 0.50, 0.50)
_CATHOLIC = (0.15, 0.17, 0.15, 0.13, 0.11, 0.09, 0.08, 0.05, 0.03, 0.02)
"""Church of England and Roman Catholic shares of primaries, by decile from densest to sparsest (gias-2018)."""
_OTHER_FAITH = 0.010
_UPPER_FAITH = {1: (0.060, 0.097, 0.029), 2: (0.124, 0.021, 0.062)}
"""Shares: other faith among primaries; Church, Catholic, other among secondary and all-through (gias-2018)."""

SIZE_BY_DECILE = (0.65, 0.59, 0.52, 0.41, 0.41, 0.24, -0.05, -0.35, -0.75, -1.05)
"""Mean normal score of pupils in a primary, by the same deciles (gias-2018: medians 355, 343, 330, 304, 303,
254, 214, 188, 141, 103; plus 0.06, as fitted to the
marginals, since the sum is not quite normal)."""
MEALS_BY_DECILE = (0.61, 0.41, 0.37, 0.31, 0.13, -0.10, -0.32, -0.46, -0.51, -0.43)
"""The same of free school meals (gias-2018: means 30.1, 27.2, 26.6, 25.8, 23.1, 19.8, 16.6, 14.6, 13.8, 15.0%)."""
UPPER_SIZE = -0.10
"""Correlation of sparsity and pupils in secondary schools (gias-2018)."""
FSM_BY_SIZE, FILL_BY_SIZE = (0.0, -0.27, 0.0), (0.35, 0.50, 0.40)
"""Correlations of normal scores with that of pupils, by phase (from rank correlations in gias-2018; all-through
schools assumed)."""

FSM_FIELDS = ((25.0, 0.25), (5.0, 0.21))
"""Rich and poor districts: wavelength in km and part of the variance of each scale (fitted to the rank
correlation of a school's share with its nearest five and its sixth to twentieth neighbours, gias-2018)."""
WAVES = 40


@dataclass(frozen=True)
class Intake:
    """Columns of n schools: pupils, capacity, fsm (%), denomination (index into DENOMINATIONS), and `sparse`:
    the school's place from densest (0) to sparsest (1) among the schools of the real country."""

    pupils: Floats
    capacity: Floats
    fsm: Floats
    denomination: Codes
    sparse: Floats


def enrol(year: int, xy: Floats, phase: Codes, luck: WorldLuck) -> Intake:
    """Draw the intake of schools at `xy` (n, 2) km of each `phase` (n,).

    It is the same in every year, but for how full all schools of a phase are and how many pupils have free meals.
    """
    rows = np.arange(len(xy))
    sparse = _sparse(xy)
    size = _size(phase, sparse, luck.normal("world/pupils", 0, rows))
    pupils = _read_by_phase(size, phase, _PUPILS)
    fill = _tie(np.array(FILL_BY_SIZE)[phase], size, luck.normal("world/fill", 0, rows))
    poor = _poverty(xy, phase, sparse, size, luck)
    fsm = _read_by_phase(poor, np.minimum(phase, 1), latest(_FSM, year))
    places = pupils / _read_by_phase(fill, phase, _FILL)
    return Intake(
        pupils=np.round(pupils * np.array(latest(_ROLLS, year))[phase]),
        capacity=np.maximum(np.round(places * np.array(latest(_PLACES, year))[phase]), 1.0),
        fsm=np.round(fsm, 1),
        denomination=_denominations(phase, sparse, luck.uniform("world/denomination", 0, rows)),
        sparse=sparse,
    )


def _sparse(xy: Floats) -> Floats:
    k = min(DENSITY_RANK, len(xy) - 1)
    if k < 1:
        return np.ones(len(xy))
    tenth = cKDTree(xy).query(xy, k=[k + 1])[0][:, 0]
    return np.interp(tenth, _SPARSITY[1], _SPARSITY[0])


def _tie(strength: Floats | float, to: Floats, chance: Floats) -> Floats:
    """A normal score correlated with another one."""
    return np.asarray(strength * to + np.sqrt(1.0 - np.square(strength)) * chance)


def _size(phase: Codes, sparse: Floats, chance: Floats) -> Floats:
    """A normal score of pupils: primaries fall off into the countryside, secondaries hardly."""
    left = np.sqrt(1.0 - np.var(SIZE_BY_DECILE))
    primary = np.interp(sparse, _DECILES, SIZE_BY_DECILE) + left * chance
    upper = _tie(UPPER_SIZE, ndtri(np.clip(sparse, 0.005, 0.995)), chance)
    return np.where(phase == 0, primary, np.where(phase == 1, upper, chance))


def _read_by_phase(score: Floats, phase: Codes, tables: tuple[tuple[float, ...], ...]) -> Floats:
    share = ndtr(score)
    value = np.zeros(len(score))
    for code, table in enumerate(tables):
        here = phase == code
        value[here] = np.interp(share[here], _SHARES, table)
    return value


def _poverty(xy: Floats, phase: Codes, sparse: Floats, size: Floats, luck: WorldLuck) -> Floats:
    """A normal score of poverty: towns over countryside, district over district, and school over school."""
    by_size = np.array(FSM_BY_SIZE)[phase]
    score = np.interp(sparse, _DECILES, MEALS_BY_DECILE) + by_size * size
    left = 1.0 - np.var(MEALS_BY_DECILE) - by_size**2
    for scale, part in FSM_FIELDS:
        score = score + np.sqrt(part) * _field(xy, scale, luck, f"world/field/{scale:g}")
        left = left - part
    return np.asarray(score + np.sqrt(left) * luck.normal("world/fsm", 0, np.arange(len(xy))))


def _field(xy: Floats, wavelength: float, luck: WorldLuck, name: str) -> Floats:
    """A smooth random field of mean 0 and variance 1 at `xy`: a sum of waves of random direction and length."""
    waves = np.arange(WAVES)
    angle = 2 * np.pi * luck.uniform(f"{name}/angle", 0, waves)
    number = 2 * np.pi / wavelength * np.exp(0.5 * luck.normal(f"{name}/length", 0, waves))
    start = 2 * np.pi * luck.uniform(f"{name}/start", 0, waves)
    total = np.zeros(len(xy))
    for a, k, s in zip(angle, number, start, strict=True):
        total += np.cos(xy @ np.array([np.cos(a), np.sin(a)]) * k + s)
    return np.asarray(total * np.sqrt(2.0 / WAVES))


def _denominations(phase: Codes, sparse: Floats, u: Floats) -> Codes:
    church = np.interp(sparse, _DECILES, _CHURCH)
    catholic = np.interp(sparse, _DECILES, _CATHOLIC)
    other = np.full(len(u), _OTHER_FAITH)
    for code, shares in _UPPER_FAITH.items():
        here = phase == code
        church[here], catholic[here], other[here] = shares
    edges = np.stack([church, church + catholic, church + catholic + other])
    band = (u >= edges).sum(axis=0)
    return np.array([1, 2, 3, 0], np.int8)[band]
