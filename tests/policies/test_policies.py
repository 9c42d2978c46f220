"""What each kind of commissioner makes of the same cases."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray

from matsim.policies import APPLICATION_INPUTS, Cautious, Lottery, Permit, Policy, Refuse, Weigh

COUNT = 20_000


def cases(**fixed: float) -> dict[str, NDArray[np.float64]]:
    """Cases as varied as they come, some inputs the same for all."""
    luck = np.random.default_rng(5)
    inputs = {name: luck.uniform(0.0, 1.2, COUNT) for name in APPLICATION_INPUTS} | {"failing": np.zeros(COUNT)}
    return {**inputs, "board": luck.standard_normal(COUNT)} | {k: np.full(COUNT, v) for k, v in fixed.items()}


def approved(policy: Policy, **fixed: float) -> float:
    return float(policy.judge(cases(**fixed), 2018).yes.mean())


@pytest.mark.direction("policy:permit", "policy:refuse")
def test_permit_and_refuse_do_not_look_at_the_case() -> None:
    for capacity, record in ((0.0, 0.0), (1.5, 1.0)):
        assert approved(Permit(), capacity=capacity, record=record) == 1.0
        assert approved(Refuse(), capacity=capacity, record=record) == 0.0


@pytest.mark.direction("policy:lottery")
def test_a_lottery_approves_its_share_whatever_the_case() -> None:
    """Within four standard errors of the normal's tail, for good cases and bad ones; a lower threshold, more."""
    for threshold in (-0.7, 0.5):
        share = NormalDist().cdf(-threshold)
        error = (share * (1.0 - share) / COUNT) ** 0.5
        for record in (0.0, 1.0):
            assert abs(approved(Lottery(threshold=threshold), record=record) - share) < 4.0 * error


@pytest.mark.direction("policy:cautious")
def test_a_cautious_commissioner_asks_for_record_nearness_and_room_to_spare() -> None:
    """Better trusts near by are approved; a thin team, a break point passed or one failing school shut the gate.

    Noise is a percentage point at most: what is compared differs by ten or more.
    """
    sound = {"capacity": 1.0, "pressure": 0.5}
    for name in ("record", "nearness"):
        low, high = (approved(Cautious(), **sound, **{name: value}) for value in (0.3, 0.9))
        assert high > low + 0.1
    assert approved(Cautious(), **sound, record=0.9) > 0.3
    for trouble in ({"capacity": 0.85}, {"pressure": 1.15}, {"failing": 0.01}):
        assert approved(Cautious(), **{**sound, "record": 0.9, **trouble}) == 0.0
    assert approved(Weigh(), **sound) > approved(Cautious(), **sound) + 0.1
