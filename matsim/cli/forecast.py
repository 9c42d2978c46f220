"""`matsim forecast`: from published files to later ones, against simple baselines."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import typed, warn
from matsim.cli.options import (
    FilesGiven,
    JsonOption,
    OutOption,
    OverwriteOption,
    QuietOption,
    SeedOption,
    SetOption,
    WorkersOption,
    scenario_given,
    takes_files,
)
from matsim.cli.output import show, show_json, table
from matsim.cli.progress import Progress
from matsim.core.errors import InputError
from matsim.words.amounts import count, decimals, many

if TYPE_CHECKING:
    import pandas as pd

    from matsim.core.published_files import Files
    from matsim.validation.forecast import Check

REPLICATES, LEAST, LONGEST = 40, 5, 120


@takes_files
def forecast(
    later: Annotated[
        Path, typer.Option("--later", metavar="FILE", help="Trusts at the later date: a GIAS group links file.")
    ],
    files: FilesGiven = None,
    months: Annotated[int, typer.Option("--months", help="Months between the two group links files.")] = 13,
    replicates: Annotated[
        int, typer.Option("--replicates", help="Runs, and samples of each baseline; 5 or more.")
    ] = REPLICATES,
    scenario: Annotated[str, typer.Option("--scenario", help="Scenario (file or name).")] = "england-2018",
    seed: SeedOption = None,
    sets: SetOption = None,
    out: OutOption = None,
    workers: WorkersOption = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Forecast from real files and score it on later ones.

    School by school and trust by trust. Three simple forecasts are scored beside the model: nothing changes; growth
    in proportion to size with closures at past rates; attraction by size and distance. The scores are proper: lower
    is better, and honest belief scores best.
    """
    from matsim.results.store import ensure_free
    from matsim.validation.forecast import forecast as run_forecast
    from matsim.validation.save import save_forecast

    first = _check(files, replicates, months, workers)
    settings = scenario_given(scenario, sets, seed=seed, files=first)
    if out:
        ensure_free(out, overwrite)
    seeds = range(settings.run.seed, settings.run.seed + replicates)
    begun = perf_counter()
    with Progress(quiet) as progress:
        progress.stage(f"Reading the files, and running {many(months, 'month')} {many(replicates, 'time')}")
        check = run_forecast(
            settings,
            first,
            later,
            months=months,
            seeds=seeds,
            workers=workers or os.cpu_count() or 1,
            tell=progress.tell,
        )
    warn(check.world)
    if out:
        wall = perf_counter() - begun
        inputs = {**first.inputs, "later": later}
        save_forecast(
            out, check, settings, inputs, seeds=seeds, months=months, overwrite=overwrite, command=typed(), wall=wall
        )
    if json:
        show_json("forecast", _as_dict(check, months, replicates, out))
    else:
        _show(check, months, replicates, out)


def _check(files: FilesGiven, replicates: int, months: int, workers: int | None) -> Files:
    """The first files. InputError for everything that a forecast cannot begin with."""
    wrong = []
    if files is None or files.group_links is None:
        wrong.append("a forecast needs --establishments FILE and --group-links FILE: what it begins with")
    if replicates < LEAST:
        wrong.append(f"--replicates {replicates}: should be {LEAST} or more; chances are read off the runs")
    if not 1 <= months <= LONGEST:
        wrong.append(f"--months {months}: should be from 1 to {LONGEST}")
    if workers is not None and workers < 1:
        wrong.append(f"--workers {workers}: should be 1 or more")
    if wrong or files is None:
        raise InputError("command line", wrong)
    return files


def _as_dict(check: Check, months: int, replicates: int, out: Path | None) -> dict[str, Any]:
    return {
        "months": months,
        "replicates": replicates,
        "matched": dict(check.account),
        "notes": list(check.notes),
        "scores": check.tables["scores"].to_dict("records"),
        "beaten": verdicts(check.tables["scores"]),
        "summary": check.tables["summary"].to_dict("records"),
        "result": str(out) if out else "",
    }


def verdicts(scores: pd.DataFrame) -> list[str]:
    """A sentence for each part: whether the model beats every baseline, and which it does not."""
    from matsim.validation.forecast import BASELINES, MODEL

    wide = scores.pivot(index="part", columns="forecaster", values="score").loc[list(dict.fromkeys(scores.part))]
    sentences = []
    for part, row in wide.iterrows():
        # all scores are better lower but the one that says itself where it is perfect
        sign = -1.0 if "1 is perfect" in str(part) else 1.0
        better = [name for name in BASELINES if sign * row[name] <= sign * row[MODEL]]
        name = str(part).partition(" (")[0]
        sentences.append(f"{name}: " + (f"does not beat '{"' nor '".join(better)}'" if better else "beats all three"))
    return sentences


def _show(check: Check, months: int, replicates: int, out: Path | None) -> None:
    show(f"From the first files {many(months, 'month')} on, {many(replicates, 'run')}.\n")
    for text, number in check.account.items():
        show(f"  {count(number):>7} {text}")
    show()
    for note in check.notes:
        show(note)
    scores, summary = check.tables["scores"], check.tables["summary"]
    names = list(dict.fromkeys(scores.forecaster))
    show("\nScores (lower is better, but for which trusts grew)")
    wide = scores.pivot(index="part", columns="forecaster", values="score")
    units = scores.drop_duplicates("part").set_index("part").unit
    rows = [[p, units[p], *(decimals(wide.loc[p, n], 3) for n in names)] for p in dict.fromkeys(scores.part)]
    show(table(("", "unit", *names), rows, right=range(2, 2 + len(names))))
    show("\nThe model, on")
    for verdict in verdicts(scores):
        show(f"  {verdict}")
    show("\nWhat was observed, and the middle forecast")
    wide = summary.pivot(index="quantity", columns="forecaster", values="value")
    heads = ["observed", *names]
    rows = [[q, *(_figure(str(q), wide.loc[q, n]) for n in heads)] for q in dict.fromkeys(summary.quantity)]
    show(table(("", *heads), rows, right=range(1, 1 + len(heads))))
    if out:
        show(f"\nEvery school and trust with its chances is in {out}.")


def _figure(quantity: str, value: float) -> str:
    return decimals(value, 1) if "km" in quantity or "decile" in quantity else count(value)
