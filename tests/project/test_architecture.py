"""The house: imports run one way, and only some rooms know the heavy libraries."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from support.house import FILES, PACKAGE, imports, room

LAYERS = (
    {"words"},
    {"core"},
    {"evidence", "results"},
    {"events", "measures", "policies", "world"},
    {"agents", "analysis", "selfcheck"},
    {"figures", "state"},
    {"report", "strategies"},
    {"mechanisms"},
    {"scenario"},
    {"schedule"},
    {"simulation"},
    {"board", "experiment"},
    {"web", "validation"},
    {"calibration"},
    {"cli"},
    {"__init__", "__main__"},
)
"""Lower rooms first. A room may import from rooms before it and from itself."""

MAY_IMPORT = {"mesa": {"agents", "simulation", "world"}, "plotly": {"figures", "report", "web"}, "typer": {"cli"}}


ROOMS = {r: i for i, layer in enumerate(LAYERS) for r in layer}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    here = room(path)
    assert here in ROOMS, f"{here} has no place in the order of rooms"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "matsim" and len(parts) > 1 and parts[1] in ROOMS and parts[1] != here:
            lower = ROOMS[parts[1]] < ROOMS[here]
            assert lower, f"{path.name} imports {name}, which lies above or beside it"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_stay_in_their_rooms(path: Path) -> None:
    for name in imports(path):
        rooms = MAY_IMPORT.get(name.split(".")[0])
        assert rooms is None or room(path) in rooms, f"{path.name} imports {name}"


SCREEN = 60
"""Lines of a function, its signature and docstring not counted. Files are as long as their subject."""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_functions_fit_a_screen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert lines <= SCREEN, f"{node.name} has {lines} lines"
