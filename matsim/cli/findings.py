"""Three sentences that a run's tables support. Each is worked out from the tables; none is written beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matsim.words.amounts import academic, amount, count, many

if TYPE_CHECKING:
    import pandas as pd


def break_point_names() -> dict[str, str]:
    """What each break point is called in a sentence, by its key."""
    from matsim.mechanisms.ladders import LADDERS

    return {ladder.key: ladder.name[0].lower() + ladder.name[1:] for ladder in LADDERS}


def findings(system: pd.DataFrame, events: pd.DataFrame) -> list[str]:
    """What became of trusts' number and size, of break points, and what held growth back."""
    return [_growth(system), _pressure(events), _brakes(events)]


def _growth(system: pd.DataFrame) -> str:
    """The share of schools in MATs and the number of MATs, and which of the two grew more."""
    from matsim.measures import share_in_mats

    first, last, in_mats = system.iloc[0], system.iloc[-1], share_in_mats(system)
    shares = [float(in_mats[0]), float(in_mats[-1])]
    mats = [int(row["mats_with_2_or_more"]) for row in (first, last)]
    if len(system) == 1:
        return f"At the end of {academic(int(first['year']))}, {amount(shares[0], 'share')} of schools were in MATs."
    text = (
        f"From {academic(int(first['year']))} to {academic(int(last['year']))} schools in MATs went from "
        f"{amount(shares[0], 'share')} to {amount(shares[1], 'share')} of all, and MATs of two or more from "
        f"{mats[0]:,} to {mats[1]:,}: "
    )
    more_inside, more_trusts = shares[1] > shares[0], mats[1] > mats[0]
    meaning = {
        (True, True): "both more trusts and more schools in them",
        (True, False): "trusts became larger, not more numerous",
        (False, True): "more trusts shared a sector that did not grow",
        (False, False): "the sector did not grow",
    }
    return text + meaning[more_inside, more_trusts] + "."


def _pressure(events: pd.DataFrame) -> str:
    """Which break point was reached most and least, and how often one stood unanswered."""
    reached = events.loc[events["event"] == "reach", "reason"].astype(str).value_counts()
    missed = int((events["event"] == "miss").sum())
    if not len(reached):
        return "No trust reached a break point."
    names = break_point_names()
    often, seldom = str(reached.index[0]), str(reached.index[-1])
    text = (
        f"Trusts reached a break point {many(int(reached.sum()), 'time')}, most often over "
        f"{names[often]} ({count(reached.iloc[0])})"
    )
    if often != seldom:
        text += f" and least often over {names[seldom]} ({count(reached.iloc[-1])})"
    unanswered = f"{many(missed, 'time')} one stood another year unanswered" if missed else "none stood unanswered"
    return f"{text}; {unanswered}."


def _brakes(events: pd.DataFrame) -> str:
    """Why trusts held back, set against how seldom or often commissioners refused."""
    reasons = events.loc[events["event"] == "hold", "reason"].astype(str).value_counts()
    settled = events["event"].value_counts()
    refused, approved = int(settled.get("refuse", 0)), int(settled.get("approve", 0))
    texts = []
    if len(reasons):
        texts.append(
            f"Trusts decided {many(int(reasons.sum()), 'time')} to take on nobody for a year, most often for this "
            f"reason: {reasons.index[0]} ({count(reasons.iloc[0])})"
        )
    if refused + approved:
        share = amount(refused / (refused + approved), "share")
        texts.append(f"commissioners refused {refused:,} of {many(refused + approved, 'application')} ({share})")
    joined = "; ".join(texts)
    return f"{joined[:1].upper()}{joined[1:]}." if texts else "No trust held back and no commissioner had to decide."
