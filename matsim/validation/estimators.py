"""Slopes, correlations and shares of variance, each nan where the data cannot tell it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

NOTHING = float("nan")
LEAST_NEWS = 1e-9
"""Part of a column's sum of squares below which others say all that it does."""


def slope(y: Floats, x: Floats, *others: Floats) -> float:
    """Coefficient of x in a least-squares fit of y with a constant and others held equal; nan where x is no news."""
    rest = np.column_stack([np.ones(len(y)), *others])
    if len(y) <= rest.shape[1]:
        return NOTHING
    residual = x - rest @ np.linalg.lstsq(rest, x, rcond=None)[0]
    news = float(residual @ residual)
    return float(residual @ y) / news if news > LEAST_NEWS * float(x @ x) else NOTHING


def correlation(one: Floats, two: Floats) -> float:
    """Pearson's correlation; nan of fewer than three pairs, or of what does not vary."""
    if len(one) < 3 or not one.std() or not two.std():
        return NOTHING
    return float(np.corrcoef(one, two)[0, 1])


def between_share(values: Floats, group: NDArray[np.integer], least: int = 2) -> float:
    """Share of the variance that lies between groups of at least so many: one-way analysis, unequal groups.

    Just below 0 where groups are less alike than luck makes them; nan of fewer than two groups.
    """
    _, which, n = np.unique(group, return_inverse=True, return_counts=True)
    kept = n[which] >= least
    values, (_, which, n) = values[kept], np.unique(which[kept], return_inverse=True, return_counts=True)
    k, count = len(n), len(values)
    if k < 2 or count <= k:
        return NOTHING
    means = np.bincount(which, values) / n
    within = float(((values - means[which]) ** 2).sum()) / (count - k)
    between = float((n * (means - values.mean()) ** 2).sum()) / (k - 1)
    typical = (count - float((n**2).sum()) / count) / (k - 1)
    part = (between - within) / typical
    return part / (part + within) if part + within > 0 else NOTHING
