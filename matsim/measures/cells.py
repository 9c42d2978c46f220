"""Sums, means and shares of multi-academy trusts by cell: a year, or a year and group."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.results.tables import BREAK_POINTS

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]
type Columns = Mapping[str, Any] | pd.DataFrame
"""A table by column: arrays, text as pd.Categorical; or a frame."""

SIZED = 2
"""Schools that a multi-academy trust must have to count here: one of a single school has nothing to hold together."""

_MAT = "multi-academy trust"


class Mats:
    """Rows of trust_year that are multi-academy trusts of two or more schools; columns as arrays, on demand."""

    def __init__(self, trusts: Columns) -> None:
        kinds, words = coded(trusts["kind"])
        mat = np.array([word == _MAT for word in words], dtype=bool)
        chosen = mat[kinds] if len(words) else np.zeros(len(kinds), bool)
        self._table, self._taken = trusts, dict[str, Floats]()
        self.rows: Rows = np.flatnonzero(chosen & (np.asarray(trusts["schools"]) >= SIZED))
        # the copy of the world that each is of; all of one where there are no others
        self.copy: Rows = np.asarray(trusts["copy"], np.intp)[self.rows] if "copy" in trusts else 0 * self.rows

    def __getitem__(self, name: str) -> Floats:
        if name not in self._taken:
            self._taken[name] = np.asarray(self._table[name])[self.rows].astype(np.float64)
        return self._taken[name]

    @cached_property
    def past(self) -> Floats:
        """1 where any of the six pressures is over 1, else 0."""
        return np.any([self[f"pressure_{key}"] > 1.0 for key in BREAK_POINTS], axis=0).astype(float)

    @cached_property
    def gain(self) -> Floats:
        """Each trust's change of mean outcome since the year before; nan unless its schools are the same ones.

        They are when nobody joined lately and there are as many: so the change is not made by who came or went.
        """
        year, uid = self["year"], self["trust"]
        # by copy, then trust, then year: a trust's year before is the row before, if it had one
        order = np.lexsort((year, uid, self.copy))
        before, now = order[:-1], order[1:]
        same = (uid[now] == uid[before]) & (year[now] == year[before] + 1) & (self.copy[now] == self.copy[before])
        same &= (self["joined"][now] == 0) & (self["schools"][now] == self["schools"][before])
        gain = np.full(len(year), np.nan)
        gain[now[same]] = (self["mean_outcome"][now] - self["mean_outcome"][before])[same]
        return gain


class Cells:
    """What measures are worked out from: `cells["capacity"]` is a column of trust_year, a number for each MAT.

    `cell` is the cell of each MAT, of `count`; `system` the columns of system_year where cells are its years.
    """

    def __init__(self, mats: Mats, cell: Rows, count: int, system: Mapping[str, Floats] | None = None) -> None:
        self.mats, self.system = mats, system or {}
        self._cell, self._count = cell, count
        self._weights: dict[str, Floats] = {}
        self._ordered: dict[str, Floats] = {}
        self.trusts: NDArray[np.int64] = np.bincount(cell, minlength=count)

    def __getitem__(self, name: str) -> Floats:
        return self.mats[name]

    def total(self, values: str | Floats) -> Floats:
        """The sum over the trusts of each cell, of a column or of a number for each trust."""
        weights = self[values] if isinstance(values, str) else values
        # `astype`: of no rows at all numpy counts in whole numbers
        return np.bincount(self._cell, weights=weights, minlength=self._count).astype(np.float64, copy=False)

    def mean(self, values: str | Floats, by: str = "") -> Floats:
        """The mean over the trusts whose value is known, weighted by a column; nan in a cell without any."""
        numbers = self[values] if isinstance(values, str) else values
        known = np.isfinite(numbers)
        if known.all():
            return ratio(self.total(numbers * self[by] if by else numbers), self._whole(by))
        weight = known * (self[by] if by else 1.0)
        return ratio(self.total(np.where(known, numbers, 0.0) * weight), self.total(weight))

    def share(self, flags: NDArray[np.bool_]) -> Floats:
        """The share of a cell's trusts of which something holds."""
        return self.mean(flags.astype(float))

    def spread(self, name: str) -> Floats:
        """Standard deviation of a column between the trusts of each cell."""
        return np.asarray(np.sqrt(self.mean((self[name] - self.mean(name)[self._cell]) ** 2)))

    def median(self, name: str) -> Floats:
        """The median of a column over the trusts of each cell; nan in a cell without any."""
        return (self._ranked(name, (self.trusts - 1) // 2) + self._ranked(name, self.trusts // 2)) / 2

    def largest(self, name: str) -> Floats:
        """The largest number in a column of the trusts of each cell; nan in a cell without any."""
        return self._ranked(name, self.trusts - 1)

    def _ranked(self, name: str, rank: NDArray[np.int64]) -> Floats:
        """The number of a rank, from 0, in a column of the trusts of each cell; nan in a cell without any."""
        if name not in self._ordered:
            self._ordered[name] = self[name][np.lexsort((self[name], self._cell))]
        first = np.cumsum(self.trusts) - self.trusts
        ranked = np.append(self._ordered[name], np.nan)  # row −1, of no trusts, reads the entry at the end
        return np.asarray(ranked[np.where(self.trusts > 0, first + rank, -1)])

    def _whole(self, by: str) -> Floats:
        """The weights of all trusts of each cell, added up once: a handful of columns weigh all the others."""
        if by not in self._weights:
            self._weights[by] = self.total(by) if by else self.trusts.astype(np.float64)
        return self._weights[by]


def coded(column: Any) -> tuple[NDArray[np.intp], list[str]]:
    """A column of text as codes and the words they stand for, in alphabetical order."""
    words = pd.Categorical(column)
    return words.codes.astype(np.intp), [str(word) for word in words.categories]


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Quotient; nan where there is nothing to divide by."""
    return np.asarray(np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0))


def share_in_mats(system: Columns) -> Floats:
    """The measure of that name from system_year alone, one value per row."""
    return ratio(*(np.asarray(system[name], dtype=np.float64) for name in ("academies_in_mats", "schools")))
