"""What the command line says when something goes wrong, and the exit code that goes with it.

0 done · 1 a bug · 2 wrong usage · 3 invalid input, or what the system refuses · 4 some runs failed · 5 precision not
reached · 6 verification differs · 130 interrupted. Every `MatsimError` carries its own.
"""

from __future__ import annotations

import errno
import shlex
import sys
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperGroup

from matsim.core.disk import reason, refused
from matsim.core.errors import InputError, MatsimError
from matsim.core.safe_text import visible

BUG, USAGE, FAILED, NOT_REACHED, INTERRUPTED = 1, 2, 4, 5, 130
AGAIN = "Interrupted: what was not finished has not been kept. To start again"


def typed() -> list[str]:
    """The command as it was typed."""
    return ["matsim", *sys.argv[1:]]


def complain(text: str) -> None:
    """Say something on the error stream, below whatever progress stands there."""
    typer.echo(visible(text), err=True)


def warn(world: Mapping[str, Any]) -> None:
    """Say on the error stream what to know before believing a world; `world` is what manifests carry of it."""
    for text in world.get("warnings", ()):
        complain(f"WARNING: {text}")


class Guard(TyperGroup):
    """The one place where errors become sentences. Nothing but `--debug` shows a traceback."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Run, and end the process; also when the help or the version cannot be printed, before any command runs."""
        try:
            return super().main(*args, **more)
        except MatsimError as error:
            complain(str(error))
            sys.exit(error.exit_code)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; end with the exit code of whatever goes wrong in it."""
        try:
            return super().invoke(ctx)
        except MatsimError as error:
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            again = shlex.join(typed())
            complain(f"{AGAIN}, type: {again}")
            raise typer.Exit(INTERRUPTED) from None
        # typer's own ways to end, with their own codes
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if sentence := _of_the_system(error):
                complain(sentence)
                raise typer.Exit(InputError.exit_code) from None
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            details = shlex.join(["matsim", "--debug", *typed()[1:]])
            complain(f"matsim stopped on something it should have dealt with ({what}). That is a bug in matsim.")
            complain(f"To see where it happened, type: {details}")
            raise typer.Exit(BUG) from None


def _of_the_system(error: Exception) -> str:
    """The sentence for what the system refuses and nothing nearer has put in words; empty for a fault of ours."""
    if isinstance(error, MemoryError):
        return "matsim needs more memory than this machine has to give"
    if not isinstance(error, OSError) or not refused(error):
        return ""
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    why = "permission denied" if error.errno == errno.EACCES else reason(error)  # to read, or to write
    return f"{' and '.join(names) or 'the system'}: {why}"
