"""What a board gives: a CSV of schools, a file of options, names; and what it is told when they are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario
from support.calling import fine, told, wrong
from test_board import own_urns, trust_of

from matsim.board.options import Wishes, defaults, from_file
from matsim.board.schools_form import FORM, TEMPLATE, trust_from
from matsim.board.surroundings import look_around, partner
from matsim.core.errors import InputError
from matsim.selfcheck.csvinput import read_form
from matsim.world.base import World
from matsim.world.codes import GRADES, PHASES, Route, TrustKind

AREA = ("area-300", "--years", 3, "--futures", 10, "--workers", 1, "--quiet")


def given(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "schools.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_numbers_and_names_of_the_form_are_read_as_those_of_published_files(tmp_path: Path) -> None:
    path = tmp_path / "schools.csv"
    head = "name,phase,pupils,places,free_meals,easting,northing\n"
    path.write_text(head + 'Oak\x1b[31m\u202e Hill,Primary,"1,024",1 050,12.5%,400000,300000\n', encoding="utf-8")
    sheet = read_form(path, FORM)
    assert sheet.text["name"] == ("Oak Hill",)
    assert [float(sheet.numbers[key][0]) for key in ("pupils", "places", "free_meals")] == [1024, 1050, 12.5]


def test_a_trust_of_known_and_new_schools(area: World, tmp_path: Path) -> None:
    first, second = (int(u) for u in area.schools["urn"][:2])
    rows = (
        f"urn,name,phase,pupils,grade,easting,northing,near\n{first},,,,,,,\n{second},,,333,Outstanding,,,\n"
        f",New School,secondary,800,Good,{area.schools['easting'][5]},{area.schools['northing'][5]},\n"
        f",Beside,primary,,,,,{first}\n"
    )
    made = trust_from(given(tmp_path, rows), area, "Our trust", None, scenario().travel)
    world = made.world
    assert world.trust_names[-1] == "Our trust"
    urns = own_urns(world, made.uid)
    assert urns[:2] == [first, second]
    assert len(urns) == 4
    at = {int(u): i for i, u in enumerate(world.schools["urn"])}
    assert world.schools["pupils"][at[second]] == 333
    assert world.schools["grade"][at[second]] == GRADES.index("Outstanding")
    new, beside = urns[2:]
    assert new == int(area.schools["urn"].max()) + 1
    assert world.schools["phase"][at[new]] == PHASES.index("secondary")
    assert world.schools["capacity"][at[new]] >= 800
    assert world.schools["pupils"][at[beside]] > 0
    assert world.schools["easting"][at[beside]] == area.schools["easting"][0]
    assert (world.schools["route"][[at[u] for u in urns]] > Route.MAINTAINED).all()
    held = np.bincount(world.schools["trust"][world.schools["trust"] >= 0], minlength=len(world.trust_names))
    assert (held > 0).all()


def test_a_trust_made_anew_lets_the_others_go(area: World, tmp_path: Path) -> None:
    uid = trust_of(area, 4)
    before = own_urns(area, uid)
    rows = "urn\n" + "".join(f"{urn}\n" for urn in before[:2])
    made = trust_from(given(tmp_path, rows), area, "x", uid, scenario().travel)
    assert made.uid == uid
    assert own_urns(made.world, uid) == before[:2]
    row = {int(u): i for i, u in enumerate(made.world.schools["urn"])}
    homes = made.world.schools["trust"][[row[u] for u in before[2:]]]
    assert len(set(homes.tolist())) == len(before) - 2
    assert (made.world.trusts["kind"][homes] == TrustKind.SINGLE).all()


def test_every_mistake_in_a_csv_is_told_with_its_line(area: World, tmp_path: Path) -> None:
    first = int(area.schools["urn"][0])
    rows = (
        f"urn,name,phase,pupils,grade,easting,northing,near\n{first},,,,,,,\n{first},,,,,,,\n1,,,,,,,\n"
        ",No Place,primary,,,,,\n,,primary,,,400000,,\n,Odd,middling,,God,400000,300000,\n"
        ",Lost,primary,,,,,Nowhereville\n"
    )
    with pytest.raises(InputError) as error:
        trust_from(given(tmp_path, rows), area, "x", None, scenario().travel)
    said = "\n".join(error.value.problems)
    for part in ("line 3: URN", "line 4, column 'urn': no school of the world has URN 1", "line 5: a school without",
                 "line 6, column 'name': is blank", "line 6, column 'northing': is blank",
                 "line 7, column 'phase': 'middling' is unknown", "line 7, column 'grade'",
                 "line 8, column 'near'"):  # fmt: skip
        assert part in said


def test_the_template_has_the_columns_of_the_form() -> None:
    assert fine("board", "--schools-template") == TEMPLATE


def test_default_options_fit_the_trust(county: World) -> None:
    settings = scenario()
    at = look_around(county, trust_of(county, 6), settings)
    plans = defaults(at, settings, Wishes())
    assert 2 <= len(plans) <= 4
    assert plans[0].key == "stay"
    asked = set(plans[1].focus)
    row = {int(u): i for i, u in enumerate(county.schools["urn"])}
    assert asked
    assert all(at.free[row[u]] for u in asked)
    other = partner(at, settings)
    if other is not None:
        assert any(p.key == "merge" for p in defaults(at, settings, Wishes(partner=other)))


def test_an_option_file_says_what_is_wrong_with_it(area: World, tmp_path: Path) -> None:
    settings = scenario()
    at = look_around(area, trust_of(area, 3), settings)
    file = tmp_path / "options.toml"
    file.write_text(
        '[[options]]\nname = "A"\nuse = "stay"\n[[options]]\nname = "A"\n[[options.decisions]]\nyear = 2018\n'
        'growth = "hold"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="two are called 'A'"):
        from_file(file, at, settings, Wishes())
    file.write_text('[[options]]\nname = "A"\nuse = "stoy"\ndecision = 1\n', encoding="utf-8")
    with pytest.raises(InputError) as error:
        from_file(file, at, settings, Wishes())
    assert "decision" in str(error.value)
    assert "decisions" in str(error.value)
    file.write_text(
        '[[options]]\nname = "Hold"\nuse = "stay"\n[[options]]\nname = "Left to the CEO"\nwanted = 2\n',
        encoding="utf-8",
    )
    plans = from_file(file, at, settings, Wishes())
    assert [p.name for p in plans] == ["Hold", "Left to the CEO"]
    assert plans[1].decisions == ()


def test_the_command_makes_a_pack(tmp_path: Path) -> None:
    area = "800029"
    said = told("board", *AREA, "--trust", area, "--compare", "stay,local", "--add", 1, "--out", tmp_path / "pack")
    assert [o["name"] for o in said["options"]] == ["Stay as we are", "Add one local school"]
    page = (tmp_path / "pack" / "board.html").read_text(encoding="utf-8")
    assert "The options side by side" in page
    fine("report", tmp_path / "pack", "--quiet")
    assert (tmp_path / "pack" / "report.html").read_text(encoding="utf-8") == page
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "board"
    assert (tmp_path / "pack" / "option-2.toml").is_file()


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("--out", "x"), 2, "needs --out DIR and a trust"),
        (("--trust", "Nobody at all", "--out", "x"), 3, "no trust has 'Nobody at all' in its name"),
        (
            ("--trust", "800029", "--compare", "stay,locl", "--out", "x"),
            3,
            "'locl' is no option; did you mean 'local'?",
        ),
        (("--trust", "800029", "--compare", "stay", "--out", "x"), 3, "a pack compares 2 to 4"),
        (("--trust", "800029", "--near", "Atlantis", "--out", "x"), 3, "no local authority and no school is called"),
        (("--trust", "800029", "--candidates", "7,9", "--out", "x"), 3, "has no school with URN 7"),
        (("--trust", "800029", "--merge", "800029", "--out", "x"), 3, "cannot merge with itself"),
    ],
)
def test_what_the_command_says_when_something_is_wrong(
    words: tuple[str, ...], code: int, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert part in wrong(code, "board", *AREA, *words)


def test_schools_of_every_phase_can_be_entered(area: World, tmp_path: Path) -> None:
    place = f"{area.schools['easting'][5]},{area.schools['northing'][5]}"
    rows = "name,phase,pupils,easting,northing\n" + "".join(f"New {p},{p},90,{place}\n" for p in PHASES)
    made = trust_from(given(tmp_path, rows), area, "Our trust", None, scenario().travel)
    at = np.isin(made.world.schools["urn"], own_urns(made.world, made.uid))
    assert made.world.schools["phase"][at].tolist() == list(range(len(PHASES)))
    assert made.world.schools["fsm"][at].max() <= 100
    assert (made.world.schools["capacity"][at] > 0).all()
