"""Commissioners step in: re-brokering, mergers, closures of trusts (B8)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Gate, Rule, Term
from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.mechanisms.inspection import below_twice
from matsim.mechanisms.support import supported
from matsim.mechanisms.trust_inspection import FAILING
from matsim.state.directions import directed_rows
from matsim.state.moves import Merge, Why
from matsim.state.state import CHANGE, Rows, State
from matsim.words import reasons
from matsim.world.codes import Denomination, Grade, TrustKind

FAILED, CONDEMNED = "its trust is failing", "inspectors found its trust failing"
"""Why all of a trust's schools are put up for others."""

WARNED = 0.9
"""Part of a school year after which commissioners step in."""


class InterventionParams(Params):
    """When there is intervention, and when trusts merge."""

    on: bool = switch()
    """Whether there is intervention in failing trusts."""
    warn_chance: float = param(
        fitted("intervention.warn_chance"), "share per year", "calibration", plausible=(0.1, 0.7)
    )
    """Chance in a year that an academy judged Inadequate is put up for another trust (61 of about 170 in 2017/18)."""
    since: int = param(2014, "year", "hcl-7308", plausible=(2010, 2030))
    """Year from which somebody can step in: the first who decided for regions took office in September 2014."""
    twice: Dated = param({2010: 0.0, 2022: 0.02, 2024: 0.0}, "share per year", "coasting", plausible=(0.0, 0.1))
    """Chance in a year that an academy that requires improvement and was below Good before too is put up for another
    trust, from the year given, once it was inspected in its trust (see `orders.twice`)."""
    trust_failing: float = param(0.6, "share", "assumed: half its schools failing", plausible=(0.3, 0.8))
    """Share of a trust's schools judged Inadequate from which all of them are put up for other trusts."""
    red_years: int = param(4, "years", "assumed: patience with deficits", plausible=(2, 5))
    """Years with reserves below zero after which all of a trust's schools are put up for other trusts."""
    merge_on: bool = switch()
    """Whether trusts merge."""
    merge_threshold: float = param(
        fitted("intervention.merge_threshold"), "weight", "calibration", plausible=(1.0, 4.0)
    )
    """Score, with logistic luck, from which a trust looks for another to merge with."""
    merge_reach: float = param(45.0, "minutes", "assumed: merging trusts are neighbours", plausible=(25, 60))
    """Travel time within which a trust looks for another to merge with."""
    merge_largest: float = param(8.0, "schools", "assumed: larger trusts take over, or break up", plausible=(3, 15))
    """Size up to which a trust may merge into another."""
    merge_age: float = param(2.0, "years", "assumed: a young trust gives itself time", plausible=(1, 5))
    """Years from its founding before a trust looks for another to merge with."""
    merge_strain: float = param(1.5, "weight", "assumed: as much as money", plausible=(0.5, 3.0))
    """Weight of a central team too small for its work (0 to 1)."""
    merge_money: float = param(1.5, "weight", "assumed: reserves gone leave little choice", plausible=(0.5, 3.0))
    """Weight of reserves run down (a half where there are none)."""
    merge_reserves: float = param(
        10.0, "ratio", "assumed: 5% of income is ample, a debt of 5% is pressing", plausible=(5.0, 20.0)
    )
    """Fall of that, from 1 to 0, for reserves of a whole year's income."""
    merge_small: float = param(0.7, "weight", "assumed: being small is less pressing than strain", plausible=(0.0, 2.0))
    """Weight of being too small to last (0 to 1)."""
    merge_policy: Dated = param(
        {2010: 0.0, 2017: 1.5, 2022: 1.7},
        "weight",
        "assumed: from 2017 small trusts were told to grow or merge (carter), from 2022 to be ten schools or more",
        plausible=(-1.0, 2.0),
    )
    """What policy adds to every trust's reasons to merge, from the year given."""
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
    merge_asked: float = param(
        1.0, "weight", "assumed: an offer opens the question, as much as a CEO's leaving", plausible=(0.0, 2.0)
    )
    """Weight of an offer from a trust that a scenario tells to propose a merger."""
    merge_buyin: float = param(0.8, "ratio", "assumed: being merged loses a fifth of hearts", plausible=(0.5, 1.0))
    """What is left of buy-in in schools whose trust merges into another."""


def merge_rule(p: InterventionParams) -> Rule:
    """The decision of a small or strained trust to merge into another."""
    return Rule(
        "merging",
        (
            Term("strain", p.merge_strain, "a central team too small for its work", says=reasons.TEAM),
            Term("money", p.merge_money, "reserves run down", says=reasons.RESERVES),
            Term("small", p.merge_small, "being too small to last", says=reasons.SMALL),
            Term("policy", 1.0, "policy of the day", -1.0, 2.0, changeable=False, says=reasons.MERGED_BY_POLICY),
            Term("chief", p.merge_chief, "the CEO's leaving", changeable=False, says=reasons.CHIEF),
            Term("luck", p.merge_luck, "circumstances of the year", -12.0, 12.0, changeable=False, luck=True),
        ),
        p.merge_threshold,
        (
            Gate(
                "partner",
                1.0,
                "another trust near by with the capacity to take it on",
                shut="no other trust near by has the capacity to take it on",
            ),
        ),
    )


def asked_rule(p: InterventionParams) -> Rule:
    """The same decision once another trust has proposed the merger."""
    usual = merge_rule(p)
    return Rule(
        "merging when asked",
        (*usual.terms, Term("asked", p.merge_asked, "an offer", says=reasons.OFFER)),
        usual.threshold,
    )


def act(state: State, p: InterventionParams) -> None:
    """Put failing schools and trusts up for others, then let strained trusts merge."""
    if p.on and state.year >= p.since:
        _warn(state, p)
        _warn_twice(state, at(p.twice, state.year))
    if p.merge_on:
        _merge(state, p, _propose(state, p, asked_rule(p)))


def _warn(state: State, p: InterventionParams) -> None:
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    of = schools.trust[rows]
    size = np.maximum(trusts.schools[of], 1)
    condemned = trusts.standard[of] == FAILING
    # the trust as a whole has failed: its schools all go, not only those judged Inadequate
    whole = (
        (trusts.kind[of] == TrustKind.MULTI)
        & (size > 1)
        & ((trusts.failing[of] / size >= p.trust_failing) | (trusts.red_years[of] >= p.red_years) | condemned)
    )
    failing, luck = schools.grade[rows] == Grade.INADEQUATE, np.ones(len(rows))
    some = failing | whole
    luck[some] = state.streams.uniform("intervention", state.year, schools.luck[rows[some]])
    # a school whose trust is helped to mend it stays where it is
    one = failing & (luck < p.warn_chance) & ~supported(state, rows)
    recovered = rows[(schools.grade[rows] < Grade.REQUIRES_IMPROVEMENT) & ~whole]
    schools.warned[recovered] = np.nan
    fresh = (one | whole) & np.isnan(schools.warned[rows])
    schools.warned[rows[fresh]] = state.year + WARNED
    state.log.add(
        "intervene",
        rule="intervention",
        school=rows[fresh],
        trust=of[fresh],
        region=schools.region[rows[fresh]],
        reason=np.where(condemned[fresh], CONDEMNED, np.where(whole[fresh], FAILED, "it is failing")).astype(object),
        value=luck[fresh],
        threshold=p.warn_chance,
        margin=(p.warn_chance - luck)[fresh],
        inputs={
            "grade": schools.grade[rows[fresh]],
            "failing": trusts.failing[of[fresh]],
            "red_years": trusts.red_years[of[fresh]],
        },
    )


def _warn_twice(state: State, chance: float) -> None:
    """Put up some of the academies that are below Good for the second time and were inspected in their trust."""
    if chance <= 0.0:
        return
    schools, rows = state.schools, state.in_trusts()
    judged_here = schools.inspected[rows] > schools.joined[rows]
    free = np.isnan(schools.warned[rows]) & ~supported(state, rows)
    rows = rows[below_twice(state, rows) & judged_here & free]
    luck = state.streams.uniform("intervention/twice", state.year, schools.luck[rows])
    fresh, luck = rows[luck < chance], luck[luck < chance]
    schools.warned[fresh] = state.year + WARNED
    state.log.add(
        "intervene",
        rule="intervention",
        school=fresh,
        trust=schools.trust[fresh],
        region=schools.region[fresh],
        reason="it is below Good for the second time running",
        value=luck,
        threshold=chance,
        margin=chance - luck,
        inputs={"grade": schools.grade[fresh], "before": schools.grade_before[fresh]},
    )


def _propose(state: State, p: InterventionParams, rule: Rule) -> set[int]:
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
            verdict = rule.judge(inputs)
            why = {"rule": rule.key, **verdict.grounds(0, inputs)}
            if not verdict.yes[0]:
                thwart(state, row, "it would rather stay as it is", other=other, **why)
                continue
        _unite(state, p, np.array([trust]), np.array([into]), why)
        involved.update((trust, into))
    return involved


def _unfit(state: State, p: InterventionParams, row: int, other: int, involved: set[int]) -> str:
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
        (trusts.schools[trust] > p.merge_largest, f"trusts of more than {p.merge_largest:g} schools are not taken in"),
        (_partners(state, p, np.array([trust]), able)[0] < 0, "they are too far apart, or of another faith"),
        (trusts.capacity[into] <= p.merge_capacity, "the larger trust has not the capacity for it"),
        (struck.paused[trusts.lead[both]].any() or row in struck.paused_trusts, "growth is paused"),
    )
    return next((words for holds, words in reasons if holds), "")


def _inputs(state: State, p: InterventionParams, rows: Rows) -> dict[str, NDArray[np.float64]]:
    """What trusts weigh of a merger: arrays of their number."""
    trusts = state.trusts
    share = trusts.reserves_share[rows]
    return {
        "strain": np.clip(1.0 - trusts.capacity[rows], 0.0, 1.0) * (trusts.schools[rows] > 1),
        "money": np.clip(0.5 - share * p.merge_reserves, 0.0, 1.0),
        "small": np.clip((p.merge_small_below - trusts.schools[rows]) / (p.merge_small_below - 1.0), 0.0, 1.0),
        "policy": np.full(len(rows), at(p.merge_policy, state.year)),
        "chief": (trusts.chief_years[rows] < 1.0).astype(float),
        "luck": state.streams.logistic("merging", state.year, trusts.luck[rows]),
    }


def _merge(state: State, p: InterventionParams, involved: set[int]) -> None:
    """Let small and strained trusts merge of their own will, but for those that have grown or vanished already."""
    trusts, struck = state.trusts, state.struck
    rows = state.multi()
    grown = trusts.founded[rows] <= state.year + 1.0 - p.merge_age
    rows = rows[grown & (trusts.schools[rows] <= p.merge_largest) & ~struck.paused[trusts.lead[rows]]]
    directed_growth = directed_rows(state.directed, lambda d: bool(d.growth))  # whether to merge is theirs to be told
    settled = np.zeros(len(trusts), bool)
    settled[[*directed_growth, *involved, *struck.paused_trusts]] = True
    rows = rows[~settled[rows]]
    if not len(rows):
        return
    # a partner is looked for only by those who would take one
    inputs = _inputs(state, p, rows) | {"partner": np.ones(len(rows))}
    verdict = merge_rule(p).judge(inputs)
    willing = np.flatnonzero(verdict.yes)
    willing = willing[state.streams.order("merging/order", state.year, trusts.luck[rows[willing]])]
    able = trusts.active & (trusts.kind == TrustKind.MULTI) & (trusts.capacity > p.merge_capacity) & (trusts.target > 1)
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


def _unite(state: State, p: InterventionParams, trusts: Rows, into: Rows, why: Why) -> None:
    """Make the mergers; the schools taken in lose some heart, and what they were promised."""
    schools = state.schools
    members = np.concatenate([state.members(trust) for trust in trusts.tolist()])
    Merge(trusts, into, state.year + CHANGE, why).apply(state)
    schools.buyin[members] *= p.merge_buyin
    schools.promised[members] = schools.autonomy[members]


def _partners(state: State, p: InterventionParams, rows: Rows, able: NDArray[np.bool_]) -> Rows:
    """For each trust the largest able trust among its lead school's neighbours, or −1."""
    trusts, near = state.trusts, state.world.neighbours
    lead = trusts.lead[rows]
    index = near.index[lead]
    owner = np.where((index >= 0) & (near.minutes[lead] <= p.merge_reach), state.schools.trust[index], -1)
    same_faith = (trusts.denomination[owner] == Denomination.ROMAN_CATHOLIC) == (
        trusts.denomination[rows] == Denomination.ROMAN_CATHOLIC
    )[:, None]
    good = (owner >= 0) & (owner != rows[:, None]) & able[owner] & same_faith
    # a rank by size (ties by identifier, not by row) turns "the largest good one" into a minimum; a rank of
    # len(trusts) stands for nobody and reads the −1 appended at the end
    first = np.lexsort((trusts.uid, -trusts.schools))
    rank = np.empty(len(trusts), np.intp)
    rank[first] = np.arange(len(trusts))
    best = np.where(good, rank[owner], len(trusts)).min(axis=1, initial=len(trusts))
    return np.asarray(np.append(first, -1)[best])
