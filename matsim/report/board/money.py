"""Reserves, in-year balance, top-slice, costs of joining and deficits taken on; and the central team's ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from matsim.figures.base import Figure
from matsim.figures.ledger import ENOUGH, capacity_ledger
from matsim.figures.lines import Line, over_years, quantiles
from matsim.figures.reserves import option_reserves
from matsim.report.board.options import SHORT, SHORT_YEARS, Option, Tables, in_ten, often, pounds, spread
from matsim.report.page import Section, Table
from matsim.report.stored import drawn
from matsim.words.amounts import academic, amount, decimals, percent
from matsim.words.phrases import inner
from matsim.words.titles import AREAS

OURS = " Only futures, and years, in which we are a trust of our own."
"""What is said where a trust ends in some futures."""


def money(tables: Tables) -> Section:
    """Reserves and in-year balance over the years, and what growing costs."""
    figures = drawn(option_reserves("board-reserves", tables.named("reserves_share"), tables.name), _balance(tables))
    note = (
        f"Middle future (nine in ten). Taking a school on costs {pounds(tables.integration)} once, beyond its grant "
        "(an assumption). Deficits are drawn by luck: no published file shows the books of a single school."
        + (OURS if any(option.ended.any() for option in tables.each) else "")
    )
    return Section("Money", figures=figures, tables=(Table("What growing costs", _costs(tables), note),))


def _balance(tables: Tables) -> Figure | None:
    """The in-year balance of schools and centre over the years, with bands."""
    bands = quantiles(tables.named("balance"), "balance", ["option", "year"])
    if bands.empty:
        return None
    bands["option"] = pd.Categorical(bands["option"], tables.names, ordered=True)
    bands = bands.sort_values(["option", "year"]).astype({"option": str})
    red = [f"“{o.name}” {in_ten(_red_years(o))}" for o in tables.each]
    title = f"An in-year deficit two years running, in futures: {'; '.join(red)}."
    alt = "In-year balance of the trust's schools and centre over income, by year and option, with bands over futures."
    return over_years(
        "board-balance", title, alt, bands, label="In-year balance over income", unit="share", level=Line(0.0, "even")
    )


def _red_years(option: Option) -> float:
    # two years running: this year's flag and that of the year before, moved one column on
    red = option.by_future("balance") < 0
    return option.judged((red & red.shift(axis=1, fill_value=False)).any(axis=1), "balance")


def _costs(tables: Tables) -> pd.DataFrame:
    rows = []
    for option in tables.each:
        total = option.years.groupby("future")[["joining_cost", "deficits"]].sum()
        some = total["deficits"][total["deficits"] > 0]
        rows.append(
            {
                "Option": option.name,
                "One-off costs of joining, all years": spread(total["joining_cost"], pounds),
                "A deficit taken on": in_ten(len(some) / max(option.futures, 1)),
                "Its size, where there is one": spread(some, pounds),
                "Top-slice at the end": spread(option.last["central_charge"], lambda share: amount(share, "share")),
                "Cost of the centre a year, at the end": spread(option.last["central_cost"], pounds),
            }
        )
    return pd.DataFrame(rows)


def ledger(tables: Tables) -> Section:
    """Need against supply of the central team: as we are, and under the option that strains it most."""
    base = tables.each[0]
    others = [option for option in tables.each if option.place != base.place]
    worst = max(others, key=lambda option: option.short) if others else base
    shown: Sequence[Option] = (base, worst) if worst is not base else (base,)
    figures = [_ledger(tables, option) for option in shown]
    note = (
        f"Futures in which supply is below {percent(SHORT)} of need for {SHORT_YEARS} years or more"
        f"{', while we are a trust of our own' if any(o.ended.any() for o in tables.each) else ''}."
    )
    table = pd.DataFrame({"Area": list(AREAS.values())})
    for option in tables.each:
        table[option.name] = [in_ten(_short(option, area)) for area in AREAS]
    words = (
        "The ledger sets what the work needs against who there is to do it, in full-time posts: employed, bought in, "
        "shared between schools, or lent by the local authority. Each line is the middle of all futures in its year: "
        "a team that is short in some futures may have enough in the middle one, so the sentences count futures.",
    )
    return Section("Capacity ledger", words, figures=drawn(*figures), tables=(Table("Where it is short", table, note),))


def _short(option: Option, area: str) -> float:
    need, supply = option.by_future(f"need_{area}"), option.by_future(f"supply_{area}")
    return option.judged((supply < SHORT * need).sum(axis=1) >= SHORT_YEARS, f"need_{area}")


def ledger_words(option: Option) -> str:
    """Whether there are enough posts, over all futures: how often in every area and year, and where it is short."""
    short = {a: option.by_future(f"supply_{a}") < option.by_future(f"need_{a}") - ENOUGH for a in AREAS}
    some = pd.concat([flags.any(axis=1) for flags in short.values()], axis=1).any(axis=1)
    never = option.judged(~some, f"need_{next(iter(AREAS))}")
    sentence = f"Under “{option.name}” the central team has enough posts in every area and every year {often(never)}"
    if not some.any():
        return f"{sentence}."
    worst = max(short, key=lambda a: float(short[a].any(axis=1).mean()))
    years = short[worst].sum(axis=1)[short[worst].any(axis=1)]
    return (
        f"{sentence}; it is short most often in {inner(AREAS[worst])}, at some time "
        f"{often(option.judged(short[worst].any(axis=1), f'need_{worst}'))}, and then in {decimals(years.median())} of "
        f"{short[worst].shape[1]} years in the middle one of those futures."
    )


def _ledger(tables: Tables, option: Option) -> Figure | None:
    columns = [f"{what}_{area}" for area in AREAS for what in ("need", "supply")]
    # the figure is drawn for one trust, so the middle of all futures is dressed as one; its sentence counts futures
    frame = option.years.groupby("year")[columns].median().dropna().reset_index()
    frame = frame.assign(trust=tables.uid, name=f"the trust under “{option.name}”")
    figure = capacity_ledger(frame, tables.uid)
    if figure is None:
        return None
    note = f"{figure.note} Middle of all futures, year by year."
    return replace(figure, key=f"board-ledger-{option.place}", title=ledger_words(option), note=note)


def points_table(tables: Tables, points: pd.DataFrame) -> pd.DataFrame:
    """The six break points under every option: in how many futures each is reached, and in which year."""
    now = [f"{row['now']}{_of_rung(tables, str(row['key']))}" for _, row in points.iterrows()]
    frame = pd.DataFrame({"Break point": points["name"].astype(str), "Our way of working": now})
    for option in tables.each:
        frame[option.name] = [_reach(option, str(key)) for key in points["key"]]
    return frame


def _of_rung(tables: Tables, key: str) -> str:
    """In how many futures the commonest way of working is ours after the first year; empty where in all."""
    first = tables.each[0].years
    rungs = first.loc[first["year"] == tables.first_year, f"rung_{key}"].dropna()
    share = float((rungs == rungs.mode().iloc[0]).mean()) if len(rungs) else 1.0
    return "" if share == 1.0 else f" ({in_ten(share)})"


def _reach(option: Option, key: str) -> str:
    reaches = option.events[(option.events["event"] == "reach") & (option.events["trust"] == option.tables.uid)]
    first = reaches[reaches["reason"] == key].groupby("future")["year"].min()
    share = len(first) / max(option.futures, 1)
    return in_ten(share) + (f", {academic(float(np.median(first)))}" if len(first) and share >= 0.05 else "")
