"""What the four self-check commands share: the blank form, and printing a result as sentences or JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from matsim.cli.errors import USAGE, complain
from matsim.cli.output import show, show_json

FormFile = Annotated[Path | None, typer.Argument(help="The filled-in form (CSV).")]


class Checked(Protocol):
    """What a self-check returns."""

    def sentences(self) -> list[str]:
        """The result in plain English, caveats included."""

    def to_dict(self) -> dict[str, Any]:
        """The result ready for JSON."""


def self_check(
    command: str, file: Path | None, template: bool, json: bool, check: Callable[[Path], Checked], form: str
) -> None:
    """Print the blank form, or the result of a filled-in one. Ends with 2 when neither is asked for."""
    if template:
        blank_form(form)
    elif file is None:
        complain(f"matsim {command} needs the file of a filled-in form; --template prints the blank one:")
        complain(f"  matsim {command} --template > {form}")
        raise typer.Exit(USAGE)
    else:
        result = check(file)
        if json:
            show_json(command, result.to_dict() | {"sentences": result.sentences()})
        else:
            show("\n".join(result.sentences()))


def blank_form(form: str) -> None:
    """Print a blank form as it is."""
    from matsim.selfcheck import TEMPLATES

    show((TEMPLATES / form).read_text(encoding="utf-8").rstrip("\r\n"))
