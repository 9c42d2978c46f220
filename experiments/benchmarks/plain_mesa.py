"""The common kernel as plain, idiomatic Mesa: every school and trust an Agent with Python attributes and a `step`."""

from __future__ import annotations

import math
from typing import Any

import mesa
from kernel import (
    AROUND,
    BARS,
    CROWDED,
    CYCLES,
    DRIFT,
    ERROR,
    FASTEST,
    GROWTH,
    LIFT,
    NEAR,
    NOISE,
    PULL,
    REACH,
    READY,
    REVERT,
    ROOM,
    SEEK,
    WEAK,
    Inputs,
    outcome,
)

from matsim.world.codes import Grade


class School(mesa.Agent):  # type: ignore[misc]
    """A school. `neighbours` are (school, minutes), nearest first."""

    def __init__(self, model: Any, pupils: float, capacity: float, quality: float, grade: int, due: int) -> None:
        super().__init__(model)
        self.pupils, self.capacity = pupils, capacity
        self.quality = self.outcome = quality
        self.grade, self.due = grade, due
        self.trust: Trust | None = None
        self.seeking = False
        self.neighbours: list[tuple[School, float]] = []

    def step(self) -> None:
        """One year of a school's own life."""
        random = self.random
        self.pupils = min(self.pupils * (1.0 + GROWTH + PULL * self.outcome), CROWDED * self.capacity)
        lift = LIFT if self.trust is not None else 0.0
        self.quality += random.gauss(0.0, DRIFT) - REVERT * self.quality + lift
        self.outcome = self.quality + random.gauss(0.0, ERROR)
        if self.due <= self.model.year:
            seen = self.quality + random.gauss(0.0, NOISE)
            self.grade = next((g for g, bar in enumerate(BARS, start=1) if seen >= bar), 4)
            self.due = self.model.year + CYCLES[self.grade - 1]
        self.seeking = self.trust is None and self.wants_a_trust()

    def wants_a_trust(self) -> bool:
        """A logistic rule: weak schools, and those whose neighbours have gone, are likelier to look."""
        near = self.neighbours[:NEAR]
        around = sum(other.trust is not None for other, _ in near) / max(len(near), 1)
        score = SEEK + WEAK * (self.grade >= Grade.REQUIRES_IMPROVEMENT) + AROUND * around
        return bool(self.random.random() < 1.0 / (1.0 + math.exp(-score)))


class Trust(mesa.Agent):  # type: ignore[misc]
    """A trust and its schools."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.schools: list[School] = []

    def step(self) -> None:
        """Take on the nearest acceptable seeking schools within reach, while there is room."""
        size = len(self.schools)
        room = min(max(1, int(FASTEST * size)), ROOM - size)
        if room <= 0:
            return
        found: dict[School, float] = {}
        for school in self.schools:
            for other, minutes in school.neighbours:
                if other.seeking and minutes <= REACH and (other.grade < Grade.REQUIRES_IMPROVEMENT or size >= READY):
                    found[other] = min(minutes, found.get(other, minutes))
        for school in sorted(found, key=lambda s: found[s])[:room]:
            school.trust, school.seeking = self, False
            self.schools.append(school)


class PlainModel(mesa.Model):  # type: ignore[misc]
    """The kernel in plain Mesa. Its DataCollector is not in the way of the years: call `collect` for it."""

    def __init__(self, given: Inputs, seed: int) -> None:
        super().__init__(rng=seed)
        self.year = 0
        columns = (given.pupils, given.capacity, given.quality, given.grade, given.due)
        schools = [School(self, *row) for row in zip(*(c.tolist() for c in columns), strict=True)]
        trusts = [Trust(self) for _ in range(given.trusts)]
        for school, row in zip(schools, given.trust.tolist(), strict=True):
            if row >= 0:
                school.trust = trusts[row]
                trusts[row].schools.append(school)
        for school, index, minutes in zip(schools, given.index.tolist(), given.minutes.tolist(), strict=True):
            school.neighbours = [(schools[i], m) for i, m in zip(index, minutes, strict=True) if i >= 0]
        self.collector = mesa.DataCollector(
            agenttype_reporters={
                School: {
                    "pupils": "pupils",
                    "quality": "quality",
                    "grade": "grade",
                    "trust": lambda s: s.trust.unique_id if s.trust is not None else -1,
                },
                Trust: {"schools": lambda t: len(t.schools)},
            }
        )

    def step(self) -> None:
        """One year."""
        self.agents_by_type[School].shuffle_do("step")
        self.agents_by_type[Trust].shuffle_do("step")
        self.year += 1

    def collect(self) -> None:
        """Keep four attributes of every school and one of every trust, as agent reporters do."""
        self.collector.collect(self)

    def outcome(self) -> dict[str, float]:
        """What the two versions are compared by."""
        schools = list(self.agents_by_type[School])
        row = {t: i for i, t in enumerate(self.agents_by_type[Trust])}
        return outcome(
            [s.grade for s in schools],
            [row[s.trust] if s.trust is not None else -1 for s in schools],
            [s.pupils for s in schools],
            [s.quality for s in schools],
        )
