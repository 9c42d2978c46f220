"""`matsim survey`: the strategy survey of a real trust or cluster, from a CSV form."""

from __future__ import annotations

from matsim.cli.options import JsonOption, TemplateOption
from matsim.cli.selfchecks import FormFile, self_check


def survey(file: FormFile = None, template: TemplateOption = False, json: JsonOption = False) -> None:
    """Read a strategy survey: fit, disagreement, coherence.

    How close a trust is to the published strategy groups, where its people disagree, and what does not fit. One
    row per respondent: ten statements from 1 to 10 and fifteen responsibilities from 0 to 10. Nothing leaves
    this machine.
    """
    from matsim.selfcheck.survey import survey as check

    self_check("survey", file, template, json, check, "survey.csv")
