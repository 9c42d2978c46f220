"""A result that is replaced goes with its own files and no others, whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from support.calling import call, fine, wrong
from support.sweeping import plan, written

from matsim.experiment.runner import sweep
from matsim.results.store import damaged, open_result, result_files

SMALL = ("--set", "world.synthetic.schools=60", "--years", 1, "-q")
MINE = ("notes.md", "figures/a.svg", "figures/deep/er/b.svg", ".hidden", "empty/")
WRITERS: dict[str, list[object]] = {
    "run": ["run", "area-300", *SMALL],
    "twin": ["twin", "area-300", "capacity-first", *SMALL],
    "world": ["world", "build", "--schools", "60"],
}


def put(folder: Path, names: tuple[str, ...] = MINE) -> None:
    for name in names:
        path = folder / name
        if name.endswith("/"):
            path.mkdir()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"mine: {name}")


def kept(folder: Path, names: tuple[str, ...] = MINE) -> bool:
    return all(
        (folder / name).is_dir() if name.endswith("/") else (folder / name).read_text() == f"mine: {name}"
        for name in names
    )


@pytest.mark.parametrize("kind", ["run", "twin"])
def test_other_peoples_files_stay(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "r"
    fine(*WRITERS[kind], "--out", out)
    clean = set(written(out))
    put(out)
    (out / "figures" / "link").symlink_to(tmp_path / "nowhere")
    os.utime(out / "notes.md", ns=(1, 2))
    out.chmod(0o750)
    more = (*MINE, "first/notes.md") if kind == "twin" else MINE
    put(out, ("first/notes.md",) if kind == "twin" else ())
    fine(*WRITERS[kind], "--seed", 2, "--out", out, "--overwrite")
    assert kept(out, more)
    assert (out / "figures" / "link").is_symlink()
    assert (out / "notes.md").stat().st_mtime_ns == 2
    assert out.stat().st_mode & 0o777 == 0o750
    result = open_result(out)
    assert damaged(out, result.manifest) == []
    assert set(written(out)) - clean == {name for name in more if not name.endswith("/")}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_what_was_made_from_the_old_result_goes_with_it(tmp_path: Path) -> None:
    out = tmp_path / "r"
    fine(*WRITERS["run"], "--out", out, "--csv")
    fine("report", out, "-q")
    fine("report", out, "-q", "--out", out / "kept.html")
    fine("export", out, "--ro-crate")
    fine(*WRITERS["run"], "--seed", 2, "--out", out, "--overwrite")
    assert not {"report.html", "ro-crate-metadata.json", "events.csv"} & set(written(out))
    assert "kept.html" in written(out)
    (out / "report.html").write_text("a page of my own")
    fine(*WRITERS["run"], "--out", out, "--overwrite")
    assert (out / "report.html").read_text() == "a page of my own"


def test_a_file_in_the_way_of_a_new_one_stops_it_and_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "r"
    fine(*WRITERS["run"], "--out", out)
    put(out, ("events.csv",))
    before = written(out)
    said = wrong(3, *WRITERS["run"], "--seed", 2, "--csv", "--out", out, "--overwrite")
    assert "events.csv: is no file of what is replaced, and what is new has a file of this name; move it" in said
    assert written(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("function", ["link", "rename", "fsync"])
@pytest.mark.parametrize("at", [1, 2, 4])
def test_an_interruption_leaves_the_old_result_whole_or_the_new_one(
    function: str, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "r"
    fine(*WRITERS["run"], "--out", out)
    put(out)
    before = written(out)
    real, count = getattr(os, function), 0

    def interrupted(*given: object, **more: object) -> object:
        nonlocal count
        count += 1
        if count == at:
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(os, function, interrupted)
    call(*WRITERS["run"], "--seed", 2, "--out", out, "--overwrite")
    monkeypatch.undo()
    assert kept(out)
    assert damaged(out, open_result(out).manifest) == []
    assert written(out) == before or open_result(out).manifest["seed"] == 2
    fine(*WRITERS["run"], "--seed", 3, "--out", out, "--overwrite")
    assert kept(out)
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_where_files_cannot_have_two_names_they_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "r"
    fine(*WRITERS["run"], "--out", out)
    put(out)

    def refused(*given: object, **more: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refused)
    fine(*WRITERS["run"], "--seed", 2, "--out", out, "--overwrite")
    assert kept(out)


def test_a_sweep_leaves_files_among_its_parts(tmp_path: Path) -> None:
    out = sweep(plan(1), tmp_path / "s", workers=0).folder
    mine = ("run_year/notes.md", "journal.md", "notes.md")
    put(out, mine)
    extended = sweep(plan(2), tmp_path / "s", workers=0)
    assert kept(out, mine)
    assert set(written(out)) - set(written(sweep(plan(2), tmp_path / "t", workers=0).folder)) == set(mine)
    assert damaged(out, extended.manifest) == []


def test_the_own_files_of_a_twin_are_those_of_its_worlds_too(tmp_path: Path) -> None:
    fine(*WRITERS["twin"], "--out", tmp_path / "t")
    assert result_files(tmp_path / "t") >= set(written(tmp_path / "t")) | {"manifest.json", "first/manifest.json"}
    shutil.copy(tmp_path / "t" / "first" / "events.parquet", tmp_path / "t" / "second" / "events.parquet")
    assert wrong(6, "verify", tmp_path / "t" / "second", "-q")


def test_a_world_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "w"
    fine("world", "build", "area-300", "--out", out, "-q")
    before = written(out)
    real, count = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    more = ("--set", "world.synthetic.schools=60", "--out", out, "--overwrite", "-q")
    assert "the disk is full" in wrong(3, "world", "build", "area-300", *more)
    monkeypatch.undo()
    assert written(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["w"]
