"""The risk register of a board pack: what goes wrong, in how many futures, when, to what effect, and its early sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matsim.measures.listed import RESERVE_LINE
from matsim.report.board.options import NOTICED, SHORT, SHORT_YEARS, Option, in_ten, pounds
from matsim.words.amounts import academic, amount, decimals, many, percent

RARE = 0.05
"""Risks that meet fewer futures than this in every option are left out of the register."""
FAITH = 0.5
"""Buy-in below which fewer believe than doubt."""
MIDDLE = " in the middle one of those futures"
"""What an effect is that differs from future to future."""


@dataclass(frozen=True)
class Met:
    """How a risk meets one option: a flag for every future, the year it begins in each that it meets, its effect."""

    hit: pd.Series
    year: pd.Series
    effect: str


@dataclass(frozen=True)
class Risk:
    """One risk: how it reads, its early sign, how grave it is (1 to 3), and how to find it in an option.

    `always` keeps it in the register however rare; `graded` says that it rests on what inspectors find. Title and sign
    have names of `matsim.words.offices` in braces.
    """

    key: str
    title: str
    sign: str
    grave: int
    find: Callable[[Option, Option], Met]
    always: bool = False
    graded: bool = False


def _below(column: str, line: float, effect: Callable[[Option, pd.Series], str]) -> Callable[[Option, Option], Met]:
    """Futures in which a yearly value falls below a line."""

    def find(option: Option, base: Option) -> Met:
        return _years(option, option.by_future(column) < line, effect)

    return find


def _years(option: Option, bad: pd.DataFrame, effect: Callable[[Option, pd.Series], str]) -> Met:
    """From flags by future and year."""
    hit = bad.any(axis=1)
    first = bad[hit].idxmax(axis=1) if hit.any() else pd.Series(dtype="int64")
    return Met(hit, first, effect(option, hit))


def _event(*kinds: str, reason: str = "", school: bool = False) -> Callable[[Option, Option], Met]:
    """Futures in which something happens to the trust."""

    def find(option: Option, base: Option) -> Met:
        events = option.events[option.events["event"].isin(kinds) & (option.events["trust"] == option.tables.uid)]
        events = events[events["reason"] == reason] if reason else events
        first = events.groupby("future")["year"].min()
        hit = pd.Series(option.last.index.isin(first.index), index=option.last.index)
        times = len(events) / max(int(hit.sum()), 1)
        return Met(hit, first, f"{decimals(times, 1)} times on average in those futures")

    return find


def _lowest(column: str, unit: str, words: str) -> Callable[[Option, pd.Series], str]:
    def effect(option: Option, hit: pd.Series) -> str:
        low = option.by_future(column).min(axis=1)[hit]
        return f"{words} {amount(float(low.median()), unit)}{MIDDLE}" if hit.any() else ""

    return effect


def _short(option: Option, base: Option) -> Met:
    bad = option.by_future("capacity") < SHORT
    hit = bad.sum(axis=1) >= SHORT_YEARS
    met = _years(option, bad[hit], lambda o, h: "") if hit.any() else Met(hit, pd.Series(dtype="int64"), "")
    years = bad.sum(axis=1)[hit]
    least = option.by_future("capacity").min(axis=1)[hit]
    effect = f"{decimals(years.median())} years short, at worst {percent(least.median())} of the posts needed{MIDDLE}"
    return Met(hit, met.year, effect if hit.any() else "")


def _too_few(option: Option, base: Option) -> Met:
    hit = ~option.enough_came & option.grows
    came = option.joins(option.named) if option.named else option.years.groupby("future")["came"].sum()
    named = " of the schools named" if option.named else ""
    effect = f"{decimals(came[hit].median())} of {option.enough}{named} came{MIDDLE}" if hit.any() else ""
    return Met(hit, pd.Series(option.tables.last_year, index=came.index[hit]), effect)


def _ends(option: Option, base: Option) -> Met:
    into = option.fates.loc[option.fates["into"] != "", "into"].value_counts()
    most = f"; most often into {into.index[0]}" if len(into) else ""
    effect = f"{option.ending()}{most}" if option.ended.any() else ""
    return Met(option.ended, option.fates.loc[option.ended, "year"], effect)


def _no_merger(option: Option, base: Option) -> Met:
    hit = ~option.merged & option.proposes
    effect = "what was spent on it is lost, and we go on as we are or with another" if hit.any() else ""
    return Met(hit, pd.Series(option.tables.last_year, index=hit.index[hit]), effect)


def _worse(option: Option, base: Option) -> Met:
    if option.place == base.place:
        return Met(pd.Series(False, index=option.last.index), pd.Series(dtype="int64"), "")
    gap = option.against(base)
    hit = gap <= -NOTICED
    worse = gap[hit].median()
    effect = f"{decimals(worse, 2)} sd against “{base.name}”{MIDDLE}" if hit.any() else ""
    return Met(hit, pd.Series(option.tables.last_year, index=gap.index[hit]), effect)


def _deficit(option: Option, base: Option) -> Met:
    taken = option.years.groupby("future")["deficits"].sum()
    bad = option.by_future("deficits") > 0
    hit = taken > 0
    effect = f"{pounds(float(taken[hit].median()))} of deficits taken on{MIDDLE}" if hit.any() else ""
    return Met(hit, _years(option, bad, lambda o, h: "").year, effect)


def _missed(option: Option, base: Option) -> Met:
    missed = option.events[(option.events["event"] == "miss") & (option.events["trust"] == option.tables.uid)]
    counts = missed.groupby("future").size().reindex(option.last.index, fill_value=0)
    hit = counts >= SHORT_YEARS
    first = missed.groupby("future")["year"].min()
    effect = f"{decimals(counts[hit].median())} years past a break point in all{MIDDLE}" if hit.any() else ""
    return Met(hit, first[first.index.isin(counts.index[hit])], effect)


def _alone(option: Option, base: Option) -> Met:
    now = option.by_future("isolated")
    # against the first year: schools that are far away today are no news
    new = now.sub(now.iloc[:, 0].clip(lower=0.0), axis=0) if option.grows else now * 0.0
    return _years(option, new > 0.5, _always("a school more than today lies an hour from any other of ours"))


def _always(words: str) -> Callable[[Option, pd.Series], str]:
    """The same effect in every future that a risk meets."""
    return lambda option, hit: words if hit.any() else ""


_LOW = _lowest("reserves_share", "share", "reserves down to")


def _failing(option: Option, base: Option) -> Met:
    bad = option.by_future("inadequate")
    return _years(option, bad.gt(bad.iloc[:, 0], axis=0), _always("inspection, a warning, perhaps another trust"))


def _lost(option: Option, base: Option) -> Met:
    def effect(option: Option, hit: pd.Series) -> str:
        left = option.years.groupby("future")["left"].sum()[hit]
        return f"{decimals(left.median())} fewer, and the income{MIDDLE}" if hit.any() else ""

    return _years(option, option.by_future("left") > 0, effect)


RISKS: tuple[Risk, ...] = (
    Risk("ends", "We cease to be a trust of our own", "no answer to a letter from the {commissioner}; a CEO nobody "
         "follows; reserves and results that fall together", 3, _ends, always=True),
    Risk("merger", "The merger does not come about", "their board stops answering, or talks to another trust", 1,
         _no_merger),
    Risk("reserves", f"Reserves fall below {percent(RESERVE_LINE)} of income", "an in-year deficit two years running",
         3, _below("reserves_share", RESERVE_LINE, _LOW)),
    Risk("red", "Reserves run out", f"reserves below {percent(RESERVE_LINE)} and still falling", 3,
         _below("reserves_share", 0.0, _LOW)),
    Risk("failing", "More of our schools are judged Inadequate than after the first year",
         "results fall two years running; no head", 3, _failing, graded=True),
    Risk("worse", "Our present schools do worse for it",
         "visits to present schools are cancelled for the newcomers", 3, _worse),
    Risk("short", "The central team is too small for its work", "invoices late; the same people in every meeting", 2,
         _short),
    Risk("missed", "A break point stands unanswered", "the signs in the break-point radar", 2, _missed),
    Risk("few", "Fewer schools join than planned", "schools near by join other trusts, or stop answering", 2, _too_few),
    Risk("refused", "The {commissioner} refuses an application",
         "questions about capacity at the {board}", 1, _event("refuse")),
    Risk("deficit", "A school brings a deficit", "its last accounts; its roll against its places", 2, _deficit),
    Risk("chief", "The CEO leaves", "no leader is ready to step up", 2, _event("chief")),
    Risk("buyin", "Our schools lose faith in the trust", "heads stay away from trust meetings", 2,
         _below("buyin", FAITH, _lowest("buyin", "share", "belief down to"))),
    Risk("steps in", "The {commissioner} steps in at a school", "a letter asking for a plan", 3,
         _event("intervene"), graded=True),
    Risk("lost", "A school leaves us", "a head who asks what the top-slice buys", 2, _lost),
    Risk("alone", "A new school lies on its own", "nobody volunteers to visit it", 1, _alone),
)  # fmt: skip
"""Every risk that the register looks for. Early signs are the sources' words or common sense, not model output."""


def register(options: Sequence[Option]) -> pd.DataFrame:
    """One row per risk that meets at least one future in twenty of some option, the weightiest first; empty for none.

    What inspectors would find comes last where the grades of most of our schools are drawn.

    Columns for a reader, and two that begin with an underscore: `_option` (place) and `_weight`.
    """
    rows = []
    for risk in RISKS:
        met = [risk.find(option, options[0]) for option in options]
        shares = [option.share(m.hit) for option, m in zip(options, met, strict=True)]
        # the register has a row for each risk, told by the option that it belongs to most
        worst = int(np.argmax(shares))
        if shares[worst] < RARE and not (risk.always and shares[worst] > 0.0):
            continue
        others = [s for i, s in enumerate(shares) if i != worst]
        when = met[worst].year
        rows.append(
            {
                "Risk": options[0].tables.said(risk.title) + (_drawn(options[worst]) if risk.graded else ""),
                "Belongs most to": options[worst].name,
                "How often there": in_ten(shares[worst]),
                "Under the others": _range(others),
                "When, if so (middle)": academic(float(when.median())) if len(when) else "",
                "Effect": met[worst].effect,
                "Early sign": options[0].tables.said(risk.sign),
                "_option": worst,
                # what rests on drawn grades comes last and not out: a board may know better how good its schools are
                "_weight": 0.0 if risk.graded and options[0].tables.drawn else risk.grave * shares[worst],
            }
        )
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "_option", "_weight"])
    return frame.sort_values("_weight", ascending=False, kind="stable", ignore_index=True)


COLUMNS = (
    *("Risk", "Belongs most to", "How often there", "Under the others", "When, if so (middle)", "Effect"),
    "Early sign",
)
"""Columns of the register."""


def _drawn(option: Option) -> str:
    """How far a risk that inspectors find rests on grades that no file gives; empty where all are given."""
    lacking, start = option.tables.ungraded, option.tables.start
    if not lacking:
        return ""
    return f" (by luck: no file gives the grade of {lacking} of our {many(start, 'school')})"


def _range(shares: Sequence[float]) -> str:
    """The least and the most of some shares: `none to 9 of 10`."""
    if not shares:
        return "–"
    low, high = in_ten(min(shares)), in_ten(max(shares))
    return low if low == high else f"{low} to {high}"


def main_risk(option: Option, base: Option) -> str:
    """The weightiest risk of one option: gravity times how often, those of growing first where it exceeds the base.

    What inspectors would find is not among them where the grades of most of our schools are drawn.
    """
    best, words = 0.0, "none of the risks looked for comes up in one future of twenty"
    for risk in RISKS:
        if risk.graded and option.tables.drawn:
            continue
        share = option.share(risk.find(option, base).hit)
        more = share - (base.share(risk.find(base, base).hit) if option.place != base.place else 0.0)
        weight = risk.grave * (share + 2.0 * max(more, 0.0))
        if share >= RARE and weight > best:
            title = option.tables.said(risk.title) + (_drawn(option) if risk.graded else "")
            best, words = weight, f"{title} ({in_ten(share)})"
    return words
