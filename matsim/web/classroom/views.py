"""What pages show of a session, as plain values for templates, and what they are told when something changes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matsim.web.classroom.debrief import MEASURED, Luck
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Outcome
from matsim.web.classroom.session import COLOURS, State, Team
from matsim.web.sse import Hub
from matsim.words.amounts import LEAST, academic, amount, change


@dataclass(frozen=True)
class Tile:
    """A number with its name, and how it changed since the year before (or the beginning)."""

    title: str
    value: str
    change: str
    better: bool | None = None


_TILES = (
    # column, title, unit, whether more is better
    ("schools", "Schools", "schools", None),
    ("pupils", "Pupils", "pupils", None),
    ("mean_outcome", "Pupil outcomes (0 is average)", "sd", True),
    ("capacity", "Central team: supply over need", "share", True),
    ("reserves_share", "Reserves, of income", "share", True),
    ("central_charge", "Top-slice", "share", None),
    ("buyin", "Schools’ belief in the trust", "share", True),
    ("coherence", "Coherence (0.6 is usual)", "ratio", True),
    ("weak_schools", "Schools below Good", "schools", False),
)


def tiles(outcome: Outcome) -> list[Tile]:
    """Where a trust stands, and what changed in its last year."""
    before = outcome.rows[-2] if len(outcome.rows) > 1 else outcome.opening
    shown = []
    for column, title, unit, more in _TILES:
        now, then = float(outcome.now[column]), float(before[column])
        difference = change(now - then, unit) if outcome.rows and abs(now - then) > LEAST else ""
        better = (now > then) == more if more is not None and difference else None
        shown.append(Tile(title, amount(now, unit), difference, better))
    return shown


def stamp(state: State, *more: Any) -> str:
    """A short digest of what a page hangs on: when it differs, the page is another one."""
    parts = [state.phase, state.played, state.locked, sorted(state.shown), *more]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:16]


def team_stamp(state: State, team: int) -> str:
    """The stamp of a team's page: also what its other devices have said."""
    turn = state.turn(team, state.year)
    return stamp(state, dict(turn.choices), dict(turn.predictions), turn.done)


def projector_stamp(state: State, replayed: bool) -> str:
    """The stamp of the projector's page, which does not come again for a lock."""
    # nothing of a lock is shown there
    return stamp(replace(state, locked=False), replayed)


def left(state: State) -> int:
    """Milliseconds left on the timer; −1 without one."""
    return max(round((state.timer - time.time()) * 1000), 0) if state.timer else -1


def spoken(state: State) -> str:
    """How things are, in the sentence that a screen reader says when they have changed."""
    if state.phase == "lobby":
        return "The session has not begun."
    played = f"{academic(state.year - 1)} has been played. " if state.played else ""
    if state.phase == "over":
        return "The session is over: the debrief is open."
    if "results" not in state.shown:
        return f"{played}The results are kept back for now."
    if state.finished:
        return f"{played}It was the last year."
    if state.locked:
        return f"Decisions for {academic(state.year)} are locked."
    return f"{played}Deciding for {academic(state.year)}."


def frame(state: State, version: int, page_stamp: str, place: str = "") -> dict[str, Any]:
    """What every page has of its session, and hears of changes by. `place` is where its stream is, before `/events`.

    Taken before anything is waited for: so what changes meanwhile is news to the page.
    """
    return {
        "state": state,
        "stamp": page_stamp,
        "phase": stamp(state),
        "version": version,
        "left": left(state),
        "news": spoken(state),
        "place": place,
    }


@dataclass(frozen=True)
class Seat:
    """A team as lists show it."""

    team: Team
    colour: str
    done: bool
    here: int
    """Devices that have joined."""


def seats(state: State) -> list[Seat]:
    """Every team with who is in and who has decided."""
    devices = list(state.devices.values())
    return [
        Seat(t, COLOURS[t.colour], state.turn(t.id, state.year).done, devices.count(t.id)) for t in state.teams.values()
    ]


@dataclass(frozen=True)
class Place:
    """A row of the league: where a team stands on every measure, as text."""

    team: Team
    values: tuple[str, ...]


def league(state: State, outcomes: Mapping[int, Outcome]) -> list[Place]:
    """Teams by pupil outcomes, the best first. There is no total: a trust has no single aim."""
    # a trust that has lost its last mainstream school has none, and comes last
    order = sorted(outcomes, key=lambda t: -float(np.nan_to_num(outcomes[t].now["mean_outcome"], nan=-np.inf)))
    return [Place(state.teams[t], tuple(m.text(m.value(outcomes[t].now)) for m in MEASURED)) for t in order]


def lucks_of(state: State, lucks: Mapping[int, Sequence[Luck]]) -> list[tuple[str, int, Luck]]:
    """Every team's luck with pupil outcomes as figures want it: name, colour, luck; those worth most first."""
    rows = [
        (state.teams[t].name, state.teams[t].colour, luck)
        for t, team_lucks in lucks.items()
        for luck in team_lucks
        if luck.measure.key == "outcome"
    ]
    return sorted(rows, key=lambda row: -row[2].worth)


def coloured(state: State, outcomes: Mapping[int, Outcome]) -> Sequence[tuple[str, int, Outcome]]:
    """Teams as figures want them."""
    return [(state.teams[t].name, state.teams[t].colour, outcomes[t]) for t in sorted(outcomes)]


def news(room: Room, topic: str) -> dict[str, Any]:
    """Of the "console", the "projector" or a "team-3": the room's version, the page's stamp and phase.

    `mark` differs when the page has anything new to show; of a team's page, only where that concerns the team.
    """
    state, replays = room.state, room.replays
    more: list[Any] = [room.version]
    page_stamp = stamp(state)
    if topic == "projector":
        page_stamp = projector_stamp(state, bool(replays.lucks))
    elif topic != "console":
        team = int(topic.removeprefix("team-"))
        page_stamp = team_stamp(state, team)
        answer = room.answers.get(team)
        more = [state.timer, replays.progress, bool(replays.lucks), answer.question if answer else ""]
    mark = hashlib.sha256(json.dumps([page_stamp, *more]).encode()).hexdigest()[:16]
    return {"version": room.version, "stamp": page_stamp, "phase": stamp(state), "mark": mark}


def teller(room: Room, hub: Hub) -> Callable[[State], None]:
    """What a room calls after every change: it tells the pages that have something new to show."""
    marks: dict[str, str] = {}

    def tell(state: State) -> None:
        for topic in ("console", "projector", *(f"team-{number}" for number in state.teams)):
            latest = news(room, topic)
            if marks.get(topic) != latest["mark"]:
                marks[topic] = latest["mark"]
                hub.publish(topic, "changed", latest)

    return tell
