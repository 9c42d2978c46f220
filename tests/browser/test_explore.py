"""The explorer in a browser: from a changed setting to a saved scenario that makes the same bytes again."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.watch import axe, reached_by_keyboard, tab, unreached
from matsim.store import open_result

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explore")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The server as a person starts it, in an empty folder and on a free port."""
    command = [sys.executable, "-m", "matsim", "explore", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = re.search(r"http://\S+/", process.stdout.readline())
    assert told
    yield told[0]
    process.terminate()
    process.wait(20)
    process.stdout.close()


def sound(page: Page) -> None:
    """No finding of axe, and nothing wider than the screen."""
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def run(page: Page, title: str, **values: str) -> None:
    """From the settings to a result."""
    for name, value in values.items():
        page.fill(f"[name='{name}']", value)
    page.fill("#title", title)
    page.get_by_role("button", name="Run and watch").click()
    page.wait_for_selector("#years tr", timeout=60_000)
    page.get_by_role("link", name="see the result").click(timeout=60_000)
    page.wait_for_selector("h2#s-money")


@pytest.mark.parametrize("width", [390, 1280])
def test_from_a_changed_setting_to_the_same_bytes(chromium: Browser, address: str, folder: Path, width: int) -> None:
    with tab(chromium, width) as watched:
        page = watched.open(address)
        sound(page)
        page.get_by_role("button", name="Look at its settings").click()
        page.wait_for_url("**/settings")
        page.get_by_label("Search the settings").fill("erosion")
        assert page.locator(".control:visible").count() == 2
        page.get_by_label("Search the settings").fill("")
        sound(page)
        run(page, "Base", **{"run.years": "3"})
        watched.open(page.url)
        sound(page)
        page.get_by_role("button", name="Change its settings").click()
        page.wait_for_url("**/settings")
        run(page, f"Wither {width}", **{"environment.erosion": "0.15"})
        number = page.url.rpartition("/")[2]
        page.get_by_text("Save, take away, delete").click()
        page.get_by_role("button", name="Save the scenario").click()
        saved = folder / "scenarios" / f"wither-{width}.toml"
        page.wait_for_selector("#command")
        sound(page)
        assert saved.is_file()
        pack = page.request.get(f"{address}variants/{number}/tables.zip?form=parquet").body()
        zipfile.ZipFile(io.BytesIO(pack)).extractall(folder / f"taken-{width}")
        for path in ("compare", f"variants/{number}/trusts", "trusts"):
            watched.open(f"{address}{path}")
            sound(page)
        watched.clean()
    command = ["run", str(saved), "--out", str(folder / f"again-{width}"), "--quiet"]
    subprocess.run([sys.executable, "-m", "matsim", *command], check=True, stdout=subprocess.PIPE)
    taken, again = (open_result(folder / f"{name}-{width}") for name in ("taken", "again"))
    digests = [{n: t["digest"] for n, t in r.manifest["tables"].items()} for r in (taken, again)]
    assert digests[0] == digests[1]
    assert taken.scenario_text == again.scenario_text


def test_a_trust_is_reached_by_keyboard_and_by_a_click_on_the_map(chromium: Browser, address: str) -> None:
    with tab(chromium) as watched:
        page = watched.open(address)
        page.get_by_role("button", name="Look at its settings").click()
        run(page, "Keyboard", **{"run.years": "2"})
        watched.open(f"{address}variants/1/trusts")
        stops = reached_by_keyboard(page)
        assert not unreached(page)
        name = page.locator("tbody a").first.inner_text()
        assert f"a {name}" in stops
        page.locator("tbody a").first.press("Enter")
        page.wait_for_selector("#told")
        assert page.locator("h1").inner_text() == name
        watched.open(page.url)
        sound(page)
        watched.open(f"{address}variants/1/trusts")
        page.locator("path.point").first.click(force=True)
        page.wait_for_selector("#told")
        watched.clean()


def test_a_mistake_is_named_where_it_was_made(chromium: Browser, address: str) -> None:
    with tab(chromium) as watched:
        page = watched.open(f"{address}settings")
        page.fill("[name='run.years']", "many")
        page.fill("[name='environment.erosion']", "0.2")
        page.get_by_role("button", name="Run and watch").click()
        page.wait_for_selector("#problems")
        assert page.locator("[name='run.years']").get_attribute("aria-invalid") == "true"
        assert page.input_value("[name='environment.erosion']") == "0.2"
        sound(page)
        assert not watched.outside


def test_decisions_of_a_trust_are_made_by_form(chromium: Browser, address: str) -> None:
    with tab(chromium, 390) as watched:
        page = watched.open(address)
        page.get_by_role("button", name="Decide for one trust").click()
        page.wait_for_url("**/trusts")
        page.locator("tbody a").first.click()
        page.wait_for_selector("#year")
        sound(page)
        page.select_option("[name=growth]", "hold")
        page.get_by_role("button", name="Decide this").click()
        page.get_by_role("heading", name="Decided so far").wait_for()
        sound(page)
        watched.clean()


def heights(page: Page) -> list[int]:
    """Heights of a page's charts in pixels."""
    found: list[int] = page.evaluate(
        "[...document.querySelectorAll('.chart .main-svg:first-child')].map(c => c.clientHeight)"
    )
    return found


def test_a_shock_is_dated_by_keyboard_and_charts_keep_their_height(
    chromium: Browser, address: str, folder: Path
) -> None:
    with tab(chromium) as watched:
        page = watched.open(address)
        page.get_by_role("button", name="Look at its settings").click()
        page.get_by_role("button", name="Date a shock").press("Enter")
        page.wait_for_url("**/shocks")
        assert reached_by_keyboard(page)[0] == "a Skip to the content"
        assert not unreached(page)
        sound(page)
        page.get_by_role("link", name="Funding cut").press("Enter")
        page.get_by_label("Size").fill("5")
        page.get_by_role("button", name="Add this shock").press("Enter")
        page.get_by_text("should be between 0 and 0.9").wait_for(timeout=60_000)
        sound(page)
        watched.errors.clear()  # the browser tells its console of every answer 422: that page was asked for
        page.get_by_label("Size").fill("0.1")
        page.set_viewport_size({"width": 390, "height": 844})
        sound(page)
        page.get_by_role("button", name="Add this shock").press("Enter")
        page.get_by_text("2018: funding cut by 10%, everywhere").first.wait_for(timeout=60_000)
        sound(page)
        page.get_by_role("link", name="On to the settings").click()
        run(page, "Struck", **{"run.years": "2"})
        watched.open(page.url)
        tall = heights(page)
        assert len(tall) > 3
        page.set_viewport_size({"width": 1280, "height": 700})
        page.wait_for_timeout(1500)
        assert heights(page) == tall
        page.get_by_text("Save, take away, delete").click()
        page.get_by_role("button", name="Save the scenario").click()
        page.wait_for_selector("#command")
        assert 'kind = "funding cut"' in (folder / "scenarios" / "struck.toml").read_text(encoding="utf-8")
        watched.clean()


def test_enter_keeps_what_was_typed_and_runs_nothing(chromium: Browser, address: str) -> None:
    with tab(chromium) as watched:
        page = watched.open(f"{address}settings")
        page.fill("[name='run.years']", "4")
        page.press("[name='run.years']", "Enter")
        page.wait_for_load_state()
        assert page.url.endswith("/settings")
        assert page.input_value("[name='run.years']") == "4"
        page.get_by_role("button", name="Undo them").wait_for(state="hidden")  # what deletes is asked for twice
        watched.clean()


def test_a_lost_server_is_said_on_a_page_that_follows_a_run(chromium: Browser, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "matsim", "explore", "england-2010", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = re.search(r"http://\S+/", process.stdout.readline())
    assert told
    with tab(chromium) as watched:
        page = watched.open(f"{told[0]}settings")
        with page.expect_response("**/variants/1/events", timeout=60_000):  # its scripts are here, and it listens
            page.get_by_role("button", name="Run and watch").click()
        assert page.locator("#lost").is_hidden()
        process.kill()
        process.wait(20)
        process.stdout.close()
        page.get_by_text("The connection is lost; trying again.").wait_for(timeout=60_000)
