"""Approve only trusts that are ahead of their break points and have capacity to spare, near to the school."""

from __future__ import annotations

from typing import Literal

from matsim.core.rules import Gate, Rule
from matsim.evidence.parameters import Varying, at, varying
from matsim.policies.base import Policy, board_term, capacity_gate, failing_gate, nearness_term, record_term


class Cautious(Policy):
    """Track record first, and growth later."""

    kind: Literal["cautious"] = "cautious"
    threshold: Varying = varying(1.25, "weight", "assumed: a strict case", plausible=(0.9, 1.8))
    """Score that a case needs."""
    nearness: Varying = varying(0.6, "weight", "assumed: weighs proximity heavily", plausible=(0.2, 1.5))
    """Weight of nearness."""
    record: Varying = varying(1.5, "weight", "assumed: track record first", plausible=(0.5, 2.5))
    """Weight of the trust's track record (0 to 1)."""
    politics: Varying = varying(0.2, "weight", "assumed: politics and the board's reading", plausible=(0.0, 0.6))
    """Weight of the reading of the case by the board that advises (a standard normal draw)."""
    least_capacity: Varying = varying(0.9, "ratio", "assumed: capacity in place", plausible=(0.7, 1.1))
    """Supply over need below which no case is approved."""
    most_pressure: Varying = varying(1.1, "ratio", "assumed: no growth past a break point", plausible=(0.9, 1.5))
    """Break-point pressure above which no case is approved."""

    def rule(self, year: int) -> Rule:
        """Track record and nearness, behind gates of capacity and break points."""
        return Rule(
            "approval",
            (
                record_term(at(self.record, year)),
                nearness_term(at(self.nearness, year)),
                board_term(at(self.politics, year), year),
            ),
            at(self.threshold, year),
            (
                capacity_gate(at(self.least_capacity, year)),
                Gate(
                    "pressure",
                    at(self.most_pressure, year),
                    "the load on its nearest break point",
                    at_least=False,
                    unit="share",
                ),
                failing_gate(0.0),
            ),
        )
