"""The worked examples of docs/selfcheck.md, and what reads each form."""

from __future__ import annotations

import re
from collections.abc import Callable

from conftest import ROOT

from matsim.selfcheck.checklist import checklist_check
from matsim.selfcheck.cluster import cluster_check
from matsim.selfcheck.review import review
from matsim.selfcheck.survey import survey

PAGE = (ROOT / "docs" / "selfcheck.md").read_text(encoding="utf-8")


DOORS: dict[str, Callable[[str], object]] = {
    "survey.csv": survey,
    "cluster.csv": cluster_check,
    "checklist.csv": checklist_check,
    "review.csv": review,
}


def block(kind: str, name: str) -> str:
    found = re.search(rf"```{kind} {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"no {kind} block for {name}"
    return found[1]
