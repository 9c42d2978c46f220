"""The arrays behind thousands of schools and trusts: each column declared once, rows that never move.

    class PlaceColumns:
        hostile = column("bool", "flag", "A locality broken or hostile to trusts")

    class Places(PlaceColumns, Table): ...

A `Table` holds one numpy array per declared column; agents are views onto their row (`RowView`), so that
`school.pupils` reads one number and `schools.pupils *= 1.01` changes all of them. The type checker knows both: a
misspelt column is an error before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, overload

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
        shape = rows if self.width == 1 else (rows, self.width)
        # memory of zeros is had without being written
        return np.full(shape, self.fill, self.dtype) if self.fill else np.zeros(shape, self.dtype)


class column:  # noqa: N801
    """Declare a column in the body of a class: `urn = column("int64", "id", "Unique reference number")`."""

    def __init__(self, dtype: str, unit: str, meaning: str, fill: float | bool = 0, width: int = 1) -> None:
        self._declared = (dtype, unit, meaning, fill, width)

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = Column(name, *self._declared)

    if TYPE_CHECKING:

        @overload
        def __get__(self, thing: Table, owner: type) -> Array: ...
        @overload
        def __get__(self, thing: RowView, owner: type) -> Any: ...
        @overload
        def __get__(self, thing: None, owner: type) -> Self: ...
        def __get__(self, thing: Any, owner: type) -> Any: ...
        def __set__(self, thing: Table | RowView, value: Any) -> None: ...


def columns_of(declaring: type) -> tuple[Column, ...]:
    """The columns that a class and its bases declare: those of bases first, each class's in order."""
    declared = [v for base in reversed(declaring.__mro__) for v in vars(base).values() if isinstance(v, column)]
    return tuple(v.column for v in declared)


class Table:
    """Columns of equal length. Rows are added at the end, never moved and never used again."""

    def __init__(self, capacity: int = 64) -> None:
        self.columns = columns_of(type(self))
        self.size = 0
        self._arrays: dict[str, Array] = {c.name: c.blank(capacity) for c in self.columns}
        self._refresh()

    def _refresh(self) -> None:
        """Bind each column as an attribute cut to the rows in use. Called whenever rows are added."""
        self.__dict__.update({name: array[: self.size] for name, array in self._arrays.items()})

    def __getstate__(self) -> dict[str, Array]:
        """The rows in use, by column."""
        return {name: array[: self.size] for name, array in self._arrays.items()}

    def __setstate__(self, arrays: dict[str, Array]) -> None:
        """The table that these were the rows of: its attributes are views of its arrays again, not copies."""
        self.columns = columns_of(type(self))
        self.size = len(next(iter(arrays.values())))
        self._arrays = arrays
        self._refresh()

    def __setattr__(self, name: str, value: Any) -> None:
        """Allow `table.pupils += 1` but write into the array, never replace it."""
        # `_arrays` is not there yet while __init__ sets the first attributes
        arrays = self.__dict__.get("_arrays", {})
        if name in arrays:
            arrays[name][: self.size] = value
        else:
            object.__setattr__(self, name, value)

    def __getitem__(self, name: str) -> Array:
        """A column by its name. Raises KeyError for a name that is not one."""
        return self._arrays[name][: self.size]

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
        for declared in self.columns:
            array = self._arrays[declared.name]
            if self.size > len(array):
                # doubled, so that adding rows one by one copies each only a few times; earlier views keep the old array
                grown = declared.blank(max(self.size, 2 * len(array)))
                grown[: len(array)] = array
                self._arrays[declared.name] = array = grown
            if declared.name in values:
                array[first : self.size] = values[declared.name]
        self._refresh()
        return first


class RowView:
    """Attributes that read and write one row of a `Table`; a subclass also inherits the columns' declarations."""

    _table: Table
    _row: int

    def __init_subclass__(cls, **words: Any) -> None:
        super().__init_subclass__(**words)
        for declared in columns_of(cls):
            setattr(cls, declared.name, _of_row(declared))


def _of_row(declared: Column) -> property:
    name = declared.name

    def get(self: RowView) -> Any:
        value = self._table.__dict__[name][self._row]
        return value if isinstance(value, np.ndarray) else value.item()

    def put(self: RowView, value: Any) -> None:
        self._table.__dict__[name][self._row] = value

    return property(get, put, doc=f"{declared.meaning} ({declared.unit})")
