"""Geometry of the maps: kilometres, travel time as distance, rings, and schools far from the rest of their trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Points = NDArray[np.float64]

ISOLATED_MINUTES = 60.0
"""A school further than this from every other of its trust counts as isolated (Building Trusts: an hour)."""


@dataclass(frozen=True)
class Travel:
    """How far one gets by road: km per hour, road distance over straight distance, and minutes lost at both ends."""

    speed: float = 55.0
    detour: float = 1.3
    start: float = 2.0

    def km(self, minutes: float) -> float:
        """Straight-line km reached in so many minutes."""
        return max(minutes - self.start, 0.0) / 60.0 * self.speed / self.detour

    @property
    def words(self) -> str:
        """How minutes were turned into distance, for a note."""
        return (
            f"Minutes are straight-line distance times {self.detour:g} at {self.speed:g} km an hour, "
            f"plus {self.start:g} minutes: a rough guide, not a route planner."
        )


def kilometres(schools: pd.DataFrame) -> Points:
    """Eastings and northings in km, shape (n, 2); nan where unknown."""
    return schools[["easting", "northing"]].to_numpy(dtype=np.float64) / 1000.0


def isolated(places: Points, travel: Travel, minutes: float = ISOLATED_MINUTES) -> NDArray[np.bool_]:
    """Which of one trust's schools lie further than so many minutes from every other. A single school is not."""
    if len(places) < 2:
        return np.zeros(len(places), dtype=bool)
    gaps = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(np.nanmin(np.where(np.isnan(gaps), np.inf, gaps), axis=1) > travel.km(minutes))


def ring(centre: Sequence[float], km: float, corners: int = 72) -> Points:
    """A closed circle round a point, shape (corners + 1, 2)."""
    turn = np.linspace(0.0, 2.0 * np.pi, corners + 1)
    return np.asarray(np.column_stack([centre[0] + km * np.sin(turn), centre[1] + km * np.cos(turn)]))


def window(places: Points, least: float = 10.0, room: float = 0.08) -> tuple[list[float], list[float]]:
    """Ranges of east and north that hold all places and span the same number of km, at least `least`."""
    low, high = np.nanmin(places, axis=0), np.nanmax(places, axis=0)
    half = max(float((high - low).max()), least) * (0.5 + room)
    middle = (low + high) / 2
    return [float(middle[0] - half), float(middle[0] + half)], [float(middle[1] - half), float(middle[1] + half)]
