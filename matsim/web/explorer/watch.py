"""What a page is told while a world runs: its places once, then each year's counts, sizes, means, map and moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import isfinite
from typing import Any

import numpy as np

from matsim.events.kinds import Audience, heard_by
from matsim.figures.text import SIZE_BANDS
from matsim.mechanisms.shocks import Shock
from matsim.simulation.explain import Names, said
from matsim.simulation.model import TrustSystem
from matsim.simulation.recorder import trust_names
from matsim.web.forms import in_words, names_in
from matsim.words.amounts import count
from matsim.words.phrases import capital
from matsim.world.codes import TrustKind

MOST_PLACES = 1200
"""Schools drawn while a world runs: an even choice of more."""
EACH = 4
"""Sentences of one kind and year."""
SYSTEM = (
    *("schools", "maintained", "single_academies", "academies_in_mats", "mats_with_2_or_more", "mean_outcome"),
    *("backoffice_per_pupil_primary", "backoffice_per_pupil_secondary", "reserves_share"),
)
"""Columns of `system_year` that the page shows: the numbers of the result, not others like them."""


class Watch:
    """Follows one model. `places()` before the first year, `year()` after each; both are ready for JSON."""

    def __init__(self, model: TrustSystem, shocks: Sequence[Shock] = ()) -> None:
        self._state, self._recorder, self._shocks = model.state, model.recorder, shocks
        schools = self._state.schools
        with_place = np.flatnonzero(np.isfinite(schools.easting) & np.isfinite(schools.northing))
        self._drawn = with_place[:: -(-len(with_place) // MOST_PLACES) or 1]

    def places(self) -> dict[str, Any]:
        """Where the drawn schools lie (km), and of how many they are a choice."""
        s, drawn = self._state.schools, self._drawn
        x, y = (np.round(v[drawn] / 1000.0, 2).tolist() for v in (s.easting, s.northing))
        return {"x": x, "y": y, "of": len(s.urn), "kinds": self._kinds()}

    def year(self, done: int, years: int) -> dict[str, Any]:
        """The year that has just ended."""
        year, system = self._state.year - 1, self._recorder.latest()
        return {
            "year": year,
            "done": done,
            "years": years,
            "system": {name: system[name] if isfinite(system[name]) else None for name in SYSTEM},
            "sizes": self._sizes(),
            "kinds": self._kinds(),
            "feed": self._feed(year),
        }

    def _kinds(self) -> str:
        """A digit for each drawn school: 0 maintained, 1 single-academy trust, 2 MAT, 3 not open."""
        s, t, drawn = self._state.schools, self._state.trusts, self._drawn
        trust = s.trust[drawn]
        # without trusts at all there is no row 0 to look up, even for schools that would not use it
        kind = np.where(trust < 0, 0, 1 + (t.kind[np.maximum(trust, 0)] if len(t) else 0))
        is_open = np.isin(drawn, self._state.open_rows())
        return "".join(map(str, np.where(is_open, kind, 3).tolist()))

    def _sizes(self) -> list[int]:
        """MATs by band of size."""
        t, active = self._state.trusts, self._state.active()
        sizes = t.schools[active][t.kind[active] == TrustKind.MULTI]
        return [int(((sizes >= low) & (sizes <= high)).sum()) for _, low, high in SIZE_BANDS]

    def _feed(self, year: int) -> list[str]:
        """What happened, in sentences: a few of each kind, and how many more."""
        log = self._state.log
        lines = []
        names = Names(dict(enumerate(self._state.world.school_names)), dict(enumerate(trust_names(self._state))))
        for kind in sorted(heard_by(Audience.FEED), key=lambda kind: kind.rank):
            sentences = [said(event, names) for event in islice(log.events(kind.kind, year), EACH)]
            lines += [f"{capital(sentence)}." for sentence in sentences]
            if (more := len(log.rows(kind.kind, "school", year)) - EACH) > 0:
                lines.append(f"and {count(more)} more like this.")
        counts = [(len(log.rows(kind.kind, "school", year)), kind.count) for kind in heard_by(Audience.TALLY)]
        totals = [f"{count(number)} {words[number > 1]}" for number, words in counts if number]
        first = names_in(self._state.world)
        shocks = [f"A shock: {in_words(s, first)}." for s in self._shocks if s.year == year]
        return [*shocks, *([f"In all: {'; '.join(totals)}."] if totals else []), *lines]
