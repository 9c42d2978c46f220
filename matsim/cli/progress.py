"""Progress on the error stream: a bar where that is a terminal, a line for each stage elsewhere."""

from __future__ import annotations

import os
import sys
from time import monotonic
from types import TracebackType

from matsim.core.safe_text import visible
from matsim.words.amounts import count, decimals

WIDTH = 24
QUIET_SECONDS = 60
"""Where there is no terminal, how often a line says how far a command has come."""


class Progress:
    """Tells how far a command has come. Used as a context, it leaves the terminal's line clean.

    The bar is plain text without colour, so NO_COLOR asks nothing more of it.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._stream = sys.stderr
        self._quiet = quiet
        self._live = not quiet and self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = 0
        self._begun = self._said = monotonic()
        self._unit = "years"
        self._first: int | None = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._clear()

    def stage(self, what: str, unit: str = "years") -> None:
        """Say what is being done now, and what is counted in it."""
        self._begun = self._said = monotonic()
        self._unit, self._first = unit, 0 if unit == "years" else None
        if self._live:
            self._draw(visible(f"{what} ..."))
        elif not self._quiet:
            self._stream.write(visible(f"{what} ...\n"))
            self._stream.flush()

    def tell(self, done: int, total: int) -> None:
        """Say how many are done. Of runs the first call says how many were before: they say nothing of the pace."""
        now = monotonic()
        # a sweep that goes on begins at what it had; years of a run begin at nought
        self._first = done if self._first is None else self._first
        new = done - self._first
        left = f", about {span((now - self._begun) / new * (total - done))} to go" if new else ""
        if self._live:
            filled = WIDTH * done // max(total, 1)
            bar = "#" * filled + "." * (WIDTH - filled)
            self._draw(f"[{bar}] {count(done)} of {count(total)} {self._unit}{left}")
        elif not self._quiet and now - self._said > QUIET_SECONDS:
            self._said = now
            self._stream.write(f"{count(done)} of {count(total)} {self._unit}{left}\n")
            self._stream.flush()

    def _draw(self, text: str) -> None:
        # padded over what stood there: no codes that would clear the line are sent
        self._stream.write("\r" + text.ljust(self._shown))
        self._stream.flush()
        self._shown = len(text)

    def _clear(self) -> None:
        if self._shown:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()


def span(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{decimals(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
