"""Districts: regions, or parts of regions that are larger than any of England's.

Within its region a school may know of a trust however far away. That is pairs, whose number grows with the square of a
region's schools: so a made-up country many times the size of England is divided further, as it would be if it were run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.integer]
type Floats = NDArray[np.float64]

MOST = 5_000
"""Schools of a district. The largest of England's eight regions has some 3,900, planned sites included."""


def districts(region: Ints, easting: Floats, northing: Floats, most: int = MOST) -> Ints:
    """A number for the district of every school, from 0: its region where that has no more than `most` schools.

    A larger region is halved across its longer side until no part has more. Ties go by row.
    """
    number, count = np.zeros(len(region), np.int64), 0
    parts = [np.flatnonzero(region == one) for one in np.unique(region)]
    while parts:
        rows = parts.pop()
        if len(rows) <= most:
            number[rows], count = count, count + 1
            continue
        along = max((easting[rows], northing[rows]), key=np.ptp)
        order = rows[np.argsort(along, kind="stable")]
        parts += [np.sort(order[len(order) // 2 :]), np.sort(order[: len(order) // 2])]
    return number
