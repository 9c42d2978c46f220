"""The first year is what somebody says it is, else that of the files, else the default; titles and manifests follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import scenario
from support.calling import call, told
from support.make_gias import CONVERTER, LINKS_2018, link, school, write

from matsim.core.published_files import Files
from matsim.experiment.ensemble import make_ensemble
from matsim.experiment.load import read_experiment
from matsim.results.store import open_result
from matsim.scenario.first_year import says_start, settled
from matsim.scenario.load import load_scenario, override
from matsim.scenario.schema import Scenario, WorldParams
from matsim.simulation.simulate import build_world, scenario_of, world_of


def published(folder: Path, schools: str = "schools_2024-03.csv", links: str = "links_2024-03.csv") -> Files:
    """Thirty schools, every other an academy, in files that their names date."""
    rows = [
        school(100001 + i, CONVERTER if i % 2 else "Community school", easting=500_000 + 900 * i) for i in range(30)
    ]
    joined = [link(100001 + i, 20 + i % 3) for i in range(1, 30, 2)]
    return Files(write(folder / schools, rows), write(folder / links, joined, LINKS_2018))


def test_who_says_the_first_year(tmp_path: Path) -> None:
    files = published(tmp_path)
    assert not says_start(Scenario())
    assert not says_start(load_scenario("england"))
    assert not says_start(load_scenario("capacity-first"))
    assert says_start(load_scenario("england-2018"))
    assert says_start(load_scenario("england", ["world.start=2018"]))
    assert says_start(override(Scenario(), {"world.start": 2018}, "test"))
    assert not says_start(override(load_scenario("england"), {"run.years": 3, "world.synthetic.schools": 300}, "test"))
    assert settled(load_scenario("england"), files).world.start == 2024
    assert says_start(settled(load_scenario("england"), files))
    assert settled(load_scenario("england-2018"), files).world.start == 2018
    assert settled(load_scenario("england", ["world.start=2023"]), files).world.start == 2023
    assert settled(load_scenario("england"), None) == load_scenario("england")
    assert load_scenario("england").world.start == WorldParams().start


def test_the_latest_of_the_files_decides_and_files_without_a_date_leave_the_default(tmp_path: Path) -> None:
    for schools, links, year in (
        ("schools_2018-05.csv", "links_2020-01.csv", 2020),
        ("schools_2024-03.csv", "links_2018-05.csv", 2024),
        ("schools.csv", "links_2022-01.csv", 2022),
    ):
        assert settled(Scenario(), published(tmp_path, schools, links)).world.start == year
        assert build_world(Scenario(), published(tmp_path, schools, links)).year == year
        assert world_of(Scenario(), published(tmp_path, schools, links)).year == year
    bare = write(tmp_path / "bare.csv", [school(100001, opened="", inspected="")])
    assert settled(Scenario(), Files(bare)).world.start == WorldParams().start


def test_files_that_are_written_again_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    write(path, [school(100001, opened="01-09-2011", inspected="")])
    assert settled(Scenario(), Files(path)).world.start == 2011
    write(path, [school(100001, opened="01-09-2013", inspected=""), school(100002, opened="", inspected="")])
    assert settled(Scenario(), Files(path)).world.start == 2013


def test_a_run_says_the_year_of_its_files_everywhere(tmp_path: Path) -> None:
    files = published(tmp_path)
    for name, year, warned in (("england", 2024, False), ("capacity-first", 2024, False), ("england-2018", 2018, True)):
        out = tmp_path / name
        done = call("run", name, "--years", 1, "--out", out, *files.options)
        assert done.code == 0, done.err
        result = open_result(out)
        assert result.manifest["world"]["year"] == year
        assert scenario_of(result).world.start == year
        assert result.table("system_year")["year"].tolist() == [year]
        assert ("6 years before it" in done.err) == warned
        assert str(year) in done.out.splitlines()[0] or f"{year}/" in done.out
    assert call("verify", tmp_path / "england", *files.options).code == 0
    facts = told("world", "describe", "england", *files.options)
    assert facts["year"] == 2024


def test_an_experiment_begins_in_the_year_of_its_files_and_says_so(tmp_path: Path) -> None:
    files = published(tmp_path)
    asked = {"title": "small", "years": 1, "arms": [{"name": "a"}, {"name": "b", "set": {"joining.nearness": 0.1}}]}
    experiment = read_experiment(asked | {"scenario": "england"})
    ensemble = make_ensemble(experiment, files, 1)
    assert {arm.world.start for arm in ensemble.arms.values()} == {2024}
    assert isinstance(ensemble.experiment.scenario, dict)
    assert ensemble.experiment.scenario["world"]["start"] == 2024
    without = make_ensemble(experiment, None, 1)
    assert {arm.world.start for arm in without.arms.values()} == {WorldParams().start}
    assert without.experiment.scenario["world"]["start"] == WorldParams().start  # type: ignore[index]
    stays = make_ensemble(read_experiment(asked | {"scenario": "england-2018"}), files, 1)
    assert {arm.world.start for arm in stays.arms.values()} == {2018}


def test_a_twin_has_one_year(tmp_path: Path) -> None:
    files = published(tmp_path)
    done = call("twin", "england", "--years", 1, "--set", "joining.nearness=0.0", *files.options)
    assert done.code == 0, done.err
    assert "2024/25" in done.out


@pytest.mark.parametrize("changes", [{}, {"world__start": 2018}])
def test_without_files_nothing_is_settled(changes: dict[str, object]) -> None:
    assert settled(scenario(**changes), None) == scenario(**changes)
