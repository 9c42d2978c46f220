"""A board pack's page as trustees meet it: on a desk, a telephone and paper, and with a keyboard."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser
from support.calling import fine
from support.restamp import manifest, restamp

from browser.watch import NARROW, WIDE, axe, reached_by_keyboard, tab, unfold, unreached
from matsim.report import render

pytestmark = pytest.mark.browser

SHEET = (297 - 31) / 25.4 * 96
"""Pixels of an A4 sheet between the page's margins."""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("board") / "pack"
    words = ("area-300", "--trust", "800029", "--years", 5, "--futures", 12, "--workers", 1, "--quiet", "--out", out)
    fine("board", *words)
    return out / "board.html"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_loads_alone_and_fits(width: int, page_file: Path, chromium: Browser) -> None:
    with tab(chromium, width) as watched:
        page = watched.open(page_file)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".chart").count() >= 5
        watched.clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, page_file: Path, chromium: Browser) -> None:
    with tab(chromium, color_scheme=scheme) as watched:
        page = watched.open(page_file)
        unfold(page)
        assert axe(page) == []
        watched.clean()


def test_a_keyboard_reaches_every_control(page_file: Path, chromium: Browser) -> None:
    with tab(chromium) as watched:
        page = watched.open(page_file)
        reached_by_keyboard(page)
        assert unreached(page) == []


def test_the_agenda_fits_one_sheet_and_the_appendix_begins_another(page_file: Path, chromium: Browser) -> None:
    with tab(chromium, 688) as watched:
        page = watched.open(page_file)
        page.emulate_media(media="print")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 688
        assert page.locator(".fresh").count() == 1
        assert page.locator(".fresh").bounding_box()["y"] <= SHEET  # type: ignore[index]
        watched.clean()


def test_the_longest_names_and_words_fit_the_first_sheet_too(
    page_file: Path, chromium: Browser, tmp_path: Path
) -> None:
    """Four options that all grow, under the longest names an option file may give, of a trust with a long name."""
    folder = shutil.copytree(page_file.parent, tmp_path / "pack")
    options = pd.read_parquet(folder / "options.parquet")
    assert len(options) == 4
    options["name"] = [
        f"{n} three more church primaries beyond the river, then wait" for n in ("Add", "Ask", "Try", "Win")
    ]
    assert set(options["name"].str.len()) == {59}
    options["key"], options["wanted"] = "pause", 3
    options.to_parquet(folder / "options.parquet")
    name = "THE DIOCESE OF SOMEWHERE AND ELSEWHERE CHURCH OF ENGLAND PRIMARY MULTI ACADEMY TRUST"
    trust = manifest(folder)["trust"] | {"name": name}
    restamp(folder, title=f"{name}: how should we grow?", trust=trust)
    long = tmp_path / "long.html"
    long.write_text(render(folder), encoding="utf-8")
    with tab(chromium, 688) as watched:
        page = watched.open(long)
        page.emulate_media(media="print")
        page.wait_for_timeout(300)
        assert page.get_by_text("three more church primaries").count() > 8
        assert page.evaluate("document.documentElement.scrollWidth") <= 688
        assert page.locator(".fresh").bounding_box()["y"] <= SHEET  # type: ignore[index]
        watched.clean()


def test_wide_tables_lose_no_column_on_a_desk(page_file: Path, chromium: Browser) -> None:
    with tab(chromium) as watched:
        page = watched.open(page_file)
        cut = "[...document.querySelectorAll('.table .scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert page.evaluate(cut) == 0
        watched.clean()
