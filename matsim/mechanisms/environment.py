"""The world around: funding, policy and grants on their dates, and what local authorities can still do (F2, F6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.state import regions
from matsim.state.state import Rows, State
from matsim.world.codes import PHASES, Phase, Sector, mainstream

BEFORE_CUTS = 2010
"""Year from which the capacity of local authorities wears down."""
SCHOOLS_GONE = 2018
"""Year from which a first year counts what an authority lost with its schools; until then few had so many academies."""

LOGGED_CAPACITY = (0.5, 0.25)
"""Capacities of a local authority whose loss is logged."""


class EnvironmentParams(Params):
    """Funding, policy and local services, by year where they have dates."""

    funding_primary: Dated = param(
        {2010: 6007, 2016: 5793, 2017: 5722, 2018: 5727, 2019: 5621, 2020: 5901, 2024: 5902},
        "£ per pupil",
        "neu-funding",
        plausible=(5000, 6500),
    )
    """Grant funding per primary pupil, 2022/23 prices, from the year given (2010 to 2014 assumed as 2015; from 2024 5%
    above 2019, as of all mainstream schools from 2019 to 2025: ifs-2026)."""
    funding_secondary: Dated = param(
        {2010: 7188, 2016: 6977, 2017: 6742, 2018: 6665, 2019: 6477, 2020: 6854, 2024: 6801},
        "£ per pupil",
        "neu-funding",
        plausible=(6000, 7800),
    )
    """Grant funding per secondary pupil, 2022/23 prices, from the year given (2010 to 2014 assumed as 2015; from 2024
    5% above 2019, as of all mainstream schools from 2019 to 2025: ifs-2026)."""
    funding_special: Dated = param(
        {2010: 24_000},
        "£ per pupil",
        "assumed: £10,000 a place and a top-up of some £14,000; £10,000 to £30,000 in all (schoolsweek.co.uk, 2017)",
        plausible=(18_000, 30_000),
    )
    """Funding per pupil of a special school, 2022/23 prices: by the place, without a lump sum."""
    funding_alternative: Dated = param(
        {2010: 20_000},
        "£ per pupil",
        "assumed: £10,000 a place and a top-up of about as much",
        plausible=(14_000, 26_000),
    )
    """The same of alternative provision."""
    funding_sixteen_plus: Dated = param(
        {2010: 5500},
        "£ per pupil",
        "assumed: the national rate for 16 to 19 and what is weighted",
        plausible=(4800, 6500),
    )
    """The same of a school for those of 16 to 19."""
    pay: Dated = param(
        {2010: 0.0, 2023: 0.008, 2024: -0.012, 2025: 0.003, 2026: 0.0},
        "share",
        "pay-pressures",
        plausible=(-0.02, 0.04),
    )
    """What pay and pensions took of a school's income beyond what its budget was made for, from the year given:
    employers' pension contributions (2015) and national insurance (2016) that nobody funded, the flat award to support
    staff of 2022, and teachers' 6.5% of 2023. How much of each had been budgeted for is fitted by hand to the shares of
    trusts with a deficit in the year (kreston-deficits); after 2024 nothing."""
    energy: Dated = param(
        {2010: 0.0, 2022: 25.0, 2023: 0.0},
        "£ per pupil",
        "energy-bills",
        plausible=(0, 120),
    )
    """What energy cost beyond the budget, from the year given: heads expected £27,000 a school more in 2022/23, of
    which state relief and budgets made late took about half."""
    sixth_forms: Dated = param(
        {2010: 0.0, 2013: 0.008, 2016: 0.003, 2017: 0.0},
        "share",
        "assumed: funding of sixth forms fell by a fifth from 2010 (ifs-2019); how much of it budgets had not "
        "foreseen is fitted by hand to maintained secondaries in deficit, 9% in 2014 and 30% in 2018 (epi-balances)",
        plausible=(0.0, 0.02),
    )
    """What cuts in the funding of sixth forms took of a secondary's income beyond the budget, from the year given."""
    closures: Dated = param(
        {2010: 0.0, 2019: 0.008, 2020: 0.01, 2021: 0.018, 2022: 0.009, 2023: 0.0},
        "share",
        "kreston-deficits",
        plausible=(0.0, 0.04),
    )
    """What schools that were shut, and catch-up money, left unspent of income, from the year given: 19% and 26% of
    trusts had a deficit in 2020/21 and 2021/22."""
    lump_sum: float = param(110_000.0, "£", "nff", plausible=(90_000, 130_000))
    """Paid to every mainstream school whatever its roll; the rest of the funding is per pupil."""
    roll_primary: float = param(279.0, "pupils", "gias-2022", plausible=(240, 300), ge=1.0)
    """Roll of an average primary, whose funding per pupil is the mean."""
    roll_secondary: float = param(1028.0, "pupils", "gias-2022", plausible=(900, 1100), ge=1.0)
    """The same of a secondary."""
    push_primary: Dated = param(
        fitted("environment.push_primary")
        | {2021: -1.15, 2022: -1.4, 2023: -1.0, 2024: -1.2, 2025: -1.55, 2026: -2.15},
        "log odds",
        "calibration",
        plausible=(-3.0, 2.0),
    )
    """How strongly policy draws primary schools into trusts. From 2021 by hand, to converters opened in 2021/22 (245),
    2022/23 (246) and 2023/24 (361, from the half to March 2024) in runs from 2018, and then to applications a year
    before, some 400, 250 and 170 openings a year, in runs from 2024."""
    push_secondary: Dated = param(
        fitted("environment.push_secondary")
        | {2021: -1.8, 2022: -0.75, 2023: -0.75, 2024: -1.5, 2025: -1.9, 2026: -2.4},
        "log odds",
        "calibration",
        plausible=(-3.0, 3.0),
    )
    """How strongly policy draws secondary schools into trusts. From 2021 by hand, in the same way (21, 44
    and 37; then 35, 20 and 12)."""
    push_special: Dated = param(
        {2010: -1.1, 2020: -2.0, 2022: -2.6, 2024: -1.9, 2025: -2.6},
        "log odds",
        "assumed: set by hand so that the 292 special academies of May 2018 become the 493 of March 2024 "
        "(gias-links-2018-2024), and about half of special schools by January 2025",
        plausible=(-4.0, 2.0),
    )
    """How strongly policy draws special schools into trusts."""
    push_alternative: Dated = param(
        {2010: -1.8, 2020: -2.6, 2022: -3.2},
        "log odds",
        "assumed: set by hand so that the 121 academies of alternative provision of May 2018 become the 163 of March "
        "2024 (gias-links-2018-2024)",
        plausible=(-4.0, 2.0),
    )
    """How strongly policy draws alternative provision into trusts."""
    push_sixteen_plus: Dated = param(
        {2010: -1.5}, "log odds", "assumed: hardly any is maintained; as alternative provision", plausible=(-4.0, 2.0)
    )
    """How strongly policy draws maintained schools for those of 16 to 19 into trusts."""
    alone_open: Dated = param(
        {2010: 1.0, 2013: 0.8, 2014: 0.55, 2016: 0.15, 2018: 0.05},
        "share",
        "assumed: single-academy conversions fell away",
        plausible=(0.0, 1.0),
    )
    """How open policy is to schools converting alone."""
    mandatory_from: int = param(2016, "year", "hcl-7308", plausible=(2010, 2030))
    """Year from which every school judged Inadequate is ordered to convert (Education and Adoption Act 2016)."""
    mandatory_until: int = param(2026, "year", "cwsa-2026", plausible=(2017, 2040))
    """Year from which that duty holds no longer: it ended on 29 June 2026, and a power remains (`orders.reserve`)."""
    nine_from: int = param(2022, "year", "dfe-regions", plausible=(2014, 2040))
    """Year from whose September nine regions take the place of eight, and those who decide for them."""
    convert_grant: Dated = param({2010: 25_000, 2025: 0}, "£", "dfe-grants", plausible=(0, 50_000))
    """Support grant for a school that converts by choice (none for applications after 20 December 2024)."""
    convert_group: Dated = param({2010: 1, 2024: 3}, "schools", "convert-grant-2024", plausible=(1, 5))
    """Schools that have to convert into one trust in the year for each to get it; specialist ones are exempt."""
    sponsor_grant: Dated = param({2010: 110_000}, "£", "dfe-grants", plausible=(70_000, 150_000))
    """Pre-opening grant to the sponsor of a school ordered to convert."""
    transfer_grant: Dated = param({2010: 120_000}, "£", "dfe-transfers", plausible=(43_000, 140_000))
    """Grant with an academy that an intervention moves between trusts."""
    authority_2010: float = param(0.8, "share", "assumed: before the cuts", plausible=(0.6, 1.0))
    """Mean capacity of local authorities to serve schools in 2010."""
    authority_spread: float = param(0.15, "share", "assumed: some were always stronger", plausible=(0.0, 0.3))
    """Spread of that capacity between authorities, before the part of it that cuts have evened out."""
    authority_apart: float = param(0.8, "ratio", "assumed: the strong had more to lose", plausible=(0.5, 1.0))
    """What is left of that spread in the first year."""
    erosion: float = param(
        0.06, "share per year", "assumed: small teams left (For Schools; Hill)", plausible=(0.0, 0.12)
    )
    """Share of its remaining capacity that a local authority loses each year."""
    erosion_by_academies: float = param(
        0.04, "share per year", "assumed: funding follows schools", plausible=(0.0, 0.1)
    )
    """Further share lost each year where all schools are academies."""
    help_on: bool = switch()
    """Whether localities offer trusts help in the ten areas (F1)."""
    help_mean: float = param(0.4, "share", "assumed: strong in some places, broken in others", plausible=(0.1, 0.7))
    """Mean strength of local help."""
    help_spread: float = param(0.2, "share", "assumed: places differ widely", plausible=(0.0, 0.4))
    """Spread of that strength between places."""
    help_spread_areas: float = param(0.15, "share", "assumed: a place is good at some things", plausible=(0.0, 0.3))
    """Spread between the ten areas of one place."""
    hostile: float = param(0.15, "share", "assumed: some localities are hostile to trusts", plausible=(0.0, 0.4))
    """Share of localities that offer trusts no help."""


def start(state: State, p: EnvironmentParams) -> None:
    """Draw each locality's capacity and help in the first year."""
    places = state.places
    who = places.luck
    years = state.year - BEFORE_CUTS
    gone = max(state.year - SCHOOLS_GONE, 0)
    lost = p.erosion + p.erosion_by_academies * _academies(state)
    spread = p.authority_spread * state.streams.normal("start/authority", 0, who)
    places.capacity = np.clip(
        p.authority_2010 * (1.0 - p.erosion) ** (years - gone) * (1.0 - lost) ** gone + spread * p.authority_apart,
        0.0,
        1.0,
    )
    places.hostile = state.streams.uniform("start/hostile", 0, who) < p.hostile
    strength = np.clip(p.help_mean + p.help_spread * state.streams.normal("start/help", 0, who), 0.0, 1.0)
    local = p.help_spread_areas * state.streams.normals("start/help", places.help.shape[1], 0, who)
    offered = np.clip(strength[:, None] + local, 0.0, 1.0)
    places.help = np.where(places.hostile[:, None], 0.0, offered) * p.help_on


def set_climate(state: State, p: EnvironmentParams) -> None:
    """Set funding, policy and grants for the state's year."""
    climate, year = state.climate, state.year
    climate.funding, climate.funding_before = funding_of(p, year), funding_of(p, year - 1)
    climate.lump_sum = lump_sum_of(p)
    push = [p.push_primary, p.push_secondary, p.push_secondary]
    push += [p.push_special, p.push_alternative, p.push_sixteen_plus]
    climate.push = np.array([at(dated, year) for dated in push])
    climate.orders_mandatory = p.mandatory_from <= year < p.mandatory_until
    climate.orders_reserved = year >= p.mandatory_until
    climate.convert_grant, climate.sponsor_grant = at(p.convert_grant, year), at(p.sponsor_grant, year)
    climate.transfer_grant, climate.alone_open = at(p.transfer_grant, year), at(p.alone_open, year)
    climate.convert_group, climate.closures = at(p.convert_group, year), at(p.closures, year)
    climate.sixth_forms = at(p.sixth_forms, year)
    climate.pay, climate.energy = at(p.pay, year), at(p.energy, year)


def funding_of(p: EnvironmentParams, year: int) -> NDArray[np.float64]:
    """Funding per pupil beyond the lump sum, by phase (£)."""
    funding = [p.funding_primary, p.funding_secondary, p.funding_secondary]
    funding += [p.funding_special, p.funding_alternative, p.funding_sixteen_plus]
    # so that a mainstream school of average roll gets the published mean, and a small one more per pupil
    typical_roll = np.array([p.roll_primary, p.roll_secondary, p.roll_secondary])
    result = np.array([at(dated, year) for dated in funding])
    result[: len(typical_roll)] -= p.lump_sum / typical_roll
    return result


def lump_sum_of(p: EnvironmentParams) -> NDArray[np.float64]:
    """What a school is paid whatever its roll, by phase (£)."""
    return np.where(mainstream(np.arange(len(PHASES), dtype=np.int8)), p.lump_sum, 0.0)


def support(state: State, rows: Rows, trusts: Rows) -> NDArray[np.float64]:
    """The support grant of each school that converts by choice (£), by the trust that it converts into.

    Where the grant is for groups, those count who come in the same step of the year; a specialist school alone will do.
    """
    climate = state.climate
    group = np.bincount(trusts, minlength=len(state.trusts))[trusts]
    enough = (group >= climate.convert_group) | (state.world.sector[rows] == Sector.SPECIALIST)
    return np.where(enough, climate.convert_grant, 0.0)


def renew(state: State, p: EnvironmentParams) -> None:
    """Set this year's climate; wear local authorities down; log what changed on its date."""
    set_climate(state, p)
    year = state.year
    for name in (
        "funding_primary",
        "funding_secondary",
        "push_primary",
        "push_secondary",
        *_of_specialists(state),
        "alone_open",
        "pay",
        "energy",
        "sixth_forms",
        "closures",
        "convert_grant",
        "convert_group",
        "sponsor_grant",
        "transfer_grant",
    ):
        dated = getattr(p, name)
        if year in dated:
            state.log.add("policy", rule="environment", reason=name, value=dated[year], threshold=at(dated, year - 1))
    if year == p.mandatory_from < p.mandatory_until:
        state.log.add("policy", rule="environment", reason="mandatory_from", value=1.0, threshold=0.0)
    if year == p.mandatory_until > p.mandatory_from:
        state.log.add("policy", rule="environment", reason="mandatory_until", value=0.0, threshold=1.0)
    if year >= p.nine_from and state.successors:
        before = len(state.commissioners)
        regions.succeed(state)
        now = len(state.commissioners)
        state.log.add("policy", rule="environment", reason="nine_from", value=float(now), threshold=float(before))
    _wear(state, p)


def announce(state: State, rule: str, **parts: Dated) -> None:
    """Log the parts of policy, by what the event calls them, that are not this year what they were last year."""
    for name, dated in parts.items():
        now, before = at(dated, state.year), at(dated, state.year - 1)
        if now != before:
            state.log.add("policy", rule=rule, reason=name, value=now, threshold=before)


def _of_specialists(state: State) -> list[str]:
    """Names of what is dated of the specialist phases that a world has schools of: of others nobody need be told."""
    words = {Phase.SPECIAL: "special", Phase.ALTERNATIVE: "alternative", Phase.SIXTEEN_PLUS: "sixteen_plus"}
    there = [word for phase, word in words.items() if state.world.phases[phase]]
    return [f"{what}_{word}" for what in ("funding", "push") for word in there]


def _academies(state: State) -> NDArray[np.float64]:
    """Share of each place's schools that are academies."""
    place, n = state.schools.place, len(state.places)
    count = np.bincount(place[state.open_rows()], minlength=n)
    return np.asarray(np.bincount(place[state.in_trusts()], minlength=n) / np.maximum(count, 1))


def _wear(state: State, p: EnvironmentParams) -> None:
    """Local authorities shrink with cuts and as their schools leave."""
    places = state.places
    places.academies = _academies(state)
    before = places.capacity.copy()
    places.capacity *= 1.0 - p.erosion - p.erosion_by_academies * places.academies
    for level in LOGGED_CAPACITY:
        fell = np.flatnonzero((places.capacity < level) & (before >= level))
        if not len(fell):
            continue
        state.log.add(
            "retrench",
            rule="environment",
            region=places.region[fell],
            copy=places.copy[fell],
            reason=np.array([str(code) for code in places.code[fell]], dtype=object),
            value=places.capacity[fell],
            threshold=level,
            margin=level - places.capacity[fell],
            inputs={"academies": places.academies[fell]},
        )
