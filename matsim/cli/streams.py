"""The streams that a process is given, which may be closed, full, cut off, or of an encoding that lacks a character.

- Who reads the output has stopped (`| head`): the rest is not said, the command goes on, and its exit code stands.
- The output cannot be written (a full disk), or is closed (`>&-`): a sentence, and the code of invalid input.
- The error stream is closed or full: nothing can be said there, which is no reason to stop.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, TextIO

from matsim.core.disk import reason
from matsim.core.errors import InputError

CLOSED = "standard output: is closed; give it a file, or /dev/null to throw away what is said"

AGAIN_SECONDS = 0.05
"""After how long an interruption that was lost comes once more."""


class _Output(io.FileIO):
    """A stream of bytes that is done with once it is cut off or fails: then what is written goes nowhere.

    Nothing is kept back in a buffer: an interruption could have that written twice.
    """

    def __init__(self, number: int, name: str, loud: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._name, self._loud, self._gone = name, loud, False

    def write(self, data: Any, /) -> int:
        """Write all of it, or nothing more. Raises InputError once, when somebody should be told that it cannot be."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and not self._gone:
                count = super().write(left)
                if count is None:  # nobody reads as fast as this
                    select.select((), (self,), ())
                left = left[count or 0 :]
        except OSError as error:
            self._gone = True
            if self._loud and not isinstance(error, BrokenPipeError):
                raise InputError(self._name, f"cannot be written: {reason(error)}") from error
        return size


def settle() -> bool:
    """Make the streams of this process fit to use, before anything else is opened; False without standard output.

    A closed stream is opened onto nothing: else the next file that is opened would take its place, and what is said
    would be written into it.
    """
    given = sys.stdout is not None
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            os.set_inheritable(number, True)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = _careful(sys.stdout, 1, "standard output", loud=True)
    sys.stderr = _careful(sys.stderr, 2, "standard error", loud=False)
    return given


def _careful(stream: TextIO | None, number: int, name: str, loud: bool) -> TextIO:
    """The stream, written through `_Output`; a character that its encoding lacks is printed as '?'."""
    below = getattr(stream, "buffer", None)
    if stream is not None and not isinstance(getattr(below, "raw", below), io.FileIO):
        if isinstance(stream, io.TextIOWrapper):  # a console of Windows, say
            stream.reconfigure(errors="replace")
        return stream
    encoding = stream.encoding if stream is not None else "utf-8"
    if stream is not None:
        with suppress(OSError):
            stream.flush()
    return io.TextIOWrapper(_Output(number, name, loud), encoding, errors="replace", write_through=True)


def in_utf8() -> None:
    """Start this process again in Python's UTF-8 mode where the names of files are taken to be in another encoding.

    That is so in the C locale with that mode off, and in old locales: there a name that is not ASCII could be neither
    kept in a result nor found by the libraries that read tables.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode or not sys.executable:
        return
    said = {} if sys.stdout is None else {"PYTHONIOENCODING": f"{sys.stdout.encoding}:replace"}
    os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], said | os.environ)


def undecodable(words: Sequence[str]) -> str:
    """The first of these words whose bytes are not UTF-8; empty when there is none."""
    return next((word for word in words if any("\ud800" <= letter <= "\udfff" for letter in word)), "")


def heed() -> None:
    """From now on a polite request to end counts as Ctrl-C: batch queues, service managers, closing terminals send it.

    One that is ignored, as under nohup, stays ignored. An interruption that falls into code from which no error gets
    out (while an object is being cleared away) comes once more: it would be lost otherwise.
    """
    last = [signal.SIGINT]
    ordinary = sys.unraisablehook

    def stop(number: int, frame: FrameType | None) -> None:
        last[0] = signal.Signals(number)
        raise KeyboardInterrupt

    def again(lost: sys.UnraisableHookArgs) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            ordinary(lost)
        elif not sys.is_finalizing():
            timer = threading.Timer(AGAIN_SECONDS, interrupt_main, last)
            timer.daemon = True
            timer.start()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, stop)
    sys.unraisablehook = again
