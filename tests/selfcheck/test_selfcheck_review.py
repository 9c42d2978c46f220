"""The fourteen-area review from a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from matsim.core.errors import InputError
from matsim.selfcheck import TEMPLATES
from matsim.selfcheck.review import AREAS, NAMES, ReviewParams, review


def save(path: Path, scores: dict[str, object], extra: str = "") -> Path:
    lines = [f"{area},{scores.get(area, 1)},seen,Ann" for area in NAMES]
    path.write_text("\n".join(["area,score,evidence,owner", *lines]) + extra, encoding="utf-8")
    return path


@pytest.fixture
def form(tmp_path: Path) -> Path:
    return tmp_path / "review.csv"


def test_fourteen_areas_in_three_groups() -> None:
    assert [len(areas) for areas in AREAS.values()] == [4, 2, 8]
    assert len(set(NAMES)) == 14


def test_group_means_and_weakest_areas(form: Path) -> None:
    scores: dict[str, object] = {
        "Finance and funding": 4,
        "Risk management": 3,
        "Curriculum": 3,
        "Governance": 2,
    }
    result = review(save(form, scores))
    assert result.groups == {
        "Infrastructure": pytest.approx(9 / 4),
        "Educational resources": 1.0,
        "Organisation of learning": pytest.approx(11 / 8),
    }
    assert result.weakest == ("Finance and funding", "Risk management", "Curriculum")
    looks = {a.area: a.look for a in result.areas}
    assert looks["Finance and funding"] == "partners"
    assert looks["Risk management"] == "inward"  # 1, 4 and 1 beside it: a mean of 2
    assert looks["Curriculum"] == "inward"
    assert looks["Governance"] == ""
    text = "\n".join(result.sentences())
    assert "Infrastructure 2.2;" in text
    assert "Finance and funding is weak (4.0; owner: Ann): look for a partner" in text


def test_a_weak_area_among_middling_ones_looks_to_friends(form: Path) -> None:
    scores: dict[str, object] = {"People and development": 3, "School improvement model and practices": 2.5}
    path = save(form, scores)
    by = {a.area: a.look for a in review(path).areas}
    assert by["People and development"] == "friends"
    assert {a.area: a.look for a in review(path, ReviewParams(strong=2.5)).areas}["People and development"] == "inward"
    assert {a.area: a.look for a in review(path, ReviewParams(very_weak=3.0)).areas}["People and development"] == (
        "partners"
    )
    assert review(path, ReviewParams(weak=2.5)).weakest == (
        "People and development",
        "School improvement model and practices",
    )


def test_missing_areas_and_missing_evidence_are_said(form: Path) -> None:
    form.write_text("area,score\nCurriculum,2\nGovernance,\n", encoding="utf-8")
    result = review(form)
    assert np.isnan(result.groups["Infrastructure"])
    text = "\n".join(result.sentences())
    assert "Infrastructure not scored" in text
    assert "Not scored, so not judged: Buildings and premises" in text
    assert "Scored without evidence, so worth a second look: Curriculum" in text
    assert "No area scores 3 or more" in text
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["groups"]["Infrastructure"] is None


def test_several_scores_for_an_area_are_averaged_and_noted(form: Path) -> None:
    result = review(save(form, {}, extra="\nCurriculum,4,lessons,Bo\n"))
    area = next(a for a in result.areas if a.area == "Curriculum")
    assert (area.score, area.answered, area.evidence, area.owners) == (
        2.5,
        2,
        ("seen", "lessons"),
        ("Ann", "Bo"),
    )
    assert result.notes == ("'Curriculum' has 2 scores, from 1 to 4; their mean was used",)


def test_bad_rows_are_all_reported(form: Path) -> None:
    form.write_text("area,score,evidence,owner\nCuriculum,2,,\nGovernance,0,,\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        review(form)
    first, second = raised.value.problems
    assert first.startswith("line 2, column 'area': 'Curiculum' is unknown; did you mean 'Curriculum'?")
    assert second == ("line 3, column 'score': 0 is out of range; write a number from 1 to 4, or leave it blank")


def test_the_blank_form_lists_every_area_and_asks_to_be_filled() -> None:
    text = (TEMPLATES / "review.csv").read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in text.splitlines()] == ["area", *NAMES]
    with pytest.raises(InputError, match="no question is answered"):
        review(TEMPLATES / "review.csv")
