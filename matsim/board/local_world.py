"""The part of a world that matters to one trust: what it could reach in some years, and the trusts it would meet there.

A whole England for every future of every option would take hours. What a trust's growth depends on lies near it:
schools that could join it, and trusts that could take them first. So the world is cut to the schools within a ring
of travel time round the trust's own schools (and round other points that its options name), and to every school of
every trust that has a school in the ring: trusts are kept whole, because how a trust decides depends on its size,
its centre and its spread. Travel times, neighbours and permanent identities are those of the whole world, so that
with published files a school has the same luck in the cut as in the whole.

What is lost: schools just outside the ring lose their suitors beyond it, free schools open at the country's pace
rather than at the place's own, and sponsors from further away are not seen. `tests/board/test_board_real.py` and
docs/board.md say how far a trust's numbers in the cut are from those in the whole.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matsim.core.columns import Array
from matsim.evidence.parameters import Params, param
from matsim.words.amounts import count
from matsim.world.base import World
from matsim.world.codes import SECTORS
from matsim.world.geography import Neighbours, TravelParams, minutes

type Rows = NDArray[np.intp]


class CutParams(Params):
    """How much of a world is kept."""

    minutes: float = param(30.0, "minutes", "assumed: a cluster's reach twice over", plausible=(20, 60), ge=5, le=240)
    """Travel time from a school of the trust within which schools are kept."""
    most: int = param(400, "count", "assumed: see docs/board.md", plausible=(300, 3000), ge=1)
    """Schools kept within that time of either, the nearest first: in a dense city the ring is as much smaller."""
    focus: float = param(
        15.0, "minutes", "assumed: the trusts that schools there would meet", plausible=(5, 30), le=240
    )
    """The same round the schools that an option names and the places where it looks."""
    company: int = param(2, "count", "assumed: see docs/board.md", plausible=(0, 12), ge=0, le=24)
    """Nearest schools outside trusts of several schools that are kept with each school that lies beyond."""


def cut(
    world: World, core: Collection[int], focus: Collection[int], travel: TravelParams, p: CutParams | None = None
) -> World:
    """The part of a world near the trust's schools `core` and the schools `focus` (URNs), trusts met there whole.

    Raises KeyError for a URN that is not in the world.
    """
    p = p or CutParams()
    keep = _ring(away(world, rows_of(world, core), travel), p.minutes, p.most)
    keep |= _ring(away(world, rows_of(world, set(focus) - set(core)), travel), p.focus, p.most)
    trust = world.schools["trust"]
    met = np.unique(trust[keep & (trust >= 0)])
    beyond = np.isin(trust, met) & ~keep
    keep |= beyond
    # after `beyond`, so that company is found for members of trusts from elsewhere and for nobody in the ring
    keep |= _company(world, np.flatnonzero(beyond), keep, p.company)
    return _part(world, np.flatnonzero(keep), np.unique(trust[keep & (trust >= 0)]))


def _company(world: World, beyond: Rows, keep: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """The `count` nearest schools of each of the rows `beyond` that could join a trust: (n,) flags.

    Without them a trust that is mostly elsewhere would have nowhere to grow but in the ring, and crowd it.
    """
    trust, index = world.schools["trust"], world.neighbours.index[beyond]
    sizes = np.bincount(trust[trust >= 0], minlength=len(world.trust_names))
    # row −1 finds the 0 at the end
    free = (trust < 0) | (np.append(sizes, 0)[trust] == 1)
    time = np.where((index >= 0) & free[index] & ~keep[index], world.neighbours.minutes[beyond], np.inf)
    flags = np.zeros(len(trust), bool)
    order = np.argsort(time, axis=1, kind="stable")[:, :count]
    near = np.take_along_axis(index, order, axis=1)
    flags[near[np.isfinite(np.take_along_axis(time, order, axis=1))]] = True
    return flags


def rows_of(world: World, urns: Collection[int]) -> Rows:
    """Rows of schools by URN, ascending. KeyError names the first that is not there."""
    wanted = np.array(sorted(set(urns)), np.int64)
    rows = np.searchsorted(world.schools["urn"], wanted)
    last = len(world.schools["urn"]) - 1
    there = world.schools["urn"][rows.clip(max=last)] == wanted
    if not there.all():
        raise KeyError(int(wanted[~there][0]))
    return rows


def away(world: World, around: Rows, travel: TravelParams) -> NDArray[np.float64]:
    """Minutes from each school to the nearest of the rows `around`, 0 for these: (n,)."""
    east, north, sparsity = world.schools["easting"], world.schools["northing"], world.neighbours.sparsity
    time = np.full(len(east), np.inf)
    for row in around.tolist():
        km = np.hypot(east - east[row], north - north[row]) / 1000.0
        np.minimum(time, minutes(km, (sparsity + sparsity[row]) / 2.0, travel), out=time)
    time[around] = 0.0
    return time


def _ring(time: NDArray[np.float64], limit: float, most: int) -> NDArray[np.bool_]:
    """Which schools are kept by their `time` from the middle: (n,) flags. Schools as far as the last stay with it."""
    # the time of the `most`-th nearest
    last = np.partition(time, most - 1)[most - 1] if len(time) > most else np.inf
    return np.asarray(time <= min(limit, last))


def _part(world: World, rows: Rows, trusts: Rows) -> World:
    """The world with only these rows of schools and of trusts."""
    place = np.full(len(world.schools["urn"]) + 1, -1, np.int32)  # the last is for row −1
    place[rows] = np.arange(len(rows), dtype=np.int32)
    of = np.full(len(world.trust_names) + 1, -1, np.int32)
    of[trusts] = np.arange(len(trusts), dtype=np.int32)
    schools: dict[str, Array] = {name: values[rows] for name, values in world.schools.items()}
    schools["trust"] = of[schools["trust"]]
    used = int(np.count_nonzero(~schools["planned"]))
    cut = f"Cut to {count(used)} of {count(world.size)} schools"
    note = f"{cut}: those near one trust, and the whole of every trust among them."
    codes = set(schools["la"].tolist())
    return replace(
        world,
        origin=f"{world.origin}, cut",
        schools=schools,
        trusts={name: values[trusts] for name, values in world.trusts.items()},
        school_names=tuple(world.school_names[row] for row in rows.tolist()),
        trust_names=tuple(world.trust_names[row] for row in trusts.tolist()),
        la_names={code: name for code, name in world.la_names.items() if code in codes},
        neighbours=_neighbours(world.neighbours, rows, place),
        account=replace(world.account, used=used, notes=(*world.account.notes, note)),
    )


def _neighbours(old: Neighbours, rows: Rows, place: NDArray[np.int32]) -> Neighbours:
    """The same neighbours, those that were cut off left out; of each sector the nearest stay first."""
    index = place[old.index[rows]]
    parts = []
    for sector in range(len(SECTORS)):
        block = old.of_sector(sector)
        # a stable sort of flags: those cut off go to the end, the others stay in order of distance
        order = np.argsort(index[:, block] < 0, axis=1, kind="stable")
        parts.append([np.take_along_axis(a[:, block], order, 1) for a in (index, old.minutes[rows], old.km[rows])])
    joined, time, km = (np.concatenate(both, axis=1) for both in zip(*parts, strict=True))
    absent = joined < 0
    return Neighbours(joined, np.where(absent, np.float32(np.inf), time), np.where(absent, np.float32(np.inf), km),
                      old.sparsity[rows])  # fmt: skip
