"""Every mechanism: where it lives, how to turn it off, which events and columns of a result show it acting.

`docs/mechanisms.md` is written from this table. Tests walk it (`tests/mechanisms/test_mechanisms_walk.py`): files and
parameters exist, the switch changes results, the events happen. Others (`tests/project/test_guards.py`) hold that
no step, event or switch lies outside it, and that each entry has a test of direction, which says so by a mark:
`@pytest.mark.direction("B4")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matsim.mechanisms.environment import EnvironmentParams


@dataclass(frozen=True)
class Entry:
    """One row of the list of mechanisms.

    `files` hold it; `parameters` are dotted names in a scenario; `off` are the assignments that turn it off, and `on`
    those without which there is nothing to turn off; `events` in the decision log, and `columns` of the result, show
    it acting.
    """

    id: str
    what: str
    source: str
    files: tuple[str, ...]
    parameters: tuple[str, ...]
    off: Mapping[str, Any]
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    on: Mapping[str, Any] = field(default_factory=dict)


BT = "Building Trusts"
CB = "Hill, Cluster bonds"
LN = "Hill, Beyond MATs"
SS = "For Schools"
CG = "Cluster governance paper"
THIS_MODEL = "the model's own"
_M = "matsim/mechanisms/"
_POLICY = EnvironmentParams()

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        "A1",
        "Ten statement scores, drawn around three published groups",
        f"{BT} §1.2, appendix",
        ("matsim/evidence/strategy.py", _M + "vision.py"),
        ("vision.on", "vision.autonomy", "vision.pedagogy", "vision.community", "vision.spread.between_trusts"),
        {"vision.on": False},
        events=("vision",),
        columns=("strategy_group",),
    ),
    Entry(
        "A2",
        "The groups can be found again by average linkage; real trusts are classified by the same code",
        f"{BT} appendix",
        ("matsim/selfcheck/grouping.py", "matsim/selfcheck/survey.py", _M + "vision.py"),
        ("vision.on", "vision.spread.between_trusts"),
        {"vision.on": False},
        events=("vision",),
        columns=("strategy_group",),
    ),
    Entry(
        "A3",
        "Fifteen responsibilities start from the strategy and drift towards the centre",
        f"{BT} §3.2",
        (_M + "operating_model.py",),
        ("operating_model.drift_on", "operating_model.drift", "operating_model.drift_others", "operating_model.settle"),
        {"operating_model.drift_on": False},
        ("standardise",),
        ("standardisation",),
    ),
    Entry(
        "A4",
        "Theory of change: standard curriculum with its ceiling, earned autonomy",
        f"{BT} §1.2.1, §2.2",
        (_M + "improvement.py", _M + "operating_model.py"),
        (
            "improvement.theory_on",
            "improvement.standard_weak",
            "improvement.ceiling",
            "operating_model.earned_on",
            "operating_model.earned",
        ),
        {"improvement.theory_on": False, "operating_model.earned_on": False},
        ("autonomy",),
    ),
    Entry(
        "A5",
        "Scaling a set approach is faster and costs buy-in; convergence needs good practice",
        f"{BT} §1.2.2",
        (_M + "improvement.py", _M + "lending.py", _M + "buyin.py"),
        ("improvement.pace_on", "team.driven", "improvement.pace", "lending.chance", "buyin.scaling"),
        {"improvement.pace_on": False, "buyin.scaling": 0.0, "team.driven": 0.0},
        events=("approach",),
        columns=("convergence",),
    ),
    Entry(
        "A6",
        "Effectiveness comes from fit, not from the strategy group",
        f"{BT} §2 box, summary",
        (_M + "coherence.py", _M + "improvement.py"),
        (
            "coherence.on",
            "coherence.gap",
            "improvement.coherence",
        ),
        {"coherence.on": False},
        events=("cohere",),
        columns=("coherence",),
    ),
    Entry(
        "A7",
        "Staff agreement: self-rated effectiveness by area, and how far people differ",
        f"{BT} §3.1",
        (_M + "agreement.py",),
        (
            "agreement.on",
            "agreement.middle",
            "agreement.spread",
            "agreement.back_office",
            "agreement.parents",
            "agreement.apart",
        ),
        {"agreement.on": False},
        ("disagree",),
        ("self_rating", "disagreement"),
    ),
    Entry(
        "B1",
        "Schools join by choice, as the best option, as inevitable, or by force; the reason sets buy-in",
        f"{BT} §2.5; {SS}",
        (_M + "seeking.py", _M + "joining.py"),
        (
            "seeking.on",
            "seeking.retrenchment",
            "seeking.inevitability",
            "seeking.attraction",
            "seeking.authority",
            "joining.motives_on",
            "joining.buyin_choice",
            "joining.buyin_forced",
        ),
        {"joining.motives_on": False},
        ("seek", "stay", "join"),
    ),
    Entry(
        "B2",
        "Promised autonomy attracts and is paid for later; a track record attracts; values matter",
        f"{BT} §2.5, §1.1.2",
        (_M + "bidding.py", _M + "joining.py", _M + "buyin.py"),
        ("bidding.on", "bidding.promise", "bidding.values", "joining.record", "buyin.broken"),
        {"bidding.promise": 0.0},
        ("bid", "decline"),
    ),
    Entry(
        "B3",
        "A gatekeeper decides for each region, and pushes schools at trusts",
        f"{BT} §2.1.1; {CB}",
        ("matsim/policies/weigh.py", _M + "approval.py", _M + "orders.py"),
        ("approval.on", "orders.on", "orders.floor", "bidding.sponsors", "bidding.sponsoring"),
        {"approval.on": False},
        ("approve", "refuse", "order"),
    ),
    Entry(
        "B4",
        "Growth funds capacity and capacity permits growth; capacity-first or growth-first",
        f"{BT} §2.1.1, §3.3",
        ("matsim/strategies/capacity_first.py", "matsim/strategies/growth_first.py", _M + "team.py"),
        ("team.hiring_on", "team.core", "team.leadership", "team.improvement", "team.budget"),
        {"team.hiring_on": False},
        ("hire", "shed", "hold"),
        ("capacity",),
    ),
    Entry(
        "B5",
        "Growth plans: a wish, time while schools bed in, a number, clusters, a phase ratio; redrawn each year",
        f"{BT} §3.3, §2.3.1",
        (_M + "planning.py", "matsim/strategies/steady.py", "matsim/strategies/hubs.py"),
        ("planning.on", "planning.bedding", "vision.content", "bidding.secondary"),
        {"planning.on": False},
        ("plan",),
        ("target",),
    ),
    Entry(
        "B6",
        "Due diligence: a deficit larger than the grant makes a school untouchable",
        f"{BT} §2.1.1",
        (_M + "bidding.py", _M + "fixed_costs.py"),
        ("bidding.due_diligence", "bidding.overhang", "fixed_costs.gap", "spending.least"),
        {"bidding.due_diligence": False},
        ("decline", "unplaced"),
    ),
    Entry(
        "B7",
        "A new area is tested against the ten-point checklist",
        CB,
        (_M + "planting.py", "matsim/selfcheck/checklist.py"),
        ("planting.on", "planting.minutes", "planting.failures", "bidding.proximity_on"),
        {"planting.on": False},
        ("plant",),
    ),
    Entry(
        "B8",
        "Mergers, re-brokering and closures; results with and without the schools that left",
        f"{BT} §3.3; {LN} 10",
        (_M + "intervention.py", _M + "merging.py", _M + "performance.py", "matsim/state/moves.py"),
        (
            "intervention.on",
            "intervention.since",
            "intervention.warn_chance",
            "merging.on",
            "merging.threshold",
            "merging.size",
        ),
        {"intervention.on": False, "merging.on": False},
        ("intervene", "transfer", "merge", "close"),
        ("outcome_with_left",),
    ),
    Entry(
        "B9",
        "The central team cannot grow as fast as schools; leaders come from a pipeline that clusters widen",
        CB,
        (_M + "team.py", _M + "heads.py", _M + "executives.py"),
        ("team.fastest", "heads.bench_per_school", "heads.bench_in_cluster", "heads.bench_lost", "heads.moved"),
        {"team.fastest": 1.0, "heads.bench_in_cluster": 0.0},
        ("hire",),
    ),
    Entry(
        "C1",
        "A cluster is two to six schools of a phase within twenty minutes under an executive leader",
        CB,
        (_M + "clusters.py", "matsim/world/geography.py"),
        ("clusters.on", "clusters.minutes", "clusters.largest", "travel.detour"),
        {"clusters.on": False},
        ("cluster",),
        ("clusters",),
    ),
    Entry(
        "C2",
        "Support, and what practice strong schools lend, weaken with travel time; clusters restore them",
        f"{CB}; {BT} §2.4",
        (_M + "improvement.py", _M + "lending.py"),
        ("improvement.travel_on", "improvement.travel", "lending.minutes"),
        {"improvement.travel_on": False},
        events=("distance",),
        columns=("spread_km",),
    ),
    Entry(
        "C3",
        "Leadership is pooled in clusters under executive heads, with savings",
        CB,
        (_M + "executives.py", _M + "spending.py", _M + "clusters.py"),
        (
            "executives.on",
            "executives.weight",
            "executives.leaves",
            "spending.leadership_on",
            "spending.leadership_primary",
            "spending.leadership_secondary",
        ),
        {"spending.leadership_on": False, "executives.on": False},
        ("cluster", "executive"),
    ),
    Entry(
        "C4",
        "Back-office cost per pupil falls with scale, rises with dispersion, falls with clusters of three to six",
        CB,
        (_M + "backoffice.py", _M + "spending.py"),
        (
            "backoffice.scale_on",
            "backoffice.balance",
            "backoffice.saving",
            "backoffice.dispersion_on",
            "backoffice.dispersion",
            "backoffice.cluster_saving",
            "backoffice.critical",
        ),
        {"backoffice.scale_on": False, "backoffice.dispersion_on": False, "backoffice.cluster_saving": 0.0},
        events=("cost",),
        columns=("backoffice_per_pupil",),
    ),
    Entry(
        "C5",
        "Cluster governance: none, informal, advisory, delegated",
        CB,
        (_M + "cluster_life.py", _M + "ladders.py"),
        ("cluster_life.governance_on", "cluster_life.delegated_rung"),
        {"cluster_life.governance_on": False},
        events=("govern",),
        columns=("cluster_governance",),
    ),
    Entry(
        "C6",
        "Dispersed trusts hand curriculum back and regionalise the back office",
        f"{BT} §2.4, appendix",
        (_M + "operating_model.py", _M + "rollup.py"),
        ("operating_model.dispersal", "backoffice.regional", "operating_model.hand_back", "rollup.isolation"),
        {"operating_model.dispersal": False},
        ("respond",),
        ("geography",),
    ),
    *(
        Entry(
            f"D{i + 1}",
            what,
            source,
            (_M + "break_points.py", _M + "ladders.py"),
            (
                f"break_points.{key}.on",
                f"break_points.{key}.harm",
                *(("break_points.conditions_on",) if key == "improvement" else ()),
                "break_points.size_scale",
                "break_points.harm",
            ),
            {f"break_points.{key}.on": False},
            ("warn", "reach", "respond", "resolve", "miss"),
            (f"pressure_{key}", f"rung_{key}"),
        )
        for i, (key, what, source) in enumerate(
            (
                (
                    "compliance",
                    "Compliance outgrows school-by-school checking; mixed phases need two of everything",
                    f"{BT} §2.1.2",
                ),
                (
                    "governance",
                    "Governance: representative boards fail by five, frameworks, four tiers",
                    f"{BT} §2.1.3, §1.1.2",
                ),
                ("back_office", "Growth and capacity: outsourced, freelance, employed, procurement", f"{BT} §2.3.1"),
                ("chief", "The CEO's role changes; weak schools pull the CEO back in", f"{BT} §2.2, §2.3.3"),
                (
                    "improvement",
                    "School improvement models: hub, consultants, in-house, clusters, network",
                    f"{BT} §2.3.4",
                ),
                ("local", "Local decision-making as the trust disperses", f"{BT} §2.4"),
            )
        )
    ),
    Entry(
        "E1",
        "Rolls follow reputation and local numbers; surplus places hurt budgets",
        f"{BT}; {LN} 10",
        (_M + "rolls.py", _M + "fixed_costs.py"),
        ("rolls.choice_on", "rolls.pull", "rolls.seen", "rolls.growth_primary", "fixed_costs.building"),
        {"rolls.choice_on": False},
        events=("surplus",),
        columns=("pupils",),
    ),
    Entry(
        "E2",
        "Inspection is periodic, noisy and risk-based; failing schools are ordered, weak ones cannot convert alone",
        f"{CG}; {BT}",
        (_M + "inspection.py", _M + "orders.py", _M + "founding.py"),
        (
            "inspection.on",
            "inspection.cycle_good",
            "inspection.one_cycle",
            "inspection.risk",
            "inspection.noise",
            "orders.on",
        ),
        {"inspection.on": False},
        ("inspect", "order"),
    ),
    Entry(
        "E3",
        "Income by pupil and phase, top-slice or pooling, lumpy posts, reserves, deficits, grants; the rest teaches",
        f"{BT} §2.3.1",
        (_M + "accounts.py", _M + "spending.py", _M + "rescue.py", _M + "team.py"),
        (
            "accounts.pooling_on",
            "accounts.pooling",
            "accounts.slice_low",
            "accounts.slice_high",
            "accounts.services",
            "spending.aim",
            "spending.pace",
            "classrooms.teaching_primary",
            "rescue.on",
            "environment.lump_sum",
        ),
        {"accounts.pooling_on": False, "rescue.on": False, "fixed_costs.on": False},
        ("pool", "hire", "teaching", "rescue"),
        ("reserves_share", "central_charge"),
    ),
    Entry(
        "E4",
        "Trust performance by the five published flags",
        f"{BT} methodology",
        (_M + "performance.py",),
        ("performance.on", "performance.below", "performance.overspend", "performance.weight"),
        {"performance.on": False},
        events=("flag",),
        columns=("flag_progress", "flag_inadequate"),
    ),
    Entry(
        "E5",
        "Buy-in, autonomy and identity move with what the trust does; schools that lose heart try to leave",
        f"{BT} §2.5",
        (_M + "buyin.py",),
        ("buyin.on", "buyin.broken", "buyin.taken", "buyin.leave_on", "buyin.leave_below"),
        {"buyin.on": False},
        ("leave",),
        ("buyin",),
    ),
    Entry(
        "E6",
        "Heads, executive heads, CEOs and teachers leave, under strain more of them; a vacancy costs",
        f"{BT} §2.3.3; {CB}",
        (_M + "heads.py", _M + "executives.py", _M + "leadership.py", _M + "teachers.py", _M + "classrooms.py"),
        (
            "heads.on",
            "heads.leaves_primary",
            "heads.leaves_secondary",
            "heads.fill",
            "heads.deputy",
            "leadership.on",
            "teachers.on",
            "classrooms.turnover",
        ),
        {"heads.on": False, "leadership.on": False, "teachers.on": False},
        ("depart", "head", "chief", "teachers"),
    ),
    Entry(
        "F1",
        "Local help for trusts in ten areas, strong in some places, broken or hostile in others",
        LN,
        (_M + "environment.py", _M + "team.py", _M + "lending.py"),
        ("environment.help_on", "lending.chance", "environment.help_mean", "environment.hostile", "team.help"),
        {"environment.help_on": False},
        events=("help",),
        columns=("supply_improvement",),
    ),
    Entry(
        "F2",
        "Local authority capacity erodes; traded services can supply back office",
        f"{LN}; {SS}",
        (_M + "environment.py", _M + "team.py"),
        ("environment.erosion", "environment.erosion_by_academies", "team.traded"),
        {"environment.erosion": 0.0, "environment.erosion_by_academies": 0.0},
        events=("retrench",),
        columns=("supply_finance",),
    ),
    Entry(
        "F3",
        "Forms of collaboration outside MATs: stepping stones or alternatives",
        CG,
        (_M + "collaborating.py", _M + "seeking.py"),
        ("collaborating.on", "collaborating.threshold", "collaborating.helps", "seeking.partners"),
        {"collaborating.on": False},
        ("collaborate",),
    ),
    Entry(
        "F4",
        "Clusters evaluate themselves on seven dimensions; the stage scales how surely and widely they lend practice",
        CG,
        (_M + "cluster_life.py", _M + "lending.py", "matsim/selfcheck/cluster.py"),
        ("cluster_life.evaluation_on", "cluster_life.growing", "lending.most"),
        {"cluster_life.evaluation_on": False},
        ("evaluate",),
    ),
    Entry(
        "F5",
        "Schools reviewed over fourteen areas; the weakest group gets the attention",
        SS,
        (_M + "reviewing.py", "matsim/selfcheck/review.py"),
        ("reviewing.on", "reviewing.learning", "reviewing.lasts"),
        {"reviewing.on": False},
        ("review",),
    ),
    Entry(
        "F6",
        "Policy: priorities, grants, funding and regulation, with dates",
        f"{BT} §2.1.1, §3.3",
        (_M + "environment.py", _M + "approval.py"),
        (
            "environment.push_primary",
            "environment.funding_primary",
            "environment.mandatory_from",
            "environment.mandatory_until",
            "environment.nine_from",
            "environment.convert_grant",
        ),
        # dated values merge with the defaults, so every date is named
        {
            "environment.push_primary": dict.fromkeys(_POLICY.push_primary, -3.0),
            "environment.push_secondary": dict.fromkeys(_POLICY.push_secondary, -3.0),
            "environment.push_special": dict.fromkeys(_POLICY.push_special, -3.0),
            "environment.push_alternative": dict.fromkeys(_POLICY.push_alternative, -3.0),
            "environment.push_sixteen_plus": dict.fromkeys(_POLICY.push_sixteen_plus, -3.0),
        },
        ("policy",),
    ),
    Entry(
        "G1",
        "Free schools open on planned sites, in strong trusts near by or in trusts of their own",
        THIS_MODEL,
        (_M + "openings.py",),
        ("openings.on", "openings.primary", "openings.secondary", "openings.special", "openings.in_trusts"),
        {"openings.on": False},
        ("open",),
    ),
    Entry(
        "G2",
        "Schools that seek and find no home convert on their own, or found a trust and bring neighbours along",
        THIS_MODEL,
        (_M + "founding.py",),
        ("founding.on", "founding.threshold", "founding.openness", "founding.members"),
        {"founding.on": False},
        ("convert", "found"),
    ),
    Entry(
        "G3",
        "Shocks that a scenario dates: money, judgements, people, local services, recruitment, pauses of growth",
        THIS_MODEL,
        (_M + "shocks.py",),
        (),
        {"shocks": ()},
        ("shock",),
        on={"shocks": ({"year": 2019, "kind": "funding cut", "size": 0.1},)},
    ),
    Entry(
        "G4",
        "Named trusts decide as the scenario says, in place of their CEOs; what cannot be done is said",
        THIS_MODEL,
        tuple(f"{_M}directed/{name}.py" for name in ("directing", "decisions", "outcomes", "unfulfilled")),
        (),
        {"trusts": ()},
        ("direct", "thwart"),
        # a trust of synthetic worlds, told to take what it cannot pay for
        on={
            "trusts": ({"uid": 800_148, "decisions": ({"year": 2018, "governance": "a regional tier"},)},),
            "break_points.affordable": 0.01,
        },
    ),
    Entry(
        "G11",
        "From 2022 to 2024 schools below Good twice running are ordered to convert, or moved, by a chance",
        THIS_MODEL,
        (_M + "orders.py", _M + "intervention.py", _M + "inspection.py"),
        ("orders.twice", "orders.reserve", "intervention.twice", "start.twice"),
        {"orders.twice": {2022: 0.0}, "intervention.twice": {2022: 0.0}},
        ("order", "intervene"),
    ),
    Entry(
        "G12",
        "From 2025 schools stuck below Good are given targeted support in place of another trust",
        THIS_MODEL,
        (_M + "support.py",),
        ("support.on", "support.chance", "support.concern", "support.gain", "support.grant"),
        {"support.on": False},
        ("support",),
        # a county's few years come before it
        on={"support.chance": {2018: 0.33}},
    ),
    Entry(
        "G13",
        "Multi-academy trusts are inspected, and those found wanting take nobody on or lose their schools",
        THIS_MODEL,
        (_M + "trust_inspection.py", _M + "intervention.py"),
        ("trust_inspection.on", "trust_inspection.since", "trust_inspection.threshold", "trust_inspection.able"),
        {"trust_inspection.on": False},
        ("judge",),
        on={"trust_inspection.on": True, "trust_inspection.since": 2018},
    ),
    Entry(
        "G16",
        "Trusts that grow, or are founded, are given money for it in the years when there are funds",
        THIS_MODEL,
        (_M + "funds.py",),
        ("funds.on", "funds.capacity_weak", "funds.award_weak", "funds.establishment"),
        {"funds.on": False},
        ("fund",),
        # a county's few years come before them
        on={"funds.capacity_weak": {2018: 0.4}, "funds.capacity_other": {2018: 0.15}},
    ),
    Entry(
        "G20",
        "Strong schools and teaching schools lend practice to weaker ones near by, a few each, and feel it",
        f"{LN} 3; {BT} §2.3.4",
        (_M + "lending.py", _M + "classrooms.py"),
        ("lending.on", "lending.strong", "lending.teaching", "lending.most", "lending.gain", "lending.cost"),
        {"lending.on": False},
        ("designate", "lend", "withdraw"),
    ),
    Entry(
        "G21",
        "Near schools are lastingly alike, whoever runs them, and so are the schools of a trust, near ones most",
        THIS_MODEL,
        (_M + "likeness.py", _M + "improvement.py", _M + "start.py"),
        ("likeness.place", "likeness.place_km", "likeness.trust", "likeness.trust_km", "likeness.settle"),
        {
            "likeness.place": 0.0,
            "likeness.place_secondary": 0.0,
            "likeness.trust": 0.0,
            "likeness.trust_secondary": 0.0,
        },
        columns=("value_added",),
    ),
)
"""Every row of the list: A1 to F6 are the sources', those of G what the model adds to them."""
