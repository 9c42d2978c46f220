"""Ofsted's management information, "state-funded schools, latest inspections": how each school was last judged.

Published by the month, a row for each open school, with lines of titles above the header in some. Three forms are read:
that of 2018 to August 2024 (a headline grade; section 8, since 2022 ungraded, inspections beside it), that of September
2024 to November 2025 (no headline grade where a school was inspected since: four judgements) and that since (report
cards: areas on five points, beside the last graded inspection of before). Only rows of schools that are used are
checked beyond their URN.

The model has four grades. How judgements without a headline grade become one is declared here: by OVERALL for the four
judgements, and by the rule of `card_grade` for report cards, whose grades Ofsted does not compare with the old ones. A
school that became an academy is in the file under its new URN, with the inspection of its predecessor: converters, and
schools whose old URN is the one that the establishment file has, keep that; sponsored academies and free schools begin
without.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from matsim.core.columns import Array
from matsim.core.csv_reader import LONG_AGO, MISSING, CsvTable, quoted, read_csv
from matsim.core.errors import InputError, nearest
from matsim.words.amounts import count
from matsim.world.codes import Grade, Route
from matsim.world.file_codes import GRADE_NAMES, OTHER_FILES
from matsim.world.file_dates import FileDate, check_dates, file_date
from matsim.world.successors import Successors

SHEET = "'Most recent inspections' (one row for each school)"
PERIOD = "Inspection number"
"""A column of Ofsted's lists of the inspections of a period, in which a school may be twice."""

type Names = tuple[str, ...]

GRADED: dict[str, Names] = {
    "grade": ("Latest OEIF overall effectiveness", "Overall effectiveness"),
    "on": ("Inspection start date of latest OEIF graded inspection", "Inspection start date", "Inspection date"),
    "published": ("Publication date of latest OEIF graded inspection", "Publication date"),
    "urn": (
        "URN at time of latest OEIF graded inspection",
        "URN at time of latest graded inspection",
        "URN at time of latest full inspection",
    ),
    "concern": ("Latest OEIF category of concern", "Category of concern"),
    "safe": ("Latest OEIF safeguarding is effective?", "Safeguarding is effective?"),
}
"""What is read of the last graded inspection, and what the columns for it have been called: the first there is."""
JUDGEMENTS = (
    "quality of education",
    "behaviour and attitudes",
    "personal development",
    "effectiveness of leadership and management",
)
"""The four judgements of graded inspections from September 2019 to November 2025."""
OVERALL = "quality of education"
"""The judgement taken for the headline grade where there is none (graded inspections since September 2024). Assumed:
the nearest thing to it. Where any of the four is Inadequate, or safeguarding is not effective, the school is
Inadequate: these put it into a category of concern (Ofsted, school inspection handbook of 16 September 2024)."""
BEFORE: dict[str, Names] = {
    "grade": ("Previous graded inspection overall effectiveness", "Previous full inspection overall effectiveness"),
    "on": ("Previous inspection start date", "Previous full inspection date"),
}
UNGRADED: dict[str, Names] = {
    "outcome": (
        "Ungraded inspection overall outcome",
        "Section 8 inspection overall outcome",
        "Short inspection overall outcome",
    ),
    "on": (
        "Date of latest ungraded inspection",
        "Date of latest section 8 inspection",
        "Date of latest short inspection",
    ),
    "urn": (
        "URN at time of the ungraded inspection",
        "URN at time of the section 8 inspection",
        "URN at time of the short inspection",
    ),
    "converted": (
        "Did the latest ungraded inspection convert to a graded inspection?",
        "Did the latest section 8 inspection convert to a full inspection?",
        "Did the latest short inspection convert to a full inspection?",
    ),
}
"""The last inspection without a grade: since July 2022 called ungraded, before that of section 8, or short."""
AREAS = (
    "Inclusion",
    "Curriculum and teaching",
    "Achievement",
    "Attendance and behaviour",
    "Personal development and wellbeing",
    "Leadership and governance",
)
SAFEGUARDING = "Safeguarding standards"
CARD: dict[str, Names] = {
    "on": ("Inspection start date",),
    "urn": ("URN at time of latest full inspection",),
    "concern": ("Category of concern",),
    "safe": (SAFEGUARDING,),
}
POINTS = ("Exceptional", "Strong standard", "Expected standard", "Needs attention", "Urgent improvement")
"""The five points of a report card's areas, from November 2025; the lower the better."""
EXCEPTIONAL, STRONG, EXPECTED, ATTENTION, URGENT = range(len(POINTS))
CENTRAL = ("Curriculum and teaching", "Achievement", "Leadership and governance")
"""Areas in which 'needs attention' makes a school Requires improvement in the model (assumed)."""
CARD_RULE = (
    "Inadequate where an area needs urgent improvement, safeguarding is not met or the school is in a category of "
    "concern; else Requires improvement where curriculum and teaching, achievement or leadership and governance needs "
    "attention; else Outstanding where every area is of the strong standard or exceptional; else Good"
)
"""The rule of `card_grade` for a reader. The first part is the law's: such schools are causing concern, as Inadequate
ones were (National Education Union, Ofsted monitoring processes and categories of concern, 2025: special measures where
leadership and another area need urgent improvement, else requires significant improvement). The rest is assumed: Ofsted
compares neither scale with the other."""

CONCERNS = {
    "sm": "special measures",
    "swk": "serious weaknesses",
    "rsi": "requires significant improvement",
    "nti": "notice to improve",
}
"""Categories of concern: all are schools causing concern, as Inadequate ones are."""
NUMBERED = {str(code): code for code in range(Grade.OUTSTANDING, Grade.INADEQUATE + 1)}
NOT_JUDGED = MISSING | {"not judged", "not applicable", "not inspected", "no overall grade", "0", "9", "none", "no"}
"""What stands for no grade, in lower case."""
_KEEPS = re.compile(r"\bremain(?:s|ed)\s+(outstanding|good)\b")
_SOON = re.compile(r"concerns|improving|s5 next|improved significantly|not as strong")
"""What in the outcome of an ungraded inspection says that the next will be a graded one, and soon."""

HEADLINE, JUDGED, CARDED, KEPT = "headline grade", "four judgements", "report card", "ungraded inspection alone"


@dataclass(frozen=True)
class Last:
    """How a school was last judged: the grade (index into GRADES) and what it follows from, when (decimal years, nan
    for not known), the URN inspected (−1 not known), the grade before, when it was last visited, and whether that
    visit gave reason for a graded one soon."""

    grade: int
    basis: str
    on: float
    urn: int
    before: int = Grade.NOT_INSPECTED
    visited: float = float("nan")
    graded_next: bool = False


NEVER = Last(Grade.NOT_INSPECTED, "", float("nan"), -1)
"""A school of which the file says no grade."""


@dataclass
class Inspections:
    """What the file says. `last`: by URN of a school that is used; `read`: rows; `strangers`: rows of schools that are
    not used; `date`: of the file."""

    path: Path
    table: CsvTable
    last: dict[int, Last]
    read: int
    strangers: int
    date: FileDate
    notes: list[str] = field(default_factory=list)


def read_inspections(path: Path, year: int, urns: Collection[int], after: Successors) -> Inspections:
    """Read how the schools of these URNs were last judged by academic year `year`; `after` leads from URNs of the file
    to theirs, where the file is of another date. InputError names line and column of
    all that is wrong, and tells a file of another kind, or one that has none of the schools."""
    columns = [names for form in (GRADED, BEFORE, UNGRADED, CARD) for names in form.values()]
    columns += [(f"Latest OEIF {name}", name.capitalize()) for name in JUDGEMENTS] + [(name,) for name in AREAS]
    aside = dict.fromkeys(name for names in columns for name in names)
    others = {name: what for name, what in OTHER_FILES.items() if name not in aside}
    needed = (("URN",), (*GRADED["grade"], AREAS[2]), GRADED["on"])
    table = read_csv(path, needed, (), (*aside, PERIOD), other_files=others, sheet=SHEET)
    rows, strangers = _rows(table, urns, after)
    if not rows:
        text = f"none of the {count(len(table))} schools in it is in the establishment file"
        raise InputError(str(path), f"{text}; give the management information on state-funded schools of the same date")
    reader = _Rows(table, list(rows.values()), year)
    last = dict(zip(rows, reader.all(), strict=True))
    table.problems.stop()
    date = file_date(path, reader.dates, titles=table.titles)
    return Inspections(path, table, last, len(table), strangers, date, reader.notes())


def _rows(table: CsvTable, urns: Collection[int], after: Successors) -> tuple[dict[int, int], int]:
    """URN of a used school -> its row, and the number of rows of other schools. A school that has no row of its own has
    the one that gives its URN as that of the inspection, for it became another school since, or the one of a school
    that came before it or after."""
    numbers = table.numbers("URN", range(len(table)), 100_000, 999_999, "a whole number of six digits,")
    wanted, first, rows, twice = set(urns), dict[int, int](), dict[int, int](), []
    for row, urn in enumerate(np.nan_to_num(numbers, nan=-1.0).astype(int).tolist()):
        if urn < 0:
            if table.blank("URN", row):
                table.problems.add(table.lines[row], "URN", "missing; every school should have one, of six digits")
        elif urn in first:
            twice.append((row, urn))
        else:
            first[urn] = row
            if urn in wanted:
                rows[urn] = row
    if twice and PERIOD in table.present:
        text = "a list of the inspections of a period, in which schools are more than once"
        raise InputError(str(table.path), f"this looks like {text}; give the file 'latest inspections'")
    for row, urn in twice:
        text = f"{urn} is also on line {table.lines[first[urn]]}; each school should be in the file once"
        table.problems.add(table.lines[row], "URN", text)
    for name in table.present.intersection((*CARD["urn"], *GRADED["urn"])):
        for row, old in enumerate(map(_urn, table.text(name))):
            if old in wanted and old not in first:
                rows.setdefault(old, row)
    used = set(rows.values())
    strange = [urn for urn, row in first.items() if urn not in wanted and row not in used]
    for urn, school in after.follow(strange, wanted - rows.keys()).items():
        rows[school] = first[urn]
    used = set(rows.values())
    return rows, sum(row not in used for row in first.values())


def _urn(text: str) -> int:
    """A URN, −1 for none or what is no URN."""
    return int(text) if len(text) == 6 and text.isascii() and text.isdecimal() else -1


class _Rows:
    """The rows of used schools, read column by column."""

    def __init__(self, table: CsvTable, rows: Sequence[int], year: int) -> None:
        self.table, self.rows, self.year = table, rows, year
        self.cards = bool(table.present.intersection(AREAS))
        self.dates: list[float] = []
        self.unknown: Counter[str] = Counter()

    def all(self) -> list[Last]:
        """How the school of each row was last judged."""
        before, graded, cards = self._before(), self._graded(), self._cards()
        outcome, went = self.text(UNGRADED["outcome"]), self.when(UNGRADED["on"])
        urn, converted = self.urns(UNGRADED["urn"]), self.text(UNGRADED["converted"])
        last = []
        for i, three in enumerate(zip(before, graded, cards, strict=True)):
            judged = [one for one in three if one.grade] or [NEVER]
            now, earlier = judged[-1], judged[:-1]
            now = replace(now, before=earlier[-1].grade if earlier else Grade.NOT_INSPECTED)
            if went[i] > _by(now.on) and not converted[i].lower().startswith("y"):
                now = self._visited(now, outcome[i], went[i], urn[i])
            last.append(now)
        return last

    def _visited(self, now: Last, outcome: str, on: float, urn: int) -> Last:
        """The school after an inspection without a grade: it keeps its grade, and the date of the visit is the last."""
        plain = outcome.lower()
        keeps, soon = _KEEPS.search(plain), bool(_SOON.search(plain))
        if not (keeps or soon or plain in MISSING or "standards maintained" in plain):
            self.unknown[outcome] += 1
        if now.grade or not keeps:
            return replace(now, visited=on, graded_next=soon and now.grade > 0)
        return Last(GRADE_NAMES[keeps[1]], KEPT, on, urn, visited=on, graded_next=soon)

    def _graded(self) -> list[Last]:
        """The last graded inspection: its headline grade, else what its judgements amount to."""
        # where there are report cards, the shorter names are theirs
        names = {what: known[:1] if self.cards else known for what, known in GRADED.items()}
        judged = [self.grades((f"Latest OEIF {name}", name.capitalize())) for name in JUDGEMENTS]
        when, published = self.when(names["on"]), self.when(names["published"])
        concern, safe = self.concerns(names["concern"]), self.text(names["safe"])
        urns, inspections = self.urns(names["urn"]), []
        for i, headline in enumerate(self.grades(names["grade"])):
            parts = [judgement[i] for judgement in judged]
            failing = concern[i] or (not headline and (Grade.INADEQUATE in parts or safe[i].lower() == "no"))
            grade = Grade.INADEQUATE if failing else headline or parts[JUDGEMENTS.index(OVERALL)]
            on = when[i] if not np.isnan(when[i]) else published[i]
            inspections.append(Last(grade, HEADLINE if headline else JUDGED, on, urns[i], visited=on))
        return inspections

    def _before(self) -> list[Last]:
        """The graded inspection before the last one, where the file gives it."""
        grades, dates = self.grades(BEFORE["grade"]), self.when(BEFORE["on"])
        return [Last(grade, HEADLINE, on, -1, visited=on) for grade, on in zip(grades, dates, strict=True)]

    def _cards(self) -> list[Last]:
        """Report cards."""
        if not self.cards:
            return [NEVER] * len(self.rows)
        points = {area: self.points(area) for area in AREAS}
        when, urns = self.when(CARD["on"]), self.urns(CARD["urn"])
        safe, concern, cards = self.text(CARD["safe"]), self.concerns(CARD["concern"]), []
        for i in range(len(self.rows)):
            area = {name: got[i] for name, got in points.items() if got[i] >= 0}
            grade = card_grade(area, self._met(safe[i], i), concern[i])
            cards.append(Last(grade, CARDED, when[i], urns[i], visited=when[i]))
        return cards

    def _met(self, word: str, i: int) -> bool:
        plain = word.lower()
        if plain not in NOT_JUDGED | {"met", "not met"}:
            self._wrong(i, SAFEGUARDING, word, ("Met", "Not met"))
        return plain != "not met"

    def points(self, area: str) -> list[int]:
        """Index into POINTS of an area, −1 for none."""
        known, points = {point.lower(): code for code, point in enumerate(POINTS)}, []
        for i, word in enumerate(self.text((area,))):
            plain = " ".join(word.lower().split())
            if plain not in known and plain not in NOT_JUDGED:
                self._wrong(i, area, word, POINTS)
            points.append(known.get(plain, -1))
        return points

    def grades(self, names: Names) -> list[int]:
        """Index into GRADES of a column of grades, 0 for none."""
        grades = []
        for i, word in enumerate(self.text(names)):
            plain = word.lower()
            if plain not in NUMBERED | GRADE_NAMES and plain not in NOT_JUDGED:
                self._wrong(i, self.name(names), word, (*NUMBERED, "Not judged"))
            grades.append((NUMBERED | GRADE_NAMES).get(plain, Grade.NOT_INSPECTED))
        return grades

    def concerns(self, names: Names) -> list[bool]:
        """Whether schools are in a category of concern."""
        words = self.text(names)
        return [word.lower() in CONCERNS or word.lower() in CONCERNS.values() for word in words]

    def when(self, names: Names) -> list[float]:
        """A column of dates as decimal years, nan for none; dates beyond the first year are problems."""
        name = self.name(names)
        if not name:
            return [float("nan")] * len(self.rows)
        dates = self.table.dates(name, self.rows)
        check_dates(self.table, name, self.rows, dates, self.year)
        self.dates += dates[dates >= LONG_AGO].tolist()
        return list(dates.tolist())

    def urns(self, names: Names) -> list[int]:
        """A column of URNs, −1 for none or what is no URN."""
        return [_urn(text) for text in self.text(names)]

    def name(self, names: Names) -> str:
        """The first of the columns that the file has; empty for none."""
        return next((name for name in names if name in self.table.present), "")

    def text(self, names: Names) -> list[str]:
        """The first of the columns that the file has, at the rows; blank for none."""
        name = self.name(names)
        if not name:
            return [""] * len(self.rows)
        text = self.table.text(name)
        return [text[row] for row in self.rows]

    def _wrong(self, i: int, name: str, word: str, known: Sequence[str]) -> None:
        hint = f"{nearest(word, known)}; it should be one of: {', '.join(known)}"
        self.table.problems.add(self.table.lines[self.rows[i]], name, f"unknown grade {quoted(word)}{hint}")

    def notes(self) -> list[str]:
        """What was not understood and passed over."""
        if not self.unknown:
            return []
        words = ", ".join(f"{quoted(word)} {count(n)}" for word, n in self.unknown.most_common())
        return [f"Outcomes of ungraded inspections that are not known here, taken as no change of grade: {words}."]


def _by(when: float) -> float:
    """A date to sort by: one that is not known is the earliest."""
    return -np.inf if np.isnan(when) else when


def card_grade(points: Mapping[str, int], met: bool, concern: bool) -> int:
    """The grade (index into GRADES) that a report card stands for here, by CARD_RULE; 0 for a card without a judgement.

    `points`: area -> index into POINTS; `met`: whether safeguarding standards are, or nothing is said of them.
    """
    if not points and met and not concern:
        return Grade.NOT_INSPECTED
    if concern or not met or URGENT in points.values():
        return Grade.INADEQUATE
    if any(points.get(area) == ATTENTION for area in CENTRAL):
        return Grade.REQUIRES_IMPROVEMENT
    if points and max(points.values()) <= STRONG:
        return Grade.OUTSTANDING
    return Grade.GOOD


def take(columns: dict[str, Array], inspections: Inspections, filled: Counter[str]) -> list[str]:
    """Put what the file says in place of what the establishment file says, where it is later or that says nothing.

    `columns`: of the used schools, by the names of SCHOOL_INPUTS; changed in place, as is `filled`: what was filled ->
    count. Returns sentences on how.
    """
    bases: Counter[str] = Counter()
    heirs = kept = later = without = 0
    grade, inspected, route, opened = (columns[name] for name in ("grade", "inspected", "route", "opened"))
    for row, urn in enumerate(columns["urn"].tolist()):
        last = inspections.last.get(urn)
        if last is None or not last.grade:
            without += last is None
            continue
        predecessor = last.urn not in (-1, urn) or (last.urn == -1 and last.on < opened[row])
        if predecessor and route[row] in (Route.SPONSORED, Route.FREE):
            heirs += 1
            continue
        if grade[row] and inspected[row] > last.visited:
            later += 1
            continue
        bases[last.basis] += 1
        kept += predecessor
        grade[row], inspected[row] = last.grade, last.visited
        columns["grade_before"][row], columns["graded_next"][row] = last.before, last.graded_next
    filled["inspection: the predecessor's, in a school that keeps its grade"] = kept
    filled["inspection: none of its own, in an academy that begins without one"] = heirs
    return [*_sentences(inspections, len(grade), bases, without, later), *inspections.notes]


def _sentences(inspections: Inspections, schools: int, bases: Counter[str], without: int, later: int) -> list[str]:
    text = [
        f"Ofsted's file ({count(inspections.read)} rows) gives {count(bases.total())} of the {count(schools)} schools "
        f"their last grade; {count(without)} are not in it, and {count(inspections.strangers)} of its rows are of "
        "schools that are not used here."
    ]
    if later:
        text.append(f"The establishment file has a later inspection of {count(later)} schools, which is kept.")
    if bases[JUDGED]:
        text.append(
            f"{count(bases[JUDGED])} schools have no headline grade, as inspected since September 2024: their "
            f"{OVERALL} stands for it, and Inadequate where one of four judgements is (the first assumed)."
        )
    if bases[CARDED]:
        text.append(f"{count(bases[CARDED])} schools have a report card, read as a grade that Ofsted did not give: "
                    f"{CARD_RULE} (all but the first assumed).")  # fmt: skip
    if bases[KEPT]:
        text.append(f"{count(bases[KEPT])} schools have the grade that an ungraded inspection left them, whose date "
                    "stands for that of the graded one.")  # fmt: skip
    return text
