"""What every growth strategy is given and gives back, and what they have in common."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param

type Numbers = Any
"""A number for each of several trusts (n,), or one number that holds for all of them."""


class Brief(NamedTuple):
    """The year of many trusts, surveyed in bulk: each field holds a number for every trust, or one for all."""

    year: int
    schools: Numbers
    capacity: Numbers
    """Supply over need in the tightest area of the central team (ratio)."""
    spare: Numbers
    """Schools that the central team could take on before it is fully used; negative when overstretched."""
    reserves_share: Numbers
    target: Numbers
    paused: Numbers
    """Takes on nothing before this year."""
    pressure: Numbers
    """The highest break-point pressure the CEO sees, 1 = at the break point."""
    time: Numbers
    """Schools that there is time for while others are bedding in."""
    ambition: Numbers
    """How much the CEO wants the trust to grow, 0 to 1."""


class Candidates(NamedTuple):
    """Schools that trusts might take on, as their CEOs see them: an element for each school that each trust could have.

    They have passed due diligence and the values of the trust.
    """

    trust: NDArray[np.intp]
    """Place of the trust in the brief."""
    school: NDArray[np.intp]
    """Row of the school."""
    score: NDArray[np.float64]
    """How much the trust would like it (sum of what it values)."""
    minutes: NDArray[np.float64]
    """Travel time to the trust's nearest school; inf when there is none within reach."""
    same_phase: NDArray[np.bool_]
    """Whether the trust has schools of its phase."""
    weak: NDArray[np.bool_]
    """Judged below Good."""
    forced: NDArray[np.bool_]
    """Ordered to convert, and put to the trust by the commissioner."""
    luck: NDArray[np.uint64]
    """Who the school's luck is drawn for: it puts those in order that the trust likes equally."""


class Limit(NamedTuple):
    """What may set the room of a trust: so many schools, because a value came up against a threshold."""

    schools: Numbers
    reason: str
    value: Numbers
    threshold: Numbers
    when: Numbers = True
    """For which trusts it holds."""


class Room(NamedTuple):
    """How many schools each CEO would take on this year, and what set the limit: (n,) each."""

    schools: NDArray[np.intp]
    reason: NDArray[np.object_]
    value: NDArray[np.float64]
    threshold: NDArray[np.float64]


def pause(brief: Brief) -> Limit:
    """The limit of trusts that have decided to pause."""
    return Limit(0, "pausing to consolidate", brief.year, brief.paused, when=brief.year < brief.paused)


def content(brief: Brief) -> Limit:
    """The limit of CEOs who want no more schools."""
    return Limit(0, "its CEO is content with the schools it has", brief.ambition, 0.0, when=brief.ambition <= 0.0)


def time(brief: Brief, otherwise: Numbers) -> Limit:
    """The limit of trusts whose new schools leave less time than their CEO would `otherwise` use."""
    room = np.trunc(np.minimum(brief.time, otherwise))
    return Limit(room, "its new schools are still bedding in", brief.time, 1.0, when=room < otherwise)


class Strategy(Params):
    """How CEOs grow their trusts. One file for each kind; it decides for all that follow it at once, trust by trust."""

    share: float = param(0.2, "share", "assumed: mix of CEOs, see docs/calibration", plausible=(0.0, 1.0))
    """Share of CEOs who follow it (shares are scaled to sum to one)."""
    staffing: float = param(1.0, "ratio", "assumed: central posts against need", plausible=(0.7, 1.3))
    """Central posts that the CEO aims for, over the need."""
    answers_at: float = param(0.95, "ratio", "assumed: when a break point is answered", plausible=(0.7, 1.3))
    """Pressure at which a CEO who has seen a break point coming begins to answer it."""
    asks: float = param(2.0, "ratio", "assumed: not all who are asked will come", plausible=(1.0, 4.0), ge=1.0)
    """Schools that the CEO bids for, over those there is room for."""
    final: bool = param(False, "switch", "building-trusts")
    """Whether the planned number of schools is an end point, never raised."""

    def limits(self, brief: Brief) -> tuple[Limit, ...]:
        """What may set the room of a trust; the first that holds does, and the last holds where no other does."""
        raise NotImplementedError

    def accepts(self, candidates: Candidates, brief: Brief) -> NDArray[np.bool_]:
        """Which of the candidates their trusts would take at all."""
        return np.ones(len(candidates.trust), bool)
