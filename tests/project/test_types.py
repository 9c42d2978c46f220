"""What the type checker sees, in tests too: a misspelt column or part of a scenario, another step's parameters."""

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
TEST = """
from conftest import scenario

from matsim.mechanisms import inspection
from matsim.simulation.model import TrustSystem
from matsim.world.base import World


def test_lower(area: World) -> None:
    settings = scenario()
    model = TrustSystem(area, settings, 1)
    inspection.visit(model.state, settings.inspection)
    assert model.state.schools.buyin.mean() < 1.0
"""
"""A test is checked as the model is: what it reads of the state, and what it hands to a step."""

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
WRONG_TESTS = {
    "a column in a test": ("schools.buyin", "schools.buyinn", '"Schools" has no attribute "buyinn"'),
    "a part of the scenario in a test": (
        "settings.inspection)",
        "settings.inspections)",
        '"Scenario" has no attribute "inspections"',
    ),
    "another step's parameters in a test": (
        "settings.inspection)",
        "settings.rollup)",
        'Argument 2 to "visit" has incompatible type "RollupParams"; expected "InspectionParams"',
    ),
}
CASES = {name: (RIGHT, *case) for name, case in WRONG.items()} | {n: (TEST, *case) for n, case in WRONG_TESTS.items()}


def checked(folder: Path, texts: dict[str, str]) -> str:
    """What mypy says of these files, checked together under the project's settings."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *(str(folder / f"{n}.py") for n in texts)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    assert all(text.count(good) == 1 for text, good, _, _ in CASES.values())
    texts = {"right": RIGHT, "test_right": TEST}
    texts |= {f"wrong_{i}": text.replace(good, bad) for i, (text, good, bad, _) in enumerate(CASES.values())}
    return checked(tmp_path_factory.mktemp("types"), texts)


def test_what_is_right_passes(said: str) -> None:
    assert not [line for line in said.splitlines() if "right.py" in line]


@pytest.mark.parametrize("number", range(len(CASES)), ids=list(CASES))
def test_a_misspelling_is_an_error_before_anything_runs(said: str, number: int) -> None:
    found = [line for line in said.splitlines() if f"wrong_{number}.py" in line and "error:" in line]
    assert len(found) == 1
    assert list(CASES.values())[number][3] in found[0]
