"""Futures of a trust under each of its options: the same luck, another decision, many side by side in one model.

Futures × options are copies of one world: copy k lives future k // options and follows option k % options. The model's
log records only what concerns the trust and the schools it watches: the rest is most of a run's events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matsim.board.watched import Watched
from matsim.core.errors import MatsimError
from matsim.core.processes import run_jobs
from matsim.events.kinds import Audience, heard_by
from matsim.events.log import Log
from matsim.mechanisms.spending import gross_income
from matsim.scenario.schema import Scenario
from matsim.simulation.batches import batches
from matsim.simulation.recorder import trust_names
from matsim.simulation.simulate import side_by_side
from matsim.state.state import State
from matsim.world.base import World
from matsim.world.copies import UID_STEP, URN_STEP


def parted(events: pd.DataFrame) -> pd.DataFrame:
    """Events of all copies by `copy`, in the order in which they happened, under the names of the one world."""
    ids = {name: events[name].to_numpy() for name in ("school", "trust", "other")}
    steps = {"school": URN_STEP, "trust": UID_STEP, "other": UID_STEP}
    # identities of copy k are moved by k steps; −1, nobody, gives −1, which any other identity outweighs
    copy = np.max([values // steps[name] for name, values in ids.items()], axis=0, initial=0)
    home = {name: np.where(values >= 0, values % steps[name], values) for name, values in ids.items()}
    return events.assign(**home, copy=copy).sort_values("copy", kind="stable", ignore_index=True)


COUNTED_FROM = frozenset(("direct", "bid", "hold", "stay", "approve", "order", "found", "respond"))
"""Kinds of event that a board is not told one by one, but from which approaches and answers are counted."""


def recorded() -> frozenset[str]:
    """Kinds of event that are kept: those a board is told, and those that its numbers are counted from."""
    return COUNTED_FROM | {kind.kind for kind in heard_by(Audience.BOARD)}


class TrustLog(Log):
    """Keeps the events of the `recorded` kinds that name one of `trusts` or of `schools` (rows, of `count`)."""

    def __init__(self, trusts: Iterable[int], schools: Iterable[int], count: int) -> None:
        super().__init__()
        self._kinds = recorded()
        # row −1 reads the first flag of trusts, which is for nobody; a trust founded since reads the last
        self._trusts = np.zeros(2, bool)
        self._schools = np.zeros(count + 1, bool)  # the last is for row −1
        self._schools[list(schools)] = True
        self.follow(trusts)

    def follow(self, trusts: Iterable[int]) -> None:
        """Keep the events of these trusts from now on."""
        rows = np.fromiter(trusts, np.intp)
        missing = int(rows.max(initial=-1)) + 3 - len(self._trusts)
        self._trusts = np.pad(self._trusts, (0, max(missing, 0)))
        self._trusts[rows + 1] = True

    def add(
        self, event: str, *, rule: str = "", reason: Any = "", inputs: Mapping[str, Any] | None = None, **columns: Any
    ) -> None:
        """As in `Log`, for those rows that concern."""
        # before anything is looked at: most events of a run are of other kinds or of other trusts
        if event not in self._kinds:
            return
        mask: Any = False
        for name in ("trust", "other"):
            if columns.get(name) is not None:
                mask = self._trusts.take(columns[name] + 1, mode="clip") | mask
        if columns.get("school") is not None:
            mask = self._schools[columns["school"]] | mask
        if not np.any(mask):
            return
        if isinstance(mask, np.ndarray):
            columns = {name: _some(value, mask) for name, value in columns.items()}
            inputs = {name: _some(value, mask) for name, value in (inputs or {}).items()}
            reason = _some(reason, mask)
        super().add(event, rule=rule, reason=reason, inputs=inputs, **columns)


def _some(value: Any, mask: NDArray[np.bool_]) -> Any:
    """The rows of a column that is an array; what holds for all rows as it is."""
    return value[mask] if isinstance(value, np.ndarray) and len(value) == len(mask) else value


@dataclass(frozen=True)
class Job:
    """What every future has in common: the world cut for the trust, a scenario for each option, whom to watch.

    `watch` are URNs of named candidates. Future f uses seed `seed` + f − 1, whatever the option. Scenarios may differ
    in what trusts decide, and in nothing else.
    """

    world: World
    scenarios: tuple[Scenario, ...]
    uid: int
    watch: tuple[int, ...]
    years: int
    seed: int


@dataclass(frozen=True)
class Lived:
    """Futures that were lived: rows of `option_year`; the trust's events, with inputs; the candidates' books; names.

    `names` are those of the trusts in the events, also of trusts founded on the way: only a run knows theirs.
    """

    years: pd.DataFrame
    events: pd.DataFrame
    books: pd.DataFrame
    names: dict[int, str]


def _all(parts: Sequence[Lived]) -> Lived:
    """Futures that were lived apart, in their order."""
    years, events, books = (
        pd.concat([getattr(part, name) for part in parts], ignore_index=True) for name in ("years", "events", "books")
    )
    return Lived(years, events, books, {uid: name for part in parts for uid, name in part.names.items()})


def futures(job: Job, count: int, workers: int, tell: Callable[[int, int], None] | None = None) -> Lived:
    """Live futures 1 to `count`, in order, by `workers` processes (0 or 1: in this one): the same whatever the number.

    `tell(done, count)` is called as they come. Raises MatsimError naming the future that failed.
    """
    options = len(job.scenarios)
    numbers = batches([None] * count, {None: len(job.world.schools["urn"])}, workers, copies=options)
    jobs = [[number + 1 for number in batch] for batch in numbers]

    def progress(done: int, of: int) -> None:
        if tell:
            tell(round(count * done / of), count)

    return _all(run_jobs(partial(_named, job), jobs, workers, progress))


def _named(job: Job, batch: Sequence[int]) -> Lived:
    try:
        return live(job, batch)
    except MatsimError:
        raise
    except Exception as error:
        if len(batch) > 1:  # which of them it was shows when each is lived alone
            return _all([_named(job, (future,)) for future in batch])
        message = f"future {batch[0]} (seed {job.seed + batch[0] - 1}) failed: {type(error).__name__}: {error}"
        raise MatsimError(message) from error


def live(job: Job, batch: Sequence[int]) -> Lived:
    """Live some futures under every option at once. Equal jobs and futures give equal numbers in any process and batch.

    Every option of every future gives what it would give alone: copies of a world cannot meet.
    """
    options = len(job.scenarios)
    copies = options * len(batch)
    seeds = [job.seed + future - 1 for future in batch for _ in range(options)]
    model = side_by_side(job.scenarios * len(batch), job.world, seeds)
    model.recorder.only(())
    state = model.state
    books = _books(state, job, batch)
    watched = Watched(state, job.uid)
    urns = np.add.outer(np.arange(copies) * URN_STEP, np.array(job.watch, np.int64)).ravel()
    listened = np.searchsorted(state.schools.urn, urns).tolist()
    log = state.log = TrustLog(watched.rows.tolist(), listened, len(state.schools))
    for _ in range(job.years):
        watched.begin()
        model.run_years(1)
        watched.end()
        # a trust that took ours in is followed from then on, and its events are ours to tell
        log.follow(watched.rows.tolist())
    years = watched.years()
    events = parted(state.log.frame(state.schools.urn, state.trusts.uid))
    named = {*events["trust"], *events["other"]}
    uids, called = (state.trusts.uid % UID_STEP).tolist(), trust_names(state)
    names = {uid: called[row] for row, uid in enumerate(uids) if uid in named}
    model.let_go()
    return Lived(_labelled(years, batch, options), _labelled(events, batch, options), books, names)


def _labelled(frame: pd.DataFrame, batch: Sequence[int], options: int) -> pd.DataFrame:
    """Rows by `option` and `future` in place of `copy`."""
    copy = frame["copy"].to_numpy()
    return frame.drop(columns="copy").assign(option=copy % options, future=np.array(batch)[copy // options])


def _books(state: State, job: Job, batch: Sequence[int]) -> pd.DataFrame:
    """What the candidates' books show as the first year of each future begins: reserves and income (£)."""
    # as every option begins: read in the copies of the first
    first = len(job.scenarios) * URN_STEP * np.arange(len(batch))
    rows = np.searchsorted(state.schools.urn, np.add.outer(first, np.array(job.watch, np.int64)).ravel())
    return pd.DataFrame(
        {
            "school": np.tile(np.array(job.watch, np.int64), len(batch)),
            "reserves": state.schools.reserves[rows],
            "income": gross_income(state, rows),
            "future": np.repeat(batch, len(job.watch)),
        }
    )
