"""A number for every event up to a year: two runs part in the first year in which their numbers differ."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Words = NDArray[np.uint64]

_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_IDENTITY = ("year", "step", "event", "school", "trust", "other")
_BITS = np.uint64(2**63 - 1)


def fingerprints(events: pd.DataFrame, years: NDArray[np.int64]) -> NDArray[np.int64]:
    """A 63-bit digest of the identities of all events up to and including each of the ascending `years`.

    `events` needs year, step, event, school, trust and other. What happened counts, and how often; in which order
    within a year does not. The mixing of bits is that of SplitMix64 (Steele, Lea and Flood 2014,
    doi:10.1145/2660193.2660195).
    """
    digest = np.zeros(len(events), np.uint64)
    for name in _IDENTITY:
        digest = _mixed(digest ^ _words(events[name]))
    of_year = np.searchsorted(years, events["year"].to_numpy())
    total = np.zeros(len(years) + 1, np.uint64)
    np.add.at(total, of_year, digest)
    return (np.cumsum(total[: len(years)], dtype=np.uint64) & _BITS).astype(np.int64)


def _words(column: pd.Series) -> Words:
    """Each value as 64 bits: a whole number as it is, text by the digest of its characters."""
    if column.dtype.kind == "i":
        return column.to_numpy().astype(np.uint64)
    coded = column.astype("category").cat
    codes, texts = coded.codes.to_numpy(), coded.categories
    known = [int.from_bytes(hashlib.sha256(str(text).encode()).digest()[:8], "little") for text in texts]
    return np.array(known, np.uint64)[codes]


def _mixed(words: Words) -> Words:
    """Every bit of the result depends on every bit given."""
    words = words + _STEP
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))
