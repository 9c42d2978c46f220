"""Approximate Bayesian computation in what the waves left: sequential Monte Carlo, then regression adjustment.

The tolerance on the distance falls from round to round, and particles that are kept are moved by Metropolis steps
(Del Moral, Doucet and Jasra 2012). What is left at last may be moved along the regression of parameters on figures
(Beaumont, Zhang and Balding 2002).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.calibration.patterns import Patterns

type Floats = NDArray[np.float64]
type Draw = Callable[[Floats, np.random.Generator], Floats]
"""Points (n, d) and luck to simulated figures (n, columns)."""

CAP = 3.0
"""Tolerances beyond which a pattern's gap counts no more, so that a hopeless one does not drown the rest."""
COMPONENTS = 10
"""Principal components of the figures in the regression: as many figures as particles would explain anything."""
MOVES = 5
"""Steps that every particle tries in each round, so that copies part."""
SIDES_MOVED = 3.0
"""Parameters changed at a step, on average: in many dimensions a step in all of them is nearly always refused."""


@dataclass(frozen=True)
class Posterior:
    """Weighted particles: `x` (n, d) in the unit cube, `weight` (n,) with sum 1, and the distance kept at last."""

    x: Floats
    weight: Floats
    distance: float

    def quantile(self, q: float) -> Floats:
        """Weighted quantile of each parameter, (d,)."""
        quantiles = []
        for column in self.x.T:
            order = np.argsort(column, kind="stable")
            up = np.cumsum(self.weight[order]) - 0.5 * self.weight[order]
            quantiles.append(np.interp(q, up, column[order]))
        return np.array(quantiles)


def distance(patterns: Patterns, values: Floats) -> Floats:
    """Root of the weighted mean square gap in tolerances, each up to CAP: (n,)."""
    gap = np.minimum(patterns.gaps(values) / patterns.tolerance, CAP)
    return np.asarray(np.sqrt((gap**2 * patterns.weight).sum(axis=1) / patterns.weight.sum()))


def approximate(
    draw: Draw,
    allowed: Callable[[Floats], NDArray[np.bool_]],
    left: Floats,
    patterns: Patterns,
    *,
    particles: int = 300,
    rounds: int = 3,
    keep: float = 0.4,
    adjust: bool = False,
    seed: int = 1,
) -> Posterior:
    """The posterior of the parameters, from points `left` (n, d) that are spread over what is `allowed`.

    `draw` simulates, luck included. The first round spreads the points over all that is allowed; each later one keeps
    the nearest share `keep` and moves on from them. The prior is even over what is allowed.
    `adjust` moves the particles along the regression at last. With few runs behind `draw` that makes ranges narrower
    than is known: how much narrower depends on the form of the regression.
    """
    luck = np.random.default_rng(seed)
    x = left[luck.choice(len(left), size=particles, replace=len(left) < particles)]
    y = draw(x, luck)
    far, limit = distance(patterns, y), np.inf
    for number in range(rounds):
        if number:
            limit = float(np.quantile(far, keep))
            near = np.flatnonzero(far <= limit)
            again = near[luck.choice(len(near), size=particles)]
            x, y, far = x[again], y[again], far[again]
        spread = x.std(axis=0) + 0.02  # never 0, else particles that agree could not part
        for _ in range(MOVES):
            x, y, far = _moved(draw, allowed, patterns, x, y, far, limit, spread, luck)
    last = float(far.max())
    weight = np.maximum(1.0 - (far / last) ** 2, 1e-6)
    weight = weight / weight.sum()
    adjusted = _adjusted(x, (y - patterns.values) / patterns.scale, weight) if adjust else x
    return Posterior(adjusted, weight, last)


def _moved(
    draw: Draw,
    allowed: Callable[[Floats], NDArray[np.bool_]],
    patterns: Patterns,
    x: Floats,
    y: Floats,
    far: Floats,
    limit: float,
    spread: Floats,
    luck: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """One step of every particle in a few of its parameters, taken where it is allowed and within the limit."""
    which = luck.random(x.shape) < np.minimum(SIDES_MOVED / x.shape[1], 1.0)
    new = x + which * luck.normal(size=x.shape) * spread
    there = np.flatnonzero(allowed(new) & which.any(axis=1))
    if not len(there):
        return x, y, far
    simulated = draw(new[there], luck)
    apart = distance(patterns, simulated)
    good = apart <= limit
    rows = there[good]
    x, y, far = x.copy(), y.copy(), far.copy()
    x[rows], y[rows], far[rows] = new[rows], simulated[good], apart[good]
    return x, y, far


def _adjusted(x: Floats, z: Floats, weight: Floats) -> Floats:
    """Particles moved to where a linear regression of their log odds on the figures puts England's.

    Figures are not followed beyond what the particles gave: there the line is a guess.
    """
    odds = np.log(np.clip(x, 1e-4, 1 - 1e-4) / (1.0 - np.clip(x, 1e-4, 1 - 1e-4)))
    varies = z.std(axis=0) > 1e-9
    z = z[:, varies]
    goal = np.clip(0.0, z.min(axis=0), z.max(axis=0))
    scale = z.std(axis=0)
    centred = (z - np.average(z, axis=0, weights=weight)) / scale
    axes = np.linalg.svd(centred, full_matrices=False)[2][:COMPONENTS].T
    u, root = centred @ axes, np.sqrt(weight)[:, None]
    slope = np.linalg.lstsq(u * root, (odds - np.average(odds, axis=0, weights=weight)) * root, rcond=None)[0]
    moved = odds - ((z - goal) / scale) @ axes @ slope
    return np.asarray(1.0 / (1.0 + np.exp(-moved)))
