"""Which of the nine regions the authorities of a synthetic England are in.

The land is laid out by the eight regions of the regional schools commissioners. Each of these is cut into its parts of
the nine, authority by authority, so that each part has the share of schools that it has in the file of May 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.world.base import REGIONS, RSC_REGIONS
from matsim.world.land import Floats, Ints, Land

type _Cut = tuple[str, int, tuple[int, int] | None]

NEAREST = None
"""In place of a direction: the part is what lies nearest to the capital."""
NORTH, EAST, SOUTH, WEST = (0, 1), (1, 0), (0, -1), (-1, 0)

PARTS: dict[str, tuple[_Cut, ...]] = {
    "North West London and South-Central England": (
        ("London", 881, NEAREST),
        ("East of England", 733, EAST),
        ("East Midlands", 298, NORTH),
        ("South East", 919, WEST),
    ),
    "South East England and South London": (("London", 879, NEAREST), ("South East", 2_158, SOUTH)),
    "East of England and North East London": (("London", 514, NEAREST), ("East of England", 1_626, NORTH)),
    "East Midlands and the Humber": (("Yorkshire and The Humber", 833, NORTH), ("East Midlands", 1_620, SOUTH)),
    "Lancashire and West Yorkshire": (("Yorkshire and The Humber", 848, EAST), ("North West", 2_023, WEST)),
    "North of England": (
        ("North West", 307, WEST),
        ("Yorkshire and The Humber", 402, SOUTH),
        ("North East", 1_031, NORTH),
    ),
    "South West England": (("South West", 2_191, WEST),),
    "West Midlands": (("North West", 566, NORTH), ("West Midlands", 2_170, SOUTH)),
}
"""The parts of each of the eight that fell to the nine: their open mainstream schools (gias-2018; which of the eight an
authority was in is assumed, as in matsim.world.regions), and the side of a synthetic region they are taken from."""


def divide(la: Ints, region: NDArray[np.int8], xy: Floats, land: Land) -> NDArray[np.int8]:
    """(n,) codes in REGIONS of the nine, of schools at `xy` (n, 2) km, of authorities `la` and `region` of the eight.

    Authorities are taken from one side of what is left, by their middles, for as long as that brings the part nearer
    to its share; the last part is the rest. What a part has too many or too few of is made up in the next of the eight.
    """
    of = np.zeros(len(la), np.int8)
    owed = dict.fromkeys(REGIONS, 0.0)
    for r, name in enumerate(RSC_REGIONS):
        here = np.flatnonzero(region == r)
        if not len(here):
            continue
        _, member, schools = np.unique(la[here], return_inverse=True, return_counts=True)
        middle = np.column_stack([np.bincount(member, xy[here, i]) / schools for i in (0, 1)])
        part = _parts(middle, schools, PARTS[name], land.capital, owed)
        of[here] = part[member]
    return of


def _parts(
    middle: Floats, schools: Ints, cuts: tuple[_Cut, ...], capital: Floats, owed: dict[str, float]
) -> NDArray[np.int8]:
    """Code in REGIONS of each authority of one of the eight, by where its middle lies; keeps what is `owed` to each."""
    part = np.zeros(len(schools), np.int8)
    left = np.arange(len(schools))
    whole = sum(count for _, count, _ in cuts)
    for i, (name, count, side) in enumerate(cuts):
        ahead = -np.hypot(*(middle[left] - capital).T) if side is NEAREST else middle[left] @ np.array(side, float)
        order = left[np.argsort(-ahead, kind="stable")]
        taken = np.concatenate([[0], np.cumsum(schools[order])])
        wanted = count / whole * schools.sum() + owed[name]
        cut = len(order) if i == len(cuts) - 1 else int(np.argmin(np.abs(taken - wanted)))
        part[order[:cut]] = REGIONS.index(name)
        owed[name] = wanted - float(taken[cut])
        left = np.sort(order[cut:])
    return part
