"""How commissioners decide. To add one: write its file, then add its class to POLICIES."""

from matsim.policies.base import APPLICATION_INPUTS, Policy, policy_of
from matsim.policies.cautious import Cautious
from matsim.policies.fixed import Lottery, Permit, Refuse
from matsim.policies.weigh import Weigh

POLICIES: tuple[type[Policy], ...] = (
    Weigh,
    Cautious,
    Permit,
    Refuse,
    Lottery,
)
"""Every policy. Schema, command line and reports follow from this tuple."""

__all__ = ["APPLICATION_INPUTS", "POLICIES", "Cautious", "Lottery", "Permit", "Policy", "Refuse", "Weigh", "policy_of"]
