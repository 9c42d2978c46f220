"""Staff agreement: how effective the people of a trust think it is, area by area, and how far they differ (A7)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import BACK_OFFICE, PARENTS, RESPONSIBILITIES, TOP
from matsim.mechanisms.vision import lasting
from matsim.state.state import State

LOGGED_RISE = 0.5
"""Points by which the range of answers widens in a year from which it is logged."""


class AgreementParams(Params):
    """How self-ratings of the fifteen areas come about."""

    on: bool = switch()
    """Whether agreement follows from self-ratings; off, it keeps the value trusts start with."""
    middle: float = param(6.6, "score 0-10", "building-trusts", plausible=(6.0, 7.0))
    """Self-rated effectiveness of an average area (medians averaged six or seven)."""
    spread: float = param(0.5, "score 0-10", "building-trusts", plausible=(0.2, 1.0))
    """How far trusts differ in an average area."""
    back_office: float = param(1.2, "score 0-10", "building-trusts", plausible=(0.5, 2.0))
    """How far they differ in back office, the area that sets trusts most apart."""
    parents: float = param(1.0, "score 0-10", "building-trusts", plausible=(0.3, 2.0))
    """How much lower parent and community engagement is rated."""
    capacity: float = param(1.5, "score 0-10", "assumed: people notice a team that is stretched", plausible=(0.5, 3.0))
    """Rise for a central team at full capacity against one at half."""
    capacity_noticed: float = param(
        1.2, "ratio", "assumed: people do not miss what they never needed", plausible=(1.0, 1.5)
    )
    """Supply over need beyond which more is not noticed."""
    buyin: float = param(1.5, "score 0-10", "assumed: people rate well what they believe in", plausible=(0.5, 3.0))
    """Rise for a whole point of buy-in."""
    usual_buyin: float = param(0.55, "share", "assumed: a little below the resting buy-in", plausible=(0.4, 0.7))
    """Buy-in at which areas are rated as in an average trust."""
    apart: float = param(3.0, "score 0-10", "building-trusts", plausible=(2.5, 4.0))
    """Interquartile range of answers inside an average trust."""
    apart_more: float = param(4.0, "score 0-10", "assumed: reluctant schools answer differently", plausible=(1.0, 6.0))
    """Rise of that range for a whole point of spread in buy-in between schools."""
    usual: float = param(0.65, "share", "assumed: most trusts agree more than they differ", plausible=(0.5, 0.8))
    """Agreement where the range of answers and the median rating are those of an average trust."""
    agreed_apart: float = param(
        0.12, "weight", "assumed: two points more apart is a quarter less", plausible=(0.0, 0.3)
    )
    """Fall of agreement for each point by which answers lie farther apart than in an average trust."""
    agreed_rated: float = param(0.08, "weight", "assumed: a good rating is agreed on sooner", plausible=(0.0, 0.2))
    """Rise of agreement for each point of the median rating above the average area's."""


def rate(state: State, p: AgreementParams) -> None:
    """Rate each area of every multi-academy trust and reckon agreement inside it."""
    trusts, schools = state.trusts, state.schools
    rows = state.multi()
    if not p.on or not len(rows):
        return
    base = p.middle + p.capacity * (np.clip(trusts.capacity[rows], 0.5, p.capacity_noticed) - 1.0)
    base = base + p.buyin * (trusts.buyin[rows] - p.usual_buyin)
    area = np.arange(len(RESPONSIBILITIES))
    wide = np.where(area == BACK_OFFICE, p.back_office, p.spread)
    ratings = base[:, None] + wide * lasting(state).rated[rows] - p.parents * (area == PARENTS)
    trusts.ratings[rows] = np.clip(ratings, 0.0, TOP)
    inside = state.in_trusts()
    of = schools.trust[inside]
    away = np.bincount(of, weights=np.abs(schools.buyin[inside] - trusts.buyin[of]), minlength=len(trusts))
    apart = p.apart + p.apart_more * away[rows] / np.maximum(trusts.schools[rows], 1)
    before, now = trusts.apart[rows], np.clip(apart, 0.0, TOP)
    trusts.apart[rows] = now
    # agreement: high where people rate alike and rate well
    alike = p.usual - p.agreed_apart * (now - p.apart)
    median = np.sort(ratings, axis=1)[:, len(area) // 2]  # of an odd number
    agreed = np.clip(alike + p.agreed_rated * (median - p.middle), 0.0, 1.0)
    trusts.agreement[rows] = agreed
    rise = now - before
    wider = np.flatnonzero((rise > LOGGED_RISE) & (before > 0))
    if len(wider):
        state.log.add(
            "disagree",
            rule="agreement",
            trust=rows[wider],
            value=now[wider],
            threshold=before[wider],
            margin=rise[wider],
            inputs={"agreement": agreed[wider]},
        )
