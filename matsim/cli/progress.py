"""Progress on the error stream: a bar where that is a terminal, a line for each stage elsewhere."""

from __future__ import annotations

import os
import sys
from time import monotonic
from types import TracebackType

WIDTH = 24


class Progress:
    """Tells how far a command has come. Used as a context, it leaves the terminal's line clean.

    The bar is plain text without colour, so NO_COLOR asks nothing more of it.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._stream = sys.stderr
        self._quiet = quiet
        self._live = not quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = 0
        self._begun = monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._clear()

    def stage(self, what: str) -> None:
        """Say what is being done now."""
        self._begun = monotonic()
        if self._live:
            self._draw(f"{what} ...")
        elif not self._quiet:
            self._stream.write(f"{what} ...\n")
            self._stream.flush()

    def tell(self, done: int, total: int) -> None:
        """Say how many of the years are done."""
        if self._live:
            filled = WIDTH * done // total
            left = (monotonic() - self._begun) / done * (total - done)
            bar = "#" * filled + "." * (WIDTH - filled)
            self._draw(f"[{bar}] {done} of {total} years, about {left:.0f} s to go")

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._shown))
        self._stream.flush()
        self._shown = len(text)

    def _clear(self) -> None:
        if self._shown:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()
