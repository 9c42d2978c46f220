"""The reference pages that the code writes: every command of the command line, every table and every measure."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer
from parts import code, table

from matsim.cli import app
from matsim.measures.listed import MEASURES, Measure
from matsim.measures.tables import SWEEP_TABLES
from matsim.results.tables import TABLES, TableSpec

_TABLES = """# Tables and measures

A result is a folder of tables. Types are `int64`, `float64`, `bool` and `string`; a string is never missing, a missing
number is `nan`, and whole-number identifiers use −1 for "none". The same is in every result as its data dictionary.
"""


def command_line_page() -> str:
    """The text of docs/command-line.md: each command with its usage, its meaning and its options."""
    top: Any = typer.main.get_command(app)
    parts = ["# Command line", inspect.cleandoc(top.help or "")]
    parts += [_command(words, command) for words, command in _commands("matsim", top)]
    return "\n\n".join(parts) + "\n"


def _commands(words: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Every command under a group, in its order, with the words that call it."""
    with typer.Context(group, info_name=words) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if hasattr(command, "list_commands"):
                yield from _commands(f"{words} {name}", command)
            else:
                yield f"{words} {name}", command


def _command(words: str, command: Any) -> str:
    with typer.Context(command, info_name=words) as context:
        usage = command.get_usage(context).removeprefix("Usage: ")
        records = [r for p in command.get_params(context) if (r := p.get_help_record(context))]
    rows = [(code(name), meaning) for name, meaning in records]
    text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    return "\n\n".join((f"## {words}", f"```\n{usage}\n```", text, table(("option", "meaning"), rows)))


def tables_page() -> str:
    """The text of docs/tables.md: every column of the tables of a run and of a sweep, and every measure."""
    parts = [_TABLES.rstrip(), "## Measures", _measures(MEASURES.values())]
    parts += ["## Tables of a run", *(_spec(s) for s in TABLES.values())]
    parts += ["## Tables of a sweep", *(_spec(s) for s in SWEEP_TABLES.values())]
    return "\n\n".join(parts) + "\n"


def _measures(measures: Any) -> str:
    rows: list[tuple[str, ...]] = [_measure(m) for m in measures]
    return table(("measure", "title", "unit", "better", "meaning"), rows)


def _measure(m: Measure) -> tuple[str, ...]:
    return (code(m.name), m.title, m.unit, m.better or "neither", m.meaning)


def _spec(spec: TableSpec) -> str:
    key = f" One row for each {' and '.join(code(k) for k in spec.key)}." if spec.key else ""
    rows = [(code(c.name), c.dtype, c.unit, c.meaning) for c in spec.columns]
    return f"### {spec.name}\n\n{spec.meaning}.{key}\n\n{table(('column', 'type', 'unit', 'meaning'), rows)}"
