"""One school under two URNs: where a school converts or is re-brokered, files for a while hold it twice, both open.

Two rows are taken for one school when they lie at the same place (the same postcode, or within NEAR_M of each
other), are of the same phase and for ages that overlap, and one of these holds: their names are the same but for words
such as 'academy' and 'primary school'; they have the same number within the local authority, or the same UKPRN; or one
is proposed to close and the other opened within SUCCESSION_YEARS of the latest opening in the file. Infant and junior
schools, and schools for girls and boys, that share a site are not: their ages or names differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matsim.core.csv_reader import CsvTable, decimal_year
from matsim.world.codes import ROUTES

NEAR_M = 100.0
"""Metres within which two schools are at the same place."""
SUCCESSION_YEARS = 2.0
"""How long before the latest opening in a file a school may have opened to be the successor of one that closes."""

_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the of and at in for a an school schools academy college primary secondary high nursery community foundation "
        "church england c e ce cofe rc r roman catholic voluntary aided controlled va vc st saint free trust converter",
    )
)
"""Words that schools add, drop or change when they become academies."""

FIGURES = ("SchoolCapacity", "NumberOfPupils", "PercentageFSM")
GRADE = ("OfstedRating (name)", "OfstedLastInsp")
"""What the row that is kept has from the other where its own is blank; the grade only where the school keeps it."""


@dataclass(frozen=True)
class Site:
    """What tells whether two schools are one, of each of n rows. Text is empty and numbers are nan where not known;
    `leaving`: proposed to close; `academy`: by its type; `member`: in an open trust by the links."""

    urn: NDArray[np.int64]
    names: Sequence[str]
    postcodes: Sequence[str]
    numbers: Sequence[str]
    ukprns: Sequence[str]
    xy: NDArray[np.float64]
    phase: NDArray[np.int8]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    opened: NDArray[np.float64]
    leaving: NDArray[np.bool_]
    academy: NDArray[np.bool_]
    member: NDArray[np.bool_]


def set_aside(
    table: CsvTable,
    rows: Sequence[int],
    urns: NDArray[np.int64],
    phases: Sequence[int],
    routes: Sequence[int],
    leaving: Collection[int],
    members: Collection[int],
) -> dict[int, int]:
    """Of the `rows` of open schools of an establishment file those that another stands for -> how many blank cells of
    that other row were filled from it. `urns`, `phases` and `routes` by row of the file; `leaving`: rows of schools
    that are proposed to close; `members`: URNs of schools in open trusts by the links."""
    filled = {}
    for other, kept in same_schools(_site(table, rows, urns, phases, routes, leaving, members)).items():
        gone, stays = rows[other], rows[kept]
        keeps = ROUTES[routes[stays]] in ("maintained", "converter") and table.blank(GRADE[0], stays)
        names = [
            name
            for name in (*FIGURES, *(GRADE if keeps else ()))
            if table.blank(name, stays) and not table.blank(name, gone)
        ]
        for name in names:
            table.columns[name][stays] = table.columns[name][gone]
        filled[gone] = len(names)
    return filled


def _site(
    table: CsvTable,
    rows: Sequence[int],
    urns: NDArray[np.int64],
    phases: Sequence[int],
    routes: Sequence[int],
    leaving: Collection[int],
    members: Collection[int],
) -> Site:
    def text(name: str) -> list[str]:
        return ["" if table.blank(name, row) else table.text(name)[row] for row in rows]

    def numbers(name: str) -> NDArray[np.float64]:
        return np.array([_number(value) for value in text(name)], np.float64)

    opened = [decimal_year(value) for value in text("OpenDate")]
    codes = zip(text("LA (code)"), text("EstablishmentNumber"), strict=True)
    return Site(
        urn=urns[list(rows)],
        names=text("EstablishmentName"),
        postcodes=text("Postcode"),
        numbers=[f"{la}/{number}" if number else "" for la, number in codes],
        ukprns=text("UKPRN"),
        xy=np.column_stack([numbers("Easting"), numbers("Northing")]),
        phase=np.array([phases[row] for row in rows], np.int8),
        low=numbers("StatutoryLowAge"),
        high=numbers("StatutoryHighAge"),
        opened=np.array([np.nan if when is None else when for when in opened], np.float64),
        leaving=np.array([row in leaving for row in rows], bool),
        academy=np.array([routes[row] > 0 for row in rows], bool),
        member=np.isin(urns[list(rows)], list(members)),
    )


def _number(text: str) -> float:
    """A cell as a number where it plainly is one, else nan; what is wrong with it is said elsewhere."""
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else float("nan")


def same_schools(site: Site) -> dict[int, int]:
    """Rows that are set aside -> the row that stands for the same school.

    Kept is the school that does not close before the one that does, one in a trust before others, an academy before a
    maintained school, then the one that opened later, and of two alike the one with the higher URN.
    """
    rank = list(
        zip(
            (~site.leaving).tolist(),
            site.member.tolist(),
            site.academy.tolist(),
            np.nan_to_num(site.opened, nan=0.0).tolist(),
            site.urn.tolist(),
            strict=True,
        )
    )
    cores = [core(name) for name in site.names]
    latest = float(np.nanmax(site.opened)) if np.isfinite(site.opened).any() else np.inf
    stands: dict[int, int] = {}
    for a, b in sorted(_same_site_pairs(site)):
        kept, other = (a, b) if rank[a] > rank[b] else (b, a)
        if kept in stands or other in stands or not _one(site, cores, kept, other, latest):
            continue
        stands[other] = kept
    return stands


def core(name: str) -> frozenset[str]:
    """The words of a school's name that tell it from others."""
    words = re.sub(r"[^a-z0-9 ]", "", re.sub(r"[-/&,()]", " ", name.lower())).split()
    return frozenset(words) - _COMMON


def _one(site: Site, cores: Sequence[Collection[str]], kept: int, other: int, latest: float) -> bool:
    if site.phase[kept] != site.phase[other]:
        return False
    if site.low[kept] >= site.high[other] or site.low[other] >= site.high[kept]:  # nan compares as no
        return False
    if cores[kept] and cores[kept] == cores[other]:
        return True
    for known in (site.numbers, site.ukprns):
        if known[kept] and known[kept] == known[other]:
            return True
    new = site.opened[kept] >= latest - SUCCESSION_YEARS
    return bool(site.leaving[other] and not site.leaving[kept] and site.academy[kept] and new)


def _same_site_pairs(site: Site) -> set[tuple[int, int]]:
    """Pairs of rows at the same place, the lower row first."""
    pairs: set[tuple[int, int]] = set()
    known = np.flatnonzero(np.isfinite(site.xy).all(axis=1))
    if len(known) > 1:
        near = cKDTree(site.xy[known]).query_pairs(NEAR_M, output_type="ndarray")
        pairs |= {(int(known[a]), int(known[b])) for a, b in near.tolist()}
    # by postcode too: the two rows of a school may have coordinates that differ, or none
    at: dict[str, list[int]] = defaultdict(list)
    for row, postcode in enumerate(site.postcodes):
        if postcode:
            at[postcode.replace(" ", "").upper()].append(row)
    for rows in at.values():
        pairs |= {(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :]}
    return pairs
