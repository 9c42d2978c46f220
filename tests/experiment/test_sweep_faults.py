"""What goes wrong while a sweep runs, and what is left of it: killed workers and sweeps, failing runs, full disks."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from support.sweeping import ARMS, deadly, plan, stillborn, written
from support.waiting import PATIENCE

from matsim.core.errors import InputError, MatsimError
from matsim.core.lock import locked
from matsim.experiment import journal, worker
from matsim.experiment.ensemble import make_ensemble
from matsim.experiment.runner import sweep, unfinished
from matsim.results.store import Result, open_result, table_digest
from matsim.simulation import simulate
from matsim.simulation.simulate import Files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matsim.scenario.schema import Scenario
    from matsim.simulation.model import TrustSystem
    from matsim.world.base import World

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Twelve runs, done in this process."""
    return sweep(plan(), tmp_path_factory.mktemp("whole") / "s", workers=0)


def test_a_worker_killed_midway_costs_nothing(tmp_path: Path, whole: Result) -> None:
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done >= 2 and not killed:
            victim = multiprocessing.active_children()[0]
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    result = sweep(plan(), tmp_path / "s", workers=2, tell=kill)
    assert killed
    assert written(result.folder) == written(whole.folder)


def test_a_run_that_kills_one_worker_is_tried_again(tmp_path: Path, whole: Result) -> None:
    result = sweep(deadly(plan(), tmp_path / "marker"), tmp_path / "s", workers=2)
    assert (tmp_path / "marker").exists()
    assert written(result.folder) == written(whole.folder)


@pytest.mark.long
def test_a_run_that_kills_two_workers_has_failed_and_the_others_are_done(tmp_path: Path, whole: Result) -> None:
    result = sweep(deadly(plan(2)), tmp_path / "s", workers=2)
    runs = result.table("runs")
    assert runs.loc[runs["arm"] == "a", "status"].tolist() == ["done"] * 2
    assert runs.loc[runs["arm"] == "b", "error"].tolist() == ["worker died (signal 9) twice"] * 2
    assert result.manifest["failed"] == 2
    # tried again on request, with more memory say
    again = sweep(plan(), tmp_path / "s", workers=0)
    assert again.manifest["failed"] == 2
    again = sweep(plan(), tmp_path / "s", workers=0, retry=True)
    assert written(again.folder) == written(whole.folder)


def test_a_run_that_fails_is_a_row_with_its_error_and_keeps_its_traceback(tmp_path: Path) -> None:
    arms = [*ARMS, {"name": "nobody", "set": {"trusts": [{"uid": 1}]}}]
    result = sweep(plan(2, arms), tmp_path / "s", workers=1)
    runs = result.table("runs").set_index("run")
    failed = runs[runs["status"] == "failed"]
    assert failed["arm"].tolist() == ["nobody", "nobody"]
    assert failed["seed"].tolist() == [1, 2]
    assert failed["error"].str.contains("trusts[0].uid: no trust with UID 1 in this world", regex=False).all()
    assert set(result.table("run_year")["run"]) == set(runs.index) - set(failed.index)
    (first, _) = json.loads((result.folder / "failures.json").read_text(encoding="utf-8"))
    assert first["run"] == failed.index[0]
    assert "Traceback" in first["trace"]
    assert written(sweep(plan(2, arms), tmp_path / "t", workers=0).folder).keys() == written(result.folder).keys()


def test_a_run_that_fails_in_a_batch_costs_the_others_nothing(
    tmp_path: Path, whole: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[int, ...]] = []
    real = simulate.side_by_side

    def fails(scenario: Scenario, world: World, seeds: Sequence[int]) -> TrustSystem:
        tried.append(tuple(seeds))
        if 4 in seeds:
            raise ZeroDivisionError("made to fail")
        return real(scenario, world, seeds)

    monkeypatch.setattr(worker, "side_by_side", fails)
    result = sweep(plan(), tmp_path / "s", workers=0)
    assert tried == 2 * [(1, 2, 3, 4, 5, 6), (1,), (2,), (3,), (4,), (5,), (6,)]
    runs = result.table("runs")
    failed = runs[runs["status"] == "failed"]
    assert failed["seed"].tolist() == [4, 4]
    assert failed["error"].tolist() == ["ZeroDivisionError: made to fail"] * 2
    (first, _) = json.loads((result.folder / "failures.json").read_text(encoding="utf-8"))
    assert "ZeroDivisionError" in first["trace"]
    years = whole.table("run_year")
    left = years[~years["run"].isin(failed["run"])]
    assert table_digest(result.table("run_year")) == table_digest(left)
    monkeypatch.setattr(worker, "side_by_side", real)
    assert written(sweep(plan(), tmp_path / "s", workers=0, retry=True).folder) == written(whole.folder)


def test_files_that_cannot_be_read_stop_the_sweep_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_text("not,a,school\n1,2,3\n")
    files = Files(tmp_path / "schools.csv")
    given = make_ensemble(plan().experiment, files)
    for workers in (0, 1):
        with pytest.raises(InputError, match=r"schools\.csv"):
            sweep(given, tmp_path / str(workers), files=files, workers=workers)


@pytest.mark.long
def test_workers_that_cannot_start_end_the_sweep(tmp_path: Path) -> None:
    with pytest.raises(MatsimError, match=r"worker processes die while they start \(exit code 7\)"):
        sweep(stillborn(plan()), tmp_path / "s", workers=1)


@pytest.mark.parametrize("when", ["journal", "seal"])
def test_a_full_disk_leaves_finished_runs(
    tmp_path: Path, when: str, whole: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_SECONDS", 0.0)
    real, seen = os.fsync, [0]
    limit = 10 if when == "journal" else 2 * 6 + 8

    def full(descriptor: int) -> None:
        seen[0] += 1
        if seen[0] > limit:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot be written: the disk is full; .*are.* kept"):
        sweep(plan(), tmp_path / "s", workers=0)
    monkeypatch.setattr(os, "fsync", real)
    kept = unfinished(tmp_path / "s")
    assert (0 < kept < 12) if when == "journal" else kept == 12
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert written(sweep(plan(), tmp_path / "s", workers=0).folder) == written(whole.folder)


def test_an_interruption_keeps_what_is_finished(tmp_path: Path, whole: Result) -> None:
    def interrupt(done: int, total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(plan(), tmp_path / "s", workers=0, tell=interrupt)
    assert unfinished(tmp_path / "s") == 6  # all those that were finished at once with the fifth
    with pytest.raises(InputError, match="holds a sweep that is not finished"):
        open_result(tmp_path / "s")
    assert written(sweep(plan(), tmp_path / "s", workers=0).folder) == written(whole.folder)


def test_an_interrupted_extension_leaves_the_finished_sweep_readable(tmp_path: Path, whole: Result) -> None:
    sweep(plan(2), tmp_path / "s", workers=0)

    def interrupt(done: int, total: int) -> None:
        if done >= 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(plan(), tmp_path / "s", workers=0, tell=interrupt)
    assert open_result(tmp_path / "s").manifest["runs"] == 4
    assert unfinished(tmp_path / "s") == 8
    assert written(sweep(plan(), tmp_path / "s", workers=0).folder) == written(whole.folder)


def test_two_sweeps_do_not_write_one_folder(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from matsim.core.lock import locked
with locked(Path({str(tmp_path / "s")!r})):
    print("held", flush=True)
    input()
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdin is not None
    with holder.stdout, holder.stdin:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match=rf"is being written by process {holder.pid} on .*; wait for it"):
            sweep(plan(1), tmp_path / "s", workers=0)
        holder.kill()
        holder.wait()
    assert (tmp_path / ".s.lock").exists()
    assert sweep(plan(1), tmp_path / "s", workers=0).manifest["runs"] == 2  # a dead holder holds nobody up
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_a_lock_is_let_go_of_when_something_goes_wrong(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x"), locked(tmp_path / "s"):
        raise ValueError("x")
    with locked(tmp_path / "s"):
        assert (tmp_path / ".s.lock").read_text().startswith(f"process {os.getpid()} on ")
    assert not list(tmp_path.iterdir())


CHILD = """
    from pathlib import Path
    from support.sweeping import plan
    from matsim.experiment import journal
    from matsim.experiment.runner import sweep
    from matsim.simulation import batches
    if __name__ == "__main__":
        journal.MOST_SECONDS, batches.SCHOOLS = 0.0, 60 * {size}
        sweep(plan({replicates}), Path({folder!r}), workers={workers}, tell=lambda *n: print(*n, flush=True))
"""


def begin(folder: Path, replicates: int, workers: int, size: int) -> subprocess.Popen[Any]:
    """A sweep in a process of its own, as a script so that its workers can be spawned; `size` runs make a batch."""
    script = folder.with_name("child.py")
    how = {"replicates": replicates, "folder": str(folder), "workers": workers, "size": size}
    script.write_text(textwrap.dedent(CHILD).format(**how))
    path = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    )


def children(pid: int) -> list[int]:
    """Processes that a process has started and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def gone(pids: list[int]) -> bool:
    """Wait until none of these processes runs; False when one still does after a long while."""
    deadline = time.monotonic() + PATIENCE  # one that was just starting notices once it has imported everything
    while time.monotonic() < deadline:
        if not any(running(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_and_resume(folder: Path, replicates: int, times: int, seed: int) -> int:
    """Kill a sweep for good at random moments, checking each time that nothing is lost; how often it was killed."""
    rng, kept, killed = random.Random(seed), 0, 0
    while killed < times:
        child = begin(folder, replicates, workers=rng.choice((0, 0, 0, 1)), size=rng.choice((1, 2, 3)))
        assert child.stdout is not None
        with child.stdout:
            lines = rng.randrange(1, 6)
            ended = not all(child.stdout.readline() for _ in range(lines))
            time.sleep(rng.random() * 0.1)
            below = children(child.pid) if Path("/proc").is_dir() else []
            child.kill()
            child.wait()
        killed += not ended
        now = unfinished(folder)
        assert now >= kept, "finished runs were lost"
        kept = now
        assert gone(below), "workers outlive their parent"
        if ended:  # it got to its end: begin another, so that every moment is met
            return killed
    return killed


def test_a_sweep_killed_for_good_goes_on_where_it_was(tmp_path: Path, whole: Result) -> None:
    assert kill_and_resume(tmp_path / "s", 6, times=2, seed=1) == 2
    assert written(sweep(plan(), tmp_path / "s", workers=0).folder) == written(whole.folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_workers_die_with_their_parent(tmp_path: Path) -> None:
    child = begin(tmp_path / "s", 200, workers=2, size=2)
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline()
        assert child.stdout.readline()
        below = children(child.pid)
        assert len(below) >= 2
        child.kill()
        child.wait()
    assert gone(below)


@pytest.mark.long
def test_sixty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    killed, round_ = 0, 0
    expected = written(sweep(plan(30), tmp_path / "whole", workers=0).folder)
    while killed < 60:
        folder = tmp_path / f"round{round_}" / "s"
        folder.parent.mkdir()
        killed += kill_and_resume(folder, 30, times=60 - killed, seed=round_)
        assert written(sweep(plan(30), folder, workers=0).folder) == expected
        round_ += 1
    assert killed >= 60
