"""Schools that are stuck below Good are given targeted support in place of another trust (RISE teams, since 2025)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.environment import announce
from matsim.mechanisms.inspection import below_twice
from matsim.state.state import Rows, State
from matsim.world.codes import Grade


class SupportParams(Params):
    """Who is given targeted support, for how long, and what it does."""

    on: bool = switch()
    """Whether there is any."""
    chance: Dated = param(
        {2010: 0.0, 2024: 0.33, 2025: 0.7},
        "share per year",
        "assumed: 215 of 657 stuck schools by April 2025, 377 in September, and nearly all meant to have a plan by "
        "March 2026 (dfe-rise)",
        plausible=(0.0, 1.0),
    )
    """Chance in a year, from the year given, that a school that requires improvement, was below Good before too and has
    no support is given it."""
    concern: Dated = param(
        {2010: 0.0, 2026: 0.4},
        "share",
        "assumed: the rest of those that `orders.reserve` has ordered; support is the default for significant "
        "improvement from September 2026",
        plausible=(0.0, 0.8),
    )
    """Chance, from the year given, that an academy in a category of concern is given support upon that judgement and
    stays where it is. Where there is any, every maintained school that was not ordered has it."""
    years: int = param(2, "years", "assumed: plans are of a year or two", plausible=(1, 3), ge=1)
    """School years for which a school is supported."""
    gain: float = param(
        0.1,
        "sd per year",
        "assumed: no evaluation yet; what schools that just fail an inspection gained (Allen and Burgess 2012: a tenth "
        "of a pupil's sd in two to three years, a quarter of a school's)",
        plausible=(0.0, 0.3),
    )
    """What it adds to a school's quality in a year."""
    grant: float = param(80_000.0, "£", "dfe-rise", plausible=(30_000, 100_000))
    """What a supported school is granted in all: at most £100,000, and £20m for the first schools."""
    kept: float = param(0.1, "share", "assumed: nearly all of it pays those who help", plausible=(0.0, 0.5))
    """Part of the grant that stays in the school's reserves."""


def give(state: State, p: SupportParams) -> None:
    """End the support of those who recovered, begin that of others, and let it act."""
    announce(state, "support", **({"support": p.chance} if p.on else {}))
    schools, year = state.schools, state.year
    # a school judged Good again needs no more; one that is ordered, or put up for another trust, goes another way; and
    # of one that fails its inspection it is asked anew
    gone = ~np.isnan(schools.ordered) | ~np.isnan(schools.warned) | (schools.grade < Grade.REQUIRES_IMPROVEMENT)
    failed = (schools.grade == Grade.INADEQUATE) & (schools.inspected >= year)
    schools.supported[(gone | failed) & (schools.supported > year)] = float(year)
    if not p.on:
        return
    rows = state.open_rows()
    rows = rows[~gone[rows] & ~(schools.supported[rows] > year)]
    stuck = rows[below_twice(state, rows)]
    if year == state.world.year and (earlier := at(p.chance, year - 1)):
        # files do not say who was given it the year before the first
        luck = state.streams.uniform("support/earlier", year, schools.luck[stuck])
        schools.supported[stuck[luck < earlier]] = year + max(p.years - 1, 0)
        stuck = stuck[luck >= earlier]
    _begin(state, p, stuck, np.full(len(stuck), at(p.chance, year)), "stuck")
    concern = rows[failed[rows]]
    chance = at(p.concern, year)
    _begin(state, p, concern, np.where(schools.trust[concern] < 0, float(chance > 0.0), chance), "concern")
    helped = np.flatnonzero(schools.supported > year)
    schools.quality[helped] += p.gain


def supported(state: State, rows: Rows) -> NDArray[np.bool_]:
    """Which schools have targeted support in the state's year."""
    return np.asarray(state.schools.supported[rows] > state.year)


def _begin(state: State, p: SupportParams, rows: Rows, chance: NDArray[np.float64], reason: str) -> None:
    """Give support to those of the rows whose luck is below their chance."""
    schools = state.schools
    luck = state.streams.uniform(f"support/{reason}", state.year, schools.luck[rows])
    yes = np.flatnonzero(luck < chance)
    rows = rows[yes]
    schools.supported[rows] = state.year + p.years
    schools.reserves[rows] += p.grant * p.kept
    state.log.add(
        "support",
        rule="support",
        reason=reason,
        school=rows,
        trust=schools.trust[rows],
        region=schools.region[rows],
        value=schools.grade[rows].astype(float),
        threshold=float(Grade.REQUIRES_IMPROVEMENT),
        inputs={
            "chance": chance[yes],
            "luck": luck[yes],
            "before": schools.grade_before[rows],
            "years": np.full(len(rows), float(p.years)),
            "cost": np.full(len(rows), p.grant),
        },
    )
