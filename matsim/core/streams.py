"""Luck: named random streams, so that two worlds that differ in one decision share all other luck.

A stream is named by (seed, name, year). Within it every permanent slot (a school, by identity; a trust,
by its lead school) has exactly one draw. Draws come from numpy's counter-based Philox generator, keyed
by the three, and are always taken from slot 0 upwards: a longer world only adds draws at the end, and no
draw depends on what any agent did. Pairs (this school and that trust) hash their two slots instead.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

type Floats = NDArray[np.float64]
type Ints = NDArray[np.integer]

BLOCK = 4
"""Draws that the generator makes at a time; it can jump to any block."""
JUMP = 500
"""Draws that take as long as a jump to one block and its draws (measured: 5 µs to 10 ns)."""
MOST_COPIES = 4
"""Copies of a world that usually ask for the same slots."""

_MASK = 0xFFFFFFFFFFFFFFFF
_U = np.uint64


@lru_cache(4096)
def key(seed: int, name: str, year: int) -> int:
    """128-bit key of a stream; the same on every machine, process and PYTHONHASHSEED."""
    digest = hashlib.blake2b(f"{seed}/{name}/{year}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "little")


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64 finaliser (Steele, Lea and Flood 2014): a bijection that scatters nearby integers."""
    x = (x ^ (x >> _U(30))) * _U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> _U(27))) * _U(0x94D049BB133111EB)
    return x ^ (x >> _U(31))


def _hashed(first: Ints, second: Ints, low: Any, high: Any, times: Ints | None = None) -> Floats:
    """Uniform numbers in (0, 1) from two identities and the two halves of a key; arguments broadcast."""
    mixed = _mix(first.astype(np.uint64) * _U(0x9E3779B97F4A7C15) + low)
    mixed = mixed if times is None else np.repeat(mixed, times)
    mixed = _mix(mixed ^ (second.astype(np.uint64) * _U(0xD1B54A32D192ED03) + high))
    return np.asarray((mixed >> _U(11)).astype(np.float64) + 0.5) * 2.0**-53


class Streams:
    """All the luck of one run. `slots` is how many permanent identities exist (largest slot + 1)."""

    def __init__(self, seed: int, slots: int) -> None:
        self.seed = seed
        self.slots = slots
        self._bits = np.random.Philox(key=0)
        self._draws = np.random.Generator(self._bits)
        self._fresh = self._bits.state

    def _generator(self, name: str, year: int) -> np.random.Generator:
        """The stream at its first draw: good until the next call, since one generator is set anew each time.

        To build a generator takes several times as long, and a year has dozens of streams.
        """
        k = key(self.seed, name, year)
        words = np.array([k & _MASK, k >> 64], np.uint64)
        self._bits.state = self._fresh | {"state": self._fresh["state"] | {"key": words}}
        return self._draws

    def uniform(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """Uniform draws in [0, 1), one per slot; of the given slots, or of all."""
        # few slots of many: jumping to their blocks is cheaper than drawing all. The first test spares most calls the
        # search for blocks; copies of a world ask for the same slots, hence its leeway
        if slots is not None and len(slots) * JUMP < MOST_COPIES * self.slots:
            blocks, which = np.unique(slots // BLOCK, return_inverse=True)
            if len(blocks) * JUMP < self.slots:
                return self._blocks(name, year, blocks)[which, slots % BLOCK]
        draws = self._generator(name, year).random(self.slots)
        return draws if slots is None else draws[slots]

    def _blocks(self, name: str, year: int, blocks: Ints) -> Floats:
        """The draws of some blocks of a stream (in ascending order), without those between them: (n, BLOCK)."""
        # Philox counts blocks: `advance` moves from where the last block ended, so blocks must ascend
        draws, at = self._generator(name, year), 0
        values = np.empty((len(blocks), BLOCK))
        for i, block in enumerate(blocks.tolist()):
            self._bits.advance(block - at)
            draws.random(out=values[i])
            at = block + 1
        return values

    def normal(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """Standard normal draws, one per slot; of the given slots, or of all."""
        draws = self._generator(name, year).standard_normal(self.slots)
        return draws if slots is None else draws[slots]

    def logistic(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """Standard logistic draws: a score plus one of these over a threshold happens with logistic odds."""
        # a draw can be exactly 0, whose log odds are infinite
        u = np.clip(self.uniform(name, year, slots), 1e-12, 1 - 1e-12)
        return np.log(u / (1.0 - u))

    def hashed(self, name: str, year: int, slots: Ints) -> Floats:
        """Uniform draws in (0, 1) for a few slots, hashed: without drawing for all the others."""
        return self.pair(name, year, slots, np.zeros(len(slots), np.int64))

    def hashed_normal(self, name: str, year: int, slots: Ints) -> Floats:
        """Standard normal draws for a few slots, hashed."""
        return np.asarray(ndtri(self.hashed(name, year, slots)))

    def hashed_normals(self, name: str, count: int, year: int, slots: Ints) -> Floats:
        """`hashed_normal` of the streams `name`/0 to `name`/(count − 1) at once: (n, count)."""
        keys = [key(self.seed, f"{name}/{i}", year) for i in range(count)]
        low, high = (np.array(part, np.uint64) for part in ([k & _MASK for k in keys], [k >> 64 for k in keys]))
        return np.asarray(ndtri(_hashed(slots[:, None], np.zeros(1, np.int64), low, high)))

    def pair(self, name: str, year: int, first: Ints, second: Ints, times: Ints | None = None) -> Floats:
        """Uniform draws in (0, 1), one per pair of slots, without drawing for all the other pairs.

        With `times`, each of `first` is paired with so many of `second` in a row.
        """
        k = key(self.seed, name, year)
        return _hashed(first, second, _U(k & _MASK), _U(k >> 64), times)

    def order(self, name: str, year: int, slots: Ints) -> NDArray[np.intp]:
        """The order in which agents with these slots act: by their draw, ties by slot, never by row."""
        return np.lexsort((slots, self.uniform(name, year, slots)))
