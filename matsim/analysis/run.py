"""What one run's tables say, numbers first: sentences and counts for its report and its summary alike.

Each is worked out from the tables; none is written beforehand.
"""

from __future__ import annotations

import pandas as pd

from matsim.events.kinds import STAGES
from matsim.measures import share_in_mats
from matsim.words import offices
from matsim.words.amounts import academic, amount, count, many
from matsim.words.phrases import capital, inner
from matsim.words.titles import POINTS


def growth(system: pd.DataFrame) -> str:
    """The share of schools in trusts of several schools, the number of such trusts, and which of the two grew."""
    first, last, in_mats = system.iloc[0], system.iloc[-1], share_in_mats(system)
    shares = [float(in_mats[place]) for place in (0, -1)]
    mats = [int(row["mats_with_2_or_more"]) for row in (first, last)]
    if len(system) == 1:
        return (
            f"{amount(shares[0], 'share')} of schools were in multi-academy trusts at the end of "
            f"{academic(first['year'])}."
        )
    meaning = {
        (True, True): "both more trusts and more schools in them",
        (True, False): "trusts became larger, not more numerous",
        (False, True): "more trusts shared a sector that did not grow",
        (False, False): "the sector did not grow",
    }[shares[1] > shares[0], mats[1] > mats[0]]
    return (
        f"{amount(shares[1], 'share')} of schools are in multi-academy trusts at the end of {academic(last['year'])}, "
        f"after {amount(shares[0], 'share')} at the end of {academic(first['year'])}; trusts of two or more schools "
        f"went from {count(mats[0])} to {count(mats[1])}: {meaning}."
    )


def money(system: pd.DataFrame) -> str:
    """Back-office cost and reserves at the end."""
    first, last = system.iloc[0], system.iloc[-1]
    costs = [amount(float(row["backoffice_per_pupil_primary"]), "£") for row in (first, last)]
    reserves = [amount(float(row["reserves_share"]), "share") for row in (first, last)]
    if len(system) == 1:
        return (
            f"A primary school's back office costs {costs[0]} per pupil; trusts' reserves are {reserves[0]} of income."
        )
    return (
        f"{costs[1]} per pupil is what a primary school's back office costs at the end, after {costs[0]} at the "
        f"start; trusts hold {reserves[1]} of a year's income in reserve, after {reserves[0]}."
    )


def pressure(events: pd.DataFrame) -> str:
    """Which break point was reached most and least, and how often one stood unanswered."""
    reached = events.loc[events["event"] == "reach", "reason"].astype(str).value_counts()
    if reached.empty:
        return "No trust reached a break point, where its way of working no longer carries its load."
    missed = int((events["event"] == "miss").sum())
    most, least = (
        f"{inner(POINTS.get(str(key), str(key)))} ({count(times)})"
        for key, times in (*reached.head(1).items(), *reached.tail(1).items())
    )
    stood = f"{many(missed, 'time')} one stood unanswered for another year" if missed else "none stood unanswered"
    return (
        f"{many(int(reached.sum()), 'time')} a trust reached a break point, where its way of working no longer "
        f"carries its load, most often over {most}{f' and least often over {least}' if len(reached) > 1 else ''}; "
        f"{stood}."
    )


def gates(events: pd.DataFrame, first: int, last: int) -> str:
    """What was refused in the years from `first` to `last`, and why trusts held back."""
    kinds = events["event"].astype(str).value_counts()
    refused, applications = int(kinds.get("refuse", 0)), int(kinds.get("refuse", 0) + kinds.get("approve", 0))
    reasons = events.loc[events["event"] == "hold", "reason"].astype(str).value_counts()
    said, parts = offices.over(first, last), []
    if applications:
        parts.append(
            f"{count(refused)} of {many(applications, 'application')} to join a trust "
            f"({amount(refused / applications, 'share')}) were refused by {said.commissioners}"
        )
    if len(reasons):
        parts.append(
            f"{many(int(reasons.sum()), 'time')} a trust took on nobody for a year, most often for this reason: "
            f"{reasons.index[0]} ({count(reasons.iloc[0])})"
        )
    return f"{capital('; '.join(parts))}." if parts else f"No trust held back and no {said.commissioner} had to decide."


def break_point_stages(events: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How often each break point, by its key, came to each stage, by the kind of its event."""
    rows = events[events["event"].isin(list(STAGES))]
    pairs = rows.groupby([rows["reason"].astype(str), rows["event"].astype(str)]).size()
    return {key: {stage: int(pairs.get((key, stage), 0)) for stage in STAGES} for key in POINTS}
