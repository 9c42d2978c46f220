"""The arrays behind thousands of schools and trusts: one declaration per column, rows that never move.

A `Table` holds one numpy array per declared column. Agents are views onto their row (`RowView`), so that
`school.pupils` reads one number and `schools.pupils *= 1.01` changes all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[Any]


@dataclass(frozen=True)
class Column:
    """One column: its name, numpy type, unit, meaning, what a new row holds, and how many numbers wide it is."""

    name: str
    dtype: str
    unit: str
    meaning: str
    fill: float | bool = 0
    width: int = 1

    def blank(self, rows: int) -> Array:
        """`rows` new rows: shape (rows,), or (rows, width) for a column of several numbers."""
        return np.full(rows if self.width == 1 else (rows, self.width), self.fill, self.dtype)


class Table:
    """Columns of equal length. Rows are added at the end, never moved and never used again."""

    def __init__(self, columns: tuple[Column, ...], capacity: int = 64) -> None:
        self.columns = columns
        self.size = 0
        self._arrays: dict[str, Array] = {c.name: c.blank(capacity) for c in columns}
        self._refresh()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Array: ...

    def _refresh(self) -> None:
        """Bind each column as an attribute cut to the rows in use. Called whenever rows are added."""
        self.__dict__.update({name: array[: self.size] for name, array in self._arrays.items()})

    def __setattr__(self, name: str, value: Any) -> None:
        """Allow `table.pupils += 1` but write into the array, never replace it."""
        arrays = self.__dict__.get("_arrays", {})
        if name in arrays:
            arrays[name][: self.size] = value
        else:
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return self.size

    def add(self, count: int = 1, values: Mapping[str, Any] | None = None) -> int:
        """Append `count` rows, filled from `values` where given; returns the first new row.

        Raises KeyError for a name that is not a column.
        """
        values = values or {}
        unknown = set(values) - set(self._arrays)
        if unknown:
            raise KeyError(f"no such columns: {sorted(unknown)}")
        first, self.size = self.size, self.size + count
        for column in self.columns:
            array = self._arrays[column.name]
            if self.size > len(array):
                grown = column.blank(max(self.size, 2 * len(array)))
                grown[: len(array)] = array
                self._arrays[column.name] = array = grown
            if column.name in values:
                array[first : self.size] = values[column.name]
        self._refresh()
        return first


def row_view(columns: tuple[Column, ...]) -> type[Any]:
    """A base class whose attributes read and write one row of a `Table` (`self._table`, `self._row`)."""

    def make(name: str) -> property:
        def get(self: Any) -> Any:
            value = getattr(self._table, name)[self._row]
            return value if isinstance(value, np.ndarray) else value.item()

        def put(self: Any, value: Any) -> None:
            getattr(self._table, name)[self._row] = value

        return property(get, put)

    body: dict[str, Any] = {c.name: make(c.name) for c in columns}
    for c in columns:
        body[c.name].__doc__ = f"{c.meaning} ({c.unit})"
    return type("RowView", (), body)
