"""Which runs stand side by side: alike ones, as many as pays, and none that keeps a worker when the others are done."""

from __future__ import annotations

import pytest

from matsim.simulation.batches import SCHOOLS, batches, most_copies
from matsim.world.copies import MOST


def test_every_run_is_in_one_batch_of_its_own_kind() -> None:
    keys = [key for _ in range(130) for key in "abc"]
    found = batches(keys, {"a": 300, "b": 20, "c": 9000}, 2)
    assert sorted(run for batch in found for run in batch) == [*range(len(keys))]
    for batch in found:
        assert len({keys[run] for run in batch}) == 1
        assert batch == sorted(batch)
        assert len(batch) <= {"a": SCHOOLS // 300, "b": MOST, "c": 1}[keys[batch[0]]]
    assert [keys[batch[0]] for batch in found[:3]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("runs", "schools", "workers", "sizes"),
    [
        (20, 300, 0, [20]),
        (20, 300, 1, [20]),
        (20, 300, 2, [10, 10]),
        (3, 300, 2, [1, 2]),
        (200, 300, 2, [50, 50, 50, 50]),
        (10, 8000, 1, [2, 2, 2, 2, 2]),
        (3, 20_000, 2, [1, 1, 1]),
        (0, 300, 2, []),
    ],
)
def test_batches_are_as_large_as_pays(runs: int, schools: int, workers: int, sizes: list[int]) -> None:
    assert [len(batch) for batch in batches(["a"] * runs, {"a": schools}, workers)] == sizes


def test_many_batches_are_as_large_as_can_be() -> None:
    points = [*range(50)] * 20
    assert {len(batch) for batch in batches(points, dict.fromkeys(points, 300), 2)} == {20}


def test_runs_of_several_copies_are_so_many_fewer() -> None:
    assert [len(batch) for batch in batches(["a"] * 40, {"a": 1000}, 1, copies=4)] == [4] * 10
    assert {len(batch) for batch in batches(["a"] * 400, {"a": 10}, 1, copies=7)} <= {13, 14}
    assert [len(batch) for batch in batches(["a"] * 3, {"a": SCHOOLS}, 1, copies=7)] == [1, 1, 1]


def test_a_world_larger_than_what_pays_stands_alone() -> None:
    assert most_copies(SCHOOLS + 1) == most_copies(10 * SCHOOLS) == 1
    assert most_copies(1) == most_copies(0) == MOST
