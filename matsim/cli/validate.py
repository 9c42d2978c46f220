"""`matsim validate`: does the model behave like England? The scorecard."""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matsim.cli.errors import typed
from matsim.cli.options import (
    JsonOption,
    OutOption,
    OverwriteOption,
    QuietOption,
    SeedOption,
    SetOption,
    WorkersOption,
    ensure_least,
    scenario_given,
)
from matsim.cli.output import indented, show, show_json, table
from matsim.cli.progress import Progress
from matsim.words.amounts import NONE, amount, decimals, many

if TYPE_CHECKING:
    import pandas as pd

    from matsim.validation.scorecard import Scorecard

DEFAULT = "england-2018"
REPLICATES = 16
WIDE = 62
"""Characters of a pattern's title in the printed table."""


def validate(
    scenario: Annotated[
        str, typer.Argument(help="Scenario whose parameters are held against the facts (file or name).")
    ] = DEFAULT,
    replicates: Annotated[int, typer.Option("--replicates", help="Runs from each start year.")] = REPLICATES,
    small: Annotated[bool, typer.Option("--small", help="One run from each start year: some seconds.")] = False,
    seed: SeedOption = None,
    sets: SetOption = None,
    out: OutOption = None,
    workers: WorkersOption = None,
    overwrite: OverwriteOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold the model against published facts: the scorecard.

    Runs England from 2010 and from 2018. A pattern passes when the median of the runs lies within its tolerance; of
    results and heads, of which luck decides much, the mean. Failures stay on the page, each with a sentence.
    """
    from matsim.evidence.targets import read_targets
    from matsim.results.store import ensure_free
    from matsim.validation.evaluate import evaluate, started
    from matsim.validation.save import save
    from matsim.validation.scorecard import score

    ensure_least(replicates=(replicates, 1), workers=(workers, 1))
    settings = scenario_given(scenario, sets, seed=seed)
    if out:
        ensure_free(out, overwrite)
    count = 1 if small else replicates
    seeds = range(settings.run.seed, settings.run.seed + count)
    targets = read_targets()
    begun = perf_counter()
    with Progress(quiet) as progress:
        progress.stage(f"Running England {many(count, 'time')} from 2010 and from 2018")
        results = evaluate(
            started(settings, 2010),
            started(settings, 2018),
            seeds,
            targets,
            workers=workers or os.cpu_count() or 1,
            tell=progress.tell,
        )
    card = score(results, targets)
    if out:
        save(out, card, results, settings, overwrite=overwrite, command=typed(), wall=perf_counter() - begun)
    if json:
        show_json("validate", _as_dict(card, seeds, out))
    else:
        _show(card, count, out)


def _as_dict(card: Scorecard, seeds: range, out: Path | None) -> dict[str, Any]:
    return {
        "score": card.score,
        "passed": card.passed,
        "counted": card.counted,
        "share": card.share,
        "seeds": list(seeds),
        "patterns": card.patterns.to_dict("records"),
        "result": str(out) if out else "",
    }


def _show(card: Scorecard, replicates: int, out: Path | None) -> None:
    show(f"Does it behave like England? {many(replicates, 'run')} from 2010 and as many from 2018.")
    means = card.patterns["judged"] == "mean"
    for name, rows in card.patterns.loc[~means].groupby("group", sort=False):
        show(f"\n{str(name).capitalize()}: {_passed(rows)}")
        show(_table(rows))
    if means.any():
        rows = card.patterns.loc[means]
        show(f"\nResults and heads, judged on the mean of the runs: {_passed(rows)}")
        show(_means(rows))
        show(_luck(rows, replicates))
    show(f"\n{card.passed} of {card.counted} patterns are within tolerance ({amount(card.share, 'share')}).")
    meaning = "1 is every figure met exactly, a half is every one at the edge of its tolerance"
    show(f"Score {decimals(card.score, 3)}: {meaning}.")
    missed = card.patterns.loc[~card.patterns.passed & card.patterns.counted]
    if len(missed):
        show("\nWhat is missed, and why")
        for row in missed.to_dict("records"):
            show(f"  {row['title']} ({row['source']})")
            show(indented(str(row["explanation"]), "    "))
    apart = card.patterns.loc[~card.patterns.counted]
    if len(apart):
        show("\nShown and not counted")
        for row in apart.to_dict("records"):
            show(f"  {row['title']}: {row['explanation']}")
    if out:
        show(f"\nThe scorecard is in {out}.")


def _passed(rows: pd.DataFrame) -> str:
    counted = rows.loc[rows.counted]
    return f"{int(counted.passed.sum())} of {len(counted)}"


def _means(rows: pd.DataFrame) -> str:
    """Patterns judged on the mean of the runs: how far off, how sure, and what breaks them."""
    header = ("", "pattern", "from", "England", "±", "mean", "error", "off", "sure", "breaks without", "source")
    cells = [
        (
            _mark(row),
            _title(row),
            str(row["start"]),
            *(amount(row[name], row["unit"]) for name in ("target", "tolerance", "simulated", "error")),
            decimals(row["off"], 2),
            "yes" if row["sure"] else "NO",
            row["breaks"],
            row["source"],
        )
        for row in rows.to_dict("records")
    ]
    return table(header, cells, right=(3, 4, 5, 6, 7))


def _luck(rows: pd.DataFrame, replicates: int) -> str:
    """Whether the runs are too few to tell."""
    from matsim.validation.scorecard import RUNS

    said = "The standard error of a mean should be at most a third of ±."
    if replicates < RUNS:
        return f"{said} {many(replicates, 'run')} cannot tell: it takes {RUNS} or more."
    return f"{said} Of {many(int((~rows['sure']).sum()), 'pattern')} it is not."


def _mark(row: dict[Hashable, Any]) -> str:
    return NONE if not row["counted"] else "yes" if row["passed"] else "NO"


def _title(row: dict[Hashable, Any]) -> str:
    title = str(row["title"])
    return title if len(title) <= WIDE else title[: WIDE - 1] + "…"


def _table(rows: pd.DataFrame) -> str:
    header = ("", "pattern", "from", "England", "±", "model", "90% of runs", "source")
    cells = []
    for row in rows.to_dict("records"):
        target = "(shape)" if row["judged"] == "distance" else amount(row["target"], row["unit"])
        band = f"{amount(row['low'], row['unit'])} to {amount(row['high'], row['unit'])}"
        cells.append(
            (
                _mark(row),
                _title(row),
                str(row["start"]),
                target,
                amount(row["tolerance"], row["unit"]),
                amount(row["simulated"], row["unit"]),
                band,
                row["source"],
            )
        )
    return table(header, cells, right=(3, 4, 5, 6))
