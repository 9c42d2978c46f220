"""The classroom as a room meets it: phones, a laptop and a projector, through undo, a killed server and a rejoin."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.rooms import WAIT, Served, away, hosted, join, opened, press, served, well
from browser.watch import Tab, axe, reached_by_keyboard, unreached
from matsim.web.jobs import JobPool

pytestmark = pytest.mark.browser

PHONE, LAPTOP, PROJECTOR = (390, 844), (1280, 900), (1920, 1080)


def heading(watched: Tab, text: str) -> None:
    """Wait for the page's first heading to say something."""
    expect(watched.page.get_by_role("heading", level=1)).to_contain_text(text, timeout=WAIT)


def deciding(watched: Tab, year: str) -> None:
    """Wait until a team may decide for a year."""
    expect(watched.page.locator("#status")).to_contain_text(f"Deciding for {year}", timeout=WAIT)


def drawn(watched: Tab, charts: int) -> None:
    """Wait until so many charts are drawn."""
    expect(watched.page.locator(".chart:has(.main-svg)").nth(charts - 1)).to_be_visible(timeout=WAIT)


def others(watched: Tab) -> list[str]:
    """Controls that Tab does not reach, other than those of a group of radio buttons."""
    return [control for control in unreached(watched.page) if 'type="radio"' not in control]


def test_two_browsers_play_a_year_and_take_it_back(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    with hosted(tmp_path / "s", pool, years=3, bots=1) as room, opened(chromium, [LAPTOP, PHONE]) as tabs:
        host, phone = tabs
        host.page.goto(room.facilitator)
        join(phone, room, "Oak")
        expect(host.page.locator("#seats")).to_contain_text("Oak", timeout=WAIT)
        well(host, LAPTOP[0])
        press(host, "Begin the session")
        deciding(phone, "2018/19")
        well(phone, PHONE[0])
        phone.page.get_by_label("This year, and from now on").select_option("hold")
        phone.page.get_by_label("From", exact=True).first.fill("4")
        phone.page.get_by_label("to", exact=True).first.fill("4")
        expect(phone.page.locator("#saved")).to_have_text("Saved.", timeout=WAIT)
        phone.page.reload()
        expect(phone.page.get_by_label("This year, and from now on")).to_have_value("hold")
        press(phone, "We have decided")
        expect(host.page.locator("#seats").get_by_role("listitem").nth(1)).to_contain_text("decided", timeout=WAIT)
        press(host, "Play 2018/19")
        heading(host, "2019/20: year 2 of 3")
        deciding(phone, "2019/20")
        expect(phone.page.get_by_role("heading", name="What you foresaw for 2018/19")).to_be_visible()
        # a device on the debrief is led back to the round when the end is undone
        press(host, "End: open the debrief")
        phone.page.get_by_role("link", name="Debrief", exact=True).click()
        heading(phone, "Debrief")
        press(host, "Undo the last year")
        heading(host, "2018/19: year 1 of 3")
        deciding(phone, "2018/19")
        assert phone.page.url == f"{room.origin}/team"
        expect(phone.page.get_by_label("This year, and from now on")).to_have_value("hold")
        host.clean()
        phone.clean()


def test_every_control_of_team_and_console_is_reached_by_keyboard(
    tmp_path: Path, chromium: Browser, pool: JobPool
) -> None:
    with hosted(tmp_path / "s", pool, years=2) as room, opened(chromium, [LAPTOP, LAPTOP]) as tabs:
        host, team = tabs
        host.page.goto(room.facilitator)
        join(team, room, "Oak")
        for watched in (host, team):
            assert reached_by_keyboard(watched.page)[0] == "a Skip to the content"
            assert others(watched) == []
        first = host.page.get_by_role("radio").first
        first.focus()
        host.page.keyboard.press("ArrowDown")  # the rest of a group of radio buttons is reached by its arrows
        assert host.page.get_by_role("radio").nth(1).is_checked()
        press(host, "Begin the session")
        deciding(team, "2018/19")
        heading(host, "year 1 of 2")
        for watched in (host, team):
            watched.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            assert axe(watched.page) == []
            reached_by_keyboard(watched.page)
            assert others(watched) == []


def test_the_projector_is_drawn_anew_for_another_screen(tmp_path: Path, chromium: Browser, pool: JobPool) -> None:
    laid = (
        "[...document.querySelectorAll('.chart')].map(c => [c.clientHeight, c.getBoundingClientRect().top"
        " + c._fullLayout._size.t - c.querySelector('.legend').getBoundingClientRect().bottom])"
    )
    with hosted(tmp_path / "s", pool, years=2, bots=4) as room, opened(chromium, [LAPTOP, LAPTOP]) as tabs:
        host, wall = tabs
        host.page.goto(room.facilitator)
        wall.page.goto(room.projector)
        press(host, "Begin the session")
        press(host, "Play 2018/19")
        heading(host, "2019/20")
        drawn(wall, 2)
        before = [height for height, _ in wall.page.evaluate(laid)]
        for width, height in (PHONE, PROJECTOR):
            wall.page.set_viewport_size({"width": width, "height": height})
            wall.page.wait_for_timeout(3000)
            after = wall.page.evaluate(laid)
            assert [tall for tall, _ in after] == before
            assert all(free >= -1 for _, free in after)  # legends stand above what is drawn, not on it
        well(wall, PROJECTOR[0])


@pytest.mark.long
def test_six_browsers_play_three_rounds_with_undo_a_killed_server_and_a_rejoin(
    tmp_path: Path, chromium: Browser
) -> None:
    sizes = [LAPTOP, PROJECTOR, PHONE, PHONE, LAPTOP, LAPTOP]
    names = ["Oak", "Elm", "Ash", "Yew"]
    with served(tmp_path / "s", "--years", "3", "--mode", "shared") as room, opened(chromium, sizes) as tabs:
        host, wall, *teams = tabs
        host.page.goto(room.facilitator)
        wall.page.goto(room.projector)
        well(wall, PROJECTOR[0])
        for team, name in zip(teams, names, strict=True):
            join(team, room, name)
        expect(wall.page.locator("#teams")).to_contain_text("Yew", timeout=WAIT)
        press(host, "Begin the session")
        _round(host, teams, "2018/19")
        deciding(teams[0], "2019/20")
        before = teams[0].page.locator("dl.tiles").text_content()

        # the year is taken back and played again: the same decisions, the same luck, the same year
        press(host, "Undo the last year")
        deciding(teams[0], "2018/19")
        press(host, "Play 2018/19")
        deciding(teams[0], "2019/20")
        assert teams[0].page.locator("dl.tiles").text_content() == before

        # a decision half made, then the power goes
        deciding(teams[1], "2019/20")
        teams[1].page.get_by_label("This year, and from now on").select_option("hold")
        expect(teams[1].page.locator("#saved")).to_have_text("Saved.", timeout=WAIT)
        _power_cut(room)
        for watched in tabs:
            away(watched)
        teams[1].page.reload()
        expect(teams[1].page.get_by_label("This year, and from now on")).to_have_value("hold")
        for team in (teams[0], *teams[2:]):
            team.page.reload()
            deciding(team, "2019/20")
        host.page.reload()
        heading(host, "2019/20: year 2 of 3")

        # a phone that has lost everything comes back with its team's code
        code = host.page.locator("#seats .code").nth(2).inner_text()
        teams[2].page.context.clear_cookies()
        teams[2].page.goto(room.origin)
        teams[2].page.get_by_label("Your team’s code (six letters)").fill(code)
        press(teams[2], "Come back")
        deciding(teams[2], "2019/20")

        _round(host, teams, "2019/20")
        press(host, "Show the league")
        expect(wall.page.locator(".league")).to_be_visible(timeout=WAIT)
        drawn(wall, 3)
        well(wall, PROJECTOR[0])
        _round(host, teams, "2020/21")
        heading(host, "All 3 years are played")
        press(host, "End: open the debrief")
        heading(host, "Debrief")
        _debrief(teams[0], room)
        well(host, LAPTOP[0])
        for watched in tabs:
            watched.clean()


def _round(host: Tab, teams: list[Tab], year: str) -> None:
    """Every team decides, and the year is played."""
    for number, team in enumerate(teams):
        deciding(team, year)
        team.page.get_by_label("This year, and from now on").select_option("grow" if number % 2 else "hold")
        if number % 2:
            team.page.get_by_label("If you grow: schools to aim for").fill(str(8 + number))
        team.page.get_by_label("Chance (%)").fill("30")
        press(team, "We have decided")
        expect(team.page.locator("#status")).to_contain_text(f"You have decided for {year}", timeout=WAIT)
    press(host, f"Play {year}")


def _power_cut(room: Served) -> None:
    room.kill()
    room.start()


def _debrief(team: Tab, room: Served) -> None:
    page = team.page
    page.goto(f"{room.origin}/team/debrief")
    heading(team, "Debrief")
    well(team, PHONE[0])
    press(team, "Run it, on the same luck")
    expect(page.get_by_role("table", name="At the end")).to_be_visible(timeout=WAIT)
    page.goto(f"{room.origin}/team/figures")
    drawn(team, 3)
    well(team, PHONE[0])
    page.goto(f"{room.origin}/team/debrief")
    with page.expect_download() as download:
        page.get_by_role("link", name="Your pack, to take away").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "your trust over 3 years" in text
    assert "<script src" not in text
