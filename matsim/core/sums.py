"""Sums in a fixed order.

Matrix products go through BLAS, which may round differently from one process to the next (it was seen to: by
memory alignment). Reproducibility is worth more than the microseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


def weighted(values: Floats, weights: Floats) -> Floats:
    """`values` (n, k) times `weights` (k,) or (k, m): (n,) or (n, m), added up in the order of the k columns."""
    rest = weights.shape[1:]
    # a loop over the few columns, not over the many rows: each step is a whole array
    total = np.zeros((len(values), *rest))
    for j in range(values.shape[1]):
        column = values[:, j]
        total += (column[:, None] if rest else column) * weights[j]
    return total
