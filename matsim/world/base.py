"""A world: the first year's schools, trusts and places, from either door (synthetic or published files).

Plain arrays, read-only once built. Everything that cannot be seen in such files (latent quality, heads,
reserves, what CEOs want) is drawn by the model when a run starts, from the run's own seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from matsim.core.columns import Array, Column, column, columns_of
from matsim.words import offices
from matsim.world.codes import PHASES, SECTOR, SECTORS, mainstream
from matsim.world.geography import Near, Neighbours

RSC_REGIONS = (
    "North West London and South-Central England",
    "South East England and South London",
    "East of England and North East London",
    "East Midlands and the Humber",
    "Lancashire and West Yorkshire",
    "North of England",
    "South West England",
    "West Midlands",
)
"""The eight regions of the regional schools commissioners, 2014 to 2022 (evidence §3)."""

DFE_REGIONS = (
    "North East",
    "North West",
    "Yorkshire and The Humber",
    "East Midlands",
    "West Midlands",
    "East of England",
    "London",
    "South East",
    "South West",
)
"""The nine regions of the Department for Education's regional directors since September 2022: those of the former
government offices (schoolsweek.co.uk, 5 August 2022)."""

REGIONS = (*RSC_REGIONS, *(name for name in DFE_REGIONS if name not in RSC_REGIONS))
"""Every region by its code. A West Midlands is among the eight and among the nine: it has one code, two extents."""

KINDS_OF_REGION = (offices.BEFORE.regions, offices.AFTER.regions)
"""What the eight and the nine are called where a table says which it has."""

RSC_CODES = tuple(range(len(RSC_REGIONS)))
DFE_CODES = tuple(REGIONS.index(name) for name in DFE_REGIONS)
"""Codes of the eight and of the nine, in the order of their names."""


class SchoolInputs:
    """What a world says of each school."""

    urn = column("int64", "id", "Unique reference number, six digits")
    la = column("int16", "code", "Local authority code")
    region = column(
        "int8", "code", "Index into REGIONS: of RSC_REGIONS, which were until August 2022; in a run, of the year"
    )
    dfe_region = column("int8", "code", "Index into REGIONS: of DFE_REGIONS, which have been since September 2022")
    easting = column("float64", "m", "British National Grid easting")
    northing = column("float64", "m", "British National Grid northing")
    phase = column("int8", "code", "Index into PHASES; middle schools count with the phase they are deemed")
    denomination = column("int8", "code", "Index into DENOMINATIONS")
    pupils = column("float64", "pupils", "Pupils on roll")
    capacity = column("float64", "pupils", "Places")
    fsm = column("float64", "%", "Pupils eligible for free school meals, 0 to 100")
    grade = column("int8", "code", "Last overall inspection grade, index into GRADES")
    inspected = column("float64", "year", "Date of its last inspection, graded or not, decimal; nan when none")
    grade_before = column("int8", "code", "Overall grade of the inspection before that, index into GRADES; 0 not known")
    graded_next = column("bool", "flag", "Its last visit gave no grade and found reason for a graded one soon")
    opened = column("float64", "year", "Date opened as a decimal year; nan when unknown or long ago")
    route = column("int8", "code", "Index into ROUTES")
    trust = column("int32", "row", "Row of the school's trust in `trusts`; −1 for a maintained school")
    federation = column("int64", "id", "Federation of a maintained school under one governing body; −1 for none", -1)
    published = column(
        "float64", "sd", "Published value added of the year before the first; nan where none is known", float("nan")
    )
    known_quality = column("float64", "sd", "Quality to expect by published results; 0 where there are none")
    quality_error = column("float64", "sd", "Standard error of that; 1 where there are no results", 1.0)


class SiteInputs(SchoolInputs):
    """What a world says of each school and of each planned site."""

    planned = column("bool", "flag", "A free school site that has not opened: it may open during a run")


class TrustInputs:
    """What a world says of each trust."""

    uid = column("int64", "id", "Group identifier")
    kind = column("int8", "code", "Index into TRUST_KINDS")
    founded = column("float64", "year", "First year the trust is known, decimal; nan when unknown")


SCHOOL_INPUTS, TRUST_INPUTS = columns_of(SiteInputs), columns_of(TrustInputs)
"""Columns of a world's tables."""


def complete(given: Mapping[str, Array], columns: tuple[Column, ...]) -> dict[str, Array]:
    """Exactly the declared columns, in their order and types; those not given hold what a new row holds."""
    rows = len(next(iter(given.values())))
    return {c.name: given[c.name].astype(c.dtype) if c.name in given else c.blank(rows) for c in columns}


@dataclass(frozen=True)
class LeftOut:
    """The schools of one trust that the links name and the world does not have: URN, name and reason of each."""

    trust: str
    schools: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Account:
    """What happened to the records a world was made from, so that nothing is lost in silence.

    `read`, `used`: counts of school records. `set_aside`: reason -> count of records not used. `filled`:
    what was missing and how it was filled -> count. `notes`: sentences on what was done. `warnings`: sentences that
    must be read before the world is believed; they are shown loudly wherever a result of it is. `left_out`: by UID of
    the trust, whether the world has any of its schools or none. `links_only`: URNs of schools that only the links know,
    whose place, roll, capacity and meals are filled in.
    """

    read: int
    used: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    left_out: Mapping[int, LeftOut] = field(default_factory=dict)
    links_only: frozenset[int] = frozenset()


@dataclass(frozen=True)
class World:
    """The first year. `schools` and `trusts` map the declared columns to arrays; names are parallel tuples.

    Schools are in ascending URN order. `year` is the academic year that starts that September. `quiet`: identifiers
    of multi-academy trusts that the files show to have taken on no school lately; none in a synthetic world, which
    has no record of who joined when. `copies`: how many copies of one world stand side by side in this one, in equal
    blocks of rows (see `matsim.world.copies`).
    """

    year: int
    origin: str
    schools: Mapping[str, Array]
    trusts: Mapping[str, Array]
    school_names: tuple[str, ...]
    trust_names: tuple[str, ...]
    la_names: Mapping[int, str]
    neighbours: Neighbours
    account: Account
    quiet: frozenset[int] = frozenset()
    copies: int = 1

    def __post_init__(self) -> None:
        for table, columns in ((self.schools, SCHOOL_INPUTS), (self.trusts, TRUST_INPUTS)):
            if list(table) != [c.name for c in columns]:
                raise ValueError(f"a world needs exactly these columns: {[c.name for c in columns]}")
            for one in columns:
                table[one.name].flags.writeable = False
        if np.any(np.diff(self.schools["urn"]) <= 0):
            raise ValueError("schools must be in ascending URN order, each URN once")

    @property
    def size(self) -> int:
        """Schools open in the first year (planned sites not counted)."""
        return int(np.count_nonzero(~self.schools["planned"]))

    @cached_property
    def sector(self) -> Array:
        """Each school's sector, planned sites among them (see `codes.Sector`): found once for all runs."""
        return SECTOR[self.schools["phase"]]

    @cached_property
    def mainstream(self) -> Array:
        """Which schools are mainstream, planned sites among them: found once for all runs."""
        return mainstream(self.schools["phase"])

    @cached_property
    def phases(self) -> Array:
        """Schools open in the first year by phase: (6,)."""
        return np.bincount(self.schools["phase"][~self.schools["planned"]], minlength=len(PHASES))

    @cached_property
    def sizes(self) -> Array:
        """Schools open in the first year by sector: (3,)."""
        return np.bincount(SECTOR, self.phases, len(SECTORS)).astype(np.int64)

    @cached_property
    def peers(self) -> Near:
        """Each school's nearest of its own sector, nearest first: found once for all runs."""
        return self.neighbours.peers(self.sector)

    def within(self, time: float) -> Near:
        """Each school's neighbours no farther than so many minutes: found once for all runs that ask for as many."""
        if time not in self._within:
            self._within[time] = self.neighbours.within(time)
        return self._within[time]

    @cached_property
    def _within(self) -> dict[float, Near]:
        return {}

    def about(self) -> dict[str, Any]:
        """Where the world comes from and its account, as manifests carry it: plain values, ready for JSON."""
        account = self.account
        return {
            "origin": self.origin,
            "year": self.year,
            "schools": self.size,
            "read": account.read,
            "used": account.used,
            "set_aside": dict(account.set_aside),
            "filled": dict(account.filled),
            "notes": list(account.notes),
            "warnings": list(account.warnings),
            "links_only": len(account.links_only),
        }

    def digest(self) -> str:
        """SHA-256 over every column and name: equal worlds, equal digest."""
        h = hashlib.sha256(f"{self.year}".encode())
        for table in (self.schools, self.trusts):
            for name, array in table.items():
                h.update(name.encode())
                h.update(np.ascontiguousarray(array).tobytes())
        h.update("\n".join(self.school_names + self.trust_names).encode())
        if self.quiet:
            h.update(repr(sorted(self.quiet)).encode())
        return h.hexdigest()
