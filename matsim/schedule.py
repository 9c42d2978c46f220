"""What happens in a simulated school year, in what order, and which file does each thing. Read this first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from matsim.mechanisms import (
    accounts,
    agreement,
    backoffice,
    bidding,
    break_points,
    buyin,
    cluster_life,
    clusters,
    coherence,
    collaborating,
    environment,
    executives,
    founding,
    funds,
    heads,
    improvement,
    inspection,
    intervention,
    joining,
    leadership,
    lending,
    merging,
    openings,
    operating_model,
    orders,
    performance,
    planning,
    rescue,
    reviewing,
    rolls,
    rollup,
    seeking,
    shocks,
    support,
    teachers,
    team,
    trust_inspection,
)
from matsim.mechanisms.directed import directing, outcomes

if TYPE_CHECKING:
    from matsim.scenario.schema import Scenario
    from matsim.state.state import State


@dataclass(frozen=True)
class Step:
    """One step: its name, when it happens, what happens, the function, and what of a scenario it is given."""

    name: str
    month: str
    what: str
    function: Callable[..., object]
    given: Callable[[Scenario], tuple[Any, ...]]

    def __call__(self, state: State, settings: Scenario) -> None:
        """Do it."""
        self.function(state, *self.given(settings))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parts of a scenario that it is given."""
        # every attribute of a _Names is its own name, so the lambda answers with names in place of values
        return self.given(cast("Scenario", _Names()))


class _Names:
    """Stands for a scenario when only names are asked for."""

    def __getattr__(self, name: str) -> str:
        return name


def step[*Given](
    name: str,
    month: str,
    what: str,
    function: Callable[[State, *Given], object],
    given: Callable[[Scenario], tuple[*Given]],
) -> Step:
    """A step whose function takes just what it is given: the type checker sees both."""
    return Step(name, month, what, function, given)


SCHOOL_YEAR: tuple[Step, ...] = (
    step("directing", "Sep", "Named trusts are told what to do", directing.tell, lambda s: (s.trusts, s.travel)),
    step(
        "environment",
        "Sep",
        "Funding, policy and local services for the year",
        environment.renew,
        lambda s: (s.environment,),
    ),
    step("openings", "Sep", "Free schools open", openings.run, lambda s: (s.openings, s.inspection, s.vision, s.ceos)),
    step("rolls", "Sep", "Pupils move up; a new intake chooses", rolls.intake, lambda s: (s.rolls,)),
    step("inspection", "Oct", "Some schools are inspected", inspection.visit, lambda s: (s.inspection,)),
    step(
        "shocks",
        "Oct",
        "Shocks strike",
        shocks.strike,
        lambda s: (s.shocks, s.inspection, s.environment),
    ),
    step("orders", "Nov", "Schools judged Inadequate are ordered to convert", orders.issue, lambda s: (s.orders,)),
    step("picture", "Nov", "Each trust takes stock of its schools", rollup.run, lambda s: (s.rollup, s.travel)),
    step(
        "trust_inspection",
        "Nov",
        "Some trusts are inspected",
        trust_inspection.visit,
        lambda s: (s.trust_inspection,),
    ),
    step(
        "collaborating",
        "Nov",
        "Schools outside trusts find partners or lose them",
        collaborating.join_up,
        lambda s: (s.collaborating,),
    ),
    step(
        "seeking",
        "Dec",
        "Schools decide whether to look for a trust",
        seeking.decide,
        lambda s: (s.seeking, s.collaborating),
    ),
    step("planning", "Jan", "Trusts redraw their growth plans", planning.redraw, lambda s: (s.planning,)),
    step(
        "bidding",
        "Jan",
        "CEOs survey candidates and bid",
        bidding.bid,
        lambda s: (s.bidding, s.planting, s.travel, s.planning),
    ),
    step("support", "Feb", "Schools stuck below Good are given support", support.give, lambda s: (s.support,)),
    step("joining", "Mar", "Applications are settled; schools join", joining.settle, lambda s: (s.approval, s.joining)),
    step(
        "founding",
        "Apr",
        "Schools without a home convert on their own",
        founding.decide,
        lambda s: (s.founding, s.vision, s.ceos),
    ),
    step("funds", "Apr", "Trusts that grow are given money for it", funds.award, lambda s: (s.funds,)),
    step("outcomes", "Apr", "What came of the approaches that were told", outcomes.report, lambda s: ()),
    step("stock", "Apr", "Each trust takes stock again", rollup.run, lambda s: (s.rollup, s.travel)),
    step("clusters", "May", "Trusts form and reform clusters", clusters.reform, lambda s: (s.clusters, s.travel)),
    step(
        "cluster_life",
        "May",
        "Clusters are governed and evaluate themselves",
        cluster_life.evaluate_clusters,
        lambda s: (s.cluster_life, s.clusters),
    ),
    step("reviewing", "May", "New and weak schools are reviewed", reviewing.review, lambda s: (s.reviewing,)),
    step(
        "lending", "May", "Strong schools lend practice to weaker ones", lending.lend, lambda s: (s.lending, s.travel)
    ),
    step("team", "May", "Central teams hire, shed and buy in", team.hire, lambda s: (s.team,)),
    step(
        "break_points",
        "Jun",
        "Break points are seen, answered or missed",
        break_points.step,
        lambda s: (s.break_points,),
    ),
    step(
        "operating_model",
        "Jun",
        "Responsibilities and autonomy shift",
        operating_model.drift,
        lambda s: (s.operating_model,),
    ),
    step("agreement", "Jun", "People say how well the trust does", agreement.rate, lambda s: (s.agreement,)),
    step("coherence", "Jun", "How well everything fits", coherence.fit, lambda s: (s.coherence,)),
    step(
        "leading",
        "Jul",
        "Heads and executive heads have led their schools",
        executives.lead,
        lambda s: (s.heads, s.executives),
    ),
    step("teachers", "Jul", "Teachers leave", teachers.leave, lambda s: (s.teachers,)),
    step(
        "improvement",
        "Jul",
        "Schools get better or worse; results come out",
        improvement.improve,
        lambda s: (s.improvement, s.break_points, s.collaborating, s.reviewing, s.classrooms, s.likeness),
    ),
    step("buyin", "Jul", "Schools take heart or lose it", buyin.move, lambda s: (s.buyin,)),
    step(
        "backoffice",
        "Aug",
        "What back offices cost",
        backoffice.work_out,
        lambda s: (s.backoffice, s.break_points, s.collaborating, s.reviewing),
    ),
    step(
        "accounts",
        "Aug",
        "Books are closed; what is left has gone to teaching",
        accounts.settle,
        lambda s: (s.accounts, s.spending, s.fixed_costs, s.backoffice, s.team, s.break_points),
    ),
    step("rescue", "Aug", "Trusts deep in deficit are given support", rescue.rescue, lambda s: (s.rescue,)),
    step(
        "intervention",
        "Aug",
        "Failing trusts lose schools",
        intervention.act,
        lambda s: (s.intervention,),
    ),
    step("merging", "Aug", "Small and strained trusts merge", merging.merge, lambda s: (s.merging,)),
    step(
        "heads",
        "Aug",
        "Heads leave, are moved and replaced",
        heads.turn_over,
        lambda s: (s.heads, s.reviewing),
    ),
    step(
        "executives",
        "Aug",
        "Executive heads come and go",
        executives.turn_over,
        lambda s: (s.executives, s.heads),
    ),
    step("leadership", "Aug", "CEOs leave and are replaced", leadership.turn_over, lambda s: (s.leadership, s.vision)),
    step("closing", "Aug", "Each trust's picture for the record", rollup.run, lambda s: (s.rollup, s.travel)),
    step(
        "performance",
        "Aug",
        "Trusts are flagged for their performance",
        performance.flag,
        lambda s: (s.performance, s.inspection),
    ),
)
