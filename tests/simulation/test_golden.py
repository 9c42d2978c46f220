"""The golden run: numbers change only by `make golden`, with a word in the changelog."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from golden.record import FILE, numbers

STORED: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def moved(stored: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What of the recorded run is not as it was; everything that is recorded is looked at."""
    found = [key for key in stored.keys() | now.keys() if key != "system_year" and stored.get(key) != now.get(key)]
    before, after = stored["system_year"], now["system_year"]
    # other processors may round the last digits of exponentials differently; nothing more is allowed
    alike = {
        name: name in before and after.get(name) == pytest.approx(before[name], rel=1e-9, nan_ok=True)
        for name in before.keys() | after.keys()
    }
    return sorted(found + [name for name, same in alike.items() if not same])


def test_the_golden_run_has_not_moved() -> None:
    assert moved(STORED, numbers()) == [], "numbers moved: on purpose? then `make golden`, and say why in CHANGELOG.md"


def test_a_golden_run_that_moved_would_be_seen() -> None:
    changes: tuple[tuple[Callable[[dict[str, Any]], object], str], ...] = (
        (lambda run: run.update(world="0" + run["world"][1:]), "world"),
        (lambda run: run["events"].update(join=run["events"]["join"] + 1), "events"),
        (lambda run: run["system_year"]["schools"].__setitem__(9, 307), "schools"),
        (lambda run: run["system_year"].pop("maintained"), "maintained"),
        (lambda run: run["system_year"].update(more=[0]), "more"),
        (lambda run: run.update(more=1), "more"),
        (lambda run: run.pop("world"), "world"),
    )
    for change, expected in changes:
        other = copy.deepcopy(STORED)
        change(other)
        assert moved(STORED, other) == [expected]
