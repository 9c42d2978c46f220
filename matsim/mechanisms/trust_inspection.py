"""Inspection of multi-academy trusts, in the law since 2026 and not begun: off unless a scenario asks for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Rule, Term
from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.ladders import GOVERNANCE
from matsim.state.state import Rows, State
from matsim.world.codes import TrustKind

ACCEPTABLE, BELOW, FAILING = 1, 2, 3
"""How a trust is led: codes of the column `standard`."""
REASONS = np.array(["", "acceptable", "below", "failing"], object)
"""Words of the event for these codes."""


class TrustInspectionParams(Params):
    """When trusts are inspected, what inspectors weigh, and what follows."""

    on: bool = switch(False)
    """Whether trusts are inspected: the duty to is law (section 57 of the Act of 2026), and waits for regulations."""
    since: int = param(2027, "year", "cwsa-2026", plausible=(2027, 2035))
    """First school year of such inspections: 2027/28 at the earliest, by what ministers said in January 2026."""
    cycle: int = param(4, "years", "assumed: as schools; regulations are to say", plausible=(3, 6), ge=1)
    """Years between inspections of a trust led to an acceptable standard; the first come spread over as many."""
    again: int = param(2, "years", "assumed: as schools that require improvement", plausible=(1, 3), ge=1)
    """Years until a trust that was not is inspected again, and from its founding before it is at all."""
    managed: float = param(0.5, "weight", "assumed: education comes first, how it is run second", plausible=(0.2, 1.0))
    """Weight of its central team over what its schools need (at most 1), and against it of governance that it has
    outgrown (0 to 1, pressure beyond the break point) and of a deficit (1 at a tenth of a year's income), over that of
    its track record (0 to 1) and of the share of its schools that failed their inspection."""
    deficit: float = param(10.0, "ratio", "assumed: a debt of a tenth of income is as bad as any", plausible=(5, 20))
    """Rise of that deficit for a whole year's income."""
    luck: float = param(0.08, "weight", "assumed: about the noise of a school's inspection", plausible=(0.0, 0.2))
    """Weight of inspectors' error (a logistic draw)."""
    threshold: float = param(
        0.35, "weight", "assumed: so that about one trust in twenty is found below it", plausible=(0.1, 0.6)
    )
    """Score from which a trust is led to an acceptable standard."""
    able: float = param(0.75, "ratio", "assumed: most of the team that its schools need", plausible=(0.5, 1.0))
    """Central team over need from which a trust below it has the capacity to get there. Others are failing, and so are
    those that are below it for the second time: what a warning notice asked for has not come."""


def rule(p: TrustInspectionParams) -> Rule:
    """Whether a trust is led to an acceptable standard."""
    return Rule(
        "trust inspection",
        (
            Term("record", 1.0, "its track record"),
            Term("failing", -1.0, "schools of it that fail"),
            Term("capacity", p.managed, "its central team"),
            Term("governance", -p.managed, "governance that it has outgrown"),
            Term("deficit", -p.managed, "its deficit"),
            Term("luck", p.luck, "inspectors' error", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.threshold,
    )


def visit(state: State, p: TrustInspectionParams) -> None:
    """Inspect the trusts that are due; those found wanting take no schools on until they are found otherwise."""
    if not p.on or state.year < p.since:
        return
    trusts, year = state.trusts, state.year
    if year == p.since:
        state.log.add("policy", rule="trust inspection", reason="trust_inspection", value=1.0, threshold=0.0)
    rows = state.multi()
    rows = rows[trusts.schools[rows] > 1]
    new = rows[np.isnan(trusts.visit[rows])]
    turn = p.cycle * state.streams.uniform("trust inspection/turn", 0, trusts.luck[new])
    known = np.nan_to_num(trusts.founded[new])
    trusts.visit[new] = np.maximum(p.since, known + p.again) + turn
    due = rows[trusts.visit[rows] < year + 1.0]
    if len(due):
        _judge(state, p, due)
    wanting = np.flatnonzero(trusts.active & (trusts.kind == TrustKind.MULTI) & (trusts.standard >= BELOW))
    paused = state.struck.paused_trusts | frozenset(wanting.tolist())
    state.struck = replace(state.struck, paused_trusts=paused)


def _judge(state: State, p: TrustInspectionParams, rows: Rows) -> None:
    trusts, year = state.trusts, state.year
    inputs = _inputs(state, p, rows)
    verdict = rule(p).judge(inputs)
    hope = (trusts.capacity[rows] >= p.able) & (trusts.standard[rows] < BELOW)
    standard = np.where(verdict.yes, ACCEPTABLE, np.where(hope, BELOW, FAILING))
    trusts.standard[rows] = standard
    trusts.visit[rows] = year + np.where(verdict.yes, p.cycle, p.again)
    every = np.arange(len(rows))
    grounds = verdict.grounds(every, inputs)
    state.log.add("judge", rule="trust inspection", reason=REASONS[standard], trust=rows, **grounds)


def _inputs(state: State, p: TrustInspectionParams, rows: Rows) -> dict[str, NDArray[np.float64]]:
    """What inspectors of trusts look at: arrays of their number."""
    trusts = state.trusts
    return {
        "record": trusts.record[rows],
        "failing": trusts.failing[rows] / np.maximum(trusts.schools[rows], 1),
        "capacity": np.minimum(trusts.capacity[rows], 1.0),
        "governance": (trusts.pressure[rows, GOVERNANCE] - 1.0).clip(0.0, 1.0),
        "deficit": (-trusts.reserves_share[rows] * p.deficit).clip(0.0, 1.0),
        "luck": state.streams.logistic("trust inspection", state.year, trusts.luck[rows]),
    }
