"""A calibration in tables of Markdown, for `docs/calibration.md`: what was found, and what the facts leave open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from matsim.calibration.calibrate import Calibration
from matsim.calibration.runs import Runs
from matsim.words.amounts import decimals, percent, significant


def account(calibration: Calibration, runs: Runs, card: pd.DataFrame) -> str:
    """The account as text: waves, contest, parameters, and how well the values chosen do on every pattern.

    `card` is `save.scorecard`'s table. Every heading is of the second level.
    """
    parts = (
        ("Waves", _waves(calibration)),
        ("Contest", _contest(calibration)),
        ("What was fitted", _parameters(calibration, runs)),
        ("How well", _well(calibration, card)),
        ("Held-out check", _held_out(card)),
    )
    return "\n".join(f"## {title}\n\n{text}\n" for title, text in parts)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _waves(calibration: Calibration) -> str:
    head = ("wave", "runs so far", "patterns that rule out", "that may be missed", "candidates left", "beyond reach")
    return table(
        head,
        (
            (i, w.runs, len(w.patterns.targets), w.let_off, percent(w.left, 2), ", ".join(w.unreached) or "none")
            for i, w in enumerate(calibration.matching.waves, start=1)
        ),
    )


def _contest(calibration: Calibration) -> str:
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
