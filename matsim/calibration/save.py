"""A calibration as files: the fitted parameters as TOML, what each stage found as tables, and an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.calibration.calibrate import SETTLED, Calibration
from matsim.calibration.emulator import checks
from matsim.calibration.runs import Runs
from matsim.core.disk import new_file, whole_folder, writing
from matsim.core.toml import plain, toml_value
from matsim.experiment.schema import Design, Experiment, Factor
from matsim.scenario.load import override
from matsim.words.amounts import decimals, percent, significant

type Floats = NDArray[np.float64]

GOVERNS = 0.3
"""Correlation over all runs from which a pattern counts as one that a parameter was fitted to."""
MOST_NAMED = 5
POINTS, SWEPT = 64, 5
"""Points and replicates of the sweep over the posterior, unless somebody changes them."""

README = """A calibration (matsim calibrate).

posterior.toml   an experiment over the 90% ranges of the posterior: matsim sweep posterior.toml --out DIR
calibrated.toml  the fitted parameters with their ranges; as matsim/evidence/calibrated.toml they are the defaults
waves.csv        history matching: points left, patterns that ruled out, patterns beyond the parameters
points.csv       every point that was run, its wave and its score on the fitted patterns
posterior.csv    particles of the posterior with their weights
emulators.csv    how well each figure is foreseen for runs that were left out
contest.csv      the points that met on new seeds, best first
account.md       all of it in tables for a reader (the middle of docs/calibration.md)
scorecard.csv    every pattern at the values by hand and at the values chosen; held out or fitted to
runs/            the runs themselves: with them here, the same command goes on where it stopped
"""


def save(out: Path, calibration: Calibration, runs: Runs) -> pd.DataFrame:
    """Write everything into a folder that may hold earlier runs; gives the scorecard of hand and chosen values.

    Raises InputError when it cannot be written; then earlier files are as they were.
    """
    names = runs.space.names
    tables = {
        "waves": _waves(calibration),
        "points": _points(calibration, runs),
        "posterior": pd.DataFrame([runs.space.numbers(x) for x in calibration.posterior.x], columns=names).assign(
            weight=calibration.posterior.weight
        ),
        "emulators": pd.DataFrame(
            checks(calibration.matching.waves[-1].patterns.columns, calibration.matching.waves[-1].emulators),
            columns=["pattern", "part", "explained", "within_2_sd"],
        ),
        "contest": pd.DataFrame(
            [(e.origin, e.score, e.seeds, *runs.space.numbers(e.point)) for e in calibration.contest],
            columns=["point", "score", "seeds", *names],
        ),
        "scorecard": scorecard(calibration, runs),
    }
    texts = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    texts |= {"calibrated.toml": toml(calibration, runs), "account.md": account(calibration, runs, tables["scorecard"])}
    texts |= {"posterior.toml": posterior(calibration, runs), "README.txt": README}
    with (
        writing(out, "the calibration cannot be written; its runs are kept"),
        whole_folder(out.resolve(), texts) as folder,
    ):
        for name, text in texts.items():
            with new_file(folder / name) as stream:
                stream.write(text.encode())
    return tables["scorecard"]


def _waves(calibration: Calibration) -> pd.DataFrame:
    rows = [
        (i, w.runs, w.left, len(w.patterns.targets), w.let_off, " ".join(w.unreached))
        for i, w in enumerate(calibration.matching.waves, start=1)
    ]
    return pd.DataFrame(rows, columns=["wave", "runs", "left", "patterns", "let_off", "unreached"])


def _points(calibration: Calibration, runs: Runs) -> pd.DataFrame:
    table = pd.DataFrame([runs.space.numbers(x) for x in calibration.matching.x], columns=runs.space.names)
    ends = [w.runs for w in calibration.matching.waves]
    wave = np.searchsorted(ends, np.arange(len(table)), side="right") + 1
    return table.assign(wave=wave, score=calibration.fitted.points(calibration.matching.y))


def scorecard(calibration: Calibration, runs: Runs) -> pd.DataFrame:
    """One row per pattern: by hand and chosen, with the seeds of the contest's last round."""
    ours = {"hand": calibration.finals["by hand"], "chosen": calibration.finals[calibration.best.origin]}
    table = pd.DataFrame(
        {
            "pattern": runs.patterns.names,
            "group": [t.group for t in runs.patterns.targets],
            "held_out": np.isin(runs.patterns.names, runs.space.held_out),
            "weight": runs.patterns.weight,
        }
    )
    for name, values in ours.items():
        gap = runs.patterns.gaps(runs.patterns.middles(values)[None])[0] / runs.patterns.tolerance
        table[f"gap_{name}"], table[f"passed_{name}"] = gap, gap <= 1.0
    return table


def toml(calibration: Calibration, runs: Runs) -> str:
    """`calibrated.toml` as text."""
    lines = [
        "# Fitted parameters: what `matsim calibrate` found. The defaults of these parameters are read from here",
        "# (matsim/evidence/calibrated.py); docs/calibration.md says what was fitted to what.",
        "# range_50, range_90: of the posterior; searched: where values were looked for. `value` is the point that did",
        "# best on seeds that no wave used, so it need not be the posterior's middle. Of a dated parameter the ranges",
        "# are of the number added to the years moved.",
        "",
    ]
    about = {
        "chosen": calibration.best.origin,
        "score": round(calibration.best.score, 4),
        "score_by_hand": round(next(e.score for e in calibration.contest if e.origin == "by hand"), 4),
        "runs": len(calibration.matching.x),
        "waves": len(calibration.matching.waves),
    }
    lines += [f"{key} = {toml_value(value)}" for key, value in about.items()]
    numbers = runs.space.numbers(calibration.best.point)
    quantiles = {q: runs.space.numbers(calibration.posterior.quantile(q)) for q in (0.05, 0.25, 0.5, 0.75, 0.95)}
    for i, free in enumerate(runs.space.free):
        entry: dict[str, Any] = {
            "name": free.name,
            "value": free.value(numbers[i]),
            "hand": free.hand,
            "median": quantiles[0.5][i],
            "range_50": [quantiles[0.25][i], quantiles[0.75][i]],
            "range_90": [quantiles[0.05][i], quantiles[0.95][i]],
            "searched": [free.low, free.high],
            "settled": bool(calibration.narrowed[i] < SETTLED),
            "patterns": _governed(calibration, i),
        }
        if free.dated:
            entry["added"] = numbers[i]
            entry["added_to"] = list(free.moved or free.hand)  # type: ignore[arg-type]
        lines += ["", "[[parameters]]", *(f"{key} = {_toml(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def posterior(calibration: Calibration, runs: Runs) -> str:
    """The experiment that carries what is not known of the fitted parameters into a sweep, as TOML."""
    ends = [runs.space.numbers(calibration.posterior.quantile(q)) for q in (0.05, 0.95)]
    hand = {free.name: plain(dict(free.hand)) for free in runs.space.free if isinstance(free.hand, Mapping)}
    fixed, factors = hand, []
    for free, low, high in zip(runs.space.free, *ends, strict=True):
        if low < high:
            years = (free.moved or tuple(free.hand)) if isinstance(free.hand, Mapping) else ()
            factors.append(Factor(name=free.name, low=low, high=high, added_to=years))
        else:
            fixed |= {free.name: plain(free.value(low))}
    base = override(runs.base, fixed, "calibration")
    return Experiment(
        title="The fitted parameters over their 90% ranges",
        question="What do results rest on that the facts do not settle?",
        scenario=plain(base),
        replicates=SWEPT,
        uncertainties=tuple(factors),
        design=Design(kind="latin hypercube", points=POINTS),
    ).text()


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{year} = {number}" for year, number in value.items()) + " }"
    return toml_value(plain(value))


def _governed(calibration: Calibration, i: int) -> list[str]:
    """The patterns that go most with a parameter over all runs."""
    column = calibration.matching.x[:, i]
    pull: dict[str, float] = {}
    for (name, _), y in zip(calibration.fitted.columns, calibration.matching.y.T, strict=True):
        good = np.isfinite(y)
        if good.sum() > 2 and np.ptp(y[good]) > 0:
            pull[name] = max(pull.get(name, 0.0), abs(float(np.corrcoef(column[good], y[good])[0, 1])))
    strong = [name for name in sorted(pull, key=lambda n: -pull[n]) if pull[name] >= GOVERNS]
    return strong[:MOST_NAMED]


def account(calibration: Calibration, runs: Runs, card: pd.DataFrame) -> str:
    """The account as text: waves, contest, parameters, and how well the values chosen do on every pattern.

    `card` is `save.scorecard`'s table. Every heading is of the second level.
    """
    parts = (
        ("Waves", _wave_rows(calibration)),
        ("Contest", _contest_rows(calibration)),
        ("What was fitted", _parameters(calibration, runs)),
        ("How well", _well(calibration, card)),
        ("Held-out check", _held_out(card)),
    )
    return "\n".join(f"## {title}\n\n{text}\n" for title, text in parts)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _wave_rows(calibration: Calibration) -> str:
    head = ("wave", "runs so far", "patterns that rule out", "that may be missed", "candidates left", "beyond reach")
    return table(
        head,
        (
            (i, w.runs, len(w.patterns.targets), w.let_off, percent(w.left, 2), ", ".join(w.unreached) or "none")
            for i, w in enumerate(calibration.matching.waves, start=1)
        ),
    )


def _contest_rows(calibration: Calibration) -> str:
    return table(
        ("point", "score on fitted patterns", "seeds"),
        ((e.origin, decimals(e.score, 3), e.seeds) for e in calibration.contest),
    )


def _parameters(calibration: Calibration, runs: Runs) -> str:
    middle, q25, q75, low, high = (
        runs.space.numbers(calibration.posterior.quantile(q)) for q in (0.5, 0.25, 0.75, 0.05, 0.95)
    )
    hand, chosen = runs.space.numbers(runs.space.by_hand), runs.space.numbers(calibration.best.point)
    rows = [
        (
            f"`{free.name}`",
            *(significant(v, plus=free.dated) for v in (hand[i], chosen[i], middle[i])),
            f"{significant(q25[i])} to {significant(q75[i])}",
            f"{significant(low[i])} to {significant(high[i])}",
            f"{free.low:g} to {free.high:g}",
            percent(calibration.narrowed[i]),
        )
        for i, free in enumerate(runs.space.free)
    ]
    head = ("parameter", "by hand", "default now", "median", "50% range", "90% range", "searched", "width")
    return table(head, rows)


def _well(calibration: Calibration, card: pd.DataFrame) -> str:
    missed = card.loc[~card.passed_chosen].sort_values("gap_chosen", ascending=False)
    seeds = calibration.best.seeds
    gaps = [f"{name} ({decimals(gap, 1)})" for name, gap in zip(missed.pattern, missed.gap_chosen, strict=True)]
    return (
        f"With {seeds} seeds that no wave used, {int(card.passed_chosen.sum())} of {len(card)} patterns are within "
        f"tolerance ({percent(card.passed_chosen.mean(), 1)}); by hand {int(card.passed_hand.sum())}. Missed, "
        f"with the gap in tolerances: {', '.join(gaps)}."
    )


def _held_out(card: pd.DataFrame) -> str:
    unfitted, fitted = card.loc[card.held_out], card.loc[~card.held_out]
    counts = (
        f"Of the held-out {int(unfitted.passed_chosen.sum())} of {len(unfitted)} pass "
        f"(by hand {int(unfitted.passed_hand.sum())}); "
        f"of the fitted {int(fitted.passed_chosen.sum())} of {len(fitted)} (by hand {int(fitted.passed_hand.sum())})."
    )
    rows = (
        (
            r.pattern,
            *(decimals(float(str(gap)), 2) for gap in (r.gap_hand, r.gap_chosen)),
            "yes" if r.passed_chosen else "no",
        )
        for r in unfitted.itertuples()
    )
    return f"{counts}\n\n" + table(("pattern", "gap by hand (tolerances)", "gap now", "within"), rows)
