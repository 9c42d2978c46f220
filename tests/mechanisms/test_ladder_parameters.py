"""Every rung of the break points' ladders can be set and swept by a name, and what it costs and carries follows."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from conftest import scenario

from matsim.evidence.parameters import describe
from matsim.experiment.factors import assign, parameter
from matsim.mechanisms.ladders import LADDERS, loads, per_rung
from matsim.scenario.decision_forms import options
from matsim.scenario.schema import Scenario
from matsim.simulation.model import TrustSystem
from matsim.world.base import World

FIRST = "break_points.governance.representative.carries"
SECOND = "break_points.governance.scheme_of_delegation"


def test_every_rung_has_a_name_a_unit_a_range_and_a_source() -> None:
    infos = {i.name: i for i in describe(Scenario) if i.name.startswith("break_points.")}
    for ladder in LADDERS:
        carries = [
            i for name, i in infos.items() if name.startswith(f"break_points.{ladder.key}.") and "carries" in name
        ]
        assert [i.default for i in carries] == [rung.carries for rung in ladder.rungs]
        assert all(i.plausible is not None and i.plausible[0] < i.default < i.plausible[1] for i in carries)
        assert all(i.meaning and i.unit == "schools" for i in carries)
    assert infos[FIRST].source == "building-trusts"
    assert f"{SECOND}.one_off" in infos
    assert "break_points.governance.representative.one_off" not in infos, "nobody pays to come to the lowest"


def test_a_rung_is_varied_by_its_name_and_nothing_else_moves() -> None:
    known = parameter(Scenario(), f"{SECOND}.carries")
    assert (known.kind, known.value, known.plausible) == ("number", 12.5, (8.75, 17.5))
    changed = assign(Scenario(), {f"{SECOND}.carries": 15.0})
    assert changed == pickle.loads(pickle.dumps(changed))
    before, after = (per_rung(s.break_points.ladders, "carries") for s in (Scenario(), changed))
    assert np.argwhere(before != after).tolist() == [[1, 1]]
    assert after[1, 1] == 15.0


def test_a_changed_scenario_has_numbers_of_rungs_of_its_own() -> None:
    """They are kept with the parameters that they are made of, and not with a copy that differs."""
    usual = Scenario()
    assert usual.break_points.rungs.carries[1, 1] == 12.5
    changed = assign(usual, {f"{SECOND}.carries": 15.0})
    assert changed.break_points.rungs.carries[1, 1] == 15.0
    assert usual == assign(changed, {f"{SECOND}.carries": 12.5})
    assert usual.break_points.rungs.carries[1, 1] == 12.5


def test_what_a_rung_costs_is_what_forms_say() -> None:
    choices = {o.kind.key: o for o in options(assign(Scenario(), {f"{SECOND}.one_off": 99_000.0}))}[
        "governance"
    ].choices
    assert choices[1].one_off == 99_000.0
    assert "£99,000" in choices[1].cost


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("compliance__school", 0),
        ("compliance__mixed", 0),
        ("governance__spread", 1),
        ("back_office__devolved", 2),
        ("back_office__central", 2),
        ("chief__weak", 3),
        ("improvement__weak", 4),
        ("improvement__spread", 4),
    ],
)
def test_a_greater_weight_is_a_greater_load_on_its_ladder_alone(county: World, name: str, which: int) -> None:
    state = TrustSystem(county, scenario(), 1).state
    rows = state.multi()
    ladder, _, weight = name.partition("__")
    usual = getattr(getattr(scenario().break_points, ladder), weight)
    changed = scenario(**{f"break_points__{name}": 1.2 * usual})
    more, now = (loads(state, s.break_points.ladders, rows) for s in (changed, scenario()))
    assert (more[:, which] >= now[:, which]).all()
    assert (more[:, which] > now[:, which]).any()
    others = np.arange(len(LADDERS)) != which
    assert np.array_equal(more[:, others], now[:, others])
