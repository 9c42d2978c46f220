"""Predict before reveal: what each team is asked, and how its answers are scored.

A range is meant to hold the result four times in five. It is scored by the interval score (Gneiting and Raftery 2007):
its width, and ten times the distance by which the result lies outside, in units of the question; less is better. A
chance is scored by the Brier score: the square of its distance from what happened; always saying 50% makes 0.25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from matsim.web.classroom.rounds import Measured, Outcome
from matsim.web.forms import Form, FormError, Number
from matsim.words.amounts import decimals, percent

LEVEL = 0.8
"""Share of results that ranges are meant to hold."""


@dataclass(frozen=True)
class Question(Measured):
    """A number to predict for the end of the year."""

    scale: float
    """A difference that matters, in the unit people read: scores are in these."""
    low: float
    high: float


QUESTIONS: tuple[Question, ...] = (
    Question("schools", "schools", "Schools in your trust in August", "schools", 1.0, 0, scale=1.0, low=0, high=500),
    Question(
        "outcome",
        "mean_outcome",
        "Pupil outcomes (0 is average; most trusts lie between −1 and 1)",
        "sd",
        1.0,
        2,
        scale=0.1,
        low=-5,
        high=5,
    ),
    Question(
        "reserves",
        "reserves_share",
        "Reserves in August, as a share of income",
        "%",
        100.0,
        1,
        scale=1.0,
        low=-100,
        high=200,
    ),
)

CHANCE = "Will a school be approved to join your trust this year?"


@dataclass(frozen=True)
class Scored:
    """One answer beside what happened. For the chance, `low` and `high` are both the chance given."""

    year: int
    key: str
    title: str
    low: float
    high: float
    actual: float
    inside: bool
    score: float


@dataclass(frozen=True)
class Calibration:
    """How a team's predictions did. Shares and means are None where nothing was predicted."""

    ranges: int
    coverage: float | None
    """Share of ranges that held the result; 0.8 is meant."""
    interval: float | None
    """Mean interval score, in differences that matter; less is better."""
    chances: int
    brier: float | None

    @property
    def sentence(self) -> str:
        """In words."""
        if self.coverage is None and self.brier is None:
            return "Nothing was predicted."
        parts = []
        if self.coverage is not None and self.interval is not None:
            how = "wider than need be" if self.coverage > 0.95 else "about right"
            how = "too narrow" if self.coverage < 0.65 else how
            how = "too few to judge" if self.ranges < 5 else how
            parts.append(
                f"{round(self.coverage * self.ranges)} of {self.ranges} ranges held the result "
                f"({percent(self.coverage)}; 80% was meant: {how}). "
                f"Mean interval score {decimals(self.interval, 1)}; less is better."
            )
        if self.brier is not None:
            versus = (
                "better than" if self.brier < 0.2 else "no better than" if self.brier > 0.25 else "about as good as"
            )
            parts.append(f"Brier score for approval {decimals(self.brier, 2)}: {versus} always saying 50% (0.25).")
        return " ".join(parts)


def sentences(predictions: Mapping[str, Any]) -> list[str]:
    """Predictions of one year in words; none where nothing was predicted."""
    lines = []
    for question in QUESTIONS:
        if question.key in predictions:
            low, high = predictions[question.key]
            unit = "%" if question.unit == "%" else ""
            lines.append(f"{question.title.partition(' (')[0]}: {low:g} to {high:g}{unit}")
    if "approved" in predictions:
        lines.append(f"{CHANCE} {percent(predictions['approved'])}")
    return lines


def numbers() -> dict[str, Number]:
    """The form's fields for predictions, by name."""
    ranges = [
        Number(f"predict_{q.key}_{end}", f"{q.title}: {word}", q.low, q.high, q.suffix)
        for q in QUESTIONS
        for end, word in (("low", "from"), ("high", "to"))
    ]
    return {number.name: number for number in (*ranges, Number("predict_approved", CHANCE, 0, 100, "%"))}


def read(form: Form) -> dict[str, Any]:
    """Predictions of a form; nothing for what was left empty. FormError says what is wrong in which field."""
    wrong: dict[str, str] = {}
    predictions: dict[str, Any] = {}
    typed = {name: number.read(form, wrong) for name, number in numbers().items()}
    for question in QUESTIONS:
        ends = [f"predict_{question.key}_{end}" for end in ("low", "high")]
        low, high = (typed[end] for end in ends)
        if (low is None and high is None) or wrong.keys() & set(ends):
            continue
        if low is None or high is None:
            wrong[ends[low is not None]] = f"“{question.title}”: give both ends of the range, or neither."
        elif low > high:
            wrong[ends[0]] = f"“{question.title}”: the low end is above the high end."
        else:
            predictions[question.key] = [low, high]
    if (chance := typed["predict_approved"]) is not None:
        predictions["approved"] = chance / 100.0
    if wrong:
        raise FormError(wrong)
    return predictions


def fields(predictions: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields of a form that `read` would make these predictions from."""
    form = {}
    for question in QUESTIONS:
        if question.key in predictions:
            for end, value in zip(("low", "high"), predictions[question.key], strict=True):
                form[f"predict_{question.key}_{end}"] = [f"{value:g}"]
    if "approved" in predictions:
        form["predict_approved"] = [f"{100 * predictions['approved']:g}"]
    return form


def interval_score(low: float, high: float, actual: float, level: float = LEVEL) -> float:
    """Width, and 2/(1 − level) times the distance by which the result lies outside; 0 is perfect."""
    penalty = 2.0 / (1.0 - level)
    return (high - low) + penalty * max(low - actual, 0.0) + penalty * max(actual - high, 0.0)


def scored(year: int, predictions: Mapping[str, Any], outcome: Outcome) -> list[Scored]:
    """A year's predictions beside what happened; none for a trust that is no longer there."""
    row = next((r for r in outcome.rows if r["year"] == year), None)
    if row is None:
        return []
    answers = []
    for q in QUESTIONS:
        if q.key in predictions:
            low, high = predictions[q.key]
            # as the page shows it: who named the number on the screen was right
            actual = round(q.value(row), q.digits)
            if isnan(actual):
                continue
            score = interval_score(low, high, actual) / q.scale
            answers.append(Scored(year, q.key, q.title, low, high, actual, low <= actual <= high, score))
    if "approved" in predictions:
        chance, came = float(predictions["approved"]), float(outcome.approved.get(year, 0) > 0)
        right = (chance >= 0.5) == bool(came)
        answers.append(Scored(year, "approved", CHANCE, chance, chance, came, right, (chance - came) ** 2))
    return answers


def calibration(answers: Sequence[Scored]) -> Calibration:
    """All of a team's answers together."""
    ranges = [a for a in answers if a.key != "approved"]
    chances = [a for a in answers if a.key == "approved"]
    return Calibration(
        len(ranges),
        sum(a.inside for a in ranges) / len(ranges) if ranges else None,
        sum(a.score for a in ranges) / len(ranges) if ranges else None,
        len(chances),
        sum(a.score for a in chances) / len(chances) if chances else None,
    )
