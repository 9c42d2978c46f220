"""Calling the command line from tests: inside this process, where its output can be told apart, or as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer.testing
from typer.main import get_command
from typer.testing import CliRunner

from matsim.cli import app
from support.make_gias import CONVERTER, LINKS_2018, SPONSORED, link, school, write
from support.waiting import PATIENCE

# Typer puts the command line together anew, from every annotation of every command, each time that a test calls it:
# nearly half of the time of a short command. It does not change in between.
vars(typer.testing)["_get_command"] = cache(get_command)


@dataclass(frozen=True)
class Called:
    """What a command ended with and said."""

    code: int
    out: str
    err: str


def call(*words: object) -> Called:
    """Run a command in this process."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    return Called(done.exit_code, done.stdout, done.stderr)


def fine(*words: object) -> str:
    """What a command that ends well prints."""
    done = call(*words)
    assert done.code == 0, done.err or done.out
    return done.out


def told(*words: object) -> dict[str, Any]:
    """The JSON that a command prints, which has to be all that is on standard output."""
    found: dict[str, Any] = json.loads(fine(*words, "--json"))
    assert list(found)[:2] == ["schema_version", "command"]
    assert found["schema_version"] == 1
    return found


def wrong(code: int, *words: object) -> str:
    """What a command that ends with this code says; nothing may be on standard output."""
    done = call(*words)
    assert done.code == code, done.err or done.out
    assert done.out == ""
    assert "Traceback" not in done.err
    return done.err


def process(*words: object, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "matsim", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE,
    )


def published(folder: Path) -> tuple[Path, Path]:
    """Sixty invented schools in the published forms, eighteen of them academies in three trusts, one closed."""
    kinds = {0: CONVERTER, 1: SPONSORED}
    rows = [
        school(
            100001 + i, kinds.get(i % 4, "Community school"), easting=530000 + 900 * (i % 8), northing=165000 + 800 * i
        )
        for i in range(60)
    ]
    rows.append(school(100090, status="Closed"))
    academies = [100001 + i for i in range(60) if i % 4 in kinds][:18]
    links = [link(urn, 500 + i % 3, name=f"INVENTED TRUST {'ABC'[i % 3]}") for i, urn in enumerate(academies)]
    return write(folder / "schools.csv", rows), write(folder / "links.csv", links, LINKS_2018)
