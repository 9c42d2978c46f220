"""A session's log changed by hand: a field of another type is a sentence that names the line."""

from __future__ import annotations

from typing import Any

import pytest

from matsim.core.errors import InputError
from matsim.web.classroom.session import fold

SETUP = {"kind": "setup", "mode": "parallel", "seed": 1, "first": 2018, "years": 5, "trusts": [7], "seats": 2}
TEAM = {"kind": "team", "team": 1, "name": "A", "colour": 0, "code": "abcd"}
TURN = {"kind": "decide", "team": 1, "year": 2018, "choices": {}, "predictions": {}, "done": True}
SHOCK = {"kind": "shock", "shock": {"kind": "funding", "year": 2019}}


def test_a_log_as_we_write_it_is_read() -> None:
    state = fold([SETUP, TEAM, {"kind": "start"}, TURN, SHOCK, {"kind": "timer", "until": 12.5}])
    assert state is not None
    assert state.turn(1, 2018).done


@pytest.mark.parametrize(
    ("line", "entry", "field", "value"),
    [
        (1, SETUP, "seed", "one"),
        (1, SETUP, "years", 2.5),
        (1, SETUP, "first", True),
        (1, SETUP, "trusts", "7"),
        (1, SETUP, "trusts", ["7"]),
        (2, TEAM, "team", "1"),
        (2, TEAM, "name", 3),
        (2, TEAM, "colour", None),
        (3, TURN, "year", "2018"),
        (3, TURN, "choices", []),
        (3, TURN, "predictions", "x"),
        (3, TURN, "done", 1),
        (4, SHOCK, "shock", []),
        (4, SHOCK, "shock", {"kind": "funding", "year": "2019"}),
        (4, {"kind": "timer", "until": 1.0}, "until", "soon"),
        (4, {"kind": "lock", "locked": True}, "locked", "yes"),
    ],
)
def test_another_type_is_a_sentence_with_its_line(line: int, entry: dict[str, Any], field: str, value: Any) -> None:
    entries = [*[SETUP, TEAM, TURN][: line - 1], {**entry, field: value}]
    with pytest.raises(InputError, match=f"line {line}: makes no sense here"):
        fold(entries)
