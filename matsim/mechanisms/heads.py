"""Heads leave, are moved within their trust, and are followed: from its own leaders, or from outside (E6, B9).

A person is a number that stays the same wherever that person goes: the URN of the school that made the first
appointment, then the year of it (0 for those in post when a run begins).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.sums import running
from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.reviewing import RESOURCES, ReviewingParams
from matsim.state.membership import in_multi, of_trust
from matsim.state.state import Rows, State
from matsim.world.codes import Grade, Sector
from matsim.world.copies import URN_STEP

type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

NOBODY = -1
"""In place of the number of a person."""

PERSONS = 10_000
"""Numbers of persons for each URN: more than any year."""

WHY = np.array(("ordinary", "grade", "takeover", "break points", "buy-in"), dtype=object)
"""Why heads leave, in the order in which the chances are added up."""

HOW = np.array(("unfilled", "outside", "own"), dtype=object)
"""How posts are filled: by nobody, by somebody from outside, or by a leader of the trust."""


class HeadParams(Params):
    """How long heads stay, where the next ones come from, and what they are like."""

    on: bool = switch()
    """Whether heads leave at all."""
    leaves_primary: float = param(0.057, "share per year", "head-retention", plausible=(0.05, 0.09))
    """Chance that the head of a primary or specialist school leaves in a year without strain."""
    leaves_secondary: float = param(0.083, "share per year", "head-retention", plausible=(0.08, 0.13))
    """The same in a secondary school."""
    leaves_academy: float = param(0.032, "share per year", "head-register", plausible=(0.0, 0.05))
    """Further chance in an academy."""
    leaves_trust: float = param(0.027, "share per year", "head-register", plausible=(0.0, 0.06))
    """Further chance in a MAT of any size: what else rises with size are moves inside the trust, and strain."""
    leaves_weak: float = param(0.05, "share per year", "head-retention", plausible=(0.0, 0.1))
    """Further chance at a school judged below Good: about ten points in the year after Inadequate."""
    leaves_taken: float = param(0.045, "share per year", "head-register", plausible=(0.0, 0.15))
    """Further chance in the year a school comes under a MAT, or another one."""
    leaves_strained: float = param(
        0.004, "share per year", "assumed: a trust past break points wears heads out", plausible=(0.0, 0.01)
    )
    """Further chance for each break point that its trust has left unanswered for a year."""
    leaves_lost: float = param(0.1, "share per year", "assumed: lost heart drives heads out", plausible=(0.0, 0.3))
    """Further chance for a whole point of buy-in below a half."""
    moved: float = param(0.4, "share", "staff-moves", plausible=(0.4, 1.0))
    """Chance that a trust fills a post with the head of a better school of its own, where one can be spared."""
    settled: float = param(4.0, "years", "assumed: a head is left in peace at first", plausible=(2, 6))
    """Years in post before a head is moved, or becomes an executive head."""
    fill: float = param(
        0.85,
        "share per year",
        "assumed: a sixth of posts are not filled within the year",
        plausible=(0.5, 0.95),
    )
    """Chance that a post for which no leader of the trust is ready is filled within the year."""
    fill_weak: float = param(0.15, "share", "assumed: weak schools are harder to recruit to", plausible=(0.0, 0.4))
    """How much lower that chance is for a school judged below Good."""
    known: float = param(0.1, "sd", "assumed: known leaders are better bets", plausible=(0.0, 0.3))
    """How much better than others those are whom a MAT appoints from its own leaders, and how much worse those whom it
    appoints from outside for want of any."""
    bench_per_school: float = param(0.13, "posts", "assumed: leaders ready to step up", plausible=(0.05, 0.3))
    """Leaders who become ready to be heads each year, for each Good or better school of the MAT."""
    bench_in_cluster: float = param(
        0.02, "posts", "assumed: heads of school grow in clusters (Hill)", plausible=(0.0, 0.15)
    )
    """Further leaders a year for each school in a cluster: clusters widen the pipeline (B9)."""
    bench_lost: float = param(
        0.3, "share per year", "assumed: ready leaders do not wait for ever", plausible=(0.1, 0.5)
    )
    """Share of leaders in waiting who take posts elsewhere in a year."""
    deputy: float = param(-1.0, "sd", "assumed: a small dip after a departure (E6)", plausible=(-2.0, 0.0))
    """Leadership that a school has in a year in which somebody stands in for its head."""


def turn_over(state: State, p: HeadParams, reviewing: ReviewingParams) -> None:
    """Heads leave; posts are filled from other schools of the trust, from its leaders in waiting, or from outside."""
    if not p.on:
        return
    schools, rows = state.schools, state.open_rows()
    schools.head_years[rows] += 1.0
    _ripen(state, p)
    left = _leave(state, p, rows)
    schools.vacancy[left] = True
    to, origin = _move(state, p, rows)
    schools.vacancy[to], schools.vacancy[origin] = False, True
    _fill(state, p, reviewing, rows[schools.vacancy[rows]])


def _ripen(state: State, p: HeadParams) -> None:
    """Leaders grow in good schools, and faster in clusters (B9); some of those who wait go elsewhere."""
    trusts, rows = state.trusts, state.multi()
    good = np.maximum(trusts.schools[rows] - trusts.weak[rows], 0)
    more = p.bench_per_school * good + p.bench_in_cluster * trusts.clustered[rows] * trusts.schools[rows]
    trusts.bench[rows] = trusts.bench[rows] * (1.0 - p.bench_lost) + more


def person(state: State, rows: Rows, year: int) -> NDArray[np.int64]:
    """The number of whoever is first appointed at each of the schools in a year."""
    schools = state.schools
    return np.asarray(schools.urn[rows] % URN_STEP * PERSONS + year, np.int64)


def _leave(state: State, p: HeadParams, rows: Rows) -> Rows:
    """Which heads leave, each with the chance, the draw and what tipped it."""
    schools = state.schools
    filled = rows[~schools.vacancy[rows]]
    draw = state.streams.uniform("heads/leave", state.year, schools.luck[filled])
    # most stay whatever their chance to leave is
    near = np.flatnonzero(draw < _most(state, p))
    filled, draw = filled[near], draw[near]
    chance = running(_chances(state, p, filled))
    going = np.flatnonzero(draw < chance[-1])
    school, why = filled[going], (draw[going] >= chance[:, going]).sum(axis=0)
    state.log.add(
        "depart",
        rule="heads",
        school=school,
        trust=schools.trust[school],
        reason=WHY[why],
        value=draw[going],
        threshold=chance[-1][going],
        margin=chance[-1][going] - draw[going],
        inputs=_about(state, school),
    )
    return school


def _chances(state: State, p: HeadParams, rows: Rows) -> Floats:
    """Chances that heads leave for each reason of `WHY`: (5, n)."""
    schools, trusts = state.schools, state.trusts
    of = schools.trust[rows]
    academy, secondary = of >= 0, state.world.sector[rows] == Sector.SECONDARY
    several = in_multi(trusts, of)
    strained = of_trust((trusts.strained > 0).sum(axis=1), 0, of)
    chances = np.zeros((len(WHY), len(rows)))
    chances[0] = np.where(secondary, p.leaves_secondary, p.leaves_primary)
    chances[0] += p.leaves_academy * academy + p.leaves_trust * several
    chances[1] = p.leaves_weak * (schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT)
    chances[2] = p.leaves_taken * (several & (schools.joined[rows] >= state.year))
    chances[3] = p.leaves_strained * strained
    chances[4] = p.leaves_lost * np.maximum(0.5 - schools.buyin[rows], 0.0) * several
    return chances


def _most(state: State, p: HeadParams) -> float:
    """The largest chance to leave that any head could have."""
    usual = max(p.leaves_primary, p.leaves_secondary) + p.leaves_academy + p.leaves_trust
    strained: int = state.trusts.strained.shape[1]
    return usual + p.leaves_weak + p.leaves_taken + p.leaves_strained * strained + p.leaves_lost * 0.5


def _about(state: State, rows: Rows) -> dict[str, Floats]:
    """Who is head of each school, how good, and since when."""
    schools = state.schools
    return {
        "person": schools.head_id[rows].astype(float),
        "skill": schools.head[rows],
        "years": schools.head_years[rows],
    }


def _move(state: State, p: HeadParams, rows: Rows) -> tuple[Rows, Rows]:
    """Heads of good schools who are moved to weaker ones of their trust: where to, and where from."""
    schools, trusts = state.schools, state.trusts
    inside = rows[in_multi(trusts, schools.trust[rows])]
    group = schools.trust[inside] * (Sector.SPECIALIST + 1) + state.world.sector[inside]
    draw = state.streams.uniform("heads/moved", state.year, schools.luck[inside])
    vacant = schools.vacancy[inside]
    post = np.flatnonzero(vacant & (draw < p.moved))
    wanted = np.zeros(len(trusts) * (Sector.SPECIALIST + 1), bool)
    wanted[group[post]] = True
    spare = wanted[group] & ~vacant & (schools.grade[inside] <= Grade.GOOD) & (schools.head_years[inside] > p.settled)
    spare = np.flatnonzero(spare)
    # the weakest school of a trust is offered one first; who of those who could go does is luck
    post = post[np.lexsort((schools.outcome[inside[post]], group[post]))]
    spare = spare[np.lexsort((draw[spare], group[spare]))]
    begin, end = (np.searchsorted(group[spare], group[post], side) for side in ("left", "right"))
    turn = begin + np.arange(len(post)) - np.searchsorted(group[post], group[post])
    to, origin = post[turn < end], spare[turn[turn < end]]
    better = schools.outcome[inside[origin]] > schools.outcome[inside[to]]
    at, draw = inside[to[better]], draw[to[better]]
    origin = inside[origin[better]]
    about = _about(state, origin) | {"origin": (schools.urn[origin] % URN_STEP).astype(float)}
    for name in ("head", "head_id"):
        schools[name][at] = schools[name][origin]
    schools.head_years[at] = 0.0
    _log(state, at, "moved", draw, np.full(len(at), p.moved), about)
    return at, origin


def places(group: NDArray[np.integer], order: Floats) -> Rows:
    """The place of each in its group, from 0, by `order`."""
    by = np.lexsort((order, group))
    begins = np.flatnonzero(np.diff(group[by], prepend=-1))
    place = np.empty(len(group), np.intp)
    place[by] = np.arange(len(group)) - np.repeat(begins, np.diff(begins, append=len(group)))
    return place


def _fill(state: State, p: HeadParams, reviewing: ReviewingParams, post: Rows) -> None:
    """Fill posts: those of a trust by its leaders in waiting while there are any, the others if somebody applies."""
    schools, trusts = state.schools, state.trusts
    who, of = schools.luck[post], schools.trust[post]
    draw = state.streams.uniform("heads/fill", state.year, who)
    bench = of_trust(np.floor(trusts.bench), 0.0, of)
    some = np.flatnonzero(bench > 0.0)
    ready = np.zeros(len(post), bool)
    ready[some] = bench[some] > places(of[some], draw[some])
    weak = schools.grade[post] >= Grade.REQUIRES_IMPROVEMENT
    chance = p.fill - p.fill_weak * weak + reviewing.resources * (schools.focus[post] == RESOURCES)
    chance = np.where(ready, 1.0, chance * (1.0 - state.struck.recruiting[post]))
    filled = draw < chance
    appoint(state, p, post[filled], ready[filled])
    np.subtract.at(trusts.bench, of[ready], 1.0)
    reason = HOW[np.where(ready, 2, filled)]
    about = _about(state, post)
    about["person"] = np.where(filled, about["person"], NOBODY)
    _log(state, post, reason, draw, chance, about)


def appoint(state: State, p: HeadParams, rows: Rows, ready: Flags) -> None:
    """New persons become heads of the schools: leaders of the trust where one was `ready`, or somebody from outside."""
    schools = state.schools
    several = of_trust(state.trusts.schools > 1, False, schools.trust[rows])
    skill = state.streams.normal("heads/skill", state.year, schools.luck[rows])
    schools.head[rows] = skill + p.known * np.where(ready, 1.0, -1.0) * several
    schools.head_id[rows] = person(state, rows, state.year)
    schools.head_years[rows], schools.vacancy[rows] = 0.0, False


def _log(state: State, school: Rows, reason: object, draw: Floats, chance: Floats, about: dict[str, Floats]) -> None:
    """Tell how posts were filled, or were not, with the draw and the chance that decided it."""
    state.log.add(
        "head",
        rule="heads",
        school=school,
        trust=state.schools.trust[school],
        reason=reason,
        value=draw,
        threshold=chance,
        margin=chance - draw,
        inputs=about,
    )
