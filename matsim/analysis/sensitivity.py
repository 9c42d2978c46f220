"""Which parameters a measure depends on: elementary effects (Morris), variance shares (Sobol), one at a time.

All of them work on the mean over replicates, which have the same luck at every point, so that luck's own effect
cancels between points. What does not cancel is how luck and parameters act together; each table has a column `luck`
that says how much of a figure it could make up on its own. One replicate leaves it empty (nan): luck is unknown then.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from matsim.analysis.problem import Crossed, Floats, Problem, coded, library
from matsim.core.errors import InputError

RESAMPLES = 1000


def morris(runs: Crossed, problem: Problem, *, confidence: float = 0.95, seed: int = 1) -> pd.DataFrame:
    """Elementary effects (Morris 1991; mu* of Campolongo et al. 2007), largest mu* first.

    Columns: parameter; effects (how many); mu, mu_star, mu_star_low, mu_star_high, sigma; luck. All but the first
    two are in the measure's unit, for a move across the parameter's whole range. An effect is the change over the
    step that was really taken, which for switches, lists and whole numbers is not the step of the design, and for
    which SALib's analysis would be off. The interval is a bootstrap over trajectories (reproducible by `seed`).
    `luck`: the mu* that a parameter without any mean effect would stay below with that confidence.
    """
    effects = _effects(runs, problem)
    rng = np.random.default_rng(seed)
    rows = []
    for name, by_walk in zip(problem.names, effects, strict=True):
        known = by_walk[~np.isnan(by_walk).any(axis=1)]
        if not len(known):
            rows.append((name, 0, *[math.nan] * 6))
            continue
        mean = known.mean(axis=1)
        drawn = np.abs(mean)[rng.integers(len(mean), size=(RESAMPLES, len(mean)))].mean(axis=1)
        low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
        sigma = mean.std(ddof=1) if len(mean) > 1 else math.nan
        rows.append((name, len(mean), mean.mean(), np.abs(mean).mean(), low, high, sigma, _floor(known, confidence)))
    columns = ["parameter", "effects", "mu", "mu_star", "mu_star_low", "mu_star_high", "sigma", "luck"]
    return _sorted(pd.DataFrame(rows, columns=columns), "mu_star")


def _effects(runs: Crossed, problem: Problem) -> Floats:
    """Effects (inputs, trajectories, replicates); nan where a step of the design changed no value."""
    size = problem.block
    place = coded(runs.x, problem.inputs).reshape(-1, size, len(problem.inputs))
    y = runs.y.reshape(-1, size, runs.replicates)
    step, change = np.diff(place, axis=1), np.diff(y, axis=1)
    if ((np.abs(step) > 1e-9).sum(axis=2) > 1).any():
        raise InputError("points", "are not trajectories of Morris: more than one parameter changes in a step")
    effects = np.full((len(problem.inputs), len(y), runs.replicates), np.nan)
    # each step of a walk that changed a value: which walk, where in it, and whose value
    walk, at, which = np.nonzero(np.abs(step) > 1e-9)
    effects[which, walk] = change[walk, at] / step[walk, at, which][:, None]
    return effects


def _floor(effects: Floats, confidence: float) -> float:
    """What luck alone makes of mu*: the mean of |N(0, s²/R)| over the trajectories, at its upper limit."""
    count, replicates = effects.shape
    if replicates < 2:
        return math.nan
    spread = math.sqrt(float(effects.var(axis=1, ddof=1).mean()) / replicates)
    half_normal = math.sqrt(2 / math.pi) + stats.norm.ppf(confidence) * math.sqrt((1 - 2 / math.pi) / count)
    return float(spread * half_normal)


def sobol(runs: Crossed, problem: Problem, *, confidence: float = 0.95, seed: int = 1) -> pd.DataFrame:
    """Sobol's first and total indices of the mean over replicates (Saltelli et al. 2010), largest total first.

    Columns: parameter; first, first_low, first_high; total, total_low, total_high; luck. Shares of the variance
    between points, by SALib, with its bootstrap intervals (reproducible by `seed`, which should be above 0). They are
    given as estimated: below 0 or above 1 is error of estimation. `luck`: the part of the total that is made by luck
    left in the mean over replicates; total less luck estimates the index of the mean over all luck.
    """
    size, mean = problem.block, runs.mean
    if np.ptp(mean) == 0:
        raise InputError("sensitivity", "the measure is the same at every point: it depends on none of the parameters")
    indices = _salib(runs, problem, confidence, seed)
    blocks = runs.y.reshape(-1, size, runs.replicates)
    # a block's first and last points are Saltelli's A and B; those between differ from A in one input each
    ends = np.concatenate([mean.reshape(-1, size)[:, 0], mean.reshape(-1, size)[:, -1]])
    columns: dict[str, object] = {"parameter": problem.names}
    for name, key in (("first", "S1"), ("total", "ST")):
        half = np.abs(indices[f"{key}_conf"])
        columns |= {name: indices[key], f"{name}_low": indices[key] - half, f"{name}_high": indices[key] + half}
    away = np.stack([blocks[:, 0] - blocks[:, 1 + j] for j in range(len(problem.inputs))])
    if runs.replicates > 1:
        columns["luck"] = away.var(axis=2, ddof=1).mean(axis=1) / runs.replicates / 2 / ends.var()
    else:
        columns["luck"] = math.nan
    return _sorted(pd.DataFrame(columns), "total")


def pairs(runs: Crossed, problem: Problem, *, confidence: float = 0.95, seed: int = 1) -> pd.DataFrame:
    """Second-order indices of a Sobol design made with `second_order`: parameter, other, share, low, high."""
    if not problem.second_order:
        raise InputError("design.second_order", "should be true for the indices of pairs")
    indices = _salib(runs, problem, confidence, seed)
    rows = []
    for i, j in combinations(range(len(problem.names)), 2):
        share, half = indices["S2"][i, j], abs(indices["S2_conf"][i, j])
        rows.append((problem.names[i], problem.names[j], share, share - half, share + half))
    return _sorted(pd.DataFrame(rows, columns=["parameter", "other", "share", "low", "high"]), "share")


def _salib(runs: Crossed, problem: Problem, confidence: float, seed: int) -> dict[str, Floats]:
    analyse = library("SALib.analyze.sobol").analyze
    space = {"num_vars": len(problem.names), "names": problem.names, "bounds": [[0.0, 1.0]] * len(problem.names)}
    options = {"calc_second_order": problem.second_order, "num_resamples": RESAMPLES, "conf_level": confidence}
    return dict(analyse(space, runs.mean, seed=seed, **options))


def one_at_a_time(runs: Crossed, problem: Problem, *, confidence: float = 0.95) -> pd.DataFrame:
    """What each value of each parameter does, the others as in the scenario (a tornado's bars), widest swing first.

    Columns: parameter, value, effect, low, high, swing. `effect` is the change from point 0 on the same luck, with
    Student's interval over replicates (nan for one replicate); `swing` is the distance between the parameter's
    highest and lowest effect, no change included.
    """
    if runs.blocks[0] != 0:
        raise InputError("points", "point 0, the scenario as it is, has no complete runs to compare with")
    differs, change = runs.x.ne(runs.x.iloc[0]).to_numpy(), runs.y - runs.y[0]
    if (differs.sum(axis=1) > 1).any():
        raise InputError("points", "are not one at a time: more than one parameter differs from point 0")
    rows = []
    for point, which in zip(*np.nonzero(differs), strict=True):
        name = problem.names[which]
        rows.append((name, runs.x[name].iloc[point], *_interval(change[point], confidence)))
    frame = pd.DataFrame(rows, columns=["parameter", "value", "effect", "low", "high"])
    effect = frame.groupby("parameter")["effect"]
    frame["swing"] = effect.transform("max").clip(lower=0) - effect.transform("min").clip(upper=0)
    return _sorted(frame, "swing")


def _interval(change: Floats, confidence: float) -> tuple[float, float, float]:
    """Mean change over the replicates with Student's interval."""
    mean, count = float(change.mean()), len(change)
    if count < 2:
        return mean, math.nan, math.nan
    half = float(stats.t.ppf((1 + confidence) / 2, count - 1) * change.std(ddof=1) / math.sqrt(count))
    return mean, mean - half, mean + half


def clear_effects(effects: pd.DataFrame) -> pd.Series:
    """Which rows of morris are told from luck: the interval of mu* lies above what luck alone could make."""
    return effects["mu_star_low"] > effects["luck"]


def clear_shares(shares: pd.DataFrame) -> pd.Series:
    """Which rows of sobol are told from luck: the interval of the total lies above luck's part, which is the lesser."""
    return (shares["total_low"] > shares["luck"]) & (shares["luck"] < shares["total"] / 2)


def clear_changes(changes: pd.DataFrame) -> pd.Series:
    """Which rows of one_at_a_time are told from luck: the interval over replicates leaves out 0."""
    return (changes["low"] > 0) | (changes["high"] < 0)


def _sorted(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Largest first; those that are equal stay in the order of the experiment, values in the order of the design."""
    return frame.sort_values(by, ascending=False, kind="stable", na_position="last").reset_index(drop=True)
