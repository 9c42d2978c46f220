"""Sums in a fixed order.

Matrix products go through BLAS, which may round differently from one process to the next (it was seen to: by
memory alignment). Reproducibility is worth more than the microseconds.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


def weighted(values: Floats, weights: Floats) -> Floats:
    """`values` (n, k) times `weights` (k,) or (k, m): (n,) or (n, m), added up in the order of the k columns."""
    columns = values.T if weights.ndim == 1 else values.T[:, :, None]
    products = np.multiply(columns, weights[:, None], order="C")
    return np.asarray(np.add.reduce(products, axis=0, initial=0.0))


def running(values: Floats) -> Floats:
    """The rows of `values` (k, n) added up so far, in their place: (k, n). `np.cumsum` is many times as slow."""
    for before, row in pairwise(values):
        np.add(before, row, out=row)
    return values


LANES = 8


def down(values: Floats) -> Floats:
    """The rows of `values` (k, n) added up: (n,), in the order in which numpy adds k numbers that lie side by side.

    Eight running sums, joined in pairs, then what is left over; a hundred numbers at most. So `down(a.T)` is
    `a.sum(axis=1)` to the last bit, many times as fast where rows are short.
    """
    whole = len(values) - len(values) % LANES
    lanes = values[:LANES] if whole else np.zeros((1, *values.shape[1:]))
    for i in range(LANES, whole, LANES):
        lanes = lanes + values[i : i + LANES]
    while len(lanes) > 1:
        lanes = lanes[0::2] + lanes[1::2]
    total = lanes[0]
    for row in values[whole:]:
        total = total + row
    return np.asarray(total)
