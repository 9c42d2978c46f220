"""A browser tab that is watched: what it asks for, what it complains of, what a person with a keyboard can reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route

CHROMIUM = Path("/usr/bin/chromium")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-background-networking",
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")

WIDE, NARROW, PAPER = 1280, 400, 794
"""Widths in pixels: a desk, a telephone, and A4 at 96 dots per inch."""


@dataclass
class Tab:
    """One tab. `outside` lists requests to anywhere but files and this machine (all refused), `errors` what broke."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, where: Path | str) -> Page:
        """Go to a file or an address of this machine, and wait until every chart is drawn."""
        self.page.goto(where.resolve().as_uri() if isinstance(where, Path) else where)
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.chart')].every(c => c.querySelector('.main-svg'))", timeout=30_000
        )
        return self.page

    def clean(self) -> None:
        """Assert that nothing was asked of the outside and that nothing complained."""
        assert not self.outside
        assert not self.errors


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium without a window."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGS))


@contextmanager
def tab(browser: Browser, width: int = WIDE, height: int = 900, **options: Any) -> Iterator[Tab]:
    """A watched tab of its own, closed at the end. `options` are those of a browser context: `color_scheme`, say."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", **options)
    watched = Tab(context.new_page())

    def gate(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("file", "data", "blob", "about") or parts.hostname in LOOPBACK:
            route.continue_()
        else:
            watched.outside.append(route.request.url)
            route.abort()

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            watched.errors.append(message.text)

    context.route("**/*", gate)
    watched.page.on("console", hear)
    watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
    try:
        yield watched
    finally:
        context.close()


TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def axe(page: Page) -> list[str]:
    """What axe finds wrong with a page by WCAG 2.2 AA and good practice: one line each, empty when all is well."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(TAGS)}})
    return [
        f"{v['id']}: {v['help']} ({'; '.join(str(n['target']) for n in v['nodes'][:3])})"
        for v in found.response["violations"]
    ]


def unfold(page: Page) -> None:
    """Bring all into view for axe, which passes over what is closed; of the rows of a table, which one loop of one
    template writes, the first and last few: it looks at each cell, and two thirds of its time went into those."""
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.evaluate("document.querySelectorAll('tbody').forEach(b => [...b.rows].slice(4, -2).forEach(r => r.remove()))")


def reached_by_keyboard(page: Page, most: int = 400) -> list[str]:
    """What Tab stops at, in order: the tag of each element and its text or label."""
    # from the top, wherever the focus was: it is where Tab goes on from, even once it is gone
    page.evaluate(
        "() => { const b = document.body; b.tabIndex = -1; b.focus(); b.blur(); b.removeAttribute('tabindex'); }"
    )
    stops: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "() => { const e = document.activeElement; if (!e || e === document.body) return null;"
            " e.dataset.reached = '1';"
            " return e.tagName.toLowerCase() + ' ' + (e.getAttribute('aria-label') || e.textContent || '').trim(); }"
        )
        if where is None:
            break
        stops.append(where)
    return stops


CONTROLS = "a[href], button, input, select, textarea, summary, [role=button], [role=slider], [onclick]"


def unreached(page: Page) -> list[str]:
    """Visible controls that `reached_by_keyboard`, called before, did not stop at."""
    found: list[str] = page.evaluate(
        "(controls) => [...document.querySelectorAll(controls)]"
        ".filter(e => e.checkVisibility({visibilityProperty: true}) && !e.dataset.reached)"
        ".map(e => e.outerHTML.slice(0, 120))",
        CONTROLS,
    )
    return found
