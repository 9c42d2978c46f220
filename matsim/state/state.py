"""Everything a year works on: columns, agents, luck, the log and this year's climate. No behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matsim.agents.ceo import CEO
from matsim.agents.commissioner import Commissioner
from matsim.agents.population import Population
from matsim.agents.school import School, Schools
from matsim.agents.trust import Trust, Trusts
from matsim.core.columns import Table, column, columns_of
from matsim.core.streams import Streams
from matsim.events.log import Log
from matsim.state.directions import Direction, Struck
from matsim.state.membership import Membership
from matsim.world.base import World
from matsim.world.codes import PHASES, TrustKind
from matsim.world.geography import TravelParams

type Rows = NDArray[np.intp]

CHOICE, BEST_OPTION, INEVITABLE, FORCED = 1, 2, 3, 4
"""Why a school joined its trust: codes of the column `motive`."""

CHANGE = 0.95
"""Part of a school year after which schools that convert or change trusts in it do so."""

SEPTEMBER = 2.0 / 3.0
"""Where the school year begins in the calendar year. Decimal years in the columns count from September."""


class PlaceColumns:
    """What a run keeps of each local authority."""

    code = column("int64", "code", "Local authority code")
    luck = column("uint64", "id", "Who its luck is drawn for")
    copy = column("int8", "copy", "Which copy of a world it is in, from 0")
    region = column("int8", "code", "Region of the year of most of its schools: index into REGIONS")
    capacity = column("float64", "share", "What the local authority can still do for its schools, 0 to 1")
    hostile = column("bool", "flag", "A locality broken or hostile to trusts")
    help = column("float64", "share", "Local help in ten areas, 0 to 1", 0.0, 10)
    founded = column("bool", "flag", "Has founded a trust of its own")
    academies = column("float64", "share", "Share of its open schools that are academies")


PLACE_COLUMNS = columns_of(PlaceColumns)


class Places(PlaceColumns, Table):
    """All local authorities of a run, a row each."""


@dataclass
class Climate:
    """What the outside world is like this year, set by the environment step."""

    funding: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(PHASES)))
    """Income per pupil by phase (£)."""
    funding_before: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(PHASES)))
    """The same in the year before."""
    lump_sum: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(PHASES)))
    """Income by phase whatever the roll (£)."""
    push: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(PHASES)))
    """Policy's pull towards trusts by phase (log odds)."""
    orders_mandatory: bool = True
    """Whether every school that fails its inspection has to be ordered to convert."""
    orders_reserved: bool = False
    """Whether that duty has ended, and a power is left."""
    convert_grant: float = 0.0
    convert_group: float = 1.0
    """Schools that have to convert together for each to get it."""
    pay: float = 0.0
    """What pay and pensions take of a school's income beyond what its budget was made for, as a share."""
    energy: float = 0.0
    """What energy costs beyond the budget (£ per pupil)."""
    sixth_forms: float = 0.0
    """What cuts in their funding take of a secondary's income beyond the budget, as a share."""
    closures: float = 0.0
    """What schools leave unspent of their income because they are shut, as a share."""
    sponsor_grant: float = 0.0
    transfer_grant: float = 0.0
    alone_open: float = 1.0
    """How open policy is to schools converting alone (0 to 1)."""


@dataclass
class Lasting:
    """What follows from trusts' luck and statements alone, by trust (see `mechanisms.vision.lasting`)."""

    statements: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 10)))
    """Those that it was reckoned for."""
    intended: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 15)))
    """Responsibilities that the statements imply (0 to 10)."""
    away: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """How far the statements lie from the nearest group's profile, in points."""
    pedagogy: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """How much more the statements stress common pedagogy than schools' own ways, in points."""
    rated: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 15)))
    """How much better than usual its people rate each area (sd)."""


@dataclass
class State:
    """One run's world at one moment. Mechanisms change it; only `moves` changes who belongs to whom."""

    model: Any
    world: World
    streams: Streams
    schools: Schools
    trusts: Trusts
    places: Places
    strategies: list[Any]
    """How each trust's CEO grows it (see `matsim.strategies`), by row."""
    commissioners: list[Commissioner]
    """Those in office: of the eight regions until August 2022, of the nine since."""
    successors: list[Commissioner] = field(default_factory=list)
    """Those of the nine regions, until they take office."""
    log: Log = field(default_factory=Log)
    climate: Climate = field(default_factory=Climate)
    year: int = 0
    pictured: Rows | None = None
    """Each school's trust (−1: none) when trusts last took stock: distances change only where schools moved."""
    close: ClosePairs | None = None
    """Pairs of schools near enough for a cluster."""
    lasting: Lasting = field(default_factory=Lasting)
    """What follows from trusts' luck and statements alone."""
    waves: NDArray[np.float64] = field(default_factory=lambda: np.zeros((4, 4, 0)))
    """Those of what the schools of each trust share (see `mechanisms.likeness`)."""
    bids: Bids | None = None
    """This year's offers, between the bidding and the joining steps."""
    directed: dict[int, Direction] = field(default_factory=dict)
    """What named trusts are told this year, by row; empty where every CEO decides."""
    struck: Struck = field(init=False)
    """Shocks in force this year."""

    uids: set[int] = field(default_factory=set)
    """Identifiers of all trusts there have been, from the first founding on."""
    population: Population = field(init=False)
    membership: Membership = field(init=False)

    def __post_init__(self) -> None:
        self.struck = Struck.none(len(self.schools))
        self.population = Population(self.model, self.schools, self.trusts, self.strategies)
        self.membership = Membership(self.schools)

    @property
    def school_agents(self) -> list[School]:
        """Every school as an agent, by row."""
        return self.population.asked().schools

    @property
    def trust_agents(self) -> list[Trust]:
        """Every trust as an agent, by row."""
        return self.population.asked().trusts

    @property
    def ceos(self) -> list[CEO]:
        """Every trust's CEO as an agent, by row of the trust. What only reads strategies reads `strategies`."""
        return self.population.asked().ceos

    def regions(self) -> Rows:
        """Codes (in REGIONS) of the regions of this year, in their order."""
        return np.array([c.region for c in self.commissioners])

    def commissioner(self, region: int) -> Commissioner:
        """Who is in office in a region of this year, by its code."""
        return next(c for c in self.commissioners if c.region == region)

    def open_rows(self) -> Rows:
        """Rows of open schools."""
        return self.membership.open_rows()

    def in_trusts(self) -> Rows:
        """Rows of open schools that belong to a trust."""
        return self.membership.in_trusts()

    def active(self) -> Rows:
        """Rows of open trusts."""
        return np.flatnonzero(self.trusts.active)

    def multi(self) -> Rows:
        """Rows of open multi-academy trusts."""
        return np.flatnonzero(self.trusts.active & (self.trusts.kind == TrustKind.MULTI))

    def members(self, trust: int) -> Rows:
        """Rows of a trust's open schools, ascending."""
        return self.membership.of(trust)

    def grouped(self) -> tuple[Rows, NDArray[np.intp]]:
        """Schools in trusts sorted by trust, and for each trust row where its run starts (length trusts + 1)."""
        return self.membership.grouped(len(self.trusts))


@dataclass
class ClosePairs:
    """Pairs of open schools of one trust and phase within some minutes of each other, kept from year to year."""

    within: tuple[float, TravelParams]
    """The minutes, and how they were reckoned."""
    trust: Rows
    """Each school's trust (−1: none) when they were found."""
    first: Rows = field(default_factory=lambda: np.zeros(0, np.intp))
    second: Rows = field(default_factory=lambda: np.zeros(0, np.intp))
    minutes: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


@dataclass
class Bids:
    """Offers of the year, one element per offer: school row, trust row, minutes apart, and what was weighed."""

    school: Rows
    trust: Rows
    minutes: NDArray[np.float64]
    forced: NDArray[np.bool_]
    promise: NDArray[np.float64]
    fit: NDArray[np.float64]
    offered: NDArray[np.float64]
    """Autonomy that the trust means to give, where `promise` is what it says it will."""
    room: Rows
    """How many schools the trust would take on this year."""


def blank_tables(schools: int, trusts: int, places: int) -> tuple[Schools, Trusts, Places]:
    """Empty tables with room for a world."""
    # trusts are founded during a run, and a table that is full is copied; schools and authorities are all there
    return Schools(schools), Trusts(trusts + trusts // 2 + 64), Places(places)
