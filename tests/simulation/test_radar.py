"""The radar: what it says agrees with what then happens."""

from __future__ import annotations

import numpy as np
import pytest

from matsim.core.errors import InputError
from matsim.simulation.radar import radar
from matsim.simulation.simulate import Finished


def test_it_reads_the_pressures_and_sorts_the_nearest_first(decade: Finished) -> None:
    trusts = decade.tables["trust_year"]
    last = trusts[(trusts["year"] == trusts["year"].max()) & (trusts["kind"] == "multi-academy trust")]
    for uid in last.nlargest(20, "schools")["trust"].tolist():
        blips = radar(trusts, uid)
        own = last[last["trust"] == uid].iloc[0]
        assert {b.key: b.pressure for b in blips} == {k.key: own[f"pressure_{k.key}"] for k in blips}
        assert [b.years for b in blips] == sorted(b.years for b in blips)
        for b in blips:
            assert (b.years == 0.0) == (b.pressure >= 1.0)
            assert b.sentence().endswith(".")


@pytest.mark.slow
def test_what_it_calls_near_is_reached_more_often_than_what_it_calls_far(decade: Finished) -> None:
    trusts, events = decade.tables["trust_year"], decade.tables["events"]
    reached = events[events["event"] == "reach"]
    when = {(r.trust, r.reason, r.year) for r in reached.itertuples()}
    hits: dict[str, list[bool]] = {"near": [], "far": []}
    for year in range(2020, 2025):
        held = trusts[(trusts["year"] == year) & (trusts["kind"] == "multi-academy trust") & (trusts["schools"] >= 3)]
        for uid in held["trust"].tolist():
            for b in radar(trusts, uid, year):
                if b.pressure < 1.0:
                    soon = any((uid, b.key, y) in when for y in (year + 1, year + 2))
                    hits["near" if b.years <= 3 else "far"].append(soon)
    assert min(len(v) for v in hits.values()) > 50
    assert np.mean(hits["near"]) > 2.0 * np.mean(hits["far"])


def test_a_trust_that_is_not_there_is_named(decade: Finished) -> None:
    with pytest.raises(InputError, match="trust 5 is not in the table"):
        radar(decade.tables["trust_year"], 5)
