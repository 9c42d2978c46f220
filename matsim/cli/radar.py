"""`matsim radar`: which break points a trust is near, in how many years, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from matsim.cli.options import JsonOption, ResultFolder, run_and_names
from matsim.cli.output import show, show_json


def radar(
    result: ResultFolder,
    trust: Annotated[str, typer.Option("--trust", metavar="UID|NAME", help="The trust.")],
    year: Annotated[int | None, typer.Option("--year", help="Academic year; the last by default.")] = None,
    json: JsonOption = False,
) -> None:
    """Say which break points a trust is near.

    In how many years at the present pace, and why. From a stored result. A part of the trust's name will do,
    where only one has it.
    """
    from matsim.core.find import find_agent
    from matsim.simulation.radar import radar as blips_of
    from matsim.simulation.simulate import scenario_of

    stored, names = run_and_names(result)
    uid = find_agent(trust, names.trusts, "trust", str(result))
    blips = blips_of(stored.table("trust_year"), uid, year, scenario_of(stored).break_points.ladders)
    if json:
        show_json("radar", {"result": str(result), "trust": uid, "break_points": [b.to_dict() for b in blips]})
        return
    show(f"{names.trust(uid)} (UID {uid})")
    for blip in blips:
        show(f"  {blip.sentence()}")
