"""Feature scores and rank correlations: known rankings, and noise that stays noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support.sweeps import Floats, Model, drawn, problem, still, values

from matsim.analysis.problem import Crossed, Input, Problem, crossed
from matsim.analysis.scores import correlations, feature_scores
from matsim.core.errors import InputError


def _runs(points: int, model: Model, replicates: int = 1, seed: int = 1) -> tuple[Crossed, Problem]:
    given = problem("latin hypercube", 5)
    return crossed(values(given, drawn(given, points, seed), model, replicates, seed), given), given


def _at(frame: pd.DataFrame, row: str, column: str) -> float:
    return float(frame[column][row])


def _ranked(x: Floats) -> Floats:
    return np.asarray(4 * x[:, 0] + 2 * (x[:, 1] > 0.5) - 1.0 * x[:, 2])


def test_scores_rank_what_matters_and_leave_the_rest_in_the_noise() -> None:
    runs, given = _runs(300, still(_ranked))
    found = feature_scores(runs, given)
    assert list(found["parameter"][:3]) == ["x1", "x2", "x3"]
    assert found["score"].sum() == pytest.approx(1)
    assert (found["above_noise"][:2] == 1).all()
    assert (found["above_noise"][3:] < 0.5).all()
    assert found.attrs["explained"] > 0.8
    pd.testing.assert_frame_equal(found, feature_scores(runs, given))


def test_scores_of_nothing_explain_nothing() -> None:
    runs, given = _runs(300, lambda x, luck, each: each)
    found = feature_scores(runs, given)
    assert found.attrs["explained"] < 0.05
    assert (found["above_noise"] < 0.9).all()


def test_correlations() -> None:
    runs, given = _runs(400, lambda x, luck, each: _ranked(x)[:, None] + 0.3 * each)
    found = correlations(runs, given).set_index("parameter")
    assert list(found.index[:3]) == ["x1", "x2", "x3"]
    assert _at(found, "x3", "prcc_high") < 0  # plainer once the rest is taken out than it is to Spearman
    assert abs(_at(found, "x3", "prcc")) > abs(_at(found, "x3", "spearman"))
    for name in ("x4", "x5"):
        assert _at(found, name, "prcc_low") < 0 < _at(found, name, "prcc_high")


def test_partial_correlations_are_those_of_the_inverse_of_the_matrix() -> None:
    runs, given = _runs(80, lambda x, luck, each: _ranked(x)[:, None] + each)
    ranks = np.column_stack([stats.rankdata(runs.x.to_numpy(), axis=0), stats.rankdata(runs.mean)])
    inverse = np.linalg.inv(np.corrcoef(ranks.T))
    exact = -inverse[:-1, -1] / np.sqrt(np.diag(inverse)[:-1] * inverse[-1, -1])
    assert correlations(runs, given).set_index("parameter").sort_index()["prcc"].to_numpy() == pytest.approx(exact)


def test_intervals_of_correlations_hold_what_they_promise() -> None:
    """Of parameters without effect, 95 in 100 have an interval around 0."""
    inside = 0
    for seed in range(1, 41):
        runs, given = _runs(60, lambda x, luck, each: 2 * x[:, [0]] + each, seed=seed)
        found = correlations(runs, given).set_index("parameter").loc[["x2", "x3", "x4", "x5"]]
        inside += int(((found["prcc_low"] < 0) & (found["prcc_high"] > 0)).sum())
    assert inside >= 142  # of 160: 152 expected, and fewer than 142 by chance once in 1,000


def test_words_have_scores_but_no_correlation() -> None:
    kinds = ("hold", "steady", "growth")
    given = Problem("latin hypercube", (Input("kind", values=kinds), Input("x", low=0.0, high=1.0)))
    unit = drawn(problem("latin hypercube", 2), 200)
    words = np.array(kinds, dtype=object)[(unit[:, 0] * 3).astype(int)]
    frame = values(
        problem("latin hypercube", 2), unit, still(lambda x: 5.0 * ((x[:, 0] * 3).astype(int) == 1) + x[:, 1])
    )
    frame = frame.rename(columns={"x1": "kind", "x2": "x"}).assign(kind=words[frame["point"]])
    runs = crossed(frame, given)
    assert feature_scores(runs, given)["parameter"][0] == "kind"
    found = correlations(runs, given).set_index("parameter")
    assert np.isnan(_at(found, "kind", "prcc"))
    assert _at(found, "x", "prcc") > 0.9


def test_too_few_points_and_nothing_to_explain() -> None:
    runs, given = _runs(10, still(_ranked))
    with pytest.raises(InputError, match="at least 20 points"):
        feature_scores(runs, given)
    runs, given = _runs(30, still(lambda x: 0 * x[:, 0]))
    with pytest.raises(InputError, match="depends on none"):
        correlations(runs, given)
