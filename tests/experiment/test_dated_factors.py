"""Uncertainties that add a number to a dated parameter, and the sweep over what a calibration did not settle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.calling import call, fine
from support.sweeping import plan

from matsim.calibration import runs as runs_module
from matsim.calibration.runs import Job
from matsim.core.errors import InputError
from matsim.experiment.ensemble import make_ensemble
from matsim.experiment.load import load_experiment
from matsim.experiment.runner import sweep
from matsim.scenario.schema import Scenario

NAME = "environment.push_primary"
PUSH = Scenario().environment.push_primary
MOVED = (2012, 2018)
ADDED = {"name": NAME, "low": -0.5, "high": 0.5, "added_to": list(MOVED)}


def varied(factor: dict[str, Any], kind: str = "grid", **more: Any) -> Any:
    return plan(1, [{"name": "a"}], uncertainties=[factor], design={"kind": kind, **more.pop("design", {})}, **more)


def moved(number: float) -> dict[int, float]:
    return {year: value + number if year in MOVED else value for year, value in PUSH.items()}


def test_a_number_is_added_to_the_years_named_and_to_no_others() -> None:
    made = varied(ADDED, design={"levels": 3})
    assert made.points["number"].tolist() == [-0.5, 0.0, 0.5]
    for point, number in enumerate((-0.5, 0.0, 0.5)):
        assert made.scenario("a", point).environment.push_primary == moved(number)


def test_one_at_a_time_begins_with_the_scenario_as_it_is() -> None:
    made = varied(ADDED, "one at a time", design={"levels": 2})
    assert made.points["number"].tolist() == [0.0, -0.5, 0.5]
    assert [made.scenario("a", i).environment.push_primary for i in (0, 1)] == [PUSH, moved(-0.5)]


def test_points_of_a_table_are_added_too() -> None:
    made = varied(ADDED, "csv", design={"columns": {NAME: [0.25]}})
    assert made.scenario("a", 0).environment.push_primary == moved(0.25)


def test_the_experiment_kept_with_a_sweep_says_the_same(tmp_path: Path) -> None:
    made = varied(ADDED)
    result = sweep(made, tmp_path / "s", workers=0)
    again = make_ensemble(load_experiment(result.folder / "experiment.toml"), None)
    assert [task.key for task in again.tasks] == [task.key for task in made.tasks]
    assert set(result.table("runs")["status"]) == {"done"}
    assert fine("analyse", result.folder, "--measure", "mean_outcome")
    assert f"added to its values of {MOVED[0]} and {MOVED[1]}" in _report(result.folder)


def _report(folder: Path) -> str:
    fine("report", folder, "-q")
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("factor", "told"),
    [
        ({**ADDED, "added_to": [2013]}, "has no value of 2013; its years are 2010, 2011, 2012"),
        ({**ADDED, "name": "rolls.pull"}, "does not change on dates, so added_to has no meaning"),
        ({**ADDED, "name": f"{NAME}.2012"}, "does not change on dates, so added_to has no meaning"),
        (
            {"name": NAME, "low": 0, "high": 1},
            "or say added_to = [2010, 2011, 2012, 2014, 2016, 2017, 2018, 2020, 20",
        ),
        ({"name": NAME, "added_to": [2012]}, "has no plausible range to fall back on; say low and high"),
        ({"name": NAME, "added_to": [2012], "values": [True, "x"]}, "should be"),
    ],
)
def test_what_cannot_be_added_is_a_sentence(factor: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        varied(factor)
    assert told in str(caught.value)


def test_what_would_undo_an_addition_is_refused() -> None:
    both = [ADDED, {"name": f"{NAME}.2012", "low": 0.0, "high": 1.0}]
    with pytest.raises(InputError, match=rf"{NAME}.2012 is one of its years and varies too"):
        plan(1, [{"name": "a"}], uncertainties=both, design={"kind": "grid"})
    arms: list[dict[str, Any]] = [{"name": "a"}, {"name": "b", "set": {f"{NAME}.2018": 1.5}}]
    with pytest.raises(InputError, match="the arm 'b' sets it too"):
        plan(1, arms, uncertainties=[ADDED], design={"kind": "grid"})


def test_what_a_calibration_writes_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stub(jobs: list[Job]) -> list[list[float | None]]:
        made: list[list[float | None]] = []
        for scenario, seed, patterns in jobs:
            x = scenario.joining.wait + scenario.environment.push_primary[2016] + 0.01 * seed
            made.append([x for target in patterns.targets for _ in target.parts])
        return made

    monkeypatch.setattr(runs_module, "_run", stub)
    free = tmp_path / "free.toml"
    free.write_text(
        '[[free]]\nname = "joining.wait"\nlow = 0.2\nhigh = 0.6\nhand = 0.4\n'
        f'[[free]]\nname = "{NAME}"\nlow = -1\nhigh = 1\nhand = {{ 2010 = 0.0, 2016 = 0.5 }}\nmoved = [2016]\n'
        '[[free]]\nname = "bidding.sponsors"\nlow = 2\nhigh = 10\nhand = 6\nwhole = true\n'
    )
    out = tmp_path / "c"
    more = ("--set", "world.synthetic.schools=60", "--set", "run.years=1", "--workers", 1, "--out", out, "-q")
    fine("calibrate", "--free", free, "--waves", 1, "--points", 10, *more)
    (out / "mine.txt").write_text("mine")
    written = (out / "posterior.toml").read_text(encoding="utf-8")
    (out / "posterior.toml").write_text(written.replace("replicates = 5", "replicates = 1"))
    said = call("sweep", out / "posterior.toml", "--out", tmp_path / "s", "--workers", 0, "-q")
    assert said.code == 0, said.err
    experiment = load_experiment(out / "posterior.toml")
    (push,) = [factor for factor in experiment.uncertainties if factor.name == NAME]
    assert push.added_to == (2016,)
    made = make_ensemble(experiment, None)
    for point, number in made.points[made.points["parameter"] == NAME][["point", "number"]].itertuples(index=False):
        push_of = made.scenario("base", point).environment.push_primary
        assert push_of == {**PUSH, 2010: 0.0, 2016: 0.5 + number}
    fine("calibrate", "--free", free, "--waves", 1, "--points", 10, *more)
    assert (out / "posterior.toml").read_text(encoding="utf-8") == written
    assert (out / "mine.txt").read_text() == "mine"
