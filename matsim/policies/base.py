"""What a commissioner is given, and what every policy has in common."""

from __future__ import annotations

from matsim.params import Params, param
from matsim.rules import Inputs, Rule, Verdict

APPLICATION_INPUTS = (
    "capacity",
    "record",
    "need",
    "nearness",
    "money",
    "priority",
    "board",
    "failing",
    "pressure",
)
"""What is known of every application: see `matsim.policies.weigh` for what each says."""


class Policy(Params):
    """How a commissioner decides. One file for each kind; `judge` is a pure function of the applications."""

    regions: tuple[str, ...] = param((), "choice", "assumed: all regions unless named", strict=False)
    """Regions whose commissioner follows it; none named means all of the rest."""

    def rule(self) -> Rule:
        """The rule that decides."""
        raise NotImplementedError

    def judge(self, applications: Inputs) -> Verdict:
        """Approve or refuse n applications; arrays of length n for each of APPLICATION_INPUTS."""
        return self.rule().judge(applications)
