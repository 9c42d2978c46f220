"""Robustness: how much an arm could be regretted, and in how many futures it does well enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matsim.analysis.frame import Sweep, When, known_measure, values
from matsim.analysis.intervals import future_quantile, share_interval
from matsim.analysis.paired import as_grid
from matsim.core.errors import InputError
from matsim.measures import MEASURES
from matsim.results.tables import Better

_FORM = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|≥|≤)\s*(\S+)\s*")


def regret(frame: pd.DataFrame, better: Better) -> pd.DataFrame:
    """Every arm's regret in every future: arm, point, replicate, value, regret.

    Regret is how far the arm stays behind the best arm of the same future (point and replicate), in the
    measure's unit; 0 for the best (Savage 1951, JASA 46, 55–67). Only futures in which every arm has a value.
    ValueError when no direction is better.
    """
    if not better:
        raise ValueError("regret needs a direction that is better")
    key = ["point", "replicate"]
    arms = frame["arm"].nunique()
    known = frame.dropna(subset=["value"])
    whole = known[known.groupby(key)["arm"].transform("nunique") == arms]
    out = whole[["arm", *key, "value"]].copy()
    sign = -1.0 if better == "lower" else 1.0
    goodness = sign * out["value"]
    out["regret"] = goodness.groupby([out["point"], out["replicate"]]).transform("max") - goodness
    return out.reset_index(drop=True)


def robust(frame: pd.DataFrame, better: Better) -> pd.DataFrame:
    """Regret by arm: arm, futures, left_out, replicates, mean_regret, regret_90, max_regret, share_best, worst.

    regret_90 is what nine in ten futures stay under (Kasprzyk et al. 2013; intervals.future_quantile, so nan below 9
    replicates) and max_regret the greatest, which minimax regret compares; worst is the least good value (maximin,
    Wald 1950). Their names and use are those of McPhail et al. 2018, Earth's Future 6, 169–191. Arms that tie for
    best are each best. A maximum over more futures is never smaller: compare arms inside one experiment, not
    experiments.
    """
    every = regret(frame, better)
    futures = len(frame.drop_duplicates(["point", "replicate"]))
    rows = []
    for arm in frame["arm"].unique():
        of = every[every["arm"] == arm]
        left = futures - len(of)
        if of.empty:
            rows.append((arm, 0, left, 0, *[np.nan] * 5))
            continue
        worst = of["value"].max() if better == "lower" else of["value"].min()
        lucks = of["replicate"].nunique()
        high = future_quantile(of["regret"].to_numpy(dtype=np.float64), 0.9, lucks)
        best = float((of["regret"] == 0).mean())
        rows.append((arm, len(of), left, lucks, of["regret"].mean(), high, of["regret"].max(), best, worst))
    columns = [
        "arm",
        "futures",
        "left_out",
        "replicates",
        "mean_regret",
        "regret_90",
        "max_regret",
        "share_best",
        "worst",
    ]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Threshold:
    """What counts as doing well enough: a measure and a limit."""

    measure: str
    sign: str
    limit: float

    @classmethod
    def parse(cls, text: str, where: str = "threshold") -> Threshold:
        """From text such as `mean_outcome>=0.1`. Raises InputError for another form or an unknown measure.

        `where` is what errors call it: the option it was typed after.
        """
        match = _FORM.fullmatch(text)
        form = "should be a measure, >= or <=, and a number, as in mean_outcome>=0.1"
        if match is None:
            raise InputError(where, f"'{text}' {form}")
        try:
            limit = float(match[3])
        except ValueError:
            raise InputError(where, f"'{text}': '{match[3]}' is not a number; it {form}") from None
        if not np.isfinite(limit):
            raise InputError(where, f"'{text}': the limit should be a finite number")
        known_measure(match[1], MEASURES, where)
        return cls(match[1], match[2].replace("≥", ">=").replace("≤", "<="), limit)

    @property
    def text(self) -> str:
        """As it is typed."""
        return f"{self.measure}{self.sign}{self.limit:g}"

    def met(self, values: pd.Series) -> pd.Series:
        """1.0 where a value meets the limit, 0.0 where not, nan where there is none."""
        compared = {
            ">=": values >= self.limit,
            "<=": values <= self.limit,
            ">": values > self.limit,
            "<": values < self.limit,
        }
        return compared[self.sign].astype("float64").where(values.notna())


ALL = "all of them"

ENOUGH = ["arm", "threshold", "futures", "left_out", "replicates", "share", "low", "high"]


def satisficing(
    sweep: Sweep, thresholds: Sequence[Threshold], when: When = "last", confidence: float = 0.95
) -> pd.DataFrame:
    """In what share of futures each arm does well enough: one row per arm and threshold, with the columns ENOUGH.

    The domain criterion of Starr 1963 (McPhail et al. 2018): the share of futures that meet the threshold, with the
    interval of intervals.share_limits. With several thresholds a last row per arm, `all of them`, is for meeting
    every one. Futures in which the run failed or the measure has no value are left out.
    """
    if not thresholds:
        return pd.DataFrame(columns=ENOUGH)
    frames = {th.text: values(sweep, th.measure, when) for th in thresholds}
    about = next(iter(frames.values()))[["arm", "point", "replicate"]].copy()
    for th in thresholds:
        about[th.text] = th.met(frames[th.text]["value"])
    if len(frames) > 1:
        about[ALL] = about[list(frames)].min(axis=1, skipna=False)
    rows = []
    for arm in about["arm"].unique():
        part = about[about["arm"] == arm]
        for text in part.columns[3:]:
            share, low, high = share_interval(as_grid(part, text), confidence)
            there = part[part[text].notna()]
            lucks = there["replicate"].nunique()
            rows.append((arm, text, len(there), len(part) - len(there), lucks, share, low, high))
    return pd.DataFrame(rows, columns=ENOUGH)
