"""What candidates, the trust's own due diligence and the commissioner said, over all futures of an option."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from matsim.board.tables import BOARD_TABLES
from matsim.scenario.schema import Scenario
from matsim.simulation.explain import rule_of
from matsim.words.amounts import decimals, percent, significant

_SCHOOLS_WILL = (
    "the school does not want to look for a trust",
    "the school would rather wait",
    "the school applied to another trust",
    "it became an academy in another trust",
)
"""Why an approach came to nothing, where it was the school's doing (`matsim.mechanisms.directed.outcomes`)."""

BEYOND = frozenset(("push", "inevitability", "retrenchment", "priority"))
"""Inputs of the model's rules that neither a school nor a trust can change: policy, neighbours, the authority."""

OF_INCOME = frozenset(("overhang", "money"))
"""Inputs that are shares of a school's income."""

WHO = ("school", "trust", "commissioner", "all")


def answers(events: pd.DataFrame, scenarios: Sequence[Scenario], uid: int, watch: Sequence[int]) -> Any:
    """The table `answers`. `events` has option, future and the columns of the table `events`, inputs included."""
    rows: list[dict[str, Any]] = []
    for option, scenario in enumerate(scenarios):
        mine = events[events["option"] == option]
        for school in watch:
            approaches = mine[(mine["school"] == school) & (mine["trust"] == uid)]
            approached = set(approaches.loc[approaches["event"].isin(("direct", "bid")), "future"])
            if approached:
                replies = _replies(approaches, mine[mine["school"] == school])
                rows += [{"option": option, "school": school, **row} for row in _rows(replies, approached, scenario)]
    spec = BOARD_TABLES["answers"]
    return pd.DataFrame(rows, columns=spec.names).astype({c.name: c.dtype for c in spec.columns if c.dtype == "int64"})


def _replies(approaches: pd.DataFrame, school: pd.DataFrame) -> Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """For each who answers: the events that are a yes, and those that are a no.

    `approaches` are the events of the trust and the school, `school` all of the school's.
    """
    kind, rule, reason = approaches["event"], approaches["rule"], approaches["reason"]
    stays = school[(school["event"] == "stay") & (school["rule"] == "asked")]
    joined = approaches[kind.isin(("join", "transfer"))]
    thwarted = approaches[kind == "thwart"]
    by_choice = pd.concat([stays, approaches[(kind == "decline") & (rule == "choice")]])
    went = approaches[(kind == "thwart") & reason.isin(_SCHOOLS_WILL)]
    return {
        "school": (_chosen(approaches, school), pd.concat([by_choice, went])),
        "trust": (approaches[kind == "bid"], approaches[(kind == "decline") & (rule == "bidding")]),
        "commissioner": (approaches[kind == "approve"], approaches[kind == "refuse"]),
        "all": (joined, thwarted),
    }


def _chosen(approaches: pd.DataFrame, school: pd.DataFrame) -> pd.DataFrame:
    """Applications to the trust, and joinings of it, that the school chose: not those that came of an order, or of a
    commissioner's stepping in, at that school.
    """
    ordered = school[school["event"].isin(("order", "intervene"))].groupby("future")["year"].min()
    free = approaches["year"] < approaches["future"].map(ordered).fillna(np.inf)
    forced = approaches["reason"].isin(("ordered", "intervention"))
    return approaches[approaches["event"].isin(("approve", "refuse", "join", "transfer")) & free & ~forced]


def _rows(
    replies: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]], approached: set[int], scenario: Scenario
) -> list[dict[str, Any]]:
    rows = []
    for who, (yes, no) in replies.items():
        ready = set(yes["future"])
        refused = (approached | set(no["future"])) - ready if who == "all" else set(no["future"]) - ready
        against = no[no["future"].isin(refused)]
        rows.append(
            {"who": who, "yes": len(ready), "no": len(refused), "why": _why(who, against),
             "change": "" if who == "all" else _change(against, scenario)}
        )  # fmt: skip
    return rows


def _why(who: str, against: pd.DataFrame) -> str:
    """The commonest reason, in how many of the futures; empty where nothing stood in the way."""
    if against.empty or who == "commissioner":
        return ""
    explained = against[against["event"].isin(("thwart", "decline"))]
    explained = explained[explained["reason"] != "it is in the trust already"]
    futures = explained.groupby("reason", observed=True)["future"].nunique().sort_values(ascending=False, kind="stable")
    return str(futures.index[0]) if len(futures) else ""


def _change(against: pd.DataFrame, scenario: Scenario) -> str:
    """The smallest change that would have turned the middle one of the refusals; empty where no rule decided."""
    weighed = against[against["inputs"].astype(bool) & against["margin"].notna()]
    weighed = weighed[weighed["event"].isin(("stay", "decline", "refuse"))]
    if weighed.empty:
        return ""
    order = weighed.sort_values(["margin", "future", "year"], kind="stable")
    event = order.iloc[(len(order) - 1) // 2]
    rule = rule_of(event, scenario)
    if rule is None:
        return ""
    inputs: dict[str, float] = json.loads(event["inputs"])
    within = replace(
        rule, terms=tuple(replace(t, changeable=t.changeable and t.name not in BEYOND) for t in rule.terms)
    )
    flip = within.flip(inputs) or rule.flip(inputs)
    if flip is None:
        return "nothing that anyone could change"
    beyond = "" if all(c.name not in BEYOND for c in flip) else ", which neither the school nor the trust can change"
    ranges = {t.name: f" (from {significant(t.low, 6)} to {significant(t.high, 6)})" for t in rule.terms}
    ranges |= {gate.name: "" for gate in rule.gates}
    changes = [
        f"{c.words}: {_in_words(c.name, c.after)} instead of {_in_words(c.name, c.before)}{ranges.get(c.name, '')}"
        for c in flip
    ]
    together = "no single one; several together: " if len(changes) > 1 else ""
    return together + "; ".join(changes) + beyond


def _in_words(name: str, value: float) -> str:
    """An input as people say it: parts of income in percent, scores with two places."""
    return f"{percent(value, 1)} of its income" if name in OF_INCOME else decimals(value, 2)
