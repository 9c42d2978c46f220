"""Whether a scenario fits a world: every trust, school, place and region that it names is there, in time.

All that a run refuses once it has its world is refused here, so that a check of a scenario can ask the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from matsim.core.errors import InputError, nearest
from matsim.mechanisms.directed.decisions import Decision
from matsim.mechanisms.shocks import PLACES, Shock
from matsim.policies import Policy
from matsim.scenario.schema import RunParams, Scenario, TrustChoice
from matsim.words import offices
from matsim.world.base import DFE_REGIONS, REGIONS, RSC_REGIONS, World

FEW = 12
"""So many names are all told to who names none of them."""
MOST_YEARS = next(m.le for m in RunParams.model_fields["years"].metadata if hasattr(m, "le"))
"""Longest run that a scenario may ask for."""


def check(settings: Scenario, world: World, years: int | None = None) -> None:
    """Raise InputError naming everything that does not fit the world; see `misfits`."""
    if problems := misfits(settings, world, years):
        raise InputError("scenario", problems)


def misfits(settings: Scenario, world: World, years: int | None = None) -> list[str]:
    """Sentences about everything in a scenario that does not fit the world; empty when all does.

    `years` is how long the run is: a year after its end is then a mistake too. Without it years may lie as far
    ahead as any run, so that a run can be made again for fewer years.
    """
    last = world.year + (years or MOST_YEARS) - 1
    sentences = list(_policies(settings, world.year, last))
    if settings.trusts or settings.shocks:
        sentences += _Fitting(settings, world, years or MOST_YEARS).problems()
    return sentences


def _policies(settings: Scenario, first: int, last: int) -> Iterator[str]:
    policies: tuple[Policy, ...] = settings.commissioners
    for i, policy in enumerate(policies):
        for j, name in enumerate(policy.regions):
            run = f"the run goes from {first} to {last}"
            yield from _region(f"commissioners[{i}].regions[{j}]", name, settings, first, last, run)


def _region(here: str, name: str, settings: Scenario, first: int, last: int, when: str) -> Iterator[str]:
    """What is wrong with a region named for the years from `first` to `last`; `when` says which these are."""
    since = settings.environment.nine_from
    eight = f"{offices.BEFORE.regions}, which are to {since - 1}"
    nine = f"{offices.AFTER.regions}, which are from {since} on"
    if name not in REGIONS:
        known = f"the {eight}, are {', '.join(RSC_REGIONS)}; the {nine}, are {', '.join(DFE_REGIONS)}"
        yield f"{here}: no region is called {name!r}{nearest(name, REGIONS) or '; ' + known}"
    elif last < since and name not in RSC_REGIONS:
        yield f"{here}: {name!r} is one of the {nine}, and {when}{_of(RSC_REGIONS, eight)}"
    elif first >= since and name not in DFE_REGIONS:
        yield f"{here}: {name!r} is one of the {eight}, and {when}{_of(DFE_REGIONS, nine)}"


def _of(names: tuple[str, ...], kind: str) -> str:
    return f"; name one of the {kind}: {', '.join(names)}"


class _Fitting:
    """What there is to name, looked up once."""

    def __init__(self, settings: Scenario, world: World, years: int) -> None:
        self.settings, self.world = settings, world
        self.first, self.last = world.year, world.year + years - 1
        self.uids = set(world.trusts["uid"].tolist())
        self.urns = dict(zip(world.schools["urn"].tolist(), world.schools["trust"].tolist(), strict=True))

    def problems(self) -> Iterator[str]:
        named: set[int] = set()
        for i, choice in enumerate(self.settings.trusts):
            here = f"trusts[{i}]"
            yield from self._trust(f"{here}.uid", choice.uid)
            if choice.uid in named:
                yield f"{here}.uid: trust {choice.uid} is named twice; put what it decides together"
            named.add(choice.uid)
            yield from self._choice(here, choice)
        for i, shock in enumerate(self.settings.shocks):
            yield from self._shock(f"shocks[{i}]", shock)

    def _choice(self, here: str, choice: TrustChoice) -> Iterator[str]:
        for j, decision in enumerate(choice.decisions):
            yield from self._decision(f"{here}.decisions[{j}]", choice, decision)
        # in the order of the years, whatever the order in the file: a target holds until it is handed back
        target = False
        for decision in sorted(choice.decisions, key=lambda d: d.year):
            target = (target or decision.target is not None) and "target" not in decision.handed_back
            if decision.growth == "grow" and not target:
                j = choice.decisions.index(decision)
                yield f'{here}.decisions[{j}].growth: "grow" needs a target, here or in an earlier decision'

    def _decision(self, here: str, choice: TrustChoice, decision: Decision) -> Iterator[str]:
        yield from self._year(here, decision.year)
        rows = np.flatnonzero(self.world.trusts["uid"] == choice.uid)
        for i, urn in enumerate(decision.ask):
            yield from self._school(f"{here}.ask[{i}]", urn)
            if decision.year == self.first and self.urns.get(urn, -1) in rows:
                yield f"{here}.ask[{i}]: school {urn} is in the trust already"
        other = decision.merge_with
        if other == choice.uid:
            yield f"{here}.merge_with: a trust cannot merge with itself"
        elif other is not None and other // 100 not in self.urns:  # trusts founded in a run are named after a school
            yield from self._trust(f"{here}.merge_with", other)
        if decision.near is not None and decision.near.place:
            yield from self._authority(f"{here}.near.place", decision.near.place)
        charge, accounts = decision.central_charge, self.settings.accounts
        if charge is not None and not accounts.slice_low <= charge <= accounts.slice_high:
            low, high = accounts.slice_low, accounts.slice_high
            yield f"{here}.central_charge = {charge:g}: trusts charge between {low:g} and {high:g} (unit: share)"

    def _shock(self, here: str, shock: Shock) -> Iterator[str]:
        yield from self._year(here, shock.year)
        for name in PLACES:
            value = getattr(shock, name)
            if value and name == "region":
                when = f"the shock strikes in {shock.year}"
                yield from _region(f"{here}.region", value, self.settings, shock.year, shock.year, when)
            elif value and name == "authority":
                yield from self._authority(f"{here}.authority", value)
            elif value:
                yield from (self._trust if name == "trust" else self._school)(f"{here}.{name}", value)

    def _authority(self, here: str, name: str) -> Iterator[str]:
        yield from _known(here, "local authority", name, self.world.la_names.values())

    def _year(self, here: str, year: int) -> Iterator[str]:
        if not self.first <= year <= self.last:
            yield f"{here}.year = {year}: outside the run, which goes from {self.first} to {self.last}"

    def _trust(self, here: str, uid: int) -> Iterator[str]:
        if uid not in self.uids:
            yield f"{here}: no trust with UID {uid} in this world{nearest(str(uid), map(str, self.uids))}"

    def _school(self, here: str, urn: int) -> Iterator[str]:
        if urn not in self.urns:
            yield f"{here}: no school with URN {urn} in this world{nearest(str(urn), map(str, self.urns))}"


def _known(here: str, what: str, value: str, names: Iterable[str]) -> Iterator[str]:
    known = list(names)
    if value not in known:
        few = f"; there are {', '.join(known)}" if len(known) <= FEW else ""
        yield f"{here}: no {what} is called {value!r}{nearest(value, known) or few}"
