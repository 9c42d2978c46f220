"""History matching and approximate Bayesian computation on a toy model whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from matsim.calibration.emulator import checks, fit
from matsim.calibration.patterns import Patterns
from matsim.calibration.posterior import Posterior, approximate
from matsim.calibration.waves import CUTOFF, Matching, match
from matsim.evidence.targets import Target, read_targets
from matsim.validation.scorecard import score

type Floats = NDArray[np.float64]

PLANTED = np.array([0.3, 0.7, 0.5])
NOISE = 0.01


def toy(x: Floats) -> Floats:
    """Two parameters that the figures settle and a third that none of them feels; the last figure is beyond reach."""
    a, b = x[:, 0], x[:, 1]
    share = 0.2 + 0.6 * b
    return np.column_stack([a + b**2, a * b, np.sin(3.0 * a), share, 1.0 - share, np.full(len(x), 5.0)])


def target(name: str, value: tuple[float, ...], tolerance: float) -> Target:
    parts = ("",) if len(value) == 1 else ("one", "other")
    return Target(
        name, "growth", name, 2018, "born", {}, "", "share", value, tolerance, "", "gias-2018", "", parts=parts
    )


def toy_patterns() -> Patterns:
    truth = toy(PLANTED[None])[0]
    return Patterns(
        (
            target("sum", (truth[0],), 0.04),
            target("product", (truth[1],), 0.03),
            target("wave", (truth[2],), 0.04),
            target("shape", (truth[3], truth[4]), 0.03),
            target("beyond", (9.0,), 0.5),
        )
    )


def noisy(x: Floats, luck: np.random.Generator) -> Floats:
    y = toy(x)
    y[:, :3] += NOISE * luck.normal(size=(len(x), 3))
    return y


LUCK = np.array([NOISE**2] * 3 + [0.0] * 3)


@pytest.fixture(scope="module")
def matched() -> Matching:
    luck = np.random.default_rng(3)
    return match(lambda x: noisy(x, luck), toy_patterns(), 3, waves=3, points=30, luck=LUCK, seed=5)


@pytest.fixture(scope="module")
def found(matched: Matching) -> Posterior:
    wave = matched.waves[-1]

    def draw(x: Floats, luck: np.random.Generator) -> Floats:
        mean, variance = wave.emulators.predict(x)
        return mean + np.sqrt(variance) * luck.normal(size=mean.shape)

    return approximate(draw, matched.allowed, matched.left, wave.patterns, particles=300, adjust=True, seed=2)


def test_the_planted_values_are_never_ruled_out(matched: Matching) -> None:
    assert matched.allowed(PLANTED[None])[0]


def test_what_is_far_from_them_is_ruled_out(matched: Matching) -> None:
    far = np.array([[0.9, 0.1, 0.5], [0.3, 0.1, 0.5], [0.9, 0.7, 0.5], [0.05, 0.95, 0.2]])
    assert not matched.allowed(far).any()
    assert not matched.allowed(np.array([[0.3, 0.7, 1.2]]))[0]  # outside the ranges


def test_each_wave_leaves_less(matched: Matching) -> None:
    assert matched.left[:, :2].std(axis=0).max() < 0.08
    assert matched.left[:, 2].std() > 0.2  # nothing is known of the third
    assert all(wave.let_off == 0 for wave in matched.waves)


def test_a_pattern_beyond_all_parameters_is_named_and_rules_nothing_out(matched: Matching) -> None:
    assert all(wave.unreached == ("beyond",) for wave in matched.waves)
    assert "beyond" not in matched.waves[0].patterns.names


def test_the_posterior_finds_the_planted_values_and_not_what_nothing_settles(found: Posterior) -> None:
    assert found.weight.sum() == pytest.approx(1.0)
    middle, low, high = (found.quantile(q) for q in (0.5, 0.05, 0.95))
    assert np.abs(middle - PLANTED)[:2].max() < 0.04
    assert (low[:2] <= PLANTED[:2]).all()
    assert (high[:2] >= PLANTED[:2]).all()
    assert (high - low)[:2].max() < 0.2
    assert (high - low)[2] > 0.7


def test_without_adjustment_the_ranges_are_wider_and_hold_the_planted_values(
    matched: Matching, found: Posterior
) -> None:
    wave = matched.waves[-1]

    def draw(x: Floats, luck: np.random.Generator) -> Floats:
        mean, variance = wave.emulators.predict(x)
        return mean + np.sqrt(variance) * luck.normal(size=mean.shape)

    plain = approximate(draw, matched.allowed, matched.left, wave.patterns, particles=300, seed=2)
    low, high = plain.quantile(0.05), plain.quantile(0.95)
    assert ((low <= PLANTED) & (high >= PLANTED)).all()
    assert (high - low)[:2].sum() > (found.quantile(0.95) - found.quantile(0.05))[:2].sum()


def test_the_same_seed_gives_the_same_posterior(matched: Matching, found: Posterior) -> None:
    wave = matched.waves[-1]

    def draw(x: Floats, luck: np.random.Generator) -> Floats:
        mean, variance = wave.emulators.predict(x)
        return mean + np.sqrt(variance) * luck.normal(size=mean.shape)

    again = approximate(draw, matched.allowed, matched.left, wave.patterns, particles=300, adjust=True, seed=2)
    np.testing.assert_array_equal(again.x, found.x)


def test_emulators_foresee_runs_left_out_and_say_how_sure_they_are() -> None:
    luck = np.random.default_rng(1)
    x = luck.random((60, 3))
    emulators = fit(x, noisy(x, luck), LUCK)
    new = luck.random((200, 3))
    mean, variance = emulators.predict(new)
    error = (noisy(new, luck) - mean)[:, :3] / np.sqrt(variance[:, :3])
    assert (np.abs(error) < 2.0).mean() > 0.85
    told = checks(toy_patterns().columns, emulators)
    assert [name for name, *_ in told] == ["sum", "product", "wave", "shape", "shape", "beyond"]
    assert min(explained for _, _, explained, _ in told[:5]) > 0.9
    np.testing.assert_array_equal(mean[:, 5], 5.0)


def test_a_figure_that_some_runs_do_not_give_is_emulated_from_the_others() -> None:
    luck = np.random.default_rng(1)
    x = luck.random((40, 3))
    y = toy(x)[:, :2]
    y[::4, 0] = np.nan
    y[3:, 1] = np.nan
    mean, _ = fit(x, y, np.zeros(2)).predict(x)
    assert np.abs(mean[:, 0] - toy(x)[:, 0]).max() < 0.02
    assert np.isnan(mean[:, 1]).all()


def test_gaps_and_points_are_those_of_the_scorecard(tmp_path: Path) -> None:
    import pandas as pd

    targets = read_targets()
    patterns = Patterns(tuple(t for t in targets if t.counted))
    luck = np.random.default_rng(4)
    values = patterns.values + patterns.scale * luck.normal(size=(1, len(patterns.values)))
    rows = [(n, p, 2018, 1, 1, v) for (n, p), v in zip(patterns.columns, values[0], strict=True)]
    card = score(pd.DataFrame(rows, columns=["pattern", "part", "start", "replicate", "seed", "value"]), targets)
    counted = card.patterns.loc[card.patterns.counted]
    np.testing.assert_allclose(patterns.gaps(values)[0], counted.gap)
    assert patterns.points(values)[0] == pytest.approx(card.score)
    np.testing.assert_allclose(
        patterns.implausibility(values, np.zeros_like(values))[0], counted.gap / patterns.tolerance
    )
    assert CUTOFF == 3.0
