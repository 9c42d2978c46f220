"""Three reference policies: approve everything, approve nothing, or draw lots. For tests and comparisons."""

from __future__ import annotations

from typing import Literal

from matsim.core.rules import Rule, Term
from matsim.evidence.parameters import Varying, at, varying
from matsim.policies.base import Policy


class Permit(Policy):
    """Approves every application."""

    kind: Literal["permit"] = "permit"

    def rule(self, year: int) -> Rule:
        """Always reached."""
        return Rule("approval", (Term("record", 0.0, "nothing", changeable=False),), -1.0)


class Refuse(Policy):
    """Approves nothing."""

    kind: Literal["refuse"] = "refuse"

    def rule(self, year: int) -> Rule:
        """Never reached."""
        return Rule("approval", (Term("record", 0.0, "nothing", changeable=False),), 1.0)


class Lottery(Policy):
    """Approves at random, whatever the case: what a model without anybody's judgement would look like."""

    kind: Literal["lottery"] = "lottery"
    threshold: Varying = varying(-0.7, "sd", "assumed: about three in four", plausible=(-3.0, 3.0))
    """Approved when the board's draw (standard normal) is at least this."""

    def rule(self, year: int) -> Rule:
        """The board's draw alone."""
        return Rule(
            "approval",
            (Term("board", 1.0, "the draw", -3.0, 3.0, changeable=False, luck=True),),
            at(self.threshold, year),
        )
