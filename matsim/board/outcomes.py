"""What became of the trust in all futures: its fates, the hard one told as a story, and the answers it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from matsim.board.tables import BOARD_TABLES
from matsim.events.kinds import EVENTS, Audience, heard_by
from matsim.mechanisms.directed.decisions import Decision
from matsim.results.numbers import named
from matsim.scenario.schema import Scenario
from matsim.simulation.explain import Names, one, rule_of
from matsim.words.amounts import decimals, percent, significant
from matsim.words.phrases import listed
from matsim.world.codes import GRADES

STANDS, TAKEN_IN, REBROKERED, MOVED, CLOSED = "stands", "taken in", "re-brokered", "moved", "closed"
OURS, THEIRS, OTHER, NONE = "ours", "theirs", "other", "none"

_ENDS = {"merged": TAKEN_IN, "its last school moved": MOVED, "its last school closed": CLOSED}
"""Why a trust closes (`matsim.state.moves`), and what that is to its board."""


def fates(
    events: pd.DataFrame, decisions: Sequence[Sequence[Decision]], futures: int, names: Names, uid: int
) -> pd.DataFrame:
    """The table `fates`. `events` has option, future and the columns of the table `events`; `decisions` by option."""
    ends = events[(events["event"] == "close") & (events["trust"] == uid) & (events["school"] < 0)]
    end = {(int(e["option"]), int(e["future"])): e for _, e in ends.iterrows()}
    merges = events[(events["event"] == "merge") & ((events["trust"] == uid) | (events["other"] == uid))]
    united = dict(iter(merges.groupby(["option", "future"])))
    rows = []
    for option, chosen in enumerate(decisions):
        partners = {d.merge_with for d in chosen if d.merge_with is not None}
        for future in range(1, futures + 1):
            key = (option, future)
            mergers = united.get(key, merges.iloc[:0])
            closed = end.get(key)
            fate, year, into = STANDS, -1, ""
            if closed is not None:
                fate, year = _ENDS[str(closed["reason"])], int(closed["year"])
                fate, into = _into(events, key, fate, mergers, names, uid)
            rows.append((option, future, fate, year, into, _merger(mergers, partners, uid) if partners else ""))
    return pd.DataFrame(rows, columns=BOARD_TABLES["fates"].names)


def _into(
    events: pd.DataFrame, key: tuple[int, int], fate: str, merges: pd.DataFrame, names: Names, uid: int
) -> tuple[str, str]:
    """How it ended, and who has its schools then. Its last school says whether they were moved or chose to go."""
    if fate == TAKEN_IN:
        return fate, names.trust(int(merges.loc[merges["trust"] == uid, "other"].iloc[-1]))
    if fate == CLOSED:
        return fate, ""
    here = (events["option"] == key[0]) & (events["future"] == key[1])
    moved = events[here & (events["event"] == "transfer") & (events["other"] == uid)]
    forced = moved["reason"].iloc[-1] == "intervention"
    return REBROKERED if forced else fate, listed(dict.fromkeys(names.trust(int(t)) for t in moved["trust"]))


def _merger(merges: pd.DataFrame, partners: set[int], uid: int) -> str:
    """Which way a merger that was proposed went, if any did."""
    if ((merges["other"] == uid) & merges["trust"].isin(partners)).any():
        return OURS
    into = merges.loc[merges["trust"] == uid, "other"]
    if into.empty:
        return NONE
    return THEIRS if into.isin(partners).any() else OTHER


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
    # an actual future and no mean of two, since it is told as a story
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
    # these come every year until something changes: told once for each reason
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
    inputs = named(row["inputs"])
    return bool(inputs.get("after", 0) >= BELOW_GOOD and inputs["after"] > inputs.get("before", 0))


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
    came_to_nothing = approaches[kind == "thwart"]
    by_choice = pd.concat([stays, approaches[(kind == "decline") & (rule == "choice")]])
    went = approaches[(kind == "thwart") & reason.isin(_SCHOOLS_WILL)]
    return {
        "school": (_chosen(approaches, school), pd.concat([by_choice, went])),
        "trust": (approaches[kind == "bid"], approaches[(kind == "decline") & (rule == "bidding")]),
        "commissioner": (approaches[kind == "approve"], approaches[kind == "refuse"]),
        "all": (joined, came_to_nothing),
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
        # whoever was approached and did not join has said no, whether or not an event says so
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
    weighed = against[against["event"].isin(("stay", "decline", "refuse")) & against["margin"].notna()]
    weighed = weighed[[bool(named(inputs)) for inputs in weighed["inputs"]]]
    if weighed.empty:
        return ""
    # a refusal as close as most: the narrowest would promise too much, the widest too little
    order = weighed.sort_values(["margin", "future", "year"], kind="stable")
    event = order.iloc[(len(order) - 1) // 2]
    rule = rule_of(event, scenario)
    if rule is None:
        return ""
    inputs = named(event["inputs"])
    within = replace(
        rule, terms=tuple(replace(t, changeable=t.changeable and t.name not in BEYOND) for t in rule.terms)
    )
    # first among what somebody there could change, then among everything
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
    several = "no single one; several together: " if len(changes) > 1 else ""
    return several + "; ".join(changes) + beyond


def _in_words(name: str, value: float) -> str:
    """An input as people say it: parts of income in percent, scores with two places."""
    return f"{percent(value, 1)} of its income" if name in OF_INCOME else decimals(value, 2)
