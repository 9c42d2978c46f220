"""Schools, trusts and CEOs as Mesa agents, made when somebody first asks for one."""

from __future__ import annotations

from typing import Any

from matsim.agents.ceo import CEO
from matsim.agents.school import School, Schools
from matsim.agents.trust import Trust, Trusts


class Population:
    """The agents of a run. They are views onto columns, so a run in which nobody asks for one makes none.

    From the first time that somebody asks, all are there, and those of a trust that is founded come with it. Their
    `unique_id` is the same whenever that is: schools by row, then each trust and its CEO.
    """

    def __init__(self, model: Any, schools: Schools, trusts: Trusts, strategies: list[Any]) -> None:
        self._model, self._tables, self._strategies = model, (schools, trusts), strategies
        self._asked = False
        self.schools: list[School] = []
        self.trusts: list[Trust] = []
        self.ceos: list[CEO] = []

    def asked(self) -> Population:
        """The same with every agent there."""
        self._asked = True
        model, (schools, trusts) = self._model, self._tables
        for row in range(len(self.schools), len(schools)):
            self.schools.append(School(model, schools, row))
        for row in range(len(self.trusts), len(trusts)):
            self.trusts.append(Trust(model, trusts, row))
            self.ceos.append(CEO(model, self.trusts[row], self._strategies))
        return self

    def founded(self) -> None:
        """Trusts have been founded: make their agents, if somebody looks at agents at all."""
        if self._asked:
            self.asked()
