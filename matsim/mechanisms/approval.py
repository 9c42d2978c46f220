"""Commissioners judge what trusts and schools apply for (B3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.core.rules import Verdict
from matsim.evidence.parameters import Params, at, param, switch
from matsim.state.state import Bids, Rows, State
from matsim.world.base import REGIONS
from matsim.world.codes import Grade

type Floats = NDArray[np.float64]


class ApprovalParams(Params):
    """How a case is seen by the commissioner."""

    on: bool = switch()
    """Whether joining needs approval."""
    lone: float = param(
        0.5, "ratio", "assumed: a trust of one has a head to spare, but no central team", plausible=(0.4, 1.5)
    )
    """Capacity that is seen in a trust of one school."""
    expected_schools: float = param(10.0, "schools", "white-paper-2022", plausible=(5, 15), gt=0.0)
    """Schools of a trust of the size that was expected from 2022, where it is weighed (`size`)."""
    expected_pupils: float = param(7500.0, "pupils", "white-paper-2022", plausible=(3000, 10_000), gt=0.0)
    """Pupils of such a trust: either will do."""
    priority_years: int = param(3, "years", "assumed: plans of three years", plausible=(1, 6), ge=1)
    """Years that a region's drawn priorities hold."""


def applications(state: State, p: ApprovalParams, bids: Bids, nearness: Floats) -> dict[str, Floats]:
    """What a commissioner knows of each application (see `matsim.policies`); its size only once one is expected."""
    schools, trusts = state.schools, state.trusts
    s, t = bids.school, bids.trust
    # of a grant for groups nobody knows yet who else will come
    sure = state.climate.convert_grant * (state.climate.convert_group <= 1)
    # an academy that changes trusts of its own will gets none
    grant = np.where(bids.forced, state.climate.sponsor_grant, sure * (schools.trust[s] < 0))
    weak = schools.grade[s] >= Grade.REQUIRES_IMPROVEMENT
    # the same for some years on end: the year is divided, so that the draw changes only every `priority_years`
    regions, copies = state.regions(), np.arange(state.world.copies)
    commissioners = state.streams.identities("commissioner", regions, copies[:, None])
    priority = np.zeros((len(copies), len(REGIONS)))
    drawn = state.streams.uniform("approval/priority", state.year // p.priority_years, commissioners)
    priority[:, regions] = 2.0 * drawn - 1.0
    for c in state.commissioners:
        if c.policy.stated:
            priority[:, c.region] = at(c.policy.priorities, state.year)
    expected = any("size" in commissioner.weighs(state.year) for commissioner in state.commissioners)
    size = {"size": _size(state, p, bids)} if expected else {}
    return {
        "capacity": np.where(trusts.schools[t] > 1, trusts.capacity[t], p.lone),
        "record": trusts.record[t],
        "need": (bids.forced | weak).astype(float),
        "nearness": nearness,
        "money": np.clip((-schools.reserves[s] - grant) / np.maximum(schools.income[s], 1.0), 0.0, 1.0),
        "priority": np.where(weak, priority[schools.copy[s], schools.region[s]], 0.0),
        "board": _normal(state.streams.pair("approval/board", state.year, schools.luck[s], trusts.luck[t])),
        "failing": trusts.failing[t] / np.maximum(trusts.schools[t], 1),
        "pressure": trusts.pressure[t].max(axis=1),
        **size,
    }


def _size(state: State, p: ApprovalParams, bids: Bids) -> Floats:
    """How near each trust would come to the size expected with the school that it bid for: −0.5 to 0.5."""
    trusts, schools = state.trusts, state.schools
    number = trusts.schools[bids.trust] + 1.0
    pupils = trusts.pupils[bids.trust] + schools.pupils[bids.school]
    return np.asarray(np.maximum(number / p.expected_schools, pupils / p.expected_pupils).clip(0.0, 1.0) - 0.5)


LOGISTIC_SCALE = 1.702
"""Makes a logistic draw as wide as a standard normal one (Bowling et al. 2009)."""


def _normal(u: Floats) -> Floats:
    """Standard normal quantile by the logistic approximation: enough for a board's mood."""
    return np.log(u / (1.0 - u)) / LOGISTIC_SCALE


def judge(
    state: State, p: ApprovalParams, bids: Bids, inputs: dict[str, Floats]
) -> tuple[NDArray[np.bool_], Verdict | None]:
    """Each commissioner settles its applications, the first of those of one policy for all: in the order of bids."""
    n = len(bids.school)
    if not p.on:
        return np.ones(n, bool), None
    # regions that share a policy are judged in one call, by the first of their commissioners
    first: dict[int, int] = {}
    alike = np.zeros(len(REGIONS), np.intp)
    for c in state.commissioners:
        alike[c.region] = first.setdefault(id(c.policy), c.region)
    if len(first) == 1:
        verdict = state.commissioners[0].settle(inputs, state.year)
        return verdict.yes, verdict
    fields = {k: np.zeros(n) for k in ("score", "binding", "value", "limit", "margin")}
    yes = np.zeros(n, bool)
    judge = alike[state.schools.region[bids.school]]
    for region in first.values():
        pick = np.flatnonzero(judge == region)
        if not len(pick):
            continue
        verdict = state.commissioner(region).settle({k: v[pick] for k, v in inputs.items()}, state.year)
        yes[pick] = verdict.yes
        for name, whole in fields.items():
            whole[pick] = getattr(verdict, name)
    binding = fields["binding"].astype(np.intp)
    return yes, Verdict(yes, fields["score"], binding, fields["value"], fields["limit"], fields["margin"])


def paused(state: State, bids: Bids) -> NDArray[np.bool_]:
    """Applications that no commissioner looks at this year."""
    struck = state.struck
    trusts = np.zeros(len(state.trusts), bool)
    trusts[list(struck.paused_trusts)] = True
    return struck.paused[bids.school] | trusts[bids.trust]


def log_verdicts(
    state: State, bids: Bids, inputs: dict[str, Floats], verdicts: Verdict, approved: Rows, refused: Rows
) -> None:
    """Log what commissioners decided on the applications that were made."""
    grounds = {c.region: c.grounds(state.year) for c in state.commissioners}
    for event, pick in (("approve", approved), ("refuse", refused)):
        region = state.schools.region[bids.school[pick]]
        bound = zip(region.tolist(), verdicts.binding[pick].tolist(), strict=True)
        state.log.add(
            event,
            rule="approval",
            school=bids.school[pick],
            trust=bids.trust[pick],
            region=region,
            reason=np.array([grounds[r][b + 1] for r, b in bound], dtype=object),
            **verdicts.grounds(pick, inputs),
        )


def log_paused(state: State, bids: Bids, stopped: Rows) -> None:
    """Log the applications that no commissioner looked at."""
    state.log.add(
        "refuse",
        rule="growth pause",
        reason="growth is paused",
        school=bids.school[stopped],
        trust=bids.trust[stopped],
        region=state.schools.region[bids.school[stopped]],
    )
