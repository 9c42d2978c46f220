"""The luck of one future, drawn once for all its options: they share it anyway, and drawing is a third of the work."""

from __future__ import annotations

from collections.abc import Callable

from matsim.streams import Floats, Ints, Streams


class Remembered(Streams):
    """Streams that remember their draws by name and year; every number is the one that `Streams` gives.

    Takes some 400 kB for each stream and year of a world with real URNs: keep one for a future, then drop it.
    """

    def __init__(self, seed: int, slots: int) -> None:
        super().__init__(seed, slots)
        self._drawn: dict[tuple[str, str, int], Floats] = {}

    def uniform(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """As in `Streams`; an array without `slots` must not be written to."""
        return self._once("uniform", super().uniform, name, year, slots)

    def normal(self, name: str, year: int, slots: Ints | None = None) -> Floats:
        """As in `Streams`; an array without `slots` must not be written to."""
        return self._once("normal", super().normal, name, year, slots)

    def _once(self, kind: str, draw: Callable[[str, int], Floats], name: str, year: int, slots: Ints | None) -> Floats:
        place = (kind, name, year)
        if place not in self._drawn:
            drawn = draw(name, year)
            drawn.flags.writeable = False
            self._drawn[place] = drawn
        draws = self._drawn[place]
        return draws if slots is None else draws[slots]
