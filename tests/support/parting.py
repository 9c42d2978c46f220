"""Runs under the default scenario with some values changed, on one luck: tables, and how often things happened."""

from __future__ import annotations

from conftest import scenario

from matsim.simulation.simulate import simulate
from matsim.world.base import World
from support.dated import Tables


def lived(world: World, years: int, **changes: object) -> Tables:
    """Tables of a run under the default scenario with some values changed, always with the same luck."""
    return simulate(scenario(run__school_year=True, **changes), world, seed=3, years=years).tables


def counted(tables: Tables, event: str, reason: str = "", since: int = 0, until: int = 9999) -> int:
    """How many events of a kind there are, with a reason where one is given, from one year to another."""
    events = tables["events"]
    pick = (events["event"] == event) & events["year"].between(since, until)
    return int((pick & (events["reason"] == reason)).sum() if reason else pick.sum())
