"""The assurance log: counts taken from files, stored results read, and blanks where only people know."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import fine, wrong

from matsim.core.errors import InputError
from matsim.mechanisms.catalogue import CATALOGUE
from matsim.scenario.load import load_scenario
from matsim.simulation.inventory import register
from matsim.validation.assurance import PEOPLE, ROLES, assurance, read_tests

AREA = load_scenario("area-300")
DIRECTION = f'''
@pytest.mark.direction("{CATALOGUE[0].id}", "step:rolls")
def test_three(): ...
'''
TREE = """
import pytest
pytestmark = [pytest.mark.realdata]

@pytest.mark.long
@pytest.mark.parametrize("x", [1, 2])
def test_one(x): ...

def helper(): ...

class TestMore:
    def test_two(self): ...
"""


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    folder = tmp_path / "tests"
    (folder / "golden").mkdir(parents=True)
    (folder / "test_mechanisms_x.py").write_text(TREE + DIRECTION)
    (folder / "golden" / "scorecard.json").write_text('{"score": 0.5, "counted": 8, "passed": ["a", "b", "c"]}')
    return folder


def test_tests_are_counted_with_their_marks(tests: Path) -> None:
    found = {t.name: t for t in read_tests(tests)}
    assert set(found) == {"test_one", "test_two", "test_three"}
    assert found["test_three"].directions == {CATALOGUE[0].id, "step:rolls"}
    assert found["test_one"].directions == frozenset()
    assert found["test_one"].marks == {"realdata", "long", "parametrize"}
    assert found["test_two"].marks == {"realdata"}
    assert read_tests(tests / "nowhere") == []


def test_what_is_known_is_filled_and_the_rest_left_to_people(tests: Path) -> None:
    log = assurance(AREA, tests=tests)
    assert "3 test functions in 1 files" in log
    assert "1 take minutes" in log
    assert f"Directions: 1 of {len(CATALOGUE)} mechanisms" in log
    assert CATALOGUE[1].id in log.partition("missing for ")[2].partition("\n")[0]
    assert "test_golden.py is not there" in log
    assert "3 of 8 counted published patterns" in log
    assert f"{len(register(AREA)):,} parameters" in log
    assert AREA.question in log
    sign = log.partition("## 9. Sign-off")[2]
    assert sign.count(PEOPLE) == 3 * len(ROLES)
    assert "No result was given" in log


def test_every_mechanism_has_a_test_of_direction() -> None:
    log = assurance(AREA)
    assert f"Directions: {len(CATALOGUE)} of {len(CATALOGUE)} mechanisms have a test of direction." in log


def test_without_a_checkout_nothing_is_claimed(tmp_path: Path) -> None:
    log = assurance(AREA, tests=tmp_path / "none")
    assert "cannot be counted" in log
    assert "No scorecard was given" in log
    assert "test functions in" not in log


def test_a_result_gives_its_manifest(tmp_path: Path) -> None:
    fine("run", "area-300", "--years", 1, "--seed", 7, "--out", tmp_path / "run", "--quiet")
    fine("evidence", "--assurance", "--result", tmp_path / "run", "--out", tmp_path / "log.md")
    log = (tmp_path / "log.md").read_text(encoding="utf-8")
    assert "Seed 7; matsim" in log
    assert "SHA-256" in log
    assert "First year: " in log
    assert "is there already" in wrong(3, "evidence", "--assurance", "--out", tmp_path / "log.md")
    with pytest.raises(InputError, match="is no validation"):
        assurance(AREA, validation=tmp_path / "run")


def test_options_that_go_together_are_asked_for() -> None:
    assert "goes with --assurance" in wrong(3, "evidence", "--out", "log.md")
    assert "stands alone" in wrong(3, "evidence", "--assurance", "--json")
