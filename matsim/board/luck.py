"""The luck of one future, drawn once for all its options: they share it anyway, and drawing is a third of the work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matsim.streams import Floats, Ints, Streams


class Remembered(Streams):
    """Streams that remember their draws by name and year; every number is the one that `Streams` gives.

    `known` are the slots of the schools of a world: what is remembered is theirs, and other slots are drawn anew.
    Takes some 8 bytes for each stream, year and known slot: keep one for a future, then drop it.
    """

    def __init__(self, seed: int, known: Ints) -> None:
        super().__init__(seed, int(known.max(initial=0)) + 1)
        self._known = known
        self._place = np.full(self.slots + 1, -1, np.intp)  # the last stands for every slot beyond
        self._place[known] = np.arange(len(known))
        self._drawn: dict[tuple[str, str, int], Floats] = {}

    def uniform(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """As in `Streams`."""
        return self._once("uniform", super().uniform, name, year, slots)

    def normal(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """As in `Streams`."""
        return self._once("normal", super().normal, name, year, slots)

    def own(self, name: str, year: int, slots: Ints) -> Floats:
        """As in `Streams`."""
        return self._once("own", super().own, name, year, slots)

    def _once(self, kind: str, draw: Callable[..., Floats], name: str, year: int, slots: Ints | None) -> Floats:
        if slots is None:
            return draw(name, year, None)
        places = self._place.take(slots, mode="clip")
        if places.min(initial=0) < 0:
            return draw(name, year, slots)
        drawn = self._drawn.get((kind, name, year))
        if drawn is None:
            drawn = self._drawn[kind, name, year] = draw(name, year, self._known)
        return drawn[places]
