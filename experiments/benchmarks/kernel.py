"""The common kernel that is written twice, in `plain_mesa.py` and in `columns.py`: its inputs, numbers and outcome.

Five processes of realistic shape, yearly: rolls grow; quality drifts and is measured; inspectors grade; schools
outside trusts decide by a logistic rule whether to seek one; each trust, in a random order, takes the nearest
acceptable seeking schools within reach while it has room. It is a yardstick of cost, not a model of anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.world.geography import TravelParams
from matsim.world.synthetic import SyntheticParams, synthetic

GROWTH, PULL, CROWDED = 0.005, 0.01, 1.1
"""Growth of rolls a year; further growth for one sd of outcome; roll over capacity that cannot be passed."""
DRIFT, REVERT, LIFT, ERROR = 0.25, 0.08, 0.02, 0.4
"""Quality's yearly shock (sd), return to the mean, gain inside a trust (sd); error of measured outcome (sd)."""
NOISE, BARS, CYCLES = 0.5, (1.2, -0.9, -1.8), (5, 4, 2, 1)
"""Error of a judgement (sd); bars for grades 1 to 3; years until the next inspection after grades 1 to 4."""
SEEK, WEAK, AROUND, NEAR = -3.4, 1.0, 1.5, 10
"""Log odds of seeking: base, for a grade below Good, for all of the nearest ten being in trusts; and that ten."""
REACH, FASTEST, ROOM, READY = 20.0, 0.25, 25, 3
"""Minutes; growth a year over size; largest trust; size from which a trust takes schools below Good."""


@dataclass(frozen=True)
class Inputs:
    """First year's arrays, the same for both versions. `trust` (n,): row, −1 outside; `index` and `minutes` (n, k)."""

    pupils: NDArray[np.float64]
    capacity: NDArray[np.float64]
    quality: NDArray[np.float64]
    grade: NDArray[np.int64]
    due: NDArray[np.int64]
    trust: NDArray[np.int64]
    trusts: int
    index: NDArray[np.int32]
    minutes: NDArray[np.float32]


def inputs(schools: int = 20_000, seed: int = 1) -> Inputs:
    """A synthetic 2018 with neighbour lists worked out; neighbours out of reach are cut off for both versions."""
    world = synthetic(SyntheticParams(schools=schools, planned_sites=0.0, seed=seed), 2018, TravelParams())
    rng = np.random.default_rng(seed)
    n, near = len(world.schools["urn"]), world.neighbours
    order = np.argsort(near.minutes, axis=1, kind="stable")
    return Inputs(
        pupils=world.schools["pupils"].copy(),
        capacity=world.schools["capacity"].copy(),
        quality=rng.standard_normal(n),
        grade=np.clip(world.schools["grade"], 1, 4).astype(np.int64),
        due=rng.integers(0, 4, n),
        trust=world.schools["trust"].astype(np.int64),
        trusts=len(world.trusts["uid"]),
        index=np.take_along_axis(near.index, order, axis=1),
        minutes=np.take_along_axis(near.minutes, order, axis=1),
    )


def outcome(grade: Any, trust: Any, pupils: Any, quality: Any) -> dict[str, float]:
    """What both versions must agree on, up to luck: from arrays over schools at the end."""
    grade, trust = np.asarray(grade), np.asarray(trust)
    shares = {f"share of grade {g}": float(np.mean(grade == g)) for g in (1, 2, 3, 4)}
    return shares | {
        "share in trusts": float(np.mean(trust >= 0)),
        "mean quality (sd)": float(np.mean(quality)),
        "mean pupils / 1000": float(np.mean(pupils)) / 1000.0,
        "mean size of trust / 100": float(np.bincount(trust[trust >= 0]).mean()) / 100.0,
    }
