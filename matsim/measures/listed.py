"""Every measure by name: what trustees and policy people call it, its unit, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from matsim.measures.tables import RUN_GROUP_YEAR, RUN_YEAR
from matsim.results.tables import OutColumn, TableSpec

type Better = Literal["higher", "lower", ""]
type Kind = Literal["number", "share", "level"]


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


_RUN_YEAR: dict[str, tuple[str, Better]] = {
    "schools": ("schools open", ""),
    "maintained": ("maintained schools", ""),
    "single_academies": ("single-academy trust schools", ""),
    "academies_in_mats": ("academies in MATs", ""),
    "primary_schools": ("primary schools open", ""),
    "primary_maintained": ("maintained primary schools", ""),
    "primary_single": ("primary schools in single-academy trusts", ""),
    "primary_in_mats": ("primary schools in MATs", ""),
    "secondary_schools": ("secondary schools open", ""),
    "secondary_maintained": ("maintained secondary schools", ""),
    "secondary_single": ("secondary schools in single-academy trusts", ""),
    "secondary_in_mats": ("secondary schools in MATs", ""),
    "trusts_single": ("single-academy trusts", ""),
    "trusts_multi": ("MATs of any size", ""),
    "mats_with_2_or_more": ("MATs of two or more schools", ""),
    "pupils": ("pupils", ""),
    "share_good_or_better": ("schools judged Good or better", "higher"),
    "mean_outcome": ("pupil outcomes", "higher"),
    "backoffice_per_pupil_primary": ("back-office cost per primary pupil", "lower"),
    "backoffice_per_pupil_secondary": ("back-office cost per secondary pupil", "lower"),
    "reserves_share": ("trusts' reserves over income", ""),
    "converters_opened": ("converter academies opened in the year", ""),
    "sponsored_opened": ("sponsored academies opened in the year", ""),
    "free_opened": ("free schools opened in the year", ""),
    "transfers": ("academies that changed trust in the year", ""),
    "merges": ("trusts merged into another in the year", ""),
    "closures": ("schools closed in the year", ""),
    "clusters": ("clusters of schools inside MATs", ""),
    "share_academies": ("schools that are academies", ""),
    "share_in_mats": ("schools in MATs", ""),
    "mean_mat_size": ("mean size of MATs", ""),
    "median_mat_size": ("median size of MATs", ""),
    "largest_mat": ("size of the largest MAT", ""),
    "share_mats_10_or_more": ("MATs with ten schools or more", ""),
    "outcome_in_mats": ("pupil outcomes in MATs", "higher"),
    "disadvantaged_in_mats": ("outcomes of disadvantaged pupils in MATs", "higher"),
    "outcome_spread": ("spread of pupil outcomes between MATs", ""),
    "backoffice_per_pupil_mats": ("back-office cost per pupil in MATs", "lower"),
    "central_charge": ("MATs' central charge", ""),
    "share_low_reserves": ("MATs with reserves under 5%", "lower"),
    "mean_capacity": ("capacity of MATs' central teams", "higher"),
    "share_short_of_capacity": ("MATs short of central capacity", "lower"),
    "share_past_break_point": ("MATs past a break point", "lower"),
    "mean_coherence": ("coherence of MATs", "higher"),
    "mean_buyin": ("schools' buy-in to their MAT", "higher"),
    "share_clustered": ("academies in a led cluster", ""),
    "share_isolated": ("academies isolated from the rest of their MAT", "lower"),
}

_RUN_GROUP_YEAR: dict[str, tuple[str, Better]] = {
    "trusts": ("MATs in the group", ""),
    "schools": ("academies in the group", ""),
    "pupils": ("pupils in the group", ""),
    "mean_outcome": ("pupil outcomes", "higher"),
    "disadvantaged": ("outcomes of disadvantaged pupils", "higher"),
    "gain": ("yearly gain in pupil outcomes of settled MATs", "higher"),
    "backoffice_per_pupil": ("back-office cost per pupil", "lower"),
    "central_charge": ("central charge", ""),
    "reserves_share": ("reserves over income", ""),
    "capacity": ("capacity of central teams", "higher"),
    "past_break_point": ("MATs past a break point", "lower"),
    "coherence": ("coherence", "higher"),
    "buyin": ("schools' buy-in", "higher"),
    "clustered": ("academies in a led cluster", ""),
    "weak": ("academies judged below Good", "lower"),
}


_SHARES = ("past_break_point", "clustered", "weak")
"""Shares of something countable whose names do not begin with `share_`."""


def _measures(spec: TableSpec, words: dict[str, tuple[str, Better]]) -> dict[str, Measure]:
    """The measures of a table, in its columns' order; unit and meaning are the columns' own."""
    return {
        c.name: Measure(c.name, words[c.name][0], c.unit, words[c.name][1], c.meaning, _kind(c))
        for c in spec.columns
        if c.name in words
    }


def _kind(column: OutColumn) -> Kind:
    if column.name.startswith("share_") or column.name in _SHARES:
        return "share"
    return "number" if column.dtype == "int64" or column.unit == "pupils" else "level"


MEASURES: dict[str, Measure] = _measures(RUN_YEAR, _RUN_YEAR)
"""Every measure of run_year, by name. Higher reserves are not simply better (they are money not spent on pupils)."""

GROUP_MEASURES: dict[str, Measure] = _measures(RUN_GROUP_YEAR, _RUN_GROUP_YEAR)
"""Every measure of run_group_year, by name."""
