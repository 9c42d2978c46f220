"""Luck: the same everywhere, one draw per identity, untouched by what else is drawn."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from matsim.core.streams import Floats, Streams

PROGRAM = (
    "from matsim.core.streams import Streams; import numpy as np; s = Streams(7); w = s.identities('x', np.arange(9));"
    " print(s.uniform('x', 2018, w).tolist(), s.normal('y', 1, w)[-1], s.pair('z', 3, w, w[::-1]).tolist())"
)


def test_same_in_another_process_under_another_hash_seed() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": h, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for h in ("1", "2")
    }
    assert len(answers) == 1


@pytest.mark.parametrize("draw", ["uniform", "normal", "logistic"])
def test_a_draw_does_not_depend_on_who_else_is_drawn_for(draw: str) -> None:
    streams = Streams(1)
    every = streams.identities("school", np.arange(1000))
    some = np.array([3, 999, 3, 0, 512])
    whole = getattr(streams, draw)("a", 2020, every)
    np.testing.assert_array_equal(getattr(streams, draw)("a", 2020, every[some]), whole[some])
    assert not len(getattr(streams, draw)("a", 2020, every[:0]))


def test_every_copy_has_the_luck_of_its_seed_alone() -> None:
    seeds, numbers = (4, 9, 4), np.arange(100_000, 100_050)
    copy, every = np.repeat(np.arange(3), 50), np.tile(numbers, 3)
    beside = Streams(seeds).identities("school", every, copy)
    for k, seed in enumerate(seeds):
        np.testing.assert_array_equal(beside[copy == k], Streams(seed).identities("school", numbers))
    # one seed for all copies: they share all luck
    np.testing.assert_array_equal(Streams(9).identities("school", every, copy)[:50], beside[50:100])


def ranges() -> dict[str, Floats]:
    """Draws of a realistic run's identities that must have nothing to do with each other: by what tells them apart."""
    urn = 100_000 + np.arange(20_000)
    who = Streams(1).identities("school", urn)
    return {
        "this": Streams(1).uniform("a", 2018, who),
        "another seed": Streams(1).uniform("a", 2018, Streams(2).identities("school", urn)),
        "another kind": Streams(1).uniform("a", 2018, Streams(1).identities("authority", urn)),
        "another name": Streams(1).uniform("b", 2018, who),
        "another year": Streams(1).uniform("a", 2019, who),
        "the next school": Streams(1).uniform("a", 2018, Streams(1).identities("school", urn + 1)),
        "as one of a pair": Streams(1).pair("a", 2018, who, who[::-1]),
    }


def test_draws_that_differ_in_one_thing_are_independent() -> None:
    """Of 21 pairs, ranks correlate and joint cells fill as of independent draws (p over 0.001 divided by the pairs)."""
    drawn = ranges()
    least = 0.001 / len(list(combinations(drawn, 2)))
    for (a, x), (b, y) in combinations(drawn.items(), 2):
        if {a, b} != {"this", "the next school"}:
            assert len(np.intersect1d(x, y)) == 0, (a, b)
        assert stats.spearmanr(x, y).pvalue > least, (a, b)
        cells = np.histogram2d(x, y, bins=16, range=((0, 1), (0, 1)))[0]
        assert stats.chisquare(cells.ravel()).pvalue > least, (a, b)


def test_draws_have_the_distributions_they_are_named_for() -> None:
    """Over 64 streams of 10,000 identities in a row, each tested at 0.001 divided by the number of tests."""
    streams = Streams(11)
    who = streams.identities("school", 100_000 + np.arange(10_000))
    for k in range(64):
        for draw, law in (("uniform", "uniform"), ("normal", "norm"), ("logistic", "logistic")):
            values = getattr(streams, draw)(f"stream {k}", 2018 + k, who)
            assert stats.kstest(values, law).pvalue > 0.001 / 192, (draw, k)
            assert abs(stats.spearmanr(values[:-1], values[1:]).statistic) < 5.0 / np.sqrt(len(values)), (draw, k)


def test_every_bit_of_a_draw_hangs_on_every_bit_of_a_seed_and_a_number() -> None:
    base = Streams(0).identities("school", np.arange(4096))
    for change in (1, 2, 1 << 10, 1 << 20):
        flipped = base ^ Streams(0).identities("school", np.arange(4096) ^ change)
        share = np.unpackbits(flipped.view(np.uint8)).reshape(4096, 64).mean(axis=0)
        assert np.abs(share - 0.5).max() < 0.05  # 6 standard errors of 4,096 coins


def test_pairs_are_uniform_and_uncorrelated() -> None:
    streams = Streams(5)
    a, b = np.divmod(np.arange(40_000), 200)
    who = streams.identities("school", np.arange(200))
    u = streams.pair("taste", 0, who[a], who[b])
    assert stats.kstest(u, "uniform").pvalue > 0.001
    grid = u.reshape(200, 200)
    assert abs(np.corrcoef(grid[:-1].ravel(), grid[1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(grid[:, :-1].ravel(), grid[:, 1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(grid.ravel(), grid.T.ravel())[0, 1]) < 0.02


def test_order_does_not_depend_on_who_else_acts() -> None:
    streams = Streams(3)
    numbers = np.array([5, 17, 80, 600, 999])
    who = streams.identities("trust", numbers)
    whole = numbers[streams.order("x", 2018, who)].tolist()
    fewer = np.delete(numbers, 2)
    assert fewer[streams.order("x", 2018, np.delete(who, 2))].tolist() == [n for n in whole if n != 80]


def test_one_of_a_pair_with_many_others_is_drawn_as_every_pair_alone() -> None:
    streams = Streams(5)
    first, second = (streams.identities("x", np.array(n)) for n in ([3, 9, 4], [1, 2, 3, 1, 2, 7]))
    times = np.array([3, 0, 3])
    every = streams.pair("x", 0, np.repeat(first, times), second)
    np.testing.assert_array_equal(streams.pair("x", 0, first, second, times), every)


def test_several_streams_at_once_are_the_streams_one_by_one() -> None:
    streams = Streams(7)
    who = streams.identities("school", np.array([4, 4, 49, 0]))
    normals = streams.normals("x", 3, 2018, who)
    for i in range(3):
        np.testing.assert_array_equal(normals[:, i], streams.normal(f"x/{i}", 2018, who))
