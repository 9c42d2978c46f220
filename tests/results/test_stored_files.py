"""What is read from a result is what was written: one flipped bit in any of its files stops every reader."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.calling import call, fine, wrong
from support.restamp import manifest, restamp
from support.sweeping import plan, written

from matsim.core.errors import InputError
from matsim.experiment import journal
from matsim.experiment.ensemble import Shard
from matsim.experiment.journal import write_part
from matsim.experiment.runner import sweep, unfinished
from matsim.experiment.stored import merge
from matsim.results import provenance
from matsim.results.manifests import SEAL, manifest_of, sealed, unsealed
from matsim.results.store import DamagedError, open_result
from matsim.results.table_files import sound


def flip(path: Path, at: float = 0.5, bit: int = 3) -> None:
    """Flip one bit, without a trace in the file's times."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 1 << bit
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small result of each kind that has readers of its own."""
    folder = tmp_path_factory.mktemp("results")
    small = ("--set", "world.synthetic.schools=60", "--years", 2, "-q")
    fine("run", "area-300", *small, "--out", folder / "run")
    fine("twin", "area-300", "capacity-first", "--set", "world.synthetic.schools=60", "--years", 2, "-q",
         "--out", folder / "twin")  # fmt: skip
    factors: dict[str, Any] = {
        "uncertainties": [{"name": "rolls.pull"}],
        "design": {"kind": "latin hypercube", "points": 3},
    }
    sweep(plan(2, keep=["events"], **factors), folder / "sweep", workers=0)
    return {path.name: path for path in folder.iterdir()}


READERS: dict[str, dict[str, list[str]]] = {
    "run": {
        "report": ["report", "R", "-q", "--out", "OUT.html"],
        "export": ["export", "R", "--csv", "--out", "OUT"],
        "crate": ["export", "R", "--ro-crate"],
        "assurance": ["evidence", "--assurance", "--result", "R"],
        "verify": ["verify", "R", "-q"],
    },
    "twin": {
        "report": ["report", "R", "-q", "--out", "OUT.html"],
        "export": ["export", "R", "--csv", "--out", "OUT"],
        "crate": ["export", "R", "--ro-crate"],
    },
    "sweep": {
        "compare": ["compare", "R"],
        "analyse": ["analyse", "R", "--measure", "mean_outcome"],
        "report": ["report", "R", "-q", "--out", "OUT.html"],
        "export": ["export", "R", "--csv", "--out", "OUT"],
        "crate": ["export", "R", "--ro-crate"],
        "verify": ["verify", "R", "--sample", "1", "-q"],
        "replay": ["replay", "R", "0", "--out", "OUT", "-q"],
        "merge": ["merge", "R", "--out", "OUT"],
    },
}
WHOLE = {"export", "crate", "merge", "verify"}
"""Readers that look at every table."""
OF_TABLES = {
    "compare": ("runs", "points", "run_year", "run_group_year", "experiment.toml"),
    "analyse": ("runs", "points", "run_year", "run_group_year", "experiment.toml", "parameters.csv"),
    "replay": ("runs", "run_year", "run_group_year", "experiment.toml"),
    "report": ("system_year", "trust_year", "events", "schools", "runs", "run_year", "settings", "differences",
               "parting", "experiment.toml", "parameters.csv", "mechanisms.csv"),
    "assurance": ("scenario.toml",),
}  # fmt: skip
UNREAD = {"README.txt", "dictionary.csv"}
"""Files for people, which commands only pass on."""


def reads(reader: str, kind: str, name: str) -> bool:
    """Whether a reader believes anything that a file says."""
    if name in ("manifest.json", "scenario.toml"):
        return True
    if reader in ("crate", "verify", "merge"):
        return not (kind == "twin" and "/" in name)
    if reader == "export":
        return name not in ("README.txt",) and not (kind == "twin" and "/" in name)
    return any(name.startswith(part) for part in OF_TABLES[reader])


@pytest.mark.parametrize("kind", list(READERS))
def test_one_flipped_bit_in_any_file_stops_every_reader(kind: str, results: dict[str, Path], tmp_path: Path) -> None:
    names = sorted(written(results[kind]) | {"manifest.json": ""})
    for name in names:
        copy = Path(shutil.copytree(results[kind], tmp_path / "copy"))
        flip(copy / name)
        for reader, words in READERS[kind].items():
            if not reads(reader, kind, name):
                continue
            done = call(*[word.replace("OUT", str(tmp_path / "out")) if word != "R" else copy for word in words])
            assert done.code == (6 if reader == "verify" else 3), (name, reader, done.out, done.err)
            assert Path(name).name in done.err, (name, reader, done.err)
            assert [path.name for path in tmp_path.iterdir()] == ["copy"], (name, reader)
        shutil.rmtree(copy)


@pytest.mark.parametrize("place", [0.02, 0.3, 0.7, 0.97])
@pytest.mark.parametrize("bit", [0, 5])
def test_a_manifest_is_never_believed_when_a_bit_of_it_differs(
    place: float, bit: int, results: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(results["sweep"], tmp_path / "copy"))
    flip(copy / "manifest.json", place, bit)
    with pytest.raises(InputError):
        open_result(copy)


def test_every_bit_of_a_seal_counts_or_changes_nothing() -> None:
    text = sealed({"made_by": [{"matsim": "0.1"}], "rows": 3})
    what = unsealed(text.decode(), Path("m.json"))
    for at in range(len(text)):
        for bit in range(8):
            changed = bytearray(text)
            changed[at] ^= 1 << bit
            try:
                found = unsealed(changed.decode(), Path("m.json"))
            except (DamagedError, UnicodeDecodeError):
                continue
            assert {**found, SEAL: what[SEAL]}.items() >= what.items(), (at, bit)


def test_a_file_is_looked_into_once_and_again_when_it_changes(
    results: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(results["run"], tmp_path / "copy"))
    looked: list[str] = []
    real = hashlib.file_digest

    def counted(stream: Any, kind: str) -> Any:
        looked.append(Path(stream.name).name)
        return real(stream, kind)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    result = open_result(copy)
    for _ in range(3):
        result.table("events")
        open_result(copy).table("events")
    assert sorted(looked) == ["events.parquet", "scenario.toml"]
    flip(copy / "events.parquet")
    with pytest.raises(DamagedError, match=r"events.parquet: table 'events' is damaged .* other bytes"):
        result.table("events")
    assert not sound(copy / "events.parquet", manifest(copy)["files"]["events.parquet"])


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A whole sweep of three replicates, one interrupted before it was sealed, and one that was larger before."""
    folder = tmp_path_factory.mktemp("sweeps")
    sweep(plan(3), folder / "whole", workers=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matsim.experiment.seal.seal", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sweep(plan(3), folder / "journal", workers=0)
    shutil.copytree(folder / "whole", folder / "spare")
    sweep(plan(1), folder / "spare", workers=0)
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("inner", ["journal", "spare"])
@pytest.mark.parametrize("name", ["runs.parquet", "run_year.parquet", "run_group_year.parquet", "SHA256SUMS", "gone"])
def test_damaged_parts_of_an_unfinished_or_larger_sweep_are_done_again(
    inner: str, name: str, sweeps: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(sweeps[inner], tmp_path / "s")
    part = tmp_path / "s" / inner / "part-000000"
    if name == "gone":
        (part / "SHA256SUMS").unlink()
    else:
        flip(part / name)
    if inner == "spare":
        assert "spare/part-000000" in wrong(6, "verify", tmp_path / "s", "--sample", 1, "-q")
    said: list[str] = []
    again = sweep(plan(3), tmp_path / "s", workers=0, say=said.append)
    assert "cannot be relied on (changed or gone: " in said[0]
    assert inner in said[0]
    assert written(again.folder) == written(sweeps["whole"])


def test_a_journal_that_does_not_say_who_made_its_runs_is_not_relied_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matsim.experiment.seal.seal", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        sweep(plan(1), tmp_path / "s", workers=0)
    assert unfinished(tmp_path / "s") == 2
    flip(tmp_path / "s" / "journal" / "about.json")
    assert unfinished(tmp_path / "s") == 0
    assert journal.finished_runs(tmp_path / "s").damaged == ["journal/part-000000"]


def test_a_merge_never_gives_a_damaged_file_a_digest(tmp_path: Path) -> None:
    folders = [sweep(plan(), tmp_path / str(i), workers=0, shard=Shard(i, 2)).folder for i in (1, 2)]
    flip(folders[1] / "run_year" / "part-00000.parquet")
    with pytest.raises(InputError, match=r"2/run_year/part-00000.parquet is damaged or gone; give the command"):
        merge(folders, tmp_path / "m")
    assert not (tmp_path / "m").exists()
    sweep(plan(), folders[1], workers=0, shard=Shard(2, 2))
    assert merge(folders, tmp_path / "m").manifest["runs"] == 12


def test_parts_lie_as_sha256sum_checks_them(tmp_path: Path) -> None:
    import pyarrow as pa

    write_part(tmp_path, {"runs": pa.table({"run": [1]})})
    digest, name = (tmp_path / "part-000000" / "SHA256SUMS").read_text().split()
    assert name == "runs.parquet"
    assert digest == provenance.file_digest(tmp_path / "part-000000" / name)


# -- manifests changed by hand, tables unlike them ---------------------------------------------------------------------

EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no tables": lambda m: m.pop("tables"),
    "tables as a list": lambda m: m.update(tables=[]),
    "a table as text": lambda m: m["tables"].update(runs="x"),
    "no columns": lambda m: m["tables"]["runs"].pop("columns"),
    "an unknown type": lambda m: m["tables"]["runs"]["columns"].update(run="int128"),
    "another type": lambda m: m["tables"]["run_year"]["columns"].update(run="string"),
    "a column more": lambda m: m["tables"]["run_year"]["columns"].update(more="int64"),
    "a column less": lambda m: m["tables"]["run_year"]["columns"].pop("mean_outcome"),
    "a file elsewhere": lambda m: m["tables"]["runs"]["files"][0].update(name="../../etc/passwd"),
    "files as text": lambda m: m["tables"]["runs"].update(files="x"),
    "a number as text": lambda m: m.update(failed="none"),
    "an unknown form": lambda m: m.update(formats=["xlsx"]),
    "no formats": lambda m: m.pop("formats"),
    "version as text": lambda m: m.update(schema_version="one"),
    "made by nobody": lambda m: m.update(made_by={}),
    "inputs as a list": lambda m: m.update(inputs=[]),
}


@pytest.mark.parametrize("seal", ["as by hand", "with its own"])
@pytest.mark.parametrize("edit", list(EDITS))
def test_an_edited_manifest_is_a_sentence(edit: str, seal: str, results: dict[str, Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(results["sweep"], tmp_path / "s"))
    about = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    EDITS[edit](about)
    text = sealed(about) if seal == "with its own" else json.dumps(about).encode()
    (copy / "manifest.json").write_bytes(text)
    for words in (("compare", copy), ("report", copy, "-q")):
        done = call(*words)
        assert done.code in ((3, 0) if seal == "with its own" else (3,)), (words, done)
        assert "bug" not in done.err


@pytest.mark.parametrize("key", ["failed", "made_by", "inputs", "seed", "replicates", "libraries", "title", "planned"])
def test_a_manifest_of_an_early_matsim_that_lacks_something_is_a_sentence(
    key: str, results: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(results["sweep"], tmp_path / "s"))
    about = manifest(copy)
    del about[key]
    (copy / "manifest.json").write_text(json.dumps(about))
    merged = ("merge", copy, "--out", tmp_path / "m")
    for words in (
        ("compare", copy), ("report", copy, "-q"), ("export", copy, "--ro-crate"), merged,
    ):  # fmt: skip
        done = call(*words)
        assert done.code in (0, 3, 6), (words, done)
        assert "bug" not in done.err


@pytest.mark.parametrize("how", ["gone", "another type"])
@pytest.mark.parametrize("name", ["runs", "run_year", "points"])
def test_a_table_with_a_column_gone_or_of_another_type_is_a_sentence(
    name: str, how: str, results: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(results["sweep"], tmp_path / "s"))
    column = {"runs": "arm", "run_year": "mean_outcome", "points": "number"}[name]
    path = copy / manifest(copy)["tables"][name]["files"][0]["name"]
    frame = pq.ParquetFile(path).read().to_pandas()
    changed = frame.drop(columns=column) if how == "gone" else frame.assign(**{column: "text"})
    if how == "another type" and name == "runs":
        changed = frame.assign(arm=1)
    changed.to_parquet(path, index=False)
    assert "is damaged and cannot be read" in wrong(3, "compare", copy)
    restamp(copy)  # as one that was written so
    done = call("compare", copy)
    assert done.code == 3, done
    assert column in done.err


def test_an_old_result_without_digests_of_its_files_goes_by_those_of_its_tables(
    results: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(results["run"], tmp_path / "r"))
    about = manifest(copy)
    del about["files"]
    (copy / "manifest.json").write_text(json.dumps(about))
    assert len(open_result(copy).table("system_year"))
    frame = open_result(copy).table("system_year")
    frame.assign(schools=frame["schools"] + 1).to_parquet(copy / "system_year.parquet", index=False)
    with pytest.raises(DamagedError, match="it holds other values than were written"):
        open_result(copy).table("system_year")


def test_a_manifest_answers_for_what_it_lacks(results: dict[str, Path]) -> None:
    about = manifest_of(results["run"])
    assert about is not None
    with pytest.raises(InputError, match=r"manifest.json: does not say 'nonsense', which is needed here"):
        about["nonsense"]
    with pytest.raises(InputError, match="does not say 'more'"):
        about["world"]["more"]
