"""Experiment files: what they may say, what is refused and in which words, and that they keep their meaning."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsim.core.errors import InputError
from matsim.core.find import find_file, named_files
from matsim.evidence.parameters import describe
from matsim.experiment.ensemble import make_ensemble
from matsim.experiment.factors import assign, parameter
from matsim.experiment.load import TAKES, arms_of, load_experiment, read_experiment
from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.strategies import CapacityFirst

AREA = {"world.synthetic.schools": 300}
PULL = {"name": "rolls.pull"}


def file(folder: Path, text: str, name: str = "experiment.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(**tables: Any) -> list[str]:
    """What is said of an experiment on an area of 300 schools with these tables."""
    with pytest.raises(InputError) as raised:
        read_experiment({"scenario": "area-300", **tables})
    return raised.value.problems


def problem(**tables: Any) -> str:
    """The only thing that is said of an experiment."""
    (only,) = problems(**tables)
    return only


def factor_problem(design: str = "latin hypercube", role: str = "uncertainties", **factor: Any) -> str:
    return problem(design={"kind": design}, **{role: [factor]})


class TestReading:
    def test_a_short_file_has_every_default_filled(self, tmp_path: Path) -> None:
        found = load_experiment(file(tmp_path, 'scenario = "area-300"\n'))
        assert (found.baseline, found.replicates, found.seed) == ("base", 20, 1)
        assert [arm.name for arm in found.arms] == ["base"]
        assert "mean_outcome" in found.measures
        assert found.path == tmp_path / "experiment.toml"
        assert arms_of(found)["base"].world.synthetic.schools == 300

    def test_scenarios_are_found_beside_the_file_first(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        file(tmp_path / "own", "[rolls]\npull = 0.25\n", "mine.toml")
        found = load_experiment(file(tmp_path, 'scenario = "own/mine.toml"\n'))
        assert arms_of(found)["base"].rolls.pull == 0.25

    def test_an_arm_may_start_from_another_scenario_and_change_it(self) -> None:
        arms = [{"name": "a"}, {"name": "b", "scenario": "capacity-first", "set": {"rolls.pull": 0.5}}]
        found = arms_of(read_experiment({"scenario": "area-300", "set": AREA, "arms": arms}))
        assert [type(ceo) for ceo in found["b"].ceos] == [CapacityFirst]
        assert (found["b"].rolls.pull, found["b"].world.synthetic.schools) == (0.5, 300)

    def test_years_and_seed_are_the_experiments(self) -> None:
        arms = [{"name": "a"}, {"name": "b", "set": {"rolls.pull": 0.5}}]
        tables = {"scenario": {"run": {"seed": 7, "years": 30}}, "arms": arms, "years": 4, "seed": 11}
        for scenario in arms_of(read_experiment(tables)).values():
            assert (scenario.run.seed, scenario.run.years) == (11, 4)

    def test_keeping_schools_makes_runs_record_them(self) -> None:
        tables = {"scenario": "area-300", "keep": ["school_year"]}
        assert arms_of(read_experiment(tables))["base"].run.school_year
        assert not arms_of(read_experiment({"scenario": "area-300"}))["base"].run.school_year

    def test_ranges_fall_back_on_what_is_plausible(self) -> None:
        tables = {"scenario": "area-300", "uncertainties": [PULL], "design": {"kind": "latin hypercube"}}
        plausible = {p.name: p.plausible for p in describe(Scenario)}["rolls.pull"]
        (factor,) = read_experiment(tables).uncertainties
        assert (factor.low, factor.high) == plausible

    def test_a_switch_is_on_or_off(self) -> None:
        tables = {"scenario": "area-300", "levers": [{"name": "collaborating.on"}], "design": {"kind": "grid"}}
        assert read_experiment(tables).levers[0].values == (False, True)

    def test_designs_have_sizes_of_their_own(self) -> None:
        def design(kind: str) -> Any:
            return read_experiment({"scenario": "area-300", "uncertainties": [PULL], "design": {"kind": kind}}).design

        assert (design("morris").levels, design("morris").trajectories) == (4, 20)
        assert (design("grid").levels, design("grid").points) == (5, None)
        assert design("sobol").points == 64

    def test_experiments_are_found_by_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "experiments").mkdir()
        ours = file(tmp_path / "experiments", 'scenario = "area-300"\n', "ours.toml")
        monkeypatch.chdir(tmp_path)
        assert find_file("ours", "experiment").resolve() == find_file("ours.toml", "experiment").resolve() == ours
        assert "ours" in named_files("experiment")
        with pytest.raises(InputError, match="no experiment has that name; did you mean 'ours'"):
            find_file("our", "experiment")

    def test_a_missing_file_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="there is no such file"):
            load_experiment(tmp_path / "none.toml")


class TestRefused:
    """Each mistake by itself: the sentence names the place, what is wrong and what would be right."""

    def test_words_of_the_file(self) -> None:
        assert problem(replicate=3) == "replicate: unknown name; did you mean 'replicates'?"
        assert problem(design={"kind": "sobel"}).startswith("design.kind = 'sobel': should be 'arms'")
        assert "did you mean 'sobol'?" in problem(design={"kind": "sobel"})
        assert problem(replicates=0) == "replicates = 0: should be 1 or more"
        assert problem(arms=[{"set": {}}]) == "arms[0].name: missing; should be text in quotes"

    def test_scenarios(self) -> None:
        assert "scenario = 'area-30': no scenario has that name; did you mean 'area-300'?" in problem(
            scenario="area-30"
        )
        told = problem(arms=[{"name": "a"}, {"name": "b", "scenario": "capacity-frist"}])
        assert told.startswith("arms[1].scenario = 'capacity-frist': no scenario")
        assert problem(scenario={"rolls": {"pul": 1}}) == "scenario: rolls.pul: unknown name; did you mean 'pull'?"

    def test_a_scenario_file_is_looked_for_beside_the_experiment_only(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        file(tmp_path, "[rolls]\npull = 0.5\n", "mine.toml")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match=r"scenario = 'mine.toml': .*mine.toml: there is no such file"):
            load_experiment(file(tmp_path / "elsewhere", 'scenario = "mine.toml"\n'))

    def test_a_broken_scenario_file_is_named(self, tmp_path: Path) -> None:
        file(tmp_path, "[rolls]\npull = 2.0\n", "broken.toml")
        with pytest.raises(InputError) as raised:
            load_experiment(file(tmp_path, 'scenario = "broken.toml"\n'))
        assert f"{tmp_path / 'broken.toml'}: rolls.pull = 2.0: should be between 0 and 1" in raised.value.problems[0]

    def test_assignments(self) -> None:
        arms = [{"name": "a"}, {"name": "b", "set": {"rolls.pul": 1}}]
        assert problem(arms=arms) == "arms[1].set: rolls.pul: unknown name; did you mean 'pull'?"
        assert problem(set={"rolls.pull": 9}).startswith("set: rolls.pull = 9: should be between 0 and 1")

    def test_arms_without_a_difference(self) -> None:
        arms: list[dict[str, Any]] = [{"name": "a"}, {"name": "b", "set": {"rolls.pull": 0.02}}]
        assert read_experiment({"scenario": "area-300"}) is not None
        default = Scenario().rolls.pull
        arms[1]["set"] = {"rolls.pull": default}
        told = problem(arms=arms)
        assert told == "arms[1] 'b': has no difference from the baseline 'a'; if meant, say null = true"
        arms[1]["null"] = True
        assert read_experiment({"scenario": "area-300", "arms": arms}).arms[1].null
        arms[1]["set"] = {"rolls.pull": 0.5}
        assert "null = true says it has no difference from the baseline, but it has in rolls.pull" in problem(arms=arms)

    def test_a_title_is_no_difference(self) -> None:
        arms = [{"name": "a"}, {"name": "b", "set": {"title": "Another"}}]
        assert "has no difference" in problem(arms=arms)

    def test_names_of_arms(self) -> None:
        arms: list[dict[str, Any]] = [{"name": "a"}, {"name": "a", "set": {"rolls.pull": 0.5}}]
        assert problem(arms=arms) == "arms[1].name = 'a': arms[0] has this name already"
        arms[1]["name"] = "A"
        assert problem(arms=arms) == (
            "arms[1].name = 'A': arms[0] is called 'a', which differs only in capitals; name one otherwise"
        )
        arms[1]["name"] = "steady"
        assert problem(arms=arms, baseline="stedy").endswith("no arm has that name; did you mean 'steady'?")

    def test_names_of_arms_that_cannot_be_shown(self) -> None:
        def told(name: str) -> str:
            return problem(arms=[{"name": name}])

        for name in ("a\nb", "a\x1b[2J", "\t", "a\u202eb"):
            invisible = "should be on one line, without control or invisible characters"
            assert told(name) == f"arms[0].name: {name!r} {invisible}"
        assert told(" a") == "arms[0].name: ' a' should not begin or end with a space"
        assert told("a ") == "arms[0].name: 'a ' should not begin or end with a space"
        assert told("") == "arms[0].name = '': should be text, and not empty"
        assert told("x" * 5000).endswith("…: should be text of at most 80 characters")
        assert read_experiment({"scenario": "area-300", "arms": [{"name": "Zoë’s 1st & “own”"}]}).arms

    def test_luck_and_time_belong_to_the_experiment(self) -> None:
        arms = [{"name": "a"}, {"name": "b", "set": {"run.seed": 4, "rolls.pull": 0.5}}]
        assert problem(arms=arms) == (
            "arms[1].set: run.seed is the same for every arm; say it at the top with seed and replicates"
        )
        told = factor_problem(name="run.years", low=1, high=3)
        assert told == "uncertainties[0].name = 'run.years': belongs to the experiment; say it at the top with years"

    def test_arms_that_run_for_other_times(self, tmp_path: Path) -> None:
        short = file(tmp_path, "[world.synthetic]\nschools = 300\n[run]\nyears = 3\n[rolls]\npull = 0.5\n", "s.toml")
        arms = [{"name": "a"}, {"name": "b", "scenario": str(short)}]
        told = problem(arms=arms)
        assert told == "arms[1] 'b': runs for 3 years and the baseline for 20; say years = 20 at the top, for all"
        assert read_experiment({"scenario": "area-300", "arms": arms, "years": 5}).years == 5

    def test_arms_in_another_world(self) -> None:
        told = problem(arms=[{"name": "a"}, {"name": "b", "scenario": "capacity-first"}])
        assert told.startswith("arms[1].scenario: world.synthetic.schools is 20000 there and 300 in")
        assert '[set] "world.synthetic.schools" = 300' in told

    def test_arms_that_set_another_world(self) -> None:
        other = {"name": "b", "set": {"world.synthetic.schools": 140}}
        told = problem(arms=[{"name": "a"}, other], set={"world.synthetic.schools": 150})
        assert told == (
            "arms[1].set: world.synthetic.schools is 140 there and 150 in the experiment's scenario; arms share their "
            'luck only in the same world: leave it out, or say for all of them [set] "world.synthetic.schools" = 140'
        )
        assert problem(arms=[{"name": "a"}, other]).startswith("arms[1].set: world.synthetic.schools is 140 there and")
        nested = {"name": "b", "set": {"world": {"synthetic": {"seed": 9}}, "world.start": 2010}}
        assert [text.partition(" is ")[0] for text in problems(arms=[{"name": "a"}, nested])] == [
            "arms[1].set: world.start",
            "arms[1].set: world.synthetic.seed",
        ]

    def test_an_arm_may_set_travel_and_come_back_to_the_same_world(self) -> None:
        slow = {"name": "slow", "set": {"travel.detour": 1.5}}
        back = {"name": "back", "scenario": "capacity-first", "set": AREA}
        assert len(read_experiment({"scenario": "area-300", "arms": [{"name": "a"}, slow, back]}).arms) == 3

    def test_the_world_may_be_uncertain(self) -> None:
        seed = {"name": "world.synthetic.seed", "values": [1, 2]}
        tables = {"scenario": "area-300", "uncertainties": [seed], "design": {"kind": "grid"}}
        assert read_experiment(tables).uncertainties[0].values == (1, 2)

    def test_measures_and_tables(self) -> None:
        assert problem(measures=["mean_outcom"]).endswith("unknown measure; did you mean 'mean_outcome'?")
        assert problem(measures=["pupils", "pupils"]) == "measures[1] = 'pupils': is named twice"
        assert problem(measures=[]) == "measures: should name at least one"
        assert problem(keep=["trusts_year"]).endswith("unknown table; did you mean 'trust_year'?")

    def test_precision(self) -> None:
        wanted = {"measure": "mean_outcome", "half_width": 0.01}
        assert read_experiment({"scenario": "area-300", "precision": wanted}).precision is not None
        assert problem(precision=wanted, replicates=5).startswith("replicates: a precision is asked for")
        assert problem(precision=wanted | {"at_least": 9, "at_most": 8}).startswith("precision.at_least = 9")
        assert "did you mean 'mean_outcome'?" in problem(precision=wanted | {"measure": "mean_outcom"})
        assert problem(precision=wanted | {"half_width": 0}) == "precision.half_width = 0: should be more than 0"

    def test_names_of_factors(self) -> None:
        assert (
            factor_problem(name="rolls.pul") == "uncertainties[0].name: rolls.pul: unknown name; did you mean 'pull'?"
        )
        assert factor_problem(name="rolls..pull").startswith("uncertainties[0].name: 'rolls..pull': should be a dotted")
        assert factor_problem(name="rolls").endswith("is a table; name one value in it")
        assert factor_problem(name="ceos").endswith("is a list; name one value in it")
        assert "counted from [0]" in factor_problem(name="ceos[9].share")
        assert "name one of its years, such as environment.convert_grant.2010" in factor_problem(
            name="environment.convert_grant"
        )
        told = problem(uncertainties=[PULL], levers=[PULL | {"values": [0.1, 0.2]}], design={"kind": "grid"})
        assert told == "levers[0].name = 'rolls.pull': is an uncertainty or lever already"

    def test_ranges(self) -> None:
        assert "low = 0.9 is above high = 0.1; turn them round" in factor_problem(**PULL, low=0.9, high=0.1)
        assert "low and high are both 0.5" in factor_problem(**PULL, low=0.5, high=0.5)
        told = factor_problem(**PULL, low=0.1, high=1.5)
        assert told.startswith("uncertainties[0].high: rolls.pull = 1.5: should be between 0 and 1")
        assert "should be more than 0 on a log scale" in factor_problem(**PULL, low=0.0, high=1.0, scale="log")
        name = "environment.mandatory_from"
        assert (
            "should be whole numbers"
            in problems(uncertainties=[{"name": name, "low": 2015.5, "high": 2018}], design={"kind": "halton"})[0]
        )
        assert factor_problem(name="environment.convert_grant.2019", low=-1, high=5).startswith(
            "uncertainties[0].low: environment.convert_grant.2019 = -1.0: should be 0 or more"
        )

    def test_no_plausible_range_to_fall_back_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bare = replace(parameter(Scenario(), "rolls.pull"), plausible=None)
        monkeypatch.setattr("matsim.experiment.factors.parameter", lambda *_: bare)
        assert "has no plausible range to fall back on; say low and high" in factor_problem(**PULL)

    def test_values(self) -> None:
        assert "has values, and low, high or scale besides" in factor_problem(**PULL, values=[0.1, 0.2], low=0)
        assert "should be two or more, all different" in factor_problem(**PULL, values=[0.1, 0.1])
        assert factor_problem(**PULL, values=[0.1, 3]).startswith("uncertainties[0].values[1]: rolls.pull = 3: should")
        assert "list the values it may take" in factor_problem(name="break_points.answers")
        assert "did you mean 'never'?" in factor_problem(name="break_points.answers", values=["always", "nver"])
        assert "a lever needs values, or low and high" in factor_problem(role="levers", **PULL)
        assert "it has values, not low, high" in factor_problem(name="collaborating.on", low=0, high=1)

    def test_a_factor_that_an_arm_sets_too(self) -> None:
        arms = [{"name": "a"}, {"name": "b", "set": {"rolls.pull": 0.5}}]
        told = problem(arms=arms, uncertainties=[PULL], design={"kind": "halton"})
        assert told.startswith("uncertainties[0].name = 'rolls.pull': the arm 'b' sets it too (0.5, not ")
        arms = [{"name": "a"}, {"name": "b", "set": {"ceos": [{"kind": "steady", "share": 1.0}]}}]
        share = {"name": "ceos[2].share", "low": 0.1, "high": 0.3}
        told = problem(arms=arms, uncertainties=[share], design={"kind": "halton"})
        assert told == "uncertainties[0].name = 'ceos[2].share': the arm 'b' has no such value"

    def test_designs(self) -> None:
        assert problem(uncertainties=[PULL]).startswith("design.kind: uncertainties and levers need a design")
        assert problem(design={"kind": "grid"}).startswith("design.kind = 'grid': needs uncertainties or levers")

        def told(**design: Any) -> str:
            return problem(uncertainties=[PULL], design=design)

        assert told(kind="sobol", points=60) == "design.points = 60: should be a power of two, such as 32 or 64"
        assert told(kind="sobol sequence", points=65).endswith("such as 64 or 128")
        assert told(kind="grid", points=8).startswith("design.points: means nothing to 'grid'; it belongs to 'latin")
        assert told(kind="morris", levels=5).startswith("design.levels = 5: should be even")
        assert told(kind="halton", second_order=True).endswith("it belongs to 'sobol'")
        assert told(kind="grid", file="x.csv").endswith("they belong to 'csv'")
        assert told(kind="csv").startswith("design: 'csv' needs one of the two")

    def test_all_mistakes_come_at_once(self) -> None:
        arms = [{"name": "a"}, {"name": "b"}]
        found = problems(
            arms=arms,
            measures=["pupil"],
            uncertainties=[{"name": "rolls.pul"}, PULL | {"low": 2}],
            design={"kind": "sobol", "points": 3},
        )
        starts = ("measures[0]", "arms[1] 'b'", "uncertainties[0]", "uncertainties[1]", "design.points")
        assert {start for start in starts for text in found if text.startswith(start)} == set(starts)


class TestPointsFromAFile:
    HEAD = """scenario = "area-300"
replicates = 1
[design]
kind = "csv"
file = "points.csv"
[[uncertainties]]
name = "rolls.pull"
low = 0.1
high = 0.6
[[uncertainties]]
name = "inspection.on"
[[levers]]
name = "environment.mandatory_from"
[[levers]]
name = "break_points.answers"
values = ["always", "never"]
[[levers]]
name = "environment.convert_grant.2019"
"""
    NAMES = "rolls.pull,inspection.on,environment.mandatory_from,break_points.answers,environment.convert_grant.2019"

    def told(self, folder: Path, rows: str, names: str = NAMES) -> list[str]:
        (folder / "points.csv").write_text(f"{names}\n{rows}", encoding="utf-8")
        with pytest.raises(InputError) as raised:
            load_experiment(file(folder, self.head()))
        return raised.value.problems

    def head(self) -> str:
        switch = next(p.name for p in describe(Scenario) if p.unit == "switch" and p.name != "run.school_year")
        self.switch = switch
        return self.HEAD.replace("inspection.on", switch)

    def names(self) -> str:
        self.head()
        return self.NAMES.replace("inspection.on", self.switch)

    def test_good(self, tmp_path: Path) -> None:
        rows = "0.5,true,2019,never,10\n0.25,FALSE,2016.0,always,20.5\n"
        (tmp_path / "points.csv").write_text(f"\ufeff{self.names()}\n{rows}", encoding="utf-8")
        found = load_experiment(file(tmp_path, self.head()))
        assert found.design.columns["rolls.pull"] == (0.5, 0.25)
        assert found.design.columns[self.switch] == (True, False)
        (tmp_path / "points.csv").unlink()
        plan = make_ensemble(found, None)
        assert plan.scenario("base", 1).environment.mandatory_from == 2016
        assert plan.scenario("base", 1).environment.convert_grant[2019] == 20.5
        assert plan.scenario("base", 0).break_points.answers == "never"
        again = load_experiment(file(tmp_path, found.text(), "again.toml"))
        assert make_ensemble(again, None).tasks == plan.tasks

    def test_cells(self, tmp_path: Path) -> None:
        rows = "x,true,2019,never,10\n0.7,maybe,2019.5,sometimes,-4\n0.2,true,1066,never,inf\n"
        found = self.told(tmp_path, rows, self.names())
        start = "design.file = 'points.csv': line "
        assert found[0] == f"{start}2, rolls.pull = 'x': should be a number"
        assert f"{start}3, rolls.pull = 0.7: should be between 0.1 and 0.6" in found
        assert f"{start}3, {self.switch} = 'maybe': should be true or false" in found
        assert f"{start}3, environment.mandatory_from = '2019.5': should be a whole number" in found
        assert any(text.startswith(f"{start}3, break_points.answers = 'sometimes': should be one of") for text in found)
        assert any(text.startswith(f"{start}3, environment.convert_grant.2019 = -4.0: should be 0") for text in found)
        assert any(text.startswith(f"{start}4, environment.mandatory_from = 1066: should be between") for text in found)
        assert f"{start}4, environment.convert_grant.2019 = 'inf': should be a number" in found
        assert len(found) == 8

    def test_columns(self, tmp_path: Path) -> None:
        found = self.told(tmp_path, "0.5,true,2019,never,10\n", self.names().replace("rolls.pull", "rolls.pul"))
        assert any("there is no column 'rolls.pull'" in text and "did you mean 'rolls.pul'" in text for text in found)
        found = self.told(tmp_path, "0.5,true,2019,never,10,1\n", self.names() + ",index")
        assert found == ["design.file = 'points.csv': line 1: column 'index' is no uncertainty or lever"]

    def test_a_table_of_one_factor(self, tmp_path: Path) -> None:
        head = 'scenario = "area-300"\n[design]\nkind = "csv"\nfile = "points.csv"\n[[uncertainties]]\n'

        def told(text: str) -> str:
            (tmp_path / "points.csv").write_text(text, encoding="utf-8")
            with pytest.raises(InputError) as raised:
                load_experiment(file(tmp_path, head + 'name = "rolls.pull"\n'))
            (only,) = raised.value.problems
            return only.removeprefix("design.file = 'points.csv': ")

        missing = "line 1: there is no column 'rolls.pull', which is required"
        assert told("rolls.pul\n0.5\n") == f"{missing}; did you mean 'rolls.pul'?"
        assert told("x\n0.5\n") == missing
        assert told("0.5\n0.25\n") == missing
        assert "separated by semicolons" in told("a;b;rolls.pull\n1;2;0.5\n")
        (tmp_path / "points.csv").write_text("rolls.pull\n0.5\n", encoding="utf-8")
        assert load_experiment(file(tmp_path, head + 'name = "rolls.pull"\n')).design.columns == {"rolls.pull": (0.5,)}

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"design.file = 'points.csv': there is no such file"):
            load_experiment(file(tmp_path, self.head()))

    def test_many_problems_are_counted(self, tmp_path: Path) -> None:
        found = self.told(tmp_path, "x,true,2019,never,10\n" * 50, self.names())
        assert (len(found), found[-1]) == (21, "design.file = 'points.csv': ... and 30 more")

    def test_columns_in_memory(self) -> None:
        def told(columns: dict[str, list[Any]]) -> str:
            return problem(uncertainties=[PULL], design={"kind": "csv", "columns": columns})

        assert told({"rolls.pull": [0.1, "a"]}) == "design.columns: row 2, rolls.pull = 'a': should be a number"
        assert told({"rolls.pull": []}).endswith("the same number of rows, at least one")
        assert told({"rolls.pull": [0.1], "x": [1]}) == "design.columns: column 'x' is no uncertainty or lever"


def test_assign_gives_what_override_gives() -> None:
    """For every parameter that can be varied, and for each of several at once."""
    scenario = override(Scenario(), {"trusts": [{"uid": 5}]}, "test")
    special = ["ceos[1].share", "environment.convert_grant.2019", "trusts[0].uid", "world.synthetic.schools"]
    together: dict[str, Any] = {}
    for name in [*(p.name for p in describe(Scenario)), *special]:
        try:
            known = parameter(scenario, name)
        except InputError:  # changes on dates
            continue
        high = known.plausible[1] if known.plausible else 1
        value = {"number": high, "whole": int(high), "switch": not known.value, "choice": known.value}[known.kind]
        together[name] = value
    assert len(together) > 150
    assert assign(scenario, together) == override(scenario, together, "test") != scenario
    for name in special:
        value = {name: together[name]}
        assert assign(scenario, value) == override(scenario, value, "test"), name


def test_assign_refuses_what_override_refuses() -> None:
    for name, value in {"rolls.pull": 2.0, "rolls.pul": 1, "ceos[0].share": "x", "ceos[9].share": 0.1}.items():
        with pytest.raises(InputError) as by_assign:
            assign(Scenario(), {name: value})
        with pytest.raises(InputError) as by_override:
            override(Scenario(), {name: value}, name)
        assert by_assign.value.problems == by_override.value.problems


CHOICES: tuple[dict[str, Any], ...] = (
    {"name": "rolls.pull", "low": 0.1, "high": 0.7, "scale": "log"},
    {"name": "environment.convert_grant.2019", "low": 0, "high": 30_000},
    {"name": "environment.mandatory_from", "low": 2014, "high": 2019},
    {"name": "break_points.answers", "values": ["never", "always"]},
    {"name": "collaborating.on"},
    {"name": "ceos[0].share", "values": [0.1, 0.2, 0.4]},
)
ARMS: tuple[dict[str, Any], ...] = (
    {"name": "wide 'gaps'", "set": {"travel.detour": 1.5}},
    {"name": 'dotted "set"', "set": {"buyin": {"on": False}}},
    {"name": "same", "null": True},
    {"name": "dated", "set": {"environment.sponsor_grant.2020": 5.0, "environment.sponsor_grant.2021": 7}},
)


@given(
    factors=st.lists(st.sampled_from(CHOICES), unique_by=lambda f: str(f["name"]), max_size=4),
    arms=st.lists(st.sampled_from(ARMS), unique_by=lambda a: str(a["name"]), max_size=3),
    kind=st.sampled_from(["grid", "one at a time", "latin hypercube", "halton", "sobol", "morris"]),
    title=st.text(max_size=12),
    seed=st.integers(0, 2**40),
    precise=st.booleans(),
)
@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_stored_is_the_same_experiment(
    tmp_path: Path, factors: Any, arms: Any, kind: str, title: str, seed: int, precise: bool
) -> None:
    tables: dict[str, Any] = {"scenario": "area-300", "title": title, "seed": seed, "years": 3}
    tables |= {"arms": [{"name": "first"}, *arms], "uncertainties": factors[:2], "levers": factors[2:]}
    sizes = {"grid": {"levels": 3}, "one at a time": {"levels": 3}, "morris": {"trajectories": 2}}
    if factors:
        tables["levers"] = [f | {"values": [False, True]} if f["name"].endswith(".on") else f for f in factors[2:]]
        tables["design"] = {"kind": kind, **sizes.get(kind, {"points": 4})}
    if precise:
        tables["precision"] = {"measure": "mean_outcome", "half_width": 0.5}
    else:
        tables["replicates"] = 2
    made = read_experiment(tables)
    again = load_experiment(file(tmp_path, made.text()))
    assert again.model_dump() == made.model_dump()
    assert again.text() == made.text()
    one, two = make_ensemble(made, None), make_ensemble(again, None)
    assert one.tasks == two.tasks
    assert one.arms == two.arms
    assert one.points.equals(two.points)


def test_an_arm_that_takes_away_a_date_is_stored_whole(tmp_path: Path) -> None:
    """An assignment cannot remove a year, so the arm keeps all its values."""
    file(tmp_path, "[environment.convert_grant]\n2021 = 5.0\n", "base.toml")
    file(tmp_path, "[rolls]\npull = 0.5\n", "other.toml")
    text = 'scenario = "base.toml"\n[[arms]]\nname = "a"\n[[arms]]\nname = "b"\nscenario = "other.toml"\n'
    made = load_experiment(file(tmp_path, text))
    again = read_experiment(made.model_dump())
    assert 2021 in arms_of(again)["a"].environment.convert_grant
    assert 2021 not in arms_of(again)["b"].environment.convert_grant
    assert load_experiment(file(tmp_path, made.text(), "stored.toml")).model_dump() == made.model_dump()
    assert arms_of(again) == arms_of(made)


def test_the_guide_is_right(tmp_path: Path) -> None:
    """Its first file is refused as it says, is complete with the design, and its Python runs."""
    guide = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w*)\n(.*?)```", guide, re.DOTALL)
    toml = [text for kind, text in blocks if kind == "toml"]
    with pytest.raises(InputError) as raised:
        load_experiment(file(tmp_path, toml[0]))
    refusals = [text.strip() for kind, text in blocks if not kind and text.startswith("design.kind")]
    assert raised.value.problems == refusals
    found = load_experiment(file(tmp_path, toml[0] + toml[1]))
    assert len(make_ensemble(found, None).tasks) == 640
    assert "= 640 runs" in guide
    arm, factors, dated, precision = toml[2:]
    tables = 'scenario = "area-300"\n[design]\nkind = "halton"\n'
    assert len(load_experiment(file(tmp_path, tables + factors)).factors) == 3
    assert load_experiment(file(tmp_path, tables + dated)).factors[0].added_to == (2012, 2014, 2016, 2017, 2018)
    plain_arm = 'scenario = "area-300"\n[[arms]]\nname = "as it is"\n'
    assert load_experiment(file(tmp_path, plain_arm + arm + precision)).precision is not None
    (code,) = (text for kind, text in blocks if kind == "python")
    names: dict[str, Any] = {}
    exec(code, names)
    assert len(names["ensemble"].tasks) == 20


def test_the_guide_tells_every_size_and_kind() -> None:
    guide = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    rows = {line for line in guide.splitlines() if line.startswith("| `")}
    for kind, sizes in TAKES.items():
        (row,) = (line for line in rows if f"`{kind}`" in line.split("|")[1] and "run_year" not in line)
        assert all(f"`{name}` ({size})" in row for name, size in sizes.items())
