"""Rows of a frame as dictionaries: what a cell holds is known to the test, not to the type checker."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Every row, by column."""
    return list(frame.to_dict("records"))


def record(frame: pd.DataFrame, label: Hashable) -> dict[Any, Any]:
    """The one row that the index calls this."""
    return only(frame.loc[[label]])


def only(frame: pd.DataFrame) -> dict[Any, Any]:
    """The row of a frame that has to have one."""
    assert len(frame) == 1
    return records(frame)[0]
