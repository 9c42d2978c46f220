"""Grow only in clusters around schools already in the trust (Building Trusts §3.3; Hill on clusters)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Candidates, Limit, Strategy, content, pause, time


class Hubs(Strategy):
    """Takes schools that make or fill a cluster, and no isolated ones."""

    kind: Literal["hubs"] = "hubs"
    share: float = param(0.15, "share", "assumed: CEOs who plan by clusters", plausible=(0.05, 0.5))
    """Share of CEOs who follow it."""
    staffing: float = param(1.0, "ratio", "assumed: posts in step with need", plausible=(0.9, 1.2))
    """Central posts over need."""
    answers_at: float = param(0.9, "ratio", "assumed: plans ahead", plausible=(0.75, 1.1))
    """Pressure at which a break point seen is answered."""
    reach: float = param(25.0, "minutes", "hill-clusters", plausible=(20, 30))
    """Farthest school it takes on, from its nearest school: twenty minutes, or slightly longer."""
    strain: float = param(0.75, "ratio", "assumed: modest stretch", plausible=(0.6, 1.0))
    """Supply over need below which it takes on no school."""
    fastest: float = param(0.4, "share per year", "assumed: a cluster at a time", plausible=(0.2, 0.6))
    """Most schools taken on in a year, as a share of the trust's size."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """A few at a time, near what it has."""
        stretched = brief.capacity < self.strain
        fastest = np.maximum(np.trunc(self.fastest * brief.schools), 2)
        return (
            content(brief),
            pause(brief),
            Limit(0, "too stretched to take on more", brief.capacity, self.strain, when=stretched),
            time(brief, fastest),
            Limit(fastest, "a cluster at a time", fastest, fastest),
        )

    def accepts(self, candidates: Candidates, brief: Brief) -> NDArray[np.bool_]:
        """Near, and of the phase of the schools it would join."""
        return candidates.same_phase & (candidates.minutes <= self.reach)
