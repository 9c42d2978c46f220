"""The page of a draft's shocks: what strikes, when, how hard and where."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from matsim.core.errors import InputError
from matsim.scenario.decision_forms import SHOCKS
from matsim.web.explorer import shock_forms
from matsim.web.explorer.requests import PAGES, ask, check_fits, chosen, desk_of, go, visitor_of
from matsim.web.fields import one
from matsim.web.security import form
from matsim.web.shocks import in_words
from matsim.world.base import RSC_REGIONS

MOST_OFFERED = 1500
"""Names that a field offers while one types; all are understood."""


async def page(request: Request) -> Response:
    """The shocks of the draft, and a form for one more."""
    return await _show(request)


async def _show(request: Request, problems: tuple[str, ...] = ()) -> Response:
    visitor, desk = visitor_of(request), desk_of(request)
    draft = visitor.draft
    typed = {name: one(form(request), name) for name in form(request)} if problems else {}
    kind = shock_forms.KINDS.get(typed.get("kind") or request.query_params.get("kind", ""))
    known = shock_forms.Places((), {}, {})
    if kind is not None or any(shock.trust or shock.school for shock in draft.scenario.shocks):
        known = await ask(desk, shock_forms.places, draft.scenario, draft.files)
    return PAGES.render(
        request,
        "shocks.html",
        422 if problems else 200,
        visitor=visitor,
        told=[f"{s.year}: {in_words(s, known.trusts, known.schools)}" for s in draft.scenario.shocks],
        kinds=SHOCKS,
        kind=kind,
        infos=shock_forms.INFOS,
        years=shock_forms.years(draft.scenario),
        regions=RSC_REGIONS,
        authorities=known.authorities,
        offered={
            "trust": list(dict.fromkeys(known.trusts.values()))[:MOST_OFFERED],
            "school": list(dict.fromkeys(known.schools.values()))[:MOST_OFFERED],
        },
        problems=problems,
        typed=typed,
    )


async def change(request: Request) -> Response:
    """Add a shock, or take one back."""
    visitor, desk = visitor_of(request), desk_of(request)
    draft = visitor.draft
    try:
        if remove := chosen(request, "remove"):
            place = int(remove) if remove.isascii() and remove.isdigit() and len(remove) < 4 else -1
            draft.scenario = shock_forms.calmed(draft.scenario, place)
        else:
            known = await ask(desk, shock_forms.places, draft.scenario, draft.files)
            changed = shock_forms.struck(draft.scenario, form(request), known)
            await check_fits(desk, changed, draft.files)
            draft.scenario = changed
    except InputError as error:
        return await _show(request, tuple(error.problems))
    return go("/shocks")
