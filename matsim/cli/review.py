"""`matsim review`: the review over fourteen areas of a real trust or cluster, from a CSV form."""

from __future__ import annotations

from matsim.cli.options import JsonOption, TemplateOption
from matsim.cli.selfchecks import FormFile, self_check


def review(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Read a review: weak areas, and where to look for help.

    Fourteen areas of a school or trust. One row per area, scored from 1 (strong) to 4 (weak). Nothing leaves
    this machine.
    """
    from matsim.selfcheck.review import review as check

    self_check("review", file, template, json, check, "review.csv")
