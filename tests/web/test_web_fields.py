"""Single values of a form, as people type them."""

from __future__ import annotations

import re

import pytest

from matsim.core.errors import InputError
from matsim.scenario.decision_forms import options
from matsim.scenario.load import load_scenario
from matsim.web.classroom import predictions
from matsim.web.classroom.choices import differing, filled_with, known, merged, numbers, read
from matsim.web.explorer import settings
from matsim.web.explorer.decision_forms import in_page_words, with_decision
from matsim.web.forms import FormError, Number, number, one, whole

KNOWN = known(load_scenario("area-300"))


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
    assert read({"charge": ["5.5 %"], "target": ["20"], "growth": ["grow"]}, 2020, KNOWN) == {
        "growth": "grow",
        "central_charge": 0.055,
        "target": 20.0,
    }
    with pytest.raises(
        InputError, match=r"“Share of schools’ income for the centre .%.” should be a number, from 3% to 9.5%"
    ):
        read({"charge": ["5,5"]}, 2020, KNOWN)


def test_a_number_says_its_field_its_limits_and_what_was_typed_in_the_units_of_the_page() -> None:
    charge = Number("charge", "Share of income (%)", 3, 9.5, "%")
    target = Number("target", "Schools to aim for", 1, 500, " schools", 1.0)
    posts = Number("posts", "Finance", 0, 50, " posts", 0.5)
    change = Number("change", "Change (%)", -100, 200, "%")
    for field, typed, said in (
        (charge, "99", "“Share of income (%)” should be from 3% to 9.5%, not 99%."),
        (charge, "nan", "“Share of income (%)” should be from 3% to 9.5%, not “nan”."),
        (charge, "5,5", "“Share of income (%)” should be a number, from 3% to 9.5%, not “5,5”."),
        (target, "9.5", "“Schools to aim for” should be a whole number from 1 to 500 schools, not 9.5 schools."),
        (target, "1e99", "“Schools to aim for” should be a whole number from 1 to 500 schools, not “1e99”."),
        (posts, "1.3", "“Finance” should be from 0 to 50 posts in steps of 0.5, not 1.3 posts."),
        (change, "−101", "“Change (%)” should be from −100% to 200%, not −101%."),
    ):
        wrong: dict[str, str] = {}
        assert field.read({field.name: [typed]}, wrong) is None
        assert wrong == {field.name: said}
    for field, typed, value in ((charge, "5.5 %", 5.5), (target, "1", 1.0), (posts, "", None), (change, "−3", -3.0)):
        assert field.read({field.name: [typed]}, {}) == value


PATH = re.compile(r"\w+\[\d|decisions|\b[a-z]+_[a-z]+\b|unit:|central_charge")
"""What names a place in a scenario file, and no field of a page."""

FIELDS = {**numbers(KNOWN), **predictions.numbers()}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_of_the_classroom_refuses_what_is_out_of_range_in_its_own_words(name: str) -> None:
    field = FIELDS[name]
    reader = predictions.read if name.startswith("predict_") else lambda form: read(form, 2018, KNOWN)
    bad = [f"{field.low - 1:g}", f"{field.high + 1:g}", "1e300", "-1e300", "nan", "lots", "0x10", "1" * 150]
    for typed in bad + (["1.37"] if field.step else []):
        with pytest.raises(FormError) as caught:
            reader({name: [typed]})
        assert list(caught.value.fields) == [name]
        (said,) = caught.value.problems
        assert said.startswith(f"“{field.title}” should be")
        assert field.limits in said
        assert not PATH.search(said)


@pytest.mark.parametrize("name", ["growth", "improvement", "governance", "clusters", "where"])
def test_every_list_refuses_what_is_not_on_it(name: str) -> None:
    with pytest.raises(FormError, match="choose one of the list") as caught:
        read({name: ["shrink_it"]}, 2018, KNOWN)
    assert list(caught.value.fields) == [name]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"target": ["9"]}, {"growth": "grow", "target": 9.0}),
        ({"ask": ["100001", "100002"]}, {"ask": [100001, 100002]}),
        ({"place": ["Ashire"]}, {"near": {"place": "Ashire"}}),
        ({"growth": ["grow"], "target": ["9"], "ask": ["100001"]}, {"growth": "grow", "target": 9.0, "ask": [100001]}),
    ],
)
def test_what_is_filled_in_says_what_it_means(form: dict[str, list[str]], told: dict[str, object]) -> None:
    assert read(form, 2018, KNOWN) == told


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"growth": ["hold"], "target": ["9"]}, "target"),
        ({"growth": ["own"], "target": ["9"]}, "target"),
        ({"where": ["near"], "place": ["Ashire"], "ask": ["100001"]}, "where"),
        ({"where": ["own"], "ask": ["100001"]}, "where"),
        ({"where": ["own"], "place": ["Ashire"]}, "where"),
        ({"where": ["ask"]}, "where"),
        ({"where": ["near"]}, "place"),
        ({"growth": ["hold"], "ask": ["100001"]}, "where"),
        ({"growth": ["hold"], "place": ["Ashire"]}, "where"),
        ({"ask": ["1", "2", "3", "4", "5"]}, "ask"),
    ],
)
def test_what_contradicts_itself_is_refused_and_not_dropped(form: dict[str, list[str]], field: str) -> None:
    with pytest.raises(FormError) as caught:
        read(form, 2018, KNOWN)
    assert list(caught.value.fields) == [field]


def test_of_a_form_is_taken_what_its_device_changed() -> None:
    seen = {"charge": ["5"], "target": ["9"], "growth": ["grow"], "ask": ["1", "2"], "where": ["ask"]}
    held = seen | {"target": ["11"], "ask": ["1", "2", "3"], "clusters": ["led"]}
    sent = {**seen, "charge": ["6"], "ask": ["2", "4"], "post_hr": ["1"], "csrf": ["x"], "seen": ["{}"]}
    both = {"charge": ["6"], "target": ["11"], "growth": ["grow"], "ask": ["2", "3", "4"], "where": ["ask"]}
    assert merged(held, seen, sent) == both | {"clusters": ["led"], "post_hr": ["1"]}
    assert merged(held, seen, {**seen, "charge": ["5.0"]}) == held  # 5.0 is no change to 5
    assert "target" not in merged(held, held, {**held, "target": [""]})
    assert merged(held, None, sent) == {k: v for k, v in sent.items() if k not in ("csrf", "seen")}
    assert differing(held, seen) == ["ask", "clusters", "target"]


@pytest.mark.parametrize("told", ["", "[]", "{", '{"a": 1}', '{"a": [1]}', "null", "x" * 500])
def test_a_form_that_does_not_say_what_it_was_is_taken_whole(told: str) -> None:
    assert filled_with({"seen": [told]}) is None
    assert filled_with({"seen": ['{"charge": ["5"]}']}) == {"charge": ["5"]}


def test_the_explorers_form_for_a_trust_says_everything_in_words_and_percent() -> None:
    scenario = load_scenario("area-300")
    for option in (o for o in options(scenario) if o.low is not None):
        parts = [f"{option.kind.key}.{c.value}" for c in option.choices] or [option.kind.key]
        for name in parts:
            for typed in ("-3", "5000", "nan", "lots"):
                with pytest.raises(InputError) as caught:
                    with_decision(scenario, 800029, {"year": ["2018"], name: [typed]})
                (said,) = caught.value.problems
                assert said.startswith(f"“{option.kind.title}")
                assert not PATH.search(said)
    made = with_decision(scenario, 800029, {"year": ["2018"], "central_charge": ["5.5"]})
    assert made.trusts[0].decisions[0].central_charge == 0.055
    told = in_page_words(
        [
            "trusts[0].decisions[1].ask[0]: no school with URN 1 in this world",
            "trusts[0].decisions[0].central_charge = 0.99: should be less (unit: share)",
            "trusts[0].decisions[0]: a trust that holds takes on no schools",
            "Year: 'x' should be a whole number.",
        ],
        scenario,
    )
    assert told == [
        "Schools to approach: no school with URN 1 in this world",
        "Top-slice: should be less",
        "This year’s decisions: a trust that holds takes on no schools",
        "Year: 'x' should be a whole number.",
    ]


def test_the_explorers_settings_name_controls_as_the_page_does() -> None:
    scenario = load_scenario("area-300")
    found = settings.groups(scenario, scenario)
    problems = ["run.years: should be more", "trusts[0].uid: no such trust", "shocks[1].size = 3: less"]
    told = [each for each in settings.in_page_words(problems, found) if isinstance(each, tuple)]
    assert len(told) == 3
    assert told[0] == ("Run, “Years”: should be more", "#c-run.years")
    assert [address for _, address in told[1:]] == ["/trusts", "/shocks"]
    assert not any(PATH.search(text) for text, _ in told)
