"""The group-links file: which academy is in which trust.

Two published forms are read: that of 2018 and 2019 (`edubaseallacademiesandfree`, groups by 'Linked UID') and
the later `alllinksdata` ('Group UID'). Rows of sponsors, soft federations and other groups are passed over, and so are
closed trusts and trusts without a school; all are counted. A school that stands in two open trusts is taken to
be in the one that it joined last, where no date counts as the earliest; on the same date, in a multi-academy trust
before a single-academy one, and else in the one that the file gives first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from matsim.core.csv_reader import CsvTable, decimal_year, read_csv
from matsim.world.codes import TRUST_KINDS
from matsim.world.file_codes import OTHER_FILES
from matsim.world.file_dates import check_dates

NEEDED = (("URN",), ("Linked UID", "Group UID"), ("Group Name",), ("Group Type",))
TYPE = "TypeOfEstablishment (name)"
NAME = "EstablishmentName"
SHAPE = "FederationType"
DATED = ("Joined date", "Closed Date", "Open date", "Incorporated on (open date)")
"""Columns of dates that were past when a file was made."""
OPTIONAL = ("Group Status", "Closed Date", "Joined date", NAME, TYPE, "LA (code)", "LA (name)")
FEDERATION, SOFT = "federation", "soft"
"""Group type of a federation's rows; and how `FederationType` begins of one without a joint governing body."""

QUIET_YEARS = 2.0
"""A trust is quiet when no school joined it in so many years up to the last joining in the file."""

_KINDS = {kind.replace("-", " "): code for code, kind in enumerate(TRUST_KINDS)}


@dataclass
class Trust:
    """A trust in the links: its name, kind (index into TRUST_KINDS), and the earliest and the latest date a school
    joined it as decimal years (nan when none is given)."""

    name: str
    kind: int
    founded: float = float("nan")
    latest: float = float("nan")


@dataclass
class Links:
    """What the file says. `trusts` by group identifier; `member`: URN -> group identifier; `joined`: URN -> decimal
    year (nan when not given); `names`, `types`: URN -> name and type of establishment; `la_code`: URN -> code;
    `la_names` by code; `passed_over`: kind of row -> how many; `in_two`: URNs of schools in two open trusts;
    `of_two_kinds`: identifiers of trusts that are single-academy trusts in some rows and multi-academy trusts in
    others; `federation`: URN -> identifier of an open federation; `table`: the file; `dates`: those in it as decimal
    years."""

    table: CsvTable | None = None
    trusts: dict[int, Trust] = field(default_factory=dict)
    member: dict[int, int] = field(default_factory=dict)
    joined: dict[int, float] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    la_code: dict[int, int] = field(default_factory=dict)
    la_names: dict[int, str] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    in_two: set[int] = field(default_factory=set)
    of_two_kinds: set[int] = field(default_factory=set)
    federation: dict[int, int] = field(default_factory=dict)
    dates: list[float] = field(default_factory=list)


def read_group_links(path: Path, year: int) -> Links:
    """Read a group-links file as it stood in academic year `year`.

    Raises InputError naming line and column for whatever cannot be read, and for a file of a later year.
    """
    table = read_csv(path, NEEDED, OPTIONAL, (*DATED[2:], SHAPE), other_files=OTHER_FILES)
    rows = _trust_rows(table, links := Links(table))
    joined = table.dates("Joined date", rows)
    check_dates(table, "Joined date", rows, joined, year)
    links.dates = [when for name in DATED for text in table.text(name) if (when := decimal_year(text)) is not None]
    uid_column = "Linked UID" if "Linked UID" in table.present else "Group UID"
    urns = table.numbers("URN", rows, 100_000, 999_999, "a whole number of six digits,")
    uids = table.numbers(uid_column, rows, 1, 99_999_999, "a whole number")
    names, kinds = table.text("Group Name"), table.text("Group Type")
    for i, row in enumerate(rows):
        line = table.lines[row]
        if table.blank("URN", row):
            links.passed_over["trusts without a school"] += 1
            continue
        if np.isnan(uids[i]):
            if table.blank(uid_column, row):
                table.problems.add(line, uid_column, "missing; a link needs the identifier of its trust")
            continue
        uid = int(uids[i])
        kind = _KINDS[_plain(kinds[row])]
        trust = links.trusts.setdefault(uid, Trust(names[row] or f"Trust {uid}", kind))
        if trust.kind != kind:
            trust.kind = max(trust.kind, kind)
            links.of_two_kinds.add(uid)
        trust.founded = float(np.fmin(trust.founded, joined[i]))
        trust.latest = float(np.fmax(trust.latest, joined[i]))
        if not np.isnan(urns[i]):
            _link(table, links, row, int(urns[i]), uid, float(joined[i]))
    table.problems.stop()
    _federations(table, links, uid_column)
    return links


def quiet_trusts(trusts: Mapping[int, Trust]) -> frozenset[int]:
    """Identifiers of the multi-academy trusts that no school joined for QUIET_YEARS; those without dates are not."""
    last = max((t.latest for t in trusts.values() if not np.isnan(t.latest)), default=0.0)
    multi = TRUST_KINDS.index("multi-academy trust")
    return frozenset(uid for uid, t in trusts.items() if t.kind == multi and t.latest <= last - QUIET_YEARS)


def _plain(group_type: str) -> str:
    return " ".join(group_type.lower().replace("-", " ").split())


def _trust_rows(table: CsvTable, links: Links) -> list[int]:
    """The rows that put a school into an open trust; the others are counted in `passed_over`."""
    rows = []
    for row, kind in enumerate(table.text("Group Type")):
        if _plain(kind) not in _KINDS:
            if not _federated(table, row):
                links.passed_over[f"links to a {kind.lower() or 'group of no stated kind'}"] += 1
        elif _shut(table, row):
            links.passed_over["links to a trust that is not open"] += 1
        else:
            rows.append(row)
    return rows


def _shut(table: CsvTable, row: int) -> bool:
    """Whether the group of a row is not open."""
    status = table.text("Group Status")[row]
    return not status.lower().startswith("open") and bool(status or table.text("Closed Date")[row])


def _federated(table: CsvTable, row: int) -> bool:
    """Whether a row puts a school into an open federation with one governing body."""
    if _plain(table.text("Group Type")[row]) != FEDERATION or _shut(table, row):
        return False
    return not table.text(SHAPE)[row].lower().startswith(SOFT)


def _federations(table: CsvTable, links: Links, uid_column: str) -> None:
    """Put the schools of federations into theirs; rows that name no school or no federation are counted."""
    for row in range(len(table)):
        if not _federated(table, row):
            continue
        urn, uid = table.text("URN")[row], table.text(uid_column)[row]
        if all(text.isascii() and text.isdigit() and len(text) < 8 for text in (urn, uid)):
            links.federation.setdefault(int(urn), int(uid))
        else:
            links.passed_over["links to a federation without two identifiers"] += 1


def rename(links: Links, met: Mapping[int, int]) -> None:
    """Let the links know schools by other URNs: URN in the links -> URN that it is to have there."""
    for known in (links.member, links.joined, links.names, links.types, links.la_code, links.federation):
        table: dict[int, Any] = known
        table.update({met[urn]: table.pop(urn) for urn in sorted(met.keys() & table.keys()) if met[urn] != urn})
    links.in_two = {met.get(urn, urn) for urn in links.in_two}


def _link(table: CsvTable, links: Links, row: int, urn: int, uid: int, joined: float) -> None:
    known = links.member.get(urn)
    if known == uid:
        links.passed_over["links given twice"] += 1
    elif known is None or _prevails(links, urn, uid, joined):
        links.member[urn], links.joined[urn] = uid, joined
    if known not in (None, uid):
        links.in_two.add(urn)
    links.names.setdefault(urn, table.text(NAME)[row])
    links.types.setdefault(urn, table.text(TYPE)[row])
    code, name = table.text("LA (code)")[row], table.text("LA (name)")[row]
    if len(code) <= 3 and code.isascii() and code.isdigit():
        links.la_code.setdefault(urn, int(code))
        if name:
            links.la_names.setdefault(int(code), name)


def _prevails(links: Links, urn: int, uid: int, joined: float) -> bool:
    """Whether a school is taken to be in the trust `uid` and not in the one that an earlier row puts it in."""
    other = links.trusts[links.member[urn]]
    now, before = np.nan_to_num([joined, links.joined[urn]], nan=-np.inf).tolist()
    return bool((now, links.trusts[uid].kind) > (before, other.kind))
