"""`matsim survey`, `cluster-check` and `review`: self-checks of a real trust or cluster, from CSV forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from matsim.cli.errors import USAGE, complain
from matsim.cli.options import JsonOption, TemplateOption
from matsim.cli.output import show, show_json

FormFile = Annotated[Path | None, typer.Argument(help="The filled-in form (CSV).")]


class Checked(Protocol):
    """What a self-check returns."""

    def sentences(self) -> list[str]:
        """The result in plain English, caveats included."""

    def to_dict(self) -> dict[str, Any]:
        """The result ready for JSON."""


def survey(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Read a strategy survey: fit, disagreement, coherence.

    How close a trust is to the published strategy groups, where its people disagree, and what does not fit. One
    row per respondent: ten statements from 1 to 10 and fifteen responsibilities from 0 to 10. Nothing leaves
    this machine.
    """
    from matsim.selfcheck.survey import survey as check

    self_check("survey", file, template, json, check, "survey.csv")


def cluster_check(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Read a cluster self-evaluation: stage, where to start.

    The stage a cluster is at, where its leaders and governors differ, and where to start. One row per person:
    seven dimensions from 1 (strong) to 4 (not there). Nothing leaves this machine.
    """
    from matsim.selfcheck.cluster import cluster_check as check

    self_check("cluster-check", file, template, json, check, "cluster.csv")


def review(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Read a review: weak areas, and where to look for help.

    Fourteen areas of a school or trust. One row per area, scored from 1 (strong) to 4 (weak). Nothing leaves
    this machine.
    """
    from matsim.selfcheck.review import review as check

    self_check("review", file, template, json, check, "review.csv")


def self_check(
    command: str, file: Path | None, template: bool, json: bool, check: Callable[[Path], Checked], form: str
) -> None:
    """Print the blank form, or the result of a filled-in one. Ends with 2 when neither is asked for."""
    if template:
        from matsim.selfcheck import TEMPLATES

        show((TEMPLATES / form).read_text(encoding="utf-8").rstrip("\r\n"))
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
