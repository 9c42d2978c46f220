"""The whole calibration: waves, posterior, and a contest between the best points with more luck than one seed.

    calibration = calibrate(Runs(folder, scenario, space, patterns), waves=2, points=80)

Patterns held out take no part in any of it; they are counted at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matsim.calibration.emulator import Emulators
from matsim.calibration.patterns import Patterns
from matsim.calibration.posterior import Posterior, approximate, distance
from matsim.calibration.runs import Runs
from matsim.calibration.waves import Matching, match

type Floats = NDArray[np.float64]
type Say = Callable[[str], None]

LUCK_SEEDS = 5
"""Seeds at the values by hand, for the variance that luck makes."""
ENTRANTS = 7
"""Points in the contest, of which a third goes on to the second round."""
FIRST_SEEDS, FINAL_SEEDS = 2, 5
SETTLED = 0.8
"""A parameter is settled where the posterior's 90% range is below this share of the prior's."""


@dataclass(frozen=True)
class Entrant:
    """One point of the contest: where it came from, and its score on the fitted patterns (means over its seeds)."""

    origin: str
    point: Floats
    score: float
    seeds: int


@dataclass(frozen=True)
class Calibration:
    """Everything found. `best` is the winner of the contest, `hand` the values by hand with as many seeds.

    `luck` (columns,) is the variance between seeds. `fitted` are the patterns fitted to, of all those of the runs.
    `values` of entrants by origin are figures (seeds, columns) of the final round.
    """

    matching: Matching
    posterior: Posterior
    fitted: Patterns
    luck: Floats
    contest: tuple[Entrant, ...]
    best: Entrant
    finals: dict[str, Floats]

    @property
    def narrowed(self) -> Floats:
        """Width of each parameter's 90% range as a share of an even prior's (d,)."""
        return np.asarray((self.posterior.quantile(0.95) - self.posterior.quantile(0.05)) / 0.9)


def calibrate(
    runs: Runs, *, waves: int, points: int, seed: int = 1, tell: Say | None = None, particles: int = 300
) -> Calibration:
    """Fit the free parameters of `runs.space` to its patterns less those held out. Seeded throughout."""
    say = tell or (lambda _: None)
    held_out = set(runs.space.held_out)
    fitted = runs.patterns.only([name for name in runs.patterns.names if name not in held_out])
    columns = fitted.places(runs.patterns)
    hand = runs.space.by_hand[None]
    say(f"Luck: the values by hand with {LUCK_SEEDS} seeds")
    lucky = runs.at(hand, range(seed, seed + LUCK_SEEDS))[0]
    luck = np.nan_to_num(np.nanvar(lucky, axis=0, ddof=1))[columns]

    def model(x: Floats) -> Floats:
        return runs.at(x, [seed])[:, 0, columns]

    matching = match(
        model,
        fitted,
        len(runs.space.free),
        waves=waves,
        points=points,
        luck=luck,
        seed=seed,
        first=hand,
        workers=runs.workers,
        tell=say,
    )
    say("Posterior in what is left")
    posterior = _posterior(matching, particles, seed)
    contest, finals = _contest(runs, matching, posterior, fitted, columns, seed, say)
    return Calibration(matching, posterior, fitted, luck, contest, contest[0], finals)


def _posterior(matching: Matching, particles: int, seed: int) -> Posterior:
    last = matching.waves[-1]

    def draw(x: Floats, luck: np.random.Generator) -> Floats:
        mean, variance = last.emulators.predict(x)
        return np.asarray(mean + np.sqrt(variance) * luck.normal(size=mean.shape))

    return approximate(draw, matching.allowed, matching.left, last.patterns, particles=particles, seed=seed)


def _contest(
    runs: Runs,
    matching: Matching,
    posterior: Posterior,
    fitted: Patterns,
    columns: NDArray[np.intp],
    seed: int,
    say: Say,
) -> tuple[tuple[Entrant, ...], dict[str, Floats]]:
    """The best of: the values by hand, the posterior's median, the best runs, and what the emulators think best.

    They meet on seeds that no wave used, so that a run that was lucky once does not win by it.
    """
    entrants = _entrants(runs, matching, posterior, fitted)
    say(f"Contest: {len(entrants)} points with {FIRST_SEEDS} seeds, then the best with {FINAL_SEEDS}")
    names, points = list(entrants), np.array(list(entrants.values()))
    seeds = range(seed + 100, seed + 100 + FINAL_SEEDS)
    first = fitted.points(fitted.middles(runs.at(points, seeds[:FIRST_SEEDS])[:, :, columns]))
    order = np.argsort(-first, kind="stable").tolist()
    # these two go through whatever their score: the account compares them with the winner on equal seeds
    through = sorted(
        {*order[: ENTRANTS // 3], names.index("by hand"), names.index("posterior median")}, key=order.index
    )
    values = runs.at(points[through], seeds)
    final = fitted.points(fitted.middles(values[:, :, columns]))
    finals = {names[i]: values[k] for k, i in enumerate(through)}
    placed = [Entrant(names[i], points[i], float(final[k]), FINAL_SEEDS) for k, i in enumerate(through)]
    placed.sort(key=lambda entrant: -entrant.score)
    out = [Entrant(names[i], points[i], float(first[i]), FIRST_SEEDS) for i in order if i not in through]
    return (*placed, *out), finals


def _entrants(runs: Runs, matching: Matching, posterior: Posterior, fitted: Patterns) -> dict[str, Floats]:
    emulators: Emulators = matching.waves[-1].emulators
    pool = posterior.x
    mean, _ = emulators.predict(pool)
    foreseen = np.argsort(distance(matching.waves[-1].patterns, mean), kind="stable")
    ran = np.argsort(-fitted.points(matching.y), kind="stable")
    entrants = {"by hand": runs.space.by_hand, "posterior median": posterior.quantile(0.5)}
    entrants |= {f"run {i}": matching.x[i] for i in ran[:4].tolist() if i > 0}
    entrants |= {f"particle {i}": pool[i] for i in foreseen[: ENTRANTS - len(entrants)].tolist()}
    # as the waves' points are, so that a run of one of those is found on the disk
    return {name: point.round(6) for name, point in entrants.items()}
