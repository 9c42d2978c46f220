"""`matsim demo`: a made-up England for twenty years, and a page about what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matsim.cli.options import JsonOption, OutFolder, OverwriteOption, QuietOption, scenario_given
from matsim.cli.run import carry_out

SCENARIO = "england-2024"
"""The latest start that the project can make up."""
PLACE = Path("results/demo")


def demo(
    out: OutFolder = PLACE,
    years: Annotated[int, typer.Option("--years", help="School years to run, 1 to 60.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Names the luck of the run: 0 or more.")] = 1,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a synthetic England and say what happened.

    The whole country from 2024, as in the scenario england-2024. A demo before this one in results/demo is
    replaced; any other folder only with --overwrite.
    """
    scenario = scenario_given(SCENARIO, years=years, seed=seed)
    ours = out.resolve() == PLACE.resolve()
    carry_out("demo", scenario, out, overwrite=overwrite or ours, json=json, quiet=quiet)
