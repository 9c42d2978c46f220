"""CEOs leave and are replaced; a vacancy costs capacity (E6)."""

from __future__ import annotations

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.vision import VisionParams, appoint
from matsim.state.state import State


class LeadershipParams(Params):
    """How long CEOs stay and how hard they are to replace."""

    on: bool = switch()
    """Whether CEOs leave at all."""
    chief_fill: float = param(0.8, "share per year", "assumed: a fifth of searches take a year", plausible=(0.6, 1.0))
    """Chance that a CEO's post is filled at once."""
    chief_leaves: float = param(
        0.12,
        "share per year",
        "assumed: accounting officers of multi-academy trusts in GIAS, 11 to 13% a year, whatever the size",
        plausible=(0.08, 0.16),
    )
    """Chance that a CEO leaves in a year."""


def turn_over(state: State, p: LeadershipParams, vision: VisionParams) -> None:
    """CEOs leave; most posts are filled at once, some stand vacant for a year."""
    trusts = state.trusts
    rows = state.multi()
    if not p.on:
        return
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
