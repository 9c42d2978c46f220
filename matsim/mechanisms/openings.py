"""Free schools open on planned sites, in strong local trusts or on their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Identities
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.inspection import InspectionParams
from matsim.mechanisms.vision import VisionParams, choose, draw
from matsim.state.directions import full
from matsim.state.moves import OpenFree
from matsim.state.state import Rows, State
from matsim.strategies import Strategy
from matsim.world.codes import SchoolState, Sector, TrustKind
from matsim.world.land import ENGLAND_SCHOOLS


class OpeningsParams(Params):
    """How many free schools open, and in whose hands."""

    on: bool = switch()
    """Whether free schools open."""
    primary: Dated = param(
        {
            2010: 0,
            2011: 17,
            2012: 15,
            2013: 33,
            2014: 22,
            2015: 23,
            2016: 20,
            2017: 17,
            2018: 22,
            2021: 17,
            2023: 14,
            2024: 12,
            2025: 10,
            2026: 4,
            2030: 2,
        },
        "schools per year",
        "free-schools",
        plausible=(0, 60),
    )
    """Primary free schools opening in England in the year (per 20,000 mainstream schools); from 2024 assumed: of 44
    mainstream projects 16 went on, and local authorities still need some."""
    secondary: Dated = param(
        {
            2010: 0,
            2011: 15,
            2012: 19,
            2013: 37,
            2014: 43,
            2015: 26,
            2016: 25,
            2017: 27,
            2018: 36,
            2021: 20,
            2022: 11,
            2023: 13,
            2024: 10,
            2025: 8,
            2026: 5,
            2030: 2,
        },
        "schools per year",
        "free-schools",
        plausible=(0, 60),
    )
    """Secondary free schools opening in England in the year (per 20,000 mainstream schools)."""
    special: Dated = param(
        {2010: 0, 2012: 3, 2013: 5, 2019: 8, 2020: 17, 2022: 16, 2024: 12, 2027: 6},
        "schools per year",
        "gias-links-2018-2024",
        plausible=(0, 30),
    )
    """Special free schools, as far as a world has sites for them. Before 2018 spread over the years, from 2024 assumed:
    what is left of the programme."""
    alternative: Dated = param(
        {2010: 0, 2012: 5, 2013: 11, 2014: 9, 2015: 6, 2016: 5, 2018: 2, 2019: 4, 2020: 1.5, 2022: 0.5},
        "schools per year",
        "gias-links-2018-2024",
        plausible=(0, 15),
    )
    """Free schools of alternative provision, as far as a world has sites; before 2018 spread over the years."""
    sixteen_plus: Dated = param(
        {2010: 0, 2012: 3.5, 2015: 3.5, 2017: 8, 2018: 6, 2019: 5, 2020: 3.5, 2024: 1},
        "schools per year",
        "gias-links-2018-2024",
        plausible=(0, 12),
    )
    """New academies for those of 16 to 19, colleges that became one among them, as far as a world has sites."""
    in_trusts: Dated = param(
        {2010: 0.5, 2014: 0.7, 2016: 0.85, 2018: 0.98},
        "share",
        "assumed: most sponsors are trusts, and almost no new academy of 2018/19 stood alone",
        plausible=(0.0, 1.0),
    )
    """Chance that a site near a strong trust opens inside it."""
    first_year: float = param(
        0.3, "share", "assumed: schools open one or two year groups at a time", plausible=(0.15, 0.5)
    )
    """Share of its places filled in the first year."""
    strong: float = param(0.5, "share", "assumed: a fair record", plausible=(0.3, 0.8))
    """Track record above which a trust is strong enough to open a school."""

    @property
    def by_kind(self) -> tuple[Dated, ...]:
        """How many open, in the order of KIND."""
        return self.primary, self.secondary, self.special, self.alternative, self.sixteen_plus


KIND = np.array([0, 1, 1, 2, 3, 4], np.int8)
"""By phase: which of the numbers of openings counts a site. Those of secondaries count all-through schools too."""


def run(
    state: State, p: OpeningsParams, inspection: InspectionParams, vision: VisionParams, ceos: tuple[Strategy, ...]
) -> None:
    """Open this year's free schools, in strong trusts near by or in trusts of their own."""
    if not p.on:
        return
    schools = state.schools
    sites = _sites(state, p)
    if not len(sites):
        return
    hosted = state.streams.uniform("openings/hosted", state.year, schools.luck[sites]) < at(p.in_trusts, state.year)
    host = _hosts(state, p, sites, hosted)
    strategies = choose(state, ceos, schools.luck[sites[host < 0]])
    trusts = OpenFree(sites, host, float(state.year), strategies).apply(state)
    schools.pupils[sites] = p.first_year * schools.capacity[sites]
    schools.due[sites] = state.year + inspection.first_after_opening
    draw(state, trusts[host < 0], vision)


def _sites(state: State, p: OpeningsParams) -> Rows:
    """Rows of the sites where a school opens this year: primaries first, copy by copy of the world."""
    schools, world = state.schools, state.world
    planned = np.flatnonzero(schools.state == SchoolState.PLANNED)
    if not len(planned):
        return planned
    # whether the fraction of a school that the year has over opens too, of each phase
    last = state.streams.uniform("openings", state.year, _phases(state)).T
    due = np.array([at(dated, state.year) for dated in p.by_kind])[:, None]
    due = due * int(world.sizes[: Sector.SPECIALIST].sum()) / world.copies / ENGLAND_SCHOOLS
    count = (due.astype(np.intp) + (last < due % 1.0)).ravel()
    # every site keeps its place in the queue, so that opening one does not change who is next
    queue = KIND[schools.phase[planned]].astype(np.intp) * world.copies + schools.copy[planned]
    by_queue = np.lexsort((state.streams.uniform("openings/queue", 0, schools.luck[planned]), queue))
    queue = queue[by_queue]
    place = np.arange(len(queue)) - np.searchsorted(queue, np.arange(len(count)))[queue]
    return np.asarray(planned[by_queue[place < count[queue]]])


def _phases(state: State) -> Identities:
    """Who the year's luck with openings is drawn for: every kind in every copy of the world, (copies, 5)."""
    copy = np.arange(state.world.copies)[:, None]
    return state.streams.identities("openings", np.arange(KIND.max() + 1)[None, :], copy)


def _hosts(state: State, p: OpeningsParams, sites: Rows, hosted: NDArray[np.bool_]) -> Rows:
    """For each site that is to be in a trust the MAT of the nearest school that has one good enough; −1 for the rest.

    A trust is good enough that is strong, and not closed to growth. Sites open in turn: that of one that opens before
    counts as a school of its trust.
    """
    schools, trusts, near = state.schools, state.trusts, state.world.neighbours
    good = trusts.active & (trusts.kind == TrustKind.MULTI) & (trusts.record > p.strong)
    good[full(state.directed, trusts.schools)] = False
    by_time = np.argsort(near.minutes[sites], axis=1, kind="stable")
    index = np.take_along_axis(near.index[sites], by_time, axis=1)
    owner = np.where(index >= 0, schools.trust[index], -1)
    fits = np.append(good, False)[owner]  # row −1, no trust, reads the entry at the end
    place = np.where(fits.any(axis=1) & hosted, fits.argmax(axis=1), index.shape[1])
    host = np.append(owner, np.full((len(sites), 1), -1), axis=1)[np.arange(len(sites)), place]
    # the few sites that lie near one that opens before them
    turn = np.full(len(schools), len(sites))
    turn[sites] = np.arange(len(sites))
    before = np.where(index >= 0, turn[index], len(sites)) < np.arange(len(sites))[:, None]
    for site, at_place in np.argwhere(before & hosted[:, None]).tolist():
        other = host[turn[index[site, at_place]]]
        if other >= 0 and at_place < place[site]:
            host[site], place[site] = other, at_place
    return np.asarray(host, dtype=np.intp)
