"""What every page of the explorer needs of a request: the desk, the visitor, a variant, a reader's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

from matsim.core.errors import InputError, MatsimError
from matsim.scenario.find import named
from matsim.scenario.load import load_scenario
from matsim.scenario.schema import Scenario
from matsim.simulation.simulate import Files
from matsim.web.explorer import work
from matsim.web.explorer.desk import Desk, Draft, Variant, Visitor
from matsim.web.pages import Templates
from matsim.web.security import form

PAGES = Templates("matsim.web.explorer")


def desk_of(request: Request) -> Desk:
    """The desk of this server."""
    found: Desk = request.app.state.desk
    return found


def visitor_of(request: Request) -> Visitor:
    """Who asks; a browser not seen before begins with the scenario that the server was started with."""
    desk = desk_of(request)
    browser = request.state.browser
    return desk.visitor(browser) or desk.begin(browser, draft_of(desk, request.app.state.first))


def draft_of(desk: Desk, name: str) -> Draft:
    """A draft that begins with a named scenario. InputError when there is none of that name."""
    scenario = load_scenario(name)
    return Draft(name, scenario, scenario, desk.files)


def known_scenario(name: str, first: str) -> str:
    """A name from a form, when it is one of the scenarios on offer. HTTPException 422 otherwise."""
    if name not in named() and name != first:
        raise HTTPException(422, "There is no scenario of that name.")
    return name


def variant_of(request: Request) -> Variant:
    """The variant that an address names. HTTPException 404 when this browser has none of that number."""
    visitor = desk_of(request).visitor(request.state.browser)
    found = visitor.variants.get(request.path_params["number"]) if visitor else None
    if found is None:
        raise HTTPException(404, "There is no such variant here. It may have been deleted, or be another browser's.")
    return found


def done_variant(request: Request) -> Variant:
    """The same, once it has a result."""
    variant = variant_of(request)
    if variant.outcome is None:
        raise HTTPException(409, "This variant has no result yet.")
    return variant


def uid_of(request: Request) -> int:
    """The trust that an address names. HTTPException 404 for a number that no trust can have."""
    uid: int = request.path_params["uid"]
    if not 0 < uid < 10**10:
        raise HTTPException(404)
    return uid


async def ask(desk: Desk, function: Callable[..., Any], *arguments: Any) -> Any:
    """An answer from the worker that reads. Raises as the function does; HTTPException 503 when it fails."""
    job = desk.readers.submit(function, *arguments)
    try:
        return await asyncio.wrap_future(job.future)
    except (CancelledError, asyncio.CancelledError):
        job.cancel()
        raise
    except InputError:
        raise
    except MatsimError as error:
        raise HTTPException(503, str(error)) from error


async def check_fits(desk: Desk, scenario: Scenario, files: Files | None) -> None:
    """Raise InputError when the first year cannot be made, or has not what the settings name."""
    if found := await ask(desk, work.fits, scenario, files):
        raise InputError("settings", found)


def chosen(request: Request, name: str) -> str:
    """The value of a button or field, empty when missing."""
    return next(iter(form(request).get(name, [])), "")


def go(address: str) -> RedirectResponse:
    """On to another page after a form."""
    return RedirectResponse(address, 303)
