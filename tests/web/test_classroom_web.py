"""The classroom's doors: who may see and do what, and what is refused with a page that a person can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import scenario
from support.serving import serving

from matsim.web.classroom import join
from matsim.web.classroom.app import classroom
from matsim.web.classroom.room import Room, create, open_room
from matsim.web.classroom.storage import LOG
from matsim.web.jobs import JobPool
from matsim.web.security import site_for
from matsim.web.server import bind


class Browser:
    """One browser: keeps its cookie, and sends forms as pages of ours would."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.client = httpx.Client(base_url=origin, follow_redirects=True, timeout=60)
        self.csrf = ""

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        if found := re.search(r'data-csrf="(\w+)"', answer.text):
            self.csrf = found[1]
        return answer.text

    def post(self, path: str, status: int = 200, headers: dict[str, str] | None = None, **fields: Any) -> str:
        data = {"csrf": self.csrf, **fields}
        answer = self.client.post(path, data=data, headers={"origin": self.origin, **(headers or {})})
        assert answer.status_code == status, answer.text
        return answer.text


class Class:
    """A room with a facilitator and two teams, in its first year."""

    def __init__(self, room: Room, origin: str) -> None:
        self.room, self.origin = room, origin
        self.browsers: list[Browser] = []
        self.host = self.browser()
        self.oak, self.elm = self.team("Oak"), self.team("Elm")
        self.host.get(f"/facilitator/{room.keys['facilitator']}")

    def browser(self) -> Browser:
        self.browsers.append(Browser(self.origin))
        return self.browsers[-1]

    def team(self, name: str) -> Browser:
        browser = self.browser()
        browser.get("/")
        browser.post("/join", code=self.room.keys["code"], name=name, colour="0")
        return browser

    def begin(self) -> None:
        self.host.post("/console/act", act="start")
        for browser in (self.oak, self.elm, self.host):
            browser.get("/")


@pytest.fixture(scope="module")
def pool() -> Iterator[JobPool]:
    made = JobPool(1)
    yield made
    made.close()


@pytest.fixture
def lesson(tmp_path: Path, pool: JobPool) -> Iterator[Class]:
    create(tmp_path / "s", scenario(), years=3)
    room = open_room(tmp_path / "s", pool)
    opened = bind("127.0.0.1", 0)
    port = opened.getsockname()[1]
    site = site_for("classroom", "127.0.0.1", port, secret=bytes.fromhex(room.keys["secret"]))
    app = classroom(site, room, pool, (f"http://127.0.0.1:{port}",))
    with serving(app, opened):
        made = Class(room, f"http://127.0.0.1:{port}")
        yield made
        for browser in made.browsers:
            browser.client.close()


def decided(room: Room, number: int) -> dict[str, object]:
    return dict(room.state.turn(number, room.state.year).choices)


def test_a_session_from_joining_to_the_pack(lesson: Class) -> None:
    assert "You are in, Oak" in lesson.oak.get("/team")
    lesson.begin()
    page = lesson.oak.get("/team")
    assert page.count("<b>Cost</b>") == page.count("<b>Takes</b>") == 7
    lesson.oak.post(
        "/team/decide", year="2018", growth="hold", predict_schools_low="4", predict_schools_high="4", done="1"
    )
    assert decided(lesson.room, 1) == {"growth": "hold"}
    page = lesson.oak.get("/team")
    assert "Hold: take on no schools" in page
    assert "Schools in your trust in August: 4 to 4" in page
    lesson.host.post("/console/act", act="advance")
    assert lesson.room.state.played == 1
    assert "What you foresaw for 2018/19" in lesson.oak.get("/team")
    lesson.oak.get("/team/figures")
    assert "Did it fit together?" not in lesson.oak.get("/team/debrief")
    lesson.oak.get("/team/pack", 403)
    lesson.host.post("/console/act", act="over")
    assert "Did it fit together?" in lesson.oak.get("/team/debrief")
    assert "what if you" in lesson.oak.post("/team/otherwise", change="0")
    pack = lesson.oak.get("/team/pack")
    lesson.host.post("/console/act", act="undo", year="2019")
    assert "Deciding for 2018/19" in lesson.oak.get("/team/debrief")  # led back to the round
    assert "Deciding for 2018/19" in lesson.oak.post("/team/otherwise", change="0")
    assert "Oak: your trust over one year" in pack
    assert "Hold: take on no schools" in pack
    assert "Nothing here is a forecast" in pack
    assert "Elm" not in lesson.elm.get("/console/pack/2", 403)


def test_a_team_has_none_of_the_facilitators_buttons(lesson: Class) -> None:
    lesson.begin()
    lesson.oak.get("/console", 403)
    lines = len(lesson.room.log.entries)
    acts = ("start", "advance", "undo", "repeat", "lock", "shock", "over", "delete", "bot", "replay", "timer", "show")
    for act in acts:
        lesson.oak.post("/console/act", 403, act=act, sure="yes", year="2018", minutes="1", what="league")
    lesson.oak.get(f"/facilitator/{'x' * 32}", 403)
    lesson.oak.get(f"/projector/{lesson.room.keys['facilitator']}", 404)
    assert len(lesson.room.log.entries) == lines


def test_a_team_cannot_read_or_set_what_another_decides(lesson: Class) -> None:
    lesson.begin()
    lesson.elm.post("/team/decide", year="2018", growth="grow", target="437", done="0")
    lesson.oak.post("/team/decide", year="2018", growth="hold", done="1", team="2", id="2")
    assert decided(lesson.room, 1) == {"growth": "hold"}
    assert decided(lesson.room, 2) == {"growth": "grow", "target": 437.0}
    for path in ("/team", "/team/figures"):
        assert not re.search(r"\b437\b", lesson.oak.get(path))
    assert re.search(r"\b437\b", lesson.elm.get("/team"))
    code = lesson.room.state.teams[2].code
    assert code not in lesson.oak.get("/team")
    stranger = lesson.browser()
    stranger.get("/team", 403)
    stranger.get("/")
    stranger.post("/team/decide", 403, year="2018", growth="hold")
    stranger.get("/events", 403)


def test_forged_and_stale_cookies_are_nobody(lesson: Class) -> None:
    lesson.begin()
    name = next(iter(lesson.oak.client.cookies))
    value = str(lesson.oak.client.cookies[name])
    for bad in (
        value[:-1] + ("0" if value[-1] != "0" else "1"),
        "x" * 400,
        "",
        value.partition(".")[0],
        f"{value}.{value}",
    ):
        thief = lesson.browser()
        thief.client.cookies.set(name, bad)
        thief.get("/team", 403)
        thief.get("/console", 403)
    back = lesson.browser()  # the same browser after a restart of the server: the same cookie is the same team
    back.client.cookies.set(name, value)
    assert "Oak" in back.get("/team")
    back.post("/leave")
    lesson.oak.get("/team", 403)  # the cookie is nobody's once its team has been left


def test_a_cookie_of_another_session_is_nobody(lesson: Class) -> None:
    lesson.begin()
    mine = lesson.oak.client.cookies
    name = next(iter(mine))
    other = site_for("classroom", "127.0.0.1", int(lesson.origin.rpartition(":")[2]))
    replayed = f"{str(mine[name]).partition('.')[0]}.{other.sign('cookie', str(mine[name]).partition('.')[0])}"
    for value in (other.new_token(), replayed):
        stranger = lesson.browser()
        stranger.client.cookies.set(name, value)
        for path in ("/team", "/team/pack", "/console", "/console/pack/1", "/events"):
            stranger.get(path, 403)


def test_a_form_sent_twice_or_after_its_year_changes_nothing_more(lesson: Class) -> None:
    lesson.begin()
    for _ in range(2):
        lesson.oak.post("/team/decide", year="2018", growth="hold", done="1")
    lesson.host.post("/console/act", act="lock", locked="1")
    assert "is over" in lesson.oak.post("/team/decide", 422, year="2018", growth="grow", target="9")
    lesson.oak.post("/team/reopen")
    assert lesson.room.state.turn(1, 2018).done
    assert decided(lesson.room, 1) == {"growth": "hold"}


def test_a_form_from_elsewhere_or_without_its_token_is_refused(lesson: Class) -> None:
    lesson.begin()
    lesson.oak.post("/team/decide", 403, headers={"origin": "http://evil.example"}, year="2018", growth="hold")
    lesson.oak.post("/team/decide", 403, headers={"sec-fetch-site": "cross-site"}, year="2018", growth="hold")
    lesson.oak.csrf = lesson.elm.csrf
    lesson.oak.post("/team/decide", 403, year="2018", growth="hold")
    assert not decided(lesson.room, 1)
    assert lesson.oak.client.get("/team", headers={"host": "rebound.example"}).status_code == 421


def test_forms_too_large_or_malformed_are_refused_with_a_page(lesson: Class) -> None:
    lesson.begin()
    for fields, status in (
        ({"growth": "x" * 300_000}, 413),
        ({"growth": "shrink"}, 422),
        ({"growth": "grow", "target": "1e99"}, 422),
        ({"ask": ["../../etc/passwd"], "where": "ask"}, 422),
        ({"where": "near", "place": "Atlantis"}, 422),
        ({"predict_schools_low": "9", "predict_schools_high": "1"}, 422),
    ):
        page = lesson.oak.post("/team/decide", status, year="2018", **fields)
        assert "Traceback" not in page
        assert "<h1>" in page
    assert "moved on" in lesson.oak.post("/team/decide", 422, year="2024", growth="hold")
    assert "Deciding for 2018/19" in lesson.oak.post("/team/otherwise", change="0")
    assert not decided(lesson.room, 1)
    for path in (
        "/nothing",
        "/static/../log.jsonl",
        "/static/x/keys.json",
        "/console/pack/99",
        "/team/../../etc/passwd",
        "/static/%2e%2e%2f%2e%2e%2fkeys.json/x",
        "/projector/%2e%2e%2fkeys.json",
        "/facilitator/../../keys.json",
        "/console/pack/-1",
        "/console/pack/1%00",
    ):
        assert "Traceback" not in lesson.host.client.get(path).text
        assert lesson.host.client.get(path).status_code == 404


def test_a_body_that_is_no_form_of_ours_changes_nothing(lesson: Class) -> None:
    lesson.begin()
    for kind, body, status in (
        ("application/json", b'{"year": "2018", "growth": "hold"}', 422),
        ("text/plain", b"year=2018&growth=hold", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"year=2018&growth=%ff", 422),
    ):
        sent = {"origin": lesson.origin, "content-type": kind, "x-csrf-token": lesson.oak.csrf}
        answer = lesson.oak.client.post("/team/decide", content=body, headers=sent)
        assert answer.status_code == status, kind
        assert "<h1>" in answer.text
        assert "Traceback" not in answer.text
    assert not decided(lesson.room, 1)


def test_what_was_typed_is_still_there_after_a_mistake(lesson: Class) -> None:
    lesson.begin()
    page = lesson.oak.post("/team/decide", 422, year="2018", growth="grow", target="soon", charge="5.1", done="1")
    assert 'value="soon"' in page
    assert 'value="5.1"' in page
    assert (
        "“If you grow: schools to aim for” should be a number, a whole number from 1 to 500 schools, not “soon”" in page
    )
    assert 'aria-describedby="e-target"' in page


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("<script>alert(1)</script>", 200),
        ("Ωμέγα 🦉", 200),
        ("a" * 31, 422),
        ("   ", 422),
        ("Oak", 422),
        ("{{ 7*7 }}", 200),
    ],
)
def test_odd_names_are_bounded_and_escaped(name: str, status: int, lesson: Class) -> None:
    browser = lesson.browser()
    browser.get("/")
    page = browser.post("/join", status, code=lesson.room.keys["code"], name=name, colour="3")
    assert "<script>alert" not in page
    if status == 200:
        kept = lesson.room.state.teams[3].name
        assert "\u202e" not in kept
        assert "\x00" not in kept
        assert "<script>alert" not in lesson.host.get("/console")
        assert "{{ 7*7 }}" in page or "7*7" not in name


def guess(browser: Browser, code: str = "0000", name: str = "x") -> int:
    data = {"csrf": browser.csrf, "code": code, "name": name, "colour": "0"}
    return browser.client.post("/join", data=data, headers={"origin": browser.origin}).status_code


def test_a_device_that_guesses_codes_waits_and_nobody_else_does(lesson: Class) -> None:
    guesser, friend = lesson.browser(), lesson.browser()
    for browser in (guesser, friend):
        browser.get("/")
    assert [guess(guesser) for _ in range(12)] == [422] * 10 + [429] * 2
    assert guess(guesser, lesson.room.keys["code"], "Guesser") == 429
    assert guess(friend) == 422
    assert guess(friend, lesson.room.keys["code"], "Ash") == 200
    friend.post("/leave")
    assert "Elm" in friend.post("/rejoin", team_code=lesson.room.state.teams[2].code)


def test_who_changes_cookies_with_every_guess_slows_its_address_and_shuts_out_nobody(
    lesson: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join, "MOST_OF_ADDRESS", 6)
    monkeypatch.setattr(join, "PAUSE", 0.0)
    turns: list[str] = []
    was = join.Door._turn

    async def turn(door: join.Door, device: str, address: str) -> None:
        turns.append(address)
        await was(door, device, address)

    monkeypatch.setattr(join.Door, "_turn", turn)
    for _ in range(8):
        fresh = lesson.browser()
        fresh.get("/")
        assert guess(fresh) == 422
    assert turns == ["127.0.0.1"] * 2
    friend = lesson.browser()
    friend.get("/")
    assert guess(friend, lesson.room.keys["code"], "Ash") == 200
    assert turns == ["127.0.0.1"] * 3


def test_a_team_comes_back_with_its_code_on_another_device(lesson: Class) -> None:
    phone = lesson.browser()
    phone.get("/")
    phone.post("/rejoin", 422, team_code="AAAAAA")
    phone.post("/rejoin", 422, team_code="")
    assert "Elm" in phone.post("/rejoin", team_code=lesson.room.state.teams[2].code.lower())


def test_the_log_holds_no_cookie_and_the_session_can_be_deleted(lesson: Class) -> None:
    lesson.begin()
    text = (lesson.room.folder / LOG).read_text()
    for browser in (lesson.oak, lesson.elm, lesson.host):
        for value in browser.client.cookies.values():
            assert str(value) not in text
            assert str(value).partition(".")[0] not in text
    assert lesson.room.keys["facilitator"] not in text
    lesson.host.post("/console/act", 422, act="delete")
    assert lesson.room.folder.exists()
    assert "The session is deleted" in lesson.host.post("/console/act", act="delete", sure="yes")
    assert not lesson.room.folder.exists()
    assert "deleted" in lesson.oak.get("/team", 404)
    assert "Nothing of it is left" in lesson.oak.get("/")
    lesson.oak.post("/join", 404, code=lesson.room.keys["code"], name="Late", colour="0")


def test_pages_that_are_open_are_told_when_the_session_is_deleted(lesson: Class) -> None:
    with lesson.oak.client.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        lesson.host.post("/console/act", act="delete", sure="yes")
        assert "event: gone" in list(lines)


def test_every_page_has_the_policy_and_is_not_kept(lesson: Class) -> None:
    lesson.begin()
    projector = f"/projector/{lesson.room.keys['projector']}"
    for browser, path in ((lesson.oak, "/team"), (lesson.host, "/console"), (lesson.host, projector)):
        answer = browser.client.get(path)
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "style=" not in answer.text
        assert not re.search(r"<script(?![^>]*(src=|application/json))", answer.text)


@pytest.mark.parametrize("page", ["projector", "console", "team"])
def test_what_changes_while_a_page_is_made_is_news_to_it(
    page: str, lesson: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson.begin()
    room = lesson.room
    path = {"projector": f"/projector/{room.keys['projector']}", "console": "/console", "team": "/team/figures"}[page]
    slow = "outcomes" if page != "team" else "played"
    was = getattr(room, slow)

    async def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(room, slow, was)
        room.do("show", what="league", shown=True)
        return await was(*given)

    monkeypatch.setattr(room, slow, meanwhile)
    text = (lesson.oak if page == "team" else lesson.host).get(path)
    version = re.search(r'data-version="(\d+)"', text)
    assert version is not None
    assert int(version[1]) < room.version


def test_the_console_says_what_is_wrong(lesson: Class) -> None:
    host = lesson.host
    host.post("/console/act", 422, act="fly")
    assert "whole number" in host.post("/console/act", 422, act="setup", mode="shared", years="99", seed="1", seats="4")
    assert "too few" in host.post("/console/act", 422, act="setup", mode="shared", years="5", seed="1", seats="1")
    host.post("/console/act", act="setup", mode="shared", years="5", seed="7", seats="4")
    setup = lesson.room.state.setup
    assert (setup.mode, setup.years, setup.seed, len(setup.trusts)) == ("shared", 5, 7, 4)
    assert "no year has been played" in host.post("/console/act", 422, act="undo")
    lesson.begin()
    host.post("/console/act", act="shock", kind="funding cut", size="3", years="2", place="")
    assert lesson.room.state.shocks == ({"year": 2018, "kind": "funding cut", "size": 0.03, "years": 2},)
    assert "strikes a school" in host.post("/console/act", 422, act="shock", kind="head leaves", place="")
    host.post("/console/act", 422, act="shock", kind="head leaves", place="school:1")
    host.post("/console/act", act="unshock", place="0")
    assert not lesson.room.state.shocks
    host.post("/console/act", act="show", what="results", shown="0")
    assert "keeping the results back" in lesson.oak.get("/team")
    host.post("/console/act", act="seat", team="1", bot="steady")
    assert lesson.room.state.turn(1, 2018).done


def test_two_devices_of_a_team_keep_each_others_words(lesson: Class) -> None:
    lesson.begin()
    phone = lesson.browser()
    phone.get("/")
    phone.post("/rejoin", team_code=lesson.room.state.teams[1].code)
    quiet = {"accept": "application/json"}
    lesson.oak.post("/team/decide", headers=quiet, year="2018", seen="{}", charge="5.5", growth="", done="0")
    told = json.loads(phone.post("/team/decide", headers=quiet, year="2018", seen="{}", charge="", clusters="led"))
    assert decided(lesson.room, 1) == {"central_charge": 0.055, "clusters": "led"}
    assert told["fields"] == {"charge": ["5.5"], "clusters": ["led"]}
    assert told["others"] == ["charge"]
    lesson.oak.post("/team/decide", year="2018", seen=json.dumps(told["fields"]), charge="5.5", clusters="", done="1")
    assert decided(lesson.room, 1) == {"central_charge": 0.055}
    phone.post("/team/decide", headers=quiet, year="2018", seen=json.dumps(told["fields"]), charge="6", clusters="led")
    assert decided(lesson.room, 1) == {"central_charge": 0.06}
    assert lesson.room.state.turn(1, 2018).done  # saving by itself takes no last word back


def test_a_mistake_is_said_beside_its_field(lesson: Class) -> None:
    lesson.begin()
    quiet = {"accept": "application/json"}
    sent: dict[str, Any] = {"year": "2018", "charge": "99", "post_finance": "0.7", "predict_schools_low": "3"}
    told = json.loads(lesson.oak.post("/team/decide", 422, headers=quiet, **sent))
    assert sorted(told["wrong"]) == ["charge", "post_finance", "predict_schools_high"]
    page = lesson.oak.post("/team/decide", 422, **sent)
    for name, text in told["wrong"].items():
        assert f'<p class="wrong" id="e-{name}">{text}</p>' in page
        assert re.search(rf'id="f-{name}"[^>]*aria-invalid="true" aria-describedby="e-{name}"', page)
        assert f'<a href="#f-{name}">{text}</a>' in page
    assert not re.search(r"trusts\[|decisions\[|central_charge|\(unit:", page)


def test_repeating_a_year_needs_a_yes_to_just_what_it_deletes(lesson: Class) -> None:
    lesson.begin()
    host = lesson.host
    lesson.oak.post("/team/decide", year="2018", growth="hold", done="1")
    host.post("/console/act", act="advance", year="2018")
    assert "moved on already" in host.post("/console/act", 422, act="advance", year="2018")
    lesson.oak.post("/team/decide", year="2019", charge="5", done="0")
    page = host.post("/console/act", act="repeat", year="2018")
    assert "what Oak decided and predicted for 2018/19, 2019/20" in page
    assert lesson.room.state.played == 1
    sure = re.search(r'name="sure" value="(\w{16})"', page)[1]  # type: ignore[index]
    lesson.elm.post("/team/decide", year="2019", charge="5", done="0")
    again = host.post("/console/act", act="repeat", year="2018", sure=sure)
    assert "what Elm decided" in again
    assert lesson.room.state.played == 1
    sure = re.search(r'name="sure" value="(\w{16})"', again)[1]  # type: ignore[index]
    host.post("/console/act", act="repeat", year="2018", sure=sure)
    assert (lesson.room.state.played, dict(lesson.room.state.turns)) == (0, {})


def test_a_bot_takes_over_what_people_have_saved_only_after_a_yes(lesson: Class) -> None:
    lesson.begin()
    lesson.oak.post("/team/decide", year="2018", charge="5", done="0")
    page = lesson.host.post("/console/act", act="seat", team="1", bot="steady")
    assert "what Oak has saved for 2018/19" in page
    assert decided(lesson.room, 1) == {"central_charge": 0.05}
    sure = re.search(r'name="sure" value="(\w{16})"', page)[1]  # type: ignore[index]
    lesson.host.post("/console/act", act="seat", team="1", bot="steady", sure=sure)
    assert lesson.room.state.teams[1].bot == "steady"


def test_another_site_neither_overwrites_a_cookie_nor_keeps_it_from_its_page(lesson: Class) -> None:
    image = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    with httpx.Client(base_url=lesson.origin) as bare:
        assert "set-cookie" not in bare.get("/", headers=image).headers
        made = bare.get("/", headers=link).headers["set-cookie"]
        assert "SameSite=Lax" in made
    other = site_for("classroom", "127.0.0.1", 1, secret=b"another")
    same = site_for("classroom", "127.0.0.1", 2, secret=bytes.fromhex(lesson.room.keys["secret"]))
    assert made.startswith(f"{same.cookie}=")  # at another port too, and no other session's
    assert not made.startswith(f"{other.cookie}=")


def test_looking_at_figures_again_and_again_costs_the_room_one_drawing(
    lesson: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson.begin()
    lesson.host.post("/console/act", act="advance", year="2018")
    asked: list[str] = []
    was = JobPool.submit

    def submit(pool: JobPool, function: Any, *arguments: Any, **more: Any) -> Any:
        asked.append(function.__name__)
        return was(pool, function, *arguments, **more)

    monkeypatch.setattr(JobPool, "submit", submit)
    for _ in range(5):
        lesson.oak.get("/team/figures")
    assert asked.count("draw") == 1
