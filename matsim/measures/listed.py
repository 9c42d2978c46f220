"""Every measure of a year: what it is called, its unit, which way is better, and how it is worked out.

To add one, add its line to EXTRAS (of the whole system) or GROUP (of groups of multi-academy trusts). Measures of
system_year are its columns with a title (`matsim.results.tables`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matsim.measures.cells import Cells, ratio, share_in_mats
from matsim.results.tables import TABLES, Better, OutColumn

type Kind = Literal["number", "share", "level"]

LARGE = 10
"""Schools from which a multi-academy trust counts as large, as in the Department's size bands."""
ISOLATED_MINUTES = 60.0
"""A school further than this from every other of its trust counts as isolated (Building Trusts: an hour)."""
RESERVE_LINE = 0.05
"""Reserves over income below which the Department asks about a trust's finances."""


@dataclass(frozen=True)
class Measure:
    """One number of a year. `better` is empty where more is neither good nor bad in itself.

    `kind` says how to put a difference in words: more of them, a higher share of them, or a higher level.
    """

    name: str
    title: str
    unit: str
    better: Better
    meaning: str
    kind: Kind = "level"


@dataclass(frozen=True)
class Derived(OutColumn):
    """A measure that is worked out from the trusts of each cell: a number for each cell, nan over no trusts."""

    of: Callable[[Cells], NDArray[Any]] = lambda cells: cells.trusts


M = Derived

_MATS = "MATs of two or more schools"

# fmt: off
EXTRAS: tuple[Derived, ...] = (
    M("share_academies", "float64", "share", "Schools that are academies, in a trust of their own or a MAT",
      "schools that are academies", "",
      lambda c: ratio(c.system["academies_in_mats"] + c.system["single_academies"], c.system["schools"])),
    M("share_in_mats", "float64", "share", "Schools that are academies in multi-academy trusts",
      "schools in MATs", "", lambda c: share_in_mats(c.system)),
    M("mean_mat_size", "float64", "schools", f"Mean number of schools in {_MATS}",
      "mean size of MATs", "", lambda c: c.mean("schools")),
    M("median_mat_size", "float64", "schools", f"Median number of schools in {_MATS}",
      "median size of MATs", "", lambda c: c.median("schools")),
    M("largest_mat", "float64", "schools", "Number of schools in the largest MAT",
      "size of the largest MAT", "", lambda c: c.largest("schools")),
    M("share_mats_10_or_more", "float64", "share", f"Of {_MATS}, those with {LARGE} schools or more",
      "MATs with ten schools or more", "", lambda c: c.share(c["schools"] >= LARGE)),
    M("outcome_in_mats", "float64", "sd", f"Mean pupil outcome in {_MATS}, weighted by pupils",
      "pupil outcomes in MATs", "higher", lambda c: c.mean("mean_outcome", by="mainstream_pupils")),
    M("disadvantaged_in_mats", "float64", "sd", f"Mean outcome of disadvantaged pupils in {_MATS}, weighted by pupils",
      "outcomes of disadvantaged pupils in MATs", "higher", lambda c: c.mean("disadvantaged", by="mainstream_pupils")),
    M("outcome_spread", "float64", "sd", f"Standard deviation of mean pupil outcome between {_MATS}",
      "spread of pupil outcomes between MATs", "", lambda c: c.spread("mean_outcome")),
    M("backoffice_per_pupil_mats", "float64", "£ per pupil", f"Back-office cost in {_MATS}, weighted by pupils",
      "back-office cost per pupil in MATs", "lower", lambda c: c.mean("backoffice_per_pupil", by="pupils")),
    M("central_charge", "float64", "share", f"Central charge of {_MATS} over their schools' income",
      "MATs' central charge", "", lambda c: c.mean("central_charge", by="income")),
    M("share_low_reserves", "float64", "share", f"Of {_MATS}, those with reserves under 5% of income",
      "MATs with reserves under 5%", "lower", lambda c: c.share(c["reserves_share"] < RESERVE_LINE)),
    M("mean_capacity", "float64", "ratio", f"Mean over {_MATS} of the central team's supply over need",
      "capacity of MATs' central teams", "higher", lambda c: c.mean("capacity")),
    M("share_short_of_capacity", "float64", "share", f"Of {_MATS}, those whose capacity is under 1",
      "MATs short of central capacity", "lower", lambda c: c.share(c["capacity"] < 1.0)),
    M("share_past_break_point", "float64", "share", f"Of {_MATS}, those with any of the six pressures over 1",
      "MATs past a break point", "lower", lambda c: c.mean(c.mats.past)),
    M("mean_coherence", "float64", "share", f"Mean coherence of {_MATS}",
      "coherence of MATs", "higher", lambda c: c.mean("coherence")),
    M("mean_buyin", "float64", "share", f"Mean buy-in of schools in {_MATS}, weighted by schools",
      "schools' buy-in to their MAT", "higher", lambda c: c.mean("buyin", by="schools")),
    M("share_clustered", "float64", "share", f"Academies of {_MATS} that are in a led cluster",
      "academies in a led cluster", "", lambda c: c.mean("clustered", by="schools")),
    M("share_isolated", "float64", "share", f"Academies of {_MATS} more than an hour from any other of their trust",
      "academies isolated from the rest of their MAT", "lower", lambda c: c.mean("isolated", by="schools")),
)
"""What run_year adds to system_year; a number over no trusts is nan."""

GROUP: tuple[Derived, ...] = (
    M("trusts", "int64", "trusts", "Multi-academy trusts of two or more schools in the group",
      "MATs in the group", "", lambda c: c.trusts),
    M("schools", "int64", "schools", "Their academies",
      "academies in the group", "", lambda c: c.total("schools").astype(np.int64)),
    M("pupils", "float64", "pupils", "Pupils on their rolls",
      "pupils in the group", "", lambda c: c.total("pupils")),
    M("mean_outcome", "float64", "sd", "Mean pupil outcome, weighted by pupils",
      "pupil outcomes", "higher", lambda c: c.mean("mean_outcome", by="mainstream_pupils")),
    M("disadvantaged", "float64", "sd", "Mean outcome of disadvantaged pupils, weighted by pupils",
      "outcomes of disadvantaged pupils", "higher", lambda c: c.mean("disadvantaged", by="mainstream_pupils")),
    M("gain", "float64", "sd per year", "Change of mean outcome in a year in trusts that nobody joined or left",
      "yearly gain in pupil outcomes of settled MATs", "higher", lambda c: c.mean(c.mats.gain, by="mainstream_pupils")),
    M("backoffice_per_pupil", "float64", "£ per pupil", "Back-office cost, weighted by pupils",
      "back-office cost per pupil", "lower", lambda c: c.mean("backoffice_per_pupil", by="pupils")),
    M("central_charge", "float64", "share", "Central charge over schools' income",
      "central charge", "", lambda c: c.mean("central_charge", by="income")),
    M("reserves_share", "float64", "share", "All reserves over yearly income, weighted by income",
      "reserves over income", "", lambda c: c.mean("reserves_share", by="income")),
    M("capacity", "float64", "ratio", "Mean over trusts of the central team's supply over need",
      "capacity of central teams", "higher", lambda c: c.mean("capacity")),
    M("past_break_point", "float64", "share", "Trusts with any of the six pressures over 1",
      "MATs past a break point", "lower", lambda c: c.mean(c.mats.past)),
    M("coherence", "float64", "share", "Mean coherence of trusts",
      "coherence", "higher", lambda c: c.mean("coherence")),
    M("buyin", "float64", "share", "Mean buy-in of their schools",
      "schools' buy-in", "higher", lambda c: c.mean("buyin", by="schools")),
    M("clustered", "float64", "share", "Academies in a led cluster",
      "academies in a led cluster", "", lambda c: c.mean("clustered", by="schools")),
    M("weak", "float64", "share", "Academies judged below Good",
      "academies judged below Good", "lower", lambda c: ratio(c.total("weak_schools"), c.total("schools"))),
)
"""What run_group_year says of a group's MATs of two or more schools."""
# fmt: on

_SHARES = ("past_break_point", "clustered", "weak")
"""Shares of something countable whose names do not begin with `share_`."""


def _measures(columns: Iterable[OutColumn]) -> dict[str, Measure]:
    """The columns with a title."""
    return {c.name: Measure(c.name, c.title, c.unit, c.better, c.meaning, _kind(c)) for c in columns if c.title}


def _kind(column: OutColumn) -> Kind:
    if column.name.startswith("share_") or column.name in _SHARES:
        return "share"
    return "number" if column.dtype == "int64" or column.unit == "pupils" else "level"


MEASURES: dict[str, Measure] = _measures((*TABLES["system_year"].columns, *EXTRAS))
"""Every measure of run_year, by name."""

GROUP_MEASURES: dict[str, Measure] = _measures(GROUP)
"""Every measure of run_group_year, by name."""
