"""Runs still to do: handed out in fair chunks, taken back when a worker is lost, given up after two deaths."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from matsim.experiment.ensemble import Task
from matsim.experiment.worker import Batch, Done

LARGEST = 25
DEATHS = 2
"""Workers that a run may cost before it counts as failed."""


class Backlog:
    """The runs of one session. A chunk takes about `seconds` of work, so that sending it costs little beside it."""

    def __init__(self, tasks: Sequence[Task], hands: int, seconds: float) -> None:
        self._waiting = deque(tasks)
        self._suspects: deque[Task] = deque()
        self._deaths: Counter[str] = Counter()
        self._hands, self._seconds = hands, seconds
        self._pace = 0.0

    def __bool__(self) -> bool:
        return bool(self._waiting or self._suspects)

    def take(self) -> list[Task]:
        """The next chunk; empty when nothing is left. A run that was lost with a worker comes alone."""
        if self._suspects:
            return [self._suspects.popleft()]
        size = int(self._seconds / self._pace) if self._pace else 1
        fair = len(self._waiting) // (2 * self._hands)  # towards the end no worker should be left with a long chunk
        size = max(1, min(LARGEST, size, fair))
        return [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]

    def learn(self, batch: Batch) -> None:
        """Take the pace of finished runs into account."""
        for done in batch.runs:
            self._pace = done.seconds if not self._pace else 0.8 * self._pace + 0.2 * done.seconds

    def suspected(self, tasks: Iterable[Task]) -> bool:
        """Whether a worker died while it had any of these runs."""
        return any(self._deaths[task.key] for task in tasks)

    def back(self, tasks: Sequence[Task]) -> None:
        """Take back runs that were not begun."""
        self._waiting.extendleft(reversed(tasks))

    def lost(self, tasks: Sequence[Task], how: str, deaths: int = 1) -> Batch | None:
        """Workers died with these runs: those with a second death on their account have failed.

        The others are done again, each alone, since any of a chunk may have been the cause.
        """
        self._deaths.update({task.key: deaths for task in tasks})
        given_up = tuple(Done(t, f"worker died ({how}) twice") for t in tasks if self._deaths[t.key] >= DEATHS)
        self._suspects.extend(task for task in tasks if self._deaths[task.key] < DEATHS)
        return Batch(given_up, {}) if given_up else None
