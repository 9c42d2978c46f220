"""Every threshold and weight of a commissioner may change on a date; before it nothing has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import scenario
from support.dated import both, parted, total
from support.sweeping import plan

from matsim.core.errors import InputError
from matsim.evidence.parameters import at, describe
from matsim.experiment.factors import assign, parameter
from matsim.policies import POLICIES, Weigh
from matsim.scenario.load import load, override
from matsim.scenario.schema import Scenario
from matsim.scenario.show import difference, resolved
from matsim.world.base import World

NEAR = "commissioners[0].nearness"


def written(tmp_path: Path, text: str, *changes: str) -> Scenario:
    file = tmp_path / "s.toml"
    file.write_text(text)
    return load(file, Scenario, changes=changes).scenario


def weigh(said: Scenario) -> Weigh:
    policy: Any = said.commissioners[0]
    assert isinstance(policy, Weigh)
    return policy


def test_a_year_in_a_file_holds_from_then_and_the_default_until_then(tmp_path: Path) -> None:
    said = written(tmp_path, '[[commissioners]]\nkind = "weigh"\nnearness.2022 = 1.2\nrecord = 0.5\n')
    policy = weigh(said)
    assert [at(policy.nearness, year) for year in (2010, 2021, 2022, 2030)] == [0.4, 0.4, 1.2, 1.2]
    assert policy.record == 0.5
    terms = {year: {t.name: t.weight for t in policy.rule(year).terms} for year in (2021, 2022)}
    assert (terms[2021]["nearness"], terms[2022]["nearness"]) == (0.4, 1.2)
    assert terms[2021] | {"nearness": 1.2, "size": 0.2} == terms[2022]
    (tmp_path / "again.toml").write_text(resolved(said))
    assert load(tmp_path / "again.toml", Scenario).scenario == said


def test_a_year_that_is_set_changes_what_the_file_says_from_then_only(tmp_path: Path) -> None:
    text = '[[commissioners]]\nkind = "weigh"\nnearness = 0.9\n'
    changed = written(tmp_path, text, f"{NEAR}.2022=1.2")
    assert weigh(changed).nearness == {2010: 0.9, 2022: 1.2}
    assert weigh(override(changed, [f"{NEAR}=0.7"], "here")).nearness == 0.7
    later = override(changed, {f"{NEAR}.2024": 0.1}, "here")
    assert weigh(later).nearness == {2010: 0.9, 2022: 1.2, 2024: 0.1}
    assert [d.name for d in difference(changed, later)] == [f"{NEAR}.2024"]
    assert Weigh(nearness={2020: 1.0}) == Weigh(nearness={2010: 0.4, 2020: 1.0})


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("least_capacity = -1", r"least_capacity = -1: should be 0 or more \(unit: ratio\)"),
        ("least_capacity.2022 = -1", r"least_capacity\.2022 = -1: should be 0 or more \(unit: ratio\)"),
        ("most_failing = 1.5", r"most_failing = 1\.5: should be between 0 and 1 \(unit: share\)"),
        ('nearness = "much"', r"nearness = 'much': should be a number or a table of years"),
        ("nearness = {}", r"nearness: should hold at least one year"),
        ('nearness.2022 = "much"', r"nearness = .*should be a number or a table of years"),
        ("nearness.soon = 1.0", r"nearness.*should be a (number|year)"),
    ],
)
def test_what_is_no_number_and_no_years_is_one_sentence(tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        written(tmp_path, f'[[commissioners]]\nkind = "weigh"\n{value}\n')
    assert len(caught.value.problems) == 1, caught.value.problems


def test_every_number_of_every_policy_may_change_on_a_date() -> None:
    for policy in POLICIES:
        for info in describe(policy):
            if info.plausible is None or info.name == "priorities":
                continue
            middle = sum(info.plausible) / 2
            dated = policy.model_validate({info.name: {2015: middle}})
            now, then = (getattr(dated, info.name)[year] for year in (2010, 2015))
            assert (now, then) == (at(info.default, 2010), middle), info.name


def test_levers_move_one_number_or_that_of_a_year() -> None:
    base = Scenario()
    assert parameter(base, NEAR).value == parameter(base, f"{NEAR}.2022").value == 0.4
    assert parameter(base, f"{NEAR}.2022").dated
    assert not parameter(base, NEAR).dated
    changed = assign(base, {f"{NEAR}.2022": 1.2})
    assert changed == override(base, {f"{NEAR}.2022": 1.2}, "here")
    assert parameter(changed, f"{NEAR}.2021").value == 0.4
    with pytest.raises(InputError, match=r"changes on dates; name one of its years"):
        parameter(changed, NEAR)

    def points(name: str, values: list[float]) -> list[Any]:
        made = plan(1, [{"name": "a"}], levers=[{"name": name, "values": values}], design={"kind": "grid"})
        return [weigh(made.scenario("a", i)).nearness for i in range(len(values))]

    assert points(NEAR, [0.1, 1.5]) == [0.1, 1.5]
    assert points(f"{NEAR}.2022", [0.1, 1.5]) == [{2010: 0.4, 2022: 0.1}, {2010: 0.4, 2022: 1.5}]


@pytest.mark.direction("policy:weigh")
def test_worlds_part_in_the_year_of_the_change_and_not_before(county: World) -> None:
    """From 2020 on the score has to be much higher: a third fewer applications are approved, and none before it."""
    strict = scenario(commissioners=[{"kind": "weigh", "threshold": {2020: 2.4}}])
    usual, changed = both(county, scenario(), strict, years=3)
    assert parted(usual, changed) == 2020
    assert total(usual, "approve", 2019) == total(changed, "approve", 2019) > 50
    assert total(changed, "approve", 2020) < 0.67 * total(usual, "approve", 2020)
