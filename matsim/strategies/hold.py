"""Stay as it is: takes on nothing, whoever asks."""

from __future__ import annotations

from typing import Literal

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Limit, Strategy


class Hold(Strategy):
    """A trust that never grows. Useful for a board's first question, and to test that doing nothing does nothing."""

    kind: Literal["hold"] = "hold"
    share: float = param(0.0, "share", "assumed: none unless a scenario says so", plausible=(0.0, 1.0))
    """Share of CEOs who follow it."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """None."""
        return (Limit(0, "it has decided to stay as it is", brief.schools, brief.schools),)
