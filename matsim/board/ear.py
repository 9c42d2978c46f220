"""A log that hears only what concerns one trust and the schools it watches: the rest is most of a run's events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.events import Log

KINDS = frozenset(
    (
        *("direct", "thwart", "bid", "hold", "decline", "stay", "approve", "refuse", "join", "transfer", "open"),
        *("found", "merge", "close", "leave", "intervene", "inspect", "reach", "respond", "resolve", "miss"),
        *("chief", "shock", "order"),
    )
)
"""Kinds of event that are kept: those a board would hear of, and those by which approaches are judged."""


class Ear(Log):
    """Keeps the events of KINDS that name one of `trusts` or of `schools` (rows)."""

    def __init__(self, trusts: Iterable[int], schools: Iterable[int]) -> None:
        super().__init__()
        self.trusts, self.schools = set(trusts), frozenset(schools)

    def add(
        self, event: str, *, rule: str = "", reason: Any = "", inputs: Mapping[str, Any] | None = None, **columns: Any
    ) -> None:
        """As in `Log`, for those rows that concern."""
        if event not in KINDS:
            return
        mask: Any = False
        for name, known in (("trust", self.trusts), ("other", self.trusts), ("school", self.schools)):
            mask = mask | _among(columns.get(name), known)
        if isinstance(mask, np.ndarray):
            if not mask.any():
                return
            columns = {name: _some(value, mask) for name, value in columns.items()}
            inputs = {name: _some(value, mask) for name, value in (inputs or {}).items()}
            reason = _some(reason, mask)
        elif not mask:
            return
        super().add(event, rule=rule, reason=reason, inputs=inputs, **columns)


def _among(rows: Any, known: Collection[int]) -> Any:
    """Which rows are known: a flag for one row, flags for an array. A handful of comparisons beats a search."""
    if rows is None:
        return False
    if not isinstance(rows, np.ndarray):
        return int(rows) in known
    flags = np.zeros(len(rows), bool)
    for row in known:
        flags |= rows == row
    return flags


def _some(value: Any, mask: NDArray[np.bool_]) -> Any:
    """The rows of a column that is an array; what holds for all rows as it is."""
    return value[mask] if isinstance(value, np.ndarray) and len(value) == len(mask) else value
