"""How much each varied parameter matters for an experiment's answer."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from matsim.analysis.comparison import Comparison
from matsim.analysis.frame import values
from matsim.analysis.problem import Crossed, Problem, arm_of, crossed, observed, problem_of
from matsim.analysis.scores import correlations
from matsim.analysis.sensitivity import morris, one_at_a_time, sobol
from matsim.core.errors import InputError
from matsim.figures import sensitivity as figures
from matsim.figures.base import Figure
from matsim.measures import Measure
from matsim.results.store import Result
from matsim.words.amounts import amount, correlation, percent


@dataclass(frozen=True)
class Influence:
    """What moves the answer most. `frame`: parameter (dotted name) and strength (text), strongest first.

    `measure` is the answer's title; `note` says what strength means.
    """

    frame: pd.DataFrame
    measure: str
    note: str
    figure: Figure | None = None


def influence(result: Result, comparison: Comparison) -> Influence | None:
    """What moves the first measure in the baseline's futures, by the analysis that the design is made for.

    None when nothing was varied, or at too few points to tell.
    """
    measure = comparison.measure(comparison.measures[0])
    try:
        frame = arm_of(values(result, measure.name, comparison.when), comparison.against)
        problem = observed(problem_of(result), frame)
        if not problem.inputs:
            return None
        return _of(crossed(frame, problem), problem, measure, comparison.against)
    except InputError:
        return None


def _of(runs: Crossed, problem: Problem, measure: Measure, arm: str) -> Influence:
    if problem.kind == "one at a time":
        effects = one_at_a_time(runs, problem)
        swings = effects.drop_duplicates("parameter")
        note = f"The distance between its highest and lowest effect on {measure.title} in the futures of “{arm}”."
        return _influence(
            swings,
            [amount(s, measure.unit) for s in swings["swing"]],
            measure,
            note,
            figures.tornado(effects, measure.name),
        )
    if problem.kind == "morris":
        effects = morris(runs, problem)
        note = f"The mean effect of a move across its whole range on {measure.title} in the futures of “{arm}”."
        sizes = [amount(s, measure.unit) for s in effects["mu_star"]]
        return _influence(effects, sizes, measure, note, figures.morris(effects, measure.name))
    if problem.kind == "sobol":
        shares = sobol(runs, problem)
        note = f"The share of the variation of {measure.title} between settings that it has a part in (“{arm}”)."
        return _influence(
            shares, [percent(t) for t in shares["total"]], measure, note, figures.sobol(shares, measure.name)
        )
    scores = correlations(runs, problem)
    strengths = [
        "no order to correlate" if pd.isna(r) else f"{correlation(r)} ({correlation(low)} to {correlation(high)})"
        for r, low, high in zip(scores["prcc"], scores["prcc_low"], scores["prcc_high"], strict=True)
    ]
    note = (
        f"Partial rank correlation with {measure.title} in the futures of “{arm}”, with its 95% interval: near 0 it "
        "matters little; near +1 or −1 more of it goes with more, or less."
    )
    return _influence(scores, strengths, measure, note, None)


def _influence(
    frame: pd.DataFrame, strength: list[str], measure: Measure, note: str, figure: Figure | None
) -> Influence:
    rows = pd.DataFrame({"parameter": frame["parameter"].astype(str).tolist(), "strength": strength})
    return Influence(rows, measure.title, note, figure)
