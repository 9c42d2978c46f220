"""Emulators: a Gaussian process for each column, which says what the model would give and how sure that is.

The kernel is anisotropic (each parameter has its own length) with a linear part and a nugget for luck. Rasmussen
and Williams (2006), chapter 5, for the closed form of leave-one-out predictions by which they are checked.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.core.processes import run_jobs

type Floats = NDArray[np.float64]

LEAST_RUNS = 8
"""Runs with a figure that a column needs before it can be emulated."""
MOST_STEPS = 30
"""Iterations of the search for a kernel."""


@dataclass(frozen=True)
class Emulator:
    """One column's Gaussian process (None for a column that never changes, whose value is `mean`).

    `luck` is the variance of the column between seeds; `error` are standardised leave-one-out errors; `explained` is
    the share of the variance between runs that is foreseen without the run itself.
    """

    process: Any
    mean: float
    luck: float
    error: Floats
    explained: float

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Mean and variance (n,) at points (n, d), with luck: that of the process, or that measured if larger."""
        if self.process is None:
            return np.full(len(x), self.mean), np.full(len(x), self.luck)
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        with threadpool_limits(1):  # one column is too small to share out between cores
            mean, sd = self.process.predict(x - 0.5, return_std=True)
        # the process's own nugget is in sd² already; where seeds differ by more, the rest of it is added
        scale = float(self.process._y_train_std) ** 2
        nugget = float(self.process.kernel_.k2.noise_level) * scale
        return mean, sd**2 + max(self.luck - nugget, 0.0)


@dataclass(frozen=True)
class Emulators:
    """Emulators of some columns."""

    each: tuple[Emulator, ...]

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Means and variances, both (n, columns), at points (n, d)."""
        predictions = [emulator.predict(x) for emulator in self.each]
        return np.column_stack([m for m, _ in predictions]), np.column_stack([v for _, v in predictions])


def fit(x: Floats, y: Floats, luck: Floats, *, workers: int = 1) -> Emulators:
    """Emulators of the columns of `y` (n, columns) from runs at points `x` (n, d) of the unit cube.

    `luck` (columns,) is the variance between seeds. Rows of nan are left out of their column. Needs scikit-learn.
    """
    jobs = [(x, y[:, i], float(luck[i])) for i in range(y.shape[1])]
    return Emulators(tuple(run_jobs(_fit, jobs, workers if len(jobs) > 8 else 1)))


def _fit(job: tuple[Floats, Floats, float]) -> Emulator:
    x, y, luck = job
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if len(y) < LEAST_RUNS:
        return Emulator(None, float("nan"), luck, np.empty(0), 0.0)
    if np.ptp(y) <= 1e-12 * max(abs(float(y[0])), 1.0):
        return Emulator(None, float(y[0]), luck, np.empty(0), 0.0)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
    from threadpoolctl import threadpool_limits

    sides = x.shape[1]
    bend = ConstantKernel(0.3, (1e-3, 1e2)) * RBF(np.full(sides, 1.5), (0.2, 20.0))
    slope = ConstantKernel(0.5, (1e-3, 1e2)) * DotProduct(1.0, "fixed")
    process = GaussianProcessRegressor(
        bend + slope + WhiteKernel(0.1, (1e-5, 2.0)), alpha=1e-8, optimizer=_steps, normalize_y=True
    )
    with threadpool_limits(1), warnings.catch_warnings():
        # a length at its bound says that a parameter does not matter to the column, which is what it is for
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(x - 0.5, y)  # the linear part is about the middle
        error, explained = _left_out(process)
    return Emulator(process, float(y.mean()), luck, error, explained)


def _steps(objective: Any, start: Floats, bounds: Floats) -> tuple[Floats, float]:
    """The likeliest kernel within MOST_STEPS: the last digits are not worth minutes."""
    from scipy.optimize import minimize

    optimum = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": MOST_STEPS})
    return optimum.x, float(optimum.fun)


def _left_out(process: Any) -> tuple[Floats, float]:
    """Standardised leave-one-out errors, and the share of variance explained so."""
    from scipy.linalg import cho_solve

    inverse = cho_solve((process.L_, True), np.eye(len(process.y_train_)))
    diagonal = np.diag(inverse)
    residual = (inverse @ process.y_train_) / diagonal
    return np.asarray(residual * np.sqrt(diagonal)), float(1.0 - residual.var() / process.y_train_.var())


def checks(columns: Sequence[tuple[str, str]], emulators: Emulators) -> list[tuple[str, str, float, float]]:
    """For each column: pattern, part, share of variance explained, share of left-out runs within 2 sd."""
    return [
        (name, part, e.explained, float((np.abs(e.error) < 2.0).mean()) if len(e.error) else 1.0)
        for (name, part), e in zip(columns, emulators.each, strict=True)
    ]
