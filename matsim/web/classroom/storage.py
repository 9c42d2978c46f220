"""What a session keeps on the disk: its keys, its scenario, and an append-only log of what happened.

The log has one JSON object a line, on the disk before anybody is told. Nothing is ever erased. It holds the codes that
teams come back with, so nobody but its owner may read the folder.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from matsim.core.disk import new_file, reason, sync
from matsim.core.errors import InputError

# the log says that a session exists: it is written last, and deleted first
LOG, KEYS, SCENARIO = "log.jsonl", "keys.json", "scenario.toml"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of codes: none that is taken for another."""
_NAMES = ("secret", "facilitator", "projector", "code")


type Entry = dict[str, Any]
"""One entry: `kind`, and what belongs to the kind."""


def read(path: Path) -> tuple[list[Entry], int]:
    """Entries of a log, and how many bytes of it are whole lines.

    A last line that was being written when the process died is left out. InputError for any other line that is
    no JSON object with a `kind`.
    """
    data = path.read_bytes() if path.exists() else b""
    # an entry counts once its line has ended: half a line was never told to anybody
    whole = data[: data.rfind(b"\n") + 1]
    entries: list[Entry] = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
            raise InputError(str(path), f"line {number}: is no entry of a session; was the file edited by hand?")
        entries.append(entry)
    return entries, len(whole)


class Log:
    """A log to write to. A torn last line is cut off first. InputError when the folder cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.entries, whole = read(path)
            with open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.truncate(whole)
                os.fsync(file.fileno())
            sync(path.parent)
        except OSError as error:
            raise InputError(str(path), f"cannot be written: {reason(error)}") from error

    def append(self, entry: Entry) -> None:
        """Write one entry; it is on the disk when this returns. InputError when the disk refuses."""
        line = json.dumps(entry, ensure_ascii=False, allow_nan=False, sort_keys=True).encode() + b"\n"
        try:
            with self.path.open("ab") as file:
                begun = file.tell()
                try:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(begun)  # half a line would hide every later one
                    raise
        except OSError as error:
            raise InputError(str(self.path), f"cannot be written: {reason(error)}") from error
        self.entries.append(entry)


def exists(folder: Path) -> bool:
    """Whether a folder holds a session."""
    return (folder / LOG).exists() and (folder / LOG).stat().st_size > 0


def write_new(folder: Path, scenario: str) -> None:
    """Make the folder of a session with its scenario and new keys. InputError when the disk refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for name, text in ((SCENARIO, scenario), (KEYS, json.dumps(_new_keys(), sort_keys=True))):
            with new_file(folder / name) as file:
                (folder / name).chmod(0o600)
                file.write(text.encode())
        sync(folder)
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {reason(error)}") from error


def read_keys(folder: Path) -> dict[str, str]:
    """The session's keys; its files are made private first. InputError naming what is wrong with them."""
    with suppress(OSError):  # take away what others may do with a session of before, where the disk knows such rights
        folder.chmod(0o700)
        for name in (SCENARIO, KEYS, LOG):
            (folder / name).chmod(0o600)
    try:
        keys = json.loads((folder / KEYS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(str(folder / KEYS), "cannot be read; without it nobody can rejoin") from error
    known = isinstance(keys, dict) and sorted(keys) == sorted(_NAMES)
    if not known or not all(isinstance(key, str) for key in keys.values()):
        raise InputError(str(folder / KEYS), "does not hold the keys of a session")
    return dict(keys)


def delete(folder: Path) -> bool:
    """Remove a session's files, and its folder where nothing else is in it; says whether the folder is gone.

    InputError when the disk refuses.
    """
    try:
        for name in (LOG, KEYS, SCENARIO):
            (folder / name).unlink(missing_ok=True)
        if any(folder.iterdir()):
            return False
        folder.rmdir()
    except OSError as error:
        raise InputError(str(folder), f"cannot be deleted: {reason(error)}") from error
    return True


def _new_keys() -> dict[str, str]:
    code = "".join(secrets.choice(LETTERS) for _ in range(4))
    return {
        "secret": secrets.token_hex(32),
        "facilitator": secrets.token_urlsafe(24),
        "projector": secrets.token_urlsafe(24),
        "code": code,
    }
