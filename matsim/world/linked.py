"""Specialist schools that only the links know: in an open trust, and in no row of the establishment file.

Establishment files are often cut to mainstream schools, while the links name every academy. Of a special school, a
school of alternative provision or an academy for 16 to 19 they give name, type, local authority and trust, but neither
place nor size. So that a trust has all its schools, these are put beside the middle one of its other schools in the
authority, else of all schools there; roll, places and meals are then filled in as in any school without them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matsim.core.columns import Array
from matsim.world.codes import PHASES, mainstream
from matsim.world.establishments import Schools
from matsim.world.file_codes import Kind, type_kind
from matsim.world.grouplinks import Links
from matsim.world.land import Floats, Ints
from matsim.world.regions import in_england, outside

SPREAD_KM = 1.5
"""How far at most such a school is put from the one that it is put beside."""
SUCCESSION = ({835, 838}, {836, 837, 839}, {928, 940, 941}, {909, 942, 943})
"""Codes of authorities that were put together or divided since 2018: files of different dates have one or another."""
ANYWHERE = -2
"""Stands for every authority."""
GOLDEN = float((np.sqrt(5.0) - 1.0) / 2.0)
ROOT = float(np.sqrt(2.0))
"""Multiples of both fall evenly over the unit square, once whole numbers are taken off."""


@dataclass(frozen=True)
class Linked:
    """The schools of a file with those that only the links know, by URN; `phases`: URN of such a school -> index into
    PHASES; `how`: where they were put -> how many."""

    schools: Schools
    phases: Mapping[int, int] = field(default_factory=dict)
    how: Counter[str] = field(default_factory=Counter)


def add_linked(schools: Schools, links: Links) -> Linked:
    """Put in the specialist schools of open trusts that the establishment file does not have.

    Those whose trust and authority both have no other school cannot be put anywhere, and are left out.
    """
    columns = schools.columns
    near = _Near(columns, links)
    placed: dict[int, tuple[int, Kind]] = {}
    how: Counter[str] = Counter()
    known = {*columns["urn"].tolist(), *schools.reasons}
    for urn in sorted(set(links.member) - known):
        kind = type_kind(links.types[urn])
        la = links.la_code.get(urn, -1)
        if kind.aside or kind.phase < 0 or outside(la):
            continue
        row, where = near.anchor(links.member[urn], la)
        if row >= 0:
            placed[urn] = row, kind
            how[f"{PHASES[kind.phase]} school that only the links know: put {where}"] += 1
    if not placed:
        return Linked(schools)
    urns = np.array(list(placed), np.int64)
    new = _columns(columns, urns, placed, links)
    order = np.argsort(np.concatenate([columns["urn"], urns]))
    names = [*schools.names, *(links.names[urn] or f"School {urn}" for urn in placed)]
    whole = replace(
        schools,
        columns={name: np.concatenate([values, new[name]])[order] for name, values in columns.items()},
        names=[names[i] for i in order.tolist()],
    )
    return Linked(whole, {urn: kind.phase for urn, (_, kind) in placed.items()}, how)


class _Near:
    """Which schools of the file there are in each trust and authority, and which of them lies in the middle."""

    def __init__(self, columns: dict[str, Array], links: Links) -> None:
        self.xy = np.column_stack([columns["easting"], columns["northing"]])
        self.in_trust: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.in_authority: dict[int, list[int]] = defaultdict(list)
        everywhere = zip(columns["urn"].tolist(), columns["la"].tolist(), mainstream(columns["phase"]), strict=True)
        for row, (urn, la, plain) in enumerate(everywhere):
            uid = links.member.get(urn, -1)
            for key in ((uid, la), (uid, ANYWHERE)) if uid >= 0 else ():
                self.in_trust[key].append(row)
            if plain and la >= 0:
                self.in_authority[la].append(row)

    def anchor(self, uid: int, la: int) -> tuple[int, str]:
        """Row of the school beside which one of this trust and authority is put, and in words; −1 if there is none."""
        here = next((codes for codes in SUCCESSION if la in codes), {la}) if la not in self.in_authority else {la}
        for rows, words in (
            (self._rows(self.in_trust, [(uid, code) for code in here]), "beside its trust's schools in the authority"),
            (self._rows(self.in_authority, here), "in the middle of its authority's schools"),
            (self.in_trust.get((uid, ANYWHERE), []), "beside its trust's schools elsewhere"),
        ):
            if rows:
                return self._of(rows), words
        return -1, ""

    def _rows[Key](self, rows_of: Mapping[Key, list[int]], keys: Iterable[Key]) -> list[int]:
        return [row for key in keys for row in rows_of.get(key, ())]

    def _of(self, rows: Sequence[int]) -> int:
        """The one of these rows that is nearest to the middle of all of them."""
        xy = self.xy[list(rows)]
        return rows[int(np.argmin(np.hypot(*(xy - xy.mean(axis=0)).T)))]


def _columns(
    columns: dict[str, Array], urns: Ints, placed: Mapping[int, tuple[int, Kind]], links: Links
) -> dict[str, Array]:
    """Columns of the new schools: those of the school that each is put beside, but for what is known or unknown."""
    anchors = np.array([row for row, _ in placed.values()])
    kinds = [kind for _, kind in placed.values()]
    new = {name: values[anchors] for name, values in columns.items()}
    la = np.array([links.la_code.get(urn, -1) for urn in placed])
    la = np.where(np.isin(la, columns["la"]), la, new["la"])
    unknown = np.full(len(urns), np.nan)
    easting, northing = _moved(urns, new["easting"], new["northing"])
    filled: dict[str, Array] = {
        "urn": urns,
        "la": la.astype(columns["la"].dtype),
        "easting": easting,
        "northing": northing,
        "phase": np.array([kind.phase for kind in kinds], np.int8),
        "route": np.array([kind.route for kind in kinds], np.int8),
        "opened": np.array([links.joined[urn] for urn in placed]),
        "denomination": np.zeros(len(urns), np.int8),
        "grade": np.zeros(len(urns), np.int8),
    }
    filled |= {name: unknown.copy() for name in ("pupils", "capacity", "fsm", "inspected")}
    return new | filled


def _moved(urns: Ints, easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
    """Each point moved some way within SPREAD_KM, by its URN alone: the same with other schools in the file or not."""
    angle = 2.0 * np.pi * (urns * GOLDEN % 1.0)
    away = 1000.0 * SPREAD_KM * np.sqrt(urns * ROOT % 1.0)
    x, y = np.round(easting + away * np.cos(angle)), np.round(northing + away * np.sin(angle))
    inside = in_england(x, y)
    return np.where(inside, x, easting), np.where(inside, y, northing)
