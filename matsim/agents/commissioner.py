"""A commissioner, advised by a board: settles what the trusts and schools of a region propose.

Regional schools commissioners and headteacher boards until August 2022, regional directors and advisory boards since:
`matsim.words.offices` has the words of each year.
"""

from __future__ import annotations

from typing import Any, Protocol

import mesa

from matsim.core.rules import Inputs, Rule, Verdict
from matsim.world.base import REGIONS


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
    """The commissioner of a region, of the eight or of the nine; `region` is its code in REGIONS."""

    def __init__(self, model: Any, region: int, policy: Judges) -> None:
        self.region, self.policy = region, policy
        super().__init__(model)

    def leave_office(self) -> None:
        """Leave Mesa's registers."""
        self.model.deregister_agent(self)

    def take_office(self) -> None:
        """Enter Mesa's registers again, under the number it was made with: those of others do not depend on it."""
        mine, following = self.unique_id, self.model.agent_id_counter
        self.model.register_agent(self)
        self.unique_id, self.model.agent_id_counter = mine, following

    @property
    def name(self) -> str:
        """The region's name."""
        return REGIONS[self.region]

    def grounds(self, year: int) -> tuple[str, ...]:
        """What can settle an application: the score (−1 in a verdict), or one of the policy's gates."""
        return ("score", *(gate.name for gate in self.policy.rule(year).gates))

    def weighs(self, year: int) -> tuple[str, ...]:
        """What it weighs in a school year."""
        return tuple(term.name for term in self.policy.rule(year).terms)

    def settle(self, applications: Inputs, year: int) -> Verdict:
        """Approve or refuse each application of a school year, by the policy."""
        return self.policy.judge(applications, year)
