"""The strategy survey from a file: fit, disagreement, coherence, clusters, and honest words."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from matsim.core.errors import InputError
from matsim.evidence.strategy import (
    GROUP_RESPONSIBILITIES,
    GROUP_STATEMENTS,
    GROUPS,
    RESPONSIBILITIES,
    STATEMENTS,
)
from matsim.selfcheck import TEMPLATES
from matsim.selfcheck.survey import CAVEATS, FORM, SurveyParams, survey

Row = dict[str, object]
S, R = [s.key for s in STATEMENTS], [r.key for r in RESPONSIBILITIES]


def like(group: int, trust: object = "Oak", role: object = "", **answers: object) -> Row:
    """A respondent who answers exactly as a published group does, apart from `answers`."""
    scores = dict(zip(S, GROUP_STATEMENTS[group], strict=True)) | dict(
        zip(R, GROUP_RESPONSIBILITIES[group], strict=True)
    )
    return {"trust": trust, "role": role} | scores | answers


def save(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.key for f in FORM])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def form(tmp_path: Path) -> Path:
    return tmp_path / "survey.csv"


@pytest.mark.parametrize("group", range(3))
def test_a_trust_that_answers_like_a_group_fits_it_and_has_no_gaps(form: Path, group: int) -> None:
    result = survey(save(form, [like(group) for _ in range(5)])).trusts[0]
    assert np.argmax(result.fit) == group
    assert sum(result.fit) == pytest.approx(1.0)
    assert result.distance[group] == pytest.approx(0.0)
    assert max(abs(g.size) for g in result.gaps) < 1e-9
    text = "\n".join(result.sentences())
    assert f"Closeness to the published groups: '{GROUPS[group].name}'" in text
    assert "no gap is as large as 2 points" in text
    assert "fewer than 5" not in text


def test_the_weakness_of_the_groups_is_always_said(form: Path) -> None:
    result = survey(save(form, [like(0)] * 5))
    for lines in (result.sentences(), result.trusts[0].sentences()):
        text = " ".join(lines)
        assert "17 trusts" in text
        assert "silhouette 0.25" in text
        assert "does not predict how well a trust performs" in text
    assert result.to_dict()["caveats"] == list(CAVEATS)


def test_means_quartiles_and_roles_are_as_worked_out_by_hand(form: Path) -> None:
    """Central 9, 9, 7; school 2, 4, and one blank: mean 31/5, quartiles 4 and 9, roles 25/3 against 3."""
    scores: list[tuple[str, object]] = [
        ("central", 9), ("central", 9), ("central", 7), ("school", 2), ("school", 4), ("school", ""),
    ]  # fmt: skip
    rows = [like(1, role=role, consistent_pedagogy=score) for role, score in scores]
    trust = survey(save(form, rows)).trusts[0]
    item = trust.statements[S.index("consistent_pedagogy")]
    assert (item.answered, item.mean, item.iqr) == pytest.approx((5, 6.2, 5.0))
    assert item.sd == pytest.approx(np.std([9, 9, 7, 2, 4], ddof=1))
    assert (item.central, item.school) == pytest.approx((25 / 3, 3.0))
    assert (trust.respondents, trust.central, trust.school, trust.blanks) == (6, 3, 3, 1)
    text = "\n".join(trust.sentences())
    assert "disagree about 'Creating consistent pedagogy across all schools'" in text
    assert "spans 5.0 points" in text
    assert "differently: 8.3 against 3.0 on average" in text


def test_the_largest_coherence_gaps_are_named_with_their_direction(form: Path) -> None:
    rows = [like(1, core_curriculum=1, parents_community=9, branding=5.4)] * 5
    trust = survey(save(form, rows)).trusts[0]
    told = [line for line in trust.sentences() if "than the stated strategy implies" in line]
    assert len(told) == 2
    assert told[0].startswith("'Parent and community engagement' is more centralised")
    assert "9.0 reported, about 2.4 implied" in told[0]
    assert "is more devolved" in told[1]
    assert "'Creating consistent pedagogy across all schools'" in told[1]


def test_a_trust_unlike_every_group_is_told_so(form: Path) -> None:
    trust = survey(save(form, [like(0, **dict.fromkeys(S, 1))] * 5)).trusts[0]
    assert min(trust.distance) > SurveyParams().far
    assert any("not much like any of them" in line for line in trust.sentences())


def test_few_respondents_are_said_plainly(form: Path) -> None:
    text = " ".join(survey(save(form, [like(0)] * 4)).sentences())
    assert "fewer than 5" in text
    alone = survey(save(form, [like(0)]))
    text = " ".join(alone.sentences())
    assert "Oak: 1 respondent (" in text
    assert "ask more people" in text
    assert np.isnan(alone.trusts[0].statements[0].iqr)


def test_many_trusts_are_clustered_and_small_ones_left_out(form: Path) -> None:
    homes = {"Ash": 0, "Beech": 0, "Cedar": 1, "Elm": 1, "Fir": 1, "Hazel": 2, "Larch": 2}
    rows = [like(g, trust=t) for t, g in homes.items() for _ in range(5)] + [like(0, trust="Tiny")]
    result = survey(save(form, rows))
    assert result.clustered == tuple(homes)
    best = result.clusters[0]
    assert (best.k, best.sizes) == (3, (3, 2, 2))
    assert best.silhouette == pytest.approx(1.0)
    assert [c.k for c in result.clusters] == [3, 2]
    text = "\n".join(result.sentences())
    assert "Sorted into 3 by likeness of strategy: Cedar, Elm, Fir | Ash, Beech | Hazel, Larch" in text
    assert "the report's was 0.25" in text


def test_too_few_trusts_to_cluster_is_said(form: Path) -> None:
    result = survey(save(form, [like(0, trust=t) for t in ("Ash", "Beech") for _ in range(5)]))
    assert result.clusters == ()
    assert any("Too few trusts" in line for line in result.sentences())


def test_oddities_are_kept_and_noted(form: Path) -> None:
    rows: list[Row] = [
        like(0),
        like(0),
        like(0, trust="oak "),
        like(1, trust="Oakk"),
        {"trust": "Oak", "role": "school"},
    ]
    result = survey(save(form, rows))
    assert [(t.trust, t.respondents) for t in result.trusts] == [("Oak", 3), ("Oakk", 1)]
    notes = "\n".join(result.notes)
    assert "lines 2, 3 are the same" in notes
    assert "'oak' and 'Oak' were taken as one" in notes
    assert "'Oakk'" not in notes  # four letters are too few to call it a slip
    assert "nobody answers anything on line 6" in notes
    assert all(note in " ".join(result.sentences()) for note in result.notes)


def test_a_trust_with_no_strategy_answers_is_handled(form: Path) -> None:
    rows = [like(0, **dict.fromkeys(S, ""))] * 5
    trust = survey(save(form, rows)).trusts[0]
    assert trust.gaps == ()
    text = " ".join(trust.sentences())
    assert "no group can be named" in text
    assert "Coherence cannot be judged" in text
    assert trust.blanks == 50


def test_results_are_json(form: Path) -> None:
    rows = [like(g, trust=t) for g, t in ((0, "A"), (1, "B"), (2, "C"), (1, "D")) for _ in range(5)]
    kept = json.loads(json.dumps(survey(save(form, [*rows, like(0, trust="E")])).to_dict(), allow_nan=False))
    assert np.argmax(kept["trusts"][0]["fit"]) == 0
    assert kept["trusts"][4]["statements"][0]["iqr"] is None
    assert kept["trusts"][0]["params"]["gap"] == 2.0


def test_bad_answers_are_all_reported(form: Path) -> None:
    rows = [like(0, community=11), like(0, trust="", back_office="lots"), like(0, role="centre", branding=0)]
    with pytest.raises(InputError) as raised:
        survey(save(form, rows))
    assert raised.value.problems == [
        "line 2, column 'community': 11 is out of range; write a number from 1 to 10, or leave it blank",
        "line 3, column 'trust': is blank; it has to be filled in",
        "line 3, column 'back_office': 'lots' is not a number; write a number from 0 to 10, or leave it blank",
        "line 4, column 'role': 'centre' is unknown; did you mean 'central'? (one of 'central', 'school')",
    ]


def test_a_file_without_any_answer_is_refused(form: Path) -> None:
    with pytest.raises(InputError, match="no question is answered"):
        survey(save(form, [{"trust": "Oak", "role": "school"}]))


def test_the_blank_form_is_the_form_and_asks_to_be_filled(form: Path) -> None:
    with (TEMPLATES / "survey.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == [f.key for f in FORM]
    with pytest.raises(InputError, match="no answers"):
        survey(TEMPLATES / "survey.csv")


def test_thresholds_are_read(form: Path) -> None:
    path = save(form, [like(1, role="central", branding=5.4)] * 3 + [like(1, role="school", branding=7.4)] * 3)
    plain = survey(path).trusts[0].sentences()
    assert any("differently" in line for line in plain)
    assert not any("than the stated strategy implies" in line for line in plain)
    loose = survey(path, SurveyParams(roles=2.5, wide=1.9)).trusts[0].sentences()
    assert not any("differently" in line for line in loose)
    assert any("disagree about 'Academy branding" in line for line in loose)
    assert not any("disagree about" in line for line in plain)
    strict = survey(save(form, [like(1, branding=5.4)] * 5), SurveyParams(gap=0.9)).trusts[0].sentences()
    assert any("'Academy branding and communications' is more devolved" in line for line in strict)
    near = save(form, [like(1, consistent_pedagogy=6)] * 5)
    assert not any("not much like" in line for line in survey(near).trusts[0].sentences())
    assert any("not much like" in line for line in survey(near, SurveyParams(far=0.2)).trusts[0].sentences())
