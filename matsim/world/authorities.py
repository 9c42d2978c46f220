"""Local authorities of a synthetic England: compact areas of unequal size within each region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.streams import Streams
from matsim.world.base import RSC_REGIONS
from matsim.world.land import ENGLAND_SCHOOLS, REGION_SHARE, Floats, Ints

AUTHORITIES = np.array([29, 22, 14, 16, 22, 15, 15, 19])
"""Authorities by region in a country of 20,000 schools (gias-2018; which region each is in is assumed, as in
matsim.world.regions)."""
SIZE_SPREAD = 0.69
"""Standard deviation of log schools per authority: p5, median and p95 are 38, 87 and 370 (gias-2018)."""
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
    """Split `rows` into one compact group per weight, of schools in proportion, at least one in each."""
    if len(weight) == 1:
        return [rows]
    half = len(weight) // 2
    share = weight[:half].sum() / weight.sum()
    at = int(np.clip(round(share * len(rows)), half, len(rows) - (len(weight) - half)))
    middle = xy[rows]
    longer = int(np.argmax(np.ptp(middle, axis=0)))
    order = rows[np.argsort(middle[:, longer], kind="stable")]
    return _cut(xy, order[:at], weight[:half]) + _cut(xy, order[at:], weight[half:])
