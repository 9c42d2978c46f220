"""Sweeps: the same bytes however they are run, resumed, extended or put together; tables as declared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.make_gias import school, write
from support.sweeping import ARMS, plan, written

from matsim.core.errors import InputError
from matsim.experiment import journal, runner, seal, worker
from matsim.experiment.ensemble import Ensemble, Shard, make_ensemble, parse_shard
from matsim.experiment.runner import sweep, unfinished, until_precise
from matsim.experiment.stored import merge
from matsim.experiment.worker import run_task
from matsim.measures import SWEEP_TABLES
from matsim.results import provenance
from matsim.results.numbers import named
from matsim.results.store import Result, open_result, table_digest
from matsim.results.tables import check
from matsim.simulation import batches
from matsim.simulation.simulate import Files
from matsim.world import copies


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Twelve runs, done in this process."""
    return sweep(plan(), tmp_path_factory.mktemp("whole") / "s", workers=0)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_writes_the_same_bytes(whole: Result, tmp_path: Path, workers: int) -> None:
    told: list[tuple[int, int]] = []
    result = sweep(plan(), tmp_path / "s", workers=workers, tell=lambda done, total: told.append((done, total)))
    assert written(result.folder) == written(whole.folder)
    assert told[0] == (0, 12)
    assert told[-1] == (12, 12)
    assert [d for d, _ in told] == sorted(d for d, _ in told)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Thirty runs with every table that can be kept, one by one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "SCHOOLS", 60)
        return sweep(kept(), tmp_path_factory.mktemp("alone") / "s", workers=0)


def kept() -> Ensemble:
    return plan(15, keep=["trust_year", "events", "school_year"])


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("size", [2, 7, 50])
def test_batches_of_any_size_write_the_same_bytes(
    alone: Result, tmp_path: Path, size: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SCHOOLS", 60 * size)
    assert written(sweep(kept(), tmp_path / "s", workers=workers).folder) == written(alone.folder)


def test_schools_of_files_stand_side_by_side_where_their_numbers_can_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [school(urn, easting=500_000 + 400 * i) for i, urn in enumerate(range(100_001, 100_061))]
    files = Files(write(tmp_path / "schools.csv", rows))
    given = make_ensemble(plan(8).experiment, files)
    assert [len(batch) for batch in worker.in_batches(given, given.tasks, files, 0)] == [8, 8]
    side_by_side = sweep(given, tmp_path / "s", files=files, workers=0)
    assert side_by_side.manifest["failed"] == 0
    monkeypatch.setattr(copies, "URN_STEP", 100_010)
    assert [len(batch) for batch in worker.in_batches(given, given.tasks, files, 0)] == [1] * 16
    assert written(sweep(given, tmp_path / "t", files=files, workers=0).folder) == written(side_by_side.folder)


def test_what_goes_together_is_alike_in_all_but_luck(tmp_path: Path) -> None:
    arms = [*ARMS, {"name": "same", "null": True}]
    given = plan(4, arms)
    found = worker.in_batches(given, given.tasks, None, 0)
    assert [[(task.arm, task.seed) for task in batch] for batch in found] == [
        [(arm, seed) for seed in range(1, 5) for arm in ("a", "same")],
        [("b", seed) for seed in range(1, 5)],
    ]
    missing = [task for task in given.tasks if task.seed > 2]
    assert [len(batch) for batch in worker.in_batches(given, missing, None, 0)] == [4, 2]


def test_a_run_alone_is_the_run_in_the_sweep(whole: Result) -> None:
    small = plan()
    for task in small.tasks[::5]:
        alone = run_task(small, task)
        for name, frame in alone.items():
            stored = whole.table(name)
            assert table_digest(frame) == table_digest(stored[stored["run"] == task.run])


def test_the_tables_are_as_declared_and_in_plan_order(whole: Result) -> None:
    assert whole.tables == ["runs", "run_year", "run_group_year", "points"]
    for name in whole.tables:
        check(whole.table(name), SWEEP_TABLES[name])
    runs = whole.table("runs")
    assert [tuple(row) for row in runs.iloc[:, :6].to_numpy()] == [tuple(task) for task in plan().tasks]
    assert (runs["status"] == "done").all()
    years = whole.table("run_year")
    assert years["run"].tolist() == sorted(years["run"])
    assert years.groupby("run")["year"].agg(list).tolist() == [[2018, 2019, 2020]] * 12
    about = whole.manifest
    assert (about["kind"], about["runs"], about["failed"], about["replicates"]) == ("sweep", 12, 0, 6)
    assert len(whole.parameters()) > 300
    assert whole.mechanisms()["on"].all()
    assert not (whole.folder / "journal").exists()
    readme = (whole.folder / "README.txt").read_text(encoding="utf-8")
    assert "run_year/part-*.parquet" in readme
    assert "points.parquet" in readme


def test_fingerprints_part_where_the_worlds_do_and_never_for_a_null_arm(tmp_path: Path) -> None:
    arms: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "same", "null": True},
        {"name": "none join", "set": {"seeking.on": False}},
    ]
    years = sweep(plan(6, arms), tmp_path / "s", workers=0).table("run_year")
    marks = years.pivot_table(index="year", columns="run", values="fingerprint", aggfunc="first").to_numpy()
    assert marks.dtype == np.int64
    assert (marks >= 0).all()
    a, same, none = (marks[:, arm::3] for arm in range(3))  # a column for each replicate
    assert (a == same).all()
    apart = a != none
    assert apart[-1].sum() >= 4  # in an area of sixty schools none may seek a trust for years
    assert (np.diff(apart.astype(int), axis=0) >= 0).all()  # once apart, for good
    assert len(set(a.ravel().tolist())) == a.size


@pytest.mark.parametrize("aside", [seal.LAID_ASIDE, 0])
def test_the_files_of_a_table_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Result, aside: int
) -> None:
    """Whether what belongs in a later file waits for it in memory or on the disk."""
    monkeypatch.setattr(seal, "PART_RUNS", 5)
    monkeypatch.setattr(seal, "LAID_ASIDE", aside)
    result = sweep(plan(), tmp_path / "s", workers=0)
    assert [path.name for path in result.files("run_year")] == [f"part-0000{i}.parquet" for i in range(3)]
    assert not [path for path in result.folder.iterdir() if path.name.startswith(".")]
    for name in result.tables:
        assert table_digest(result.table(name)) == table_digest(whole.table(name))


def test_kept_tables_are_those_of_the_run(tmp_path: Path) -> None:
    small = plan(1, keep=["trust_year", "events", "school_year"])
    result = sweep(small, tmp_path / "s", workers=0)
    assert {"run_trust_year", "run_events", "run_school_year"} <= set(result.tables)
    for name in ("run_trust_year", "run_events", "run_school_year"):
        check(result.table(name), SWEEP_TABLES[name])
    assert {bool(named(numbers)) for numbers in result.table("run_events")["inputs"]} == {True, False}


def test_large_kept_tables_are_cut_into_smaller_parts() -> None:
    assert seal.part_size(plan(), False) == seal.part_size(plan(keep=["trust_year"]), True) == 100
    assert seal.part_size(plan(keep=["school_year"]), True) == 2_000_000 // (22_000 * 3)


def test_more_replicates_cost_only_the_new_runs(tmp_path: Path, whole: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(plan(2), tmp_path / "s", workers=0)
    done: list[str] = []
    real = worker.batches

    def watched(*given: Any) -> Any:
        done.extend(task.key for task in given[1])
        return real(*given)

    monkeypatch.setattr(runner, "batches", watched)
    result = sweep(plan(), tmp_path / "s", workers=0)
    assert done == [task.key for task in plan().tasks[4:]]
    assert written(result.folder) == written(whole.folder)
    before = (result.folder / "manifest.json").read_bytes()
    assert sweep(plan(), tmp_path / "s", workers=0).manifest["runs"] == 12
    assert len(done) == 8
    assert (result.folder / "manifest.json").read_bytes() == before


def test_another_arm_costs_only_its_runs_and_renumbers_the_others(tmp_path: Path) -> None:
    more = [ARMS[0], {"name": "c", "set": {"seeking.on": False}}, ARMS[1]]
    sweep(plan(3), tmp_path / "s", workers=0)
    grown = sweep(plan(3, more), tmp_path / "s", workers=0)
    fresh = sweep(plan(3, more), tmp_path / "t", workers=0)
    assert written(grown.folder) == written(fresh.folder)


def test_runs_that_a_smaller_plan_leaves_out_are_kept_for_a_later_one(
    tmp_path: Path, whole: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(plan(), tmp_path / "s", workers=0)
    small = sweep(plan(2), tmp_path / "s", workers=0)
    assert small.manifest["runs"] == 4
    assert len(journal.parts(small.folder / "spare")) == 1
    monkeypatch.setattr(runner, "batches", None)  # nothing is run again
    assert written(sweep(plan(), tmp_path / "s", workers=0).folder) == written(whole.folder)


def test_shards_merge_to_the_bytes_of_the_whole(tmp_path: Path, whole: Result) -> None:
    folders = [sweep(plan(), tmp_path / str(i), workers=0, shard=Shard(i, 3)).folder for i in (1, 2, 3)]
    assert sorted(r for f in folders for r in open_result(f).table("runs")["run"]) == list(range(12))
    with pytest.raises(InputError, match=r"4 of 12 runs are missing: those of shard 2/3; run 'matsim sweep"):
        merge([folders[0], folders[2]], tmp_path / "m")
    assert not (tmp_path / "m").exists()
    merged = merge(folders[::-1], tmp_path / "m")
    assert written(merged.folder) == written(whole.folder)
    assert merged.manifest["shard"] == ""
    other = sweep(plan(years=2), tmp_path / "other", workers=0, shard=Shard(1, 3)).folder
    with pytest.raises(InputError, match="holds another experiment"):
        merge([folders[0], other], tmp_path / "n")


def test_shards_are_said_as_one_of_several() -> None:
    assert parse_shard("2/4") == Shard(2, 4)
    for text in ("0/4", "5/4", "1", "a/b", "1/4/2"):
        with pytest.raises(InputError, match="should be i/n with i from 1 to n"):
            parse_shard(text)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, whole: Result) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files and no sweep"):
        sweep(plan(), tmp_path / "notes", workers=0)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; a sweep needs a folder"):
        sweep(plan(), tmp_path / "file", workers=0)
    with pytest.raises(InputError, match=r"holds 12 runs of another experiment \('small'\)"):
        sweep(plan(seed=1000), whole.folder, workers=0)
    assert (tmp_path / "notes" / "a.txt").read_text() == "mine"


def test_runs_of_another_version_are_not_mixed_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(plan(1), tmp_path / "s", workers=0)
    real = provenance.manifest
    monkeypatch.setattr(runner, "manifest", lambda *given: real(*given) | {"matsim": "9.0", "commit": "abc"})
    with pytest.raises(InputError, match=r"holds runs made with matsim .* or say --mixed"):
        sweep(plan(2), tmp_path / "s", workers=0)
    mixed = sweep(plan(2), tmp_path / "s", workers=0, mixed=True)
    assert [made["matsim"] for made in mixed.manifest["made_by"]][1] == "9.0"


def test_replicates_are_added_until_the_precision_is_there(tmp_path: Path) -> None:
    wanted = {"measure": "mean_outcome", "half_width": 0.004, "at_least": 6, "at_most": 60}
    said: list[str] = []
    result, now = until_precise(plan(precision=wanted), tmp_path / "s", said.append, workers=0)
    assert now is not None
    assert now.reached
    assert now.half_width <= 0.004
    assert 6 < result.manifest["replicates"] <= 60
    assert said
    strict = {**wanted, "half_width": 1e-6, "at_most": 7}
    _, now = until_precise(plan(precision=strict), tmp_path / "t", workers=0)
    assert now is not None
    assert not now.reached
    assert now.needed > 7


def test_the_runs_of_a_damaged_part_are_done_again(tmp_path: Path) -> None:
    result = sweep(plan(1), tmp_path / "s", workers=0)
    (result.folder / "runs" / "part-00000.parquet").write_bytes(b"PAR1 rubbish")
    said: list[str] = []
    again = sweep(plan(2), tmp_path / "s", workers=0, say=said.append)
    assert said[0].startswith("2 finished runs cannot be relied on (changed or gone: runs/part-00000.parquet), and are")
    assert written(again.folder) == written(sweep(plan(2), tmp_path / "t", workers=0).folder)


def test_damage_does_not_open_the_folder_to_another_experiment(tmp_path: Path) -> None:
    result = sweep(plan(1, title="other"), tmp_path / "s", workers=0)
    (result.folder / "runs" / "part-00000.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(InputError, match=r"of another experiment \('other'\), none of which this one asks for"):
        sweep(plan(2), tmp_path / "s", workers=0)


def test_the_manifest_names_every_file_with_its_digest(whole: Result) -> None:
    told = json.loads((whole.folder / "manifest.json").read_text(encoding="utf-8"))["tables"]
    named = {part["name"]: part["sha256"] for facts in told.values() for part in facts["files"]}
    there = {name: digest for name, digest in written(whole.folder).items() if name.endswith(".parquet")}
    assert named == there
    assert unfinished(whole.folder) == 12


def test_what_somebody_has_put_beside_a_sweep_stays(tmp_path: Path) -> None:
    result = sweep(plan(1), tmp_path / "s", workers=0)
    (result.folder / "notes.md").write_text("mine")
    (result.folder / "figures").mkdir()
    (result.folder / "figures" / "a.svg").write_text("mine too")
    (result.folder / "ro-crate-metadata.json").write_text("of the old tables")
    again = sweep(plan(2), tmp_path / "s", workers=0)
    assert (again.folder / "notes.md").read_text() == "mine"
    assert (again.folder / "figures" / "a.svg").read_text() == "mine too"
    assert not (again.folder / "ro-crate-metadata.json").exists()
    assert "notes.md" not in again.manifest["files"]


def test_runs_that_are_no_longer_asked_for_are_counted(tmp_path: Path) -> None:
    assert sweep(plan(3), tmp_path / "s", workers=0).manifest["spare"] == 0
    fewer = sweep(plan(1), tmp_path / "s", workers=0)
    assert (fewer.manifest["runs"], fewer.manifest["spare"]) == (2, 4)
    assert "spare/" in (fewer.folder / "README.txt").read_text(encoding="utf-8")
    more = sweep(plan(3), tmp_path / "s", workers=0)
    assert (more.manifest["runs"], more.manifest["spare"]) == (6, 0)


def test_another_shard_is_told_from_another_experiment(tmp_path: Path) -> None:
    sweep(plan(2), tmp_path / "s", workers=0, shard=Shard(1, 2))
    with pytest.raises(InputError, match="holds 2 runs of shard 1/2 of the experiment 'small', none of which"):
        sweep(plan(2), tmp_path / "s", workers=0, shard=Shard(2, 2))
