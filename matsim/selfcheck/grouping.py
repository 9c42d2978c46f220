"""Finding the published strategy groups again, how close a trust is to each, and coherence (pure functions).

The clustering is the report's (its appendix): average linkage on mean statement scores, judged by silhouette.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import pdist, squareform

from matsim.evidence.parameters import Params, param
from matsim.evidence.strategy import (
    GROUP_STATEMENTS,
    GROUPS,
    LINK,
    LINK_END,
    LINK_START,
    RESPONSIBILITIES,
    STATEMENTS,
    AnswerSpread,
    StrategySpread,
    statement_responsibility_link,
)

type Floats = NDArray[np.float64]
type Labels = NDArray[np.int64]


class FitParams(Params):
    """How distance from a group's profile becomes closeness to the group."""

    independent: float = param(
        3.0,
        "weight",
        "assumed: statements go together, so ten answers are worth fewer independent ones",
        plausible=(1.0, 10.0),
        ge=0.0,
        le=10.0,
    )
    """How many independent answers the ten statements are worth; fewer makes the fit less certain."""


def fit(
    scores: Floats,
    respondents: Floats | None = None,
    spread: StrategySpread | None = None,
    answers: AnswerSpread | None = None,
    params: FitParams | None = None,
) -> Floats:
    """Soft fit (n, 3) of trusts to GROUPS from mean statement scores (n, 10); each row sums to 1.

    Rule: each group is a round normal cloud about its profile. Its variance is `between_trusts`², widened by
    1 + 1/m because the group's own centre is known from m trusts only, plus `between_respondents`² over the
    number of `respondents` (n,) where given. The mean squared distance counts as `independent` answers. No
    group is likelier beforehand. Blank (nan) scores are left out; a row without any fits the groups equally.
    """
    spread, answers, params = spread or StrategySpread(), answers or AnswerSpread(), params or FitParams()
    squared = (scores[:, None, :] - GROUP_STATEMENTS) ** 2
    known = np.isfinite(squared)
    mean = np.where(known, squared, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    variance = spread.between_trusts**2 * (1.0 + 1.0 / np.array([g.published for g in GROUPS]))
    if respondents is not None:
        variance = variance + (answers.between_respondents**2 / np.maximum(respondents, 1.0))[:, None]
    independent = params.independent * known.mean(axis=2)
    log = -0.5 * independent * (mean / variance + np.log(variance))
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def cluster(means: Floats, k: int) -> tuple[Labels, float]:
    """Average-linkage clusters of m trusts from mean scores (m, 10): labels (m,) from 0, and the silhouette.

    Labels are numbered by falling size, ties by first appearance. Raises ValueError unless 2 <= k < m and
    every score is known.
    """
    if not 2 <= k < len(means):
        raise ValueError(f"{len(means)} trusts cannot make {k} clusters: at least 2, and fewer than trusts")
    if not np.isfinite(means).all():
        raise ValueError("clustering needs every mean score; leave out trusts with blanks")
    distance = pdist(means)
    raw = cut_tree(linkage(distance, "average"), [k])[:, 0]
    _, first, inverse, count = np.unique(raw, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(count), dtype=np.int64)
    rank[np.lexsort((first, -count))] = np.arange(len(count))
    labels = rank[inverse]
    return labels, silhouette(squareform(distance), labels)


def silhouette(distance: Floats, labels: Labels) -> float:
    """Mean silhouette (Rousseeuw 1987) from distances (m, m) and labels (m,) 0..k-1; from −1 to 1.

    For each point: (b − a) / max(a, b), with a its mean distance to its own cluster's other points and b
    to the nearest other cluster's; 0 for a cluster of one.
    """
    # one column for each cluster, 1 for its members: the product sums distances by cluster
    member = np.eye(int(labels.max()) + 1)[labels]
    size = member.sum(axis=0)
    total = distance @ member
    rows = np.arange(len(labels))
    within = total[rows, labels] / np.maximum(size[labels] - 1, 1)
    others = total / size
    others[rows, labels] = np.inf
    near = others.min(axis=1)
    widest = np.maximum(within, near)
    value = np.divide(near - within, widest, out=np.zeros_like(within), where=(widest > 0) & (size[labels] > 1))
    return float(value.mean())


@dataclass(frozen=True)
class Clustering:
    """One cut of the tree: number of clusters, label of each trust, cluster sizes (falling), silhouette."""

    k: int
    labels: tuple[int, ...]
    sizes: tuple[int, ...]
    silhouette: float


def compare(means: Floats, ks: Sequence[int] = (2, 3)) -> list[Clustering]:
    """The cut into each of `ks` clusters that is fewer than the trusts, best silhouette first."""
    cuts = []
    for k in (k for k in ks if k < len(means)):
        labels, value = cluster(means, k)
        sizes = np.bincount(labels, minlength=k)
        cuts.append(Clustering(k, tuple(labels.tolist()), tuple(sizes.tolist()), value))
    return sorted(cuts, key=lambda c: -c.silhouette)


@dataclass(frozen=True)
class Gap:
    """A responsibility as the strategy implies it and as reported, 0-10, and the statement behind it."""

    key: str
    wording: str
    implied: float
    reported: float
    driver: str

    @property
    def size(self) -> float:
        """Reported minus implied: above zero is more centralised than the strategy implies."""
        return self.reported - self.implied


def coherence_gaps(statements: Floats, reported: Floats) -> tuple[Gap, ...]:
    """Implied against reported (15,) for every responsibility that is known, from mean statements (10,).

    An unanswered (nan) statement implies nothing. The driver is the statement that pushes the implied figure
    furthest from the middle of the published groups, in the direction it went.
    """
    known = np.where(np.isfinite(statements), statements, LINK_START)
    implied = statement_responsibility_link(known[None])[0]
    push = LINK * (known - LINK_START)
    toward = np.argmax(push * np.sign(implied - LINK_END)[:, None], axis=1)
    return tuple(
        Gap(item.key, item.wording, float(implied[i]), float(reported[i]), STATEMENTS[int(toward[i])].wording)
        for i, item in enumerate(RESPONSIBILITIES)
        if np.isfinite(reported[i])
    )
