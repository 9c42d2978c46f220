"""Patterns as numbers to match: gaps, implausibility and points, exactly as the scorecard counts them.

Simulated values are matrices (n, columns): one row per run or point, one column per part of a pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.targets import Target

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Patterns:
    """Some targets, with the columns that hold their parts."""

    targets: tuple[Target, ...]

    @cached_property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """(pattern, part) of each column."""
        return tuple((t.id, part) for t in self.targets for part in t.parts)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The patterns' ids."""
        return tuple(t.id for t in self.targets)

    @cached_property
    def _at(self) -> list[slice]:
        ends = np.cumsum([len(t.parts) for t in self.targets]).tolist()
        return [slice(end - len(t.parts), end) for t, end in zip(self.targets, ends, strict=True)]

    @cached_property
    def values(self) -> Floats:
        """What England did: (columns,)."""
        return np.array([v for t in self.targets for v in t.value])

    @cached_property
    def tolerance(self) -> Floats:
        """Tolerance of each pattern: (patterns,)."""
        return np.array([t.tolerance for t in self.targets])

    @cached_property
    def weight(self) -> Floats:
        """Weight of each pattern: (patterns,)."""
        return np.array([t.weight for t in self.targets])

    @cached_property
    def scale(self) -> Floats:
        """Tolerance by column. A shape's is shared out, so that parts all one scale off make one tolerance."""
        return np.array([t.tolerance * (2.0 / len(t.parts) if t.shape else 1.0) for t in self.targets for _ in t.parts])

    def middles(self, values: Floats) -> Floats:
        """Runs (…, seeds, columns) as one: the median over seeds, of shapes the mean, as the scorecard takes them."""
        shape = np.array([t.shape for t in self.targets for _ in t.parts])
        # medians of the parts of a shape need not add up to 1
        return np.where(shape, values.mean(axis=-2), np.median(values, axis=-2))

    def only(self, names: Sequence[str]) -> Patterns:
        """Some of the patterns, in this order of theirs."""
        return Patterns(tuple(t for t in self.targets if t.id in set(names)))

    def places(self, within: Patterns) -> NDArray[np.intp]:
        """Where these columns are among those of another set of patterns."""
        at = {column: i for i, column in enumerate(within.columns)}
        return np.array([at[column] for column in self.columns], dtype=np.intp)

    def gaps(self, values: Floats) -> Floats:
        """|simulated − target| of each pattern, (n, patterns); of a shape, the share that lies elsewhere.

        Where the simulation gives no such figure (nan) the gap is infinite.
        """
        apart = np.abs(values - self.values)
        gaps = np.column_stack(
            [
                0.5 * apart[:, at].sum(axis=1) if t.shape else apart[:, at.start]
                for t, at in zip(self.targets, self._at, strict=True)
            ]
        )
        return np.where(np.isnan(gaps), np.inf, gaps)

    def variances(self, variance: Floats) -> Floats:
        """Variance of each pattern's gap from those of its columns, (n, patterns); parts taken as independent."""
        return np.column_stack(
            [
                0.25 * variance[:, at].sum(axis=1) if t.shape else variance[:, at.start]
                for t, at in zip(self.targets, self._at, strict=True)
            ]
        )

    def implausibility(self, values: Floats, variance: Floats) -> Floats:
        """Gap over √(tolerance² + variance), (n, patterns). The tolerance stands for what no model could explain."""
        return np.asarray(self.gaps(values) / np.sqrt(self.tolerance**2 + self.variances(variance)))

    def points(self, values: Floats) -> Floats:
        """The scorecard's score of each row: weighted mean of 1 / (1 + (gap / tolerance)²)."""
        each = 1.0 / (1.0 + (self.gaps(values) / self.tolerance) ** 2)
        return np.asarray((each * self.weight).sum(axis=1) / self.weight.sum())
