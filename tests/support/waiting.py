"""Waiting for what can be seen to happen: for as long as it takes, with a limit that only a fault reaches.

How long a process takes to start says more of what else a machine is doing than of what is tested.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 600.0
"""Seconds after which something has gone wrong, however busy the machine is."""


def until(seen: Callable[[], bool], what: str, process: subprocess.Popen[Any] | None = None) -> None:
    """Wait until something is seen. Fails when `process`, which should bring it about, has ended before."""
    limit = time.monotonic() + PATIENCE
    while not seen():
        if process is not None and process.poll() is not None and not seen():
            said = process.stderr.read() if process.stderr is not None else ""
            raise AssertionError(f"{what}: the process ended first, with {process.returncode}: {said}")
        assert time.monotonic() < limit, f"{what}: not within {PATIENCE:.0f} seconds"
        time.sleep(0.05)
