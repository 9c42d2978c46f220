"""What to know before believing a world made from files is said wherever a result of it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.calling import call, fine, told
from support.make_gias import CONVERTER, LINKS_2018, NARROW, link, school, write
from support.sweeping import plan

from matsim.board.local_world import cut
from matsim.experiment.runner import sweep
from matsim.report import render
from matsim.report.build import page_of
from matsim.results.store import open_result
from matsim.scenario.load import load_scenario, override
from matsim.simulation.simulate import Files, build_world
from matsim.words.titles import heading
from matsim.world.added import Added, put_trust
from matsim.world.geography import TravelParams

GRADELESS = [name for name in NARROW if not name.startswith("Ofsted")]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """An establishment file of March 2024, by its name, without grades, and links of May 2018."""
    kinds = ("Community school", CONVERTER)
    rows = [school(100001 + i, kinds[i % 2], easting=500_000 + 900 * i) for i in range(40)]
    joined = [link(100001 + i, 20 + i % 3) for i in range(1, 40, 2)]
    schools = write(tmp_path / "schools_2024-03.csv", rows, GRADELESS)
    links = write(tmp_path / "links_2018-05.csv", joined, LINKS_2018)
    return ["--establishments", str(schools), "--group-links", str(links)]


SAID = (
    "The establishment file is of March 2024 by its name and the first year is 2018",
    "are 6 years older",
    "are drawn",
)


def test_a_run_says_it_on_the_error_stream_in_its_summary_manifest_and_report(tmp_path: Path, files: list[str]) -> None:
    out = tmp_path / "r"
    done = call("run", "england-2018", "--years", 2, "--out", out, "--quiet", *files)
    assert done.code == 0, done.err
    loud = open_result(out).manifest["world"]["warnings"]
    assert len(loud) == 3
    page = render(out)
    for text in SAID:
        assert text in " ".join(loud)
    for text in loud:
        assert f"WARNING: {text}\n" in done.err
        assert f"WARNING: {text}\n" in done.out
        assert done.out.index(text) < done.out.index("Origin:")
        assert page.index("Read this first") < page.index(text.split("'")[0])
    assert page_of(out).warnings == tuple(loud)
    json.loads(call("run", "england-2018", "--years", 2, "--out", out, "--overwrite", "--json", *files).out)


def test_the_other_commands_say_it_too(tmp_path: Path, files: list[str]) -> None:
    for words in (
        ("world", "describe", "england-2018"),
        ("world", "build", "england-2018", "--out", tmp_path / "w"),
        ("twin", "england-2018", "--years", 2, "--set", "break_points.answers=never", "--out", tmp_path / "t"),
        ("board", "--trust", "20", "--futures", 10, "--years", 3, "--workers", 1, "--out", tmp_path / "b"),
    ):
        done = call(*words, *files)
        assert done.code == 0, done.err
        for text in SAID:
            assert text in done.err, words
    for name in ("t", "t/first", "b"):
        assert len(open_result(tmp_path / name).manifest["world"]["warnings"]) == 3
        assert len(page_of(tmp_path / name).warnings) == 3


def test_a_sweep_carries_it(tmp_path: Path, files: list[str]) -> None:
    given = Files(Path(files[1]), Path(files[3]))
    stored = sweep(plan(1), tmp_path / "s", files=given, workers=0)
    assert len(stored.manifest["world"]["warnings"]) == 3 + 1  # and that its made-up area is not what was run
    assert page_of(stored.folder).warnings == tuple(stored.manifest["world"]["warnings"])


def test_a_cut_and_a_changed_world_keep_it(files: list[str]) -> None:
    world = build_world(load_scenario("england-2018"), Files(Path(files[1]), Path(files[3])))
    assert len(world.account.warnings) == 3
    assert cut(world, [100002], [], TravelParams()).account.warnings == world.account.warnings
    changed = put_trust(world, [Added(100002)], "Ours", None, TravelParams())
    assert changed.account.warnings == world.account.warnings


def test_titles_follow_the_start_year_and_the_files(tmp_path: Path, files: list[str]) -> None:
    given = ("--set", "world.start=2024", *files)
    done = call("run", "england-2018", "--years", 1, "--out", tmp_path / "r", *given)
    assert done.out.startswith("England, from 2024/25\n")
    assert "2018" not in done.out.partition("The world")[0] + done.err.partition("WARNING")[0]
    page = page_of(tmp_path / "r")
    assert page.title == "England, from 2024/25"
    assert "2018" not in page.title + page.question
    # a made-up area is not what the files hold
    done = call("run", "area-300", "--years", 1, "--out", tmp_path / "a", *given)
    assert done.out.startswith("The schools of the files, from 2024/25\n")
    assert "One area of 300 schools" not in done.out.partition("The world")[0]
    assert "'One area of 300 schools' is of a made-up part of the country (world.synthetic: schools = 300)" in done.err
    assert fine("run", "area-300", "--years", 1, "--out", tmp_path / "m").startswith(
        "One area of 300 schools, from 2018/19"
    )


def test_both_worlds_of_a_twin_start_with_the_files(files: list[str]) -> None:
    words = ("twin", "england-2018", "--years", 1, "--set", "world.start=2024", "--set", "break_points.answers=never")
    found = told(*words, *files)
    assert [line["name"] for line in found["settings"]] == ["break_points.answers"]


def test_no_title_of_the_project_names_a_year_that_another_start_would_make_false() -> None:
    for about in told("scenario", "list")["scenarios"]:
        scenario = override(load_scenario(about["name"]), {"world.start": 2024}, "test")
        assert heading(scenario.title, 2024) == f"{scenario.title}, from 2024/25"
        assert "2018" not in scenario.title + scenario.question
        assert "2010" not in scenario.title + scenario.question
    assert heading("My trust from 2024", 2024) == "My trust from 2024"
    assert heading("", 2024) == "A scenario without a title, from 2024/25"
