"""Columns of named numbers: in each row some numbers, each under its name, such as what decided an event.

In memory and in Parquet it is a map from names to numbers, whose names are kept once each; in CSV, JSON. Results of
earlier versions hold JSON in Parquet too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

NUMBERS = pa.map_(pa.dictionary(pa.int16(), pa.string()), pa.float64())
"""The type of such a column in Arrow."""


def column(counts: NDArray[np.integer[Any]], codes: NDArray[np.int16], names: Sequence[str], numbers: Any) -> Any:
    """A column for pandas: how many numbers each row has, and of one row after the other each one's name and value."""
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    keys = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int16()), pa.array(names, pa.string()))
    return _for_pandas(pa.MapArray.from_arrays(pa.array(ends), keys, pa.array(numbers, pa.float64())))


def _for_pandas(values: pa.Array | pa.ChunkedArray) -> Any:
    return pd.array(values, dtype=pd.ArrowDtype(values.type))


def is_named(kind: Any) -> bool:
    """Whether a type, of Arrow or of pandas, is that of named numbers."""
    kind = kind.pyarrow_dtype if isinstance(kind, pd.ArrowDtype) else kind
    return isinstance(kind, pa.DataType) and pa.types.is_map(kind) and pa.types.is_float64(kind.item_type)


def to_pandas(kind: pa.DataType) -> pd.ArrowDtype | None:
    """The type that a column of Arrow's is given in a frame, for `pa.Table.to_pandas`; None for the usual one."""
    return pd.ArrowDtype(kind) if is_named(kind) else None


def named(cell: Any) -> dict[str, float]:
    """The numbers of one row by name, from any form in which such a column is kept."""
    if isinstance(cell, str):
        return dict(json.loads(cell)) if cell else {}
    return dict(cell)


def to_json(cells: Iterable[Any]) -> list[str]:
    """Rows as compact JSON with all digits, empty where there are no numbers."""
    each = map(named, cells)
    return [json.dumps(numbers, separators=(",", ":")) if numbers else "" for numbers in each]


def from_json(texts: Iterable[str]) -> pa.Array:
    """The column in Arrow's form that `to_json` wrote."""
    rows: list[Mapping[str, float]] = [named(text or "") for text in texts]
    names: dict[str, int] = {}
    codes = np.array([names.setdefault(name, len(names)) for row in rows for name in row], np.int16)
    counts = np.array([len(row) for row in rows], np.int64)
    numbers = np.array([number for row in rows for number in row.values()], np.float64)
    return pa.array(column(counts, codes, list(names), numbers))


def settled(values: pa.Array | pa.ChunkedArray) -> pa.MapArray:
    """The column in one piece that begins at its first row, its names those in use in alphabetical order.

    What rows say is then all that it depends on, not what else was in the column or is in others.
    """
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    keys = whole.keys if pa.types.is_dictionary(whole.keys.type) else whole.keys.dictionary_encode()
    ends = whole.offsets.to_numpy()
    codes, words = keys.indices.to_numpy()[ends[0] : ends[-1]], np.array(keys.dictionary.to_pylist(), dtype=object)
    used = np.flatnonzero(np.bincount(codes, minlength=len(words)))
    names, order = np.unique(words[used], return_inverse=True)
    if whole.type == NUMBERS and not whole.null_count and not ends[0] and len(codes) == len(keys) and names.tolist() == words.tolist():
        return whole  # nothing to do
    place = np.zeros(len(words), np.int16)
    place[used] = order
    keys = pa.DictionaryArray.from_arrays(pa.array(place[codes]), pa.array(names, pa.string()))
    items = whole.items.slice(int(ends[0]), int(ends[-1] - ends[0]))
    return pa.MapArray.from_arrays(pa.array(ends - ends[0]), keys, items)


def add_to(digest: hashlib._Hash, column: pd.Series) -> None:
    """Add how many numbers each row has, and their names and values, however the column is kept."""
    whole = settled(pa.array(column.array))
    digest.update(np.diff(whole.offsets.to_numpy()).astype("<i4").tobytes())
    digest.update(json.dumps(whole.keys.dictionary.to_pylist()).encode())
    digest.update(whole.keys.indices.to_numpy().astype("<i2", copy=False).tobytes())
    # `+ 0.0` makes −0.0 into 0.0; one nan stands for all, whatever bits they have
    values = whole.items.to_numpy(zero_copy_only=False) + 0.0
    values[np.isnan(values)] = np.nan
    digest.update(values.astype("<f8", copy=False).tobytes())
