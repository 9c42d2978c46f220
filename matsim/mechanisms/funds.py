"""Money for trusts that grow, in its windows: Trust Capacity Fund, Trust Establishment and Growth Fund."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.state.state import CHANGE, Rows, State
from matsim.world.codes import Grade, TrustKind

type Floats = NDArray[np.float64]


class FundsParams(Params):
    """Who is given money to grow, in which years, and how much."""

    on: bool = switch()
    """Whether there are such funds."""
    capacity_weak: Dated = param(
        {2010: 0.0, 2021: 0.4, 2024: 0.0}, "share", "assumed: so that about what was paid is paid", plausible=(0.0, 1.0)
    )
    """Chance that a trust which took on a school judged below Good gets money from the capacity fund."""
    capacity_other: Dated = param(
        {2010: 0.0, 2021: 0.15, 2024: 0.0}, "share", "assumed: the fund preferred weak schools", plausible=(0.0, 1.0)
    )
    """The same of a trust that took on others only."""
    award_weak: float = param(180_000.0, "£", "trust-funds", plausible=(50_000, 310_000))
    """What such a trust gets that took on a weak school (£50,000 to £310,000)."""
    award_other: float = param(75_000.0, "£", "trust-funds", plausible=(50_000, 100_000))
    """What another gets (£50,000 to £100,000)."""
    establishment: Dated = param(
        {2010: 0.0, 2022: 0.3, 2024: 0.0}, "share", "assumed: a competition with many bids", plausible=(0.0, 1.0)
    )
    """Chance that a trust founded in the year by so many schools gets money to establish itself."""
    award_establishment: float = param(30_000.0, "£", "trust-funds", plausible=(10_000, 50_000))
    """What it gets (£10,000 to £50,000)."""
    least_founders: int = param(3, "schools", "trust-funds", plausible=(2, 5), ge=1)
    """Schools that such a trust has to begin with."""


def award(state: State, p: FundsParams) -> None:
    """Give trusts that have taken on schools this year, and new ones, what the funds of the year have for them."""
    if not p.on:
        return
    schools, trusts, year = state.schools, state.trusts, state.year
    rows = state.in_trusts()
    rows = rows[schools.joined[rows] == year + CHANGE]
    of, n = schools.trust[rows], len(trusts)
    came = np.bincount(of, minlength=n)
    weak = np.bincount(of[schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT], minlength=n)
    new = trusts.founded == year + CHANGE
    multi = trusts.active & (trusts.kind == TrustKind.MULTI)
    grown = np.flatnonzero(multi & (came > 0) & ~new)
    chance = np.where(weak[grown] > 0, at(p.capacity_weak, year), at(p.capacity_other, year))
    given = np.where(weak[grown] > 0, p.award_weak, p.award_other)
    _give(state, "capacity", grown, chance, given)
    fresh = np.flatnonzero(multi & new & (came >= p.least_founders))
    chance = np.full(len(fresh), at(p.establishment, year))
    _give(state, "establishment", fresh, chance, np.full(len(fresh), p.award_establishment))


def _give(state: State, fund: str, trusts: Rows, chance: Floats, amount: Floats) -> None:
    """Draw which of the trusts a fund gives its money to, into their central reserves, and log it."""
    lucky = np.flatnonzero(state.streams.uniform(f"funds/{fund}", state.year, state.trusts.luck[trusts]) < chance)
    state.trusts.reserves[trusts[lucky]] += amount[lucky]
    state.log.add("fund", rule="funds", reason=fund, trust=trusts[lucky], value=amount[lucky])
