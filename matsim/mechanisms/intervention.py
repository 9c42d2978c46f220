"""Commissioners step in: re-brokering, mergers, closures of trusts (B8)."""

from __future__ import annotations

import numpy as np

from matsim.agents.trust import MULTI
from matsim.moves import Merge
from matsim.params import Params, param, switch
from matsim.rules import Gate, Rule, Term
from matsim.state import Rows, State


class InterventionParams(Params):
    """When a commissioner steps in, and when trusts merge."""

    on: bool = switch()
    """Whether commissioners step in."""
    warn_chance: float = param(0.35, "share per year", "tes-transfers", plausible=(0.1, 0.7))
    """Chance in a year that an academy judged Inadequate is put up for another trust (61 of about 170 in 2017/18)."""
    trust_failing: float = param(0.5, "share", "assumed: half its schools failing", plausible=(0.3, 0.8))
    """Share of a trust's schools judged Inadequate from which all of them are put up for other trusts."""
    red_years: int = param(3, "years", "assumed: patience with deficits", plausible=(2, 5))
    """Years with reserves below zero after which all of a trust's schools are put up for other trusts."""
    merge_on: bool = switch()
    """Whether trusts merge."""
    merge_threshold: float = param(
        2.6, "weight", "assumed: fitted to 25 to 37 trusts closing a year", plausible=(1.0, 4.0)
    )
    """Score, with logistic luck, from which a trust looks for another to merge with."""
    merge_reach: float = param(45.0, "minutes", "assumed: merging trusts are neighbours", plausible=(25, 60))
    """Travel time within which a trust looks for another to merge with."""
    merge_largest: float = param(8.0, "schools", "assumed: larger trusts take over, or break up", plausible=(3, 15))
    """Size up to which a trust may merge into another."""
    merge_strain: float = param(1.5, "weight", "assumed: as much as money", plausible=(0.5, 3.0))
    """Weight of a central team too small for its work (0 to 1)."""
    merge_money: float = param(1.5, "weight", "assumed: reserves gone leave little choice", plausible=(0.5, 3.0))
    """Weight of reserves run down (0 from 5% of income, a half at none, 1 at a debt of 5%)."""
    merge_small: float = param(1.0, "weight", "assumed: being small is less pressing than strain", plausible=(0.0, 2.0))
    """Weight of being too small to last (0 to 1)."""
    merge_small_below: float = param(
        4.0, "schools", "assumed: a trust of four can carry a centre", plausible=(2, 6), ge=1.5
    )
    """Size below which a trust is too small to last; a trust of one is wholly so."""
    merge_chief: float = param(1.0, "weight", "assumed: a vacancy opens the question", plausible=(0.0, 2.0))
    """Weight of the CEO's having left within the year."""
    merge_luck: float = param(0.5, "weight", "assumed: circumstances count for less than strain", plausible=(0.2, 1.0))
    """Weight of the luck of the year (a logistic draw)."""
    merge_capacity: float = param(
        0.8, "ratio", "assumed: a partner need not have capacity to spare", plausible=(0.5, 1.1)
    )
    """Supply over need above which a trust can take another in."""
    merge_buyin: float = param(0.8, "ratio", "assumed: being merged loses a fifth of hearts", plausible=(0.5, 1.0))
    """What is left of buy-in in schools whose trust merges into another."""


def merge_rule(p: InterventionParams) -> Rule:
    """The decision of a small or strained trust to merge into another."""
    return Rule(
        "merging",
        (
            Term("strain", p.merge_strain, "a central team too small for its work"),
            Term("money", p.merge_money, "reserves run down"),
            Term("small", p.merge_small, "being too small to last"),
            Term("chief", p.merge_chief, "the CEO's leaving", changeable=False),
            Term("luck", p.merge_luck, "circumstances of the year", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.merge_threshold,
        (Gate("partner", 1.0, "another trust near by with the capacity to take it on"),),
    )


def act(state: State, p: InterventionParams) -> None:
    """Put failing schools and trusts up for others, then let strained trusts merge."""
    if p.on:
        _warn(state, p)
    if p.merge_on:
        _merge(state, p)


def _warn(state: State, p: InterventionParams) -> None:
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    of = schools.trust[rows]
    size = np.maximum(trusts.schools[of], 1)
    luck = state.streams.uniform("intervention", state.year, schools.slot[rows])
    one = (schools.grade[rows] == 4) & (luck < p.warn_chance)
    whole = (
        (trusts.kind[of] == MULTI)
        & (size > 1)
        & ((trusts.failing[of] / size >= p.trust_failing) | (trusts.red_years[of] >= p.red_years))
    )
    recovered = rows[(schools.grade[rows] < 3) & ~whole]
    schools.warned[recovered] = np.nan
    fresh = (one | whole) & np.isnan(schools.warned[rows])
    schools.warned[rows[fresh]] = state.year + 0.9
    reason = np.where(whole, "its trust is failing", "it is failing").astype(object)
    state.log.add(
        "intervene",
        rule="intervention",
        school=rows[fresh],
        trust=of[fresh],
        region=schools.region[rows[fresh]],
        reason=reason[fresh],
        value=luck[fresh],
        threshold=p.warn_chance,
        margin=(p.warn_chance - luck)[fresh],
        inputs={
            "grade": schools.grade[rows[fresh]],
            "failing": trusts.failing[of[fresh]],
            "red_years": trusts.red_years[of[fresh]],
        },
    )


def _merge(state: State, p: InterventionParams) -> None:
    schools, trusts = state.schools, state.trusts
    rows = state.multi()
    rows = rows[trusts.schools[rows] <= p.merge_largest]
    if not len(rows):
        return
    share = trusts.reserves_share[rows]
    inputs = {
        "strain": np.clip(1.0 - trusts.capacity[rows], 0.0, 1.0) * (trusts.schools[rows] > 1),
        "money": np.clip(0.5 - share * 10.0, 0.0, 1.0),
        "small": np.clip((p.merge_small_below - trusts.schools[rows]) / (p.merge_small_below - 1.0), 0.0, 1.0),
        "chief": (trusts.chief_years[rows] < 1.0).astype(float),
        "luck": state.streams.logistic("merging", state.year, trusts.slot[rows]),
    }
    rule = merge_rule(p)
    # the search for a partner is only made for those who would look
    likely = rule.judge({**inputs, "partner": np.ones(len(rows))}).yes
    partner = np.full(len(rows), -1)
    partner[likely] = _partners(state, p, rows[likely])
    inputs["partner"] = (partner >= 0).astype(float)
    verdict = rule.judge(inputs)
    turn = state.streams.order("merging/order", state.year, trusts.slot[rows])
    gone: set[int] = set()
    for i in turn[verdict.yes[turn]].tolist():
        trust, into = int(rows[i]), int(partner[i])
        if trust in gone or into in gone or not trusts.active[into]:
            continue
        why = {
            "rule": "merging",
            "value": verdict.value[i],
            "threshold": verdict.limit[i],
            "margin": verdict.margin[i],
            "inputs": {k: v[i] for k, v in inputs.items()},
        }
        members: Rows = state.members(trust)
        Merge(trust, into, state.year + 0.95, why).apply(state)
        gone.update((trust, into))
        schools.buyin[members] *= p.merge_buyin
        schools.promised[members] = schools.autonomy[members]


def _partners(state: State, p: InterventionParams, rows: Rows) -> Rows:
    """For each trust the largest multi-academy trust with capacity among its lead school's neighbours, or −1."""
    trusts, near = state.trusts, state.world.neighbours
    able = trusts.active & (trusts.kind == MULTI) & (trusts.capacity > p.merge_capacity) & (trusts.target > 1)
    lead = trusts.lead[rows]
    index = near.index[lead]
    owner = np.where((index >= 0) & (near.minutes[lead] <= p.merge_reach), state.schools.trust[index], -1)
    same_faith = (trusts.denomination[owner] == 2) == (trusts.denomination[rows] == 2)[:, None]
    good = (owner >= 0) & (owner != rows[:, None]) & able[owner] & same_faith
    first = np.lexsort((trusts.uid, -trusts.schools))
    rank = np.empty(len(trusts), np.intp)
    rank[first] = np.arange(len(trusts))
    best = np.where(good, rank[owner], len(trusts)).min(axis=1, initial=len(trusts))
    return np.asarray(np.append(first, -1)[best])
