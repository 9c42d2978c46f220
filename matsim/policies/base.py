"""What a commissioner is given, and what every policy has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import model_validator

from matsim.core.rules import Gate, Inputs, Rule, Term, Verdict
from matsim.evidence.parameters import Dated, Params, param, since, varies
from matsim.words import offices, reasons

APPLICATION_INPUTS = (
    "capacity",
    "record",
    "need",
    "nearness",
    "money",
    "priority",
    "board",
    "failing",
    "pressure",
    "size",
)
"""What is known of every application: see `matsim.policies.weigh` for what each says."""


def record_term(weight: float) -> Term:
    """The trust's track record, as every policy that weighs it does."""
    return Term("record", weight, "the trust's track record", says=reasons.RECORD)


def nearness_term(weight: float) -> Term:
    """How near the school is to the trust."""
    return Term("nearness", weight, "how near the school is to the trust", says=reasons.SCHOOL_NEAR)


def board_term(weight: float, year: int) -> Term:
    """How the board that advises in the year reads the case: luck to everybody else."""
    reading = f"the {offices.of(year).board}'s reading"
    return Term("board", weight, reading, -3.0, 3.0, changeable=False, luck=True)


def capacity_gate(least: float) -> Gate:
    """The supply over need below which no case is approved."""
    return Gate("capacity", least, "the capacity of the trust's central team", unit="share")


def failing_gate(most: float) -> Gate:
    """The share of the trust's schools judged Inadequate above which no case is approved."""
    return Gate("failing", most, "the share of its schools judged Inadequate", at_least=False, unit="share")


class Policy(Params):
    """How a commissioner decides. One file for each kind; `judge` is a pure function of the applications."""

    regions: tuple[str, ...] = param((), "choice", "assumed: all regions unless named", strict=False)
    """Regions where it holds, of the eight to August 2022 and of the nine since; none named means all of the rest."""

    stated: bool = param(False, "switch", "assumed: drawn for the region every three years unless stated")
    """Whether `priorities` says what comes first; if not, luck does."""
    priorities: Dated = param(
        {2010: 0.0}, "weight", "assumed: none published by region and year", plausible=(-1.0, 1.0)
    )
    """What the region puts first, by year: 1 schools judged below Good, −1 others, 0 neither (F6)."""

    @model_validator(mode="before")
    @classmethod
    def _before_its_dates(cls, said: Any) -> Any:
        """A weight that is said from some year on is before it what it is by default."""
        if not isinstance(said, Mapping):
            return said
        usual = {name: field.default for name, field in cls.model_fields.items() if varies(field.annotation)}
        return {name: since(usual[name], value) if name in usual else value for name, value in said.items()}

    def rule(self, year: int) -> Rule:
        """The rule that decides in a school year."""
        raise NotImplementedError

    def judge(self, applications: Inputs, year: int) -> Verdict:
        """Approve or refuse n applications of a school year; arrays of length n for each of APPLICATION_INPUTS."""
        return self.rule(year).judge(applications)


def policy_of(policies: Sequence[Policy], region: str) -> Policy:
    """The policy that a region's commissioner follows: the first that names it, else the first that names none."""
    rest = next((p for p in policies if not p.regions), policies[0])
    return next((p for p in policies if region in p.regions), rest)
