"""`matsim explain` tells lives: of a school by name or number, of a head by number, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.calling import call


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a row for every school and year."""
    out = tmp_path_factory.mktemp("lives") / "kept"
    done = call("run", "area-300", "--years", 3, "--set", "run.school_year=true", "--out", out, "--quiet")
    assert done.code == 0, done.err
    return out


def test_a_school_and_its_head_have_lives(kept: Path) -> None:
    told = call("explain", kept, "--school", 800_010, "--biography")
    assert told.code == 0, told.err
    assert "Head 1 (number 8000100000) " in told.out
    back = json.loads(call("explain", kept, "--school", 800_010, "--biography", "--json").out)["biography"]
    assert all(passage["sentence"] in told.out for passage in back["passages"])
    assert [row["year"] for row in back["years"]] == [2018, 2019, 2020]
    head = call("explain", kept, "--head", 8_000_100_000)
    assert head.code == 0, head.err
    assert head.out.startswith(f"Head of {back['name']} ")


def test_what_has_no_life_is_refused_in_a_sentence(kept: Path, tmp_path: Path) -> None:
    for words, said in (
        (("--biography",), "is of one school, by --school, one trust, by --trust, or one head, by --head"),
        (("--head", "5"), "nobody of the number 5 leads a school"),
        (("--head", "5", "--school", "800010"), "is of one school"),
    ):
        done = call("explain", kept, *words)
        assert done.code == 3
        assert said in done.err
    out = tmp_path / "plain"
    call("run", "area-300", "--years", 1, "--out", out, "--quiet")
    done = call("explain", out, "--school", 800_010, "--biography")
    assert done.code == 3
    assert "run with --set run.school_year=true" in done.err
