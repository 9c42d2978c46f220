"""Coherence: how well vision, strategy, operating model, capability and context fit, and agreement inside (A6).

Strategy groups enter only here, by how well what they stress fits the trust's own circumstances.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from matsim.core.sums import down
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.evidence.strategy import TOP
from matsim.mechanisms.vision import lasting
from matsim.state.state import Rows, State

type Floats = NDArray[np.float64]

LINKS = (
    "vision and strategy",
    "strategy and operating model",
    "operating model and capability",
    "strategy and context",
    "agreement inside the trust",
)
"""The parts of coherence, in the order of the `links` column."""


class CoherenceParams(Params):
    """How the five fits are read and weighed."""

    on: bool = switch()
    """Whether fit matters; off, every trust's coherence is the resting value."""
    resting: float = param(0.6, "share", "assumed: the middle of the scale in use", plausible=(0.5, 0.7))
    """Coherence that neither helps nor harms."""
    weakest: float = param(
        0.4, "share", "assumed: a chain, the weakest link counts almost as much as the rest", plausible=(0.0, 0.7)
    )
    """Weight of the weakest link in coherence, against the average of all five."""
    gap: float = param(
        3.0,
        "score 0-10",
        "assumed: three points between intention and practice is a broken link",
        plausible=(2.0, 5.0),
    )
    """Mean gap between intended and actual responsibilities at which that link is wholly broken."""
    least_asked: float = param(
        0.3, "share", "assumed: even loose trusts ask something of their centre", plausible=(0.0, 0.6)
    )
    """Part of a shortage of capacity felt where every responsibility is left to schools (all where none is)."""
    overreach: float = param(
        1.5, "weight", "assumed: two thirds of the team missing breaks the link", plausible=(0.5, 3.0)
    )
    """Fall of the third link in a wholly central trust for each whole part of its need that is not supplied."""
    emphasis: float = param(6.0, "score 0-10", "assumed: range of emphasis between trusts", plausible=(4.0, 9.0))
    """Points between the trust that most stresses common pedagogy and the one that most stresses identity."""
    emphasis_shift: float = param(0.3, "weight", "assumed: centres the scale of emphasis on 0.5", plausible=(-1.0, 1.5))
    """Points added to pedagogy less identity."""
    context_weak: float = param(1.6, "weight", "building-trusts", plausible=(0.5, 3.0))
    """How strongly weak schools call for a common approach (§2.2)."""
    context_spread: float = param(0.6, "weight", "building-trusts", plausible=(0.0, 1.2))
    """How strongly dispersion and mixed intakes call for local decisions (§2.4)."""
    context_middle: float = param(0.55, "share", "assumed: half-way between the groups' emphases", plausible=(0.4, 0.7))
    """The emphasis that average circumstances call for (0 identity, 1 pedagogy)."""
    context_sd: float = param(0.25, "share", "assumed: circumstances differ as much as emphases", plausible=(0.15, 0.4))
    """Spread of what circumstances call for, between trusts."""
    context_usual: float = param(0.62, "share", "assumed: about the resting coherence", plausible=(0.5, 0.75))
    """The fourth link where the fit to circumstances is no better or worse than usual."""
    context_slope: float = param(1.2, "weight", "assumed: scale of the fit to circumstances", plausible=(0.5, 2.0))
    """Rise of the fourth link for each whole point by which emphasis lies nearer to what is called for than usual."""
    apart_km: float = param(
        40.0, "km", "assumed: a trust spread so far is wholly dispersed", plausible=(20, 80), ge=1.0
    )
    """Mean distance of schools from the middle of their trust at which it counts as wholly dispersed."""
    apart_fsm: float = param(30.0, "points", "assumed: intakes this mixed differ wholly", plausible=(15, 45), ge=1.0)
    """Spread of free-meals percentages between a trust's schools at which its intakes count as wholly mixed."""
    average_weak: Dated = param(
        {
            2010: 0.4,
            2012: 0.37,
            2014: 0.32,
            2015: 0.28,
            2016: 0.25,
            2017: 0.22,
            2018: 0.18,
            2020: 0.22,
            2023: 0.16,
            2024: 0.125,
            2026: 0.09,
            2028: 0.07,
        },
        "share",
        "assumed: centred so that no strategy group gains on average (experiments/coherence.py, seeds 101 to 116)",
        plausible=(0.05, 0.35),
    )
    """Share of its schools below Good in an average trust, from the year given: whether a trust's schools are weak is
    judged against other trusts of the time. Higher than Ofsted's national share, as trusts take on weak schools."""
    average_apart: float = param(
        0.69, "share", "assumed: mean of the measure of spread and mixed intakes", plausible=(0.5, 0.8)
    )
    """Spread and mixture of intakes of an average trust, on the scale of 0 to 1 used here."""
    clarity: float = param(0.35, "share", "assumed: scale of the vision's clarity", plausible=(0.1, 0.6))
    """Fall of the first link for statements one usual spread farther from any recognisable strategy."""
    vision_usual: float = param(0.7, "share", "assumed: most visions are recognisable", plausible=(0.5, 0.9))
    """The first link where a trust's statements are as far from the nearest strategy as usual."""
    usual_away: float = param(
        1.15, "points", "assumed: as far as trusts are drawn from their group's profile", plausible=(0.8, 1.5)
    )
    """Usual distance of a statement's score from the nearest group's, in points."""
    nearest_away: float = param(
        0.9, "ratio", "assumed: trusts drawn about one profile lie nearer to another at times", plausible=(0.7, 1.1)
    )
    """Distance from the nearest profile, in usual distances, at which a vision is as clear as usual."""
    community: float = param(
        0.25,
        "weight",
        "assumed: community focus pays where intakes are poor and local ties strong",
        plausible=(0.0, 0.6),
    )
    """How much a stress on community adds to fit in poor, close-knit trusts, and takes away elsewhere."""
    community_middle: float = param(
        7.7, "score 1-10", "assumed: about the mean of the groups' scores", plausible=(7.0, 8.4)
    )
    """Score of the statement on community that is no stress either way."""
    community_range: float = param(
        3.0, "score 0-10", "assumed: groups differ by less than a point", plausible=(1.5, 5.0), gt=0.0
    )
    """Points from there to a whole stress."""
    fsm_middle: float = param(
        21.0, "points", "assumed: about the mean of schools' percentages over some years", plausible=(15, 25)
    )
    """Percentage of pupils eligible for free meals that counts as neither poor nor well off."""
    fsm_range: float = param(20.0, "points", "assumed: most schools lie within it", plausible=(10, 35), gt=0.0)
    """Points from there to either end of the scale."""


def emphasis(pedagogy: Floats, p: CoherenceParams) -> Floats:
    """Where a trust lies between stressing identity (0) and pedagogy (1), given how much more it stresses that."""
    return np.asarray(np.clip(0.5 + (pedagogy + p.emphasis_shift) / p.emphasis, 0.0, 1.0))


def fit(state: State, p: CoherenceParams) -> None:
    """Reckon the five links and coherence of every trust."""
    trusts = state.trusts
    rows = state.active()
    meant, responsibilities = lasting(state), trusts.responsibilities[rows]
    # how clearly the statements add up to one strategy: their distance from the nearest recognisable profile; one
    # usual spread away (as trusts of the survey lay about their group) is ordinary
    away = meant.away[rows]
    asked = p.least_asked + (1.0 - p.least_asked) * responsibilities.mean(axis=1) / TOP
    links = np.empty((len(LINKS), len(rows)))
    links[0] = p.vision_usual - p.clarity * (away / p.usual_away - p.nearest_away)
    links[1] = 1.0 - np.abs(responsibilities - meant.intended[rows]).mean(axis=1) / p.gap
    links[2] = 1.0 - asked * np.maximum(1.0 - trusts.capacity[rows], 0.0) * p.overreach
    links[3] = context_fit(state, rows, p)
    links[4] = trusts.agreement[rows]
    np.clip(links, 0.0, 1.0, out=links)
    trusts.links[rows] = links.T
    whole = (1.0 - p.weakest) * (down(links) / len(LINKS)) + p.weakest * links.min(axis=0)
    before, now = trusts.coherence[rows], whole if p.on else np.full(len(rows), p.resting)
    trusts.coherence[rows], trusts.advantage[rows] = now, now - p.resting
    crossed = np.flatnonzero(((now >= p.resting) != (before >= p.resting)) & (trusts.schools[rows] > 1))
    if len(crossed):
        each = links[:, crossed]
        state.log.add(
            "cohere",
            rule="coherence",
            trust=rows[crossed],
            reason=np.array(LINKS, dtype=object)[each.argmin(axis=0)],
            value=now[crossed],
            threshold=before[crossed],
            margin=now[crossed] - p.resting,
            inputs=dict(zip(LINKS, each, strict=True)),
        )


def usual_gap(x: Floats, p: CoherenceParams) -> Floats:
    """Mean distance between an emphasis and what circumstances call for, over all circumstances (normal).

    A fit better than this is good and a fit worse than this is poor, whatever the emphasis: no emphasis is
    better than another on average, as the report found no link between strategy group and performance.
    """
    d = (x - p.context_middle) / p.context_sd
    return np.asarray(p.context_sd * (np.sqrt(2.0 / np.pi) * np.exp(-(d**2) / 2.0) + d * (1.0 - 2.0 * ndtr(-d))))


def context_fit(state: State, rows: Rows, p: CoherenceParams) -> Floats:
    """How well what the trust stresses fits its schools' performance, spread and intakes: 0 to 1."""
    schools, trusts = state.schools, state.trusts
    size = np.maximum(trusts.schools[rows], 1)
    apart = np.clip(trusts.spread[rows] / p.apart_km + trusts.fsm_range[rows] / p.apart_fsm, 0.0, 1.0)
    calls = p.context_middle + p.context_weak * (trusts.weak[rows] / size - at(p.average_weak, state.year))
    calls = np.clip(calls - p.context_spread * (apart - p.average_apart), 0.0, 1.0)
    open_rows = state.in_trusts()
    fsm = np.bincount(schools.trust[open_rows], weights=schools.fsm[open_rows], minlength=len(trusts))[rows] / size
    poor = np.clip((fsm - p.fsm_middle) / p.fsm_range, -1.0, 1.0) * (1.0 - apart)
    # the statement "community"
    stress = (trusts.statements[rows, 8] - p.community_middle) / p.community_range
    x = emphasis(lasting(state).pedagogy[rows], p)
    link = p.context_usual + p.context_slope * (usual_gap(x, p) - np.abs(x - calls)) + p.community * stress * poor
    return np.asarray(np.clip(link, 0.0, 1.0))
