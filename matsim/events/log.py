"""The decision log: every decision of every agent, with what decided it.

Kept as blocks of arrays while the model runs (a block is one kind of decision in one step of one year) and
turned into one tidy table at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.events.kinds import EVENTS
from matsim.results.numbers import column
from matsim.results.tables import TABLES


@dataclass(slots=True)
class _Block:
    """`scalars` hold for all rows; each of `columns` and `inputs` is a number for all rows, or an array."""

    size: int
    scalars: dict[str, Any]
    columns: dict[str, Any]
    inputs: dict[str, Any]
    turn: NDArray[Any] | None = None


_MISSING: dict[str, float] = {
    **dict.fromkeys(("school", "trust", "other", "region", "copy"), -1),
    **dict.fromkeys(("value", "threshold", "margin"), np.nan),
}
"""What an event that says nothing of a column holds there: whole numbers for identities, nan for measures."""

_WHO = ("school", "trust", "other", "copy")
"""Columns that say whom an event is of."""

IDENTITY = ("year", "step", "event", "school", "trust", "other")
"""What happened, when and to whom. Numbers that decided it are left out: two worlds differ in those long before they
differ in what happens."""


class Log:
    """Collects events. Rows of schools and trusts are kept as row numbers and named when the table is made."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._starts: dict[int, int] = {}  # each year's first block, so that a look at a year need not walk all
        self.brief = False
        """Whether of what is added only what tells events apart is kept: the reasons of nobody who reads them."""
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
        turn: NDArray[Any] | None = None,
        **columns: Any,
    ) -> None:
        """Add one event or a block of them.

        `columns` are any of school, trust, other (row numbers), region, value, threshold, margin: numbers or
        equal-length arrays; and copy, where an event that is of one copy of the world names neither school nor trust.
        `inputs` are the numbers that decided it. `reason` is a word, or one for each row. `turn` is when each happened
        among all that the step adds with it in a row: blocks of several events that took place by turns.
        """
        if event not in EVENTS:
            raise KeyError(f"unknown event {event!r}")
        size = _size(chain(columns.values(), (inputs or {}).values()))
        if not size:  # a step that found nobody adds no empty block
            return
        if self.brief:
            columns, inputs, reason = {k: columns[k] for k in _WHO if k in columns}, None, ""
        values = {k: _snapshot(v) for k, v in columns.items() if v is not None}
        inside = {k: _snapshot(v) for k, v in (inputs or {}).items()}
        scalars = {"event": event, "year": self.year, "step": self.step, "month": self.month, "rule": rule}
        scalars["reason"] = reason
        self._blocks.append(_Block(size, scalars, values, inside, turn))

    def __len__(self) -> int:
        return sum(b.size for b in self._blocks)

    def count(self, event: str) -> int:
        """How many events of one kind have been logged."""
        return sum(b.size for b in self._blocks if b.scalars["event"] == event)

    def rows(self, event: str, column: str, year: int) -> NDArray[np.intp]:
        """Row numbers in one column (−1 where none) of the events of one kind in one year."""
        rows: list[int] = []
        for b in self._blocks[self._starts.get(year, 0) :]:
            if b.scalars["event"] == event and b.scalars["year"] == year:
                values = b.columns.get(column, -1)
                rows += values.tolist() if isinstance(values, np.ndarray) else [values] * b.size
        return np.array(rows, dtype=np.intp)

    def events(self, event: str, year: int) -> Iterator[dict[str, Any]]:
        """Events of one kind in one year, one by one: what the table holds, schools and trusts as row numbers."""
        for b in self._blocks[self._starts.get(year, 0) :]:
            if b.scalars["event"] == event and b.scalars["year"] == year:
                inputs = [dict(zip(b.inputs, row, strict=True)) for row in _rows(b.inputs, b.size)]
                columns = _MISSING | b.scalars | b.columns | {"inputs": inputs}
                each = {name: [v] * b.size if np.ndim(v) == 0 else v for name, v in columns.items()}
                yield from (dict(zip(each, row, strict=True)) for row in zip(*each.values(), strict=True))

    def frame(
        self, urn: NDArray[np.int64], uid: NDArray[np.int64], names: Sequence[str] = TABLES["events"].names
    ) -> pd.DataFrame:
        """One row per event in the order they happened, and the columns named; what is not asked for is not made.

        Rows of schools and trusts are named by URN and trust UID (−1 where none). Words are text, so that frames of
        several logs can be put together.
        """
        frame = pd.DataFrame(self.columns(urn, uid, names), copy=False)
        return frame.astype({name: "str" for name in names if TABLES["events"].types[name] == "string"})

    def columns(
        self, urn: NDArray[np.int64], uid: NDArray[np.int64], names: Iterable[str] = TABLES["events"].names
    ) -> dict[str, Any]:
        """The same as arrays by column, words as pd.Categorical."""
        sizes, turns = [b.size for b in self._blocks], self._turns()
        columns = {name: self._column(name, sizes, turns) for name in names}
        for name, ids in (("school", urn), ("trust", uid), ("other", uid)):
            if name in columns:
                columns[name] = np.append(ids, -1)[columns[name]]
        return columns

    def copies(self, schools: NDArray[np.int8], trusts: NDArray[np.int8]) -> NDArray[np.int8]:
        """The copy of the world that each event is of, by that of its school or trust; −1 where it is of all."""
        sizes = [b.size for b in self._blocks]
        copy = self._numbers("copy", sizes).astype(np.int8)
        for name, of in (("school", schools), ("trust", trusts), ("other", trusts)):
            copy = np.maximum(copy, np.append(of, np.int8(-1))[self._numbers(name, sizes)])
        return _in_turn(copy, self._turns())

    def _turns(self) -> _Turns:
        """Where blocks that took place by turns begin, and their events in the order in which they happened."""
        turns, begin = [], 0
        for of, blocks in groupby(
            self._blocks, lambda b: b.turn is not None and (b.scalars["year"], b.scalars["step"])
        ):
            group = list(blocks)
            if of and len(group) > 1:
                turn = np.concatenate([b.turn for b in group if b.turn is not None])
                turns.append((begin, np.argsort(turn, kind="stable")))
            begin += sum(b.size for b in group)
        return turns

    def _column(self, name: str, sizes: list[int], turns: _Turns) -> Any:
        """One column, still in row numbers."""
        if name == "inputs":
            return self._inputs(sizes, turns)
        if name == "year":
            return np.repeat(np.array([b.scalars["year"] for b in self._blocks], np.int64), sizes)
        if name in ("month", "step", "event", "rule"):
            return _categories([b.scalars[name] for b in self._blocks], sizes, turns)
        if name == "reason":
            return self._reasons(turns)
        return _in_turn(self._numbers(name, sizes), turns)

    def _reasons(self, turns: _Turns) -> pd.Categorical:
        """A word for each event; of most blocks one for all."""
        words: list[str] = []
        sizes: list[int] = []
        for block in self._blocks:
            reason = block.scalars["reason"]
            several = isinstance(reason, np.ndarray)
            words += reason.tolist() if several else [reason]
            sizes += [1] * block.size if several else [block.size]
        return _categories(words, sizes, turns)

    def _numbers(self, name: str, sizes: list[int]) -> NDArray[Any]:
        """One column of numbers by blocks: at first what holds for whole blocks, most of which are one move."""
        missing = _MISSING[name]
        each = [b.columns.get(name, missing) for b in self._blocks]
        # numbers of whole blocks are repeated at once; the few blocks that differ from row to row are laid over them
        arrays = {i: v for i, v in enumerate(each) if isinstance(v, np.ndarray)}
        for i in arrays:
            each[i] = missing
        column = np.repeat(np.array(each, np.float64 if np.isnan(missing) else np.int64), sizes)
        ends = np.cumsum(sizes)
        for i, values in arrays.items():
            column[ends[i] - sizes[i] : ends[i]] = values
        return column

    def _inputs(self, sizes: list[int], turns: _Turns) -> Any:
        """The inputs of every event by name: see `matsim.results.numbers`."""
        names = sorted({name for block in self._blocks for name in block.inputs})
        code = {name: np.int16(i) for i, name in enumerate(names)}
        wide = [len(block.inputs) for block in self._blocks]
        counts = _in_turn(np.repeat(wide, sizes), turns)
        # the first number of each event, at its place in the table; in the order of blocks once they are taken back
        first = np.cumsum(counts) - counts
        numbers = np.empty(counts.sum())
        codes = np.empty(len(numbers), np.int16)
        for begin, order in turns:
            part = first[begin : begin + len(order)]
            part[order] = part.copy()
        ends = np.cumsum(sizes).tolist()
        for block, end in zip(self._blocks, ends, strict=True):
            rows = first[end - block.size : end]
            for place, (name, values) in enumerate(block.inputs.items()):
                numbers[rows + place], codes[rows + place] = values, code[name]
        return column(counts, codes, names, numbers)


type _Turns = list[tuple[int, NDArray[np.intp]]]


def _in_turn[Numbers: NDArray[Any]](values: Numbers, turns: _Turns) -> Numbers:
    """A column whose events of blocks that took place by turns are put, where they lie, in the order of `turns`."""
    for begin, order in turns:
        part = values[begin : begin + len(order)]
        part[:] = part[order]
    return values


def _categories(words: list[str], sizes: list[int], turns: _Turns) -> pd.Categorical:
    """Each word so many times; the categories are those there are, in alphabetical order."""
    place = {word: i for i, word in enumerate(sorted(set(words)))}
    least = np.min_scalar_type(-1 - len(place))
    codes = _in_turn(np.repeat(np.array([place[word] for word in words], least), sizes), turns)
    return pd.Categorical.from_codes(codes, pd.Index(list(place), dtype="str"), validate=False)


_ONE = (int, float, np.generic)
"""What holds for every event of a block."""


def _size(values: Iterable[Any]) -> int:
    """How many events: as many as the first array has, one where there is none."""
    return next((len(v) for v in values if not isinstance(v, _ONE) and np.ndim(v)), 1)


def _snapshot(value: Any) -> Any:
    """A number as it is, since most blocks are one move; an array copied, since columns go on changing."""
    if type(value) is not np.ndarray:
        return value if isinstance(value, _ONE) else _snapshot(np.array(value))
    if not value.ndim:
        return value[()]
    return value.copy() if len(value) != 1 else value[0]


def _rows(columns: Mapping[str, Any], size: int) -> list[list[float]]:
    """So many rows of numbers, each of which is one for all rows, or an array."""
    each = [np.broadcast_to(np.asarray(values, np.float64), size) for values in columns.values()]
    return np.stack(each, axis=1).tolist() if each else [[]] * size
