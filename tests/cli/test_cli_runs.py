"""The commands that run the model: what they print and what they leave behind."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support.calling import call, fine, published, told, wrong
from support.waiting import PATIENCE

from matsim.core.find import named_files
from matsim.results.store import open_result
from matsim.scenario.load import load_scenario
from matsim.simulation.simulate import build_world
from matsim.simulation.twin import twin

YEARS = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored result of the area over a few years."""
    place = tmp_path_factory.mktemp("cli") / "area"
    fine("run", "area-300", "--years", YEARS, "--out", place, "--school-year")
    return place


def test_run_leaves_a_result_that_the_summary_is_true_to(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "again"
    summary = told("run", "area-300", "--years", YEARS, "--seed", 1, "--out", place, "--csv", "--quiet")
    result = open_result(place)
    assert (place / "system_year.csv").is_file()
    assert "school_year" not in result.tables
    assert "school_year" in open_result(folder).tables
    system, trusts, events = (result.table(name) for name in ("system_year", "trust_year", "events"))
    assert summary["years"] == [system["year"].iloc[0], system["year"].iloc[-1]]
    lines = {line["key"]: line for line in summary["lines"]}
    for key in ("maintained", "single_academies", "academies_in_mats", "share_good_or_better", "reserves_share"):
        assert [lines[key]["first"], lines[key]["last"]] == [system[key].iloc[0], system[key].iloc[-1]]
    bands = [line for key, line in lines.items() if key.startswith("mats_") and key[5:].isdigit()]
    assert sum(b["last"] for b in bands) == system["mats_with_2_or_more"].iloc[-1]
    assert summary["events"] == {str(k): int(n) for k, n in events["event"].value_counts().items()}
    reached = {key: stages["reach"] for key, stages in summary["break_points"].items()}
    assert sum(reached.values()) == (events["event"] == "reach").sum()
    assert set(reached) >= set(events.loc[events["event"] == "reach", "reason"])
    assert len(summary["findings"]) == 3
    assert summary["tables"]["trust_year"] == len(trusts)
    assert summary["world"]["read"] == summary["world"]["used"] + sum(summary["world"]["set_aside"].values())


def test_run_prints_a_page_and_commands_that_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("run", "area-300", "--years", 3, "--out", "my result", "--set", "run.seed=5")
    assert done.code == 0
    assert done.out.startswith(load_scenario("area-300").title)
    assert "Running 3 years" in done.err
    assert "seed 5" in done.out
    system = open_result(Path("my result")).table("system_year")
    row = next(line for line in done.out.splitlines() if line.startswith("Open schools"))
    assert row.split()[2:4] == [f"{n:,}" for n in (system["schools"].iloc[0], system["schools"].iloc[-1])]
    commands = [shlex.split(line)[1:] for line in done.out.splitlines() if line.startswith("  matsim ")]
    assert [words[0] for words in commands] == ["explain", "twin", "verify"]
    for words in commands:
        fine(*words)


def test_progress_is_on_stderr_and_quiet_is_quiet(tmp_path: Path) -> None:
    words = ["run", "area-300", "--years", 1, "--overwrite", "--out", tmp_path / "r"]
    assert call(*words).err
    assert call(*words, "--quiet").err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_bar_only_on_a_terminal_and_never_a_control_code(tmp_path: Path, term: str) -> None:
    import os
    import pty

    ours, theirs = pty.openpty()
    words = ["run", "area-300", "--years", "2", "--out", str(tmp_path / "r")]
    env = {**os.environ, "TERM": term, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "matsim", *words],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=env,
        check=True,
        timeout=PATIENCE,
    )
    os.close(theirs)
    text = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ("2 of 2 years" in text) == (term == "xterm")
    assert "\x1b" not in text
    assert b"\x1b" not in done.stdout


def test_run_from_published_files(tmp_path: Path) -> None:
    schools, links = published(tmp_path)
    files = ["--establishments", schools, "--group-links", links]
    text = fine("run", "england-2018", *files, "--years", 2, "--out", tmp_path / "r")
    assert "Schools read 61, used 60, set aside 1." in text
    assert "set aside, closed: 1" in text
    assert "schools.csv" in text
    result = open_result(tmp_path / "r")
    assert set(result.manifest["inputs"]) == {"world", "establishments", "group_links"}
    assert str(tmp_path) not in json.dumps(result.manifest["inputs"])
    assert "INVENTED TRUST A" in set(result.table("trusts")["name"])
    assert told("verify", tmp_path / "r", *files)["same"] is True
    assert told("explain", tmp_path / "r", "--trust", "trust a", "--limit", 1)["explanations"]


def test_run_with_school_results(tmp_path: Path) -> None:
    """Several files of results go with a run: named in its manifest and its report, and asked for again by `verify`."""
    schools, links = published(tmp_path)
    years = [tmp_path / f"ks2_{year}.csv" for year in (2017, 2018)]
    for path in years:
        path.write_text("RECTYPE,URN,READPROG,WRITPROG,MATPROG\n1,100001,2,1,3\n1,100002,SUPP,,\n", encoding="utf-8")
    files = ["--establishments", schools, "--group-links", links, "--results", years[0], "--results", years[1]]
    text = fine("run", "england-2018", *files, "--years", 1, "--out", tmp_path / "r")
    for year in (2017, 2018):
        assert f"key stage 2 progress of {year}, 1 school" in text
    inputs = open_result(tmp_path / "r").manifest["inputs"]
    assert [inputs[name]["name"] for name in ("results", "results_2")] == ["ks2_2017.csv", "ks2_2018.csv"]
    assert told("verify", tmp_path / "r", *files)["same"] is True
    text = wrong(3, "verify", tmp_path / "r", *files[:-2])
    assert "ks2_2018.csv" in text


def test_demo_replaces_only_its_own_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = told("demo", "--years", 1, "--seed", 2, "--quiet")
    assert first["seed"] == 2
    assert (
        first["world"]["schools"] > load_scenario("england-2018").world.synthetic.schools
    )  # specialist schools come on top
    text = fine("demo", "--years", 1, "--quiet")
    assert "results/demo" in text
    assert open_result(Path("results/demo")).manifest["seed"] == 1
    assert call("demo", "--years", 1, "--out", "./results/../results/demo").code == 0
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "letter.txt").write_text("dear", encoding="utf-8")
    assert call("demo", "--years", 1, "--out", "elsewhere", "--overwrite").code == 3


def test_explain_chooses_and_says(folder: Path) -> None:
    result = open_result(folder)
    events, trusts, schools = (result.table(name) for name in ("events", "trusts", "schools"))
    join = events[events["event"] == "join"].iloc[0]
    by_number = told("explain", folder, "--trust", join["trust"], "--event", "join", "--limit", 0)["explanations"]
    assert len(by_number) == ((events["event"] == "join") & (events["trust"] == join["trust"])).sum()
    name = trusts.loc[trusts["trust"] == join["trust"], "name"].iloc[0]
    by_name = told("explain", folder, "--trust", name.upper(), "--event", "join", "--limit", 0)["explanations"]
    assert by_name == by_number
    school = schools.loc[schools["school"] == join["school"], "name"].iloc[0]
    of_school = told("explain", folder, "--school", join["school"], "--event", "join", "--year", join["year"])
    assert school in of_school["explanations"][0]["sentence"]
    assert name in of_school["explanations"][0]["sentence"]
    text = fine("explain", folder, "--event", "join", "--event", "bid", "--limit", 2)
    assert len(text.splitlines()) == 3
    assert "--limit 0" in text
    everything = fine("explain", folder, "--limit", 1)
    assert all(f"\n{kind} " in everything for kind in events["event"].unique())


def test_explain_says_when_nothing_happened(tmp_path: Path) -> None:
    quiet = tmp_path / "quiet"
    fine("run", "area-300", "--years", 1, "--out", quiet, "--set", "collaborating.on=false")
    assert "collaborate" not in set(open_result(quiet).table("events")["event"])
    assert fine("explain", quiet, "--event", "collaborate") == "Nothing of the kind happened.\n"


def test_twin_with_no_difference_says_so() -> None:
    found = told("twin", "area-300", "--years", 2)
    assert found["alike"] is True
    assert found["settings"] == []
    assert found["parting"] is None
    text = fine("twin", "area-300", "area-300", "--years", 2)
    assert "Nothing is set differently." in text
    assert "Nothing differs" in text


def test_twin_tells_what_the_library_finds(tmp_path: Path) -> None:
    words = ["twin", "area-300", "--set", "break_points.answers=never", "--years", YEARS, "--seed", 4]
    found = told(*words, "--out", tmp_path / "pair")
    first = load_scenario("area-300")
    changed = first.break_points.model_copy(update={"answers": "never"})
    ours = twin(first, first.model_copy(update={"break_points": changed}), build_world(first), seed=4, years=YEARS)
    assert [s["name"] for s in found["settings"]] == ["break_points.answers"]
    assert ours.parting is not None
    assert found["parting"] == vars(ours.parting)
    assert found["events"] == ours.counts.to_dict(orient="records")
    for name, run in (("first", ours.first), ("second", ours.second)):
        stored = open_result(tmp_path / "pair" / name)
        assert stored.manifest["seed"] == 4
        pd.testing.assert_frame_equal(stored.table("system_year"), run.tables["system_year"])
    text = fine(*words)
    assert f"in the step '{ours.parting.step}'" in text
    assert f"(UID {ours.parting.trust})" in text
    assert "academies_in_mats" in text


def test_twin_of_two_scenarios_builds_both_worlds(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    area = named_files()["area-300"].resolve()
    other.write_text(f'extends = "{area}"\n[world.synthetic]\nseed = 9\n[run]\nyears = 9\n', encoding="utf-8")
    found = told("twin", "area-300", other, "--years", 1)
    assert [s["name"] for s in found["settings"]] == ["world.synthetic.seed"]
    assert found["years"] == 1
    assert found["alike"] is False


def test_verify_makes_it_again(folder: Path) -> None:
    found = told("verify", folder)
    assert found["same"] is True
    assert found["tables"] == open_result(folder).tables
    assert "to the last byte" in fine("verify", folder)
