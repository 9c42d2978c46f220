"""Columns of named numbers: kept the same in Parquet and in CSV, digested alike however they are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matsim.results import numbers, table_files
from matsim.results.table_files import WRITERS, read, table_digest
from matsim.results.tables import OutColumn, TableSpec, check

SPEC = TableSpec("t", (), "test", (OutColumn("n", "int64", "n", "n"), OutColumn("inputs", "numbers", "n", "n")))
ROWS: list[dict[str, float]] = [{"a": 0.1, "b": -2.0}, {}, {"c": 1e-300, "a": 3.0}, {"b": 1 / 3}]


@pytest.fixture
def frame() -> pd.DataFrame:
    counts = np.array([len(row) for row in ROWS])
    codes = np.array(["abc".index(name) for row in ROWS for name in row], np.int16)
    column = numbers.column(counts, codes, list("abc"), np.array([v for row in ROWS for v in row.values()]))
    return pd.DataFrame({"n": np.arange(len(ROWS)), "inputs": column})


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_numbers_are_read_back_as_written(frame: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    with path.open("wb") as stream:
        WRITERS[ending](frame, SPEC, stream)
    again = read(path, SPEC.types)
    check(again, SPEC)
    assert [numbers.named(cell) for cell in again["inputs"]] == ROWS
    assert table_digest(again) == table_digest(frame)


def test_a_digest_is_of_what_a_row_says(frame: pd.DataFrame) -> None:
    """Whatever else was in the column: slices and other names beside are of no account, one other number is."""
    part = frame.iloc[2:]
    texts = pd.Series(numbers.to_json(part["inputs"]))
    alone = pd.Series(pd.array(numbers.from_json(texts), dtype=frame["inputs"].dtype))
    assert table_digest(pd.DataFrame({"inputs": alone})) == table_digest(part[["inputs"]])
    digests = {table_digest(pd.DataFrame({"inputs": alone[rows]})) for rows in ([0, 1], [1, 0], [0], [1])}
    assert len(digests) == 4


def test_numbers_of_earlier_results_are_json() -> None:
    assert numbers.named("") == {}
    assert numbers.named('{"a":0.5,"b":2.0}') == {"a": 0.5, "b": 2.0}


def test_other_columns_are_no_numbers_by_name(frame: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="'inputs' is str, should be numbers by name"):
        check(frame.assign(inputs=""), SPEC)


def test_numbers_are_read_back_from_several_pieces(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of all England has more events than a piece of a file holds."""
    monkeypatch.setattr(table_files, "ROWS", 2)
    path = tmp_path / "t.parquet"
    with path.open("wb") as stream:
        WRITERS["parquet"](frame, SPEC, stream)
    again = read(path, SPEC.types)
    assert [numbers.named(cell) for cell in again["inputs"]] == ROWS
    assert table_digest(again) == table_digest(frame)
