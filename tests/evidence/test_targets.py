"""The targets: complete, from known sources, of quantities that exist; and what is said of a file that is wrong."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from matsim.core.errors import InputError
from matsim.evidence import SOURCES
from matsim.evidence.targets import GROUPS, Target, read_targets
from matsim.scenario.schema import Scenario
from matsim.simulation.inventory import parameters
from matsim.validation.quantities import QUANTITIES

TARGETS = read_targets()
PARAMETERS = tuple(parameters(Scenario()).name)
DOTTED = re.compile(r"\b[a-z_]+\.[a-z_]+\b")

ENTRY = """[[patterns]]
id = "one"
group = "growth"
title = "One"
start = 2018
quantity = "born"
of = { year = 2018 }
date = "2018"
unit = "trusts"
value = 78
tolerance = 18
reason = "two standard errors"
source = "gias-2018"
evidence = "§2c"
"""


def test_there_are_patterns_of_every_group_and_from_both_starts() -> None:
    assert {t.group for t in TARGETS} == set(GROUPS)
    assert {t.start for t in TARGETS} == {2010, 2018}
    assert sum(t.counted for t in TARGETS) >= 45


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.id)
def test_every_target_says_what_it_needs_to(target: Target) -> None:
    inspect.signature(QUANTITIES[target.quantity]).bind(None, **target.of)
    assert target.source in SOURCES
    assert target.reason
    assert target.evidence
    assert target.when_failing or not target.counted, "a failure needs a sentence of explanation"


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.id)
def test_parameters_that_a_target_names_are_there(target: Target) -> None:
    said = f"{target.when_failing} {target.breaks} {target.why_not}"
    wrong = [
        name for name in DOTTED.findall(said) if not any(p == name or p.startswith(f"{name}.") for p in PARAMETERS)
    ]
    assert not wrong, "named in a sentence about it, and no parameter"


def test_nothing_by_construction_counts() -> None:
    """Openings of free schools and the sizes of 2018 are put in, so they may not come out as a success."""
    apart = {t.id for t in TARGETS if not t.counted}
    assert {"free-schools", "sizes-2018", "cost-gap-single"} <= apart


def test_an_adjusted_value_says_how() -> None:
    adjusted = [t for t in TARGETS if t.adjustment]
    assert len(adjusted) >= 4
    assert all(t.published not in t.value for t in adjusted)


def read(folder: Path, text: str) -> tuple[Target, ...]:
    file = folder / "targets.toml"
    file.write_text(text, encoding="utf-8")
    return read_targets(file)


def test_a_single_entry_is_read(tmp_path: Path) -> None:
    (one,) = read(tmp_path, ENTRY)
    assert one.value == (78.0,)
    assert not one.shape


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "gias-2018"', 'source = "gias-208"', "did you mean 'gias-2018'?"),
        ('group = "growth"', 'group = "grwth"', "did you mean 'growth'?"),
        ("tolerance = 18", "tolerance = 0", "should be above 0"),
        ("tolerance = 18", "tolerence = 18", "did you mean 'tolerance'?"),
        ("start = 2018", "start = 2015", "2010 or 2018"),
        ("value = 78", 'value = "78"', "should be a number"),
        ("value = 78", 'value = [0.4, 0.5]\nparts = ["a", "b"]', "should come to 1"),
        ("value = 78", "value = [0.4, 0.6]", "2 values for 1 parts"),
        ("value = 78", "value = 78\ncounted = false", "'why_not' should say why"),
        ("value = 78", "value = 78\npublished = 80", "'adjustment' should say"),
        ('id = "one"', "id = one", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, ENTRY.replace(old, new))
    assert said in str(caught.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    both = ENTRY.replace("start = 2018", "start = 1") + ENTRY.replace("tolerance = 18", "tolerance = -1")
    with pytest.raises(InputError) as caught:
        read(tmp_path, both)
    assert len(caught.value.problems) == 3  # the second has the id of the first, too
