"""Free schools open on planned sites, in strong local trusts or on their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Identities
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.vision import VisionParams, choose, draw
from matsim.state.directions import full
from matsim.state.moves import OpenFree
from matsim.state.state import Rows, State
from matsim.strategies import Strategy
from matsim.world.codes import Phase, SchoolState, TrustKind
from matsim.world.land import ENGLAND_SCHOOLS


class OpeningsParams(Params):
    """How many free schools open, and in whose hands."""

    on: bool = switch()
    """Whether free schools open."""
    primary: Dated = param(
        {2010: 0, 2011: 17, 2012: 15, 2013: 33, 2014: 22, 2015: 23, 2016: 20, 2017: 17, 2018: 22},
        "schools per year",
        "gias-2022",
        plausible=(0, 60),
    )
    """Primary free schools opening in England in the year (per 20,000 schools)."""
    secondary: Dated = param(
        {2010: 0, 2011: 15, 2012: 19, 2013: 37, 2014: 43, 2015: 26, 2016: 25, 2017: 27, 2018: 36},
        "schools per year",
        "gias-2022",
        plausible=(0, 60),
    )
    """Secondary free schools opening in England in the year (per 20,000 schools)."""
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
    inspected_after: float = param(
        2.5, "years", "assumed: as of other academies (ofsted-intervals)", plausible=(2.0, 3.0)
    )
    """Years from its opening to its first inspection."""
    strong: float = param(0.5, "share", "assumed: a fair record", plausible=(0.3, 0.8))
    """Track record above which a trust is strong enough to open a school."""


def run(state: State, p: OpeningsParams, vision: VisionParams, ceos: tuple[Strategy, ...]) -> None:
    """Open this year's free schools, in strong trusts near by or in trusts of their own."""
    if not p.on:
        return
    founded: list[int] = []
    schools, world = state.schools, state.world
    # whether the fraction of a school that the year has over opens too, of each phase
    last = state.streams.uniform("openings", state.year, _phases(state))
    closed = set(full(state.directed, state.trusts.schools).tolist())
    for phase, dated in ((0, p.primary), (1, p.secondary)):
        sites = np.flatnonzero(
            (schools.state == SchoolState.PLANNED) & ((schools.phase == Phase.PRIMARY) == (phase == 0))
        )
        # every site keeps its place in the queue, so that opening one does not change who is next
        queue = sites[np.argsort(state.streams.uniform("openings/queue", 0, schools.luck[sites]), kind="stable")]
        number = at(dated, state.year) * world.size / world.copies / ENGLAND_SCHOOLS
        sites = _first(int(number) + (last[:, phase] < number % 1.0), queue, schools.copy[queue])
        hosted = state.streams.uniform("openings/hosted", state.year, schools.luck[sites]) < at(p.in_trusts, state.year)
        for site, inside in zip(sites.tolist(), hosted.tolist(), strict=True):
            trust = _host(state, p, site, closed) if inside else -1
            strategy = choose(state, ceos, schools.luck[[site]])[0] if trust < 0 else None
            row = OpenFree(site, trust, float(state.year), strategy).apply(state)
            schools.pupils[site] = p.first_year * schools.capacity[site]
            schools.due[site] = state.year + p.inspected_after
            if trust < 0:
                founded.append(row)
    draw(state, np.array(founded, dtype=np.intp), vision)


def _phases(state: State) -> Identities:
    """Who the year's luck with openings is drawn for: both phases in every copy of the world, (copies, 2)."""
    copy = np.arange(state.world.copies)[:, None]
    return state.streams.identities("openings", np.arange(2)[None, :], copy)


def _first(counts: NDArray[np.integer], queue: Rows, copy: NDArray[np.int8]) -> Rows:
    """The first of a queue, so many in each copy of the world."""
    return np.concatenate([queue[copy == one][:count] for one, count in enumerate(counts.tolist())])


def _host(state: State, p: OpeningsParams, site: int, closed: set[int]) -> int:
    """The multi-academy trust of the nearest school that has one good enough and not closed to growth, or −1."""
    near = state.world.neighbours.index[site]
    time = state.world.neighbours.minutes[site]
    near = near[np.argsort(time, kind="stable")]
    for school in near[near >= 0].tolist():
        trust = int(state.schools.trust[school])
        if (
            trust >= 0
            and state.trusts.kind[trust] == TrustKind.MULTI
            and state.trusts.active[trust]
            and state.trusts.record[trust] > p.strong
            and trust not in closed
        ):
            return trust
    return -1
