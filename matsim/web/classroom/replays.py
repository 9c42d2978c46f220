"""Decisions replayed over many lucks, in the background: what teams ask for meanwhile comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from matsim.core.errors import MatsimError
from matsim.scenario.schema import Scenario
from matsim.web.classroom import debrief
from matsim.web.classroom.rounds import Outcome
from matsim.web.classroom.workers import value_of
from matsim.web.jobs import Job, JobPool

AT_ONCE = 2
"""Chunks that are with the workers at a time; the rest wait here, behind nobody else's work."""


@dataclass(frozen=True)
class Replayed:
    """A world to replay: the trusts of the teams that it tells of, and whether they are left to their CEOs in it."""

    scenario: Scenario
    uids: Mapping[int, int]
    alone: bool


class Replays:
    """Replays of one session. `progress` is runs done and asked for; `lucks` and `contests` come when all are done."""

    def __init__(self, pool: JobPool, tell: Callable[[], None]) -> None:
        self.pool, self._tell = pool, tell
        self.progress = (0, 0)
        self.lucks: dict[int, list[debrief.Luck]] = {}
        self.contests: dict[str, dict[tuple[int, int], float]] = {}
        """By measure: for every two teams, the share of lucks in which the first one's decisions were worth more."""
        self._task: asyncio.Task[None] | None = None
        self._jobs: list[Job] = []

    def begin(
        self, worlds: Sequence[Replayed], years: int, actual: Awaitable[Mapping[int, Outcome]], seeds: int
    ) -> None:
        """Replay these worlds for so many years over so many lucks; `actual` is what the teams saw."""
        self.forget()
        self.progress = (0, len(worlds) * seeds)
        self._task = asyncio.create_task(self._all(worlds, years, actual, seeds))

    async def _all(
        self, worlds: Sequence[Replayed], years: int, actual: Awaitable[Mapping[int, Outcome]], seeds: int
    ) -> None:
        seen = await actual
        gate = asyncio.Semaphore(AT_ONCE)
        found: dict[bool, dict[int, list[tuple[int, list[float]]]]] = {False: {}, True: {}}

        async def one(world: Replayed, chunk: range) -> None:
            async with gate:
                uids = sorted(set(world.uids.values()))
                job = self.pool.submit(debrief.replay, world.scenario, years, uids, list(chunk))
                self._jobs.append(job)
                rows = await value_of(job)
                self._jobs.remove(job)
            for team, uid in world.uids.items():
                own = [(seed, values) for seed, of, values in rows if of == uid]
                found[world.alone].setdefault(team, []).extend(own)
            self.progress = (self.progress[0] + len(chunk), self.progress[1])
            self._tell()

        chunks = [range(i, min(i + debrief.CHUNK, seeds + 1)) for i in range(1, seeds + 1, debrief.CHUNK)]
        try:
            await asyncio.gather(*(one(world, chunk) for chunk in chunks for world in worlds))
        except MatsimError:  # a worker died: the facilitator sees the button again
            self.progress = (0, 0)
            self._tell()
            return
        played, alone = ({t: [v for _, v in sorted(rows)] for t, rows in found[k].items()} for k in (False, True))
        self.contests = {m.key: debrief.versus(played, alone, i) for i, m in enumerate(debrief.MEASURED)}
        self.lucks = {t: debrief.luck(seen[t].now, played[t], alone[t]) for t in played if seen[t].open}
        self._tell()

    def forget(self) -> None:
        """Stop, and drop what was found: it is about other years."""
        if self._task is not None:
            self._task.cancel()
        for job in self._jobs:
            job.cancel()
        self._task, self._jobs = None, []
        self.progress, self.lucks, self.contests = (0, 0), {}, {}
