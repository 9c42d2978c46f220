"""The decision log: every decision of every agent, with what decided it.

Kept as blocks of arrays while the model runs (a block is one kind of decision in one step of one year) and
turned into one tidy table at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EVENTS: dict[str, str] = {
    "seek": "a school decided to look for a trust",
    "stay": "a school came close to looking for a trust and did not",
    "bid": "a trust offered to take a school",
    "hold": "a trust decided not to take on schools this year",
    "decline": "a trust turned a school down, or a school turned a trust down",
    "approve": "a commissioner approved a school joining a trust",
    "refuse": "a commissioner refused",
    "order": "a school judged Inadequate was ordered to become an academy",
    "unplaced": "no trust would take a school that was ordered to convert",
    "open": "a free school opened",
    "join": "a school joined a trust",
    "convert": "a school became a single-academy trust",
    "found": "a multi-academy trust was founded",
    "leave": "a school decided to try to leave its trust",
    "transfer": "a school moved from one trust to another",
    "merge": "a trust merged into another",
    "close": "a school or a trust closed",
    "inspect": "a school was inspected and its grade changed",
    "warn": "a trust's break point came near and its CEO saw it",
    "reach": "a trust reached a break point",
    "respond": "a trust began to change its way of working in answer to a break point",
    "resolve": "a break point was answered: the new way of working is in place",
    "miss": "a break point has gone unanswered for a year",
    "hire": "a trust filled posts in its central team",
    "shed": "a trust gave up posts in its central team",
    "disagree": "people inside a trust have come to differ more about how it does",
    "evaluate": "a cluster evaluated itself and stands at another stage",
    "review": "a school was reviewed, and what to work on was set",
    "pool": "a trust pooled its schools' reserves",
    "cluster": "a cluster was formed, changed or dissolved",
    "plan": "a trust drew its growth plan again",
    "standardise": "a trust drew responsibilities to the centre or handed them back",
    "autonomy": "a school lost or regained autonomy",
    "head": "a school's head left or was replaced",
    "chief": "a trust's CEO left and was replaced",
    "collaborate": "schools outside a MAT entered or left a form of collaboration",
    "plant": "a trust tested a new area against the ten-point checklist",
    "intervene": "a commissioner stepped in at a failing trust",
    "policy": "a policy, a grant or a fund changed on its date",
}
"""Every kind of event and what it says."""


@dataclass
class _Block:
    size: int
    scalars: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    inputs: dict[str, NDArray[Any]] = field(default_factory=dict)


_ROW_COLUMNS = ("school", "trust", "other", "region", "value", "threshold", "margin")
_MISSING = {"school": -1, "trust": -1, "other": -1, "region": -1}


class Log:
    """Collects events. Rows of schools and trusts are kept as row numbers and named when the table is made."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._starts: dict[int, int] = {}
        self.year = 0
        self.step = ""
        self.month = ""

    def at(self, year: int, step: str, month: str) -> None:
        """Say where in time the events that follow belong."""
        self.year, self.step, self.month = year, step, month
        self._starts.setdefault(year, len(self._blocks))

    def add(
        self,
        event: str,
        *,
        rule: str = "",
        reason: Any = "",
        inputs: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> None:
        """Add one event or a block of them.

        `columns` are any of school, trust, other (row numbers), region, value, threshold, margin: numbers or
        equal-length arrays. `inputs` are the numbers that decided it. `reason` is a word, or one for each row.
        """
        if event not in EVENTS:
            raise KeyError(f"unknown event {event!r}")
        arrays = {k: np.atleast_1d(np.asarray(v)) for k, v in columns.items() if v is not None}
        given = {k: np.atleast_1d(np.asarray(v, dtype=float)) for k, v in (inputs or {}).items()}
        size = max((len(a) for a in (*arrays.values(), *given.values())), default=1)
        if size == 0 or any(len(a) == 0 for a in arrays.values()):
            return
        scalars = {"event": event, "year": self.year, "step": self.step, "month": self.month, "rule": rule}
        scalars["reason"] = reason
        self._blocks.append(_Block(size, scalars, arrays, given))

    def __len__(self) -> int:
        return sum(b.size for b in self._blocks)

    def count(self, event: str) -> int:
        """How many events of one kind have been logged."""
        return sum(b.size for b in self._blocks if b.scalars["event"] == event)

    def rows(self, event: str, column: str, year: int) -> NDArray[np.intp]:
        """Row numbers in one column (−1 where none) of the events of one kind in one year."""
        found = [
            np.broadcast_to(b.arrays.get(column, np.array([-1])), b.size)
            for b in self._blocks[self._starts.get(year, 0) :]
            if b.scalars["event"] == event and b.scalars["year"] == year
        ]
        return np.concatenate(found).astype(np.intp) if found else np.zeros(0, np.intp)

    def frame(self, urn: NDArray[np.int64], uid: NDArray[np.int64]) -> pd.DataFrame:
        """One row per event in the order they happened; rows named by URN and trust UID (−1 where none)."""
        data: dict[str, Any] = {}
        sizes = [b.size for b in self._blocks]
        for name in ("year", "month", "step", "event", "rule"):
            values = np.array([b.scalars[name] for b in self._blocks], dtype=object)
            data[name] = np.repeat(values, sizes)
        data["reason"] = _concat(
            [np.broadcast_to(np.asarray(b.scalars["reason"], object), b.size) for b in self._blocks]
        )
        for name in _ROW_COLUMNS:
            missing = _MISSING.get(name, np.nan)
            parts = [np.broadcast_to(b.arrays.get(name, np.array([missing])), b.size) for b in self._blocks]
            data[name] = np.concatenate(parts) if parts else np.array([])
        data["inputs"] = _concat([_as_json(b) for b in self._blocks])
        frame = pd.DataFrame(data)
        frame["year"] = frame["year"].astype("int64")
        frame["region"] = frame["region"].astype("int64")
        for name, ids in (("school", urn), ("trust", uid), ("other", uid)):
            rows = frame[name].to_numpy().astype("int64")
            named = ids[np.maximum(rows, 0)] if len(ids) else np.full(len(rows), -1)
            frame[name] = np.where(rows >= 0, named, -1).astype("int64")
        for name in ("value", "threshold", "margin"):
            frame[name] = frame[name].astype("float64")
        return frame


def _concat(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.array([], dtype=object)


def _as_json(block: _Block) -> NDArray[Any]:
    """The inputs of every row of a block as compact JSON; full precision, so that a rule can be run again."""
    if not block.inputs:
        return np.full(block.size, "", dtype=object)
    names = list(block.inputs)
    columns = [np.broadcast_to(block.inputs[n], block.size).tolist() for n in names]
    quoted = [json.dumps(n) + ":" for n in names]
    texts = [
        "{" + ",".join(q + repr(v) for q, v in zip(quoted, row, strict=True)) + "}"
        for row in zip(*columns, strict=True)
    ]
    return np.array(texts, dtype=object)
