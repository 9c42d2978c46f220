"""A session's folder: making one, and finding everything in it again after a restart."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path

from matsim.core.disk import new_file, reason, sync
from matsim.core.errors import InputError
from matsim.scenario.load import load
from matsim.scenario.schema import Scenario
from matsim.scenario.show import resolved
from matsim.web.classroom.log import Log
from matsim.web.classroom.room import KEYS, LETTERS, LOG, SCENARIO, Room
from matsim.web.classroom.rounds import alike, world_of
from matsim.web.classroom.session import MOST_TEAMS
from matsim.web.jobs import JobPool

_NAMES = ("secret", "facilitator", "projector", "code")


def exists(folder: Path) -> bool:
    """Whether a folder holds a session."""
    return (folder / LOG).exists() and (folder / LOG).stat().st_size > 0


def create(
    folder: Path, scenario: Scenario, *, mode: str = "parallel", years: int = 10, teams: int = MOST_TEAMS
) -> None:
    """Make a session. InputError when the folder holds something else, or the world has no trusts to steer."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError(str(folder), "is not empty and holds no session; choose another folder")
    uids = trusts_for(scenario, mode, teams)
    if not uids:
        raise InputError("scenario", "this world has no trust of three to twelve schools to steer")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for name, text in ((SCENARIO, resolved(scenario)), (KEYS, json.dumps(_new_keys(), sort_keys=True))):
            with new_file(folder / name) as file:
                (folder / name).chmod(0o600)
                file.write(text.encode())
        sync(folder)
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {reason(error)}") from error
    log = Log(folder / LOG)
    setup = {"mode": mode, "seed": scenario.run.seed, "first": scenario.world.start, "years": years}
    seats = teams if mode == "parallel" else min(teams, len(uids))
    log.append({"kind": "setup", **setup, "trusts": list(uids), "seats": seats})


def trusts_for(scenario: Scenario, mode: str, teams: int = MOST_TEAMS) -> tuple[int, ...]:
    """Trusts that teams steer: one for all, or one each and as like in size as there are."""
    return alike(scenario, 1 if mode == "parallel" else teams)


def open_room(folder: Path, pool: JobPool) -> Room:
    """The session of a folder, as it was left. InputError naming what is wrong with it."""
    if not exists(folder):
        raise InputError(str(folder), "holds no session")
    _keep_private(folder)
    try:
        keys = json.loads((folder / KEYS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(folder / KEYS), "cannot be read; without it nobody can rejoin") from error
    known = isinstance(keys, dict) and sorted(keys) == sorted(_NAMES)
    if not known or not all(isinstance(key, str) for key in keys.values()):
        raise InputError(str(folder / KEYS), "does not hold the keys of a session")
    scenario = load(folder / SCENARIO, Scenario).scenario
    world_of(scenario)  # built now, not while a team waits for its page
    return Room(folder, scenario, pool, keys)


def _keep_private(folder: Path) -> None:
    """Take away what others may do with a session of before, where the disk knows such rights."""
    with suppress(OSError):
        folder.chmod(0o700)
        for name in (SCENARIO, KEYS, LOG):
            (folder / name).chmod(0o600)


def _new_keys() -> dict[str, str]:
    code = "".join(secrets.choice(LETTERS) for _ in range(4))
    return {
        "secret": secrets.token_hex(32),
        "facilitator": secrets.token_urlsafe(24),
        "projector": secrets.token_urlsafe(24),
        "code": code,
    }
