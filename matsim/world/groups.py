"""The trusts and federations that the establishment file itself names, without a file of links.

`Trusts (code)` holds the identifier of a school's trust, and `TrustSchoolFlag (name)` what kind of trust it is: that of
an academy, or the charitable foundation of a foundation school, which is no academy trust and has the same column.
Where a school has several, they stand side by side with '~' between them. `Federations (code)` holds the federation of
maintained schools under one governing body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matsim.core.csv_reader import MISSING, WHOLE, CsvTable, quoted
from matsim.core.errors import nearest
from matsim.world.codes import TRUST_KINDS

FLAG, CODES, NAMES = "TrustSchoolFlag (name)", "Trusts (code)", "Trusts (name)"
FEDERATIONS, FEDERATION_NAMES = "Federations (code)", "Federations (name)"
COLUMNS = (FLAG, CODES, NAMES, FEDERATIONS, FEDERATION_NAMES)
MOST = 9_999_999
"""Largest identifier of a group; those in use have five digits."""

SINGLE, MULTI = range(len(TRUST_KINDS))
FOUNDATION, NONE = -1, -2
_KINDS = {
    "supported by a multi-academy trust": MULTI,
    "supported by a single-academy trust": SINGLE,
    "supported by a trust": FOUNDATION,
    "supported by an umbrella trust": NONE,
    "not supported by a trust": NONE,
    "not applicable": NONE,
}
"""What the flags of a school's trust mean, in lower case. An umbrella trust stands over trusts and owns no school."""
FLAGS = tuple(words.capitalize() for words in _KINDS)


@dataclass
class Groups:
    """What the establishment file says of groups. `trusts`: identifier -> name; `kinds`: identifier -> index into
    TRUST_KINDS, as its schools' flags say, else by how many they are; `member`: URN -> identifier of the academy trust;
    `foundations`: schools whose trust is a foundation's; `federation`: URN -> identifier of the federation;
    `federation_names` by identifier; `says_trusts`, `says_federations`: the file has the columns."""

    trusts: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, int] = field(default_factory=dict)
    member: dict[int, int] = field(default_factory=dict)
    foundations: int = 0
    federation: dict[int, int] = field(default_factory=dict)
    federation_names: dict[int, str] = field(default_factory=dict)
    says_trusts: bool = False
    says_federations: bool = False


def read_groups(table: CsvTable, rows: Sequence[int], urns: NDArray[np.int64], academy: Sequence[bool]) -> Groups:
    """The groups of the schools at `rows`. `urns` and `academy` (an academy by its type) by row of the file. What is
    wrong is noted in the table's problems."""
    made = Groups(says_trusts=CODES in table.present, says_federations=FEDERATIONS in table.present)
    flagged = FLAG in table.present
    for row in rows if made.says_trusts else ():
        parts = _split(table, CODES, row)
        flags = _flags(table, row) if flagged and parts else []
        names = table.text(NAMES)[row].split("~")
        for i, code in enumerate(parts):
            kind = flags[min(i, len(flags) - 1)] if flags else None if academy[row] else FOUNDATION
            made.foundations += kind == FOUNDATION
            if kind in (FOUNDATION, NONE):
                continue
            uid = _code(table, CODES, row, code)
            if uid < 0 or int(urns[row]) in made.member:
                continue
            made.member[int(urns[row])] = uid
            made.trusts.setdefault(uid, (names[i].strip() if i < len(names) else "") or f"Trust {uid}")
            if kind is not None:  # a trust of two kinds is a multi-academy trust, as in the links
                made.kinds[uid] = max(kind, made.kinds.get(uid, SINGLE))
    sizes = Counter(made.member.values())
    for uid in made.trusts:
        made.kinds.setdefault(uid, MULTI if sizes[uid] > 1 else SINGLE)
    for row in rows if made.says_federations else ():
        code = next(iter(_split(table, FEDERATIONS, row)), "")
        if code and (uid := _code(table, FEDERATIONS, row, code)) >= 0:
            made.federation[int(urns[row])] = uid
            made.federation_names.setdefault(uid, table.text(FEDERATION_NAMES)[row] or f"Federation {uid}")
    return made


def _split(table: CsvTable, name: str, row: int) -> list[str]:
    """The parts of a cell, blank ones left out."""
    return [part for text in table.text(name)[row].split("~") if (part := text.strip()).lower() not in MISSING]


def _flags(table: CsvTable, row: int) -> list[int | None]:
    """What each part of a school's flag says of its trust; nothing where the cell is blank."""
    kinds: list[int | None] = []
    for part in _split(table, FLAG, row):
        kind = _KINDS.get(part.lower())
        if kind is None:
            text = f"unknown flag {quoted(part)}{nearest(part, FLAGS)}; it should be one of: {'; '.join(FLAGS)}"
            table.problems.add(table.lines[row], FLAG, text)
        kinds.append(kind)
    return kinds


def _code(table: CsvTable, name: str, row: int, text: str) -> int:
    """An identifier, or −1 and a problem noted."""
    if WHOLE.match(text) and 1 <= float(text) <= MOST:
        return int(float(text))
    table.problems.add(table.lines[row], name, f"{quoted(text)} should be a whole number from 1 to {MOST}")
    return -1
