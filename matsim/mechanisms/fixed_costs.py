"""What a school pays whatever it decides: its buildings by the place, and the gap that a PFI contract leaves (E1, E3).

Both are paid for places, filled or not: a school with empty places pays for more of them from less income.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.state.state import Rows, State
from matsim.world.codes import SECTOR

type Floats = NDArray[np.float64]


class FixedCostParams(Params):
    """What buildings and PFI contracts take of a school's income."""

    on: bool = switch()
    """Whether schools differ in what their buildings cost, some have PFI contracts, and empty places cost."""
    building: float = param(
        250.0,
        "£ per place",
        "assumed: so that a school with half its places empty loses about 4% of its income",
        plausible=(0, 500),
    )
    """What the buildings of a usual school cost a year, beyond its running expenses."""
    spread: float = param(
        0.5, "ratio", "assumed: old buildings cost several times what new ones do", plausible=(0.0, 0.8)
    )
    """Spread of the logarithm of that cost between schools, by age and state of their buildings, and of the gaps of PFI
    contracts."""
    full: float = param(0.92, "share", "assumed: budgets are made for some empty places", plausible=(0.85, 1.0), ge=0.1)
    """Share of its places that a usual school fills."""
    pfi_primary: float = param(
        0.025, "share", "assumed: over 900 schools in all, more of them secondaries (pfi)", plausible=(0.01, 0.05)
    )
    """Share of primaries that were built under a PFI contract."""
    pfi_secondary: float = param(
        0.12, "share", "assumed: over 900 schools in all, more of them secondaries (pfi)", plausible=(0.06, 0.2)
    )
    """Share of secondaries; specialist schools have none."""
    gap: float = param(
        250.0,
        "£ per place",
        "assumed: payments take 15% to 20% of some schools' budgets, most of them funded (pfi)",
        plausible=(50, 600),
    )
    """What a usual PFI contract costs a year beyond what is funded for it."""


def start(state: State, p: FixedCostParams) -> None:
    """Draw what each school's buildings cost, and which schools have PFI contracts with what gap (£ per place)."""
    schools, streams, who = state.schools, state.streams, state.schools.luck
    share = np.array([p.pfi_primary, p.pfi_secondary, 0.0])[state.world.sector]
    built = streams.uniform("fixed costs/pfi", 0, who) < share * p.on
    schools.pfi = np.where(built, _lognormal(p.gap, p.spread, streams.normal("fixed costs/gap", 0, who)), 0.0)
    spread = p.spread * p.on
    schools.building = _lognormal(p.building, spread, streams.normal("fixed costs/building", 0, who))


def _lognormal(mean: float, spread: float, luck: Floats) -> Floats:
    return np.asarray(mean * np.exp(spread * luck - spread**2 / 2.0))


def of_year(state: State, p: FixedCostParams, rows: Rows) -> Floats:
    """What each school pays this year (£)."""
    schools = state.schools
    # of a school that is half empty or worse, what stands empty is shut up
    places = np.minimum(schools.capacity[rows], 2.0 * schools.pupils[rows])
    # specialist schools are paid for their places, filled or not
    usual = ~state.world.mainstream[rows] | (schools.capacity[rows] <= 0) | (not p.on)
    places[usual] = schools.pupils[rows][usual] / p.full
    return np.asarray((schools.building[rows] + schools.pfi[rows]) * places)


def usual(p: FixedCostParams) -> Floats:
    """What schools pay on average by phase (£ per pupil)."""
    share = np.array([p.pfi_primary, p.pfi_secondary, 0.0])
    return np.asarray((p.building + share * p.gap * p.on) / p.full)[SECTOR]
