"""Build capacity before growth: the central team is ready before the next school comes (Building Trusts §3.3)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import param
from matsim.strategies.base import Brief, Candidates, Limit, Strategy, content, pause, time


class CapacityFirst(Strategy):
    """Takes on only what the team in place can carry, and never while a break point presses."""

    kind: Literal["capacity_first"] = "capacity_first"
    share: float = param(0.25, "share", "assumed: fewer than growth-first (Building Trusts §3.3)", plausible=(0.1, 0.5))
    """Share of CEOs who follow it."""
    staffing: float = param(1.15, "ratio", "assumed: posts ahead of need", plausible=(1.0, 1.3))
    """Central posts over need."""
    answers_at: float = param(0.85, "ratio", "assumed: infrastructure first", plausible=(0.7, 1.0))
    """Pressure at which a break point seen is answered."""
    ceiling: float = param(1.0, "ratio", "assumed: no growth past a break point", plausible=(0.8, 1.2))
    """Break-point pressure above which the trust does not grow."""
    fastest: float = param(0.34, "share per year", "assumed: a third more schools a year", plausible=(0.15, 0.6))
    """Most schools taken on in a year, as a share of the trust's size."""

    ready: float = param(0.5, "schools", "assumed: the next post is on its way", plausible=(0.2, 1.0))
    """Spare capacity, in average schools, from which it takes a school on."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """No more than the spare capacity, and than the fastest growth it allows itself."""
        pressed = brief.pressure > self.ceiling
        fastest = np.maximum(np.trunc(self.fastest * brief.schools), 1)
        # spare capacity of `ready` schools lets one in, and each whole school more another
        spare = np.trunc(brief.spare + 1.0 - self.ready)
        return (
            content(brief),
            pause(brief),
            Limit(0, "a break point comes first", brief.pressure, self.ceiling, when=pressed),
            time(brief, np.minimum(np.maximum(spare, 1), fastest)),
            Limit(spare, "the central team is fully used", brief.spare, self.ready, when=spare < fastest),
            Limit(fastest, "as fast as it allows itself", fastest, fastest),
        )

    def accepts(self, candidates: Candidates, brief: Brief) -> NDArray[np.bool_]:
        """Weak schools only while there is capacity to improve them: a whole school's, in place."""
        able = (brief.capacity >= 1.0) & (brief.spare >= 1.0)
        return np.asarray(~candidates.weak | able[candidates.trust])
