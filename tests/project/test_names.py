"""Names are the field's or the programmer's: private English is for sentences, not for identifiers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.house import FILES, PACKAGE

PRIVATE = frozenset({
    # say what the thing is instead: rows, matches, problems, sentences, choices, directed, the trust's …
    "told", "held", "found", "own",
    # what modules were once called
    "ear", "beside", "together", "thwarted", "standing", "making", "written", "telling", "reckon", "asking",
    "striking", "showing", "waiting",
})  # fmt: skip

ALLOWED = frozenset({"held_out", "_held_out", "still_waiting", "standing"})
"""Identifiers that are a word of the field all the same."""


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something, and its line: functions, classes, parameters, variables, attributes.

    A name that is only used is somebody else's, or is found where it is given.
    """
    for node in ast.walk(tree):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
                | ast.alias(asname=str(name))
                | ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                yield name, getattr(node, "lineno", 0)


def private(name: str) -> bool:
    """Whether a name, or a part of it between underscores, is private English."""
    return name not in ALLOWED and not PRIVATE.isdisjoint(name.lower().split("_"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_identifier_is_private_english(path: Path) -> None:
    assert not private(path.stem), f"{path.name}: take the field's word for what is in it"
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line} {name}"
        for name, line in identifiers(ast.parse(path.read_text(encoding="utf-8")))
        if private(name)
    ]
    assert not wrong, "say what it is, in the field's or the programmer's words: " + ", ".join(wrong)
