"""Trusts merge: small or strained ones dissolve whole into others near by, which are mostly larger (B8)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Gate, Rule, Term
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.state.directions import directed_rows
from matsim.state.moves import Merge, Why
from matsim.state.state import CHANGE, Rows, State
from matsim.words import reasons
from matsim.world.codes import Denomination, TrustKind


class MergingParams(Params):
    """When trusts merge, and into which."""

    on: bool = switch()
    """Whether trusts merge."""
    threshold: float = param(fitted("merging.threshold"), "weight", "calibration", plausible=(1.0, 4.0))
    """Score, with logistic luck, from which a trust looks for another to merge with."""
    reach: float = param(45.0, "minutes", "assumed: merging trusts are neighbours", plausible=(25, 60))
    """Travel time within which a trust looks for another to merge with."""
    age: float = param(2.0, "years", "assumed: a young trust gives itself time", plausible=(1, 5))
    """Years from its founding before a trust looks for another to merge with."""
    strain: float = param(1.5, "weight", "assumed: as much as money", plausible=(0.5, 3.0))
    """Weight of a central team too small for its work (0 to 1)."""
    money: float = param(1.5, "weight", "assumed: reserves gone leave little choice", plausible=(0.5, 3.0))
    """Weight of reserves run down (a half where there are none)."""
    reserves: float = param(
        10.0, "ratio", "assumed: 5% of income is ample, a debt of 5% is pressing", plausible=(5.0, 20.0)
    )
    """Fall of that, from 1 to 0, for reserves of a whole year's income."""
    size: float = param(0.45, "weight", "assumed: fitted by hand to shares dissolved by size", plausible=(0.2, 0.8))
    """Fall of that score with the log of size: from 7% dissolved a year at one school to 0.3% above twenty."""
    policy: Dated = param(
        {2010: 0.0, 2017: 1.5, 2022: 1.7},
        "weight",
        "assumed: from 2017 small trusts were told to grow or merge (carter), from 2022 to be ten schools or more",
        plausible=(-1.0, 2.0),
    )
    """What policy adds to every trust's reasons to merge, from the year given."""
    chief: float = param(1.0, "weight", "assumed: a vacancy opens the question", plausible=(0.0, 2.0))
    """Weight of the CEO's having left within the year."""
    luck: float = param(0.5, "weight", "assumed: circumstances count for less than strain", plausible=(0.2, 1.0))
    """Weight of the luck of the year (a logistic draw)."""
    capacity: float = param(0.8, "ratio", "assumed: a partner need not have capacity to spare", plausible=(0.5, 1.1))
    """Supply over need above which a trust can take another in."""
    asked: float = param(
        1.0, "weight", "assumed: an offer opens the question, as much as a CEO's leaving", plausible=(0.0, 2.0)
    )
    """Weight of an offer from a trust that a scenario tells to propose a merger."""
    buyin: float = param(0.8, "ratio", "assumed: being merged loses a fifth of hearts", plausible=(0.5, 1.0))
    """What is left of buy-in in schools whose trust merges into another."""


def rule(p: MergingParams) -> Rule:
    """The decision of a small or strained trust to merge into another."""
    return Rule(
        "merging",
        (
            Term("strain", p.strain, "a central team too small for its work", says=reasons.TEAM),
            Term("money", p.money, "reserves run down", says=reasons.RESERVES),
            Term("small", p.size, "how small it is", -6.0, 0.0, says=reasons.SMALL),
            Term("policy", 1.0, "policy of the day", -1.0, 2.0, changeable=False, says=reasons.MERGED_BY_POLICY),
            Term("chief", p.chief, "the CEO's leaving", changeable=False, says=reasons.CHIEF),
            Term("luck", p.luck, "circumstances of the year", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.threshold,
        (
            Gate(
                "partner",
                1.0,
                "another trust near by with the capacity to take it on",
                shut="no other trust near by has the capacity to take it on",
            ),
        ),
    )


def asked_rule(p: MergingParams) -> Rule:
    """The same decision once another trust has proposed the merger."""
    usual = rule(p)
    return Rule(
        "merging when asked",
        (*usual.terms, Term("asked", p.asked, "an offer", says=reasons.OFFER)),
        usual.threshold,
    )


def merge(state: State, p: MergingParams) -> None:
    """Mergers that trusts are told to propose, then those of small and strained trusts' own will."""
    if p.on:
        _merge(state, p, _propose(state, p, asked_rule(p)))


def _propose(state: State, p: MergingParams, asked: Rule) -> set[int]:
    """Mergers that trusts are told to propose: the larger takes the smaller in. Returns the trusts concerned."""
    trusts, involved = state.trusts, set[int]()
    for row, direction in sorted(state.directed.items()):
        other = direction.merge
        if other is None or row in involved:
            continue
        refusal = _unfit(state, p, row, other, involved)
        if refusal:
            thwart(state, row, refusal, other=other)
            continue
        into, trust = (row, other) if trusts.schools[row] >= trusts.schools[other] else (other, row)
        why: dict[str, Any] = {"rule": "directed", "reason": "as told"}
        theirs = state.directed.get(other)
        if trust == other and not (theirs is not None and theirs.merge == row):
            inputs = _inputs(state, p, np.array([other])) | {"asked": np.ones(1)}
            verdict = asked.judge(inputs)
            why = {"rule": asked.key, **verdict.grounds(0, inputs)}
            if not verdict.yes[0]:
                thwart(state, row, "it would rather stay as it is", other=other, **why)
                continue
        _unite(state, p, np.array([trust]), np.array([into]), why)
        involved.update((trust, into))
    return involved


def _unfit(state: State, p: MergingParams, row: int, other: int, involved: set[int]) -> str:
    """Why two trusts cannot merge, by the rules of any merger; empty when they can."""
    trusts, struck = state.trusts, state.struck
    if not trusts.active[row]:  # its last school went earlier in the year
        return "it has closed"
    if other < 0 or not trusts.active[other]:
        return "there is no such trust any more" if other >= 0 else "there is no such trust"
    into, trust = (row, other) if trusts.schools[row] >= trusts.schools[other] else (other, row)
    theirs = state.directed.get(other)
    able = np.zeros(len(trusts), bool)
    able[into] = True
    both = np.array([row, other])
    reasons = (
        (other in involved, "it has merged with another trust this year"),
        (theirs is not None and theirs.growth == "hold", "it is told to stay as it is"),
        (trusts.kind[into] != TrustKind.MULTI, "a single-academy trust cannot take another in"),
        (_partners(state, p, np.array([trust]), able)[0] < 0, "they are too far apart, or of another faith"),
        (trusts.capacity[into] <= p.capacity, "the larger trust has not the capacity for it"),
        (trusts.barred[into] > state.year, "the larger trust may take on no schools"),
        (struck.paused[trusts.lead[both]].any() or row in struck.paused_trusts, "growth is paused"),
    )
    return next((words for holds, words in reasons if holds), "")


def _inputs(state: State, p: MergingParams, rows: Rows) -> dict[str, NDArray[np.float64]]:
    """What trusts weigh of a merger: arrays of their number."""
    trusts = state.trusts
    share = trusts.reserves_share[rows]
    return {
        "strain": np.clip(1.0 - trusts.capacity[rows], 0.0, 1.0) * (trusts.schools[rows] > 1),
        "money": np.clip(0.5 - share * p.reserves, 0.0, 1.0),
        "small": -np.log(np.maximum(trusts.schools[rows], 1)),
        "policy": np.full(len(rows), at(p.policy, state.year)),
        "chief": (trusts.chief_years[rows] < 1.0).astype(float),
        "luck": state.streams.logistic("merging", state.year, trusts.luck[rows]),
    }


def _merge(state: State, p: MergingParams, involved: set[int]) -> None:
    """Let small and strained trusts merge of their own will, but for those that have grown or vanished already."""
    trusts, struck = state.trusts, state.struck
    rows = state.multi()
    grown = trusts.founded[rows] <= state.year + 1.0 - p.age
    rows = rows[grown & ~struck.paused[trusts.lead[rows]]]
    directed_growth = directed_rows(state.directed, lambda d: bool(d.growth))  # whether to merge is theirs to be told
    settled = np.zeros(len(trusts), bool)
    settled[[*directed_growth, *involved, *struck.paused_trusts]] = True
    rows = rows[~settled[rows]]
    if not len(rows):
        return
    # a partner is looked for only by those who would take one
    inputs = _inputs(state, p, rows) | {"partner": np.ones(len(rows))}
    verdict = rule(p).judge(inputs)
    willing = np.flatnonzero(verdict.yes)
    willing = willing[state.streams.order("merging/order", state.year, trusts.luck[rows[willing]])]
    able = trusts.active & (trusts.kind == TrustKind.MULTI) & (trusts.capacity > p.capacity) & (trusts.target > 1)
    able &= np.maximum(trusts.paused, trusts.barred) <= state.year
    able[directed_growth] = False
    partner = _partners(state, p, rows[willing], able)
    merging = []
    for i, (trust, into) in enumerate(zip(rows[willing].tolist(), partner.tolist(), strict=True)):
        if into >= 0 and trust not in involved and into not in involved:
            merging.append(i)
            involved.update((trust, into))
    if merging:
        pick = willing[merging]
        why = {"rule": "merging", "turn": np.arange(len(pick)), **verdict.grounds(pick, inputs)}
        _unite(state, p, rows[pick], partner[merging], why)


def _unite(state: State, p: MergingParams, trusts: Rows, into: Rows, why: Why) -> None:
    """Make the mergers; the schools taken in lose some heart, and what they were promised."""
    schools = state.schools
    members = np.concatenate([state.members(trust) for trust in trusts.tolist()])
    Merge(trusts, into, state.year + CHANGE, why).apply(state)
    schools.buyin[members] *= p.buyin
    schools.promised[members] = schools.autonomy[members]


def _partners(state: State, p: MergingParams, rows: Rows, able: NDArray[np.bool_]) -> Rows:
    """For each trust the able trust of a school near its lead school, drawn at random, or −1."""
    trusts, schools, near = state.trusts, state.schools, state.world.neighbours
    lead = trusts.lead[rows]
    index = near.index[lead]
    owner = np.where((index >= 0) & (near.minutes[lead] <= p.reach), schools.trust[index], -1)
    same_faith = (trusts.denomination[owner] == Denomination.ROMAN_CATHOLIC) == (
        trusts.denomination[rows] == Denomination.ROMAN_CATHOLIC
    )[:, None]
    good = (owner >= 0) & (owner != rows[:, None]) & able[owner] & same_faith
    each = np.repeat(trusts.luck[rows], index.shape[1])
    draw = state.streams.pair("merging/partner", state.year, each, schools.luck[index.ravel()]).reshape(index.shape)
    first = np.where(good, draw, np.inf).argmin(axis=1) if len(rows) else np.zeros(0, np.intp)
    which = np.arange(len(rows))
    return np.where(good[which, first], owner[which, first], -1)
