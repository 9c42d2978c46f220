"""A number for every event up to a year: two runs part in the first year in which their numbers differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Words = NDArray[np.uint64]

_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_IDENTITY = ("year", "step", "event", "school", "trust", "other")
_BITS = np.uint64(2**63 - 1)


def fingerprints(events: Mapping[str, Any] | pd.DataFrame, years: NDArray[np.int64]) -> NDArray[np.int64]:
    """A 63-bit digest of the identities of all events up to and including each of the ascending `years`.

    `events` needs year, step, event, school, trust and other. What happened counts, and how often; in which order
    within a year does not. The mixing of bits is that of SplitMix64 (Steele, Lea and Flood 2014,
    doi:10.1145/2660193.2660195).
    """
    when = np.asarray(events["year"])
    digest = np.zeros(len(when), np.uint64)
    for name in _IDENTITY:
        digest = _mixed(digest ^ _words(events[name]))
    of_year = np.searchsorted(years, when)
    total = np.zeros(len(years) + 1, np.uint64)
    np.add.at(total, of_year, digest)
    return (np.cumsum(total[: len(years)], dtype=np.uint64) & _BITS).astype(np.int64)


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


def _mixed(words: Words) -> Words:
    """Every bit of the result depends on every bit given."""
    words = words + _STEP
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))
