"""Grow only in clusters around schools already in the trust (Building Trusts §3.3; Hill on clusters)."""

from __future__ import annotations

from typing import Literal

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Candidate, Room, Strategy, paused


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

    most: float = param(6.0, "schools per year", "assumed: a cluster at a time", plausible=(3, 10))
    """Most schools taken on in a year, whatever the trust's size."""

    def room(self, brief: Brief) -> Room:
        """A few at a time, near what it has."""
        stop = paused(brief)
        if stop:
            return stop
        if brief.capacity < self.strain:
            return Room(0, "too stretched to take on more", brief.capacity, self.strain)
        fastest = min(max(2, int(self.fastest * brief.schools)), int(self.most))
        return Room(fastest, "a cluster at a time", float(fastest), float(fastest))

    def accepts(self, candidate: Candidate, brief: Brief) -> bool:
        """Near, and of the phase of the schools it would join."""
        return candidate.same_phase and candidate.minutes <= self.reach
