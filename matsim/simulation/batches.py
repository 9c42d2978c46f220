"""Which of many runs stand side by side in one model: those that share their settings and differ in luck alone.

A year of a model costs much the same however many schools it has, until they are thousands; so runs of small worlds
are cheapest many at a time, while runs of England gain nothing from each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from heapq import heapreplace
from itertools import pairwise
from math import ceil

from matsim.world.copies import MOST

SCHOOLS = 16_000
"""Schools side by side, at most: beyond these the cost of a run falls by less than a twentieth, and memory grows."""
FIXED = 1_700
"""What a model costs besides its schools, in schools."""
PLENTY = 8
"""Batches for each worker, from which on their size does not matter to when the last worker is done."""


def most_copies(schools: int) -> int:
    """How many copies of a world of so many schools stand side by side, at most."""
    return max(1, min(MOST, SCHOOLS // max(schools, 1)))


def batches[K: Hashable](keys: Sequence[K], schools: Mapping[K, int], workers: int, copies: int = 1) -> list[list[int]]:
    """Runs by number, in batches of equal keys: each run in one, in order within a batch.

    `schools` says how many schools the world of a key has, `copies` how many of it a run takes. Batches are as large as
    pays; where they are few, so large that `workers` are done soonest. They are in order of their first runs.
    """
    alike: dict[K, list[int]] = {}
    for number, key in enumerate(keys):
        alike.setdefault(key, []).append(number)
    least = {key: ceil(len(runs) / max(1, most_copies(schools[key]) // copies)) for key, runs in alike.items()}
    size = {key: copies * many for key, many in schools.items()}
    best: list[list[list[int]]] = []
    soonest = float("inf")
    # each key's runs in as few parts as can be, in twice as many, and so on
    for times in range(1, max(map(len, alike.values()), default=0) + 1):
        parts = [_parted(runs, min(len(runs), times * least[key])) for key, runs in alike.items()]
        if times > 1 and sum(map(len, parts)) > PLENTY * workers:
            break
        cost = [len(part) * size[key] + FIXED for key, of_key in zip(alike, parts, strict=True) for part in of_key]
        if (done := _last(cost, workers)) < soonest:
            best, soonest = parts, done
    return sorted(batch for of_key in best for batch in of_key)


def _parted(runs: list[int], parts: int) -> list[list[int]]:
    """The runs in so many parts of nearly equal length."""
    ends = [part * len(runs) // parts for part in range(parts + 1)]
    return [runs[first:last] for first, last in pairwise(ends)]


def _last(costs: list[int], workers: int) -> int:
    """When the last of the workers is done, if each takes the largest that is left."""
    done = [0] * max(workers, 1)
    for cost in sorted(costs, reverse=True):
        heapreplace(done, done[0] + cost)
    return max(done)
