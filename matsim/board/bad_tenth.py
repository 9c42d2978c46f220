"""The bad tenth: one future, hard whatever the trust does, told from its events under every option."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matsim.board.tables import BOARD_TABLES
from matsim.events.kinds import EVENTS, Audience, heard_by
from matsim.scenario.schema import Scenario
from matsim.simulation.explain import Names, one
from matsim.world.codes import GRADES

TENTH = 0.1
LONGEST = 14
"""Sentences of a story."""

BELOW_GOOD = GRADES.index("Requires improvement")

JUDGED_BY = ("outcome_first", "reserves_share", "capacity")
"""What futures are put in order by: their ranks on these three, in the last year, count alike."""

OF_TRUST = ("reserves_share", "capacity")
"""Those of JUDGED_BY that are the trust's own: where it has ended it has none, and stands last."""


def tenth(years: pd.DataFrame) -> int:
    """The future that nine in ten beat, all options taken together. `years` is the table `option_year`.

    The options are compared on the same luck, so one future is told for all. Each option ranks the futures by
    JUDGED_BY; the mean of a future's ranks puts it in its place.
    """
    last = years[years["year"] == years["year"].max()]
    judged = last.assign(**{name: last[name].where(last["itself"]) for name in OF_TRUST})
    ranks = judged.groupby("option")[list(JUDGED_BY)].rank(na_option="top").mean(axis=1)
    order = ranks.groupby(last["future"]).mean().sort_values(kind="stable")
    return int(order.index[int(TENTH * (len(order) - 1))])


def stories(events: pd.DataFrame, future: int, scenarios: Sequence[Scenario], names: Names, uid: int) -> pd.DataFrame:
    """The table `story` of one future. `events` has option, future and the columns of `events`, inputs included."""
    rows: list[dict[str, Any]] = []
    names = Names(names.schools, {**names.trusts, uid: "the trust"})
    for option, scenario in enumerate(scenarios):
        lived = events[(events["option"] == option) & (events["future"] == future)]
        sentences = list(_sentences(lived, scenario, names, uid))
        rows += [
            {"option": option, "future": future, "place": i, "year": year, "sentence": sentence}
            for i, (year, sentence) in enumerate(sentences)
        ]
    return pd.DataFrame(rows, columns=BOARD_TABLES["story"].names).astype(
        {"option": "int64", "future": "int64", "place": "int64", "year": "int64"}
    )


def _sentences(lived: pd.DataFrame, scenario: Scenario, names: Names, uid: int) -> Iterator[tuple[int, str]]:
    """The sentences of one future, in the order in which things happened."""
    about = lived[(lived["trust"] == uid) | (lived["other"] == uid)]
    about = about[about["event"].isin([kind.kind for kind in heard_by(Audience.BOARD)])]
    about = about[~_again(about, uid)]
    about = about[np.array([_worth(row) for _, row in about.iterrows()], bool)]
    again = about["event"].isin(("miss", "thwart", "refuse", "decline"))
    about = about[~again | ~about.duplicated(["event", "reason"])]
    if len(about) > LONGEST:
        weight = about["event"].map({kind: event.rank for kind, event in EVENTS.items()}).to_numpy()
        about = about.iloc[np.sort(np.argsort(weight, kind="stable")[:LONGEST])]
    for _, row in about.iterrows():
        yield int(row["year"]), _sentence(row, scenario, names)


def _sentence(row: pd.Series, scenario: Scenario, names: Names) -> str:
    """One event. Without its rule it is told without the reckoning behind it."""
    if row["event"] == "thwart" and row["school"] >= 0:
        return (
            f"{row['month']} {int(row['year']) + 1}: {names.school(int(row['school']))} did not join: {row['reason']}."
        )
    plain = row.copy()
    plain["rule"] = ""
    return one(plain, scenario, names).sentence


def _again(about: pd.DataFrame, uid: int) -> pd.Series:
    """Proposals of a merger to a trust that has merged with this one already: a scenario goes on making them."""
    merged = set(about.loc[(about["event"] == "merge") & (about["other"] == uid), "trust"])
    return (about["event"] == "thwart") & about["other"].isin(merged)


def _worth(row: pd.Series) -> bool:
    """Whether an event is told: of inspections only those that found a school below Good and worse than before."""
    if row["event"] == "thwart":
        return bool(row["reason"] != "it is in the trust already")
    if row["event"] != "inspect":
        return True
    inputs = json.loads(row["inputs"]) if row["inputs"] else {}
    return bool(inputs.get("after", 0) >= BELOW_GOOD and inputs["after"] > inputs.get("before", 0))
