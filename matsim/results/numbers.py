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
PIECE = 1 << 15
"""Rows or numbers that are looked at together: so many stay in the processor's cache."""


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
    whole = values
    if isinstance(values, pa.ChunkedArray):  # of one chunk too Arrow would make a copy
        whole = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    keys = whole.keys if pa.types.is_dictionary(whole.keys.type) else whole.keys.dictionary_encode()
    ends = whole.offsets.to_numpy()
    codes, words = keys.indices.to_numpy()[ends[0] : ends[-1]], np.array(keys.dictionary.to_pylist(), dtype=object)
    count = np.zeros(len(words), np.int64)
    for begin in range(0, len(codes), PIECE):
        count += np.bincount(codes[begin : begin + PIECE], minlength=len(words))
    used = np.flatnonzero(count)
    names, order = np.unique(words[used], return_inverse=True)
    if (
        whole.type == NUMBERS
        and not whole.null_count
        and not ends[0]
        and len(codes) == len(keys)
        and names.tolist() == words.tolist()
    ):
        return whole  # nothing to do
    place = np.zeros(len(words), np.int16)
    place[used] = order
    keys = pa.DictionaryArray.from_arrays(pa.array(place[codes]), pa.array(names, pa.string()))
    items = whole.items.slice(int(ends[0]), int(ends[-1] - ends[0]))
    return pa.MapArray.from_arrays(pa.array(ends - ends[0]), keys, items)


def add_to(digest: hashlib._Hash, column: pd.Series) -> None:
    """Add how many numbers each row has, and their names and values, however the column is kept."""
    whole = settled(pa.array(column.array))
    add_plain(digest, np.diff(whole.offsets.to_numpy()))
    digest.update(json.dumps(whole.keys.dictionary.to_pylist()).encode())
    add_plain(digest, whole.keys.indices.to_numpy())
    add_plain(digest, whole.items.to_numpy(zero_copy_only=False))


def add_plain(digest: hashlib._Hash, values: NDArray[Any]) -> None:
    """Add numbers as they lie in memory, lowest byte first; −0.0 is 0.0, and one nan stands for all there are."""
    stored = values.dtype.newbyteorder("<")
    for begin in range(0, len(values), PIECE):
        piece = values[begin : begin + PIECE]
        if piece.dtype.kind == "f":
            piece = piece + 0.0
            piece[np.isnan(piece)] = np.nan
        digest.update(np.ascontiguousarray(piece, stored).view(np.uint8))
