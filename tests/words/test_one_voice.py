"""Numbers become words in one room: elsewhere no format rounds, groups or signs a number, and no room has its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.house import FILES, PACKAGE, room

HARMLESS = re.compile(r"|[<>]\d+|\.?([6-9]|\d\d)?g|0\d+d|#?0?\d*x")
"""Nothing; alignment; a number as somebody would type it; the number of a file; a character's code."""

ALLOWED = {
    ("analysis/where.py", ".3g"): "the range of a half, a column that is read back as numbers",
    ("web/explorer/settings.py", ".10f"): "a step of a field, which a browser reads",
}
"""Formats that are no words for a reader: file and format, and why."""

SIGNS = {
    "core/csv_reader.py": "reads numbers in published files",
    "web/forms.py": "reads what somebody typed or pasted",
    "web/pages.py": "sentences that a session has kept since before numbers had true minus signs",
}
"""Files that may put a true minus sign for a hyphen, or the other way round, and why."""


def formats(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every format of a number: in f-strings, in str.format and format, and by the percent sign."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "format":
            yield node.lineno, "format()"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            if isinstance(node.func.value, ast.Constant):
                for spec in re.findall(r"\{[^{}:]*:([^{}]*)\}", str(node.func.value.value)):
                    yield node.lineno, spec
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _text(node.left):
            yield node.lineno, "%"


def signs(tree: ast.AST) -> Iterator[int]:
    """Lines that replace a hyphen by a minus sign, or the other way round."""
    for node in ast.walk(tree):
        called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        if called in ("replace", "sub") and isinstance(node, ast.Call) and any(map(_minus, node.args)):
            yield node.lineno


def _text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _minus(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == "−"


ROOMS = [path for path in FILES if room(path) != "words"]


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_words_formats_numbers(path: Path) -> None:
    name, tree = path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
    wrong = [
        f"line {line}: '{spec}'"
        for line, spec in formats(tree)
        if not HARMLESS.fullmatch(spec) and (name, spec) not in ALLOWED
    ]
    assert not wrong, f"{name} writes numbers its own way; take a function of matsim.words.amounts: {', '.join(wrong)}"
    signed = list(signs(tree)) if name not in SIGNS else []
    assert not signed, f"{name}, lines {signed}: minus signs are put by matsim.words.amounts"


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_room_writes_a_plural_a_year_or_a_list_its_own_way(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, instead in (
        (r"""\{['"]{2} if [^{}]+ == 1 else ['"]s['"]\}""", "amounts.many"),
        (r"""\+ 1\) % 100""", "amounts.academic"),
        (r"""" and "\.join\(\[", "\.join""", "phrases.listed"),
        (r"""\[(:1|0)\]\.upper\(\)""", "phrases.capital"),
    ):
        found = re.search(pattern, text)
        assert not found, f"{path.relative_to(PACKAGE)}: '{found[0]}' is what matsim.words.{instead} is for"
