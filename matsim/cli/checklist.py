"""`matsim checklist`: the ten points for planting a cluster in a new area, for a real trust."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matsim.cli.options import JsonOption, TemplateOption, run_and_names
from matsim.cli.output import show, show_json
from matsim.cli.selfchecks import FormFile, self_check
from matsim.core.errors import InputError

HOW = (
    "To judge a plan: matsim checklist --template > checklist.csv, fill in the column 'value', "
    "then matsim checklist checklist.csv"
)


def checklist(
    file: FormFile = None,
    template: TemplateOption = False,
    json: JsonOption = False,
    result: Annotated[
        Path | None, typer.Option("--from", metavar="RESULT", help="Fill it from a stored result.")
    ] = None,
    trust: Annotated[str | None, typer.Option("--trust", metavar="UID|NAME", help="With --from: the trust.")] = None,
    near: Annotated[
        str | None,
        typer.Option(
            "--near", metavar="URN|NAME|AUTHORITY", help="With --from: a school in the new area, or its authority."
        ),
    ] = None,
) -> None:
    """Judge a plan for a cluster in a new area.

    Ten points, each with its reason; without a file, the points are printed. One row per fact; a fact left
    blank leaves its point open. With --from, --trust and --near the facts come from a simulated world, and what
    only people can say stays open. Nothing leaves this machine.
    """
    from matsim.selfcheck.checklist import FACTS, POINTS, checklist_check

    if result is not None or trust is not None or near is not None:
        _from_world(result, trust, near, json)
        return
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


def _from_world(result: Path | None, trust: str | None, near: str | None, json: bool) -> None:
    """Judge a plan of a simulated trust, at the end of a stored run."""
    from matsim.core.find import find_agent
    from matsim.selfcheck.checklist import checklist as judge
    from matsim.simulation.checklist_facts import centre, plan_facts
    from matsim.simulation.simulate import scenario_of

    if result is None or trust is None or near is None:
        raise InputError("command line", "--from, --trust and --near go together: a result, a trust, a school near by")
    stored, names = run_and_names(result)
    uid = find_agent(trust, names.trusts, "trust", str(result))
    scenario, trusts, schools = scenario_of(stored), stored.table("trust_year"), stored.table("schools")
    authorities = {name.casefold(): name for name in schools["authority"].astype(str).unique()}
    authority = authorities.get(" ".join(near.casefold().split()), "")
    if authority:
        urn = centre(trusts, schools, scenario, uid, authority)
    else:
        urn = find_agent(near, names.schools, "school", str(result))
    facts = plan_facts(trusts, schools, scenario, uid, urn)
    items = judge(facts, scenario.planting.checklist)
    if json:
        content = {"trust": uid, "near": urn, "authority": authority, "facts": facts}
        show_json("checklist", content | {"points": [vars(i) for i in items]})
        return
    show(f"{names.trust(uid)}: a cluster around {names.school(urn)}?")
    if authority:
        show(f"Judged there because, of all of {authority}, most schools that could join lie round it.")
    words = {True: "yes", False: "no", None: "open"}
    for item in items:
        show(f"  {item.number:>2}. {words[item.answer]:<5}{item.question} {item.why}")
