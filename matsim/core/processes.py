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
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as _wait
from typing import Any

from matsim.core.errors import MatsimError

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "ARROW")}
PR_SET_PDEATHSIG = 1
SECONDS = 10.0
"""How long a process that has been killed, or has closed its pipe, is waited for."""

STARTED, MADE, FAILED = range(3)
"""What a worker tells: that it is there, what came of a job, or what a job raised."""


class Hand[J, R]:
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

    def results(self) -> Iterator[R]:
        """What has come from the worker. Sets `dead` when it has ended. Raises what a job raised."""
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
            if kind == MADE:
                yield value

    def ended(self) -> str:
        """What a dead worker died of, in words."""
        self._process.join(SECONDS)
        code = self._process.exitcode
        return "cause unknown" if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        self._process.kill()
        self._process.join(SECONDS)
        self._pipe.close()


def wait[J, R](hands: Iterable[Hand[J, R]]) -> list[Hand[J, R]]:
    """Wait until some of these workers have something to tell, or have died; which."""
    listened = list(hands)
    ready = _wait([hand._pipe for hand in listened])
    return [hand for hand in listened if hand._pipe in ready]


def spread[J, R](
    do: Callable[[J], R], jobs: Sequence[J], workers: int, tell: Callable[[int, int], None] | None = None
) -> list[R]:
    """`do` of every job, in the order of the jobs, by so many processes (0 or 1: in this one).

    `do`, the jobs and what comes of them are pickled. `tell(done, jobs)` is called as they are finished. Raises what a
    job raises, and MatsimError when a worker dies.
    """
    results: dict[int, R] = {}
    for number, made in _here(do, jobs) if min(workers, len(jobs)) <= 1 else _spread(do, jobs, workers):
        results[number] = made
        if tell:
            tell(len(results), len(jobs))
    return [results[number] for number in range(len(jobs))]


def _here[J, R](do: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[int, R]]:
    for number, job in enumerate(jobs):
        yield number, do(job)


def _spread[J, R](do: Callable[[J], R], jobs: Sequence[J], workers: int) -> Iterator[tuple[int, R]]:
    """What comes of each job, with its number, as it is finished."""
    pending = deque(range(len(jobs)))
    hands: list[Hand[J, R]] = []
    working: dict[Hand[J, R], int] = {}

    def feed(hand: Hand[J, R]) -> None:
        if pending:
            working[hand] = pending.popleft()
            hand.give(jobs[working[hand]])

    try:
        for _ in range(min(workers, len(jobs))):
            hands.append(Hand(do))
            feed(hands[-1])
        while working:
            for hand in wait(working):
                for made in hand.results():
                    yield working.pop(hand), made
                    feed(hand)
                if hand.dead:
                    problem = f"a worker process died ({hand.ended()}): is there memory enough? Try --workers 1"
                    raise MatsimError(problem)
    finally:
        for hand in hands:
            hand.kill()


@contextmanager
def _sheltered() -> Iterator[None]:
    """Processes started inside keep to one thread each, and leave Ctrl-C to this one."""
    old = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if os.name == "posix" else None
    try:
        yield
    finally:
        for name, value in old.items():
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
    gc.freeze()  # what was sent, and the libraries, live to the end: no search for garbage need look at them
    with suppress(EOFError, OSError):  # the parent has ended, or has no use for us any more
        pipe.send((STARTED, None))
        while True:
            pipe.send(_done(do, pipe.recv()))


def _done[J, R](do: Callable[[J], R], job: J) -> tuple[int, Any]:
    try:
        return MADE, do(job)
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
