"""Pupils move up and a new intake chooses: rolls follow local numbers and reputation (E1). Pupils are conserved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.sums import down
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.environment import announce
from matsim.state.moves import CloseSchool
from matsim.state.state import Rows, State
from matsim.world.base import DFE_REGIONS, REGIONS
from matsim.world.codes import Grade, Phase, Route, SchoolState, Sector

LOGGED_SURPLUS = 0.75
"""Share of places filled below which a school's surplus is logged."""


class RollsParams(Params):
    """How rolls move."""

    choice_on: bool = switch()
    """Whether families choose by reputation; if not, rolls only follow local numbers."""
    growth_primary: Dated = param(
        {2010: 0.018, 2016: 0.008, 2018: 0.0, 2020: -0.008, 2022: -0.0067, 2025: -0.0137, 2030: -0.005},
        "growth per year",
        "pupil-projections",
        plausible=(-0.02, 0.03),
    )
    """Change in the number of primary pupils from the year given (before 2022 and from 2030 assumed: the bulge and its
    end, and births that fall no further)."""
    growth_secondary: Dated = param(
        {2010: -0.008, 2015: 0.005, 2017: 0.018, 2023: 0.013, 2024: 0.0, 2026: -0.0076, 2030: -0.012},
        "growth per year",
        "pupil-projections",
        plausible=(-0.02, 0.03),
    )
    """Change in the number of secondary pupils from the year given (before 2023 and from 2030 assumed: the bulge moves
    up, and then what follows it)."""
    apart_london: Dated = param(
        {2010: 0.0, 2022: -0.0086}, "growth per year", "pupils-by-region", plausible=(-0.02, 0.005)
    )
    """What is added to the growth of mainstream rolls in London, one of the nine regions since 2022."""
    apart_north_east: Dated = param(
        {2010: 0.0, 2022: -0.0064}, "growth per year", "pupils-by-region", plausible=(-0.02, 0.005)
    )
    """The same in the North East."""
    apart_east_midlands: Dated = param(
        {2010: 0.0, 2022: 0.0088}, "growth per year", "pupils-by-region", plausible=(-0.005, 0.02)
    )
    """The same in the East Midlands."""
    apart_elsewhere: Dated = param(
        {2010: 0.0, 2022: 0.0011}, "growth per year", "pupils-by-region", plausible=(-0.005, 0.005)
    )
    """The same in each of the other six, of which no more is known than what these three leave."""
    growth_special: Dated = param(
        {
            2010: 0.02,
            2016: 0.046,
            2017: 0.054,
            2019: 0.053,
            2020: 0.051,
            2021: 0.058,
            2022: 0.051,
            2024: 0.04,
            2027: 0.03,
        },
        "growth per year",
        "dfe-pupils-by-type",
        plausible=(0.0, 0.07),
    )
    """Change in the number of pupils of special schools from the year given; 2010 and from 2024 assumed, slowing."""
    growth_alternative: Dated = param(
        {2010: 0.02, 2016: 0.044, 2017: 0.068, 2018: -0.036, 2019: -0.046, 2020: -0.17, 2021: -0.086, 2022: 0.129,
         2023: 0.203, 2024: 0.0},
        "growth per year",
        "dfe-pupils-by-type",
        plausible=(-0.2, 0.25),
    )  # fmt: skip
    """The same of alternative provision: few were excluded while schools were shut, and more than before since."""
    growth_sixteen_plus: Dated = param(
        {2010: 0.0, 2019: 0.02, 2028: 0.0}, "growth per year", "assumed: the bulge moves up", plausible=(-0.03, 0.04)
    )
    """The same of schools for those of 16 to 19."""
    pull: float = param(
        0.02,
        "share per year",
        "assumed: a seventh or a fifth of pupils are new each year",
        plausible=(0.0, 0.06),
    )
    """Growth of a school one standard deviation more attractive than its neighbours."""
    nearest: int = param(8, "schools", "assumed: those that families compare", plausible=(3, 16), ge=1, le=24)
    """Nearest schools of its phase that a school competes with."""
    appeal_outcome: float = param(
        0.6, "weight", "assumed: results count a little more than grades", plausible=(0.0, 1.2)
    )
    """Weight of value added in how attractive a school is."""
    appeal_grade: float = param(0.5, "weight", "assumed: families read inspections", plausible=(0.0, 1.0))
    """Weight of each step of its inspection grade."""
    seen: Dated = param(
        {2010: 1.0, 2024: 0.7},
        "share",
        "assumed: six areas tell families less at a glance than one grade; two thirds of parents had not looked at "
        "reports (YouGov for Exeter, October 2021)",
        plausible=(0.3, 1.0),
    )
    """Part of that weight left to a result given from the year given on: headline grades ended in September 2024, and
    those given before stood until the next inspection."""
    places_limit: float = param(1.05, "ratio", "assumed: schools run little over capacity", plausible=(1.0, 1.15))
    """Roll over capacity beyond which a school takes no more from its neighbours."""
    filling: float = param(5.0, "years", "assumed: a year group at a time", plausible=(3, 7))
    """Years for which a free school still fills its year groups, whatever its reputation, and is not closed."""
    filling_appeal: float = param(
        10.0, "sd", "assumed: a fifth more pupils in a year at the usual pull", plausible=(3, 20)
    )
    """How much more attractive than its neighbours it counts while it fills them."""
    too_small: float = param(20.0, "pupils", "assumed: below any published decile", plausible=(10, 40))
    """Roll below which a mainstream school may be closed."""
    closing: float = param(0.2, "share per year", "assumed: closing takes years", plausible=(0.0, 0.5))
    """Chance in a year that a school below that roll closes."""


def intake(state: State, p: RollsParams) -> None:
    """Move every open school's roll by one year; close the smallest."""
    announce(state, "rolls", seen=p.seen)
    schools = state.schools
    rows = state.open_rows()
    pupils, capacity = schools.pupils[rows], schools.capacity[rows]
    group, growth = _groups(state, p, rows)
    wanted = pupils * (1.0 + p.pull * _appeal(state, p, rows, pupils < capacity)) if p.choice_on else pupils
    wanted = np.minimum(wanted, np.maximum(capacity * p.places_limit, pupils))
    # an authority's pupils of a phase grow as numbers do, and a district's of each specialist phase; choice only moves
    # them between its schools
    before, after = np.bincount(group, weights=pupils), np.bincount(group, weights=wanted)
    target = before * (1.0 + growth[: len(before)])
    scale = np.divide(target, after, out=np.ones_like(after), where=after > 0)
    now, places = wanted * scale[group], np.maximum(capacity, 1.0)
    schools.pupils[rows] = now
    left = now / places
    emptied = np.flatnonzero((left < LOGGED_SURPLUS) & (pupils / places >= LOGGED_SURPLUS))
    school, left = rows[emptied], left[emptied]
    state.log.add(
        "surplus",
        rule="rolls",
        school=school,
        trust=schools.trust[school],
        value=left,
        threshold=LOGGED_SURPLUS,
        margin=LOGGED_SURPLUS - left,
        inputs={"outcome": schools.outcome[school], "grade": schools.grade[school]},
    )
    # places follow where numbers stay above them: extensions are funded from basic need
    schools.capacity[rows] = np.maximum(capacity, now / p.places_limit)
    _close(state, p)


def _groups(state: State, p: RollsParams, rows: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """The group of schools among which each school's pupils come and go, and the growth of every group in the year.

    Mainstream schools: those of the authority, primary or secondary. Specialist ones, to which children come from
    farther away: those of the district and phase.
    """
    schools, sector, places = state.schools, state.world.sector[rows], len(state.places)
    group = schools.place[rows] * 2 + (sector == Sector.SECONDARY)
    growth = np.tile([at(p.growth_primary, state.year), at(p.growth_secondary, state.year)], places)
    growth += np.repeat(_apart(p, state.year)[state.places.region], 2)
    few = np.flatnonzero(sector == Sector.SPECIALIST)
    if len(few):
        district = schools.district[rows[few]]
        phases = np.array([at(p.growth_special, state.year), at(p.growth_alternative, state.year),
                           at(p.growth_sixteen_plus, state.year)])  # fmt: skip
        group[few] = 2 * places + len(phases) * district + schools.phase[rows[few]] - Phase.SPECIAL
        growth = np.append(growth, np.tile(phases, district.max() + 1))
    return group, growth


def _apart(p: RollsParams, year: int) -> NDArray[np.float64]:
    """What is added to the growth of rolls in each region, by its code: nothing in those of the eight alone."""
    named = dict.fromkeys(DFE_REGIONS, p.apart_elsewhere) | {
        "London": p.apart_london,
        "North East": p.apart_north_east,
        "East Midlands": p.apart_east_midlands,
    }
    return np.array([at(named[region], year) if region in named else 0.0 for region in REGIONS])


def _appeal(state: State, p: RollsParams, rows: Rows, unfilled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much more attractive each school is than those nearest to it of the same phase (sd)."""
    schools = state.schools
    grade = np.where(schools.grade > Grade.NOT_INSPECTED, schools.grade, Grade.GOOD)
    weight = p.appeal_grade * _seen(p, schools.inspected)
    appeal = (p.appeal_outcome * schools.outcome + weight * (Grade.GOOD - grade)).clip(-2.0, 2.0)
    is_open, peers = schools.state == SchoolState.OPEN, state.world.peers
    others = peers.values(is_open.astype(np.float32), p.nearest).sum(axis=0)
    around = down(peers.values(np.where(is_open, appeal, 0.0), p.nearest)) / np.maximum(others, 1.0)
    result = np.where(others > 0, appeal - around, 0.0)[rows]
    # places in specialist schools are allocated, not chosen
    result[~state.world.mainstream[rows]] = 0.0
    # a new school fills its year groups whatever its reputation
    new = unfilled & (schools.route[rows] == Route.FREE) & (schools.opened[rows] > state.year - p.filling)
    return np.where(new, p.filling_appeal, result)


def _seen(p: RollsParams, inspected: NDArray[np.float64]) -> NDArray[np.float64]:
    """What families see of each school's result, by the school year it was given in; of no date, as of the first."""
    years = sorted(p.seen)
    values = np.array([p.seen[year] for year in years])
    place = np.searchsorted(years, np.nan_to_num(inspected), side="right") - 1
    return np.asarray(values[np.maximum(place, 0)])


def _close(state: State, p: RollsParams) -> None:
    """Close a few of the smallest schools; their pupils go to the nearest school of the phase."""
    schools = state.schools
    # specialist schools are paid by the place, and many have few on roll
    small = np.flatnonzero(
        (schools.pupils < p.too_small) & state.world.mainstream & (schools.state == SchoolState.OPEN)
    )
    small = small[~(schools.opened[small] > state.year - p.filling)]
    if not len(small):
        return
    luck = state.streams.uniform("rolls/close", state.year, schools.luck[small])
    for school in small[luck < p.closing].tolist():
        sector = int(state.world.sector[school])
        near = state.world.neighbours.index[school, state.world.neighbours.of_sector(sector)]
        near = near[near >= 0]
        near = near[schools.state[near] == SchoolState.OPEN]
        if sector == Sector.SPECIALIST:
            near = near[schools.phase[near] == schools.phase[school]]
        if not len(near):
            continue
        roll = float(schools.pupils[school])
        # neighbours come nearest first
        schools.pupils[near[0]] += roll
        schools.pupils[school] = 0.0
        why = {"rule": "rolls.too_small", "reason": "too few pupils", "value": roll, "threshold": p.too_small}
        CloseSchool(school, {**why, "margin": p.too_small - roll}).apply(state)
