"""`matsim calibrate`: fit the free parameters to the targets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matsim.cli.options import (
    JsonOption,
    QuietOption,
    SeedOption,
    SetOption,
    WorkersOption,
    ensure_least,
    scenario_given,
)
from matsim.cli.output import show, show_json, table
from matsim.cli.progress import Progress
from matsim.core.errors import InputError, nearest
from matsim.words.amounts import decimals, percent, significant

if TYPE_CHECKING:
    import pandas as pd

    from matsim.calibration.calibrate import Calibration
    from matsim.calibration.free_parameters import Space

WAVES = 3
POINTS = 80


def calibrate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the result and its runs.")],
    scenario: Annotated[str, typer.Argument(help="Scenario whose parameters are fitted (file or name).")] = (
        "england-2018"
    ),
    free: Annotated[
        Path | None, typer.Option("--free", metavar="FILE", help="Free parameters; the project's own if not given.")
    ] = None,
    waves: Annotated[int, typer.Option("--waves", help="Waves of history matching.")] = WAVES,
    points: Annotated[int, typer.Option("--points", help="Points in each wave.")] = POINTS,
    seed: SeedOption = None,
    sets: SetOption = None,
    workers: WorkersOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit the free parameters to the published facts.

    History matching, then a posterior of what is left.

    Runs are kept in the folder as they end: the same command goes on where it stopped. The values found are written
    to calibrated.toml there; they become the defaults when that file takes the place of the package's own.
    """
    from matsim.calibration.calibrate import calibrate as fit
    from matsim.calibration.free_parameters import FILE, read_free
    from matsim.calibration.patterns import Patterns
    from matsim.calibration.runs import Runs
    from matsim.calibration.save import save
    from matsim.evidence.targets import targets_to_fit

    ensure_least(waves=(waves, 1), points=(points, 10), workers=(workers, 1))
    settings = scenario_given(scenario, sets, seed=seed)
    space = read_free(free or FILE)
    patterns = Patterns(targets_to_fit())
    if unknown := [name for name in space.held_out if name not in patterns.names]:
        raise InputError("held_out", [f"unknown pattern '{n}'{nearest(n, patterns.names)}" for n in unknown])
    with Progress(quiet) as progress:
        runs = Runs(out / "runs", settings, space, patterns, workers or os.cpu_count() or 1, progress.tell)
        fitted = fit(runs, waves=waves, points=points, seed=settings.run.seed, tell=lambda s: progress.stage(s, "runs"))
    card = save(out, fitted, runs)
    if json:
        show_json("calibrate", {"score": fitted.best.score, "chosen": fitted.best.origin, **_counts(card)})
    else:
        _show(fitted, space, card, out)


def _counts(card: pd.DataFrame) -> dict[str, list[int]]:
    """Patterns passed by hand and chosen, of how many: fitted to, and held out."""
    return {
        name: [int(rows.passed_hand.sum()), int(rows.passed_chosen.sum()), len(rows)]
        for name, rows in (("fitted", card.loc[~card.held_out]), ("held_out", card.loc[card.held_out]))
    }


def _show(fitted: Calibration, space: Space, card: pd.DataFrame, out: Path) -> None:
    middle, low, high = (space.numbers(fitted.posterior.quantile(q)) for q in (0.5, 0.05, 0.95))
    chosen, hand = space.numbers(fitted.best.point), space.numbers(space.by_hand)
    rows = [
        (
            f.name,
            *(significant(v) for v in (hand[i], chosen[i], middle[i], low[i], high[i])),
            percent(fitted.narrowed[i], 1),
        )
        for i, f in enumerate(space.free)
    ]
    header = ("parameter", "by hand", "chosen", "median", "5%", "95%", "of the range")
    show(table(header, rows, right=(1, 2, 3, 4, 5, 6)))
    for name, (by_hand, best, total) in _counts(card).items():
        show(f"Patterns {name.replace('_', ' ')}: {best} of {total} within tolerance; by hand {by_hand}.")
    show(f"Chosen: {fitted.best.origin}, score {decimals(fitted.best.score, 3)} on the fitted patterns.")
    show(f"The values are in {out / 'calibrated.toml'}.")
