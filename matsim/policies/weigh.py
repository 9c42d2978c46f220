"""Weigh capacity and track record against need, nearness, money and local politics (Building Trusts §2.1.1)."""

from __future__ import annotations

from typing import Literal

from matsim.core.rules import Rule, Term
from matsim.evidence.parameters import Varying, at, varying
from matsim.policies.base import Policy, board_term, capacity_gate, failing_gate, nearness_term, record_term
from matsim.words import reasons


class Weigh(Policy):
    """The usual way: a case has to be strong enough, and the trust not in trouble itself."""

    kind: Literal["weigh"] = "weigh"
    threshold: Varying = varying(1.6, "weight", "assumed: no approval rates published", plausible=(1.0, 2.2))
    """Score that a case needs."""
    capacity: Varying = varying(
        1.0, "weight", "assumed: capacity of the central team matters most", plausible=(0.3, 2.0)
    )
    """Weight of the trust's supply over need (0 to 1.5)."""
    record: Varying = varying(1.0, "weight", "assumed: as much as capacity", plausible=(0.3, 2.0))
    """Weight of the trust's track record (0 to 1)."""
    need: Varying = varying(0.6, "weight", "assumed: pushes weak schools at trusts", plausible=(0.0, 1.0))
    """Weight of the school's need for a sponsor (0 or 1)."""
    nearness: Varying = varying(0.4, "weight", "assumed: some weigh it, some ignore it (Hill)", plausible=(0.0, 1.5))
    """Weight of nearness: 1 next door, about 0.37 at the proximity scale."""
    money: Varying = varying(0.3, "weight", "assumed: a deficit counts against", plausible=(0.0, 1.0))
    """Weight against the part of the school's deficit that grants do not cover, as a share of its income."""
    priority: Varying = varying(0.3, "weight", "assumed: the region's priority of the year", plausible=(0.0, 1.0))
    """Weight of the region's priority for schools like this one in this year (−1 to 1)."""
    politics: Varying = varying(0.2, "weight", "assumed: politics and the board's reading", plausible=(0.0, 0.6))
    """Weight of the reading of the case by the board that advises (a standard normal draw)."""
    size: Varying = varying(
        {2010: 0.0, 2022: 0.2},
        "weight",
        "assumed: a fifth of what capacity counts for; the expectation is of white-paper-2022",
        plausible=(0.0, 1.0),
    )
    """Weight of how near the trust comes to ten schools or 7,500 pupils (−0.5 to 0.5), expected from March 2022."""
    least_capacity: Varying = varying(0.5, "ratio", "assumed: a floor on capacity", plausible=(0.2, 0.9))
    """Supply over need below which no case is approved."""
    most_failing: Varying = varying(0.34, "share", "assumed: no growth while a third are failing", plausible=(0.1, 1.0))
    """Share of the trust's schools judged Inadequate above which no case is approved."""

    def rule(self, year: int) -> Rule:
        """Weighted case with two gates."""
        return Rule(
            "approval",
            (
                Term(
                    "capacity",
                    at(self.capacity, year),
                    "the capacity of the trust's central team",
                    0.0,
                    1.5,
                    unit="share",
                    says=reasons.CAPACITY,
                ),
                record_term(at(self.record, year)),
                Term(
                    "need", at(self.need, year), "the school's need for a sponsor", changeable=False, says=reasons.NEED
                ),
                nearness_term(at(self.nearness, year)),
                Term(
                    "money",
                    -at(self.money, year),
                    "the deficit that grants do not cover",
                    unit="share",
                    says=reasons.DEFICIT,
                ),
                Term(
                    "priority",
                    at(self.priority, year),
                    "the region's priorities of the year",
                    -1.0,
                    1.0,
                    changeable=False,
                    says=reasons.PRIORITY,
                ),
                board_term(at(self.politics, year), year),
                *self._expected(year),
            ),
            at(self.threshold, year),
            (
                capacity_gate(at(self.least_capacity, year)),
                failing_gate(at(self.most_failing, year)),
            ),
        )

    def _expected(self, year: int) -> tuple[Term, ...]:
        """The size expected of a trust, once it is: until then nobody weighs it."""
        weight = at(self.size, year)
        term = Term("size", weight, "how near the trust is to the size expected", -0.5, 0.5, says=reasons.SIZE)
        return (term,) if weight else ()
