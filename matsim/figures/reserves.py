"""Reserves against the line of 5% of income below which the Department asks questions."""

from __future__ import annotations

import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.lines import Line, over_years, quantiles
from matsim.figures.text import short
from matsim.measures.cells import SIZED
from matsim.measures.listed import RESERVE_LINE
from matsim.words.amounts import academic, amount, count, many, percent

LEVEL = Line(RESERVE_LINE, f"{percent(RESERVE_LINE)} of income")
_LABEL = {"label": "Reserves over yearly income", "unit": "share", "level": LEVEL, "zero": True}


def reserves(trust_year: pd.DataFrame) -> Figure | None:
    """Reserves of MATs of two schools or more in one run, with bands over trusts. None without any."""
    mats = trust_year[(trust_year["schools"] >= SIZED) & (trust_year["kind"] == "multi-academy trust")]
    bands = quantiles(mats, "reserves_share", ["year"])
    if bands.empty:
        return None
    year = int(bands["year"].max())
    now = mats.loc[mats["year"] == year, "reserves_share"].dropna()
    below = int((now < RESERVE_LINE).sum())
    title = (
        f"In {academic(year)} the middle MAT held {amount(float(now.median()), 'share')} of its income in reserve; "
        f"{count(below)} of {many(len(now), 'MAT')} held less than 5%."
    )
    alt = "Reserves over yearly income of MATs by year: the median, the middle half and nine in ten, with a line at 5%."
    note = "MATs of two schools or more."
    return over_years("reserves", title, alt, bands.assign(option=""), of="trusts", note=note, **_LABEL)  # type: ignore[arg-type]


def trust_reserves(trust_year: pd.DataFrame, trust: int) -> Figure | None:
    """Reserves of one trust in one run. None when the trust is not in the table."""
    trust_years = trust_year[trust_year["trust"] == trust].sort_values("year")
    trust_years = trust_years[trust_years["reserves_share"].notna()]
    if trust_years.empty:
        return None
    shares, last = trust_years["reserves_share"], trust_years.iloc[-1]
    name, low, below = str(last["name"]), float(shares.min()), int((shares < RESERVE_LINE).sum())
    when = int(trust_years["year"].iloc[int(shares.argmin())])
    relation = "were below" if below else "never fell below"
    years = f" in {many(below, 'year')}" if below else ""
    title = (
        f"Reserves of {name} {relation} 5% of income{years}: lowest {amount(low, 'share')} in {academic(when)}, "
        f"{amount(float(last['reserves_share']), 'share')} in {academic(last['year'])}."
    )
    alt = f"Reserves over yearly income of {name} by year, with a line at 5%."
    frame = pd.DataFrame({"year": trust_years["year"], "option": short(name, 40), "median": shares})
    return over_years(f"reserves-{trust}", title, alt, frame, **_LABEL)  # type: ignore[arg-type]


def option_reserves(key: str, frame: pd.DataFrame, name: str) -> Figure | None:
    """Reserves of one trust over many futures of each option. `frame`: option, year, future, reserves_share."""
    bands = quantiles(frame, "reserves_share", ["option", "year"])
    if bands.empty:
        return None
    year = int(bands["year"].max())
    now = frame[(frame["year"] == year) & frame["reserves_share"].notna()]
    order = [str(o) for o in dict.fromkeys(frame["option"])]
    above = {o: (now.loc[now["option"] == o, "reserves_share"] >= RESERVE_LINE).tolist() for o in order}
    bands["option"] = pd.Categorical(bands["option"], order, ordered=True)
    bands = bands.sort_values(["option", "year"]).astype({"option": str})
    counts = "; ".join(f"“{o}” {count(sum(v))} of {count(len(v))}" for o, v in above.items() if v)
    title = f"Futures in which {name} holds at least 5% of income in reserve in {academic(year)}: {counts}."
    alt = f"Reserves over yearly income of {name} by year and option, with bands over futures and a line at 5%."
    return over_years(key, title, alt, bands, **_LABEL)  # type: ignore[arg-type]
