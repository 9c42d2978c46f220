"""Worlds with special schools, alternative provision and schools for those of 16 to 19 beside their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from matsim.scenario.schema import Scenario
from matsim.world.base import World
from matsim.world.codes import Phase, Route, TrustKind
from matsim.world.geography import neighbours

OWN_UID = 777_001
"""UID of the first trust that has specialist schools alone; as many more follow as there are."""
OF_EACH = 4
"""Schools of such a trust."""
ROLLS = {Phase.SPECIAL: 150.0, Phase.ALTERNATIVE: 60.0, Phase.SIXTEEN_PLUS: 900.0}


def with_specialists(world: World, every: int = 14) -> World:
    """The world with a specialist school beside every so many of its own, and sites for a few more.

    They are, in turn: maintained, in the multi-academy trust of the school beside them (else maintained), and in trusts
    of their own kind alone, four to each. Six in ten are special, a quarter alternative provision.
    """
    beside = np.arange(0, len(world.schools["urn"]), every)
    count = len(beside)
    schools = {name: np.append(values, values[beside]) for name, values in world.schools.items()}
    new = slice(len(world.schools["urn"]), None)
    place = np.arange(count)
    phase = np.select([place % 20 < 12, place % 20 < 17], [Phase.SPECIAL, Phase.ALTERNATIVE], Phase.SIXTEEN_PLUS)
    roll = np.array([ROLLS[code] for code in phase.tolist()])
    planned = place % 11 == 10
    host = world.schools["trust"][beside]
    multi = (host >= 0) & (world.trusts["kind"][host] == TrustKind.MULTI)
    theirs = np.flatnonzero((place % 3 == 2) & ~planned)
    theirs = theirs[: len(theirs) // OF_EACH * OF_EACH]
    trust = np.where((place % 3 == 1) & multi & ~planned, host, -1)
    trust[theirs] = len(world.trusts["uid"]) + np.arange(len(theirs)) // OF_EACH
    own = len(theirs) // OF_EACH
    route = np.where(planned, Route.FREE, np.where(trust >= 0, Route.CONVERTER, Route.MAINTAINED))
    rows: dict[str, Any] = {
        "urn": int(world.schools["urn"][-1]) + 1 + place,
        "easting": schools["easting"][new] + 400.0,
        "northing": schools["northing"][new] + 300.0,
        "phase": phase,
        "denomination": 0,
        "pupils": np.where(planned, 0.0, roll),
        "capacity": 1.1 * roll,
        "grade": np.where(planned, 0, 1 + place % 3),
        "inspected": np.where(planned, np.nan, world.year - 1.5),
        "opened": np.where(trust >= 0, world.year - 3.0, np.nan),
        "route": route,
        "trust": trust,
        "planned": planned,
    }
    for name, values in rows.items():
        schools[name][new] = values
    trusts = {name: np.append(values, np.repeat(values[-1:], own)) for name, values in world.trusts.items()}
    trusts["uid"][-own:] = OWN_UID + np.arange(own)
    trusts["kind"][-own:], trusts["founded"][-own:] = TrustKind.MULTI, world.year - 4.0
    return replace(
        world,
        schools=schools,
        trusts=trusts,
        neighbours=neighbours(schools["easting"], schools["northing"], schools["phase"], Scenario().travel),
        school_names=(*world.school_names, *(f"Specialist School {i + 1}" for i in range(count))),
        trust_names=(*world.trust_names, *(f"Specialist Trust {i + 1}" for i in range(own))),
    )
