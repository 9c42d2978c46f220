"""What people may decide for a trust, as data for forms: the board pack, the explorer and the classroom.

Values, ranges, costs and delays come from the scenario's own parameters, so that what a form says is what the model
does. `matsim.scenario.fitting` says whether what was decided fits a world.
"""

from __future__ import annotations

from dataclasses import dataclass

from matsim.agents.trust import AREAS
from matsim.evidence.strategy import RESPONSIBILITIES
from matsim.mechanisms.cluster_life import ClusterLifeParams
from matsim.mechanisms.directed.decisions import CLUSTERS, PERSISTENT, RUNGS
from matsim.mechanisms.ladders import LADDERS
from matsim.mechanisms.shocks import LASTING, SIZED, WHERE
from matsim.mechanisms.team import TeamParams, costs
from matsim.scenario.schema import Scenario
from matsim.words.amounts import decimals, percent
from matsim.words.phrases import capital


@dataclass(frozen=True)
class DecisionKind:
    """One thing that a trust may decide: its name in a scenario file, and what people should know of it.

    `group` gathers the kinds that belong on one card; `holds` says whether it stands until decided otherwise.
    """

    key: str
    group: str
    title: str
    meaning: str
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether it stands until a later decision; else it is for its year alone."""
        return self.key in PERSISTENT


DECISIONS: tuple[DecisionKind, ...] = (
    DecisionKind("growth", "growth", "Hold or grow", "Whether the trust takes on schools this year, and from now on"),
    DecisionKind("target", "growth", "Size to aim for", "How many schools the trust means to have", "schools"),
    DecisionKind("ask", "candidates", "Schools to approach", "Which schools the trust asks this year, and no others"),
    DecisionKind("near", "candidates", "Where to look", "The place where the trust looks for schools, and only there"),
    DecisionKind("improvement", "improvement", "How schools are improved", "The way of delivering school improvement"),
    DecisionKind(
        "standardisation",
        "standardisation",
        "How much to hold at the centre",
        "How far all fifteen responsibilities are held at the trust rather than its schools",
        "score 0-10",
    ),
    DecisionKind(
        "responsibilities",
        "standardisation",
        "What to hold at the centre",
        "How far single responsibilities are held at the trust rather than its schools",
        "score 0-10",
    ),
    DecisionKind("central_charge", "money", "Top-slice", "Share of schools' income that pays for the centre", "share"),
    DecisionKind("posts", "posts", "Central posts", "How many people the centre employs, by area", "posts"),
    DecisionKind("governance", "governance", "Governance", "The form of governance of the trust"),
    DecisionKind("clusters", "governance", "Clusters", "Whether clusters are led, and how they are governed"),
    DecisionKind("merge_with", "merger", "Merger", "A trust to propose a merger to this year"),
    DecisionKind("answer", "break points", "Break points", "Whether break points are answered in time, or never"),
)
"""Everything that may be decided for a trust, in the order of a form."""


@dataclass(frozen=True)
class Choice:
    """One value that a decision may have, or one part of it, with what it costs and how long it takes."""

    value: str
    title: str
    cost: str = ""
    delay: str = ""
    one_off: float = 0.0
    """£ to put in place."""
    yearly: float = 0.0
    """£ a year: of the way of working beyond the one below, or of one post."""
    years: float = 0.0
    """Years until it is in place."""


@dataclass(frozen=True)
class Option:
    """A decision with what a scenario allows: its choices or parts, or its range; its cost and delay in words."""

    kind: DecisionKind
    cost: str
    delay: str
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None


def options(settings: Scenario) -> list[Option]:
    """Every decision with its values, costs and delays under a scenario, in the order of DECISIONS."""
    by_key = {option.kind.key: option for option in (*_growth(settings), *_centre(settings), *_forms(settings))}
    return [by_key[kind.key] for kind in DECISIONS]


def _growth(s: Scenario) -> list[Option]:
    """Size, candidates, places and mergers."""
    joins = f"£{decimals(s.joining.integration)} for each school that joins, once"
    spring = "schools join in spring, if they agree and it is approved"
    late = f"{percent(s.joining.wait)} of schools ordered to convert come a year later"
    plant = f"£{decimals(s.planting.cost)} is what a new cluster is reckoned to cost before it pays for itself; {joins}"
    heart = f"schools taken in lose {percent(1.0 - s.merging.buyin)} of their belief in the trust"
    how = (Choice("hold", "Take on no schools"), Choice("grow", "Grow"), Choice("own", "As its CEO would"))
    return [
        Option(_KINDS["growth"], joins, spring, how),
        Option(_KINDS["target"], "nothing in itself", "until so many schools have come", low=1, high=500, step=1),
        Option(_KINDS["ask"], joins, f"{spring}; {late}"),
        Option(_KINDS["near"], plant, spring),
        Option(_KINDS["merge_with"], heart, "settled in August, if the other trust agrees"),
    ]


def _centre(s: Scenario) -> list[Option]:
    """What is held at the centre, who works there, and what pays for it."""
    pace = f"{percent(s.operating_model.settle)} of the way each year"
    slices = f"at most {percent(s.accounts.slice_move, 1)} of income a year, from the next school year"
    hiring = f"filled in May: in a year at most {percent(s.team.fastest)} more than now and half a post in each area"
    purse = f"{percent(s.team.budget)} of the top-slice and {percent(s.team.reserve_use)} of reserves"
    budget = f"pay with on-costs, out of {purse}"
    areas = tuple(Choice(r.key, r.wording) for r in RESPONSIBILITIES)
    low, high = s.accounts.slice_low, s.accounts.slice_high
    return [
        Option(_KINDS["standardisation"], "nothing in itself", pace, low=0, high=10, step=0.5),
        Option(_KINDS["responsibilities"], "nothing in itself", pace, areas, low=0, high=10, step=0.5),
        Option(_KINDS["central_charge"], "schools have that much less", slices, low=low, high=high, step=0.001),
        Option(_KINDS["posts"], budget, hiring, _posts(s.team), low=0, high=50, step=0.5),
    ]


def _forms(s: Scenario) -> list[Option]:
    """Ways of working and of governing."""
    most = (
        f"each step out of at most {percent(s.break_points.affordable)} of central reserves and of a year's top-slice"
    )
    steps = "begun in June, a step at a time; a step back is at once"
    leader = f"a leader for each cluster, and schools within {s.clusters.minutes:g} minutes of each other"
    answer = (Choice("true", "In time, whatever it costs"), Choice("false", "Never"))
    return [
        Option(_KINDS["improvement"], most, steps, _rungs(s, "improvement")),
        Option(_KINDS["governance"], most, steps, _rungs(s, "governance")),
        Option(_KINDS["clusters"], leader, "formed in May", _clusters(s.cluster_life)),
        Option(_KINDS["answer"], "what each answer costs", "what each answer takes", answer),
    ]


_KINDS = {kind.key: kind for kind in DECISIONS}


def _rungs(settings: Scenario, key: str) -> tuple[Choice, ...]:
    """The ways of working of a ladder, the lowest first; costs and years are of the step up from the one before."""
    rungs = settings.break_points.ladders[RUNGS[key]].rungs
    first = Choice(rungs[0].name, capital(rungs[0].name), "nothing", "at once")
    return (
        first,
        *(
            Choice(
                r.name,
                capital(r.name),
                f"£{decimals(r.one_off)} once and £{decimals(r.yearly)} more a year",
                f"{r.years:g} {'year' if r.years == 1 else 'years'}",
                r.one_off,
                r.yearly,
                r.years,
            )
            for r in rungs[1:]
        ),
    )


def _posts(p: TeamParams) -> tuple[Choice, ...]:
    """The six areas of the centre with what a post costs."""
    price = costs(p).tolist()
    return tuple(
        Choice(area.lower(), capital(area), f"£{decimals(each)} a year for a post", yearly=each)
        for area, each in zip(AREAS, price, strict=True)
    )


def _clusters(p: ClusterLifeParams) -> tuple[Choice, ...]:
    """What clusters may be."""
    tiers = LADDERS[RUNGS["governance"]].rungs[p.delegated_rung].name
    titles = (
        "None",
        "Led by executive heads",
        "Led, and chairs of local bodies meet",
        "Led, with advisory bodies",
        f"Led, with delegated powers (needs {tiers})",
    )
    return tuple(Choice(value, title) for value, title in zip(CLUSTERS, titles, strict=True))


@dataclass(frozen=True)
class ShockKind:
    """A shock that may be put into a scenario: where it may strike, and whether it has a size and lasts."""

    key: str
    meaning: str
    where: tuple[str, ...]
    """Keys of which one may be named; an empty one for everywhere."""
    sized: bool
    lasts: bool


_MEANT = {
    "funding cut": "Schools get so much less; they spend as before until their budgets follow",
    "cost rise": "Everything costs so much more; budgets follow in time",
    "judged Inadequate": "Inspectors judge the school Inadequate",
    "head leaves": "The head leaves, and the post stands vacant until the summer at least",
    "CEO leaves": "The CEO leaves, and the post stands vacant until the summer at least",
    "authority retrenches": "Local authorities lose so much of what they can still do for schools",
    "recruitment squeeze": "Posts of heads, CEOs and central teams are so much harder to fill",
    "growth pause": "No application is looked at but those of schools that must have a trust",
}

SHOCKS: tuple[ShockKind, ...] = tuple(
    ShockKind(kind, _MEANT[kind], where, kind in SIZED, kind in LASTING) for kind, where in WHERE.items()
)
"""Every kind of shock."""
