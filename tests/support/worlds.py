"""Worlds changed in one place, and digests of what a run leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from matsim.results.table_files import table_digest
from matsim.scenario.schema import Scenario
from matsim.world.base import World
from matsim.world.geography import neighbours


def digests(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {name: table_digest(frame) for name, frame in tables.items()}


def island(world: World, grades: Sequence[int] = (2,)) -> World:
    """The world with one more trust, of a school for each of the grades a kilometre from one another, far from all
    others in an authority of its own."""
    count = len(grades)
    schools: dict[str, Any] = {k: np.append(v, np.repeat(v[-1:], count)) for k, v in world.schools.items()}
    row = {
        "urn": world.schools["urn"][-1] + 7 * np.arange(1, count + 1),
        "la": 3000,
        "easting": 20_000.0 + 1000.0 * np.arange(count),
        "northing": 30_000.0,
        "phase": 0,
        "pupils": 200.0,
        "capacity": 220.0,
        "grade": grades,
        "inspected": 2016.5,
        "opened": 2012.0,
        "route": 1,
        "trust": len(world.trusts["uid"]),
        "planned": False,
        "denomination": 0,
    }
    for name, value in row.items():
        schools[name][-count:] = value
    trusts = {k: np.append(v, v[-1:]) for k, v in world.trusts.items()}
    trusts["uid"][-1], trusts["kind"][-1], trusts["founded"][-1] = 999_999, 1, 2012.0
    near = neighbours(schools["easting"], schools["northing"], schools["phase"], Scenario().travel)
    return replace(
        world,
        schools=schools,
        trusts=trusts,
        neighbours=near,
        school_names=(*world.school_names, *(f"Island School {i + 1}" for i in range(count))),
        trust_names=(*world.trust_names, "Island Trust"),
        la_names={**world.la_names, 3000: "Island"},
    )
