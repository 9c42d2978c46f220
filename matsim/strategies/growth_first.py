"""Grow in order to afford capacity, struggling schools included (Building Trusts §3.3, §2.1.1)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Limit, Strategy, pause


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

    most: float = param(
        7.0, "schools per year", "assumed: nine is the most any trust gained in 2016/17", plausible=(3, 10)
    )
    """Most schools taken on in a year, whatever the trust's size."""
    beyond: float = param(3.0, "ratio", "assumed: plans are there to be outgrown", plausible=(1.0, 5.0))
    """Size at which it stops, over the size it planned."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """As many as will come, until the strain is too much."""
        stretched, largest = brief.capacity < self.strain, self.beyond * brief.target
        fastest = np.minimum(np.ceil(self.fastest * brief.schools), int(self.most))
        return (
            pause(brief),
            Limit(0, "too stretched to take on more", brief.capacity, self.strain, when=stretched),
            Limit(0, "well beyond the size it planned", brief.schools, largest, when=brief.schools >= largest),
            Limit(fastest, "as fast as schools will come", fastest, fastest),
        )
