"""Pages before a run: choosing a world and a scenario, changing settings, deciding for a trust, dating shocks."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from matsim.core.errors import InputError
from matsim.core.find import named_files
from matsim.core.reading import whole
from matsim.core.toml import place_of
from matsim.scenario.decision_forms import SHOCKS, options
from matsim.scenario.load import load_scenario
from matsim.scenario.schema import Scenario
from matsim.scenario.show import Difference
from matsim.web.explorer import decision_forms, worker
from matsim.web.explorer import settings as setting_forms
from matsim.web.explorer.desk import (
    MOST_VARIANTS,
    PAGES,
    Draft,
    Visitor,
    ask,
    check_fits,
    desk_of,
    draft_of,
    go,
    known_scenario,
    uid_of,
    visitor_of,
)
from matsim.web.forms import field_of, form, in_words, one
from matsim.words.offices import dated
from matsim.words.phrases import capital
from matsim.words.titles import heading

MOST_TRUSTS = 200
"""Trusts that a list shows at once; searching finds the others."""


async def home(request: Request) -> Response:
    """Choose a world and a scenario."""
    desk = desk_of(request)
    visitor = desk.visitor(request.state.browser)
    first = request.app.state.first
    rows = []
    for name, path in named_files().items():
        try:
            scenario = load_scenario(path)
        except InputError as error:
            rows.append((name, name, f"cannot be used: {error.problems[0]}", False))
            continue
        rows.append((name, heading(scenario.title or name, scenario.world.start), scenario.question, True))
    if first not in named_files():
        scenario = load_scenario(first)
        rows.insert(
            0, (first, heading(scenario.title or Path(first).stem, scenario.world.start), scenario.question, True)
        )
    files = desk.files
    return PAGES.render(
        request,
        "home.html",
        scenarios=rows,
        first=visitor.draft.name if visitor else first,
        files=[path.name for path in files.inputs.values()] if files else [],
        visitor=visitor,
    )


async def start(request: Request) -> Response:
    """Begin a draft with a scenario, or go on with the one that began with it."""
    desk = desk_of(request)
    name = known_scenario(field_of(request, "scenario"), request.app.state.first)
    draft = draft_of(desk, name, made_up=field_of(request, "world") == "made-up")
    visitor = desk.visitor(request.state.browser)
    if visitor is None or (visitor.draft.base, visitor.draft.files) != (draft.base, draft.files):
        if visitor and (question := discarding(request, visitor)):
            return question
        desk.begin(request.state.browser, draft)
    return go("/trusts" if field_of(request, "then") == "trust" else "/settings")


def discarding(request: Request, visitor: Visitor) -> Response | None:
    """The page that asks before changes go that no variant has; None where none would, or after a yes to just that."""
    lines = visitor.unsaved()
    mark = hashlib.sha256(repr(lines).encode()).hexdigest()[:16]
    if not lines or field_of(request, "discard") == mark:
        return None
    fields = {name: values[0] for name, values in form(request).items() if name not in ("csrf", "discard")}
    return PAGES.render(request, "discard.html", visitor=visitor, lines=lines, fields={**fields, "discard": mark})


async def settings(request: Request) -> Response:
    """Every control of the draft."""
    return _settings(request, visitor_of(request))


def _settings(
    request: Request, visitor: Visitor, problems: tuple[str, ...] = (), scenario: Scenario | None = None
) -> Response:
    draft = visitor.draft
    real = draft.files is not None
    typed = form(request) if problems else {}
    groups = setting_forms.groups(scenario or draft.scenario, draft.base, problems, typed, real)
    by_name = {c.name: c for g in groups for c in g.controls}
    return PAGES.render(
        request,
        "settings.html",
        422 if problems else 200,
        draft=draft,
        groups=groups,
        first=[by_name[name] for name in setting_forms.first(groups)],
        first_names=set(setting_forms.first(groups)),
        problems=setting_forms.in_page_words(problems, groups),
        visitor=visitor,
        most=MOST_VARIANTS,
        title=typed["title"][0] if "title" in typed else _suggested(visitor),
    )


def _suggested(visitor: Visitor) -> str:
    """A title for the next variant: what is changed, or the scenario's own."""
    draft = visitor.draft
    base, changes = heading(draft.base.title or draft.name, draft.scenario.world.start), draft.changes
    if draft.scenario.title != draft.base.title:
        return draft.scenario.title
    if not changes:
        return base
    words = list(dict.fromkeys(_in_short(d, draft) for d in changes))
    shown = ", ".join(words[:2])
    more = f" and {len(words) - 2} more" if len(words) > 2 else ""
    return f"{base}: {shown}{more}"[:120]


def _in_short(change: Difference, draft: Draft) -> str:
    """What a change is about, in a word or two."""
    place = place_of(change.name) or ()
    if place[:1] == ("trusts",):
        return "decisions"
    if place[:1] == ("shocks",):
        shocks = draft.scenario.shocks
        return shocks[int(place[1])].kind if len(place) > 1 and int(place[1]) < len(shocks) else "fewer shocks"
    return change.name.rpartition(".")[2].replace("_", " ")


async def change(request: Request) -> Response:
    """Take the settings of the form; then run, decide for a trust, or only keep them."""
    visitor, desk = visitor_of(request), desk_of(request)
    draft, action = visitor.draft, field_of(request, "action")
    if action == "reset":
        draft.scenario = draft.base
        return go("/settings")
    title = field_of(request, "title", 120)
    values = {k: v for k, v in form(request).items() if k != "title"}
    try:
        draft.scenario = setting_forms.changed(values, draft.scenario)
        if action == "run":
            await check_fits(desk, draft.scenario, draft.files)
            before = draft.scenario
            # the run carries its title; the draft keeps the scenario's own, or the next run would inherit this one's
            draft.scenario = before.model_copy(update={"title": title or before.title})
            variant = desk.run(visitor, title)
            draft.scenario = before
            return go(f"/variants/{variant.number}")
    except InputError as error:
        return _settings(request, visitor, tuple(error.problems))
    return go({"trust": "/trusts", "shock": "/shocks"}.get(action, "/settings"))


async def trusts(request: Request) -> Response:
    """Trusts of the draft's first year, to decide for one."""
    visitor, desk = visitor_of(request), desk_of(request)
    draft = visitor.draft
    rows: list[tuple[int, str, int]] = await ask(desk, worker.first_trusts, draft.scenario, draft.files)
    wanted = request.query_params.get("q", "").strip()[:100]
    shown = [row for row in rows if wanted.lower() in row[1].lower()]
    decided = {c.uid for c in draft.scenario.trusts}
    return PAGES.render(
        request,
        "trusts_first.html",
        visitor=visitor,
        q=wanted,
        shown=shown[:MOST_TRUSTS],
        of=len(shown),
        decided=decided,
    )


async def decisions(request: Request) -> Response:
    """The form for one trust's decisions."""
    return await _decisions(request)


async def _decisions(request: Request, problems: tuple[str, ...] = ()) -> Response:
    visitor, uid = visitor_of(request), uid_of(request)
    draft = visitor.draft
    trust = await ask(desk_of(request), worker.first_trust, draft.scenario, draft.files, uid)
    typed: dict[str, Any] = dict(form(request)) if problems else {}
    return PAGES.render(
        request,
        "decisions.html",
        422 if problems else 200,
        visitor=visitor,
        trust=trust,
        decided=decision_forms.decided_so_far(draft.scenario, uid),
        authorities=[(name, name) for name in trust.authorities],
        choices={o.kind.key: [(c.value, c.title) for c in o.choices] for o in options(draft.scenario)},
        options=options(draft.scenario),
        years=decision_forms.years(draft.scenario),
        numbers={o.kind.key: decision_forms.number_field(o) for o in options(draft.scenario) if o.low is not None},
        problems=problems,
        typed={name: values[0] for name, values in typed.items()},
        ticked=set(typed.get("ask", ())) | set(typed.get("handed_back", ())),
        lasting=[(o.kind.key, o.kind.title) for o in options(draft.scenario) if o.kind.holds],
    )


async def decide(request: Request) -> Response:
    """Add or remove a year's decisions."""
    visitor, uid = visitor_of(request), uid_of(request)
    draft = visitor.draft
    try:
        if remove := field_of(request, "remove"):
            year = whole(remove) or 0
            draft.scenario = decision_forms.without_decision(draft.scenario, uid, year)
        else:
            changed = decision_forms.with_decision(draft.scenario, uid, form(request))
            await check_fits(desk_of(request), changed, draft.files)
            draft.scenario = changed
    except InputError as error:
        return await _decisions(request, tuple(decision_forms.in_page_words(error.problems, draft.scenario)))
    return go(f"/trusts/{uid}")


MOST_OFFERED = 1500
"""Names that a field offers while one types; all are understood."""


async def shocks(request: Request) -> Response:
    """The shocks of the draft, and a form for one more."""
    return await _shocks(request)


async def _shocks(request: Request, problems: tuple[str, ...] = ()) -> Response:
    visitor, desk = visitor_of(request), desk_of(request)
    draft = visitor.draft
    typed = {name: one(form(request), name) for name in form(request)} if problems else {}
    kind = decision_forms.KINDS.get(typed.get("kind") or request.query_params.get("kind", ""))
    known = decision_forms.Places()
    if kind is not None or any(shock.trust or shock.school for shock in draft.scenario.shocks):
        known = await ask(desk, decision_forms.places, draft.scenario, draft.files)
    return PAGES.render(
        request,
        "shocks.html",
        422 if problems else 200,
        visitor=visitor,
        struck=[f"{s.year}: {in_words(s, known.names)}" for s in draft.scenario.shocks],
        kinds=SHOCKS,
        kind=kind,
        infos=decision_forms.INFOS,
        years=decision_forms.years(draft.scenario),
        region=capital(dated("{region}", *(decision_forms.years(draft.scenario)[i] for i in (0, -1)))),
        regions=decision_forms.regions(draft.scenario),
        authorities=known.authorities,
        offered={
            "trust": list(dict.fromkeys(known.names.trusts.values()))[:MOST_OFFERED],
            "school": list(dict.fromkeys(known.names.schools.values()))[:MOST_OFFERED],
        },
        problems=problems,
        typed=typed,
    )


async def change_shocks(request: Request) -> Response:
    """Add a shock, or take one back."""
    visitor, desk = visitor_of(request), desk_of(request)
    draft = visitor.draft
    try:
        if remove := field_of(request, "remove"):
            place = whole(remove)
            draft.scenario = decision_forms.without_shock(draft.scenario, -1 if place is None else place)
        else:
            known = await ask(desk, decision_forms.places, draft.scenario, draft.files)
            changed = decision_forms.with_shock(draft.scenario, form(request), known)
            await check_fits(desk, changed, draft.files)
            draft.scenario = changed
    except InputError as error:
        return await _shocks(request, tuple(error.problems))
    return go("/shocks")
