"""A digest of all that has happened so far in a run: where those of two runs part, their worlds do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.core.streams import mix
from matsim.events.log import IDENTITY

type Words = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
"""So that a word of zeros is mixed too."""
_BITS = np.uint64(2**63 - 1)
"""All but the sign: a digest is never −1, which says that there is none."""


def fingerprints(
    events: Mapping[str, Any] | pd.DataFrame, years: NDArray[np.int64], copies: int = 1
) -> NDArray[np.int64]:
    """A 63-bit digest of the identities of all events up to and including each of the ascending `years`.

    `events` needs year, step, event, school, trust and other; where it is of several copies of a world, also `copy`,
    and there are digests of each copy's years, one copy after the other. What happened counts, and how often; in which
    order within a year does not. The mixing of bits is that of SplitMix64 (Steele, Lea and Flood 2014,
    doi:10.1145/2660193.2660195).
    """
    when = np.asarray(events["year"])
    digest = np.zeros(len(when), np.uint64)
    for name in IDENTITY:
        digest ^= _words(events[name])
        digest += _STEP
        mix(digest)
    # an entry at the end of each copy's years is for what came after them
    wide = len(years) + 1
    cell = np.searchsorted(years, when)
    if copies > 1:
        cell += wide * np.asarray(events["copy"], np.intp)
    # a sum does not mind the order of the events, and counts one that happens twice twice, as xor would not
    total = np.zeros(copies * wide, np.uint64)
    np.add.at(total, cell, digest)
    so_far = np.cumsum(total.reshape(copies, wide)[:, :-1], axis=1, dtype=np.uint64)
    return (so_far & _BITS).astype(np.int64).ravel()


def _words(column: Any) -> Words:
    """Each value as 64 bits: a whole number as it is, text by the digest of its characters."""
    if column.dtype.kind == "i":
        return np.asarray(column).astype(np.uint64)
    coded = pd.Categorical(column)
    known = np.array([_digest(str(text)) for text in coded.categories], np.uint64)
    return np.asarray(known[coded.codes])


@lru_cache(1024)
def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
