"""What a page is told while a world runs: its places once, then each year's counts, sizes, means, map and moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from matsim.events.kinds import Audience, heard_by
from matsim.figures.names import SIZE_BANDS
from matsim.mechanisms.shocks import Shock
from matsim.simulation.explain import Names, said
from matsim.simulation.rows import trust_names
from matsim.state.state import State
from matsim.web.forms import in_words
from matsim.words.phrases import capital
from matsim.world.codes import TrustKind

MOST_PLACES = 1200
"""Schools drawn while a world runs: an even choice of more."""
EACH = 4
"""Sentences of one kind and year."""


class Watch:
    """Follows one model. `places()` before the first year, `year()` after each; both are ready for JSON."""

    def __init__(self, state: State, shocks: Sequence[Shock] = ()) -> None:
        self._state, self._shocks = state, shocks
        schools = state.schools
        with_place = np.flatnonzero(np.isfinite(schools.easting) & np.isfinite(schools.northing))
        self._drawn = with_place[:: -(-len(with_place) // MOST_PLACES) or 1]

    def places(self) -> dict[str, Any]:
        """Where the drawn schools lie (km), and of how many they are a choice."""
        s, drawn = self._state.schools, self._drawn
        x, y = (np.round(v[drawn] / 1000.0, 2).tolist() for v in (s.easting, s.northing))
        return {"x": x, "y": y, "of": len(s.urn), "kinds": self._kinds()}

    def year(self, done: int, years: int) -> dict[str, Any]:
        """The year that has just ended."""
        year = self._state.year - 1
        return {
            "year": year,
            "done": done,
            "years": years,
            "counts": self._counts(),
            "sizes": self._sizes(),
            "means": self._means(),
            "kinds": self._kinds(),
            "feed": self._feed(year),
        }

    def _kinds(self) -> str:
        """A digit for each drawn school: 0 maintained, 1 single-academy trust, 2 MAT, 3 not open."""
        s, t, drawn = self._state.schools, self._state.trusts, self._drawn
        trust = s.trust[drawn]
        kind = np.where(trust < 0, 0, 1 + (t.kind[np.maximum(trust, 0)] if len(t) else 0))
        is_open = np.isin(drawn, self._state.open_rows())
        return "".join(map(str, np.where(is_open, kind, 3).tolist()))

    def _counts(self) -> dict[str, int]:
        state = self._state
        rows, t = state.open_rows(), state.trusts
        trust = state.schools.trust[rows]
        kind = np.where(trust < 0, -1, t.kind[np.maximum(trust, 0)] if len(t) else -1)
        active = state.active()
        several = (t.kind[active] == TrustKind.MULTI) & (t.schools[active] >= 2)
        return {
            "schools": len(rows),
            "maintained": int((kind < 0).sum()),
            "single": int((kind == 0).sum()),
            "in_mats": int((kind == 1).sum()),
            "mats": int(several.sum()),
        }

    def _sizes(self) -> list[int]:
        """MATs by band of size."""
        t, active = self._state.trusts, self._state.active()
        sizes = t.schools[active][t.kind[active] == TrustKind.MULTI]
        return [int(((sizes >= low) & (sizes <= high)).sum()) for _, low, high in SIZE_BANDS]

    def _means(self) -> dict[str, float | None]:
        """Outcome (sd), back-office cost (£ per pupil) and reserves (share), weighted by pupils or income."""
        state = self._state
        s, t, rows, active = state.schools, state.trusts, state.open_rows(), state.active()
        pupils, income = s.pupils[rows], t.income[active]
        return {
            "outcome": _mean(s.outcome[rows], pupils),
            "cost": _mean(s.backoffice[rows], pupils),
            "reserves": _mean(t.reserves_share[active], income),
        }

    def _feed(self, year: int) -> list[str]:
        """What happened, in sentences: a few of each kind, and how many more."""
        log = self._state.log
        lines = []
        names = Names(dict(enumerate(self._state.world.school_names)), dict(enumerate(trust_names(self._state))))
        for kind in sorted(heard_by(Audience.FEED), key=lambda kind: kind.rank):
            sentences = [said(event, names) for event in islice(log.events(kind.kind, year), EACH)]
            lines += [f"{capital(sentence)}." for sentence in sentences]
            if (more := len(log.rows(kind.kind, "school", year)) - EACH) > 0:
                lines.append(f"and {more:,} more like this.")
        counts = [(len(log.rows(kind.kind, "school", year)), kind.count) for kind in heard_by(Audience.TALLY)]
        totals = [f"{number:,} {words[number > 1]}" for number, words in counts if number]
        shocks = [f"A shock: {in_words(s, *self._known())}." for s in self._shocks if s.year == year]
        return [*shocks, *([f"In all: {'; '.join(totals)}."] if totals else []), *lines]

    def _known(self) -> tuple[dict[int, str], dict[int, str]]:
        """Names of the first year's trusts by UID and schools by URN."""
        world = self._state.world
        trusts = dict(zip(world.trusts["uid"].tolist(), world.trust_names, strict=True))
        return trusts, dict(zip(world.schools["urn"].tolist(), world.school_names, strict=True))


def _mean(values: Any, weights: Any) -> float | None:
    usable = np.isfinite(values) & np.isfinite(weights)
    total = float(weights[usable].sum())
    return round(float((values[usable] * weights[usable]).sum()) / total, 5) if total > 0 else None
