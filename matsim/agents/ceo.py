"""A CEO: decides for one trust, by a strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import mesa

if TYPE_CHECKING:
    from matsim.agents.trust import Trust


class Decides(Protocol):
    """What a CEO needs of a growth strategy (see `matsim.strategies`)."""

    def decide(self, brief: Any) -> Any:
        """Orders for the year, from the brief."""


class CEO(mesa.Agent):
    """The chief executive of a trust. Skill, background and foresight are columns of the trust."""

    def __init__(self, model: Any, trust: Trust, strategy: Decides) -> None:
        self.trust, self.strategy = trust, strategy
        super().__init__(model)

    def decide(self, brief: Any) -> Any:
        """Orders for the year: which schools to bid for. A pure function of the brief and the strategy."""
        return self.strategy.decide(brief)
