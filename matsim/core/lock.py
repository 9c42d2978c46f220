"""One writer at a time: a lock beside a folder that the system lets go of when its holder dies."""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from matsim.core.disk import discard, writing
from matsim.core.errors import InputError


@contextmanager
def locked(
    folder: Path, otherwise: str = "is being written by {who}; wait for it, or name another folder"
) -> Iterator[None]:
    """Hold the folder's lock, the file `.NAME.lock` beside it; it says who holds it.

    Raises InputError, in the words of `otherwise`, when another process holds it, here or on another machine that
    shares the disk. A lock file left by a process that was killed holds nobody up.
    """
    folder = folder.resolve()
    path = folder.with_name(f".{folder.name}.lock")
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _acquire(path)
    if lock is None:
        raise InputError(str(folder), otherwise.format(who=_holder(path)))
    try:
        with suppress(OSError):  # who holds it is for people; a full disk that cannot take the words holds the lock
            os.truncate(lock, 0)
            os.write(lock, f"process {os.getpid()} on {platform.node()}\n".encode())
        yield
    finally:
        # gone before it is let go of, so that whoever opened this file in the meantime finds that it is not the lock
        discard(path)
        os.close(lock)


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or "another process"
    except OSError:
        return "another process"


def _acquire(path: Path) -> int | None:
    """An open lock file that is ours; None when it is another's."""
    while True:
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _hold(opened)
            # the holder removes the file before it lets go: we may have locked one that has no name any more
            if path.exists() and os.path.samestat(os.fstat(opened), path.stat()):
                return opened
        except OSError as error:
            os.close(opened)
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return None
            raise
        os.close(opened)


def _hold(opened: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    else:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
