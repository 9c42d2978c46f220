"""Luck of made-up worlds: named streams of draws in the order of their slots.

A stream is named by (seed, name, year) and is numpy's counter-based Philox generator keyed by the three, always taken
from slot 0 upwards: a longer world only adds draws at the end. (Runs have luck of another kind: `core.streams`.)
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Ints = NDArray[np.integer]


class WorldLuck:
    """All the luck of one made-up world. `slots` is how many things of a kind have draws (largest slot + 1)."""

    def __init__(self, seed: int, slots: int) -> None:
        self.seed = seed
        self.slots = slots

    def _generator(self, name: str, year: int) -> np.random.Generator:
        digest = hashlib.blake2b(f"{self.seed}/{name}/{year}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))

    def uniform(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """Uniform draws in [0, 1), one per slot; of the given slots, or of all."""
        draws = self._generator(name, year).random(self.slots)
        return draws if slots is None else draws[slots]

    def normal(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """Standard normal draws, one per slot; of the given slots, or of all."""
        draws = self._generator(name, year).standard_normal(self.slots)
        return draws if slots is None else draws[slots]

    def logistic(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """Standard logistic draws."""
        # a draw can be exactly 0, whose log odds are infinite
        u = np.clip(self.uniform(name, year, slots), 1e-12, 1 - 1e-12)
        return np.log(u / (1.0 - u))
