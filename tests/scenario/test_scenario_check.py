"""A check of a scenario says what a run would say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from support.calling import call, fine, published, told, wrong

BASE = 'extends = "{area}"\n[run]\nyears = 1\n[world.synthetic]\nschools = 60\n'
AREA = ROOT / "scenarios" / "area-300.toml"

WRONG = {
    "region": '[[commissioners]]\nkind = "weigh"\nregions = ["Lond"]\n',
    "trust": "[[trusts]]\nuid = 1\n",
    "school": '[[shocks]]\nkind = "inadequate"\nyear = 2018\nschool = 1\n',
    "authority": '[[shocks]]\nkind = "funding"\nyear = 2018\nsize = -0.1\nauthority = "Nowhere"\n',
    "year": "[[trusts]]\nuid = 1\ndecisions = [{ year = 1999, central_charge = 0.05 }]\n",
    "a value": "[rolls]\npull = -5.0\n",
}


def scenario(folder: Path, more: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(BASE.format(area=AREA.as_posix()) + more, encoding="utf-8")
    return file


@pytest.mark.parametrize("what", list(WRONG))
def test_what_a_run_refuses_a_check_refuses_in_the_same_words(what: str, tmp_path: Path) -> None:
    file = scenario(tmp_path, WRONG[what])
    refused = call("run", file, "--out", tmp_path / "r", "-q")
    assert refused.code == 3, refused
    assert not (tmp_path / "r").exists()
    checked = call("scenario", "check", file)
    assert checked.code == 3
    problems = [line.strip() for line in checked.out.splitlines()[1:]]
    assert problems
    for problem in problems:
        assert problem in refused.err
    assert told_problems(file) == problems


def told_problems(file: Path) -> list[str]:
    import json

    (one,) = json.loads(call("scenario", "check", file, "--json").out)["files"]
    return list(one["problems"])


def test_the_region_that_was_called_right() -> None:
    said = call("scenario", "check", AREA, "no-such-scenario")
    assert said.code == 3
    assert f"{AREA}: right" in said.out


def test_a_right_scenario_runs(tmp_path: Path) -> None:
    file = scenario(tmp_path, '[[commissioners]]\nkind = "weigh"\nregions = ["West Midlands"]\n')
    assert fine("scenario", "check", file) == f"{file}: right\n"
    fine("run", file, "--out", tmp_path / "r", "-q")
    assert told("scenario", "check", file)["files"][0]["problems"] == []


def test_a_scenario_for_published_files_is_checked_with_them(tmp_path: Path) -> None:
    schools, links = published(tmp_path)
    file = tmp_path / "real.toml"
    file.write_text("[run]\nyears = 1\n[[trusts]]\nuid = 500\n", encoding="utf-8")
    given = ("--establishments", schools, "--group-links", links)
    assert fine("scenario", "check", file, *given) == f"{file}: right\n"
    assert (
        "no trust with UID 501500"
        in call("scenario", "check", scenario(tmp_path, "[[trusts]]\nuid = 501500\n"), *given).out
    )
    assert "there is no such file" in call("scenario", "check", file, "--establishments", tmp_path / "none.csv").out
    assert "--group-links" in wrong(3, "scenario", "check", file, "--group-links", links)


def test_a_dry_run_names_every_arm_of_which_no_run_could_begin(tmp_path: Path) -> None:
    file = tmp_path / "e.toml"
    arms = "".join(f'[[arms]]\nname = "{name}"\n{more}\n' for name, more in (
        ("a", ""),
        ("b", "set = { commissioners = [{ kind = 'weigh', regions = ['Lond'] }] }"),
        ("c", "set = { \"break_points.answers\" = 'never' }"),
    ))  # fmt: skip
    file.write_text(f"replicates = 1\nyears = 1\n[scenario.world.synthetic]\nschools = 60\n{arms}", encoding="utf-8")
    done = call("sweep", file, "--dry-run", "-q")
    assert "No run could begin of:" in done.err
    assert "arm b: commissioners[0].regions[0]: no region is called 'Lond'" in done.err
    assert "arm c" not in done.err
