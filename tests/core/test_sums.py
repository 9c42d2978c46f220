"""Sums in a fixed order: to the last bit those of the plain way."""

from __future__ import annotations

import numpy as np
import pytest

from matsim.core.sums import down, weighted

rng = np.random.default_rng(5)


@pytest.mark.parametrize("k", [1, 2, 7, 8, 9, 15, 16, 17, 24, 56])
def test_rows_are_added_up_as_numbers_that_lie_side_by_side_are(k: int) -> None:
    values = rng.normal(size=(300, k)) * 10.0 ** rng.integers(-9, 9, (300, k))
    np.testing.assert_array_equal(down(np.ascontiguousarray(values.T)), values.sum(axis=1))


@pytest.mark.parametrize("k", [1, 6, 9, 15])
def test_weighted_columns_are_added_up_in_their_order(k: int) -> None:
    values, weights = rng.normal(size=(300, k)), rng.normal(size=(k, 2))
    for one in range(2):
        total = np.zeros(300)
        for j in range(k):
            total += values[:, j] * weights[j, one]
        np.testing.assert_array_equal(weighted(values, weights[:, one]), total)
        np.testing.assert_array_equal(weighted(values, weights)[:, one], total)
