"""Finding a school or a trust by number or by part of its name, and naming them in sentences."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsim.errors import InputError, VerificationError

if TYPE_CHECKING:
    import pandas as pd

    from matsim.run import Files
    from matsim.store import Result

LISTED = 8
"""How many names a sentence offers."""


@dataclass(frozen=True)
class Directory:
    """Everyone of one kind ("school" or "trust") that a result knows: numbers, with names where there are any."""

    where: str
    kind: str
    names: Mapping[int, str]
    numbers: frozenset[int]

    def find(self, text: str) -> int:
        """The number meant by a number or a part of a name. InputError when nobody or several are meant."""
        if text.strip().isdigit():
            return self._number(int(text))
        wanted = text.casefold().strip()
        if exact := [n for n, name in self.names.items() if name.casefold() == wanted]:
            found = exact
        else:
            found = [n for n, name in self.names.items() if wanted and wanted in name.casefold()]
        if len(found) == 1:
            return found[0]
        raise InputError(self.where, self._several(text, found) if found else self._nobody(text))

    def _number(self, number: int) -> int:
        if number in self.numbers:
            return number
        what = "URN" if self.kind == "school" else "UID"
        near = sorted(self.numbers, key=lambda other: (abs(other - number), other))[:3]
        some = f"; near it are {', '.join(map(str, near))}" if near else ""
        raise InputError(self.where, f"nothing is told of a {self.kind} with {what} {number}{some}")

    def _several(self, text: str, found: list[int]) -> str:
        listed = ", ".join(f"{self.names[n]} ({n})" for n in found[:LISTED])
        more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
        return f"{len(found)} {self.kind}s have {text!r} in their names: {listed}{more}; give the number of one"

    def _nobody(self, text: str) -> str:
        if not self.names:
            told = "gives no names of schools; give a URN, or the file they came from with --establishments"
            return f"{text!r} cannot be looked up: this result {told}"
        by_name = {name.casefold(): name for name in self.names.values()}
        near = difflib.get_close_matches(text.casefold(), by_name, n=3, cutoff=0.4)
        some = f"; the nearest names are {', '.join(by_name[n] for n in near)}" if near else ""
        return f"no {self.kind} has {text!r} in its name{some}"


def trusts_of(result: Result, events: pd.DataFrame) -> Directory:
    """Trusts by UID: named from the yearly table; one that never ended a year is known by its number alone."""
    known = result.table("trust_year")[["trust", "name"]].drop_duplicates("trust", keep="last")
    names = dict(zip(known["trust"].tolist(), known["name"].astype(str).tolist(), strict=True))
    told = set(events["trust"].tolist()) | set(events["other"].tolist())
    return Directory(str(result.folder), "trust", names, frozenset(names) | (told - {-1}))


def schools_of(result: Result, events: pd.DataFrame, files: Files | None) -> Directory:
    """Schools by URN. A result keeps no names of schools: they come from its world, where that can be had."""
    names = school_names(result, files)
    return Directory(str(result.folder), "school", names, frozenset(names) | (set(events["school"].tolist()) - {-1}))


def school_names(result: Result, files: Files | None) -> dict[int, str]:
    """Names by URN: a synthetic world is made again for them; a world from files needs the files.

    Raises VerificationError when the files are not those that the result was made from.
    """
    from matsim.run import build_world, scenario_of

    if "establishments" in result.manifest["inputs"] and files is None:
        return {}
    from_files = "establishments" in result.manifest["inputs"]
    world = build_world(scenario_of(result), files if from_files else None)
    if world.digest() != result.manifest["inputs"]["world"]["sha256"]:
        if from_files:
            raise VerificationError(
                f"{result.folder}: was not made from the files given; leave them out, or give those"
            )
        return {}
    return dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True))


def speaking(directory: Directory, numbers: pd.Series) -> dict[int, str]:
    """A name for each of these numbers, `school 123456` where there is none."""
    wanted = set(numbers.tolist()) - {-1}
    return {number: directory.names.get(number, f"{directory.kind} {number}") for number in wanted}
