"""Runs on the processors of this machine, each worker a process that is kept alive from run to run.

Every worker is an executor of its own. With one executor for all, a worker that dies takes down the others and what
they had in hand, and nobody can tell which run it was; here it costs the chunk it held, and the worker is replaced.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess

from matsim.errors import MatsimError
from matsim.experiment.backlog import Backlog
from matsim.experiment.plan import Plan, Task
from matsim.experiment.work import Batch, Worker, bare
from matsim.run import Files

CHUNK_SECONDS = 0.25
AHEAD = 2
"""Chunks that a worker has in hand: the one it works on, and the next, so that it never waits."""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "ARROW")}
PR_SET_PDEATHSIG = 1
STARTS = 3
"""Workers that may die while starting, in a row, before the sweep gives up."""

_worker: Worker | None = None


@dataclass
class _Hand:
    """A worker process, and the chunks it has in hand in the order in which it does them."""

    executor: ProcessPoolExecutor
    process: BaseProcess
    started: Future[bool]
    jobs: deque[tuple[Future[Batch], list[Task]]] = field(default_factory=deque)


def here(plan: Plan, tasks: Sequence[Task], files: Files | None) -> Iterator[Batch]:
    """Runs in this process, one by one: for looking into a run. A crash of the process takes the sweep with it."""
    worker = Worker(bare(plan), files)
    for task in tasks:
        yield worker.run([task])


def local(plan: Plan, tasks: Sequence[Task], files: Files | None, workers: int) -> Iterator[Batch]:
    """Runs in worker processes; batches come as they are finished, each run once, in no certain order.

    Closing the generator ends the workers at once. Raises MatsimError when no worker can be started.
    """
    pool = _Pool(bare(plan), files, Backlog(tasks, workers, CHUNK_SECONDS))
    try:
        while pool.busy():
            pool.fill(workers)
            yield from pool.collect()
    finally:
        pool.kill()


class _Pool:
    """Workers and what they have in hand."""

    def __init__(self, plan: Plan, files: Files | None, backlog: Backlog) -> None:
        self._plan, self._files, self._backlog = plan, files, backlog
        self._hands: list[_Hand] = []
        self._stillborn = 0

    def busy(self) -> bool:
        """Whether there is anything left to do or to wait for."""
        return bool(self._backlog) or any(hand.jobs for hand in self._hands)

    def fill(self, workers: int) -> None:
        """Give every worker something to do; one with a suspect gets nothing more until that is over."""
        backlog = self._backlog
        while backlog and len(self._hands) < workers:
            self._hands.append(self._hire())
        for hand in self._hands:
            while backlog and len(hand.jobs) < AHEAD and not backlog.suspected(t for _, ts in hand.jobs for t in ts):
                tasks = backlog.take()
                hand.jobs.append((hand.executor.submit(_run, tasks), tasks))

    def collect(self) -> Iterator[Batch]:
        """Wait for something to be finished, and for more of it that is."""
        wait([hand.jobs[0][0] for hand in self._hands if hand.jobs], return_when=FIRST_COMPLETED)
        for hand in list(self._hands):
            while hand.jobs and hand.jobs[0][0].done():
                future, tasks = hand.jobs.popleft()
                try:
                    batch: Batch | None = future.result()
                except BrokenExecutor:
                    batch = self._bury(hand, tasks)
                else:
                    self._backlog.learn(future.result())
                    self._stillborn = 0
                if batch:
                    yield batch

    def _bury(self, hand: _Hand, tasks: list[Task]) -> Batch | None:
        """Take back what a dead worker had in hand; the runs that have now cost two workers have failed."""
        self._hands.remove(hand)
        hand.process.join(10)
        hand.executor.shutdown(wait=False)
        code = hand.process.exitcode
        how = "cause unknown" if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"
        self._backlog.back([task for _, more in hand.jobs for task in more])
        hand.jobs.clear()
        if hand.started.exception() is None:
            return self._backlog.lost(tasks, how)
        self._backlog.back(tasks)
        self._stillborn += 1
        if self._stillborn >= STARTS:
            raise MatsimError(f"worker processes die while they start ({how}); what was finished is kept")
        return None

    def _hire(self) -> _Hand:
        """A new worker."""
        context = multiprocessing.get_context("spawn")
        given = (self._plan, self._files, os.getpid())
        executor = ProcessPoolExecutor(1, mp_context=context, initializer=_start, initargs=given)
        with _sheltered():
            started = executor.submit(_started)
        (process,) = executor._processes.values()  # no other way to learn what a worker died of
        return _Hand(executor, process, started)

    def kill(self) -> None:
        """End the workers at once: what they hold is not needed, or was given up."""
        for hand in self._hands:
            hand.process.kill()
            hand.executor.shutdown(wait=False, cancel_futures=True)


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


def _start(plan: Plan, files: Files | None, parent: int) -> None:
    """Make this process a worker that does not outlive the one that started it."""
    global _worker  # noqa: PLW0603 - an executor's initializer has no other way to leave something behind
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked to be told
            os._exit(1)
    _worker = Worker(plan, files)
    gc.freeze()  # the libraries live to the end: no search for garbage need look at them


def _started() -> bool:
    return _worker is not None


def _run(tasks: list[Task]) -> Batch:
    if _worker is None:
        raise RuntimeError("this process was not made a worker")
    return _worker.run(tasks)
