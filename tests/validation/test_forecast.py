"""The forecast check: on hand-made files whose answer is known, and on the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import ESTABLISHMENTS, LINKS_2018, SHARED
from support.calling import fine, told, wrong
from support.frames import record
from support.make_gias import CONVERTER, link, load, school, write
from support.make_gias import LINKS_2018 as FORM

from matsim.scenario.schema import Scenario
from matsim.validation.baselines import Attraction, attraction, growing, past_year, unchanged
from matsim.validation.facts import read_members
from matsim.validation.forecast import outcomes
from matsim.validation.forecast_scores import discrimination, energy, score_all, surprise
from matsim.validation.outcome import GONE, MAINTAINED, Outcome, begin, observed
from matsim.world.base import World

LINKS_2019 = SHARED / "grouplinks_edubaseallacademiesandfree20190601.csv"
ACADEMIES, OTHERS = (100001, 100002, 100003, 100004), tuple(range(100005, 100041))


def own(urn: int, uid: int, company: str, kind: str = "Multi-academy trust", **more: object) -> dict[str, object]:
    """A row of the links, with a company number."""
    return {**link(urn, uid, kind, joined="01-09-2017", name=f"TRUST {uid}"), "Companies House Number": company, **more}


BEFORE = [
    own(100001, 51, "00000901"),
    own(100002, 51, "00000901"),
    own(100003, 52, "00000902", "Single-academy trust"),
    own(100004, 53, "00000903"),
]
AFTER = [
    own(100001, 51, "00000901"),
    # 100002 is in no trust any more, and 100004 has moved from trust 53, which ends
    own(100004, 51, "00000901"),
    # a single-academy trust took on a second school: a new group, the same company
    own(100003, 61, "00000902"),
    own(100005, 61, "00000902"),
    # 100006 converted under a new number, and is known by its name and authority
    own(142000, 51, "00000901", EstablishmentName="invented school: 100006"),
    own(100007, 71, "00000777"),
    own(143000, 71, "00000777", EstablishmentName="A free school that was not there"),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    rows = [
        school(urn, CONVERTER if urn in ACADEMIES else "Community school", easting=500_000 + 500 * i)
        for i, urn in enumerate((*ACADEMIES, *OTHERS))
    ]
    return load(tmp_path, rows, BEFORE, 2018)


@pytest.fixture
def later(tmp_path: Path) -> Path:
    return write(tmp_path / "later.csv", AFTER, FORM)


def test_what_became_of_each_school_and_trust(world: World, later: Path, tmp_path: Path) -> None:
    found = observed(world, tmp_path / "links.csv", later)
    # trusts in order of their numbers: 51, 52, 53; then the new one
    assert found.outcome.of[:8].tolist() == [0, GONE, 1, 0, 1, 0, 3, MAINTAINED]
    assert (found.outcome.of[8:] == MAINTAINED).all()
    assert found.outcome.kind.tolist() == [1, 1, 1, 1]  # 52 was a single-academy trust
    assert not found.left_out.any()
    account = " ".join(f"{text}={count}" for text, count in found.account.items())
    assert "by number=5" in account
    assert "by name and authority=1" in account
    assert "not found: new, or under another name; left out=1" in account
    assert "taken as closed=1" in account
    assert "trusts that were not there before=1" in account


def test_runs_side_by_side_say_what_each_says_alone(county: World) -> None:
    """Trusts that were founded in a run among them, and the part of a year that months leave."""
    settings, seeds = Scenario(), [3, 4, 5]
    for seed, found in zip(seeds, outcomes(county, settings, 30, seeds), strict=True):
        (alone,) = outcomes(county, settings, 30, [seed])
        np.testing.assert_array_equal(found.of, alone.of)
        np.testing.assert_array_equal(found.kind, alone.kind)
        assert found.of.max() >= len(county.trusts["uid"])
        assert len(found.of) == county.size


def test_an_academy_in_no_trust_of_the_first_links_is_left_out(tmp_path: Path, later: Path) -> None:
    rows = [school(urn, CONVERTER, easting=500_000 + urn) for urn in (*ACADEMIES, 100005)]
    world = load(tmp_path, rows, BEFORE, 2018)
    found = observed(world, tmp_path / "links.csv", later)
    assert found.left_out.tolist() == [False] * 4 + [True]


def test_the_truth_told_for_certain_scores_best(world: World, later: Path, tmp_path: Path) -> None:
    found = observed(world, tmp_path / "links.csv", later)
    forecasts = {"the truth": [found.outcome] * 10, "nothing changes": unchanged(world, 10)}
    scored = score_all(world, forecasts, found.outcome, found.left_out)
    wide = scored.scores.pivot(index="part", columns="forecaster", values="score")
    for part in ("what becomes of a trust's size", "where a school goes", "trusts by size band"):
        assert record(wide, part)["the truth"] < record(wide, part)["nothing changes"]
    assert record(wide, "trusts by size band")["the truth"] == 0.0
    far = record(wide, "how far new schools are")
    assert far["the truth"] == pytest.approx(0.0)
    assert np.isnan(far["nothing changes"])
    assert list(record(wide, "which trusts grew (1 is perfect, 0.5 a guess)").values()) == [0.5, 1.0]
    trusts = scored.trusts.loc[scored.trusts.forecaster == "the truth"].set_index("trust")
    # 51 lost one and gained two; 53 ended; smoothed by one pseudo-sample in eleven
    assert trusts.observed.to_dict() == {51: "+1", 52: "+1", 53: "ended"}
    assert trusts.surprise[51] == pytest.approx(-np.log((10 + 0.12) / 11))
    summary = scored.summary.loc[scored.summary.forecaster == "observed"].set_index("quantity").value
    assert summary["new academies"] == 3
    assert summary["of them in trusts that were there"] == 2
    assert summary["academies that changed trusts"] == 1
    assert summary["multi-academy trusts"] == 3
    # 100005 lies 1.0 km from 100003, and 100006 lies 2.0 km from 100002
    assert summary["median km to the trust joined"] == pytest.approx(1.5)


def test_a_change_that_no_sample_had_is_a_finite_surprise() -> None:
    samples = np.array([[0, 1], [0, 1], [0, 2]])
    told_ = surprise(samples, np.array([0, 0]), np.array([0.5, 0.5]))
    assert told_.tolist() == pytest.approx([-np.log(3.5 / 4), -np.log(0.5 / 4)])


def test_few_samples_cost_nothing_in_the_energy_score() -> None:
    luck = np.random.default_rng(1)
    normal = luck.normal(size=(40_000, 5, 1))
    of_five = np.mean([energy(draw, np.array([0.0])) for draw in normal])
    assert of_five == pytest.approx((np.sqrt(2.0) - 1.0) / np.sqrt(np.pi), abs=0.01)  # the CRPS of a normal at its mean


def test_the_energy_score_in_one_dimension_is_the_fair_crps() -> None:
    assert energy(np.array([[1.0], [3.0]]), np.array([2.0])) == pytest.approx(0.0)
    assert energy(np.array([[1.0], [3.0], [8.0]]), np.array([2.0])) == pytest.approx(8.0 / 3.0 - 14.0 / 6.0)
    assert energy(np.array([[2.0]]), np.array([2.0])) == 0.0


def test_discrimination_counts_ties_as_half() -> None:
    happened = np.array([True, False, True, False])
    assert discrimination(np.array([0.9, 0.1, 0.8, 0.2]), happened) == 1.0
    assert discrimination(np.array([0.5, 0.5, 0.5, 0.5]), happened) == 0.5
    assert discrimination(np.array([0.1, 0.9, 0.2, 0.8]), happened) == 0.0


@pytest.fixture
def moving(tmp_path: Path) -> World:
    """Two trusts of three, far apart; in the year before, each took on the school beside it."""
    rows, links = [], []
    for i in range(60):
        east = 400_000 + 300 * (i % 30) + (60_000 if i >= 30 else 0)
        near = i % 30
        rows.append(school(100_001 + i, CONVERTER if near < 4 else "Community school", easting=east, opened=""))
        if near < 4:
            uid = 51 if i < 30 else 52
            joined = "01-04-2018" if near == 3 else "01-09-2014"
            links.append({**link(100_001 + i, uid, joined=joined), "Companies House Number": f"{900 + uid:08d}"})
    return load(tmp_path, rows, links, 2018)


def test_baselines_know_the_year_before(moving: World, tmp_path: Path) -> None:
    past = past_year(moving, read_members(tmp_path / "links.csv"))
    assert past.rate.tolist() == [2 / 54, 0.0]
    assert past.new == 0.0
    assert past.joined.tolist() == [3, 33]
    draw = attraction(moving, past)
    assert draw.scale > 0  # who joined whom is explained by distance
    rows, chance = draw.choices(5)
    assert chance.sum() == pytest.approx(1.0)
    assert chance[rows.tolist().index(0)] > 0.9
    flat = Attraction(moving, np.array([4.0, 4.0]))
    assert flat.choices(5)[1].tolist() == [0.5, 0.5]


def test_baselines_draw_what_they_say(moving: World, tmp_path: Path) -> None:
    past = past_year(moving, read_members(tmp_path / "links.csv"))
    drawn = growing(moving, past, attraction(moving, past), 1.0, 400, 7)
    start = begin(moving)
    new = np.array([((o.of >= 0) & (start.of < 0)).sum() for o in drawn])
    expected = 52 * 2 / 54
    assert new.mean() == pytest.approx(expected, abs=3 * np.sqrt(expected / 400))
    again = growing(moving, past, attraction(moving, past), 1.0, 400, 7)
    assert all((a.of == b.of).all() for a, b in zip(drawn, again, strict=True))
    assert all((o.of == start.of).all() for o in unchanged(moving, 3))


def test_an_outcome_says_who_stays(world: World) -> None:
    start = begin(world)
    assert isinstance(start, Outcome)
    assert start.of[:5].tolist() == [0, 0, 1, 2, MAINTAINED]
    assert start.kind.tolist() == [1, 0, 1]


def test_the_command_on_small_files(world: World, later: Path, tmp_path: Path) -> None:
    files = ("--establishments", tmp_path / "schools.csv", "--group-links", tmp_path / "links.csv", "--later", later)
    found = told("forecast", *files, "--replicates", 5, "--workers", 1, "--quiet", "--out", tmp_path / "out")
    assert found["months"] == 13
    assert len(found["scores"]) == 4 * 7
    assert len(found["beaten"]) == 7
    assert (tmp_path / "out" / "school_forecasts.parquet").exists()
    text = fine("forecast", *files, "--replicates", 5, "--workers", 1, "--quiet")
    assert "The model, on" in text
    assert "nothing changes" in text


def test_wrong_options_and_files_are_said(world: World, later: Path, tmp_path: Path) -> None:
    files = ("--establishments", tmp_path / "schools.csv", "--group-links", tmp_path / "links.csv")
    said = wrong(3, "forecast", *files, "--later", later, "--replicates", 2, "--months", 0)
    assert "--replicates 2" in said
    assert "--months 0" in said
    assert "nowhere.csv" in wrong(3, "forecast", *files, "--later", tmp_path / "nowhere.csv", "--quiet")
    other = write(tmp_path / "other.csv", [own(199_999, 5, "00000005")], FORM)
    assert "none of the schools" in wrong(3, "forecast", *files, "--later", other, "--quiet")


@pytest.mark.long
@pytest.mark.realdata
@pytest.mark.skipif(not LINKS_2019.exists(), reason="the published files are not beside the project")
def test_the_model_beats_the_baselines_on_where_schools_went() -> None:
    files = ("--establishments", ESTABLISHMENTS, "--group-links", LINKS_2018, "--later", LINKS_2019)
    found = told("forecast", *files, "--replicates", 10, "--quiet")
    beaten = dict(text.split(": ", 1) for text in found["beaten"])
    assert beaten["where a school goes"] == "beats all three"
    assert beaten["how far new schools are"] == "beats all three"
