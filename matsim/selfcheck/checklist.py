"""The ten-point checklist for planting a cluster in a new area: one rule, for many agents or one real trust.

The ten questions are Hill's (short words here); he gives no thresholds, so all but the size of a cluster are
assumed. A point is answered from facts; where a fact is missing the answer is left open, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matsim.core.errors import InputError, nearest
from matsim.evidence.parameters import Params, param
from matsim.selfcheck.csvinput import Field, Sheet, plain, read_form
from matsim.words.amounts import percent, significant
from matsim.words.phrases import capital

type Answers = NDArray[np.int8]

YES, NO, OPEN = 1, 0, -1


class ChecklistParams(Params):
    """What each fact has to reach for its point to be answered yes."""

    record: float = param(0.55, "share", "assumed: somewhat better than an average trust", plausible=(0.4, 0.8))
    """Track record, 0 to 1, from which performance is strong."""
    failing: float = param(0.0, "share", "assumed: no school in need of rescue", plausible=(0.0, 0.2))
    """Largest share of its schools judged Inadequate with which performance is sustainable."""
    bench: float = param(1.0, "posts", "hill-clusters", plausible=(0.5, 2.0))
    """Leaders ready to step up: a cluster needs one executive leader."""
    candidates: float = param(2.0, "schools", "hill-clusters", plausible=(2.0, 3.0))
    """Same-phase schools in the place within reach of each other: a cluster begins at two."""
    support: float = param(0.5, "share", "assumed: half of what the strongest places offer", plausible=(0.3, 0.7))
    """Local school improvement support, 0 to 1, that a cluster can tap into."""
    journey: float = param(60.0, "minutes", "building-trusts", plausible=(40.0, 90.0))
    """Longest journey to the trust's nearest school without being isolated (1 hour in its appendix)."""
    reserves: float = param(0.05, "share", "assumed: the share that benchmark reports watch", plausible=(0.02, 0.1))
    """Reserves as a share of income that must be left once the new cluster is paid for."""
    back_office: float = param(1.0, "ratio", "assumed: supply covers need", plausible=(0.85, 1.1))
    """Back-office supply over need, with the new cluster, in the tightest of finance, HR and estates."""
    governance: float = param(1.0, "ratio", "assumed: load within what it carries", plausible=(0.85, 1.1))
    """Load over what the present form of governance carries, with the new cluster."""
    buyin: float = param(0.5, "share", "assumed: more for it than against", plausible=(0.4, 0.7))
    """Mean buy-in of the trust's present schools, 0 to 1."""


@dataclass(frozen=True)
class Fact:
    """One fact that a point rests on. `limit` names the parameter it is held against; None: 1 yes, 0 no.

    `low` and `high` are what it can be, `least` and `most` what a person would mean who writes it in a form. `kind` is
    how it is counted: a share or a ratio may be written in percent, 8% for 0.08.
    """

    key: str
    point: int
    words: str
    limit: str | None = None
    at_least: bool = True
    low: float = 0.0
    high: float = float("inf")
    least: float = 0.0
    most: float = 1.0
    kind: Literal["share", "ratio", "number"] = "number"


@dataclass(frozen=True)
class Point:
    """One question of the checklist and what evidence answers it: "model", "people" or "model and people"."""

    number: int
    question: str
    evidence: str


POINTS: tuple[Point, ...] = (
    Point(1, "Is the trust's performance strong and sustainable enough to carry an expansion?", "model"),
    Point(2, "Does it have the leaders to build and lead a new cluster?", "model"),
    Point(3, "Will it be a cluster, not one school on its own?", "model"),
    Point(4, "How must the way it improves schools change to suit the place?", "people"),
    Point(5, "Is there local support for school improvement to tap into?", "model"),
    Point(6, "How will the new cluster work with the rest of the trust?", "model and people"),
    Point(7, "Can the trust's finances bear it?", "model"),
    Point(8, "Can the back office serve it?", "model"),
    Point(9, "Does the form of governance fit, with people for the key roles?", "model"),
    Point(10, "Do its present schools and clusters own the plan?", "model"),
)

FACTS: tuple[Fact, ...] = (
    Fact("record", 1, "track record, 0 to 1", "record", high=1, kind="share"),
    Fact("failing_share", 1, "share of its schools judged Inadequate", "failing", at_least=False, high=1, kind="share"),
    Fact("bench", 2, "leaders ready to step up", "bench", most=100),
    Fact("candidates", 3, "same-phase schools in the place within reach of each other", "candidates", most=1000),
    Fact("improvement_adapted", 4, "its people have worked out how school improvement changes there"),
    Fact("local_support", 5, "local school improvement support, 0 to 1", "support", high=1, kind="share"),
    Fact("journey_minutes", 6, "minutes to the trust's nearest school", "journey", at_least=False, most=600),
    Fact("relation_settled", 6, "its people have settled how the cluster works with the rest"),
    Fact(
        "reserves_after",
        7,
        "reserves left as a share of income once it is paid for",
        "reserves",
        low=-inf,
        least=-1,
        kind="share",
    ),
    Fact("back_office_ratio", 8, "back-office supply over need with the cluster", "back_office", most=5, kind="ratio"),
    Fact("governance_load", 9, "load over what governance carries", "governance", at_least=False, most=5, kind="ratio"),
    Fact("buyin", 10, "mean buy-in of its present schools, 0 to 1", "buyin", high=1, kind="share"),
)
"""Everything the checklist can use. Facts without a limit are for people to answer."""


def answers(facts: Mapping[str, ArrayLike], params: ChecklistParams | None = None) -> Answers:
    """Answers (n, 10) for n plans from facts by key, (n,) each, nan unknown: 1 yes, 0 no, −1 open.

    A point is no when any of its facts falls short, yes when all are known and none does, else open. A fact
    not given is unknown. Raises KeyError for a fact that is not in FACTS.
    """
    # a no stands whatever else is unknown
    failed, given = failed_points(facts, params), _given(facts)
    unknown = np.zeros_like(failed)
    for f in FACTS:
        unknown[:, f.point - 1] |= np.isnan(given.get(f.key, np.nan))
    return np.where(failed, NO, np.where(unknown, OPEN, YES)).astype(np.int8)


def failed_points(facts: Mapping[str, ArrayLike], params: ChecklistParams | None = None) -> NDArray[np.bool_]:
    """Which points fail (n, 10) for n plans: the evidence there is says no. Arguments as in `answers`."""
    p, given = params or ChecklistParams(), _given(facts)
    plans = np.broadcast_shapes(*(values.shape for values in given.values()))[0] if given else 1
    failed = np.zeros((len(POINTS), plans), bool)  # a point after the other: each is written at once
    for f in FACTS:
        if f.key in given:
            failed[f.point - 1] |= _short(f, given[f.key], p)
    return failed.T


def _given(facts: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """The facts as arrays of one number for each plan, or of one for all."""
    unknown = set(facts) - {f.key for f in FACTS}
    if unknown:
        raise KeyError(f"not facts of the checklist: {sorted(unknown)}")
    return {key: np.atleast_1d(np.asarray(values, dtype=np.float64)) for key, values in facts.items()}


def _limit(fact: Fact, p: ChecklistParams) -> float:
    return 0.5 if fact.limit is None else float(getattr(p, fact.limit))


def _short(fact: Fact, values: NDArray[np.float64], p: ChecklistParams) -> NDArray[np.bool_]:
    """Where a known value falls short of its limit."""
    limit = _limit(fact, p)
    return values < limit if fact.at_least else values > limit


@dataclass(frozen=True)
class CheckItem:
    """One point judged: answer True (yes), False (no) or None (open), and why in a sentence."""

    number: int
    question: str
    answer: bool | None
    why: str


def checklist(facts: Mapping[str, float | None], params: ChecklistParams | None = None) -> list[CheckItem]:
    """Judge one plan: facts by key (None or nan where unknown) to ten items.

    Raises InputError naming every fact that is misspelt or cannot have the value given.
    """
    p = params or ChecklistParams()
    problems = _problems({k: v for k, v in facts.items() if v is not None})
    if problems:
        raise InputError("checklist", problems)
    known = {k: float("nan") if v is None else float(v) for k, v in facts.items()}
    judged = answers(known, p)[0]
    words = {YES: True, NO: False, OPEN: None}
    return [
        CheckItem(point.number, point.question, words[int(judged[i])], _why(point, known, p))
        for i, point in enumerate(POINTS)
    ]


def _problems(facts: Mapping[str, float]) -> list[str]:
    by_key = {f.key: f for f in FACTS}
    problems = []
    for key, value in facts.items():
        fact = by_key.get(key)
        if fact is None:
            problems.append(f"unknown fact '{key}'{nearest(key, by_key)}")
        elif fact.limit is None and value not in (0.0, 1.0) and not np.isnan(value):
            problems.append(f"{key} = {value:g}: should be yes (1) or no (0)")
        elif not np.isnan(value) and not fact.low <= value <= fact.high:
            problems.append(_out_of_range(fact, value, fact.low, fact.high))
    return problems


def _typed(fact: Fact, value: float, percent: bool) -> list[str]:
    """What is wrong with a number that a person gave for a fact: out of all bounds, or of another kind than meant."""
    if percent and fact.kind == "number":
        return [f"{fact.key} = {100 * value:g}%: should be a number, not a percentage ({fact.words})"]
    if np.isnan(value) or fact.least <= value <= fact.most:
        return []
    said = _out_of_range(fact, value, fact.least, fact.most)
    if fact.kind != "number" and not percent and fact.most < abs(value) <= 1000:
        said += f"; for {value:g} percent write {value:g}% or {value / 100:g}"
    return [said]


def _out_of_range(fact: Fact, value: float, low: float, high: float) -> str:
    allowed = f"from {low:g} to {high:g}" if np.isfinite([low, high]).all() else f"{low:g} or more"
    return f"{fact.key} = {value:g}: should be {allowed} ({fact.words})"


def _why(point: Point, known: Mapping[str, float], p: ChecklistParams) -> str:
    """What decided a point: each known fact against its limit, then what is not known."""
    parts, missing = [], []
    for f in (f for f in FACTS if f.point == point.number):
        value = known.get(f.key, float("nan"))
        if np.isnan(value):
            missing.append(f.words if f.limit else "what its people have decided")
        elif f.limit is None:
            parts.append(f.words if value else f"not yet: {f.words}")
        else:
            side = "at least" if f.at_least else "at most"
            value_words, limit = (percent(x, 1) if f.kind == "share" else significant(x) for x in (value, _limit(f, p)))
            parts.append(f"{f.words.removesuffix(', 0 to 1')}: {value_words}, where {side} {limit} is asked")
    if missing:
        parts.append(f"not known: {' and '.join(missing)}")
    text = "; ".join(parts)
    return capital(text) + "."


@dataclass(frozen=True)
class ChecklistResult:
    """A real trust's plan judged from a file."""

    where: str
    items: tuple[CheckItem, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        result: dict[str, Any] = plain(self)
        return result

    def sentences(self) -> list[str]:
        """What a trustee should read: the count, each point with its reason, a caveat, notes."""
        of = {a: [i for i in self.items if i.answer is a] for a in (True, False, None)}
        answer = {True: "Yes", False: "No", None: "Open"}
        lines = [f"Of {len(self.items)} points: {len(of[True])} yes, {len(of[False])} no, {len(of[None])} open."]
        lines += [f"{i.number}. {i.question} {answer[i.answer]}. {i.why}" for i in self.items]
        lines.append("The checklist gives questions, not limits: most limits here are assumed.")
        return [*lines, *(f"Note on {self.where}: {note}." for note in self.notes)]


FORM: tuple[Field, ...] = (
    Field("fact", choices=tuple(f.key for f in FACTS), filled=True),
    Field("value", low=float("-inf"), high=float("inf"), words={"yes": 1.0, "no": 0.0}, percent=True),
    Field("meaning", needed=False),
)


def checklist_check(path: str | PathLike[str], params: ChecklistParams | None = None) -> ChecklistResult:
    """Judge a plan from a file of facts, one a row. Raises InputError listing every problem in it."""
    sheet = read_form(path, FORM, _check)
    facts = dict(zip(sheet.text["fact"], sheet.numbers["value"].tolist(), strict=True))
    return ChecklistResult(sheet.where, tuple(checklist(facts, params)), sheet.notes)


def _check(sheet: Sheet) -> list[str]:
    """Facts given twice, and values that cannot be."""
    keys = {f.key: f for f in FACTS}
    problems: list[str] = []
    seen: dict[str, int] = {}
    rows = zip(sheet.lines, sheet.text["fact"], sheet.numbers["value"].tolist(), sheet.percents["value"], strict=True)
    for line, key, value, in_percent in rows:
        if key in seen:
            problems.append(f"line {line}: '{key}' is given already on line {seen[key]}; keep one")
        seen.setdefault(key, line)
        if key in keys:
            wrong = _typed(keys[key], value, in_percent) or _problems({key: value})
            problems += [f"line {line}: {p}" for p in wrong]
    return problems
