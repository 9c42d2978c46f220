"""Numbers that behave are declared parameters: no others stand in the code of what acts in the model.

A number in the code cannot be set, swept or questioned. Those that are no judgement (a unit, a published scale, a date
within the year, a count of places) stay, with a reason in `STAYS`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.house import PACKAGE

ACTING = (
    *("mechanisms", "strategies", "policies", "schedule.py"),
    *("simulation/model.py", "simulation/simulate.py", "simulation/recorder.py"),
    *("simulation/checklist_facts.py", "selfcheck/cluster.py", "selfcheck/checklist.py"),
)
"""Where code acts in the model. (What only tells of results, or reads forms that people fill in, does not.)"""

PLAIN = {0.0, 1.0, -1.0, 2.0, 0.5, 1000.0}
"""Nothing, a whole, a pair and its half; metres in a kilometre."""
TINY = 1e-5
"""Below it a number is a guard against dividing by nothing."""

STAYS: dict[tuple[str, str], str] = {
    ("mechanisms/accounts.py", "LOGGED_POOLING"): "what the log leaves out, not what happens",
    ("mechanisms/approval.py", "LOGISTIC_SCALE"): "a mathematical constant",
    ("mechanisms/backoffice.py", "LOGGED_COST"): "what the log leaves out",
    ("mechanisms/classrooms.py", "HUNDRED"): "the unit that gains of teaching are given in",
    ("mechanisms/catalogue.py", "CATALOGUE"): "values that turn a mechanism off",
    ("mechanisms/cluster_life.py", "HIGHEST"): "the published scale of the dimensions",
    ("mechanisms/environment.py", "BEFORE_CUTS"): "the year that `authority_2010` is of",
    ("mechanisms/environment.py", "LOGGED_CAPACITY"): "what the log leaves out",
    ("mechanisms/environment.py", "SCHOOLS_GONE"): "the year of the first world that has many academies",
    ("mechanisms/heads.py", "PERSONS"): "digits of the number of a person",
    ("mechanisms/improvement.py", "LOGGED_LOSS"): "what the log leaves out",
    ("mechanisms/inspection.py", "FIRST_VISIT"): "keeps a visit within its school year",
    ("mechanisms/intervention.py", "WARNED"): "a date within the school year",
    ("mechanisms/joining.py", "DECLINED"): "codes of what comes of an application",
    ("mechanisms/ladders.py", "_around"): "digits of the end of a range",
    ("mechanisms/ladders.py", "DELEGATED"): "place of a form of governance among the four",
    ("mechanisms/ladders.py", "NEEDS_CLUSTERS"): "places of rungs on their ladder",
    ("mechanisms/ladders.py", "load"): "scales share × (1 − share) to 1 at a half",
    ("mechanisms/likeness.py", "PLACE_WAVES"): "how finely a field is drawn, not what happens",
    ("mechanisms/likeness.py", "TRUST_WAVES"): "how finely a field is drawn",
    ("mechanisms/likeness.py", "SETTLED"): "years after which nothing is left to settle",
    ("mechanisms/likeness.py", "_DRAWS"): "draws that make a wave",
    ("mechanisms/openings.py", "KIND"): "places of the kinds of openings by phase",
    ("mechanisms/operating_model.py", "LOGGED_AUTONOMY"): "what the log leaves out",
    ("mechanisms/performance.py", "LOGGED_FLAGS"): "what the log leaves out",
    ("mechanisms/planting.py", "LEAST_NEED"): "a guard against dividing by next to nothing",
    ("mechanisms/reach.py", "APART"): "farther than anything in the country, for a search by region",
    ("mechanisms/reach.py", "BATCH"): "pairs in memory at a time, not what happens",
    ("mechanisms/reach.py", "_WORD"): "bits of half a number",
    ("mechanisms/reviewing.py", "INFRASTRUCTURE"): "codes of what is worked on",
    ("mechanisms/reviewing.py", "STRONG"): "the published scale of an area",
    ("mechanisms/rolls.py", "LOGGED_SURPLUS"): "what the log leaves out",
    ("mechanisms/seeking.py", "LOGGED_MARGIN"): "what the log leaves out",
    ("mechanisms/shocks.py", "OCTOBER"): "a date within the school year",
    ("mechanisms/spending.py", "LOGGED_TEACHING"): "what the log leaves out",
    ("mechanisms/team.py", "HELP_AREAS"): "places of the ten areas of local help",
    ("mechanisms/team.py", "LOGGED_HELP"): "what the log leaves out",
    ("mechanisms/team.py", "LOGGED_POSTS"): "what the log leaves out",
    ("mechanisms/teachers.py", "LOGGED_SHARE"): "what the log leaves out",
    ("mechanisms/trust_inspection.py", "ACCEPTABLE"): "codes of what inspectors find",
    ("mechanisms/vision.py", "TENTH"): "the percentiles that two parameters are given at",
    ("mechanisms/directed/outcomes.py", "SPRING"): "a date within the school year",
    ("simulation/model.py", "LA_CODES"): "identities of local authorities",
    ("simulation/model.py", "_build"): "room for rows, which grows",
    ("simulation/simulate.py", "MOST_WORLDS"): "worlds kept in memory",
    ("simulation/simulate.py", "_rounded"): "digits of a time in seconds",
    ("selfcheck/checklist.py", "POINTS"): "numbers of the ten published points",
    ("selfcheck/checklist.py", "FACTS"): "numbers of the points, and what a form refuses",
    ("selfcheck/checklist.py", "_typed"): "words about a percentage",
    ("selfcheck/cluster.py", "sentences"): "the published scale of the dimensions",
}
"""By file, and the constant or function that holds it: why a number is no parameter."""


def literals(tree: ast.AST) -> Iterator[tuple[str, int, float]]:
    """Numbers that behave: the constant or function that holds each, its line and its value."""

    def walk(node: ast.AST, holder: str) -> Iterator[tuple[str, int, float]]:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                value = float(node.value)
                if value not in PLAIN and value >= TINY:
                    yield holder, node.lineno, value
            return
        yield from (found for child in parts(node) for found in walk(child, holder_of(node, holder)))

    yield from walk(tree, "")


def holder_of(node: ast.AST, holder: str) -> str:
    if isinstance(node, ast.FunctionDef):
        return node.name
    if not holder and isinstance(node, (ast.Assign, ast.AnnAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        first = target.elts[0] if isinstance(target, ast.Tuple) else target
        return first.id if isinstance(first, ast.Name) else holder
    return holder


def parts(node: ast.AST) -> list[ast.AST]:
    """What of a node may hold a number that behaves: not declarations, indices, axes, nor the range of a term."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ("param", "Field", "column"):
            return []
        args = node.args[:3] if name == "Term" else node.args
        return [node.func, *args, *(k.value for k in node.keywords if k.arg != "axis")]
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.ClassDef):  # a class's keywords, and what its fields are made by, are declarations
        return [n for n in node.body if not (isinstance(n, ast.AnnAssign) and isinstance(n.value, ast.Call))]
    if isinstance(node, ast.FunctionDef) and node.name == "__init_subclass__":  # makes declarations of them
        return []
    return list(ast.iter_child_nodes(node))


def files() -> list[Path]:
    rooms = [PACKAGE / name for name in ACTING]
    return sorted(path for room in rooms for path in ([room] if room.is_file() else room.rglob("*.py")))


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_numbers_that_behave_are_parameters(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    loose = [
        f"{name}:{line}: {value:g} in {holder or 'the module'}"
        for holder, line, value in literals(ast.parse(path.read_text(encoding="utf-8")))
        if (name, holder) not in STAYS
    ]
    assert loose == [], "declare them with param(default, unit, source, plausible), or say in STAYS why they stay"


def test_every_number_that_stays_is_there() -> None:
    holders = {
        (path.relative_to(PACKAGE).as_posix(), holder)
        for path in files()
        for holder, _, _ in literals(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert sorted(set(STAYS) - holders) == []


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("def f(x):\n    return 0.7 * x", [("f", 2, 0.7)]),
        ("LIMIT = 0.3", [("LIMIT", 1, 0.3)]),
        ("def f(x, p):\n    return np.clip(x, 0.0, 1.4) * p.scale", [("f", 2, 1.4)]),
        ("def f(x):\n    return -3.0 * x", [("f", 2, 3.0)]),
        ("def f(x):\n    return x[:, 5].mean(axis=4) * 0.5 + 1e-9", []),
        ("a: float = param(0.7, 'share', 'x', plausible=(0.3, 0.9))", []),
        ("class A(Rung, carries=0.7):\n    a: float = made(0.7)\n    b: float = 0.7", [("b", 3, 0.7)]),
        ("Term('luck', p.luck, 'words', -12.0, 12.0)", []),
        ("Term('luck', 0.7, 'words', -12.0, 12.0)", [("", 1, 0.7)]),
    ],
)
def test_a_number_put_into_code_is_seen(code: str, seen: list[tuple[str, int, float]]) -> None:
    assert list(literals(ast.parse(code))) == seen
