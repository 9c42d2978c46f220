"""What pages are told when something changes: by their streams, or when they ask because they have none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from matsim.web.classroom.room import Room
from matsim.web.classroom.session import State
from matsim.web.classroom.views import projector_stamp, stamp, team_stamp
from matsim.web.sse import Hub


def told(room: Room, topic: str) -> dict[str, Any]:
    """Of the "console", the "projector" or a "team-3": the room's version, the page's stamp and phase.

    `mark` differs when the page has anything new to show; of a team's page, only where that concerns the team.
    """
    state, replays = room.state, room.replays
    more: list[Any] = [room.version]
    own = stamp(state)
    if topic == "projector":
        own = projector_stamp(state, bool(replays.lucks))
    elif topic != "console":
        team = int(topic.removeprefix("team-"))
        own = team_stamp(state, team)
        answer = room.answers.get(team)
        more = [state.timer, replays.progress, bool(replays.lucks), answer.asked if answer else ""]
    mark = hashlib.sha256(json.dumps([own, *more]).encode()).hexdigest()[:16]
    return {"version": room.version, "stamp": own, "phase": stamp(state), "mark": mark}


def teller(room: Room, hub: Hub) -> Callable[[State], None]:
    """What a room calls after every change: it tells the pages that have something new to show."""
    marks: dict[str, str] = {}

    def tell(state: State) -> None:
        for topic in ("console", "projector", *(f"team-{number}" for number in state.teams)):
            news = told(room, topic)
            if marks.get(topic) != news["mark"]:
                marks[topic] = news["mark"]
                hub.publish(topic, "changed", news)

    return tell
