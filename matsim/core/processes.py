"""Worker processes of this machine, kept alive from job to job, of which any may die at any moment.

Each has a pipe of its own, and nobody else holds the worker's end of it. So whatever a worker was doing when it died,
even sending half a result, the one who waits for it is told. (The executor of the standard library keeps the writing
end open itself: there the other half is waited for without end.)
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as _wait
from threading import Lock
from time import perf_counter
from typing import Any

from matsim.core.errors import MatsimError

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "ARROW")}
PR_SET_PDEATHSIG = 1
SECONDS = 10.0
"""How long a process that has been killed, or has closed its pipe, is waited for."""

CHUNK_SECONDS = 0.25
"""Work that is sent to a worker at once, when batches of jobs are shorter than that."""
LARGEST = 25
"""Most jobs of a chunk of several batches."""
AHEAD = 2
"""Short chunks that a worker has in hand: the one it works on, and the next, so that it never waits."""
STARTS = 3
"""Workers that may die while starting, in a row, before all is given up."""
DEATHS = 2
"""Workers that a job may cost before it is given up."""

STARTED, SAID, DONE, FAILED = range(4)
"""What a worker sends: that it is there, word of a job, what came of a job, or what a job raised."""
_pipes: list[Connection] = []
"""In a worker process: its pipe to the one that started it."""
_starting = Lock()
"""Threads may start workers at once, and what these inherit belongs to the whole process."""


class WorkerProcess[J, R]:
    """One worker process. It does jobs with `do`, a callable that is sent to it once, in the order it is given them."""

    def __init__(self, do: Callable[[J], R]) -> None:
        context = multiprocessing.get_context("spawn")  # the same on every system, whatever threads this process has
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(do, theirs, os.getpid()), daemon=True)
        with _sheltered():
            self._process.start()
        theirs.close()
        self.started = False
        """Whether it has come as far as taking jobs."""
        self.dead = False
        """Whether it has been seen to have ended."""

    def give(self, job: J) -> None:
        """Send a job. Waits while the worker has more in hand than a pipe holds (64 KiB)."""
        with suppress(OSError):  # it is dead, which `results` finds out after whatever it had sent
            self._pipe.send(job)

    def speaks(self, seconds: float) -> bool:
        """Whether it has something to say, or has died, within so many seconds."""
        return self._pipe.poll(seconds)

    def results(self, tell: Callable[[Any], None] | None = None) -> Iterator[R]:
        """What has come from the worker; `tell` gets what its jobs said meanwhile (see `say`).

        Sets `dead` when it has ended. Raises what a job raised.
        """
        while not self.dead and self._pipe.poll():
            try:
                message = self._pipe.recv_bytes()
            except (EOFError, OSError):  # the second: it died in the middle of a message
                self.dead = True
                return
            kind, value = pickle.loads(message)
            self.started = True
            if kind == FAILED:
                raise value
            if kind == SAID and tell:
                tell(value)
            if kind == DONE:
                yield value

    def cause(self) -> str:
        """What a dead worker died of, in words."""
        self._process.join(SECONDS)
        code = self._process.exitcode
        return "cause unknown" if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self.dead = True
        self._process.kill()
        self._process.join(SECONDS)
        self._pipe.close()


def wait[J, R](workers: Iterable[WorkerProcess[J, R]]) -> list[WorkerProcess[J, R]]:
    """Wait until some of these workers have something to tell, or have died; which."""
    listened = list(workers)
    ready = _wait([worker._pipe for worker in listened])
    return [worker for worker in listened if worker._pipe in ready]


@dataclass(frozen=True)
class Lost:
    """What came of jobs that were given up: each cost two workers."""

    cause: str
    """What the last of these workers died of."""


class Backlog:
    """Batches of jobs still to do, by number: handed out in chunks, taken back when a worker dies, given up after two
    deaths.

    The jobs of a batch are best done at once, so a batch is never parted but when a worker died with it. A chunk is
    one batch, or several that together take about `seconds`, so that sending it costs little beside it. `sizes` says
    how many jobs are in each batch; they are numbered in this order.
    """

    def __init__(self, sizes: Iterable[int], workers: int, seconds: float) -> None:
        ends = [0, *accumulate(sizes)]
        self._pending: deque[Sequence[int]] = deque(range(*pair) for pair in pairwise(ends))
        self._left = ends[-1]
        self._suspects: deque[int] = deque()
        self._deaths: Counter[int] = Counter()
        self._workers, self._seconds = workers, seconds
        self._pace = 0.0

    def __bool__(self) -> bool:
        return bool(self._pending or self._suspects)

    @property
    def quick(self) -> bool:
        """Whether the next batch is done so soon that a worker would wait for the one after it to be sent."""
        return bool(self._pending) and 0.0 < self._pace * len(self._pending[0]) < self._seconds

    def take(self) -> list[Sequence[int]]:
        """The next chunk; empty when nothing is left. A job that was lost with a worker comes alone."""
        if self._suspects:
            return [[self._suspects.popleft()]]
        # until a first job has been timed, batches go out singly
        size = int(self._seconds / self._pace) if self._pace else 1
        fair = self._left // (2 * self._workers)  # near the end no worker should be left with a long chunk
        size = min(LARGEST, size, fair)
        chunk: list[Sequence[int]] = []
        while self._pending and (not chunk or sum(map(len, chunk)) + len(self._pending[0]) <= size):
            chunk.append(self._pending.popleft())
        self._left -= sum(map(len, chunk))
        return chunk

    def learn(self, count: int, seconds: float) -> None:
        """Take into account how long so many jobs took."""
        for _ in range(count):
            each = seconds / count
            self._pace = each if not self._pace else 0.8 * self._pace + 0.2 * each

    def suspected(self, numbers: Iterable[int]) -> bool:
        """Whether a worker died while it had any of these jobs."""
        return any(self._deaths[number] for number in numbers)

    def back(self, batches: Sequence[Sequence[int]]) -> None:
        """Take back batches that were not begun."""
        self._pending.extendleft(reversed(batches))
        self._left += sum(map(len, batches))

    def lost(self, numbers: Sequence[int], deaths: int = 1) -> list[int]:
        """Workers died with these jobs: those with a second death on their account are given up, and returned.

        The others are done again, each alone, since any of a chunk may have been the cause.
        """
        self._deaths.update(dict.fromkeys(numbers, deaths))
        self._suspects.extend(number for number in numbers if self._deaths[number] < DEATHS)
        return [number for number in numbers if self._deaths[number] >= DEATHS]


def run_chunks[J, R](
    do: Callable[[list[list[J]]], R], batches: Sequence[Sequence[J]], workers: int
) -> Generator[tuple[list[J], R | Lost], None, None]:
    """What comes of jobs, some at a time as they are finished: each job once, in no certain order.

    The jobs of a batch are best done at once. `do` gets a list of batches and answers for all their jobs at once; how
    many it gets follows from how long they take. It, the jobs and what comes of them are pickled for so many worker
    processes. A worker that dies costs its chunk, whose jobs are done again one by one; a job that costs two workers
    is `Lost`. With 0 workers everything is done in this process, batch by batch, and a crash takes it along. Closing
    the generator ends the workers at once. Raises what a job raises, and MatsimError when no worker can be started.
    """
    if workers == 0:
        for batch in batches:
            yield list(batch), do([list(batch)])
        return
    pool = _Pool(partial(_timed, do), flat(batches), Backlog(map(len, batches), workers, CHUNK_SECONDS))
    try:
        while pool.busy():
            pool.fill(min(workers, len(batches)))
            yield from pool.collect()
    finally:
        pool.kill()


def run_batches[J, R](
    do: Callable[[list[J]], list[R]],
    jobs: Sequence[J],
    batches: Sequence[Sequence[int]],
    workers: int,
    tell: Callable[[int, int], None] | None = None,
) -> list[R]:
    """What comes of every job, in the order of the jobs, by so many processes (0 or 1: in this one).

    `batches` are numbers of jobs, each job in one; `do` gets the jobs of one batch and returns what comes of each. As
    `run_chunks`, but MatsimError for a job that costs two workers. `tell(done, jobs)` is called as they are finished.
    """
    results: dict[int, R] = {}
    many = min(workers, len(batches))
    numbered = [[(number, jobs[number]) for number in batch] for batch in batches]
    with closing(run_chunks(partial(_each, do), numbered, many if many > 1 else 0)) as chunks:
        for chunk, made in chunks:
            if isinstance(made, Lost):
                raise MatsimError(
                    f"a worker process died ({made.cause}) twice: is there memory enough? Try --workers 1"
                )
            for (number, _), result in zip(chunk, made, strict=True):
                results[number] = result
                if tell:
                    tell(len(results), len(jobs))
    return [results[number] for number in range(len(jobs))]


def run_jobs[J, R](
    do: Callable[[J], R], jobs: Sequence[J], workers: int, tell: Callable[[int, int], None] | None = None
) -> list[R]:
    """`do` of every job: `run_batches` for jobs that have nothing in common."""
    return run_batches(partial(_singly, do), jobs, [[number] for number in range(len(jobs))], workers, tell)


def _each[J, R](do: Callable[[list[J]], list[R]], chunk: list[list[tuple[int, J]]]) -> list[R]:
    return [made for batch in chunk for made in do([job for _, job in batch])]


def _singly[J, R](do: Callable[[J], R], batch: list[J]) -> list[R]:
    return [do(job) for job in batch]


def flat[T](lists: Iterable[Iterable[T]]) -> list[T]:
    """What is in some lists, as one."""
    return [one for inner in lists for one in inner]


def _timed[J, R](do: Callable[[list[list[J]]], R], chunk: list[list[J]]) -> tuple[R, float]:
    begun = perf_counter()
    return do(chunk), perf_counter() - begun


class _Pool[J, R]:
    """Workers, and the chunks that each has in hand in the order in which it does them."""

    def __init__(self, do: Callable[[list[list[J]]], tuple[R, float]], jobs: Sequence[J], backlog: Backlog) -> None:
        self._do, self._jobs, self._backlog = do, jobs, backlog
        self._chunks: dict[WorkerProcess[list[list[J]], tuple[R, float]], deque[list[Sequence[int]]]] = {}
        self._stillborn = 0

    def busy(self) -> bool:
        """Whether there is anything left to do or to wait for."""
        return bool(self._backlog) or any(self._chunks.values())

    def fill(self, workers: int) -> None:
        """Give every worker something to do; one with a suspect gets nothing more until that is over."""
        backlog = self._backlog
        while len(self._chunks) < workers and backlog:
            self._chunks[WorkerProcess(self._do)] = deque()
        for depth in range(AHEAD if backlog.quick else 1):  # all have one before any has the next
            for worker, chunks in self._chunks.items():
                if backlog and len(chunks) <= depth and not backlog.suspected(n for c in chunks for n in flat(c)):
                    chunks.append(backlog.take())
                    worker.give([self._given(batch) for batch in chunks[-1]])

    def _given(self, numbers: Sequence[int]) -> list[J]:
        return [self._jobs[number] for number in numbers]

    def collect(self) -> Iterator[tuple[list[J], R | Lost]]:
        """Wait for something to be finished, and for more of it that is."""
        for worker in wait(self._chunks):
            for made, seconds in worker.results():
                numbers = flat(self._chunks[worker].popleft())
                self._backlog.learn(len(numbers), seconds)
                yield self._given(numbers), made
            if worker.started:
                self._stillborn = 0
            if worker.dead and (given_up := self._bury(worker)):
                yield self._given(given_up), Lost(worker.cause())

    def _bury(self, worker: WorkerProcess[list[list[J]], tuple[R, float]]) -> list[int]:
        """Take back what a dead worker had in hand; returns the jobs that have now cost two workers."""
        chunks = self._chunks.pop(worker)
        cause = worker.cause()
        worker.kill()
        first = chunks.popleft() if chunks else []
        self._backlog.back(flat(chunks))
        if worker.started:
            return self._backlog.lost(flat(first))
        self._backlog.back(first)
        self._stillborn += 1
        if self._stillborn >= STARTS:
            raise MatsimError(f"worker processes die while they start ({cause}); what was finished is kept")
        return []

    def kill(self) -> None:
        """End the workers at once: what they have in hand is not needed, or was given up."""
        for worker in self._chunks:
            worker.kill()


def say(value: Any) -> None:
    """In a worker process: send word of the job that it is doing (`WorkerProcess.results`)."""
    _pipes[0].send((SAID, value))


@contextmanager
def _sheltered() -> Iterator[None]:
    """Processes started inside keep to one thread each, and leave Ctrl-C to this one."""
    with _starting:
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if os.name == "posix" else None
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
            if mask is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _work[J, R](do: Callable[[J], R], pipe: Connection, parent: int) -> None:
    """What a worker does until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked to be told
            os._exit(1)
    _pipes.append(pipe)
    gc.freeze()  # what was sent, and the libraries, live to the end: no search for garbage need look at them
    with suppress(EOFError, OSError):  # the parent has ended, or has no use for us any more
        pipe.send((STARTED, None))
        while True:
            outcome = _done(do, pipe.recv())
            try:
                pipe.send(outcome)
            except (TypeError, AttributeError, pickle.PicklingError) as error:  # what came of it cannot be sent
                pipe.send((FAILED, _sendable(error)))


def _done[J, R](do: Callable[[J], R], job: J) -> tuple[int, Any]:
    try:
        return DONE, do(job)
    except Exception as error:  # noqa: BLE001 - raised again where the job came from
        return FAILED, _sendable(error)


def _sendable(error: Exception) -> Exception:
    """The error with its traceback as a note; in words alone when it is of a kind that cannot be pickled."""
    error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - there is no end to what may go wrong in another library's error
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
