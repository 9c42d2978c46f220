"""What a target may name: how trusts grow for their size, how they end, and what comes of trouble.

Multi-academy trusts and their sizes are of mainstream schools. A yearly figure is a mean over academic years. Events
that no mechanism logs are counted as none; a share of nothing is nan.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.agents.trust import TROUBLES
from matsim.validation.movement import sizes
from matsim.validation.observed_run import Watched, once
from matsim.validation.selections import share
from matsim.world.codes import Route, TrustKind

type Floats = NDArray[np.float64]

NOTICE = TROUBLES.index("notice to improve")
"""State of trouble from which a trust is under a notice to improve (see `agents.trust`)."""
AUGUST = 8.0 / 12.0
"""Where in a calendar year an academic year ends."""


@once
def _sizes(w: Watched, year: int) -> pd.Series:
    """Schools of each multi-academy trust at the end of a year, by trust."""
    return sizes(w.members(year))


@once
def _growth(w: Watched, first: int, last: int, low: int, high: int) -> pd.DataFrame:
    """Trusts open at both ends of a year that began it with so many schools: year, trust (index), size, net."""
    years = [w.change(year).growth.assign(year=year) for year in range(first, last + 1)]
    growth = pd.concat(years)
    return growth.loc[growth["size"].between(low, high)]


def net_growth_share(w: Watched, first: int, last: int, low: int, high: int) -> float:
    """Net growth a year as a share of the schools held, of trusts that began a year with so many."""
    growth = _growth(w, first, last, low, high)
    return float(growth.net.sum() / growth["size"].sum()) if len(growth) else float("nan")


def gain_spread(w: Watched, first: int, last: int, low: int, high: int) -> float:
    """Standard deviation of a year's net growth among such trusts, schools; the mean over years."""
    return float(_growth(w, first, last, low, high).groupby("year").net.std().mean())


def gained_share(w: Watched, first: int, last: int, least: int) -> float:
    """Share of trusts open at both ends of a year that gained at least so many schools net."""
    return share((_growth(w, first, last, 1, 10_000).net >= least).to_numpy())


def after_fast_growth(w: Watched, first: int, last: int, least: int, rate: float, how: str) -> float:
    """Of trusts of three or more that gained `least` schools and `rate` of their size in a year: two years later.

    `how`: the share that "shrank", or is "gone".
    """
    growth = _growth(w, first, last, 3, 10_000)
    fast = growth.loc[(growth.net >= least) & (growth.net >= rate * growth["size"])]
    flags = []
    for year, of in fast.groupby("year"):
        then, later = of["size"] + of.net, _in_any(w, int(str(year)) + 2).reindex(of.index).fillna(0)
        flags.append((later == 0 if how == "gone" else (later > 0) & (later < then)).to_numpy())
    return share(np.concatenate(flags)) if flags else float("nan")


@once
def _in_any(w: Watched, year: int) -> pd.Series:
    """Schools of each trust of any kind."""
    schools = w.members(year)
    return schools.loc[schools.trust >= 0].groupby("trust").size()


def dissolved(w: Watched, first: int, last: int, low: int, high: int) -> float:
    """Share a year of trusts with so many schools that had none at its end."""
    gone = []
    for year in range(first, last + 1):
        size = _sizes(w, year - 1)
        size = size[size.between(low, high)]
        gone.append(~size.index.isin(_in_any(w, year).index))
    return share(np.concatenate(gone))


@once
def _takers(w: Watched, first: int, last: int) -> pd.DataFrame:
    """Dissolved trusts whose schools moved: `size`, `parts` (trusts they went to), `taker` (its size; 0 if new)."""
    frames = []
    for year in range(first, last + 1):
        before, after = _in_any(w, year - 1), _in_any(w, year)
        movers = w.change(year).movers
        movers = movers.loc[(movers.was_kind == TrustKind.MULTI) & ~movers.trust_was.isin(after.index)]
        ended = movers.groupby("trust_was").trust.agg(parts="nunique", into="first")
        size, taker = (before.reindex(of).fillna(0).to_numpy() for of in (ended.index, ended.into))
        frames.append(ended.assign(size=size, taker=taker))
    table: pd.DataFrame = pd.concat(frames, ignore_index=True)
    return table


@once
def _whole(w: Watched, first: int, last: int) -> pd.DataFrame:
    """Of these, those that went whole to one trust that was there before."""
    ended = _takers(w, first, last)
    return pd.DataFrame(ended.loc[(ended.parts == 1) & (ended.taker > 0)])


def dissolved_whole(w: Watched, first: int, last: int) -> float:
    """Of dissolved trusts whose schools moved, the share whose schools went to one trust."""
    return share((_takers(w, first, last).parts == 1).to_numpy())


def takers(w: Watched, first: int, last: int) -> Floats:
    """Takers of whole trusts by their size before: larger than what they took, equal, smaller."""
    whole = _whole(w, first, last)
    counts = np.bincount(1 - np.sign(whole.taker - whole["size"]).astype(np.int64), minlength=3)
    return np.asarray(counts / max(int(counts.sum()), 1), np.float64)


def taker_ratio(w: Watched, first: int, last: int) -> float:
    """Median size of takers of whole trusts over what they took."""
    whole = _whole(w, first, last)
    return float((whole.taker / whole["size"]).median())


def handed_over(w: Watched, first: int, last: int) -> float:
    """Schools a year that left a multi-academy trust that lived on for another trust."""
    total = 0
    for year in range(first, last + 1):
        movers = w.change(year).movers
        lived = movers.trust_was.isin(_in_any(w, year).index)
        total += int((lived & (movers.was_kind == TrustKind.MULTI)).sum())
    return total / (last - first + 1)


def moved_into(w: Watched, first: int, last: int, least: int) -> float:
    """Share of academies that changed trusts whose new trust had at least so many schools before."""
    large = [
        (movers.trust.map(_sizes(w, year - 1)).fillna(0) >= least).to_numpy()
        for year in range(first, last + 1)
        for movers in (w.change(year).movers,)
    ]
    return share(np.concatenate(large))


def trusts_sized(w: Watched, date: float, low: int, high: int) -> float:
    """Multi-academy trusts of so many schools at a decimal date, in a straight line between the Augusts around it."""
    after = int(np.floor(date - AUGUST))
    one, two = (float(_sizes(w, year).between(low, high).sum()) for year in (after - 1, after))
    return one + (date - AUGUST - after) * (two - one)


@once
def _peaks(w: Watched, first: int, last: int, least: int) -> pd.DataFrame:
    """Multi-academy trusts that reached so many schools from the start of `first` on: `peak`, and `end`, at the end."""
    table = pd.concat({year: _sizes(w, year) for year in range(first - 1, last + 1)}, axis=1)
    peak = table.max(axis=1)
    end = _in_any(w, last).reindex(table.index).fillna(0)
    return pd.DataFrame({"peak": peak, "end": end}).loc[peak >= least]


def lost_part(w: Watched, first: int, last: int, least: int, lost: int) -> float:
    """Of trusts that reached so many schools, the share that is open and `lost` or more below its peak at the end."""
    peaks = _peaks(w, first, last, least)
    return share(((peaks.end > 0) & (peaks.peak - peaks.end >= lost)).to_numpy())


def gave_up(w: Watched, first: int, last: int, least: int) -> float:
    """Of trusts that reached so many schools, the share that has none and did not merge of its own will.

    A trust that was broken up did not, whatever became of its schools.
    """
    peaks, events = _peaks(w, first, last, least), w.tables["events"]
    merged, broken = (events.loc[events.event == kind, "trust"] for kind in ("merge", "break_up"))
    forced = peaks.index.isin(broken) | ~peaks.index.isin(merged)
    return share(((peaks.end == 0) & forced).to_numpy())


def reached_and_gone(w: Watched, first: int, last: int, least: int) -> float:
    """Of trusts that reached so many schools, the share that has none at the end, for whatever reason."""
    return share((_peaks(w, first, last, least).end == 0).to_numpy())


@once
def _events(w: Watched, event: str, first: int, last: int) -> pd.DataFrame:
    events = w.tables["events"]
    return events.loc[(events.event == event) & events.year.between(first, last)]


def a_year(w: Watched, event: str, first: int, last: int) -> float:
    """Events of a kind a year."""
    return len(_events(w, event, first, last)) / (last - first + 1)


def chiefs(w: Watched, first: int, last: int) -> float:
    """Share of multi-academy trusts a year that had a new CEO."""
    changes, open_ = 0, 0
    for year in range(first, last + 1):
        size, new = _sizes(w, year), _events(w, "chief", year, year).trust
        changes, open_ = changes + int(size.index.isin(new).sum()), open_ + len(size)
    return changes / max(open_, 1)


def bar_years(w: Watched, first: int, last: int) -> float:
    """Median years that bars on growth begun in these years lasted; those not lifted last until the run's end."""
    bars, lifts = _events(w, "bar", first, last), _events(w, "lift", first, w.last)
    lasted = []
    for trust, year in zip(bars.trust, bars.year, strict=True):
        lifted = lifts.year[(lifts.trust == trust) & (lifts.year >= year)]
        lasted.append((lifted.min() if len(lifted) else w.last + 1) - year)
    return float(np.median(lasted)) if lasted else float("nan")


def under_notice(w: Watched, first: int, last: int) -> float:
    """Share of all trusts that are under a notice to improve, or in what follows one, at the end of a year."""
    flags = []
    for year in range(first, last + 1):
        schools = w.at(year)
        flags.append((schools.loc[schools.trust >= 0].groupby("trust").trouble.first() >= NOTICE).to_numpy())
    return share(np.concatenate(flags))


def converters_refused(w: Watched, first: int, last: int) -> float:
    """Of schools that asked to convert of their own will, the share that was refused and did not in the year."""
    refused, opened = 0, 0
    ordered = set(_events(w, "order", w.start, last).school)
    for year in range(first, last + 1):
        before, after = w.at(year - 1), w.at(year)
        maintained = before.school[(before.route == Route.MAINTAINED).to_numpy()]
        still = after.school[(after.route == Route.MAINTAINED).to_numpy() & after.school.isin(maintained).to_numpy()]
        said_no = _events(w, "refuse", year, year).school.unique()
        refused += len(set(said_no) & set(still) - ordered)
        opened += int(((w.openings.year == year) & (w.openings.route == Route.CONVERTER)).sum())
    return refused / max(refused + opened, 1)


def sponsors_approved(w: Watched, first: int, last: int) -> float:
    """Share of applications to be on the list of sponsors that were granted."""
    return share((_events(w, "listing", first, last).margin >= 0.0).to_numpy())
