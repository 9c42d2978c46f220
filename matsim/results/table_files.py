"""Tables as files: Parquet and CSV written and read back with their declared types, and a digest of content."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from matsim.core.disk import reason
from matsim.core.errors import InputError
from matsim.core.safe_text import for_spreadsheet
from matsim.results import numbers
from matsim.results.tables import TableSpec

_ARROW = {
    **{"int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "string": pa.string()},
    "numbers": numbers.NUMBERS,
}


ROWS = 1 << 16
"""Rows of a table that are made ready for its file at a time: many take memory, few more space in the file."""


class DamagedError(InputError):
    """A stored file is not what was written: other bytes, another form, or nothing that can be read."""


_SOUND: set[tuple[int | str, ...]] = set()
"""Files of which this process knows that they are what was written, as they were when it looked."""


def sound(path: Path, sha256: str) -> bool:
    """Whether a file has the digest it was written with; a file that has not changed is looked into once."""
    try:
        stat = path.stat()
        # the change time too: the time of modification can be set back, this cannot
        mark = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, sha256)
        if mark not in _SOUND:
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                    return False
            _SOUND.add(mark)
    except OSError as error:
        raise InputError(os.fspath(path), f"cannot be read: {reason(error)}") from error
    return True


def write_parquet(frame: pd.DataFrame, spec: TableSpec, stream: IO[bytes]) -> None:
    """Write a checked table as Parquet (zstd); equal content makes equal bytes with the same pyarrow."""
    fields = schema(spec)
    # text of categories is made plain a piece at a time, as it is written
    columns = [pa.array(v) if _coded(v := frame[f.name]) else _arrow_column(v, f.type) for f in fields]
    write_arrow(pa.Table.from_arrays(columns, [field.name for field in fields]), stream, fields)


def _coded(values: pd.Series) -> bool:
    """Whether a column is of categories."""
    return isinstance(values.dtype, pd.CategoricalDtype)


@cache
def schema(spec: TableSpec) -> pa.Schema:
    """The table as Arrow types, with the unit and meaning of each column."""
    fields = [pa.field(c.name, _ARROW[c.dtype], metadata={"unit": c.unit, "meaning": c.meaning}) for c in spec.columns]
    return pa.schema(fields)


def to_arrow(frame: Mapping[str, Any] | pd.DataFrame, spec: TableSpec) -> pa.Table:
    """A checked table in Arrow's form, columns as declared; categories become plain text, nan missing."""
    fields = schema(spec)
    columns = [_arrow_column(frame[field.name], field.type) for field in fields]
    return pa.Table.from_arrays(columns, schema=fields)


def _arrow_column(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """One column; numbers straight from their memory, several times faster than a whole frame at once."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf":
        return pa.array(np.asarray(values), kind, from_pandas=True)
    return pa.array(values, from_pandas=True).cast(kind)


def write_arrow(table: pa.Table, stream: IO[bytes], fields: pa.Schema | None = None) -> None:
    """Write an Arrow table as Parquet (zstd), in pieces of ROWS rows, so that equal content makes equal bytes.

    `fields` are what it is to hold, where that is not what it holds.
    """
    fields = fields or table.schema
    repeating = []  # columns that are kept as numbers of a list of what they hold; a measure is seldom twice the same
    for i, field in enumerate(fields):
        if numbers.is_named(field.type):
            table = table.set_column(i, field, numbers.settled(table.column(i)))
            repeating.append(f"{field.name}.key_value.key")
        elif not pa.types.is_floating(field.type):
            repeating.append(field.name)
    whole = table.combine_chunks()
    with pq.ParquetWriter(stream, fields, compression="zstd", use_dictionary=repeating or False) as writer:
        for begin in range(0, len(whole) or 1, ROWS):
            writer.write_table(whole.slice(begin, ROWS).cast(fields), ROWS)


def write_csv(frame: pd.DataFrame, spec: TableSpec, stream: IO[bytes], header: bool = True) -> None:
    """Write a table as RFC 4180 CSV in UTF-8, numbers with all the digits that tell them apart.

    Without `header` only the rows, to follow others of the same table.
    """
    frame = frame.assign(**{c.name: numbers.to_json(frame[c.name]) for c in spec.columns if c.dtype == "numbers"})
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    frame.to_csv(text, columns=spec.names, index=False, header=header, lineterminator="\r\n")
    text.flush()
    text.detach()


EXCEL = "utf-8-sig"
"""Encoding of CSV that Excel opens rightly with a double click: UTF-8 with a mark."""


def for_excel(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its text as `for_spreadsheet` has it, names of columns too; numbers and flags stay."""
    shown = {
        name: values
        if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf"
        else values.astype(object).map(lambda cell: for_spreadsheet(cell) if isinstance(cell, str) else cell)
        for name, values in frame.items()
    }
    return pd.DataFrame({for_spreadsheet(str(name)): values for name, values in shown.items()}, index=frame.index)


WRITERS = {"parquet": write_parquet, "csv": write_csv}
"""How a table is written, by the ending of its file."""


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A table of a file, by its content: pyarrow would take a name such as `run12:30` for an address.

    `columns` are the only ones to read, of those there are.
    """
    with path.open("rb") as stream, pq.ParquetFile(stream) as stored:
        if stored.num_row_groups < 2:
            return stored.read(columns)
        # a piece at a time: Arrow reads no column of numbers by name across pieces at once
        pieces = [stored.read_row_group(i, columns) for i in range(stored.num_row_groups)]
        return pa.concat_tables(pieces)


def read(path: Path, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Read a table that one of WRITERS wrote, given the declared type of each column."""
    return to_frame(read_arrow(path, dtypes))


def to_frame(table: pa.Table | pa.RecordBatch) -> pd.DataFrame:
    """A table of Arrow's as a frame; named numbers stay as they are."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=numbers.to_pandas)
    return frame


def read_arrow(path: Path, dtypes: Mapping[str, str], columns: Sequence[str] | None = None) -> pa.Table:
    """The same in Arrow's form; `columns` are the only ones to read, of those there are."""
    if path.suffix == ".parquet":
        return read_parquet(path, columns)
    # not pandas: whether it reads back the very same numbers depends on its version
    types = {name: pa.string() if dtype == "numbers" else _ARROW[dtype] for name, dtype in dtypes.items()}
    convert = pa.csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False)
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    with path.open("rb") as stream:
        table = pa.csv.read_csv(stream, parse_options=parse, convert_options=convert)
    for name in [name for name, dtype in dtypes.items() if dtype == "numbers" and name in table.column_names]:
        column = numbers.from_json(table[name].to_pylist())
        table = table.set_column(table.column_names.index(name), name, column)
    return table if columns is None else table.select([name for name in table.column_names if name in columns])


def unlike(schema: pa.Schema, dtypes: Mapping[str, str]) -> str:
    """How a table that was read differs from the columns it should have, in words; empty when it does not."""
    if missing := [name for name in dtypes if name not in schema.names]:
        return f"has no column {', '.join(map(repr, missing))}"
    if more := [name for name in schema.names if name not in dtypes]:
        return f"has more columns: {', '.join(map(repr, more))}"
    for field in schema:
        kind, dtype = field.type, dtypes[field.name]
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
        named = dtype == "numbers" and numbers.is_named(kind)
        if not (text if dtype == "string" else named or kind.equals(_ARROW[dtype])):
            return f"has {kind} in the column {field.name!r}, where {dtype} belongs"
    return ""


def table_digest(frame: pd.DataFrame) -> str:
    """SHA-256 over column names, types and values in order: equal content, equal digest, on any machine.

    Text counts by its characters however pandas stores it; all nan are one value, and −0.0 is 0.0. The index
    is left out. Raises TypeError for a column that is not numbers, flags or text.
    """
    digest = hashlib.sha256(f"table {len(frame)}".encode())
    for name in frame.columns:
        values = frame[name]
        if isinstance(values.dtype, np.dtype) and values.dtype.kind in "biuf":
            plain = values.to_numpy()
            digest.update(json.dumps([str(name), plain.dtype.name]).encode())
            numbers.add_plain(digest, plain)
        elif numbers.is_named(values.dtype):
            digest.update(json.dumps([str(name), "numbers"]).encode())
            numbers.add_to(digest, values)
        else:
            digest.update(json.dumps([str(name), "string"]).encode())
            _digest_text(digest, values)
    return digest.hexdigest()


def _digest_text(digest: hashlib._Hash, values: pd.Series) -> None:
    """Add the lengths, missingness and characters of a column of text, without touching single cells."""
    column = pa.Table.from_pandas(values.to_frame("text"), preserve_index=False).column(0)
    stored = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(stored) or pa.types.is_large_string(stored) or pa.types.is_null(stored)):
        raise TypeError(f"column {values.name!r} holds neither numbers, flags nor text")
    # a piece at a time: of the whole column in plain text there is no need
    pieces = [column.slice(begin, numbers.PIECE) for begin in range(0, len(column), numbers.PIECE)]
    for piece in pieces:
        digest.update(piece.is_null().to_numpy())
    lengths = []
    for piece in pieces:
        length = pc.binary_length(_plain(piece)).to_numpy(zero_copy_only=False).astype("<i8")
        digest.update(length)
        lengths.append(int(length.sum()))
    for piece, length in zip(pieces, lengths, strict=True):
        if length:
            text = _plain(piece)
            # the characters as they lie in memory; a slice of a column begins somewhere in the middle of its buffer
            first = int(np.frombuffer(text.buffers()[1], np.int64, 1, offset=8 * text.offset)[0])
            digest.update(memoryview(text.buffers()[2])[first : first + length])


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Text in one piece, empty where it is missing."""
    return pc.fill_null(column.cast(pa.large_string()).combine_chunks(), "")
