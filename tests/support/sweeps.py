"""Made-up sweeps whose answers are known: frames in the form of `matsim.analysis.frame.values`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from matsim.analysis.problem import Input, Problem

type Floats = NDArray[np.float64]
type Model = Callable[[Floats, Floats, Floats], Floats]
"""Inputs (points, inputs), the luck of each replicate (replicates,), and luck of each run (points, replicates)."""


def problem(kind: str, count: int, low: float = 0.0, high: float = 1.0, **options: object) -> Problem:
    inputs = tuple(Input(f"x{i + 1}", low=low, high=high) for i in range(count))
    return Problem(kind, inputs, **options)  # type: ignore[arg-type]


def drawn(given: Problem, points: int, seed: int = 1) -> Floats:
    """Points of a problem in the units of its inputs; `points` is the base sample, or the trajectories."""
    sides = len(given.inputs)
    told = {"num_vars": sides, "names": given.names, "bounds": [[0.0, 1.0]] * sides}
    if given.kind == "sobol":
        from SALib.sample import sobol

        unit = sobol.sample(told, points, calc_second_order=given.second_order, seed=seed)
    elif given.kind == "morris":
        from SALib.sample import morris

        unit = morris.sample(told, points, num_levels=given.levels, seed=seed)
    else:
        unit = qmc.LatinHypercube(sides, rng=seed).random(points)
    low, high = np.array([each.range for each in given.inputs]).T
    return np.asarray(low + unit * (high - low))


def values(
    given: Problem, x: Floats, model: Model, replicates: int = 1, seed: int = 1, arm: str = "base"
) -> pd.DataFrame:
    """One row per run, in plan order."""
    rng = np.random.default_rng(seed)
    y = model(x, rng.standard_normal(replicates), rng.standard_normal((len(x), replicates)))
    point, replicate = np.meshgrid(np.arange(len(x)), np.arange(1, replicates + 1), indexing="xy")
    frame = pd.DataFrame({"run": np.arange(y.size), "arm": arm, "point": point.ravel(), "replicate": replicate.ravel()})
    frame["seed"] = frame["replicate"]
    for i, name in enumerate(given.names):
        frame[name] = x[frame["point"], i]
    return frame.assign(value=np.broadcast_to(y, point.T.shape).T.ravel())


def still(function: Callable[[Floats], Floats]) -> Model:
    """A model without luck."""
    return lambda x, luck, each: function(x)[:, None] + 0 * each


A, B = 7.0, 0.1
ISHIGAMI_VARIANCE = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 0.5
_V1, _V2, _V13 = 0.5 * (1 + B * np.pi**4 / 5) ** 2, A**2 / 8, B**2 * np.pi**8 * (1 / 18 - 1 / 50)
ISHIGAMI_FIRST = np.array([_V1, _V2, 0.0]) / ISHIGAMI_VARIANCE
ISHIGAMI_TOTAL = np.array([_V1 + _V13, _V2, _V13]) / ISHIGAMI_VARIANCE


def ishigami(x: Floats) -> Floats:
    """Ishigami and Homma (1990), inputs from -pi to pi; its indices above are exact."""
    return np.asarray(np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))
