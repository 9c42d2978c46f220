"""The log's table: every event at its place, with all that was said of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from matsim.events.log import Log
from matsim.results.numbers import named

IDS = np.arange(50, dtype=np.int64)


def test_blocks_that_took_place_by_turns_are_laid_in_the_order_in_which_they_happened() -> None:
    log, luck = Log(), np.random.default_rng(1)
    expected: list[tuple[Any, ...]] = []
    for year in (2018, 2019):
        log.at(year, "joining", "March")
        log.add("hold", trust=np.arange(3), reason="one at a time")
        expected += [(year, "hold", -1, row, "one at a time", {}) for row in range(3)]
        turns = luck.permutation(30)
        rows: list[tuple[Any, ...]] = []
        for event, reason, part in (("approve", "", slice(0, 11)), ("refuse", "record", slice(11, 30))):
            turn, value = turns[part], luck.random(30)[part]
            inputs: dict[str, Any] = {"z": value, "a": 1.0} if event == "approve" else {"m": value}
            log.add(event, school=turn.copy(), trust=4, reason=reason, inputs=inputs, turn=turn)
            numbers = [{name: v if name == "a" else v[i] for name, v in inputs.items()} for i in range(len(turn))]
            rows += [(year, event, int(t), 4, reason, n) for t, n in zip(turn, numbers, strict=True)]
        expected += sorted(rows, key=lambda row: row[2])
        log.add("close", school=7, inputs={"b": 0.5})
        expected.append((year, "close", 7, -1, "", {"b": 0.5}))
    frame = log.frame(IDS, IDS, ("year", "event", "school", "trust", "reason", "inputs"))
    assert [(*row[:-1], named(row[-1])) for row in frame.itertuples(index=False, name=None)] == expected
