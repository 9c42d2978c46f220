"""What the tests of a checkout hold, counted from their files without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"


@dataclass(frozen=True)
class CountedTest:
    """One test function: its name, its file's name, the marks on it or on its file, and what it holds the direction
    of: `@pytest.mark.direction("B4", "step:team")`.
    """

    name: str
    file: str
    marks: frozenset[str]
    directions: frozenset[str] = frozenset()


def read_tests(folder: Path = TESTS) -> list[CountedTest]:
    """Every test function below a folder, in order of file; none where there is no such folder.

    A test that runs over many cases counts once.
    """
    tests: list[CountedTest] = []
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = frozenset(mark for node in tree.body if _is_pytestmark(node) for mark in _marks(node))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                marks = {mark for decorator in node.decorator_list for mark in _marks(decorator)}
                directions = frozenset(name for decorator in node.decorator_list for name in _directions(decorator))
                tests.append(CountedTest(node.name, path.name, whole | marks, directions))
    return tests


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)


def _marks(node: ast.AST) -> Iterator[str]:
    """Names after `pytest.mark.` in a piece of code."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Attribute) and part.value.attr == "mark":
            yield part.attr


def _directions(decorator: ast.expr) -> list[str]:
    """The names in a mark `direction`; none in any other decorator."""
    if not isinstance(decorator, ast.Call) or "direction" not in _marks(decorator.func):
        return []
    return [str(a.value) for a in decorator.args if isinstance(a, ast.Constant)]
