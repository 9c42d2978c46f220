"""Rescue: trusts deep in deficit are given support in difficulty, part of it not repayable (E3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.state.state import Rows, State


class RescueParams(Params):
    """Who is given support in difficulty, and how much."""

    on: bool = switch()
    """Whether there is any."""
    below: float = param(0.01, "share", "assumed: trusts a little in the red mend it themselves", plausible=(0.0, 0.05))
    """Deficit of a trust, as a share of its income, beyond which it may be given support."""
    chance: float = param(
        0.7,
        "share per year",
        "assumed: so that 2% to 3% of trusts are given support in a year (rescue)",
        plausible=(0.2, 1.0),
    )
    """Chance in a year that such a trust is given it."""
    most: float = param(2_000_000.0, "£", "rescue", plausible=(1_500_000, 4_000_000))
    """The most that a trust is given in a year, of what it owes (£2.05m in 2019/20, £1.88m in 2022/23)."""
    kept: float = param(2 / 3, "share", "rescue", plausible=(0.5, 0.8))
    """Part that need not be repaid (£20.84m of £31.28m): the rest is a loan, which mends no deficit."""


def rescue(state: State, p: RescueParams) -> None:
    """Draw which trusts in deep deficit are given support, into the reserves of their schools."""
    if not p.on:
        return
    trusts = state.trusts
    deep = np.flatnonzero(trusts.active & (trusts.schools > 0) & (trusts.reserves_share < -p.below))
    luck = state.streams.uniform("rescue", state.year, trusts.luck[deep])
    lucky = deep[luck < p.chance]
    deficit = -trusts.reserves_share[lucky] * trusts.income[lucky]
    given = np.minimum(deficit, p.most)
    _pay(state, lucky, p.kept * given)
    share = trusts.reserves_share[lucky].copy()
    trusts.reserves_share[lucky] += p.kept * given / np.maximum(trusts.income[lucky], 1.0)
    state.log.add(
        "rescue",
        rule="rescue",
        trust=lucky,
        value=given,
        threshold=-p.below,
        margin=-p.below - share,
        inputs={
            "reserves_share": share,
            "deficit": deficit,
            "loan": (1.0 - p.kept) * given,
            "schools": trusts.schools[lucky],
            "chance": np.full(len(lucky), p.chance),
        },
    )


def _pay(state: State, rows: Rows, amount: NDArray[np.float64]) -> None:
    """Share the grant among the trusts' schools by their income."""
    schools, trusts = state.schools, state.trusts
    grant = np.zeros(len(trusts))
    grant[rows] = amount
    inside = state.in_trusts()
    of = schools.trust[inside]
    total = np.maximum(np.bincount(of, weights=schools.income[inside], minlength=len(trusts)), 1.0)
    schools.reserves[inside] += grant[of] * schools.income[inside] / total[of]
