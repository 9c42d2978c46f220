"""Pages that the code writes say what it says now; `make docs` writes them again."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest
from conftest import ROOT

from matsim.agents.school import SCHOOL_COLUMNS
from matsim.agents.trust import TRUST_COLUMNS
from matsim.evidence.parameters import describe
from matsim.mechanisms.catalogue import CATALOGUE
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR

DOCS = ROOT / "docs"
CONCEPTS = (
    *("Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing"),
    *("Interaction", "Stochasticity", "Collectives", "Observation"),
)
"""The eleven design concepts of the protocol."""


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["mechanisms", "odd", "command-line", "tables"])
def test_the_page_is_what_the_code_says_now(build: ModuleType, page: str) -> None:
    stored = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    assert stored == build.PAGES[page](), f"docs/{page}.md is stale: run `make docs`"


def test_every_mechanism_has_its_line() -> None:
    text = (DOCS / "mechanisms.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-G]\d+) \|", text, re.MULTILINE)
    assert rows == [e.id for e in CATALOGUE]


def test_the_seven_elements_and_eleven_concepts_are_there() -> None:
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    assert [int(n) for n in re.findall(r"^## (\d) ", text, re.MULTILINE)] == list(range(1, 8))
    assert tuple(re.findall(r"^\*\*([\w ]+)\.\*\* ", text.partition("## 4 ")[2], re.MULTILINE)) == CONCEPTS


def test_every_variable_step_and_parameter_is_described() -> None:
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    names = [c.name for c in (*SCHOOL_COLUMNS, *TRUST_COLUMNS)] + [s.name for s in SCHOOL_YEAR]
    names += [i.name for i in describe(Scenario) if not i.name.startswith(("run.", "world.start"))]
    assert [n for n in names if f"| `{n}` |" not in text] == []


def test_every_random_stream_of_the_code_is_listed() -> None:
    """Found here by another way than the page finds them: by the text of the code."""
    text = (DOCS / "odd.md").read_text(encoding="utf-8")
    call = re.compile(r"streams\.(?:uniform|normal|logistic|hashed|hashed_normal|pair|order)\(\s*f?\"([^\"]+)\"")
    found = {n for p in (ROOT / "matsim").rglob("*.py") for n in call.findall(p.read_text(encoding="utf-8"))}
    assert len(found) > 30
    assert [n for n in sorted(found) if f"`{n}`" not in text] == []


def test_a_slot_that_nothing_fills_is_refused(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    short = {k: v for k, v in build.generated().items() if k != "streams"}
    monkeypatch.setattr(build, "generated", lambda: short)
    with pytest.raises(KeyError, match="streams"):
        build.odd_page()
    monkeypatch.setattr(build, "generated", lambda: {**short, "streams": "", "spare": ""})
    with pytest.raises(ValueError, match="spare"):
        build.odd_page()
