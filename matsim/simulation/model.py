"""TrustSystem: a Mesa model whose state is columns. Build it from a world and a scenario; step it year by year."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import mesa
import numpy as np

from matsim.agents import Commissioner
from matsim.core.streams import Streams
from matsim.evidence.strategy import GROUP_STATEMENTS, GROUPS
from matsim.mechanisms import collaborating, environment, fixed_costs, rollup, start, vision
from matsim.mechanisms.backoffice import cost
from matsim.policies import policy_of
from matsim.scenario.fitting import check
from matsim.scenario.schema import Scenario
from matsim.schedule import SCHOOL_YEAR, Step
from matsim.simulation.recorder import Recorder
from matsim.state import regions
from matsim.state.state import SEPTEMBER, State, blank_tables
from matsim.world.base import DFE_CODES, REGIONS, RSC_CODES, World
from matsim.world.copies import URN_STEP

LA_CODES = 100_000
"""More than any code of a local authority."""


class TrustSystem(mesa.Model):
    """Schools, trusts, CEOs and commissioners over school years.

    `model.state` holds the columns; `model.recorder` what is kept of each year. One `step` is one school year.
    `seed` may be one for each copy of the world: then every copy lives through what it would live through alone with
    that seed. With one seed all copies share all luck. `schedule` may be shortened or reordered for tests.
    """

    def __init__(
        self,
        world: World,
        settings: Scenario,
        seed: int | Sequence[int],
        schedule: tuple[Step, ...] = SCHOOL_YEAR,
    ) -> None:
        streams = Streams(seed)
        if len(streams.seeds) not in (1, world.copies):
            raise ValueError(f"{len(streams.seeds)} seeds are for so many copies of a world, not for {world.copies}")
        # Mesa's own generator, which nothing here draws from: luck is of `streams`
        super().__init__(rng=int(streams.seeds[0]))
        check(settings, world)
        self.settings, self.schedule = settings, schedule
        self.state = self._build(world, streams)
        self._first_year()
        self.recorder = Recorder(self.state, settings)
        self.seconds: dict[str, float] = dict.fromkeys((s.name for s in schedule), 0.0)

    def _build(self, world: World, streams: Streams) -> State:
        schools, trusts, places = blank_tables(len(world.schools["urn"]), len(world.trusts["uid"]), 160)
        # a planned site is no column of schools: it is a school that is not open yet (`state` 0)
        inputs = {k: v for k, v in world.schools.items() if k != "planned"}
        # the model's year begins in September: its 2018.0 is the calendar's 2018.67
        inputs |= {k: inputs[k] - SEPTEMBER for k in ("inspected", "opened")}
        urn = world.schools["urn"]
        copy = np.repeat(np.arange(world.copies), len(urn) // world.copies)
        # luck goes by what a school was before its copy was moved
        luck = streams.identities("school", urn - copy * URN_STEP, copy)
        # each copy of a world has local authorities of its own
        local, place = np.unique(copy * LA_CODES + world.schools["la"], return_inverse=True)
        since = world.year >= self.settings.environment.nine_from
        inputs["region"] = regions.kept(world, nine=since)
        district = regions.district_numbers(world, inputs["region"], copy)
        inputs |= {"luck": luck, "copy": copy, "place": place, "district": district}
        schools.add(len(urn), {**inputs, "state": np.where(world.schools["planned"], 0, 1)})
        code, where = local % LA_CODES, local // LA_CODES
        theirs = streams.identities("authority", code, where)
        region = regions.main_regions(inputs["region"], place, len(local))
        places.add(len(local), {"code": code, "luck": theirs, "copy": where, "region": region})
        eight, nine = (self._offices(codes) for codes in (RSC_CODES, DFE_CODES))
        for commissioner in eight if since else nine:
            commissioner.leave_office()
        state = State(
            model=self,
            world=world,
            streams=streams,
            schools=schools,
            trusts=trusts,
            places=places,
            strategies=[],
            commissioners=nine if since else eight,
            successors=[] if since else nine,
            year=world.year,
        )
        self._trusts(state)
        return state

    def _offices(self, codes: tuple[int, ...]) -> list[Commissioner]:
        """A commissioner for each region, by its code."""
        policies = self.settings.commissioners
        return [Commissioner(self, code, policy_of(policies, REGIONS[code])) for code in codes]

    def _trusts(self, state: State) -> None:
        """Existing trusts with their agents; the lead school is the first to have joined."""
        world, schools, trusts = state.world, state.schools, state.trusts
        count = len(world.trusts["uid"])
        if not count:
            return
        rows = np.flatnonzero(schools.trust >= 0)
        opened = np.nan_to_num(schools.opened[rows], nan=0.0)
        # by trust, then age, then URN: the first row of each trust is its lead school
        first = rows[np.lexsort((schools.urn[rows], opened, schools.trust[rows]))]
        lead = first[np.searchsorted(schools.trust[first], np.arange(count))]
        trusts.add(
            count,
            {
                "uid": world.trusts["uid"],
                "kind": world.trusts["kind"],
                "founded": world.trusts["founded"] - SEPTEMBER,
                "active": True,
                "luck": schools.luck[lead],
                "copy": schools.copy[lead],
                "lead": lead,
                "region": schools.region[lead],
                "place": schools.place[lead],
                "district": schools.district[lead],
                "denomination": schools.denomination[lead],
            },
        )
        chosen = vision.choose(state, self.settings.ceos, trusts.luck)
        state.strategies += chosen
        self._choices(state)

    def _choices(self, state: State) -> None:
        """Give named trusts the strategies that the scenario chose for them."""
        uids = state.trusts.uid.tolist()
        for choice in self.settings.trusts:
            row = uids.index(choice.uid)
            if choice.strategy is not None:
                state.strategies[row] = choice.strategy
            state.trusts.answers[row] = ("", "in time", "never").index(choice.answers)

    def _first_year(self) -> None:
        """Draw what the files do not show, and take stock."""
        state, s = self.state, self.settings
        state.log.at(state.year, "start", "Sep")
        environment.start(state, s.environment)
        environment.set_climate(state, s.environment)
        start.schools(state, s.start, s.inspection, s.improvement, s.likeness)
        fixed_costs.start(state, s.fixed_costs)
        start.reserves(state, s.start, s.spending, s.fixed_costs, s.backoffice)
        collaborating.begin(state, s.collaborating)
        rollup.run(state, s.rollup, s.travel)  # what a trust aims for is drawn knowing its size
        vision.draw(state, state.active(), s.vision)
        self._exact_groups(state)
        rollup.run(state, s.rollup, s.travel)  # drawing a vision wiped the track records: read them again
        start.trusts(state, s.start, s.team, s.break_points)
        state.schools.backoffice = cost(state, s.backoffice, s.break_points, np.arange(len(state.schools)))

    def _exact_groups(self, state: State) -> None:
        """Put named trusts exactly on a group's profile where the scenario says so."""
        keys = [g.key for g in GROUPS]
        uids = state.trusts.uid.tolist()
        for choice in self.settings.trusts:
            if choice.group:
                row, group = uids.index(choice.uid), keys.index(choice.group)
                state.trusts.group[row], state.trusts.statements[row] = group, GROUP_STATEMENTS[group]

    @property
    def agents(self) -> Any:
        """All agents, as Mesa has them; most are made when somebody first asks (see `Population`)."""
        self.state.population.asked()
        return super().agents

    @property
    def agents_by_type(self) -> dict[type[mesa.Agent], Any]:
        """The same by their class."""
        self.state.population.asked()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type[mesa.Agent]]:
        """The classes of agents."""
        return list(self.agents_by_type)

    def remove_all_agents(self) -> None:
        """Take every agent out of Mesa's registers; the columns stay."""
        self.state.population.asked()
        super().remove_all_agents()

    def step(self) -> None:
        """One school year: every step of the schedule, then the record."""
        for step in self.schedule:
            begun = perf_counter()
            self.state.log.at(self.state.year, step.name, step.month)
            step(self.state, self.settings)
            self.seconds[step.name] += perf_counter() - begun
        self.recorder.year(self.state)
        self.state.year += 1

    def run_years(self, years: int, tell: Callable[[int, int], None] | None = None) -> None:
        """Step for a number of years; `tell(done, years)` is called after each."""
        with _unsearched():
            for done in range(1, years + 1):
                self.run_for(1)
                if tell:
                    tell(done, years)

    def let_go(self) -> None:
        """Free all that the model holds, at once; it is of no use afterwards.

        A model is a circle of agents: the collector would have to walk through everything the process holds to find
        it, and does so too seldom to keep memory flat.
        """
        self.__dict__.clear()


@contextmanager
def _unsearched() -> Iterator[None]:
    """No search for garbage: of tens of thousands of agents nearly all live to the end of a run.

    Only put off: what `gc.freeze` spares the search it also hides from later ones, so that in a process of many runs
    dead models piled up.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
