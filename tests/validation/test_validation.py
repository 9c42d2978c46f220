"""The scorecard: its arithmetic, its definitions on hand-made worlds, and that a broken mechanism lowers it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden.scorecard import FILE, small
from support.calling import fine, told, wrong

from matsim.evidence.targets import Target, read_targets
from matsim.policies.fixed import Lottery
from matsim.results.store import open_result
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.validation.evaluate import evaluate, started
from matsim.validation.movement import Change, band_shares, neighbour_km, sizes
from matsim.validation.observed_run import TABLES, Watched, watch
from matsim.validation.scorecard import Scorecard, score

TARGETS = read_targets()
LADDERS = ("compliance", "governance", "back_office", "chief", "improvement", "local")


def target(**changes: object) -> Target:
    values: dict[str, object] = {
        **{"id": "one", "group": "growth", "title": "One", "start": 2018, "quantity": "born", "of": {"year": 2018}},
        **{"date": "", "unit": "", "value": (10.0,), "tolerance": 2.0, "reason": "", "source": "", "evidence": ""},
    }
    return Target(**(values | changes))  # type: ignore[arg-type]


def results(*values: float | tuple[float, ...], parts: tuple[str, ...] = ("",)) -> pd.DataFrame:
    rows = [
        ("one", part, 2018, r, r, v)
        for r, value in enumerate(values, start=1)
        for part, v in zip(parts, value if isinstance(value, tuple) else (value,), strict=True)
    ]
    return pd.DataFrame(rows, columns=["pattern", "part", "start", "replicate", "seed", "value"])


def test_a_gap_is_from_the_median_and_a_half_point_is_given_at_the_tolerance() -> None:
    card = score(results(11.0, 12.0, 40.0), [target()])
    (row,) = card.patterns.to_dict("records")
    assert (row["simulated"], row["gap"], row["passed"]) == (12.0, 2.0, True)
    assert card.score == 0.5
    variance = np.var([11.0, 12.0, 40.0], ddof=1)
    assert row["implausibility"] == pytest.approx(2.0 / np.sqrt(4.0 + variance))


def test_beyond_the_tolerance_fails_and_says_in_which_direction() -> None:
    card = score(results(13.0), [target(when_failing="Because.")])
    assert not card.patterns.passed[0]
    assert card.patterns.explanation[0] == "The model gives too much, by 1.5 times the tolerance. Because."


def test_a_shape_is_judged_by_what_would_have_to_be_elsewhere() -> None:
    shape = target(value=(0.5, 0.3, 0.2), parts=("a", "b", "c"), tolerance=0.1)
    card = score(results((0.4, 0.3, 0.3), (0.2, 0.5, 0.3), parts=shape.parts), [shape])
    (row,) = card.patterns.to_dict("records")
    assert row["gap"] == pytest.approx(0.2)  # mean 0.3, 0.4, 0.3
    assert "too much in 'b'" in row["explanation"] or "too much in 'c'" in row["explanation"]
    assert "20% too little in 'a'" in row["explanation"]


def test_what_does_not_count_is_shown_and_not_scored() -> None:
    card = score(results(10.0), [target(counted=False, why_not="by construction")])
    assert card.counted == 0
    assert np.isnan(card.score)
    assert card.patterns.explanation[0] == "by construction"


def test_a_figure_that_never_came_about_fails() -> None:
    card = score(results(float("nan"), 10.0), [target()])
    assert (card.score, card.passed, card.counted) == (0.0, 0, 1)
    assert score(results(10.0), [target(id="other")]).passed == 0


# a world of eight schools: before, trust 1 is a MAT of two, trust 2 a single academy, trust 3 a MAT of one
BEFORE = pd.DataFrame(
    [(11, 1, 1), (12, 1, 1), (13, 2, 0), (14, 3, 1), (15, -1, -1), (16, -1, -1), (17, -1, -1), (18, -1, -1)],
    columns=["school", "trust", "kind"],
).assign(phase=[0, 1, 0, 0, 0, 1, 0, 0], la=["A", "A", "A", "B", "B", "A", "B", "B"])
BEFORE["easting"], BEFORE["northing"] = BEFORE.school * 1000.0, 0.0
# after it, 15 and 16 have joined trust 1; trust 2 has widened with 17; 14 has moved to trust 1, and trust 3 is gone
AFTER = BEFORE.assign(trust=[1, 1, 2, 1, 1, 1, 2, 4], kind=[1, 1, 1, 1, 1, 1, 1, 0])


def test_movement_on_a_world_whose_answer_is_known() -> None:
    change = Change(BEFORE, AFTER, years=2.0)
    assert change.growth.net.to_dict() == {1: 3}  # trust 3 is gone: its growth is not counted
    assert change.growth_rate(2, 2) == 1.5
    assert change.gained(3) == 0.5
    assert (change.gone(1), change.gone(0)) == (0.5, 0.0)
    assert change.born() == 0.5  # trust 2, which was a single academy
    assert change.moved() == 0.5
    assert change.moved_alone() == 0.0
    assert change.moved_km() == 2.0  # from 14 to 12
    assert change.destinations().tolist() == [0.75, 0.0, 0.25]
    joiners = change.joiners.set_index("school")
    assert joiners.km.to_dict() == {15: 3.0, 16: 4.0, 17: 4.0}
    assert joiners.home.to_dict() == {15: False, 16: True, 17: False}
    assert joiners["size"].to_dict() == {15: 2, 16: 2, 17: 1}
    assert joiners.like.to_dict() == {15: 0.5, 16: 0.5, 17: 1.0}
    assert change.joined_nearest() == 0.0  # 14 of trust 3 is nearest to all
    assert neighbour_km(AFTER).tolist() == [1.0, 1.0, 4.0, 1.0, 1.0, 1.0, 4.0]


def test_sizes_fall_into_bands() -> None:
    size = sizes(AFTER)
    assert size.to_dict() == {1: 5, 2: 2}
    assert band_shares(size, ("1", "2-4", "5+")).tolist() == [0.0, 0.5, 0.5]


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest) -> Watched:
    scenario = override(Scenario(), {"world.synthetic.schools": 2000}, "test")
    return watch(scenario, request.getfixturevalue("county"), (3,), 3)[0]


def test_the_panel_agrees_with_the_recorded_years(run: Watched) -> None:
    trusts = run.tables["trust_year"]
    for year in (2018, 2019, 2020):
        size = run.at(year).loc[run.at(year).trust >= 0].groupby("trust").size()
        recorded = trusts.loc[trusts.year == year].set_index("trust").mainstream_schools
        assert size.to_dict() == recorded.to_dict()


def test_openings_and_visits_are_the_runs_own(run: Watched) -> None:
    events = run.tables["events"]
    opened = events.loc[
        events.event.isin(["join", "convert", "found", "open"]) & (events.reason != "a second school joined")
    ]
    assert set(run.openings.school) == set(opened.school)
    changed = events.loc[events.event == "inspect", ["year", "school"]].value_counts()
    seen = run.visits.loc[(run.visits.before != run.visits.after) & (run.visits.before > 0), ["year", "school"]]
    assert seen.value_counts().sort_index().to_dict() == changed.sort_index().to_dict()


def test_watching_changes_nothing(run: Watched, county: object) -> None:
    from matsim.simulation.simulate import simulate

    again = simulate(override(Scenario(), {"world.synthetic.schools": 2000}, "test"), county, seed=3, years=3)  # type: ignore[arg-type]
    for name, columns in TABLES.items():
        pd.testing.assert_frame_equal(again.tables[name][[*columns]], run.tables[name][[*columns]])


SOME = tuple(t for t in TARGETS if t.start == 2018 and t.group in ("size distribution", "growth", "movement"))


def small_card(scenario: Scenario, targets: tuple[Target, ...] = SOME, seeds: tuple[int, ...] = (1,)) -> Scorecard:
    found = evaluate(started(scenario, 2010), started(scenario, 2018), seeds, targets)
    return score(found, targets)


def test_without_distance_trusts_and_moves_look_less_like_england() -> None:
    """Where neither trusts nor schools mind how far apart they are, the scorecard says so."""
    blind = {"bidding.proximity_on": False, "bidding.nearness": 0.0, "joining.nearness": 0.0}
    assert small_card(override(Scenario(), blind, "test")).score < small_card(Scenario()).score - 0.02


@pytest.mark.long
@pytest.mark.parametrize("broken", ["no distance", "no break points", "approval by lot"])
def test_a_broken_mechanism_lowers_the_score(broken: str) -> None:
    """Approval by lot is at even odds: at the odds that commissioners really gave it could hardly be told, for no
    approval rates, nor who was refused, have been published."""
    changes: dict[str, object] = {
        "no distance": {"bidding.proximity_on": False, "bidding.nearness": 0.0, "joining.nearness": 0.0},
        "no break points": {f"break_points.{ladder}.on": False for ladder in LADDERS},
        "approval by lot": {},
    }[broken]  # type: ignore[assignment]
    worse = override(Scenario(), changes, "test")
    if broken == "approval by lot":
        worse = worse.model_copy(update={"commissioners": (Lottery(threshold=0.0),)})
    assert small_card(worse, TARGETS, (1, 2)).score < small_card(Scenario(), TARGETS, (1, 2)).score


def test_the_same_seeds_give_the_same_frame_with_any_number_of_workers() -> None:
    small_world = override(Scenario(), {"world.synthetic.schools": 1000}, "test")
    own = tuple(t for t in SOME if t.id in ("new-trusts", "net-growth"))
    one = evaluate(small_world, started(small_world, 2018), (4, 5), own)
    two = evaluate(small_world, started(small_world, 2018), (4, 5), own, workers=2)
    pd.testing.assert_frame_equal(one, two)
    assert set(one.start) == {2018}  # no target needs the other start


def test_seeds_side_by_side_give_what_each_gives_alone() -> None:
    """Every quantity, though four small worlds stand in one model."""
    small = override(Scenario(), {"world.synthetic.schools": 400}, "test")
    from_2010, from_2018 = started(small, 2010), started(small, 2018)
    seeds = (4, 5, 6, 7)
    alone = pd.concat(
        [evaluate(from_2010, from_2018, (seed,)).assign(replicate=i) for i, seed in enumerate(seeds, start=1)],
        ignore_index=True,
    )
    pd.testing.assert_frame_equal(evaluate(from_2010, from_2018, seeds), alone, check_exact=True)


def test_the_score_has_not_got_worse_unnoticed() -> None:
    """`make scorecard` records the present state on purpose, for better or worse."""
    recorded, now = json.loads(FILE.read_text(encoding="utf-8")), small()
    assert now["score"] >= recorded["score"] - 0.002, "the score fell: put it right, or record it and say why"
    assert now["counted"] >= recorded["counted"], "patterns were taken out"
    assert len(now["passed"]) >= len(recorded["passed"]), set(recorded["passed"]) - set(now["passed"])


@pytest.mark.long
def test_the_command_prints_and_stores_the_scorecard(tmp_path: Path) -> None:
    text = fine("validate", "--small", "--quiet", "--workers", 1, "--out", tmp_path / "v")
    assert "patterns are within tolerance" in text
    assert "What is missed, and why" in text
    assert "Shown and not counted" in text
    assert "1 run cannot tell: it takes 16 or more." in text
    stored = open_result(tmp_path / "v")
    assert stored.manifest["kind"] == "validation"
    card = stored.table("scorecard")
    assert len(card) == len(TARGETS)
    assert (card.explanation[~card.passed] != "").all()
    assert set(stored.table("replicates").pattern) == {t.id for t in TARGETS}


def test_wrong_numbers_are_refused_before_anything_runs() -> None:
    said = wrong(3, "validate", "--replicates", 0, "--workers", 0)
    assert "--replicates 0" in said
    assert "--workers 0" in said


def test_the_register_lists_and_filters() -> None:
    every = told("evidence")
    assert every["parameters"] == len(every["register"])
    assert every["assumed"] + sum(every["by_source"].values()) == every["parameters"]
    some = told("evidence", "bidding.scale")
    scales = {"bidding.scale", "bidding.scale_secondary", "bidding.scale_specialist", "joining.scale"}
    assert {row["name"] for row in some["register"]} == scales
    assert all(row["assumed"] for row in told("evidence", "--assumed")["register"])
    assert "no parameter has 'nonsuch'" in wrong(3, "evidence", "nonsuch")
    assert "--later" in wrong(3, "evidence", "--facts")


def test_where_luck_is_large_the_mean_is_judged_and_its_error_told() -> None:
    found = results(11.0, 12.0, 40.0)
    (row,) = score(found, [target(judged="mean", tolerance=40.0)]).patterns.to_dict("records")
    assert (row["judged"], row["simulated"], row["gap"], row["off"]) == ("mean", 21.0, 11.0, 11.0 / 40.0)
    error = np.std([11.0, 12.0, 40.0], ddof=1) / np.sqrt(3)
    assert row["error"] == pytest.approx(error)
    for tolerance, sure in ((3.01 * error, True), (2.99 * error, False)):
        assert score(found, [target(judged="mean", tolerance=tolerance)]).patterns.sure[0] == sure
    (single,) = score(results(11.0), [target(judged="mean")]).patterns.to_dict("records")
    assert np.isnan(single["error"])
    assert not single["sure"], "one run tells nothing of luck"
