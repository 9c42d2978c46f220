"""Clusters: two to about six schools of one phase within about twenty minutes, under an executive head (C1, C3).

Formed and reformed by one rule. Members stay together while the cluster stands; a school without one joins the
nearest cluster of its trust and phase that it is close enough to all of, if there is room; otherwise the
closest two or more schools without one make a new cluster, if the trust has a leader ready to head it.
Sharing a trust and a region does not make a cluster.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param, switch
from matsim.mechanisms.directed.unfulfilled import thwart
from matsim.mechanisms.executives import follow
from matsim.mechanisms.heads import NOBODY
from matsim.mechanisms.pairs import close_pairs
from matsim.state.directions import directed_rows
from matsim.state.state import Rows, State
from matsim.world.geography import TravelParams

type Floats = NDArray[np.float64]
type Event = tuple[str, int, float]
"""What happened to clusters: what, school, minutes."""
type Fit = tuple[int, int, list[float]]
"""A loose school, a cluster that it is close to all of, and the minutes to each of its schools."""


class ClusterParams(Params):
    """What a cluster is."""

    on: bool = switch()
    """Whether trusts form clusters."""
    minutes: float = param(20.0, "minutes", "hill-clusters", plausible=(15, 30))
    """Longest travel time between any two schools of a cluster."""
    largest: int = param(6, "schools", "hill-clusters", plausible=(5, 8))
    """Most schools in a cluster."""
    from_schools: int = param(3, "schools", "hill-clusters", plausible=(2, 6))
    """Trusts smaller than this work as one group and form no clusters."""


def reform(state: State, p: ClusterParams, travel: TravelParams) -> None:
    """Form clusters wherever loose schools lie close and a leader is ready."""
    if not p.on:
        return
    without = directed_rows(state.directed, lambda d: d.clusters == -1)
    if len(without):
        _dissolve(state, without)
    alone = _tidy(state)
    state.schools.executive[state.schools.cluster < 0] = NOBODY
    work = _Work(state, p)
    work.place(*_open_to_change(state, p, travel, without))
    work.write()
    follow(state)
    _log(state, p, alone, work.events)
    _count(state)
    _unled(state, p)


def _dissolve(state: State, trusts: Rows) -> None:
    """Dissolve the clusters of trusts that are told to have none."""
    schools = state.schools
    rows = np.flatnonzero(np.isin(schools.trust, trusts) & (schools.cluster >= 0))
    first = rows[schools.cluster[rows] == rows]
    schools.cluster[rows] = -1
    state.log.add("cluster", rule="directed", trust=schools.trust[first], school=first, reason="dissolved")


def _unled(state: State, p: ClusterParams) -> None:
    """Log the trusts that are told to have clusters and have none, and why."""
    trusts = state.trusts
    for row in directed_rows(state.directed, lambda d: d.clusters is not None and d.clusters >= 0).tolist():
        if trusts.clusters[row]:
            continue
        if trusts.schools[row] < p.from_schools:
            why = f"a trust of fewer than {p.from_schools} schools forms no clusters"
        elif trusts.bench[row] < 1.0:
            why = "nobody is ready to lead a cluster"
        else:
            why = f"no two of its schools of a phase lie within {p.minutes:g} minutes"
        thwart(state, row, why)


def _tidy(state: State) -> Rows:
    """Where schools have left: dissolve clusters of one, and name each after its first member again.

    Returns the schools whose clusters are dissolved.
    """
    schools = state.schools
    rows = np.flatnonzero(schools.cluster >= 0)
    name = schools.cluster[rows]
    alone = np.bincount(name, minlength=len(schools))[name] < 2
    first = np.empty(len(schools), np.intp)
    first[name[::-1]] = rows[::-1]  # of all members of a cluster its first is written last
    schools.cluster[rows] = np.where(alone, -1, first[name])
    return np.asarray(rows[alone])


def _open_to_change(state: State, p: ClusterParams, travel: TravelParams, without: Rows) -> tuple[Rows, Rows, Floats]:
    """Pairs of schools close enough for a cluster, one of them loose at least, in trusts that may form clusters."""
    schools, trusts = state.schools, state.trusts
    multi = state.multi()
    may = np.zeros(len(trusts) + 1, bool)  # the last is for schools outside trusts, whose trust is −1
    may[multi] = trusts.schools[multi] >= p.from_schools
    may[without] = False
    loose = (schools.cluster < 0) & may[schools.trust]
    a, b, time = close_pairs(state, travel, p.minutes)
    pick = np.flatnonzero(loose[a] | loose[b])
    return a[pick], b[pick], time[pick]


def _fits(state: State, p: ClusterParams, school: Rows, other: Rows, time: Floats) -> list[Fit]:
    """The clusters with room that loose schools fit, in order of schools, given all clustered ones close to them."""
    cluster = state.schools.cluster
    size = np.bincount(cluster[cluster >= 0], minlength=len(cluster))
    roomy = np.flatnonzero(size[cluster[other]] < p.largest)
    if not len(roomy):
        return []
    school, other, time = school[roomy], other[roomy], time[roomy]
    which = school * len(cluster) + cluster[other]  # of a school and a cluster
    order = np.lexsort((other, which))
    which, minutes = which[order], time[order].tolist()
    begin = np.flatnonzero(np.concatenate(([True], which[1:] != which[:-1])))
    end = np.concatenate((begin[1:], [len(which)]))
    school, into = np.divmod(which[begin], len(cluster))
    fit = np.flatnonzero(end - begin == size[into])
    each = zip(*(values[fit].tolist() for values in (school, into, begin, end)), strict=True)
    return [(s, c, minutes[i:j]) for s, c, i, j in each]


class _Work:
    """Clusters while they are worked out: plain Python, of only the schools that something can change for."""

    def __init__(self, state: State, p: ClusterParams) -> None:
        self.state, self.p = state, p
        self.near: dict[int, dict[int, float]] = defaultdict(dict)
        """Minutes between loose schools."""
        self.placed: dict[int, int] = {}
        """The cluster of each school that is loose no longer."""
        self.renamed: dict[int, int] = {}
        """What clusters are called now that a school has joined: each is named after the first of its schools."""
        self.events: list[Event] = []

    def place(self, a: Rows, b: Rows, time: Floats) -> None:
        """Place loose schools: into clusters where they fit, else into new ones, closest first."""
        if not len(a):
            return
        schools, trusts = self.state.schools, self.state.trusts
        loose = schools.cluster < 0
        first = loose[a]
        alike = first & loose[b]
        one = np.flatnonzero(~alike)
        fits = _fits(self.state, self.p, np.where(first, a, b)[one], np.where(first, b, a)[one], time[one])
        fitting = np.zeros(len(schools), bool)
        fitting[[school for school, _, _ in fits]] = True
        trust = schools.trust[a]
        both = np.flatnonzero(alike & ((trusts.bench[trust] >= 1.0) | (fitting[a] & fitting[b])))
        trust = trust[both]
        pairs = list(zip(trust.tolist(), *(values[both].tolist() for values in (time, a, b)), strict=True))
        for _, t, i, j in pairs:
            self.near[i][j] = self.near[j][i] = t
        self._join(fits)
        bench = dict(zip(trust.tolist(), trusts.bench[trust].tolist(), strict=True))
        self._form(sorted(pairs), bench)
        trusts.bench[list(bench)] = list(bench.values())

    def _join(self, fits: list[Fit]) -> None:
        """Place each school, in order, in the nearest of the clusters that it fits."""
        joined: dict[int, list[int]] = {}
        for school, options in groupby(fits, key=itemgetter(0)):
            near, still = self.near[school], []
            for _, cluster, minutes in options:
                # those who have joined it just now take up room, and have to be close as well
                others = joined.get(cluster)
                if others and (len(minutes) + len(others) >= self.p.largest or not near.keys() >= set(others)):
                    continue
                every = minutes + [near[s] for s in others] if others else minutes
                still.append((sum(every), cluster, max(every)))
            if still:
                _, cluster, longest = min(still)
                joined.setdefault(cluster, []).append(school)
                self.events.append(("joined", school, longest))
        for cluster, others in joined.items():
            name = min(cluster, *others)
            self.renamed[cluster] = name
            self.placed |= dict.fromkeys(others, name)

    def _form(self, pairs: list[tuple[int, float, int, int]], bench: dict[int, float]) -> None:
        """New clusters of schools that are loose still, closest first, while their trust has a leader ready."""
        near, placed = self.near, self.placed
        for trust, time, i, j in pairs:
            if bench[trust] < 1.0 or i in placed or j in placed:
                continue
            bench[trust] -= 1.0  # the leader who steps up to be executive head
            members = [i, j]
            self.events.append(("formed", i, time))
            to_i, to_j = near[i], near[j]
            others = [(max(to_i[s], to_j[s]), s) for s in to_i.keys() & to_j.keys() if s not in placed]
            for _, s in sorted(others):
                if len(members) < self.p.largest and near[s].keys() >= set(members):
                    self.events.append(("joined", s, max(near[s][m] for m in members)))
                    members.append(s)
            placed |= dict.fromkeys(members, min(members))

    def write(self) -> None:
        """Put the clusters into the column of schools."""
        if not self.placed:
            return
        schools = self.state.schools
        name = np.arange(len(schools))
        name[list(self.renamed)] = list(self.renamed.values())
        rows = np.flatnonzero(schools.cluster >= 0)
        schools.cluster[rows] = name[schools.cluster[rows]]
        schools.cluster[list(self.placed)] = list(self.placed.values())


def _log(state: State, p: ClusterParams, alone: Rows, events: list[Event]) -> None:
    """Log what happened to clusters: those dissolved, then the others, each trust by trust."""
    dissolved: list[Event] = [("dissolved", school, np.nan) for school in alone.tolist()]
    if not dissolved and not events:
        return
    reason, school, time = zip(*dissolved, *events, strict=True)
    trust = state.schools.trust[list(school)]
    order = np.lexsort((trust, np.arange(len(trust)) >= len(alone)))  # which keeps what happened to one trust in order
    value = np.array(time)[order]
    state.log.add(
        "cluster",
        rule="clusters",
        trust=trust[order],
        school=np.array(school)[order],
        reason=np.array(reason, dtype=object)[order],
        value=value,
        threshold=p.minutes,
        margin=p.minutes - value,
    )


def _count(state: State) -> None:
    """Bring each trust's number of clusters and share of clustered schools up to date."""
    schools, trusts = state.schools, state.trusts
    rows = state.in_trusts()
    inside = schools.cluster[rows] >= 0
    n = len(trusts)
    trusts.clustered = np.bincount(schools.trust[rows], weights=inside, minlength=n) / np.maximum(trusts.schools, 1)
    first = rows[schools.cluster[rows] == rows]
    trusts.clusters = np.bincount(schools.trust[first], minlength=n)
