"""From one run's tables to its rows of run_year and run_group_year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.measures.cells import Cells, Columns, Mats, Rows, coded
from matsim.measures.listed import EXTRAS, GROUP
from matsim.measures.tables import GROUPINGS
from matsim.results.tables import TABLES


def summarise(tables: Mapping[str, Columns], fingerprint: NDArray[np.int64] | None = None) -> dict[str, pd.DataFrame]:
    """The run's `run_year` and `run_group_year`, without the column `run`.

    `tables` needs system_year (one row per year) and, of trust_year, the columns READ; `fingerprint` is the digest of
    events up to each year, in the order of system_year, −1 throughout when not given. Groups appear in a year only when
    they have a trust in it.
    """
    return {name: pd.DataFrame(columns) for name, columns in summary(tables, fingerprint).items()}


def summary(tables: Mapping[str, Columns], fingerprint: NDArray[np.int64] | None = None) -> dict[str, dict[str, Any]]:
    """The same as arrays by column: a sweep stores so many that the frames would cost more than the sums.

    Where both tables have a column `copy`, of several copies of a world, the rows of each copy follow one another, with
    the numbers that it has alone and its number in a column `copy`; system_year has to lie in the order of copies.
    """
    system, trusts = tables["system_year"], tables["trust_year"]
    data: dict[str, Any] = {name: np.asarray(system[name]) for name in map(str, system)}
    rows, mats = len(data["year"]), Mats(trusts)
    years = data["year"][: rows // (int(data["copy"][-1]) + 1)] if "copy" in data else data["year"]
    # a number for each year of each copy: its row of system_year
    when = mats.copy * len(years) + np.searchsorted(years, mats["year"])
    cells = Cells(mats, when, rows, data)
    data |= {column.name: column.of(cells) for column in EXTRAS}
    data["fingerprint"] = np.full(rows, -1) if fingerprint is None else np.asarray(fingerprint, np.int64)
    return {"run_year": data, "run_group_year": _groups(mats, trusts, when, data)}


def _groups(mats: Mats, trusts: Columns, when: Rows, system: Mapping[str, Any]) -> dict[str, Any]:
    """run_group_year: rows by copy, grouping, year and group. `when` is the row of system_year of each of `mats`."""
    # text stays codes throughout: a sweep makes these rows thousands of times
    by_grouping = {grouping: coded(trusts[column]) for grouping, column in GROUPINGS.items()}
    every = sorted({word for _, words in by_grouping.values() for word in words})
    blocks: list[dict[str, NDArray[np.generic]]] = []
    for i, (codes, words) in enumerate(by_grouping.values()):
        wide = max(len(words), 1)
        # one number for each pair of year and group, so that all are added up in one pass
        cells = Cells(mats, when * wide + codes[mats.rows], len(system["year"]) * wide)
        here = np.flatnonzero(cells.trusts)
        place = np.array([every.index(word) for word in words], dtype=np.intp)
        keys = {name: system[name][here // wide] for name in ("copy", "year") if name in system}
        texts = {"grouping": np.full(len(here), i), "group": place[here % wide]}
        numbers = {column.name: column.of(cells)[here] for column in GROUP}
        blocks.append({**keys, **texts, **numbers})
    joined: dict[str, Any] = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    if "copy" in joined:
        order = np.argsort(joined["copy"], kind="stable")
        joined = {name: values[order] for name, values in joined.items()}
    for name, words in (("grouping", list(by_grouping)), ("group", every)):
        joined[name] = pd.Categorical.from_codes(joined[name], pd.Index(words, dtype="str"))
    return joined


class _Recording(dict[str, Any]):
    """A trust_year without rows that remembers which of its columns were read."""

    def __missing__(self, name: str) -> Any:
        text = TABLES["trust_year"].types[name] == "string"
        self[name] = pd.Categorical([]) if text else np.zeros(0)
        return self[name]


def _read() -> tuple[str, ...]:
    """The columns of trust_year that measures are worked out from: found out by working them out of nothing."""
    recording = _Recording()
    summary({"system_year": dict.fromkeys(TABLES["system_year"].names, np.zeros(0)), "trust_year": recording})
    return tuple(recording)


READ = _read()
"""The columns of trust_year that are read here; a run of a sweep makes no others."""
