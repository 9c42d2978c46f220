"""The group-links file: which academy is in which trust.

Two published forms are read: that of 2018 and 2019 (`edubaseallacademiesandfree`, groups by 'Linked UID') and
the later `alllinksdata` ('Group UID'). Rows of sponsors, federations and other groups are passed over, and so
are closed trusts; both are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from matsim.reading import whole
from matsim.world.base import TRUST_KINDS
from matsim.world.csvfile import CsvTable, read_csv

NEEDED = (("URN",), ("Linked UID", "Group UID"), ("Group Name",), ("Group Type",))
TYPE = "TypeOfEstablishment (name)"
OPTIONAL = ("Group Status", "Closed Date", "Joined date", TYPE, "LA (code)", "LA (name)")

QUIET_YEARS = 2.0
"""A trust is quiet when no school joined it in so many years up to the last joining in the file."""

_KINDS = {kind.replace("-", " "): code for code, kind in enumerate(TRUST_KINDS)}


@dataclass
class Trust:
    """A trust in the links: its name, kind (index into TRUST_KINDS), the line that first names it, and the
    earliest and the latest date a school joined it as decimal years (nan when none is given)."""

    name: str
    kind: int
    line: int
    founded: float = float("nan")
    latest: float = float("nan")


@dataclass
class Links:
    """What the file says. `trusts` by group identifier; `member`: URN -> (group identifier, line); `types`:
    URN -> type of establishment; `la_code`: URN -> code; `la_names` by code; `passed_over`: kind of row ->
    how many."""

    trusts: dict[int, Trust] = field(default_factory=dict)
    member: dict[int, tuple[int, int]] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    la_code: dict[int, int] = field(default_factory=dict)
    la_names: dict[int, str] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)


def read_group_links(path: Path, year: int) -> Links:
    """Read a group-links file as it stood in academic year `year`.

    Raises InputError naming line and column for whatever cannot be read, for a school in two open trusts, for
    a trust row without a school, and for a file of a later year.
    """
    table = read_csv(path, NEEDED, OPTIONAL)
    rows = _trust_rows(table, links := Links())
    joined = table.dates("Joined date", rows)
    table.check_dates("Joined date", rows, joined, year)
    uid_column = "Linked UID" if "Linked UID" in table.present else "Group UID"
    urns = table.numbers("URN", rows, 100_000, 999_999, "a whole number of six digits,")
    uids = table.numbers(uid_column, rows, 1, 99_999_999, "a whole number")
    names, kinds = table.text("Group Name"), table.text("Group Type")
    for i, row in enumerate(rows):
        line = table.lines[row]
        if np.isnan(uids[i]):
            if table.blank(uid_column, row):
                table.problems.add(line, uid_column, "missing; a link needs the identifier of its trust")
            continue
        uid = int(uids[i])
        kind = _KINDS[_plain(kinds[row])]
        trust = links.trusts.setdefault(uid, Trust(names[row] or f"Trust {uid}", kind, line))
        if trust.kind != kind:
            first = f"'{kinds[table.lines.index(trust.line)]}' on line {trust.line}"
            text = f"trust {uid} is a '{kinds[row]}' here and a {first}; it should be one of them"
            table.problems.add(line, "Group Type", text)
        trust.founded = float(np.fmin(trust.founded, joined[i]))
        trust.latest = float(np.fmax(trust.latest, joined[i]))
        if np.isnan(urns[i]):
            if table.blank("URN", row):
                text = f"trust '{trust.name}' ({uid}) is here without a school"
                table.problems.add(line, "URN", f"{text}; give the school's URN or take the row out")
            continue
        _link(table, links, row, int(urns[i]), uid)
    table.problems.stop()
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
    kinds, status, closed = table.text("Group Type"), table.text("Group Status"), table.text("Closed Date")
    rows = []
    for row, kind in enumerate(kinds):
        if _plain(kind) not in _KINDS:
            links.passed_over[f"links to a {kind.lower() or 'group of no stated kind'}"] += 1
        elif not status[row].lower().startswith("open") and (status[row] or closed[row]):
            links.passed_over["links to a trust that is not open"] += 1
        else:
            rows.append(row)
    return rows


def _link(table: CsvTable, links: Links, row: int, urn: int, uid: int) -> None:
    line = table.lines[row]
    known = links.member.get(urn)
    if known is None:
        links.member[urn] = (uid, line)
    elif known[0] == uid:
        links.passed_over["links given twice"] += 1
    else:
        first, here = links.trusts[known[0]].name, links.trusts[uid].name
        text = f"school {urn} is in '{here}' ({uid}) here and in '{first}' ({known[0]}) on line {known[1]}"
        table.problems.add(line, "URN", f"{text}; a school can be in one open trust")
    links.types.setdefault(urn, table.text(TYPE)[row])
    code, name = table.text("LA (code)")[row], table.text("LA (name)")[row]
    number = whole(code)
    if number is not None:
        links.la_code.setdefault(urn, number)
        if name:
            links.la_names.setdefault(number, name)
