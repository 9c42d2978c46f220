"""Designs: the points each kind makes, checked against what the kind promises, and against known answers."""

from __future__ import annotations

import itertools
import math
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsim.core.errors import InputError
from matsim.experiment.designs import place
from matsim.experiment.ensemble import Ensemble, make_ensemble
from matsim.experiment.factors import Parameter
from matsim.experiment.load import read_experiment
from matsim.experiment.schema import Factor
from matsim.measures.tables import SWEEP_TABLES
from matsim.results.tables import check

PULL = {"name": "rolls.pull", "low": 0.2, "high": 0.6}
ERODE = {"name": "environment.erosion", "low": 0.01, "high": 0.1, "scale": "log"}
HELP = {"name": "environment.help_mean", "low": 0.1, "high": 0.7}
YEAR = {"name": "environment.mandatory_from", "low": 2014, "high": 2018}
ANSWERS = {"name": "break_points.answers", "values": ["as they see", "always", "never"]}
SWITCH = {"name": "collaborating.on"}

NUMBER = Parameter("number", 0.0, None, False)
WHOLE = Parameter("whole", 0, None, False)


def plan(*factors: dict[str, Any], levers: tuple[dict[str, Any], ...] = (), **design: Any) -> Ensemble:
    tables = {"uncertainties": list(factors), "levers": list(levers), "design": design, "replicates": 1}
    return make_ensemble(read_experiment({"scenario": "area-300", **tables}), None)


def wide(made: Ensemble) -> pd.DataFrame:
    """One row per point, one column per factor, as numbers."""
    return made.points.pivot(index="point", columns="parameter", values="number")


class TestPlacing:
    def test_linear_and_log(self) -> None:
        assert place(Factor(name="x", low=2.0, high=6.0), NUMBER, 0.25) == 3.0
        log = Factor(name="x", low=0.01, high=1.0, scale="log")
        assert place(log, NUMBER, 0.5) == pytest.approx(0.1)
        assert (place(log, NUMBER, 0.0), place(log, NUMBER, 1.0)) == (0.01, 1.0)

    @given(st.floats(0.0, 1.0), st.integers(-5, 5), st.integers(1, 9))
    def test_whole_numbers_share_the_cube_evenly(self, u: float, low: int, more: int) -> None:
        found = place(Factor(name="x", low=float(low), high=float(low + more)), WHOLE, u)
        assert isinstance(found, int)
        assert found == low + min(math.floor(u * (more + 1)), more)

    def test_listed_values_share_the_cube_evenly(self) -> None:
        factor = Factor(name="x", values=("a", "b", "c"))
        assert [place(factor, NUMBER, u) for u in (0.0, 0.33, 0.34, 0.66, 0.67, 1.0)] == ["a", "a", "b", "b", "c", "c"]


class TestListed:
    def test_arms_alone_are_one_point(self) -> None:
        made = plan()
        assert (len(made.settings), len(made.points)) == (1, 0)
        check(made.points, SWEEP_TABLES["points"])

    def test_grid_is_every_combination(self) -> None:
        made = plan(PULL, ANSWERS, levers=(YEAR | {"high": 2015}, SWITCH), kind="grid", levels=3)
        found = [tuple(values.values()) for values in made.settings]
        sides = ((0.2, 0.4, 0.6), ("as they see", "always", "never"), (2014, 2015), (False, True))
        assert len(found) == 36
        assert found == list(itertools.product(*sides))

    def test_grid_on_a_log_scale_keeps_its_ends(self) -> None:
        found = [values["environment.erosion"] for values in plan(ERODE, kind="grid", levels=3).settings]
        assert (found[0], found[2]) == (0.01, 0.1)
        assert found[1] == pytest.approx(math.sqrt(0.001))

    def test_one_at_a_time_moves_one_from_the_scenario_as_it_is(self) -> None:
        made = plan(PULL, HELP, levers=(SWITCH,), kind="one at a time", levels=4)
        assert made.settings[0] == {}
        assert [len(values) for values in made.settings[1:]] == [1] * 10
        base = made.arms["base"]
        assert made.scenario("base", 0) == base
        assert made.scenario("base", 1).rolls.pull == 0.2
        assert made.scenario("base", 1).environment == base.environment
        table = wide(made)
        assert table.loc[0, "rolls.pull"] == base.rolls.pull
        assert table.loc[1, "environment.help_mean"] == base.environment.help_mean
        assert table.loc[1, "rolls.pull"] == 0.2

    def test_columns_keep_their_order(self) -> None:
        columns = {"environment.help_mean": [0.5, 0.2, 0.3], "rolls.pull": [0.1, 0.9, 0.1]}
        made = plan({"name": "rolls.pull"}, {"name": "environment.help_mean"}, kind="csv", columns=columns)
        assert [s["rolls.pull"] for s in made.settings] == [0.1, 0.9, 0.1]
        assert made.scenario("base", 1).environment.help_mean == 0.2


class TestSampled:
    @pytest.mark.parametrize("kind", ["latin hypercube", "sobol sequence", "halton", "sobol", "morris"])
    def test_the_seed_is_all_the_luck_there_is(self, kind: str) -> None:
        size = {"trajectories": 4} if kind == "morris" else {"points": 8}
        np.random.seed(1)  # noqa: NPY002  (a library that drew from numpy's shared stream would show)
        one = plan(PULL, YEAR, levers=(ANSWERS,), kind=kind, seed=5, **size)
        np.random.seed(2)  # noqa: NPY002
        two = plan(PULL, YEAR, levers=(ANSWERS,), kind=kind, seed=5, **size)
        other = plan(PULL, YEAR, levers=(ANSWERS,), kind=kind, seed=6, **size)
        assert one.points.equals(two.points)
        assert not one.points.equals(other.points)

    def test_latin_hypercube_visits_every_stratum_once(self) -> None:
        table = wide(plan(PULL, HELP, ERODE, kind="latin hypercube", points=20))
        unit = np.column_stack(
            [
                (table["rolls.pull"] - 0.2) / 0.4,
                (table["environment.help_mean"] - 0.1) / 0.6,
                np.log(table["environment.erosion"] / 0.01) / math.log(10),
            ]
        )
        for column in unit.T:
            assert sorted(np.floor(column * 20).astype(int)) == list(range(20))

    def test_sobol_sequence_is_balanced(self) -> None:
        table = wide(plan(PULL, YEAR | {"high": 2017}, SWITCH, kind="sobol sequence", points=64))
        assert (table["rolls.pull"] < 0.4).sum() == 32
        assert table["environment.mandatory_from"].value_counts().to_dict() == dict.fromkeys(range(2014, 2018), 16)
        assert table["collaborating.on"].sum() == 32

    @pytest.mark.parametrize(("second", "points"), [(False, 8 * 5), (True, 8 * 8)])
    def test_saltelli_scheme(self, second: bool, points: int) -> None:
        made = plan(PULL, HELP, ERODE, kind="sobol", points=8, second_order=second)
        assert len(made.settings) == points
        block = [list(values.values()) for values in made.settings[: points // 8]]
        moved = [[a != b for a, b in zip(block[0], row, strict=True)] for row in block[1:4]]
        assert moved == [[True, False, False], [False, True, False], [False, False, True]]

    def test_morris_moves_one_factor_a_step(self) -> None:
        made = plan(PULL, HELP, ANSWERS, SWITCH, kind="morris", trajectories=6)
        assert len(made.settings) == 6 * 5
        for start in range(0, 30, 5):
            walk = [list(values.values()) for values in made.settings[start : start + 5]]
            moved = [
                [i for i, (a, b) in enumerate(zip(x, y, strict=True)) if a != b] for x, y in itertools.pairwise(walk)
            ]
            assert sorted(moved) == [[0], [1], [2], [3]]

    def test_points_are_in_the_order_that_the_analysis_expects(self) -> None:
        """The indices of Ishigami and Homma (1990) come out of our points: 0.314, 0.442 and 0; in all 0.558, 0.442,
        0.244."""
        from SALib.analyze import sobol

        table = wide(plan(PULL, HELP, ERODE, kind="sobol", points=1024))
        unit = [
            (table["rolls.pull"] - 0.2) / 0.4,
            (table["environment.help_mean"] - 0.1) / 0.6,
            np.log(table["environment.erosion"] / 0.01) / math.log(10),
        ]
        x, y, z = (2 * math.pi * np.asarray(u) - math.pi for u in unit)
        values = np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)
        problem = {"num_vars": 3, "names": list("xyz"), "bounds": [[-math.pi, math.pi]] * 3}
        found = sobol.analyze(problem, values, calc_second_order=False, seed=1)
        assert found["S1"] == pytest.approx([0.314, 0.442, 0.0], abs=0.03)
        assert found["ST"] == pytest.approx([0.558, 0.442, 0.244], abs=0.03)


class TestTable:
    def test_points_are_as_declared(self) -> None:
        made = plan(PULL, YEAR, levers=(ANSWERS, SWITCH), kind="grid", levels=2)
        check(made.points, SWEEP_TABLES["points"])
        first = made.points[made.points.point == 0].set_index("parameter")
        assert first.value.to_dict() == {
            "rolls.pull": "0.2",
            "environment.mandatory_from": "2014",
            "break_points.answers": "as they see",
            "collaborating.on": "false",
        }
        assert first.role.to_list() == ["uncertainty", "uncertainty", "lever", "lever"]
        assert first.number["collaborating.on"] == 0.0
        assert math.isnan(first.number["break_points.answers"])


def test_too_many_points() -> None:
    many = [PULL, HELP, ERODE | {"scale": "linear"}, {"name": "environment.hostile", "low": 0.0, "high": 0.4}]
    with pytest.raises(InputError, match=r"design: makes 810,000 points; at most 200,000"):
        plan(*many, kind="grid", levels=30)


@pytest.mark.parametrize("kind", ["sobol", "morris"])
def test_without_the_library(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "SALib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(InputError, match=r"design.kind = .*needs SALib; pip install matsim-trusts\[analysis\]"):
        plan(PULL, HELP, kind=kind)
    assert len(plan(PULL, HELP, kind="latin hypercube", points=4).settings) == 4
