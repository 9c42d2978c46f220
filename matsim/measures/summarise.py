"""From one run's tables to its rows of run_year and run_group_year."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.measures.tables import EXTRAS, GROUPINGS, LARGE, RESERVE_LINE, RUN_GROUP_YEAR, SIZED
from matsim.results.tables import BREAK_POINTS

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]

READ = (
    *("year", "trust", "kind", *GROUPINGS.values(), "schools", "weak_schools", "joined", "pupils", "income"),
    *("mean_outcome", "disadvantaged", "backoffice_per_pupil", "central_charge", "reserves_share", "capacity"),
    *("coherence", "buyin", "clustered", "isolated", *(f"pressure_{key}" for key in BREAK_POINTS)),
)
"""The columns of trust_year that are read here; a run of a sweep makes no others."""

_MAT = "multi-academy trust"


type Columns = Mapping[str, Any] | pd.DataFrame
"""A table by column: arrays, text as pd.Categorical; or a frame."""


def summarise(tables: Mapping[str, Columns], fingerprint: NDArray[np.int64] | None = None) -> dict[str, pd.DataFrame]:
    """The run's `run_year` and `run_group_year`, without the column `run`.

    `tables` needs system_year (one row per year) and, of trust_year, the columns READ; `fingerprint` is the digest of
    events up to each year, in the order of system_year, −1 throughout when not given. Groups appear in a year only when
    they have a trust in it.
    """
    return {name: pd.DataFrame(columns) for name, columns in summary(tables, fingerprint).items()}


def summary(tables: Mapping[str, Columns], fingerprint: NDArray[np.int64] | None = None) -> dict[str, dict[str, Any]]:
    """The same as arrays by column: a sweep stores so many that the frames would cost more than the sums."""
    system, trusts = tables["system_year"], tables["trust_year"]
    data: dict[str, Any] = {name: np.asarray(system[name]) for name in map(str, system)}
    years, mats = data["year"], _mats(trusts)
    data |= _extras(data, mats, years)
    data["fingerprint"] = np.full(len(years), -1) if fingerprint is None else np.asarray(fingerprint, np.int64)
    return {"run_year": data, "run_group_year": _groups(mats, trusts, years)}


class _Mats:
    """Rows of trust_year that are multi-academy trusts of two or more schools; columns as arrays, on demand."""

    def __init__(self, table: Columns, rows: Rows) -> None:
        self._table, self.rows = table, rows
        self._taken: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        if name not in self._taken:
            self._taken[name] = np.asarray(self._table[name])[self.rows].astype(np.float64)
        return self._taken[name]

    @cached_property
    def past(self) -> Floats:
        """1 where any of the six pressures is over 1, else 0."""
        return np.any([self[f"pressure_{key}"] > 1.0 for key in BREAK_POINTS], axis=0).astype(float)


def _mats(trusts: Columns) -> _Mats:
    kinds, used = _coded(trusts["kind"])
    mat = np.array([kind == _MAT for kind in used], dtype=bool)
    chosen = mat[kinds] if len(used) else np.zeros(len(kinds), bool)
    return _Mats(trusts, np.flatnonzero(chosen & (np.asarray(trusts["schools"]) >= SIZED)))


def _coded(column: Any) -> tuple[NDArray[np.intp], list[str]]:
    """A column of text as codes and the words they stand for, in alphabetical order."""
    words = pd.Categorical(column)
    return words.codes.astype(np.intp), [str(word) for word in words.categories]


class _Cells:
    """Sums, means and shares of trusts by cell: a year, or a year and group."""

    def __init__(self, cell: Rows, count: int) -> None:
        self._cell, self._count = cell, count
        self.trusts = np.bincount(cell, minlength=count)
        self._wholes: list[tuple[Floats, Floats]] = []

    def total(self, values: Floats) -> Floats:
        # of no rows at all numpy counts in whole numbers
        return np.bincount(self._cell, weights=values, minlength=self._count).astype(np.float64, copy=False)

    def mean(self, values: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean over the trusts whose value is known; nan in a cell without any."""
        known = np.isfinite(values)
        if known.all():
            return ratio(self.total(values if weights is None else values * weights), self._whole(weights))
        weight = known * (1.0 if weights is None else weights)
        return ratio(self.total(np.where(known, values, 0.0) * weight), self.total(weight))

    def _whole(self, weights: Floats | None) -> Floats:
        """The weights of all trusts of each cell, added up once: a handful of columns weigh all the others."""
        if weights is None:
            return self.trusts.astype(np.float64)
        for known, whole in self._wholes:
            if known is weights:
                return whole
        self._wholes.append((weights, self.total(weights)))
        return self._wholes[-1][1]


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Quotient; nan where there is nothing to divide by."""
    return np.asarray(np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0))


def share_in_mats(system: Columns) -> Floats:
    """The measure of that name from system_year alone, one value per row."""
    return ratio(*(np.asarray(system[name], dtype=np.float64) for name in ("academies_in_mats", "schools")))


def _extras(system: Mapping[str, Floats], mats: _Mats, years: NDArray[np.int64]) -> dict[str, Floats]:
    """The columns that run_year adds, in the order in which they are declared."""
    cell = np.searchsorted(years, mats["year"])
    cells = _Cells(cell, len(years))
    pupils, schools, outcome = mats["pupils"], mats["schools"], mats["mean_outcome"]
    sizes = [np.sort(part) for part in np.split(schools, np.cumsum(cells.trusts)[:-1])]
    mean = cells.mean(outcome)
    out = {
        "share_academies": ratio(system["academies_in_mats"] + system["single_academies"], system["schools"]),
        "share_in_mats": share_in_mats(system),
        "mean_mat_size": cells.mean(schools),
        "median_mat_size": np.array([_middle(part) for part in sizes]),
        "largest_mat": np.array([part[-1] if len(part) else np.nan for part in sizes]),
        "share_mats_10_or_more": cells.mean((schools >= LARGE).astype(float)),
        "outcome_in_mats": cells.mean(outcome, pupils),
        "disadvantaged_in_mats": cells.mean(mats["disadvantaged"], pupils),
        "outcome_spread": np.sqrt(cells.mean((outcome - mean[cell]) ** 2)),
        "backoffice_per_pupil_mats": cells.mean(mats["backoffice_per_pupil"], pupils),
        "central_charge": cells.mean(mats["central_charge"], mats["income"]),
        "share_low_reserves": cells.mean((mats["reserves_share"] < RESERVE_LINE).astype(float)),
        "mean_capacity": cells.mean(mats["capacity"]),
        "share_short_of_capacity": cells.mean((mats["capacity"] < 1.0).astype(float)),
        "share_past_break_point": cells.mean(mats.past),
        "mean_coherence": cells.mean(mats["coherence"]),
        "mean_buyin": cells.mean(mats["buyin"], schools),
        "share_clustered": cells.mean(mats["clustered"], schools),
        "share_isolated": cells.mean(mats["isolated"], schools),
    }
    return {column.name: out[column.name] for column in EXTRAS}


def _middle(ordered: Floats) -> float:
    """Median of values in order; nan for none."""
    n = len(ordered)
    return float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2) if n else float("nan")


def _groups(mats: _Mats, trusts: Columns, years: NDArray[np.int64]) -> dict[str, Any]:
    """run_group_year of one run: rows by grouping, year and group."""
    gain = _gain(mats)
    coded = {grouping: _coded(trusts[column]) for grouping, column in GROUPINGS.items()}
    every = sorted({word for _, words in coded.values() for word in words})
    blocks: list[dict[str, NDArray[np.generic]]] = []
    for i, (codes, words) in enumerate(coded.values()):
        wide = max(len(words), 1)
        cell = np.searchsorted(years, mats["year"]) * wide + codes[mats.rows]
        cells = _Cells(cell, len(years) * wide)
        here = np.flatnonzero(cells.trusts)
        place = np.array([every.index(word) for word in words], dtype=np.intp)
        texts = {"grouping": np.full(len(here), i), "group": place[here % wide]}
        numbers = {name: values[here] for name, values in _of_groups(cells, mats, gain).items()}
        blocks.append({"year": years[here // wide], **texts, **numbers})
    names = [name for name in RUN_GROUP_YEAR.names if name != "run"]
    joined: dict[str, Any] = {name: np.concatenate([block[name] for block in blocks]) for name in names}
    for name, words in (("grouping", list(coded)), ("group", every)):
        joined[name] = pd.Categorical.from_codes(joined[name], pd.Index(words, dtype="str"))
    return joined


def _of_groups(cells: _Cells, mats: _Mats, gain: Floats) -> dict[str, NDArray[np.generic]]:
    pupils, schools = mats["pupils"], mats["schools"]
    return {
        "trusts": cells.trusts,
        "schools": cells.total(schools).astype(np.int64),
        "pupils": cells.total(pupils),
        "mean_outcome": cells.mean(mats["mean_outcome"], pupils),
        "disadvantaged": cells.mean(mats["disadvantaged"], pupils),
        "gain": cells.mean(gain, pupils),
        "backoffice_per_pupil": cells.mean(mats["backoffice_per_pupil"], pupils),
        "central_charge": cells.mean(mats["central_charge"], mats["income"]),
        "reserves_share": cells.mean(mats["reserves_share"], mats["income"]),
        "capacity": cells.mean(mats["capacity"]),
        "past_break_point": cells.mean(mats.past),
        "coherence": cells.mean(mats["coherence"]),
        "buyin": cells.mean(mats["buyin"], schools),
        "clustered": cells.mean(mats["clustered"], schools),
        "weak": ratio(cells.total(mats["weak_schools"]), cells.total(schools)),
    }


def _gain(mats: _Mats) -> Floats:
    """Each trust's change of mean outcome since the year before; nan unless its schools are the same ones.

    They are when nobody joined lately and there are as many: so the change is not made by who came or went.
    """
    year, uid = mats["year"], mats["trust"]
    order = np.lexsort((year, uid))
    before, now = order[:-1], order[1:]
    same = (uid[now] == uid[before]) & (year[now] == year[before] + 1)
    same &= (mats["joined"][now] == 0) & (mats["schools"][now] == mats["schools"][before])
    gain = np.full(len(year), np.nan)
    gain[now[same]] = (mats["mean_outcome"][now] - mats["mean_outcome"][before])[same]
    return gain
