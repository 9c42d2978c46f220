"""What became of the trust in every future: whether it stands, and if not, who has its schools; and of its mergers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from matsim.board.tables import BOARD_TABLES
from matsim.mechanisms.directed.decisions import Decision
from matsim.simulation.explain import Names
from matsim.words.phrases import listed

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
