"""One run of a sweep as a result of its own, and samples of sweeps made again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.sweeping import ARMS, plan, written

from matsim.core.errors import InputError, VerificationError
from matsim.events.fingerprints import fingerprints
from matsim.experiment import worker
from matsim.experiment.runner import sweep
from matsim.experiment.stored import FailedAgainError, replay, verify_sample
from matsim.measures import summarise
from matsim.results.store import Result, table_digest
from matsim.simulation.simulate import verify

FACTORS = {
    "uncertainties": [{"name": "seeking.pull", "low": 0.5, "high": 1.5}],
    "design": {"kind": "latin hypercube", "points": 3},
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Two arms, one of them failing, and three points."""
    from matsim.evidence.parameters import describe
    from matsim.scenario.schema import Scenario

    name = next(p.name for p in describe(Scenario) if p.name.startswith("seeking.") and p.unit == "log odds")
    factors = {**FACTORS, "uncertainties": [{"name": name}]}
    arms = [*ARMS, {"name": "nobody", "set": {"trusts": [{"uid": 1}]}}]
    return sweep(plan(2, arms, **factors), tmp_path_factory.mktemp("stored") / "s", workers=0)


@pytest.mark.parametrize("run", [0, 4, 12])
def test_a_replayed_run_is_a_result_that_equals_the_rows_of_the_sweep(stored: Result, tmp_path: Path, run: int) -> None:
    made = replay(stored.folder, run, tmp_path / "r")
    assert made.manifest["kind"] == "run"
    tables = {name: made.table(name) for name in ("system_year", "trust_year", "events")}
    marks = fingerprints(tables["events"], tables["system_year"]["year"].to_numpy())
    for name, frame in summarise(tables, marks).items():
        rows = stored.table(name)
        assert table_digest(rows[rows["run"] == run].drop(columns="run")) == table_digest(frame)
    assert verify(made.folder)


def test_a_failed_run_fails_again_with_its_error(stored: Result, tmp_path: Path) -> None:
    runs = stored.table("runs")
    failed = runs[runs["status"] == "failed"]
    assert len(failed) == 6
    number, error = int(failed["run"].iloc[0]), str(failed["error"].iloc[0])
    with pytest.raises(FailedAgainError, match="failed again, in the same way as in the sweep: ") as caught:
        replay(stored.folder, number, tmp_path / "r")
    assert error in str(caught.value)
    assert str(caught.value).startswith(f"{stored.folder}: run {number} (arm nobody, point ")
    assert not (tmp_path / "r").exists()


def test_a_run_that_ends_otherwise_than_in_the_sweep_is_told(
    stored: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = int(stored.table("runs").query("status == 'failed'")["run"].iloc[0])
    monkeypatch.setattr("matsim.experiment.stored._error", lambda sweep, number: "ValueError: another one")
    with pytest.raises(VerificationError, match=r"failed again, but with '.*'; in the sweep with 'ValueError: another"):
        replay(stored.folder, failed, tmp_path / "r")
    with pytest.raises(VerificationError, match=r"run 0 .* failed in the sweep \(.*\) and goes well now; its"):
        replay(stored.folder, 0, tmp_path / "r")
    assert verify(tmp_path / "r")


def test_runs_that_are_not_there_and_folders_that_are_no_sweep(stored: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no run 99; its runs are numbered from 0 to 17"):
        replay(stored.folder, 99, tmp_path / "r")
    made = replay(stored.folder, 0, tmp_path / "r")
    with pytest.raises(InputError, match="holds a result of the kind 'run'; this needs a sweep"):
        replay(made.folder, 0, tmp_path / "q")


def test_a_sample_is_made_again_and_compared(stored: Result) -> None:
    told: list[tuple[int, int]] = []
    runs = verify_sample(stored.folder, 4, seed=1, tell=lambda done, total: told.append((done, total)))
    assert len(set(runs)) == 4
    assert told == [(i, 4) for i in range(4)]
    assert runs == verify_sample(stored.folder, 4, seed=1)
    assert runs != verify_sample(stored.folder, 4, seed=2)
    assert len(verify_sample(stored.folder, 100)) == 12


def test_a_sweep_whose_numbers_were_changed_does_not_verify(stored: Result, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(stored.folder, folder)
    path = folder / "run_year" / "part-00000.parquet"
    frame = pq.read_table(path)
    column = frame.schema.get_field_index("schools")
    pq.write_table(frame.set_column(column, frame.schema.field(column), [frame.column(column).to_numpy() + 1]), path)
    with pytest.raises(VerificationError, match=r"run_year/part-00000.parquet changed or gone"):
        verify_sample(folder, 2)


def test_a_run_that_comes_out_differently_is_named(stored: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    from matsim.experiment import stored as module

    real = worker.run_task

    def other(*given: Any) -> Any:
        made = real(*given)
        made["run_year"]["pupils"] += 1.0
        return made

    monkeypatch.setattr(module, "run_task", other)
    told = r"run \d+ \(arm \w+, point \d, seed \d\) came out differently, first in run_year, column pupils"
    with pytest.raises(VerificationError, match=told):
        verify_sample(stored.folder, 1)


@pytest.mark.parametrize("name", ["experiment.toml", "parameters.csv", "scenario.toml", "dictionary.csv", "README.txt"])
def test_a_changed_file_beside_the_tables_is_noticed(stored: Result, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(stored.folder, tmp_path / "s"))
    with (folder / name).open("a", encoding="utf-8") as stream:
        stream.write("# more\n")
    with pytest.raises(VerificationError, match=rf"{name} changed or gone since"):
        verify_sample(folder, 1)


@pytest.mark.parametrize("gone", [True, False])
def test_damaged_rows_are_said_and_done_again(tmp_path: Path, gone: bool) -> None:
    whole = sweep(plan(2), tmp_path / "s", workers=0)
    before = written(whole.folder)
    part = whole.folder / "run_year" / "part-00000.parquet"
    if gone:
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(InputError, match=r"part-00000.parquet.*; give the command of the sweep again"):
        replay(whole.folder, 0, tmp_path / "r")
    told: list[str] = []
    again = sweep(plan(2), tmp_path / "s", workers=0, say=told.append)
    assert told == [
        "4 finished runs cannot be relied on (changed or gone: run_year/part-00000.parquet), and are done again"
    ]
    assert written(again.folder) == before
