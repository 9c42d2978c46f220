"""What happens in a simulated school year, in what order, and which file does each thing. Read this first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step: its name, when it happens, what happens, what does it and the parameters that is given.

    `does` is a module of `matsim.mechanisms` and its function, in words, so that the year can be read and printed
    without loading the model.
    """

    name: str
    month: str
    what: str
    does: str
    parameters: tuple[str, ...]

    @property
    def module(self) -> str:
        """The full name of the module that holds the function."""
        return f"matsim.mechanisms.{self.does.partition('.')[0]}"

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        found: Callable[..., Any] = getattr(import_module(self.module), self.does.partition(".")[2])
        return found


SCHOOL_YEAR: tuple[Step, ...] = (
    Step("directing", "Sep", "Named trusts are told what to do", "directing.tell", ("trusts", "travel")),
    Step(
        "environment",
        "Sep",
        "Funding, policy and local services for the year",
        "environment.renew",
        ("environment",),
    ),
    Step("openings", "Sep", "Free schools open", "openings.run", ("openings", "vision", "ceos")),
    Step("rolls", "Sep", "Pupils move up; a new intake chooses", "rolls.intake", ("rolls",)),
    Step("inspection", "Oct", "Some schools are inspected", "inspection.visit", ("inspection",)),
    Step("shocks", "Oct", "Shocks strike", "shocks.strike", ("shocks", "inspection", "accounts")),
    Step("orders", "Nov", "Schools judged Inadequate are ordered to convert", "orders.issue", ("orders",)),
    Step("picture", "Nov", "Each trust takes stock of its schools", "rollup.run", ("rollup", "travel")),
    Step(
        "collaborating",
        "Nov",
        "Schools outside trusts find partners or lose them",
        "collaborating.join_up",
        ("collaborating",),
    ),
    Step("seeking", "Dec", "Schools decide whether to look for a trust", "seeking.decide", ("seeking",)),
    Step("planning", "Jan", "Trusts redraw their growth plans", "planning.redraw", ("planning",)),
    Step("bidding", "Jan", "CEOs survey candidates and bid", "bidding.bid", ("bidding", "planting", "travel")),
    Step("joining", "Mar", "Commissioners settle applications; schools join", "joining.settle", ("joining",)),
    Step(
        "founding",
        "Apr",
        "Schools without a home convert on their own",
        "founding.decide",
        ("founding", "vision", "ceos"),
    ),
    Step("outcomes", "Apr", "What came of the approaches that were told", "outcomes.report", ()),
    Step("stock", "Apr", "Each trust takes stock again", "rollup.run", ("rollup", "travel")),
    Step("clusters", "May", "Trusts form and reform clusters", "clusters.reform", ("clusters", "travel")),
    Step(
        "cluster_life",
        "May",
        "Clusters are governed and evaluate themselves",
        "cluster_life.evaluate_clusters",
        ("cluster_life",),
    ),
    Step("reviewing", "May", "New and weak schools are reviewed", "reviewing.review", ("reviewing",)),
    Step("team", "May", "Central teams hire, shed and buy in", "team.hire", ("team",)),
    Step(
        "break_points",
        "Jun",
        "Break points are seen, answered or missed",
        "break_points.step",
        ("break_points",),
    ),
    Step(
        "operating_model",
        "Jun",
        "Responsibilities and autonomy shift",
        "operating_model.drift",
        ("operating_model",),
    ),
    Step("agreement", "Jun", "People say how well the trust does", "agreement.rate", ("agreement",)),
    Step("coherence", "Jun", "How well everything fits", "coherence.fit", ("coherence",)),
    Step(
        "improvement",
        "Jul",
        "Schools get better or worse; results come out",
        "improvement.improve",
        ("improvement", "break_points", "collaborating", "reviewing"),
    ),
    Step("buyin", "Jul", "Schools take heart or lose it", "buyin.move", ("buyin",)),
    Step(
        "accounts",
        "Aug",
        "Books are closed",
        "accounts.settle",
        ("accounts", "team", "break_points", "collaborating", "reviewing"),
    ),
    Step("intervention", "Aug", "Commissioners step in; trusts merge", "intervention.act", ("intervention",)),
    Step(
        "leadership",
        "Aug",
        "Heads and CEOs leave and are replaced",
        "leadership.turn_over",
        ("leadership", "vision", "reviewing"),
    ),
    Step("closing", "Aug", "Each trust's picture for the record", "rollup.run", ("rollup", "travel")),
    Step("performance", "Aug", "Trusts are flagged for their performance", "performance.flag", ("performance",)),
)
