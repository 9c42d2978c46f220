"""A log that hears only what concerns one trust and the schools it watches: the rest is most of a run's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.events.kinds import Audience, heard_by
from matsim.events.log import Log

JUDGED_BY = frozenset(("direct", "bid", "hold", "stay", "approve", "order", "found", "respond"))
"""Kinds of event that a board is not told one by one, but from which approaches and answers are counted."""


def recorded() -> frozenset[str]:
    """Kinds of event that are kept: those a board is told, and those that its numbers are counted from."""
    return JUDGED_BY | {kind.kind for kind in heard_by(Audience.BOARD)}


class TrustLog(Log):
    """Keeps the events of the `recorded` kinds that name one of `trusts` or of `schools` (rows, of `count`)."""

    def __init__(self, trusts: Iterable[int], schools: Iterable[int], count: int) -> None:
        super().__init__()
        self.trusts = set(trusts)
        self._kinds = recorded()
        self._schools = np.zeros(count + 1, bool)  # the last is for row −1
        self._schools[list(schools)] = True

    def add(
        self, event: str, *, rule: str = "", reason: Any = "", inputs: Mapping[str, Any] | None = None, **columns: Any
    ) -> None:
        """As in `Log`, for those rows that concern."""
        if event not in self._kinds:
            return
        mask: Any = False
        for name in ("trust", "other"):
            if columns.get(name) is not None:
                mask = self._of_trusts(columns[name]) | mask
        if columns.get("school") is not None:
            mask = self._schools[columns["school"]] | mask
        if not np.any(mask):
            return
        if isinstance(mask, np.ndarray):
            columns = {name: _some(value, mask) for name, value in columns.items()}
            inputs = {name: _some(value, mask) for name, value in (inputs or {}).items()}
            reason = _some(reason, mask)
        super().add(event, rule=rule, reason=reason, inputs=inputs, **columns)

    def _of_trusts(self, rows: Any) -> Any:
        """Which rows are of the trusts: a flag for one row, flags for an array. There are only a handful of them."""
        if not isinstance(rows, np.ndarray):
            return int(rows) in self.trusts
        flags = np.zeros(len(rows), bool)
        for row in self.trusts:
            flags |= rows == row
        return flags


def _some(value: Any, mask: NDArray[np.bool_]) -> Any:
    """The rows of a column that is an array; what holds for all rows as it is."""
    return value[mask] if isinstance(value, np.ndarray) and len(value) == len(mask) else value
