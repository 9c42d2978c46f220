"""CEOs' decisions about made-up candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from matsim.strategies import Brief, Candidates, Chiefs, Strategy, bids, rooms


def candidates(count: int, **columns: Any) -> Candidates:
    """So many schools (rows 0 and up) that one trust might take on, near by and alike but for the columns given."""
    usual = {"trust": 0, "score": 1.0, "minutes": 10.0, "same_phase": True, "weak": False, "forced": False}
    rows = np.arange(count)
    each = {name: np.full(count, value) for name, value in (usual | columns).items()}
    return Candidates(school=rows, luck=rows.astype(np.uint64), **each)


def bids_of(strategy: Strategy, brief: Brief, found: Candidates) -> list[int]:
    """Rows of the schools that one trust bids for, the best first."""
    chiefs, one = Chiefs.alike(strategy), Brief(brief.year, *(np.atleast_1d(value) for value in brief[1:]))
    _, most = rooms(chiefs, one)
    chosen = bids(chiefs, one, found, most, np.zeros(1, np.intp))
    return [int(row) for row in found.school[chosen]]
