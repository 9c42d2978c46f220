"""What became of the schools and trusts of a world: observed in later files, or forecast.

Of the schools of a world those count that are open and mainstream (see `population`); a place among these is a school
here. An `Outcome` names each school's trust at the later date, among the trusts of the world (by row) and new ones
(numbers from `World.trusts` on). `observed` finds it in a later group-links file: a school is known by its URN, else
by name and authority (a school that converts gets a new URN); a trust by its group, else by its company number (a
single-academy trust that takes on a second school gets a new group).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.core.errors import InputError
from matsim.validation.facts import read_members
from matsim.validation.population import first_year
from matsim.world.base import World

type Ints = NDArray[np.int64]

MAINTAINED, GONE = -1, -2
"""In place of a trust: none, or (an academy) no longer there."""


@dataclass(frozen=True)
class Outcome:
    """`of` (n,): each school's trust, MAINTAINED or GONE. `kind` (t,): 0 single, 1 multi, for every trust named."""

    of: Ints
    kind: Ints


@dataclass(frozen=True)
class Observed:
    """What a later file says of a world's schools, and what could not be matched, in words with counts.

    `left_out`: academies of the establishment file that are in no trust in the first group-links file. Which trust
    they were in is not known, so nothing can be said of where they went.
    """

    outcome: Outcome
    account: Mapping[str, int]
    left_out: NDArray[np.bool_]


def begin(world: World) -> Outcome:
    """The world as it is: only schools that are counted, here and in every outcome."""
    trust = world.schools["trust"][first_year(world)]
    return Outcome(trust.astype(np.int64), world.trusts["kind"].astype(np.int64))


def observed(world: World, before: Path, after: Path) -> Observed:
    """What became of the world's schools by a later group-links file. `before` is the one the world was read from.

    Raises InputError for files that cannot be read, or that have no school of the world.
    """
    then, later = read_members(before), read_members(after)
    rows, how = _schools(world, later)
    matched = later.assign(row=rows).loc[lambda f: f.row >= 0].drop_duplicates("row")
    if not len(matched):
        raise InputError(str(after), "has none of the schools of the establishment file")
    trust, kind = _trusts(world, then, matched)
    start = begin(world)
    # the later file lists academies alone: who is not in it is as maintained as before, or gone
    of = np.where(start.of >= 0, GONE, MAINTAINED)
    of[matched.row.to_numpy()] = trust
    how["academies of the first links that are not in the later ones: taken as closed"] = int((of == GONE).sum())
    how["trusts that were not there before"] = int((np.unique(trust) >= len(start.kind)).sum())
    # a maintained school (row −1) reads the entry at the end: it is never left out
    known = np.append(np.isin(world.trusts["uid"], then.group), True)
    left_out = ~known[start.of]
    how["academies in no trust in the first group links: left out"] = int(left_out.sum())
    return Observed(Outcome(of, kind), {text: count for text, count in how.items() if count}, left_out)


def _schools(world: World, later: pd.DataFrame) -> tuple[Ints, Counter[str]]:
    """The place of each academy of the later file among the world's schools (−1: none), and how they were found."""
    counted = first_year(world)
    urn = world.schools["urn"][counted]
    at = np.searchsorted(urn, later.school)
    at[at == len(urn)] = 0  # beyond the last: any row will do, since its number is another
    rows = np.where(urn[at] == later.school, at, -1)
    how: Counter[str] = Counter({"academies found by number": int((rows >= 0).sum())})
    taken = set(rows[rows >= 0].tolist())
    names: dict[tuple[str, str], int] = {}
    known = zip(world.schools["la"][counted].tolist(), counted.tolist(), strict=True)
    for row, (code, school) in enumerate(known):
        key = (str(code), _plain(world.school_names[school]))
        names[key] = -1 if key in names else row  # a name that two schools share tells nothing
    for i in np.flatnonzero(rows < 0).tolist():
        row = names.get((later.la.iloc[i], _plain(later.name.iloc[i])), -1)
        if row >= 0 and row not in taken:
            rows[i] = row
            taken.add(row)
            how["academies found by name and authority"] += 1
        else:
            how["academies of the later file not found: new, or under another name; left out"] += 1
    return np.asarray(rows, np.int64), how


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _trusts(world: World, then: pd.DataFrame, matched: pd.DataFrame) -> tuple[Ints, Ints]:
    """The trust of each found school, and the kind of every trust: the world's, then new ones."""
    row_of = {int(uid): row for row, uid in enumerate(world.trusts["uid"])}
    of_company = {
        company: row_of[group]
        for company, group in zip(then.trust.tolist(), then.group.tolist(), strict=True)
        if group in row_of
    }
    kind = dict(enumerate(world.trusts["kind"].tolist()))
    trust: list[int] = []
    new: dict[int, int] = {}
    for group, company, now in zip(matched.group.tolist(), matched.trust.tolist(), matched.kind.tolist(), strict=True):
        row = row_of.get(group, of_company.get(company, -1))
        if row < 0:
            row = new.setdefault(company, len(row_of) + len(new))
        trust.append(row)
        kind[row] = now
    return np.array(trust, np.int64), np.array([kind[row] for row in range(len(kind))], np.int64)
