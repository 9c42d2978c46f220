"""Scenario discovery: a planted box is found, noise is not, and luck proves nothing."""

from __future__ import annotations

import numpy as np
import pytest
from support.sweeps import drawn, problem, values

from matsim.analysis import discovery
from matsim.analysis.discovery import Discovery, Flags, Restriction, discover
from matsim.analysis.findings import box_finding
from matsim.analysis.problem import Crossed, Input, Problem, crossed


@pytest.fixture
def few_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what the box is, not of how sure one can be of it: the halves take nearly all of the time."""
    monkeypatch.setattr(discovery, "HALVES", 4)


def _runs(points: int, seed: int, replicates: int = 1) -> tuple[Crossed, Problem]:
    given = problem("latin hypercube", 5, 10.0, 20.0)
    frame = values(given, drawn(given, points, seed), lambda x, luck, each: each, replicates, seed)
    return crossed(frame, given), given


def _planted(runs: Crossed, seed: int, inside: float = 0.9, outside: float = 0.1) -> Flags:
    """Failures at random, far more common where x1 is above 16 and x3 below 15: a fifth of the futures."""
    box = ((runs.x["x1"] > 16) & (runs.x["x3"] < 15)).to_numpy()
    return np.random.default_rng(seed).random(len(box)) < np.where(box, inside, outside)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 9))])
def test_a_planted_box_is_found(seed: int) -> None:
    runs, given = _runs(300, seed)
    found = discover(runs, _planted(runs, seed), given)
    assert [each.name for each in found.restrictions] == ["x1", "x3"]
    first, third = found.restrictions
    # two peels too many or too few: each takes a tenth of what is left of a side, 0.6 and 0.5
    assert first.low == pytest.approx(16, abs=1.2)
    assert third.high == pytest.approx(15, abs=1.0)
    assert np.isnan([first.high, third.low]).all()
    assert all(each.again >= 0.5 and each.quasi_p < 0.01 for each in found.restrictions)
    failed = _planted(runs, seed)
    assert found.base == failed.mean()
    assert found.density > 0.75
    assert found.coverage > 0.6
    assert found.unseen == pytest.approx(found.density, abs=0.2)
    assert found.p_value < 0.001


def _of_noise(seeds: range) -> list[Discovery]:
    found = []
    for seed in seeds:
        runs, given = _runs(80, seed)
        found.append(discover(runs, np.random.default_rng(seed).random(80) < 0.4, given))
    return found


@pytest.mark.long
def test_noise_has_no_box() -> None:
    found = _of_noise(range(1, 3))
    assert not any(each.restrictions for each in found)
    assert all(each.p_value > 0.05 and each.why for each in found)
    gains = [each.trajectory["gain"].max() for each in found if each.trajectory is not None]
    assert max(gains) > 0.3  # PRIM itself was taken in


@pytest.mark.long
def test_noise_has_a_box_once_in_twenty_at_most() -> None:
    assert (
        sum(bool(each.restrictions) for each in _of_noise(range(1, 61))) <= 6
    )  # 3 of 60 at 5%; 7 by chance in 1 of 30


@pytest.mark.long
def test_luck_is_not_taken_for_a_pattern() -> None:
    """Replicates of a point share its lot; five times the runs of 60 points without a pattern are still noise."""
    boxes = 0
    for seed in range(1, 4):
        runs, given = _runs(60, seed, replicates=5)
        rng = np.random.default_rng(seed)
        failed = rng.random((60, 5)) < rng.beta(0.5, 0.5, 60)[:, None]
        boxes += bool(discover(runs, failed, given).restrictions)
    assert boxes == 0


@pytest.mark.usefixtures("few_halves")
def test_runs_as_futures_of_their_own() -> None:
    runs, given = _runs(120, 1, replicates=2)
    box = ((runs.x["x1"] > 16) & (runs.x["x3"] < 15)).to_numpy()
    failed = np.random.default_rng(1).random((120, 2)) < np.where(box, 0.8, 0.1)[:, None]
    found = discover(runs, failed, given)
    assert found.futures == 240
    assert {each.name for each in found.restrictions} == {"x1", "x3"}


@pytest.mark.usefixtures("few_halves")
def test_words_and_switches() -> None:
    given = Problem(
        "latin hypercube",
        (
            Input("kind", values=("hold", "steady", "growth", "hubs")),
            Input("on", values=(False, True)),
            Input("x", low=0.0, high=1.0),
        ),
    )
    unit = drawn(problem("latin hypercube", 3), 240, 3)
    frame = values(problem("latin hypercube", 3), unit, lambda x, luck, each: each)
    kinds = np.array(given.inputs[0].values, dtype=object)[(unit[:, 0] * 4).astype(int)]
    frame = frame.rename(columns={"x1": "kind", "x2": "on", "x3": "x"})
    frame = frame.assign(kind=kinds[frame["point"]], on=(frame["on"] > 0.5).astype(float))
    runs = crossed(frame, given)
    failed = (np.isin(kinds, ["growth", "hubs"]) & (unit[:, 1] > 0.5)) ^ (np.random.default_rng(3).random(240) < 0.05)
    found = {each.name: each.values for each in discover(runs, failed, given).restrictions}
    assert found == {"kind": ("growth", "hubs"), "on": (True,)}


def test_what_cannot_be_told_is_said() -> None:
    runs, given = _runs(60, 1)

    assert discover(runs, np.zeros(60, dtype=bool), given).why == "no future fails"
    assert discover(runs, np.ones(60, dtype=bool), given).why == "every future fails"
    assert "too few futures" in discover(runs, np.arange(60) < 4, given).why


@pytest.mark.usefixtures("few_halves")
def test_the_same_twice() -> None:
    runs, given = _runs(60, 5)
    failed = _planted(runs, 5)
    one, two = discover(runs, failed, given), discover(runs, failed, given)
    assert one.restrictions
    assert repr(one.restrictions) == repr(two.restrictions)  # not ==: a side without a limit is nan
    assert (one.p_value, one.unseen) == (two.p_value, two.unseen)


def test_a_box_is_said_with_what_its_parameters_mean() -> None:
    inputs = (
        Input("improvement.coherence", low=0.0, high=0.9, unit="sd per year", meaning="Gain for a point."),
        Input("break_points.answers", values=("always", "never"), unit="choice", meaning="How trusts answer"),
        Input("own", low=1.0, high=2.0),
    )
    limits = (
        Restriction("improvement.coherence", 0.185, float("nan"), (), 0.01, 0.9),
        Restriction("break_points.answers", float("nan"), float("nan"), ("never",), 0.01, 0.9),
        Restriction("own", float("nan"), 1.5, (), 0.01, 0.9),
    )
    found = Discovery(limits, 64, 10, 0.9, 0.8, 0.2, 0.8, 0.001)
    told = box_finding(found, Problem("latin hypercube", inputs), "'growth first' fails", "mean_outcome<0").sentences
    assert told[1] == (
        "'growth first' fails where improvement.coherence (gain for a point) is above 0.185 sd per year (its range is "
        "0 to 0.9) and break_points.answers (how trusts answer) is never (its range is always, never) and own is below "
        "1.5 (its range is 1 to 2)."
    )
