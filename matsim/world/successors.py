"""Which school came after which: the register's file of predecessors and successors (`links_edubasealldata`).

A school that converts, is re-brokered, merges or splits gets another URN, so that files of different dates know it by
different ones. `Successors.follow` leads from the URNs of one file to those of another.

A row names a school, another, and what the other is to it: 'Predecessor' or 'Successor', with '- merged',
'- amalgamated' or '- Split School' where it is one of several. 'Result of Amalgamation' and 'Merged - …' stand in the
rows of both schools and do not say which came first: they are followed either way. Anything else (a sixth form
centre, an expansion) is no succession and is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from matsim.core.csv_reader import LONG_AGO, CsvTable, quoted, read_csv
from matsim.core.errors import InputError, nearest
from matsim.words.amounts import count
from matsim.world.file_codes import OTHER_FILES
from matsim.world.file_dates import FileDate, file_date

KIND, DATE = "LinkType", "LinkEstablishedDate"
NEEDED = (("URN",), ("LinkURN",), (KIND,))
WORDS = ("Predecessor", "Successor", "Result of Amalgamation", "Merged")
"""How the kinds of link that are followed begin."""
WHOLE, ONE_OF_SEVERAL = range(2)
"""How surely a link says that two URNs are one school: the school as a whole, or one part of a merger or a split."""


@dataclass(frozen=True)
class Step:
    """A link from one URN to another: how surely the two are one school, and when, as a decimal year; 0 for unknown."""

    urn: int
    part: int
    when: float


@dataclass
class Successors:
    """What the file says. `after`: URN -> what came after it, `before`: URN -> what came before; `passed_over`: kind
    of link -> rows; `date`: when it was made, None for no file; `table`: the file."""

    table: CsvTable | None = None
    after: dict[int, list[Step]] = field(default_factory=dict)
    before: dict[int, list[Step]] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    date: FileDate | None = None

    def follow(self, urns: Iterable[int], known: Collection[int]) -> dict[int, int]:
        """The schools of one file among those of another: each of `urns` that is `known`, or that links lead from to
        one that is -> that URN.

        Successors come before predecessors, the school as a whole before a part of it, few links before many, the
        link made last before earlier ones. No known URN is given to two: one that is itself among `urns` is its own,
        and of two predecessors of one school the one that it continues stands for it.
        """
        wanted = set(urns)
        met = {urn: urn for urn in sorted(wanted) if urn in known}
        taken = set(met)
        offers: list[tuple[int, int, int, float, int, int]] = []
        for urn in sorted(wanted - taken):
            for back, links in enumerate((self.after, self.before)):
                ends = _reached(urn, links, known)
                offers += [(part, back, steps, -when, urn, other) for other, part, steps, when in ends]
        for *_, urn, other in sorted(offers):
            if urn not in met and other not in taken:
                met[urn] = other
                taken.add(other)
        return met

    def since(self, urn: int, other: int) -> float:
        """When the last link between two URNs was made, whichever came first, as a decimal year; nan where nothing
        says."""
        for links in (self.after, self.before):
            for reached, _, _, when in _reached(urn, links, (other,)):
                if reached == other and when:
                    return when
        return float("nan")


def _reached(
    urn: int, links: Mapping[int, list[Step]], known: Collection[int]
) -> Iterator[tuple[int, int, int, float]]:
    """The known URNs that links lead to: URN, whether a link on the way is only of a part, links followed, and the
    date of the last of them. Nothing beyond a known one is looked for; circles end where they began."""
    seen = {urn}
    front = [(urn, WHOLE, 0.0)]
    steps = 0
    while front:
        steps += 1
        ways: dict[int, tuple[int, float]] = {}
        for at, part, _ in front:
            for step in links.get(at, ()):
                if step.urn in seen:
                    continue
                way = max(part, step.part), step.when
                old = ways.get(step.urn)
                if old is None or (way[0], -way[1]) < (old[0], -old[1]):
                    ways[step.urn] = way
        seen |= ways.keys()
        front = []
        for other, (part, when) in ways.items():
            if other in known:
                yield other, part, steps, when
            else:
                front.append((other, part, when))


def read_successors(path: Path) -> Successors:
    """Read the file. Raises InputError naming line and column of all that is wrong, and for a file without a single
    link of a kind that is followed."""
    table = read_csv(path, NEEDED, (DATE,), ("LinkName",), other_files=OTHER_FILES)
    rows = range(len(table))
    urns, others = (
        table.numbers(name, rows, 100_000, 999_999, "a whole number of six digits,") for name in ("URN", "LinkURN")
    )
    dates = table.dates(DATE, rows)
    made = Successors(table, date=file_date(path, dates[dates >= LONG_AGO].tolist()))
    for row, kind in enumerate(table.text(KIND)):
        if np.isnan(urns[row]) or np.isnan(others[row]):
            missing = [n for n in ("URN", "LinkURN") if table.blank(n, row)]
            for name in missing:
                table.problems.add(table.lines[row], name, "missing; a link needs the URNs of two schools")
            continue
        _add(made, int(urns[row]), int(others[row]), kind, float(np.nan_to_num(dates[row])))
    table.problems.stop()
    if not made.after:
        most = made.passed_over.most_common(1)[0][0]
        hint = f"{quoted(most)}{nearest(most, WORDS)}; kinds begin with {', '.join(WORDS)}"
        raise InputError(str(path), f"{KIND}: none of the {count(len(table))} links is of a kind that is known: {hint}")
    return made


def _add(made: Successors, urn: int, other: int, kind: str, when: float) -> None:
    """Put one row of the file in both directions, or count it as passed over."""
    plain = kind.lower()
    if urn == other:
        made.passed_over["a school linked to itself"] += 1
        return
    if plain.startswith("predecessor"):
        pairs = [(other, urn)]
    elif plain.startswith("successor"):
        pairs = [(urn, other)]
    elif plain.startswith(("result of amalgamation", "merged")):
        pairs = [(urn, other), (other, urn)]
    else:
        made.passed_over[kind or "no kind given"] += 1
        return
    part = WHOLE if plain in ("predecessor", "successor") else ONE_OF_SEVERAL
    for old, new in pairs:
        _put(made.after.setdefault(old, []), Step(new, part, when))
        _put(made.before.setdefault(new, []), Step(old, part, when))


def _put(steps: list[Step], step: Step) -> None:
    """Add a link unless it is there: both schools of a pair have it, and may differ in kind or lack the date. The link
    of a part stays one; of two dates the later counts."""
    for i, old in enumerate(steps):
        if old.urn == step.urn:
            steps[i] = Step(step.urn, max(old.part, step.part), max(old.when, step.when))
            return
    steps.append(step)
