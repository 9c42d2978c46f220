"""The first year of a scenario: built once in a process for all who ask, and again when what it is made of changed."""

from __future__ import annotations

import os
from pathlib import Path

from conftest import scenario
from support.make_gias import NARROW, school, write

from matsim.scenario.load import override
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import MOST_WORLDS, Files, build_world, world_of


def test_a_world_is_built_once_for_all_that_changes_nothing_in_it() -> None:
    first = scenario()
    world = world_of(first)
    assert world_of(scenario(run__seed=9, intervention__on=False)) is world
    assert world.digest() == build_world(first).digest()
    for changed in (scenario(world__start=2010), scenario(travel__detour=1.6), scenario(world__synthetic__schools=250)):
        assert world_of(changed) is not world
        assert world_of(changed).digest() == build_world(changed).digest()


def test_the_last_few_are_kept() -> None:
    oldest = world_of(scenario())
    for number in range(MOST_WORLDS - 1):
        world_of(scenario(world__synthetic__schools=100 + number))
    assert world_of(scenario()) is oldest, "asked for again, it is no longer the oldest"
    for number in range(MOST_WORLDS):
        world_of(scenario(world__synthetic__schools=100 + number))
    assert world_of(scenario()) is not oldest


def test_a_file_that_was_written_again_is_read_again(tmp_path: Path) -> None:
    files = Files(write(tmp_path / "schools.csv", [school(100001), school(100002)], NARROW))
    plain = override(Scenario(), {"world.start": 2017}, "test")
    world = world_of(plain, files)
    assert world_of(plain, files) is world
    write(files.establishments, [school(100001), school(100003)], NARROW)
    os.utime(files.establishments, ns=(1, 1))  # however coarse the clock of the disk is
    assert world_of(plain, files).schools["urn"].tolist() == [100001, 100003]


def test_the_warning_of_a_made_up_part_names_its_own_scenario(tmp_path: Path) -> None:
    files = Files(write(tmp_path / "schools.csv", [school(100001)], NARROW))
    for title in ("One county", "Another county"):
        made_up = override(scenario(world__start=2017), {"title": title}, "test")
        assert f"'{title}'" in " ".join(world_of(made_up, files).about()["warnings"])
