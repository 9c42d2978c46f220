"""Grow to a number, pause there, and keep intimacy: 15 schools is the usual one (Building Trusts §3.3)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Candidates, Limit, Strategy, content, pause, time


class Steady(Strategy):
    """One or two schools a year up to the planned size, then no more."""

    kind: Literal["steady"] = "steady"
    share: float = param(0.2, "share", "assumed: CEOs with a number in mind", plausible=(0.1, 0.5))
    """Share of CEOs who follow it."""
    staffing: float = param(1.0, "ratio", "assumed: posts in step with need", plausible=(0.9, 1.1))
    """Central posts over need."""
    answers_at: float = param(0.95, "ratio", "assumed: answers as it arrives", plausible=(0.8, 1.1))
    """Pressure at which a break point seen is answered."""
    yearly: float = param(2.0, "schools per year", "assumed: one or two a year", plausible=(1, 4))
    """Most schools taken on in a year."""
    strain: float = param(0.8, "ratio", "assumed: modest stretch", plausible=(0.6, 1.0))
    """Supply over need below which it takes on no school."""
    reach: float = param(45.0, "minutes", "assumed: keeps local identity", plausible=(25, 60))
    """Farthest school it takes on, from its nearest school."""

    final: bool = param(True, "switch", "building-trusts")
    """Whether the planned number is an end point ("we will not go beyond 15 or 16")."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """Up to the yearly number, until the planned size."""
        planned, stretched = brief.schools >= brief.target, brief.capacity < self.strain
        most = np.minimum(np.ceil(brief.target - brief.schools), int(self.yearly))
        return (
            content(brief),
            pause(brief),
            Limit(0, "at the size it planned", brief.schools, brief.target, when=planned),
            Limit(0, "too stretched to take on more", brief.capacity, self.strain, when=stretched),
            time(brief, most),
            Limit(most, "its yearly number", self.yearly, self.yearly),
        )

    def accepts(self, candidates: Candidates, brief: Brief) -> NDArray[np.bool_]:
        """Only schools near enough to know each other."""
        return candidates.minutes <= self.reach
