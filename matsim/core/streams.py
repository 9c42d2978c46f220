"""Luck: named random streams, so that two worlds that differ in one decision share all other luck.

Whoever has luck (a school, a trust, a local authority, a region's commissioner) has an identity: a 64-bit number made
of what it is and of the run's seed. A stream is named by (name, year), and holds exactly one draw for every identity:
their hash. No draw depends on what else is drawn, on what any agent did, or on who else is in the model; so a run has
the same luck alone and beside others, and only the draws that are asked for are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

type Floats = NDArray[np.float64]
type Ints = NDArray[np.integer]
type Identities = NDArray[np.uint64]


def _word(value: int) -> NDArray[np.uint64]:
    """A 64-bit number as numpy works with it fastest: an array without dimensions."""
    return np.array(value, np.uint64)


_GOLDEN = _word(0x9E3779B97F4A7C15)
_SHIFTS_AND_FACTORS = ((_word(30), _word(0xBF58476D1CE4E5B9)), (_word(27), _word(0x94D049BB133111EB)))
_LAST_SHIFT, _SPARE_BITS = _word(31), _word(11)


@lru_cache(1 << 14)
def _key(*names: object) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Two 64-bit words for a name; the same on every machine, process and PYTHONHASHSEED."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=16).digest()
    return _word(int.from_bytes(digest[:8], "little")), _word(int.from_bytes(digest[8:], "little"))


def mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64 finaliser (Steele, Lea and Flood 2014), in place: a bijection that scatters nearby integers."""
    high = np.empty_like(x)
    for shift, factor in _SHIFTS_AND_FACTORS:
        x ^= np.right_shift(x, shift, out=high)
        x *= factor
    x ^= np.right_shift(x, _LAST_SHIFT, out=high)
    return x


def _unit(mixed: NDArray[np.uint64]) -> Floats:
    """The upper 53 bits as numbers in (0, 1): never exactly 0 or 1."""
    mixed >>= _SPARE_BITS
    # below 2^53 both kinds of integer are the same bits, and machines convert signed ones faster
    values = mixed.view(np.int64).astype(np.float64)
    values += 0.5
    values *= 2.0**-53
    return values


class Streams:
    """All the luck of a run, or of several side by side: a seed for each copy of the world, or one for all copies."""

    def __init__(self, seeds: int | Sequence[int]) -> None:
        self.seeds = (seeds,) if isinstance(seeds, int) else tuple(seeds)
        self._words: dict[str, Identities] = {}  # by kind, two for each seed
        self._lasting: dict[str, Floats] = {}

    def identities(self, kind: str, numbers: Ints, copy: Ints | int = 0) -> Identities:
        """Who luck is drawn for: the `kind` with these numbers (URNs, codes) in these copies of the world.

        The two broadcast.
        """
        if kind not in self._words:
            self._words[kind] = np.array([_key(seed, kind) for seed in self.seeds], np.uint64)
        first, second = self._words[kind].T
        which = copy if len(self.seeds) > 1 else np.zeros_like(copy)
        return mix(mix(numbers.astype(np.uint64) * _GOLDEN + first[which]) ^ second[which])

    def uniform(self, name: str, year: int, who: Identities) -> Floats:
        """Uniform draws in (0, 1), one per identity."""
        return _unit(mix(who + _key(name, year)[0]))

    def normal(self, name: str, year: int, who: Identities) -> Floats:
        """Standard normal draws, one per identity."""
        return np.asarray(ndtri(self.uniform(name, year, who)))

    def lasting(self, name: str, table: str, who: Identities) -> Floats:
        """`normal` of year 0 for a whole table of this run, by row: kept, and drawn only for rows that are new."""
        key = f"{name}/{table}"
        known = self._lasting.get(key, np.zeros(0))
        if len(known) < len(who):
            known = self._lasting[key] = np.concatenate((known, self.normal(name, 0, who[len(known) :])))
        return known[: len(who)]

    def normals(self, name: str, count: int, year: int, who: Identities) -> Floats:
        """`normal` of the streams `name`/0 to `name`/(count − 1) at once: (n, count)."""
        keys = np.array([_key(f"{name}/{i}", year)[0] for i in range(count)], np.uint64)
        return np.asarray(ndtri(_unit(mix(who[:, None] + keys))))

    def logistic(self, name: str, year: int, who: Identities) -> Floats:
        """Standard logistic draws: a score plus one of these over a threshold happens with logistic odds."""
        u = self.uniform(name, year, who)
        return np.log(u / (1.0 - u))

    def pair(self, name: str, year: int, first: Identities, second: Identities, times: Any = None) -> Floats:
        """Uniform draws in (0, 1), one per pair of identities.

        With `times`, each of `first` is paired with so many of `second` in a row.
        """
        low, high = _key(name, year)
        mixed = mix(first + low)
        mixed = mixed if times is None else np.repeat(mixed, times)
        mixed = mixed ^ (second + high)
        return _unit(mix(mixed))

    def order(self, name: str, year: int, who: Identities) -> NDArray[np.intp]:
        """The order in which these act: by their draw, never by row."""
        return np.lexsort((who, self.uniform(name, year, who)))
