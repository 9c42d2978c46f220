"""A CEO: decides for one trust, by a strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

if TYPE_CHECKING:
    from matsim.agents.trust import Trust


class CEO(mesa.Agent):
    """The chief executive of a trust. Skill, background and foresight are columns of the trust.

    The growth strategy (see `matsim.strategies`) decides for all CEOs who follow it at once.
    """

    def __init__(self, model: Any, trust: Trust, strategies: list[Any]) -> None:
        self.trust, self._strategies = trust, strategies
        super().__init__(model)

    @property
    def strategy(self) -> Any:
        """The growth strategy: the entry of the trust's row in `State.strategies`."""
        return self._strategies[self.trust.row]

    @strategy.setter
    def strategy(self, strategy: Any) -> None:
        self._strategies[self.trust.row] = strategy
