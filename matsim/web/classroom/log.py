"""An append-only log on disk: one JSON object a line, on the disk before anybody is told. Nothing is ever erased.

It holds the codes that teams come back with, so nobody but its owner may read it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from matsim.core.disk import reason, sync
from matsim.core.errors import InputError

type Entry = dict[str, Any]
"""One entry: `kind`, and what belongs to the kind."""


def read(path: Path) -> tuple[list[Entry], int]:
    """Entries of a log, and how many bytes of it are whole lines.

    A last line that was being written when the process died is left out. InputError for any other line that is
    no JSON object with a `kind`.
    """
    data = path.read_bytes() if path.exists() else b""
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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Log:
    """A log to write to. A torn last line is cut off first. InputError when the folder cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.entries, whole = read(path)
            with open(path, "ab", opener=_private) as file:
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
