"""What a scenario file may say: every parameter of every mechanism, who the CEOs and commissioners are."""

from __future__ import annotations

from typing import Annotated, Union

from pydantic import Field, field_validator

from matsim.evidence.parameters import Params, param
from matsim.mechanisms.accounts import AccountsParams
from matsim.mechanisms.agreement import AgreementParams
from matsim.mechanisms.approval import ApprovalParams
from matsim.mechanisms.backoffice import BackofficeParams
from matsim.mechanisms.bidding import BiddingParams
from matsim.mechanisms.break_points import BreakPointParams
from matsim.mechanisms.buyin import BuyInParams
from matsim.mechanisms.classrooms import ClassroomParams
from matsim.mechanisms.cluster_life import ClusterLifeParams
from matsim.mechanisms.clusters import ClusterParams
from matsim.mechanisms.coherence import CoherenceParams
from matsim.mechanisms.collaborating import CollaboratingParams
from matsim.mechanisms.directed.decisions import Decision, once_a_year
from matsim.mechanisms.environment import EnvironmentParams
from matsim.mechanisms.executives import ExecutiveParams
from matsim.mechanisms.fixed_costs import FixedCostParams
from matsim.mechanisms.founding import FoundingParams
from matsim.mechanisms.funds import FundsParams
from matsim.mechanisms.heads import HeadParams
from matsim.mechanisms.improvement import ImprovementParams
from matsim.mechanisms.inspection import InspectionParams
from matsim.mechanisms.intervention import InterventionParams
from matsim.mechanisms.joining import JoiningParams
from matsim.mechanisms.leadership import LeadershipParams
from matsim.mechanisms.lending import LendingParams
from matsim.mechanisms.likeness import LikenessParams
from matsim.mechanisms.merging import MergingParams
from matsim.mechanisms.openings import OpeningsParams
from matsim.mechanisms.operating_model import OperatingModelParams
from matsim.mechanisms.orders import OrdersParams
from matsim.mechanisms.performance import PerformanceParams
from matsim.mechanisms.planning import PlanningParams
from matsim.mechanisms.planting import PlantingParams
from matsim.mechanisms.rescue import RescueParams
from matsim.mechanisms.reviewing import ReviewingParams
from matsim.mechanisms.rolls import RollsParams
from matsim.mechanisms.rollup import RollupParams
from matsim.mechanisms.seeking import SeekingParams
from matsim.mechanisms.shocks import Shock
from matsim.mechanisms.spending import SpendingParams
from matsim.mechanisms.start import StartParams
from matsim.mechanisms.support import SupportParams
from matsim.mechanisms.teachers import TeacherParams
from matsim.mechanisms.team import TeamParams
from matsim.mechanisms.trust_inspection import TrustInspectionParams
from matsim.mechanisms.vision import VisionParams
from matsim.policies import POLICIES, Weigh
from matsim.strategies import STRATEGIES, CapacityFirst, GrowthFirst, Hubs, Steady
from matsim.world.geography import TravelParams
from matsim.world.synthetic import SyntheticParams

# the unions follow from the tuples, so that adding a strategy or a policy is one file and one line
AnyStrategy = Annotated[Union[STRATEGIES], Field(discriminator="kind")]  # type: ignore[valid-type]  # noqa: UP007
AnyPolicy = Annotated[Union[POLICIES], Field(discriminator="kind")]  # type: ignore[valid-type]  # noqa: UP007


class RunParams(Params):
    """How long to run, and with what luck."""

    years: int = param(20, "years", "assumed: two school generations", plausible=(1, 40), ge=1, le=60)
    """School years to simulate."""
    seed: int = param(1, "choice", "assumed: any whole number", plausible=(0, 1_000_000), ge=0)
    """Names the luck of the run: the same seed, the same luck."""
    school_year: bool = param(False, "switch", "assumed: large, so only when asked for")
    """Whether to write a row for every school in every year."""


class WorldParams(Params):
    """Where the first year comes from when no files are given."""

    start: int = param(2018, "year", "gias-2018", plausible=(2010, 2024))
    """First academic year (its September): of a made-up world 2010, with almost no trusts, 2018 or 2024; of published
    files the calendar year that they are of."""
    synthetic: SyntheticParams = SyntheticParams()


class TrustChoice(Params):
    """What one named trust does differently, whoever its CEO is."""

    uid: int = param(0, "choice", "assumed: a trust of the world", plausible=(1, 999_999_999), ge=1)
    """Group identifier of the trust."""
    strategy: AnyStrategy | None = None
    """Its growth strategy, in place of the one drawn."""
    group: str = param("", "choice", "assumed: as drawn", pattern="^(|autonomy|pedagogy|community)$")
    """Strategy group whose profile it takes exactly; empty for the one drawn."""
    answers: str = param("", "choice", "assumed: as drawn", pattern="^(|in time|never)$")
    """Whether its CEO answers break points in time or never; empty for as they see them."""
    decisions: tuple[Decision, ...] = Field(default=(), strict=False)
    """What it decides in given years, in place of its CEO."""

    _once_a_year = field_validator("decisions")(once_a_year)


class Scenario(Params):
    """One question to the model. Everything not said has its default."""

    title: str = ""
    """A name for people."""
    question: str = ""
    """What the scenario asks, in a sentence."""
    run: RunParams = RunParams()
    world: WorldParams = WorldParams()
    travel: TravelParams = TravelParams()
    collaborating: CollaboratingParams = CollaboratingParams()
    cluster_life: ClusterLifeParams = ClusterLifeParams()
    agreement: AgreementParams = AgreementParams()
    reviewing: ReviewingParams = ReviewingParams()
    performance: PerformanceParams = PerformanceParams()
    start: StartParams = StartParams()
    environment: EnvironmentParams = EnvironmentParams()
    openings: OpeningsParams = OpeningsParams()
    rolls: RollsParams = RollsParams()
    inspection: InspectionParams = InspectionParams()
    orders: OrdersParams = OrdersParams()
    trust_inspection: TrustInspectionParams = TrustInspectionParams()
    support: SupportParams = SupportParams()
    seeking: SeekingParams = SeekingParams()
    planning: PlanningParams = PlanningParams()
    bidding: BiddingParams = BiddingParams()
    planting: PlantingParams = PlantingParams()
    approval: ApprovalParams = ApprovalParams()
    joining: JoiningParams = JoiningParams()
    founding: FoundingParams = FoundingParams()
    funds: FundsParams = FundsParams()
    vision: VisionParams = VisionParams()
    clusters: ClusterParams = ClusterParams()
    team: TeamParams = TeamParams()
    operating_model: OperatingModelParams = OperatingModelParams()
    break_points: BreakPointParams = BreakPointParams()
    buyin: BuyInParams = BuyInParams()
    coherence: CoherenceParams = CoherenceParams()
    lending: LendingParams = LendingParams()
    classrooms: ClassroomParams = ClassroomParams()
    improvement: ImprovementParams = ImprovementParams()
    likeness: LikenessParams = LikenessParams()
    backoffice: BackofficeParams = BackofficeParams()
    fixed_costs: FixedCostParams = FixedCostParams()
    spending: SpendingParams = SpendingParams()
    accounts: AccountsParams = AccountsParams()
    rescue: RescueParams = RescueParams()
    intervention: InterventionParams = InterventionParams()
    merging: MergingParams = MergingParams()
    heads: HeadParams = HeadParams()
    executives: ExecutiveParams = ExecutiveParams()
    leadership: LeadershipParams = LeadershipParams()
    teachers: TeacherParams = TeacherParams()
    rollup: RollupParams = RollupParams()
    ceos: tuple[AnyStrategy, ...] = Field(
        default=(CapacityFirst(), GrowthFirst(), Steady(), Hubs()), strict=False, min_length=1
    )
    """The growth strategies that CEOs follow, each with its share."""
    commissioners: tuple[AnyPolicy, ...] = Field(default=(Weigh(),), strict=False, min_length=1)
    """The policies of the commissioners, eight of them and from September 2022 nine: those with named regions first,
    then one for the rest."""
    trusts: tuple[TrustChoice, ...] = Field(default=(), strict=False)
    """Trusts that decide otherwise than drawn."""
    shocks: tuple[Shock, ...] = Field(default=(), strict=False)
    """Shocks that strike on given dates."""
