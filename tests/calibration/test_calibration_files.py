"""The free parameters and the fitted values as files: strict, within their ranges, and the defaults in use."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from golden.scorecard import small
from numpy.typing import NDArray
from support.calling import fine, wrong

from matsim.calibration import runs as runs_module
from matsim.calibration.free_parameters import Free, Space, read_free
from matsim.calibration.patterns import Patterns
from matsim.calibration.runs import Job, Runs
from matsim.core.errors import InputError
from matsim.evidence.calibrated import FILE, fitted, read_calibrated
from matsim.evidence.parameters import describe
from matsim.evidence.targets import targets_to_fit
from matsim.experiment.factors import parameter
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario

UNCALIBRATED = 0.450723
"""Score of the small scorecard (seed 1) before anything was fitted."""

FREE = read_free()
FITTED = read_calibrated()
KNOWN = {info.name: info for info in describe(Scenario)}


def test_what_was_fitted_is_what_was_free() -> None:
    assert list(FITTED) == FREE.names
    assert 10 <= len(FITTED) <= 20


@pytest.mark.parametrize("name", FREE.names)
def test_the_value_is_the_default_in_use_and_within_its_ranges(name: str) -> None:
    info, found = KNOWN[name], FITTED[name]
    if isinstance(found.value, dict):  # policy after the last fitted year is stated by hand
        fitted_until = max(found.value)
        assert {year: value for year, value in info.default.items() if year <= fitted_until} == found.value
    else:
        assert info.default == found.value
    assert info.source == "calibration"
    assert info.plausible is not None
    low, high = info.plausible
    moved = next(free.moved for free in FREE.free if free.name == name)
    numbers = [found.value[year] for year in moved] if isinstance(found.value, dict) else [found.value]
    assert all(low <= number <= high for number in numbers)
    number = found.added if found.added is not None else found.value
    assert found.searched[0] <= number <= found.searched[1]
    assert found.searched[0] <= found.range_90[0] <= found.range_50[0] <= found.range_50[1] <= found.range_90[1]
    assert found.range_90[1] <= found.searched[1]


def test_nothing_else_says_that_it_was_calibrated() -> None:
    assert {name for name, info in KNOWN.items() if info.source == "calibration"} == set(FITTED)


def test_the_values_chosen_do_no_worse_than_those_by_hand() -> None:
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    assert raw["score"] >= raw["score_by_hand"]


def test_the_scorecard_is_better_than_before_anything_was_fitted() -> None:
    assert small()["score"] > UNCALIBRATED + 0.05


def test_what_is_held_out_is_a_counted_pattern_and_not_most_of_them() -> None:
    counted = [t.id for t in targets_to_fit()]
    assert set(FREE.held_out) < set(counted)
    assert set(counted[2::6]) <= set(FREE.held_out)
    assert {t.id for t in targets_to_fit() if t.group == "forecast"} <= set(FREE.held_out)


def test_every_point_of_the_cube_is_a_scenario() -> None:
    for corner in (np.zeros(len(FREE.free)), np.ones(len(FREE.free)), FREE.by_hand):
        made = override(Scenario(), FREE.settings(corner), "test")
        for free, number in zip(FREE.free, FREE.numbers(corner), strict=True):
            if not free.dated:
                assert parameter(made, free.name).value == number


def test_a_dated_parameter_moves_in_the_years_named() -> None:
    free = Free("a.b", -1.0, 1.0, {2010: 0.5, 2012: 1.0, 2014: 0.0}, moved=(2012, 2014))
    assert free.value(free.number(0.75)) == {2010: 0.5, 2012: 1.5, 2014: 0.5}
    assert Space((free,)).by_hand.tolist() == [0.5]


def test_a_log_scale_and_whole_numbers() -> None:
    log = Free("a", 1.0, 100.0, 10.0, scale="log")
    assert log.number(0.5) == pytest.approx(10.0)
    assert log.unit(10.0) == pytest.approx(0.5)
    assert Free("b", 0.0, 12.0, 6, whole=True).value(Free("b", 0.0, 12.0, 6, whole=True).number(0.49)) == 6


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "free.toml"
    path.write_text(
        '[[free]]\nname = "a"\nlow = 2\nhigh = 1\nhand = 3\n[[free]]\nname = "b"\nlowe = 1\nhigh = 2\nhand = 1\n'
    )
    with pytest.raises(InputError) as caught:
        read_free(path)
    text = str(caught.value)
    assert "low = 2 should be below high = 1" in text
    assert "unknown key 'lowe'; did you mean 'low'?" in text
    assert "'low' is missing" in text


def test_an_unknown_name_was_not_fitted() -> None:
    with pytest.raises(KeyError, match=r"founding\.threshold"):
        fitted("founding.treshold")


def test_runs_are_kept_and_go_on_where_they_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def stub(jobs: list[Job]) -> list[list[float | None]]:
        ((_, seed, patterns),) = jobs  # worlds as large as England are run one by one
        ran.append(seed)
        if len(ran) == 3:
            raise KeyboardInterrupt
        return [[None, *[float(seed)] * (len(patterns.columns) - 1)]]

    monkeypatch.setattr(runs_module, "_run", stub)
    patterns = Patterns(targets_to_fit())
    runs = Runs(tmp_path / "runs", Scenario(), FREE, patterns)
    points: NDArray[np.float64] = np.array([FREE.by_hand, np.zeros(len(FREE.free))])
    with pytest.raises(KeyboardInterrupt):
        runs.at(points, [1, 2])
    found = runs.at(points, [1, 2])
    assert ran == [1, 2, 1, 1, 2]  # the third, that was broken off, and the fourth
    assert np.isnan(found[:, :, 0]).all()
    np.testing.assert_array_equal(found[:, :, 1], [[1.0, 2.0], [1.0, 2.0]])
    assert not list((tmp_path / "runs").glob(".*"))


def test_a_kept_run_in_which_a_digit_changed_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def stub(jobs: list[Job]) -> list[list[float | None]]:
        ran.extend(seed for _, seed, _ in jobs)
        return [[float(seed)] * len(patterns.columns) for _, seed, patterns in jobs]

    monkeypatch.setattr(runs_module, "_run", stub)
    patterns = Patterns(targets_to_fit())
    runs = Runs(tmp_path / "runs", Scenario(), FREE, patterns)
    points: NDArray[np.float64] = np.array([FREE.by_hand])
    first = runs.at(points, [1, 2])
    for path in (tmp_path / "runs").iterdir():
        path.write_text(path.read_text().replace("2.0", "3.0", 1))
    np.testing.assert_array_equal(runs.at(points, [1, 2]), first)
    assert ran == [1, 2, 2]


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    said = wrong(3, "calibrate", "--out", tmp_path / "x", "--waves", 0, "--points", 3)
    assert "--waves 0: should be 1 or more" in said
    assert "--points 3: should be 10 or more" in said
    free = tmp_path / "free.toml"
    free.write_text('held_out = ["lagg"]\n[[free]]\nname = "joining.wait"\nlow = 0.2\nhigh = 0.6\nhand = 0.4\n')
    said = wrong(3, "calibrate", "--out", tmp_path / "x", "--free", free)
    assert "unknown pattern 'lagg'; did you mean 'lag'?" in said


def test_the_account_states_the_defaults_and_the_ranges() -> None:
    text = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    told = {row[0].strip("`"): row for row in rows}
    assert list(told) == list(FITTED)
    for name, entry in FITTED.items():
        value = entry.value if entry.added is None else entry.added
        low, high = told[name][5].split(" to ")
        assert float(told[name][2]) == pytest.approx(value, rel=0.01)
        assert (float(low), float(high)) == pytest.approx(entry.range_90, rel=0.01)


@pytest.mark.long
def test_a_small_calibration_end_to_end(tmp_path: Path) -> None:
    free = tmp_path / "free.toml"
    free.write_text(
        'held_out = ["lag"]\n'
        '[[free]]\nname = "joining.wait"\nlow = 0.2\nhigh = 0.6\nhand = 0.4\n'
        '[[free]]\nname = "environment.push_primary"\nlow = -1\nhigh = 1\nhand = { 2010 = 0.0, 2016 = 0.5 }\n'
        '[[free]]\nname = "bidding.sponsors"\nlow = 2\nhigh = 10\nhand = 6\nwhole = true\n'
    )
    ask = ("calibrate", "--free", str(free), "--waves", "1", "--points", "10", "--quiet")
    more = ("--set", "world.synthetic.schools=1500", "--workers", "1", "--out", str(tmp_path / "one"))
    first = fine(*ask, *more)
    again = fine(*ask, *more)
    assert first == again
    made = read_calibrated.__wrapped__(tmp_path / "one" / "calibrated.toml")
    assert list(made) == ["joining.wait", "environment.push_primary", "bidding.sponsors"]
    for name in ("waves", "points", "posterior", "emulators", "contest", "scorecard"):
        assert (tmp_path / "one" / f"{name}.csv").stat().st_size > 0
    account = (tmp_path / "one" / "account.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` | " in account for name in made)
    assert "| lag | " in account
