"""The explorer's server: what it refuses, what every answer carries, and a run from settings to a saved scenario."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import re
import signal
import threading
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from itertools import takewhile
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from conftest import ROOT
from support.serving import serving

from matsim.core.errors import InputError, MatsimError
from matsim.core.find import named_files
from matsim.mechanisms.shocks import Shock
from matsim.results.store import open_result
from matsim.results.tables import TABLES
from matsim.scenario.decision_forms import SHOCKS
from matsim.scenario.load import from_tables, load, load_scenario, override
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.simulation.explain import Names
from matsim.simulation.model import TrustSystem
from matsim.simulation.simulate import run as run_scenario
from matsim.web.explorer import decision_forms, settings
from matsim.web.explorer.app import explorer
from matsim.web.explorer.compare import _settings
from matsim.web.explorer.desk import safe_name
from matsim.web.explorer.watch import SYSTEM, Watch
from matsim.web.forms import in_words
from matsim.web.jobs import JobPool
from matsim.web.pages import static_address
from matsim.web.security import Site, site_for
from matsim.web.server import bind
from matsim.world.base import World

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An explorer on a free port, in a folder of its own."""

    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("explore"))
    opened = bind("127.0.0.1", 0)
    port = opened.getsockname()[1]
    app = explorer(site_for("explore", "127.0.0.1", port), str(ROOT / "scenarios" / "area-300.toml"))
    with serving(app, opened):
        yield f"http://127.0.0.1:{port}"
    os.chdir(before)


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A browser of its own."""
    with httpx.Client(base_url=address, timeout=60, follow_redirects=True) as found:
        yield found


def token(page: httpx.Response) -> str:
    found = re.search(r'data-csrf="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


def test_every_answer_carries_the_headers(client: httpx.Client) -> None:
    pages = [client.get("/"), client.get("/nowhere"), client.post("/start"), client.get(static_address("base.css"))]
    pages += [client.request("DELETE", "/"), client.get("/", headers={"host": "evil.example"})]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
    assert [page.status_code for page in pages] == [200, 404, 403, 200, 405, 421]


def test_no_page_has_inline_script_or_style(client: httpx.Client) -> None:
    for path in ("/", "/settings", "/nowhere"):
        text = client.get(path).text
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
        assert "<style" not in text
        assert not re.search(r"\son[a-z]+=\"", text)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:1", "localhost.evil.example:80", "127.0.0.1@evil", "", "[::1"]
)
def test_a_host_that_is_not_ours_is_refused(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code in (400, 421)


def test_a_cookie_is_for_us_alone_and_a_forged_one_is_replaced(client: httpx.Client) -> None:
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    name, _, rest = cookie.partition("=")
    value = rest.partition(";")[0]
    client.cookies.clear()
    forged = value[:-1] + ("0" if value[-1] != "0" else "1")
    for bad in (forged, "x", f"{value}x", "../../etc"):
        again = client.get("/", headers={"cookie": f"{name}={bad}"})
        assert f"={bad};" not in again.headers["set-cookie"]
    assert "set-cookie" not in client.get("/", headers={"cookie": f"{name}={value}"}).headers


def test_a_post_needs_the_token_of_its_own_browser_and_our_origin(client: httpx.Client, address: str) -> None:
    good = {"csrf": token(client.get("/")), "scenario": "area-300"}
    assert client.post("/start", data={"scenario": "area-300"}).status_code == 403
    assert client.post("/start", data=good, headers={"origin": "http://evil.example"}).status_code == 403
    assert client.post("/start", data=good, headers={"origin": "null"}).status_code == 403
    assert client.post("/start", data=good, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    with httpx.Client(base_url=address) as other:
        stolen = token(other.get("/"))
    assert client.post("/start", data={**good, "csrf": stolen}).status_code == 403
    fine = client.post("/start", data=good, headers={"origin": address, "sec-fetch-site": "same-origin"})
    assert (fine.status_code, fine.url.path) == (200, "/settings")


def test_bodies_are_small_and_well_formed(client: httpx.Client) -> None:
    csrf = token(client.get("/"))
    for body, headers, status in (
        (b"x" * 300_000, FORM, 413),
        (b"csrf=" + csrf.encode() + b"&a=%ff", FORM, 422),
        (b"a=1&" * 3000, FORM, 422),
        (b"--x\r\n", {"content-type": "multipart/form-data; boundary=x"}, 415),
    ):
        page = client.post("/start", content=body, headers={**headers, "x-csrf-token": csrf})
        assert page.status_code == status
        assert "<h1>" in page.text
        assert "Traceback" not in page.text


def test_a_body_that_hides_its_length_is_cut_off(client: httpx.Client) -> None:
    csrf = token(client.get("/"))
    stream = (b"a" * 10_000 for _ in range(40))
    assert client.post("/start", content=stream, headers={**FORM, "x-csrf-token": csrf}).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/base.css",
        "/static/../security.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/variants/1",
        "/variants/99999999999999999999/report.html",
        "/variants/1/../../etc/passwd",
        "/trusts/99999999999999999999",
    ],
)
def test_odd_addresses_are_not_found(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "<h1>" in page.text


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x" * 70, "a b", ".hidden", "ü", "a\0b", "-x"])
def test_names_of_files_are_safe(name: str) -> None:
    with pytest.raises(InputError, match="letters a to z"):
        safe_name(name)


def test_a_scenario_that_is_not_on_offer_is_refused(client: httpx.Client) -> None:
    csrf = token(client.get("/"))
    for name in ("/etc/passwd", "../pyproject", "no-such"):
        assert client.post("/start", data={"csrf": csrf, "scenario": name}).status_code == 422


def test_a_server_bound_to_all_addresses_answers_to_numbers_only() -> None:
    site = site_for("explore", "0.0.0.0", 8600)
    assert site.answers("192.168.43.1:8600")
    assert not site.answers("evil.example:8600")
    assert not Site("explore", 8600).answers("192.168.43.1:8600")


def fields(scenario: Scenario) -> dict[str, list[str]]:
    """What a browser sends of the settings page, untouched."""
    form: dict[str, list[str]] = {}
    for control in (c for g in settings.groups(scenario, scenario) for c in g.controls):
        if control.kind == "dated":
            form[f"{control.name}:year"] = [year for year, _ in control.rows]
            form[f"{control.name}:value"] = [value for _, value in control.rows]
        elif control.kind == "switch":
            form[control.name] = ["off", "on"] if control.on else ["off"]
        else:
            form[control.name] = [control.text]
    return form


@pytest.mark.parametrize("name", ["area-300", "england-2010", "clustered", "cautious-commissioners"])
def test_an_untouched_form_changes_nothing(name: str) -> None:
    scenario = load_scenario(name)
    assert settings.changed(fields(scenario), scenario) == scenario


def test_a_form_changes_what_it_says_and_names_every_mistake() -> None:
    scenario = load_scenario("area-300")
    form = fields(scenario)
    form |= {"run.years": ["7"], "clusters.on": ["off"], "ceos[1].share": ["0.9"]}
    form |= {"environment.mandatory_from:ignored": ["x"], "environment.sponsor_grant:year": ["2010", "2020"]}
    form["environment.sponsor_grant:value"] = ["110000", "5"]
    changed = settings.changed(form, scenario)
    assert changed.run.years == 7
    assert not changed.clusters.on
    assert [ceo["share"] for ceo in changed.model_dump()["ceos"]][1] == 0.9
    assert changed.environment.sponsor_grant == {2010: 110000, 2020: 5}
    wrong = fields(scenario) | {"run.years": ["many"], "spending.pace": ["inf"]}
    with pytest.raises(InputError) as caught:
        settings.changed(wrong, scenario)
    assert len(caught.value.problems) == 2
    shown = {c.name: c for g in settings.groups(scenario, scenario, caught.value.problems, wrong) for c in g.controls}
    assert shown["run.years"].text == "many"
    assert "whole number" in shown["run.years"].problem


def settled(client: httpx.Client, number: int) -> str:
    """The page of a variant once it has ended."""
    until = monotonic() + 120
    while monotonic() < until:
        page = client.get(f"/variants/{number}").text
        if 'id="watch"' not in page:
            return page
        sleep(0.3)
    raise AssertionError("the run did not end")


def begun(client: httpx.Client, **changes: str) -> str:
    """Start a run of the small area with some settings; returns the token."""
    csrf = token(client.get("/"))
    client.post("/start", data={"csrf": csrf, "scenario": "area-300"})
    page = client.post("/settings", data={"csrf": csrf, "action": "run", "run.years": "3", **changes})
    assert page.status_code == 200
    return csrf


def test_a_run_is_watched_saved_and_made_again(client: httpx.Client, address: str, tmp_path: Path) -> None:
    csrf = begun(client, title="Three <b>years", **{"environment.erosion": "0.2"})
    with client.stream("GET", "/variants/1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        heard = []
        for line in stream.iter_lines():
            heard += [line.removeprefix("event: ")] * line.startswith("event: ")
            if line == "event: end":
                break
    assert heard.count("year") == 3
    assert heard.count("places") == 1
    page = settled(client, 1)
    assert "Three &lt;b&gt;years" in page
    assert "Three <b>years" not in page
    saved = client.post("/variants/1/save", data={"csrf": csrf, "name": "three-years"})
    assert "scenarios/three-years.toml" in saved.text
    assert client.post("/variants/1/save", data={"csrf": csrf, "name": "three-years"}).status_code == 422
    assert client.post("/variants/1/save", data={"csrf": csrf, "name": "../three"}).status_code == 422
    pack = zipfile.ZipFile(io.BytesIO(client.get("/variants/1/tables.zip?form=parquet").content))
    pack.extractall(tmp_path / "taken")
    taken = open_result(tmp_path / "taken")
    again = run_scenario(load(Path("scenarios/three-years.toml"), Scenario).scenario, tmp_path / "again")
    assert again.tables == taken.tables
    for name in again.tables:
        assert again.manifest["tables"][name]["digest"] == taken.manifest["tables"][name]["digest"], name
    text = zipfile.ZipFile(io.BytesIO(client.get("/variants/1/tables.zip?form=csv").content))
    assert {f"{name}.csv" for name in TABLES if name != "school_year"} <= set(text.namelist())
    excel = zipfile.ZipFile(io.BytesIO(client.get("/variants/1/tables.zip?form=excel").content))
    assert excel.read("schools.csv") == b"\xef\xbb\xbf" + text.read("schools.csv")  # no name in it is a formula
    assert "form=excel" in page
    report = client.get("/variants/1/report.html")
    assert report.headers["content-disposition"].startswith("attachment")
    assert "Report of one run" in report.text
    with httpx.Client(base_url=address) as stranger:
        assert stranger.get("/variants/1").status_code == 404


def test_a_page_that_follows_a_run_has_the_numbers_of_its_result(county: World) -> None:
    model = TrustSystem(county, load_scenario("area-300"), 1)
    followed, years = Watch(model), []
    model.run_years(2, lambda done, of: years.append(followed.year(done, of)))
    table = model.recorder.tables()["system_year"]
    for year, (_, row) in zip(years, table.iterrows(), strict=True):
        assert year["year"] == row["year"]
        assert year["system"] == {name: row[name] for name in SYSTEM}
    script = (ROOT / "matsim/web/explorer/static/watch.js").read_text(encoding="utf-8")
    assert set(re.findall(r"system\.([a-z_0-9]+)", script)) == set(SYSTEM)


def test_a_cost_that_is_followed_says_of_which_pupils(client: httpx.Client) -> None:
    csrf = begun(client, **{"run.years": "60"})
    page = client.get("/variants/1").text
    client.post("/variants/1/cancel", data={"csrf": csrf})
    heads = re.findall(r"<th[^>]*>(Back office[^<]*)", page)
    assert heads == ["Back office, primary (£ per pupil)", "Back office, secondary (£ per pupil)"]
    assert "cost per primary and per secondary pupil" in page


def test_changes_that_no_variant_has_go_only_after_a_yes(client: httpx.Client) -> None:
    csrf = token(client.get("/"))
    client.post("/start", data={"csrf": csrf, "scenario": "area-300"})
    client.post("/settings", data={"csrf": csrf, "action": "keep", "environment.erosion": "0.2"})
    kept = client.post("/start", data={"csrf": csrf, "scenario": "area-300", "then": "settings"})
    assert "1 thing differs" in kept.text  # the same scenario again: gone on with
    assert "Your changes to" in client.get("/").text
    asked = client.post("/start", data={"csrf": csrf, "scenario": "clustered", "then": "trust"})
    assert asked.url.path == "/start"
    assert "<code>environment.erosion</code>" in asked.text
    assert "1 thing differs" in client.get("/settings").text
    yes = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text))
    client.post("/settings", data={"csrf": csrf, "action": "keep", "environment.erosion": "0.3"})
    assert "Drop your changes" in client.post("/start", data=yes).text  # the yes was to other changes
    yes = dict(re.findall(r'name="(\w+)" value="([^"]*)"', client.post("/start", data=yes).text))
    assert client.post("/start", data=yes).url.path == "/trusts"
    assert "1 thing differs" not in client.get("/settings").text


def test_settings_of_a_variant_replace_what_no_variant_has_only_after_a_yes(client: httpx.Client) -> None:
    csrf = begun(client, **{"run.years": "1", "environment.erosion": "0.2"})
    settled(client, 1)
    assert client.post("/variants/1/edit", data={"csrf": csrf}).url.path == "/settings"  # it is in the variant
    client.post("/settings", data={"csrf": csrf, "action": "keep", "environment.erosion": "0.3"})
    asked = client.post("/variants/1/edit", data={"csrf": csrf})
    assert "Drop your changes" in asked.text
    yes = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text))
    page = client.post("/variants/1/edit", data=yes)
    assert 'name="environment.erosion" value="0.2"' in page.text


def test_a_trust_has_a_story_and_variants_are_compared(client: httpx.Client) -> None:
    csrf = begun(client, title="One")
    settled(client, 1)
    listed = client.get("/variants/1/trusts")
    uid = re.search(r"/variants/1/trusts/(\d+)", listed.text)
    assert uid
    story = client.get(uid[0])
    assert "What happened, and why" in story.text
    assert "It would have gone the other way" in story.text or "because" in story.text
    decided = client.post(f"/trusts/{uid[1]}", data={"csrf": csrf, "year": "2018", "growth": "hold"})
    assert "Take on no schools" in decided.text
    client.post("/settings", data={"csrf": csrf, "action": "run", "title": "Two"})
    assert "Take on no schools" not in settled(client, 2)
    compared = client.get("/compare")
    assert "“Two” parts from “One”" in compared.text
    assert "trusts[0].decisions[0].growth" in compared.text
    wrong = client.post(f"/trusts/{uid[1]}", data={"csrf": csrf, "year": "2018", "growth": "shrink", "merge_with": "x"})
    assert wrong.status_code == 422
    nobody = client.post(f"/trusts/{uid[1]}", data={"csrf": csrf, "year": "2019", "ask": "999999"})
    assert nobody.status_code == 422
    assert "999999" in nobody.text


@pytest.mark.parametrize("name", named_files())
def test_settings_that_differ_say_how(name: str) -> None:
    scenarios = [load_scenario("area-300"), load_scenario(name)]
    rows = _settings(scenarios, ("One", "Two")).rows
    assert not [row for row in rows if row[1] == row[2]]
    told = {"trusts": [{"uid": 800029, "decisions": [{"year": 2018, "growth": "hold"}]}]}
    three = [*scenarios, override(scenarios[0], told, "test")]
    for row in _settings(three, ("One", "Two", "Three")).rows:
        assert set(row[1:4]) != {"not set"}
        assert len(set(row[1:4])) > 1


def test_a_difference_in_small_digits_is_shown_in_full() -> None:
    pair = [override(load_scenario("area-300"), {"spending.pace": v}, "test") for v in (0.3000001, 0.3000002)]
    assert [row[1:3] for row in _settings(pair, ("One", "Two")).rows] == [["0.3000001", "0.3000002"]]


def test_a_run_can_be_stopped_and_there_are_at_most_four(client: httpx.Client) -> None:
    csrf = begun(client, **{"run.years": "60"})
    client.post("/variants/1/cancel", data={"csrf": csrf})
    assert "was stopped" in settled(client, 1)
    for _ in range(3):
        client.post("/settings", data={"csrf": csrf, "action": "run", "run.years": "1"})
    assert client.post("/settings", data={"csrf": csrf, "action": "run", "run.years": "1"}).status_code == 422
    client.post("/variants/1/delete", data={"csrf": csrf})
    assert client.get("/variants/1").status_code == 404


PLACES = decision_forms.Places(
    ("Ashire",), Names({100001: "Elm Primary", 100002: "Elm Infants", 100003: "Yew"}, {800001: "Oak Trust"})
)


def test_a_shock_goes_from_a_form_into_the_scenario_and_out_again() -> None:
    scenario = load_scenario("area-300")
    form = {"kind": ["funding cut"], "year": ["2020"], "size": ["0.03"], "years": ["2"], "region": [""], "school": [""]}
    cut = decision_forms.with_shock(scenario, form, PLACES)
    assert cut.shocks == (Shock(year=2020, kind="funding cut", size=0.03, years=2),)
    assert in_words(cut.shocks[0]) == "funding cut by 3% for 2 years, everywhere"
    both = decision_forms.with_shock(cut, {"kind": ["head leaves"], "year": ["2019"], "school": ["yew"]}, PLACES)
    assert both.shocks[1] == Shock(year=2019, kind="head leaves", school=100003)
    assert in_words(both.shocks[1], PLACES.names) == "head leaves, Yew"
    assert in_words(both.shocks[1]) == "head leaves, school 100003"
    assert from_tables(tomllib.loads(resolved(both)), Scenario, "again") == both
    assert decision_forms.without_shock(both, 0).shocks == both.shocks[1:]
    assert decision_forms.without_shock(cut, 0) == scenario
    with pytest.raises(InputError, match="not in the scenario any more"):
        decision_forms.without_shock(cut, 1)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": ["plague"], "year": ["2020"]}, "choose one of the shocks"),
        ({"kind": ["funding cut"], "year": ["soon"], "size": ["much"]}, "Year: 'soon' should be a whole number"),
        ({"kind": ["funding cut"], "year": ["2020"], "size": ["3"]}, "Size = 3.0: should be between 0 and 0.9"),
        ({"kind": ["funding cut"], "year": ["2020"], "size": ["0"]}, "needs a size"),
        ({"kind": ["head leaves"], "year": ["2020"]}, "strikes a school: name it"),
        ({"kind": ["head leaves"], "year": ["2020"], "school": ["elm"]}, r"Elm Primary \(100001\), Elm Infants"),
        ({"kind": ["head leaves"], "year": ["2020"], "school": ["Yw"]}, "did you mean 'Yew'"),
        ({"kind": ["head leaves"], "year": ["2020"], "school": ["5"]}, "has the number 5"),
        ({"kind": ["growth pause"], "year": ["2020"], "authority": ["Ashire"], "trust": ["oak"]}, "one place at most"),
        ({"kind": ["growth pause"], "year": ["2020"], "region": ["<b>"]}, "Region: '<b>' is not in this world"),
    ],
)
def test_what_is_wrong_with_a_shock_is_said(form: dict[str, list[str]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        decision_forms.with_shock(load_scenario("area-300"), form, PLACES)


def test_the_form_of_every_kind_of_shock_asks_what_the_schema_allows(client: httpx.Client) -> None:
    client.post("/start", data={"csrf": token(client.get("/")), "scenario": "area-300"})
    for kind in SHOCKS:
        page = client.get("/shocks", params={"kind": kind.key})
        asked = set(re.findall(r'<(?:input|select)[^>]* name="(\w+)"', page.text)) - {"csrf", "kind", "year"}
        own = (["size"] if kind.sized else []) + (["years"] if kind.lasts else [])
        assert asked == {*own, *kind.where} - {""}


def test_a_shock_is_dated_run_and_taken_back(client: httpx.Client) -> None:
    csrf = begun(client, title="Calm")
    settled(client, 1)
    wrong = client.post("/shocks", data={"csrf": csrf, "kind": "head leaves", "year": "2019", "school": "<i>x"})
    assert wrong.status_code == 422
    assert "&lt;i&gt;x" in wrong.text
    shock = {"csrf": csrf, "kind": "funding cut", "year": "2019", "size": "0.2"}
    assert "2019: funding cut by 20%, everywhere" in client.post("/shocks", data=shock).text
    client.post("/settings", data={"csrf": csrf, "action": "run", "title": "Struck"})
    with client.stream("GET", "/variants/2/events") as stream:
        heard = list(takewhile(lambda line: line != "event: end", stream.iter_lines()))
    assert sum("A shock: funding cut by 20%, everywhere." in line for line in heard) == 1
    settled(client, 2)
    saved = client.get("/variants/2/scenario.toml").text
    assert 'kind = "funding cut"' in saved
    compared = client.get("/compare").text
    assert "“Struck” parts from “Calm” in 2019/20" in compared
    assert "<td>none</td><td>funding cut by 20%, everywhere</td>" in compared
    outside = client.post("/settings", data={"csrf": csrf, "action": "run", "run.years": "1"})
    assert outside.status_code == 422
    assert "outside the run" in outside.text
    assert "None so far" in client.post("/shocks", data={"csrf": csrf, "remove": "0"}).text
    for place in ("0", "-1", "x", "٣", "99999999"):
        assert client.post("/shocks", data={"csrf": csrf, "remove": place}).status_code == 422


def _slow(count: int, tell: object) -> int:
    assert callable(tell)
    for i in range(count):
        tell(i)
        sleep(0.01)
    return count


def _broken(tell: object) -> None:
    raise InputError("here", ["first", "second"])


def _dies(tell: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _unsendable(tell: object) -> object:
    return lambda: None


def _refused(tell: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("job", "words"),
    [(_dies, "ended before it was done"), (_unsendable, "Something went wrong"), (_refused, "the disk is full")],
)
def test_whatever_becomes_of_a_job_is_said_and_the_next_one_runs(job: Callable[..., Any], words: str) -> None:
    pool = JobPool(1)
    try:
        for _ in range(2):
            with pytest.raises(MatsimError, match=words):
                pool.submit(job).future.result(60)
            assert pool.submit(_slow, 1).future.result(60) == 1
    finally:
        pool.close()


def test_jobs_tell_end_fail_and_stop() -> None:
    pool = JobPool(1)
    told: list[int] = []
    try:
        assert pool.submit(_slow, 3, tell=told.append).future.result(60) == 3
        assert told == [0, 1, 2]
        with pytest.raises(InputError, match="2 problems"):
            pool.submit(_broken).future.result(60)
        long = pool.submit(_slow, 10_000, tell=told.append)
        sleep(0.3)
        long.cancel()
        assert isinstance(long.future.exception(10), BaseException)
        assert pool.submit(_slow, 1).future.result(60) == 1
    finally:
        pool.close()


def test_a_request_called_off_while_it_waits_costs_no_worker() -> None:
    async def impatient(pool: JobPool) -> None:
        waiting = pool.submit(_slow, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(waiting.future), 0.05)

    pool = JobPool(1)
    try:
        busy = pool.submit(_slow, 50)
        asyncio.run(impatient(pool))
        assert busy.future.result(60) == 50
        assert pool.submit(_slow, 1).future.result(20) == 1
    finally:
        pool.close()


def test_a_request_called_off_while_it_runs_costs_no_worker() -> None:
    pool = JobPool(1)
    begun = threading.Event()
    try:
        long = pool.submit(_slow, 100_000, tell=lambda _: begun.set())
        assert begun.wait(60)
        assert not long.future.cancel()
        long.cancel()
        with pytest.raises(CancelledError):
            long.future.result(20)
        assert pool.submit(_slow, 1).future.result(20) == 1
    finally:
        pool.close()
