"""The trusts and federations that an establishment file names, alone and beside group links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.make_gias import CONVERTER, LINKS_2022, NARROW, SPONSORED, link, load, refused, school

from matsim.world.codes import Route, TrustKind

TODAY = [name for name in NARROW if not name.startswith("Ofsted")] + [
    *("TrustSchoolFlag (name)", "Trusts (code)", "Trusts (name)"),
    *("FederationFlag (name)", "Federations (code)", "Federations (name)"),
]
MULTI, SINGLE = "Supported by a multi-academy trust", "Supported by a single-academy trust"
FOUNDATION = "Supported by a trust"


def of(
    urn: int, kind: str, flag: str = "", code: object = "", federation: object = "", **values: Any
) -> dict[str, object]:
    """A school of today's form, with the group that its row names; each a kilometre from the last."""
    named = {"TrustSchoolFlag (name)": flag, "Trusts (code)": code, "Trusts (name)": f"TRUST {code}" if code else ""}
    named |= {"Federations (code)": federation, "Federations (name)": f"The {federation} Federation"}
    return school(urn, kind, easting=520_000 + 1000 * (urn % 1000), **values) | named


def test_the_column_of_trusts_serves_where_there_are_no_links(tmp_path: Path) -> None:
    rows = [
        of(100001, CONVERTER, MULTI, 5143),
        of(100002, SPONSORED, MULTI, 5143),
        of(100003, CONVERTER, SINGLE, 2218),
        of(100004, "Foundation school", FOUNDATION, 77),
        of(100005, "Foundation school", FOUNDATION, 77),
        of(100006, "Community school", "Not applicable"),
        of(100007, CONVERTER, "Not supported by a trust"),
        of(100008, CONVERTER, MULTI, 6000),
    ]
    world = load(tmp_path, rows, columns=TODAY)
    uid = [world.trusts["uid"][row] if row >= 0 else -1 for row in world.schools["trust"].tolist()]
    assert uid == [5143, 5143, 2218, -1, -1, -1, 6001, 6000]
    kinds = dict(zip(world.trusts["uid"].tolist(), world.trusts["kind"].tolist(), strict=True))
    assert kinds == {5143: TrustKind.MULTI, 2218: TrustKind.SINGLE, 6000: TrustKind.MULTI, 6001: TrustKind.SINGLE}
    assert world.trust_names == ("TRUST 2218", "TRUST 5143", "TRUST 6000", "Invented School 100007")
    told = " ".join(world.account.notes)
    assert "the trusts are those that the establishment file names, for 4 schools" in told
    assert "2 schools of the establishment file have the trust of a foundation, which is no academy trust" in told
    assert not any("No group links were given" in text for text in world.account.warnings)


def test_without_a_flag_the_type_and_the_number_of_schools_tell(tmp_path: Path) -> None:
    bare = [name for name in TODAY if not name.startswith("TrustSchoolFlag")]
    rows = [
        of(100001, CONVERTER, code=50),
        of(100002, CONVERTER, code=50),
        of(100003, CONVERTER, code=60),
        of(100004, "Foundation school", code=70),
    ]
    world = load(tmp_path, rows, columns=bare)
    assert world.schools["trust"].tolist() == [0, 0, 1, -1]
    assert world.trusts["kind"].tolist() == [TrustKind.MULTI, TrustKind.SINGLE]


def test_an_umbrella_trust_beside_a_trust_is_no_second_trust(tmp_path: Path) -> None:
    flag = f"{MULTI}~Supported by an umbrella trust"
    rows = [of(100001, CONVERTER, flag, "50~60"), of(100002, CONVERTER, flag, "50~60")]
    world = load(tmp_path, rows, columns=TODAY)
    assert world.trusts["uid"].tolist() == [50]


def test_the_links_prevail_where_they_name_a_school_and_the_file_serves_for_others(tmp_path: Path) -> None:
    rows = [of(100001, CONVERTER, MULTI, 50), of(100002, CONVERTER, MULTI, 60), of(100003, CONVERTER, MULTI, 50)]
    world = load(tmp_path, rows, [link(100001, 50), link(100002, 50)], columns=TODAY, form=LINKS_2022)
    assert world.trusts["uid"].tolist() == [50]
    assert world.schools["trust"].tolist() == [0, 0, 0]
    assert world.trust_names == ("INVENTED TRUST 50",)
    told = " ".join(world.account.notes)
    assert "The group links and the establishment file name different trusts for 1 school: the links prevail" in told
    assert "1 school that the group links do not have is in the trust that the establishment file names" in told


def test_a_maintained_school_that_is_flagged_as_in_a_trust_is_an_academy(tmp_path: Path) -> None:
    world = load(tmp_path, [of(100001, "Community school", MULTI, 50)], columns=TODAY)
    assert world.schools["route"].tolist() == [Route.CONVERTER]
    assert world.account.filled["maintained by type but in a trust: taken as an academy"] == 1


def test_schools_of_a_trust_that_are_not_used_are_listed_under_it(tmp_path: Path) -> None:
    rows = [of(100001, CONVERTER, MULTI, 50), of(100002, "Miscellaneous academy", MULTI, 50, name="Elm")]
    world = load(tmp_path, rows, columns=TODAY)
    assert world.account.left_out[50].trust == "TRUST 50"
    assert world.account.left_out[50].schools == ((100002, "Elm", "not a type of state school: Miscellaneous academy"),)


def test_maintained_schools_of_one_federation_are_in_it(tmp_path: Path) -> None:
    rows = [
        of(100001, "Community school", federation=4129),
        of(100002, "Voluntary aided school", federation=4129),
        of(100003, CONVERTER, MULTI, 50, federation=4129),
        of(100004, "Community school", federation=4130),  # nobody else of it is used
        of(100005, "Community school"),
    ]
    world = load(tmp_path, rows, columns=TODAY)
    assert world.schools["federation"].tolist() == [4129, 4129, -1, -1, -1]
    assert any("2 maintained schools in 1 federation of two or more begin federated" in n for n in world.account.notes)
    bare = load(tmp_path, [school(100001)])
    assert "The files have no federations: every school begins in none, and they form in a run." in bare.account.notes


def test_federations_of_the_links_are_read_and_soft_ones_passed_over(tmp_path: Path) -> None:
    rows = [school(100001 + i, easting=530_000 + 900 * i) for i in range(4)]
    links = [
        link(100001 + i, 90 + i // 2, "Federation") | {"FederationType": "Soft" if i > 1 else ""} for i in range(4)
    ]
    world = load(tmp_path, rows, links, form=(*LINKS_2022, "FederationType"))
    assert world.schools["federation"].tolist() == [90, 90, -1, -1]
    assert world.schools["trust"].tolist() == [-1, -1, -1, -1]
    assert any("Rows of the group links passed over: links to a federation 2." in note for note in world.account.notes)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            ("Supported by a muti-academy trust", 50, ""),
            "line 2, TrustSchoolFlag (name): unknown flag 'Supported by a muti",
        ),
        ((MULTI, "five", ""), "line 2, Trusts (code): 'five' should be a whole number from 1 to 9999999"),
        ((MULTI, "9" * 400, ""), "line 2, Trusts (code): '999"),
        (("", "", "x1"), "line 2, Federations (code): 'x1' should be a whole number"),
    ],
)
def test_what_is_wrong_with_a_group_is_said(tmp_path: Path, values: tuple[str, object, object], said: str) -> None:
    flag, code, federation = values
    assert said in refused(tmp_path, [of(100001, CONVERTER, flag, code, federation)], columns=TODAY)
