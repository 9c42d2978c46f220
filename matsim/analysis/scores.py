"""Which parameters a measure depends on, from any design: feature scores by trees, and rank correlations.

Neither needs a design of its own (a Latin hypercube, a grid, a table made elsewhere will do) and neither says how
a measure would change: for that there are the designs "morris", "sobol" and "one at a time".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from matsim.analysis.problem import Crossed, Floats, Input, Problem, coded, library
from matsim.core.errors import InputError

TREES = 100
REPEATS = 10
FEWEST_POINTS = 20


def feature_scores(runs: Crossed, problem: Problem, *, seed: int = 1) -> pd.DataFrame:
    """Scores by extremely randomised trees (Geurts et al. 2006), as Jaxa-Rozen and Kwakkel (2018) use them.

    Columns: parameter; score, the share of the explained variance that the trees give it (they add up to 1), its
    low and high over ten forests; noise, the best score that a shuffled copy of the parameters reached (Kursa and
    Rudnicki 2010, mean over the forests); above_noise, the share of forests in which the parameter did better than
    every shuffled copy. `frame.attrs["explained"]` is the share of the variance between points that the forests
    predict for points they have not seen (out of bag, at least 0): where it is small, the scores mean little.
    Reproducible by `seed`. Raises InputError for fewer than 20 points.
    """
    _enough(runs)
    forest = library("sklearn.ensemble").ExtraTreesRegressor
    columns, owner = _columns(runs.x, problem.inputs)
    rng = np.random.default_rng(seed)
    # shares of the variance reduced; leaves grow with the sample, as the authors advise above 1,000 points
    leaf = max(1, round(math.sqrt(len(columns) / 1000)))
    scores, noise, explained = [], [], []
    for _ in range(REPEATS):
        shuffled = columns[rng.permutation(len(columns))]
        fitted = forest(
            TREES,
            max_features=1 / 3,
            min_samples_leaf=leaf,
            bootstrap=True,
            oob_score=True,
            random_state=int(rng.integers(2**31)),
            n_jobs=1,
        ).fit(np.hstack([columns, shuffled]), runs.mean)
        importance = fitted.feature_importances_.reshape(2, -1)
        real, other = (np.bincount(owner, weights=half, minlength=len(problem.inputs)) for half in importance)
        total = max(float(real.sum()), 1e-12)
        scores.append(real / total)
        noise.append(float(other.max()) / total)
        explained.append(fitted.oob_score_)
    return _scored(problem, np.array(scores), np.array(noise), float(np.mean(explained)))


def _scored(problem: Problem, scores: Floats, noise: Floats, explained: float) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "parameter": problem.names,
            "score": scores.mean(axis=0),
            "low": scores.min(axis=0),
            "high": scores.max(axis=0),
            "noise": noise.mean(),
            "above_noise": (scores > noise[:, None]).mean(axis=0),
        }
    )
    frame = frame.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)
    frame.attrs["explained"] = max(explained, 0.0)
    return frame


def correlations(runs: Crossed, problem: Problem, *, confidence: float = 0.95) -> pd.DataFrame:
    """Spearman's rank correlation and the partial one (PRCC; Marino et al. 2008), the largest PRCC first.

    Columns: parameter; spearman, spearman_low, spearman_high; prcc, prcc_low, prcc_high. The partial correlation is
    what is left once all other parameters are taken out, both by ranks: it sees effects that go one way only.
    Intervals by Fisher's transformation, over the points, widened so that those of all parameters hold together
    (Bonferroni). Nan for lists of more than two words, which have no order.
    """
    _enough(runs)
    ordered = [each for each in problem.inputs if not (each.choice and len(each.values) > 2)]
    dummies, owner = _columns(runs.x, problem.inputs)
    ranks = stats.rankdata(np.column_stack([dummies, runs.mean]), axis=0)
    y, rows = ranks[:, -1], []
    joint = 1 - (1 - confidence) / max(1, len(ordered))
    for i, each in enumerate(problem.inputs):
        columns, others = ranks[:, :-1][:, owner == i], ranks[:, :-1][:, owner != i]
        if each not in ordered:
            rows.append((each.name, *[math.nan] * 6))
            continue
        plain = _correlation(columns[:, -1], y)
        partial = _correlation(_left(columns[:, -1], others), _left(y, others))
        partial_ends = _fisher(partial, len(y), others.shape[1], joint)
        rows.append((each.name, plain, *_fisher(plain, len(y), 0, joint), partial, *partial_ends))
    names = [f"{kind}{end}" for kind in ("spearman", "prcc") for end in ("", "_low", "_high")]
    frame = pd.DataFrame(rows, columns=["parameter", *names])
    order = frame["prcc"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return frame.loc[order].reset_index(drop=True)


def lacking(runs: Crossed) -> str:
    """Why no scores can be given, as the rest of a sentence that begins with what they are; empty when they can."""
    if len(runs.y) < FEWEST_POINTS:
        there = f"there {'is' if len(runs.y) == 1 else 'are'} {len(runs.y)}"
        return f"need at least {FEWEST_POINTS} points; {there}"
    if np.ptp(runs.mean) == 0:
        return "need a measure that varies; it is the same at every point and depends on none of the parameters"
    return ""


def _enough(runs: Crossed) -> None:
    if why := lacking(runs):
        raise InputError("scores", why)


def _columns(x: pd.DataFrame, inputs: Sequence[Input]) -> tuple[Floats, NDArray[np.int64]]:
    """Columns of numbers (points, columns) and the input each belongs to; a list of words gives one column a word."""
    columns: list[Floats] = []
    owner: list[int] = []
    for i, each in enumerate(inputs):
        if each.choice and len(each.values) > 2:
            # all but the first, which follows from the others
            columns += [(x[each.name] == value).to_numpy(dtype=np.float64) for value in each.values[1:]]
        else:
            columns.append(coded(x, [each])[:, 0])
        owner += [i] * (len(columns) - len(owner))
    return np.column_stack(columns), np.array(owner)


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 1e-9 * len(a) else 0.0


def _left(y: Floats, others: Floats) -> Floats:
    """What is left of `y` once a linear function of `others` is taken out."""
    design = np.column_stack([np.ones(len(y)), others])
    rest: Floats = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return rest


def _fisher(r: float, count: int, taken_out: int, confidence: float) -> tuple[float, float]:
    free = count - taken_out - 3
    if free < 1:
        return math.nan, math.nan
    middle = math.atanh(min(max(r, -1 + 1e-12), 1 - 1e-12))
    half = stats.norm.ppf((1 + confidence) / 2) / math.sqrt(free)
    return math.tanh(middle - half), math.tanh(middle + half)
