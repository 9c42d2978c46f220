"""What the explorer keeps for each browser, a draft and up to four variants; and how a request comes to its own."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

from matsim.core.disk import write_whole
from matsim.core.errors import InputError, MatsimError
from matsim.core.find import named_files
from matsim.scenario.first_year import settled
from matsim.scenario.load import load_scenario
from matsim.scenario.schema import Scenario
from matsim.scenario.show import Difference, difference
from matsim.simulation.simulate import Files
from matsim.web.explorer import worker
from matsim.web.explorer.story import Story
from matsim.web.forms import in_words
from matsim.web.jobs import Job, JobPool
from matsim.web.pages import Chart, Templates
from matsim.web.sse import Hub

MOST_VARIANTS = 4
MOST_VISITORS = 8
"""Browsers remembered at once; the one that was away longest is forgotten first, with its results."""
MOST_STORIES = 40

_SAFE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass
class Draft:
    """Settings that are being changed. `base` is the scenario they began with, called `name`."""

    name: str
    base: Scenario
    scenario: Scenario
    files: Files | None = None

    @property
    def changes(self) -> list[Difference]:
        """What differs from the base."""
        return [d for d in difference(self.base, self.scenario) if d.name not in ("title", "question")]

    @property
    def difference_lines(self) -> list[tuple[str, str, str]]:
        """The same for a page: name, before, after; what is decided for trusts, and each shock, is one line."""
        single = [d for d in self.changes if not d.name.startswith(("trusts", "shocks"))]
        lines = [(d.name, _shown(d.left), _shown(d.right)) for d in single]
        years = {c.uid: [str(d.year) for d in c.decisions] for c in self.scenario.trusts if c not in self.base.trusts}
        lines += [(f"trust {uid}", "", f"decisions for {', '.join(decided)}") for uid, decided in years.items()]
        now = {c.uid for c in self.scenario.trusts}
        lines += [(f"trust {c.uid}", "as the scenario says", "nothing") for c in self.base.trusts if c.uid not in now]
        old, new = self.base.shocks, self.scenario.shocks
        lines += [(f"shock in {shock.year}", "", in_words(shock)) for shock in new if shock not in old]
        return lines + [(f"shock in {shock.year}", in_words(shock), "none") for shock in old if shock not in new]

    def same_as(self, other: Draft) -> bool:
        """Whether a run of the other would be one of this, whatever it is called."""
        mine, theirs = (d.scenario.model_copy(update={"title": "", "question": ""}) for d in (self, other))
        return mine == theirs and self.files == other.files


@dataclass
class Variant:
    """One run and what is known of it.

    `status` is "waiting", "running", "done", "failed", "cancelled" or, once nobody can see it, "deleted".
    """

    number: int
    title: str
    draft: Draft
    folder: Path
    topic: str
    job: Job | None = None
    status: str = "waiting"
    stage: str = "Waiting for a free worker"
    problems: tuple[str, ...] = ()
    outcome: worker.Outcome | None = None
    stories: OrderedDict[int, Story] = field(default_factory=OrderedDict)
    map: Chart | None = None

    @property
    def live(self) -> bool:
        """Whether it is waiting or running."""
        return self.status in ("waiting", "running")


@dataclass
class Visitor:
    """One browser."""

    draft: Draft
    variants: OrderedDict[int, Variant] = field(default_factory=OrderedDict)
    last: int = 0

    def done(self) -> list[Variant]:
        """Variants with a result."""
        return [v for v in self.variants.values() if v.status == "done"]

    def unsaved(self) -> list[tuple[str, str, str]]:
        """What has been changed in the draft and is in no variant: it would be gone with the draft."""
        return [] if any(v.draft.same_as(self.draft) for v in self.variants.values()) else self.draft.difference_lines


class Desk:
    """Visitors, workers, and the folder of their results. Only the event loop calls it, but for `_hear` and `_done`."""

    def __init__(self, hub: Hub, files: Files | None, workers: int = 1) -> None:
        self.hub, self.files = hub, files
        self.runs, self.readers = JobPool(workers), JobPool(1)
        self._folder = Path(tempfile.mkdtemp(prefix="matsim-explore-"))
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()

    def close(self) -> None:
        """End the workers and remove every result that was not saved or downloaded."""
        self.runs.close()
        self.readers.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def visitor(self, browser: str) -> Visitor | None:
        """Who a browser is; None for one not seen before."""
        if browser in self._visitors:
            self._visitors.move_to_end(browser)
        return self._visitors.get(browser)

    def begin(self, browser: str, draft: Draft) -> Visitor:
        """Give a browser a draft to change; its variants stay."""
        visitor = self.visitor(browser)
        if visitor is None:
            while len(self._visitors) >= MOST_VISITORS:
                _, forgotten = self._visitors.popitem(last=False)
                for number in list(forgotten.variants):
                    self.drop(forgotten, number)
            visitor = self._visitors[browser] = Visitor(draft)
        visitor.draft = draft
        return visitor

    def run(self, visitor: Visitor, title: str) -> Variant:
        """Start a run of the draft. InputError when there is no room for another variant."""
        if len(visitor.variants) >= MOST_VARIANTS:
            raise InputError("variants", f"There are {MOST_VARIANTS} already: delete one of them first.")
        visitor.last += 1
        number, draft = visitor.last, visitor.draft
        # the draft goes on being changed while this runs
        snapshot = Draft(draft.name, draft.base, draft.scenario, draft.files)
        # numbers are counted for each browser, folders and topics are shared by all: hence a name of its own
        token = secrets.token_hex(8)
        (self._folder / token).mkdir()
        variant = Variant(
            number, title or f"Variant {number}", snapshot, self._folder / token / "result", f"run-{token}"
        )
        visitor.variants[number] = variant
        job = self.runs.submit(
            worker.run_variant,
            snapshot.scenario,
            snapshot.files,
            variant.folder,
            tell=lambda news: self._hear(variant, news),
        )
        # set after submitting: `_hear` and `_done` may be called before, and need none of it
        variant.job = job
        job.future.add_done_callback(lambda future: self._done(variant, future))
        return variant

    def drop(self, visitor: Visitor, number: int) -> None:
        """Forget a variant and its result."""
        variant = visitor.variants.pop(number)
        variant.status = "deleted"
        self.hub.forget(variant.topic)
        if variant.job is not None:
            variant.job.cancel()
            # a job that is being cancelled may still write: its folder goes when it has ended
            variant.job.future.add_done_callback(lambda _: shutil.rmtree(variant.folder.parent, ignore_errors=True))

    def _hear(self, variant: Variant, news: tuple[str, Any]) -> None:
        """Word from the worker, in a thread of the pool."""
        if variant.status == "deleted":
            return
        event, data = news
        variant.status = "running"
        if event == "stage":
            variant.stage = str(data)
        self.hub.publish(variant.topic, event, data)

    def _done(self, variant: Variant, future: Future[Any]) -> None:
        """The end of a run, in a thread of the pool."""
        if variant.status == "deleted":
            return
        try:
            variant.outcome = future.result()
            variant.status = "done"
        except CancelledError:
            variant.status = "cancelled"
        except InputError as error:
            variant.status, variant.problems = "failed", tuple(error.problems)
        except MatsimError as error:
            variant.status, variant.problems = "failed", (str(error),)
        self.hub.publish(variant.topic, "end", {"status": variant.status})


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)


def safe_name(text: str) -> str:
    """A file's name as typed, when it is a safe one. InputError says what would be."""
    name = text.strip().lower().removesuffix(".toml")
    if not _SAFE.fullmatch(name):
        rule = "should be letters a to z, figures and hyphens, at most 60, such as my-scenario"
        raise InputError("name", f"The file's name {rule}.")
    return name


def save_scenario(name: str, text: str) -> Path:
    """Write a scenario into the folder `scenarios` of the working folder. InputError when the name is taken."""
    folder = Path("scenarios")
    path = folder / f"{safe_name(name)}.toml"
    try:
        folder.mkdir(exist_ok=True)
        if path.exists():
            raise InputError("name", f"{path} is there already; choose another name.")
        write_whole(path, text)
    except OSError as error:
        raise InputError("name", f"{path} cannot be written: {(error.strerror or 'unknown').lower()}.") from error
    return path


PAGES = Templates("matsim.web.explorer")


def desk_of(request: Request) -> Desk:
    """The desk of this server."""
    desk: Desk = request.app.state.desk
    return desk


def visitor_of(request: Request) -> Visitor:
    """Who asks; a browser not seen before begins with the scenario that the server was started with."""
    desk = desk_of(request)
    browser = request.state.browser
    return desk.visitor(browser) or desk.begin(browser, draft_of(desk, request.app.state.first))


def draft_of(desk: Desk, name: str, made_up: bool = False) -> Draft:
    """A draft that begins with a named scenario, on the files there are unless its world is to be made up. InputError
    when there is none of that name."""
    files = None if made_up else desk.files
    scenario = settled(load_scenario(name), files)
    return Draft(name, scenario, scenario, files)


def known_scenario(name: str, first: str) -> str:
    """A name from a form, when it is one of the scenarios on offer. HTTPException 422 otherwise."""
    if name not in named_files() and name != first:
        raise HTTPException(422, "There is no scenario of that name.")
    return name


def variant_of(request: Request) -> Variant:
    """The variant that an address names. HTTPException 404 when this browser has none of that number."""
    visitor = desk_of(request).visitor(request.state.browser)
    variant = visitor.variants.get(request.path_params["number"]) if visitor else None
    if variant is None:
        raise HTTPException(404, "There is no such variant here. It may have been deleted, or be another browser's.")
    return variant


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
    # nobody else waits for this answer, so a page that is closed ends the work (unlike `value_of`)
    except (CancelledError, asyncio.CancelledError):
        job.cancel()
        raise
    except InputError:
        raise
    except MatsimError as error:
        raise HTTPException(503, str(error)) from error


async def check_fits(desk: Desk, scenario: Scenario, files: Files | None) -> None:
    """Raise InputError when the first year cannot be made, or has not what the settings name."""
    if problems := await ask(desk, worker.fits, scenario, files):
        raise InputError("settings", problems)


def go(address: str) -> RedirectResponse:
    """On to another page after a form."""
    return RedirectResponse(address, 303)
