"""How a cluster is governed and how far it has come: governance forms, seven dimensions, four stages (C5, F4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.mechanisms.ladders import DELEGATED, IMPROVEMENT, LADDERS, TOPS
from matsim.mechanisms.ladders import GOVERNANCE as GOVERNANCE_LADDER
from matsim.selfcheck.cluster import ClusterParams as CheckParams
from matsim.selfcheck.cluster import evaluate
from matsim.state.state import Rows, State

type Floats = NDArray[np.float64]

GOVERNANCE = ("none beyond local bodies", "informal meetings", "advisory", "delegated")
"""Emerging forms of cluster governance (Hill)."""


HIGHEST, LOWEST = 1.0, 4.0
"""The published scale of each dimension, from strong to non-existent."""


class ClusterLifeParams(Params):
    """How clusters are governed and grow up."""

    governance_on: bool = switch()
    """Whether trusts give clusters governance of their own (C5); off, none has any."""
    evaluation_on: bool = switch()
    """Whether clusters evaluate themselves, and how far they have come scales what they add (F4)."""
    informal_from: int = param(1, "count", "assumed: meetings begin with the first cluster", plausible=(1, 3))
    """Clusters from which chairs of local bodies meet."""
    advisory_from: int = param(2, "count", "assumed: some have formalised a role", plausible=(2, 5))
    """Clusters from which there are advisory bodies."""
    delegated_rung: int = param(2, "count", "building-trusts", plausible=(1, 3))
    """Rung of the governance ladder from which cluster bodies hold delegated powers (four tiers)."""
    growing: float = param(0.3, "ratio", "assumed: a stage takes three years or so", plausible=(0.1, 0.6))
    """Pace of growing up: each dimension improves by half as many points in a year while nothing stands against it."""
    near: float = param(20.0, "minutes", "hill-clusters", plausible=(10, 30), ge=1.0)
    """Travel time between its schools over which the nearness of a cluster falls to about a third."""
    far: float = param(60.0, "minutes", "assumed: beyond an hour nothing is near", plausible=(40, 90))
    """Travel time beyond which farther is no worse."""
    led: float = param(0.8, "share", "assumed: a head in post is most of leadership", plausible=(0.5, 1.0))
    """Strength of leadership where every school has a head."""
    ungoverned: float = param(0.3, "share", "assumed: local bodies know of the cluster", plausible=(0.0, 0.5))
    """Strength of governance where the cluster has none of its own."""
    governed: float = param(0.6, "share", "assumed: delegated powers are nearly all there is", plausible=(0.3, 0.7))
    """Rise of that strength where its bodies hold delegated powers."""
    separate: float = param(0.8, "share", "assumed: identity stands against shared ways", plausible=(0.4, 1.0))
    """Loss of strength in shared ways where schools are wholly attached to their own identity."""
    harsh: float = param(0.4, "points", "assumed: leaders know what is missing", plausible=(0.0, 1.0))
    """Points by which leaders score a new cluster worse than it is (1 strong to 4 non-existent)."""
    outside: float = param(0.9, "points", "assumed: governors see what they have a part in", plausible=(0.0, 2.0))
    """Points by which governors score it worse still where clusters have no governance of their own."""
    check: CheckParams = CheckParams()


def evaluate_clusters(state: State, p: ClusterLifeParams) -> None:
    """Set each trust's cluster governance and the stage of every led cluster."""
    schools = state.schools
    _govern(state, p)
    schools.stage[:] = 1  # "developing", where nothing is known
    if not p.evaluation_on:
        return
    rows = np.flatnonzero(schools.cluster >= 0)
    schools.cluster_years[schools.cluster < 0] = 0.0
    if not len(rows):
        return
    schools.cluster_years[rows] += 1.0
    name, group = np.unique(schools.cluster[rows], return_inverse=True)
    result = evaluate(_scores(state, p, rows, group, len(name)), p.check)
    before = schools.stage_before[rows].copy()
    schools.stage[rows] = result.stage[group]
    schools.stage_before[rows] = schools.stage[rows]
    moved = (schools.stage[rows] != before) & (rows == schools.cluster[rows])
    pick = rows[moved]
    state.log.add(
        "evaluate",
        rule="cluster check",
        school=pick,
        trust=schools.trust[pick],
        value=schools.stage[pick].astype(float),
        threshold=before[moved].astype(float),
        margin=schools.stage[pick].astype(float) - before[moved],
        inputs={"leaders": result.totals[group][moved, 0], "governors": result.totals[group][moved, 1]},
    )


def _govern(state: State, p: ClusterLifeParams) -> None:
    """Governance of clusters: more of it with more clusters, delegated where the trust has tiers for it."""
    trusts = state.trusts
    rows = state.multi()
    count = trusts.clusters[rows]
    form = np.where(
        count < p.informal_from,
        0,
        np.where(
            trusts.rung[rows, GOVERNANCE_LADDER] >= p.delegated_rung,
            DELEGATED,
            np.where(count >= p.advisory_from, 2, 1),
        ),
    )
    for row, direction in state.directed.items():
        wish = direction.clusters
        if wish is None:
            continue
        if wish == DELEGATED and trusts.rung[row, GOVERNANCE_LADDER] < p.delegated_rung and trusts.clusters[row]:
            tiers = LADDERS[GOVERNANCE_LADDER].rungs[p.delegated_rung].name
            thwart(state, row, f"cluster bodies cannot hold delegated powers without {tiers}")
            wish = DELEGATED - 1
        form[rows == row] = max(wish, 0)
    before = trusts.cluster_governance[rows].copy()
    trusts.cluster_governance[rows] = np.where(count > 0, form, 0) * p.governance_on
    changed = trusts.cluster_governance[rows] != before
    now = trusts.cluster_governance[rows[changed]]
    state.log.add(
        "govern",
        rule="cluster life",
        trust=rows[changed],
        reason=np.array(GOVERNANCE, dtype=object)[now],
        value=now.astype(float),
        threshold=before[changed].astype(float),
        margin=now.astype(float) - before[changed],
        inputs={"clusters": count[changed], "rung": trusts.rung[rows[changed], GOVERNANCE_LADDER]},
    )


def _scores(state: State, p: ClusterLifeParams, rows: Rows, group: Rows, count: int) -> Floats:
    """The seven dimensions as leaders and governors would score them, 1 strong to 4 non-existent: (count, 2, 7)."""
    schools, trusts = state.schools, state.trusts
    size = np.bincount(group, minlength=count)

    def mean(values: Floats) -> Floats:
        return np.bincount(group, weights=values, minlength=count) / size

    of = schools.trust[rows]
    years = mean(schools.cluster_years[rows])
    grown = p.growing * years
    buyin, identity = mean(schools.buyin[rows]), mean(schools.identity[rows])
    vision = mean(trusts.coherence[of])
    head = mean(np.where(schools.vacancy[rows], 0.0, 1.0))
    governed = mean(trusts.cluster_governance[of].astype(float)) / DELEGATED
    review = mean(trusts.rung[of, IMPROVEMENT].astype(float)) / float(TOPS[IMPROVEMENT])
    close = mean(np.exp(-np.minimum(schools.mate_minutes[rows], p.far) / p.near))
    governance = p.ungoverned + p.governed * governed
    ways = 1.0 - identity * p.separate
    strength = np.column_stack([close, vision, head * p.led, governance, buyin, review, ways])
    leaders = LOWEST - (LOWEST - HIGHEST) * strength - grown[:, None] * 0.5 + p.harsh
    governors = leaders + p.outside * (1.0 - governed)[:, None]
    return np.clip(np.rint(np.stack([leaders, governors], axis=1)), HIGHEST, LOWEST)
