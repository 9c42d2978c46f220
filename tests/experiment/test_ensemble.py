"""Ensembles: the order of runs, and keys that say exactly what a run is made from."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matsim.core.errors import InputError
from matsim.evidence.parameters import describe
from matsim.experiment.ensemble import Ensemble, _parts, make_ensemble
from matsim.experiment.factors import assign, parameter
from matsim.experiment.load import read_experiment
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import Files

A: dict[str, Any] = {"name": "a"}
B: dict[str, Any] = {"name": "b", "set": {"rolls.pull": 0.5}}
C: dict[str, Any] = {"name": "c", "set": {"buyin.on": False}}
NULL: dict[str, Any] = {"name": "null", "null": True}
FACTOR = {"name": "environment.help_mean", "values": [0.2, 0.5]}
GRID: dict[str, Any] = {"uncertainties": [FACTOR], "design": {"kind": "grid"}}


def plan(*arms: dict[str, Any], files: Files | None = None, **tables: Any) -> Ensemble:
    experiment = read_experiment({"scenario": "area-300", "arms": list(arms or (A,)), "replicates": 3, **tables})
    return make_ensemble(experiment, files)


def keys(made: Ensemble) -> list[str]:
    return [task.key for task in made.tasks]


def key(**tables: Any) -> str:
    return keys(plan(**tables))[0]


class TestOrder:
    def test_replicates_then_arms_then_points(self) -> None:
        made = plan(A, B, **GRID, seed=7)
        assert [(t.run, t.replicate, t.seed, t.arm, t.point) for t in made.tasks[:5]] == [
            (0, 1, 7, "a", 0),
            (1, 1, 7, "a", 1),
            (2, 1, 7, "b", 0),
            (3, 1, 7, "b", 1),
            (4, 2, 8, "a", 0),
        ]
        assert [t.run for t in made.tasks] == list(range(12))

    def test_more_replicates_leave_the_first_runs_alone(self) -> None:
        made = plan(A, B, **GRID)
        longer = made.extended(5)
        assert longer.tasks[: len(made.tasks)] == made.tasks
        assert (len(longer.tasks), longer.replicates) == (20, 5)
        assert longer.tasks == make_ensemble(made.experiment, None, replicates=5).tasks

    def test_precision_begins_with_its_least(self) -> None:
        tables = {"scenario": "area-300", "precision": {"measure": "pupils", "half_width": 1.0, "at_least": 4}}
        assert make_ensemble(read_experiment(tables), None).replicates == 4

    def test_no_replicates(self) -> None:
        with pytest.raises(InputError, match="replicates: 0: should be 1 or more"):
            make_ensemble(plan().experiment, None, replicates=0)

    def test_too_many_runs(self) -> None:
        with pytest.raises(InputError, match=r"asks for 9,000,000 runs \(1 arms?, 1 points?, 9000000 replicates\)"):
            make_ensemble(plan().experiment, None, replicates=9_000_000)


class TestScenarios:
    def test_an_arm_at_a_point(self) -> None:
        made = plan(A, B, **GRID, years=4)
        found = made.scenario("b", 1)
        assert (found.rolls.pull, found.environment.help_mean, found.run.years) == (0.5, 0.5, 4)
        assert made.scenario("a", 0).rolls.pull == Scenario().rolls.pull

    def test_description(self) -> None:
        told = plan(A, B, NULL, **GRID, title="T", question="Q").describe()
        assert (told["runs"], told["points"], told["replicates"], told["arms"]) == (18, 2, 3, ["a", "b", "null"])
        default = Scenario().rolls.pull
        difference = {"name": "rolls.pull", "baseline": default, "value": 0.5, "unit": "share per year"}
        assert told["differences"] == {"a": [], "b": [difference], "null": []}
        assert json.loads(json.dumps(told)) == told

    def test_it_travels(self) -> None:
        made = plan(A, B, **GRID)
        again = pickle.loads(pickle.dumps(made))
        assert (again.tasks, again.arms, again.settings) == (made.tasks, made.arms, made.settings)
        assert again.scenario("b", 1) == made.scenario("b", 1)


class TestKeys:
    def test_they_tell_runs_apart(self) -> None:
        made = keys(plan(A, B, C, NULL, **GRID))
        assert len(set(made)) == len(made)

    def test_equal_runs_share_the_beginning_of_their_keys(self) -> None:
        made = plan(A, NULL)
        base, null = made.tasks[0].key, made.tasks[1].key
        assert null == f"{base}-2"

    def test_adding_and_moving_arms_keeps_keys(self) -> None:
        few, many = plan(A, B, **GRID), plan(C, A, NULL, B, **GRID, baseline="a")
        assert set(keys(few)) < set(keys(many))

    def test_every_value_of_a_scenario_counts(self) -> None:
        """A run whose key did not change with one of its values would be taken for another run's."""
        base = plan().arms["a"]
        seen = {_content(base): "as it is"}
        for known in describe(Scenario):
            value = _another(base, known.name)
            if known.name == "run.seed" or value is None:
                continue
            found = _content(assign(base, {known.name: value}))
            assert found not in seen, f"{known.name} and {seen[found]}"
            seen[found] = known.name
        assert len(seen) > 200

    def test_what_else_counts(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).write_text(name, encoding="utf-8")
        one, two = tmp_path / "one", tmp_path / "two"
        found = [
            key(),
            key(years=4),
            key(seed=2),
            key(keep=["trust_year"]),
            key(keep=["school_year"]),
            key(files=Files(one)),
            key(files=Files(two)),
            key(files=Files(one, two)),
        ]
        assert len(set(found)) == len(found)

    def test_what_does_not_count(self, tmp_path: Path) -> None:
        here, there = tmp_path / "here.csv", tmp_path / "there.csv"
        for path in (here, there):
            path.write_text("same", encoding="utf-8")
        assert key(files=Files(here)) == key(files=Files(there))
        assert key(title="T", question="Q", measures=["pupils"]) == key()
        assert key(set={"title": "T", "question": "Q"}) == key()
        assert key(keep=["events", "trust_year"]) == key(keep=["trust_year", "events"])
        nested, dotted = {"rolls": {"pull": 0.5}}, {"rolls.pull": 0.5}
        assert key(set=nested) == key(set=dotted) != key()
        assert keys(plan(A, B))[1] == key(set=dotted)
        assert keys(plan(seed=1))[1] == keys(plan(seed=2))[0]

    def test_a_point_is_the_same_as_the_assignment(self) -> None:
        assert keys(plan(**GRID))[1] == key(set={"environment.help_mean": 0.5})

    def test_they_are_the_same_in_every_process(self) -> None:
        code = (
            "from matsim.experiment.load import read_experiment;from matsim.experiment.ensemble import make_ensemble;"
            "arms=[{'name':'a'},{'name':'b','set':{'rolls.pull':0.5}}];"
            "made=make_ensemble(read_experiment({'scenario':'area-300','arms':arms,'replicates':3}),None);"
            "print(' '.join(t.key for t in made.tasks))"
        )
        found = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": "12345"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.split() == keys(plan(A, B))

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"none\.csv: cannot be read: no such file"):
            plan(files=Files(tmp_path / "none.csv"))


def _content(scenario: Scenario) -> str:
    return json.dumps(_parts(scenario, {}))


def _another(base: Scenario, name: str) -> Any:
    """A value that a parameter may take and that the scenario does not have; None if there is no telling."""
    try:
        known = parameter(base, name)
    except InputError:
        return None
    if known.kind == "switch":
        return not known.value
    ends = [int(end) if known.kind == "whole" else end for end in known.plausible or ()]
    return next((end for end in reversed(ends) if end != known.value), None)


def test_points_that_an_arm_cannot_take() -> None:
    """Said before anything runs, with the arm and the point."""
    made = plan(A, **GRID).experiment
    broken = made.model_copy(update={"uncertainties": (made.uncertainties[0].model_copy(update={"values": (0.2, 7)}),)})
    with pytest.raises(InputError, match=r"arm 'a', point 1: environment.help_mean = 7: should be between 0 and 1"):
        make_ensemble(broken, None)


def test_assigning_twice_is_assigning_all_at_once() -> None:
    made = plan(A, C, **GRID)
    for arm in made.arms:
        for number, values in enumerate(made.settings):
            assert made.scenario(arm, number) == override(made.arms[arm], values, "test")
