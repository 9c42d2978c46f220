"""Grow in order to afford capacity, struggling schools included (Building Trusts §3.3, §2.1.1)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Limit, Strategy, content, pause, time


class GrowthFirst(Strategy):
    """Takes schools on while the team is stretched, because income has to come first."""

    kind: Literal["growth_first"] = "growth_first"
    share: float = param(0.45, "share", "assumed: a larger number than capacity-first", plausible=(0.2, 0.6))
    """Share of CEOs who follow it."""
    staffing: float = param(0.85, "ratio", "assumed: posts behind need", plausible=(0.7, 1.0))
    """Central posts over need."""
    answers_at: float = param(1.1, "ratio", "assumed: answers when it already hurts", plausible=(0.9, 1.4))
    """Pressure at which a break point seen is answered."""
    strain: float = param(0.55, "ratio", "assumed: stretch it will live with", plausible=(0.4, 0.9))
    """Supply over need below which even this CEO stops."""
    fastest: float = param(0.6, "share per year", "assumed: well above half as many again", plausible=(0.3, 1.0))
    """Most schools taken on in a year, as a share of the trust's size."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """As many as will come, until the strain is too much."""
        stretched, fastest = brief.capacity < self.strain, np.ceil(self.fastest * brief.schools)
        return (
            content(brief),
            pause(brief),
            Limit(0, "too stretched to take on more", brief.capacity, self.strain, when=stretched),
            time(brief, fastest),
            Limit(fastest, "as fast as schools will come", fastest, fastest),
        )
