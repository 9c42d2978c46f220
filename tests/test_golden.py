"""The golden run: numbers change only by `make golden`, with a word in the changelog."""

from __future__ import annotations

import json

import pytest
from golden.record import FILE, numbers


def test_the_golden_run_has_not_moved() -> None:
    stored, now = json.loads(FILE.read_text(encoding="utf-8")), numbers()
    assert now["events"] == stored["events"]
    for name, values in stored["system_year"].items():
        # other processors may round the last digits of exponentials differently; nothing more is allowed
        assert now["system_year"][name] == pytest.approx(values, rel=1e-9, nan_ok=True), name  # type: ignore[index]
