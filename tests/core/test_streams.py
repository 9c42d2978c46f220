"""Luck: the same everywhere, one draw per slot, untouched by what else is drawn."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from scipy import stats

from matsim.core.streams import Streams

PROGRAM = (
    "from matsim.core.streams import Streams; import numpy as np; s = Streams(7, 50);"
    " print(s.uniform('x', 2018)[:3].tolist(), s.normal('y', 1)[-1], s.pair('z', 3, *[np.arange(3)] * 2).tolist())"
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


def test_a_longer_world_keeps_the_draws_of_a_shorter_one() -> None:
    for name in ("uniform", "normal", "logistic"):
        short, long = (getattr(Streams(1, n), name)("a", 2020) for n in (100, 1000))
        assert np.array_equal(short, long[:100])


def test_streams_differ_by_seed_name_and_year() -> None:
    base = Streams(1, 10).uniform("a", 2018)
    for other in (
        Streams(2, 10).uniform("a", 2018),
        Streams(1, 10).uniform("b", 2018),
        Streams(1, 10).uniform("a", 2019),
    ):
        assert not np.array_equal(base, other)


def test_pairs_are_uniform_and_uncorrelated() -> None:
    a, b = np.divmod(np.arange(40_000), 200)
    u = Streams(5, 1).pair("taste", 0, a, b)
    assert stats.kstest(u, "uniform").pvalue > 0.001
    grid = u.reshape(200, 200)
    assert abs(np.corrcoef(grid[:-1].ravel(), grid[1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(grid[:, :-1].ravel(), grid[:, 1:].ravel())[0, 1]) < 0.02
    assert not np.array_equal(grid, grid.T)


def test_order_does_not_depend_on_who_else_acts() -> None:
    streams = Streams(3, 1000)
    slots = np.array([5, 17, 80, 600, 999])
    whole = slots[streams.order("x", 2018, slots)].tolist()
    fewer = np.delete(slots, 2)
    assert fewer[streams.order("x", 2018, fewer)].tolist() == [s for s in whole if s != 80]


def test_a_few_slots_of_a_long_stream_are_drawn_without_the_rest() -> None:
    streams = Streams(5, 40_000)
    every = streams.uniform("x", 2018)
    for slots in ([0], [3, 4], [39_999, 7, 7, 8, 6, 20_000], list(range(100, 180)), list(range(0, 40_000, 450))):
        np.testing.assert_array_equal(streams.uniform("x", 2018, np.array(slots)), every[slots])
    assert not len(streams.uniform("x", 2018, np.array([], np.int64)))
    np.testing.assert_array_equal(streams.uniform("x", 2018), every)


def test_one_of_a_pair_with_many_others_is_drawn_as_every_pair_alone() -> None:
    streams, first, second = Streams(5, 50), np.array([3, 9, 4]), np.array([1, 2, 3, 1, 2, 7])
    times = np.array([3, 0, 3])
    every = streams.pair("x", 0, np.repeat(first, times), second)
    np.testing.assert_array_equal(streams.pair("x", 0, first, second, times), every)
