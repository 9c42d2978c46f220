"""`matsim schedule`: what happens in a simulated year, in what order, and which file does each thing."""

from __future__ import annotations

from matsim.cli.options import JsonOption
from matsim.cli.output import show, show_json, table


def schedule(json: JsonOption = False) -> None:
    """Print the school year, step by step.

    Every step with its month, what happens, the file that does it and the parameters it reads.
    """
    from matsim.schedule import SCHOOL_YEAR

    steps = [
        {
            "step": step.name,
            "month": step.month,
            "what": step.what,
            "file": step.module.replace(".", "/") + ".py",
            "function": step.does.partition(".")[2],
            "parameters": list(step.parameters),
        }
        for step in SCHOOL_YEAR
    ]
    if json:
        show_json("schedule", {"steps": steps})
        return
    rows = [
        (str(s["month"]), str(s["step"]), str(s["what"]), str(s["file"]), ", ".join(s["parameters"])) for s in steps
    ]
    show(table(("month", "step", "what happens", "file", "parameters"), rows))
