"""Nothing acts unseen: every step, strategy, policy, event and switch is in the catalogue and has a test of direction.

A test says by a mark what it holds the direction of (`@pytest.mark.direction("B4", "step:team")`). That it runs what it
names is held where it runs (`tests/conftest.py`).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from importlib import import_module

import pytest
from conftest import ROOT
from support.directions import subjects, watched
from support.house import FILES, PACKAGE

from matsim.events.kinds import EVENTS
from matsim.evidence.parameters import describe
from matsim.mechanisms.catalogue import CATALOGUE
from matsim.policies import POLICIES, Permit, Policy, Refuse
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR
from matsim.strategies import STRATEGIES, Strategy
from matsim.validation.assurance import read_tests

NO_MECHANISM = ("run.",)
"""Where switches say what is stored, not what happens."""


def test_everything_has_a_test_of_direction() -> None:
    marked = {name for test in read_tests(ROOT / "tests") for name in test.directions}
    assert sorted(set(subjects()) - marked) == [], "no test is marked with these: @pytest.mark.direction(...)"
    assert sorted(marked - set(subjects())) == [], (
        "marks that name nothing; steps are named as in matsim/schedule.py, rows as in matsim/mechanisms/catalogue.py"
    )


def test_every_step_is_in_the_catalogue() -> None:
    files = {file for entry in CATALOGUE for file in entry.files}
    where = {step.name: step.function.__module__.replace(".", "/") + ".py" for step in SCHOOL_YEAR}
    assert [name for name, file in where.items() if file not in files] == [], (
        "steps whose file no entry of matsim/mechanisms/catalogue.py names"
    )


def test_every_step_is_given_parts_that_a_scenario_has() -> None:
    wrong = {step.name: set(step.parameters) - set(Scenario.model_fields) for step in SCHOOL_YEAR}
    assert {name: parts for name, parts in wrong.items() if parts} == {}, (
        "steps that are given what no field of Scenario holds; is there a line in matsim/scenario/schema.py?"
    )


def test_every_strategy_and_policy_is_in_its_tuple() -> None:
    """From there the schema, the command line and the catalogue's page take them."""
    for base, listed in ((Strategy, STRATEGIES), (Policy, POLICIES)):
        for path in (PACKAGE / listed[0].__module__.split(".")[1]).glob("*.py"):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        assert sorted(one.__name__ for one in set(base.__subclasses__()) - set(listed)) == [], (
            f"not in the tuple of matsim/{listed[0].__module__.split('.')[1]}/__init__.py"
        )


def logged() -> dict[str, set[str]]:
    """The events that the model logs, and the files that do: read from the code, wherever a log is added to."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("log.add") and node.args:
                for word in ast.walk(node.args[0]):
                    if isinstance(word, ast.Constant) and isinstance(word.value, str):
                        found[word.value].add(str(path.relative_to(ROOT)))
    return found


def test_every_event_is_declared_logged_and_in_the_catalogue() -> None:
    claimed = {event for entry in CATALOGUE for event in entry.events}
    assert sorted(set(EVENTS) - claimed) == [], "no entry of the catalogue names these"
    assert sorted(set(logged()) - set(EVENTS)) == [], "logged, and not declared"


def test_every_switch_is_in_the_catalogue() -> None:
    known = {name for entry in CATALOGUE for name in (*entry.off, *entry.parameters)}
    switches = [info.name for info in describe(Scenario) if info.unit == "switch"]
    assert len(switches) > 40
    assert [name for name in switches if name not in known and not name.startswith(NO_MECHANISM)] == [], (
        "switches that no entry of matsim/mechanisms/catalogue.py names, as `off` or among its parameters"
    )


def test_every_entry_has_its_switch() -> None:
    assert [entry.id for entry in CATALOGUE if not entry.off] == [], "entries without `off`: what turns them off?"


def test_a_test_that_does_not_run_what_it_names_is_seen() -> None:
    with watched(["policy:permit", "policy:refuse"]) as ran:
        Permit().rule(2018)
        assert ran == {"policy:permit"}
        Refuse().rule(2018)
        assert ran == {"policy:permit", "policy:refuse"}
    with watched(["policy:permit"]) as ran:
        pass
    assert ran == set()
    with pytest.raises(KeyError, match="Z9"), watched(["Z9"]):
        pass
