"""What named trusts are told this year, and what shocks are in force, as mechanisms read it: rows and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]


def untold(count: int) -> Floats:
    """So many numbers about which nothing is told."""
    return np.full(count, np.nan)


@dataclass(frozen=True)
class Direction:
    """What one trust is told for the year. Where nothing is told (empty, None, nan, −1) its CEO decides."""

    growth: str = ""
    """"hold" or "grow"."""
    target: float | None = None
    """Schools to aim for."""
    ask: tuple[int, ...] = ()
    """Rows of the schools that it approaches this year, in order."""
    near: frozenset[int] | None = None
    """Rows of the schools among which it looks."""
    merge: int | None = None
    """Row of the trust that it proposes a merger to this year; −1 for one that there is not."""
    rungs: Mapping[int, int] = field(default_factory=dict)
    """Rung to come to, by ladder (place in LADDERS)."""
    responsibilities: Floats = field(default_factory=lambda: untold(15))
    charge: float | None = None
    """Top-slice to come to, as a share."""
    posts: Floats = field(default_factory=lambda: untold(6))
    clusters: int | None = None
    """−1 for no clusters; 0 for led ones; more for the governance they have besides (code of its column)."""
    answer: bool | None = None
    """Whether break points are answered in time (True) or never (False)."""

    @property
    def sets_growth(self) -> bool:
        """Whether the growth plan is told rather than the CEO's."""
        return bool(self.growth) or self.target is not None

    @property
    def approaches(self) -> bool:
        """Whether it is told which schools to turn to, or how many."""
        return bool(self.growth or self.ask) or self.near is not None


def directed_rows(directed: Mapping[int, Direction], about: Callable[[Direction], bool]) -> Rows:
    """Rows of the trusts that are told something of the kind, ascending."""
    return np.array(sorted(row for row, d in directed.items() if about(d)), dtype=np.intp)


def numbers(directed: Mapping[int, Direction], rows: Rows, name: str, width: int) -> Floats:
    """What the trusts of these rows (ascending) are told of several numbers: (n, width), nan where nothing is."""
    result = np.full((len(rows), width), np.nan)
    for row, direction in directed.items():
        at = int(np.searchsorted(rows, row))
        if at < len(rows) and rows[at] == row:
            result[at] = getattr(direction, name)
    return result


def full(directed: Mapping[int, Direction], schools: NDArray[np.int32]) -> Rows:
    """Rows of the trusts that are told to take on no schools, or to grow to a size that they have (by trust)."""
    rows = directed_rows(directed, lambda d: bool(d.growth))
    size = [directed[row].target or 0.0 for row in rows.tolist()]
    return np.asarray(rows[schools[rows] >= size])


@dataclass
class Struck:
    """Shocks in force this year. Arrays by school; what strikes a trust is read at its lead school."""

    funding: Floats
    """Share of income lost."""
    prices: Floats
    """Rise of what everything costs, as a share."""
    lost: Floats
    """Share of income lost that no budget was made for: in the first year."""
    sudden: Floats
    """Rise of costs that no budget was made for, as a share."""
    recruiting: Floats
    """Share by which posts are harder to fill."""
    paused: NDArray[np.bool_]
    """Schools whose applications the commissioner does not look at."""
    paused_trusts: frozenset[int] = frozenset()
    """Rows of trusts that may take no schools on."""

    @classmethod
    def none(cls, schools: int) -> Struck:
        """No shock anywhere, for so many schools."""
        funding, prices, lost, sudden, recruiting = np.zeros((5, schools))
        return cls(funding, prices, lost, sudden, recruiting, np.zeros(schools, bool))
