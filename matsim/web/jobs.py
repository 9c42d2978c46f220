"""Worker processes that are kept alive: work off the request loop, with word of its progress, that can be cancelled.

A worker caches what its functions cache (worlds, above all). Cancelling is asked for at the next word of progress;
a worker that has none to give within `PATIENCE` is ended and another started.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Event
from time import monotonic
from typing import Any

from matsim.core.disk import reason
from matsim.core.errors import MatsimError
from matsim.core.processes import WorkerProcess, say

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
        """Stop it: one that waits never begins, one that runs ends soon."""
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
            if worker is not None:
                deque(worker.results(), maxlen=0)  # this finds out whether it has died since its last job
            worker = worker if worker is not None and not worker.dead else _Worker()
            self._carry_out(job, worker)
        if worker is not None:
            worker.kill()

    def _carry_out(self, job: Job, worker: _Worker) -> None:
        """Send the job and hear it out."""
        stop_asked: float | None = None
        try:
            worker.give((job.function, job.arguments))
            while True:
                if (job.stopped or self._closed) and stop_asked is None:
                    worker.stop.set()
                    stop_asked = monotonic()
                if stop_asked is not None and monotonic() - stop_asked > PATIENCE:
                    worker.kill()
                    job.future.set_exception(CancelledError())
                    return
                # short, so that a cancelled job and a closed pool are noticed between two words of the worker
                if worker.speaks(0.05):
                    for value in worker.results(partial(_pass_on, job)):
                        job.future.set_result(value)
                        return
                if worker.dead:
                    raise MatsimError(f"the worker process ended before it was done ({worker.cause()}; out of memory?)")
        except (MatsimError, CancelledError) as error:
            job.future.set_exception(error)
        except OSError as error:
            job.future.set_exception(MatsimError(f"the machine refused it: {reason(error)}"))
        except Exception:  # a bug of one job is said, and the worker lives on
            logging.getLogger("matsim.web").exception("a job failed")
            problem = "Something went wrong in the model; the server's window says more."
            job.future.set_exception(MatsimError(problem))
        finally:
            # the flag belongs to the worker, which lives on: the next job must not find it set
            worker.stop.clear()


def _pass_on(job: Job, value: Any) -> None:
    if job.tell is not None and not job.stopped:
        job.tell(value)


class _Worker(WorkerProcess[tuple[Callable[..., Any], tuple[Any, ...]], Any]):
    """A worker process with a flag that says when its job is to stop."""

    def __init__(self) -> None:
        # spawn, as the process itself: a fork would copy threads and the loop in the middle of things
        self.stop = multiprocessing.get_context("spawn").Event()
        super().__init__(_Call(self.stop))


@dataclass(frozen=True)
class _Call:
    """Does a job in the worker: `function(*arguments, tell=tell)`, where telling is refused once it is to stop."""

    stop: Event

    def __call__(self, job: tuple[Callable[..., Any], tuple[Any, ...]]) -> Any:
        function, arguments = job
        return function(*arguments, tell=self._tell)

    def _tell(self, value: Any) -> None:
        if self.stop.is_set():
            raise CancelledError
        say(value)


async def value_of(job: Job) -> Any:
    """What a job gives, or its error. Who gives up waiting leaves the job to others: only `Job.cancel` ends it."""
    # without the shield a page that is closed would call off the job for every other page that waits for it
    return await asyncio.shield(asyncio.wrap_future(job.future))
