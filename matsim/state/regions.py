"""The regions of the year: the eight of the regional schools commissioners, then the nine of regional directors.

Whatever goes by region in a year (who decides, what is paused, who hears of whom, what is counted) reads `region`, of
schools, trusts and local authorities, and `district`; these change once, when the nine take the place of the eight.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.state.state import Rows, State
from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS, World
from matsim.world.districts import districts


def kept(world: World, nine: bool) -> Array:
    """The region of every school of a world: of the nine, or of the eight."""
    return world.schools["dfe_region" if nine else "region"]


def of_name(state: State, name: str, nine: bool) -> NDArray[np.bool_]:
    """Which schools are in a region by its name. `nine` says which is meant where the eight and the nine share it."""
    of_nine = nine if name in RSC_REGIONS and name in DFE_REGIONS else name in DFE_REGIONS
    return np.equal(kept(state.world, of_nine), REGIONS.index(name))


def district_numbers(world: World, region: Array, copy: Rows) -> Rows:
    """Numbers of the districts of all schools: each copy of a world has districts of its own."""
    one = slice(0, len(copy) // world.copies)
    first = districts(region[one], world.schools["easting"][one], world.schools["northing"][one])
    number: Rows = np.tile(first, world.copies) + copy * (first.max(initial=-1) + 1)
    return number


def main_regions(region: Array, place: Array, count: int) -> NDArray[np.intp]:
    """The region that most of a local authority's schools are in, of `count` authorities."""
    table = np.zeros((count, len(REGIONS)), np.int64)
    np.add.at(table, (place, region), 1)
    return table.argmax(axis=1)


def succeed(state: State) -> None:
    """Put the nine regions and their directors in the place of the eight and their commissioners."""
    for commissioner in state.commissioners:
        commissioner.leave_office()
    for commissioner in state.successors:
        commissioner.take_office()
    state.commissioners, state.successors = state.successors, []
    schools, trusts, places = state.schools, state.trusts, state.places
    schools.region = kept(state.world, nine=True)
    schools.district = district_numbers(state.world, schools.region, schools.copy.astype(np.intp))
    trusts.region, trusts.district = schools.region[trusts.lead], schools.district[trusts.lead]
    places.region = main_regions(schools.region, schools.place, len(places))
