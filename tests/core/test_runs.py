"""Runs of equal numbers are found as by going through them one by one."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from matsim.core.runs import places, starts


def test_runs_start_where_the_number_changes_and_count_from_there() -> None:
    for size in (0, 1, 2, 50):
        values = np.sort(np.random.default_rng(size).integers(0, 9, size))
        runs = [len(list(run)) for _, run in groupby(values.tolist())]
        assert starts(values).tolist() == [sum(runs[:i]) for i in range(len(runs))]
        assert places(values).tolist() == [place for run in runs for place in range(run)]
