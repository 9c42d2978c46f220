"""Coherence: how well vision, strategy, operating model, capability and context fit, and agreement inside (A6).

Strategy groups enter only here, by how well what they stress fits the trust's own circumstances.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.strategy import statement_responsibility_link
from matsim.params import Params, param, switch
from matsim.state import Rows, State

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
    gap: float = param(
        3.0,
        "score 0-10",
        "assumed: three points between intention and practice is a broken link",
        plausible=(2.0, 5.0),
    )
    """Mean gap between intended and actual responsibilities at which that link is wholly broken."""
    emphasis: float = param(6.0, "score 0-10", "assumed: range of emphasis between trusts", plausible=(4.0, 9.0))
    """Points between the trust that most stresses common pedagogy and the one that most stresses identity."""
    context_weak: float = param(1.2, "weight", "building-trusts", plausible=(0.3, 2.0))
    """How strongly weak schools call for a common approach (§2.2)."""
    context_spread: float = param(0.5, "weight", "building-trusts", plausible=(0.0, 1.0))
    """How strongly dispersion and mixed intakes call for local decisions (§2.4)."""
    context_middle: float = param(
        0.42, "share", "assumed: set so that no group fits the average trust best", plausible=(0.2, 0.6)
    )
    """The emphasis that a trust with no weak schools and no spread calls for (0 identity, 1 pedagogy)."""
    community: float = param(
        0.25,
        "weight",
        "assumed: community focus pays where intakes are poor and local ties strong",
        plausible=(0.0, 0.6),
    )
    """How much a stress on community adds to fit in poor, close-knit trusts, and takes away elsewhere."""


def emphasis(statements: Floats, p: CoherenceParams) -> Floats:
    """Where a trust lies between stressing identity (0) and common pedagogy (1), from its ten scores (n, 10)."""
    towards = statements[:, [1, 9]].mean(axis=1) - statements[:, [3, 6, 7]].mean(axis=1)
    return np.asarray(np.clip(0.5 + (towards + 0.3) / p.emphasis, 0.0, 1.0))


def fit(state: State, p: CoherenceParams) -> None:
    """Reckon the five links and coherence of every trust."""
    trusts = state.trusts
    rows = state.active()
    links = np.column_stack(
        [
            _vision(state, rows),
            1.0
            - np.abs(trusts.responsibilities[rows] - statement_responsibility_link(trusts.statements[rows])).mean(
                axis=1
            )
            / p.gap,
            1.0
            - (0.3 + 0.7 * trusts.responsibilities[rows].mean(axis=1) / 10.0)
            * np.maximum(1.0 - trusts.capacity[rows], 0.0)
            * 1.5,
            context_fit(state, rows, p),
            trusts.agreement[rows],
        ]
    )
    trusts.links[rows] = np.clip(links, 0.0, 1.0)
    # a chain: the weakest link counts as much as the average of all
    whole = 0.6 * trusts.links[rows].mean(axis=1) + 0.4 * trusts.links[rows].min(axis=1)
    trusts.coherence[rows] = whole if p.on else p.resting


def _vision(state: State, rows: Rows) -> Floats:
    """Statements that pull against each other: common pedagogy and a set model against identity and own curricula."""
    s = state.trusts.statements[rows]
    together = np.maximum(s[:, [1, 9]].mean(axis=1) - 5.0, 0.0)
    apart = np.maximum(s[:, [6, 7]].mean(axis=1) - 5.0, 0.0)
    return np.asarray(1.0 - together * apart / 8.0)


def context_fit(state: State, rows: Rows, p: CoherenceParams) -> Floats:
    """How well what the trust stresses fits its schools' performance, spread and intakes: 0 to 1."""
    schools, trusts = state.schools, state.trusts
    size = np.maximum(trusts.schools[rows], 1)
    weak = trusts.weak[rows] / size
    apart = np.clip(trusts.spread[rows] / 40.0 + trusts.fsm_range[rows] / 30.0, 0.0, 1.0)
    calls = np.clip(p.context_middle + p.context_weak * (weak - 0.2) - p.context_spread * (apart - 0.3), 0.0, 1.0)
    open_rows = state.in_trusts()
    fsm = np.bincount(schools.trust[open_rows], weights=schools.fsm[open_rows], minlength=len(trusts))[rows] / size
    poor = np.clip((fsm - 21.0) / 20.0, -1.0, 1.0) * (1.0 - apart)
    stress = (trusts.statements[rows, 8] - 7.7) / 3.0
    return np.asarray(
        np.clip(
            1.1 - np.abs(emphasis(trusts.statements[rows], p) - calls) * 1.3 + p.community * stress * poor,
            0.0,
            1.0,
        )
    )
