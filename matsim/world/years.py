"""Tables by year: what a synthetic England of one year has that one of another year has not."""

from __future__ import annotations

from collections.abc import Mapping


def latest[T](table: Mapping[int, T], year: int) -> T:
    """The entry of the latest year that is not after `year`; of the first year where every one is."""
    return table[max((known for known in table if known <= year), default=min(table))]
