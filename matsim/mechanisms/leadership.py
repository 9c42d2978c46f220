"""Heads and CEOs are recruited, leave and are replaced; a vacancy costs (E6, B9)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.reviewing import RESOURCES, ReviewingParams
from matsim.mechanisms.vision import VisionParams, appoint
from matsim.state.state import State
from matsim.world.codes import Grade


class LeadershipParams(Params):
    """How long leaders stay and how hard they are to replace."""

    on: bool = switch()
    """Whether leaders leave at all."""
    head_leaves: float = param(0.09, "share per year", "assumed: about one in eleven a year", plausible=(0.05, 0.15))
    """Chance that an average head leaves in a year."""
    strain: float = param(
        0.08, "share per year", "assumed: poor grades and lost heart drive heads out", plausible=(0.0, 0.2)
    )
    """Further chance for a head of a school judged below Good."""
    fill: float = param(
        0.75,
        "share per year",
        "assumed: a quarter of posts are not filled within the year",
        plausible=(0.5, 0.95),
    )
    """Chance that a vacancy is filled within the year."""
    fill_weak: float = param(0.2, "share", "assumed: weak schools are harder to recruit to", plausible=(0.0, 0.4))
    """How much lower that chance is for a school judged below Good."""
    fill_trust: float = param(0.15, "share", "assumed: trusts grow their own leaders (Hill)", plausible=(0.0, 0.3))
    """How much higher it is in a cluster or with a leader on the trust's bench."""
    bench_quality: float = param(0.3, "sd", "assumed: known leaders are better bets", plausible=(0.0, 0.8))
    """How much better an internal appointment is on average."""
    executive_leaves: float = param(0.08, "share per year", "assumed: as often as CEOs", plausible=(0.03, 0.15))
    """Chance that the executive head of a cluster leaves in a year."""
    chief_fill: float = param(0.8, "share per year", "assumed: a fifth of searches take a year", plausible=(0.6, 1.0))
    """Chance that a CEO's post is filled at once."""
    chief_leaves: float = param(
        0.08, "share per year", "assumed: a CEO stays about twelve years", plausible=(0.04, 0.15)
    )
    """Chance that a CEO leaves in a year."""


def turn_over(state: State, p: LeadershipParams, vision: VisionParams, reviewing: ReviewingParams) -> None:
    """Heads leave, vacancies are filled, CEOs leave and are replaced."""
    if not p.on:
        return
    _heads(state, p, reviewing)
    _chiefs(state, p, vision)
    _executives(state, p)


def _heads(state: State, p: LeadershipParams, reviewing: ReviewingParams) -> None:
    schools, trusts = state.schools, state.trusts
    rows = state.open_rows()
    who = schools.luck[rows]
    weak = schools.grade[rows] >= Grade.REQUIRES_IMPROVEMENT
    leaves = state.streams.uniform("leadership/leave", state.year, who)
    chance = p.head_leaves + p.strain * weak
    vacant = schools.vacancy[rows]
    # the rest is of open posts
    posts = np.flatnonzero(vacant | (leaves < chance))
    school, was_vacant = rows[posts], vacant[posts]
    known = np.append(trusts.bench >= 1.0, False)[schools.trust[school]] | (schools.cluster[school] >= 0)
    reviewed = reviewing.resources * (schools.focus[school] == RESOURCES)
    chances = p.fill - p.fill_weak * weak[posts] + p.fill_trust * known + reviewed
    chances = chances * (1.0 - state.struck.recruiting[school])
    luck = state.streams.uniform("leadership/fill", state.year, who[posts])
    filled = luck < chances
    new = school[filled]
    quality = state.streams.normal("leadership/quality", state.year, who[posts[filled]])
    schools.head_years[rows] += 1.0
    schools.vacancy[school] = ~filled
    schools.head[new] = quality + p.bench_quality * known[filled]
    schools.head_years[new] = 0.0
    # each is told with the draw and the chance that decided it: of leaving, or of the post being filled
    for reason, some, draw, limit in (
        ("left", ~was_vacant & ~filled, leaves[posts], chance[posts]),
        ("appointed after a vacancy", was_vacant & filled, luck, chances),
    ):
        pick = np.flatnonzero(some)
        if len(pick):
            state.log.add(
                "head",
                rule="leadership",
                school=school[pick],
                trust=schools.trust[school[pick]],
                reason=reason,
                value=draw[pick],
                threshold=limit[pick],
                margin=limit[pick] - draw[pick],
            )


def _chiefs(state: State, p: LeadershipParams, vision: VisionParams) -> None:
    """CEOs leave; most posts are filled at once, some stand vacant for a year."""
    trusts = state.trusts
    rows = state.multi()
    trusts.chief_years[rows] += 1.0
    luck = state.streams.uniform("leadership/chief", state.year, trusts.luck[rows])
    leaving = (luck < p.chief_leaves) & (trusts.chief_years[rows] > 1.0) & ~trusts.chief_vacant[rows]
    open_posts = rows[leaving | trusts.chief_vacant[rows]]
    chances = p.chief_fill * (1.0 - state.struck.recruiting[trusts.lead[open_posts]])
    filled = state.streams.uniform("leadership/chief-fill", state.year, trusts.luck[open_posts]) < chances
    trusts.chief_vacant[open_posts] = ~filled
    going = open_posts[filled]
    if not len(going):
        return
    before = trusts.skill[going]
    appoint(state, going, vision, state.year)
    state.log.add(
        "chief",
        rule="leadership",
        trust=going,
        value=trusts.skill[going],
        threshold=p.chief_leaves,
        margin=trusts.skill[going] - before,
        inputs={"before": before, "foresight": trusts.foresight[going]},
    )


def _executives(state: State, p: LeadershipParams) -> None:
    """Executive heads leave; the next comes from the trust's bench, and without one the cluster dissolves."""
    schools, trusts = state.schools, state.trusts
    inside = np.flatnonzero(schools.cluster >= 0)
    # a cluster is named after the row of its first school
    first = inside[schools.cluster[inside] == inside]
    luck = state.streams.uniform("leadership/executive", state.year, schools.luck[first])
    left = first[luck < p.executive_leaves]
    unled = []
    for row, trust in zip(left.tolist(), schools.trust[left].tolist(), strict=True):
        if trusts.bench[trust] >= 1.0:
            trusts.bench[trust] -= 1.0
        else:
            unled.append(row)
    if not unled:
        return
    dissolved = np.zeros(len(schools), bool)
    dissolved[unled] = True
    schools.cluster[inside[dissolved[schools.cluster[inside]]]] = -1
    state.log.add(
        "cluster",
        rule="leadership",
        trust=schools.trust[unled],
        school=np.array(unled),
        reason="dissolved: nobody to lead it",
    )
