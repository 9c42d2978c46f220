"""Where and since when a difference between arms holds: in each half of what is uncertain, and from which year on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from matsim.analysis.frame import ABOUT, Sweep, by_year
from matsim.analysis.paired import COLUMNS, paired
from matsim.measures import MEASURES
from matsim.results.tables import Better

PARTS = ("lower half", "upper half")


def parts(frame: pd.DataFrame, against: str, better: Better, confidence: float = 0.95) -> pd.DataFrame:
    """Paired differences inside each half of every uncertainty's and lever's values; a row per part and arm.

    `frame` is as from frame.values. Columns: parameter, part, covers (the values run, as text), then those of
    paired.COLUMNS. Halves split the points at the middle of the values that were run; of listed values (switches,
    choices) each is a part of its own. low, high and told_apart are those of luck, the points as they are: the few
    points of a part, which the design spreads evenly, would make a poor sample of all there could be. Empty without
    factors.
    """
    names = [str(name) for name in frame.columns if name not in (*ABOUT, "value")]
    frames = []
    for name in names:
        for part, covers, inside in _split(frame[name]):
            pairs = _by_luck(paired(frame[inside], against, better, confidence))
            pairs.insert(0, "covers", covers)
            pairs.insert(0, "part", part)
            pairs.insert(0, "parameter", name)
            frames.append(pairs)
    columns = ["parameter", "part", "covers", *COLUMNS]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _by_luck(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs with intervals from luck alone."""
    half = pairs["luck_half_width"].astype("float64")
    return pairs.assign(low=pairs["mean"] - half, high=pairs["mean"] + half, told_apart=pairs["mean"].abs() > half)


def _split(of: pd.Series) -> Iterator[tuple[str, str, pd.Series]]:
    """The parts of a factor's values: name, the values covered, and which rows are in it."""
    different = np.sort(of.unique()) if of.dtype != object else sorted(set(of))
    if len(different) < 2:
        return
    if of.dtype == object or len(different) == 2:
        for value in different:
            yield str(value), f"{value}", of == value
        return
    middle = float(np.median(different))
    for part, inside in zip(PARTS, (of <= middle, of > middle), strict=True):
        # read back as numbers, so with a plain minus sign
        yield part, f"{of[inside].min():.3g} to {of[inside].max():.3g}", inside


def since(sweep: Sweep, measure: str, against: str, confidence: float = 0.95) -> pd.DataFrame:
    """From which year on each arm's difference can be told from zero, on the side on which it ends; a row per arm.

    Columns: arm, since (a year; nan where the last year's difference cannot be told, or never stayed so). Each
    year is judged by its own interval, as in paired.
    """
    better = MEASURES[measure].better
    years, signs = [], dict[str, list[int]]()
    for year, frame in by_year(sweep, measure).groupby("year"):
        years.append(int(str(year)))
        for row in paired(frame, against, better, confidence).to_dict(orient="records"):
            signs.setdefault(str(row["arm"]), []).append(int(np.sign(row["mean"])) if row["told_apart"] else 0)
    return pd.DataFrame(
        [(arm, _stays(by_year_signs, years)) for arm, by_year_signs in signs.items()], columns=["arm", "since"]
    )


def _stays(signs: list[int], years: list[int]) -> float:
    """The first year from which on the sign is that of the end; nan when the end has none."""
    end = signs[-1]
    if end == 0:
        return float("nan")
    first = len(signs)
    while first and signs[first - 1] == end:
        first -= 1
    return float(years[first])
