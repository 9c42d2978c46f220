"""Worker processes: jobs in order, errors that come back, and deaths at the worst moment."""

from __future__ import annotations

import os
import pickle
import signal
import time
from functools import partial
from pathlib import Path
from threading import Lock

import pytest

from matsim.core.errors import InputError, MatsimError
from matsim.core.processes import Lost, WorkerProcess, flat, run_batches, run_chunks, run_jobs, say, wait

MORE = 3_000_000
"""Bytes that no pipe holds: whoever sends so many has to wait for a reader."""


def slow_first(job: int) -> tuple[int, int]:
    time.sleep(0.3 if job == 0 else 0.0)
    return job * job, os.getpid()


def picky(job: int) -> int:
    if job == 2:
        raise InputError("job", ["2: should be another", "2: is even"])
    return job


class LockedError(Exception):
    """An error that cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("held")
        self.lock = Lock()


def locked(_: int) -> int:
    raise LockedError


def dies(job: int) -> int:
    if job == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def deadly(batches: list[list[int]]) -> list[int]:
    return [dies(job) for job in flat(batches)]


def deadly_once(marker: Path, batches: list[list[int]]) -> list[int]:
    jobs = flat(batches)
    if 1 in jobs and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return jobs


def squares(batch: list[int]) -> list[tuple[int, int]]:
    return [(job * job, len(batch)) for job in batch]


def sizes_of(batches: list[list[int]]) -> list[int]:
    time.sleep(0.001)
    return [len(batch) for batch in batches]


def cut(jobs: int, size: int) -> list[range]:
    return [range(first, min(first + size, jobs)) for first in range(0, jobs, size)]


def whose(_: int) -> int:
    time.sleep(0.5)
    return os.getpid()


def talks(job: int) -> int:
    say(f"half of {job}")
    return job


def large(job: int) -> bytes:
    return bytes(MORE) if job else b""


def begin(worker: WorkerProcess[int, bytes]) -> None:
    """Wait for the worker to take jobs."""
    while not worker.started:
        assert wait([worker]) == [worker]
        assert list(worker.results()) == []


def blocked(pid: int) -> bool:
    """Whether a process sleeps in a system call."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def test_results_come_in_the_order_of_the_jobs_whoever_did_them() -> None:
    told: list[tuple[int, int]] = []
    found = run_jobs(slow_first, range(5), 2, lambda *n: told.append(n))
    assert [square for square, _ in found] == [0, 1, 4, 9, 16]
    assert told == [(n, 5) for n in range(1, 6)]
    assert os.getpid() not in {pid for _, pid in found}
    assert run_jobs(slow_first, range(3), 1) == [(n * n, os.getpid()) for n in range(3)]
    assert run_jobs(slow_first, [], 2) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_batches_stay_together_whoever_does_them(workers: int) -> None:
    batches = [[4, 0], [1], [2, 3, 5]]
    told: list[tuple[int, int]] = []
    found = run_batches(squares, range(6), batches, workers, lambda *n: told.append(n))
    assert found == [(0, 2), (1, 1), (4, 3), (9, 3), (16, 2), (25, 3)]
    assert told == [(n, 6) for n in range(1, 7)]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_short_batches_are_sent_several_at_once_and_none_is_parted(workers: int) -> None:
    given = cut(200, 3)
    sizes = [made for _, made in run_chunks(sizes_of, given, workers)]
    assert sorted(size for chunk in sizes if isinstance(chunk, list) for size in chunk) == sorted(map(len, given))
    assert (max(map(len, sizes)) > 1) == (workers > 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(InputError, match="2 problems") as caught:
        run_jobs(picky, range(4), workers)
    assert caught.value.problems == ["2: should be another", "2: is even"]
    if workers > 1:
        assert "in picky" in caught.value.__notes__[0]


def test_an_error_that_cannot_travel_comes_as_words() -> None:
    with pytest.raises(RuntimeError, match="LockedError: held"):
        run_jobs(locked, range(2), 2)


def test_an_input_error_travels_whole() -> None:
    for given in (InputError("file", "one"), InputError("file", ["one", "two"])):
        again = pickle.loads(pickle.dumps(given))
        assert (str(again), again.where, again.problems) == (str(given), given.where, given.problems)


def test_two_long_jobs_are_done_by_two_workers() -> None:
    assert len(set(run_jobs(whose, range(2), 2))) == 2


def test_word_of_a_job_comes_before_what_came_of_it() -> None:
    worker, said, results = WorkerProcess(talks), list[object](), list[int]()
    worker.give(4)
    while not results:
        assert worker.speaks(60)
        results += worker.results(said.append)
    worker.kill()
    assert (said, results) == (["half of 4"], [4])


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX")
class TestDeath:
    def test_a_dead_worker_is_a_sentence(self) -> None:
        with pytest.raises(MatsimError, match=r"a worker process died \(signal 9\) twice: .*Try --workers 1"):
            run_jobs(dies, range(4), 2)

    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("size", [1, 7, 50])
    def test_what_kills_two_workers_is_lost_and_the_rest_is_done(self, workers: int, size: int) -> None:
        chunks = list(run_chunks(deadly, cut(60, size), workers))
        assert [(jobs, made) for jobs, made in chunks if isinstance(made, Lost)] == [([1], Lost("signal 9"))]
        assert sorted(job for jobs, made in chunks if jobs == made for job in jobs) == [0, *range(2, 60)]

    @pytest.mark.parametrize("size", [1, 7, 50])
    def test_what_kills_one_worker_is_done_again(self, tmp_path: Path, size: int) -> None:
        chunks = list(run_chunks(partial(deadly_once, tmp_path / "marker"), cut(60, size), 2))
        assert (tmp_path / "marker").exists()
        assert sorted(job for jobs, made in chunks if jobs == made for job in jobs) == [*range(60)]

    @pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at the state of a process")
    def test_half_a_result_holds_nobody_up(self) -> None:
        worker: WorkerProcess[int, bytes] = WorkerProcess(large)
        begin(worker)
        worker.give(1)
        pid = worker._process.pid
        assert pid is not None
        wait([worker])  # it has begun to send
        while not blocked(pid):
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        assert list(worker.results()) == []
        assert worker.dead
        assert worker.cause() == "signal 9"
        worker.give(0)  # to nobody, and nobody minds
        assert list(worker.results()) == []
        worker.kill()

    def test_a_worker_that_is_sending_can_be_ended(self) -> None:
        worker: WorkerProcess[int, bytes] = WorkerProcess(large)
        begin(worker)
        worker.give(1)
        wait([worker])
        worker.kill()
        assert worker.cause() == "signal 9"

    def test_one_that_dies_before_it_takes_jobs_has_not_started(self) -> None:
        worker: WorkerProcess[int, int] = WorkerProcess(partial(_Never(), 1))
        wait([worker])
        assert list(worker.results()) == []
        assert (worker.started, worker.dead, worker.cause()) == (False, True, "exit code 7")


class _Never:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (7,)

    def __call__(self, *given: int) -> int:
        return sum(given)
