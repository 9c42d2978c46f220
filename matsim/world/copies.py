"""Copies of a world side by side in one model: they share all luck, and cannot meet.

A year of a small world costs much the same however many schools it has, because it is hundreds of short sums. So where
one world is to be lived through under several decisions on the same luck, its copies stand in one model, each with
its own schools, trusts, authorities and commissioners' business. In copy k every URN and UID is moved by k steps; luck
goes by what a school was before it was moved, so that each copy lives through what it would live through alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matsim.core.columns import Array
from matsim.words.amounts import count
from matsim.world.base import World
from matsim.world.geography import Neighbours

URN_STEP = 10_000_000
"""How far the URNs of a copy are moved from those of the copy before."""
UID_STEP = 100 * URN_STEP
"""The same for UIDs: a trust founded in a run has the URN of its lead school a hundredfold."""
MOST = 100
"""Most copies that stand side by side."""


def copied(world: World, copies: int) -> World:
    """A world of so many copies; the world itself for one.

    Raises ValueError for a world of copies, for more than MOST, and where an identifier is too large to be moved.
    """
    if copies == 1:
        return world
    if world.copies != 1 or not 1 <= copies <= MOST:
        raise ValueError(f"copies can be made of one world, 2 to {MOST} of them; not {copies} of {world.copies}")
    if not movable(world):
        raise ValueError(f"URNs have to be under {count(URN_STEP)} and UIDs under {count(UID_STEP)} to be moved")
    steps = {"urn": URN_STEP, "uid": UID_STEP, "trust": len(world.trust_names), "federation": URN_STEP}
    return replace(
        world,
        origin=f"{world.origin}, {copies} copies side by side",
        schools={name: _tiled(values, copies, steps.get(name, 0)) for name, values in world.schools.items()},
        trusts={name: _tiled(values, copies, steps.get(name, 0)) for name, values in world.trusts.items()},
        school_names=world.school_names * copies,
        trust_names=world.trust_names * copies,
        neighbours=_neighbours(world.neighbours, copies),
        quiet=frozenset(uid + k * UID_STEP for uid in world.quiet for k in range(copies)),
        copies=copies,
    )


def movable(world: World) -> bool:
    """Whether its identifiers are small enough for copies of it to have others."""
    return bool(world.schools["urn"].max(initial=0) < URN_STEP and world.trusts["uid"].max(initial=0) < UID_STEP)


def _tiled(values: Array, copies: int, step: int) -> Array:
    """A column for every copy, moved by `step` from one to the next; rows and identifiers below 0 stay as they are."""
    moved = np.tile(values, copies)
    if step:
        copy = np.repeat(np.arange(copies), len(values))
        moved = np.where(moved >= 0, moved + step * copy, moved).astype(values.dtype)
    return moved


def _neighbours(near: Neighbours, copies: int) -> Neighbours:
    """Every copy's own neighbours."""
    count = len(near.index)
    index = np.concatenate([np.where(near.index >= 0, near.index + k * count, -1) for k in range(copies)])
    wide = (copies, 1)
    return Neighbours(index.astype(near.index.dtype), np.tile(near.minutes, wide), np.tile(near.km, wide),
                      np.tile(near.sparsity, copies))  # fmt: skip
