"""What surrounds a trust in the first year: who could join it, where it could plant, whom it could merge with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.scenario.schema import Scenario
from matsim.world.base import World
from matsim.world.codes import DENOMINATIONS, TRUST_KINDS, Sector
from matsim.world.geography import minutes

MULTI = TRUST_KINDS.index("multi-academy trust")
CATHOLIC = DENOMINATIONS.index("Roman Catholic")
CLUSTER_MINUTES = 20.0
"""Within this of each other schools can work as a cluster (assumed: `clusters.minutes` of the model's defaults)."""
FAR, TOO_FAR = 30.0, 75.0
"""A new cluster lies beyond the reach of the present schools; no school so far that nobody could visit (assumed)."""
ENOUGH = 6
"""Schools outside trusts that a place for a new cluster needs, so that two or three may come of it (assumed)."""


@dataclass(frozen=True)
class Situation:
    """One trust in a world. `members` are rows of its schools, `time` (n,) minutes from each school to the nearest
    of them.

    `free` (n,): schools that may join without leaving a trust of several schools.
    """

    world: World
    uid: int
    row: int
    members: NDArray[np.intp]
    time: NDArray[np.float64]
    nearest: NDArray[np.intp]
    free: NDArray[np.bool_]

    @property
    def name(self) -> str:
        """The trust's name."""
        return self.world.trust_names[self.row]

    @property
    def main_sector(self) -> int:
        """The sector of most of its schools; of equals, the first."""
        return int(np.bincount(self.world.sector[self.members]).argmax())

    @property
    def of_main_phase(self) -> NDArray[np.bool_]:
        """Schools of the kind of most of its schools: (n,).

        Those of the main sector; of a specialist trust's those of the one phase, since a special school and a sixth
        form have little to share.
        """
        phase = self.world.schools["phase"]
        here = self.world.sector == self.main_sector
        if self.main_sector != Sector.SPECIALIST:
            return np.asarray(here)
        ours = phase[self.members]
        main = np.bincount(ours[self.world.sector[self.members] == self.main_sector]).argmax()
        return np.asarray(here & (phase == main))

    @property
    def faith(self) -> int:
        """The denomination of most of its schools."""
        return int(np.bincount(self.world.schools["denomination"][self.members]).argmax())


def look_around(world: World, uid: int, settings: Scenario) -> Situation:
    """Find a trust's surroundings. Raises KeyError for a UID that is not in the world."""
    rows = np.flatnonzero(world.trusts["uid"] == uid)
    if not len(rows):
        raise KeyError(uid)
    s, row = world.schools, int(rows[0])
    members = np.flatnonzero((s["trust"] == row) & ~s["planned"])
    time, near = np.full(len(s["urn"]), np.inf), np.zeros(len(s["urn"]), np.intp)
    for each in members.tolist():
        far = journey(world, each, settings)
        closer = far < time
        time, near = np.where(closer, far, time), np.where(closer, each, near)
    sizes = np.bincount(s["trust"][s["trust"] >= 0], minlength=len(world.trust_names))
    in_mat = (s["trust"] >= 0) & (world.trusts["kind"][s["trust"]] == MULTI) & (sizes[s["trust"]] > 1)
    return Situation(world, uid, row, members, time, near, ~in_mat & ~s["planned"] & (s["trust"] != row))


def journey(world: World, row: int, settings: Scenario) -> NDArray[np.float64]:
    """Minutes by car from one school to every other (and 0 to itself): shape (n,)."""
    east, north, sparsity = world.schools["easting"], world.schools["northing"], world.neighbours.sparsity
    km = np.hypot(east - east[row], north - north[row]) / 1000.0
    time = minutes(km, (sparsity + sparsity[row]) / 2.0, settings.travel)
    time[row] = 0.0
    return time


def candidates(at: Situation, count: int) -> list[int]:
    """URNs of the nearest schools that could join: of the main phase, of a faith that fits, and not TOO_FAR."""
    s = at.world.schools
    fits = (s["denomination"] == CATHOLIC) == (at.faith == CATHOLIC)
    rows = np.flatnonzero(at.free & fits & at.of_main_phase & (at.time <= TOO_FAR))
    rows = rows[np.lexsort((s["urn"][rows], at.time[rows]))]
    return [int(urn) for urn in s["urn"][rows[:count]]]


def new_place(at: Situation) -> int | None:
    """URN of a school in the nearest place where a cluster could be planted; None where there is none."""
    s = at.world.schools
    good = at.free & at.of_main_phase & (at.time >= FAR) & (at.time <= TOO_FAR) & (_around(at) >= ENOUGH)
    rows = np.flatnonzero(good)
    if not len(rows):
        return None
    return int(s["urn"][rows[np.lexsort((s["urn"][rows], at.time[rows]))[0]]])


def centre(at: Situation, rows: Sequence[int]) -> int:
    """Of some rows, the one round which a new cluster could best be planted: most schools that could join lie near.

    Of the trust's main phase and free to join itself where one is; of equals, the nearest to the trust.
    """
    s, around = at.world.schools, _around(at)
    fits = at.free & at.of_main_phase
    return min(rows, key=lambda row: (not fits[row], -int(around[row]), float(at.time[row]), int(s["urn"][row])))


def _around(at: Situation) -> NDArray[np.int64]:
    """How many schools of the trust's main phase that could join are within a cluster's reach of each school: (n,)."""
    of = at.world.neighbours.of_sector(at.main_sector)
    # neighbours that are missing have row −1 and endless minutes: `close` drops them
    near, close = at.world.neighbours.index[:, of], at.world.neighbours.minutes[:, of] <= CLUSTER_MINUTES
    return np.asarray((np.append(at.free & at.of_main_phase, False)[near] & close).sum(axis=1), dtype=np.int64)


def partner(at: Situation, settings: Scenario) -> int | None:
    """UID of the nearest trust that a merger is open to by the model's own gates; None where there is none.

    The smaller one's lead school has a school of the other
    among its neighbours within reach; both are Catholic or neither is.
    """
    world, p = at.world, settings.merging
    s = world.schools
    sizes = np.bincount(s["trust"][s["trust"] >= 0], minlength=len(world.trust_names))
    partners: list[tuple[float, int]] = []
    met = np.unique(s["trust"][(at.time <= p.reach) & (s["trust"] >= 0) & (s["trust"] != at.row)])
    for other in met.tolist():
        small, large = sorted((at.row, other), key=lambda t: (sizes[t], t == at.row))
        theirs = np.flatnonzero((s["trust"] == other) & ~s["planned"])
        faith = int(np.bincount(s["denomination"][theirs]).argmax())
        # the gates of the model's own mergers, on the first year: what it would refuse at once is not proposed
        if world.trusts["kind"][other] != MULTI or sizes[other] < 2:
            continue
        if (faith == CATHOLIC) != (at.faith == CATHOLIC) or not _touch(world, small, large, p.reach):
            continue
        partners.append((float(np.median(at.time[theirs])), int(world.trusts["uid"][other])))
    return min(partners)[1] if partners else None


def _touch(world: World, small: int, large: int, reach: float) -> bool:
    """Whether a trust's lead school has a school of the other among its neighbours within reach."""
    s = world.schools
    members = np.flatnonzero(s["trust"] == small)
    opened = np.nan_to_num(s["opened"][members], nan=0.0)
    lead = members[np.lexsort((s["urn"][members], opened))[0]]
    index = world.neighbours.index[lead]
    near = index[(index >= 0) & (world.neighbours.minutes[lead] <= reach)]
    return bool((s["trust"][near] == large).any())
