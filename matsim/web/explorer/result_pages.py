"""Pages of runs: watching one, its result, its trusts and their stories, comparing, saving and taking away."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from matsim.core.errors import InputError
from matsim.core.reading import whole
from matsim.figures.text import SIZE_BANDS
from matsim.results.store import open_result
from matsim.web.explorer import worker
from matsim.web.explorer.compare import compare as compare_results
from matsim.web.explorer.desk import (
    MOST_STORIES,
    MOST_VARIANTS,
    PAGES,
    Variant,
    ask,
    desk_of,
    done_variant,
    go,
    save_scenario,
    uid_of,
    variant_of,
    visitor_of,
)
from matsim.web.explorer.draft_pages import MOST_TRUSTS, discarding
from matsim.web.explorer.story import Story, story, trust_map
from matsim.web.forms import field_of
from matsim.web.pages import attachment
from matsim.web.sse import stream
from matsim.words.offices import dated
from matsim.words.phrases import capital

SORTS = {
    "size": ("Size", lambda t: (-t.schools, t.name)),
    "growth": ("Growth", lambda t: (t.first - t.schools, t.name)),
    "name": ("Name", lambda t: t.name),
}
"""Orders of the list of trusts."""


async def variant(request: Request) -> Response:
    """A run as it goes, or its result."""
    run = variant_of(request)
    if run.outcome is not None:
        return _result(request, run)
    bands = [name for name, _, _ in SIZE_BANDS]
    return PAGES.render(request, "watch.html", visitor=visitor_of(request), variant=run, bands=bands)


def _result(request: Request, run: Variant, problems: tuple[str, ...] = (), saved: Path | None = None) -> Response:
    return PAGES.render(
        request,
        "result.html",
        422 if problems else 200,
        visitor=visitor_of(request),
        variant=run,
        outcome=run.outcome,
        problems=problems,
        saved=saved,
        command=_command(run, saved) if saved else "",
        file_name=_slug(run.title),
    )


def _command(run: Variant, saved: Path) -> str:
    """The command that makes the same numbers from a saved file."""
    options = run.draft.files.options if run.draft.files else []
    return shlex.join(["matsim", "run", saved.as_posix(), "--out", f"results/{saved.stem}", *options])


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50].strip("-") or "scenario"


async def events(request: Request) -> Response:
    """The stream of a run."""
    return stream(request, desk_of(request).hub, variant_of(request).topic)


async def cancel(request: Request) -> Response:
    """Stop a run."""
    run = variant_of(request)
    if run.job is not None:
        run.job.cancel()
        run.stage = "Stopping"
    return go(f"/variants/{run.number}")


async def delete(request: Request) -> Response:
    """Forget a variant."""
    desk_of(request).drop(visitor_of(request), variant_of(request).number)
    return go("/settings")


async def edit(request: Request) -> Response:
    """Make a variant's settings the draft."""
    draft, visitor = variant_of(request).draft, visitor_of(request)
    if not visitor.draft.same_as(draft) and (question := discarding(request, visitor)):
        return question
    visitor.draft = replace(draft)
    return go("/settings")


async def scenario(request: Request) -> Response:
    """The scenario of a run as a file."""
    run = done_variant(request)
    text = open_result(run.folder).scenario_text
    return PlainTextResponse(text, headers=attachment(f"{_slug(run.title)}.toml"))


async def save(request: Request) -> Response:
    """Write the scenario of a run into the working folder."""
    run = done_variant(request)
    try:
        saved = save_scenario(field_of(request, "name"), open_result(run.folder).scenario_text)
    except InputError as error:
        return _result(request, run, tuple(error.problems))
    return _result(request, run, saved=saved)


async def report(request: Request) -> Response:
    """The report of a run, to keep: it has its own scripts inside, which no page of this server may."""
    run = done_variant(request)
    text = await ask(desk_of(request), worker.report, run.folder)
    return Response(text, media_type="text/html", headers=attachment(f"{_slug(run.title)}.html"))


async def tables(request: Request) -> Response:
    """The tables of a run in one ZIP file."""
    run = done_variant(request)
    form = request.query_params.get("form", "parquet")
    if form not in ("parquet", "csv", "excel"):
        raise HTTPException(422, "Tables come as parquet, csv or excel.")
    target = run.folder.parent / f"tables-{form}.zip"
    if not target.exists():
        await ask(desk_of(request), worker.tables, run.folder, form, target)
    return FileResponse(target, filename=f"{_slug(run.title)}-{form}.zip", media_type="application/zip")


async def trusts(request: Request) -> Response:
    """The trusts of a run: a map and a list, both leading to stories."""
    run = done_variant(request)
    assert run.outcome is not None
    if run.map is None:
        run.map = await ask(desk_of(request), trust_map, run.folder)
    wanted = request.query_params.get("q", "").strip()[:100]
    sort = request.query_params.get("sort", "size")
    _, order = SORTS.get(sort, SORTS["size"])
    shown = sorted((t for t in run.outcome.trusts if wanted.lower() in t.name.lower()), key=order)
    return PAGES.render(
        request,
        "trusts.html",
        visitor=visitor_of(request),
        variant=run,
        shown=shown[:MOST_TRUSTS],
        of=len(shown),
        q=wanted,
        sort=sort,
        sorts=[(key, title) for key, (title, _) in SORTS.items()],
        last=run.outcome.last,
        region=capital(dated("{region}", min((t.until for t in shown), default=run.outcome.last), run.outcome.last)),
    )


async def trust(request: Request) -> Response:
    """A trust's story."""
    run, uid = done_variant(request), uid_of(request)
    known: Story | None = run.stories.get(uid)
    if known is None:
        known = await ask(desk_of(request), story, run.folder, uid)
        run.stories[uid] = known
        while len(run.stories) > MOST_STORIES:
            run.stories.popitem(last=False)
    return PAGES.render(request, "story.html", visitor=visitor_of(request), variant=run, story=known)


async def compare(request: Request) -> Response:
    """Up to four variants side by side."""
    visitor = visitor_of(request)
    done = visitor.done()
    wanted = [whole(number) for number in request.query_params.getlist("with")]
    picked = [v for v in done if v.number in wanted] or done
    base = request.query_params.get("base", "")
    picked.sort(key=lambda v: (str(v.number) != base, v.number))
    comparison = None
    if len(picked) > 1:
        folders, titles = [v.folder for v in picked], [v.title for v in picked]
        comparison = await ask(desk_of(request), compare_results, folders[:MOST_VARIANTS], titles[:MOST_VARIANTS])
    return PAGES.render(request, "compare.html", visitor=visitor, done=done, picked=picked, comparison=comparison)
