"""Single values of a form, as people type them."""

from __future__ import annotations

import pytest

from matsim.errors import InputError
from matsim.web.classroom.choices import read
from matsim.web.fields import number, one, whole


@pytest.mark.parametrize(
    ("text", "value"), [("1,000", 1000.0), ("-12,345.5", -12345.5), ("0.5", 0.5), ("1e3", 1000.0), (" 7", 7.0)]
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    wrong: list[str] = []
    assert number("Size", text, wrong) == value
    assert not wrong


@pytest.mark.parametrize("text", ["0,5", "1,00", "ten", "", "1,000,00", "£5"])
def test_what_is_no_number_is_said_and_never_guessed(text: str) -> None:
    wrong: list[str] = []
    assert number("Size", text, wrong) is None
    assert wrong == [f'Size: "{text}" should be a number.'.replace('"', "'")]


@pytest.mark.parametrize("text", ["nan", "inf", "-1e12"])
def test_numbers_beyond_reason_are_said(text: str) -> None:
    wrong: list[str] = []
    assert number("Size", text, wrong) is None
    assert wrong == [f"Size: '{text}' should be a number of a sensible size."]


def test_whole_numbers() -> None:
    wrong: list[str] = []
    assert whole("Year", "2020", wrong) == 2020
    assert whole("Year", "2020.5", wrong) is None
    assert whole("Year", "-1", wrong) is None
    assert len(wrong) == 2


def test_the_first_value_of_a_field_is_taken() -> None:
    assert one({"a": [" x ", "y"]}, "a") == "x"
    assert one({"a": []}, "a") == one({}, "a") == ""


def test_a_card_takes_percentages_and_refuses_decimal_commas() -> None:
    assert read({"charge": ["5.5 %"], "target": ["20"], "growth": ["grow"]}, 2020) == {
        "growth": "grow",
        "central_charge": 0.055,
        "target": 20.0,
    }
    with pytest.raises(InputError, match="Top-slice: '5,5' should be a number"):
        read({"charge": ["5,5"]}, 2020)
