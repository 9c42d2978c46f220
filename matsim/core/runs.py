"""Runs of equal numbers in sorted arrays: what of a table belongs together, without a loop over it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def starts(values: NDArray[Any]) -> NDArray[np.intp]:
    """Where each run of equal numbers begins, ascending."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new.nonzero()[0]


def places(values: NDArray[Any]) -> NDArray[np.intp]:
    """The place of each number in its run, from 0."""
    first, begin = np.zeros(len(values), np.intp), starts(values)
    first[begin] = begin
    return np.asarray(np.arange(len(values)) - np.maximum.accumulate(first))
