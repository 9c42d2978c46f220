"""The command line: its help, its weight, and the commands that only read or print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from support.calling import call, fine, process, published, told
from support.selfcheck_forms import DOORS, block
from support.waiting import PATIENCE

from matsim.cli import COMMANDS, app
from matsim.core.find import named_files
from matsim.scenario.load import load_scenario
from matsim.schedule import SCHOOL_YEAR
from matsim.selfcheck import TEMPLATES
from matsim.simulation.simulate import build_world
from matsim.world.base import SCHOOL_INPUTS, TRUST_INPUTS
from matsim.world.codes import PHASES
from matsim.world.describe import describe

EVERY = (
    *((name,) for name, _ in COMMANDS),
    *(("scenario", name) for name in ("list", "show", "check", "diff")),
    *(("world", name) for name in ("build", "describe")),
)
HEAVY = {"mesa", "pandas", "scipy", "numpy", "pyarrow", "networkx", "plotly"}
"""Typer itself brings pydantic, which is not counted."""


@pytest.mark.parametrize("words", EVERY, ids="-".join)
def test_every_command_has_help_in_a_sentence(words: tuple[str, ...]) -> None:
    text = fine(*words, "--help")
    assert text.startswith(f"Usage: matsim {' '.join(words)}")
    assert text.splitlines()[2].strip().endswith((".", ",")) or text.splitlines()[3].strip().endswith(".")
    assert "--json" in text


def test_the_front_page_names_every_command_in_full() -> None:
    text = fine("--help")
    assert fine() == text
    for name in (*(words[0] for words in EVERY),):
        assert f"  {name} " in text


@pytest.mark.parametrize("words", [(), ("scenario",), ("world",)], ids=lambda words: "-".join(("matsim", *words)))
def test_summaries_fit_a_terminal_of_80_columns(words: tuple[str, ...]) -> None:
    """As a person sees them: the runner of the other tests gives the text all the room it wants."""
    text = process(*words, "--help", COLUMNS="80").stdout
    commands = text.partition("Commands:")[2]
    assert commands.strip()
    assert "..." not in commands, "a summary is cut short"


def test_no_line_of_any_help_is_wider_than_a_terminal_of_80_columns() -> None:
    code = (
        "from typer.testing import CliRunner\nfrom matsim.cli import app\n"
        f"for words in {EVERY!r}:\n"
        "    done = CliRunner().invoke(app, [*words, '--help'])\n"
        "    assert done.exit_code == 0\n"
        "    wide = [line for line in done.stdout.splitlines() if len(line) > 80]\n"
        "    print(words, wide) if wide else None\n"
    )
    env = {**os.environ, "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE, env=env
    )
    assert done.stdout == ""


LIGHT = (
    *(["--help"], ["schedule", "--help"], ["run", "--help"], ["--version"]),
    *(["schedule"], ["schedule", "--json"], ["scenario", "list"], ["scenario", "list", "--json"]),
)


@pytest.mark.parametrize("words", LIGHT, ids=" ".join)
def test_help_and_lists_come_without_heavy_libraries(words: list[str]) -> None:
    code = (
        "import sys\nfrom matsim.cli import main\n"
        f"sys.argv = ['matsim', *{words!r}]\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        f"print('loaded', sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_importing_matsim_costs_nothing_and_its_names_are_functions_in_any_order() -> None:
    code = (
        "import sys, matsim, typing\n"
        f"assert not {HEAVY!r} & set(sys.modules)\n"
        "import matsim.simulation.explain, matsim.simulation.twin\n"  # would bind the modules over the functions
        "from matsim.simulation.simulate import build_world\n"
        "for name in ('run', 'twin', 'explain'):\n"
        "    assert callable(getattr(matsim, name)), name\n"
        "assert matsim.build_world is build_world\n"
        "assert all(hasattr(matsim, name) for name in matsim.__all__)\n"
        "assert not hasattr(matsim, 'nonsense')\n"
        "from matsim import *\n"
        "assert simulate is matsim.simulate\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=PATIENCE)


def test_version_and_module_door() -> None:
    done = process("--version")
    assert done.returncode == 0
    assert done.stdout.split()[0] == "matsim"
    assert done.stdout == fine("--version")


def test_schedule_is_the_school_year() -> None:
    steps = told("schedule")["steps"]
    assert [(s["step"], s["month"], s["what"], tuple(s["parameters"])) for s in steps] == [
        (s.name, s.month, s.what, s.parameters) for s in SCHOOL_YEAR
    ]
    root = ROOT
    assert all((root / s["file"]).is_file() for s in steps)
    lines = fine("schedule").splitlines()[2:]
    assert [line.split()[1] for line in lines] == [s.name for s in SCHOOL_YEAR]


def test_scenario_list_and_show() -> None:
    listed = {s["name"]: s for s in told("scenario", "list")["scenarios"]}
    assert set(listed) == set(named_files()) >= {"area-300", "england-2018"}
    text = fine("scenario", "list")
    for name, about in listed.items():
        scenario = load_scenario(name)
        assert (about["title"], about["question"]) == (scenario.title, scenario.question)
        assert about["question"] in text
    assert "world.synthetic.schools" in fine("scenario", "show", "area-300")


def test_scenario_show_in_full_is_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "again.toml"
    file.write_text(fine("scenario", "show", "area-300", "--full"), encoding="utf-8")
    assert load_scenario(file) == load_scenario("area-300")
    assert fine("scenario", "diff", file, "area-300").endswith("say the same.\n")
    shown = told("scenario", "show", "area-300", "--full")
    assert shown["values"]["world"]["synthetic"]["schools"] == load_scenario("area-300").world.synthetic.schools


def test_scenario_diff_names_what_differs() -> None:
    found = told("scenario", "diff", "england-2018", "england-2010")["differences"]
    assert {"name": "world.start", "first": 2018, "second": 2010, "unit": "year"} in found
    assert "world.start" in fine("scenario", "diff", "england-2018", "england-2010")


def test_world_build_writes_the_declared_columns(tmp_path: Path) -> None:
    found = told("world", "build", "area-300", "--out", tmp_path / "w")
    schools, trusts, left_out, dictionary = (pd.read_csv(tmp_path / "w" / name) for name in found["files"])
    world = build_world(load_scenario("area-300"))
    assert list(schools) == [c.name for c in SCHOOL_INPUTS] + ["name", "la_name"]
    assert list(trusts) == [c.name for c in TRUST_INPUTS] + ["name"]
    assert list(zip(dictionary["table"], dictionary["column"], strict=True)) == [
        *(("schools", name) for name in schools),
        *(("trusts", name) for name in trusts),
        *(("left_out", name) for name in left_out),
    ]
    assert left_out.empty  # nothing is left out of a world that is made up
    for name in ("urn", "pupils", "easting", "fsm"):
        np.testing.assert_array_equal(schools[name], world.schools[name])
    assert set(schools["trust"]) - {-1} == set(trusts["uid"])
    assert (schools["trust"] == -1).sum() == (world.schools["trust"] == -1).sum()
    assert tuple(schools["name"]) == world.school_names
    words = {r: set(schools[r].unique()) for r in ("phase", "route")}
    assert words["phase"] <= set(PHASES)
    assert call("world", "build", "area-300", "--out", tmp_path / "w").code == 3
    fine("world", "build", "area-300", "--out", tmp_path / "w", "--overwrite")


def test_world_describe_is_the_description(tmp_path: Path) -> None:
    found = told("world", "describe", "area-300")
    ours = describe(build_world(load_scenario("area-300")))
    assert {key: found[key] for key in ours} == json.loads(json.dumps(ours))
    text = fine("world", "describe", "area-300")
    assert f"{ours['schools']:,} schools" in text
    schools, links = published(tmp_path)
    text = fine("world", "describe", "england-2018", "--establishments", schools, "--group-links", links)
    assert "set aside, closed: 1" in text


CHECKS = {"survey.csv": "survey", "cluster.csv": "cluster-check", "checklist.csv": "checklist", "review.csv": "review"}


@pytest.mark.parametrize("form", CHECKS)
def test_self_checks_say_what_the_page_says(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(form).write_text(block("csv", form), encoding="utf-8")
    assert fine(CHECKS[form], form) == block("text", form)
    found = told(CHECKS[form], form)
    result = DOORS[form](form)
    assert found.pop("sentences") == result.sentences()  # type: ignore[attr-defined]
    assert {k: found[k] for k in result.to_dict()} == json.loads(json.dumps(result.to_dict()))  # type: ignore[attr-defined]
    blank = fine(CHECKS[form], "--template")
    assert blank.splitlines() == (TEMPLATES / form).read_text(encoding="utf-8").splitlines()


def test_checklist_without_a_file_prints_the_points() -> None:
    points = told("checklist")["points"]
    assert [p["number"] for p in points] == list(range(1, 11))
    text = fine("checklist")
    assert all(f"{p['number']}. {p['question']}" in text for p in points)


def test_the_installed_command_is_this_application() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"]["matsim"] == "matsim.cli:main"
    assert app.info.name == "matsim"
