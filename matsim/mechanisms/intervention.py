"""Commissioners step in: schools of failing trusts are put up for others (B8)."""

from __future__ import annotations

import numpy as np

from matsim.evidence.calibrated import fitted
from matsim.evidence.parameters import Dated, Params, at, param, switch
from matsim.mechanisms.inspection import below_twice
from matsim.mechanisms.support import supported
from matsim.mechanisms.trust_inspection import FAILING
from matsim.state.state import State
from matsim.world.codes import Grade, TrustKind

FAILED, CONDEMNED = "its trust is failing", "inspectors found its trust failing"
"""Why all of a trust's schools are put up for others."""

WARNED = 0.9
"""Part of a school year after which commissioners step in."""


class InterventionParams(Params):
    """When there is intervention."""

    on: bool = switch()
    """Whether there is intervention in failing trusts."""
    warn_chance: float = param(
        fitted("intervention.warn_chance"), "share per year", "calibration", plausible=(0.1, 0.7)
    )
    """Chance in a year that an academy judged Inadequate, the only one of its trust, is put up for another trust (61 of
    about 170 in 2017/18)."""
    since: int = param(2014, "year", "hcl-7308", plausible=(2010, 2030))
    """Year from which somebody can step in: the first who decided for regions took office in September 2014."""
    twice: Dated = param({2010: 0.0, 2022: 0.02, 2024: 0.0}, "share per year", "coasting", plausible=(0.0, 0.1))
    """Chance in a year that an academy that requires improvement and was below Good before too is put up for another
    trust, from the year given, once it was inspected in its trust (see `orders.twice`)."""
    trust_failing: float = param(0.6, "share", "assumed: half its schools failing", plausible=(0.3, 0.8))
    """Share of a trust's schools judged Inadequate from which all of them are put up for other trusts."""
    red_years: int = param(4, "years", "assumed: patience with deficits", plausible=(2, 5))
    """Years with reserves below zero after which all of a trust's schools are put up for other trusts."""


def act(state: State, p: InterventionParams) -> None:
    """Put failing schools and trusts up for others."""
    if p.on and state.year >= p.since:
        _warn(state, p)
        _warn_twice(state, at(p.twice, state.year))


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
    # and so does one whose trust has others: it is worked on there
    one = failing & (size == 1) & (luck < p.warn_chance) & ~supported(state, rows)
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
