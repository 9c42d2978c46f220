"""What a trust wants and who leads it: drawn when it is founded or when its CEO changes (A1, A3, A5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.streams import Identities
from matsim.evidence.parameters import Params, param, switch
from matsim.evidence.strategy import (
    GROUP_STATEMENTS,
    GROUPS,
    RESPONSIBILITIES,
    STATEMENTS,
    TOP,
    StrategySpread,
    draw_trusts,
    statement_responsibility_link,
)
from matsim.mechanisms.ladders import CHIEF
from matsim.state.state import Lasting, Rows, State
from matsim.strategies import KINDS, Strategy
from matsim.world.codes import TrustKind

type Floats = NDArray[np.float64]

PEDAGOGY = ("scale_model", "consistent_pedagogy")
IDENTITY = ("boost_local", "enrichment", "protect_identity")
"""Statements that stress common pedagogy, and those that stress schools' own ways."""

TENTH, NINETIETH = 0.1, 0.9
"""Percentiles that the sizes planned for are given at."""


class VisionParams(Params):
    """How visions and CEOs differ between trusts."""

    on: bool = switch()
    """Whether trusts differ in strategy (A1); off, all have the mean of the three groups' profiles."""
    autonomy: float = param(6 / 17, "share", "building-trusts", plausible=(0.0, 1.0))
    """Share of trusts drawn around the autonomy-and-identity profile (six of seventeen)."""
    pedagogy: float = param(9 / 17, "share", "building-trusts", plausible=(0.0, 1.0))
    """Share drawn around the pedagogy-and-improvement profile (nine of seventeen)."""
    community: float = param(2 / 17, "share", "building-trusts", plausible=(0.0, 1.0))
    """Share drawn around the community-and-identity profile (two of seventeen)."""
    spread: StrategySpread = StrategySpread()
    execution: float = param(0.9, "score 0-10", "assumed: intended and actual models differ", plausible=(0.3, 2.0))
    """Spread of a new trust's responsibilities about what its statements imply."""
    lean: float = param(0.12, "share", "assumed: four points apart is the whole scale", plausible=(0.05, 0.2))
    """Rise in the convergence of ways of working for each point by which its statement outscores scaling a model."""
    lean_spread: float = param(0.1, "share", "assumed: what is done differs from what is said", plausible=(0.0, 0.25))
    """Spread of convergence between trusts of like statements."""
    top_slice: float = param(0.05, "share", "top-slice", plausible=(0.03, 0.07))
    """Mean top-slice of a new trust."""
    top_slice_spread: float = param(0.012, "share", "assumed: within 3% and 9%", plausible=(0.005, 0.02))
    """Spread of that top-slice."""
    top_slice_least: float = param(0.03, "share", "top-slice", plausible=(0.01, 0.04))
    """Lowest top-slice of a new trust."""
    top_slice_most: float = param(0.09, "share", "top-slice", plausible=(0.06, 0.12))
    """Highest top-slice of a new trust."""
    agreement: float = param(0.7, "share", "assumed: people begin together in good heart", plausible=(0.5, 0.9))
    """Agreement inside a trust before anybody has been asked."""
    coherence: float = param(0.6, "share", "assumed: the resting value", plausible=(0.4, 0.8))
    """Coherence of a trust before its first year."""
    content: float = param(
        0.05,
        "share",
        "assumed: fitted by hand to growth to 2019; far more say so (Kreston 2024)",
        plausible=(0.0, 0.35),
    )
    """Share of CEOs of multi-academy trusts who want no more schools than they have."""
    target_low: float = param(3.5, "schools", "assumed: most plan to stay small", plausible=(2, 6))
    """Tenth percentile of the size that a new multi-academy trust first plans for."""
    target_high: float = param(16.0, "schools", "building-trusts", plausible=(10, 25))
    """Ninetieth percentile of that size: fifteen or sixteen is often the end point."""
    single_grow: float = param(
        0.06, "share", "assumed: 31% say so (Kreston 2024), far fewer have done so", plausible=(0.03, 0.31)
    )
    """Share of CEOs of single-academy trusts who mean to take others on."""
    teachers: float = param(0.85, "share", "assumed: most CEOs were heads", plausible=(0.6, 1.0))
    """Share of CEOs with a teaching background."""
    foresight_low: float = param(0.0, "share", "assumed: some see nothing coming", plausible=(0.0, 0.5))
    """Least foresight a CEO has."""
    foresight_high: float = param(1.0, "share", "assumed: some see well ahead", plausible=(0.5, 1.0))
    """Most foresight a CEO has."""


def draw(state: State, rows: Rows, p: VisionParams) -> None:
    """Draw vision, operating model and CEO for trusts from their lead schools' luck."""
    if not len(rows):
        return
    trusts, streams = state.trusts, state.streams
    who = trusts.luck[rows]
    shares = np.cumsum([p.autonomy, p.pedagogy, p.community])
    group = np.searchsorted(shares / shares[-1], streams.uniform("vision/group", 0, who), side="right")
    trusts.group[rows] = np.minimum(group, len(GROUPS) - 1)
    normals = streams.normals("vision/statement", len(STATEMENTS), 0, who)
    if p.on:
        trusts.statements[rows] = draw_trusts(trusts.group[rows].astype(np.intp), normals, p.spread)
    else:
        trusts.statements[rows] = draw_trusts(np.arange(len(GROUPS)), np.zeros_like(GROUP_STATEMENTS), p.spread).mean(
            axis=0
        )
    intended = lasting(state).intended[rows]
    noise = streams.normals("vision/responsibility", len(RESPONSIBILITIES), 0, who)
    trusts.responsibilities[rows] = np.clip(intended + p.execution * noise, 0.0, TOP)
    # the statements "converge" and "scale_model"
    converge, scale = trusts.statements[rows, 4], trusts.statements[rows, 1]
    lean = 0.5 + p.lean * (converge - scale) + p.lean_spread * streams.normal("vision/convergence", 0, who)
    trusts.convergence[rows] = np.clip(lean, 0.0, 1.0)
    u = streams.uniform("vision/target", 0, who)
    target = np.exp(
        np.log(p.target_low) + (np.log(p.target_high) - np.log(p.target_low)) * (u - TENTH) / (NINETIETH - TENTH)
    )
    appoint(state, rows, p, 0)
    stays = (trusts.kind[rows] == TrustKind.SINGLE) & (trusts.ambition[rows] <= 0.0)
    trusts.target[rows] = np.where(stays, 1.0, np.maximum(target, trusts.schools[rows]))
    _log(state, rows, p)
    trusts.record[rows] = 0.0
    # a CEO who never taught leads through others from the start (D4)
    trusts.rung[rows, CHIEF] = np.where(trusts.teacher[rows], 0, 1)
    trusts.growth[rows] = [KINDS.index(str(getattr(state.strategies[r], "kind", "hold"))) for r in rows.tolist()]
    trusts.capacity[rows], trusts.agreement[rows], trusts.coherence[rows] = 1.0, p.agreement, p.coherence
    top_slice = p.top_slice + p.top_slice_spread * streams.normal("vision/top-slice", 0, who)
    trusts.top_slice[rows] = np.clip(top_slice, p.top_slice_least, p.top_slice_most)


def _log(state: State, rows: Rows, p: VisionParams) -> None:
    """Log each new strategy: the group it was drawn around, and how far it lies from the nearest of the three."""
    trusts = state.trusts
    apart = _apart(trusts.statements[rows])
    value, usual = apart.min(axis=1), p.spread.between_trusts
    state.log.add(
        "vision",
        rule="vision",
        trust=rows,
        reason=np.array([g.name for g in GROUPS], dtype=object)[trusts.group[rows]],
        value=value,
        threshold=usual,
        margin=usual - value,
        inputs={g.key: apart[:, i] for i, g in enumerate(GROUPS)},
    )


def _apart(statements: Floats) -> Floats:
    """How far statements (n, 10) lie from each group's profile, in points: (n, 3)."""
    return np.asarray(np.sqrt(((statements[:, None, :] - GROUP_STATEMENTS) ** 2).mean(axis=2)))


def lasting(state: State) -> Lasting:
    """What follows from trusts' luck and statements alone, brought up to date where there are new ones."""
    trusts, known = state.trusts, state.lasting
    count = len(known.statements)
    if count == len(trusts) and np.array_equal(trusts.statements, known.statements):
        return known
    new = np.ones(len(trusts), bool)
    new[:count] = (trusts.statements[:count] != known.statements).any(axis=1)
    rows = np.flatnonzero(new)
    statements = trusts.statements[rows]
    scores = dict(zip((s.key for s in STATEMENTS), statements.T, strict=True))
    pedagogy, identity = (sum(scores[key] for key in keys) / len(keys) for keys in (PEDAGOGY, IDENTITY))
    added = Lasting(
        statements,
        statement_responsibility_link(statements),
        _apart(statements).min(axis=1),
        pedagogy - identity,
        state.streams.normals("agreement", len(RESPONSIBILITIES), 0, trusts.luck[rows]),
    )
    for name, values in vars(added).items():
        every = np.empty((len(trusts), *values.shape[1:]))
        every[:count], every[rows] = getattr(known, name), values
        setattr(known, name, every)
    return known


def choose(state: State, ceos: tuple[Strategy, ...], who: Identities) -> list[Strategy]:
    """The growth strategy of the CEO of each new trust; its luck is drawn for `who`."""
    shares = np.cumsum([c.share for c in ceos])
    luck = state.streams.uniform("vision/growth", 0, who)
    index = np.minimum(np.searchsorted(shares / shares[-1], luck, side="right"), len(ceos) - 1)
    return [ceos[i] for i in index.tolist()]


def appoint(state: State, rows: Rows, p: VisionParams, year: int) -> None:
    """Draw a CEO for each trust: skill, background, foresight, and how much they want it to grow."""
    trusts, streams = state.trusts, state.streams
    who = trusts.luck[rows]
    trusts.skill[rows] = streams.normal("vision/skill", year, who)
    trusts.teacher[rows] = streams.uniform("vision/teacher", year, who) < p.teachers
    u = streams.uniform("vision/foresight", year, who)
    trusts.foresight[rows] = p.foresight_low + (p.foresight_high - p.foresight_low) * u
    content = np.where(trusts.kind[rows] == TrustKind.SINGLE, 1.0 - p.single_grow, p.content)
    wish = streams.uniform("vision/ambition", year, who)
    trusts.ambition[rows] = np.clip((wish - content) / np.maximum(1.0 - content, 1e-9), 0.0, 1.0)
    trusts.caution[rows] = 0.0
    trusts.chief_years[rows] = 0.0
