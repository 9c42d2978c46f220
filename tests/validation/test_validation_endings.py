"""Quantities of growth and endings, recomputed by hand for a few trusts over three years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from matsim.evidence.targets import GROUPS, UNFITTED, read_targets, targets_to_fit
from matsim.validation import endings
from matsim.validation.observed_run import Watched

GROUP = "growth and endings"
BEFORE, FIRST, LAST = 2017, 2018, 2019
SIZES = {
    # trust: schools at the end of three years; what is not made up by a newcomer came from, or went to, another trust
    1: (9, 6, 6),  # lost three, to 2
    2: (4, 9, 9),  # five more: three from 1 and the two of 3, which went whole
    3: (2, 0, 0),
    4: (1, 0, 0),  # went to 5, no larger than it was
    5: (1, 2, 3),
    6: (8, 8, 0),  # broken up, into 2's neighbour 5 and a new one
}


def _panel() -> pd.DataFrame:
    """Schools are numbered as they come: 100 × the trust that they began in, and their place in it."""
    at = {BEFORE: {100 * t + k: t for t, sizes in SIZES.items() for k in range(sizes[0])}}
    at[FIRST] = at[BEFORE] | {106: 2, 107: 2, 108: 2, 300: 2, 301: 2, 400: 5}
    at[LAST] = at[FIRST] | {600: 5} | {600 + k: 7 for k in range(1, 8)}
    rows = [(year, school, trust, 1, 1) for year, of in at.items() for school, trust in of.items()]
    # maintained: one converts, one is refused, one was ordered and refused, one is refused and converts all the same
    for year, routes in ((BEFORE, (0, 0, 0, 0, 0)), (FIRST, (1, 0, 0, 1, 0)), (LAST, (1, 0, 0, 1, 0))):
        rows += [(year, 900 + k, -1, -1, route) for k, route in enumerate(routes)]
    panel = pd.DataFrame(rows, columns=["year", "school", "trust", "kind", "route"])
    panel = panel.sort_values("year", kind="stable", ignore_index=True)
    there = panel.trust.to_numpy() == 6
    return panel.assign(
        phase=0, la=0, easting=0.0, northing=0.0, grade=1, inspected=np.nan, joined=2018.7,
        trouble=np.where(there & (panel.year == FIRST).to_numpy(), endings.NOTICE, 0),
    )  # fmt: skip


EVENTS = pd.DataFrame(
    [
        (FIRST, "merge", 0, 3, np.nan),
        (FIRST, "merge", 0, 4, np.nan),
        (FIRST, "bar", 0, 6, np.nan),
        (FIRST, "bar", 0, 1, np.nan),
        (LAST, "lift", 0, 1, np.nan),
        (LAST, "break_up", 0, 6, np.nan),
        (FIRST, "refuse", 901, 2, -0.1),
        (FIRST, "refuse", 902, 2, -0.1),
        (FIRST, "order", 902, -1, np.nan),
        (FIRST, "refuse", 903, 2, -0.1),
        (FIRST, "listing", 0, 1, 0.2),
        (FIRST, "listing", 0, 2, 0.1),
        (FIRST, "listing", 0, 5, -0.1),
        (FIRST, "chief", 0, 1, 0.1),
    ],
    columns=["year", "event", "school", "trust", "margin"],
)
RUN = Watched(FIRST, {"events": EVENTS}, _panel(), {})


def test_growth_is_a_share_of_the_schools_held_by_trusts_open_at_both_ends() -> None:
    assert endings.net_growth_share(RUN, FIRST, FIRST, 3, 5) == pytest.approx(5 / 4)
    assert endings.net_growth_share(RUN, FIRST, FIRST, 6, 10) == pytest.approx(-3 / 17)
    assert endings.gained_share(RUN, FIRST, FIRST, 5) == pytest.approx(1 / 4), "of four that are there at both ends"
    assert endings.gain_spread(RUN, FIRST, FIRST, 6, 10) == pytest.approx(np.std([-3, 0], ddof=1))
    assert np.isnan(endings.net_growth_share(RUN, FIRST, FIRST, 21, 99))


def test_fast_growers_are_followed_two_years() -> None:
    later = [RUN.panel, RUN.panel.loc[RUN.panel.year == LAST].assign(year=LAST + 1)]
    run = Watched(FIRST, {"events": EVENTS}, pd.concat(later, ignore_index=True), {})
    assert endings.after_fast_growth(run, FIRST, FIRST, 5, 0.4, "gone") == 0.0
    assert endings.after_fast_growth(run, FIRST, FIRST, 5, 0.4, "shrank") == 0.0
    last = run.panel.index[(run.panel.year == LAST + 1) & (run.panel.trust == 2)]
    fewer = Watched(FIRST, run.tables, run.panel.drop(last[:2]), {})
    assert endings.after_fast_growth(fewer, FIRST, FIRST, 5, 0.4, "shrank") == 1.0
    none = Watched(FIRST, run.tables, run.panel.drop(last), {})
    assert endings.after_fast_growth(none, FIRST, FIRST, 5, 0.4, "gone") == 1.0
    assert np.isnan(endings.after_fast_growth(run, FIRST, FIRST, 6, 0.4, "gone")), "nobody grew by so much"


def test_dissolved_trusts_by_size_and_who_takes_them() -> None:
    assert endings.dissolved(RUN, FIRST, FIRST, 1, 1) == pytest.approx(1 / 2)
    assert endings.dissolved(RUN, FIRST, FIRST, 6, 10) == 0.0
    assert endings.dissolved(RUN, FIRST, LAST, 1, 99) == pytest.approx(3 / 10)
    assert endings.takers(RUN, FIRST, FIRST).tolist() == [0.5, 0.5, 0.0]
    assert endings.taker_ratio(RUN, FIRST, FIRST) == pytest.approx(1.5)
    assert endings.dissolved_whole(RUN, FIRST, LAST) == pytest.approx(2 / 3)


def test_single_schools_handed_over_are_those_of_trusts_that_live_on() -> None:
    assert endings.handed_over(RUN, FIRST, FIRST) == 3.0
    assert endings.handed_over(RUN, FIRST, LAST) == 1.5, "those of a trust that ended are none"


def test_moves_into_large_trusts_go_by_the_size_before() -> None:
    assert endings.moved_into(RUN, FIRST, FIRST, 4) == pytest.approx(5 / 6)
    assert endings.moved_into(RUN, LAST, LAST, 2) == pytest.approx(1 / 8)


def test_trusts_of_a_size_between_two_augusts() -> None:
    assert endings.trusts_sized(RUN, 2018.0 + endings.AUGUST, 6, 9) == 2.0
    assert endings.trusts_sized(RUN, 2018.5 + endings.AUGUST, 6, 9) == pytest.approx(2.5)


def test_of_those_that_reached_a_size_some_lost_a_part_and_some_all() -> None:
    assert endings.lost_part(RUN, FIRST, LAST, 8, 3) == pytest.approx(1 / 3)
    assert endings.reached_and_gone(RUN, FIRST, LAST, 8) == pytest.approx(1 / 3)
    assert endings.gave_up(RUN, FIRST, LAST, 8) == pytest.approx(1 / 3)
    assert endings.gave_up(RUN, FIRST, LAST, 2) == pytest.approx(1 / 6), "a merger is no giving up"


def test_trouble_is_counted_where_it_is_logged() -> None:
    assert endings.a_year(RUN, "bar", FIRST, LAST) == 1.0
    assert endings.a_year(RUN, "notice", FIRST, LAST) == 0.0
    assert endings.bar_years(RUN, FIRST, FIRST) == pytest.approx(1.5), "one lifted after a year, one never"
    assert endings.under_notice(RUN, FIRST, FIRST) == pytest.approx(1 / 4)
    assert endings.chiefs(RUN, FIRST, FIRST) == pytest.approx(1 / 4)


def test_refused_converters_are_those_that_wanted_to_and_did_not() -> None:
    assert endings.converters_refused(RUN, FIRST, FIRST) == pytest.approx(1 / 3)
    assert endings.sponsors_approved(RUN, FIRST, FIRST) == pytest.approx(2 / 3)
    assert np.isnan(endings.sponsors_approved(RUN, LAST, LAST))


def test_calibration_is_shown_none_of_it() -> None:
    assert GROUP in GROUPS[-4:] == UNFITTED
    assert not [t.id for t in targets_to_fit() if t.group == GROUP]
    assert sum(t.group == GROUP for t in read_targets()) >= 50
