"""Approximate Bayesian computation in what the waves left: sequential Monte Carlo, then regression adjustment.

The tolerance on the distance falls from round to round (Toni, Welch, Strelkowa, Ipsen and Stumpf 2009); what is
kept is then moved along the regression of parameters on figures (Beaumont, Zhang and Balding 2002).
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
RIDGE = 5.0
"""Penalty of the regression, in particles: as many columns as particles would fit anything."""
MOST_TRIES = 8


@dataclass(frozen=True)
class Posterior:
    """Weighted particles: `x` (n, d) in the unit cube, `weight` (n,) with sum 1, and the distance kept at last."""

    x: Floats
    weight: Floats
    distance: float
    raw: Floats

    def quantile(self, q: float) -> Floats:
        """Weighted quantile of each parameter, (d,)."""
        found = []
        for column in self.x.T:
            order = np.argsort(column, kind="stable")
            up = np.cumsum(self.weight[order]) - 0.5 * self.weight[order]
            found.append(np.interp(q, up, column[order]))
        return np.array(found)


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
    particles: int = 400,
    rounds: int = 4,
    keep: float = 0.4,
    seed: int = 1,
) -> Posterior:
    """The posterior of the parameters, from points `left` (n, d) that are spread over what is `allowed`.

    `draw` simulates, luck included. Each round keeps the nearest share `keep` and draws about them; the prior is
    even over what is allowed.
    """
    luck = np.random.default_rng(seed)
    x = left[luck.choice(len(left), size=particles, replace=len(left) < particles)]
    weight = np.full(particles, 1.0 / particles)
    y = draw(x, luck)
    far = distance(patterns, y)
    for _ in range(rounds - 1):
        limit = float(np.quantile(far, keep))
        near = far <= limit
        x, y, far, weight = _next(
            draw, allowed, patterns, x[near], weight[near] / weight[near].sum(), limit, particles, luck
        )
    limit = float(np.quantile(far, 0.75))
    near = far <= limit
    x, y, weight = x[near], y[near], weight[near] * np.maximum(1.0 - (far[near] / limit) ** 2, 1e-6)
    weight = weight / weight.sum()
    return Posterior(_adjusted(x, (y - patterns.values) / patterns.scale, weight), weight, limit, x)


def _next(
    draw: Draw,
    allowed: Callable[[Floats], NDArray[np.bool_]],
    patterns: Patterns,
    x: Floats,
    weight: Floats,
    limit: float,
    particles: int,
    luck: np.random.Generator,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Particles of the next round, all within the limit, with their figures, distances and importance weights."""
    spread = np.sqrt(2.0 * np.average((x - np.average(x, axis=0, weights=weight)) ** 2, axis=0, weights=weight)) + 1e-4
    found: list[tuple[Floats, Floats, Floats]] = []
    count = 0
    for _ in range(MOST_TRIES):
        new = (
            x[luck.choice(len(x), size=2 * particles, p=weight)]
            + luck.normal(size=(2 * particles, x.shape[1])) * spread
        )
        new = new[allowed(new)]
        if len(new):
            y = draw(new, luck)
            far = distance(patterns, y)
            good = far <= limit
            found.append((new[good], y[good], far[good]))
            count += int(good.sum())
        if count >= particles:
            break
    if not count:  # the region is too thin to draw in: keep what there is
        y = draw(x, luck)
        return x, y, distance(patterns, y), weight
    x_, y_, far_ = (np.concatenate([f[i] for f in found])[:particles] for i in range(3))
    apart = ((x_[:, None, :] - x[None, :, :]) / spread) ** 2
    kernel = (np.exp(-0.5 * apart.sum(axis=2)) * weight).sum(axis=1)
    own = 1.0 / np.maximum(kernel, 1e-12 * kernel.max())
    # one lucky particle far from all others must not stand for the whole posterior
    own = np.minimum(own, np.quantile(own, 0.95))
    return x_, y_, far_, own / own.sum()


def _adjusted(x: Floats, z: Floats, weight: Floats) -> Floats:
    """Particles moved to where a linear regression of their log odds on the figures puts England's.

    Figures are not followed beyond what the particles gave: there the line is a guess.
    """
    odds = np.log(np.clip(x, 1e-4, 1 - 1e-4) / (1.0 - np.clip(x, 1e-4, 1 - 1e-4)))
    varies = z.std(axis=0) > 1e-9
    z = z[:, varies]
    goal = np.clip(0.0, z.min(axis=0), z.max(axis=0))
    middle, scale = np.average(z, axis=0, weights=weight), z.std(axis=0)
    u = (z - middle) / scale
    w = weight[:, None] * len(weight)
    slope = np.linalg.solve(
        (u * w).T @ u + RIDGE * np.eye(u.shape[1]), (u * w).T @ (odds - np.average(odds, axis=0, weights=weight))
    )
    moved = odds - ((z - goal) / scale) @ slope
    return np.asarray(1.0 / (1.0 + np.exp(-moved)))
