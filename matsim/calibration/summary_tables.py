"""A calibration in tables of Markdown, for `docs/calibration.md`: what was found, and what the facts leave open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from matsim.calibration.calibrate import Calibration
from matsim.calibration.runs import Runs


def account(found: Calibration, runs: Runs, card: pd.DataFrame) -> str:
    """The account as text: waves, contest, parameters, and how well the values chosen do on every pattern.

    `card` is `save.scorecard`'s table. Every heading is of the second level.
    """
    parts = (
        ("Waves", _waves(found)),
        ("Contest", _contest(found)),
        ("What was fitted", _parameters(found, runs)),
        ("How well", _well(found, card)),
        ("Held-out check", _held_out(card)),
    )
    return "\n".join(f"## {title}\n\n{text}\n" for title, text in parts)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _waves(found: Calibration) -> str:
    head = ("wave", "runs so far", "patterns that rule out", "that may be missed", "candidates left", "beyond reach")
    return table(
        head,
        (
            (i, w.runs, len(w.patterns.targets), w.let_off, f"{w.left:.2%}", ", ".join(w.unreached) or "none")
            for i, w in enumerate(found.matching.waves, start=1)
        ),
    )


def _contest(found: Calibration) -> str:
    return table(
        ("point", "score on fitted patterns", "seeds"), ((e.origin, f"{e.score:.3f}", e.seeds) for e in found.contest)
    )


def _parameters(found: Calibration, runs: Runs) -> str:
    middle, q25, q75, low, high = (
        runs.space.numbers(found.posterior.quantile(q)) for q in (0.5, 0.25, 0.75, 0.05, 0.95)
    )
    hand, chosen = runs.space.numbers(runs.space.by_hand), runs.space.numbers(found.best.point)
    rows = [
        (
            f"`{free.name}`",
            *(_number(v, free.dated) for v in (hand[i], chosen[i], middle[i])),
            f"{_number(q25[i])} to {_number(q75[i])}",
            f"{_number(low[i])} to {_number(high[i])}",
            f"{free.low:g} to {free.high:g}",
            f"{found.narrowed[i]:.0%}",
        )
        for i, free in enumerate(runs.space.free)
    ]
    head = ("parameter", "by hand", "default now", "median", "50% range", "90% range", "searched", "width")
    return table(head, rows)


def _number(value: float, added: bool = False) -> str:
    return f"{value:+.3g}" if added else f"{value:.3g}"


def _well(found: Calibration, card: pd.DataFrame) -> str:
    missed = card.loc[~card.passed_chosen].sort_values("gap_chosen", ascending=False)
    seeds = found.best.seeds
    return (
        f"With {seeds} seeds that no wave used, {int(card.passed_chosen.sum())} of {len(card)} patterns are within "
        f"tolerance ({card.passed_chosen.mean():.1%}); by hand {int(card.passed_hand.sum())}. Missed, with the gap in "
        "tolerances: " + ", ".join(f"{r.pattern} ({r.gap_chosen:.1f})" for r in missed.itertuples()) + "."
    )


def _held_out(card: pd.DataFrame) -> str:
    held, fitted = card.loc[card.held_out], card.loc[~card.held_out]
    counts = (
        f"Of the held-out {int(held.passed_chosen.sum())} of {len(held)} pass (by hand {int(held.passed_hand.sum())}); "
        f"of the fitted {int(fitted.passed_chosen.sum())} of {len(fitted)} (by hand {int(fitted.passed_hand.sum())})."
    )
    rows = (
        (r.pattern, f"{r.gap_hand:.2f}", f"{r.gap_chosen:.2f}", "yes" if r.passed_chosen else "no")
        for r in held.itertuples()
    )
    return f"{counts}\n\n" + table(("pattern", "gap by hand (tolerances)", "gap now", "within"), rows)
