"""What a team's pack is made from, and the file that it becomes."""

from __future__ import annotations

from starlette.responses import Response

from matsim.web.classroom import predictions
from matsim.web.classroom.pack import About, pack
from matsim.web.classroom.room import Room
from matsim.web.classroom.rounds import Outcome, world_of
from matsim.web.classroom.session import State
from matsim.web.classroom.workers import value_of


def answers(state: State, team: int, outcome: Outcome) -> list[predictions.Scored]:
    """All predictions of a team for the years played, scored."""
    years = range(state.setup.first, state.setup.first + state.played)
    return [a for y in years for a in predictions.scored(y, state.turn(team, y).predictions, outcome)]


def contests(room: Room, team: int) -> list[tuple[str, float]]:
    """Other teams, and the share of lucks in which this team's decisions were worth more for pupil outcomes."""
    found = room.replays.contests.get("outcome", {})
    return [(room.state.teams[b].name, share) for (a, b), share in found.items() if a == team]


def names(room: Room, outcome: Outcome) -> dict[int, str]:
    """Schools that a team may have named, by URN: those of the first year, and what has come near since."""
    world = world_of(room.base)
    known = dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True))
    return known | {c.urn: c.name for c in outcome.candidates} | {m.urn: m.name for m in outcome.members}


async def download(room: Room, team: int) -> Response:
    """The pack as a file to keep."""
    state = room.state
    played = await room.played(team)
    outcome = played.outcomes[state.trust_of(team)]
    about = About(
        team=state.teams[team].name,
        mode=state.setup.mode,
        seed=state.setup.seed,
        uid=outcome.uid,
        decisions=state.decisions(team),
        answers=tuple(answers(state, team, outcome)),
        lucks=tuple(room.replays.lucks.get(team, ())),
        contests=tuple(contests(room, team)),
        asked=names(room, outcome),
    )
    text = await value_of(room.pool.submit(pack, about, played, urgent=True))
    headers = {"content-disposition": f'attachment; filename="team-{team}.html"'}
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)
