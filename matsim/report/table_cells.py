"""Cells of a table as a person reads them: few digits, the same number of them down a column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matsim.words.amounts import NONE, decimals

_PLAIN = re.compile(r"\b(year|years|urn|uid|seed|run|point)\b", re.IGNORECASE)
"""Headers of whole numbers that are names rather than amounts."""

# a word may follow a number as its unit, but not the `to` or `of` of a range
_AMOUNT = r"[+−-]?£?\d[\d,.]*%?(?: (?!to |of )[a-z]+)?"
_NUMBERS = re.compile(rf"(?:{_AMOUNT}(?: (?:to|of) {_AMOUNT})?|–|)")
"""Text that reads as a number with its unit, or as a range; a dash or nothing where there is none."""


@dataclass(frozen=True)
class Grid:
    """A table as text. `numeric` marks columns set to the right; `left_out` counts rows not shown."""

    headers: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    left_out: int


def grid(frame: pd.DataFrame, rows: int) -> Grid:
    """The first `rows` rows of a table as text."""
    shown = frame.head(rows)
    columns = [column(shown.iloc[:, i]) for i in range(shown.shape[1])]
    return Grid(
        [str(name) for name in shown.columns],
        [_numeric(shown.iloc[:, i]) for i in range(shown.shape[1])],
        [list(row) for row in zip(*columns, strict=True)],
        len(frame) - len(shown),
    )


def column(values: pd.Series) -> list[str]:
    """A column as text: flags as yes and no, whole numbers whole, others to as few places as tell them apart."""
    if pd.api.types.is_bool_dtype(values):
        return ["yes" if v else "no" for v in values]
    if not pd.api.types.is_numeric_dtype(values):
        return [cell(v) for v in values]
    if _PLAIN.search(str(values.name)) and pd.api.types.is_integer_dtype(values):
        return [str(v) for v in values]
    places = _places(values.to_numpy(dtype=np.float64))
    return [decimals(float(v), places) for v in values]


def cell(value: Any) -> str:
    """One cell of a column that is not of numbers."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.integer, np.floating)):
        return decimals(float(value), _places(np.array([float(value)])))
    return NONE if value is None else str(value)


def _numeric(values: pd.Series) -> bool:
    """Whether a column reads as numbers, written out or not."""
    if pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    return len(values) > 0 and all(_NUMBERS.fullmatch(str(v)) for v in values)


def _places(values: np.ndarray) -> int:
    """Decimal places for numbers that stand in one column."""
    there = np.abs(values[np.isfinite(values)])
    if not len(there) or np.all(there == np.round(there)) or there.max() >= 100:
        return 0
    return 1 if there.max() >= 10 else 2 if there.max() >= 1 else 3
