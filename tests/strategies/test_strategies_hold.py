"""A CEO who holds: no school is good enough, and none comes by the trust's own doing."""

from __future__ import annotations

import numpy as np
import pytest
from support.briefs import bids_of, candidates
from support.views import part_of_a_year

from matsim.strategies import Brief, GrowthFirst, Hold
from matsim.world.base import World


@pytest.mark.direction("strategy:hold")
def test_ceos_who_hold_bid_for_nobody(county: World) -> None:
    """Where all CEOs hold nobody bids; where all grow, with the same luck, most trusts with several schools do."""
    free = Brief(2018, 8, 2.0, 9.0, 0.2, 20.0, 0.0, 0.1, 9.0, 1.0)
    assert bids_of(Hold(), free, candidates(1)) == []
    assert bids_of(GrowthFirst(), free, candidates(1)) == [0]

    def bidders(kind: str) -> int:
        model = part_of_a_year(county, "bidding", ceos=[{"kind": kind, "share": 1.0}])
        return len(np.unique(model.state.log.rows("bid", "trust", model.state.year - 1)))

    assert bidders("hold") == 0
    assert bidders("growth_first") > 20
