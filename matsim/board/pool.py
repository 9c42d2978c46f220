"""Futures on the processors of this machine; the same numbers come out however many there are."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed

from matsim.board.live import Job, Lived, live
from matsim.errors import MatsimError

PR_SET_PDEATHSIG = 1
THREADS = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"))

_job: Job | None = None


def futures(job: Job, count: int, workers: int, tell: Callable[[int, int], None] | None = None) -> list[Lived]:
    """Live futures 1 to `count`, in order, by `workers` processes (0 or 1: in this one).

    `tell(done, count)` is called as they come. Raises MatsimError naming the future that failed.
    """
    if workers <= 1:
        found = []
        for future in range(1, count + 1):
            found.append(_one(job, future))
            if tell:
                tell(future, count)
        return found
    return _spread(job, count, min(workers, count), tell)


def _spread(job: Job, count: int, workers: int, tell: Callable[[int, int], None] | None) -> list[Lived]:
    old = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(job, os.getpid()))
    try:
        jobs = [pool.submit(_here, future) for future in range(1, count + 1)]
        for done, _ in enumerate(as_completed(jobs), 1):
            if tell:
                tell(done, count)
        return [job.result() for job in jobs]
    except BrokenExecutor as error:
        raise MatsimError("a worker process died: is there memory enough? Try --workers 1") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for name, value in old.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _start(job: Job, parent: int) -> None:
    """Make this process a worker that leaves Ctrl-C to its parent and does not outlive it."""
    global _job  # noqa: PLW0603 - an executor's initializer has no other way to leave something behind
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    _job = job
    gc.freeze()  # the world and the libraries live to the end


def _here(future: int) -> Lived:
    if _job is None:
        raise RuntimeError("this process was not made a worker")
    return _one(_job, future)


def _one(job: Job, future: int) -> Lived:
    try:
        return live(job, future)
    except MatsimError:
        raise
    except Exception as error:
        told = f"future {future} (seed {job.seed + future - 1}) failed: {type(error).__name__}: {error}"
        raise MatsimError(told) from error
