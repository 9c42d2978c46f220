"""Words by date: nobody else spells who decides for a region, its board, or the two kinds of region."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import ROOT

from matsim.evidence.parameters import describe
from matsim.mechanisms.catalogue import CATALOGUE
from matsim.policies import POLICIES
from matsim.scenario.schema import Scenario
from matsim.words import offices
from matsim.words.offices import AFTER, BEFORE, BOTH, dated, of, over

SPELLED = re.compile(
    r"commissioner|headteacher.board|regional.director|advisory.board|\bRSC\b|\bDfE region", re.IGNORECASE
)
NAMES = re.compile(r"\{(commissioners?|titles?|board|regions?)\}")
"""Names that `dated` fills."""

CODES = {"commissioner", "commissioners", "commissioners[", "Commissioner", "RSCRegion (name)", "approval/board"}
"""Names of parameters, columns and choices, and what luck is drawn for: these are the same in every year."""
ALLOWED = {
    "words/offices.py": "owns the words",
    "evidence/sources.py": "titles of what was published",
    "validation/assurance.py": "who commissions an analysis",
}
DESCRIBED = {
    ("agents/school.py", "Trust that a commissioner took it from; −1 none"),
    ("agents/school.py", "When a commissioner warned its trust about it; nan when not"),
    ("agents/trust.py", "Track record as a commissioner sees it, 0 to 1"),
    ("results/tables.py", "Track record as a commissioner sees it"),
    ("board/tables.py", "Track record as a commissioner sees it"),
    ("board/tables.py", "What the candidates, the trust's own due diligence and the commissioner said"),
    ("board/tables.py", "school, trust, commissioner, or all (whether it joined)"),
}
"""Descriptions of columns, which are of no year and are called like the parameters."""


def told(tree: ast.Module) -> list[tuple[int, str]]:
    """Every string of a module that is no docstring, with its line."""
    silent = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
    ]


def strays(name: str, text: str) -> list[str]:
    """Where a module spells words that are of some years only."""
    found = []
    for line, said in told(ast.parse(text)):
        plain = NAMES.sub("", said)
        if said in CODES or not SPELLED.search(plain) or (name, said) in DESCRIBED:
            continue
        found.append(f"{name}:{line}: {said!r}")
    return found


def test_no_module_but_the_one_spells_the_words_of_some_years() -> None:
    package = ROOT / "matsim"
    files = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).as_posix() not in ALLOWED]
    found = [s for path in files for s in strays(path.relative_to(package).as_posix(), path.read_text("utf-8"))]
    assert not found, "\n".join(found)
    pages = [*package.rglob("*.html"), *package.rglob("*.js")]
    assert len(pages) > 20
    assert [path.name for path in pages if SPELLED.search(path.read_text("utf-8"))] == []


def test_a_stray_word_is_found() -> None:
    assert strays("a.py", 'x = "the commissioner refused"') == ["a.py:1: 'the commissioner refused'"]
    assert strays("a.py", 'x = f"by the Headteacher board of {x}"') == ["a.py:1: 'by the Headteacher board of '"]
    assert strays("a.py", '"""A regional director."""\nx = "the {commissioner} refused"\ny = "commissioners"') == []


def test_every_exception_is_needed() -> None:
    for name in ALLOWED:
        assert SPELLED.search((ROOT / "matsim" / name).read_text("utf-8")), name
    for name, said in DESCRIBED:
        assert said in (ROOT / "matsim" / name).read_text("utf-8"), said


def test_what_is_said_of_a_parameter_is_of_no_year() -> None:
    parameters = [*describe(Scenario), *(info for policy in POLICIES for info in describe(policy, "commissioners."))]
    assert len(parameters) > 300
    assert [info.name for info in parameters if SPELLED.search(info.meaning)] == []
    entries = [f"{entry.id} {entry.what}" for entry in CATALOGUE]
    assert [said for said in entries if SPELLED.search(said)] == []


def test_the_words_change_in_september_2022() -> None:
    assert of(2021) == BEFORE
    assert of(2022) == AFTER
    assert of(2021).title == "regional schools commissioner"
    assert of(2021).board == "headteacher board"
    assert of(2022).title == "regional director"
    assert of(2022).board == "advisory board"
    assert over(2018, 2021) == BEFORE
    assert over(2022, 2030) == AFTER
    assert over(2021, 2022) == BOTH
    for field, both in vars(BOTH).items():
        words = getattr(AFTER, field) if field not in ("region", "regions") else "since"
        assert words in both, field


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (2018, None, "the commissioner and the headteacher board; {other}"),
        (2023, None, "the regional director and the advisory board; {other}"),
        (2018, 2020, "the commissioner and the headteacher board; {other}"),
        (2018, 2024, "the commissioner or regional director and the headteacher board or advisory board; {other}"),
    ],
)
def test_a_sentence_has_the_words_of_its_years(first: int, last: int | None, said: str) -> None:
    assert dated("the {commissioner} and the {board}; {other}", first, last) == said


def test_the_year_of_the_words_is_that_of_the_default_regions() -> None:
    assert Scenario().environment.nine_from == offices.SINCE
