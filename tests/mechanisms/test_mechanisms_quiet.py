"""Trusts that files show to have taken nobody on lately: what the first year makes of that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from conftest import scenario

from matsim.simulation.model import TrustSystem
from matsim.world.base import World
from matsim.world.codes import TrustKind


def quiet(county: World) -> World:
    """The county as if no school had joined any of its multi-academy trusts lately."""
    return replace(county, quiet=frozenset(county.trusts["uid"][county.trusts["kind"] == TrustKind.MULTI].tolist()))


def after(world: World, settled: float, years: int = 3) -> TrustSystem:
    model = TrustSystem(world, scenario(**{"start.settled": settled}), 1)
    model.run_years(years)
    return model


def taken_on(model: TrustSystem, world: World) -> int:
    """Schools that went from no trust to a multi-academy trust that was there."""
    before = world.schools["trust"]
    now = model.state.schools.trust[: len(before)]
    multi = world.trusts["kind"][np.clip(now, 0, len(world.trusts["kind"]) - 1)] == TrustKind.MULTI
    return int(((before < 0) & (now >= 0) & (now < len(world.trusts["kind"])) & multi).sum())


def test_quiet_trusts_that_are_settled_take_on_fewer(county: World) -> None:
    world = quiet(county)
    assert taken_on(after(world, 1.0), world) < 0.5 * taken_on(after(world, 0.0), world)


def test_the_share_of_quiet_trusts_that_pause_is_that_set(county: World) -> None:
    world = quiet(county)
    multi = world.trusts["kind"] == TrustKind.MULTI
    for share, low, high in ((0.0, 0.0, 0.0), (0.5, 0.3, 0.7), (1.0, 1.0, 1.0)):
        trusts = TrustSystem(world, scenario(**{"start.settled": share}), 1).state.trusts
        paused = trusts.paused[: len(multi)] > world.year
        assert not paused[~multi].any()
        assert low <= paused[multi].mean() <= high


def test_without_a_record_nothing_changes(county: World) -> None:
    """A synthetic world has none: the parameter moves nothing, and the world's digest is what it was."""
    assert not county.quiet
    one, other = after(county, 0.0, 2), after(county, 1.0, 2)
    assert (one.state.schools.trust == other.state.schools.trust).all()
    assert county.digest() != quiet(county).digest()
