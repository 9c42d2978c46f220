"""Which open schools are in which trust, found once and kept until a move changes it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matsim.agents.school import Schools
from matsim.agents.trust import Trusts
from matsim.world.codes import SchoolState, TrustKind

type Rows = NDArray[np.intp]


def of_trust[T: np.generic](values: NDArray[T], outside: float, of: NDArray[np.integer]) -> NDArray[T]:
    """A number (t,) of each school's trust, `outside` for a school in none: `of` is the trust's row, −1 for none."""
    each: NDArray[T] = np.append(values, values.dtype.type(outside))[of]
    return each


def in_multi(trusts: Trusts, of: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which schools are in multi-academy trusts; `of` as in `of_trust`."""
    return of_trust(trusts.kind == TrustKind.MULTI, False, of)


class Membership:
    """Rows of schools by where they belong. `moves` says what changed; nothing else changes it.

    Every array is shared by all who ask, so none can be written into.
    """

    def __init__(self, schools: Schools) -> None:
        self._schools = schools
        self._of: dict[int, set[int]] | None = None
        self._open: Rows | None = None
        self._inside: Rows | None = None
        self._grouped: tuple[Rows, Rows] | None = None

    def open_rows(self) -> Rows:
        """Rows of open schools."""
        if self._open is None:
            self._open = _shared(np.flatnonzero(self._schools.state == SchoolState.OPEN))
        return self._open

    def in_trusts(self) -> Rows:
        """Rows of open schools that belong to a trust."""
        if self._inside is None:
            rows = self.open_rows()
            self._inside = _shared(rows[self._schools.trust[rows] >= 0])
        return self._inside

    def grouped(self, trusts: int) -> tuple[Rows, Rows]:
        """Schools in trusts sorted by trust, and for each row of so many trusts where its run starts."""
        if self._grouped is None or len(self._grouped[1]) != trusts + 1:
            rows = self.in_trusts()
            trust = self._schools.trust[rows]
            # stable, so that members are in order of row whatever numpy's sort does with ties
            by_trust = np.argsort(trust, kind="stable")
            starts = np.searchsorted(trust[by_trust], np.arange(trusts + 1))
            self._grouped = _shared(rows[by_trust]), _shared(starts)
        return self._grouped

    def of(self, trust: int) -> Rows:
        """Rows of a trust's open schools, ascending, at the cost of their number."""
        return np.array(sorted(self._sets().get(trust, ())), dtype=np.intp)

    def empty(self, trusts: Iterable[int]) -> list[int]:
        """Those of the trusts that have no open school."""
        of = self._sets()
        return [trust for trust in trusts if not of.get(trust)]

    def enter(self, schools: Rows, trusts: Rows) -> None:
        """Open schools that were in no trust are each in one now."""
        of = self._sets()
        for school, trust in zip(schools.tolist(), trusts.tolist(), strict=True):
            of.setdefault(trust, set()).add(school)
        self._schools.trust[schools] = trusts
        self._open = self._inside = self._grouped = None

    def leave(self, schools: Rows) -> None:
        """Schools that were open are in no trust now, or not open any more."""
        of, trusts = self._sets(), self._schools.trust[schools]
        for school, trust in zip(schools.tolist(), trusts.tolist(), strict=True):
            if trust >= 0:
                of[trust].remove(school)
        self._schools.trust[schools] = -1
        self._open = self._inside = self._grouped = None

    def _sets(self) -> dict[int, set[int]]:
        """The members of each trust that has had any."""
        if self._of is None:
            rows = self.in_trusts()
            self._of = {}
            for school, trust in zip(rows.tolist(), self._schools.trust[rows].tolist(), strict=True):
                self._of.setdefault(trust, set()).add(school)
        return self._of


def _shared(rows: Rows) -> Rows:
    """The same, not to be written into."""
    rows.flags.writeable = False
    return rows
