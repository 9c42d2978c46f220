"""`matsim schedule`: what happens in a simulated year, in what order, and which file does each thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matsim.cli.options import JsonOption
from matsim.cli.output import show, show_json, table


def schedule(json: JsonOption = False) -> None:
    """Print the school year, step by step.

    Every step with its month, what happens, the file that does it and the parameters it reads.
    """
    steps = list(_steps())
    if json:
        show_json("schedule", {"steps": steps})
        return
    rows = [
        (str(s["month"]), str(s["step"]), str(s["what"]), str(s["file"]), ", ".join(s["parameters"])) for s in steps
    ]
    show(table(("month", "step", "what happens", "file", "parameters"), rows))


def _steps() -> Iterator[dict[str, Any]]:
    """The steps as the page `matsim/schedule.py` has them. It is read, not run: running it loads the whole model."""
    import ast
    from importlib.resources import files

    page = ast.parse(files("matsim").joinpath("schedule.py").read_text(encoding="utf-8"))
    imports = [node for node in page.body if isinstance(node, ast.ImportFrom)]
    homes = {name.name: f"{node.module}.{name.name}" for node in imports for name in node.names}
    for call in ast.walk(page):
        match call:
            case ast.Call(
                func=ast.Name(id="step"),
                args=[
                    ast.Constant(name),
                    ast.Constant(month),
                    ast.Constant(what),
                    ast.Attribute(ast.Name(module), function),
                    ast.Lambda(body=ast.Tuple(given)),
                ],
            ):
                file = homes[module].replace(".", "/") + ".py"
                parameters = [part.attr for part in given if isinstance(part, ast.Attribute)]
                yield {"step": name, "month": month, "what": what, "file": file, "function": function,
                       "parameters": parameters}  # fmt: skip
