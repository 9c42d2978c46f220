"""Runs on a cluster: the same code, in chunks, through a Dask scheduler that is already there."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import distributed  # the runner says which extra it comes with, when it is missing

from matsim.core.errors import InputError
from matsim.core.processes import DEATHS, Backlog, flat
from matsim.core.reading import whole
from matsim.experiment.ensemble import Ensemble, Task
from matsim.experiment.worker import Batch, Worker, bare, given_up, in_batches
from matsim.simulation.simulate import Files

CHUNK_SECONDS = 0.5
AHEAD = 3
"""Chunks under way for each thread of the cluster, so that none waits for the network."""
PATIENCE = 30.0
"""Seconds to wait for a scheduler to answer, or for a first worker to join it."""

SCHEMES = ("tcp", "tls", "ws", "wss")
"""Ways to talk to a scheduler on another machine or in another process that Dask has."""
ADDRESS = re.compile(r"(?:(?P<scheme>[a-zA-Z][\w+.-]*)://)?(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(?P<port>[0-9]+)/?")
"""Anything else Dask takes for the name of a machine, and looks for it for minutes."""
MOST_PORT = 65_535

_workers: dict[str, Worker] = {}
"""In a process of the cluster: what it keeps between chunks, by sweep."""


class _Plugin(distributed.WorkerPlugin):
    """Makes every process of the cluster a worker of one sweep, those that join or are replaced later too."""

    def __init__(self, name: str, ensemble: Ensemble, files: Files | None) -> None:
        self.name, self._worker = name, Worker(ensemble, files)

    def setup(self, worker: Any) -> None:
        """Called in a process when it joins, or when the sweep begins."""
        _workers[self.name] = self._worker

    def teardown(self, worker: Any) -> None:
        """Called when the sweep is over."""
        _workers.pop(self.name, None)


def remote(
    ensemble: Ensemble, tasks: Sequence[Task], files: Files | None, address: str
) -> Generator[Batch, None, None]:
    """Runs on the workers of a Dask scheduler; batches come as they are finished, each run once.

    The scheduler does a chunk again when its worker is lost; a run that is lost too often counts as failed. `files`
    have to be readable by every worker under the same path. Raises InputError when no scheduler or worker answers,
    when a worker has another version of matsim, or the scheduler goes away: what was finished is kept.
    """
    where = f"--scheduler {address}"
    if wrong := misaddressed(address):
        raise InputError(where, wrong)
    for name in ("distributed.client", "distributed.utils"):  # what they log as tracebacks, we say in a sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    connect: Any = distributed.Client
    try:
        client = connect(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        problem = "no Dask scheduler answers there; start one with 'dask scheduler', and workers with 'dask worker'"
        raise InputError(where, problem) from error
    try:
        _check(client, where)
        yield from _batches(client, ensemble, files, tasks, where)
    finally:
        client.close()


def misaddressed(address: str) -> str:
    """What is wrong with the form of a scheduler's address, in a sentence; empty when nothing is."""
    parts = ADDRESS.fullmatch(address)
    scheme = parts["scheme"] if parts else address.partition("://")[0] if "://" in address else None
    if scheme is not None and scheme not in SCHEMES:
        return "should begin with tcp:// or tls://, such as tcp://127.0.0.1:8786"
    if parts is None:
        return "should be an address with a port, such as tcp://127.0.0.1:8786"
    if not 1 <= (whole(parts["port"]) or 0) <= MOST_PORT:
        return f"the port should be between 1 and {MOST_PORT}; a scheduler says at its start which it has, mostly 8786"
    return ""


def _check(client: Any, where: str) -> None:
    """Raise InputError unless there are workers, all with this version of matsim."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        problem = f"the scheduler has no workers; start some with 'dask worker {client.scheduler.address}'"
        raise InputError(where, problem) from None
    ours = _version()
    for worker, theirs in client.run(_version, on_error="return").items():
        if theirs != ours:
            raise InputError(where, f"{worker} has {theirs}, this is {ours}: results would not be the same")


def _version() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("matsim-trusts", "numpy", "pandas", "pyarrow"))


def _batches(
    client: Any, ensemble: Ensemble, files: Files | None, tasks: Sequence[Task], where: str
) -> Iterator[Batch]:
    name = f"matsim-{uuid4().hex}"
    client.register_plugin(_Plugin(name, bare(ensemble), files), name=name)
    executor = client.get_executor(pure=False)  # else Dask would take equal calls for one and run them once
    try:
        threads = _threads(client)
        batches = in_batches(ensemble, tasks, files, threads)
        runs = flat(batches)
        backlog = Backlog(map(len, batches), threads, CHUNK_SECONDS)
        under_way: dict[Future[Batch], list[Sequence[int]]] = {}
        while backlog or under_way:
            while backlog and len(under_way) < AHEAD * _threads(client):
                chunk = backlog.take()
                under_way[executor.submit(_run, name, [[runs[n] for n in batch] for batch in chunk])] = chunk
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                alike = flat(under_way.pop(future))
                try:
                    batch = future.result()
                except distributed.KilledWorker:  # the scheduler has given up on it, after more than two deaths
                    # of a chunk nobody knows which run it was: each is tried again alone. One that was alone is guilty
                    if lost := backlog.lost(alike, 1 if len(alike) > 1 else DEATHS):
                        yield given_up((runs[number] for number in lost), "on the cluster")
                else:
                    backlog.learn(len(batch.runs), sum(run.seconds for run in batch.runs))
                    yield batch
    except (CancelledError, OSError) as error:
        raise InputError(where, "the scheduler went away; what was finished is kept") from error
    finally:
        if client.status == "running":
            executor.shutdown(wait=False)
            with suppress(OSError):  # a worker has been lost, and the scheduler does not know it yet
                client.unregister_worker_plugin(name)


def _threads(client: Any) -> int:
    """Runs that the cluster can do at once, by what the client last heard of it."""
    workers: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return max(1, sum(int(worker["nthreads"]) for worker in workers.values()))


def _run(name: str, batches: list[list[Task]]) -> Batch:
    return _workers[name].run(batches)
