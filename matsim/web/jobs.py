"""Worker processes that are kept alive: work off the request loop, with word of its progress, that can be cancelled.

A worker caches what its functions cache (worlds, above all). Cancelling is asked for at the next word of progress;
a worker that has none to give within `PATIENCE` is ended and another started.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from matsim.core.errors import InputError, MatsimError

PATIENCE = 3.0
"""Seconds that a cancelled job has to notice."""

type Tell = Callable[[Any], None]


@dataclass(eq=False)
class Job:
    """One piece of work. `future` has its value, or its error in words (InputError, MatsimError, CancelledError)."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    tell: Tell | None
    future: Future[Any] = field(default_factory=Future)
    stopped: bool = False

    def cancel(self) -> None:
        """Stop it: at once when it waits, soon when it runs."""
        self.stopped = True


class JobPool:
    """`submit(function, *arguments)`: a function of a module, called in a worker as `function(*arguments, tell=tell)`.

    What it tells comes to the job's `tell`, in a thread of this process. Jobs are done in order, urgent ones first.
    """

    def __init__(self, workers: int = 2) -> None:
        self._queue: deque[Job] = deque()
        self._ready = threading.Condition()
        self._closed = False
        names = [f"worker {i + 1}" for i in range(workers)]
        self._threads = [threading.Thread(target=self._serve, name=name, daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    def submit(
        self, function: Callable[..., Any], *arguments: Any, tell: Tell | None = None, urgent: bool = False
    ) -> Job:
        """Queue a job. RuntimeError once the pool is closed."""
        job = Job(function, arguments, tell)
        with self._ready:
            if self._closed:
                raise RuntimeError("the pool is closed")
            if urgent:
                self._queue.appendleft(job)
            else:
                self._queue.append(job)
            self._ready.notify()
        return job

    def close(self) -> None:
        """End the workers; what is not done is cancelled."""
        with self._ready:
            self._closed = True
            for job in self._queue:
                job.stopped = True
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(PATIENCE + 2.0)

    def _next(self) -> Job | None:
        with self._ready:
            while not self._queue and not self._closed:
                self._ready.wait()
            return self._queue.popleft() if self._queue else None

    def _serve(self) -> None:
        """One thread, one worker process at a time."""
        worker: _Worker | None = None
        while (job := self._next()) is not None:
            # from here on nobody else can settle the future: whoever waits for it may have called it off before
            if not job.future.set_running_or_notify_cancel():
                continue
            if job.stopped:
                job.future.set_exception(CancelledError())
                continue
            worker = worker if worker is not None and worker.process.is_alive() else _Worker()
            self._carry_out(job, worker)
        if worker is not None:
            worker.end()

    def _carry_out(self, job: Job, worker: _Worker) -> None:
        """Send the job and hear it out."""
        asked: float | None = None
        try:
            worker.pipe.send((job.function, job.arguments))
            while True:
                if (job.stopped or self._closed) and asked is None:
                    worker.stop.set()
                    asked = monotonic()
                if asked is not None and monotonic() - asked > PATIENCE:
                    worker.end()
                    job.future.set_exception(CancelledError())
                    return
                if worker.pipe.poll(0.05):
                    kind, value = worker.pipe.recv()
                    if kind == "told":
                        _pass_on(job, value)
                    else:
                        _settle(job, kind, value)
                        return
        except (EOFError, OSError):
            worker.end()
            job.future.set_exception(MatsimError("the worker process ended before it was done (out of memory?)"))
        finally:
            worker.stop.clear()


def _pass_on(job: Job, value: Any) -> None:
    if job.tell is not None and not job.stopped:
        job.tell(value)


def _settle(job: Job, kind: str, value: Any) -> None:
    if kind == "done":
        job.future.set_result(value)
    elif kind == "cancelled":
        job.future.set_exception(CancelledError())
    elif kind == "input":
        job.future.set_exception(InputError(*value))
    else:
        job.future.set_exception(MatsimError(value))


class _Worker:
    """A process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self.stop = context.Event()
        self.process = context.Process(target=_work, args=(there, self.stop), daemon=True)
        self.process.start()
        there.close()

    def end(self) -> None:
        """End the process, gently where it waits for work."""
        self.pipe.close()
        self.process.join(0.5)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join()


class StopAsked(Exception):  # noqa: N818 - not an error: it unwinds a job
    """The job that runs is to stop."""


def _work(pipe: Connection, stop: Any) -> None:
    """The worker's life: until the pipe closes, which it does when the server ends in whatever way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def tell(value: Any) -> None:
        if stop.is_set():
            raise StopAsked
        pipe.send(("told", value))

    while True:
        try:
            function, arguments = pipe.recv()
            pipe.send(_done(function, arguments, tell))
        except (EOFError, OSError):
            return


def _done(function: Callable[..., Any], arguments: tuple[Any, ...], tell: Tell) -> tuple[str, Any]:
    try:
        return "done", function(*arguments, tell=tell)
    except StopAsked:
        return "cancelled", None
    except InputError as error:
        return "input", (error.where, error.problems)
    except MatsimError as error:
        return "failed", str(error)
    except (EOFError, OSError):
        raise
    except Exception:  # a bug of one job is said, and the worker lives on
        logging.getLogger("matsim.web").exception("a job failed")
        return "failed", "Something went wrong in the model; the server's window says more."


async def value_of(job: Job) -> Any:
    """What a job gives, or its error. Who gives up waiting leaves the job to others: only `Job.cancel` ends it."""
    return await asyncio.shield(asyncio.wrap_future(job.future))
