"""The common kernel over columns, as matsim does it: dynamics and search in bulk, only the matching in Python."""

from __future__ import annotations

import numpy as np
from kernel import (
    AROUND,
    BARS,
    CROWDED,
    CYCLES,
    DRIFT,
    ERROR,
    FASTEST,
    GROWTH,
    LIFT,
    NEAR,
    NOISE,
    PULL,
    REACH,
    READY,
    REVERT,
    ROOM,
    SEEK,
    WEAK,
    Inputs,
    outcome,
)

from matsim.core.columns import Column, Table
from matsim.world.codes import Grade

SCHOOLS: tuple[Column, ...] = (
    Column("pupils", "float64", "pupils", "Pupils on roll"),
    Column("capacity", "float64", "pupils", "Places"),
    Column("quality", "float64", "sd", "Latent quality"),
    Column("outcome", "float64", "sd", "Measured quality"),
    Column("grade", "int64", "code", "Last grade, 1 to 4"),
    Column("due", "int64", "year", "Next inspection"),
    Column("trust", "int64", "row", "Its trust, −1 outside", -1),
    Column("seeking", "bool", "flag", "Looking for a trust this year"),
)


class ColumnModel:
    """The kernel over columns."""

    def __init__(self, given: Inputs, seed: int) -> None:
        self.year, self.given, self.rng = 0, given, np.random.default_rng(seed)
        self.schools = Table(SCHOOLS, len(given.trust))
        names = ("pupils", "capacity", "quality", "grade", "due", "trust")
        self.schools.add(len(given.trust), {n: getattr(given, n) for n in names} | {"outcome": given.quality})

    def step(self) -> None:
        """One year."""
        self._live()
        self._inspect()
        self._seek()
        self._join()
        self.year += 1

    def _live(self) -> None:
        """Rolls grow; quality drifts and is measured."""
        s, n = self.schools, len(self.schools)
        s.pupils = np.minimum(s.pupils * (1.0 + GROWTH + PULL * s.outcome), CROWDED * s.capacity)
        s.quality += self.rng.normal(0.0, DRIFT, n) - REVERT * s.quality + LIFT * (s.trust >= 0)
        s.outcome = s.quality + self.rng.normal(0.0, ERROR, n)

    def _inspect(self) -> None:
        """Grade the schools that are due."""
        s = self.schools
        rows = np.flatnonzero(s.due <= self.year)
        seen = s.quality[rows] + self.rng.normal(0.0, NOISE, len(rows))
        s.grade[rows] = 1 + (seen[:, None] < np.array(BARS)).sum(axis=1)
        s.due[rows] = self.year + np.array(CYCLES)[s.grade[rows] - 1]

    def _seek(self) -> None:
        """A logistic rule: weak schools, and those whose neighbours have gone, are likelier to look."""
        s = self.schools
        rows = np.flatnonzero(s.trust < 0)
        near = self.given.index[rows, :NEAR]
        # one element more, so that the index −1 ("no neighbour") finds nothing there
        around = np.append(s.trust >= 0, False)[near].sum(axis=1) / np.maximum((near >= 0).sum(axis=1), 1)
        score = SEEK + WEAK * (s.grade[rows] >= Grade.REQUIRES_IMPROVEMENT) + AROUND * around
        s.seeking = False
        s.seeking[rows] = self.rng.random(len(rows)) < 1.0 / (1.0 + np.exp(-score))

    def _join(self) -> None:
        """Trusts in a random order take the nearest acceptable seeking schools within reach, while there is room."""
        s, given = self.schools, self.given
        rows = np.flatnonzero(s.trust >= 0)
        size = np.bincount(s.trust[rows], minlength=given.trusts)
        index = given.index[rows]
        which, column = np.nonzero(np.append(s.seeking, False)[index] & (given.minutes[rows] <= REACH))
        school, trust = index[which, column], s.trust[rows[which]]
        fine = (s.grade[school] < Grade.REQUIRES_IMPROVEMENT) | (size[trust] >= READY)
        school, trust, minutes = school[fine], trust[fine], given.minutes[rows[which], column][fine]
        turn = self.rng.permutation(given.trusts)
        order = np.lexsort((minutes, turn[trust]))
        room = np.minimum(np.maximum(1, (FASTEST * size).astype(np.int64)), ROOM - size).tolist()
        taken: dict[int, int] = {}
        for i, t in zip(school[order].tolist(), trust[order].tolist(), strict=True):
            if room[t] > 0 and i not in taken:
                taken[i] = t
                room[t] -= 1
        s.trust[list(taken)] = list(taken.values())

    def outcome(self) -> dict[str, float]:
        """What the two versions are compared by."""
        s = self.schools
        return outcome(s.grade, s.trust, s.pupils, s.quality)
