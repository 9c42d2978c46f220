"""What the command line says when something goes wrong, and the exit code that goes with it.

0 done · 1 a bug · 2 wrong usage · 3 invalid input · 4 some runs failed · 5 precision not reached ·
6 verification differs · 130 interrupted. Every `MatsimError` carries its own.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperGroup

from matsim.errors import MatsimError
from matsim.safetext import visible

BUG, USAGE, INTERRUPTED = 1, 2, 130
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
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            details = shlex.join(["matsim", "--debug", *typed()[1:]])
            complain(f"matsim stopped on something it should have dealt with ({what}). That is a bug in matsim.")
            complain(f"To see where it happened, type: {details}")
            raise typer.Exit(BUG) from None
