"""Folders that are on the disk whole or not at all: files flushed, folders renamed into place, leftovers cleared."""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from matsim.core.errors import InputError

_HOST = re.sub(r"\W", "", platform.node())
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "you may not write there",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open on this machine",
}
_MACHINE = {*_REASONS, errno.EPERM, errno.EIO, errno.EFBIG, errno.ENOMEM, errno.ESTALE, errno.EBUSY, errno.EAGAIN}


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file that is on the disk, not only in the cache, once it is closed."""
    with path.open("xb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def sync(folder: Path) -> None:
    """Flush a folder's list of names, without which a power cut may undo a rename."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to fill, which takes the place of `path` when the block ends well and vanishes when it does not."""
    tidy(path)
    partial = sibling(path, "partial")
    try:
        with new_file(partial) as stream:
            yield stream
        partial.replace(path)
        sync(path.parent)
    finally:
        discard(partial)


@contextmanager
def whole_folder(target: Path, replaced: Collection[str] = ()) -> Iterator[Path]:
    """A folder to fill, which takes the place of `target` when the block ends well and vanishes when it does not.

    `replaced` are the files of the folder in its place that go with it, as paths in that folder; everything else that
    lies there is somebody's own and stays. InputError when such a file is in the way of a new one: nothing changes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = sibling(target, "partial")
    try:
        partial.mkdir()
        yield partial
        if target.is_dir():
            shutil.copymode(target, partial)
            _carry(target, partial, frozenset(replaced), "")
        _place(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _carry(old: Path, new: Path, replaced: frozenset[str], at: str) -> None:
    """Take all files but `replaced` from one folder into another, by a second name for the same file where we can."""
    # nothing is moved: until `_place` renames it, the old folder stays whole
    for path in sorted(old.iterdir()):
        name, target = f"{at}{path.name}", new / path.name
        folder = path.is_dir() and not path.is_symlink()
        if name in replaced:
            continue
        if folder and any(one.startswith(f"{name}/") for one in replaced):
            _carry(path, target, replaced, f"{name}/")
            continue
        if os.path.lexists(target):
            problem = (
                "is no file of what is replaced, and what is new has a file of this name; move it, or name another"
            )
            raise InputError(str(path), f"{problem} folder")
        new.mkdir(parents=True, exist_ok=True)
        if folder:
            shutil.copytree(path, target, symlinks=True, copy_function=_second_name)
        else:
            _second_name(path, target)


def _second_name(path: str | Path, target: str | Path) -> None:
    """The same file in another folder too; a copy where the file system has no such thing."""
    try:
        os.link(path, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(path, target, follow_symlinks=False)


def _place(partial: Path, target: Path) -> None:
    """Rename a finished folder into place; what it replaces is set aside first and put back on failure."""
    sync(partial)
    aside = sibling(target, "replaced")
    try:
        if target.exists():
            target.rename(aside)
        partial.rename(target)
    finally:
        if aside.exists() and not target.exists():
            aside.rename(target)
    sync(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def sibling(target: Path, use: str) -> Path:
    """A name beside `target` that says what it is for and which process of which machine made it."""
    return target.with_name(f".{target.name}.{use}-{_HOST}-{os.getpid()}-{secrets.token_hex(4)}")


def tidy(target: Path) -> None:
    """Remove what writers of this folder left when they were killed; put back what they had set aside."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.(partial|replaced)-{_HOST}-(\d+)-[0-9a-f]{{8}}")
    for left in list(target.parent.iterdir()):
        match = ours.fullmatch(left.name)
        if match is None or alive(int(match[2])):
            continue
        if match[1] == "replaced" and not target.exists():
            left.rename(target)
        elif left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def alive(pid: int) -> bool:
    """Whether a process of this machine runs; where that cannot be asked, it counts as running."""
    try:
        if os.name == "posix":
            os.kill(pid, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def reason(error: OSError) -> str:
    """Why the system refused, in a few words: `the disk is full`."""
    return _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())


def refused(error: OSError) -> bool:
    """Whether an error is the system's answer about a file, a disk or a limit, and not a fault of the program."""
    return error.errno in _MACHINE or error.filename is not None


@contextmanager
def writing(where: Path, what: str = "cannot be written") -> Iterator[None]:
    """What the system refuses inside becomes InputError: `WHERE: cannot be written: the disk is full`."""
    try:
        yield
    except OSError as error:
        raise InputError(str(where), f"{what}: {reason(error)}") from error


def discard(path: Path) -> None:
    """Remove an unfinished file if it is there and the system lets us; why it is unfinished is what matters."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write one file, text as UTF-8, whole or not at all. InputError when it cannot be written."""
    with writing(path), whole_file(path) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """A folder, made with those above it where there is none; what was made is gone when the block ends badly."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for place in missing:
                place.rmdir()
        raise


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write several files into a folder, made if there is none: all are written before the first takes its place.

    Raises InputError when they cannot be written; then the folder is as it was.
    """
    partials = {name: sibling(folder / name, "partial") for name in texts}
    with writing(folder), made(folder):
        try:
            for name, text in texts.items():
                with new_file(partials[name]) as stream:
                    stream.write(text.encode())
            for name, partial in partials.items():
                partial.replace(folder / name)
            sync(folder)
        finally:
            for partial in partials.values():
                discard(partial)
