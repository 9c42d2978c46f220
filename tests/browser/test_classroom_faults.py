"""What went wrong with sessions in a room, in real browsers: lost servers, lost words, two devices, links from mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.rooms import WAIT, Room, Served, away, hosted, join, opened, press, served, well
from browser.test_classroom import LAPTOP, PHONE, deciding, heading
from browser.watch import Tab
from matsim.web.jobs import JobPool

pytestmark = pytest.mark.browser

GROWTH, TARGET, CHARGE = "This year, and from now on", "If you grow: schools to aim for", "Share of schools’ income"


@contextmanager
def lesson(folder: Path, chromium: Browser, pool: JobPool, teams: int = 1) -> Iterator[tuple[Room, Tab, list[Tab]]]:
    """A classroom of this process with its `seated` team, and a bot."""
    with hosted(folder / "s", pool, years=3, bots=1) as room, seated(room, chromium, teams) as (host, devices):
        yield room, host, devices


@contextmanager
def seated(room: Room | Served, chromium: Browser, teams: int = 1) -> Iterator[tuple[Tab, list[Tab]]]:
    """A facilitator, and as many devices as asked for, all in the team Oak, deciding for the first year."""
    with opened(chromium, [LAPTOP, *[PHONE] * teams]) as (host, *devices):
        host.page.goto(room.facilitator)
        join(devices[0], room, "Oak")
        code = devices[0].page.locator("header .code").inner_text()
        for device in devices[1:]:
            device.page.goto(room.origin)
            device.page.get_by_label("Your team’s code (six letters)").fill(code)
            press(device, "Come back")
            heading(device, "You are in, Oak")
        press(host, "Begin the session")
        heading(host, "2018/19: year 1 of 3")
        for device in devices:
            deciding(device, "2018/19")
        yield host, devices


def says(page: Page, text: str) -> None:
    """Wait for what the form says of itself."""
    expect(page.locator("#saved")).to_contain_text(text, timeout=WAIT)


def test_a_link_from_another_site_leaves_the_device_in_its_team(
    tmp_path: Path, chromium: Browser, pool: JobPool
) -> None:
    with hosted(tmp_path / "s", pool) as room, opened(chromium, [PHONE]) as (phone,):
        join(phone, room, "Oak")
        phone.page.goto(f"data:text/html,<a href='{room.origin}/?code={room.code}'>our session</a>")
        phone.page.get_by_role("link").click()
        heading(phone, "You are in, Oak")
        phone.page.goto(f"{room.origin}/team")
        heading(phone, "You are in, Oak")


def test_a_lost_server_is_said_and_found_again_with_all_that_was_typed(tmp_path: Path, chromium: Browser) -> None:
    with (
        served(tmp_path / "s", "--years", "3", "--bots", "1") as room,
        seated(room, chromium) as (host, (phone,)),
    ):
        page = phone.page
        room.kill()
        for watched in (host, phone):
            banner = watched.page.locator("#lost")
            expect(banner).to_contain_text("lost; trying again", timeout=WAIT)
            assert banner.get_attribute("role") == "alert"
        page.get_by_label(CHARGE).fill("5.5")
        press(phone, "We have decided")
        says(page, "Not saved yet")
        page.get_by_role("link", name="Figures").click()
        press(host, "Lock decisions")
        page.wait_for_timeout(1500)
        assert page.url.endswith("/team")  # not the browser's own page of errors
        assert host.page.url.endswith("/console")
        room.start()
        for watched in (host, phone):
            expect(watched.page.locator("#lost")).to_be_hidden(timeout=WAIT)
        expect(page.locator("#news")).to_have_text("Connected again.", timeout=WAIT)
        says(page, "Saved.")
        page.reload()
        expect(page.get_by_label(CHARGE)).to_have_value("5.5")
        press(host, "Lock decisions")
        expect(page.locator("#status")).to_contain_text("Locked", timeout=WAIT)
        for watched in (host, phone):
            away(watched)
            watched.clean()


def test_what_is_filled_in_says_what_it_means_and_is_kept(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    with lesson(tmp_path, chromium, pool) as (_, _, (phone,)):
        page = phone.page
        page.get_by_label(TARGET).fill("9")
        expect(page.get_by_label(GROWTH)).to_have_value("grow")
        page.get_by_text("Schools nearby (at most 4)").click()
        page.locator("[name=ask]").first.check()
        expect(page.get_by_label("Look for schools")).to_have_value("ask")
        says(page, "Saved.")
        press(phone, "We have decided")
        expect(page.locator("section", has_text="What you decided")).to_contain_text("Approach", timeout=WAIT)
        expect(page.locator("section", has_text="What you decided")).to_contain_text("Aim for 9 schools")
        phone.clean()


def test_enter_saves_and_is_not_the_last_word(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    with lesson(tmp_path, chromium, pool) as (_, host, (phone,)):
        phone.page.get_by_label(CHARGE).fill("5.5")
        phone.page.get_by_label(CHARGE).press("Enter")
        says(phone.page, "Saved.")
        deciding(phone, "2018/19")
        expect(host.page.locator("#seats").get_by_role("listitem").nth(1)).to_contain_text("not yet decided")
        expect(phone.page.get_by_label(CHARGE)).to_be_focused()


@pytest.mark.parametrize(
    ("away_by", "back_by", "sign"),
    [("Lock decisions", "Unlock", "Locked"), ("Keep results back", "Show results", "Deciding")],
)
def test_locking_and_holding_back_lose_nothing_that_was_typed(
    away_by: str, back_by: str, sign: str, tmp_path: Path, chromium: Browser, pool: JobPool
) -> None:
    with lesson(tmp_path, chromium, pool) as (_, host, (phone,)):
        page = phone.page
        page.get_by_label(CHARGE).fill("99")  # it cannot be saved as it is
        says(page, "Not saved yet")
        page.get_by_label("Chance (%)").fill("35")
        press(host, away_by)
        if sign == "Locked":
            expect(page.locator("#kept")).to_contain_text("Not saved yet: Share of schools’ income", timeout=WAIT)
            expect(page.locator("#kept")).to_contain_text("Chance (%)")
            expect(page.locator("#news")).to_contain_text("are locked", timeout=WAIT)
            assert page.evaluate("document.activeElement.tagName") == "H1"
        else:
            expect(page.locator("#standing")).to_contain_text("keeping the results back", timeout=WAIT)
            expect(page.get_by_label(CHARGE)).to_have_value("99")
        page.reload()
        press(host, back_by)
        expect(page.get_by_label(CHARGE)).to_have_value("99", timeout=WAIT)
        expect(page.get_by_label("Chance (%)")).to_have_value("35")
        expect(page.locator("#e-charge")).to_contain_text("from 3% to 9.5%, not 99%", timeout=WAIT)
        assert page.get_by_label(CHARGE).get_attribute("aria-describedby") == "e-charge"
        page.get_by_label(CHARGE).fill("5")
        says(page, "Saved.")
        expect(page.locator("#e-charge")).to_have_count(0)


def test_results_that_are_kept_back_when_a_year_is_played_are_not_given_away_by_the_form(
    tmp_path: Path, chromium: Browser, pool: JobPool
) -> None:
    with lesson(tmp_path, chromium, pool) as (_, host, (phone,)):
        press(host, "Keep results back")
        expect(phone.page.locator("#standing")).to_contain_text("keeping the results back", timeout=WAIT)
        expect(phone.page.locator("#deciding")).to_be_visible()
        press(host, "Play 2018/19")
        expect(phone.page.locator("#news")).to_have_text(
            "2018/19 has been played. The results are kept back for now.", timeout=WAIT
        )
        expect(phone.page.locator("#deciding")).to_have_count(0)
        press(host, "Show results")
        expect(phone.page.locator("#deciding")).to_be_visible(timeout=WAIT)


def test_two_devices_of_a_team_see_and_keep_what_the_other_changes(
    tmp_path: Path, chromium: Browser, pool: JobPool
) -> None:
    with lesson(tmp_path, chromium, pool, teams=2) as (_, _, (one, two)):
        one.page.get_by_label(CHARGE).fill("5.5")
        two.page.get_by_label("Chance (%)").fill("30")  # at the same time
        expect(two.page.get_by_label(CHARGE)).to_have_value("5.5", timeout=WAIT)
        expect(one.page.get_by_label("Chance (%)")).to_have_value("30", timeout=WAIT)
        says(two.page, "Saved.")
        says(one.page, "Saved. Changed on another device of your team: Chance (%)")  # whichever came first
        expect(one.page.get_by_label(CHARGE)).to_be_focused()
        one.page.get_by_label("Clusters of near schools").select_option("led")
        says(one.page, "Saved.")
        says(two.page, "Changed on another device of your team: Clusters of near schools")
        expect(two.page.get_by_label("Clusters of near schools")).to_have_value("led")
        two.page.reload()
        for label, value in ((CHARGE, "5.5"), ("Chance (%)", "30"), ("Clusters of near schools", "led")):
            expect(two.page.get_by_label(label)).to_have_value(value)
        press(two, "We have decided")
        expect(one.page.locator("#status")).to_contain_text("You have decided", timeout=WAIT)
        for watched in (one, two):
            watched.clean()


def test_a_reveal_is_said_and_takes_the_focus_along(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    with lesson(tmp_path, chromium, pool) as (_, host, (phone,)):
        phone.page.get_by_label(CHARGE).focus()
        press(host, "Play 2018/19")
        deciding(phone, "2019/20")
        expect(phone.page.locator("#news")).to_have_text("2018/19 has been played. Deciding for 2019/20.", timeout=WAIT)
        assert phone.page.evaluate("document.activeElement.tagName") == "H1"
        heading(host, "year 2 of 3")
        assert host.page.evaluate("document.activeElement.tagName") == "H1"


def test_what_was_asked_afterwards_stays_when_replays_are_done(
    tmp_path: Path, chromium: Browser, pool: JobPool
) -> None:
    with lesson(tmp_path, chromium, pool) as (room, host, (phone,)):
        phone.page.get_by_label(CHARGE).fill("5.5")
        press(phone, "We have decided")
        expect(phone.page.locator("#status")).to_contain_text("You have decided", timeout=WAIT)
        press(host, "Play 2018/19")
        heading(host, "year 2 of 3")
        press(host, "End: open the debrief")
        expect(phone.page.locator("#status")).to_contain_text("The session is over", timeout=WAIT)  # refused until then
        phone.page.goto(f"{room.origin}/team/debrief")
        press(phone, "Run it, on the same luck")
        expect(phone.page.get_by_role("table", name="At the end")).to_be_visible(timeout=WAIT)
        expect(phone.page.locator(".chart:has(.main-svg)").first).to_be_visible(timeout=WAIT)  # the replays are done
        expect(phone.page.get_by_role("table", name="At the end")).to_be_visible()
        phone.page.reload()
        expect(phone.page.get_by_role("table", name="At the end")).to_be_visible()
        phone.clean()


def test_repeating_a_year_asks_first_and_says_what_it_deletes(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    with lesson(tmp_path, chromium, pool) as (_, host, (phone,)):
        for year, following in (("2018/19", "2019/20"), ("2019/20", "2020/21")):
            phone.page.get_by_label(CHARGE).fill("5.5")
            press(phone, "We have decided")
            press(host, f"Play {year}")
            deciding(phone, following)
        host.page.get_by_label("Year", exact=True).select_option("2018")
        press(host, "Repeat")
        asked = host.page.get_by_role("alertdialog", name="Repeat 2018/19? This deletes:")
        expect(asked).to_contain_text("what Oak decided and predicted for 2018/19, 2019/20", timeout=WAIT)
        expect(asked).to_be_focused()
        asked.get_by_role("link", name="Leave everything as it is").click()
        expect(asked).to_have_count(0)
        heading(host, "year 3 of 3")
        host.page.get_by_label("Year", exact=True).select_option("2018")
        press(host, "Repeat")
        press(host, "Repeat 2018/19 and delete this")
        heading(host, "year 1 of 3")
        deciding(phone, "2018/19")
        expect(phone.page.get_by_label(CHARGE)).to_have_value("")


def test_the_widest_names_fit_a_telephone(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    with (
        hosted(tmp_path / "s", pool, years=2) as room,
        opened(chromium, [LAPTOP, PHONE, PHONE]) as (host, phone, wall),
    ):
        host.page.goto(room.facilitator)
        join(phone, room, "W" * 30)
        wall.page.goto(room.projector)
        host.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        press(host, "Show the league")
        for watched in (phone, wall, host):
            expect(watched.page.locator("body")).to_contain_text("W" * 30, timeout=WAIT)
            well(watched, PHONE[0])
        press(host, "Begin the session")
        deciding(phone, "2018/19")
        press(host, "Play 2018/19")
        deciding(phone, "2019/20")
        heading(host, "2019/20")
        expect(wall.page.locator(".chart:has(.main-svg)").first).to_be_visible(timeout=WAIT)
        for watched in (phone, wall, host):
            well(watched, PHONE[0])
