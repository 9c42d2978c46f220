"""The cluster self-evaluation: seven dimensions scored by school leaders and by governors.

Scores run from 1 (strong) to 4 (non-existent), so a high total is a weak cluster. The source asks each group
to add up its scores and says where to start: high, build structures; leaders and governors apart, settle the
governance agreement; low, innovate. It gives no numbers for high, apart or low: those here are assumed.
The same function judges thousands of simulated clusters and one real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, param
from matsim.evidence.strategy import Item
from matsim.selfcheck.csvinput import Field, duplicates, plain, read_form, same_name, spellings
from matsim.words.amounts import decimals

type Floats = NDArray[np.float64]
type Codes = NDArray[np.int8]

DIMENSIONS: tuple[Item, ...] = (
    Item("identity", "Sense of shared identity between schools"),
    Item("purpose", "Common purpose and a joint vision"),
    Item("leadership", "Strong cohesive leadership at all levels in all the schools"),
    Item("management", "A management structure"),
    Item("trust", "Level of trust"),
    Item("review", "A system of review of how effective the partnership is"),
    Item("commitment", "Commitment to the partnership"),
)
"""Scored 1 (strong) to 4 (non-existent)."""

PURPOSE = 1
"""Where the joint vision stands among DIMENSIONS."""

WHO = ("leaders", "governors")
STAGES = ("beginning", "developing", "embedding", "going beyond")
STARTS = ("structures", "governance agreement", "innovate")
START_WORDS = (
    "build and strengthen the cluster's structures, with outside help, and be pragmatic about the rest",
    "settle the cluster's agreement and a form of governance that fits how closely the schools work together",
    "adapt shared work fully to the cluster's own circumstances and try new approaches",
)
"""What each of STARTS means, in the order of the source."""

FORM: tuple[Field, ...] = (
    Field("cluster", needed=False),
    Field("group", choices=WHO, filled=True),
    *(Field(d.key, d.wording, low=1, high=4) for d in DIMENSIONS),
)


class StageParams(Params):
    """Cut-offs between the stages of a cluster, also of simulated ones. The source has the words and no numbers."""

    beginning: float = param(3.25, "score 1-4", "assumed: even quarters of the scale", plausible=(2.9, 3.6))
    """Mean score from which a cluster is beginning."""
    developing: float = param(2.5, "score 1-4", "assumed: even quarters of the scale", plausible=(2.2, 2.8))
    """Mean score from which a cluster is developing."""
    embedding: float = param(1.75, "score 1-4", "assumed: even quarters of the scale", plausible=(1.4, 2.1))
    """Mean score from which a cluster is embedding; below it, it goes beyond."""


class ClusterParams(StageParams):
    """Cut-offs of the self-evaluation of real clusters: the stages', and those of where to start."""

    high: float = param(2.5, "score 1-4", "assumed: the middle of the scale", plausible=(2.2, 3.0))
    """Mean score from which a cluster starts with its structures."""
    low: float = param(2.0, "score 1-4", "assumed: every dimension next to strong", plausible=(1.5, 2.3))
    """Mean score up to which a cluster starts with innovation."""
    apart: float = param(0.5, "ratio", "assumed: half the dimensions one point apart", plausible=(0.25, 1.0))
    """Difference between leaders' and governors' mean scores, in points, that counts as a discrepancy."""


@dataclass(frozen=True)
class ClusterScores:
    """n clusters judged.

    `totals` (n, 2): leaders' and governors', 7 to 28, made up to seven dimensions where some are blank, nan
    where all are. `discrepancy` (n,): leaders minus governors in total points over what both scored. `mean`
    (n,): 1-4 over both groups. `stage`, `start` (n,): index into STAGES and STARTS, −1 where nobody scored.
    `vision_first` (n,) bool: the joint vision is itself weak, and the source asks about it before all else.
    """

    totals: Floats
    discrepancy: Floats
    mean: Floats
    stage: Codes
    start: Codes
    vision_first: NDArray[np.bool_]


def stages(scores: Floats, p: StageParams) -> tuple[Floats, Floats, Codes]:
    """Of n clusters with scores as for `evaluate`: each group's mean (n, 2), that of both (n,), and the stage (n,)."""
    by_group = _mean(scores)
    mean = _mean(by_group)
    stage = sum((mean < cut).astype(np.int8) for cut in (p.beginning, p.developing, p.embedding))
    return by_group, mean, np.where(np.isnan(mean), np.int8(-1), stage)


def evaluate(scores: Floats, params: ClusterParams | None = None) -> ClusterScores:
    """Judge n clusters from scores (n, 2, 7): leaders then governors, 1 strong to 4 non-existent, nan blank.

    A high mean starts with structures; otherwise a discrepancy, or a mean between high and low, starts with
    the governance agreement; a low mean with agreement between the groups starts with innovation.
    """
    p = params or ClusterParams()
    by_group, mean, stage = stages(scores, p)
    gap = _mean(scores[:, 0] - scores[:, 1])
    settle = (mean > p.low) | (np.abs(gap) >= p.apart)
    start = np.where(mean >= p.high, 0, np.where(settle, 1, 2))
    silent = np.isnan(mean)
    width = scores.shape[2]
    return ClusterScores(
        by_group * width,
        gap * width,
        mean,
        stage,
        np.where(silent, -1, start).astype(np.int8),
        _mean(scores[:, :, PURPOSE]) >= p.high,
    )


def _mean(values: Floats) -> Floats:
    """Mean over the last axis of what is known; nan where nothing is."""
    total = values.sum(axis=-1)
    if values.shape[-1] and np.isfinite(total).all():  # nothing is blank
        return np.asarray(total / values.shape[-1])
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


@dataclass(frozen=True)
class ClusterResult:
    """One real cluster, fields as in ClusterScores.

    `scores` maps leaders and governors to seven means (nan blank); `respondents` counts who answered of each.
    """

    cluster: str
    respondents: tuple[int, int]
    scores: dict[str, tuple[float, ...]]
    totals: tuple[float, float]
    discrepancy: float
    mean: float
    stage: str
    start: str
    vision_first: bool

    def sentences(self) -> list[str]:
        """What the cluster's heads and governors should read."""
        name = self.cluster or "This cluster"
        whole = 4 * len(DIMENSIONS)
        totals = [f"{w} {decimals(t, 1)}" for w, t in zip(WHO, self.totals, strict=True) if np.isfinite(t)]
        lines = [f"{name} is {self.stage}: {' and '.join(totals)} out of {whole}, where {whole} is the weakest."]
        for who, count in zip(WHO, self.respondents, strict=True):
            if count == 0:
                lines.append(f"No {who} answered: whether the two groups agree cannot be seen; ask them first.")
            elif count == 1:
                lines.append(f"Only one of the {who} answered: that is one person's view.")
        if self.vision_first:
            lines.append("Before anything else, put a joint vision and purpose for the cluster into words.")
        lines.append(f"Start here: {START_WORDS[STARTS.index(self.start)]}.")
        return lines + self._apart() + self._weakest()

    def _apart(self) -> list[str]:
        if not np.isfinite(self.discrepancy):
            return []
        gaps = np.subtract(*(np.array(self.scores[w]) for w in WHO))
        widest = int(np.nanargmax(np.abs(gaps)))
        who = f"{decimals(self.scores['leaders'][widest], 1)} against {decimals(self.scores['governors'][widest], 1)}"
        text = f"Leaders and governors differ by {decimals(abs(self.discrepancy), 1)} points in total"
        if gaps[widest] == 0:
            return [text + "."]
        return [f"{text}, most about '{DIMENSIONS[widest].wording}' ({who}; 1 is strong)."]

    def _weakest(self) -> list[str]:
        means = _mean(np.array([self.scores[w] for w in WHO]).T)
        weakest = int(np.nanargmax(means))
        if means[weakest] == np.nanmin(means):
            return []
        return [f"The weakest dimension is '{DIMENSIONS[weakest].wording}' ({decimals(means[weakest], 1)} of 4)."]


@dataclass(frozen=True)
class ClusterCheck:
    """Every cluster in a file, the cut-offs used, and notes on the file."""

    where: str
    clusters: tuple[ClusterResult, ...]
    params: ClusterParams
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; nan becomes None."""
        result: dict[str, Any] = plain(self)
        return result | {"params": self.params.model_dump()}

    def sentences(self) -> list[str]:
        """What the clusters' heads and governors should read, then what the cut-offs rest on, then notes."""
        lines = [line for c in self.clusters for line in c.sentences()]
        lines.append("The cut-offs between stages and starting points are assumed: the form gives words only.")
        return [*lines, *(f"Note on {self.where}: {note}." for note in self.notes)]


def cluster_check(path: str | PathLike[str], params: ClusterParams | None = None) -> ClusterCheck:
    """Read a self-evaluation file, one row per respondent. Raises InputError listing every problem in it."""
    params = params or ClusterParams()
    sheet = read_form(path, FORM)
    names = sheet.text["cluster"]
    rows: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        rows.setdefault(same_name(name), []).append(i)
    answers = sheet.matrix(d.key for d in DIMENSIONS)
    groups = np.array([WHO.index(g) for g in sheet.text["group"]])
    results, notes = [], [*sheet.notes, *duplicates(sheet), *spellings(n for n in names if n)]
    for members in rows.values():
        of = [answers[[i for i in members if groups[i] == g]] for g in range(len(WHO))]
        scores = np.array([_mean(a.T) for a in of])
        counts = [int(np.isfinite(a).any(axis=1).sum()) for a in of]
        name = names[members[0]]
        if sum(counts):
            results.append(_result(name, (counts[0], counts[1]), scores, params))
        else:
            notes.append(f"{f"cluster '{name}'" if name else 'one cluster'} has no score, so it was not judged")
    return ClusterCheck(sheet.where, tuple(results), params, tuple(notes))


def _result(name: str, counts: tuple[int, int], scores: Floats, params: ClusterParams) -> ClusterResult:
    judged = evaluate(scores[None], params)
    leaders, governors = judged.totals[0].tolist()
    return ClusterResult(
        name,
        counts,
        {who: tuple(row.tolist()) for who, row in zip(WHO, scores, strict=True)},
        (leaders, governors),
        float(judged.discrepancy[0]),
        float(judged.mean[0]),
        STAGES[judged.stage[0]],
        STARTS[judged.start[0]],
        bool(judged.vision_first[0]),
    )
