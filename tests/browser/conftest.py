"""The browser that these tests share. Without Chromium they are skipped, and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.watch import CHROMIUM, launch


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium. One per module: while it runs, so does an event loop in this thread."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
