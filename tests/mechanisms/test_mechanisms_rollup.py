"""Each trust's picture: what is kept from one to the next is what would be found again."""

from __future__ import annotations

import numpy as np
from support.stepping import SEED, do, system

from matsim.schedule import SCHOOL_YEAR
from matsim.world.base import World

KEPT = ("primaries", "fsm_range", "easting", "northing", "spread", "farthest", "isolated", "geography")


def test_a_picture_of_what_changed_is_the_whole_picture(county: World) -> None:
    """Looking only at trusts that changed gives to the last bit what looking at all of them does."""
    model = system(county)
    state, schools, trusts = model.state, model.state.schools, model.state.trusts
    moved = 0
    for _ in range(4):
        for step in SCHOOL_YEAR:
            before = schools.trust.copy()
            do(model, step.name)
            moved += int((schools.trust != before).sum())
            if step.name not in ("picture", "stock", "closing"):
                continue
            record, pictured = trusts.record.copy(), state.pictured
            found = {name: trusts[name].copy() for name in KEPT}
            minutes = schools.mate_minutes.copy()
            state.pictured = None
            do(model, step.name)
            for name in KEPT:
                np.testing.assert_array_equal(trusts[name], found[name], err_msg=f"{name}, {step.name}")
            np.testing.assert_array_equal(schools.mate_minutes, minutes)
            np.testing.assert_array_equal(state.pictured, pictured)
            trusts.record = record  # the second look would remember the first as last year's
        state.year += 1
    assert moved > 100, f"seed {SEED} moves too few schools to show anything"
