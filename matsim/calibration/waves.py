"""History matching: rule out, wave by wave, what cannot be like England, and look closer at the rest.

Each wave runs the model at points spread over what is not ruled out, emulates every figure from all runs so far and
rules out the points whose implausibility is above the cutoff. After Craig, Goldstein, Seheult and Smith (1997) and
Vernon, Goldstein and Bower (2010).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matsim.calibration.emulator import Emulators, fit
from matsim.calibration.patterns import Patterns
from matsim.words.amounts import percent

type Floats = NDArray[np.float64]
type Model = Callable[[Floats], Floats]
"""Points (n, d) of the unit cube to figures (n, columns)."""
type Say = Callable[[str], None]

CUTOFF = 3.0
"""Pukelsheim's (1994) three sigmas: at least 95% of any one-peaked distribution lies within."""
REACHED = 3.0
"""A pattern that no run brings within this implausibility is beyond the parameters: it rules nothing out."""
LEAST_LEFT = 0.003
"""Share of candidates that has to be left: where all patterns at once leave less, the worst ones are let off."""
CANDIDATES = 6000


@dataclass(frozen=True)
class Wave:
    """What one wave found: which patterns rule out, how many of them a point may miss, and what is left."""

    emulators: Emulators
    patterns: Patterns
    unreached: tuple[str, ...]
    let_off: int
    runs: int
    left: float

    def implausible(self, x: Floats) -> Floats:
        """The largest implausibility (n,) of points (n, d), the `let_off` worst patterns aside."""
        mean, variance = self.emulators.predict(x)
        return _worst(self.patterns.implausibility(mean, variance), self.let_off)


@dataclass
class Matching:
    """The waves so far, every run, and the points known not to be ruled out."""

    sides: int
    waves: list[Wave] = field(default_factory=list)
    x: Floats = field(default_factory=lambda: np.empty((0, 0)))
    y: Floats = field(default_factory=lambda: np.empty((0, 0)))
    left: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def allowed(self, x: Floats) -> NDArray[np.bool_]:
        """Whether each point (n, d) is in the cube and ruled out by no wave, the latest asked first."""
        allowed = ((x >= 0.0) & (x <= 1.0)).all(axis=1)
        for wave in reversed(self.waves):
            rows = np.flatnonzero(allowed)
            if len(rows):
                allowed[rows] = wave.implausible(x[rows]) < CUTOFF
        return allowed


def match(
    model: Model,
    patterns: Patterns,
    sides: int,
    *,
    waves: int,
    points: int,
    luck: Floats,
    seed: int = 1,
    first: Floats | None = None,
    workers: int = 1,
    tell: Say | None = None,
) -> Matching:
    """Rule out what is implausible in so many waves of so many points.

    `luck` (columns,) is the variance of each figure between seeds; `first` are points that the first wave runs besides
    its own (the values by hand, say). The last wave's emulators hold for what is left.
    """
    state = Matching(sides, left=_cube(CANDIDATES, sides, seed), y=np.empty((0, len(luck))), x=np.empty((0, sides)))
    say = tell or (lambda _: None)
    for number in range(1, waves + 1):
        design = _spread(state.left, points, seed + number) if state.waves else _cube(points, sides, seed + 1000)
        if not state.waves and first is not None:
            design = np.vstack([first, design])
        design = design.round(6)
        say(f"Wave {number}: {len(design)} points")
        state.x, state.y = np.vstack([state.x, design]), np.vstack([state.y, model(design)])
        say(f"Wave {number}: emulating {len(patterns.columns)} figures from {len(state.x)} runs")
        near = _near(state)
        emulators = fit(state.x[near], state.y[near], luck, workers=workers)
        _rule_out(state, patterns, emulators, luck, seed + 10 * number)
        last = state.waves[-1]
        say(
            f"Wave {number}: {percent(last.left, 2)} of the candidates left; {len(last.patterns.targets)} "
            f"patterns rule out ({last.let_off} may be missed), {len(last.unreached)} are beyond the parameters"
        )
    return state


def _near(state: Matching) -> NDArray[np.intp]:
    """The runs in and about what is left: in later waves the rest of the cube is of no interest."""
    if not state.waves:
        return np.arange(len(state.x))
    low, high = state.left.min(axis=0) - 0.15, state.left.max(axis=0) + 0.15
    return np.flatnonzero(((state.x >= low) & (state.x <= high)).all(axis=1))


def _rule_out(state: Matching, patterns: Patterns, emulators: Emulators, luck: Floats, seed: int) -> None:
    """Add a wave, and find the points that are left."""
    ran = patterns.implausibility(state.y, np.broadcast_to(luck, state.y.shape))
    reached = np.nanmin(ran, axis=0) < REACHED
    names = [name for name, there in zip(patterns.names, reached, strict=True) if there]
    kept = patterns.only(names)
    reduced = Emulators(tuple(emulators.each[i] for i in kept.places(patterns)))
    pool = _candidates(state, seed)
    mean, variance = reduced.predict(pool)
    each = kept.implausibility(mean, variance)
    let_off = 0
    while (_worst(each, let_off) < CUTOFF).mean() < LEAST_LEFT and let_off < len(names) - 1:
        let_off += 1
    good = _worst(each, let_off) < CUTOFF
    missed = tuple(name for name in patterns.names if name not in names)
    state.waves.append(Wave(reduced, kept, missed, let_off, len(state.x), float(good.mean())))
    state.left = pool[good]


def _candidates(state: Matching, seed: int) -> Floats:
    """Points that no earlier wave rules out: spread evenly over the box of those known, and drawn about them."""
    if not state.waves:
        return state.left
    luck = np.random.default_rng(seed)
    low, high = state.left.min(axis=0) - 0.05, state.left.max(axis=0) + 0.05
    even = np.clip(low, 0, 1) + _cube(CANDIDATES, state.sides, seed) * (np.clip(high, 0, 1) - np.clip(low, 0, 1))
    about = state.left[luck.integers(len(state.left), size=CANDIDATES)]
    drawn = about + luck.normal(size=about.shape) * 0.7 * (state.left.std(axis=0) + 0.01)
    pool = np.vstack([even, drawn])
    return np.vstack([state.left, pool[state.allowed(pool)]])


def _worst(each: Floats, let_off: int) -> Floats:
    """The largest of each row but for the `let_off` largest."""
    return np.sort(each, axis=1)[:, -1 - let_off]


def _cube(points: int, sides: int, seed: int) -> Floats:
    """A Latin hypercube."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(sides, rng=seed).random(points))


def _spread(left: Floats, points: int, seed: int) -> Floats:
    """Points of those left that lie far from one another: each next one is the farthest from those before."""
    if len(left) <= points:
        return left
    chosen = [int(np.random.default_rng(seed).integers(len(left)))]
    apart = np.square(left - left[chosen[0]]).sum(axis=1)
    while len(chosen) < points:
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, np.square(left - left[chosen[-1]]).sum(axis=1))
    return left[chosen]
