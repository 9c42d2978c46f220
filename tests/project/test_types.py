"""What the type checker sees: a misspelt column, a misspelt part of a scenario, the wrong parameters for a step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

RIGHT = """
from matsim.agents.school import School
from matsim.mechanisms import inspection, rollup
from matsim.schedule import step
from matsim.state.state import State


def lower(state: State, school: School) -> None:
    state.schools.buyin *= 0.9
    state.places.hostile[:] = False
    school.head_years = state.trusts.chief_years[school.trust]


STEPS = (
    step("inspection", "Oct", "Some schools are inspected", inspection.visit, lambda s: (s.inspection,)),
    step("picture", "Nov", "Each trust takes stock", rollup.run, lambda s: (s.rollup, s.travel)),
)
"""
WRONG = {
    "a column of the schools": ("state.schools.buyin", "state.schools.buyinn", '"Schools" has no attribute "buyinn"'),
    "a column of the trusts": ("trusts.chief_years", "trusts.chief_year", '"Trusts" has no attribute "chief_year"'),
    "a column of the places": ("places.hostile", "places.hostil", '"Places" has no attribute "hostil"'),
    "an attribute of an agent": ("school.head_years", "school.head_year", '"School" has no attribute "head_year"'),
    "a part of the scenario": ("(s.inspection,)", "(s.inspections,)", '"Scenario" has no attribute "inspections"'),
    "another step's parameters": (
        "(s.rollup, s.travel)",
        "(s.travel, s.rollup)",
        "Cannot infer value of type parameter",
    ),
}


def checked(folder: Path, texts: dict[str, str]) -> str:
    """What mypy says of these files, checked together under the project's settings."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *(str(folder / f"{n}.py") for n in texts)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    assert all(RIGHT.count(good) == 1 for good, _, _ in WRONG.values())
    texts = {"right": RIGHT} | {f"wrong_{i}": RIGHT.replace(g, b) for i, (g, b, _) in enumerate(WRONG.values())}
    return checked(tmp_path_factory.mktemp("types"), texts)


def test_what_is_right_passes(said: str) -> None:
    assert not [line for line in said.splitlines() if "right.py" in line]


@pytest.mark.parametrize("number", range(len(WRONG)), ids=list(WRONG))
def test_a_misspelling_is_an_error_before_anything_runs(said: str, number: int) -> None:
    found = [line for line in said.splitlines() if f"wrong_{number}.py" in line and "error:" in line]
    assert len(found) == 1
    assert list(WRONG.values())[number][2] in found[0]
