"""The six ladders of ways of working (D1 to D6), with their parameters. Beyond what a rung carries: a break point.

Loads are in "schools", so that the sizes quoted by the report's CEOs can be read off, but each grows with
more than size: mixed phases, weak schools, spread, difference between intakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from matsim.evidence.parameters import Params, declare, param, switch
from matsim.evidence.strategy import BACK_OFFICE, TOP
from matsim.state.state import Rows, State

type Floats = NDArray[np.float64]

DELEGATED = 3
"""The highest form of cluster governance (`matsim.mechanisms.cluster_life.GOVERNANCE`)."""

REPORT = "building-trusts"
BETWEEN = "assumed: between the sizes that the report's CEOs name"
BEYOND = "assumed: beyond the sizes that the report's CEOs name"
COSTS = "assumed: no costs of ways of working are published"


def _around(default: float, low: float, high: float) -> tuple[float, float]:
    return round(low * default, 4), round(high * default, 4)


class Rung(Params):
    """A way of working: what it is called, the load it carries, and what it costs to get to and to run.

    Each is a class of its own, made from numbers in its first line, since each number has a default and a range. The
    lowest of a ladder is where trusts begin: it has no costs.
    """

    name: ClassVar[str] = ""
    if TYPE_CHECKING:
        carries: float = 0.0
        one_off: float = 0.0
        yearly: float = 0.0
        years: float = 0.0

    def __init_subclass__(
        cls,
        *,
        name: str,
        carries: float,
        source: str,
        one_off: float | None = None,
        yearly: float = 0.0,
        years: float = 1.0,
    ) -> None:
        super().__init_subclass__()
        cls.name = name
        numbers: dict[str, Any] = {
            "carries": param(
                carries,
                "schools",
                source,
                plausible=_around(carries, 0.7, 1.4),
                gt=0.0,
                description=f"Load beyond which lies the break point of “{name}”.",
            )
        }
        if one_off is not None:
            numbers["one_off"] = param(
                float(one_off),
                "£",
                COSTS,
                plausible=_around(one_off, 0.5, 2.0),
                description=f"Cost of putting “{name}” in place.",
            )
            numbers["yearly"] = param(
                float(yearly),
                "£ per year",
                COSTS,
                plausible=_around(yearly or one_off, 0.5 if yearly else 0.0, 2.0),
                description=f"What “{name}” costs to run, beyond the way of working below it.",
            )
            numbers["years"] = param(
                years,
                "years",
                "assumed: most changes take a year, those of the whole trust two",
                plausible=_around(years, 0.5, 2.0),
                description=f"From the decision until “{name}” is in place.",
            )
        else:
            cls.one_off = cls.yearly = cls.years = 0.0
        declare(cls, numbers)


def _harm(default: float) -> Any:
    return param(
        default,
        "sd per year",
        "assumed: small beside what else moves a school in a year",
        plausible=(0.0, 2.0 * default),
        description="What a year past the break point costs each school at one rung's overload and full harm.",
    )


def _dearer(default: float, plausible: tuple[float, float]) -> Any:
    return param(
        default,
        "share",
        "assumed: within what size and spread do to back-office cost",
        plausible=plausible,
        description="Rise of back-office cost at one rung's overload and full harm.",
    )


class Ladder(Params):
    """One break point: what it is called, what shows before it and what follows, its rungs, and what loads it."""

    id: ClassVar[str]
    """Its id in the sources."""
    key: ClassVar[str]
    name: ClassVar[str]
    signs: ClassVar[str]
    consequence: ClassVar[str]

    on: bool = switch()
    """Whether there is this break point; off, its load presses on nobody."""
    harm: float = _harm(0.02)
    dearer: float = _dearer(0.0, (0.0, 0.05))

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Its ways of working, in order of what they carry."""
        return tuple(value for value in self.__dict__.values() if isinstance(value, Rung))

    def load(self, state: State, rows: Rows) -> Floats:
        """Load on trusts, in schools: shape (n,)."""
        raise NotImplementedError


class SchoolChecks(Rung, name="each school checks its own", carries=4.5, source=BETWEEN):
    """The lowest of D1."""


class SharedSystems(Rung, name="shared systems", carries=10.0, source=BETWEEN, one_off=25_000, yearly=15_000):
    """The second of D1."""


class CentralSystems(
    Rung,
    name="central systems and one way of doing things",
    carries=32.0,
    source=BEYOND,
    one_off=90_000,
    yearly=40_000,
    years=2.0,
):
    """The third of D1."""


class ComplianceFunction(
    Rung,
    name="a corporate compliance function",
    carries=120.0,
    source=BEYOND,
    one_off=200_000,
    yearly=120_000,
    years=2.0,
):
    """The highest of D1."""


class Compliance(Ladder):
    """D1: sums, estates and numbers of pupils outgrow school-by-school checking."""

    id = "D1"
    key = "compliance"
    name = "Maintaining compliance"
    signs = "checks are late; staffing issues pile up; two of everything in mixed phases"
    consequence = "inconsistency costs money and heads' time"

    dearer: float = _dearer(0.03, (0.0, 0.06))
    school: float = param(0.6, "ratio", "assumed: sites load as much as pupils do", plausible=(0.3, 0.9))
    """Load of a school, beside that of its pupils."""
    mixed: float = param(0.25, "ratio", "assumed: mixed phases need two of some things", plausible=(0.0, 0.6))
    """Rise of that load where half of the schools are of one sector, and half of another."""
    pupils: float = param(1200.0, "pupils", "assumed: about a large secondary", plausible=(700, 2000), ge=1.0)
    """Pupils that are a load of one school, beside the schools themselves."""
    school_checks: SchoolChecks = SchoolChecks()
    shared_systems: SharedSystems = SharedSystems()
    central_systems: CentralSystems = CentralSystems()
    compliance_function: ComplianceFunction = ComplianceFunction()

    def load(self, state: State, rows: Rows) -> Floats:
        """Schools, more of them in mixed phases, and pupils."""
        t = state.trusts
        size = np.maximum(t.schools[rows], 1)
        share, special = t.primaries[rows] / size, t.specialists[rows] / size
        # 1 where half are primaries, or specialist, and the rest of one other kind
        mixed = 4.0 * share * (1.0 - share - special) + 4.0 * special * (1.0 - special)
        return np.asarray(self.school * t.schools[rows] * (1.0 + self.mixed * mixed) + t.pupils[rows] / self.pupils)


class Representative(Rung, name="a representative board and local governing bodies", carries=4.0, source=REPORT):
    """The lowest of D2: it worked with three schools, and no longer with five (§2.1.3)."""


class SchemeOfDelegation(
    Rung, name="a scheme of delegation", carries=12.5, source=REPORT, one_off=15_000, yearly=8_000
):
    """The second of D2: at thirteen schools a trust set up four tiers (§2.1.3)."""


class FourTiers(
    Rung, name="four tiers, with cluster governing bodies", carries=40.0, source=BEYOND, one_off=40_000, yearly=30_000
):
    """The third of D2."""


class RegionalTier(
    Rung, name="a regional tier", carries=140.0, source=BEYOND, one_off=80_000, yearly=60_000, years=2.0
):
    """The highest of D2."""


class Governance(Ladder):
    """D2: representative bodies outgrow what they can settle, then a scheme of delegation does."""

    id = "D2"
    key = "governance"
    name = "Governance and schemes of delegation"
    signs = "governors speak for their school, not the trust; decisions come back again and again"
    consequence = "weak schools go unseen and heads lose confidence"

    harm: float = _harm(0.03)
    spread: float = param(0.004, "ratio", "assumed: governors who seldom meet settle less", plausible=(0.0, 0.01))
    """Rise of the load for each kilometre of spread."""
    cluster_bodies: float = param(
        0.25, "share", "assumed: a quarter of decisions are a cluster's", plausible=(0.0, 0.5)
    )
    """Share of the load that delegated cluster bodies take on where all schools are in clusters."""
    representative: Representative = Representative()
    scheme_of_delegation: SchemeOfDelegation = SchemeOfDelegation()
    four_tiers: FourTiers = FourTiers()
    regional_tier: RegionalTier = RegionalTier()

    def load(self, state: State, rows: Rows) -> Floats:
        """Schools and their spread, less what cluster bodies settle."""
        t = state.trusts
        relief = 1.0 - self.cluster_bodies * t.cluster_governance[rows] / DELEGATED * t.clustered[rows]
        return np.asarray(t.schools[rows] * (1.0 + self.spread * t.spread[rows]) * relief)


class Outsourced(Rung, name="outsourced services", carries=5.0, source=BETWEEN):
    """The lowest of D3."""


class Freelance(Rung, name="freelance specialists", carries=9.0, source=BETWEEN, one_off=15_000, yearly=10_000):
    """The second of D3."""


class Employed(Rung, name="employed specialists", carries=21.0, source=REPORT, one_off=50_000, yearly=30_000):
    """The third of D3: a trust of over twenty schools took on a procurement officer (§2.3.1)."""


class Procurement(
    Rung,
    name="procurement and central recruitment",
    carries=150.0,
    source=BEYOND,
    one_off=120_000,
    yearly=150_000,
):
    """The highest of D3."""


class BackOffice(Ladder):
    """D3: growth outruns the capacity of the centre."""

    id = "D3"
    key = "back_office"
    name = "Balancing growth and capacity"
    signs = "invoices and contracts differ by school; savings are not found"
    consequence = "back office costs more than it should"

    harm: float = _harm(0.01)
    dearer: float = _dearer(0.06, (0.0, 0.12))
    devolved: float = param(0.75, "ratio", "assumed: some of it is the trust's in any case", plausible=(0.5, 1.0))
    """Load of a school where back office is left to schools."""
    central: float = param(0.5, "ratio", "assumed: what is done centrally has to be carried", plausible=(0.2, 0.8))
    """Rise of that load where back office is wholly central."""
    outsourced: Outsourced = Outsourced()
    freelance: Freelance = Freelance()
    employed: Employed = Employed()
    procurement: Procurement = Procurement()

    def load(self, state: State, rows: Rows) -> Floats:
        """Schools, more of them where more is done centrally."""
        t = state.trusts
        each = self.devolved + self.central * t.responsibilities[rows, BACK_OFFICE] / TOP
        return np.asarray(t.schools[rows] * each)


class HandsOn(Rung, name="hands-on head", carries=7.5, source=REPORT):
    """The lowest of D4: a CEO could not be with nine schools (§2.2)."""


class ThroughHeads(Rung, name="leads through heads", carries=11.0, source=REPORT, one_off=10_000, yearly=10_000):
    """The second of D4: beyond ten to fifteen schools, a director and enabler (§2.3.3)."""


class Director(Rung, name="director and enabler", carries=16.0, source=REPORT, one_off=20_000, yearly=20_000):
    """The third of D4: at thirteen schools, a head of education was three or four schools off (§2.3.3)."""


class HeadOfEducation(
    Rung, name="director with a head of education", carries=120.0, source=BEYOND, one_off=40_000, yearly=110_000
):
    """The highest of D4."""


class Chief(Ladder):
    """D4: the CEO's role outgrows what one person can do in the same way."""

    id = "D4"
    key = "chief"
    name = "The CEO's role"
    signs = "the CEO cannot be with every school; heads wait for answers"
    consequence = "schools in trouble wait for help"

    harm: float = _harm(0.04)
    weak: float = param(0.8, "ratio", "assumed: weak schools pull the CEO back in (§2.2)", plausible=(0.0, 1.5))
    """Further load of a school judged below Good."""
    hands_on: HandsOn = HandsOn()
    through_heads: ThroughHeads = ThroughHeads()
    director: Director = Director()
    head_of_education: HeadOfEducation = HeadOfEducation()

    def load(self, state: State, rows: Rows) -> Floats:
        """Schools, and weak ones again."""
        t = state.trusts
        return np.asarray(t.schools[rows] + self.weak * t.weak[rows])


class HubSchool(Rung, name="hub school", carries=6.0, source=BETWEEN):
    """The lowest of D5."""


class Consultants(Rung, name="consultants", carries=10.0, source=BETWEEN, one_off=10_000, yearly=15_000):
    """The second of D5."""


class InHouse(Rung, name="in-house team", carries=20.0, source=BEYOND, one_off=40_000, yearly=60_000):
    """The third of D5."""


class ClusterBased(Rung, name="cluster-based", carries=45.0, source=BEYOND, one_off=40_000, yearly=40_000):
    """The fourth of D5."""


class Network(
    Rung, name="self-improving network", carries=150.0, source=BEYOND, one_off=50_000, yearly=30_000, years=2.0
):
    """The highest of D5."""


class Improvement(Ladder):
    """D5: the way in which school improvement is delivered no longer reaches all schools."""

    id = "D5"
    key = "improvement"
    name = "Delivering school improvement"
    signs = "one school gives all the help; visits are cancelled; good practice stays where it is"
    consequence = "support does not reach schools"

    harm: float = _harm(0.05)
    weak: float = param(1.0, "ratio", "assumed: a weak school needs twice a steady one's help", plausible=(0.5, 2.0))
    """Further load of a school judged below Good."""
    spread: float = param(0.01, "ratio", "assumed: days lost on the road", plausible=(0.0, 0.03))
    """Rise of the load for each kilometre of spread."""
    clustered: float = param(
        0.5, "share", "assumed: half the schools make it the usual way", plausible=(0.2, 0.9), gt=0.0
    )
    """Share of schools in led clusters at which cluster-based improvement carries all that it can."""
    unclustered: float = param(0.4, "share", "assumed: without clusters it is a team on the road", plausible=(0.2, 0.8))
    """What it carries without any cluster, of all that it can."""
    practice: float = param(0.4, "share", "assumed: a critical mass of good practice", plausible=(0.2, 0.8), gt=0.0)
    """Share of strong schools at which a self-improving network carries all that it can."""
    without_practice: float = param(0.3, "share", "assumed: there is little to pass on", plausible=(0.1, 0.7))
    """What it carries without any strong school, of all that it can."""
    hub_school: HubSchool = HubSchool()
    consultants: Consultants = Consultants()
    in_house: InHouse = InHouse()
    cluster_based: ClusterBased = ClusterBased()
    network: Network = Network()

    def load(self, state: State, rows: Rows) -> Floats:
        """Schools, weak ones again, and their spread."""
        t = state.trusts
        return np.asarray((t.schools[rows] + self.weak * t.weak[rows]) * (1.0 + self.spread * t.spread[rows]))

    def fit(self, state: State, rows: Rows) -> Floats:
        """Share of what its rung carries that a trust's clusters and good practice let it carry: 1 for other rungs."""
        t = state.trusts
        clustered = np.clip(t.clustered[rows] / self.clustered, 0.0, 1.0)
        practice = np.clip(t.strong[rows] / np.maximum(t.schools[rows], 1) / self.practice, 0.0, 1.0)
        with_clusters = self.unclustered + (1.0 - self.unclustered) * clustered
        with_practice = self.without_practice + (1.0 - self.without_practice) * practice
        rung = t.rung[rows, IMPROVEMENT]
        return np.where(rung == NEEDS_CLUSTERS, with_clusters, np.where(rung == NEEDS_PRACTICE, with_practice, 1.0))


class AtCentre(Rung, name="decisions at the centre", carries=5.0, source=BETWEEN):
    """The lowest of D6."""


class HeadsDecide(
    Rung,
    name="heads decide curriculum for their communities",
    carries=14.0,
    source=BEYOND,
    one_off=10_000,
):
    """The second of D6."""


class Regional(
    Rung,
    name="regional back office and local decisions",
    carries=80.0,
    source=BEYOND,
    one_off=80_000,
    yearly=60_000,
    years=2.0,
):
    """The highest of D6."""


class Local(Ladder):
    """D6: a trust disperses beyond what is decided at its centre."""

    id = "D6"
    key = "local"
    name = "Local decision-making"
    signs = "one way fits some places and not others; staff will not travel"
    consequence = "schools lose heart"

    spread_km: float = param(
        10.0, "km", "assumed: schools so far apart are of several places", plausible=(5, 20), ge=0.1
    )
    """Spread that is a load of one, for each step in size (the root of the schools beyond the first)."""
    fsm_points: float = param(15.0, "points", "assumed: intakes so mixed are several", plausible=(7, 30), ge=0.1)
    """Spread of free-meals percentages between schools that is as much."""
    at_centre: AtCentre = AtCentre()
    heads_decide: HeadsDecide = HeadsDecide()
    regional: Regional = Regional()

    def load(self, state: State, rows: Rows) -> Floats:
        """Spread and difference between intakes, more with size."""
        t = state.trusts
        size = np.sqrt(np.maximum(t.schools[rows] - 1.0, 0.0))
        return np.asarray(size * (t.spread[rows] / self.spread_km + t.fsm_range[rows] / self.fsm_points))


LADDERS: tuple[Ladder, ...] = (Compliance(), Governance(), BackOffice(), Chief(), Improvement(), Local())
"""The six with their default values, in the order of the trusts' columns; a scenario's are in `break_points`."""

COMPLIANCE, GOVERNANCE, CAPACITY, CHIEF, IMPROVEMENT, LOCAL = range(len(LADDERS))
"""Places of the ladders."""

NEEDS_CLUSTERS, NEEDS_PRACTICE = 3, 4
"""Rungs of the improvement ladder that need led clusters, and a critical mass of good practice."""

REGIONAL = 2
"""Rung of the local ladder with a regional back office."""

RUNGS = max(len(ladder.rungs) for ladder in LADDERS)
TOPS = np.array([len(ladder.rungs) - 1 for ladder in LADDERS], dtype=np.int8)
"""The highest rung of each ladder."""


def loads(state: State, ladders: tuple[Ladder, ...], rows: Rows) -> Floats:
    """Load on each of the six ladders, in schools: shape (n, 6)."""
    result = np.empty((len(rows), len(ladders)))
    for k, ladder in enumerate(ladders):
        result[:, k] = ladder.load(state, rows)
    return result


def per_rung(ladders: tuple[Ladder, ...], field: str) -> Floats:
    """A property of every rung: a row for each ladder, padded with its last value to the longest and one more."""
    table = np.empty((len(ladders), RUNGS + 1))
    for row, ladder in zip(table, ladders, strict=True):
        values = [float(getattr(rung, field)) for rung in ladder.rungs]
        row[: len(values)], row[len(values) :] = values, values[-1]
    return table
