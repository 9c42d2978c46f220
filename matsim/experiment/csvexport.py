"""A stored result as CSV: one file for each table, however many parts it is stored in, for R and pandas, or for Excel.

Tables are read and written a batch of rows at a time, so that memory does not grow with the sweep.
"""

from __future__ import annotations

import codecs
import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow.parquet as pq

from matsim.core.disk import new_file, reason, whole_folder
from matsim.core.errors import InputError
from matsim.core.safe_text import for_spreadsheet
from matsim.results.reader import LISTS
from matsim.results.store import Result, ensure_free, open_result
from matsim.results.table_files import EXCEL, DamagedError, for_excel, unlike, write_csv
from matsim.results.tables import OutColumn, TableSpec
from matsim.words.amounts import count

BATCH_ROWS = 65_536
COPIED = (
    "dictionary.csv",
    *(f"{name}.csv" for name in LISTS),
    "experiment.toml",
    "scenario.toml",
    "failures.json",
    "manifest.json",
)
"""What stands beside the tables and goes with them as it is, where a result has it."""


def export_csv(folder: Path, out: Path, excel: bool = False) -> dict[str, int]:
    """Write a result's tables as CSV into a new folder, whole or not at all; returns the rows of each table.

    The form is that of `matsim run --csv`: UTF-8, lines that end in CRLF, every digit. With `excel` there is a mark
    for Excel before it, and an apostrophe before text that a spreadsheet would take for a formula (see
    `matsim.core.safe_text.for_spreadsheet`). Raises InputError when `folder` holds no result or a damaged one, when
    `out` is there already or lies in `folder`, and when it cannot be written.
    """
    result, target = open_result(folder), Path(out).resolve()
    if target.exists():
        raise InputError(str(out), "is there already; name a new folder")
    if result.folder.resolve() in target.parents:
        raise InputError(str(out), "lies in the result itself; name a folder elsewhere")
    ensure_free(target, overwrite=False)
    try:
        with whole_folder(target) as partial:
            rows = {name: _table(result, name, partial, excel) for name in result.tables}
            for name in COPIED:
                if (result.folder / name).is_file():
                    _copy(result.file(name), partial / name, excel)
    except OSError as error:
        raise InputError(str(out), f"cannot be written: {reason(error)}") from error
    return rows


def _copy(source: Path, target: Path, excel: bool) -> None:
    with new_file(target) as stream:
        if excel and source.suffix == ".csv":
            rows = csv.reader(io.StringIO(source.read_text(encoding="utf-8"), newline=""))
            text = io.StringIO(newline="")
            csv.writer(text).writerows([for_spreadsheet(cell) for cell in row] for row in rows)
            stream.write(text.getvalue().encode(EXCEL))
            return
        with source.open("rb") as whole:
            shutil.copyfileobj(whole, stream)


def _table(result: Result, name: str, folder: Path, excel: bool) -> int:
    """Write one table; the number of its rows. InputError unless it has as many as the manifest says."""
    facts = result.manifest["tables"][name]
    spec = TableSpec(name, (), "", tuple(OutColumn(column, kind, "", "") for column, kind in facts["columns"].items()))
    with new_file(folder / f"{name}.csv") as stream:
        rows = _write(result, name, spec, stream, excel)
    if rows != facts["rows"]:
        problem = f"table '{name}' is damaged: it has {count(rows)} rows, and the manifest says {count(facts['rows'])}"
        raise DamagedError(str(result.folder), f"{problem}; {result.remedy}")
    return rows


def _write(result: Result, name: str, spec: TableSpec, stream: IO[bytes], excel: bool) -> int:
    rows = 0
    if excel:
        stream.write(codecs.BOM_UTF8)
    write_csv(pd.DataFrame(columns=spec.names), spec, stream)
    for batch in _batches(result, name):
        write_csv(for_excel(batch) if excel else batch, spec, stream, header=False)
        rows += len(batch)
    return rows


def _batches(result: Result, name: str) -> Iterator[pd.DataFrame]:
    """The rows of one table in order, some at a time. InputError for a part that is gone or damaged."""
    columns = result.manifest["tables"][name]["columns"]
    for file in result.files(name):
        if file.suffix != ".parquet":
            yield result.table(name)  # a result stored as CSV alone
            return
        try:
            with file.open("rb") as stream, pq.ParquetFile(stream) as stored:
                if wrong := unlike(stored.schema_arrow, columns):
                    raise result.damaged(file, f"it {wrong}, unlike its manifest")
                for batch in stored.iter_batches(BATCH_ROWS):
                    yield batch.to_pandas()
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise result.damaged(file) from error
