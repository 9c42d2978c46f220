"""Local authorities of a synthetic England: compact areas of unequal size within each region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Streams
from matsim.world.base import RSC_REGIONS
from matsim.world.land import ENGLAND_SCHOOLS, REGION_SHARE, Floats, Ints

AUTHORITIES = np.array([29, 22, 14, 16, 22, 15, 15, 19])
"""Authorities by region in a country of 20,000 schools (gias-2018; which region each is in is assumed, as in
matsim.world.regions)."""
SIZE_SPREAD = 0.6
"""Standard deviation of the logarithm of schools per authority, before cuts move (fitted: p5, median and p95
are 38, 87 and 370 in gias-2018)."""
LEEWAY = 0.25
"""How far a cut may move to a sparser place, as a share of the schools on its smaller side (assumed)."""
FIRST_CODE = 5_001
"""Above every code in use, so that no synthetic authority is taken for a real one."""


def authorities(xy: Floats, region: NDArray[np.int8], luck: Streams) -> Ints:
    """(n,) local authority codes: each region is cut across its longer side, again and again."""
    code = np.zeros(len(xy), np.int64)
    following = FIRST_CODE
    for r in range(len(RSC_REGIONS)):
        here = np.flatnonzero(region == r)
        if len(here) == 0:
            continue
        wanted = AUTHORITIES[r] * len(here) / (ENGLAND_SCHOOLS * REGION_SHARE[r])
        count = max(1, min(round(float(wanted)), len(here)))
        slots = np.arange(following - FIRST_CODE, following - FIRST_CODE + count)
        weight = np.exp(SIZE_SPREAD * luck.normal("world/authorities", 0, slots))
        for part in _cut(xy, here, weight):
            code[part] = following
            following += 1
    return code


def _cut(xy: Floats, rows: Ints, weight: Floats) -> list[Ints]:
    """Split `rows` into one compact group per weight, of about that share of schools, at least one in each.

    The cut goes where schools lie sparsest near the place that the weights ask for.
    """
    if len(weight) == 1:
        return [rows]
    n, half = len(rows), len(weight) // 2
    here = xy[rows]
    longer = int(np.argmax(np.ptp(here, axis=0)))
    by_place = np.argsort(here[:, longer], kind="stable")
    along, order = here[by_place, longer], rows[by_place]
    wanted = round(float(weight[:half].sum() / weight.sum()) * n)
    least, most = half, n - (len(weight) - half)
    leeway = int(LEEWAY * min(wanted, n - wanted))
    near = np.arange(max(least, wanted - leeway), min(most, wanted + leeway) + 1)
    at = int(np.clip(wanted, least, most))
    if len(near):
        around = max(1, n // 100)
        gap = along[np.minimum(near + around, n - 1)] - along[np.maximum(near - around, 0)]
        at = int(near[np.argmax(gap)])
    return _cut(xy, order[:at], weight[:half]) + _cut(xy, order[at:], weight[half:])
