"""Sentences that a run's tables support, numbers first. Each is worked out from the tables; none is written before."""

from __future__ import annotations

import pandas as pd

from matsim.events.kinds import STAGES, Audience, heard_by
from matsim.figures.names import POINTS
from matsim.measures import share_in_mats
from matsim.words.amounts import academic, amount, count, decimals, many
from matsim.words.phrases import capital


def growth(system: pd.DataFrame) -> str:
    """The share of schools in trusts of several schools, and the number of such trusts."""
    first, last, held = system.iloc[0], system.iloc[-1], share_in_mats(system)
    shares = [amount(float(held[place]), "share") for place in (0, -1)]
    mats = [decimals(row["mats_with_2_or_more"]) for row in (first, last)]
    if len(system) == 1:
        return f"{shares[0]} of schools were in multi-academy trusts at the end of {academic(first['year'])}."
    return (
        f"{shares[1]} of schools are in multi-academy trusts at the end of {academic(last['year'])}, after "
        f"{shares[0]} at the end of {academic(first['year'])}; trusts of two or more schools went from {mats[0]} "
        f"to {mats[1]}."
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
    """Which break point was reached most, and how often one stood unanswered."""
    reached = events.loc[events["event"] == "reach", "reason"].astype(str).value_counts()
    if reached.empty:
        return "No trust reached a break point, where its way of working no longer carries its load."
    missed = int((events["event"] == "miss").sum())
    often = POINTS.get(str(reached.index[0]), str(reached.index[0])).lower()
    stood = f"{many(missed, 'time')} one stood unanswered for another year" if missed else "none stood unanswered"
    return (
        f"{many(int(reached.sum()), 'time')} a trust reached a break point, where its way of working no longer "
        f"carries its load, most often over {often} ({count(reached.iloc[0])}); {stood}."
    )


def gates(events: pd.DataFrame) -> str:
    """What commissioners refused, and why trusts held back."""
    kinds = events["event"].astype(str).value_counts()
    refused, asked = int(kinds.get("refuse", 0)), int(kinds.get("refuse", 0) + kinds.get("approve", 0))
    held = events.loc[events["event"] == "hold", "reason"].astype(str).value_counts()
    texts = []
    if asked:
        texts.append(f"{count(refused)} of {many(asked, 'application')} to join a trust were refused by commissioners")
    if len(held):
        texts.append(
            f"{many(int(held.sum()), 'time')} a trust took on nobody for a year, most often for this reason: "
            f"{held.index[0]} ({count(held.iloc[0])})"
        )
    return "; ".join(texts) + "." if texts else ""


def break_points(events: pd.DataFrame) -> pd.DataFrame:
    """How often each break point came to each stage."""
    told = events[events["event"].isin(list(STAGES))]
    pairs = told.groupby([told["reason"].astype(str), told["event"].astype(str)]).size()
    rows = [(name, *(int(pairs.get((key, stage), 0)) for stage in STAGES)) for key, name in POINTS.items()]
    return pd.DataFrame(rows, columns=["Break point", *map(capital, STAGES.values())])


def happened(events: pd.DataFrame) -> pd.DataFrame:
    """How often each kind of event happened."""
    kinds = events["event"].astype(str).value_counts()
    return pd.DataFrame(
        [(capital(kind.count[1]), int(kinds.get(kind.kind, 0))) for kind in heard_by(Audience.REPORT)],
        columns=["What happened", "Times in the whole run"],
    )


LINES: tuple[tuple[str, str, str], ...] = (
    ("schools", "Open schools", "schools"),
    ("maintained", "Schools maintained by a local authority", "schools"),
    ("single_academies", "Academies in single-academy trusts", "schools"),
    ("academies_in_mats", "Academies in multi-academy trusts", "schools"),
    ("mats_with_2_or_more", "Trusts of two or more schools", "trusts"),
    ("share_good_or_better", "Schools judged Good or better", "share"),
    ("backoffice_per_pupil_primary", "Back-office cost per pupil, primary", "£"),
    ("backoffice_per_pupil_secondary", "Back-office cost per pupil, secondary", "£"),
    ("reserves_share", "Trusts' reserves over a year's income", "share"),
    ("clusters", "Led clusters of schools inside trusts", "clusters"),
)


def side_by_side(system: pd.DataFrame) -> pd.DataFrame:
    """The first and the last year beside each other; the one year where there is only one."""
    ends = [system.iloc[0], system.iloc[-1]][-min(len(system), 2) :]
    columns = {academic(row["year"]): [amount(float(row[name]), unit) for name, _, unit in LINES] for row in ends}
    return pd.DataFrame({"What is counted": [label for _, label, _ in LINES], **columns})
