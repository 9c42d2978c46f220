"""The first page: join with the room's code, a name and a colour; or come back with a team's code."""

from __future__ import annotations

from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from matsim.core.errors import InputError
from matsim.web.classroom.identity import browser_of, is_host, room_of, team_of, team_only
from matsim.web.classroom.names import misfit
from matsim.web.classroom.session import COLOURS
from matsim.web.pages import Templates
from matsim.web.security import field_of, form

templates = Templates("matsim.web.classroom")


async def home(request: Request) -> Response:
    """The way in; who is in already is shown to their place."""
    if request.app.state.room is None:
        return templates.render(request, "deleted.html", others=request.app.state.others)
    room = room_of(request)
    if team_of(request) is not None:
        return RedirectResponse("/team", 303)
    if is_host(request):
        return RedirectResponse("/console", 303)
    return _page(request, request.query_params.get("code", "")[:4], room.state.phase)


def _page(request: Request, code: str, phase: str, problems: list[str] | None = None, status: int = 200) -> Response:
    room = room_of(request)
    taken = {t.colour for t in room.state.teams.values()}
    return templates.render(
        request,
        "join.html",
        status,
        code=code,
        wrong=problems or [],
        colours=list(enumerate(COLOURS)),
        free=next((i for i in range(len(COLOURS)) if i not in taken), 0),
        **dict.fromkeys(("version", "stamp", "phase", "news"), ""),
    )


async def join(request: Request) -> Response:
    """A new team, on this browser."""
    room = room_of(request)
    if team_of(request) is not None:
        return RedirectResponse("/team", 303)
    given = field_of(request, "code", 20).upper()
    problems = []
    if not await request.app.state.door.opens(request, given, room.keys["code"]):
        problems.append("That is not the room’s code: look at the projector.")
    name = " ".join(next(iter(form(request).get("name", ())), "").split())
    if wrong := misfit(name):
        problems.append(wrong)
    colour = field_of(request, "colour", 4)
    if not (colour.isascii() and colour.isdigit() and int(colour) < len(COLOURS)):
        problems.append("Choose a colour of the list.")
    if not problems:
        try:
            room.join(name, int(colour), browser_of(request))
        except InputError as error:
            problems = error.problems
    if problems:
        return _page(request, given[:4], room.state.phase, problems, 422)
    return RedirectResponse("/team", 303)


async def rejoin(request: Request) -> Response:
    """Come back to a team, on whatever device, with the team's own code."""
    room = room_of(request)
    given = field_of(request, "team_code", 20).upper()
    people = [t for t in room.state.teams.values() if not t.bot]
    found = next((t for t in people if compare_digest(given.encode(), t.code.encode())), None)
    if not await request.app.state.door.opens(request, given, found.code if found else ""):
        return _page(request, "", room.state.phase, ["No team has that code. Ask your facilitator for it."], 422)
    assert found is not None
    room.do("device", team=found.id, browser=browser_of(request))
    return RedirectResponse("/team", 303)


async def leave(request: Request) -> Response:
    """Forget which team this browser is in."""
    room, _ = team_only(request)
    room.do("leave", browser=browser_of(request))
    return RedirectResponse("/", 303)
