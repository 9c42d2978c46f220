"""Differences between arms on the same luck at the same point: how large, how sure, how often, and from when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.analysis.intervals import future_quantile, half_width, share_interval, spread_of_luck, spread_of_mean
from matsim.results.tables import Better

type Floats = NDArray[np.float64]

COLUMNS = [
    "arm", "against", "pairs", "left_out", "points", "replicates", "mean", "low", "high", "median", "q05", "q95",
    "share_better", "share_better_low", "share_better_high", "share_worse", "share_worse_low", "share_worse_high",
    "share_same", "luck_half_width", "told_apart", "pairing",
]  # fmt: skip


def differences(frame: pd.DataFrame, against: str) -> pd.DataFrame:
    """Every future of every other arm beside the baseline's: arm, point, replicate, seed, base, value, difference.

    `frame` is as from frame.values; a future is a point and a replicate. difference is value − base, nan where
    either is missing. A future that either arm does not have is left out.
    """
    key = ["point", "replicate"]
    base = frame.loc[frame["arm"] == against, [*key, "value"]].rename(columns={"value": "base"})
    others = frame.loc[frame["arm"] != against, ["arm", *key, "seed", "value"]]
    joined = others.merge(base, on=key, how="inner")
    joined["difference"] = joined["value"] - joined["base"]
    return joined[["arm", *key, "seed", "base", "value", "difference"]]


def paired(
    frame: pd.DataFrame,
    against: str,
    better: Better = "higher",
    confidence: float = 0.95,
    simultaneous: bool = True,
) -> pd.DataFrame:
    """Paired differences of every arm from `against`: one row per arm, with the columns COLUMNS.

    mean, with `low` and `high` its interval: Student's t, as a sample of luck and of points both (see
    intervals.spread_of_mean). t and not a bootstrap: at the 8 to 50 replicates usual here the bootstrap's
    intervals are too narrow, and it would add luck of its own. luck_half_width is half the interval from luck
    alone, which more replicates narrow. With `simultaneous`, which is the default since people read all arms
    of a table, intervals are widened so that those of all arms hold together (Bonferroni; no change for two
    arms). median, q05 and q95 are of the differences (intervals.future_quantile: nan below 19 replicates).
    share_better and share_worse (of pairs; ties are in share_same) have the interval of intervals.share_limits; with
    `better` empty they are the shares in which the arm is higher and lower. told_apart: the interval leaves out 0.
    pairing: the part of the variance of a difference between unrelated runs that shared luck took away (1 all, 0
    none, negative when it did harm). left_out counts pairs with a failed or undefined side. Interval columns are nan
    when there are fewer than two replicates: one draw of luck says nothing of others.
    """
    joined = differences(frame, against)
    others = [str(name) for name in joined["arm"].unique()]
    statements = max(1, len(others)) if simultaneous else 1
    rows = [_row(name, against, joined[joined["arm"] == name], better, confidence, statements) for name in others]
    return pd.DataFrame(rows, columns=COLUMNS)


def as_grid(part: pd.DataFrame, column: str) -> Floats:
    """A column as a grid (replicates, points); nan where there is nothing."""
    return part.pivot(index="replicate", columns="point", values=column).to_numpy(dtype=np.float64)


def _row(
    arm: str, against: str, part: pd.DataFrame, better: Better, confidence: float, statements: int
) -> dict[str, object]:
    whole = part[part["difference"].notna()]
    row: dict[str, Any] = {"arm": arm, "against": against, "pairs": len(whole), "left_out": len(part) - len(whole)}
    row |= {"points": whole["point"].nunique(), "replicates": whole["replicate"].nunique()}
    if whole.empty:
        return row | {"told_apart": False}
    differences = whole["difference"].to_numpy()
    grid = as_grid(whole, "difference")
    mean, half = float(differences.mean()), half_width(spread_of_mean(grid), confidence, statements)
    sign = -1.0 if better == "lower" else 1.0
    # worse is not the rest: futures in which both are the same count for neither
    share, low, high = share_interval(_where(grid, sign * grid > 0), confidence, statements)
    worse, worse_low, worse_high = share_interval(_where(grid, sign * grid < 0), confidence, statements)
    q05, median, q95 = (future_quantile(differences, share, int(row["replicates"])) for share in (0.05, 0.5, 0.95))
    return row | {
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
        "median": median,
        "q05": q05,
        "q95": q95,
        "share_better": share,
        "share_better_low": low,
        "share_better_high": high,
        "share_worse": worse,
        "share_worse_low": worse_low,
        "share_worse_high": worse_high,
        "share_same": float(np.mean(differences == 0)),
        "luck_half_width": half_width(spread_of_luck(grid), confidence, statements),
        "told_apart": bool(abs(mean) > half),
        "pairing": _pairing(whole),
    }


def _where(grid: Floats, hits: NDArray[np.bool_]) -> Floats:
    return np.where(np.isnan(grid), np.nan, hits)


def _pairing(whole: pd.DataFrame) -> float:
    """1 − variance of differences over the sum of both sides' variances; nan when nothing varies."""
    if len(whole) < 2:
        return float("nan")
    apart = float(whole["value"].var() + whole["base"].var())
    return 1.0 - float(whole["difference"].var()) / apart if apart > 0 else float("nan")


def parting(runs: pd.DataFrame, run_year: pd.DataFrame, against: str) -> pd.DataFrame:
    """When the arms' worlds part from the baseline's: the first year in which their events so far differ.

    One row per arm: arm, against, pairs, left_out, replicates, parted, share_never, first, median, last (years; nan
    when none parts). `runs` and `run_year` are a sweep's tables. Pairs with a failed run or without fingerprints are
    left out.
    """
    key = ["point", "replicate"]
    known = run_year.loc[run_year["fingerprint"] != -1, ["run", "year", "fingerprint"]]
    prints = runs[["run", "arm", *key]].astype({"arm": object}).merge(known, on="run")
    base = prints.loc[prints["arm"] == against, [*key, "year", "fingerprint"]]
    both = prints[prints["arm"] != against].merge(base, on=[*key, "year"], suffixes=("", "_base"))
    both["parted"] = both["year"].where(both["fingerprint"] != both["fingerprint_base"])
    first = both.groupby(["arm", *key], sort=False)["parted"].min()
    rows = []
    for arm in dict.fromkeys(str(name) for name in runs["arm"] if name != against):
        wanted = int((runs["arm"] == arm).sum())
        years = first.loc[arm] if arm in first.index.get_level_values("arm") else first.iloc[:0]
        parted = years.dropna()
        never = (len(years) - len(parted)) / len(years) if len(years) else np.nan
        when = [parted.min(), parted.median(), parted.max()] if len(parted) else [np.nan] * 3
        lucks = years.index.get_level_values("replicate").nunique()
        rows.append((arm, against, len(years), wanted - len(years), lucks, len(parted), never, *when))
    names = ["arm", "against", "pairs", "left_out", "replicates", "parted", "share_never", "first", "median", "last"]
    return pd.DataFrame(rows, columns=names)
