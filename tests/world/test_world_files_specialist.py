"""Special schools, alternative provision and academies for 16 to 19: in files, and where only the links know them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from support.make_gias import CONVERTER, link, load, school

from matsim.core.columns import Array
from matsim.core.published_files import Files
from matsim.world.base import World
from matsim.world.codes import PHASES, ROUTES, Phase, TrustKind
from matsim.world.file_codes import type_kind
from matsim.world.geography import TravelParams
from matsim.world.gias import read_world
from matsim.world.imputation import FileWorldParams
from matsim.world.linked import SPREAD_KM

TYPES = (
    ("Community special school", "special", "maintained"),
    ("Foundation special school", "special", "maintained"),
    ("Academy special converter", "special", "converter"),
    ("Academy special sponsor led", "special", "sponsored"),
    ("Free schools special", "special", "free school"),
    ("Pupil referral unit", "alternative provision", "maintained"),
    ("Academy alternative provision converter", "alternative provision", "converter"),
    ("Academy alternative provision sponsor led", "alternative provision", "sponsored"),
    ("Free schools alternative provision", "alternative provision", "free school"),
    ("Academy 16-19 converter", "16 to 19", "converter"),
    ("Academy 16 to 19 sponsor led", "16 to 19", "sponsored"),
    ("Free schools 16 to 19", "16 to 19", "free school"),
)
NONE = {"pupils": "", "places": "", "fsm": "", "grade": "", "inspected": ""}


# --- what is read


@pytest.mark.parametrize(("kind", "phase", "route"), TYPES)
@pytest.mark.parametrize("stated", ["Not applicable", "16 plus", "Secondary", ""])
def test_the_type_says_what_a_specialist_school_is(
    tmp_path: Path, kind: str, phase: str, route: str, stated: str
) -> None:
    world = load(tmp_path, [school(100001, kind, phase=stated, low="", high="")])
    assert PHASES[world.schools["phase"][0]] == phase
    assert ROUTES[world.schools["route"][0]] == route
    assert (world.schools["pupils"][0], world.schools["capacity"][0], world.schools["fsm"][0]) == (200, 210, 20.5)
    assert world.account.set_aside == {}


def test_a_mainstream_type_of_phase_16_plus_is_a_school_for_16_to_19(tmp_path: Path) -> None:
    rows = [
        school(100001, CONVERTER, phase="16 plus", low=16, high=19),
        school(100002, CONVERTER, phase="Not applicable", low=16, high=19),
        school(100003, "Further education", phase="16 plus"),
    ]
    world = load(tmp_path, rows)
    assert world.schools["phase"].tolist() == [Phase.SIXTEEN_PLUS] * 2
    assert world.account.set_aside == {"college of further education": 1}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("Non-maintained special school", "non-maintained special school"),
        ("Other independent special school", "independent school"),
        ("Special post 16 institution", "college of further education"),
        ("Sixth form centres", "college of further education"),
        ("Secure units", "secure unit or academy"),
        ("Academy secure 16 to 19", "secure unit or academy"),
        ("Local authority nursery school", "nursery school"),
    ],
)
def test_other_types_are_set_aside_and_why(kind: str, why: str) -> None:
    assert (type_kind(kind).aside, type_kind(kind).route) == (why, -1)


# --- how gaps are filled


def test_gaps_are_filled_with_what_is_usual_of_the_kind(tmp_path: Path) -> None:
    rows = [school(100001 + i, kind, **NONE) for i, (kind, _, _) in enumerate(TYPES)]
    rows += [school(100101, "Pupil referral unit", **NONE | {"places": 80}), school(100102, pupils=400, places=420)]
    p = FileWorldParams(planned_share=0.0)
    world = load(tmp_path, rows, params=p)
    usual = {
        "special": (p.special_places, p.special_fill, p.special_fsm),
        "alternative provision": (p.alternative_places, p.alternative_fill, p.alternative_fsm),
        "16 to 19": (p.sixteen_places, p.sixteen_fill, p.sixteen_fsm),
    }
    for row, (_, phase, _) in enumerate(TYPES):
        places, fill, fsm = usual[phase]
        found = tuple(float(world.schools[name][row]) for name in ("capacity", "pupils", "fsm"))
        assert found == pytest.approx((places, round(places * fill), 100 * fsm))
    assert world.schools["pupils"][12] == round(80 * p.alternative_fill)
    assert world.account.filled["roll and capacity: a typical school of the phase"] == 12


def test_gaps_of_mainstream_schools_are_filled_as_without_specialist_schools(tmp_path: Path) -> None:
    rows = [school(100001 + 2 * i, pupils="" if i % 3 else 200, fsm="" if i % 4 else i, inspected="" if i % 5 else
                   f"02-07-20{10 + i % 7}", easting=532000 + 40 * i) for i in range(60)]  # fmt: skip
    kinds = [school(100002 + 2 * i, TYPES[i % 12][0], pupils="", fsm=60, inspected="03-03-2009",
                    easting=532000 + 41 * i) for i in range(50)]  # fmt: skip
    some = FileWorldParams(planned_share=0.05)
    alone, beside = (load(tmp_path, given, params=some) for given in (rows, [*rows, *kinds]))
    usual = beside.schools["phase"] <= Phase.ALL_THROUGH
    for name in ("urn", "pupils", "capacity", "fsm", "grade", "inspected", "opened", "route", "easting"):
        before, after = (
            w.schools[name][m & ~w.schools["planned"]] for w, m in ((alone, np.full(63, True)), (beside, usual))
        )
        assert before.tolist() == pytest.approx(after.tolist(), nan_ok=True), name
    kinds_of = [np.bincount(w.schools["phase"][w.schools["planned"]], minlength=6).tolist() for w in (alone, beside)]
    assert kinds_of == [[1, 2, 0, 0, 0, 0], [1, 2, 0, 1, 0, 0]]


def test_grades_of_mainstream_schools_are_drawn_as_without_specialist_schools(tmp_path: Path) -> None:
    rows = [school(100001 + 2 * i, fsm=i % 60, grade="", inspected="", easting=500_000 + 60 * i) for i in range(400)]
    kinds = [school(100002 + 2 * i, "Community special school", grade="", inspected="", easting=500_000 + 61 * i)
             for i in range(400)]  # fmt: skip
    alone, beside = load(tmp_path, rows, year=2024), load(tmp_path, [*rows, *kinds], year=2024)
    special = beside.schools["phase"] == Phase.SPECIAL
    usual = beside.schools["phase"] <= Phase.ALL_THROUGH
    assert alone.schools["grade"].tolist() == beside.schools["grade"][usual].tolist()
    assert np.bincount(beside.schools["grade"][special], minlength=5).tolist() == [0, 136, 220, 24, 20]
    assert beside.account.filled["inspection grade and date: drawn by published shares"] == 800


# --- schools under two URNs


def test_a_special_school_is_never_taken_for_a_mainstream_one_on_its_site(tmp_path: Path) -> None:
    rows = [
        school(100001, name="Elm School", opened="01-09-2017", status="Open, but proposed to close"),
        school(100002, "Academy special converter", name="Elm Academy", opened="01-05-2018"),
        school(100003, "Academy alternative provision converter", name="Elm Academy", opened="01-05-2018"),
    ]
    assert load(tmp_path, rows, year=2018).size == 3


def test_a_special_school_that_converts_is_one_school(tmp_path: Path) -> None:
    rows = [
        school(100001, "Community special school", name="Elm School", status="Open, but proposed to close"),
        school(100002, "Academy special converter", name="Elm Academy", opened="01-05-2018", pupils=""),
    ]
    world = load(tmp_path, rows, year=2018)
    assert world.schools["urn"].tolist() == [100002]
    assert world.schools["pupils"].tolist() == [200]


# --- schools that only the links know


def _spread(count: int, la: int = 306) -> list[dict[str, object]]:
    """Converters in a row, a kilometre from one to the next, and one in another authority far off."""
    return [school(100001 + i, CONVERTER, la=la, easting=520_000 + 1_000 * i) for i in range(count)]


def test_a_school_that_only_the_links_know_is_put_beside_its_trust(tmp_path: Path) -> None:
    special = link(200001, 20, of_type="Academy special converter", joined="01-09-2015") | {"LA (code)": 306}
    links = [*(link(100001 + i, 20) for i in range(3)), *(link(100004 + i, 30) for i in range(6)), special]
    world = load(tmp_path, _spread(9), links)
    at = world.schools["urn"].tolist().index(200001)
    assert world.schools["phase"][at] == Phase.SPECIAL
    assert world.trusts["uid"][world.schools["trust"][at]] == 20
    # the middle one of three
    assert (
        0.0
        < np.hypot(world.schools["easting"][at] - 521_000, world.schools["northing"][at] - 165_000)
        <= SPREAD_KM * 1e3
    )
    assert (world.schools["capacity"][at], world.schools["pupils"][at]) == (140, 144)
    assert world.schools["opened"][at] == pytest.approx(2015 + 243 / 365, abs=0.01)
    assert world.account.links_only == {200001}
    assert world.about()["links_only"] == 1
    words = "special school that only the links know: put beside its trust's schools in the authority"
    assert world.account.filled[words] == 1
    assert world.account.left_out == {}


def test_one_of_a_trust_without_other_schools_is_put_in_the_middle_of_its_authority(tmp_path: Path) -> None:
    lone = link(200001, 50, "Single-academy trust", of_type="Free schools alternative provision") | {"LA (code)": 306}
    world = load(tmp_path, _spread(9), [*(link(100001 + i, 20) for i in range(9)), lone])
    at = world.schools["urn"].tolist().index(200001)
    assert np.hypot(world.schools["easting"][at] - 524_000, world.schools["northing"][at] - 165_000) <= SPREAD_KM * 1e3
    assert "1 trust has no others." in world.account.warnings[0]
    assert "1 school in open trusts (1 alternative provision) is in the group links" in world.account.warnings[0]
    assert "Such schools of local authorities are missing" in world.account.warnings[0]


def test_an_authority_of_another_date_is_that_which_it_became(tmp_path: Path) -> None:
    old = link(200001, 50, of_type="Academy special converter") | {"LA (code)": 928}  # Northamptonshire, until 2021
    world = load(tmp_path, _spread(5, la=940), [link(100001, 20), old])
    assert world.schools["la"].tolist() == [940] * 6
    elsewhere = link(200001, 50, of_type="Academy special converter") | {"LA (code)": 201}
    world = load(tmp_path, _spread(5, la=940), [link(100001, 20), elsewhere])
    assert world.size == 5  # no place can be given it
    assert world.account.left_out[50].schools[0][2] == "not in the establishment file"


def test_a_school_that_the_file_sets_aside_is_not_brought_back_by_the_links(tmp_path: Path) -> None:
    rows = [*_spread(3), school(200001, "Academy special converter", status="Closed")]
    world = load(tmp_path, rows, [link(100001, 20), link(200001, 20, of_type="Academy special converter")])
    assert not world.account.links_only
    assert world.account.left_out[20].schools == ((200001, "Invented School 200001", "closed"),)


# --- real files, against a count of our own

PAIRS = (
    ("gias_england_2018-05.csv", "grouplinks_edubaseallacademiesandfree20180501.csv", 2018),
    ("establishments_2024-03_assembled.csv", "grouplinks_edubaseallacademiesandfree_2024-03-01.csv", 2024),
)
KINDS = {
    "Academy special sponsor led": "special",
    "Free schools special": "special",
    "Academy special converter": "special",
    "Free schools alternative provision": "alternative provision",
    "Academy alternative provision converter": "alternative provision",
    "Academy alternative provision sponsor led": "alternative provision",
    "Free schools 16 to 19": "16 to 19",
    "Academy 16-19 converter": "16 to 19",
    "Academy 16 to 19 sponsor led": "16 to 19",
}


def _counted(establishments: str, links: str) -> pd.DataFrame:
    """Schools of open trusts by pandas alone: URN, group, whether multi, kind ("" for mainstream), and whether the
    establishment file has them. A school of two trusts is in the one joined last."""
    rows = pd.read_csv(SHARED / links, encoding="cp1252", low_memory=False)
    rows = rows[rows["Group Type"].isin(["Multi-academy trust", "Single-academy trust"]) & rows["URN"].notna()]
    rows["when"] = pd.to_datetime(rows["Joined date"], dayfirst=True, format="mixed")
    rows["multi"] = rows["Group Type"] == "Multi-academy trust"
    rows = rows.sort_values(["when", "multi"], kind="stable", na_position="first").drop_duplicates("URN", keep="last")
    known = pd.read_csv(SHARED / establishments, encoding="cp1252", low_memory=False, usecols=[0]).iloc[:, 0]
    return pd.DataFrame({
        "urn": rows["URN"].astype(int),
        "group": rows["Linked UID"].astype(int),
        "multi": rows["multi"],
        "kind": rows["TypeOfEstablishment (name)"].map(KINDS).fillna(""),
        "known": rows["URN"].astype(int).isin(known.astype(int)),
    })  # fmt: skip


def _in_trusts(world: World) -> pd.DataFrame:
    s: dict[str, Array] = {name: values[world.schools["trust"] >= 0] for name, values in world.schools.items()}
    names = np.array(["", "", "", *PHASES[3:]])
    return pd.DataFrame({
        "urn": s["urn"],
        "group": world.trusts["uid"][s["trust"]],
        "kind": names[s["phase"]],
        "multi": world.trusts["kind"][s["trust"]] == TrustKind.MULTI,
    })  # fmt: skip


@pytest.mark.realdata
@pytest.mark.parametrize(("establishments", "links", "year"), PAIRS)
def test_specialist_schools_of_real_links_are_in_their_trusts(establishments: str, links: str, year: int) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    world = read_world(Files(SHARED / establishments, SHARED / links), year, TravelParams())
    ours, theirs = _in_trusts(world), _counted(establishments, links)
    wanted = theirs[theirs["kind"] != ""].sort_values("urn")
    found = ours[ours["kind"] != ""].sort_values("urn")
    for name in ("urn", "group", "kind"):
        assert found[name].tolist() == wanted[name].tolist()
    assert len(world.account.links_only) == len(wanted)
    # mainstream schools, and trusts by how many they have of them, as before
    usual = theirs[(theirs["kind"] == "") & theirs["known"]]
    matched = ours[(ours["kind"] == "") & ours["urn"].isin(theirs["urn"])]
    assert matched.sort_values("urn")["group"].tolist() == usual.sort_values("urn")["group"].tolist()
    assert matched.groupby("group").size().to_dict() == usual.groupby("group").size().to_dict()
    assert (world.schools["phase"][~world.schools["planned"]] <= Phase.ALL_THROUGH).sum() == 19_999


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("kinds", "some", "nothing_else"),
    [(("special", "alternative provision"), 216, 87), (PHASES[3:], 255, 97)],
)
def test_multi_academy_trusts_with_specialist_schools_in_march_2024(
    kinds: tuple[str, ...], some: int, nothing_else: int
) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published files are not beside the project")
    establishments, links, year = PAIRS[1]
    world = read_world(Files(SHARED / establishments, SHARED / links), year, TravelParams())
    theirs = _counted(establishments, links)
    theirs = theirs[theirs["multi"]]
    counted = theirs["kind"].isin(kinds).groupby(theirs["group"]).agg(["any", "all"])
    assert (len(counted), int(counted["any"].sum()), int(counted["all"].sum())) == (1_310, some, nothing_else)
    ours = _in_trusts(world)[["group", "kind"]]
    missing = theirs.loc[~theirs["known"] & (theirs["kind"] == ""), ["group", "kind"]]  # mainstream, in no file
    whole = pd.concat([ours[ours["group"].isin(theirs["group"])], missing])
    again = whole["kind"].isin(kinds).groupby(whole["group"]).agg(["any", "all"])
    assert (len(again), int(again["any"].sum()), int(again["all"].sum())) == (1_310, some, nothing_else)
