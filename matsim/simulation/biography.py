"""The life of a school, or of a head, from a stored result: the log says what happened, the tables by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matsim.core.errors import InputError
from matsim.results.numbers import named
from matsim.simulation.explain import Names
from matsim.words.amounts import academic, amount, change, decimals, many
from matsim.words.phrases import capital, listed
from matsim.world.codes import GRADES, Grade

type Tables = Mapping[str, pd.DataFrame]

NOBODY = -1
"""In place of the number of a person, a school or a trust."""

POSTS = ("head", "depart", "executive")
"""Kinds of event that say who leads a school."""

CAME = {
    "": "in post when the run began",
    "outside": "appointed from outside",
    "own": "appointed from among the leaders of the trust",
    "moved": "moved there by the trust from another of its schools",
    "promoted": "head of school, as the head before became executive head",
    "cover": "leading a partner school too",
}
"""How a head came to a post, by the reason in the log."""

LEFT = {
    "": "still in post at the end",
    "ordinary": "then left",
    "grade": "then left, under the strain of the school's grade",
    "takeover": "then left, as the school came under another trust",
    "break points": "then left, worn out by a trust past break points",
    "buy-in": "then left, having lost heart",
    "moved": "then was moved to another school of the trust",
    "promoted": "then became executive head of the cluster",
    "closed": "until the school closed",
}
"""How a head left a post, by the reason in the log."""


@dataclass(frozen=True)
class Passage:
    """One passage of a life: from which academic year to which, in a sentence, and the numbers in it by name."""

    about: str
    first: int
    last: int
    sentence: str
    numbers: dict[str, float]


@dataclass(frozen=True)
class Life:
    """A school's life or a head's: its passages, and the table of its years (of a head, with the school of each)."""

    name: str
    passages: tuple[Passage, ...]
    years: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; a number that does not exist is None."""
        rows = self.years.astype(object).where(self.years.notna(), None)
        passages = [vars(p) | {"numbers": {k: _known(v) for k, v in p.numbers.items()}} for p in self.passages]
        return {"name": self.name, "passages": passages, "years": rows.to_dict("records")}


@dataclass(frozen=True)
class Post:
    """A time that somebody was head of a school: `first` and `last` academic year led, why that began and ended.

    `came` is empty for those in post when the run began, `left` for those in post when it ended.
    """

    person: int
    school: int
    first: int
    last: int
    skill: float
    came: str
    left: str


def school_life(tables: Tables, urn: int, names: Names) -> Life:
    """The life of a school, by its URN: trusts, heads, grades, money, what practice it lent or borrowed, results.

    `tables` are those of a run that kept `school_year`. InputError where it did not, or never had the school open.
    """
    rows = _years_of(tables, urn)
    passages = [
        *_trusts(rows, names),
        *_heads(posts_of_school(tables, urn), rows),
        *_grades(rows),
        *_money(rows),
        *_lending(tables, urn, names),
    ]
    columns = ["year", "trust", "head_id", "grade", "pupils", "quality", "outcome", "teaching", "reserves", "lent"]
    return Life(names.school(urn), tuple(sorted(passages, key=lambda p: p.first)), rows[columns])


def head_life(tables: Tables, person: int, names: Names) -> Life:
    """The life of a head, by its number: schools led, why each began and ended, what results did meanwhile.

    InputError where the result has no such head, or did not keep `school_year`.
    """
    passages, years = [], []
    for post in posts_of_person(tables, person):
        rows = _years_of(tables, post.school)
        passages.append(_post(post, rows, f"Head of {names.school(post.school)}"))
        years.append(rows.loc[rows["year"].between(post.first, post.last), ["year", "school", "grade", "outcome"]])
    passages += _executive(tables, person, names)
    if not passages:
        raise InputError("head", f"nobody of the number {person} leads a school in this result")
    table = pd.concat(years) if years else pd.DataFrame(columns=["year", "school", "grade", "outcome"])
    return Life(f"head {person}", tuple(sorted(passages, key=lambda p: p.first)), table)


def posts_of_school(tables: Tables, urn: int) -> list[Post]:
    """Everybody who was head of a school, one after the other, from the log; years are those led."""
    rows, changes = _years_of(tables, urn), list(_changes(tables["events"], urn))
    last, end = int(rows["year"].max()), int(tables["school_year"]["year"].max())
    posts: list[Post] = []
    # whoever was there at first is named by the event with which that ended, or by the table
    person, skill, came, since = int(rows["head_id"].iloc[0]), float(rows["head"].iloc[0]), "", int(rows["year"].min())
    vacant = not changes[0].left if changes else bool(rows["vacancy"].iloc[0])
    for one in changes:
        if one.left and not vacant:
            posts.append(Post(one.person, urn, since, one.year, one.skill, came, one.left))
            vacant = True
        if one.came:
            person, skill, came, since, vacant = one.next, one.next_skill, one.came, one.since, False
    if not vacant:
        posts.append(Post(person, urn, since, last, skill, came, "" if last == end else "closed"))
    return [post for post in posts if post.last >= post.first]


@dataclass(frozen=True)
class _Change:
    """What an event did to the post of head of a school: whose time ended with the academic year `year`, where `left`
    says how; and whose begins with `since`, where `came` does."""

    year: int
    left: str = ""
    person: int = NOBODY
    skill: float = np.nan
    came: str = ""
    next: int = NOBODY
    next_skill: float = np.nan
    since: int = 0


def _changes(events: pd.DataFrame, urn: int) -> Iterator[_Change]:
    """What the log says of the post of head of a school, in order."""
    for row in _of_kinds(events, POSTS):
        inputs, year, reason = named(row.inputs), int(row.year), str(row.reason)
        if not inputs["person"] >= 0:  # a post that nobody filled
            continue
        who = int(inputs["person"]), inputs["skill"]
        if row.event == "head" and reason == "moved" and inputs["origin"] == urn:
            yield _Change(year, reason, *who)
        if row.school != urn:
            continue
        if row.event == "depart":
            yield _Change(year, reason, *who)
        elif row.event == "executive" and reason == "promoted":
            yield _Change(year, reason, *who, reason, int(inputs["after"]), inputs["after_skill"], year + 1)
        elif row.event == "head":
            # who fills a post in August leads from September on
            yield _Change(year, "", NOBODY, np.nan, reason, *who, year + (row.month == "Aug"))


def _of_kinds(events: pd.DataFrame, kinds: tuple[str, ...]) -> Iterator[Any]:
    """Events of some kinds, in the order in which they happened; columns are attributes."""
    yield from events[events["event"].isin(kinds)].itertuples(index=False)


def posts_of_person(tables: Tables, person: int) -> list[Post]:
    """Every post that a head held, in order, from the log."""
    events, table = list(_of_person(tables["events"], person)), tables["school_year"]
    schools = {int(row.school) for row in events} | {int(named(row.inputs).get("origin", NOBODY)) for row in events}
    schools |= set(table.loc[table["head_id"] == person, "school"].tolist())
    posts = [post for urn in sorted(schools - {NOBODY}) for post in posts_of_school(tables, urn)]
    return sorted((post for post in posts if post.person == person), key=lambda post: post.first)


def _of_person(events: pd.DataFrame, person: int) -> Iterator[Any]:
    """Events that name a head."""
    for row in _of_kinds(events, POSTS):
        inputs = named(row.inputs)
        if person in (inputs.get("person"), inputs.get("after")):
            yield row


def _heads(posts: list[Post], rows: pd.DataFrame) -> Iterator[Passage]:
    """Every head of a school, and every time that it had none."""
    since, last = int(rows["year"].min()), int(rows["year"].max())
    for nth, post in enumerate(posts, 1):
        yield from _unheaded(since, post.first - 1)
        yield _post(post, rows, f"Head {nth} (number {post.person})")
        since = post.last + 1
    yield from _unheaded(since, last)


def _unheaded(first: int, last: int) -> Iterator[Passage]:
    if first <= last:
        yield Passage("head", first, last, f"No head {years_span(first, last)}.", {"years": float(last - first + 1)})


def _post(post: Post, rows: pd.DataFrame, who: str) -> Passage:
    """One head's time at one school, and what results did meanwhile."""
    outcome = rows.set_index("year")["outcome"]
    numbers = {"person": float(post.person), "skill": post.skill, "years": float(post.last - post.first + 1)}
    numbers |= _between(float(outcome.get(post.first - 1, np.nan)), float(outcome.get(post.last, np.nan)))
    sentence = (
        f"{who} {years_span(post.first, post.last)}, {CAME[post.came]}, "
        f"{_difference(post.skill, 'sd', 'above', 'below')} the average head; {_moved(numbers)}{LEFT[post.left]}."
    )
    return Passage("head", post.first, post.last, sentence, numbers)


def _between(before: float, after: float) -> dict[str, float]:
    return {"before": before, "after": after, "change": after - before}


def _moved(numbers: Mapping[str, float]) -> str:
    """What value added did between the summer before and the last summer, as far as these are known."""
    before, after, by = (change(numbers[name], "sd") for name in ("before", "after", "change"))
    if np.isnan(numbers["after"]):
        return ""
    if np.isnan(numbers["before"]):
        return f"value added was {after} in the last summer; "
    return f"value added went from {before} to {after}, by {by}; "


def _difference(value: float, unit: str, more: str, less: str) -> str:
    """`0.16 sd above`, `£262 less`: a difference without its sign."""
    return f"{amount(abs(value), unit)} {less if value < 0.0 else more}"


def years_span(first: int, last: int) -> str:
    """`from 2018/19 to 2020/21 (3 years)`."""
    when = f"in {academic(first)}" if first == last else f"from {academic(first)} to {academic(last)}"
    return f"{when} ({many(last - first + 1, 'year')})"


def _years_of(tables: Tables, urn: int) -> pd.DataFrame:
    """The rows of one school in order. InputError where there are none."""
    table = tables.get("school_year")
    if table is None:
        raise InputError("result", "a biography needs the table school_year: run with --set run.school_year=true")
    rows = table[table["school"] == urn].sort_values("year")
    if rows.empty:
        raise InputError("school", f"no school of the number {urn} was open in this result")
    return rows


def _stretches(rows: pd.DataFrame, column: str) -> Iterator[tuple[pd.DataFrame, int, int]]:
    """The rows of each stretch of years in which a column stays what it is, the first of these years and the last."""
    values = rows[column].astype(object)
    for _, part in rows.groupby((values != values.shift()).cumsum()):
        yield part, int(part["year"].min()), int(part["year"].max())


def _trusts(rows: pd.DataFrame, names: Names) -> Iterator[Passage]:
    """Each trust that a school belonged to at the end of years, and results meanwhile."""
    for part, first, last in _stretches(rows, "trust"):
        trust, mean = int(part["trust"].iloc[0]), float(part["outcome"].mean())
        where = "A maintained school" if trust == NOBODY else f"In {names.trust(trust)}"
        results = "" if np.isnan(mean) else f": value added was {change(mean, 'sd')} on average"
        numbers = {"trust": float(trust), "years": float(len(part)), "outcome": mean}
        yield Passage("trust", first, last, f"{where} {years_span(first, last)}{results}.", numbers)


def _grades(rows: pd.DataFrame) -> Iterator[Passage]:
    """Each grade that a school held at the end of years."""
    for part, first, last in _stretches(rows, "grade"):
        grade = str(part["grade"].iloc[0])
        judged = capital(grade) if grade == GRADES[Grade.NOT_INSPECTED] else f"Judged {grade}"
        yield Passage("grade", first, last, f"{judged} {years_span(first, last)}.", {"years": float(len(part))})


def _money(rows: pd.DataFrame) -> Iterator[Passage]:
    """What a school spent on teaching, and what it held or owed."""
    teaching, reserves, years = rows["teaching"], rows["reserves"], rows["year"]
    numbers = {
        "teaching": float(teaching.mean()),
        "most": float(teaching.max()),
        "least": float(teaching.min()),
        "begin": float(reserves.iloc[0]),
        "end": float(reserves.iloc[-1]),
        "deficits": float((reserves < 0.0).sum()),
    }
    mean, least, most = (_difference(numbers[name], "£", "more", "less") for name in ("teaching", "least", "most"))
    begin, end = (amount(numbers[name], "£") for name in ("begin", "end"))
    owed = (
        f"below zero at the end of {many(numbers['deficits'], 'year')}" if numbers["deficits"] else "never below zero"
    )
    sentence = (
        f"A pupil's teaching cost {mean} than in schools like it on average, from {least} to {most}. "
        f"Reserves went from {begin} to {end}, {owed}."
    )
    yield Passage("money", int(years.min()), int(years.max()), sentence, numbers)


def _lending(tables: Tables, urn: int, names: Names) -> Iterator[Passage]:
    """Every time that a school was lent practice, or lent it, with what that gave or cost."""
    table = tables["school_year"]
    lent = table[table["school"] == urn].set_index("year")["lent"]
    others = table[table["lender"] == urn].groupby("year").size()
    for school, lender, first, last, minutes in _pairs(tables, urn):
        of_years = lent[(lent.index >= first) & (lent.index <= last)]
        numbers = {"minutes": minutes, "years": float(last - first + 1)}
        if school == urn:
            numbers["gain"] = float(of_years.sum())
            what, came = f"Borrowed practice from {names.school(lender)}", f"gained {amount(numbers['gain'], 'sd')}"
        else:
            # a lender is not lent to, so that what it is lent is what lending costs it
            numbers["cost"] = float(-(of_years / others.reindex(of_years.index)).sum())
            what, came = f"Lent practice to {names.school(school)}", f"lost {amount(numbers['cost'], 'sd')}"
        sentence = f"{what}, {decimals(minutes, 1)} minutes away, {years_span(first, last)}, and {came} by it."
        yield Passage("lending", first, last, sentence, numbers)


def _pairs(tables: Tables, urn: int) -> list[tuple[int, int, int, int, float]]:
    """Pairs of borrower and lender that a school was in, with the first year and the last, and the minutes between."""
    events = tables["events"]
    begun: dict[int, tuple[int, int, float]] = {}
    pairs = []
    for row in _of_kinds(events, ("lend", "withdraw")):
        inputs, school = named(row.inputs), int(row.school)
        if urn not in (school, int(inputs["lender"])):
            continue
        if row.event == "lend":
            begun[school] = int(inputs["lender"]), int(row.year), inputs["minutes"]
        else:
            lender, first, minutes = begun.pop(school)
            pairs.append((school, lender, first, int(row.year) - 1, minutes))
    end = int(tables["school_year"]["year"].max())
    return pairs + [(school, lender, first, end, minutes) for school, (lender, first, minutes) in begun.items()]


def _executive(tables: Tables, person: int, names: Names) -> Iterator[Passage]:
    """Every time that somebody was executive head of a cluster, and what results of its schools did meanwhile."""
    table = tables["school_year"]
    rows, end = table[table["executive"] == person], int(table["year"].max())
    # who is executive head at the end of one year leads in the next
    years = np.array(sorted({int(y) + 1 for y in rows["year"]} - {end + 1}), int)
    for part in np.split(years, np.flatnonzero(np.diff(years) > 1) + 1) if len(years) else ():
        first, last = int(part[0]), int(part[-1])
        cluster = rows[rows["year"] == first - 1]
        outcome = table[table["school"].isin(cluster["school"])].groupby("year")["outcome"].mean()
        numbers = {"schools": float(len(cluster)), "years": float(last - first + 1)}
        numbers |= _between(float(outcome.get(first - 1, np.nan)), float(outcome.get(last, np.nan)))
        left = any((row.year, row.reason) == (last, "left") for row in _of_person(tables["events"], person))
        ended = LEFT[""] if last == end else LEFT["ordinary"] if left else "until it was dissolved"
        sentence = (
            f"Executive head of a cluster of {names.trust(int(cluster['trust'].iloc[0]))} {years_span(first, last)}: "
            f"{listed(map(names.school, cluster['school'].tolist()))}; {_moved(numbers)}{ended}."
        )
        yield Passage("executive", first, last, sentence, numbers)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
