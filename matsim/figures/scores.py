"""The scorecard of a validation: each pattern's distance from what was observed, in units of its tolerance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.dots import Dot, Panel, dot_rows
from matsim.figures.style import look
from matsim.figures.text import key, safe
from matsim.words.amounts import amount, decimals, many
from matsim.words.phrases import capital, inner

FURTHEST = 5.0
"""Tolerances at which the drawing ends; what lies beyond is drawn there and says so."""


def scorecard(scores: pd.DataFrame, group: str = "") -> Figure | None:
    """A dot per pattern: simulated median less target over tolerance, with its 90% band. None without patterns.

    `scores` has pattern, group, target, tolerance, unit, simulated, low, high, passed and, where known, title and
    counted. Within one tolerance a pattern passes: a filled circle; one that fails is a cross, so that shape says the
    same as colour. Patterns without a simulated value are in the table only. With `group` only that group's.
    """
    scores = scores[scores["group"] == group] if group else scores
    if scores.empty:
        return None
    patterns = scores.assign(title=scores["title"] if "title" in scores else scores["pattern"].map(_as_title))
    counted = patterns["counted"].astype(bool) if "counted" in patterns else pd.Series(True, patterns.index)
    drawn = patterns[np.isfinite(patterns["simulated"].astype(float)) & (patterns["tolerance"] > 0)]
    if drawn.empty:
        return None
    panels = [
        Panel(f"<b>{safe(_as_title(group))}</b>: off by (tolerances)", "", [_dot(r) for _, r in rows.iterrows()])
        for group, rows in drawn.groupby("group", sort=False)
    ]
    plot = dot_rows(panels)
    for place, _ in enumerate(panels, 1):
        plot.add_vrect(x0=-1, x1=1, fillcolor="#6a95bf", opacity=0.2, line_width=0, layer="below", row=place, col=1)
    plot.update_xaxes(range=[-FURTHEST - 0.5, FURTHEST + 0.5], tickvals=[-5, -3, -1, 0, 1, 3, 5], tickformat="d")
    passed = int(patterns.loc[counted, "passed"].sum())
    judged = drawn[counted[drawn.index]] if counted[drawn.index].any() else drawn
    worst = judged.assign(off=_off(judged).abs()).sort_values("off").iloc[-1]
    sentence = (
        f"{passed} of {many(int(counted.sum()), 'pattern')} came out within tolerance; furthest off was "
        f"{inner(str(worst['title']))}, {decimals(worst['off'], 1)} tolerances away."
    )
    low, high = _amounts(patterns, "low"), _amounts(patterns, "high")
    table = pd.DataFrame(
        {"Pattern": patterns["title"].astype(str), "Observed": _amounts(patterns, "target"),
         "Tolerance": _amounts(patterns, "tolerance"), "Simulated": _amounts(patterns, "simulated"),
         "9 in 10 runs": [f"{a} to {b}" for a, b in zip(low, high, strict=True)],
         "Within tolerance": np.where(~counted, "not counted", np.where(patterns["passed"].astype(bool), "yes", "no"))}
    ).reset_index(drop=True)  # fmt: skip
    alt = "Dots by pattern: the simulated value's distance from the observed one in tolerances; a shaded band of one."
    note = (
        f"Shaded: within tolerance. Circle: passed. Cross: failed. Lines: 9 in 10 runs. Distances beyond "
        f"{FURTHEST:g} tolerances are drawn at the edge."
    )
    return Figure(f"scorecard-{key(group)}" if group else "scorecard", sentence, alt, plot, table, note)


def _off(rows: pd.DataFrame) -> pd.Series:
    return (rows["simulated"] - rows["target"]) / rows["tolerance"]


def _dot(r: pd.Series) -> Dot:
    scaled = [(float(r[c]) - r["target"]) / r["tolerance"] for c in ("simulated", "low", "high")]
    middle, low, high = (float(np.clip(v, -FURTHEST, FURTHEST)) for v in scaled)
    unit = str(r["unit"])
    beyond = f", {decimals(abs(scaled[0]), 1)} tolerances off" if abs(scaled[0]) > FURTHEST else ""
    observed = f"observed {amount(r['target'], unit)}" if r["target"] else "should be none"  # a gap, not a quantity
    small = f"{amount(r['simulated'], unit)}; {observed}{beyond}"
    hover = f"{safe(r['title'])}<br>{safe(small)}"
    passed = bool(r["passed"])
    shape = look(0) if passed else look(1)
    # a cross for failed, whatever symbol the look has: the table's `no` in a shape
    mark = type(shape)(shape.colour, shape.dash, "circle" if passed else "x")
    return Dot(str(r["title"]), middle, thin=(low, high), small=small, hover=hover, look=mark)


def _amounts(rows: pd.DataFrame, column: str) -> list[str]:
    return [amount(float(v), str(u)) for v, u in zip(rows[column], rows["unit"], strict=True)]


def _as_title(name: object) -> str:
    return capital(str(name).replace("_", " ").replace("-", " "))
