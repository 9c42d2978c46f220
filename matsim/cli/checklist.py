"""`matsim checklist`: the ten points for planting a cluster in a new area, for a real trust."""

from __future__ import annotations

from matsim.cli.options import JsonOption, TemplateOption
from matsim.cli.output import show, show_json
from matsim.cli.selfchecks import FormFile, self_check

HOW = (
    "To judge a plan: matsim checklist --template > checklist.csv, fill in the column 'value', "
    "then matsim checklist checklist.csv"
)


def checklist(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Judge a plan for a cluster in a new area.

    Ten points, each with its reason; without a file, the points are printed. One row per fact; a fact left
    blank leaves its point open. Nothing leaves this machine.
    """
    from matsim.selfcheck.checklist import FACTS, POINTS, checklist_check

    if file is not None or template:
        self_check("checklist", file, template, json, checklist_check, "checklist.csv")
        return
    asked = {point.number: [f for f in FACTS if f.point == point.number] for point in POINTS}
    if json:
        points = [
            {"number": p.number, "question": p.question, "facts": {f.key: f.words for f in asked[p.number]}}
            for p in POINTS
        ]
        show_json("checklist", {"points": points})
        return
    for point in POINTS:
        show(f"{point.number}. {point.question}")
        for fact in asked[point.number]:
            show(f"     {fact.key}: {fact.words}")
    show(HOW)
