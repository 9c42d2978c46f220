"""A result folder to one HTML page, by what kind of result it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from matsim.core.errors import InputError
from matsim.report import board, run, sweep, twin, validation
from matsim.report.page import Page, html
from matsim.report.stored import Reader
from matsim.results.store import open_result

KINDS: dict[str, Callable[[Reader], Page]] = {
    "run": run.page,
    "twin": twin.page,
    "sweep": sweep.page,
    "validation": validation.page,
    "board": board.page,
}
"""How each kind of result is told."""


def render(folder: Path) -> str:
    """The report of a stored result as one self-contained HTML page. InputError when the folder is no result."""
    return html(page_of(folder))


def page_of(folder: Path) -> Page:
    """The page that a stored result makes. The manifest of the first results says no kind: those are runs."""
    reader = Reader(open_result(folder))
    kind = reader.manifest.get("kind", "run")
    if kind not in KINDS:
        raise InputError(str(folder), f"is a result of the kind '{kind}'; a report can tell {', '.join(KINDS)}")
    world = reader.manifest.get("world")
    warnings = world.get("warnings", ()) if isinstance(world, dict) else ()
    return replace(KINDS[kind](reader), warnings=tuple(str(text) for text in warnings))
