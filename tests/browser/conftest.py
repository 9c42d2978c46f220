"""The browser that these tests share. Without Chromium they are skipped, and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.watch import CHROMIUM, launch
from matsim.web.jobs import JobPool


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Headless Chromium. It ends with this package's tests: while it runs, so does an event loop in this thread."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def pool() -> Iterator[JobPool]:
    """The workers of every classroom of this process: they import the model, and build its world, once."""
    workers = JobPool(2)
    yield workers
    workers.close()
