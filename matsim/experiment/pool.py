"""Runs on the processors of this machine. A worker that dies costs the chunk it held, and is replaced."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from matsim.core.errors import MatsimError
from matsim.core.processes import Hand, wait
from matsim.experiment.backlog import Backlog
from matsim.experiment.ensemble import Ensemble, Task
from matsim.experiment.worker import Batch, Worker, bare
from matsim.simulation.simulate import Files

CHUNK_SECONDS = 0.25
AHEAD = 2
"""Chunks that a worker has in hand: the one it works on, and the next, so that it never waits."""
STARTS = 3
"""Workers that may die while starting, in a row, before the sweep gives up."""


@dataclass
class _Held:
    """A worker process, and the chunks it has in hand in the order in which it does them."""

    hand: Hand[list[Task], Batch]
    chunks: deque[list[Task]] = field(default_factory=deque)


def here(ensemble: Ensemble, tasks: Sequence[Task], files: Files | None) -> Iterator[Batch]:
    """Runs in this process, one by one: for looking into a run. A crash of the process takes the sweep with it."""
    worker = Worker(bare(ensemble), files)
    for task in tasks:
        yield worker.run([task])


def local(ensemble: Ensemble, tasks: Sequence[Task], files: Files | None, workers: int) -> Iterator[Batch]:
    """Runs in worker processes; batches come as they are finished, each run once, in no certain order.

    Closing the generator ends the workers at once. Raises MatsimError when no worker can be started.
    """
    pool = _Pool(Worker(bare(ensemble), files), Backlog(tasks, workers, CHUNK_SECONDS))
    try:
        while pool.busy():
            pool.fill(workers)
            yield from pool.collect()
    finally:
        pool.kill()


class _Pool:
    """Workers and what they have in hand."""

    def __init__(self, worker: Worker, backlog: Backlog) -> None:
        self._worker, self._backlog = worker, backlog
        self._held: list[_Held] = []
        self._stillborn = 0

    def busy(self) -> bool:
        """Whether there is anything left to do or to wait for."""
        return bool(self._backlog) or any(held.chunks for held in self._held)

    def fill(self, workers: int) -> None:
        """Give every worker something to do; one with a suspect gets nothing more until that is over."""
        backlog = self._backlog
        while backlog and len(self._held) < workers:
            self._held.append(_Held(Hand(self._worker.run)))
        for held in self._held:
            while backlog and len(held.chunks) < AHEAD and not backlog.suspected(t for ts in held.chunks for t in ts):
                held.chunks.append(backlog.take())
                held.hand.give(held.chunks[-1])

    def collect(self) -> Iterator[Batch]:
        """Wait for something to be finished, and for more of it that is."""
        by = {held.hand: held for held in self._held}
        for hand in wait(by):
            for batch in hand.results():
                by[hand].chunks.popleft()
                self._backlog.learn(batch)
                yield batch
            if hand.started:
                self._stillborn = 0
            if hand.dead and (lost := self._bury(by[hand])):
                yield lost

    def _bury(self, held: _Held) -> Batch | None:
        """Take back what a dead worker had in hand; the runs that have now cost two workers have failed."""
        self._held.remove(held)
        how = held.hand.ended()
        held.hand.kill()
        first = held.chunks.popleft() if held.chunks else []
        self._backlog.back([task for tasks in held.chunks for task in tasks])
        if held.hand.started:
            return self._backlog.lost(first, how)
        self._backlog.back(first)
        self._stillborn += 1
        if self._stillborn >= STARTS:
            raise MatsimError(f"worker processes die while they start ({how}); what was finished is kept")
        return None

    def kill(self) -> None:
        """End the workers at once: what they hold is not needed, or was given up."""
        for held in self._held:
            held.hand.kill()
