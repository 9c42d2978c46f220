"""The life of a trust from a stored result: how it set out, grew, was judged and braked, and what came of it.

Told for trustees, on one page, by phases: growth, steady years, trouble. What happened is from the log, by how much
from the yearly table of trusts. Every kind of event that has readers (`matsim.events.kinds.Audience`) is told by its
own sentence, so a new kind needs nothing here; only joining, leaving and break points, which come in numbers or in
several steps, are put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from matsim.agents.trust import TROUBLES
from matsim.core.errors import InputError
from matsim.events.kinds import EVENTS, STAGES, Audience
from matsim.mechanisms.ladders import LADDERS
from matsim.results.numbers import named
from matsim.simulation.biography import Life, Passage, Tables, years_span
from matsim.simulation.explain import Names, said, when
from matsim.words.amounts import academic, amount, change, count, many, percent
from matsim.words.phrases import listed

PHASE = "phase"
"""What passages that begin a phase of a life are about; those that follow belong to it."""

LONGEST = 34
"""Passages of a life, phases among them: one page."""

NAMED = 4
"""Schools named in one sentence; of more there is the number."""

TWICE = 2
"""So often in one phase an event is told each time; of more, how often and the first."""

AHEAD = 2
"""Years between what a CEO foresees and what comes of it."""

READERS = Audience.STORY | Audience.ROUND | Audience.BOARD | Audience.REPORT

GROUPED = frozenset(("join", "transfer", "merge", "open", "convert", "close", *STAGES))
"""Kinds whose events are told by the year, or by the break point."""

UNTOLD = frozenset(("approve", "inspect", "hire", "shed", "cluster"))
"""Of approvals the joinings are told; what inspectors found stands in the lives of schools; the rest is daily work."""

GROWTH, STEADY, SMALLER, TROUBLE = "Growth", "Steady years", "Fewer schools", "In trouble"

MERGED = "trusts merged into it"

NO_TROUBLE = TROUBLES[0]


@dataclass(frozen=True)
class _Item:
    """A passage and its place: the row of the log, and which are told first where there is not room for all."""

    row: float
    rank: int
    passage: Passage


def trust_life(tables: Tables, uid: int, names: Names) -> Life:
    """The life of a trust, by its UID. `tables` are `trust_year` and `events`. InputError where it was never open."""
    table = tables["trust_year"]
    rows = table[table["trust"] == uid].sort_values("year")
    if rows.empty:
        raise InputError("trust", f"no trust of the number {uid} was open at the end of a year of this result")
    events = tables["events"].reset_index(drop=True)
    mine = events[(events["trust"] == uid) | (events["other"] == uid)]
    it = Names(names.schools, {**names.trusts, uid: "the trust"})
    items = [*_moves(mine, uid, it), *_break_points(mine, it), *_others(mine, it), *_foreseen(rows, mine)]
    ends = [_beginning(rows), *_end(rows, mine, uid, it, int(table["year"].max()))]
    passages = _in_phases(rows, _phases(rows, items), items, ends)
    columns = ["year", "schools", "pupils", "value_added", "capacity", "reserves_share", "controls", "trouble"]
    return Life(names.trust(uid), tuple(passages), rows[columns])


def _in_phases(rows: pd.DataFrame, phases: list[_Phase], items: list[_Item], ends: list[Passage]) -> Iterator[Passage]:
    """Every phase followed by what is told of it, in the order in which it happened."""
    room = LONGEST - len(ends) - len(phases)
    kept = sorted(sorted(items, key=lambda one: one.rank)[:room], key=lambda one: one.row)
    yield ends[0]
    for nth, phase in enumerate(phases):
        yield _phase(phase, rows)
        last = np.inf if nth == len(phases) - 1 else phase.last
        first = -np.inf if not nth else phase.first
        yield from (one.passage for one in kept if first <= one.passage.first <= last)
    yield from ends[1:]


@dataclass(frozen=True)
class _Phase:
    """Academic years of one sort, first and last."""

    kind: str
    first: int
    last: int


def _phases(rows: pd.DataFrame, items: Iterable[_Item]) -> list[_Phase]:
    """Years of growth, of none, and of trouble; one quiet year does not end a phase."""
    grew = {one.passage.first for one in items if one.passage.about == "joined"}
    kinds: list[str] = []
    for year, trouble in zip(rows["year"].tolist(), rows["trouble"].tolist(), strict=True):
        kinds.append(TROUBLE if trouble != NO_TROUBLE else GROWTH if year in grew else STEADY)
    for i, kind in enumerate(kinds):
        alone = kind not in (kinds[i - 1] if i else "", kinds[i + 1] if i + 1 < len(kinds) else "")
        if i and alone and TROUBLE not in (kind, kinds[i - 1]):
            kinds[i] = kinds[i - 1]
    phases = []
    for kind, part in groupby(zip(kinds, rows["year"].tolist(), strict=True), key=lambda pair: pair[0]):
        years = [int(year) for _, year in part]
        phases.append(_Phase(kind, years[0], years[-1]))
    return phases


_MEASURES = (
    ("schools", "", "schools"),
    ("value_added", "value added", "sd"),
    ("reserves_share", "reserves", "share"),
    ("capacity", "what its central team could do of its work", "percent"),
)
"""Columns of `trust_year` that every phase says, what they are called, and their units."""


def _phase(phase: _Phase, rows: pd.DataFrame) -> Passage:
    """What a phase was and what it changed, from the end of the year before to its last year's."""
    by_year = rows.set_index("year")
    before: Any = by_year.loc[phase.first - 1 if phase.first - 1 in by_year.index else phase.first]
    after: Any = by_year.loc[phase.last]
    numbers = {"years": float(phase.last - phase.first + 1)}
    parts = []
    for name, words, unit in _MEASURES:
        a, b = float(before[name]), float(after[name])
        numbers |= {f"{name}_before": a, f"{name}_after": b}
        if np.isnan(a) or np.isnan(b):
            continue
        parts.append(f"{words} {_from_to(a, b, unit)}".strip())
    kind = phase.kind
    if kind == STEADY and numbers["schools_after"] < numbers["schools_before"]:
        kind = SMALLER
    states = dict.fromkeys(by_year.loc[phase.first : phase.last, "trouble"].astype(str))
    what = f"{kind} ({', then '.join(s for s in states if s != NO_TROUBLE)})" if kind == TROUBLE else kind
    sentence = f"{what} {years_span(phase.first, phase.last)}: {'; '.join(parts)}."
    return Passage(PHASE, phase.first, phase.last, sentence, numbers)


def _from_to(before: float, after: float, unit: str) -> str:
    """`from 3 to 9 schools`, `7 schools throughout`."""
    if unit == "schools":
        return (
            f"{many(after, 'school')} still" if before == after else f"from {count(before)} to {many(after, 'school')}"
        )
    first, last = (
        (percent(x) if unit == "percent" else change(x, unit) if unit == "sd" else amount(x, unit))
        for x in (before, after)
    )
    return f"{first} still" if first == last else f"from {first} to {last}"


def _beginning(rows: pd.DataFrame) -> Passage:
    """How it stood at the end of its first year, and what it aimed for."""
    first = rows.iloc[0]
    year, names = int(first["year"]), ("schools", "pupils", "target", "ambition")
    numbers = {name: float(first[name]) for name in names}
    several = numbers["target"] > numbers["schools"] and first["kind"] == "multi-academy trust"
    aim = f"; its plan aimed for {count(round(numbers['target']))}" if several else ""
    sentence = f"At the end of {academic(year)} it had {many(numbers['schools'], 'school')}"
    sentence += f" and {count(numbers['pupils'])} pupils{aim}{_ambition(numbers['ambition'])}."
    return Passage("beginning", year, year, sentence, numbers)


def _ambition(ambition: float) -> str:
    """How much a CEO wants growth, against the middle of the scale, at which nothing is said."""
    if ambition == 0.5:
        return ""
    return f"; its CEO wanted growth {'more' if ambition > 0.5 else 'less'} than most"


def _end(rows: pd.DataFrame, mine: pd.DataFrame, uid: int, it: Names, end: int) -> Iterator[Passage]:
    """How it stands at the end of the run, or how it ended."""
    last = rows.iloc[-1]
    most = float(rows["schools"].max())
    numbers = {"schools": float(last["schools"]), "pupils": float(last["pupils"]), "most": most}
    closed = mine[(mine["event"] == "close") & (mine["trust"] == uid) & (mine["school"] < 0)]
    at_most = f", {count(most)} at most" if most > numbers["schools"] else ""
    if closed.empty:
        trouble = "" if last["trouble"] == NO_TROUBLE else f", under {last['trouble']}"
        sentence = f"At the end of {academic(end)} it has {many(numbers['schools'], 'school')}{at_most}"
        yield Passage("end", end, end, f"{sentence}, and {count(numbers['pupils'])} pupils{trouble}.", numbers)
        return
    row = closed.iloc[-1]
    year, how = int(row["year"]), f"{when(row)}{said(row, it)}"
    to = mine[(mine["event"] == "merge") & (mine["trust"] == uid)]["other"].tolist()
    moved = mine[(mine["event"] == "transfer") & (mine["other"] == uid) & (mine["year"] == year)]["trust"].tolist()
    takers = listed(dict.fromkeys(it.trust(int(t)) for t in (to or moved)))
    went = f"; its schools went to {takers}" if takers else ""
    had = f"It had had {many(most, 'school')} at most"
    yield Passage("end", year, year, f"{how}{went}. {had}.", numbers)


def _moves(mine: pd.DataFrame, uid: int, it: Names) -> Iterator[_Item]:
    """Schools that came and went, a sentence a year for each."""
    moves = mine[mine["event"].isin(("join", "transfer", "merge", "open", "close"))]
    for year in sorted({int(y) for y in moves["year"]}):
        part = moves[moves["year"] == year]
        kind, to, out = part["event"], part["trust"] == uid, part["other"] == uid
        came = {
            "joined by choice": part[kind.eq("join") & to & (part["reason"] == "chosen")],
            "joined as ordered or asked to": part[kind.eq("join") & to & (part["reason"] != "chosen")],
            "came from other trusts": part[kind.eq("transfer") & to],
            "opened": part[kind.eq("open") & to],
        }
        went = {
            "left for other trusts": part[kind.eq("transfer") & out],
            "closed": part[kind.eq("close") & to & (part["school"] >= 0)],
        }
        united = part[kind.eq("merge") & out]
        merged = [it.trust(int(t)) for t in united["trust"]]
        sentences = [*_who(came, it), *([f"{listed(merged)} merged into it"] if merged else [])]
        yield from _year_of("joined", year, sentences, came | {MERGED: united})
        yield from _year_of("left", year, list(_who(went, it)), went)


def _year_of(about: str, year: int, sentences: list[str], parts: Mapping[str, pd.DataFrame]) -> Iterator[_Item]:
    """One year's comings or goings, where there were any; its numbers are how many of each sort."""
    every = pd.concat(list(parts.values()))
    if every.empty:
        return
    numbers = {words: float(len(part)) for words, part in parts.items()}
    passage = Passage(about, year, year, f"{academic(year)}: {'; '.join(sentences)}.", numbers)
    yield _Item(float(every.index.min()), 0, passage)


def _who(groups: Mapping[str, pd.DataFrame], it: Names) -> Iterator[str]:
    """`A, B and C joined by choice`; of many, how many."""
    for words, part in groups.items():
        schools = [it.school(int(s)) for s in part["school"]]
        if schools:
            yield f"{listed(schools) if len(schools) <= NAMED else many(len(schools), 'school')} {words}"


def _break_points(mine: pd.DataFrame, it: Names) -> Iterator[_Item]:
    """Each break point that was reached: seen beforehand or not, how long unanswered, answered or not."""
    points = {ladder.key: ladder.name[0].lower() + ladder.name[1:] for ladder in LADDERS}
    stages = mine[mine["event"].isin(STAGES)]
    for key, part in stages.groupby("reason"):
        kinds = part["event"].tolist()
        starts = [i for i, kind in enumerate(kinds) if kind == "reach"]
        for start, end in zip(starts, [*starts[1:], len(kinds)][: len(starts)], strict=True):
            before = kinds[starts[starts.index(start) - 1] if start != starts[0] else 0 : start]
            yield _point(points.get(str(key), str(key)), part.iloc[start:end], seen="warn" in before)


def _point(name: str, part: pd.DataFrame, *, seen: bool) -> _Item:
    """One break point from when it was reached to when it was answered, or the next was."""
    reached = part.iloc[0]
    year = int(reached["year"])
    numbers = {"load": float(reached["value"]), "missed": float((part["event"] == "miss").sum())}
    words = f"a break point in {name}, {'which the CEO had seen coming' if seen else 'which nobody had seen coming'}"
    clauses = [f"{when(reached)}{words}: the load was {percent(numbers['load'])} of what its way of working carried"]
    if numbers["missed"]:
        clauses.append(f"{many(numbers['missed'], 'year')} past it went by")
    begun, done = part[part["event"] == "respond"], part[part["event"] == "resolve"]
    if len(begun):
        numbers["cost"] = float(named(begun.iloc[0]["inputs"])["cost"])
        clauses.append(f"an answer was begun in {academic(begun.iloc[0]['year'])}, at {amount(numbers['cost'], '£')}")
    ended = f"answered in {academic(done.iloc[0]['year'])}" if len(done) else "not answered"
    return _Item(
        float(part.index[0]), 10, Passage("break point", year, year, f"{'; '.join(clauses)}; {ended}.", numbers)
    )


def _others(mine: pd.DataFrame, it: Names) -> Iterator[_Item]:
    """Every other event that has readers, by its own sentence; what comes again and again is told once."""
    kinds = [k for k, e in EVENTS.items() if e.audience & READERS and k not in GROUPED | UNTOLD]
    items = mine[mine["event"].isin(kinds)]
    for (kind, _), part in items.groupby(["event", "reason"], observed=True):
        rank = EVENTS[str(kind)].rank
        if len(part) <= TWICE:
            yield from (_Item(float(part.index[i]), rank, _event(part.iloc[i], it)) for i in range(len(part)))
        else:
            yield _Item(float(part.index[0]), rank, _several(part, it))


def _event(row: pd.Series, it: Names) -> Passage:
    numbers = named(row["inputs"]) | {"value": float(row["value"]), "threshold": float(row["threshold"])}
    return Passage(str(row["event"]), int(row["year"]), int(row["year"]), f"{when(row)}{said(row, it)}.", numbers)


def _several(part: pd.DataFrame, it: Names) -> Passage:
    """Events of one kind and reason, of which the first is told and the others are counted."""
    first, last = part.iloc[0], int(part.iloc[-1]["year"])
    numbers = _event(first, it).numbers | {"times": float(len(part) - 1)}
    again = f"and {many(len(part) - 1, 'time')} more until {academic(last)}"
    sentence = f"{when(first)}{said(first, it)}; {again}."
    return Passage(str(first["event"]), int(first["year"]), last, sentence, numbers)


def _foreseen(rows: pd.DataFrame, mine: pd.DataFrame) -> Iterator[_Item]:
    """What its CEO foresaw of the central team, and what came: for each phase of sight the widest miss."""
    by_year = rows.set_index("year")
    came = by_year["capacity"].reindex(by_year.index + AHEAD).set_axis(by_year.index)
    gap = (by_year["foreseen"] - came).abs().dropna().sort_values(ascending=False, kind="stable")
    for year in gap.index[:TWICE].tolist():
        numbers = {"foreseen": float(by_year.loc[year, "foreseen"]), "came": float(came.loc[year])}
        sentence = (
            f"In {academic(year)} its CEO foresaw that the central team would do {percent(numbers['foreseen'])} "
            f"of its work in {academic(year + AHEAD)}; it did {percent(numbers['came'])}."
        )
        row = mine.index[mine["year"] <= year]
        yield _Item(float(row.max()) if len(row) else -1.0, 5, Passage("foreseen", year, year, sentence, numbers))


COURSES: dict[str, str] = {
    "repaired": "was in trouble and came out of it",
    "troubled": "was in trouble",
    "broken-up": "lost all its schools to other trusts, or was broken up",
    "merged": "merged into another",
    "largest": "is the largest at the end",
}
"""Courses of a trust's life by which one can be found, and what such a trust did."""


def subject(tables: Tables, course: str) -> int:
    """The UID of the largest trust whose life took a course of COURSES. InputError where none did."""
    years, events = tables["trust_year"], tables["events"]
    most = years.groupby("trust")["schools"].max()
    end = years[years["year"] == years["year"].max()].set_index("trust")
    troubled = years.loc[years["trouble"] != NO_TROUBLE, "trust"].unique()
    if course == "repaired":
        well = end.index[(end["trouble"] == NO_TROUBLE) & end.index.isin(troubled)]
        repaired = events.loc[events["event"] == "repair", "trust"].unique()
        trusts: Any = [t for t in well if t in repaired] or list(well)
    elif course == "troubled":
        trusts = list(troubled)
    elif course == "broken-up":
        gone = events[(events["event"] == "close") & (events["reason"] == "its last school moved")]["trust"]
        trusts = [*events.loc[events["event"] == "break_up", "trust"].unique()] or [
            t for t in gone if most.get(t, 0) > 1
        ]
    elif course == "merged":
        trusts = list(events.loc[events["event"] == "merge", "trust"].unique())
    else:
        trusts, most = list(end.index), end["schools"]
    ranked = most.reindex(trusts).dropna()
    if ranked.empty:
        raise InputError("--find", f"no trust of this result {COURSES[course]}")
    best: Any = ranked.idxmax()
    return int(best)
