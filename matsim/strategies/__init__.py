"""How CEOs grow their trusts. To add one: write its file, then add its class to STRATEGIES."""

from matsim.strategies.base import Brief, Candidates, Limit, Room, Strategy
from matsim.strategies.capacity_first import CapacityFirst
from matsim.strategies.deciding import Chiefs, bids, rooms
from matsim.strategies.growth_first import GrowthFirst
from matsim.strategies.hold import Hold
from matsim.strategies.hubs import Hubs
from matsim.strategies.steady import Steady

STRATEGIES: tuple[type[Strategy], ...] = (
    CapacityFirst,
    GrowthFirst,
    Steady,
    Hubs,
    Hold,
)
"""Every growth strategy. Schema, command line and reports follow from this tuple."""

KINDS: tuple[str, ...] = tuple(str(s.model_fields["kind"].default) for s in STRATEGIES)
"""Their names in scenario files, in the same order."""

__all__ = [
    "KINDS",
    "STRATEGIES",
    "Brief",
    "Candidates",
    "CapacityFirst",
    "Chiefs",
    "GrowthFirst",
    "Hold",
    "Hubs",
    "Limit",
    "Room",
    "Steady",
    "Strategy",
    "bids",
    "rooms",
]
