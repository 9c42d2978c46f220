# ruff: noqa: E501 - sentences are compared whole
"""Results on disk: whole or not at all, exact round trips, stable digests, sentences for mistakes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from pandas.testing import assert_frame_equal

from matsim.core import disk
from matsim.core.errors import InputError
from matsim.results import provenance, store
from matsim.results.table_files import table_digest
from matsim.results.tables import TABLES, OutColumn, TableSpec, check, dictionary

SPEC = TableSpec(
    "things",
    ("id",),
    "Things, one row each",
    (
        OutColumn("id", "int64", "id", "Identifier"),
        OutColumn("size", "float64", "km", "How large"),
        OutColumn("open", "bool", "flag", "Whether open"),
        OutColumn("name", "string", "name", "What it is called"),
    ),
)
SPECS = {"things": SPEC}
NAMES = ["", "=1+1", 'say "hi",\r\nnow', "St Mary’s — Ælfgifu ☂", "NA", "null"]
MANIFEST = {"seed": 1, "matsim": "0.1.0"}


def things() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": np.array([1, -1, 2**53 + 1, -(2**63), 5, 6], dtype="int64"),
            "size": [0.1 + 0.2, np.nan, np.inf, -np.inf, 5e-324, 1e16],
            "open": [True, False, True, False, True, True],
            "name": NAMES,
        }
    )


def write(folder: Path, frame: pd.DataFrame | None = None, **more: Any) -> store.Result:
    frame = things() if frame is None else frame
    return store.write(folder, {"things": frame}, MANIFEST, "title = 'x'\n", specs=SPECS, **more)


def tree(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def message(caught: pytest.ExceptionInfo[InputError]) -> str:
    return " ".join(caught.value.problems)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_tables_come_back_as_they_were_written(tmp_path: Path, ending: str) -> None:
    result = write(tmp_path / "r", formats=(ending,))
    back = store.open_result(tmp_path / "r").table("things")
    assert_frame_equal(back, things(), check_exact=True)
    assert [str(t) for t in back.dtypes] == ["int64", "float64", "bool", str(things()["name"].dtype)]
    assert table_digest(back) == result.manifest["tables"]["things"]["digest"] == table_digest(things())
    assert result.tables == ["things"]
    assert result.scenario_text == "title = 'x'\n"


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_some_columns_of_a_table_are_read_alone(tmp_path: Path, ending: str) -> None:
    result = write(tmp_path / "r", formats=(ending,))
    assert_frame_equal(result.table("things", columns=("name", "size")), things()[["name", "size"]], check_exact=True)


def test_a_long_table_has_the_digest_of_all_its_values() -> None:
    size = np.tile([-0.0, np.nan, 0.1, np.float64("-nan")], 25_000)
    words = np.array(["", "Ælfgifu", None, "a"] * 25_000, dtype=object)
    slow = hashlib.sha256(b'table 100000["size", "float64"]')
    slow.update(np.where(np.isnan(size), np.nan, size + 0.0).astype("<f8").tobytes())
    slow.update(b'["name", "string"]' + np.tile([False, False, True, False], 25_000).tobytes())
    texts = [(word or "").encode() for word in words]
    slow.update(np.array([len(text) for text in texts], "<i8").tobytes() + b"".join(texts))
    for kind in ("str", "category"):
        frame = pd.DataFrame({"size": size, "name": pd.Series(words, dtype=kind)})
        assert table_digest(frame) == slow.hexdigest()
        assert table_digest(frame.iloc[7:]) == table_digest(frame.iloc[7:].copy())


def test_a_result_folder_explains_itself(tmp_path: Path) -> None:
    result = write(tmp_path / "deep" / "er" / "r", formats=("parquet", "csv"))
    expected = [
        "README.txt",
        "dictionary.csv",
        "manifest.json",
        "scenario.toml",
        "things.csv",
        "things.parquet",
    ]
    assert tree(result.folder) == expected
    readme = (result.folder / "README.txt").read_text(encoding="utf-8")
    assert all(name in readme for name in expected if name != "README.txt")
    words = pd.read_csv(result.folder / "dictionary.csv")
    assert words.to_numpy().tolist()[1] == ["things", "size", "float64", "km", "How large"]
    assert (
        (result.folder / "things.csv").read_bytes().startswith(b"id,size,open,name\r\n1,0.30000000000000004,True,\r\n")
    )


def test_empty_tables_and_categories_keep_their_types(tmp_path: Path) -> None:
    for ending in ("parquet", "csv"):
        empty = write(tmp_path / f"empty-{ending}", things().iloc[:0], formats=(ending,)).table("things")
        assert len(empty) == 0
        assert [str(t) for t in empty.dtypes[:3]] == ["int64", "float64", "bool"]
    sorted_into = things().assign(name=pd.Categorical(NAMES))
    assert_frame_equal(write(tmp_path / "cat", sorted_into).table("things"), things())


def test_equal_content_makes_equal_parquet_bytes(tmp_path: Path) -> None:
    forms = [
        things(),
        things().assign(name=pd.Categorical(NAMES)),
        things().assign(name=pd.Series(NAMES, dtype=object))[["name", "open", "id", "size"]],
        pd.concat([things(), things()]).iloc[6:].set_index(pd.Index(range(10, 16))),
    ]
    written = [write(tmp_path / str(i), frame) for i, frame in enumerate(forms)]
    assert len({(r.folder / "things.parquet").read_bytes() for r in written}) == 1
    assert len({r.manifest["tables"]["things"]["digest"] for r in written}) == 1


def test_the_digest_sees_every_change_of_content() -> None:
    base = things()
    changed = [
        base.rename(columns={"size": "sizes"}),
        base[["size", "id", "open", "name"]],
        base.iloc[::-1],
        base.iloc[:-1],
        base.assign(id=base["id"].astype("float64")),
        base.assign(size=base["size"].fillna(0.0)),
        base.assign(open=~base["open"]),
        base.assign(name=["=", "1+1", *NAMES[2:]]),
        base.assign(name=np.array([None, *NAMES[1:]], dtype=object)),
    ]
    digests = [table_digest(frame) for frame in [base, *changed]]
    assert len(set(digests)) == len(digests)


def test_the_digest_ignores_kinds_of_nan_signs_of_zero_and_storage() -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000, 0x8000000000000000], dtype="uint64").view("float64")
    assert table_digest(pd.DataFrame({"x": odd})) == table_digest(pd.DataFrame({"x": [np.nan, np.nan, 0.0]}))
    swapped = np.array([1.5, 2.5]).astype(">f8")
    assert table_digest(pd.DataFrame({"x": swapped})) == table_digest(pd.DataFrame({"x": [1.5, 2.5]}))
    with pytest.raises(TypeError, match="neither numbers, flags nor text"):
        table_digest(pd.DataFrame({"x": pd.to_datetime(["2015-09-01"])}))


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_the_digest_is_the_same_in_another_process(tmp_path: Path, hash_seed: str) -> None:
    result = write(tmp_path / "r")
    code = f"from matsim.results import store; print(store.table_digest(store.open_result({str(result.folder)!r}).table('things')))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == table_digest(things())


def test_the_digest_of_a_known_table_never_changes() -> None:
    by_hand = hashlib.sha256(b"table 2")
    by_hand.update(b'["id", "int64"]' + (1).to_bytes(8, "little") + (258).to_bytes(8, "little"))
    by_hand.update(
        b'["name", "string"]' + bytes(2) + (2).to_bytes(8, "little") + (0).to_bytes(8, "little") + "é".encode()
    )
    assert table_digest(pd.DataFrame({"id": [1, 258], "name": ["é", ""]})) == by_hand.hexdigest()


def test_a_failure_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []

    def full(descriptor: int) -> None:
        flushed.append(descriptor)
        if len(flushed) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as caught:
        write(tmp_path / "r", formats=("parquet", "csv"))
    assert message(caught) == "the result cannot be written: the disk is full"
    assert tree(tmp_path) == []


def test_a_failed_replacement_keeps_the_old_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "r")
    before = (tmp_path / "r" / "manifest.json").read_bytes()
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(InputError, match="you may not write there"):
        write(tmp_path / "r", things().iloc[:1], overwrite=True)
    assert tree(tmp_path) == ["r"]
    assert (tmp_path / "r" / "manifest.json").read_bytes() == before


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "r")
    assert tree(tmp_path) == []


CHILD = """
    import os, sys, time
    import test_store
    from pathlib import Path
    real, count = os.{function}, 0
    def slow(*given, **more):
        global count
        count += 1
        if count == {at}:
            print("ready", flush=True)
            time.sleep(3600)
        return real(*given, **more)
    os.{function} = slow
    test_store.write(Path({folder!r}), overwrite=True)
"""


def killed_while_writing(folder: Path, function: str, at: int) -> None:
    """Start a writer in another process and kill it for good at its n-th call of a function of `os`."""
    code = textwrap.dedent(CHILD).format(function=function, at=at, folder=str(folder))
    paths = [str(ROOT / "tests"), str(ROOT / "tests" / "results"), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env)
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)
        child.wait()


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX")
def test_a_killed_writer_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "r", "fsync", 3)
    (left,) = tree(tmp_path)
    assert left.startswith(".r.partial-")
    with pytest.raises(InputError, match="not a matsim result"):
        store.open_result(tmp_path / left)
    with pytest.raises(InputError, match="no such folder"):
        store.open_result(tmp_path / "r")
    write(tmp_path / "r")
    assert tree(tmp_path) == ["r"]


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX")
def test_a_writer_killed_between_two_renames_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path / "r")
    before = (tmp_path / "r" / "manifest.json").read_bytes()
    killed_while_writing(tmp_path / "r", "rename", 2)
    assert not (tmp_path / "r").exists()
    with pytest.raises(InputError, match="holds a result already"):
        write(tmp_path / "r")
    assert tree(tmp_path) == ["r"]
    assert (tmp_path / "r" / "manifest.json").read_bytes() == before


def test_leftovers_of_running_writers_and_of_others_stay(tmp_path: Path) -> None:
    mine = disk.sibling(tmp_path / "r", "partial")
    elsewhere = tmp_path / ".r.partial-elsewhere-1-0123abcd"
    unrelated = tmp_path / ".r.partial-my-own-notes"
    for folder in (mine, elsewhere, unrelated):
        folder.mkdir()
    write(tmp_path / "r")
    assert tree(tmp_path) == sorted([mine.name, elsewhere.name, unrelated.name, "r"])


def test_only_results_are_overwritten_and_only_on_request(tmp_path: Path) -> None:
    write(tmp_path / "r")
    with pytest.raises(InputError) as caught:
        write(tmp_path / "r")
    assert message(caught) == "holds a result already; name another folder, or say --overwrite"
    assert len(write(tmp_path / "r", things().iloc[:2], overwrite=True).table("things")) == 2
    assert tree(tmp_path) == ["r"]

    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.doc").write_text("years of work")
    (tmp_path / "home" / "manifest.json").write_text('{"name": "of something else"}')
    with pytest.raises(InputError) as caught:
        write(tmp_path / "home", overwrite=True)
    assert message(caught) == "holds other files and no matsim result; name a new or an empty folder"
    assert (tmp_path / "home" / "thesis.doc").read_text() == "years of work"

    (tmp_path / "empty").mkdir()
    assert write(tmp_path / "empty").tables == ["things"]


def test_places_where_no_folder_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; a result needs a folder of its own"):
        write(tmp_path / "file")
    with pytest.raises(InputError, match="cannot be made: file is a file, not a folder"):
        write(tmp_path / "file" / "r")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="you may not write there"):
        write(tmp_path / "locked" / "r")


@pytest.mark.skipif(os.name != "posix", reason="file size limits are a thing of POSIX")
def test_a_write_that_the_system_refuses_leaves_nothing(tmp_path: Path) -> None:
    rows = pd.DataFrame({"id": np.arange(20_000), "size": np.random.default_rng(1).random(20_000), "open": True})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(InputError, match="the result cannot be written: file too large"):
            write(tmp_path / "r", rows.assign(name="x"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tree(tmp_path) == []


def test_a_missing_table_is_a_sentence(tmp_path: Path) -> None:
    result = write(tmp_path / "r")
    with pytest.raises(InputError) as caught:
        result.table("thing")
    assert message(caught) == "has no table 'thing'; did you mean 'things'?"
    with pytest.raises(InputError) as caught:
        result.table("events")
    assert message(caught) == "has no table 'events'; it holds things"
    (result.folder / "things.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(InputError, match="is damaged and cannot be read"):
        result.table("things")
    (result.folder / "things.parquet").unlink()
    with pytest.raises(InputError, match="is gone: there is no things"):
        result.table("things")


def test_opening_what_is_no_result_or_too_new(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a matsim result"):
        store.open_result(tmp_path)
    result = write(tmp_path / "r")
    newer = {**result.manifest, "schema_version": provenance.SCHEMA_VERSION + 1, "matsim": "9.0"}
    (result.folder / "manifest.json").write_text(json.dumps(newer))
    with pytest.raises(InputError, match=r"written by a newer matsim \(9.0\)"):
        store.open_result(result.folder)
    (result.folder / "manifest.json").write_text(json.dumps(result.manifest))
    (result.folder / "scenario.toml").unlink()
    with pytest.raises(InputError, match=r"is incomplete: scenario.toml is missing"):
        store.open_result(result.folder)
    (result.folder / "manifest.json").write_text("{ half")
    with pytest.raises(InputError, match=r"manifest.json: line 1, column 3: cannot be read, .*was it edited"):
        store.open_result(result.folder)


def test_bad_calls_touch_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="should be parquet, csv or both"):
        write(tmp_path / "r", formats=("xlsx",))
    with pytest.raises(ValueError, match="undeclared tables: others"):
        store.write(tmp_path / "r", {"others": things()}, {}, "")
    with pytest.raises(ValueError, match="column 'size' is missing"):
        write(tmp_path / "r", things().drop(columns="size"))
    assert tree(tmp_path) == []


def test_check_names_everything_that_is_wrong() -> None:
    check(things(), SPEC)
    for frame, words in [
        (things().drop(columns="id").assign(more=1), "'id' is missing; column 'more' is not declared"),
        (
            things().assign(id=1.0, open=1),
            "'id' is float64, should be int64; column 'open' is int64, should be bool",
        ),
        (
            things().assign(name=np.array([None, *NAMES[1:]], dtype=object)),
            "'name' holds missing text, should be empty text",
        ),
        (things().assign(name=7), "'name' is integer, should be string"),
        (things().assign(name=pd.Categorical([1] * 6)), "'name' holds other than text"),
        (things().assign(id=3), "rows share the same id"),
    ]:
        with pytest.raises(ValueError, match="table things: ") as caught:
            check(frame, SPEC)
        assert words in str(caught.value)


def test_every_declared_table_is_well_formed() -> None:
    words = dictionary(TABLES.values())
    assert not words.duplicated(["table", "column"]).any()
    assert (words[["unit", "meaning"]] != "").all(axis=None)
    for name, spec in TABLES.items():
        assert spec.name == name
        assert set(spec.key) <= set(spec.names)
    with pytest.raises(ValueError, match="'int32' is not one of"):
        OutColumn("x", "int32", "", "")


def test_the_manifest_says_what_made_the_result(tmp_path: Path) -> None:
    data = tmp_path / "schools.csv"
    data.write_bytes(b"urn\n1\n")
    made = store.manifest(
        ["matsim", "run", "a b.toml"], 7, {"schools": data, "world": "ab12"}, 1.23456, {"runs": np.int64(3)}
    )
    assert made["schema_version"] == provenance.SCHEMA_VERSION
    assert made["command"] == "matsim run 'a b.toml'"
    assert made["inputs"] == {
        "schools": {"name": "schools.csv", "sha256": hashlib.sha256(b"urn\n1\n").hexdigest()},
        "world": {"sha256": "ab12"},
    }
    assert set(made["libraries"]) == {"numpy", "pandas", "mesa", "scipy", "pyarrow", "pydantic"}
    assert made["libraries"]["pandas"] == pd.__version__
    assert made["created"].endswith("+00:00")
    written = store.write(tmp_path / "r", {"things": things()}, made, "", specs=SPECS)
    assert written.manifest["runs"] == 3
    assert written.manifest["tables"]["things"]["rows"] == 6
    with pytest.raises(InputError, match="cannot be read: no such file"):
        store.manifest([], 1, {"x": tmp_path / "nowhere.csv"}, 0.0)


def test_the_commit_is_read_and_its_absence_is_no_failure(tmp_path: Path) -> None:
    assert provenance.commit(tmp_path) == {"commit": None, "dirty": None}
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    (tmp_path / "a").write_text("1")
    for words in (["init", "-q"], ["add", "a"], ["commit", "-q", "-m", "first"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert provenance.commit(tmp_path) == {"commit": head, "dirty": False}
    (tmp_path / "a").write_text("2")
    assert provenance.commit(tmp_path) == {"commit": head, "dirty": True}


def test_reading_a_result_does_not_load_the_model() -> None:
    code = "import sys, matsim.results.store; print(sorted(m for m in sys.modules if m.split('.')[0] in ('mesa', 'scipy', 'plotly') or m == 'matsim.evidence.parameters'))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_run_whose_trusts_are_told_what_to_do_lists_the_decisions_too() -> None:
    from conftest import scenario

    from matsim.simulation.inventory import parameters

    told = scenario(trusts=[{"uid": 1, "decisions": [{"year": 2019, "target": 12}]}])
    rows = parameters(told).set_index("name")
    assert rows.loc["trusts[0].decisions[0].target", "value"] == "12.0"
    assert rows.loc["trusts[0].decisions[0].year", "default"] == ""
