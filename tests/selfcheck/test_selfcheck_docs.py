"""docs/selfcheck.md: worked examples say what the code says, and tables name what the code names."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.selfcheck_forms import DOORS, PAGE, block

from matsim.evidence.strategy import GROUPS, RESPONSIBILITIES, STATEMENTS
from matsim.selfcheck.checklist import FACTS, POINTS
from matsim.selfcheck.cluster import DIMENSIONS
from matsim.selfcheck.review import NAMES


@pytest.mark.parametrize("name", DOORS)
def test_worked_examples_say_what_the_code_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(block("csv", name), encoding="utf-8")
    result = DOORS[name](name)
    assert block("text", name).splitlines() == result.sentences()  # type: ignore[attr-defined]


def test_tables_name_every_column_and_profile() -> None:
    for item in (*STATEMENTS, *RESPONSIBILITIES, *DIMENSIONS):
        assert f"| `{item.key}` | {item.wording} |" in PAGE
    for i, item in enumerate(STATEMENTS):
        scores = " | ".join(f"{g.statements[i]:g}" for g in GROUPS)
        assert f"| {item.wording} | {scores} |" in PAGE
    for i, item in enumerate(RESPONSIBILITIES):
        scores = " | ".join(f"{g.responsibilities[i]:g}" for g in GROUPS)
        assert f"| {item.wording} | {scores} |" in PAGE
    assert all(f"| `{f.key}` | {f.point} | {f.words} |" in PAGE for f in FACTS)
    assert all(f"{p.number}. {p.question} ({p.evidence})" in PAGE for p in POINTS)
    assert all(name in PAGE for name in NAMES)
