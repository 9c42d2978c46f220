"""Reports: every kind says what it should, from the folder alone; text from data is text; what is missing is named."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.calling import call, fine, told, wrong
from support.make_gias import CONVERTER, LINKS_2018, link, school, write
from support.reports import KINDS, results
from support.restamp import manifest, restamp
from support.waiting import PATIENCE

from matsim.report import render
from matsim.report.page import CAVEATS, MARK, Page, Section, Table, html
from matsim.results.store import open_result

NASTY = ("<script>alert(1)</script>", "{{7*7}}", "</title><b>bold", "%{x} $y$ & 'q' \"d\"")
"""Names of schools that a page has to show as they are."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return results(tmp_path_factory)


class Reading(HTMLParser):
    """What a page holds: its text outside scripts and styles, its headings, tags and every address it names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.headings, self.addresses, self.tags = "", [], [], []  # type: ignore[var-annotated]
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "action", "data", "srcset") and v]
        if tag in ("script", "style", "h1", "h2", "h3"):
            self._within.append(tag)
            if tag[0] == "h":
                self.headings.append([tag, ""])

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not set(self._within) & {"script", "style"}:
            self.text += " " + data
        if self._within and self._within[-1][0] == "h":
            self.headings[-1][1] += data


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_a_whole_page_that_is_the_same_each_time(kind: str, folders: dict[str, Path]) -> None:
    page = render(folders[kind])
    assert page == render(folders[kind])
    read = Reading(page)
    assert all(address.startswith("#") for address in read.addresses)
    assert [h[0] for h in read.headings].count("h1") == 1
    assert "default-src &#39;none&#39;" in page
    for part in ("In short", "What was asked", "What it assumes", "Which mechanisms were at work"):
        assert part in [h[1] for h in read.headings]
    assert all(caveat in read.text for caveat in CAVEATS)
    assert "Missing:" not in read.text
    assert read.tags.count("figure") >= 3
    assert read.tags.count("figure") == page.count("<summary>The data as a table")
    assert not re.search(r"\b(nan|None|inf|NaT)\b", read.text)
    # six decimals after the first figure that is not 0: a number that nobody rounded
    assert not re.search(r"[1-9]\d*\.\d{6,}|\b0\.0*[1-9]\d{5,}", read.text)


@pytest.mark.parametrize("kind", KINDS)
def test_what_made_it_is_at_the_end(kind: str, folders: dict[str, Path]) -> None:
    about, text = open_result(folders[kind]).manifest, Reading(render(folders[kind])).text
    assert about["scenario_sha256"] in text
    assert about["matsim"] in text
    assert (about["commit"] or "not from a checkout") in text
    assert all(facts["digest"] in text for facts in about["tables"].values() if "digest" in facts)


def test_the_answer_of_a_run_is_its_tables(folders: dict[str, Path]) -> None:
    system = open_result(folders["run"]).table("system_year")
    last = system.iloc[-1]
    text = Reading(render(folders["run"])).text
    assert f"{100 * last['academies_in_mats'] / last['schools']:.1f}% of schools are in multi-academy trusts" in text
    events = open_result(folders["run"]).table("events")
    refused, approved = ((events["event"] == kind).sum() for kind in ("refuse", "approve"))
    assert f"{refused:,} of {refused + approved:,} application" in text


def test_a_setting_that_differs_is_named_and_others_are_not(tmp_path: Path) -> None:
    words = ["run", "area-300", "--years", 2, "--quiet", "--out", tmp_path / "r", "--set", "bidding.promise=0.25"]
    fine(*words)
    page = render(tmp_path / "r")
    table = page.split("What was set otherwise than by default</caption>")[1].split("</table>")[0]
    assert table.count("<tr>") == 2
    assert "bidding.promise" in table
    assert ">25%<" in table
    assert ">50%<" in table


def test_a_mechanism_turned_off_is_said(tmp_path: Path) -> None:
    fine("run", "area-300", "--years", 2, "--quiet", "--out", tmp_path / "r", "--set", "merging.on=false")
    listing = open_result(tmp_path / "r").mechanisms()
    text = Reading(render(tmp_path / "r")).text
    off = listing[~listing["on"]]
    assert (f"{len(off)} of {len(listing)} mechanisms" in text) == bool(len(off))
    assert all(title in text for title in off["title"])


def test_a_twin_says_the_difference_and_where_it_begins(folders: dict[str, Path]) -> None:
    result = open_result(folders["twin"])
    text = Reading(render(folders["twin"])).text
    parting = result.table("parting").iloc[0]
    assert f"Only in the {parting['world']} world, {parting['said']}" in text
    assert parting["trust_name"] in text
    assert "break_points.answers" in text
    first, second = (open_result(folders["twin"] / name) for name in ("first", "second"))
    years = result.table("twin_year")
    for name, own in (("first", first), ("second", second)):
        stored = years[years["world"] == name].drop(columns="world").reset_index(drop=True)
        pd.testing.assert_frame_equal(stored, own.table("system_year"))


def test_a_twin_without_a_difference_says_so(tmp_path: Path) -> None:
    fine("twin", "area-300", "--years", 2, "--quiet", "--out", tmp_path / "t")
    page = render(tmp_path / "t")
    assert "Nothing differs" in page
    assert "Nothing is set differently." in page


def test_a_sweep_gives_every_arm_with_its_bands(folders: dict[str, Path]) -> None:
    from matsim.analysis.comparison import compare

    found = compare(open_result(folders["sweep"]))
    text = Reading(render(folders["sweep"])).text
    for sentence in found.sentences:
        assert sentence in text
    assert "All futures run" in text  # few draws of luck cannot say nine in ten
    assert "How much each of what was varied matters" in text


def test_failed_runs_of_a_sweep_are_told(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folders["sweep"], tmp_path / "s")
    file = copy / open_result(copy).manifest["tables"]["runs"]["files"][0]["name"]
    runs = pq.read_table(file).to_pandas()
    runs.loc[1, ["status", "error"]] = ["failed", "ZeroDivisionError: <b>"]
    runs.to_parquet(file)
    page = render(restamp(copy))
    assert "1 of" in Reading(page).text
    assert "Runs that failed" in page
    assert "ZeroDivisionError: &lt;b&gt;" in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_table_is_named_and_the_rest_is_there(kind: str, folders: dict[str, Path], tmp_path: Path) -> None:
    for name in open_result(folders[kind]).tables:
        copy = shutil.copytree(folders[kind], tmp_path / name)
        for file in open_result(copy).files(name):
            file.unlink()
        page = render(copy)
        assert "How these numbers were made" in page
        if name not in ("region_year", "trusts", "twin_year", "replicates"):  # which no part of a report needs
            assert re.search(rf"Missing: the tables? [\w, ]*{name}", page), name


def test_an_old_result_renders(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folders["run"], tmp_path / "old")
    for name in ("parameters.csv", "mechanisms.csv"):
        (copy / name).unlink()
    frame = pq.read_table(copy / "trust_year.parquet").to_pandas().drop(columns=["backoffice_per_pupil"])
    frame.to_parquet(copy / "trust_year.parquet")
    about = manifest(restamp(copy))
    del about["kind"], about["world"], about["libraries"]
    (copy / "manifest.json").write_text(json.dumps(about))
    text = Reading(render(copy)).text
    assert "did not list its parameters" in text
    assert "did not list its mechanisms" in text
    assert "did not yet record 'backoffice_per_pupil'" in text
    assert "In short" in text


def test_reports_need_no_model(folders: dict[str, Path]) -> None:
    code = (
        "import sys; from pathlib import Path; from matsim.report import render\n"
        "[render(Path(p)) for p in sys.argv[1:]]\n"
        "print([m for m in ('mesa', 'matsim.simulation', 'matsim.world') if m in sys.modules])"
    )
    words = [sys.executable, "-c", code, *map(str, folders.values())]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "[]"


def test_names_from_files_are_only_names(tmp_path: Path) -> None:
    rows = [
        school(100001 + i, CONVERTER if i % 2 else "Community school", name=f"{NASTY[i % 4]} {i}", northing=165000 + i)
        for i in range(40)
    ]
    links = [link(100001 + i, 500 + i % 4, name=NASTY[i // 2 % 4]) for i in range(1, 40, 2)]
    files = write(tmp_path / "schools.csv", rows), write(tmp_path / "links.csv", links, LINKS_2018)
    words = ["--establishments", files[0], "--group-links", files[1], "--years", 3, "--quiet"]
    fine("run", "england-2018", *words, "--out", tmp_path / "run")
    fine("twin", "england-2018", *words, "--out", tmp_path / "twin", "--set", "break_points.answers=never")
    for kind in ("run", "twin"):
        page = render(tmp_path / kind)
        assert "<script>alert" not in page
        assert "<b>bold" not in page
        assert ">49<" not in page
        assert Reading(page).tags.count("script") == Reading(page).tags.count("figure") + 3


def test_a_page_escapes_all_that_it_is_given() -> None:
    bad = NASTY[0]
    frame = pd.DataFrame({bad: [bad, NASTY[1]], "Number": [1.23456789, float("nan")]})
    section = Section(bad, (bad,), points=(bad,), notes=(bad,), missing=(bad,), tables=(Table(bad, frame),))
    page = html(Page(bad, bad, bad, (bad,), sections=(section,), caveats=(bad,)))
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    assert ">1.23<" in page
    assert ">–<" in page
    assert "plotly.js v" not in page


def test_a_page_does_not_take_two_sections_of_one_name() -> None:
    with pytest.raises(ValueError, match="share an id"):
        html(Page("t", "k", sections=(Section("A"), Section("a"))))


def test_the_command_writes_the_page_beside_the_tables(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = shutil.copytree(folders["run"], tmp_path / "r")
    about = told("report", copy)
    place = copy / "report.html"
    assert about["report"] == str(place)
    assert place.read_text(encoding="utf-8") == render(copy)
    assert about["bytes"] == place.stat().st_size
    assert call("report", copy).code == 0  # its own page is replaced
    assert "drawing" in call("report", copy).err
    assert call("report", copy, "--quiet").err == ""
    assert told("verify", copy)["same"] is True
    fine("run", "area-300", "--years", 1, "--out", copy, "--overwrite")
    assert not place.exists()


def test_the_command_replaces_no_other_file(folders: dict[str, Path], tmp_path: Path) -> None:
    letter = tmp_path / "letter.html"
    letter.write_text("<p>dear</p>", encoding="utf-8")
    assert "no matsim report" in wrong(3, "report", folders["run"], "--out", letter)
    assert letter.read_text(encoding="utf-8") == "<p>dear</p>"
    fine("report", folders["run"], "--out", letter, "--overwrite")
    assert MARK in letter.read_text(encoding="utf-8")[:200]
    assert "is a folder" in wrong(3, "report", folders["run"], "--out", tmp_path)
    assert "there is no folder" in wrong(3, "report", folders["run"], "--out", tmp_path / "none" / "r.html")
    assert "there is no such folder" in wrong(3, "report", tmp_path / "nothing")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["letter.html"]
