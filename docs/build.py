"""Write the pages that follow from the code (mechanisms, ODD, command line, tables): `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from parts import cell, code, generated, number, table, worth
from reference import command_line_page, tables_page

from matsim.evidence.parameters import ParamInfo, describe
from matsim.mechanisms.catalogue import CATALOGUE, Entry
from matsim.policies import POLICIES
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR
from matsim.strategies import STRATEGIES
from matsim.validation.assurance import CountedTest, read_tests

DOCS = Path(__file__).resolve().parent
SECTIONS = ("purpose", "entities", "schedule", "concepts", "initialisation", "input", "submodels")
"""Fragments of the ODD description, in the order of the protocol."""

_SLOT = re.compile(r"\{\{ (\w+) \}\}")
_WRITTEN = "<!-- Written by docs/build.py: change the code or the fragments, then run `make docs`. -->\n\n"
_INTRO = """# Mechanisms

What the model contains, id by id: where the source says it, which files hold it, which parameters set its strength
(default, unit, source by its key in `matsim/evidence/sources.py`; in full in `docs/odd.md`), how a scenario turns it
off, which events and columns of a result show it acting, and which test holds the direction of its effect. The list
is `matsim/mechanisms/catalogue.py`. `tests/mechanisms/test_mechanisms_walk.py` checks every entry: its switch changes
results, and its events and columns show in a default run of England. `tests/project/test_guards.py` holds that nothing
is missing from it.

"""
_PARTS = """
## Steps, strategies and policies

What each stands on beside the list: its file, and the tests of which way it works.

"""


def mechanisms_page() -> str:
    """The text of docs/mechanisms.md."""
    infos = {info.name: info for info in describe(Scenario)}
    tests = read_tests()
    head = ("id", "what", "source", "files", "parameters", "switch", "events", "columns", "test")
    rows = [[*_row(entry, infos), _tests_of(entry.id, tests)] for entry in CATALOGUE]
    parts = table(("name", "what", "file", "test"), _parts(tests))
    return _WRITTEN + _INTRO + table(head, rows) + "\n" + _PARTS + parts + "\n"


def _parts(tests: list[CountedTest]) -> Iterator[list[str]]:
    """Every step, strategy and policy: its name as a mark of direction has it, what it is, its file, its tests."""
    named: list[tuple[str, str, Any]] = [(f"step:{s.name}", f"{s.what} ({s.month})", s.function) for s in SCHOOL_YEAR]
    for kind, classes in (("strategy", STRATEGIES), ("policy", POLICIES)):
        named += [(f"{kind}:{c.model_fields['kind'].default}", str(c.__doc__).partition("\n")[0], c) for c in classes]
    for name, what, thing in named:
        yield [code(name), what, code(thing.__module__.replace(".", "/") + ".py"), _tests_of(name, tests)]


def _tests_of(name: str, tests: list[CountedTest]) -> str:
    return _lines(code(t.name) for t in tests if name in t.directions)


def _row(entry: Entry, infos: Mapping[str, ParamInfo]) -> list[str]:
    return [
        entry.id,
        entry.what,
        entry.source,
        _lines(code(f) for f in entry.files),
        _lines(_parameter(infos[name]) for name in entry.parameters),
        _lines(f"`{name}` = {_off(value)}" for name, value in entry.off.items()),
        ", ".join(entry.events),
        ", ".join(entry.columns),
    ]


def _parameter(info: ParamInfo) -> str:
    unit = "" if info.unit in ("switch", "choice") else f" {info.unit}"
    return f"`{info.name}` = {worth(info.default, info)}{unit} ({info.source})"


def _off(value: Any) -> str:
    """What a switch is set to; a dated value that is the same throughout is given once."""
    if isinstance(value, dict) and len(set(value.values())) == 1:
        return f"{number(next(iter(value.values())))} in every year"
    return number(value)


def _lines(items: Any) -> str:
    return "<br>".join(cell(i) for i in items)


def odd_page() -> str:
    """The text of docs/odd.md. Raises KeyError for a slot that nothing fills, ValueError for text left unused."""
    parts = generated()
    used: set[str] = set()

    def fill(slot: re.Match[str]) -> str:
        used.add(slot[1])
        return parts[slot[1]]

    pages = [(DOCS / "odd" / f"{name}.md").read_text(encoding="utf-8") for name in SECTIONS]
    text = _SLOT.sub(fill, _WRITTEN + "\n".join(pages))
    if unused := set(parts) - used:
        raise ValueError(f"docs/odd: no fragment asks for {', '.join(sorted(unused))}")
    return text


PAGES = {
    "mechanisms": mechanisms_page,
    "odd": odd_page,
    "command-line": lambda: _WRITTEN + command_line_page(),
    "tables": lambda: _WRITTEN + tables_page(),
}
"""Every page that the code writes, and what writes it."""


def main() -> None:
    """Write every page."""
    for name, text in PAGES.items():
        (DOCS / f"{name}.md").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
