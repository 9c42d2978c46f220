"""Published files on the command line: every command takes every kind, and a result asks for each of them again."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import typer.main
from support.calling import fine, published, wrong
from support.make_inspections import FORM_2023, FORM_2026, card, carded, judged, write_inspections

from matsim.cli import app
from matsim.core.published_files import KINDS, Files, label
from matsim.report.build import page_of
from matsim.results.store import open_result


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def given(*more: object) -> tuple[object, ...]:
    """Options for sixty schools, their trusts and how they were last judged."""
    schools, links = published(Path.cwd())
    rows = [judged(100001 + i, **{"Overall effectiveness": 1 + i % 4}) for i in range(60)]
    inspections = write_inspections(Path("inspections.csv"), rows, FORM_2023)
    return "--establishments", schools, "--group-links", links, "--inspections", inspections, *more


def test_every_field_of_files_is_a_kind() -> None:
    assert [kind.name for kind in KINDS] == [field.name for field in fields(Files)]


def test_names_options_and_labels_follow_from_the_kind() -> None:
    files = Files(Path("e.csv"), inspections=Path("i.csv"), results=(Path("a.csv"), Path("b.csv")))
    assert list(files.inputs) == ["establishments", "inspections", "results", "results_2"]
    assert files.options[-4:] == ["--results", "a.csv", "--results", "b.csv"]
    assert Files.made({kind.name: files.of(kind) for kind in KINDS}) == files
    assert [label(name) for name in files.inputs] == [
        "File of schools",
        "File of inspections",
        "File of results",
        "File of results 2",
    ]
    assert label("group_links") == "File of group links"
    assert label("schools") == "schools"


def test_every_command_that_takes_schools_takes_every_kind() -> None:
    commands = dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    for group in ("world", "scenario"):
        commands |= {f"{group} {name}": one for name, one in commands.pop(group).commands.items()}
    taking = {}
    for name, command in commands.items():
        options = {option for one in command.params for option in one.opts}
        if "--establishments" in options and name != "evidence":
            taking[name] = options
    assert set(taking) == {
        *("run", "twin", "sweep", "replay", "verify", "board", "explore", "forecast"),
        *("world build", "world describe", "scenario check"),
    }
    for name, options in taking.items():
        assert {kind.option for kind in KINDS} <= options, name


@pytest.mark.parametrize("option", [kind.option for kind in KINDS[1:]])
def test_a_file_without_the_schools_is_refused(option: str) -> None:
    text = wrong(3, "run", "area-300", option, "some.csv", "--out", "r", "-q")
    said = "was given without --establishments; a world needs the file of schools, to which others are added"
    assert text == f"{option} some.csv: {said}\n"


def test_a_result_names_its_files_and_asks_for_each_again() -> None:
    options = given()
    fine("run", "england-2018", *options, "--years", 1, "--out", "r", "-q")
    result = open_result(Path("r"))
    inputs = result.manifest["inputs"]
    assert list(inputs) == ["world", "establishments", "group_links", "inspections"]
    assert inputs["inspections"]["name"] == "inspections.csv"
    assert len(inputs["inspections"]["sha256"]) == 64
    assert "inspections.csv" in result.manifest["world"]["origin"]
    assert "all" in fine("verify", "r", *options)
    asked = wrong(3, "verify", "r", "-q", *options[:4])
    assert asked.endswith("was made from published files: say where they are with --inspections (inspections.csv)\n")
    text = Path("inspections.csv").read_text(encoding="cp1252")
    Path("inspections.csv").write_text(text.replace(",2,", ",3,"), encoding="cp1252")
    assert "were the input files changed?" in wrong(6, "verify", "r", "-q", *options)


def test_a_page_says_how_report_cards_became_grades() -> None:
    schools, links = published(Path.cwd())
    rows = [carded(100001 + i, **(card() if i < 30 else {})) for i in range(60)]
    inspections = write_inspections(Path("cards.csv"), rows, FORM_2026)
    files = ("--establishments", schools, "--group-links", links, "--inspections", inspections)
    fine("run", "england-2018", "--set", "world.start=2026", *files, "--years", 1, "--out", "r", "-q")
    page = page_of(Path("r"))
    facts = (*page.provenance, *(fact for section in page.sections for fact in section.facts))
    said = " ".join(fact.value for fact in facts)
    assert "30 schools have a report card, read as a grade that Ofsted did not give" in said
    assert any(fact.label == "File of inspections" for fact in page.provenance)


def test_a_sweep_and_a_scenario_check_read_them_too() -> None:
    options = given()
    assert fine("scenario", "check", "england-2018", *options) == "england-2018: right\n"
    Path("e.toml").write_text(
        'title = "x"\nscenario = "england-2018"\nreplicates = 2\nyears = 1\nmeasures = ["mean_outcome"]\n'
        '[[arms]]\nname = "as it is"\n',
        encoding="utf-8",
    )
    fine("sweep", "e.toml", "--out", "s", "--workers", 0, *options, "-q")
    assert open_result(Path("s")).manifest["inputs"]["inspections"]["name"] == "inspections.csv"
    fine("replay", "s", 1, "--out", "again", *options, "-q")
    assert "--inspections (inspections.csv)" in wrong(3, "verify", "s", *options[:4], "-q")
