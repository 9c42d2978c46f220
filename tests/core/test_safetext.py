"""Names that act on a terminal, a page or a spreadsheet: taken out where they enter, harmless where they leave."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from support.calling import process
from support.make_gias import CONVERTER, LINKS_2022, WIDE, link, school, write

from matsim.cli import output
from matsim.cli.errors import complain
from matsim.core.safe_text import clean, for_spreadsheet, harmless, harmless_json, visible
from matsim.report import render
from matsim.report.page import Page, Section, html
from matsim.scenario.load import load_scenario, override
from matsim.simulation.simulate import build_world, save, simulate

EVIL = "\x1b[31mOak\x1b]0;owned\x07 \u202eHill\u2066\x9b2J\u200b\r"
ACTING = frozenset(
    chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
)


def acting(text: str) -> set[str]:
    """What in a text acts rather than shows, lines and tabs aside."""
    return set(text) & ACTING - set("\n\t")


def own(page: str) -> str:
    """A page without the scripts that come with it: what is made from the result."""
    return re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_every_character_that_acts_and_has_no_shape_is_known() -> None:
    """Against Python's own tables, whatever their version: what they have, and this has not, would slip through."""
    assert not [f"U+{ord(c):04X}" for c in ACTING - set("\n\t") if visible(c) == c]
    assert not [f"U+{ord(c):04X}" for c in ACTING if c in clean(f"a{c}b")]
    assert visible("a\n\tb") == "a\n\tb"


@pytest.mark.parametrize(
    "name", ["St Mary’s CofE Primary", "École Zoë – Añil", "O’Brien & Sons' 123", "中文", "👍", "a  b"]
)
def test_names_of_any_script_stay_as_they_are(name: str) -> None:
    assert clean(name) == harmless(name) == visible(name) == name
    assert json.loads(harmless_json(json.dumps(name))) == name


def test_a_sequence_goes_whole_and_what_is_sent_is_seen() -> None:
    assert clean(EVIL) == "Oak Hill"
    assert visible("\x1b[31m\u202e") == "\\x1b[31m\\u202e"
    told = json.loads(harmless_json(json.dumps([EVIL, "a\\u202eb", "\\\u202e"])))
    assert not acting("".join(told)) - {"\r"}
    assert told[1:] == ["a\\u202eb", "\\"]  # a backslash and letters are what somebody wrote


@pytest.mark.parametrize("text", ["=1", "+a", "-a", "@a", "\ta", "\ra", "'a", "＝1", "-5", "+3.2e4", "a", "", "a=1"])
def test_the_exact_text_comes_back_from_a_spreadsheet_cell(text: str) -> None:
    cell = for_spreadsheet(text)
    assert cell.removeprefix("'") == text
    assert (cell == text) == (text in ("-5", "+3.2e4", "a", "", "a=1"))


def test_nothing_that_acts_leaves_for_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for say in (output.show, complain):
        say(f"a\n{EVIL}")
    output.show_json("test", {"name": EVIL})
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert text
        assert not acting(text)
    assert json.loads(said.out[said.out.index("{") :])["name"] == EVIL


def test_names_of_files_reach_no_page_and_no_terminal_raw(tmp_path: Path) -> None:
    rows = [
        school(100001 + i, CONVERTER, name=f"{EVIL}{i}", la_name=EVIL, easting=500_000 + 700 * i) for i in range(30)
    ]
    schools = write(tmp_path / "schools.csv", rows, WIDE, "utf-8")
    links = write(
        tmp_path / "links.csv", [link(100001 + i, 20 + i % 3, name=EVIL) for i in range(30)], LINKS_2022, "utf-8"
    )
    out = tmp_path / "r"
    done = process(
        *("run", "england-2018", "--years", 2, "--out", out, "--establishments", schools, "--group-links", links),
        *("--set", "title='a\u202eb'"),
    )
    assert done.returncode == 0, done.stderr
    page = own(render(out))
    assert not acting(done.stdout + done.stderr + page)
    assert "Oak Hill" in page


def test_a_stored_result_with_names_that_act_makes_a_harmless_page(tmp_path: Path) -> None:
    """Results come from others too: what stands in their tables is not shown raw either."""
    scenario = override(load_scenario("area-300"), {"world.synthetic.schools": 60, "run.years": 2}, "test")
    world = build_world(scenario)
    named = replace(
        world,
        school_names=tuple(f"{EVIL}{i}" for i in range(len(world.school_names))),
        trust_names=tuple(f"{EVIL}{i}" for i in range(len(world.trust_names))),
    )
    stored = save(simulate(scenario, named), tmp_path / "r")
    page = own(render(stored.folder))
    assert "Oak Hill" in page
    assert not acting(page)
    assert "\\u202e" not in page
    assert "\\u001b" not in page


def test_warnings_come_first_on_a_page() -> None:
    text = html(
        Page("Title", "Kind", sections=[Section("One", paragraphs=["words"])], warnings=["No\u202e grades <b>"])
    )
    assert text.index("Read this first") < text.index("<li>No grades &lt;b&gt;</li>") < text.index("words")
    assert "Read this first" not in html(Page("Title", "Kind", sections=[Section("One")]))
