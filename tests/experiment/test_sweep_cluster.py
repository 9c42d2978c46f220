"""Sweeps on Dask: a real scheduler and workers on this machine, one of them killed midway; the same bytes."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from support.sweeping import deadly, plan, written
from support.waiting import PATIENCE, until

from matsim.core.errors import InputError
from matsim.experiment.runner import sweep, unfinished
from matsim.simulation import batches

distributed = pytest.importorskip("distributed", reason="Dask comes with the extra 'cluster'")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX")


@dataclass
class Cluster:
    """A scheduler and its workers, all processes of their own."""

    address: str
    scheduler: subprocess.Popen[Any]
    workers: list[subprocess.Popen[Any]]


def answers(port: int) -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    path = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    quiet: dict[str, Any] = {"stderr": subprocess.DEVNULL, "env": {**os.environ, "PYTHONPATH": path}}
    dask = [sys.executable, "-m"]
    scheduler = subprocess.Popen(
        [*dask, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **quiet
    )
    worker = [*dask, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        until(lambda: answers(port), "the scheduler listens", scheduler)
        with distributed.Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(len(workers), timeout=PATIENCE)
        yield Cluster(address, scheduler, workers)
    finally:
        for process in (scheduler, *workers):
            process.kill()
            process.wait()


@pytest.mark.parametrize("size", [1, 3, 50])
def test_the_bytes_are_those_of_a_local_sweep_though_a_worker_is_killed(
    tmp_path: Path, cluster: Cluster, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    monkeypatch.setattr(batches, "SCHOOLS", 60 * size)

    def kill(done: int, total: int) -> None:
        if done >= 3 and not killed:
            cluster.workers[0].kill()
            killed.append(done)

    result = sweep(plan(20), tmp_path / "dask", scheduler=cluster.address, tell=kill)
    assert killed
    assert result.manifest["failed"] == 0
    assert written(result.folder) == written(sweep(plan(20), tmp_path / "here", workers=0).folder)


@pytest.mark.long
def test_a_scheduler_that_goes_away_leaves_finished_runs(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SCHOOLS", 60 * 3)

    def kill(done: int, total: int) -> None:
        if done >= 5:
            cluster.scheduler.kill()

    with pytest.raises(InputError, match="the scheduler went away; what was finished is kept"):
        sweep(plan(50), tmp_path / "s", scheduler=cluster.address, tell=kill)
    assert 5 <= unfinished(tmp_path / "s") < 100
    assert sweep(plan(50), tmp_path / "s", workers=0).manifest["runs"] == 100


@pytest.mark.long
def test_a_run_that_kills_its_workers_fails_and_the_others_are_done(tmp_path: Path, cluster: Cluster) -> None:
    cluster.workers += [
        subprocess.Popen(cluster.workers[0].args, stderr=subprocess.DEVNULL, env=environment()) for _ in range(3)
    ]
    result = sweep(deadly(plan(1)), tmp_path / "s", scheduler=cluster.address)
    runs = result.table("runs").set_index("arm")
    assert runs.loc["a", "status"] == "done"
    assert runs.loc["b", "error"] == "worker died (on the cluster) twice"


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


def test_a_scheduler_that_is_not_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matsim.experiment import cluster

    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    sweep(plan(1), tmp_path / "s", workers=0)
    with pytest.raises(InputError, match=r"--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there; start one"):
        sweep(plan(2), tmp_path / "s", scheduler="tcp://127.0.0.1:9")
    assert unfinished(tmp_path / "s") == 2


def test_an_address_without_a_port_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--scheduler nonsense: should be an address with a port, such as tcp://"):
        sweep(plan(1), tmp_path / "s", scheduler="nonsense")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1:8899", "should begin with tcp:// or tls://, such as tcp://127.0.0.1:8786"),
        ("https://dask.example", "should begin with tcp:// or tls://"),
        ("inproc://127.0.0.1/1/1", "should begin with tcp:// or tls://"),
        ("tcp://127.0.0.1:0", "the port should be between 1 and 65535"),
        ("127.0.0.1:65536", "the port should be between 1 and 65535"),
        ("tcp://127.0.0.1:-1", "should be an address with a port"),
        ("tcp://127.0.0.1:port", "should be an address with a port"),
        ("tcp://:8786", "should be an address with a port"),
        ("two words:8786", "should be an address with a port"),
    ],
)
def test_what_is_no_address_of_a_scheduler_is_refused_at_once(tmp_path: Path, address: str, told: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"--scheduler {address}: {told}")):
        sweep(plan(1), tmp_path / "s", scheduler=address)


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "tls://dask:8786/", "ws://dask:80", "dask-scheduler.local:8786", "tcp://[::1]:1"]
)
def test_addresses_of_schedulers(address: str) -> None:
    from matsim.experiment.cluster import misaddressed

    assert misaddressed(address) == ""


def test_without_dask_it_says_which_extra_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "matsim.experiment.cluster", raising=False)
    with pytest.raises(InputError, match=r'the extra "cluster": pip install "matsim-trusts\[cluster\]"'):
        sweep(plan(1), tmp_path / "s", scheduler="tcp://127.0.0.1:9")
