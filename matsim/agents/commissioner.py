"""A regional schools commissioner, advised by a headteacher board: settles what trusts and schools propose."""

from __future__ import annotations

from typing import Any, Protocol

import mesa

from matsim.core.rules import Inputs, Rule, Verdict
from matsim.world.base import RSC_REGIONS


class Judges(Protocol):
    """What a commissioner needs of a policy (see `matsim.policies`)."""

    @property
    def stated(self) -> bool:
        """Whether it says what comes first."""

    @property
    def priorities(self) -> dict[int, float]:
        """What comes first, by year."""

    def rule(self, year: int) -> Rule:
        """The rule that decides in a school year."""

    def judge(self, applications: Inputs, year: int) -> Verdict:
        """Approve or refuse n applications of a school year."""


class Commissioner(mesa.Agent):
    """The commissioner of one of the eight regions."""

    def __init__(self, model: Any, region: int, policy: Judges) -> None:
        self.region, self.policy = region, policy
        super().__init__(model)

    @property
    def name(self) -> str:
        """The region's name."""
        return RSC_REGIONS[self.region]

    def grounds(self, year: int) -> tuple[str, ...]:
        """What can settle an application: the score (−1 in a verdict), or one of the policy's gates."""
        return ("score", *(gate.name for gate in self.policy.rule(year).gates))

    def settle(self, applications: Inputs, year: int) -> Verdict:
        """Approve or refuse each application of a school year, by the policy."""
        return self.policy.judge(applications, year)
