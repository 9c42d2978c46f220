"""The cluster self-evaluation: totals, discrepancy, stage and starting point, in bulk and from a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from matsim.core.errors import InputError
from matsim.selfcheck import TEMPLATES
from matsim.selfcheck.cluster import FORM, PURPOSE, STAGES, STARTS, ClusterParams, cluster_check, evaluate

HEAD = ",".join(f.key for f in FORM)


def flat(leaders: float, governors: float) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    return np.repeat([[[float(leaders)], [float(governors)]]], 7, axis=2)


def test_totals_and_discrepancy_are_sums() -> None:
    scores = np.array([[[1, 2, 3, 4, 1, 2, 3], [2, 2, 2, 2, 2, 2, 2]]], dtype=float)
    judged = evaluate(scores)
    assert judged.totals.tolist() == [[16.0, 14.0]]
    assert judged.discrepancy.tolist() == [2.0]
    assert judged.mean[0] == pytest.approx(15 / 7)


@pytest.mark.parametrize(
    ("leaders", "governors", "stage", "start"),
    [
        (4, 4, "beginning", "structures"),
        (3, 3, "developing", "structures"),
        (2, 2, "embedding", "innovate"),
        (1, 1, "going beyond", "innovate"),
        (1.2, 1.8, "going beyond", "governance agreement"),  # strong, but they see it differently
        (2.3, 2.3, "embedding", "governance agreement"),  # neither high nor low
        (4, 2, "developing", "structures"),  # high comes before apart, as in the source's order
    ],
)
def test_stage_and_start_follow_the_source(leaders: float, governors: float, stage: str, start: str) -> None:
    judged = evaluate(flat(leaders, governors))
    assert (STAGES[judged.stage[0]], STARTS[judged.start[0]]) == (stage, start)


def test_weaker_scores_never_move_a_cluster_on() -> None:
    """Raising any one score (weaker) never raises the stage."""
    rng = np.random.default_rng(2)
    scores = rng.integers(1, 4, (500, 2, 7)).astype(float)
    worse = scores.copy()
    rows = np.arange(500)
    worse[rows, rng.integers(0, 2, 500), rng.integers(0, 7, 500)] += 1
    before, after = evaluate(scores).stage, evaluate(worse).stage
    assert (after <= before).all()
    assert (after < before).any()


def test_blanks_are_made_up_to_seven_and_do_not_look_like_disagreement() -> None:
    """The printed form has no governors' row for management: a leaders' 4 there is not a discrepancy."""
    scores = flat(2, 2)
    scores[0, 0, 3], scores[0, 1, 3] = 4.0, np.nan
    judged = evaluate(scores)
    assert judged.totals[0].tolist() == [16.0, 14.0]
    assert judged.discrepancy[0] == 0.0
    assert STARTS[judged.start[0]] == "governance agreement"  # the mean is just above low
    silent = evaluate(np.full((1, 2, 7), np.nan))
    assert (silent.stage[0], silent.start[0]) == (-1, -1)
    assert np.isnan(silent.totals).all()


def test_a_weak_joint_vision_comes_first() -> None:
    scores = flat(1, 1)
    assert not evaluate(scores).vision_first[0]
    scores[0, :, PURPOSE] = 4
    assert evaluate(scores).vision_first[0]


def test_cut_offs_are_read() -> None:
    scores = flat(2.2, 2.6)
    first = evaluate(scores)
    assert (STAGES[first.stage[0]], STARTS[first.start[0]]) == ("embedding", "governance agreement")
    assert STARTS[evaluate(scores, ClusterParams(high=2.3)).start[0]] == "structures"
    assert STARTS[evaluate(scores, ClusterParams(low=2.45)).start[0]] == "innovate"
    assert STARTS[evaluate(scores, ClusterParams(low=2.45, apart=0.3)).start[0]] == "governance agreement"
    assert STAGES[evaluate(scores, ClusterParams(developing=2.3)).stage[0]] == "developing"
    assert STAGES[evaluate(scores, ClusterParams(beginning=2.3)).stage[0]] == "developing"
    assert STAGES[evaluate(scores, ClusterParams(embedding=2.45)).stage[0]] == "going beyond"


def test_a_file_of_people_is_averaged_by_group(tmp_path: Path) -> None:
    form = tmp_path / "cluster.csv"
    rows = [
        ",leaders,1,1,1,1,1,1,1",
        ",Leaders,3,1,1,1,1,1,1",
        ",governors,4,2,2,,2,2,2",
        ",governors,4,2,2,,2,2,2",
    ]
    form.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    check = cluster_check(form)
    found = check.clusters[0]
    assert found.respondents == (2, 2)
    assert found.scores["leaders"][0] == 2.0
    assert found.totals == pytest.approx((8.0, 14 / 6 * 7))
    text = "\n".join(check.sentences())
    assert "most about 'Sense of shared identity between schools' (2.0 against 4.0; 1 is strong)" in text
    assert "Start here: settle the cluster's agreement" in text
    assert "The weakest dimension is 'Sense of shared identity between schools' (3.0 of 4)" in text
    assert "cut-offs between stages and starting points are assumed" in text
    assert "lines 4, 5 are the same" in text
    kept = json.loads(json.dumps(check.to_dict(), allow_nan=False))
    assert kept["clusters"][0]["scores"]["governors"][3] is None


def test_missing_governors_are_said_plainly(tmp_path: Path) -> None:
    form = tmp_path / "cluster.csv"
    form.write_text(f"{HEAD}\nNorth,leaders,3,3,3,3,3,3,3\n", encoding="utf-8")
    check = cluster_check(form)
    text = "\n".join(check.sentences())
    assert "No governors answered: whether the two groups agree cannot be seen; ask them first." in text
    assert "Only one of the leaders answered" in text
    assert np.isnan(check.clusters[0].discrepancy)
    assert json.loads(json.dumps(check.to_dict(), allow_nan=False))["clusters"][0]["totals"] == [21.0, None]


def test_several_clusters_in_one_file(tmp_path: Path) -> None:
    form = tmp_path / "cluster.csv"
    rows = [
        f"{c},{g},{','.join([s] * 7)}" for c, s in (("North", "1"), ("south", "4")) for g in ("leaders", "governors")
    ]
    form.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    check = cluster_check(form)
    assert [(c.cluster, c.stage) for c in check.clusters] == [
        ("North", "going beyond"),
        ("south", "beginning"),
    ]
    assert [c.discrepancy for c in check.clusters] == [0.0, 0.0]


def test_a_cluster_without_scores_is_noted(tmp_path: Path) -> None:
    form = tmp_path / "cluster.csv"
    form.write_text(f"{HEAD}\nNorth,leaders,1,1,1,1,1,1,1\nEast,governors,,,,,,,\n", encoding="utf-8")
    check = cluster_check(form)
    assert [c.cluster for c in check.clusters] == ["North"]
    assert check.notes == ("cluster 'East' has no score, so it was not judged",)


def test_bad_files_are_refused_in_words(tmp_path: Path) -> None:
    form = tmp_path / "cluster.csv"
    form.write_text(f"{HEAD}\n,leeders,5,1,1,1,1,1,1\nEast,governors,,,,,,,\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        cluster_check(form)
    assert raised.value.problems == [
        "line 2, column 'group': 'leeders' is unknown; did you mean 'leaders'? (one of 'leaders', 'governors')",
        "line 2, column 'identity': 5 is out of range; write a number from 1 to 4, or leave it blank",
    ]


def test_the_blank_form_is_the_form_and_asks_to_be_filled() -> None:
    with (TEMPLATES / "cluster.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == [f.key for f in FORM]
    with pytest.raises(InputError, match="no question is answered in any row"):
        cluster_check(TEMPLATES / "cluster.csv")
