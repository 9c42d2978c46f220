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

    def __init__(self, model: Any, trust: Trust, strategies: list[Any]) -> None:
        self.trust, self._strategies = trust, strategies
        super().__init__(model)

    @property
    def strategy(self) -> Any:
        """The growth strategy: the entry of the trust's row in `State.strategies`."""
        return self._strategies[self.trust.row]

    @strategy.setter
    def strategy(self, strategy: Decides) -> None:
        self._strategies[self.trust.row] = strategy

    def decide(self, brief: Any) -> Any:
        """Orders for the year: which schools to bid for. A pure function of the brief and the strategy."""
        return self.strategy.decide(brief)
